import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 24 })
pool.on('error', () => {})
await pool.query(`create table if not exists journal (
  line serial primary key, who text not null, what text not null, at timestamptz not null default clock_timestamp(), data jsonb not null)`)
await pool.query('create index if not exists journal_who on journal (who)')

type Data = { id?: string; customer: string; cents: number; charge?: string }
type Line = { what: 'begun' | 'failed' | 'paid' | 'declined'; old: boolean; data: Data }

/** One serializable transaction; where another one came in between, once more. */
async function atomically<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const client = await pool.connect()
    try {
      await client.query('begin isolation level serializable')
      const result = await work(client)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch(() => {})
      if ((error as { code?: string }).code !== '40001' || attempt > 40) throw error
      await sleep(Math.random() * 20)
    } finally {
      client.release()
    }
  }
}

const write = (db: pg.PoolClient | pg.Pool, who: string, what: Line['what'], data: Data) =>
  db.query('insert into journal (who, what, data) values ($1, $2, $3)', [who, what, data])

type Found = 'ours' | { status: number; data?: Data; error?: string }

const begin = (who: string, wish: Data) =>
  atomically<Found>(async (client) => {
    const { rows } = await client.query<Line>(
      `select what, data, at < clock_timestamp() - interval '6 seconds' as old from journal where who = $1 order by line`,
      [who],
    )
    const last = rows.at(-1)
    const end = rows.find(({ what }) => what === 'paid' || what === 'declined')
    const known = end ?? (last?.what === 'begun' && !last.old ? last : undefined)
    if (known && known.data.cents !== wish.cents) return { status: 409, error: 'not the same body' }
    if (end) return end.what === 'paid' ? { status: 201, data: end.data } : { status: 402, error: 'declined' }
    if (known) return { status: 409, error: 'under way' }
    await write(client, who, 'begun', wish)
    return 'ours'
  })

async function ask(who: string, { customer, cents }: Data): Promise<{ what: 'paid' | 'declined' | 'failed'; charge?: string }> {
  try {
    const answer = await fetch(`${process.env.GATEWAY_URL}/charges`, {
      method: 'POST',
      signal: AbortSignal.timeout(1990),
      headers: { 'content-type': 'application/json', 'idempotency-key': who },
      body: JSON.stringify({ customer, cents }),
    })
    const body = await answer.json().catch(() => ({}))
    if (answer.status === 402) return { what: 'declined' }
    return answer.status === 201 && body.id ? { what: 'paid', charge: body.id } : { what: 'failed' }
  } catch {
    return { what: 'failed' }
  }
}

const app = express()
app.use(express.json())
app.all('/payments', async (request, response): Promise<unknown> => {
  if (request.method !== 'POST') return response.status(405).set('Allow', 'POST').json({ error: 'POST only' })
  const token = request.get('Idempotency-Key')
  if (!token || !/^[A-Za-z0-9_-]{8,64}$/.test(token)) return response.status(400).json({ error: 'bad key' })
  const { customer, cents } = request.body ?? {}
  if (typeof customer !== 'string' || !/^[\s\S]{1,40}$/u.test(customer)) return response.status(422).json({ error: 'customer' })
  if (!Number.isInteger(cents) || cents < 1 || cents > 1_000_000) return response.status(422).json({ error: 'cents' })
  const wish = { customer, cents }
  const who = createHash('sha1').update(JSON.stringify({ token, customer })).digest('hex')
  let found = await begin(who, wish)
  for (let tries = 0; tries < 6 && found !== 'ours' && found.error === 'under way'; tries++) {
    await sleep(50)
    found = await begin(who, wish)
  }
  if (found === 'ours') {
    const { what, charge } = await ask(who, wish)
    // A begin that was taken over may have ended already: the first end counts.
    await write(pool, who, what, { ...wish, charge, id: randomBytes(9).toString('base64url') })
    if (what === 'failed') return response.status(504).json({ error: 'unknown' })
    found = await begin(who, wish)
  }
  if (found === 'ours') return response.status(502).json({ error: 'unknown' })
  response.status(found.status).json(found.data ?? { error: found.error })
})
app.all('/payments/:id', async (request, response): Promise<unknown> => {
  if (!['GET', 'HEAD'].includes(request.method)) return response.status(405).set('Allow', 'GET, HEAD').json({ error: 'GET only' })
  const sql = `select data from journal where what = 'paid' and data->>'id' = $1 and not exists
    (select from journal j where j.who = journal.who and j.what in ('paid', 'declined') and j.line < journal.line)`
  const { rows } = /^[\w-]{12}$/.test(request.params.id) ? await pool.query(sql, [request.params.id]) : { rows: [] }
  if (!rows[0]) return response.status(404).json({ error: 'unknown' })
  response.json(rows[0].data)
})
app.use((_request, response) => void response.status(404).json({ error: 'nothing' }))
app.use((error: any, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
  if (!error.status) console.error(error)
  response.status(error.status ?? 500).json({ error: error.status ? error.message : 'oh' })
})
app.listen(Number(process.env.PORT), '127.0.0.1')
