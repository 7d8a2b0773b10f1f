import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.warn(error.message))
const app = Fastify({
  bodyLimit: 65_536,
  ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false, useDefaults: true } },
})

const NO_ZERO = '^[^\\u0000]*$'
const trimmed = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength, pattern: NO_ZERO })
const depot = { type: 'string', pattern: '^[A-Z]{2}-[A-Z]{3}-[0-9]{2}$' }
const email = {
  type: 'string',
  maxLength: 254,
  pattern: '^[a-z0-9_+-]+(\\.[a-z0-9_+-]+)*@([a-z0-9-]+\\.)+[a-z]{2,}$',
}
const day = (years: string) => ({ type: 'string', format: 'date', pattern: `^${years}[0-9]{2}-` })
const strict = (properties: object, ...required: string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const booking = strict(
  {
    depot,
    contact: email,
    label: trimmed(40),
    boxes: { type: 'integer', minimum: 1, maximum: 500 },
    size: { type: 'string', enum: ['S', 'M', 'L'] },
    express: { type: 'boolean', default: false },
    stops: {
      type: 'array',
      minItems: 1,
      maxItems: 10,
      items: strict(
        { depot, date: day('20'), note: { type: 'string', maxLength: 100, pattern: NO_ZERO } },
        'depot',
        'date',
      ),
    },
  },
  ...['depot', 'contact', 'label', 'boxes', 'size', 'stops'],
)
const profile = {
  type: 'object',
  properties: {
    name: trimmed(80),
    email,
    birthday: { ...day('(?:19|20)'), type: ['string', 'null'] },
    newsletter: { type: 'boolean' },
    language: { type: 'string', enum: ['en', 'es', 'pt'] },
  },
}
const settingsOf = (depth: number): object => ({
  type: 'object',
  propertyNames: { pattern: '^[a-z][A-Za-z0-9]{0,29}$', not: { enum: ['constructor', 'prototype'] } },
  additionalProperties: {
    anyOf: [
      { type: ['boolean', 'null'] },
      { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
      { type: 'string', maxLength: 200, pattern: NO_ZERO },
      ...(depth < 5 ? [settingsOf(depth + 1)] : []),
    ],
  },
})
const query = {
  type: 'object',
  required: ['q'],
  properties: {
    q: trimmed(50),
    page: { type: 'string', pattern: '^([1-9][0-9]{0,2}|1000)$', default: '1' },
    'tags[]': { type: 'array', maxItems: 5, items: { type: 'string', pattern: '^[a-z]{1,20}$' } },
  },
}

/** The fields are trimmed, and some are made small, before anybody looks at them. */
const trimming = (...names: string[]) => async ({ body }: any) => {
  if (typeof body !== 'object' || body === null) return
  for (const name of names) {
    if (!Object.hasOwn(body, name) || typeof body[name] !== 'string') continue
    const text = body[name].trim()
    body[name] = name === 'contact' || name === 'email' ? text.toLowerCase() : text
  }
}

app.setErrorHandler((error: any, _request, reply) => {
  if (error.validation) {
    const errors = error.validation.map(({ instancePath, params, message }: any) => {
      const name = params.missingProperty ?? params.additionalProperty ?? params.propertyName
      return { path: name === undefined ? instancePath : `${instancePath}/${name}`, message }
    })
    return reply.code(400).send({ title: 'This is not right', errors })
  }
  const status = error.statusCode ?? 500
  if (status >= 500) console.error(error)
  reply.code(status).send({ title: status >= 500 ? 'out of order' : error.message })
})

app.post(
  '/bookings',
  { schema: { body: booking }, preValidation: trimming('contact', 'label') },
  async (request, reply) => {
    const { depot, contact, label, boxes, size, express, stops } = request.body as any
    const { rows } = await pool.query(
      'insert into bookings (depot, contact, label, boxes, size, express, stops) values ($1, $2, $3, $4, $5, $6, $7) returning *',
      [depot, contact, label, boxes, size, express, JSON.stringify(stops)],
    )
    return reply.code(201).send(rows[0])
  },
)

app.get('/bookings/:id', async (request, reply) => {
  const { id } = request.params as any
  const { rows } = /^[1-9][0-9]{0,8}$/.test(id)
    ? await pool.query('select * from bookings where id = $1', [id])
    : { rows: [] }
  return rows[0] ?? reply.code(404).send({ title: 'unknown' })
})

const SHOWN = "json_build_object('id', id, 'name', name, 'email', email, 'birthday', birthday, 'newsletter', newsletter, 'language', language, 'role', role, 'balance', balance) as shown"
app.get('/profile', async () => (await pool.query(`select ${SHOWN} from profiles`)).rows[0].shown)
app.patch('/profile', { schema: { body: profile }, preValidation: trimming('name', 'email') }, async (request) => {
  const body = request.body as any
  const known = Object.keys(profile.properties).filter((name) => Object.hasOwn(body, name))
  for (const name of known) {
    await pool.query(`update profiles set ${name} = $1 where id = 1`, [body[name]])
  }
  return (await pool.query(`select ${SHOWN} from profiles`)).rows[0].shown
})

type Tree = Map<string, unknown>
const plant = (value: any): any =>
  typeof value === 'object' && value !== null
    ? new Map(Object.entries(value).map(([name, inner]) => [name, plant(inner)]))
    : value
const fell = (value: any): any =>
  value instanceof Map ? Object.fromEntries([...value].map(([name, inner]) => [name, fell(inner)])) : value
function graft(tree: Tree, patch: Tree): Tree {
  for (const [name, value] of patch) {
    const old = tree.get(name)
    if (value === null) tree.delete(name)
    else if (value instanceof Map) tree.set(name, graft(old instanceof Map ? old : new Map(), value))
    else tree.set(name, value)
  }
  return tree
}

const settings = async () => (await pool.query('select document from settings where id = 1')).rows[0].document
app.get('/settings', settings)
app.post('/imports/json', { schema: { body: settingsOf(1) } }, async (request) => {
  const document = fell(graft(plant(await settings()), plant(request.body)))
  await pool.query('update settings set document = $1 where id = 1', [JSON.stringify(document)])
  return document
})

app.get(
  '/search',
  {
    schema: { querystring: query },
    preValidation: async (request) => {
      const asked = request.query as any
      if (typeof asked.q === 'string') asked.q = asked.q.trim()
      if (asked['tags[]'] !== undefined) asked['tags[]'] = [asked['tags[]']].flat()
    },
  },
  async (request) => {
    const { q, page, 'tags[]': tags = [] } = request.query as any
    const { rows: items } = await pool.query(
      'select id, name, tags from depots where position($1 in name) > 0 and tags @> $2::text[] order by id limit 10 offset $3',
      [q, tags, Number(page) * 10 - 10],
    )
    return { page: Number(page), items }
  },
)

const other = (url: string, method: any[], allow: string) =>
  app.route({
    url,
    method,
    handler: (_request, reply) => reply.code(405).header('allow', allow).send({ title: `only ${allow}` }),
  })
const WRITES = ['PUT', 'DELETE', 'OPTIONS']
other('/bookings', ['GET', 'PATCH', ...WRITES], 'POST')
other('/imports/json', ['GET', 'PATCH', ...WRITES], 'POST')
other('/profile', ['POST', ...WRITES], 'GET, HEAD, PATCH')
for (const path of ['/bookings/:id', '/settings', '/search']) other(path, ['POST', 'PATCH', ...WRITES], 'GET, HEAD')
app.setNotFoundHandler((_request, reply) => reply.code(404).send({ title: 'nothing here' }))
process.on('SIGTERM', () => void app.close())
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
