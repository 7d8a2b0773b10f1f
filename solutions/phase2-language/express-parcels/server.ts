// Read it top to bottom: the words, the errors we mean, the price, then the app that joins them.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type ErrorRequestHandler } from 'express'
import { z } from 'zod'

const PORT = Number(process.env.PORT ?? 3000)
const PRICING_URL = process.env.PRICING_URL ?? 'http://127.0.0.1:4019'
const PRICING_TIMEOUT_MS = 1000
const MAX_BODY_BYTES = 100 * 1024

const Status = z.enum(['new', 'moving', 'delivered'])

// zod drops the properties it does not know, so no client can choose a `code` or sneak in a field.
const NewParcel = z.object({
  to: z.string().min(1).max(200),
  weightG: z.int().min(1).max(30_000),
})
const ParcelChanges = NewParcel.extend({ status: Status }).partial()
const ParcelFilter = z.object({ status: Status.optional() })
const Quote = z.object({ cents: z.int() })

type Parcel = z.infer<typeof NewParcel> & { code: string; status: z.infer<typeof Status> }

/** An error whose message is written for the client. Everything else is a 500 without details. */
class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The input as `schema` describes it; throws a 400 that names every field in error. */
const validate = <T>(schema: z.ZodType<T>, input: unknown): T => {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'body'}: ${message}`,
  )
  throw new HttpError(400, problems.join('; '))
}

const fetchCents = async (weightG: number): Promise<number> => {
  // One clock for the whole exchange, reading the body included. When it runs out, fetch closes
  // the socket: a timer that is merely raced against fetch would leave it open.
  const signal = AbortSignal.timeout(PRICING_TIMEOUT_MS)
  try {
    const reply = await fetch(`${PRICING_URL}/quote?weight=${weightG}`, { signal })
    if (!reply.ok) {
      await reply.body?.cancel() // an unread body would keep the connection busy
      throw new Error(`pricing answered ${reply.status}`)
    }
    return Quote.parse(await reply.json()).cents
  } catch (cause) {
    if (signal.aborted) throw new HttpError(504, 'the pricing service took too long', { cause })
    throw new HttpError(502, 'the pricing service gave no usable answer', { cause })
  }
}

const parcels = new Map<string, Parcel>()

const find = (code: string): Parcel => {
  const parcel = parcels.get(code)
  if (parcel === undefined) throw new HttpError(404, 'no such parcel')
  return parcel
}

const app = express()
app.disable('x-powered-by')

// First of all, so that whatever goes wrong later, the answer already has its id.
app.use((req, res, next) => {
  const sent = req.get('X-Request-Id') ?? ''
  res.set('X-Request-Id', /^[\w-]{8,64}$/.test(sent) ? sent : randomUUID())
  next()
})

app.use(express.json({ limit: MAX_BODY_BYTES }))

app.post('/parcels', (req, res) => {
  const { to, weightG } = validate(NewParcel, req.body)
  const parcel: Parcel = { code: randomUUID(), to, weightG, status: 'new' }
  parcels.set(parcel.code, parcel)
  res.status(201).location(`/parcels/${parcel.code}`).json(parcel)
})

app.get('/parcels', (req, res) => {
  const { status } = validate(ParcelFilter, req.query)
  const all = [...parcels.values()]
  res.json(status === undefined ? all : all.filter((parcel) => parcel.status === status))
})

app.get('/parcels/:code', (req, res) => {
  res.json(find(req.params.code))
})

app.patch('/parcels/:code', (req, res) => {
  const parcel = find(req.params.code)
  // Validate everything, then change everything: a refused PATCH leaves the parcel as it was.
  const changed = { ...parcel, ...validate(ParcelChanges, req.body) }
  parcels.set(changed.code, changed)
  res.json(changed)
})

app.delete('/parcels/:code', (req, res) => {
  parcels.delete(find(req.params.code).code)
  res.status(204).end()
})

app.get('/parcels/:code/quote', async (req, res) => {
  const { weightG } = find(req.params.code)
  res.json({ cents: await fetchCents(weightG) })
})

app.get('/boom', () => {
  throw new Error('boom')
})

app.get('/boom-async', async () => {
  await sleep(5)
  throw new Error('boom, a moment later')
})

// Only reached when no route above has answered.
app.use(() => {
  throw new HttpError(404, 'no such page')
})

// Last, and with four parameters: Express knows an error handler by their number.
const answerError: ErrorRequestHandler = (err, _req, res, next) => {
  if (res.headersSent) return next(err) // too late for JSON; Express cuts the connection
  // Express and its body parser put a 4xx `status` on what is the client's fault. The rest are bugs.
  const forClient = err instanceof HttpError || (err.status >= 400 && err.status < 500)
  const { status, message } = forClient ? err : new HttpError(500, 'internal server error')
  if (status >= 500) console.error(res.get('X-Request-Id'), err) // the stack is for us
  res.status(status).json({ error: message })
}
app.use(answerError)

const server = app.listen(PORT, '127.0.0.1', (err) => {
  if (err) throw err
  console.log(`Pelican Post listens on http://127.0.0.1:${PORT}`)
})

process.once('SIGTERM', () => server.close())
