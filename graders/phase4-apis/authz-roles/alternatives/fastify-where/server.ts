// Pelican Post's office, with the matrix as conditions in SQL.
import Fastify, { type FastifyRequest } from 'fastify'
import { jwtVerify } from 'jose'
import pg from 'pg'

const key = new TextEncoder().encode(process.env.JWT_SECRET)
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
pool.on('error', () => {})

const app = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } })
type Caller = { id: number; name: string; roles: string[] }
declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
}

const refusal = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

const user = `select id, name, coalesce(json_agg(role) filter (where role is not null), '[]') as roles
  from users left join user_roles on user_id = id`

async function authenticate(request: FastifyRequest) {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
  let sub = ''
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] })
    sub = payload.sub ?? ''
  } catch {}
  if (scheme !== 'Bearer' || !sub) throw refusal(401, 'send a token')
  const { rows } = await pool.query(`${user} where id::text = $1 group by id`, [sub])
  if (!rows[0]) throw refusal(401, 'send a token')
  request.caller = rows[0]
}

/** Lets callers pass who have one of these roles. */
const allow = (...roles: string[]) => [
  authenticate,
  async ({ caller }: FastifyRequest) => {
    if (!caller.roles.some((role) => roles.includes(role))) throw refusal(403, 'not with your roles')
  },
]

/** The rows that these columns, and the roles that they stand for, make the caller's; everybody's for some roles. */
function scope({ caller }: FastifyRequest, all: string[], own: Record<string, string>) {
  if (caller.roles.some((role) => all.includes(role))) return 'true'
  const conditions = caller.roles.filter((role) => own[role]).map((role) => `${own[role]} = ${caller.id}`)
  return `(${conditions.join(' or ') || 'false'})`
}

const PARCEL = `id::text, customer_id::text as "customerId", courier_id::text as "courierId", address, status`
const object = (name: string, schema: object) => ({
  body: { type: 'object', required: [name], properties: { [name]: schema }, additionalProperties: false },
})
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength })
type Params = { Params: { id: string } }

function idOf({ params }: FastifyRequest): string {
  const { id } = params as { id: string }
  if (!/^[1-9]\d{0,8}$/.test(id)) throw refusal(404, 'no such id')
  return id
}

/** Runs a statement on one parcel, with a place for the condition; says why where it finds none. */
async function one(sql: string, id: string, condition: string, ...values: unknown[]) {
  const { rows } = await pool.query(sql.replace('HERE', `id = $1 and ${condition}`), [id, ...values])
  if (rows[0]) return rows[0]
  const there = await pool.query('select 1 from parcels where id = $1', [id])
  throw there.rows[0] ? refusal(403, 'not this parcel') : refusal(404, 'no such parcel')
}

const SEES = [['dispatcher', 'admin'], { customer: 'customer_id', courier: 'courier_id' }] as const
const everyRole = ['customer', 'courier', 'dispatcher', 'admin']

app.get('/me', { preHandler: authenticate }, async ({ caller }) => ({ ...caller, id: String(caller.id) }))
app.patch('/me', { preHandler: authenticate, schema: object('name', text(60)) }, async (request) => {
  const { name } = request.body as { name: string }
  await pool.query('update users set name = $1 where id = $2', [name, request.caller.id])
  return { ...request.caller, name, id: String(request.caller.id) }
})

app.post(
  '/parcels',
  { preHandler: allow('customer'), schema: object('address', text(100)) },
  async (request, reply) => {
    const { address } = request.body as { address: string }
    const sql = `insert into parcels (customer_id, address) values ($1, $2) returning ${PARCEL}`
    const { rows } = await pool.query(sql, [request.caller.id, address])
    return reply.code(201).send(rows[0])
  },
)
app.get('/parcels', { preHandler: allow(...everyRole) }, async (request) => {
  const where = scope(request, [...SEES[0]], SEES[1])
  return (await pool.query(`select ${PARCEL} from parcels where ${where} order by id desc`)).rows
})
app.get<Params>('/parcels/:id', { preHandler: allow(...everyRole) }, async (request) =>
  one(`select ${PARCEL} from parcels where HERE`, idOf(request), scope(request, [...SEES[0]], SEES[1])),
)
app.patch(
  '/parcels/:id',
  { preHandler: allow('customer', 'dispatcher'), schema: object('address', text(100)) },
  async (request) => {
    const { address } = request.body as { address: string }
    const where = scope(request, ['dispatcher'], { customer: 'customer_id' })
    return one(`update parcels set address = $2 where HERE returning ${PARCEL}`, idOf(request), where, address)
  },
)
app.delete('/parcels/:id', { preHandler: allow('customer', 'admin') }, async (request, reply) => {
  const where = scope(request, ['admin'], { customer: 'customer_id' })
  await one('delete from parcels where HERE returning id', idOf(request), where)
  return reply.code(204).send()
})
app.put(
  '/parcels/:id/status',
  {
    preHandler: allow('courier', 'dispatcher'),
    schema: object('status', { enum: ['waiting', 'moving', 'delivered'] }),
  },
  async (request) => {
    const { status } = request.body as { status: string }
    const where = scope(request, ['dispatcher'], { courier: 'courier_id' })
    return one(`update parcels set status = $2 where HERE returning ${PARCEL}`, idOf(request), where, status)
  },
)
app.put(
  '/parcels/:id/courier',
  { preHandler: allow('dispatcher'), schema: object('courierId', { type: 'string', pattern: '^[1-9][0-9]{0,8}$' }) },
  async (request) => {
    const { courierId } = request.body as { courierId: string }
    const sql = "select 1 from user_roles where user_id = $1 and role = 'courier'"
    if (!(await pool.query(sql, [courierId])).rows[0]) throw refusal(404, 'no such courier')
    return one(`update parcels set courier_id = $2 where HERE returning ${PARCEL}`, idOf(request), 'true', courierId)
  },
)

const asText = (rows: Caller[]) => rows.map((row) => ({ ...row, id: String(row.id) }))
const users = async (having = 'true') =>
  asText((await pool.query(`${user} group by id having ${having}`)).rows)

app.get('/couriers', { preHandler: allow('dispatcher', 'admin') }, async () => users("bool_or(role = 'courier')"))
app.post(
  '/users',
  { preHandler: allow('dispatcher', 'admin'), schema: object('name', text(60)) },
  async (request, reply) => {
    const { name } = request.body as { name: string }
    const { rows } = await pool.query(
      `with one as (insert into users (name) values ($1) returning id)
       insert into user_roles select id, 'customer' from one returning user_id`,
      [name],
    )
    return reply.code(201).send({ id: String(rows[0].user_id), name, roles: ['customer'] })
  },
)
app.put(
  '/users/:id/roles',
  {
    preHandler: allow('admin'),
    schema: object('roles', { type: 'array', uniqueItems: true, items: { enum: everyRole } }),
  },
  async (request) => {
    const { roles } = request.body as { roles: string[] }
    const id = idOf(request)
    const client = await pool.connect()
    try {
      await client.query('begin')
      const known = await client.query('select 1 from users where id = $1', [id])
      if (!known.rows[0]) throw refusal(404, 'no such user')
      const admins = await client.query("select user_id from user_roles where role = 'admin' order by user_id for update")
      const isAdmin = admins.rows.some(({ user_id }) => String(user_id) === id)
      if (isAdmin && admins.rows.length === 1 && !roles.includes('admin')) throw refusal(409, 'the last admin')
      // Only what changes, so that a row that others wait for stays where it can.
      await client.query('delete from user_roles where user_id = $1 and role <> all($2)', [id, roles])
      await client.query('insert into user_roles select $1, unnest($2::text[]) on conflict do nothing', [id, roles])
      const { rows } = await client.query(`${user} where id = $1 group by id`, [id])
      await client.query('commit')
      return asText(rows)[0]
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  },
)
app.get('/admin/users', { preHandler: allow('admin') }, async () => users())
app.get('/admin/export', { preHandler: allow('admin') }, async () => ({
  users: await users(),
  parcels: (await pool.query(`select ${PARCEL} from parcels`)).rows,
}))

// A path that is known by another method.
const paths: [RegExp, string][] = [
  [/^\/me$/, 'GET, HEAD, PATCH'],
  [/^\/parcels$/, 'GET, HEAD, POST'],
  [/^\/parcels\/[^/]+$/, 'GET, HEAD, PATCH, DELETE'],
  [/^\/parcels\/[^/]+\/(status|courier)$/, 'PUT'],
  [/^\/(couriers|admin\/users|admin\/export)$/, 'GET, HEAD'],
  [/^\/users$/, 'POST'],
  [/^\/users\/[^/]+\/roles$/, 'PUT'],
]
app.setNotFoundHandler(async (request, reply) => {
  const [path] = request.url.split('?') as [string]
  const allow = paths.find(([pattern]) => pattern.test(path))?.[1]
  if (!allow) return reply.code(404).send({ error: 'nothing here' })
  return reply.code(405).header('allow', allow).send({ error: 'not this method' })
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit())
