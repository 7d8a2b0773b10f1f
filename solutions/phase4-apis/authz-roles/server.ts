// Pelican Post's office. README.md has the matrix, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import { z } from 'zod'

const secret = process.env.JWT_SECRET
if (!secret) throw new Error('JWT_SECRET is not set')
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))

const ROLES = ['customer', 'courier', 'dispatcher', 'admin'] as const
type Role = (typeof ROLES)[number]
type User = { id: number; name: string; roles: Role[] }
type Parcel = {
  id: number
  customerId: number
  courierId: number | null
  address: string
  status: string
}

// ------------------------------------------------------------ the matrix

type Grants = Partial<Record<Role, 'all' | 'own'>>

/** The matrix of the README. What is not here is denied. */
const MATRIX: Record<string, Grants | 'everybody'> = {
  'GET /me': 'everybody',
  'PATCH /me': 'everybody',
  'POST /parcels': { customer: 'all' },
  'GET /parcels': { customer: 'own', courier: 'own', dispatcher: 'all', admin: 'all' },
  'GET /parcels/{id}': { customer: 'own', courier: 'own', dispatcher: 'all', admin: 'all' },
  'PATCH /parcels/{id}': { customer: 'own', dispatcher: 'all' },
  'DELETE /parcels/{id}': { customer: 'own', admin: 'all' },
  'PUT /parcels/{id}/status': { courier: 'own', dispatcher: 'all' },
  'PUT /parcels/{id}/courier': { dispatcher: 'all' },
  'GET /couriers': { dispatcher: 'all', admin: 'all' },
  'POST /users': { dispatcher: 'all', admin: 'all' },
  'PUT /users/{id}/roles': { admin: 'all' },
  'GET /admin/users': { admin: 'all' },
  'GET /admin/export': { admin: 'all' },
}

/** Whose id makes a parcel a role's own. */
const OWNER: Partial<Record<Role, 'customerId' | 'courierId'>> = {
  customer: 'customerId',
  courier: 'courierId',
}

/** Whether one of the caller's roles lets them do it to this parcel. */
const mayTouch = (caller: User, grants: Grants, parcel: Parcel): boolean =>
  caller.roles.some((role) => {
    const owner = OWNER[role]
    const isOwn = owner !== undefined && parcel[owner] === caller.id
    return grants[role] === 'all' || (grants[role] === 'own' && isOwn)
  })

// ------------------------------------------------------------ refusals

/** A refusal: thrown anywhere, answered by `onError`. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof z.ZodError) {
    response.status(422).json({ error: z.prettifyError(error) })
    return
  }
  const { status, message } = error as { status?: number; message: string }
  if (status && status >= 400 && status < 500) {
    response.status(status).json({ error: message })
    return
  }
  console.error(error)
  response.status(500).json({ error: 'something went wrong on our side' })
}

// ------------------------------------------------------------ who is calling

const isId = (text: string) => /^[1-9][0-9]{0,9}$/.test(text) && Number(text) < 2 ** 31

const USER = `select id, name,
  array(select role from user_roles where user_id = users.id order by role) as roles from users`

/** The caller and their roles, as they are at this moment. */
async function callerOf(request: Request): Promise<User> {
  const token = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1]
  let sub = ''
  try {
    sub = String(jwt.verify(token!, secret!, { algorithms: ['HS256'] }).sub)
  } catch {
    // No token, or none of ours: its subject is nobody.
  }
  const { rows } = await pool.query<User>(`${USER} where id = $1`, [isId(sub) ? sub : 0])
  if (!rows[0]) throw new Refusal(401, 'a valid token is needed')
  return rows[0]
}

// ------------------------------------------------------------ routes

const app = express()
app.use(express.json())

type Asked = { request: Request; response: Response; caller: User; grants: Grants }

/** The methods of each path, for `Allow`. */
const methods = new Map<string, string[]>()

/** Adds a route of the matrix; its handler is reached by callers who have a role that may use it. */
function on(route: string, handle: (asked: Asked) => Promise<void>): void {
  const row = MATRIX[route]
  if (!row) throw new Error(`${route} is not in the matrix`)
  const [method, path] = route.replace('{id}', ':id').split(' ') as [string, string]
  methods.set(path, [...(methods.get(path) ?? []), method])
  const name = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
  app[name](path, async (request, response) => {
    const caller = await callerOf(request)
    const grants = row === 'everybody' ? {} : row
    if (row !== 'everybody' && !caller.roles.some((role) => grants[role])) {
      throw new Refusal(403, 'none of your roles may do this')
    }
    await handle({ request, response, caller, grants })
  })
}

const idOf = ({ request }: Asked): string => {
  const id = String(request.params.id)
  if (!isId(id)) throw new Refusal(404, 'nothing has this id')
  return id
}

// ------------------------------------------------------------ parcels

const PARCEL = 'id, customer_id as "customerId", courier_id as "courierId", address, status'
const text = (most: number) =>
  z.string().refine((value) => value !== '' && [...value].length <= most, {
    error: `must have 1 to ${most} characters`,
  })
const forAddress = z.object({ address: text(100) })
const forStatus = z.object({ status: z.enum(['waiting', 'moving', 'delivered']) })
const forCourier = z.object({ courierId: z.int().positive() })

/** The parcel of the path, if the caller may do this to it. */
async function parcelOf(asked: Asked): Promise<Parcel> {
  const { rows } = await pool.query<Parcel>(`select ${PARCEL} from parcels where id = $1`, [
    idOf(asked),
  ])
  if (!rows[0]) throw new Refusal(404, 'no parcel has this id')
  if (!mayTouch(asked.caller, asked.grants, rows[0])) {
    throw new Refusal(403, 'your roles may do this to other parcels only')
  }
  return rows[0]
}

/** Sets a column of a parcel and answers with it. */
async function change({ response }: Asked, { id }: Parcel, column: string, value: string | number) {
  const { rows } = await pool.query<Parcel>(
    `update parcels set ${column} = $2 where id = $1 returning ${PARCEL}`,
    [id, value],
  )
  if (!rows[0]) throw new Refusal(404, 'this parcel has just been deleted')
  response.json(rows[0])
}

on('POST /parcels', async ({ request, response, caller }) => {
  const { address } = forAddress.parse(request.body)
  const { rows } = await pool.query<Parcel>(
    `insert into parcels (customer_id, address) values ($1, $2) returning ${PARCEL}`,
    [caller.id, address],
  )
  response.status(201).json(rows[0])
})

on('GET /parcels', async ({ response, caller, grants }) => {
  const { rows } = await pool.query<Parcel>(`select ${PARCEL} from parcels order by id`)
  response.json(rows.filter((parcel) => mayTouch(caller, grants, parcel)))
})

on('GET /parcels/{id}', async (asked) => {
  asked.response.json(await parcelOf(asked))
})

on('PATCH /parcels/{id}', async (asked) => {
  const { address } = forAddress.parse(asked.request.body)
  await change(asked, await parcelOf(asked), 'address', address)
})

on('DELETE /parcels/{id}', async (asked) => {
  const { id } = await parcelOf(asked)
  await pool.query('delete from parcels where id = $1', [id])
  asked.response.status(204).end()
})

on('PUT /parcels/{id}/status', async (asked) => {
  const { status } = forStatus.parse(asked.request.body)
  await change(asked, await parcelOf(asked), 'status', status)
})

on('PUT /parcels/{id}/courier', async (asked) => {
  const { courierId } = forCourier.parse(asked.request.body)
  const parcel = await parcelOf(asked)
  const { rows } = await pool.query(
    "select 1 from user_roles where user_id = $1::bigint and role = 'courier'",
    [courierId],
  )
  if (!rows[0]) throw new Refusal(422, 'courierId must be the id of a courier')
  await change(asked, parcel, 'courier_id', courierId)
})

// ------------------------------------------------------------ users

const forName = z.object({ name: text(60) })
const forRoles = z.object({ roles: z.array(z.enum(ROLES)) })

const allUsers = async () => (await pool.query<User>(`${USER} order by id`)).rows

on('GET /me', async ({ response, caller }) => {
  response.json(caller)
})

on('PATCH /me', async ({ request, response, caller }) => {
  const { name } = forName.parse(request.body)
  await pool.query('update users set name = $2 where id = $1', [caller.id, name])
  response.json({ ...caller, name })
})

on('GET /couriers', async ({ response }) => {
  response.json((await allUsers()).filter(({ roles }) => roles.includes('courier')))
})

on('POST /users', async ({ request, response }) => {
  const { name } = forName.parse(request.body)
  const { rows } = await pool.query<{ id: number }>(
    `with made as (insert into users (name) values ($1) returning id)
     insert into user_roles (user_id, role) select id, 'customer' from made returning user_id as id`,
    [name],
  )
  response.status(201).json({ id: rows[0]!.id, name, roles: ['customer'] })
})

/** Gives a user exactly these roles, unless nobody would be admin then. */
async function setRoles(client: pg.PoolClient, id: string, roles: Role[]): Promise<User> {
  await client.query('begin')
  // Whoever changes roles takes turns; readers go on.
  await client.query('lock table user_roles in share row exclusive mode')
  await client.query('delete from user_roles where user_id = $1', [id])
  await client.query(
    `insert into user_roles (user_id, role)
     select id, unnest($2::text[]) from users where id = $1`,
    [id, [...new Set(roles)]],
  )
  const { rows: users } = await client.query<User>(`${USER} where id = $1`, [id])
  if (!users[0]) throw new Refusal(404, 'no user has this id')
  const { rows: admins } = await client.query("select 1 from user_roles where role = 'admin'")
  if (admins.length === 0) throw new Refusal(409, 'somebody must be admin')
  await client.query('commit')
  return users[0]
}

on('PUT /users/{id}/roles', async (asked) => {
  const { roles } = forRoles.parse(asked.request.body)
  const id = idOf(asked)
  const client = await pool.connect()
  try {
    asked.response.json(await setRoles(client, id, roles))
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
})

on('GET /admin/users', async ({ response }) => {
  response.json(await allUsers())
})

on('GET /admin/export', async ({ response }) => {
  const { rows: parcels } = await pool.query<Parcel>(`select ${PARCEL} from parcels order by id`)
  response.json({ users: await allUsers(), parcels })
})

// ------------------------------------------------------------ everything else

for (const [path, names] of methods) {
  app.all(path, (_request, response) => {
    response.set('Allow', names.join(', '))
    throw new Refusal(405, `this path takes ${names.join(', ')}`)
  })
}
app.use(() => {
  throw new Refusal(404, 'there is nothing here')
})
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  void pool.end()
})
