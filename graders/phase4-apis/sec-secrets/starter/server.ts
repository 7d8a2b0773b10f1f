// Pelican Post's carriers. It works, and guards nothing. README.md has the rules, schema.sql the tables.
import { createHmac } from 'node:crypto'
import express, { type ErrorRequestHandler, type Request } from 'express'
import pg from 'pg'

const config = {
  port: Number(process.env.PORT ?? 3000),
  upstreamUrl: process.env.UPSTREAM_URL ?? 'http://127.0.0.1:4000',
  databaseUrl: process.env.DATABASE_URL ?? 'postgres://postgres:pw@127.0.0.1:5432/postgres',
  webhookSecret: process.env.WEBHOOK_SECRET ?? 'dev-secret',
  encryptionKey: process.env.ENCRYPTION_KEY ?? 'not used so far',
}
console.log('starting with', config)

const pool = new pg.Pool({ connectionString: config.databaseUrl })
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

app.get('/healthz', (_request, response) => {
  response.json({ status: 'ok' })
})

// ------------------------------------------------------------ webhooks

const PARCEL = /^[A-Z0-9-]{1,30}$/

app.post('/webhooks/carrier', async (request, response) => {
  const body = JSON.stringify(request.body)
  const wanted = `sha256=${createHmac('sha256', config.webhookSecret).update(body).digest('hex')}`
  const given = request.get('X-Signature')
  if (given !== wanted) throw new Refusal(401, `expected ${wanted}, came ${given}`)
  const { parcel, status } = request.body
  if (typeof parcel !== 'string' || !PARCEL.test(parcel)) {
    throw new Refusal(422, 'parcel must have 1 to 30 capitals, digits and hyphens')
  }
  if (typeof status !== 'string' || status === '' || [...status].length > 100) {
    throw new Refusal(422, 'status must have 1 to 100 characters')
  }
  await pool.query(
    `insert into parcels (parcel, status) values ($1, $2)
     on conflict (parcel) do update set status = excluded.status`,
    [parcel, status],
  )
  response.status(202).json({ parcel, status })
})

app.get('/parcels/:parcel', async (request, response) => {
  const { parcel } = request.params
  const { rows } = PARCEL.test(parcel)
    ? await pool.query('select parcel, status from parcels where parcel = $1', [parcel])
    : { rows: [] }
  if (!rows[0]) throw new Refusal(404, 'no webhook has named this parcel')
  response.json(rows[0])
})

// ------------------------------------------------------------ integrations

function nameOf(request: Request<{ name: string }>): string {
  const { name } = request.params
  if (/^[a-z0-9-]{1,30}$/.test(name)) return name
  throw new Refusal(404, 'there is no such integration')
}

async function keyOf(name: string): Promise<string> {
  const { rows } = await pool.query<{ api_key: Buffer }>(
    'select api_key from integrations where name = $1',
    [name],
  )
  if (!rows[0]) throw new Refusal(404, 'there is no such integration')
  return rows[0].api_key.toString('utf8')
}

app.put('/integrations/:name', async (request, response) => {
  const name = nameOf(request)
  const apiKey: unknown = request.body?.apiKey
  if (typeof apiKey !== 'string' || !/^[!-~]{16,200}$/.test(apiKey)) {
    throw new Refusal(422, `apiKey must have 16 to 200 signs of ASCII, and no blanks: ${apiKey}`)
  }
  await pool.query(
    `insert into integrations (name, api_key) values ($1, $2)
     on conflict (name) do update set api_key = excluded.api_key`,
    [name, Buffer.from(apiKey)],
  )
  response.status(204).end()
})

app.get('/integrations/:name', async (request, response) => {
  const name = nameOf(request)
  const apiKey = await keyOf(name)
  response.json({ name, apiKey: `…${apiKey.slice(-4)}` })
})

app.post('/integrations/:name/ping', async (request, response) => {
  const name = nameOf(request)
  const apiKey = await keyOf(name)
  console.log(`ping of ${name} with ${apiKey}`)
  const answer = await fetch(new URL('/ping', config.upstreamUrl), {
    headers: { Authorization: `Bearer ${apiKey}` },
  })
  if (!answer.ok) throw new Refusal(502, await answer.text())
  response.json({ ok: true })
})

// ------------------------------------------------------------ everything else

const METHODS = {
  '/healthz': 'GET, HEAD',
  '/integrations/:name': 'GET, HEAD, PUT',
  '/integrations/:name/ping': 'POST',
  '/webhooks/carrier': 'POST',
  '/parcels/:parcel': 'GET, HEAD',
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

const server = app.listen(config.port, '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  void pool.end()
})
