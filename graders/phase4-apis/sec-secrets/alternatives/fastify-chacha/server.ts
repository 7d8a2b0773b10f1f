import crypto from 'node:crypto'
import fs from 'node:fs'
import Fastify from 'fastify'
import pg from 'pg'

const base64 = /^[A-Za-z0-9+/]{43}=$/
const rules: Record<string, { optional?: boolean; fits: (value: string) => boolean }> = {
  DATABASE_URL: { fits: () => true },
  WEBHOOK_SECRET: { fits: (value) => Array.from(value).length >= 16 },
  WEBHOOK_SECRET_PREVIOUS: { optional: true, fits: (value) => Array.from(value).length >= 16 },
  ENCRYPTION_KEY: { fits: (value) => base64.test(value) },
  ENCRYPTION_KEY_PREVIOUS: { optional: true, fits: (value) => base64.test(value) },
}
const held = new Map<string, string | undefined>()

/** Says what is wrong, or puts the value into the map. */
function take(name: string): string | undefined {
  let value = process.env[name]
  const file = process.env[`${name}_FILE`]
  if (file) {
    try {
      value = fs.readFileSync(file, 'utf8')
    } catch (error: any) {
      return `${name}_FILE: ${error.code}`
    }
    if (value.endsWith('\n')) value = value.slice(0, value.endsWith('\r\n') ? -2 : -1)
    if (!value) return `${name}_FILE: empty`
  }
  if (!value) {
    if (!rules[name]!.optional) return `${name}: not set`
    held.set(name, undefined)
    return
  }
  if (/^changeme$/i.test(value) || !rules[name]!.fits(value)) return `${name}: not fit for use`
  held.set(name, value)
}

const problems = Object.keys(rules).flatMap((name) => take(name) ?? [])
if (problems.length > 0) {
  for (const problem of problems) console.error(problem)
  process.exit(78)
}
process.on('SIGHUP', () => {
  for (const name of Object.keys(rules).slice(1)) {
    const problem = take(name)
    if (problem) console.warn(`${problem}; the old one stays`)
  }
})

const VERSION = Buffer.from([1])
const keys = () => ['ENCRYPTION_KEY', 'ENCRYPTION_KEY_PREVIOUS'].flatMap((name) => held.get(name) ?? []).map((text) => Buffer.from(text, 'base64'))
function seal(name: string, text: string): Buffer {
  const iv = crypto.randomBytes(12)
  const cipher = crypto.createCipheriv('chacha20-poly1305', keys()[0]!, iv, { authTagLength: 16 })
  cipher.setAAD(Buffer.concat([VERSION, Buffer.from(name)]), { plaintextLength: Buffer.byteLength(text) })
  return Buffer.concat([VERSION, iv, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}
function open(name: string, bytes: Buffer): { text: string; old: boolean } | undefined {
  if (bytes.length < 30 || bytes[0] !== 1) return
  for (const [index, key] of keys().entries()) {
    const decipher = crypto.createDecipheriv('chacha20-poly1305', key, bytes.subarray(1, 13), { authTagLength: 16 })
    decipher.setAuthTag(bytes.subarray(-16))
    decipher.setAAD(Buffer.concat([VERSION, Buffer.from(name)]), { plaintextLength: bytes.length - 29 })
    try {
      return { text: decipher.update(bytes.subarray(13, -16), undefined, 'utf8') + decipher.final('utf8'), old: index > 0 }
    } catch {}
  }
}

const pool = new pg.Pool({ connectionString: held.get('DATABASE_URL'), max: 5 })
pool.on('error', () => {})
const app = Fastify({ logger: false, ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } })
const fail = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode, own: true })

app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: any, body, done) => {
  request.bytes = body
  try {
    done(null, body.length ? JSON.parse(body.toString()) : undefined)
  } catch {
    // The signature comes first.
    request.broken = true
    done(null, {})
  }
})
app.setErrorHandler((error: any, _request, reply) => {
  if (error.own) return reply.code(error.statusCode).send({ message: error.message })
  const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500
  if (status === 500) console.error(error.name)
  return reply.code(status).send({ message: status === 500 ? 'not now' : 'this cannot be read' })
})
const bodyOf = (request: any): any => {
  if (request.broken) throw fail(400, 'no JSON')
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw fail(422, 'no object')
  return body
}

app.get('/healthz', async () => ({ status: 'ok' }))

app.post('/webhooks/carrier', async (request: any, reply) => {
  const bytes = request.bytes ?? Buffer.alloc(0)
  const header = String(request.headers['x-signature'] ?? '').toLowerCase()
  const right = ['WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS']
    .flatMap((name) => held.get(name) ?? [])
    .map((secret) => `sha256=${crypto.createHmac('sha256', secret).update(bytes).digest('hex')}`)
  if (!right.includes(header)) throw fail(401, 'who are you?')
  const { parcel, status } = bodyOf(request)
  if (typeof parcel !== 'string' || !/^[A-Z0-9-]{1,30}$/.test(parcel)) throw fail(400, 'parcel')
  if (typeof status !== 'string' || !/^.{1,100}$/su.test(status)) throw fail(400, 'status')
  await pool.query('insert into parcels values ($1, $2) on conflict (parcel) do update set status = $2', [parcel, status])
  return reply.code(200).send({})
})
app.get('/parcels/:parcel', async (request: any) => {
  if (request.params.parcel.includes('\0')) throw fail(400, 'no such parcel')
  const { rows } = await pool.query('select * from parcels where parcel = $1', [request.params.parcel])
  if (rows.length === 0) throw fail(404, 'no such parcel')
  return rows[0]
})

async function find(name: string) {
  if (name.includes('\0')) throw fail(400, 'no such integration')
  const { rows } = await pool.query('select api_key from integrations where name = $1', [name])
  if (rows.length === 0) throw fail(404, 'no such integration')
  const found = open(name, rows[0].api_key)
  if (!found) throw fail(500, 'damaged')
  return found
}
app.put('/integrations/:name', async (request: any, reply) => {
  const { name } = request.params
  if (!/^[a-z0-9-]{1,30}$/.test(name)) throw fail(422, 'name')
  const { apiKey } = bodyOf(request)
  if (typeof apiKey !== 'string' || !/^[\x21-\x7e]{16,200}$/.test(apiKey)) throw fail(422, 'apiKey')
  await pool.query('insert into integrations values ($1, $2) on conflict (name) do update set api_key = $2', [name, seal(name, apiKey)])
  return reply.code(200).send({ name })
})
app.get('/integrations/:name', async (request: any) => {
  const { name } = request.params
  return { name, apiKey: `…${(await find(name)).text.slice(-4)}` }
})
app.post('/integrations/:name/ping', async (request: any) => {
  const { name } = request.params
  const { text, old } = await find(name)
  if (old) await pool.query('update integrations set api_key = $2 where name = $1', [name, seal(name, text)])
  const answer = await fetch(`${process.env.UPSTREAM_URL}/ping`, { headers: { authorization: `Bearer ${text}` }, redirect: 'manual' }).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => {})
  if (!answer?.ok) throw fail(502, 'the carrier is not well')
  return { ok: true }
})

const other = (url: string, methods: any[], allow: string) =>
  app.route({ url, method: methods, handler: (_request, reply) => reply.code(405).header('allow', allow).send({ message: 'no' }) })
for (const url of ['/healthz', '/parcels/:parcel']) other(url, ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD')
for (const url of ['/webhooks/carrier', '/integrations/:name/ping']) other(url, ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'POST')
other('/integrations/:name', ['POST', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD, PUT')
app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'nothing' }))
process.on('SIGTERM', () => void app.close())
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
