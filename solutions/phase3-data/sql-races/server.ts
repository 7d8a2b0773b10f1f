// Pelican Post, lockers and wallets: every rule is kept by Postgres, for it sees all copies.
import express, { type NextFunction, type Request, type Response } from 'express'
import pg from 'pg'
import { z } from 'zod'

class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// ---------------------------------------------------------------- input

/** What a column of type integer can hold. Postgres would answer anything larger with an error. */
const Id = z.coerce.number().pipe(z.int32())
const Parcel = z.string().regex(/^[A-Z0-9-]{4,32}$/)
const Booking = z.object({ parcel: Parcel })
const Transfer = z
  .object({ from: z.int32(), to: z.int32(), cents: z.int().min(1).max(1_000_000_000) })
  .refine(({ from, to }) => from !== to, 'from and to are the same wallet')

/** For what stands in a path: an id that cannot be is one that is not there. */
function known<T>(shape: z.ZodType<T>, text: unknown): T {
  const { data } = shape.safeParse(text)
  if (data === undefined) throw new HttpError(404, 'not found')
  return data
}

// ---------------------------------------------------------------- Postgres

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  connectionTimeoutMillis: 15_000, // waiting for a free client counts, too
})
// The pool listens to clients that are idle. One in use that loses its connection says so as well,
// and an `error` without a listener ends the process.
pool.on('error', (error) => console.error('idle client:', error.message))
pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))

async function transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

async function book(depotId: number, parcel: string): Promise<number> {
  return transaction(async (client) => {
    // Bookings of one parcel go one by one, whatever depot they ask for.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [parcel])
    const held = await client.query<{ id: number; depot_id: number }>(
      'select id, depot_id from lockers where parcel = $1',
      [parcel],
    )
    if (held.rows[0]) {
      if (held.rows[0].depot_id === depotId) return held.rows[0].id
      throw new HttpError(409, 'that parcel is in a locker of another depot')
    }
    // A locker that is locked is being given away: the next one will do.
    const taken = await client.query<{ id: number }>(
      `update lockers set parcel = $2
       where id = (
         select id from lockers where depot_id = $1 and parcel is null
         limit 1 for update skip locked
       )
       returning id`,
      [depotId, parcel],
    )
    if (!taken.rows[0]) throw new HttpError(409, 'no free locker')
    return taken.rows[0].id
  })
}

async function free(parcel: string): Promise<void> {
  // The parcel stands in the WHERE, not a locker looked up before: by now it may be another's.
  const { rowCount } = await pool.query('update lockers set parcel = null where parcel = $1', [
    parcel,
  ])
  if (rowCount === 0) throw new HttpError(404, 'that parcel is in no locker')
}

async function transfer({ from, to, cents }: z.infer<typeof Transfer>): Promise<void> {
  await transaction(async (client) => {
    // Everybody locks the lower id first, so nobody waits in a circle.
    const { rows } = await client.query<{ id: number; cents: number }>(
      'select id, cents from wallets where id = any($1::int[]) order by id for update',
      [[from, to]],
    )
    if (rows.length < 2) throw new HttpError(404, 'no such wallet')
    if (rows.find(({ id }) => id === from)!.cents < cents) throw new HttpError(409, 'not enough')
    await client.query('update wallets set cents = cents - $2 where id = $1', [from, cents])
    await client.query('update wallets set cents = cents + $2 where id = $1', [to, cents])
  })
}

// ---------------------------------------------------------------- HTTP

const app = express()
app.disable('x-powered-by')
app.use(express.json())

app.post('/depots/:id/bookings', async (request, response) => {
  const depotId = known(Id, request.params.id)
  const { parcel } = Booking.parse(request.body)
  response.status(201).json({ locker: await book(depotId, parcel) })
})

app.delete('/bookings/:parcel', async (request, response) => {
  await free(known(Parcel, request.params.parcel))
  response.status(204).end()
})

app.post('/transfers', async (request, response) => {
  const wanted = Transfer.parse(request.body)
  await transfer(wanted)
  response.status(201).json(wanted)
})

app.get('/wallets/:id', async (request, response) => {
  const id = known(Id, request.params.id)
  const { rows } = await pool.query('select id, cents from wallets where id = $1', [id])
  if (!rows[0]) throw new HttpError(404, 'no such wallet')
  response.json(rows[0])
})

app.use(() => {
  throw new HttpError(404, 'not found')
})

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  if (error instanceof z.ZodError) {
    response.status(422).json({ error: z.prettifyError(error) })
    return
  }
  const status = (error as { status?: number }).status ?? 503
  if (status >= 500) console.error(error)
  const message = error instanceof HttpError ? error.message : 'bad request'
  response.status(status).json({ error: status < 500 ? message : 'try again later' })
})

// ---------------------------------------------------------------- start and stop

// The rule in the words of the database: it holds whoever writes, and makes look-ups quick.
await pool.query('create unique index if not exists lockers_parcel on lockers (parcel)')
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => void pool.end())
  server.closeIdleConnections()
})
