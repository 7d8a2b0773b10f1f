import { after, before, type Row } from './row.ts'

const MODULE = { slug: 'belt-and-lru', base: 'starter', verdicts: ['failed'], only: 'C1' } as const
const SERVER = { slug: 'http-verbs', base: 'starter', verdicts: ['failed'], only: 'C1' } as const

const shelf = (code: string) => ({ 'shelf.ts': before(code) })
const handler = (code: string) => ({
  'server.ts': (text: string) =>
    text.replace(/response\.writeHead\(501[\s\S]*?\n\}\)/, `${code}\n})`),
})

/** Submissions that do not end, or that use all there is. */
export const hangs: Row[] = [
  {
    ...MODULE,
    row: 13,
    name: 'an endless loop at import',
    files: shelf('for (;;) {}'),
    says: /CPU time|did not finish within/,
  },
  {
    ...MODULE,
    row: 13,
    name: 'a regular expression that takes for ever',
    files: shelf("/^(a+)+$/.test('a'.repeat(60) + '!')"),
    says: /CPU time|did not finish within/,
  },
  {
    ...MODULE,
    row: 13,
    name: 'Atomics.wait at import',
    files: shelf('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'),
    says: /did not finish within/,
  },
  {
    ...MODULE,
    row: 13,
    name: 'an await without end',
    files: shelf('await new Promise(() => setInterval(() => {}, 1000))'),
  },
  { ...MODULE, row: 13, name: 'while (true) await', files: shelf('for (;;) await null') },
  {
    ...SERVER,
    row: 13,
    name: 'an endless loop in a handler',
    files: handler('for (;;) {}'),
    says: /no answer|did not answer/,
  },
  {
    ...SERVER,
    row: 14,
    name: 'connections that are accepted and never answered',
    files: handler(''),
    says: /did not answer/,
  },
  {
    ...SERVER,
    row: 14,
    name: 'a body that drips a byte a second',
    files: handler(
      "response.writeHead(200, { 'Content-Type': 'application/json' })\nsetInterval(() => response.write(' '), 1000)",
    ),
  },
  {
    ...SERVER,
    row: 14,
    name: 'an answer without end',
    files: handler(
      "response.writeHead(200, { 'Content-Type': 'application/json' })\nconst more = () => { while (response.write('x'.repeat(65_536))); response.once('drain', more) }\nmore()",
    ),
  },
  {
    ...SERVER,
    row: 14,
    name: 'headers of 10 MB',
    files: handler(
      "response.socket!.end('HTTP/1.1 200 OK\\r\\nX-Long: ' + 'x'.repeat(10_000_000) + '\\r\\n\\r\\n')",
    ),
  },
  {
    ...SERVER,
    row: 15,
    name: 'a heap bomb',
    files: handler('const hoard: unknown[] = []\nfor (;;) hoard.push(Buffer.alloc(4_000_000, 1))'),
    says: /memory|ended|exited/,
  },
  {
    ...SERVER,
    row: 15,
    name: 'a fork bomb, held to 300 processes',
    files: {
      'server.ts': after(`
        const { spawn } = await import('node:child_process')
        for (let i = 0; i < 300; i++) spawn('sleep', ['300', 'TOKEN'].slice(0, 1), { stdio: 'ignore' }).on('error', () => {})
      `),
    },
  },
  {
    ...SERVER,
    row: 15,
    name: '10 000 open sockets',
    verdicts: ['failed'],
    files: {
      'server.ts': after(`
        const { connect } = await import('node:net')
        server.on('listening', () => {
          for (let i = 0; i < 10_000; i++) connect(Number(process.env.PORT), '127.0.0.1').on('error', () => {})
        })
      `),
    },
  },
  {
    ...SERVER,
    row: 15,
    name: '1 GB on standard output',
    files: {
      'server.ts': after(`
        let rest = 1024
        const more = () => { while (rest-- > 0) if (!process.stdout.write('x'.repeat(1_048_576))) return void process.stdout.once('drain', more) }
        more()
      `),
    },
  },
  {
    slug: 'http-verbs',
    base: 'reference',
    row: 16,
    name: 'ignores SIGTERM',
    verdicts: ['passed', 'mastered', 'failed'],
    files: {
      'server.ts': after(
        "process.removeAllListeners('SIGTERM')\nprocess.on('SIGTERM', () => {})\nprocess.on('SIGHUP', () => {})",
      ),
    },
  },
  {
    ...SERVER,
    row: 16,
    name: 'a daemon, forked twice without its environment, keeps the port and answers',
    needsUser: true,
    files: {
      'server.ts': `
        import { spawn } from 'node:child_process'
        const code = \`
          const http = require('node:http')
          const answer = (q, r) => { r.writeHead(200, { 'Content-Type': 'application/json' }); r.end('[]') }
          http.createServer(answer).listen(\${process.env.PORT}, '127.0.0.1')
          for (let i = 0; i < 400; i++) http.createServer(answer).on('error', () => {}).listen(20_000 + i * 30, '127.0.0.1')
          setTimeout(() => {}, 1e9)\`
        const daemon = "require('node:child_process').spawn(process.execPath, ['-e', " + JSON.stringify(code) + ", 'TOKEN'], { detached: true, stdio: 'ignore', env: {} }).unref()"
        spawn(process.execPath, ['-e', daemon], { detached: true, stdio: 'ignore', env: {}, cwd: '/' }).unref()
        setTimeout(() => {}, 1e9)
      `,
    },
    verdicts: ['failed'],
  },
  {
    ...SERVER,
    row: 17,
    name: 'kills every process of its user',
    needsUser: true,
    only: undefined,
    files: {
      'server.ts': before(`

        import { readdirSync } from 'node:fs'

        for (const name of readdirSync('/proc')) {
          const pid = Number(name)
          if (pid > 1 && pid !== process.pid) try { process.kill(pid, 'SIGKILL') } catch {}
        }
      `),
    },
  },
]
