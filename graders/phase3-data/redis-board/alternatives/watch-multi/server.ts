import { createServer } from 'node:http'
import { createClient, createClientPool } from 'redis'

const HOUR = 3600
const url = process.env.REDIS_URL
const socket = { connectTimeout: 1200, reconnectStrategy: () => 200 }
const reader = createClient({ url, socket, disableOfflineQueue: true })
reader.on('error', (e) => console.log(String(e)))
// WATCH belongs to a connection, so each writer needs one to itself.
const writers = createClientPool({ url, socket, disableOfflineQueue: true }, { minimum: 2, maximum: 12, acquireTimeout: 1200 })
writers.on('error', (e) => console.log(String(e)))

class Refusal extends Error {
  status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
const bad = (what: string): never => { throw new Refusal(400, `${what} is not valid`) }

const iso = (t: number) => new Date(t).toISOString().slice(0, 10)
const endOf = (day: string) => Date.parse(day) / 1000 + 24 * HOUR
function dayFrom(value: unknown, writable: boolean): string {
  if (value === undefined || value === null) return iso(Date.now())
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return bad('day')
  const t = Date.parse(value)
  if (Number.isNaN(t) || iso(t) !== value) return bad('day')
  if (writable && ![0, 1, 2].some((n) => iso(Date.now() - n * 24 * HOUR * 1000) === value)) return bad('day')
  return value
}
const courierFrom = (v: unknown) => (typeof v === 'string' && /^[a-z0-9-]{1,40}$/.test(v) ? v : bad('courier'))
function wholeFrom(query: URLSearchParams, name: string, fallback: number, least: number, most: number) {
  const text = query.get(name)
  if (text === null) return fallback
  const n = /^\d{1,15}$/.test(text) ? Number(text) : -1
  return n >= least && n <= most ? n : bad(name)
}

const board = (day: string) => `pelican:{${day}}:board`

async function deliver(id: string, courier: string, points: number, day: string) {
  const known = `pelican:known:${id}`
  for (let attempt = 0; attempt < 200; attempt++) {
    const done = await writers.execute(async (client) => {
      await client.watch(known)
      if (await client.exists(known)) {
        await client.unwatch()
        return true
      }
      const replies = await client.multi()
        .set(known, day, { expiration: { type: 'EX', value: 25 * HOUR } })
        .zIncrBy(board(day), -points, courier)
        .expireAt(board(day), endOf(day) + 71 * HOUR)
        .lPush('pelican:last', `${id} ${courier} ${points}`)
        .lTrim('pelican:last', 0, 19)
        .expire('pelican:last', 48 * HOUR)
        .exec()
        .catch((error) => {
          if (error.constructor.name === 'WatchError') return null
          throw error
        })
      return replies !== null
    })
    if (done) return { score: Math.abs((await reader.zScore(board(day), courier)) ?? 0), id, day }
  }
  throw new Refusal(503, 'too busy')
}

async function page(day: string, limit: number, offset: number) {
  const rows = await reader.zRangeWithScores(board(day), offset, offset + limit - 1)
  // One question for each row: simple, and it cannot be wrong by a row.
  const better = await Promise.all(rows.map((row) => reader.zCount(board(day), '-inf', `(${row.score}`)))
  return rows.map((row, i) => ({ rank: better[i]! + 1, courier: row.value, score: -row.score, day }))
}

async function route(method: string, url: URL, body: () => Promise<any>): Promise<[number, unknown]> {
  const query = url.searchParams
  const [, first, second] = url.pathname.split('/')
  switch (`${method} ${first}`) {
    case 'POST deliveries': {
      const { id, courier, points, day } = await body()
      if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id) || id.includes('_')) bad('id')
      if (!Number.isInteger(points) || points < 1 || points > 1000) bad('points')
      return [200, await deliver(id, courierFrom(courier), points, dayFrom(day, true))]
    }
    case 'POST bonus': {
      const asked = await body()
      const [courier, day] = [courierFrom(asked.courier), dayFrom(asked.day, true)]
      const key = `pelican:{${day}}:bonus`
      // The set and its expiry come into being together, or not at all.
      const [added] = await reader.multi().sAdd(key, courier).expireAt(key, endOf(day) + 50 * HOUR).exec()
      return Number(added) === 1 ? [200, {}] : [409, { detail: 'only once a day' }]
    }
    case 'GET leaderboard':
      return [200, await page(dayFrom(query.get('day') ?? undefined, false), wholeFrom(query, 'limit', 10, 1, 100), wholeFrom(query, 'offset', 0, 0, 1e9))]
    case 'GET couriers': {
      const day = dayFrom(query.get('day') ?? undefined, false)
      const stored = await reader.zScore(board(day), decodeURIComponent(second ?? ''))
      if (stored === null) return [404, { title: 'nothing yet' }]
      return [200, { score: -stored, rank: 1 + (await reader.zCount(board(day), '-inf', `(${stored}`)) }]
    }
    case 'GET recent': {
      const lines = await reader.lRange('pelican:last', 0, -1)
      return [200, lines.map((line) => line.split(' ')).map(([id, courier, points]) => ({ id, courier, points: Number(points) }))]
    }
  }
  return [404, { error: 'no such page' }]
}

const server = createServer(async (request, response) => {
  const body = async () => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    let value: unknown
    const [type] = (request.headers['content-type'] ?? '').split(';')
    if (type!.trim().toLowerCase() !== 'application/json') bad('type')
    try { value = JSON.parse(text) } catch { bad('JSON') }
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : bad('body')
  }
  const end = ([status, content]: [number, unknown]) => {
    if (response.headersSent) return
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
  }
  const timer = setTimeout(() => end([503, { error: 'Redis is silent' }]), 1400)
  try {
    end(await route(request.method!, new URL(request.url!, 'http://here'), body))
  } catch (error) {
    if (error instanceof Refusal) end([error.status, { error: error.message }])
    else {
      console.log(String(error))
      end([503, { error: 'Redis is in trouble' }])
    }
  }
  clearTimeout(timer)
})
await Promise.all([reader.connect(), writers.connect()])
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
