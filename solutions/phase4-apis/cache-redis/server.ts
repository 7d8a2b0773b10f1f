// Pelican Post, tracking behind a cache. Postgres is the truth; Redis only saves it work.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import { Redis } from 'ioredis'
import pg from 'pg'
import { z } from 'zod'

const TTL_SECONDS = Number(process.env.CACHE_TTL_SECONDS ?? 60)
const UNKNOWN_TTL_SECONDS = Math.min(5, TTL_SECONDS)
/** What takes longer to load is not stored. */
const LEASE_MS = 3_000

const Code = z.string().regex(/^[A-Z0-9-]{4,32}$/)
const Status = z.enum(['registered', 'in_transit', 'out_for_delivery', 'delivered'])
const Parcel = z.object({ code: Code, status: Status, destination: z.string() })
const NewParcel = z.object({ code: Code, destination: z.string().min(1).max(80) })
const Change = z.object({ status: Status })
type Parcel = z.infer<typeof Parcel>

// ---------------------------------------------------------------- Postgres

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  connectionTimeoutMillis: 3_000,
  statement_timeout: 5_000,
})
// Without a listener, an idle connection that breaks ends the process.
pool.on('error', (error) => console.error('postgres:', error.message))

async function loadParcel(code: string): Promise<Parcel | null> {
  const { rows } = await pool.query<Parcel>(
    'select code, status, destination from parcels where code = $1',
    [code],
  )
  return rows[0] ?? null
}

async function loadParcelsOf(userId: number): Promise<Parcel[]> {
  const { rows } = await pool.query<Parcel>(
    'select code, status, destination from parcels where owner_id = $1 order by code',
    [userId],
  )
  return rows
}

// ---------------------------------------------------------------- Redis

const redis = new Redis(process.env.REDIS_URL!, {
  commandTimeout: 800, // a cache that is slower than the database is none
  connectTimeout: 1_000,
  socketTimeout: 3_000, // a connection that fell silent is replaced
  enableOfflineQueue: false, // not connected: fail at once instead of queueing
  maxRetriesPerRequest: 0, // never send a command again later: it may be out of date by then
  retryStrategy: () => 500,
})
redis.on('error', (error) => console.error('redis:', error.message))

/** Returns the entry, or else the lease to load it under; the first to miss brings the lease. */
const LOOK = `
  local entry = redis.call('GET', KEYS[1])
  if entry then return {entry, false} end
  redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
  return {false, redis.call('GET', KEYS[2])}
`
/** Stores what was loaded under a lease that still holds: a write takes the lease away. */
const FILL = `
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[2])
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
  return 1
`

/** Keys that a write should have deleted while Redis was away, and when they no longer matter. */
const owed = new Map<string, number>()

/** Call after the commit: before it, a reader could put the old row back. */
async function forget(keys: string[]): Promise<void> {
  try {
    await redis.del(...keys)
  } catch {
    const until = Date.now() + TTL_SECONDS * 1_000 + LEASE_MS
    for (const key of keys) owed.set(key, until)
  }
}

async function payWhatIsOwed(): Promise<void> {
  for (const [key, until] of owed) if (until < Date.now()) owed.delete(key)
  const keys = [...owed.keys()]
  if (keys.length === 0) return
  try {
    await redis.del(...keys)
    for (const key of keys) owed.delete(key)
  } catch {
    // Still away. The next round tries again.
  }
}

/** Reads through Redis; each instance loads a miss once, however many wait for it. */
class LeaseCache<Id extends string | number, T> {
  readonly #prefix: string
  readonly #entry: z.ZodType<{ value: T | null }>
  readonly #load: (id: Id) => Promise<T | null>
  /** What this instance waits for, by id and lease. NOTES.md says why not by id alone. */
  readonly #flights = new Map<string, Promise<T | null>>()

  constructor(prefix: string, shape: z.ZodType<T>, load: (id: Id) => Promise<T | null>) {
    this.#prefix = prefix
    this.#entry = z.object({ value: shape.nullable() })
    this.#load = load
  }

  /** The entry and its lease. A write forgets both. */
  keys(id: Id): [entry: string, lease: string] {
    return [`pelican:${this.#prefix}:${id}`, `pelican:lease:${this.#prefix}:${id}`]
  }

  async read(id: Id): Promise<T | null> {
    const keys = this.keys(id)
    if (owed.has(keys[0])) return this.#load(id)

    const look = redis.eval(LOOK, 2, ...keys, randomUUID(), LEASE_MS)
    const reply = await look.catch(() => undefined)
    if (!reply) return this.#load(id)
    const [entry, lease] = reply as [entry: string, lease: null] | [entry: null, lease: string]
    if (entry !== null) {
      const hit = this.#decode(entry)
      if (hit) return hit.value
      await forget(keys)
      return this.#load(id)
    }

    const name = `${id} ${lease}`
    let flight = this.#flights.get(name)
    if (!flight) {
      flight = this.#loadAndStore(id, lease).finally(() => this.#flights.delete(name))
      this.#flights.set(name, flight)
    }
    return flight
  }

  async #loadAndStore(id: Id, lease: string): Promise<T | null> {
    // An error is no answer: it goes to the reader, and nothing is stored.
    const value = await this.#load(id)
    const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS
    const entry = JSON.stringify({ value })
    await redis.eval(FILL, 2, ...this.keys(id), lease, entry, ttl).catch(() => {})
    return value
  }

  /** Anyone may have written to Redis: what does not look like an entry is a miss. */
  #decode(text: string): { value: T | null } | undefined {
    try {
      return this.#entry.parse(JSON.parse(text))
    } catch {
      return undefined
    }
  }
}

const tracks = new LeaseCache('track', Parcel, loadParcel)
const lists = new LeaseCache('me', z.array(Parcel), loadParcelsOf)

// ---------------------------------------------------------------- HTTP

const app = express()
app.use(express.json())

async function signedIn(request: Request, response: Response, next: NextFunction) {
  const token = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '')?.[1]
  const { rows } = token
    ? await pool.query<{ id: number }>('select id from users where token = $1', [token])
    : { rows: [] }
  if (!rows[0]) {
    response.status(401).set('WWW-Authenticate', 'Bearer').json({ error: 'a valid token, please' })
    return
  }
  response.locals.userId = rows[0].id
  next()
}

app.get('/track/:code', async (request, response) => {
  const code = Code.safeParse(request.params.code)
  const parcel = code.success ? await tracks.read(code.data) : null
  if (!parcel) {
    response.status(404).json({ error: 'no such parcel' })
    return
  }
  response.json(parcel)
})

app.get('/me/parcels', signedIn, async (_request, response) => {
  response.json({ parcels: (await lists.read(response.locals.userId)) ?? [] })
})

app.post('/parcels', signedIn, async (request, response) => {
  const { code, destination } = NewParcel.parse(request.body)
  const userId: number = response.locals.userId
  const { rows } = await pool.query<Parcel>(
    `insert into parcels (code, owner_id, destination) values ($1, $2, $3)
     on conflict (code) do nothing
     returning code, status, destination`,
    [code, userId, destination],
  )
  if (!rows[0]) {
    response.status(409).json({ error: 'that code is taken' })
    return
  }
  await forget([...tracks.keys(code), ...lists.keys(userId)])
  response.status(201).json(rows[0])
})

app.patch('/parcels/:code', signedIn, async (request, response) => {
  const { status } = Change.parse(request.body)
  const { rows } = await pool.query<Parcel & { owner_id: number }>(
    `update parcels set status = $2 where code = $1
     returning code, status, destination, owner_id`,
    [request.params.code, status],
  )
  if (!rows[0]) {
    response.status(404).json({ error: 'no such parcel' })
    return
  }
  // The list that changed is the owner's, whoever sent this request.
  const { owner_id: ownerId, ...parcel } = rows[0]
  await forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])
  response.json(parcel)
})

app.use((_request, response) => {
  response.status(404).json({ error: 'not found' })
})

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  if (error instanceof z.ZodError) {
    response.status(422).json({ error: z.prettifyError(error) })
    return
  }
  const status = (error as { status?: number }).status ?? 503
  if (status >= 500) console.error(error)
  response.status(status).json({ error: STATUS_CODES[status] })
})

// ---------------------------------------------------------------- start

// Redis usually answers in milliseconds, but the server also starts without it.
await Promise.race([once(redis, 'ready').catch(() => {}), sleep(1_000)])
setInterval(payWhatIsOwed, 500)
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
