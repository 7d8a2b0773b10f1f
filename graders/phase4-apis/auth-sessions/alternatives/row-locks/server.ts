import { pbkdf2 as pbkdf2Callback, randomBytes, timingSafeEqual } from 'node:crypto'
import http from 'node:http'
import { promisify } from 'node:util'
import pg from 'pg'
import { createClient } from 'redis'

const pbkdf2 = promisify(pbkdf2Callback)
const env = process.env as Record<string, string>
const idle = Number(env.SESSION_IDLE_SECONDS) * 1000
const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 20 })
const redis = await createClient({ url: env.REDIS_URL }).on('error', console.error).connect()

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly headers: http.OutgoingHttpHeaders = {},
  ) {
    super(detail)
  }
}

const digest = (password: string, salt: Buffer) => pbkdf2(password, salt, 100_000, 32, 'sha512')
async function hash(password: string) {
  const salt = randomBytes(16)
  return `pbkdf2:100000:${salt.toString('base64')}:${(await digest(password, salt)).toString('base64')}`
}
async function matches(password: string, stored: string) {
  const [salt, known] = stored.split(':').slice(2).map((text) => Buffer.from(text, 'base64'))
  return timingSafeEqual(await digest(password, salt!), known!)
}
const nobody = await hash(randomBytes(16).toString('hex'))

// KEYS[1]: the sessions of an account, each with the time when it ends.
const LOOK = `
local ends = redis.call('HGET', KEYS[1], ARGV[1])
if not ends then return 0 end
if tonumber(ends) < tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], ARGV[1]) return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`
const BEGIN = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`
const ONLY = `
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if field ~= ARGV[1] then redis.call('HDEL', KEYS[1], field) end
end
return 1`
function script(text: string, account: string | number, session: string) {
  const now = Date.now()
  const words = [session, String(now), String(now + idle), String(idle)]
  return redis.eval(text, { keys: [`account-${account}`], arguments: words })
}

type Context = { req: http.IncomingMessage; headers: http.OutgoingHttpHeaders; read(): Promise<Record<string, unknown>> }

function setCookie({ req, headers }: Context, value: string) {
  const https = env.TRUST_PROXY === '1' && req.headers['x-forwarded-proto'] === 'https'
  const expires = value ? new Date(Date.now() + idle + 60_000) : new Date(0)
  headers['Set-Cookie'] =
    `account=${value}; HttpOnly; samesite=strict; path=/; expires=${expires.toUTCString()}${https ? '; secure' : ''}`
}

function cookie({ req }: Context) {
  for (const each of (req.headers.cookie ?? '').split(/; */)) {
    const found = /^account=([1-9][0-9]{0,8})\.([\w-]{43})$/.exec(each)
    if (found) return { account: found[1]!, session: found[2]! }
  }
  return undefined
}

async function known(context: Context) {
  const found = cookie(context)
  if (!found || !(await script(LOOK, found.account, found.session))) throw new Refusal(401, 'no session')
  setCookie(context, `${found.account}.${found.session}`)
  return found
}

async function transaction<T>(work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const db = await pool.connect()
  try {
    await db.query('begin')
    const result = await work(db)
    await db.query('commit')
    return result
  } catch (error) {
    await db.query('rollback')
    throw error
  } finally {
    db.release()
  }
}

const string = (value: unknown, what: string) => {
  if (typeof value !== 'string') throw new Refusal(400, `${what} is missing`)
  return value
}
const password = (value: unknown) => {
  const text = string(value, 'password')
  if (!/^[^]{10,128}$/u.test(text)) throw new Refusal(400, '10 to 128 characters')
  return text
}
const address = (value: unknown) => {
  const text = string(value, 'email')
  if (text.length > 254 || !/^[\w.+-]+@([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(text)) throw new Refusal(422, 'e-mail?')
  return text
}

const routes: Record<string, (context: Context) => Promise<[number, unknown?]>> = {
  async 'POST /register'({ read }) {
    const body = await read()
    const email = address(body.email)
    const stored = await hash(password(body.password))
    try {
      await pool.query('insert into people (email, stored) values ($1, $2)', [email, stored])
    } catch (error) {
      if ((error as { code?: string }).code === '23505') throw new Refusal(409, 'taken')
      throw error
    }
    return [201, {}]
  },
  async 'POST /login'(context) {
    const body = await context.read()
    const email = address(body.email)
    const word = string(body.password, 'password')
    return transaction(async (db) => {
      const { rows } = await db.query('select id, stored from people where lower(email) = lower($1) for share', [email])
      const right = await matches(word, rows[0]?.stored ?? nobody)
      if (!right || !rows[0]) throw new Refusal(401, 'wrong')
      const session = randomBytes(32).toString('base64url')
      await script(BEGIN, rows[0].id, session)
      setCookie(context, `${rows[0].id}.${session}`)
      return [200, { welcome: true }]
    })
  },
  async 'GET /me'(context) {
    const { account } = await known(context)
    const { rows } = await pool.query('select email from people where id = $1', [account])
    return [200, rows[0]]
  },
  async 'POST /logout'(context) {
    const { account, session } = await known(context)
    await redis.hDel(`account-${account}`, session)
    setCookie(context, '')
    return [204]
  },
  async 'POST /password'(context) {
    const { account } = await known(context)
    const body = await context.read()
    const old = string(body.old, 'old')
    const next = await hash(password(body.new))
    return transaction(async (db) => {
      const { rows } = await db.query('select stored from people where id = $1 for update', [account])
      // Who waited for the row may have been logged out meanwhile.
      const { session } = await known(context)
      if (!(await matches(old, rows[0].stored))) throw new Refusal(403, 'wrong')
      await db.query('update people set stored = $2 where id = $1', [account, next])
      await script(ONLY, account, session)
      return [200, {}]
    })
  },
}
const allowed = new Map<string, string[]>()
for (const route of Object.keys(routes)) {
  const [method, path] = route.split(' ') as [string, string]
  allowed.set(path, method === 'GET' ? ['GET', 'HEAD'] : [method])
}

async function answer(req: http.IncomingMessage, headers: http.OutgoingHttpHeaders): Promise<[number, unknown?]> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const path = req.url!.split('?')[0]!
  const allow = allowed.get(path)
  if (!allow) throw new Refusal(404, 'nothing here')
  if (!allow.includes(req.method!)) throw new Refusal(405, 'no', { Allow: allow.join(', ') })
  if (req.method === 'POST' && 'origin' in req.headers && req.headers.origin !== env.APP_ORIGIN) {
    throw new Refusal(403, 'from elsewhere')
  }
  const read = async () => {
    if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')) throw new Refusal(415, 'JSON?')
    let body: unknown
    try {
      body = JSON.parse(Buffer.concat(chunks).toString())
    } catch {
      throw new Refusal(400, 'broken JSON')
    }
    if (body === null || typeof body !== 'object' || Array.isArray(body)) throw new Refusal(400, 'no object')
    return body as Record<string, unknown>
  }
  const method = req.method === 'HEAD' ? 'GET' : req.method
  return routes[`${method} ${path}`]!({ req, headers, read })
}

const server = http.createServer(async (req, res) => {
  const headers: http.OutgoingHttpHeaders = {}
  let [status, body]: [number, unknown?] = [500, { detail: 'broken' }]
  try {
    ;[status, body] = await answer(req, headers)
  } catch (error) {
    if (error instanceof Refusal) {
      status = error.status
      body = { detail: error.detail }
      Object.assign(headers, error.headers)
    } else console.error(error)
  }
  if (body !== undefined) headers['Content-Type'] = status < 400 ? 'application/json' : 'application/problem+json'
  res.writeHead(status, headers)
  res.end(body === undefined || req.method === 'HEAD' ? undefined : JSON.stringify(body))
})

await pool.query('create table if not exists people (id serial primary key, email text not null, stored text not null)')
await pool.query('create unique index if not exists people_email on people (lower(email))')
server.listen(Number(env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
