import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import pg from 'pg'
import { createClient } from 'redis'

const ttl = Number(process.env.CACHE_TTL_SECONDS || 60)
/** A version must outlive every entry that was stored under an older one. */
const versionTtl = ttl + 60
const statuses = ['registered', 'in_transit', 'out_for_delivery', 'delivered']

type Parcel = { code: string; status: string; destination: string }

class HttpError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// ---------------------------------------------------------------- Postgres

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, query_timeout: 10_000 })
db.on('error', (error) => console.error(error.message))

async function many<T extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<T[]> {
  return (await db.query<T>(text, values)).rows
}

// ---------------------------------------------------------------- Redis

const redis = createClient({
  url: process.env.REDIS_URL!,
  disableOfflineQueue: true,
  pingInterval: 1_000,
  socket: {
    connectTimeout: 1_000,
    socketTimeout: 4_000,
    reconnectStrategy: (retries) => Math.min(50 + retries * 100, 1_000),
  },
})
redis.on('error', (error) => console.error(error.message))
// Not awaited: without Redis the server works, only slower.
const connecting = redis.connect().catch(() => {})

/** The `timeout` of this client ends when a command is sent, so a silent Redis needs our own. */
async function quick<T>(command: () => Promise<T>): Promise<T> {
  if (!redis.isReady) throw new Error('redis is away')
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('redis is slow')), 400)
  try {
    return await Promise.race([command(), late])
  } finally {
    clearTimeout(timer)
  }
}

const versionKey = (name: string) => `pelican:version:${name}`
/** Versions are hashed, so a key stays short and plain whatever somebody planted as a version. */
const entryKey = (name: string, version: string) =>
  `pelican:entry:${name}:${createHash('sha1').update(version).digest('base64url')}`

/** Names whose new version did not get through, with their deadline. */
const unsaid = new Map<string, number>()

async function renew(names: string[]): Promise<void> {
  try {
    await quick(() => {
      const all = redis.multi()
      for (const name of names) {
        all.set(versionKey(name), randomBytes(9).toString('base64url'), {
          expiration: { type: 'EX', value: versionTtl },
        })
      }
      return all.exec()
    })
    for (const name of names) unsaid.delete(name)
  } catch {
    for (const name of names) unsaid.set(name, Date.now() + versionTtl * 1_000)
  }
}

setInterval(() => {
  for (const [name, deadline] of unsaid) if (deadline < Date.now()) unsaid.delete(name)
  if (unsaid.size > 0 && redis.isReady) void renew([...unsaid.keys()])
}, 300).unref()

const loading = new Map<string, Promise<unknown>>()

type Check<T> = (value: unknown) => value is T

async function cached<T>(name: string, isRight: Check<T>, load: () => Promise<T>): Promise<T> {
  if (unsaid.has(name)) return load()
  let key: string
  let text: string | null
  try {
    key = entryKey(name, (await quick(() => redis.get(versionKey(name)))) ?? 'none')
    text = await quick(() => redis.get(key))
  } catch {
    return load()
  }
  if (text !== null) {
    try {
      const { value } = JSON.parse(text) as { value: unknown }
      if (isRight(value)) return value
    } catch {
      // Not ours: load and overwrite it.
    }
  }
  // The key has the version in it: nobody joins a load that began before a write was announced.
  const same = loading.get(key)
  if (same) return same as Promise<T>
  const fresh = load().then(async (value) => {
    const seconds = value === null ? Math.min(4, ttl) : ttl
    const expiration = { type: 'EX', value: seconds } as const
    // The version lives longer than what is stored under it.
    const store = redis.multi().set(key, JSON.stringify({ value }), { expiration })
    await quick(() => store.expire(versionKey(name), versionTtl).exec()).catch(() => {})
    return value
  })
  loading.set(key, fresh)
  try {
    return await fresh
  } finally {
    loading.delete(key)
  }
}

// ---------------------------------------------------------------- parcels

const columns = 'code, status, destination'
const isCode = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z0-9-]{4,32}$/.test(value)

function isParcel(value: unknown): value is Parcel {
  const parcel = value as Parcel | null | undefined
  return (
    isCode(parcel?.code) &&
    statuses.includes(parcel.status) &&
    typeof parcel.destination === 'string'
  )
}
const isParcelOrNull = (value: unknown): value is Parcel | null => value === null || isParcel(value)
const isList = (value: unknown): value is Parcel[] =>
  Array.isArray(value) && value.every((each) => isParcel(each))

async function userOf(request: IncomingMessage): Promise<number> {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() === 'bearer' && token) {
    const [user] = await many<{ id: number }>('select id from users where token = $1', [token])
    if (user) return user.id
  }
  throw new HttpError(401, 'who are you?')
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return Object(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  } catch {
    throw new HttpError(400, 'that is not JSON')
  }
}

async function track(code: string): Promise<Parcel> {
  const parcel = isCode(code)
    ? await cached(`track:${code}`, isParcelOrNull, async () => {
        const rows = await many<Parcel>(`select ${columns} from parcels where code = $1`, [code])
        return rows[0] ?? null
      })
    : null
  if (!parcel) throw new HttpError(404, 'unknown code')
  return parcel
}

async function create(userId: number, { code, destination }: Record<string, unknown>) {
  if (!isCode(code)) throw new HttpError(400, 'code: 4 to 32 of A-Z, 0-9 and -')
  if (typeof destination !== 'string' || destination === '' || [...destination].length > 80) {
    throw new HttpError(400, 'destination: 1 to 80 characters')
  }
  const text = `insert into parcels (code, owner_id, destination) values ($1, $2, $3) returning ${columns}`
  const [parcel] = await many<Parcel>(text, [code, userId, destination]).catch((error) => {
    throw error.code === '23505' ? new HttpError(409, 'that code is taken') : error
  })
  await renew([`track:${code}`, `user:${userId}`])
  return parcel
}

async function change(code: string, { status }: Record<string, unknown>) {
  if (!statuses.includes(status as string)) throw new HttpError(400, 'no such status')
  // A transaction where one statement would do: what matters is that the renewal comes after it.
  const client = await db.connect()
  let owner: number
  let parcel: Parcel
  let broken = true
  try {
    await client.query('begin')
    const found = await client.query<Parcel & { owner_id: number }>(
      `select ${columns}, owner_id from parcels where code = $1 for update`,
      [code],
    )
    if (found.rows[0]) {
      await client.query('update parcels set status = $2 where code = $1', [code, status])
    }
    await client.query('commit')
    broken = false
    if (!found.rows[0]) throw new HttpError(404, 'unknown code')
    const { owner_id, ...rest } = found.rows[0]
    owner = owner_id
    parcel = { ...rest, status: status as string }
  } finally {
    client.release(broken)
  }
  await renew([`track:${code}`, `user:${owner}`])
  return parcel
}

// ---------------------------------------------------------------- HTTP

async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname.split('/').slice(1)
  const [first, second] = path
  const route = `${request.method} /${first}${path.length === 2 ? '/:' : ''}`
  let code = ''
  try {
    code = decodeURIComponent(second ?? '')
  } catch {
    throw new HttpError(400, 'bad percent-encoding')
  }
  if (route === 'GET /track/:') return [200, await track(code)]
  if (route === 'POST /parcels') {
    const userId = await userOf(request)
    return [201, await create(userId, await bodyOf(request))]
  }
  if (route === 'PATCH /parcels/:') {
    await userOf(request)
    return [200, await change(code, await bodyOf(request))]
  }
  if (route === 'GET /me/:' && second === 'parcels') {
    const userId = await userOf(request)
    const parcels = await cached(`user:${userId}`, isList, () =>
      many<Parcel>(`select ${columns} from parcels where owner_id = $1`, [userId]),
    )
    return [200, { parcels }]
  }
  throw new HttpError(404, 'not found')
}

function reply(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

const server = createServer((request, response) => {
  answer(request).then(
    ([status, body]) => reply(response, status, body),
    (error) => {
      if (error instanceof HttpError) return reply(response, error.status, { error: error.message })
      console.error(error)
      reply(response, 500, { error: 'something broke on our side' })
    },
  )
})
await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, 500))])
server.listen(Number(process.env.PORT), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeAllConnections()
})
