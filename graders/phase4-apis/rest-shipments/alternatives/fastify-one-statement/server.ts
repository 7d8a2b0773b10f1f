import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
pool.on('error', () => {})

const app = Fastify({ ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false } } })

class Refused extends Error {
  constructor(
    readonly statusCode: number,
    readonly title: string,
  ) {
    super(title)
  }
}

const ref = { type: 'string', pattern: '^[A-Z]{3}-[0-9]{1,8}$' }
const weightG = { type: 'integer', minimum: 1, maximum: 30000 }
const status = { type: 'string', enum: ['new', 'moving', 'delivered', 'cancelled'] }
const depot = { type: 'string', minLength: 1, maxLength: 60 }
const note = { type: ['string', 'null'], maxLength: 500 }
const object = (properties: object, ...required: string[]) => ({
  schema: { body: { type: 'object', properties, required, additionalProperties: false } },
})

const COLUMNS: Record<string, string> = {
  ref: 'ref',
  weightG: 'weight_g',
  status: 'status',
  depot: 'depot',
  note: 'note',
}
const SHOWN = `s.id::text, s.ref, s.weight_g as "weightG", s.status, s.depot, s.note,
  s.created_at as "createdAt", s.updated_at as "updatedAt"`
const TAG = "md5(s::text) as tag"

app.addContentTypeParser(
  'application/merge-patch+json',
  { parseAs: 'string' },
  app.getDefaultJsonParser('error', 'error'),
)
app.addHook('preParsing', async (request: FastifyRequest) => {
  const type = request.headers['content-type'] ?? ''
  if (/merge-patch/i.test(type) && request.method !== 'PATCH') throw new Refused(415, 'JSON, please')
  if (/^text\/plain/i.test(type)) throw new Refused(415, 'JSON, please')
})

app.setErrorHandler((error: any, _request, reply) => {
  let code: number = error.statusCode ?? 500
  let title: string = error.title ?? 'this request is not right'
  if (error.code === '23505') [code, title] = [409, 'the ref is taken']
  if (error.code === '23503') [code, title] = [404, 'no such shipment']
  if (code >= 500) {
    console.error(error)
    title = 'not our day'
  }
  const names = (error.validation ?? []).map(
    ({ instancePath, params }: any) =>
      params.missingProperty ?? params.additionalProperty ?? instancePath.split('/')[1] ?? '',
  )
  const errors = [...new Set<string>(names)].filter(Boolean).map((field) => ({ field }))
  const body = { title, status: code, ...(errors.length > 0 && { errors }) }
  return reply.code(code).type('application/problem+json').serializer(JSON.stringify).send(body)
})
app.setNotFoundHandler(() => {
  throw new Refused(404, 'nothing here')
})

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string }
  if (!/^[1-9]\d{0,18}$/.test(id) || BigInt(id) > 9223372036854775807n) throw new Refused(404, 'no such shipment')
  return id
}

/** Every tag of a header without its W/, or undefined for `*`. */
const tagsOf = (header: string): string[] | undefined =>
  header.trim() === '*' ? undefined : [...header.matchAll(/"([^"]*)"/g)].map(([, tag]) => tag!)

async function read(id: string) {
  const { rows } = await pool.query(`select ${SHOWN}, ${TAG} from shipments s where id = $1`, [id])
  if (!rows[0]) throw new Refused(404, 'no such shipment')
  const { tag, ...shown } = rows[0]
  return { tag: tag as string, shown }
}

app.get('/shipments', async (request) => {
  const { status, depot } = request.query as Record<string, unknown>
  if (Array.isArray(status) || Array.isArray(depot)) throw new Refused(400, 'one of each')
  const { rows } = await pool.query(
    `select ${SHOWN} from shipments s where status = coalesce($1, status) and depot = coalesce($2, depot)
     order by s.id`,
    [status, depot],
  )
  return rows
})

app.post(
  '/shipments',
  object({ ref, weightG, depot, note }, 'ref', 'weightG', 'depot'),
  async (request, reply) => {
    const body = request.body as any
    const { rows } = await pool.query(
      `insert into shipments as s (ref, weight_g, depot, note) values ($1, $2, $3, $4) returning ${SHOWN}`,
      [body.ref, body.weightG, body.depot, body.note ?? null],
    )
    return reply.code(201).header('Location', `http://${request.host}/shipments/${rows[0].id}`).send(rows[0])
  },
)

app.get('/shipments/:id', async (request, reply) => {
  const { tag, shown } = await read(idOf(request))
  reply.header('ETag', `W/"${tag}"`)
  const header = request.headers['if-none-match']
  const known = header === undefined ? [] : tagsOf(header)
  if (known === undefined || known.includes(tag)) return reply.code(304).send()
  return shown
})

/** One statement on the row as the client has read it. Where it finds none, says why. */
async function write(request: FastifyRequest, sql: string, values: unknown[], wanted?: string) {
  const id = idOf(request)
  const header = request.headers['if-match']
  if (header === undefined) throw new Refused(428, 'If-Match, please')
  const tags = tagsOf(header)
  for (;;) {
    const { rows } = await pool.query(sql, [id, tags ?? null, ...values])
    if (rows[0]) return rows[0]
    const { tag, shown } = await read(id)
    if (tags && !tags.includes(tag)) throw new Refused(412, 'it is another by now')
    const legal = /^(new>(moving|cancelled)|moving>(delivered|cancelled))$/
    if (wanted && wanted !== shown.status && !legal.test(`${shown.status}>${wanted}`)) throw new Refused(409, 'no such move')
  }
}
const MATCHES = 'where s.id = $1 and ($2::text[] is null or md5(s::text) = any($2))'

async function update(request: FastifyRequest, body: Record<string, unknown>) {
  const names = Object.keys(body)
  const sets = [...names.map((name, at) => `${COLUMNS[name]} = $${at + 3}`), 'updated_at = clock_timestamp()']
  const at = names.indexOf('status') + 3
  const legal =
    at < 3
      ? ''
      : `and (s.status = $${at} or s.status || '>' || $${at} in
          ('new>moving', 'new>cancelled', 'moving>delivered', 'moving>cancelled'))`
  const sql = `update shipments s set ${sets.join(', ')} ${MATCHES} ${legal} returning ${SHOWN}`
  return write(request, sql, names.map((name) => body[name]), body.status as string | undefined)
}
const all = { ref, weightG, status, depot, note }
app.put('/shipments/:id', object(all, 'ref', 'weightG', 'status', 'depot'), (request) =>
  update(request, { note: null, ...(request.body as object) }),
)
app.patch('/shipments/:id', object(all), (request) => update(request, request.body as Record<string, unknown>))
app.delete('/shipments/:id', async (request, reply) => {
  await write(request, `delete from shipments s ${MATCHES} returning 1`, [])
  return reply.code(204).send()
})

app.get('/shipments/:id/scans', async (request) => {
  const { rows } = await pool.query(
    `select s.id as found, c.id::text, c.kind, c.depot, c.at from shipments s left join scans c on c.shipment_id = s.id
     where s.id = $1 order by c.id`,
    [idOf(request)],
  )
  if (!rows[0]) throw new Refused(404, 'no such shipment')
  return rows.filter(({ id }) => id !== null)
})
const kind = { type: 'string', enum: ['arrived', 'departed', 'damaged'] }
app.post('/shipments/:id/scans', object({ kind, depot }, 'kind', 'depot'), async (request, reply) => {
  const body = request.body as any
  const id = idOf(request)
  const { rows } = await pool.query(
    `insert into scans (shipment_id, kind, depot)
     select id, $2, $3 from shipments where id = $1 and status <> 'cancelled' returning id::text, kind, depot, at`,
    [id, body.kind, body.depot],
  )
  if (rows[0]) return reply.code(201).send(rows[0])
  await read(id)
  throw new Refused(409, 'it is cancelled')
})

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const PATHS = { '/shipments': 'GET, HEAD, POST', '/shipments/:id': 'GET, HEAD, PUT, PATCH, DELETE', '/shipments/:id/scans': 'GET, HEAD, POST' }
for (const [url, allow] of Object.entries(PATHS)) {
  app.route({
    method: METHODS.filter((method) => !allow.split(', ').includes(method)) as 'PUT'[],
    url,
    onRequest: async (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header('Allow', allow)
      throw new Refused(405, `only ${allow}`)
    },
    handler: () => {},
  })
}

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit())
