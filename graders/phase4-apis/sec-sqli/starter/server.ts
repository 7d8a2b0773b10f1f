// Pelican Post's front desk. It works, and it has six holes. README.md has the rules, schema.sql the tables.
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

// ------------------------------------------------------------ clerks

app.post('/login', async (request, response) => {
  const name = textOf(request, 'name')
  const password = textOf(request, 'password')
  const { rows } = await pool.query(
    `select id, name from clerks
     where name = '${name}' and digest = encode(sha256(convert_to(salt || '${password}', 'UTF8')), 'hex')`,
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
  const search = parameterOf(request, 'search')
  const sort = parameterOf(request, 'sort', 'id')
  const limit = parameterOf(request, 'limit', '50')
  const { rows } = await pool.query(
    `select id, name, city from customers
     where name like '%${search}%'
     order by ${sort}, id
     limit ${limit}`,
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
     where sender = '${customer.name}'
     order by id`,
  )
  response.json(rows)
})

// ------------------------------------------------------------ parcels

app.get('/parcels', async (request, response) => {
  const ids = parameterOf(request, 'ids')
  const { rows } = await pool.query(
    `select id, sender, town, weight_g as "weightG" from parcels
     where id in (${ids})
     order by id`,
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
  const { status = 500, message } = error as { status?: number; message: string }
  console.error(error)
  response.status(status).json({ error: message })
}
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  void pool.end()
})
