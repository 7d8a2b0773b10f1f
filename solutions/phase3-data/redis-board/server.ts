// Pelican Post, the couriers' leaderboard. Redis is the only memory, so that copies can share it.
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import { createClient } from 'redis'
import { z } from 'zod'

const HOUR = 3600
const DAY = 24 * HOUR
/** How long after its end a day can be read, in seconds: at least 48 h, at most 72 h. */
const SCORES_KEPT = 60 * HOUR
const IDS_KEPT = DAY
const RECENT_KEPT = DAY
const RECENT = 20
/** The contract allows 2 s until the answer. */
const TIME_LIMIT_MS = 1_000

// ---------------------------------------------------------------- days, in UTC

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const today = () => dayOf(Date.now())
const isOpen = (day: string) => day <= today() && day >= dayOf(Date.now() - 2 * DAY * 1000)

/** When the scores of a day expire, in seconds since 1970. It depends on the day alone. */
const expiryOf = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000 + DAY + SCORES_KEPT

// ---------------------------------------------------------------- Redis

const redis = createClient({
  url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  disableOfflineQueue: true, // not connected: fail at once instead of queueing
  socket: { connectTimeout: 1_000, reconnectStrategy: (tries) => Math.min(tries * 50, 1_000) },
})
// Without a listener, a connection that breaks ends the process. The client connects again by itself.
redis.on('error', (error) => console.error('redis:', error.message))

const boardKey = (day: string) => `pelican:scores:${day}`
const idKey = (id: string) => `pelican:delivery:${id}`
const bonusKey = (day: string, courier: string) => `pelican:bonus:${day}:${courier}`
const RECENT_KEY = 'pelican:recent'

/** All of a delivery or nothing of it: Redis runs a script as a whole, and once sent, it runs. */
const DELIVER = `
  local id, board, recent = KEYS[1], KEYS[2], KEYS[3]
  local courier, points, boardExpiry = ARGV[1], ARGV[2], ARGV[3]
  local entry, recentLength, idSeconds, recentSeconds = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
  if redis.call('SET', id, '', 'NX', 'EX', idSeconds) then
    redis.call('ZINCRBY', board, -points, courier)
    redis.call('EXPIREAT', board, boardExpiry)
    redis.call('LPUSH', recent, entry)
    redis.call('LTRIM', recent, 0, recentLength - 1)
    redis.call('EXPIRE', recent, recentSeconds)
  end
  return redis.call('ZSCORE', board, courier)
`

/** @returns the courier's score on that day */
async function deliver({ id, courier, points, day }: Delivery): Promise<number> {
  const entry = JSON.stringify({ id, courier, points })
  const stored = await redis.eval(DELIVER, {
    keys: [idKey(id), boardKey(day), RECENT_KEY],
    arguments: [courier, points, expiryOf(day), entry, RECENT, IDS_KEPT, RECENT_KEPT].map(String),
  })
  return scoreOf(Number(stored ?? 0))
}

/** @returns false where the courier has had it */
async function giveBonus(courier: string, day: string): Promise<boolean> {
  const expiration = { type: 'EXAT', value: expiryOf(day) } as const
  return (await redis.set(bonusKey(day, courier), '', { condition: 'NX', expiration })) === 'OK'
}

// Scores are stored below zero. Then Redis' own order, by score and by name, is the board's order.
const scoreOf = (stored: number) => (stored === 0 ? 0 : -stored)

/** The rank of all who have this score: one more than there are better ones. */
async function rankOf(day: string, stored: number): Promise<number> {
  return (await redis.zCount(boardKey(day), '-inf', `(${stored}`)) + 1
}

async function leaderboard(day: string, limit: number, offset: number) {
  const page = await redis.zRangeWithScores(boardKey(day), offset, offset + limit - 1)
  if (page.length === 0) return []
  let rank = await rankOf(day, page[0]!.score)
  return page.map(({ value: courier, score }, index) => {
    // Whoever differs from the one before is beaten by everybody before.
    if (index > 0 && score !== page[index - 1]!.score) rank = offset + index + 1
    return { rank, courier, score: scoreOf(score) }
  })
}

async function standing(courier: string, day: string) {
  const stored = await redis.zScore(boardKey(day), courier)
  if (stored === null) return undefined
  return { courier, score: scoreOf(stored), rank: await rankOf(day, stored) }
}

async function recent(): Promise<unknown[]> {
  const entries = await redis.lRange(RECENT_KEY, 0, -1)
  return entries.map((entry) => JSON.parse(entry))
}

/** A silent Redis does not even refuse. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = sleep(TIME_LIMIT_MS, undefined, timer).then(() => {
    throw new Error('Redis did not answer in time')
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    timer.abort()
  }
}

// ---------------------------------------------------------------- HTTP

const Courier = z.string().regex(/^[a-z0-9-]{1,40}$/)
const Day = z.iso.date()
const OpenDay = Day.refine(isOpen, 'no longer, or not yet')
const Delivery = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  courier: Courier,
  points: z.number().int().min(1).max(1000),
  day: OpenDay.default(today),
})
type Delivery = z.infer<typeof Delivery>
const Bonus = z.object({ courier: Courier, day: OpenDay.default(today) })
const Asked = z.object({ day: Day.default(today) })
/** Digits: `Number` alone would take an empty text for 0. */
const Whole = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const Page = Asked.extend({
  limit: Whole.pipe(z.number().min(1).max(100)).default(10),
  offset: Whole.default(0),
})

const app = express()
app.disable('x-powered-by')
app.use(express.json())

app.post('/deliveries', async (request, response) => {
  const delivery = Delivery.parse(request.body)
  response.json({ score: await inTime(deliver(delivery)) })
})

app.get('/leaderboard', async (request, response) => {
  const { day, limit, offset } = Page.parse(request.query)
  response.json(await inTime(leaderboard(day, limit, offset)))
})

app.get('/couriers/:courier', async (request, response) => {
  const { day } = Asked.parse(request.query)
  const found = await inTime(standing(request.params.courier, day))
  if (!found) {
    response.status(404).json({ error: 'no score on that day' })
    return
  }
  response.json(found)
})

app.post('/bonus', async (request, response) => {
  const { courier, day } = Bonus.parse(request.body)
  if (!(await inTime(giveBonus(courier, day)))) {
    response.status(409).json({ error: 'had the bonus of that day already' })
    return
  }
  response.json({ given: true })
})

app.get('/recent', async (_request, response) => {
  response.json(await inTime(recent()))
})

app.use((_request, response) => {
  response.status(404).json({ error: 'not found' })
})

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  if (error instanceof z.ZodError) {
    response.status(422).json({ error: z.prettifyError(error) })
    return
  }
  const status = (error as { status?: number }).status ?? 503
  if (status >= 500) console.error(error)
  response.status(status).json({ error: status < 500 ? 'bad request' : 'try again later' })
})

// ---------------------------------------------------------------- start and stop

await redis.connect()
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => redis.destroy())
  server.closeIdleConnections()
})
