import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import pg from 'pg'

const TTL = Number(process.env.CACHE_TTL_SECONDS ?? 60)
const STATUSES = ['registered', 'in_transit', 'out_for_delivery', 'delivered']
const CODE = '^[A-Z0-9-]{4,32}$'

type Parcel = { code: string; status: string; destination: string }

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
pool.on('error', () => {})

const redis = new Redis(process.env.REDIS_URL!, {
  commandTimeout: 400,
  connectTimeout: 1_000,
  socketTimeout: 2_500,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: () => 250,
  scripts: {
    // An answer counts only if no write has moved the fence since the question was asked.
    fill: {
      numberOfKeys: 2,
      lua: `
        local fence = redis.call('GET', KEYS[2]) or ''
        if fence ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('HSET', KEYS[1], unpack(ARGV, 3))
        return redis.call('EXPIRE', KEYS[1], ARGV[2])`,
    },
  },
})
redis.on('error', () => {})
type Fill = (
  key: string,
  fence: string,
  seen: string,
  seconds: number,
  ...fields: string[]
) => Promise<number>
const fill = (redis as unknown as { fill: Fill }).fill.bind(redis)

const entryOf = (code: string) => `pelican:t:${code}`
const fenceOf = (code: string) => `pelican:f:${code}`

// -- writes: move the fence and drop the entry; what Redis did not hear is told again later

const unheard = new Set<string>()
let sweepAll = false

async function moveFences(codes: Iterable<string>): Promise<boolean> {
  const all = redis.multi()
  for (const code of codes) {
    all.set(fenceOf(code), randomUUID(), 'EX', TTL + 60)
    all.del(entryOf(code))
  }
  try {
    await all.exec()
    return true
  } catch {
    return false
  }
}

async function written(code: string) {
  if (await moveFences([code])) return
  // Too many to remember: then all entries go at the end of the outage.
  if (unheard.size < 1_000) unheard.add(code)
  else sweepAll = true
}

async function catchUp() {
  if (redis.status !== 'ready') return
  if (unheard.size > 0) {
    const codes = [...unheard]
    if (!(await moveFences(codes))) return
    for (const code of codes) unheard.delete(code)
  }
  if (!sweepAll) return
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', 'pelican:t:*', 'COUNT', 500)
    if (keys.length > 0) await moveFences(keys.map((key) => key.slice('pelican:t:'.length)))
    cursor = next
  } while (cursor !== '0')
  sweepAll = false
}
setInterval(() => catchUp().catch(() => {}), 400).unref()

// -- reads of Postgres: one query at a time; whoever comes meanwhile goes with the next

type Waiter = { code: string; resolve(parcel: Parcel | null): void; reject(error: unknown): void }
let waiting: Waiter[] = []
let busy = false

function load(code: string): Promise<Parcel | null> {
  return new Promise((resolve, reject) => {
    waiting.push({ code, resolve, reject })
    if (!busy) void runBatches()
  })
}

async function runBatches() {
  busy = true
  while (waiting.length > 0) {
    // In a rush most arrive within this time. It also lets the last answer reach the cache, so that
    // a third query for the same rush is not needed.
    await sleep(15)
    const batch = waiting
    waiting = []
    try {
      const { rows } = await pool.query<Parcel>(
        'select code, status, destination from parcels where code = any($1::text[])',
        [[...new Set(batch.map((each) => each.code))]],
      )
      const found = new Map(rows.map((row) => [row.code, row]))
      for (const each of batch) each.resolve(found.get(each.code) ?? null)
    } catch (error) {
      for (const each of batch) each.reject(error)
    }
  }
  busy = false
}

async function track(code: string): Promise<Parcel | null> {
  if (unheard.has(code) || sweepAll) return load(code)
  let fence: string
  try {
    const [entry, fenceSeen] = await Promise.all([
      redis.hmget(entryOf(code), 'known', 'status', 'destination'),
      redis.get(fenceOf(code)),
    ])
    const [known, status, destination] = entry
    if (known === 'no') return null
    if (known === 'yes' && STATUSES.includes(status!) && typeof destination === 'string') {
      return { code, status: status!, destination }
    }
    fence = fenceSeen ?? ''
  } catch {
    return load(code)
  }
  const parcel = await load(code)
  const fields = parcel
    ? ['known', 'yes', 'status', parcel.status, 'destination', parcel.destination]
    : ['known', 'no']
  const seconds = parcel ? TTL : Math.min(TTL, 3)
  await fill(entryOf(code), fenceOf(code), fence, seconds, ...fields).catch(() => {})
  return parcel
}

// -- HTTP

const app = Fastify({ routerOptions: { maxParamLength: 500 } })
const bodyOf = (properties: Record<string, object>) => ({
  body: { type: 'object', required: Object.keys(properties), properties },
})

async function userIdOf(authorization = ''): Promise<number | undefined> {
  if (!/^bearer /i.test(authorization)) return undefined
  const { rows } = await pool.query<{ id: number }>('select id from users where token = $1', [
    authorization.slice('bearer '.length).trim(),
  ])
  return rows[0]?.id
}

app.get<{ Params: { code: string } }>('/track/:code', async ({ params: { code } }, reply) => {
  const parcel = new RegExp(CODE).test(code) ? await track(code) : null
  return parcel ?? reply.code(404).send({ error: 'unknown parcel' })
})

app.get('/me/parcels', async (request, reply) => {
  const userId = await userIdOf(request.headers.authorization)
  if (userId === undefined) return reply.code(401).send({ error: 'unknown token' })
  const { rows } = await pool.query<Parcel>(
    'select code, status, destination from parcels where owner_id = $1',
    [userId],
  )
  return { parcels: rows }
})

app.post<{ Body: { code: string; destination: string } }>(
  '/parcels',
  {
    schema: bodyOf({
      code: { type: 'string', pattern: CODE },
      destination: { type: 'string', minLength: 1, maxLength: 80 },
    }),
  },
  async (request, reply) => {
    const userId = await userIdOf(request.headers.authorization)
    if (userId === undefined) return reply.code(401).send({ error: 'unknown token' })
    const { code, destination } = request.body
    const { rows } = await pool.query<Parcel>(
      `insert into parcels (code, owner_id, destination) values ($1, $2, $3)
       on conflict do nothing returning code, status, destination`,
      [code, userId, destination],
    )
    if (rows.length === 0) return reply.code(409).send({ error: 'that code is taken' })
    await written(code)
    return reply.code(201).send(rows[0])
  },
)

app.patch<{ Params: { code: string }; Body: { status: string } }>(
  '/parcels/:code',
  { schema: bodyOf({ status: { type: 'string', enum: STATUSES } }) },
  async (request, reply) => {
    const userId = await userIdOf(request.headers.authorization)
    if (userId === undefined) return reply.code(401).send({ error: 'unknown token' })
    const { rows } = await pool.query<Parcel>(
      'update parcels set status = $2 where code = $1 returning code, status, destination',
      [request.params.code, request.body.status],
    )
    if (rows.length === 0) return reply.code(404).send({ error: 'unknown parcel' })
    await written(request.params.code)
    return rows[0]
  },
)

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => {
  redis.disconnect()
  void app.close().then(() => pool.end())
})
