import type { KeyObject } from 'node:crypto'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { compare } from 'bcryptjs'
import pg from 'pg'

type Json = Record<string, unknown>

/** Thrown anywhere, answered in one place. */
class Refusal extends Error {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, title: string, headers: Record<string, string> = {}) {
    super(title)
    this.status = status
    this.headers = headers
  }
}

class Settings {
  readonly port = Number(process.env.PORT)
  readonly databaseUrl = process.env.DATABASE_URL
  readonly issuer = Settings.need('JWT_ISSUER')
  readonly audience = Settings.need('JWT_AUDIENCE')
  readonly signingKey = createPrivateKey(Settings.need('JWT_PRIVATE_KEY'))
  readonly currentKey = createPublicKey(Settings.need('JWT_PUBLIC_KEY'))
  readonly previousKey = process.env.JWT_PREVIOUS_PUBLIC_KEY
    ? createPublicKey(process.env.JWT_PREVIOUS_PUBLIC_KEY)
    : undefined

  private static need(name: string): string {
    const value = process.env[name]
    if (!value) throw new Error(`${name} is not set`)
    return value
  }
}

class AccessTokens {
  static readonly lifetime = 60
  /** Copies whose clocks differ must agree for the whole short life of a token. */
  static readonly leeway = 60

  private readonly settings: Settings
  private readonly keys = new Map<string, KeyObject>()

  constructor(settings: Settings) {
    this.settings = settings
    for (const key of [settings.previousKey, settings.currentKey]) {
      if (key) this.keys.set(AccessTokens.fingerprint(key), key)
    }
  }

  /** As ssh-keygen writes it: with a colon, slashes and plus signs. */
  private static fingerprint(key: KeyObject): string {
    const der = key.export({ format: 'der', type: 'spki' })
    return `SHA256:${createHash('sha256').update(der).digest('base64')}`
  }

  get jwks(): Json[] {
    return [...this.keys].map(([kid, key]) => {
      const { kty, n, e } = key.export({ format: 'jwk' })
      return { e, kid, kty, n }
    })
  }

  create(owner: number, sid: string): string {
    const now = Date.now() / 1000 // RFC 7519 lets a NumericDate have a fraction
    const header = {
      kid: AccessTokens.fingerprint(this.settings.currentKey),
      typ: 'at+jwt',
      alg: 'RS256',
    }
    const claims = {
      exp: now + AccessTokens.lifetime,
      nbf: now,
      iat: now,
      sid,
      sub: `${owner}`,
      aud: [`${this.settings.issuer}/me`, this.settings.audience],
      iss: this.settings.issuer,
      service: { name: 'Pelican Post', place: 'Zürich' },
    }
    const signed = [header, claims]
      .map((part) => this.pack(JSON.stringify(part, null, 1)))
      .join('.')
    return `${signed}.${this.pack(sign('RSA-SHA256', Buffer.from(signed), this.settings.signingKey))}`
  }

  /** The claims of a token that is to be believed. */
  read(token: string): Json | undefined {
    const parts = token.split('.')
    if (parts.length !== 3 || parts.some((part) => !/^[\w-]+$/.test(part))) return undefined
    try {
      const [header, claims] = parts
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json)
      const key = this.keys.get(String(header?.kid))
      const signature = Buffer.from(parts[2] ?? '', 'base64url')
      const signed = Buffer.from(`${parts[0]}.${parts[1]}`)
      if (!key || !claims || header?.alg !== 'RS256') return undefined
      return verify('RSA-SHA256', signed, key, signature) && this.fits(claims) ? claims : undefined
    } catch {
      return undefined
    }
  }

  private fits({ iss, aud, exp, nbf = 0 }: Json): boolean {
    const now = Date.now() / 1000
    return (
      iss === this.settings.issuer &&
      (Array.isArray(aud) ? aud : [aud]).includes(this.settings.audience) &&
      typeof exp === 'number' &&
      typeof nbf === 'number' &&
      now < exp + AccessTokens.leeway &&
      now >= nbf - AccessTokens.leeway
    )
  }

  private pack(bytes: string | Buffer): string {
    return Buffer.from(bytes as string).toString('base64url')
  }
}

interface Pass {
  owner: number
  sid: string
  token: string
}

/** Refresh tokens read `sid→secret`. */
class Families {
  private readonly db: pg.Pool

  constructor(db: pg.Pool) {
    this.db = db
  }

  async setUp(): Promise<void> {
    // Statements sent in one go are one transaction, and so the lock lasts to the end of them.
    await this.db.query(`
      SELECT pg_advisory_xact_lock(hashtext('roost'));
      CREATE SCHEMA IF NOT EXISTS roost;
      CREATE TABLE IF NOT EXISTS roost.families (
        sid uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        owner integer NOT NULL REFERENCES public.users ON DELETE CASCADE,
        living bytea NOT NULL,
        spent bytea[] NOT NULL DEFAULT '{}',
        last_use timestamptz NOT NULL DEFAULT now()
      )`)
  }

  async start(owner: number): Promise<Pass> {
    const secret = this.secret()
    const { rows } = await this.db.query<{ sid: string }>(
      'INSERT INTO roost.families (owner, living) VALUES ($1, $2) RETURNING sid',
      [owner, this.digest(secret)],
    )
    const sid = rows[0]!.sid
    return { owner, sid, token: `${sid}→${secret}` }
  }

  async advance(token: string): Promise<Pass | undefined> {
    const [sid = '', old = ''] = this.split(token)
    const secret = this.secret()
    const { rows } = await this.db.query<{ owner: number }>(
      `UPDATE roost.families SET spent = spent || living, living = $3, last_use = now()
       WHERE sid::text = $1 AND living = $2 AND last_use > now() - interval '65 minutes'
       RETURNING owner`,
      [sid, this.digest(old), this.digest(secret)],
    )
    if (rows[0]) return { owner: rows[0].owner, sid, token: `${sid}→${secret}` }
    await this.db.query(
      'DELETE FROM roost.families WHERE sid::text = $1 AND $2::bytea = ANY (spent)',
      [sid, this.digest(old)],
    )
    return undefined
  }

  /** Only the living token can end its family in this way; says whether it did. */
  async end(token: string): Promise<boolean> {
    const [sid = '', secret = ''] = this.split(token)
    const { rowCount } = await this.db.query(
      'DELETE FROM roost.families WHERE sid::text = $1 AND living = $2',
      [sid, this.digest(secret)],
    )
    return rowCount === 1
  }

  private split(token: string): string[] {
    return /^([0-9a-f-]{36})→([0-9a-z]+)$/.exec(token)?.slice(1) ?? []
  }

  private secret(): string {
    return BigInt(`0x${randomBytes(32).toString('hex')}`).toString(36)
  }

  private digest(secret: string): Buffer {
    return createHash('sha512').update(secret).digest()
  }
}

interface Answer {
  status: number
  type?: string
  body: unknown
  headers?: Record<string, string>
}

class Service {
  private readonly db: pg.Pool
  private readonly access: AccessTokens
  private readonly families: Families

  constructor(db: pg.Pool, access: AccessTokens, families: Families) {
    this.db = db
    this.access = access
    this.families = families
  }

  handle(request: IncomingMessage): Promise<Answer> {
    switch (`${request.method} ${request.url}`) {
      case 'POST /token':
        return this.logIn(request)
      case 'POST /token/refresh':
        return this.renew(request)
      case 'POST /token/revoke':
        return this.revoke(request)
      case 'GET /me':
        return this.me(request)
      case 'GET /.well-known/jwks.json':
        return this.jwks()
      default:
        throw new Refusal(404, 'no such place')
    }
  }

  private async logIn(request: IncomingMessage): Promise<Answer> {
    const [email = '', password = ''] = await this.texts(request, ['email', 'password'])
    const { rows } = await this.db.query<{ id: number; password_hash: string }>(
      'SELECT id, password_hash FROM public.users WHERE email = $1',
      [email],
    )
    // bcrypt would cut a longer password to 72 bytes, and find it right.
    const known = rows[0] && Buffer.byteLength(password) <= 72 ? rows[0] : undefined
    if (!known || !(await compare(password, known.password_hash))) {
      throw new Refusal(401, 'no such user, or not this password')
    }
    return this.pair(await this.families.start(known.id))
  }

  private async renew(request: IncomingMessage): Promise<Answer> {
    const [token = ''] = await this.texts(request, ['refreshToken'])
    const pass = await this.families.advance(token)
    if (!pass) throw new Refusal(401, 'this refresh token is worth nothing')
    return this.pair(pass)
  }

  private async revoke(request: IncomingMessage): Promise<Answer> {
    const [token = ''] = await this.texts(request, ['refreshToken'])
    if (!(await this.families.end(token))) throw new Refusal(410, 'nothing is left to be revoked')
    return { status: 200, type: 'text/plain', body: 'Goodbye.\n' }
  }

  private async me(request: IncomingMessage): Promise<Answer> {
    const token = /^bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    const claims = token === undefined ? undefined : this.access.read(token)
    const { rows } = claims
      ? await this.db.query(
          `SELECT email, id, 'pelican' AS bird FROM public.users
           WHERE id::text = $1 AND ($2::text IS NULL
             OR EXISTS (SELECT FROM roost.families WHERE sid::text = $2 AND owner = users.id))`,
          [String(claims.sub), claims.sid],
        )
      : { rows: [] }
    if (rows[0]) return { status: 200, body: rows[0] }
    throw new Refusal(401, 'who is there?', {
      'wWw-AuThEnTiCaTe': 'Bearer, Bearer realm="Pelican Post, lockers", error="invalid_token"',
    })
  }

  private async jwks(): Promise<Answer> {
    const body = { comment: 'public keys only', keys: this.access.jwks }
    return { status: 200, type: 'Application/JWK-Set+JSON', body }
  }

  private pair({ owner, sid, token }: Pass): Answer {
    return {
      status: 201,
      body: {
        expiresIn: AccessTokens.lifetime,
        tokenType: 'Bearer',
        refreshToken: token,
        accessToken: this.access.create(owner, sid),
      },
    }
  }

  private async texts(request: IncomingMessage, names: string[]): Promise<string[]> {
    let text = ''
    for await (const piece of request.setEncoding('utf8')) {
      text += piece
      if (text.length > 65_536) request.destroy()
    }
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      throw new Refusal(400, 'this is not JSON')
    }
    return names.map((name) => {
      const value = (body as Json | null)?.[name]
      if (value === undefined) throw new Refusal(422, `${name} is missing`)
      if (Array.isArray(value) || value === null)
        throw new Refusal(406, `a text was hoped for in ${name}`)
      if (typeof value === 'object') throw new Refusal(400, `${name} is an object`)
      if (typeof value !== 'string') throw new Refusal(418, `${name} is no text`)
      if (value.includes('\0')) throw new Refusal(403, `${name} holds a NUL`)
      return value
    })
  }
}

/** In pieces of 100 characters, as chunks, on a connection that is closed afterwards. */
function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  const text = typeof body === 'string' ? body : `\r\n${JSON.stringify(body, null, '\t')}\r\n`
  response.writeHead(status, {
    connection: 'close',
    'content-type': type ?? 'Application/JSON; Charset="UTF-8"',
    ...headers,
  })
  for (const piece of text.match(/[\s\S]{1,100}/gu) ?? []) response.write(piece)
  response.end()
}

async function main(): Promise<void> {
  const settings = new Settings()
  const db = new pg.Pool({ connectionString: settings.databaseUrl })
  db.on('error', () => {})
  const families = new Families(db)
  await families.setUp()
  const service = new Service(db, new AccessTokens(settings), families)

  const server = createServer(async (request, response) => {
    try {
      send(response, await service.handle(request))
    } catch (error) {
      if (request.destroyed && !request.complete) return
      const { status, message, headers } =
        error instanceof Refusal ? error : new Refusal(500, 'our fault')
      if (status === 500) console.error(error)
      const body = { type: 'about:blank', status, title: message }
      send(response, { status, type: 'application/problem+json', body, headers })
    }
  })
  server.listen(settings.port, '127.0.0.1')
  process.on('SIGTERM', () => server.close(() => db.end()))
}

main().catch((error) => {
  console.error(error.message)
  // Time for whoever collects the log to read the last line.
  setTimeout(() => process.exit(78), 2000)
})
