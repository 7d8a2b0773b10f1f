import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { z } from 'zod'

const redis = new Redis(process.env.REDIS_URL!, {
  commandTimeout: 900,
  connectTimeout: 900,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 250,
})
redis.on('error', (error) => console.error(error.message))

const DAY_MS = 86_400_000
const utc = (back = 0) => new Date(Date.now() - back * DAY_MS).toISOString().slice(0, 10)
const ends = (day: string) => Math.round(Date.parse(`${day}T24:00:00Z`) / 1000)

const AnyDay = z.iso.date().default(() => utc())
const OpenDay = AnyDay.refine((day) => [utc(), utc(1), utc(2)].includes(day))
const Courier = z.string().regex(/^[a-z0-9-]{1,40}$/)
const Post = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  courier: Courier,
  points: z.int().min(1).max(1000),
  day: OpenDay,
})
const Claim = z.object({ courier: Courier, day: OpenDay })
const whole = z.string().regex(/^\d{1,9}$/).transform(Number)
const Query = z.object({
  day: AnyDay,
  limit: whole.refine((n) => n >= 1 && n <= 100).default(10),
  offset: whole.default(0),
})

async function all(transaction: ReturnType<Redis['multi']>): Promise<unknown[]> {
  const replies = await transaction.exec()
  if (!replies) throw new Error('Redis gave nothing')
  return replies.map(([error, value]) => {
    if (error) throw error
    return value
  })
}

const app = Fastify()
app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
  if (error instanceof z.ZodError) return reply.code(422).send({ message: error.message })
  const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 503
  return reply.code(status).send({ message: error.message || 'later, please' })
})

app.post('/deliveries', async (request) => {
  const asked = Post.parse(request.body)
  // 1. The record. The first one stands; the others work with what it says.
  const key = `pelican:record:${asked.id}`
  const record = JSON.stringify({ ...asked, at: Date.now() })
  await redis.set(key, record, 'EX', 30 * 3600, 'NX')
  const { id, courier, points, day, at } = JSON.parse((await redis.get(key)) ?? record)

  // 2. What the courier's day is made of.
  const parts = `pelican:parts:${day}:${courier}`
  const [, , values] = (await all(
    redis.multi().hset(parts, id, points).expireat(parts, ends(day) + 72 * 3600).hvals(parts),
  )) as [unknown, unknown, string[]]
  const sum = values.reduce((total, one) => total + Number(one), 0)

  // 3. Sums only grow: one that comes late never replaces a greater one.
  await all(
    redis.multi()
      .zadd(`pelican:board:${day}`, 'LT', -sum, courier)
      .expireat(`pelican:board:${day}`, ends(day) + 72 * 3600)
      .zadd('pelican:recent', at, JSON.stringify({ id, courier, points, day }))
      .zremrangebyrank('pelican:recent', 0, -21)
      .expire('pelican:recent', 30 * 3600),
  )
  const score = await redis.zscore(`pelican:board:${asked.day}`, asked.courier)
  return { score: Math.abs(Number(score ?? 0)) }
})

const rank = async (day: string, stored: number | string) =>
  (await redis.zcount(`pelican:board:${day}`, '-inf', `(${stored}`)) + 1

app.get('/leaderboard', async (request) => {
  const { day, limit, offset } = Query.parse(request.query)
  const flat = await redis.zrange(`pelican:board:${day}`, offset, offset + limit - 1, 'WITHSCORES')
  const lines: { place: number; rank: number; courier: string; score: number }[] = []
  for (let at = 0; at < flat.length; at += 2) {
    const [courier, stored] = [flat[at]!, flat[at + 1]!]
    const above = lines.at(-1)
    const same = above?.score === -Number(stored)
    lines.push({
      place: offset + at / 2 + 1,
      rank: same ? above!.rank : await rank(day, stored),
      courier,
      score: -Number(stored),
    })
  }
  return lines
})

app.get<{ Params: { courier: string } }>('/couriers/:courier', async (request, reply) => {
  const { day } = Query.parse(request.query)
  const stored = await redis.zscore(`pelican:board:${day}`, request.params.courier)
  if (stored === null) return reply.code(404).send({ message: 'no deliveries' })
  return { courier: request.params.courier, day, score: -Number(stored), rank: await rank(day, stored) }
})

app.post('/bonus', async (request, reply) => {
  const { courier, day } = Claim.parse(request.body)
  const left = ends(day) + 49 * 3600 - Math.floor(Date.now() / 1000)
  if (!(await redis.set(`pelican:bonus:${day}:${courier}`, '1', 'EX', left, 'NX'))) {
    return reply.code(409).send({ message: 'already given' })
  }
  return { given: true }
})

app.get('/recent', async () => {
  const found = await redis.zrevrange('pelican:recent', 0, 19)
  return found.map((text) => JSON.parse(text))
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', async () => {
  redis.disconnect()
  await app.close()
})
