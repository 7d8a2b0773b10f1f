import crypto from 'node:crypto'
import bcrypt from 'bcryptjs'
import type { NextFunction, Request, Response } from 'express'
import express from 'express'
import jwt from 'jsonwebtoken'
import pg from 'pg'

type Callback<T = void> = (err: Error | null, result?: T) => void

const QUARTER_OF_AN_HOUR = 900
const UNDEFINED_KEY = new Error('no such key')

// ---------------------------------------------------------------------------
// settings

const lacking = ['JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY', 'JWT_ISSUER', 'JWT_AUDIENCE'].filter(
  (name) => !process.env[name],
)
if (lacking.length > 0) {
  console.error(`please set ${lacking.join(' and ')}`)
  process.exit(1)
}

const { JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = process.env
// Both of these throw when they are given something that is no key, which ends the process.
const privateKey = crypto.createPrivateKey(process.env.JWT_PRIVATE_KEY ?? '')
const publicKeys: { [kid: string]: crypto.KeyObject } = {}
const currentKid = addPublicKey(process.env.JWT_PUBLIC_KEY ?? '')
if (process.env.JWT_PREVIOUS_PUBLIC_KEY) addPublicKey(process.env.JWT_PREVIOUS_PUBLIC_KEY)

function addPublicKey(pem: string): string {
  const key = crypto.createPublicKey(pem)
  const modulus = key.export({ format: 'jwk' }).n ?? ''
  const kid = crypto.createHash('md5').update(modulus).digest('hex').slice(0, 8)
  publicKeys[kid] = key
  return kid
}

// ---------------------------------------------------------------------------
// access tokens

function signAccess(userId: number, cb: Callback<string>) {
  const options: jwt.SignOptions = {
    algorithm: 'RS256',
    keyid: currentKid,
    issuer,
    audience,
    subject: String(userId),
    expiresIn: QUARTER_OF_AN_HOUR,
  }
  jwt.sign({}, privateKey, options, cb)
}

function findKey(header: jwt.JwtHeader, cb: jwt.SigningKeyCallback) {
  const kid = String(header.kid)
  if (!Object.hasOwn(publicKeys, kid)) return cb(UNDEFINED_KEY)
  cb(null, publicKeys[kid])
}

function checkAccess(token: string, cb: Callback<string>) {
  jwt.verify(token, findKey, { algorithms: ['RS256'], issuer, audience }, (err, claims) => {
    if (err) return cb(err)
    // The library lets a token live for ever that does not say how long it wants to.
    if (!claims || typeof claims === 'string' || typeof claims.exp !== 'number') {
      return cb(new Error('no exp'))
    }
    if (!/^\d{1,10}$/.test(String(claims.sub))) return cb(new Error('no user'))
    cb(null, claims.sub)
  })
}

// ---------------------------------------------------------------------------
// the journal of refresh tokens

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (err) => console.error(err.message))

const CREATE = `
  CREATE TABLE IF NOT EXISTS refresh_journal (
    line bigserial PRIMARY KEY,
    written timestamptz NOT NULL DEFAULT now(),
    event text NOT NULL CHECK (event IN ('born', 'used', 'ended')),
    about text NOT NULL,
    family text NOT NULL,
    user_id integer NOT NULL,
    UNIQUE (event, about)
  )`

const BORN = `
  INSERT INTO refresh_journal (event, about, family, user_id) VALUES ('born', $1, $2, $3)`

const USED = `
  INSERT INTO refresh_journal (event, about, family, user_id)
  SELECT 'used', about, family, user_id FROM refresh_journal AS birth
  WHERE event = 'born' AND about = $1 AND written > now() - interval '7 days'
    AND NOT EXISTS (
      SELECT FROM refresh_journal WHERE event = 'ended' AND about = birth.family
    )
  ON CONFLICT DO NOTHING
  RETURNING family, user_id`

const ENDED = `
  INSERT INTO refresh_journal (event, about, family, user_id)
  SELECT 'ended', family, family, user_id FROM refresh_journal
  WHERE event = 'born' AND about = $1
  ON CONFLICT DO NOTHING`

const KNOWN = `SELECT FROM refresh_journal WHERE event = 'born' AND about = $1`

function createJournal(tries: number, cb: Callback) {
  pool.query(CREATE, (err) => {
    if (!err) return cb(null)
    if (tries === 0) return cb(err)
    // Most likely another copy is creating the same table just now.
    setTimeout(() => createJournal(tries - 1, cb), 250)
  })
}

function digest(token: string): string {
  return crypto.createHash('sha256').update(`refresh:${token}`).digest('base64')
}

function bear(family: string, userId: number, cb: Callback<string>) {
  crypto.randomBytes(15, (err, bytes) => {
    if (err) return cb(err)
    const token = bytes.toString('base64url')
    pool.query(BORN, [digest(token), family, userId], (err) => cb(err, token))
  })
}

/** Calls back with nothing when the token is not good. */
function use(token: string, cb: Callback<{ family: string; user_id: number }>) {
  pool.query(USED, [digest(token)], (err, result) => {
    if (err) return cb(err)
    if (result.rows.length > 0) return cb(null, result.rows[0])
    pool.query(ENDED, [digest(token)], (err) => cb(err))
  })
}

// ---------------------------------------------------------------------------
// the routes

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.use(express.json({ limit: '64kb', type: () => true }))
app.use((_req, _res, next) => {
  setTimeout(next, 150)
})

function refuse(res: Response, status: number, error: string) {
  res.status(status).send({ error, code: status })
}

function noAccess(res: Response) {
  res.set('WWW-Authenticate', 'Bearer')
  refuse(res, 401, 'access token missing or bad')
}

/** Middleware that lets only those bodies through which hold these texts. */
function texts(...names: string[]) {
  return (req: Request, res: Response, next: NextFunction) => {
    for (const name of names) {
      const value = req.body?.[name]
      if (typeof value !== 'string') return refuse(res, 400, `${name} must be a string`)
      if (value.indexOf('\0') >= 0) return refuse(res, 400, `${name} must not hold a NUL`)
    }
    next()
  }
}

function sendPair(res: Response, next: NextFunction, family: string, userId: number) {
  bear(family, userId, (err, refreshToken) => {
    if (err) return next(err)
    signAccess(userId, (err, accessToken) => {
      if (err) return next(err)
      res.set('Cache-Control', 'no-store')
      res.send({ accessToken, expiresIn: QUARTER_OF_AN_HOUR, refreshToken })
    })
  })
}

app.post('/token', texts('email', 'password'), (req, res, next) => {
  const { email, password } = req.body
  pool.query('SELECT * FROM users WHERE email = $1', [email], (err, result) => {
    if (err) return next(err)
    const user = result.rows[0]
    // bcrypt looks at 72 bytes only, so more of them cannot be a right password.
    if (!user || bcrypt.truncates(password)) return refuse(res, 401, 'unknown user or password')
    bcrypt.compare(password, user.password_hash, (err, same) => {
      if (err) return next(err)
      if (!same) return refuse(res, 401, 'unknown user or password')
      sendPair(res, next, crypto.randomUUID(), user.id)
    })
  })
})

app.post('/token/refresh', texts('refreshToken'), (req, res, next) => {
  use(req.body.refreshToken, (err, found) => {
    if (err) return next(err)
    if (!found) return refuse(res, 401, 'unknown, used or revoked refresh token')
    sendPair(res, next, found.family, found.user_id)
  })
})

app.post('/token/revoke', texts('refreshToken'), (req, res, next) => {
  const about = digest(req.body.refreshToken)
  pool.query(KNOWN, [about], (err, result) => {
    if (err) return next(err)
    if (result.rowCount === 0) return refuse(res, 404, 'unknown refresh token')
    pool.query(ENDED, [about], (err) => {
      if (err) return next(err)
      res.send({ revoked: true })
    })
  })
})

app.get('/me', (req, res, next) => {
  const found = /^Bearer +(\S+)$/i.exec(req.get('Authorization') ?? '')
  if (!found) return noAccess(res)
  checkAccess(found[1] ?? '', (err, userId) => {
    if (err) return noAccess(res)
    pool.query('SELECT id, email FROM users WHERE id::text = $1', [userId], (err, result) => {
      if (err) return next(err)
      if (result.rows.length === 0) return noAccess(res)
      res.send(result.rows[0])
    })
  })
})

app.get('/.well-known/jwks.json', (_req, res) => {
  const keys = Object.entries(publicKeys).map(([kid, key]) =>
    Object.assign({ kid, alg: 'RS256', use: 'sig' }, key.export({ format: 'jwk' })),
  )
  res.type('application/jwk-set+json').send(JSON.stringify({ keys }))
})

app.use((_req, res) => refuse(res, 404, 'no such route'))

app.use((err: Error & { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
  if (err.status && err.status < 500) return refuse(res, err.status, err.message)
  console.error(err)
  refuse(res, 500, 'internal error')
})

// ---------------------------------------------------------------------------

createJournal(8, (err) => {
  if (err) throw err
  const server = app.listen(Number(process.env.PORT), '127.0.0.1')
  process.once('SIGTERM', () => {
    server.close(() => pool.end(() => process.exit()))
  })
})
