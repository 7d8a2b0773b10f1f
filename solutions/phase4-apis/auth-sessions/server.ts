import { argon2, createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { NextFunction, Request, Response } from 'express'
import express from 'express'
import { DatabaseError, Pool } from 'pg'
import { createClient } from 'redis'

const { PORT, DATABASE_URL, REDIS_URL, APP_ORIGIN } = process.env
const IDLE_SECONDS = Number(process.env.SESSION_IDLE_SECONDS)
const BEHIND_PROXY = process.env.TRUST_PROXY === '1'
const COOKIE = 'session'

class HttpError extends Error {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

// ---------------------------------------------------------------- passwords

const derive = promisify(argon2)
const SALT_BYTES = 16

/** Argon2id with what OWASP asks for at least: 19 MiB, two passes. */
function slowHash(password: string, salt: Buffer): Promise<Buffer> {
  return derive('argon2id', {
    message: password,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: 19_456,
    passes: 2,
  })
}

async function hashPassword(password: string): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  return Buffer.concat([salt, await slowHash(password, salt)])
}

async function isPassword(password: string, stored: Buffer): Promise<boolean> {
  const hash = await slowHash(password, stored.subarray(0, SALT_BYTES))
  return timingSafeEqual(hash, stored.subarray(SALT_BYTES))
}

/** What is compared with when there is no account, so that both answers cost the same time. */
const NOBODY = Buffer.alloc(SALT_BYTES + 32)

// ---------------------------------------------------------------- accounts

interface Account {
  id: number
  email: string
  password_hash: Buffer
  /** Goes up with each new password; sessions of an older one are over. */
  epoch: number
}

const db = new Pool({ connectionString: DATABASE_URL })
db.on('error', console.error) // of an idle connection; unheard, it would end the process

async function createTables(): Promise<void> {
  await db.query(`
    CREATE TABLE IF NOT EXISTS accounts (
      id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      email text NOT NULL UNIQUE,
      password_hash bytea NOT NULL,
      epoch integer NOT NULL DEFAULT 0
    )`)
}

async function createAccount(email: string, passwordHash: Buffer): Promise<void> {
  try {
    await db.query('INSERT INTO accounts (email, password_hash) VALUES ($1, $2)', [
      email,
      passwordHash,
    ])
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '23505') {
      throw new HttpError(409, 'this e-mail has an account')
    }
    throw error
  }
}

async function accountBy(column: 'id' | 'email', value: string | number) {
  const { rows } = await db.query<Account>(`SELECT * FROM accounts WHERE ${column} = $1`, [value])
  return rows[0]
}

// ---------------------------------------------------------------- sessions

interface Session {
  id: string
  account: Account
}

const redis = createClient({ url: REDIS_URL })
redis.on('error', console.error)

/** Who reads Redis, or a copy of it, must not find cookies there. */
const keyOf = (id: string) => `session:${createHash('sha256').update(id).digest('base64url')}`
const claimOf = (account: { id: number; epoch: number }) => `${account.id}:${account.epoch}`

function cookieOf(req: Request): string | undefined {
  for (const pair of req.get('cookie')?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    if (name === COOKIE && value) return value
  }
  return undefined
}

function sendCookie(req: Request, res: Response, id: string): void {
  res.cookie(COOKIE, id, {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: BEHIND_PROXY && req.get('x-forwarded-proto') === 'https',
  })
}

async function beginSession(req: Request, res: Response, account: Account): Promise<void> {
  const old = cookieOf(req)
  if (old) await redis.del(keyOf(old))
  const id = randomBytes(32).toString('base64url')
  await redis.set(keyOf(id), claimOf(account), { expiration: { type: 'EX', value: IDLE_SECONDS } })
  sendCookie(req, res, id)
}

/** The session of a request, whose idle time begins anew. */
async function findSession(req: Request): Promise<Session | undefined> {
  const id = cookieOf(req)
  if (!id) return undefined
  // It reads and prolongs in one step, and does not bring back what a logout deletes meanwhile.
  const value = await redis.getEx(keyOf(id), { type: 'EX', value: IDLE_SECONDS })
  if (!value) return undefined
  const account = await accountBy('id', value.split(':')[0]!)
  return account && claimOf(account) === value ? { id, account } : undefined
}

async function needSession(req: Request): Promise<Session> {
  const session = await findSession(req)
  if (!session) throw new HttpError(401, 'log in first')
  return session
}

// ---------------------------------------------------------------- what may be sent

function field(req: Request, name: string): string {
  const value: unknown = req.body[name]
  if (typeof value !== 'string') throw new HttpError(400, `${name} must be a text`)
  return value
}

function emailIn(req: Request): string {
  const email = field(req, 'email')
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254 || email.includes('\0')) {
    throw new HttpError(400, 'email must be an e-mail address')
  }
  return email.toLowerCase()
}

function newPasswordIn(req: Request, name: string): string {
  const password = field(req, name)
  const { length } = [...password]
  if (length < 10 || length > 128)
    throw new HttpError(400, `${name} must have 10 to 128 characters`)
  return password
}

// ---------------------------------------------------------------- HTTP

const app = express()
app.disable('x-powered-by')

app.use((req, _res, next) => {
  const origin = req.get('origin')
  if (req.method === 'POST' && origin !== undefined && origin !== APP_ORIGIN) {
    throw new HttpError(403, 'this page may not do that')
  }
  next()
})

const readJson = express.json({ limit: '64kb' })

/** Reads a JSON object into `req.body`. */
function json(req: Request, res: Response, next: NextFunction): void {
  if (!req.is('json')) throw new HttpError(415, 'send JSON, please')
  readJson(req, res, (error?: unknown) => {
    if (error) return next(error)
    const { body } = req
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    next(isObject ? undefined : new HttpError(400, 'the body must be a JSON object'))
  })
}

app.post('/register', json, async (req, res) => {
  const email = emailIn(req)
  await createAccount(email, await hashPassword(newPasswordIn(req, 'password')))
  res.status(201).json({ email })
})

app.post('/login', json, async (req, res) => {
  const account = await accountBy('email', emailIn(req))
  const matches = await isPassword(field(req, 'password'), account?.password_hash ?? NOBODY)
  if (!account || !matches) throw new HttpError(401, 'wrong e-mail or password')
  await beginSession(req, res, account)
  res.json({ email: account.email })
})

app.get('/me', async (req, res) => {
  const { account } = await needSession(req)
  res.set('Cache-Control', 'no-store').json({ email: account.email })
})

app.post('/logout', async (req, res) => {
  const id = cookieOf(req)
  if (id) await redis.del(keyOf(id))
  res.clearCookie(COOKIE, { path: '/' }).sendStatus(204)
})

app.post('/password', json, async (req, res) => {
  const { id, account } = await needSession(req)
  const old = field(req, 'old')
  const hash = await hashPassword(newPasswordIn(req, 'new'))
  if (!(await isPassword(old, account.password_hash))) throw new HttpError(403, 'wrong password')
  // Of two changes that have both compared the old password, the second one meets no row.
  const { rows } = await db.query<{ id: number; epoch: number }>(
    `UPDATE accounts SET password_hash = $3, epoch = epoch + 1
     WHERE id = $1 AND password_hash = $2 RETURNING id, epoch`,
    [account.id, account.password_hash, hash],
  )
  if (!rows[0]) throw new HttpError(403, 'wrong password')
  await redis.set(keyOf(id), claimOf(rows[0]), {
    condition: 'XX', // a logout meanwhile stays one
    expiration: 'KEEPTTL',
  })
  res.sendStatus(204)
})

for (const path of ['/register', '/login', '/logout', '/password', '/me']) {
  const allow = path === '/me' ? 'GET, HEAD' : 'POST'
  app.all(path, () => {
    throw new HttpError(405, `this path takes ${allow}`, { Allow: allow })
  })
}

app.use(() => {
  throw new HttpError(404, 'there is nothing here')
})

app.use((error: Partial<HttpError>, _req: Request, res: Response, _next: NextFunction) => {
  // body-parser's errors (malformed JSON, too large) carry a status of their own.
  const { status = 500, message, headers = {} } = error
  if (status >= 500) console.error(error)
  res
    .status(status)
    .set(headers)
    .json({ error: status < 500 ? message : 'internal error' })
})

// ---------------------------------------------------------------- start and stop

await createTables()
await redis.connect()
const server = app.listen(Number(PORT), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close(async () => {
    await Promise.all([db.end(), redis.close()])
  })
})
