import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Request } from 'express'
import { Pool } from 'pg'

const pool = new Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error('lost a connection:', error.message))

const GATEWAY_MS = 2000
/** Longer than the gateway may take, so that nobody takes a payment over that is still under way. */
const LEASE_SECONDS = 4

/** The copies of this server are started one after the other. */
await pool.query(`CREATE TABLE IF NOT EXISTS payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text NOT NULL,
  key text NOT NULL,
  cents integer NOT NULL,
  charge_key uuid NOT NULL,              -- the gateway's, for every try
  leased_until timestamptz NOT NULL,     -- somebody is at it until then
  status integer,                        -- 201 or 402; null until that is known
  charge text,
  UNIQUE (customer, key)
)`)

type Payment = {
  id: string
  customer: string
  key: string
  cents: number
  charge_key: string
  status: number | null
  charge: string | null
}
type Wish = Pick<Payment, 'customer' | 'key' | 'cents'>
/** What the gateway has decided. */
type Outcome = { status: 201; charge: string } | { status: 402; charge: null }

class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// ---------------------------------------------------------------- requests

function wishIn(request: Request): Wish {
  const key = request.get('idempotency-key') ?? ''
  if (!/^[A-Za-z0-9_-]{8,64}$/.test(key)) {
    throw new HttpError(400, 'Idempotency-Key must be 8 to 64 letters, digits, _ or -')
  }
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpError(400, 'send a JSON object')
  }
  const { customer, cents } = body
  const length = typeof customer === 'string' ? [...customer].length : 0
  if (length < 1 || length > 40) {
    throw new HttpError(422, 'customer must be a text of 1 to 40 characters')
  }
  if (!Number.isInteger(cents) || cents < 1 || cents > 1_000_000) {
    throw new HttpError(422, 'cents must be a whole number from 1 to 1000000')
  }
  return { customer, key, cents }
}

// ---------------------------------------------------------------- the table

/** Begins a payment, or takes one over that nobody is at any more; undefined where it is not ours to make. */
async function claim({ customer, key, cents }: Wish): Promise<Payment | undefined> {
  const { rows } = await pool.query<Payment>(
    `INSERT INTO payments (customer, key, cents, charge_key, leased_until)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
     ON CONFLICT (customer, key) DO UPDATE SET leased_until = excluded.leased_until
     WHERE payments.status IS NULL AND payments.cents = excluded.cents
       AND payments.leased_until < now()
     RETURNING *`,
    [customer, key, cents, randomUUID(), LEASE_SECONDS],
  )
  return rows[0]
}

async function find({ customer, key }: Wish): Promise<Payment> {
  const { rows } = await pool.query<Payment>(
    'SELECT * FROM payments WHERE customer = $1 AND key = $2',
    [customer, key],
  )
  return rows[0]!
}

/** Stores what the gateway decided, unless somebody who took the payment over was faster. */
async function store({ id }: Payment, { status, charge }: Outcome): Promise<void> {
  await pool.query(
    'UPDATE payments SET status = $2, charge = $3 WHERE id = $1 AND status IS NULL',
    [id, status, charge],
  )
}

/** Lets the next request try at once. */
async function giveBack({ id }: Payment): Promise<void> {
  await pool.query('UPDATE payments SET leased_until = now() WHERE id = $1', [id])
}

// ---------------------------------------------------------------- the gateway

/** @throws HttpError where nobody knows whether it has charged */
async function charge({ customer, cents, charge_key }: Payment): Promise<Outcome> {
  try {
    const answer = await fetch(`${process.env.GATEWAY_URL}/charges`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': charge_key },
      body: JSON.stringify({ customer, cents }),
      signal: AbortSignal.timeout(GATEWAY_MS),
    })
    const body = (await answer.json()) as { id?: unknown } | null
    if (answer.status === 402) return { status: 402, charge: null }
    if (answer.status === 201 && typeof body?.id === 'string') {
      return { status: 201, charge: body.id }
    }
    console.error(`the gateway answered ${answer.status}`)
  } catch (error) {
    console.error('the gateway did not answer:', (error as Error).message)
  }
  throw new HttpError(502, 'the gateway does not answer as it should')
}

// ---------------------------------------------------------------- payments

async function pay(wish: Wish): Promise<Payment> {
  const own = await claim(wish)
  if (own) {
    const outcome = await charge(own).catch(async (error) => {
      await giveBack(own)
      throw error
    })
    await store(own, outcome)
  }
  const payment = await find(wish)
  if (payment.cents !== wish.cents) {
    throw new HttpError(422, 'this key was used for another payment')
  }
  if (payment.status === null) throw new HttpError(409, 'this payment is under way; ask again')
  return payment
}

const shown = ({ id, customer, cents, charge }: Payment) => ({ id, customer, cents, charge })

const app = express()
app.disable('x-powered-by')
app.use(express.json({ strict: false }))

app
  .route('/payments')
  .post(async (request, response) => {
    const payment = await pay(wishIn(request))
    if (payment.status === 402) throw new HttpError(402, 'the card was declined')
    response.status(201).location(`/payments/${payment.id}`).json(shown(payment))
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'POST a payment here' })
  })

app
  .route('/payments/:id')
  .get(async (request, response) => {
    const { id } = request.params
    // No bigint is longer.
    const known = /^[1-9][0-9]{0,17}$/.test(id)
    const { rows } = known
      ? await pool.query<Payment>('SELECT * FROM payments WHERE id = $1 AND status = 201', [id])
      : { rows: [] }
    if (!rows[0]) throw new HttpError(404, 'there is no such payment')
    response.json(shown(rows[0]))
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'GET, HEAD').json({ error: 'GET a payment here' })
  })

app.use((_request, response) => {
  response.status(404).json({ error: 'there is nothing here' })
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const status = error.status ?? 500
  if (status >= 500 && !(error instanceof HttpError)) console.error(error)
  response.status(status).json({ error: status === 500 ? 'something went wrong' : error.message })
}
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
})
