import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, type Row } from './row.ts'

const SQL = { slug: 'sql-joins', base: 'reference', verdicts: ['failed'], only: 'C1' } as const
const AUTH = { slug: 'auth-jwt', base: 'starter', verdicts: ['failed'], only: 'C1' } as const
const CACHE = { slug: 'cache-redis', base: 'starter', verdicts: ['failed'], only: 'C1' } as const
const GIT = { slug: 'git-first-branch', base: 'starter', verdicts: ['failed'] } as const

const q1 = (sql: string) => ({ 'q1.sql': sql })

/** Has a server run statements as its own role before it serves. */
const sabotage = (statements: string[]) => ({
  'server.ts': before(`
    import pgOfSabotage from 'pg'
    const saboteur = new pgOfSabotage.Client({ connectionString: process.env.DATABASE_URL })
    saboteur.on('error', () => {})
    await saboteur.connect()
    for (const sql of ${JSON.stringify(statements)}) await saboteur.query(sql).catch(() => {})
    await saboteur.end().catch(() => {})
  `),
})

const redisSabotage = (commands: string[][]) => ({
  'server.ts': before(`
    import { Redis as RedisOfSabotage } from 'ioredis'
    const saboteur = new RedisOfSabotage(process.env.REDIS_URL!, { maxRetriesPerRequest: 1, commandTimeout: 3000 })
    saboteur.on('error', () => {})
    for (const [command, ...rest] of ${JSON.stringify(commands)}) await saboteur.call(command!, ...rest).catch(() => {})
    saboteur.disconnect()
  `),
})

/** Tries the passwords that a service's administrator often has. */
const guess = `
  import pgOfGuess from 'pg'
  const own = new URL(process.env.DATABASE_URL!)
  for (const [user, password] of [['postgres', ''], ['postgres', 'postgres'], ['postgres', 'roadworks'], ['postgres', own.password]]) {
    const url = new URL(own)
    url.username = user!
    url.password = password!
    url.pathname = '/postgres'
    const client = new pgOfGuess.Client({ connectionString: url.href, connectionTimeoutMillis: 2000 })
    client.on('error', () => {})
    try {
      await client.connect()
      console.log('canary-superuser: in as ' + user)
      await client.end()
    } catch {}
  }
`

/** Submissions that turn on the services, or on the machine through them. */
export const services: Row[] = [
  {
    ...SQL,
    row: 18,
    name: 'pg_sleep(1000)',
    files: q1('select pg_sleep(1000)'),
    says: /did not end within/,
  },
  {
    ...SQL,
    row: 18,
    name: 'COPY … TO PROGRAM',
    files: q1("copy (select 1) to program 'touch /tmp/harmed'"),
  },
  {
    ...SQL,
    row: 18,
    name: 'pg_terminate_backend of everyone',
    files: q1(
      'select pg_terminate_backend(pid)::int as depot_id, usename::text as depot, 1::bigint as parcels, 1.0 as avg_price from pg_stat_activity where pid <> pg_backend_pid()',
    ),
  },
  { ...SQL, row: 18, name: 'DROP SCHEMA … CASCADE', files: q1('drop schema public cascade') },
  { ...SQL, row: 18, name: 'several statements in one', files: q1('select 1; drop table parcels') },
  {
    ...SQL,
    row: 18,
    name: 'leaves the read-only transaction',
    files: q1(
      "select set_config('default_transaction_read_only', 'off', false), set_config('statement_timeout', '0', false)",
    ),
  },
  { ...SQL, row: 18, name: 'SET ROLE', files: q1('set role postgres') },
  { ...SQL, row: 18, name: 'ALTER SYSTEM', files: q1("alter system set log_directory = '/tmp'") },
  {
    ...SQL,
    row: 18,
    name: "another database's passwords",
    files: q1(
      "select 1 as depot_id, string_agg(usename || coalesce(passwd, ''), ' ') as depot, 1::bigint as parcels, 1.0 as avg_price from pg_shadow",
    ),
  },
  {
    ...SQL,
    row: 18,
    name: 'reads files of the server',
    files: q1(
      "select 1 as depot_id, pg_read_file('/etc/passwd') as depot, 1::bigint as parcels, 1.0 as avg_price",
    ),
  },
  {
    ...SQL,
    row: 18,
    name: '50 million rows',
    files: q1(
      "select n as depot_id, repeat('x', 100) as depot, n::bigint as parcels, 1.0 as avg_price from generate_series(1, 50000000) n",
    ),
  },
  {
    ...AUTH,
    row: 18,
    name: 'sabotage from a server: triggers, rules, search_path, other roles, other databases',
    files: sabotage([
      'drop schema public cascade',
      'alter role current_user set search_path = nowhere',
      'alter role current_user set statement_timeout = 1',
      'set role postgres',
      'alter role current_user superuser',
      'alter system set max_connections = 1',
      "copy (select 1) to program 'touch /tmp/harmed'",
      "do $$ declare d text; begin for d in select datname from pg_database where datname <> current_database() loop begin execute format('drop database %I', d); exception when others then null; end; end loop; end $$",
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()',
      'select pg_reload_conf()',
    ]),
  },
  {
    ...AUTH,
    row: 18,
    name: "guesses the administrator's password",
    files: { 'server.ts': before(guess) },
    after() {},
  },
  {
    ...CACHE,
    row: 19,
    name: 'FLUSHALL, CONFIG SET, CLIENT KILL, SHUTDOWN, DEBUG SLEEP, ACL, other databases',
    files: redisSabotage([
      ['FLUSHALL'],
      ['CONFIG', 'SET', 'dir', '/tmp'],
      ['CONFIG', 'SET', 'requirepass', 'x'],
      ['ACL', 'SETUSER', 'default', 'off'],
      ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'],
      ['SELECT', '0'],
      ['FLUSHDB'],
      ['SWAPDB', '0', '1'],
      ['DEBUG', 'SLEEP', '100'],
      ['REPLICAOF', '127.0.0.1', '1'],
      ['SHUTDOWN', 'NOSAVE'],
    ]),
  },
  {
    ...CACHE,
    row: 19,
    name: 'a Lua loop',
    files: redisSabotage([['EVAL', 'while true do end', '0']]),
    verdicts: ['failed', 'error'],
  },
  {
    ...CACHE,
    row: 19,
    name: 'a Lua loop that has written, which cannot be killed',
    files: redisSabotage([['EVAL', "redis.call('set', 'x', 1) while true do end", '0']]),
    verdicts: ['failed', 'error'],
  },
  {
    ...CACHE,
    row: 19,
    name: '1 GB of keys',
    files: {
      'server.ts': before(`
        import { Redis as RedisOfSabotage } from 'ioredis'
        const saboteur = new RedisOfSabotage(process.env.REDIS_URL!, { maxRetriesPerRequest: 1 })
        saboteur.on('error', () => {})
        const megabyte = 'x'.repeat(1_048_576)
        for (let i = 0; i < 1024; i++) if (await saboteur.set('hoard' + i, megabyte).then(() => false, () => true)) break
        saboteur.disconnect()
      `),
    },
    verdicts: ['failed', 'error'],
  },
  {
    slug: 'http-verbs',
    base: 'starter',
    row: 20,
    name: 'looks for secrets in the environment, in its parents and in the home folder',
    verdicts: ['failed'],
    needsUser: true,
    make(folder, { home }) {
      writeFileSync(path.join(folder, 'home.json'), JSON.stringify(home))
    },
    files: {
      'server.ts': before(`
        import { readFileSync as read, readdirSync } from 'node:fs'
        import { connect } from 'node:net'
        const home = JSON.parse(read('home.json', 'utf8'))
        console.log(JSON.stringify(process.env))
        for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid))
          try { console.log(read('/proc/' + pid + '/environ', 'utf8').split('\\0').filter((line) => /canary/i.test(line)).join()) } catch {}
        for (const file of ['.npmrc', '.docker/config.json', '.env', '.ssh/id_rsa'])
          try { console.log(read(home + '/' + file, 'utf8')) } catch {}
        connect('/var/run/docker.sock').on('error', () => {}).on('data', (data) => console.log('canary-docker ' + data)).write('GET /version HTTP/1.0\\r\\n\\r\\n')
      `),
    },
  },
  {
    slug: 'http-verbs',
    base: 'reference',
    row: 21,
    name: 'behaves only for the examples of the README',
    verdicts: ['failed'],
    files: {
      'server.ts': before(`
        import { createServer as create } from 'node:http'
        const lockers: Record<string, object> = { 'A-1': { id: 'A-1', size: 'S', status: 'free' }, 'NEW-1': { id: 'NEW-1', size: 'M', status: 'free' } }
        create((request, response) => {
          const id = request.url!.split('/')[2] ?? ''
          const status = request.method === 'POST' ? 201 : lockers[id] || !id ? 200 : 404
          response.writeHead(status, { 'Content-Type': 'application/json', Location: '/lockers/NEW-1' })
          response.end(JSON.stringify(id ? (lockers[id] ?? { error: 'not found' }) : request.method === 'POST' ? lockers['NEW-1'] : Object.values(lockers)))
        }).listen(Number(process.env.PORT), '127.0.0.1')
        await new Promise(() => setInterval(() => {}, 1000))
      `),
    },
  },
  {
    ...GIT,
    row: 24,
    name: 'rm -rf "$HOME"',
    files: { 'solve.sh': 'rm -rf "$HOME" ~ "$TMPDIR"\n' },
  },
  {
    ...GIT,
    row: 24,
    name: 'global configuration and hooks',
    needsUser: true,
    files: {
      'solve.sh': `git config --global core.fsmonitor 'touch /tmp/harmed'
git config core.fsmonitor 'sh -c "touch $PWD/../harmed; kill -9 $PPID"'
git config core.hooksPath .git/evil
git config core.sshCommand 'touch harmed'
mkdir -p .git/evil .git/hooks
for hook in post-checkout reference-transaction post-index-change pre-commit; do
  printf '#!/bin/sh\\nkill -9 $PPID\\n' > .git/evil/$hook; chmod +x .git/evil/$hook
done
printf '[alias]\\n log = !kill -9 $PPID\\n' >> .git/config
`,
    },
  },
  {
    ...GIT,
    row: 24,
    name: 'works elsewhere',
    files: {
      'solve.sh':
        'cd / && git init -q x; cd "$(git rev-parse --show-toplevel 2>/dev/null || echo /)"; rm -rf ./*/.git 2>/dev/null; git add -A . 2>/dev/null\n',
    },
    needsUser: true,
  },
  {
    ...GIT,
    row: 24,
    name: 'waits for a credential prompt',
    files: {
      'solve.sh':
        'git fetch https://user@127.0.0.1:1/x.git; read -r answer < /dev/tty; cat\nsleep 1000\n',
    },
    says: /did not end within|Does it wait/,
  },
  {
    ...GIT,
    row: 24,
    name: 'leaves a process behind',
    files: { 'solve.sh': 'setsid sh -c "exec -a TOKEN sleep 1000" >/dev/null 2>&1 &\n' },
    verdicts: ['failed'],
  },
  {
    ...GIT,
    row: 24,
    name: 'a repository of 100 MiB',
    files: {
      'solve.sh': after(
        'head -c 104857600 /dev/urandom > big.bin; git add big.bin; git commit -qm big',
      ),
    },
  },
]
