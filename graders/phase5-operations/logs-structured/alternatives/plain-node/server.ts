import crypto from 'node:crypto'
import { writeSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import pg from 'pg'
import { charge } from './bank.ts'

const ORDER = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const LEAST = Math.max(0, ORDER.indexOf((process.env.LOG_LEVEL || 'info').toUpperCase()))

function out(text: string) {
  let bytes = Buffer.from(text)
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes))
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

class Logger {
  readonly bound: object
  constructor(bound: object) {
    this.bound = bound
  }
  write(level: string, msg: string, more: object = {}) {
    if (ORDER.indexOf(level) >= LEAST) out(`${JSON.stringify({ ...more, ...this.bound, msg, level, time: Date.now() })}\n`)
  }
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', () => new Logger({}).write('WARN', 'a connection is gone'))

class Problem extends Error {
  status: number
  extra: object
  constructor(status: number, message: string, extra: object = {}) {
    super(message)
    this.status = status
    this.extra = extra
  }
}

type Ask = { body: any; url: URL; log: Logger; user?: { id: number; email: string }; parts: string[] }
type Reply = [status: number, body: object]

async function read(request: IncomingMessage): Promise<any> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw new Problem(415, 'JSON only')
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString())
    if (typeof body === 'object' && body && !Array.isArray(body)) return body
  } catch {}
  throw new Problem(400, 'not a JSON object')
}

function text(body: any, name: string): string {
  const value = body[name]
  if (typeof value !== 'string' || value.length === 0 || [...value].length > 200) throw new Problem(422, `bad ${name}`)
  return value
}
function email(body: any): string {
  const value = text(body, 'email').toLowerCase()
  if (!/^[^\s@]+@[^\s@]+$/.test(value)) throw new Problem(422, 'bad email')
  return value
}

const KEY = crypto.randomBytes(32)
const mac = (value: string) => crypto.createHmac('sha256', KEY).update(value).digest('base64url').slice(0, 16)
const scrypt = (password: string, salt: string) =>
  new Promise<string>((resolve, reject) => {
    crypto.scrypt(password, salt, 32, { N: 4096 }, (error, key) => (error ? reject(error) : resolve(key.toString('base64'))))
  })

async function parcel({ parts, log }: Ask) {
  const code = parts[1]!
  log.write('DEBUG', 'loading parcel', { code })
  const { rows } = await pool.query('select * from parcels where code = $1', [code])
  log.write('DEBUG', 'parcel loaded', { code, found: rows[0] !== undefined })
  if (!rows[0]) throw new Problem(404, 'unknown parcel')
  return rows[0] as { code: string; town: string }
}

const routes: Record<string, (ask: Ask) => Reply | Promise<Reply>> = {
  'GET /livez': () => [200, { live: 1 }],
  async 'POST /customers'({ body }) {
    const [address, password] = [email(body), text(body, 'password')]
    const salt = crypto.randomUUID()
    try {
      const { rows } = await pool.query('insert into people (email, salt, hash) values ($1, $2, $3) returning id', [
        address,
        salt,
        await scrypt(password, salt),
      ])
      return [201, { id: rows[0].id, email: address }]
    } catch (error) {
      if ((error as { code?: string }).code === '23505') throw new Problem(409, 'taken')
      throw error
    }
  },
  async 'POST /login'({ body }) {
    const [address, password] = [email(body), text(body, 'password')]
    const { rows } = await pool.query('select * from people where email = $1', [address])
    const hash = await scrypt(password, rows[0]?.salt ?? 'nobody')
    if (rows[0]?.hash !== hash) {
      throw new Problem(401, 'wrong', { event: 'login_failed', emailHash: mac(address) })
    }
    const token = crypto.randomBytes(20).toString('hex')
    await pool.query('update people set tokens = tokens || $2::text where id = $1', [rows[0].id, token])
    return [200, { token }]
  },
  'GET /me'({ user }) {
    if (!user) throw new Problem(401, 'log in')
    return [200, user]
  },
  async 'POST /parcels'({ body, log }) {
    const made = { code: crypto.randomBytes(6).toString('hex'), town: text(body, 'town') }
    await pool.query('insert into parcels (code, town) values ($1, $2)', [made.code, made.town])
    log.write('INFO', 'parcel created', made)
    return [201, made]
  },
  'GET /parcels/*': async (ask) => [200, await parcel(ask)],
  async 'GET /parcels/*/label'(ask) {
    const found = await parcel(ask)
    const ms = Math.min(5000, Math.max(0, Number(ask.url.searchParams.get('ms')) || 0))
    await new Promise((resolve) => setTimeout(resolve, ms))
    return [200, { label: found.town.toUpperCase() }]
  },
  async 'POST /parcels/*/pay'(ask) {
    const number = ask.body.card?.number
    if (typeof number !== 'string' || !/^[0-9]{12,19}$/.test(number)) throw new Problem(400, 'bad card')
    await parcel(ask)
    await charge({ number })
    return [200, { paid: number.length }]
  },
  'POST /crash'() {
    setTimeout(() => Promise.reject(new TypeError('a drill')), 30)
    return [202, {}]
  },
}

function decode(path: string): string[] {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    throw new Problem(400, 'bad escape')
  }
}

async function handle(request: IncomingMessage, ask: Ask, pathname: string): Promise<Reply> {
  const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const token = header ?? ask.url.searchParams.get('token')
  if (token) {
    const { rows } = await pool.query('select id, email from people where $1 = any(tokens)', [token])
    ask.user = rows[0]
  }
  ask.parts = decode(pathname)
  if (ask.parts.some((part) => part.includes('\0'))) throw new Problem(404, 'nothing')
  const shape = ['', ...ask.parts.map((part, index) => (index === 1 && ask.parts[0] === 'parcels' ? '*' : part))].join('/')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = Object.hasOwn(routes, `${method} ${shape}`) ? routes[`${method} ${shape}`] : undefined
  if (!route) throw new Problem(404, 'nothing here')
  if (method === 'POST' && shape !== '/crash') ask.body = await read(request)
  return route(ask)
}

const server = http.createServer(async (request: IncomingMessage, response: ServerResponse) => {
  const begun = process.hrtime.bigint()
  const sent = String(request.headers['x-request-id'] ?? '')
  const requestId = /^[0-9A-Za-z_-]{8,64}$/.test(sent) ? sent : crypto.randomBytes(12).toString('base64url')
  response.setHeader('X-Request-Id', requestId)
  const [pathname = '/', ...query] = (request.url ?? '/').split('?')
  const log = new Logger({ requestId })
  const ask: Ask = { body: {}, url: new URL(`http://x/?${query.join('?')}`), log, parts: [] }
  let problem: unknown
  let path = pathname
  try {
    path = decodeURIComponent(pathname)
  } catch {}
  response.on('close', () => {
    if (pathname === '/livez') return
    const status = response.statusCode
    const durationMs = Number(process.hrtime.bigint() - begun) / 1e6
    const fields: Record<string, unknown> = { method: request.method, path, durationMs, userId: ask.user?.id }
    if (!response.writableFinished) return log.write('WARN', 'gone', { ...fields, aborted: true, status: null })
    const level = status >= 500 ? 'ERROR' : 'INFO'
    if (problem instanceof Problem) Object.assign(fields, problem.extra)
    else if (problem instanceof Error) fields.err = { stack: problem.stack }
    log.write(level, `${request.method} ${status}`, { ...fields, status, aborted: false })
  })
  const answer = ([status, body]: Reply) => {
    if (response.destroyed) return
    const bytes = Buffer.from(JSON.stringify(body))
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length })
    response.end(bytes)
  }
  try {
    answer(await handle(request, ask, pathname))
  } catch (error) {
    problem = error
    if (error instanceof Problem) answer([error.status, { message: error.message }])
    else answer([500, { message: 'it is us' }])
  }
})

process.on('uncaughtException', (error) => {
  new Logger({}).write('FATAL', 'uncaught', { err: { stack: error.stack } })
  process.exit(2)
})
process.on('SIGTERM', () => {
  server.close(async () => {
    await pool.end()
    process.exit(0)
  })
  // Who is served ends first.
  setInterval(() => server.closeIdleConnections(), 20)
})

await pool.query(`create table if not exists people (
  id serial primary key, email text unique, salt text, hash text, tokens text[] not null default '{}')`)
await pool.query('create table if not exists parcels (code text primary key, town text)')
server.listen(Number(process.env.PORT), '127.0.0.1')
