import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.warn(error.message))
const app = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } })

const all = async (sql: string): Promise<any[]> => (await pool.query(`${sql} order by id`)).rows
const customers = () => all('select id, name, city from customers')
const parcels = () => all('select id, sender, town, weight_g as "weightG" from parcels')
const byText = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))
const object = (properties: object, ...required: string[]) => ({ type: 'object', properties, required })
const short = { type: 'string', minLength: 1, maxLength: 200 }

app.setErrorHandler((error: any, _request, reply) => {
  if (error.validation) return reply.code(422).send({ error: 'validation', detail: error.message })
  const status = error.statusCode ?? 500
  if (status >= 500) console.error(error)
  reply.code(status).send({ error: status >= 500 ? 'out of order' : error.message })
})

const login = object({ name: { type: 'string' }, password: { type: 'string' } }, 'name', 'password')
app.post('/login', { schema: { body: login } }, async (request, reply) => {
  const { name, password } = request.body as any
  const hash = (salt: string) => createHash('sha256').update(`${salt}${password}`, 'utf8').digest()
  for (const clerk of await all('select id, name, salt, digest from clerks')) {
    if (clerk.name === name && timingSafeEqual(hash(clerk.salt), Buffer.from(clerk.digest, 'hex'))) {
      return { id: clerk.id, name }
    }
  }
  return reply.code(401).send({ error: 'no such clerk, or another password' })
})

app.post('/customers', { schema: { body: object({ name: short, city: short }, 'name', 'city') } }, async (request, reply) => {
  const { name, city } = request.body as any
  const { rows } = await pool.query('insert into customers (name, city) values ($1, $2) returning id, name, city', [name, city])
  return reply.code(201).send(rows[0])
})

const page = object({
  search: { type: 'string' },
  sort: { enum: ['id', 'name', 'city'] },
  limit: { type: 'string', pattern: '^(0*[1-9][0-9]?|0*[1-4][0-9][0-9]|0*500)$' },
})
app.get('/customers', { schema: { querystring: page } }, async (request) => {
  const { search = '', sort = 'id', limit = '50' } = request.query as any
  const found = (await customers()).filter(({ name }) => name.includes(search))
  if (sort !== 'id') found.sort((one, other) => byText(one[sort], other[sort]) || one.id - other.id)
  return found.slice(0, Number(limit))
})

app.get('/customers/:id/parcels', async (request, reply) => {
  const { id } = request.params as any
  const customer = (await customers()).find((one) => String(one.id) === id)
  if (!customer) return reply.code(404).send({ error: 'unknown' })
  return (await parcels()).filter(({ sender }) => sender === customer.name)
})

const list = object({ ids: { type: 'string', pattern: '^[0-9]+(,[0-9]+){0,49}$' } }, 'ids')
app.get('/parcels', { schema: { querystring: list } }, async (request) => {
  const wanted = new Set((request.query as any).ids.split(','))
  return (await parcels()).filter(({ id }) => wanted.has(String(id)))
})

const other = (url: string, methods: any[], allow: string) =>
  app.route({ url, method: methods, handler: (_request, reply) => reply.code(405).header('allow', allow).send({ error: 'no' }) })
other('/login', ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'POST')
other('/customers', ['PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD, POST')
other('/customers/:id/parcels', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD')
other('/parcels', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], 'GET, HEAD')
app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'nothing' }))
process.on('SIGTERM', () => void app.close())
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
