// Pelican Post's office. README.md has the matrix, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request } from 'express'
import jwt from 'jsonwebtoken'
import pg from 'pg'

const secret = process.env.JWT_SECRET
if (!secret) throw new Error('JWT_SECRET is not set')
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const app = express()
app.use(express.json())

type User = { id: number; name: string; roles: string[] }
type Parcel = {
  id: number
  customerId: number
  courierId: number | null
  address: string
  status: string
}
const USER = `select id, name,
  array(select role from user_roles where user_id = users.id order by role) as roles from users`
const PARCEL = 'id, customer_id as "customerId", courier_id as "courierId", address, status'

/** A refusal: thrown anywhere, answered by the last handler below. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The id that a right token names; 401 where there is none. */
function subjectOf(request: Request): string {
  const token = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1]
  try {
    return String(jwt.verify(token!, secret!, { algorithms: ['HS256'] }).sub)
  } catch {
    throw new Refusal(401, 'a valid token is needed')
  }
}

async function callerOf(request: Request): Promise<User> {
  const { rows } = await pool.query<User>(`${USER} where id::text = $1`, [subjectOf(request)])
  if (!rows[0]) throw new Refusal(401, 'a valid token is needed')
  return rows[0]
}

/** An id of a path; 404 where it does not have the form of one. */
function idOf(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Refusal(404, 'nothing has this id')
  return Number(text)
}

/** A text of a body, of so many characters. */
function textOf(value: unknown, most: number): string {
  if (typeof value === 'string' && value !== '' && [...value].length <= most) return value
  throw new Refusal(422, `must be a text of 1 to ${most} characters`)
}

function found(parcels: Parcel[]): Parcel {
  if (!parcels[0]) throw new Refusal(404, 'no parcel has this id')
  return parcels[0]
}

// ------------------------------------------------------------ parcels: who may do that?

app.post('/parcels', async (request, response) => {
  const { id } = await callerOf(request)
  const { rows } = await pool.query<Parcel>(
    `insert into parcels (customer_id, address) values ($1, $2) returning ${PARCEL}`,
    [id, textOf(request.body?.address, 100)],
  )
  response.status(201).json(rows[0])
})

app.get('/parcels', async (request, response) => {
  await callerOf(request)
  const { rows } = await pool.query<Parcel>(`select ${PARCEL} from parcels`)
  response.json(rows)
})

app.get('/parcels/:id', async (request, response) => {
  await callerOf(request)
  const id = idOf(request.params.id)
  const { rows } = await pool.query<Parcel>(`select ${PARCEL} from parcels where id = $1`, [id])
  response.json(found(rows))
})

app.patch('/parcels/:id', async (request, response) => {
  await callerOf(request)
  const { rows } = await pool.query<Parcel>(
    `update parcels set address = $2 where id = $1 returning ${PARCEL}`,
    [idOf(request.params.id), textOf(request.body?.address, 100)],
  )
  response.json(found(rows))
})

app.delete('/parcels/:id', async (request, response) => {
  await callerOf(request)
  const { rows } = await pool.query<Parcel>(
    `delete from parcels where id = $1 returning ${PARCEL}`,
    [idOf(request.params.id)],
  )
  found(rows)
  response.status(204).end()
})

// PUT /parcels/{id}/status, PUT /parcels/{id}/courier and GET /couriers are still missing.

// ------------------------------------------------------------ users

app.get('/me', async (request, response) => {
  response.json(await callerOf(request))
})

app.get('/admin/export', async (request, response) => {
  await callerOf(request)
  const { rows: users } = await pool.query<User>(USER)
  const { rows: parcels } = await pool.query<Parcel>(`select ${PARCEL} from parcels`)
  response.json({ users, parcels })
})

// PATCH /me, POST /users, PUT /users/{id}/roles and GET /admin/users are still missing.

// ------------------------------------------------------------ errors

// A path of the matrix with another method gets 405 and Allow: that is still missing, too.
app.use(() => {
  throw new Refusal(404, 'there is nothing here')
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, message } = error as { status?: number; message: string }
  if (status && status >= 400 && status < 500) {
    response.status(status).json({ error: message })
    return
  }
  console.error(error)
  response.status(500).json({ error: 'something went wrong on our side' })
}
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  void pool.end()
})
