import bcrypt from 'bcryptjs'
import Fastify from 'fastify'
import type { JSONWebKeySet, JWTPayload } from 'jose'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  importPKCS8,
  importSPKI,
  jwtVerify,
  SignJWT,
} from 'jose'
import { Pool } from 'pg'

const FIFTEEN_MINUTES = 900

const env = Object.fromEntries(
  ['PORT', 'DATABASE_URL', 'JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY', 'JWT_ISSUER', 'JWT_AUDIENCE'].map(
    (name) => {
      const value = process.env[name]
      if (value === undefined || value.trim() === '') {
        console.error(`Cannot start: ${name} is missing.`)
        process.exit(78)
      }
      return [name, value]
    },
  ),
) as Record<string, string>

// A bad key rejects here, at the top level of the module, and so ends the process with status 1.
const signingKey = await importPKCS8(env.JWT_PRIVATE_KEY ?? '', 'RS256')

async function publicJwk(pem: string) {
  const { kty, n, e } = await exportJWK(await importSPKI(pem, 'RS256', { extractable: true }))
  const jwk = { kty: kty ?? '', n: n ?? '', e: e ?? '' }
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', key_ops: ['verify'] }
}

const currentJwk = await publicJwk(env.JWT_PUBLIC_KEY ?? '')
const jwks: JSONWebKeySet = { keys: [currentJwk] }
if (process.env.JWT_PREVIOUS_PUBLIC_KEY) {
  jwks.keys.push(await publicJwk(process.env.JWT_PREVIOUS_PUBLIC_KEY))
}
const ownKeys = createLocalJWKSet(jwks)

// The two sorts of token differ in type and in audience, so neither can pass for the other.
const SORTS = {
  access: { typ: 'at+jwt', audience: env.JWT_AUDIENCE ?? '', lifetime: FIFTEEN_MINUTES },
  refresh: { typ: 'rt+jwt', audience: `${env.JWT_ISSUER}#refresh`, lifetime: 14 * 86_400 },
}

function sign(sort: keyof typeof SORTS, subject: string, claims: JWTPayload): Promise<string> {
  const { typ, audience, lifetime } = SORTS[sort]
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: currentJwk.kid, typ })
    .setIssuer(env.JWT_ISSUER ?? '')
    .setAudience([audience])
    .setSubject(subject)
    .setIssuedAt()
    .setNotBefore('-1s')
    .setExpirationTime(`${lifetime}s`)
    .sign(signingKey)
}

async function open(sort: keyof typeof SORTS, token: string): Promise<JWTPayload | undefined> {
  try {
    const { typ, audience } = SORTS[sort]
    const { payload } = await jwtVerify(token, ownKeys, {
      algorithms: ['RS256'],
      issuer: env.JWT_ISSUER ?? '',
      audience,
      typ,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: 5,
    })
    return payload
  } catch {
    return undefined
  }
}

const pool = new Pool({ connectionString: env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))

// Another copy may be creating the same table right now; the loser of that race just looks again.
for (let attempt = 1; ; attempt += 1) {
  try {
    await pool.query(`
      CREATE TABLE IF NOT EXISTS login_sessions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id integer NOT NULL,
        generation integer NOT NULL DEFAULT 0
      )`)
    break
  } catch (error) {
    if (attempt === 5) throw error
  }
}

const app = Fastify({ logger: false, bodyLimit: 64 * 1024 })

async function pair(user: { id: number; email: string }, sid: string, generation: number) {
  return {
    accessToken: await sign('access', String(user.id), { email: user.email, sid }),
    refreshToken: await sign('refresh', String(user.id), { sid, gen: generation }),
    expiresIn: FIFTEEN_MINUTES,
    tokenType: 'Bearer',
  }
}

const text = { type: 'string', pattern: '^[^\\u0000]*$' }
const refreshBody = {
  body: { type: 'object', required: ['refreshToken'], properties: { refreshToken: text } },
}
const credentialsBody = {
  body: {
    type: 'object',
    required: ['email', 'password'],
    properties: { email: text, password: text },
  },
}

app.post<{ Body: { email: string; password: string } }>(
  '/token',
  { schema: credentialsBody },
  async (request, reply) => {
    const { email, password } = request.body
    const { rows } = await pool.query('SELECT * FROM users WHERE email = $1', [email])
    if (rows.length === 0 || !(await bcrypt.compare(password, rows[0].password_hash))) {
      return reply.code(401).send({ title: 'These credentials do not fit' })
    }
    const session = await pool.query(
      'INSERT INTO login_sessions (user_id) VALUES ($1) RETURNING id',
      [rows[0].id],
    )
    return reply.code(201).send(await pair(rows[0], session.rows[0].id, 0))
  },
)

app.post<{ Body: { refreshToken: string } }>(
  '/token/refresh',
  { schema: refreshBody },
  async (request, reply) => {
    const claims = await open('refresh', request.body.refreshToken)
    if (!claims) return reply.code(401).send({ title: 'Not a refresh token of ours' })
    // Compare and set: of several requests with one generation exactly one finds it still due.
    const { rows } = await pool.query(
      `UPDATE login_sessions SET generation = generation + 1
       FROM users WHERE users.id = user_id AND login_sessions.id = $1 AND generation = $2
       RETURNING users.id, users.email, generation`,
      [claims.sid, claims.gen],
    )
    if (rows.length === 0) {
      await pool.query('DELETE FROM login_sessions WHERE id = $1', [claims.sid])
      return reply.code(401).send({ title: 'This refresh token is spent' })
    }
    return pair(rows[0], claims.sid as string, rows[0].generation)
  },
)

app.post<{ Body: { refreshToken: string } }>(
  '/token/revoke',
  { schema: refreshBody },
  async (request, reply) => {
    const claims = await open('refresh', request.body.refreshToken)
    if (!claims) return reply.code(400).send({ title: 'Not a refresh token of ours' })
    await pool.query('DELETE FROM login_sessions WHERE id = $1', [claims.sid])
    return { revoked: true }
  },
)

app.get('/me', async (request, reply) => {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  const claims = scheme === 'Bearer' && token ? await open('access', token) : undefined
  if (!claims) {
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer realm="pelican", error="invalid_token"')
      .type('application/problem+json')
      .send({ title: 'Unauthorized', status: 401 })
  }
  return { id: Number(claims.sub), email: claims.email }
})

app.get('/.well-known/jwks.json', (_request, reply) =>
  reply.type('application/jwk-set+json').send(JSON.stringify(jwks)),
)

process.on('SIGTERM', () => {
  void app.close().then(() => pool.end())
})
await app.listen({ host: '127.0.0.1', port: Number(env.PORT) })
