// Pelican Post's shipments. README.md has the rules, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import pg from 'pg'
import { z } from 'zod'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
// Without these a connection that breaks would end the process: an idle one, and one in a transaction.
pool.on('error', (error) => console.error(error.message))
pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))

type Row = {
  id: string
  ref: string
  weight_g: number
  status: Status
  depot: string
  note: string | null
  version: string
  created_at: Date
  updated_at: Date
}
type Scan = { id: string; kind: string; depot: string; at: Date }

const STATUSES = ['new', 'moving', 'delivered', 'cancelled'] as const
type Status = (typeof STATUSES)[number]
const MOVES: Record<Status, readonly Status[]> = {
  new: ['moving', 'cancelled'],
  moving: ['delivered', 'cancelled'],
  delivered: [],
  cancelled: [],
}

// ------------------------------------------------------------ errors

type BadField = { field: string; message: string }

/** A refusal, as a problem document (RFC 9457). */
class Problem extends Error {
  readonly status: number
  readonly more: { allow?: string; errors?: BadField[] }

  constructor(status: number, title: string, more: Problem['more'] = {}) {
    super(title)
    this.status = status
    this.more = more
  }
}

/** What PostgreSQL alone can tell for sure. */
function fromDatabase(error: unknown): unknown {
  const { code } = error as { code?: string }
  if (code === '23505') return new Problem(409, 'another shipment has this ref')
  if (code === '23503') return new Problem(404, 'this shipment has just been deleted')
  return error
}

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  let problem = error
  if (!(problem instanceof Problem)) {
    const { status } = error as { status?: number }
    if (status && status >= 400 && status < 500) {
      problem = new Problem(status, 'this request cannot be read')
    } else {
      console.error(error)
      problem = new Problem(500, 'something went wrong on our side')
    }
  }
  const { status, message: title, more } = problem as Problem
  if (more.allow) response.set('Allow', more.allow)
  const body = JSON.stringify({ title, status, errors: more.errors })
  response.status(status).set('Content-Type', 'application/problem+json').end(body)
}

// ------------------------------------------------------------ what clients send

const text = (min: number, max: number) =>
  z.string().refine((value) => [...value].length >= min && [...value].length <= max, {
    error: `must have ${min} to ${max} characters`,
  })
const forPost = z.object({
  ref: z.string().regex(/^[A-Z]{3}-[0-9]{1,8}$/),
  weightG: z.int().min(1).max(30_000),
  depot: text(1, 60),
  note: text(0, 500).nullable().default(null),
})
const forPut = forPost.extend({ status: z.enum(STATUSES) })
const forPatch = forPut.extend({ note: text(0, 500).nullable() }).partial()
const forScan = z.object({ kind: z.enum(['arrived', 'departed', 'damaged']), depot: text(1, 60) })

function bodyOf<T>(request: Request, schema: z.ZodType<T>): T {
  const type = (request.get('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase()
  const isPatch = request.method === 'PATCH' && type === 'application/merge-patch+json'
  if (type !== 'application/json' && !isPatch) throw new Problem(415, 'the body must be JSON')
  let body: unknown
  try {
    body = JSON.parse(request.body)
  } catch {
    throw new Problem(400, 'the body is not valid JSON')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem(400, 'the body must be a JSON object')
  }
  const { data, error } = schema.safeParse(body)
  if (!error) return data
  const errors = error.issues.map(({ path, message }) => ({ field: String(path[0]), message }))
  throw new Problem(422, 'some fields are not right', { errors })
}

const MOST = 2n ** 63n - 1n

/** The id stays a text: a number would lose its last digits. */
function idOf(request: Request): string {
  const id = String(request.params.id)
  const isId = /^(0|-?[1-9][0-9]{0,18})$/.test(id) && BigInt(id) <= MOST && BigInt(id) >= -MOST
  if (!isId) throw new Problem(404, 'no shipment has this id')
  return id
}

// ------------------------------------------------------------ tags

const tagOf = ({ version }: Row) => `"${version}"`

/** Whether the header names the tag, or `*`. */
const names = (header: string, tag: string) =>
  header.trim() === '*' || header.match(/(W\/)?"[^"]*"/g)?.includes(tag) === true

function checkMatch(request: Request, row: Row): void {
  const header = request.get('If-Match')
  if (header === undefined) throw new Problem(428, 'send If-Match with the ETag that you have read')
  if (!names(header, tagOf(row))) {
    throw new Problem(412, 'somebody has changed this shipment since: read it again')
  }
}

// ------------------------------------------------------------ the database

async function find(id: string): Promise<Row> {
  const { rows } = await pool.query<Row>('select * from shipments where id = $1', [id])
  if (!rows[0]) throw new Problem(404, 'no shipment has this id')
  return rows[0]
}

/** Locks the shipment that the client has read, and changes it: nobody comes in between. */
async function change<T>(
  request: Request,
  work: (client: pg.PoolClient, row: Row) => Promise<T>,
): Promise<T> {
  const id = idOf(request)
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const { rows } = await client.query<Row>('select * from shipments where id = $1 for update', [
      id,
    ])
    if (!rows[0]) throw new Problem(404, 'no shipment has this id')
    checkMatch(request, rows[0])
    const done = await work(client, rows[0])
    await client.query('commit')
    return done
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw fromDatabase(error)
  } finally {
    client.release(broken)
  }
}

async function store(client: pg.PoolClient, old: Row, wanted: z.infer<typeof forPut>) {
  if (wanted.status !== old.status && !MOVES[old.status].includes(wanted.status)) {
    throw new Problem(409, `a shipment that is ${old.status} cannot become ${wanted.status}`)
  }
  const { ref, weightG, status, depot, note } = wanted
  const { rows } = await client.query<Row>(
    `update shipments
     set ref = $2, weight_g = $3, status = $4, depot = $5, note = $6,
         version = version + 1, updated_at = now()
     where id = $1 returning *`,
    [old.id, ref, weightG, status, depot, note],
  )
  return rows[0]!
}

// ------------------------------------------------------------ the answers

const shown = (row: Row) => ({
  id: row.id,
  ref: row.ref,
  weightG: row.weight_g,
  status: row.status,
  depot: row.depot,
  note: row.note,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
const shownScan = ({ id, kind, depot, at }: Scan) => ({ id, kind, depot, at })

const sendOne = (response: Response, status: number, row: Row) =>
  response.status(status).set('ETag', tagOf(row)).json(shown(row))

const app = express()
app.disable('x-powered-by')
app.set('etag', false)
// Not express.json(), which takes an empty body for {}.
app.use(express.text({ type: ['application/json', 'application/merge-patch+json'] }))

const otherMethod = (allow: string) => () => {
  throw new Problem(405, `this path takes ${allow}`, { allow })
}

const filters = z.object({ status: z.enum(STATUSES).optional(), depot: z.string().optional() })

app
  .route('/shipments')
  .get(async (request, response) => {
    const { data, error } = filters.safeParse(request.query)
    if (error) throw new Problem(400, 'status or depot is not right')
    const { rows } = await pool.query<Row>(
      `select * from shipments
       where ($1::text is null or status = $1) and ($2::text is null or depot = $2) order by id`,
      [data.status, data.depot],
    )
    response.json(rows.map(shown))
  })
  .post(async (request, response) => {
    const { ref, weightG, depot, note } = bodyOf(request, forPost)
    const { rows } = await pool
      .query<Row>(
        'insert into shipments (ref, weight_g, depot, note) values ($1, $2, $3, $4) returning *',
        [ref, weightG, depot, note],
      )
      .catch((error) => {
        throw fromDatabase(error)
      })
    response.location(`/shipments/${rows[0]!.id}`)
    sendOne(response, 201, rows[0]!)
  })
  .all(otherMethod('GET, HEAD, POST'))

app
  .route('/shipments/:id')
  .get(async (request, response) => {
    const row = await find(idOf(request))
    const known = request.get('If-None-Match')
    if (known !== undefined && names(known.replaceAll('W/"', '"'), tagOf(row))) {
      response.status(304).set('ETag', tagOf(row)).end()
    } else sendOne(response, 200, row)
  })
  .put(async (request, response) => {
    const wanted = bodyOf(request, forPut)
    sendOne(response, 200, await change(request, (client, old) => store(client, old, wanted)))
  })
  .patch(async (request, response) => {
    const patch = bodyOf(request, forPatch)
    const row = await change(request, (client, old) => {
      const { ref, status, depot, note } = old
      return store(client, old, { ref, weightG: old.weight_g, status, depot, note, ...patch })
    })
    sendOne(response, 200, row)
  })
  .delete(async (request, response) => {
    await change(request, (client, { id }) =>
      client.query('delete from shipments where id = $1', [id]),
    )
    response.status(204).end()
  })
  .all(otherMethod('GET, HEAD, PUT, PATCH, DELETE'))

app
  .route('/shipments/:id/scans')
  .get(async (request, response) => {
    const { id } = await find(idOf(request))
    const sql = 'select * from scans where shipment_id = $1 order by id'
    const { rows } = await pool.query<Scan>(sql, [id])
    response.json(rows.map(shownScan))
  })
  .post(async (request, response) => {
    const { kind, depot } = bodyOf(request, forScan)
    const { id, status } = await find(idOf(request))
    if (status === 'cancelled') throw new Problem(409, 'this shipment is cancelled')
    const sql = 'insert into scans (shipment_id, kind, depot) values ($1, $2, $3) returning *'
    const { rows } = await pool.query<Scan>(sql, [id, kind, depot]).catch((error) => {
      throw fromDatabase(error)
    })
    response.status(201).json(shownScan(rows[0]!))
  })
  .all(otherMethod('GET, HEAD, POST'))

app.use(() => {
  throw new Problem(404, 'there is nothing here')
})
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
  server.closeIdleConnections()
})
