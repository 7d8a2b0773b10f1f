// Pelican Post's parcels, and who may see them. README.md has the rules, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request } from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const app = express()
app.use(express.json())

type User = { id: number; name: string }
type Parcel = { id: number; ownerId: number; destination: string }
const PARCEL = 'id, owner_id as "ownerId", destination'

/** A refusal: thrown anywhere, answered by the last handler below. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The user whose token it is; 401 where it is nobody's. */
async function callerOf(request: Request): Promise<User> {
  const token = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1] ?? ''
  const { rows } = await pool.query<User>('select id, name from users where token = $1', [token])
  if (!rows[0]) throw new Refusal(401, 'a token is needed that a user has')
  return rows[0]
}

/** An id of a path; 404 where it does not have the form of one. */
function idOf(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Refusal(404, 'no parcel has this id')
  return Number(text)
}

async function parcelOf(text: string): Promise<Parcel> {
  const { rows } = await pool.query<Parcel>(`select ${PARCEL} from parcels where id = $1`, [
    idOf(text),
  ])
  if (!rows[0]) throw new Refusal(404, 'no parcel has this id')
  return rows[0]
}

// ------------------------------------------------------------ parcels: who may do that?

// `limit` and `after` are still missing.
app.get('/parcels', async (request, response) => {
  await callerOf(request)
  const { rows } = await pool.query<Parcel>(`select ${PARCEL} from parcels order by id`)
  response.json({ items: rows, total: rows.length })
})

// POST /parcels/lookup is still missing.

app.get('/parcels/:id', async (request, response) => {
  await callerOf(request)
  response.json(await parcelOf(request.params.id))
})

app.get('/parcels/:id/scans', async (request, response) => {
  await callerOf(request)
  const { id } = await parcelOf(request.params.id)
  const { rows } = await pool.query(
    'select id, place from scans where parcel_id = $1 order by id',
    [id],
  )
  response.json(rows)
})

app.get('/parcels/:id/label', async (request, response) => {
  await callerOf(request)
  const { id } = await parcelOf(request.params.id)
  const { rows } = await pool.query('select label from parcels where id = $1', [id])
  response.json(rows[0])
})

app.patch('/parcels/:id', async (request, response) => {
  await callerOf(request)
  const { id } = await parcelOf(request.params.id)
  const { destination } = request.body ?? {}
  if (typeof destination !== 'string' || destination === '' || [...destination].length > 100) {
    throw new Refusal(422, 'destination must be a text of 1 to 100 characters')
  }
  const { rows } = await pool.query<Parcel>(
    `update parcels set destination = $2 where id = $1 returning ${PARCEL}`,
    [id, destination],
  )
  response.json(rows[0])
})

// GET, PUT and DELETE below /parcels/:id/acl are still missing.

// ------------------------------------------------------------ errors

// A path that the README names with another method gets 405 and Allow: that is still missing, too.
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
