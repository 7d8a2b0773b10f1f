import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import { Pool } from 'pg'

interface Database {
  lockers: { id: number; depot_id: number; parcel: string | null }
  wallets: { id: number; cents: number }
}

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 6 })
pool.on('error', () => {})
pool.on('connect', (client) => void client.on('error', () => {}))
const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })

/** Conflicts are found by Postgres; the work starts anew each time. */
async function serializable<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel('serializable').execute(work)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== '40001' && code !== '40P01') throw error
      await sleep(Math.random() * Math.min(attempt, 10) * 8)
    }
  }
}

class Refusal extends Error {
  statusCode: number
  constructor(statusCode: number, title: string) {
    super(title)
    this.statusCode = statusCode
  }
}

const app = Fastify({ forceCloseConnections: true })
const INT = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }

app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
  const status = error.statusCode ?? 500
  reply
    .status(status)
    .type('application/problem+json')
    .send({ title: status < 500 ? error.message : 'Something went wrong.', status })
})
app.setNotFoundHandler((_request, reply) => reply.status(404).send({ title: 'No such thing.' }))

// To the validator the text 1e309 is Infinity, and that is an integer below every maximum.
app.addHook('preHandler', async (request) => {
  const values = Object.values({ ...(request.params as object), ...(request.body as object) })
  if (values.some((value) => Math.abs(value) === Infinity)) throw new Refusal(400, 'No integer.')
})

app.post<{ Params: { id: number }; Body: { parcel: string } }>(
  '/depots/:id/bookings',
  {
    schema: {
      params: { type: 'object', properties: { id: INT } },
      body: {
        type: 'object',
        required: ['parcel'],
        properties: { parcel: { type: 'string', pattern: '^[A-Z0-9-]{4,32}$' } },
      },
    },
  },
  async (request, reply) => {
    const { id } = request.params
    const { parcel } = request.body
    const found = await serializable(async (trx) => {
      const held = await trx
        .selectFrom('lockers')
        .select(['id', 'depot_id'])
        .where('parcel', '=', parcel)
        .executeTakeFirst()
      if (held) return { locker: held.id, depot: held.depot_id, isNew: false }
      const free = await trx
        .selectFrom('lockers')
        .select('id')
        .where('depot_id', '=', id)
        .where('parcel', 'is', null)
        .orderBy('id')
        .limit(1)
        .executeTakeFirst()
      if (!free) return undefined
      await trx.updateTable('lockers').set({ parcel }).where('id', '=', free.id).execute()
      return { locker: free.id, depot: id, isNew: true }
    })
    if (!found) throw new Refusal(409, 'All lockers are taken.')
    if (found.depot !== id) throw new Refusal(409, 'It is elsewhere.')
    reply.status(found.isNew ? 201 : 200)
    return { locker: found.locker, parcel }
  },
)

app.delete<{ Params: { parcel: string } }>('/bookings/:parcel', async (request, reply) => {
  const { parcel } = request.params
  if (!/^[A-Z0-9-]{4,32}$/.test(parcel)) throw new Refusal(404, 'No such parcel.')
  await serializable((trx) =>
    trx.updateTable('lockers').set({ parcel: null }).where('parcel', '=', parcel).execute(),
  )
  reply.status(204)
})

app.post<{ Body: { from: number; to: number; cents: number } }>(
  '/transfers',
  {
    schema: {
      body: {
        type: 'object',
        required: ['from', 'to', 'cents'],
        properties: { from: INT, to: INT, cents: { type: 'integer', minimum: 1, maximum: 1e9 } },
      },
    },
  },
  async (request, reply) => {
    const { from, to, cents } = request.body
    if (from === to) throw new Refusal(422, 'From a wallet to itself.')
    await serializable(async (trx) => {
      const rows = await trx
        .selectFrom('wallets')
        .selectAll()
        .where('id', 'in', [from, to])
        .execute()
      const source = rows.find((row) => row.id === from)
      const target = rows.find((row) => row.id === to)
      if (!source || !target) throw new Refusal(404, 'No such wallet.')
      if (source.cents < cents) throw new Refusal(409, 'Too little.')
      for (const [{ id }, value] of [
        [source, source.cents - cents],
        [target, target.cents + cents],
      ] as const) {
        await trx.updateTable('wallets').set({ cents: value }).where('id', '=', id).execute()
      }
    })
    reply.status(201)
    return { done: true }
  },
)

app.get<{ Params: { id: number } }>(
  '/wallets/:id',
  { schema: { params: { type: 'object', properties: { id: INT } } } },
  async (request) => {
    const wallet = await db
      .selectFrom('wallets')
      .selectAll()
      .where('id', '=', request.params.id)
      .executeTakeFirst()
    if (!wallet) throw new Refusal(404, 'No such wallet.')
    return wallet
  },
)

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)))
