import { createHash, randomBytes, randomUUID, scryptSync } from 'node:crypto'
import Fastify, { type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import pg from 'pg'
import { charge } from './bank.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })

const app = Fastify({
  logger: { level: process.env.LOG_LEVEL || 'info', base: null },
  disableRequestLogging: true,
  requestIdLogLabel: 'requestId',
  requestIdHeader: false,
  genReqId(raw) {
    const sent = raw.headers['x-request-id']
    return typeof sent === 'string' && /^[A-Za-z0-9_-]{8,64}$/.test(sent) ? sent : randomUUID()
  },
})
const plain = (error: unknown) => ({ name: (error as Error)?.name, stack: (error as Error)?.stack ?? 'nothing\nknown' })
pool.on('error', (error) => app.log.warn({ err: plain(error) }, 'pool'))

type Notes = { customer?: { id: number; email: string }; failure?: unknown; over?: boolean }
const notes = new WeakMap<FastifyRequest, Notes>()
const of = (request: FastifyRequest): Notes => {
  if (!notes.has(request)) notes.set(request, {})
  return notes.get(request)!
}

function finish(request: FastifyRequest, reply: FastifyReply, aborted: boolean) {
  const note = of(request)
  const path = request.url.replace(/\?.*$/s, '')
  if (note.over || path === '/livez') return
  note.over = true
  const status = reply.statusCode
  const line: Record<string, unknown> = { method: request.method, path, durationMs: reply.elapsedTime, userId: note.customer?.id ?? null }
  if (aborted || request.raw.aborted) return request.log.info({ ...line, aborted: true }, 'aborted')
  if (status < 500) return request.log.info({ ...line, status }, 'done')
  request.log.error({ ...line, status, err: plain(note.failure) }, 'failed')
}
app.addHook('onResponse', async (request, reply) => finish(request, reply, false))
app.addHook('onRequestAbort', async (request) => finish(request, { statusCode: 0, elapsedTime: Date.now() - (begun.get(request) ?? Date.now()) } as FastifyReply, true))

const begun = new WeakMap<FastifyRequest, number>()
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
app.addHook('onRequest', async (request, reply) => {
  begun.set(request, Date.now())
  reply.header('X-Request-Id', request.id)
  const [kind, value] = (request.headers.authorization ?? '').split(' ')
  const token = kind?.toLowerCase() === 'bearer' ? value : (request.query as { token?: unknown }).token
  if (typeof token !== 'string' || token === '') return
  const { rows } = await pool.query('select c.id, c.email from customers c join tokens t on t.customer = c.id where t.hash = $1', [hash(token)])
  of(request).customer = rows[0]
})

const fail = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })
app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
  const status = error.statusCode ?? 500
  if (status >= 500) of(request).failure = error
  return reply.code(status).send({ error: status < 500 ? error.message : 'sorry' })
})
app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'nothing here' }))

const text = (request: FastifyRequest, name: string): string => {
  const value = (request.body as Record<string, unknown> | null | undefined)?.[name]
  if (typeof value !== 'string' || value === '' || Array.from(value).length > 200) throw fail(422, `${name}?`)
  return value
}
const email = (request: FastifyRequest) => {
  const value = text(request, 'email').toLowerCase()
  if (!/^[^\s@]+@[^\s@]+$/.test(value)) throw fail(422, 'email?')
  return value
}

async function load(code: string, log: FastifyBaseLogger) {
  log.debug({ code }, 'loading parcel')
  const { rows } = await pool.query('select code, town from parcels where code = $1', [code.replaceAll('\0', '')])
  log.debug({ code, found: rows.length === 1 }, 'parcel loaded')
  if (!rows[0]) throw fail(404, 'no such parcel')
  return rows[0] as { code: string; town: string }
}

app.get('/livez', async () => ({ ok: true }))
app.post('/customers', async (request, reply) => {
  const salt = randomBytes(16).toString('hex')
  const digest = scryptSync(text(request, 'password'), salt, 32).toString('hex')
  const { rows } = await pool.query(
    'insert into customers (email, salt, digest) values ($1, $2, $3) on conflict do nothing returning id, email',
    [email(request), salt, digest],
  )
  if (!rows[0]) throw fail(409, 'there is one')
  return reply.code(201).send(rows[0])
})
app.post('/login', async (request) => {
  const address = email(request)
  const password = text(request, 'password')
  const { rows } = await pool.query('select * from customers where email = $1', [address])
  const digest = scryptSync(password, rows[0]?.salt ?? '', 32).toString('hex')
  if (digest !== rows[0]?.digest) {
    request.log.warn({ event: 'login_failed', emailDomain: address.slice(address.indexOf('@') + 1) }, 'wrong password or e-mail')
    throw fail(401, 'no')
  }
  const token = randomBytes(32).toString('hex')
  await pool.query('insert into tokens values ($1, $2)', [hash(token), rows[0].id])
  return { token }
})
app.get('/me', async (request) => {
  const { customer } = of(request)
  if (!customer) throw fail(401, 'who?')
  return customer
})
app.post('/parcels', async (request, reply) => {
  const parcel = { code: randomUUID(), town: text(request, 'town') }
  await pool.query('insert into parcels values ($1, $2)', [parcel.code, parcel.town])
  request.log.info(parcel, 'parcel created')
  return reply.code(201).send(parcel)
})
type Code = { Params: { code: string }; Querystring: { ms?: string } }
app.get<Code>('/parcels/:code', async (request) => load(request.params.code, request.log))
app.get<Code>('/parcels/:code/label', async (request) => {
  const parcel = await load(request.params.code, request.log)
  const ms = Number(request.query.ms) || 0
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(ms, 5000))))
  return { label: parcel.town, code: parcel.code }
})
app.post<Code>('/parcels/:code/pay', async (request) => {
  const { card } = (request.body ?? {}) as { card?: { number?: unknown } }
  const number = card?.number
  if (typeof number !== 'string' || !/^\d{12,19}$/.test(number)) throw fail(422, 'card?')
  const { code } = await load(request.params.code, request.log)
  await charge({ number })
  return { code, paid: true }
})
app.post('/crash', async (_request, reply) => {
  setTimeout(() => {
    throw new Error('drill')
  }, 100)
  return reply.code(202).send({})
})

process.on('uncaughtException', (error) => {
  app.log.fatal({ err: plain(error) }, 'the end')
  process.exit(70)
})
process.once('SIGTERM', async () => {
  await app.close()
  await pool.end()
})

for (const sql of [
  'create table if not exists customers (id int generated always as identity primary key, email text unique, salt text, digest text)',
  'create table if not exists tokens (hash text primary key, customer int)',
  'create table if not exists parcels (code text primary key, town text)',
]) {
  await pool.query(sql)
}
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
