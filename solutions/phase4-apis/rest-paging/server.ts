// Pelican Post's events, page by page. README.md has the rules, schema.sql the table.
import { createHmac, timingSafeEqual } from 'node:crypto'
import express, { type ErrorRequestHandler, type Request } from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
// Without this a connection that breaks while nobody uses it would end the process.
pool.on('error', (error) => console.error(error.message))

/** A request that is refused. */
class Refusal extends Error {
  readonly status = 400
}

// ------------------------------------------------------------ what clients ask for

/** What each sort is in SQL. */
const SORTS = new Map([
  ['at', { after: '>', direction: 'asc' }],
  ['-at', { after: '<', direction: 'desc' }],
])

/** Each property of an event, and the SQL that it is read with. */
const PROPERTIES = new Map([
  ['id', 'id::text'],
  // A Date would lose the microseconds.
  ['at', `to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`],
  ['kind', 'kind'],
  ['parcel', 'parcel_code'],
  ['depot', 'depot'],
  ['note', 'note'],
])

const DEFAULT_LIMIT = 20
const MOST = 100

type Query = { sort: string; kind: string | null; limit: number; fields: string[]; after?: Place }
/** An event's place in the list. */
type Place = { at: string; id: string }

function textOf(request: Request, name: string): string | undefined {
  const value = request.query[name]
  if (value === undefined || typeof value === 'string') return value
  throw new Refusal(`${name} must stand there once`)
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  if (!/^[0-9]+$/.test(text) || Number(text) < 1) {
    throw new Refusal(`limit must be a whole number from 1 to ${MOST}`)
  }
  return Math.min(Number(text), MOST)
}

function fieldsOf(text: string | undefined): string[] {
  if (text === undefined) return [...PROPERTIES.keys()]
  const names = text.split(',')
  const unknown = names.find((name) => !PROPERTIES.has(name))
  if (unknown !== undefined) throw new Refusal(`there is no field ${JSON.stringify(unknown)}`)
  return names
}

function queryOf(request: Request): Query {
  const sort = textOf(request, 'sort') ?? 'at'
  if (!SORTS.has(sort)) throw new Refusal('sort must be at or -at')
  const kind = textOf(request, 'kind') ?? null
  const limit = limitOf(textOf(request, 'limit'))
  const fields = fieldsOf(textOf(request, 'fields'))
  const cursor = textOf(request, 'cursor')
  const after = cursor === undefined ? undefined : placeOf(cursor, sort, kind)
  return { sort, kind, limit, fields, after }
}

// ------------------------------------------------------------ cursors

const sign = (text: string) =>
  createHmac('sha256', process.env.CURSOR_KEY ?? '')
    .update(text)
    .digest()

/** A cursor: the place of the last event of a page, the query that it belongs to, and a signature. */
function cursorOf({ at, id }: Place, { sort, kind }: Query): string {
  const text = Buffer.from(JSON.stringify([at, id, sort, kind])).toString('base64url')
  return `${text}.${sign(text).toString('base64url')}`
}

function placeOf(cursor: string, sort: string, kind: string | null): Place {
  const [text = '', signature = ''] = cursor.split('.')
  const given = Buffer.from(signature, 'base64url')
  const wanted = sign(text)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Refusal('this is no cursor of ours')
  }
  const [at, id, ownSort, ownKind] = JSON.parse(Buffer.from(text, 'base64url').toString())
  if (ownSort !== sort || ownKind !== kind) {
    throw new Refusal('this cursor belongs to another query')
  }
  return { at, id }
}

// ------------------------------------------------------------ the page

type Row = Record<string, unknown> & Place

async function pageOf(query: Query) {
  const { sort, kind, limit, fields, after } = query
  const order = SORTS.get(sort)!
  const values: unknown[] = []
  const value = (one: unknown) => `$${values.push(one)}`
  const conditions = ['true']
  if (kind !== null) conditions.push(`kind = ${value(kind)}`)
  if (after) {
    const place = `(${value(after.at)}::timestamptz, ${value(after.id)}::bigint)`
    conditions.push(`(at, id) ${order.after} ${place}`)
  }
  const columns = [...PROPERTIES].map(([name, sql]) => `${sql} as ${name}`)
  // events.at and events.id are the columns; at and id alone would be the texts that are shown.
  const { rows } = await pool.query<Row>(
    `select ${columns.join(', ')} from events where ${conditions.join(' and ')}
     order by events.at ${order.direction}, events.id ${order.direction}
     limit ${value(limit + 1)}`,
    values,
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)!
  return {
    items: page.map((row) => Object.fromEntries(fields.map((name) => [name, row[name]]))),
    // One more than was asked for: so there is a next page.
    next: rows.length > limit ? cursorOf(last, query) : null,
  }
}

const app = express()
app.disable('x-powered-by')

app
  .route('/events')
  .get(async (request, response) => {
    response.json(await pageOf(queryOf(request)))
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'GET, HEAD').json({ error: 'this path takes GET' })
  })

app.use((_request, response) => {
  response.status(404).json({ error: 'there is nothing here' })
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status = 500 } = error as { status?: number }
  if (status >= 500) console.error(error)
  const text = error instanceof Refusal ? error.message : 'something went wrong'
  response.status(status).json({ error: text })
}
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
  server.closeIdleConnections()
})
