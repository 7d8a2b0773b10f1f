import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { addressOf } from './mariadb-database.ts'
import { findProgram, freePort, patiently, startNative, unprivilegedFolder } from './native.ts'
import { startFromTemplate } from './template.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

const run = promisify(execFile)

/** The image a container is started from. */
const IMAGE = process.env.ROADWORKS_MARIADB_IMAGE ?? 'mariadb:11'

/** What the kit's own administrator is called on servers that it starts. */
const ADMIN = 'roadworks'

/**
 * A crash of a test database costs nothing, so durability is traded for speed. Character set and
 * collation differ between versions and distributions; here they are the same for everybody.
 */
const SETTINGS = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-log-file-size=32M',
  '--innodb-buffer-pool-size=64M',
  '--innodb-lock-wait-timeout=20',
  '--skip-log-bin',
  '--skip-name-resolve',
  '--max-connections=300',
  '--character-set-server=utf8mb4',
  '--collation-server=utf8mb4_unicode_ci',
  '--default-time-zone=+00:00',
]

/** Where packages put the server, which is seldom on a user's PATH. */
const FOLDERS = [
  '/usr/sbin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/opt/homebrew/opt/mariadb/bin',
  '/usr/local/opt/mariadb/bin',
]

type Client = import('mariadb').Connection

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  // Loaded where it is used: most runs have nothing to do with it.
  const { createConnection } = await import('mariadb')
  const client = await createConnection({ ...addressOf(url), connectTimeout: 5000 })
  client.on('error', () => {}) // a server that goes away later is noticed where it is used
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** @throws where the server is none of MariaDB's: MySQL differs in what these exercises are about */
async function versionOf(url: string): Promise<string> {
  const version = await withClient(url, async (client) => {
    const [{ version }] = await client.query('select version() as version')
    return String(version)
  })
  const found = /^([\d.]+)-MariaDB/i.exec(version.replace(/^5\.5\.5-/, ''))
  if (!found) throw new Error(`it is no MariaDB but says ${version}`)
  return found[1]!
}

/** The server's program; MySQL's, which may have the same name, is none. */
async function findServer(): Promise<string | undefined> {
  const program = findProgram(['mariadbd', 'mysqld'], FOLDERS)
  if (!program) return undefined
  const { stdout } = await run(program, ['--no-defaults', '--version']).catch(() => ({
    stdout: '',
  }))
  return /MariaDB/i.test(stdout) ? program : undefined
}

async function startNativeMariaDb(owner: {
  id: string
  dir: string
}): Promise<RunningService | undefined> {
  const program = await findServer()
  const install = findProgram(['mariadb-install-db', 'mysql_install_db'], FOLDERS)
  if (!program || !install) return undefined
  const { dir, user, give } = await unprivilegedFolder(owner, 'mariadb')
  const data = path.join(dir, 'data')
  const env = {
    PATH: [path.dirname(program), process.env.PATH].join(path.delimiter),
    LC_ALL: 'C',
    HOME: dir,
    TMPDIR: dir,
    ROADWORKS_RUN: owner.id,
  }
  const first = ['--auth-root-authentication-method=normal', '--skip-test-db', ...SETTINGS]
  const make = async () => {
    const args = ['--no-defaults', `--datadir=${data}`, ...first]
    await run(install, args, { cwd: dir, env, ...user })
    return '' // the users that it makes are removed before the server listens
  }
  const start = () => startOn({ owner, program, dir, data, user, give })
  const programs = [program, install]
  const template = { name: 'mariadb', programs, settings: first, data, user, make }
  return startFromTemplate(template, start)
}

/** Starts the server on a data folder that has its first contents. */
async function startOn({
  owner,
  program,
  dir,
  data,
  user,
  give,
}: Awaited<ReturnType<typeof unprivilegedFolder>> & {
  owner: { id: string; dir: string }
  program: string
  data: string
}): Promise<RunningService> {
  const port = await freePort()
  const password = randomBytes(16).toString('hex')
  // Run before the server listens: nobody meets an administrator without a password.
  const startFile = path.join(dir, 'start.sql')
  await writeFile(
    startFile,
    [
      "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys';",
      'FLUSH PRIVILEGES;',
      `CREATE USER '${ADMIN}'@'%' IDENTIFIED BY '${password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO '${ADMIN}'@'%' WITH GRANT OPTION;`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  )
  await give(startFile)
  const url = `mariadb://${ADMIN}:${password}@127.0.0.1:${port}/`
  const argv = [
    program,
    '--no-defaults',
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    // Below the data folder, in which the server works: the whole path may be too long for a socket.
    '--socket=s.sock',
    `--pid-file=${path.join(dir, 'server.pid')}`,
    `--tmpdir=${dir}`,
    `--init-file=${startFile}`,
    ...SETTINGS,
  ]
  let version = ''
  await startNative(owner, argv, {
    cwd: dir,
    ...user,
    ready: async () => {
      version = await versionOf(url)
    },
  })
  await rm(startFile)
  return { provider: 'native', url, version }
}

async function startContainer(owner: { id: string }): Promise<RunningService> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = randomBytes(16).toString('hex')
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(3306)
    .withEnvironment({ MARIADB_ROOT_PASSWORD: password, MARIADB_ROOT_HOST: '%' })
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'mariadb' })
    .withTmpFs({ '/var/lib/mysql': 'rw' })
    .withCommand(SETTINGS)
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
  const url = `mariadb://root:${password}@${container.getHost()}:${container.getMappedPort(3306)}/`
  return { provider: 'docker', url, version: await patiently(() => versionOf(url), 60) }
}

/** Databases and users whose names begin so. */
async function named(client: Client, prefix: string) {
  const like = `${prefix.replaceAll('_', '\\_')}%`
  const read = async (query: string): Promise<string[]> =>
    (await client.query(query, [like])).map(({ name }: { name: string }) => name)
  return {
    databases: await read(
      'select schema_name as name from information_schema.schemata where schema_name like ?',
    ),
    users: await read('select user as name from mysql.user where user like ?'),
  }
}

async function release(adminUrl: string, prefix: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { databases, users } = await named(client, prefix)
    for (const name of databases) await client.query(`drop database if exists \`${name}\``)
    for (const name of users) await client.query(`drop user if exists '${name}'@'%'`)
  })
}

async function leftovers(adminUrl: string, prefix: string): Promise<string[]> {
  const { databases, users } = await withClient(adminUrl, (client) => named(client, prefix))
  return [
    ...databases.map((name) => `MariaDB database ${name}`),
    ...users.map((name) => `MariaDB user ${name}`),
  ]
}

export const mariadbService: ServiceDefinition = {
  name: 'mariadb',
  variable: 'ROADWORKS_MARIADB_URL',
  install:
    'Start Docker, or install MariaDB: sudo apt install mariadb-server (macOS: brew install mariadb).',
  connect: async (url) => ({ provider: 'url', url, version: await versionOf(url) }),
  container: startContainer,
  native: startNativeMariaDb,
  release,
  leftovers,
}
