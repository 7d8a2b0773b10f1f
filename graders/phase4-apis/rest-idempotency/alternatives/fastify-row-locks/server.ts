import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 25 })
pool.on('error', (error) => console.error(error.message))
await pool.query(`create table if not exists charges (
  no bigserial primary key, customer text not null, idem text not null, cents int not null,
  ours uuid not null default gen_random_uuid(), declined boolean not null default false, theirs text,
  unique (customer, idem))`)

const app = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } }, exposeHeadRoutes: true })
const schema = {
  type: 'object',
  required: ['customer', 'cents'],
  properties: {
    customer: { type: 'string', minLength: 1, maxLength: 40 },
    cents: { type: 'integer', minimum: 1, maximum: 1_000_000 },
  },
}
type Row = { no: string; customer: string; idem: string; cents: number; ours: string; declined: boolean; theirs: string | null }
const shown = ({ no, customer, cents, theirs }: Row) => ({ id: Number(no), customer, cents, charge: theirs })
const refuse = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

/** undefined: nobody knows. */
async function ask(row: Row): Promise<{ declined: boolean; theirs: string | null } | undefined> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), 2000)
  try {
    const answer = await fetch(new URL('/charges', process.env.GATEWAY_URL), {
      method: 'POST',
      signal: controller.signal,
      headers: { 'Idempotency-Key': `pelican:${row.ours}`, 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ cents: row.cents, customer: row.customer }),
    })
    if (answer.status === 402) return { declined: true, theirs: null }
    if (answer.status !== 201) return undefined
    const { id } = JSON.parse(await answer.text())
    return { declined: false, theirs: id }
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

app.post<{ Body: { customer: string; cents: number } }>('/payments', { schema: { body: schema } }, async (request, reply) => {
  const idem = request.headers['idempotency-key']
  if (typeof idem !== 'string' || !/^[a-z0-9_-]{8,64}$/i.test(idem)) throw refuse(400, 'the key is missing or malformed')
  const { customer, cents } = request.body
  const insert = 'insert into charges (customer, idem, cents) values ($1, $2, $3) on conflict do nothing'
  await pool.query(insert, [customer, idem, cents])
  const row = await decided(customer, idem, cents)
  if (row.declined) return reply.code(402).send({ message: 'declined' })
  return reply.code(201).send(shown(row))
})

/** The payment with its outcome, which is stored when this is over. */
async function decided(customer: string, idem: string, cents: number): Promise<Row> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query<Row>('select * from charges where customer = $1 and idem = $2 for update', [customer, idem])
    let row = rows[0]!
    if (row.cents !== cents) throw refuse(422, 'this key has another body')
    if (!row.declined && row.theirs === null) {
      const outcome = await ask(row)
      if (!outcome) throw refuse(502, 'the gateway has failed')
      await client.query('update charges set declined = $2, theirs = $3 where no = $1', [row.no, outcome.declined, outcome.theirs])
      row = { ...row, ...outcome }
    }
    return row
  } finally {
    await client.query('commit')
    client.release()
  }
}

app.get<{ Params: { no: string } }>('/payments/:no', async ({ params }) => {
  const rows = /^[1-9]\d{0,14}$/.test(params.no)
    ? (await pool.query<Row>('select * from charges where no = $1 and theirs is not null', [params.no])).rows
    : []
  if (!rows[0]) throw refuse(404, 'no such payment')
  return shown(rows[0])
})

const others = (url: string, allow: string[]) =>
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((method) => !allow.includes(method)) as 'PUT'[],
    url,
    // Before a body is read.
    onRequest: async (_request, reply) => reply.code(405).header('Allow', allow.join(', ')).send({ error: 'not this method' }),
    handler: () => {},
  })
others('/payments', ['POST'])
others('/payments/:no', ['GET', 'HEAD'])
app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
  const { statusCode = 500 } = error
  if (statusCode >= 500) console.error(error)
  reply.code(statusCode).send({ error: error.message || 'oh' })
})

process.once('SIGTERM', () => app.close())
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
