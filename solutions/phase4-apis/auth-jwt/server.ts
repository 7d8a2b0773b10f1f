import type { KeyObject } from 'node:crypto'
import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID } from 'node:crypto'
import bcrypt from 'bcryptjs'
import type { NextFunction, Request, Response } from 'express'
import express from 'express'
import type { JwtPayload } from 'jsonwebtoken'
import jwt from 'jsonwebtoken'
import type { PoolClient } from 'pg'
import { Pool } from 'pg'
import { z } from 'zod'

const ACCESS_SECONDS = 600
const FAMILY_LIFETIME = '30 days'

// ---------------------------------------------------------------- settings and keys

class SettingsError extends Error {}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new SettingsError(`${name} is not set`)
  return value
}

function readKey(name: string, parse: (pem: string) => KeyObject): KeyObject {
  const pem = required(name)
  try {
    return parse(pem)
  } catch {
    throw new SettingsError(`${name} does not hold a key in PEM form`)
  }
}

interface PublicKey {
  kid: string
  key: KeyObject
  jwk: { kty: 'RSA'; n: string; e: string; kid: string; use: 'sig'; alg: 'RS256' }
}

/** Names a key by its RFC 7638 thumbprint: the same key has the same `kid` on every copy, for ever. */
function describe(key: KeyObject): PublicKey {
  const { n, e } = key.export({ format: 'jwk' }) as { n: string; e: string }
  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url')
  return { kid, key, jwk: { kty: 'RSA', n, e, kid, use: 'sig', alg: 'RS256' } }
}

function loadSettings() {
  const privateKey = readKey('JWT_PRIVATE_KEY', createPrivateKey)
  const current = describe(readKey('JWT_PUBLIC_KEY', createPublicKey))
  const accepted = new Map([[current.kid, current]])
  if (process.env.JWT_PREVIOUS_PUBLIC_KEY) {
    const previous = describe(readKey('JWT_PREVIOUS_PUBLIC_KEY', createPublicKey))
    accepted.set(previous.kid, previous)
  }
  return {
    port: Number(required('PORT')),
    databaseUrl: required('DATABASE_URL'),
    issuer: required('JWT_ISSUER'),
    audience: required('JWT_AUDIENCE'),
    privateKey,
    current,
    accepted,
  }
}

type Settings = ReturnType<typeof loadSettings>

// ---------------------------------------------------------------- access tokens

function signAccessToken(settings: Settings, userId: number): string {
  return jwt.sign({}, settings.privateKey, {
    algorithm: 'RS256',
    keyid: settings.current.kid,
    issuer: settings.issuer,
    audience: settings.audience,
    subject: String(userId),
    expiresIn: ACCESS_SECONDS,
    jwtid: randomUUID(),
  })
}

/** The user id a valid access token speaks for, or undefined. */
function verifyAccessToken(settings: Settings, token: string): string | undefined {
  try {
    // Until the signature is checked the header is a stranger's text. Of all it says, only `kid` is
    // used, and only to pick one of our own keys. The algorithm is ours to choose, never the token's.
    const kid = jwt.decode(token, { complete: true })?.header.kid
    const trusted = settings.accepted.get(kid ?? '')
    if (!trusted) return undefined
    // A payload that is no object has no `iss`, so what comes back are claims.
    const { exp, sub } = jwt.verify(token, trusted.key, {
      algorithms: ['RS256'],
      issuer: settings.issuer,
      audience: settings.audience,
      clockTolerance: 30,
    }) as JwtPayload
    // jsonwebtoken checks `exp` when it is there; a token without one would live for ever.
    return exp === undefined ? undefined : sub
  } catch {
    return undefined
  }
}

// ---------------------------------------------------------------- refresh tokens

const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** A refresh token is 256 random bits, so a fast hash is enough: there is nothing to guess. */
const newRefreshToken = () => randomBytes(32).toString('base64url')

async function createTables(pool: Pool): Promise<void> {
  await inTransaction(pool, async (db) => {
    // CREATE TABLE IF NOT EXISTS is not safe against a second copy doing the same just now: both
    // may find no table, and one then breaks on a system index. So they take turns.
    await db.query(`SELECT pg_advisory_xact_lock(hashtext('auth-jwt tables'))`)
    await db.query(`
      CREATE TABLE IF NOT EXISTS refresh_families (
        id uuid PRIMARY KEY,
        user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
      )`)
    await db.query(`
      CREATE TABLE IF NOT EXISTS refresh_tokens (
        token_hash bytea PRIMARY KEY,
        family_id uuid NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
        used_at timestamptz
      )`)
  })
}

async function inTransaction<T>(pool: Pool, work: (db: PoolClient) => Promise<T>): Promise<T> {
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

async function storeToken(db: PoolClient, token: string, familyId: string): Promise<void> {
  await db.query('INSERT INTO refresh_tokens (token_hash, family_id) VALUES ($1, $2)', [
    sha256(token),
    familyId,
  ])
}

/** Starts a family, as one does at each login, and returns its first refresh token. */
async function startFamily(pool: Pool, userId: number): Promise<string> {
  const token = newRefreshToken()
  await inTransaction(pool, async (db) => {
    const familyId = randomUUID()
    await db.query(
      `INSERT INTO refresh_families (id, user_id, expires_at)
       VALUES ($1, $2, now() + $3::interval)`,
      [familyId, userId, FAMILY_LIFETIME],
    )
    await storeToken(db, token, familyId)
  })
  return token
}

/** Ends the family a refresh token belongs to. A token nobody knows ends nothing. */
async function revokeFamily(db: Pool | PoolClient, token: string): Promise<void> {
  await db.query(
    `UPDATE refresh_families SET revoked_at = now()
     WHERE id = (SELECT family_id FROM refresh_tokens WHERE token_hash = $1)
       AND revoked_at IS NULL`,
    [sha256(token)],
  )
}

/**
 * Uses a refresh token up and returns its successor. Returns undefined when the token is not (or no
 * longer) good; when it had been used before, somebody holds a copy, so its family ends with it.
 */
async function rotate(
  pool: Pool,
  token: string,
): Promise<{ userId: number; token: string } | undefined> {
  // Returning (not throwing) in the bad cases matters: an error would roll the revocation back.
  return inTransaction(pool, async (db) => {
    // One statement both asks and takes. Of two requests with one token the second waits for the
    // first one's row lock, then finds the condition no longer true.
    const taken = await db.query<{ family_id: string }>(
      `UPDATE refresh_tokens SET used_at = now()
       WHERE token_hash = $1 AND used_at IS NULL
       RETURNING family_id`,
      [sha256(token)],
    )
    const familyId = taken.rows[0]?.family_id
    if (familyId === undefined) {
      await revokeFamily(db, token)
      return undefined
    }
    // FOR UPDATE: a revocation of the family happens wholly before this rotation or wholly after.
    const families = await db.query<{ user_id: number }>(
      `SELECT user_id FROM refresh_families
       WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()
       FOR UPDATE`,
      [familyId],
    )
    const family = families.rows[0]
    if (!family) return undefined
    const successor = newRefreshToken()
    await storeToken(db, successor, familyId)
    return { userId: family.user_id, token: successor }
  })
}

// ---------------------------------------------------------------- HTTP

class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// PostgreSQL text cannot hold U+0000; without this rule such a string would end as a 500.
const Text = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.includes('\0'))
const Credentials = z.object({ email: Text, password: Text })
const RefreshBody = z.object({ refreshToken: Text })

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new HttpError(400, z.prettifyError(result.error))
}

// Compared with when the e-mail is unknown, so that both answers cost the same time.
const NOBODY_HASH = '$2b$10$kfEHt5oL8fP0UVihoeMm4Ow7FBdA1p93dOKhuFwTmZcK4WPpchI12'

function createApp(settings: Settings, pool: Pool) {
  const app = express()
  app.use(express.json({ limit: '64kb' }))

  function sendPair(res: Response, userId: number, refreshToken: string): void {
    res.set('Cache-Control', 'no-store').json({
      accessToken: signAccessToken(settings, userId),
      refreshToken,
      expiresIn: ACCESS_SECONDS,
    })
  }

  app.post('/token', async (req, res) => {
    const { email, password } = parse(Credentials, req.body)
    const found = await pool.query<{ id: number; password_hash: string }>(
      'SELECT id, password_hash FROM users WHERE email = $1',
      [email],
    )
    const user = found.rows[0]
    const matches = await bcrypt.compare(password, user?.password_hash ?? NOBODY_HASH)
    if (!user || !matches) throw new HttpError(401, 'wrong e-mail or password')
    sendPair(res, user.id, await startFamily(pool, user.id))
  })

  app.post('/token/refresh', async (req, res) => {
    const { refreshToken } = parse(RefreshBody, req.body)
    const next = await rotate(pool, refreshToken)
    if (!next) throw new HttpError(401, 'this refresh token is not valid')
    sendPair(res, next.userId, next.token)
  })

  app.post('/token/revoke', async (req, res) => {
    const { refreshToken } = parse(RefreshBody, req.body)
    await revokeFamily(pool, refreshToken)
    res.status(204).end()
  })

  app.get('/me', async (req, res) => {
    const token = /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1]
    const userId = token && verifyAccessToken(settings, token)
    const found = userId
      ? await pool.query('SELECT id, email FROM users WHERE id = $1', [userId])
      : undefined
    if (found?.rowCount !== 1) {
      res.set('WWW-Authenticate', token ? 'Bearer error="invalid_token"' : 'Bearer')
      throw new HttpError(401, 'a valid access token is needed')
    }
    res.json(found.rows[0])
  })

  app.get('/.well-known/jwks.json', (_req, res) => {
    res.json({ keys: [...settings.accepted.values()].map(({ jwk }) => jwk) })
  })

  app.use((_req, _res) => {
    throw new HttpError(404, 'there is nothing here')
  })

  app.use((error: Partial<HttpError>, _req: Request, res: Response, _next: NextFunction) => {
    // body-parser's errors (malformed JSON, too large) carry a status of their own.
    const { status = 500, message } = error
    if (status < 500) {
      res.status(status).json({ error: message })
      return
    }
    console.error(error)
    res.status(500).json({ error: 'internal error' })
  })

  return app
}

// ---------------------------------------------------------------- start and stop

async function main(): Promise<void> {
  const settings = loadSettings()
  const pool = new Pool({ connectionString: settings.databaseUrl })
  pool.on('error', console.error) // of an idle connection; unheard, it would end the process
  await createTables(pool)

  const server = createApp(settings, pool).listen(settings.port, '127.0.0.1')
  process.once('SIGTERM', () => {
    server.close(() => void pool.end())
  })
}

main().catch((error: unknown) => {
  console.error(error instanceof SettingsError ? error.message : error)
  process.exit(1)
})
