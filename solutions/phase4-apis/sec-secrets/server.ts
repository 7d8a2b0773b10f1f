// Pelican Post's carriers. README.md has the rules, schema.sql the tables.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import express, { type ErrorRequestHandler, type Request } from 'express'
import pg from 'pg'

// ------------------------------------------------------------ secrets

/** Says what is wrong with a secret, and never what it is. */
class BadSecret extends Error {}

/** The value of a secret, from its file or its variable; undefined where it is missing. */
function read(name: string): string | undefined {
  const file = process.env[`${name}_FILE`]
  const value = file ? readSecretFile(name, file) : process.env[name]
  if (value?.toLowerCase() === 'changeme') throw new BadSecret(`${name} is a placeholder`)
  return value || undefined
}

function readSecretFile(name: string, file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new BadSecret(`the file of ${name} cannot be read`)
  }
  const value = text.replace(/\r?\n$/, '')
  if (value === '') throw new BadSecret(`the file of ${name} is empty`)
  return value
}

function needed<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new BadSecret(`${name} is missing`)
  return value
}

/** A secret that webhooks are signed with. */
function signingSecret(name: string): string | undefined {
  const secret = read(name)
  if (secret !== undefined && [...secret].length < 16) throw new BadSecret(`${name} is too short`)
  return secret
}

/** A key of 32 bytes. */
function encryptionKey(name: string): Buffer | undefined {
  const text = read(name)
  if (text === undefined) return undefined
  const key = Buffer.from(text, 'base64')
  if (key.length === 32 && key.toString('base64') === text) return key
  throw new BadSecret(`${name} is not the base64 of 32 bytes`)
}

/** How each secret is read that may change while the server runs. */
const READERS = {
  webhook: () => needed('WEBHOOK_SECRET', signingSecret('WEBHOOK_SECRET')),
  webhookPrevious: () => signingSecret('WEBHOOK_SECRET_PREVIOUS'),
  encryption: () => needed('ENCRYPTION_KEY', encryptionKey('ENCRYPTION_KEY')),
  encryptionPrevious: () => encryptionKey('ENCRYPTION_KEY_PREVIOUS'),
}
type Secrets = { [Name in keyof typeof READERS]: ReturnType<(typeof READERS)[Name]> }

/** Reads all of them. @param before what holds where one is bad */
function readAll(before?: Secrets): Secrets {
  const entries = Object.entries(READERS).map(([name, reader]) => {
    try {
      return [name, reader()]
    } catch (error) {
      if (!before || !(error instanceof BadSecret)) throw error
      console.error(`${error.message}: the one before is kept`)
      return [name, before[name as keyof Secrets]]
    }
  })
  return Object.fromEntries(entries) as Secrets
}

/** All that the server must have, or its end. */
function readAtStart(): { secrets: Secrets; databaseUrl: string } {
  try {
    return { secrets: readAll(), databaseUrl: needed('DATABASE_URL', read('DATABASE_URL')) }
  } catch (error) {
    if (!(error instanceof BadSecret)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

const atStart = readAtStart()
let secrets = atStart.secrets

process.on('SIGHUP', () => {
  secrets = readAll(secrets)
})

// ------------------------------------------------------------ keys at rest

const [NONCE, TAG] = [12, 16]

/** Nonce, tag and ciphertext in one piece, tied to the name of its row. */
function encrypt(text: string, name: string): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', secrets.encryption, nonce, { authTagLength: TAG })
  cipher.setAAD(Buffer.from(name))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
}

/** Undefined where the bytes are not what was encrypted with this key for this name. */
function decrypt(bytes: Buffer, name: string, key: Buffer | undefined): string | undefined {
  if (!key || bytes.length < NONCE + TAG) return undefined
  const nonce = bytes.subarray(0, NONCE)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
  decipher.setAAD(Buffer.from(name))
  decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
  try {
    const text = decipher.update(bytes.subarray(NONCE + TAG))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

// ------------------------------------------------------------ the server

const pool = new pg.Pool({ connectionString: atStart.databaseUrl })
pool.on('error', () => console.error('a connection to the database broke'))
const app = express()

/** A refusal: thrown anywhere, answered by the last handler below. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

app.get('/healthz', (_request, response) => {
  response.json({ status: 'ok' })
})

// ------------------------------------------------------------ webhooks

/** Whether the header is the signature of these bytes, with a secret of ours. */
function isSigned(body: Buffer, header: string | undefined): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '')?.[1]
  if (!hex) return false
  const given = Buffer.from(hex, 'hex')
  return [secrets.webhook, secrets.webhookPrevious].some(
    (secret) =>
      secret !== undefined &&
      timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given),
  )
}

const PARCEL = /^[A-Z0-9-]{1,30}$/

function objectOf(bytes: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Refusal(400, 'the body is no JSON')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new Refusal(422, 'the body is no object')
}

app.post('/webhooks/carrier', express.raw({ type: () => true }), async (request, response) => {
  const bytes: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  if (!isSigned(bytes, request.get('X-Signature'))) throw new Refusal(401, 'wrong signature')
  if (!request.is('json')) throw new Refusal(415, 'the body must be JSON')
  const { parcel, status } = objectOf(bytes)
  if (typeof parcel !== 'string' || !PARCEL.test(parcel)) {
    throw new Refusal(422, 'parcel must have 1 to 30 capitals, digits and hyphens')
  }
  if (typeof status !== 'string' || status === '' || [...status].length > 100) {
    throw new Refusal(422, 'status must have 1 to 100 characters')
  }
  await pool.query(
    `insert into parcels (parcel, status) values ($1, $2)
     on conflict (parcel) do update set status = excluded.status`,
    [parcel, status],
  )
  response.status(202).json({ parcel, status })
})

app.get('/parcels/:parcel', async (request, response) => {
  const { parcel } = request.params
  const { rows } = PARCEL.test(parcel)
    ? await pool.query('select parcel, status from parcels where parcel = $1', [parcel])
    : { rows: [] }
  if (!rows[0]) throw new Refusal(404, 'no webhook has named this parcel')
  response.json(rows[0])
})

// ------------------------------------------------------------ integrations

function nameOf(request: Request<{ name: string }>): string {
  const { name } = request.params
  if (/^[a-z0-9-]{1,30}$/.test(name)) return name
  throw new Refusal(404, 'there is no such integration')
}

/** The key of an integration; one that is encrypted with the previous key is stored anew if asked. */
async function keyOf(name: string, renew: boolean): Promise<string> {
  const { rows } = await pool.query<{ api_key: Buffer }>(
    'select api_key from integrations where name = $1',
    [name],
  )
  const stored = rows[0]?.api_key
  if (!stored) throw new Refusal(404, 'there is no such integration')
  const { encryption, encryptionPrevious } = secrets
  const current = decrypt(stored, name, encryption)
  if (current !== undefined) return current
  const previous = decrypt(stored, name, encryptionPrevious)
  if (previous === undefined) throw new Refusal(409, 'the stored key cannot be used')
  if (renew) {
    // Unless somebody has stored another one meanwhile.
    await pool.query('update integrations set api_key = $3 where name = $1 and api_key = $2', [
      name,
      stored,
      encrypt(previous, name),
    ])
  }
  return previous
}

app.put('/integrations/:name', express.json(), async (request, response) => {
  const name = nameOf(request)
  const apiKey: unknown = request.body?.apiKey
  if (typeof apiKey !== 'string' || !/^[!-~]{16,200}$/.test(apiKey)) {
    throw new Refusal(422, 'apiKey must have 16 to 200 signs of ASCII, and no blanks')
  }
  await pool.query(
    `insert into integrations (name, api_key) values ($1, $2)
     on conflict (name) do update set api_key = excluded.api_key`,
    [name, encrypt(apiKey, name)],
  )
  response.status(204).end()
})

app.get('/integrations/:name', async (request, response) => {
  const name = nameOf(request)
  const apiKey = await keyOf(name, false)
  response.json({ name, apiKey: `…${apiKey.slice(-4)}` })
})

app.post('/integrations/:name/ping', async (request, response) => {
  const name = nameOf(request)
  const apiKey = await keyOf(name, true)
  const isWell = await ping(apiKey)
  if (!isWell) throw new Refusal(502, 'the carrier does not answer as it should')
  response.json({ ok: true })
})

/** Asks the carrier. What it says may hold the key, and goes nowhere. */
async function ping(apiKey: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/ping', process.env.UPSTREAM_URL), {
      headers: { Authorization: `Bearer ${apiKey}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(5000),
    })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

// ------------------------------------------------------------ everything else

const METHODS = {
  '/healthz': 'GET, HEAD',
  '/integrations/:name': 'GET, HEAD, PUT',
  '/integrations/:name/ping': 'POST',
  '/webhooks/carrier': 'POST',
  '/parcels/:parcel': 'GET, HEAD',
}
for (const [path, methods] of Object.entries(METHODS)) {
  app.all(path, (_request, response) => {
    response.set('Allow', methods)
    throw new Refusal(405, `this path takes ${methods}`)
  })
}
app.use(() => {
  throw new Refusal(404, 'there is nothing here')
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const {
    status,
    message,
    type = '',
  } = error as { status?: number; message: string; type?: string }
  if (error instanceof Refusal) {
    response.status(error.status).json({ error: message })
  } else if (status && status < 500) {
    // A parser's message may repeat the body, in which a key may stand.
    response.status(status).json({ error: type || 'the request cannot be read' })
  } else {
    console.error(`an error in a request: ${(error as Error).name}`)
    response.status(500).json({ error: 'something went wrong on our side' })
  }
}
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  void pool.end()
})
