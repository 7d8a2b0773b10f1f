import { randomUUID } from 'node:crypto'
import { get, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'

type Status = 'new' | 'moving' | 'delivered'
type ParcelFields = { to: string; weightG: number; status: Status }
type Parcel = ParcelFields & { code: number }

class ParcelBook {
  readonly #pages = new Map<number, Parcel>()
  #last = 1000

  add(to: string, weightG: number): Parcel {
    this.#last += 1 // never goes back, so a deleted parcel's code is not given out again
    const parcel: Parcel = { code: this.#last, to, weightG, status: 'new' }
    this.#pages.set(parcel.code, parcel)
    return { ...parcel }
  }

  list(status?: Status, limit = Infinity): Parcel[] {
    const found = [...this.#pages.values()].filter((p) => !status || p.status === status)
    return found
      .reverse()
      .slice(0, limit)
      .map((parcel) => ({ ...parcel })) // newest first
  }

  get(code: string): Parcel | undefined {
    const parcel = /^[0-9]{1,15}$/.test(code) ? this.#pages.get(Number(code)) : undefined
    return parcel && { ...parcel }
  }

  update(parcel: Parcel, { to, weightG, status }: Partial<ParcelFields>): Parcel {
    const next = { ...parcel }
    if (to !== undefined) next.to = to
    if (weightG !== undefined) next.weightG = weightG
    if (status !== undefined) next.status = status
    this.#pages.set(next.code, next)
    return { ...next }
  }

  remove(code: string): Parcel | undefined {
    const parcel = this.get(code)
    if (parcel) this.#pages.delete(parcel.code)
    return parcel
  }
}

type Price = { kind: 'cents'; cents: number } | { kind: 'late' } | { kind: 'broken' }

/** Never rejects: what may go wrong with the pricing service is part of the answer. */
class PricingClient {
  readonly #base: string
  readonly #timeoutMs: number

  constructor(base: string, timeoutMs: number) {
    this.#base = base
    this.#timeoutMs = timeoutMs
  }

  ask(weightG: number): Promise<Price> {
    return new Promise((resolve) => {
      const request = get(`${this.#base}/quote?weight=${weightG}`, { agent: false })
      const clock = setTimeout(() => settle({ kind: 'late' }), this.#timeoutMs)
      const settle = (price: Price) => {
        clearTimeout(clock)
        request.destroy()
        resolve(price)
      }
      request.on('error', () => settle({ kind: 'broken' }))
      request.on('response', (response) => {
        const parts: Buffer[] = []
        if (response.statusCode !== 200) return settle({ kind: 'broken' })
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', () => settle({ kind: 'broken' }))
        response.on('end', () => settle(PricingClient.#read(Buffer.concat(parts).toString())))
      })
    })
  }

  static #read(text: string): Price {
    try {
      const cents: unknown = JSON.parse(text)?.cents
      if (Number.isInteger(cents)) return { kind: 'cents', cents: cents as number }
    } catch {
      // Not JSON: as useless as JSON without cents.
    }
    return { kind: 'broken' }
  }
}

const port = Number(process.env.PORT)
const book = new ParcelBook()
const pricing = new PricingClient(process.env.PRICING_URL ?? 'http://127.0.0.1:4019', 1000)

const requestId = (sent: string | string[] | undefined): string =>
  typeof sent === 'string' && /^[a-zA-Z0-9_-]{8,64}$/.test(sent) ? sent : randomUUID()

const fail = (reply: FastifyReply, status: number, title: string, errors?: string[]) =>
  reply.code(status).send({ title, errors })

const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
  // Errors of the router come here before any hook has run.
  reply.header('X-Request-Id', request.id)
  if (error.validation) {
    const texts = error.validation.map(({ instancePath, params, message }: any) =>
      [instancePath.slice(1), params.additionalProperty, message].filter(Boolean).join(' '),
    )
    return fail(reply, 400, error.message, texts)
  }
  const status = error.statusCode ?? 500
  if (status < 500) return fail(reply, status, error.message)
  console.error(request.id, error)
  return fail(reply, 500, STATUS_CODES[500] ?? 'error')
}

const app = fastify({
  bodyLimit: 102_400,
  genReqId: (request) => requestId(request.headers['x-request-id']),
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
  frameworkErrors: answerError,
  forceCloseConnections: 'idle',
})

app.addHook('onRequest', async (request, reply) => {
  reply.header('X-Request-Id', request.id)
})
app.setErrorHandler(answerError)
app.setNotFoundHandler((_request, reply) => fail(reply, 404, 'there is nothing here'))

const fields = {
  to: { type: 'string', minLength: 1, maxLength: 200 },
  weightG: { type: 'integer', minimum: 1, maximum: 30_000 },
}
const status = { enum: ['new', 'moving', 'delivered'] }
const exact = { type: 'object', additionalProperties: false }
const newParcel = { ...exact, required: ['to', 'weightG'], properties: fields }
const changes = { ...exact, properties: { ...fields, status } }
const limit = { type: 'string', pattern: '^([1-9][0-9]?|100)$' }
const filter = { type: 'object', properties: { status, limit } }

app.post<{ Body: ParcelFields }>('/parcels', { schema: { body: newParcel } }, (request, reply) => {
  const parcel = book.add(request.body.to, request.body.weightG)
  return reply
    .code(201)
    .header('Location', `http://127.0.0.1:${port}/parcels/${parcel.code}`)
    .send(parcel)
})

app.get<{ Querystring: { status?: Status; limit?: string } }>(
  '/parcels',
  { schema: { querystring: filter } },
  async ({ query: { status, limit } }) => book.list(status, limit ? Number(limit) : undefined),
)

app.get('/parcels/export', (_request, reply) => {
  const lines = book.list().map((parcel) => `${JSON.stringify(parcel)}\n`)
  return reply.type('application/x-ndjson').send(Readable.from(lines))
})

type OneParcel = { Params: { code: string } }

app.get<OneParcel>('/parcels/:code', async (request, reply) => {
  return book.get(request.params.code) ?? fail(reply, 404, 'no parcel has this code')
})

app.patch<OneParcel & { Body: Partial<ParcelFields> }>(
  '/parcels/:code',
  { schema: { body: changes } },
  async (request, reply) => {
    const parcel = book.get(request.params.code)
    if (!parcel) return fail(reply, 404, 'no parcel has this code')
    return book.update(parcel, request.body)
  },
)

app.delete<OneParcel>('/parcels/:code', async (request, reply) => {
  return book.remove(request.params.code) ?? reply.code(204).send()
})

app.get<OneParcel>('/parcels/:code/quote', async (request, reply) => {
  const parcel = book.get(request.params.code)
  if (!parcel) return fail(reply, 404, 'no parcel has this code')
  if (process.env.PRICING_MODE === 'fixed') return { cents: 999 }
  const price = await pricing.ask(parcel.weightG)
  if (price.kind === 'late') return fail(reply, 504, 'no price in time')
  if (price.kind === 'broken') return fail(reply, 502, 'no usable price')
  return { cents: price.cents }
})

app.get('/boom', () => {
  throw new Error('boom')
})

app.get('/boom-async', async () => {
  await sleep(1)
  throw new Error('boom')
})

process.once('SIGTERM', () => void app.close())
await app.listen({ host: '127.0.0.1', port })
