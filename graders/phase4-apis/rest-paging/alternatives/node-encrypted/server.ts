import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { createServer } from 'node:http'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error))
const key = scryptSync(process.env.CURSOR_KEY!, 'events', 32)

const refuse = (status: number, detail: string): never => {
  throw Object.assign(new Error(detail), { status })
}

function seal(content: unknown): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const data = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64')
}

function open(text: string): any {
  const raw = Buffer.from(text, 'base64')
  if (raw.length < 30) refuse(422, 'no cursor')
  const cipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, 12))
  cipher.setAuthTag(raw.subarray(12, 28))
  try {
    return JSON.parse(Buffer.concat([cipher.update(raw.subarray(28)), cipher.final()]).toString())
  } catch {
    return refuse(422, 'no cursor')
  }
}

const ALL = ['id', 'at', 'kind', 'parcel', 'depot', 'note']

async function list(query: URLSearchParams) {
  const sort = query.get('sort') ?? 'at'
  if (sort !== 'at' && sort !== '-at') refuse(422, 'no such sort')
  const [than, way] = sort === 'at' ? ['>', ''] : ['<', 'DESC']
  const kind = query.get('kind')
  const limit = query.get('limit') ?? '20'
  if (!/^\d+$/.test(limit) || +limit < 1 || +limit > 100) refuse(422, 'limit: 1 to 100')
  const fields = query.get('fields')?.split(',') ?? ALL
  for (const field of fields) if (!ALL.includes(field)) refuse(422, `unknown: ${field}`)

  const where: string[] = []
  const values: unknown[] = []
  if (kind !== null) where.push(`kind = $${values.push(kind)}`)
  const cursor = query.get('cursor')
  if (cursor !== null) {
    const { s, k, at, id } = open(cursor)
    if (s !== sort || k !== kind) refuse(422, 'the cursor of another query')
    where.push(`(at, id) ${than} ($${values.push(at)}::timestamptz, $${values.push(id)}::int8)`)
  }
  const { rows } = await pool.query(
    `SELECT id::text AS key, at::text AS exact, jsonb_strip_nulls(jsonb_build_object('id', id::text, 'at', at, 'kind', kind,
       'parcel', parcel_code, 'depot', depot, 'note', note)) AS event,
       row_number() OVER (ORDER BY at ${way}, id ${way}) AS place
     FROM (SELECT * FROM events ${where.length ? `WHERE ${where.join(' AND ')}` : ''}
           ORDER BY at ${way}, id ${way} LIMIT ${Number(limit) + 1}) AS page ORDER BY place`,
    values,
  )
  const more = rows.length > +limit
  if (more) rows.pop()
  const last = rows.at(-1)
  return {
    items: rows.map(({ event }) => {
      const item: Record<string, unknown> = {}
      for (const field of fields) if (field in event) item[field] = event[field]
      return item
    }),
    next: more ? seal({ s: sort, k: kind, at: last.exact, id: last.key }) : null,
  }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url!, 'http://localhost')
  const send = (status: number, body: object) => {
    const type = status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json'
    const text = JSON.stringify(body)
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  try {
    if (url.pathname.replace(/\/$/, '') !== '/events') return send(404, { title: 'Not found' })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'HEAD, GET')
      return send(405, { title: 'Method not allowed' })
    }
    send(200, await list(url.searchParams))
  } catch (error) {
    const { status = 500, message } = error as Error & { status?: number }
    if (status === 500) console.error(error)
    send(status, { title: status === 500 ? 'Internal error' : 'Bad request', detail: status === 500 ? undefined : message })
  }
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit())
