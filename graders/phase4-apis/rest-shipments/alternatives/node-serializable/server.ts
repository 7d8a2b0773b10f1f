import http from 'node:http'
import pg from 'pg'

// Times as texts of ISO 8601, as they come from to_json.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 3000 })
pool.on('error', (error) => console.log('lost a connection:', error.message))
pool.on('connect', (client) => client.on('error', () => {}))

type Reply = { status: number; body?: unknown; headers?: Record<string, string> }
type Context = {
  db: pg.PoolClient
  id: string
  query: URLSearchParams
  headers: http.IncomingHttpHeaders
  fields(...types: string[]): Record<string, any>
}
const no = (status: number, title: string, more: object = {}, headers = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
  body: { type: 'about:blank', title, status, ...more },
})

const length = (text: string) => Array.from(text).length
const RULES: Record<string, (value: any) => boolean> = {
  ref: (value) => typeof value === 'string' && /^[A-Z]{3}-[0-9]{1,8}$/.test(value),
  weightG: (value) => Number.isInteger(value) && value > 0 && value < 30001,
  status: (value) => typeof value === 'string' && Object.hasOwn(NEXT, value),
  depot: (value) => typeof value === 'string' && length(value) > 0 && length(value) < 61,
  note: (value) => value === null || (typeof value === 'string' && length(value) < 501),
  kind: (value) => ['arrived', 'departed', 'damaged'].includes(value) && typeof value === 'string',
}
const NEXT: Record<string, string[]> = {
  new: ['moving', 'cancelled'],
  moving: ['delivered', 'cancelled'],
  delivered: [],
  cancelled: [],
}

/** Throws a 400 unless the fields are right; gives only those that are asked for. */
function pick(fields: Record<string, any>, needed: string[], also: string[] = []) {
  const bad = [...needed, ...also].filter((name) =>
    name in fields ? !RULES[name]!(fields[name]) : needed.includes(name),
  )
  if (bad.length) throw no(400, `look at ${bad.join(', ')}`, { errors: bad.map((field) => ({ field, in: 'body' })) })
  return Object.fromEntries([...needed, ...also].filter((name) => name in fields).map((name) => [name, fields[name]]))
}

const ONE = `json_build_object('id', id::text, 'ref', ref, 'weightG', weight_g, 'status', status, 'depot', depot,
  'note', note, 'createdAt', created_at, 'updatedAt', updated_at) as shown, xmin::text as tag`

async function load({ db, id }: Context) {
  const { rows } = await db.query(`select ${ONE} from shipments where id = $1`, [id])
  if (!rows[0]) throw no(404, 'unknown shipment')
  return { shown: rows[0].shown, tag: `"x${rows[0].tag}"` }
}

/** Whether one of the tags in a header is this one, W/ or not. */
function includes(header: string, tag: string) {
  if (header.trim() === '*') return true
  return header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag)
}

async function guarded(context: Context) {
  const now = await load(context)
  const header = context.headers['if-match']
  if (header === undefined) throw no(428, 'a precondition is required')
  if (!includes(header, now.tag)) throw no(412, 'the precondition failed')
  return now.shown
}

async function save(context: Context, next: Record<string, any>): Promise<Reply> {
  const old = await guarded(context)
  const all = { ...old, ...next }
  if (all.status !== old.status && !NEXT[old.status]!.includes(all.status)) {
    return no(409, `from ${old.status} to ${all.status} there is no way`)
  }
  const { rows } = await context.db.query(
    `update shipments set ref = $2, weight_g = $3, status = $4, depot = $5, note = $6, updated_at = now()
     where id = $1 returning ${ONE}`,
    [context.id, all.ref, all.weightG, all.status, all.depot, all.note],
  )
  return { status: 200, body: rows[0].shown }
}

const SCAN = "json_build_object('id', id, 'kind', kind, 'depot', depot, 'at', at) as shown"
const ROUTES: [RegExp, Record<string, (context: Context) => Promise<Reply>>][] = [
  [
    /^\/shipments$/,
    {
      async GET({ db, query }) {
        const filters = ['status', 'depot'].filter((name) => query.has(name))
        if (query.has('status') && !RULES.status!(query.get('status'))) return no(400, 'there is no such status')
        const where = filters.map((name, index) => `${name} = $${index + 1}`).join(' and ') || 'true'
        const values = filters.map((name) => query.get(name))
        const { rows } = await db.query(`select ${ONE} from shipments where ${where} order by id`, values)
        return { status: 200, body: rows.map(({ shown }) => shown) }
      },
      async POST({ db, fields }) {
        const { ref, weightG, depot, note = null } = pick(fields('application/json'), ['ref', 'weightG', 'depot'], ['note'])
        const sql = `insert into shipments (ref, weight_g, depot, note) values ($1, $2, $3, $4) returning ${ONE}`
        const { shown } = (await db.query(sql, [ref, weightG, depot, note])).rows[0]
        return { status: 201, body: shown, headers: { location: `shipments/${shown.id}` } }
      },
    },
  ],
  [
    /^\/shipments\/([^/]+)$/,
    {
      async GET(context) {
        const { shown, tag } = await load(context)
        const known = context.headers['if-none-match']
        const headers = { etag: tag, 'cache-control': 'no-cache' }
        return known !== undefined && includes(known, tag) ? { status: 304, headers } : { status: 200, body: shown, headers }
      },
      async PUT(context) {
        const sent = pick(context.fields('application/json'), ['ref', 'weightG', 'status', 'depot'], ['note'])
        return save(context, { note: null, ...sent })
      },
      async PATCH(context) {
        const sent = context.fields('application/json', 'application/merge-patch+json')
        return save(context, pick(sent, [], ['ref', 'weightG', 'status', 'depot', 'note']))
      },
      async DELETE(context) {
        await guarded(context)
        await context.db.query('delete from scans where shipment_id = $1', [context.id])
        await context.db.query('delete from shipments where id = $1', [context.id])
        return { status: 204 }
      },
    },
  ],
  [
    /^\/shipments\/([^/]+)\/scans$/,
    {
      async GET(context) {
        await load(context)
        const sql = `select ${SCAN} from scans where shipment_id = $1 order by id`
        return { status: 200, body: (await context.db.query(sql, [context.id])).rows.map(({ shown }) => shown) }
      },
      async POST(context) {
        const { kind, depot } = pick(context.fields('application/json'), ['kind', 'depot'])
        if ((await load(context)).shown.status === 'cancelled') return no(409, 'it is cancelled')
        const sql = `insert into scans (shipment_id, kind, depot) values ($1, $2, $3) returning ${SCAN}`
        return { status: 201, body: (await context.db.query(sql, [context.id, kind, depot])).rows[0].shown }
      },
    },
  ],
]

/** Runs a handler in a transaction of its own; again where another one came in between. */
async function transaction(work: (db: pg.PoolClient) => Promise<Reply>): Promise<Reply> {
  const db = await pool.connect()
  let broken: boolean | undefined
  try {
    for (;;) {
      try {
        await db.query('begin isolation level serializable')
        const reply = await work(db)
        await db.query('commit')
        return reply
      } catch (error) {
        await db.query('rollback').catch(() => {
          broken = true
        })
        const { code } = error as { code?: string }
        if (code === '23505') return no(409, 'another one has this ref')
        // A serialization failure, a deadlock; and the shipment of a scan that has just gone.
        if (!['40001', '40P01', '23503'].includes(code ?? '')) throw error
      }
    }
  } finally {
    db.release(broken)
  }
}

async function answer(request: http.IncomingMessage, text: string): Promise<Reply> {
  const { pathname, searchParams: query } = new URL(request.url!, 'http://localhost')
  for (const [pattern, methods] of ROUTES) {
    const match = pattern.exec(pathname)
    if (!match) continue
    const allow = ['HEAD', 'OPTIONS', ...Object.keys(methods)].join(',')
    if (request.method === 'OPTIONS') return { status: 204, headers: { allow } }
    const handler = methods[request.method === 'HEAD' ? 'GET' : request.method!]
    if (!handler) return no(405, 'method not allowed', {}, { allow })
    const id = match[1] ?? '1'
    // Encoded digits are digits, but nobody writes them so.
    if (!/^[1-9][0-9]{0,18}$/.test(id) || BigInt(id) >= 2n ** 63n) return no(404, 'unknown shipment')
    const fields = (...types: string[]) => {
      const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
      if (!types.includes(type)) throw no(415, 'unsupported media type', {}, { accept: types.join(', ') })
      let body: any
      try {
        body = JSON.parse(text)
      } catch {
        throw no(400, 'malformed JSON')
      }
      if (body === null || typeof body !== 'object' || Array.isArray(body)) throw no(400, 'not an object')
      return body
    }
    const { headers } = request
    return transaction((db) => handler({ db, id, query, headers, fields }))
  }
  return no(404, 'not found')
}

http
  .createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const reply = await answer(request, Buffer.concat(chunks).toString('utf8')).catch((error): Reply => {
      if ('status' in error) return error
      console.log(error)
      return no(error.code ? 503 : 500, 'we are not well')
    })
    const headers: Record<string, string> = { ...(reply.body !== undefined && { 'content-type': 'application/json' }), ...reply.headers }
    response.writeHead(reply.status, headers)
    response.end(request.method === 'HEAD' || reply.body === undefined ? undefined : JSON.stringify(reply.body, null, 1))
  })
  .listen(Number(process.env.PORT), '127.0.0.1')
