import express, { type NextFunction, type Request, type Response } from 'express'
import mariadb, { type Connection, SqlError } from 'mariadb'
import { z } from 'zod'

// ------------------------------------------------------------ the database

const at = new URL(process.env.MARIADB_URL!)
const pool = mariadb.createPool({
  host: at.hostname,
  port: Number(at.port || 3306),
  user: decodeURIComponent(at.username),
  password: decodeURIComponent(at.password),
  database: at.pathname.slice(1),
  connectionLimit: 10,
  // The driver's own second is short for a machine that is busy.
  connectTimeout: 15_000,
  acquireTimeout: 20_000,
  initializationTimeout: 20_000,
  // This driver writes a Date as the clock of this machine shows it, so times travel as texts, in UTC.
  dateStrings: true,
  // BIGINT stays a BigInt: a number would round from 2^53 on.
  bigIntAsNumber: false,
  insertIdAsNumber: false,
})

const SCHEMA = [
  `create table if not exists customers (
     id bigint auto_increment primary key,
     email varchar(200) character set ascii collate ascii_general_ci not null unique,
     name varchar(60) character set utf8mb4 not null
   )`,
  `create table if not exists stock (
     sku varchar(20) character set ascii collate ascii_bin primary key,
     quantity bigint not null check (quantity >= 0)
   )`,
  `create table if not exists orders (
     id bigint auto_increment primary key,
     sku varchar(20) character set ascii collate ascii_bin not null,
     qty int not null,
     at datetime(3) not null,
     index (at)
   )`,
]
for (const statement of SCHEMA) await pool.query(statement)

const DUPLICATE = 1062

/** Runs several statements as one: all of them, or none. */
async function transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection()
  try {
    await connection.beginTransaction()
    const result = await work(connection)
    await connection.commit()
    return result
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    await connection.release()
  }
}

// ------------------------------------------------------------ what comes in

/** Refuses a request with this status; the message is for the client. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new Refusal(400, `${path.join('.')} ${message}`.trim())
}

const customerInput = z.object({
  // Printable ASCII, so that no two addresses are the same for one collation and not for another.
  email: z
    .string()
    .max(200)
    .regex(/^[!-?A-~]+@[!-?A-~]+$/),
  // As MariaDB counts: characters, of which JavaScript may need two units each.
  name: z.string().refine((name) => name.length > 0 && [...name].length <= 60, {
    message: 'must have 1 to 60 characters',
  }),
})
const sku = z.string().regex(/^[A-Z0-9-]{1,20}$/)
const amount = z.int().min(1).max(1_000_000)
const orderInput = z.object({ sku, qty: amount, at: z.iso.datetime({ offset: true }).optional() })

const whole = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
const page = z.object({
  limit: whole.pipe(z.number().min(1).max(100)).default(20),
  // However far beyond the end somebody asks, the page there is an empty one.
  offset: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt)
    .default(0n),
})
const period = z.object({ from: z.iso.date(), to: z.iso.date() })
/** An id in its own spelling: MariaDB would read `03` and `3 ` as 3. */
const id = z.string().regex(/^[1-9]\d{0,17}$/)

// ------------------------------------------------------------ what goes out

/** `2026-03-08 23:55:00.000`, as a DATETIME is written; in this schema always UTC. */
type DateTime = string
const toDateTime = (at: Date): DateTime => at.toISOString().slice(0, 23).replace('T', ' ')

type OrderRow = { id: bigint; sku: string; qty: number; at: DateTime }

/** An id is text in JSON: a number there would be rounded by most who read it. */
const shown = ({ id, at, ...rest }: OrderRow) => ({
  id: String(id),
  ...rest,
  at: `${at.replace(' ', 'T')}Z`,
})

const app = express()
app.use(express.json())

app.post('/customers', async (request, response) => {
  const { email, name } = read(customerInput, request.body)
  try {
    const { insertId } = await pool.query('insert into customers (email, name) values (?, ?)', [
      email,
      name,
    ])
    response.status(201).json({ id: String(insertId), email, name })
  } catch (error) {
    if (error instanceof SqlError && error.errno === DUPLICATE) {
      throw new Refusal(409, 'there is a customer with this e-mail address')
    }
    throw error
  }
})

app.get('/customers/:id', async (request, response) => {
  const known = id.safeParse(request.params.id).success
  const [customer] = known
    ? await pool.query('select id, email, name from customers where id = ?', [request.params.id])
    : []
  if (!customer) throw new Refusal(404, 'no such customer')
  response.json({ ...customer, id: String(customer.id) })
})

app.put('/stock/:sku', async (request, response) => {
  const add = read(z.object({ add: amount }), request.body).add
  const [{ quantity }] = await pool.query(
    `insert into stock (sku, quantity) values (?, ?)
     on duplicate key update quantity = quantity + values(quantity)
     returning quantity`,
    [read(sku, request.params.sku), add],
  )
  response.json({ sku: request.params.sku, quantity: Number(quantity) })
})

app.get('/stock/:sku', async (request, response) => {
  const known = sku.safeParse(request.params.sku).success
  const [row] = known
    ? await pool.query('select sku, quantity from stock where sku = ?', [request.params.sku])
    : []
  if (!row) throw new Refusal(404, 'no such article')
  response.json({ sku: row.sku, quantity: Number(row.quantity) })
})

app.post('/orders', async (request, response) => {
  const order = read(orderInput, request.body)
  const when = toDateTime(order.at ? new Date(order.at) : new Date())
  const made = await transaction(async (connection) => {
    // One statement both checks and takes, on the row as it is now, not as a snapshot shows it.
    const { affectedRows } = await connection.query(
      'update stock set quantity = quantity - ? where sku = ? and quantity >= ?',
      [order.qty, order.sku, order.qty],
    )
    if (affectedRows === 0) throw new Refusal(409, `there are not ${order.qty} of ${order.sku}`)
    const [row] = await connection.query(
      'insert into orders (sku, qty, at) values (?, ?, ?) returning id, sku, qty, at',
      [order.sku, order.qty, when],
    )
    return row as OrderRow
  })
  response.status(201).json(shown(made))
})

app.get('/orders', async (request, response) => {
  const { limit, offset } = read(page, request.query)
  const rows: OrderRow[] = await pool.query(
    'select id, sku, qty, at from orders order by id desc limit ? offset ?',
    [limit, offset],
  )
  response.json({ orders: rows.map(shown) })
})

app.get('/report', async (request, response) => {
  const { from, to } = read(period, request.query)
  const rows: { day: string; orders: bigint; qty: string }[] = await pool.query(
    `select date_format(at, '%Y-%m-%d') as day, count(*) as orders, sum(qty) as qty
     from orders where at >= ? and at < ? group by day order by day`,
    [from, to],
  )
  response.json({
    days: rows.map((row) => ({ day: row.day, orders: Number(row.orders), qty: Number(row.qty) })),
  })
})

app.use((_request, _response) => {
  throw new Refusal(404, 'no such resource')
})
app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
  const { status = 500 } = error as Partial<Refusal>
  if (status >= 500) console.error(error)
  response
    .status(status)
    .json({ error: status >= 500 ? 'something went wrong here' : error.message })
})

app.listen(Number(process.env.PORT), '127.0.0.1')
