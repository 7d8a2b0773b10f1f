import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 3 })
pool.on('error', () => {})
// Times stay as PostgreSQL writes them, and ids texts, as pg has them anyway.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text)

const app = Fastify({ ajv: { customOptions: { coerceTypes: false } } })
const text = { type: 'string' }
const schema = {
  querystring: {
    type: 'object',
    properties: {
      sort: { enum: ['at', '-at'] },
      kind: text,
      cursor: text,
      limit: { type: 'string', pattern: '^0*[1-9][0-9]*$' },
      fields: { type: 'string', pattern: '^(id|at|kind|parcel|depot|note)(,(id|at|kind|parcel|depot|note))*$' },
    },
  },
}

type Event = { id: string; at: string; kind: string; parcel: string; depot: string; note: string | null }
type Asked = { sort?: string; kind?: string; cursor?: string; limit?: string; fields?: string }

class Wrong extends Error {
  statusCode = 400
}

const sum = (...parts: string[]) =>
  createHash('sha256')
    .update(JSON.stringify([...parts, process.env.CURSOR_KEY]))
    .digest('hex')
    .slice(0, 20)

app.route<{ Querystring: Asked }>({
  method: ['GET', 'HEAD'],
  url: '/events',
  schema,
  async handler({ query: { sort = 'at', kind, cursor, limit = '20', fields } }) {
    const most = Math.min(100, Number(limit))
    const query = [sort, kind ?? '', kind === undefined ? 'all' : 'some']
    const parameters: unknown[] = [kind ?? null, most + 1]
    let from = ''
    if (cursor !== undefined) {
      const [at, id, check] = cursor.split('~') as [string, string?, string?]
      if (id === undefined || check !== sum(at, id, ...query)) throw new Wrong('not a cursor of this list')
      parameters.push(at, id)
      from = `and (at, id) ${sort === 'at' ? '>=' : '<='} ($3::timestamptz, $4::bigint)`
    }
    const order = sort === 'at' ? 'at, id' : 'at desc, id desc'
    const { rows } = await pool.query<Event>(
      `select id, at, kind, parcel_code as parcel, depot, note from events
       where ($1::text is null or kind = $1) ${from} order by ${order} limit $2`,
      parameters,
    )
    const first = rows[most]
    const names = fields?.split(',')
    const items = rows.slice(0, most).map((row) => {
      const event: Record<string, unknown> = { ...row, at: row.at.replace(' ', 'T') }
      if (!names) return event
      return Object.fromEntries(names.map((name) => [name, event[name]]))
    })
    return { items, next: first ? [first.at, first.id, sum(first.at, first.id, ...query)].join('~') : null }
  },
})
app.route({
  method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  url: '/events',
  handler: (_request, reply) => reply.code(405).header('allow', 'GET, HEAD').send({ message: 'read only' }),
})
app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'nothing here' }))

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => void app.close().then(() => pool.end()))
