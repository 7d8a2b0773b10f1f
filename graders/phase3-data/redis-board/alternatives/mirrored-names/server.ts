import Fastify, { type FastifyReply } from 'fastify'
import { Redis } from 'ioredis'

const hour = 3600
const redis = new Redis(process.env.REDIS_URL!, { commandTimeout: 1000, retryStrategy: () => 100, enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null }) as any
redis.on('error', () => {})

// 'a' becomes 'z' and so on, and the end is more than any letter: then reverse order is a, aa, ab, b.
const mirror = (name: string) => [...name].map((c) => String.fromCharCode(0x9f - c.charCodeAt(0))).join('')
const hide = (name: string) => `${mirror(name)}~`
const show = (stored: string) => mirror(stored.slice(0, -1))

redis.defineCommand('deliver', {
  numberOfKeys: 4,
  lua: `
    local today, yesterday, board, recent = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
    local known = redis.call('SISMEMBER', today, ARGV[1]) + redis.call('SISMEMBER', yesterday, ARGV[1])
    if known == 0 then
      redis.call('SADD', today, ARGV[1])
      redis.call('EXPIREAT', today, ARGV[5])
      redis.call('ZINCRBY', board, ARGV[3], ARGV[2])
      redis.call('EXPIREAT', board, ARGV[4])
      redis.call('LPUSH', recent, ARGV[6])
      if redis.call('LLEN', recent) > 20 then redis.call('RPOP', recent) end
      redis.call('EXPIRE', recent, 90000)
    end
    return redis.call('ZSCORE', board, ARGV[2]) or '0'`,
})
redis.defineCommand('claim', {
  numberOfKeys: 1,
  lua: `
    if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
    redis.call('HSET', KEYS[1], ARGV[1], 1)
    redis.call('EXPIREAT', KEYS[1], ARGV[2])
    return 1`,
})
redis.defineCommand('page', {
  numberOfKeys: 1,
  lua: `
    local rows = redis.call('ZREVRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')
    for i = 1, #rows, 2 do
      rows[i + 1] = {rows[i + 1], redis.call('ZCOUNT', KEYS[1], '(' .. rows[i + 1], '+inf')}
    end
    return rows`,
})
redis.defineCommand('standing', {
  numberOfKeys: 1,
  lua: `
    local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
    if not score then return false end
    return {score, redis.call('ZCOUNT', KEYS[1], '(' .. score, '+inf')}`,
})

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const end = (d: string) => new Date(d).getTime() / 1000 + 24 * hour
const board = (d: string) => `pelican:b:${d}`

const dayText = { type: 'string', format: 'date' }
const courier = { type: 'string', pattern: '^[a-z0-9-]{1,40}$' }
const query = {
  type: 'object',
  properties: {
    day: dayText,
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
    offset: { type: 'integer', minimum: 0, maximum: 2 ** 50, default: 0 },
  },
}
const app = Fastify({ ajv: { customOptions: { coerceTypes: false } } })
// Queries are texts, so they are coerced; bodies are not.
app.addHook('preValidation', async (request) => {
  const q = request.query as Record<string, unknown>
  for (const name of ['limit', 'offset']) if (typeof q[name] === 'string') q[name] = q[name] === '' ? NaN : Number(q[name])
})
app.setErrorHandler((error: any, _request, reply) => {
  const status = error.validation ? 400 : (error.statusCode ?? 503)
  reply.code(status).send({ error: String(error.message || error) })
})

const isOpen = (d: string) => [0, 1, 2].some((n) => day(Date.now() - n * 24 * hour * 1000) === d)
const refuse = (reply: FastifyReply) => reply.code(422).send({ error: 'that day is not open' })

app.post('/deliveries', {
  schema: {
    body: {
      type: 'object',
      required: ['id', 'courier', 'points'],
      properties: { id: { type: 'string', pattern: '^[A-Za-z0-9-]{1,64}$' }, courier, points: { type: 'integer', minimum: 1, maximum: 1000 }, day: dayText },
    },
  },
}, async (request, reply) => {
  const { id, courier, points, ...more } = request.body as any
  const [now, before] = [day(Date.now()), day(Date.now() - 24 * hour * 1000)]
  const d = more.day ?? now
  if (!isOpen(d)) return refuse(reply)
  const entry = [id, courier, points].join()
  const score = await redis.deliver(`pelican:ids:${now}`, `pelican:ids:${before}`, board(d), 'pelican:recent', id, hide(courier), points, end(d) + 48 * hour, end(now) + 25 * hour, entry)
  return { score: Number(score), courier, day: d }
})

app.post('/bonus', {
  schema: { body: { type: 'object', required: ['courier'], properties: { courier, day: dayText } } },
}, async (request, reply) => {
  const { courier, day: d = day(Date.now()) } = request.body as any
  if (!isOpen(d)) return refuse(reply)
  const first = await redis.claim(`pelican:bonus:${d}`, courier, end(d) + 72 * hour)
  return first ? { courier, bonus: 5 } : reply.code(409).send({ error: 'no second one' })
})

app.get('/leaderboard', { schema: { querystring: query } }, async (request) => {
  const { day: d = day(Date.now()), limit, offset } = request.query as any
  const flat: any[] = await redis.page(board(d), offset, offset + limit - 1)
  return flat.flatMap((stored, i) => (i % 2 ? [] : [{ courier: show(stored), score: +flat[i + 1][0], rank: flat[i + 1][1] + 1 }]))
})

app.get('/couriers/:courier', { schema: { querystring: query } }, async (request, reply) => {
  const { day: d = day(Date.now()) } = request.query as any
  const found = await redis.standing(board(d), hide((request.params as any).courier))
  return found ? { score: +found[0], rank: found[1] + 1 } : reply.code(404).send({ error: 'not on the board' })
})

app.get('/recent', async () => {
  const lines: string[] = await redis.lrange('pelican:recent', 0, -1)
  return lines.map((line) => line.split(',')).map(([id, courier, points]) => ({ id, courier, points: +points! }))
})

await app.listen({ port: +process.env.PORT!, host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit())
