// Pelican Post's front desk. README.md has the rules, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request } from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const app = express()
app.use(express.json())

/** A refusal: thrown anywhere, answered by the last handler below. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A text of a body. */
function textOf(request: Request, field: string): string {
  const value: unknown = request.body?.[field]
  if (typeof value === 'string') return value
  throw new Refusal(422, `${field} must be a text`)
}

/** A text of a body, of 1 to 200 characters. */
function shortTextOf(request: Request, field: string): string {
  const text = textOf(request, field)
  const { length } = [...text]
  if (length >= 1 && length <= 200) return text
  throw new Refusal(422, `${field} must have 1 to 200 characters`)
}

/** A parameter of the query. */
function parameterOf(request: Request, name: string, usual = ''): string {
  const value = request.query[name] ?? usual
  if (typeof value === 'string') return value
  throw new Refusal(400, `${name} may stand there once`)
}

// ------------------------------------------------------------ what may stand in a statement

/** The columns that a list may be sorted by. */
const SORTS = ['id', 'name', 'city'] as const

function sortOf(request: Request): string {
  const wanted = parameterOf(request, 'sort', 'id')
  // The text that goes into the statement is ours, not the caller's.
  const sort = SORTS.find((column) => column === wanted)
  if (!sort) throw new Refusal(400, `sort must be one of ${SORTS.join(', ')}`)
  return sort
}

function limitOf(request: Request): number {
  const text = parameterOf(request, 'limit', '50')
  const limit = Number(text)
  if (/^[0-9]{1,3}$/.test(text) && limit >= 1 && limit <= 500) return limit
  throw new Refusal(400, 'limit must be a whole number from 1 to 500')
}

function idsOf(request: Request): string[] {
  const ids = parameterOf(request, 'ids').split(',')
  if (ids.length <= 50 && ids.every((id) => /^[0-9]{1,18}$/.test(id))) return ids
  throw new Refusal(400, 'ids must be 1 to 50 whole numbers with commas between')
}

// ------------------------------------------------------------ clerks

app.post('/login', async (request, response) => {
  const { rows } = await pool.query(
    `select id, name from clerks
     where name = $1 and digest = encode(sha256(convert_to(salt || $2, 'UTF8')), 'hex')`,
    [textOf(request, 'name'), textOf(request, 'password')],
  )
  if (!rows[0]) throw new Refusal(401, 'no clerk has this name and password')
  response.json(rows[0])
})

// ------------------------------------------------------------ customers

app.post('/customers', async (request, response) => {
  const { rows } = await pool.query(
    'insert into customers (name, city) values ($1, $2) returning id, name, city',
    [shortTextOf(request, 'name'), shortTextOf(request, 'city')],
  )
  response.status(201).json(rows[0])
})

app.get('/customers', async (request, response) => {
  const { rows } = await pool.query(
    `select id, name, city from customers
     where strpos(name, $1) > 0
     order by ${sortOf(request)}, id
     limit $2`,
    [parameterOf(request, 'search'), limitOf(request)],
  )
  response.json(rows)
})

app.get('/customers/:id/parcels', async (request, response) => {
  const { id } = request.params
  const isId = /^[1-9][0-9]{0,8}$/.test(id)
  const { rows: customers } = await pool.query('select name from customers where id = $1', [
    isId ? id : 0,
  ])
  const [customer] = customers
  if (!customer) throw new Refusal(404, 'no customer has this id')
  const { rows } = await pool.query(
    `select id, sender, town, weight_g as "weightG" from parcels
     where sender = $1
     order by id`,
    [customer.name],
  )
  response.json(rows)
})

// ------------------------------------------------------------ parcels

app.get('/parcels', async (request, response) => {
  const { rows } = await pool.query(
    `select id, sender, town, weight_g as "weightG" from parcels
     where id = any($1::bigint[])
     order by id`,
    [idsOf(request)],
  )
  response.json(rows)
})

// ------------------------------------------------------------ everything else

const METHODS = {
  '/login': 'POST',
  '/customers': 'GET, HEAD, POST',
  '/customers/:id/parcels': 'GET, HEAD',
  '/parcels': 'GET, HEAD',
}
for (const [path, methods] of Object.entries(METHODS)) {
  app.all(path, (_request, response) => {
    response.set('Allow', methods)
    throw new Refusal(405, `this path takes ${methods}`)
  })
}
app.use(() => {
  throw new Refusal(404, 'there is nothing here')
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, message } = error as { status?: number; message: string }
  // Ours, or Express's own about the body; what the driver says stays here.
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
