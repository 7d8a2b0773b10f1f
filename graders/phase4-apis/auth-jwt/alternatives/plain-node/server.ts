import * as crypto from 'node:crypto'
import * as http from 'node:http'
import { compare } from 'bcryptjs'
import pg from 'pg'

const needed = (name: string): string => {
  const value = process.env[name] ?? ''
  if (value === '') {
    process.stderr.write(`${name}?\n`)
    process.exit(2)
  }
  return value
}

const port = Number(needed('PORT'))
const issuer = needed('JWT_ISSUER')
const audience = needed('JWT_AUDIENCE')
const signer = crypto.createPrivateKey(needed('JWT_PRIVATE_KEY'))
const publicKeys = [needed('JWT_PUBLIC_KEY'), process.env.JWT_PREVIOUS_PUBLIC_KEY ?? '']
  .filter((pem) => pem !== '')
  .map((pem) => crypto.createPublicKey(pem))

const kidOf = (key: crypto.KeyObject): string =>
  crypto
    .createHash('sha1')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex')
const currentKid = publicKeys.slice(0, 1).map(kidOf)[0]

// ---- access tokens

const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const epoch = (): number => Math.floor(Date.now() / 1000)

function mint(userId: string): string {
  const now = epoch()
  const head = b64({ alg: 'RS256', typ: 'JWT', kid: currentKid })
  const body = b64({ iss: issuer, aud: audience, sub: userId, iat: now, exp: now + 300 })
  const signature = crypto.sign('sha256', Buffer.from(`${head}.${body}`), signer)
  return `${head}.${body}.${signature.toString('base64url')}`
}

function subjectOf(token: string): string | null {
  const [head = '', body = '', tail = '', ...more] = token.split('.')
  if (more.length > 0 || tail === '') return null
  const signed = Buffer.from(`${head}.${body}`)
  const signature = Buffer.from(tail, 'base64url')
  if (!publicKeys.some((key) => crypto.verify('sha256', signed, key, signature))) return null
  // Only now are these bytes known to be ours.
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const now = epoch()
  const good =
    alg === 'RS256' &&
    claims.iss === issuer &&
    [claims.aud].flat().includes(audience) &&
    typeof claims.exp === 'number' &&
    claims.exp > now &&
    (claims.nbf === undefined || claims.nbf <= now) &&
    typeof claims.sub === 'string'
  return good ? claims.sub : null
}

// ---- refresh tokens: `selector.secret`; the table knows the selector and a digest of the secret

const pool = new pg.Pool({ connectionString: needed('DATABASE_URL'), max: 4 })
pool.on('error', () => {})

const digest = (secret: string): string =>
  crypto.createHash('sha384').update(secret).digest('base64')

async function issue(db: pg.Pool | pg.PoolClient, login: string, owner: string): Promise<string> {
  const selector = crypto.randomUUID()
  const secret = crypto.randomBytes(24).toString('hex')
  await db.query('INSERT INTO refresh_chain VALUES ($1, $2, $3, $4, false)', [
    selector,
    digest(secret),
    login,
    owner,
  ])
  return `${selector}.${secret}`
}

interface Link {
  login: string
  owner: string
  spent: boolean
}

async function find(db: pg.Pool | pg.PoolClient, token: string): Promise<Link | undefined> {
  const [selector = '', secret = ''] = token.split('.')
  const { rows } = await db.query<Link>(
    `SELECT login, owner, spent FROM refresh_chain
     WHERE selector::text = $1 AND secret_digest = $2`,
    [selector.replaceAll('\0', ''), digest(secret)],
  )
  return rows[0]
}

async function endLogin(db: pg.PoolClient, login: string): Promise<void> {
  // Waiting for the login's lock first: a rotation under way would add a row this cannot see.
  await db.query('SELECT pg_advisory_xact_lock(hashtext($1))', [login])
  await db.query('DELETE FROM refresh_chain WHERE login = $1', [login])
}

async function atomically<T>(work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const db = await pool.connect()
  try {
    await db.query('BEGIN')
    const result = await work(db)
    await db.query('COMMIT')
    return result
  } catch (error) {
    await db.query('ROLLBACK')
    throw error
  } finally {
    db.release()
  }
}

const exchange = (token: string) =>
  atomically(async (db) => {
    const login = (await find(db, token))?.login
    if (login === undefined) return null
    const { rows } = await db.query('SELECT pg_try_advisory_xact_lock(hashtext($1)) AS free', [
      login,
    ])
    // Somebody is just using or ending this login; whoever comes second gets nothing.
    if (!rows[0].free) return null
    const link = await find(db, token)
    if (!link) return null
    if (link.spent) {
      await endLogin(db, login)
      return null
    }
    await db.query('UPDATE refresh_chain SET spent = true WHERE selector::text = $1', [
      token.split('.')[0],
    ])
    return { owner: link.owner, token: await issue(db, login, link.owner) }
  })

const revoke = (token: string) =>
  atomically(async (db) => {
    const link = await find(db, token)
    if (link) await endLogin(db, link.login)
  })

// ---- HTTP

interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

const refusal = (status: number, detail: string, headers = {}): Answer => ({
  status,
  body: { detail },
  headers: { 'Content-Type': 'application/problem+json', ...headers },
})

const tokens = (owner: string, refreshToken: string): Answer => ({
  status: 200,
  body: { accessToken: mint(owner), refreshToken, expiresIn: 300 },
})

type Handler = (body: Record<string, unknown>, request: http.IncomingMessage) => Promise<Answer>

const routes: Record<string, Handler> = {
  async 'POST /token'({ email, password }) {
    if (typeof email !== 'string' || typeof password !== 'string') {
      return refusal(422, 'email and password must be strings')
    }
    const { rows } = await pool.query<{ id: number; password_hash: string }>(
      'SELECT id, password_hash FROM users WHERE email = $1',
      [email.replaceAll('\0', '')],
    )
    for (const user of rows) {
      if (await compare(password, user.password_hash)) {
        const owner = String(user.id)
        return tokens(owner, await issue(pool, crypto.randomUUID(), owner))
      }
    }
    return refusal(401, 'no')
  },

  async 'POST /token/refresh'({ refreshToken }) {
    if (typeof refreshToken !== 'string') return refusal(422, 'refreshToken must be a string')
    const next = await exchange(refreshToken)
    return next ? tokens(next.owner, next.token) : refusal(401, 'no')
  },

  async 'POST /token/revoke'({ refreshToken }) {
    if (typeof refreshToken !== 'string') return refusal(422, 'refreshToken must be a string')
    await revoke(refreshToken)
    return { status: 200, body: {} }
  },

  async 'GET /me'(_body, request) {
    const no = refusal(401, 'who are you?', { 'WWW-Authenticate': 'Bearer' })
    const header = request.headers.authorization ?? ''
    if (!header.toLowerCase().startsWith('bearer ')) return no
    const subject = subjectOf(header.slice(7).trim())
    if (subject === null) return no
    const { rows } = await pool.query('SELECT id, email FROM users WHERE id::text = $1', [
      subject,
    ])
    return rows.length === 1 ? { status: 200, body: rows[0] } : no
  },

  async 'GET /.well-known/jwks.json'() {
    const keys = publicKeys.map((key) => ({ ...key.export({ format: 'jwk' }), kid: kidOf(key) }))
    return { status: 200, body: { keys } }
  },
}

async function bodyOf(request: http.IncomingMessage): Promise<Record<string, unknown> | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    // What is too much is read to its end, but not kept.
    if (size <= 65_536) chunks.push(chunk)
  }
  if (size > 65_536) return null
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) ?? {}
  } catch {
    return null
  }
}

async function answer(request: http.IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '').replace(/\?.*/, '')
  const handler = routes[`${request.method} ${path}`]
  if (!handler) return refusal(404, 'nothing here')
  const body = request.method === 'POST' ? await bodyOf(request) : {}
  return body === null ? refusal(400, 'not JSON, or too much of it') : handler(body, request)
}

const server = http.createServer(async (request, response) => {
  const { status, body, headers } = await answer(request).catch((error) => {
    console.error(error)
    return refusal(500, 'internal error')
  })
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
})

const setUp = await pool.connect()
await setUp.query('BEGIN')
// Copies that start together take turns here; reading users is still possible meanwhile.
await setUp.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE')
await setUp.query(`CREATE TABLE IF NOT EXISTS refresh_chain (
  selector uuid PRIMARY KEY, secret_digest text NOT NULL, login uuid NOT NULL,
  owner text NOT NULL, spent boolean NOT NULL)`)
await setUp.query('CREATE INDEX IF NOT EXISTS refresh_chain_login ON refresh_chain (login)')
await setUp.query('COMMIT')
setUp.release()

server.listen(port, '127.0.0.1')
process.on('SIGTERM', () => server.close(() => pool.end()))
