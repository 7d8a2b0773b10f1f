import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

type Json = Record<string, any>
const LOCK = 'pelican:lock'
const connect = () => {
  const r = new Redis(process.env.REDIS_URL!, { commandTimeout: 1300, connectTimeout: 1000, enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => 400 })
  r.on('error', (e) => console.warn(e.message))
  return r
}
const redis = connect()
// Transactions that watch need a connection to themselves. One is enough: there is one lock.
const writer = connect()
let turn: Promise<unknown> = Promise.resolve()

/** Runs `work` while nobody else writes; what it returns is written if the lock is still ours. */
function alone<T>(work: () => Promise<[commands: string[][], result: () => Promise<T>]>): Promise<T> {
  const mine = turn.then(async () => {
    const token = randomBytes(9).toString('base64url')
    const giveUp = Date.now() + 1400
    while (!(await writer.set(LOCK, token, 'PX', 900, 'NX'))) {
      if (Date.now() > giveUp) throw new Error('busy')
      await sleep(3)
    }
    await writer.watch(LOCK)
    if ((await writer.get(LOCK)) !== token) throw new Error('lost the lock')
    const [commands, result] = await work()
    const m = writer.multi()
    for (const [name, ...args] of [...commands, ['del', LOCK]]) (m as any)[name!](...args)
    const replies = await m.exec()
    if (!replies) throw new Error('lost the lock')
    for (const [error] of replies) if (error) throw error
    return result()
  })
  // A while for the other copy, which waits for the lock as well.
  turn = mine.catch(() => {}).then(() => sleep(6))
  return mine
}

const utc = (ms = Date.now()) => new Date(ms).toISOString().split('T')[0]!
const after = (day: string, hours: number) => String(Date.parse(day) / 1000 + (24 + hours) * 3600)
const sorry = (status: number, detail: string) => Object.assign(new Error(detail), { status })
const check = (ok: unknown, what: string) => { if (!ok) throw sorry(422, `${what}: no`) }
const isDay = (d: unknown) => typeof d === 'string' && /^\d{4}-\d\d-\d\d$/.test(d) && !Number.isNaN(Date.parse(d)) && utc(Date.parse(d)) === d
const isOpen = (d: unknown) => isDay(d) && [0, 1, 2].map((n) => utc(Date.now() - n * 864e5)).includes(d as string)
const isCourier = (c: unknown) => typeof c === 'string' && /^[a-z0-9-]{1,40}$/.test(c)
const board = (day: string) => `pelican:board:${day}`

const routes: Record<string, (input: Json, rest: string) => Promise<unknown>> = {
  async 'POST /deliveries'({ id, courier, points, day = utc() }) {
    check(typeof id === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(id), 'id')
    check(isCourier(courier), 'courier')
    check(Number.isInteger(points) && points >= 1 && points <= 1000, 'points')
    check(isOpen(day), 'day')
    return alone(async () => {
      const key = `pelican:id:${id}`
      const known = await writer.exists(key)
      const score = -Number((await writer.zscore(board(day), courier)) ?? 0)
      if (known) return [[], async () => ({ score })]
      const sum = score + points
      const writes = [
        ['set', key, day, 'EX', '90000'],
        ['zadd', board(day), String(-sum), courier],
        ['expireat', board(day), after(day, 66)],
        ['lpush', 'pelican:recent', JSON.stringify([id, courier, points])],
        ['ltrim', 'pelican:recent', '0', '19'],
        ['expire', 'pelican:recent', '172800'],
      ]
      return [writes, async () => ({ score: sum })]
    })
  },
  async 'POST /bonus'({ courier, day = utc() }) {
    check(isCourier(courier), 'courier')
    check(isOpen(day), 'day')
    return alone(async () => {
      const key = `pelican:bonus:${day}:${courier}`
      if (await writer.exists(key)) return [[], async () => { throw sorry(409, 'had it') }]
      return [[['set', key, '1', 'EXAT', after(day, 48)]], async () => ({ ok: 1 })]
    })
  },
  async 'GET /leaderboard'({ day = utc(), limit = '10', offset = '0' }) {
    check(isDay(day), 'day')
    check(/^\d+$/.test(limit) && +limit >= 1 && +limit <= 100, 'limit')
    check(/^\d+$/.test(offset) && Number.isSafeInteger(+offset), 'offset')
    const to = +offset + +limit - 1
    const flat = await redis.zrange(board(day), +offset, to, 'WITHSCORES')
    if (!flat.length) return []
    let rank = (await redis.zcount(board(day), '-inf', `(${flat[1]}`)) + 1
    const lines = []
    for (let i = 0; i < flat.length; i += 2) {
      if (i && flat[i + 1] !== flat[i - 1]) rank = +offset + i / 2 + 1
      lines.push({ score: -flat[i + 1]!, rank, courier: flat[i] })
    }
    return lines
  },
  async 'GET /couriers'({ day = utc() }, courier) {
    check(isDay(day), 'day')
    const score = await redis.zscore(board(day), courier)
    if (score === null) throw sorry(404, 'nobody')
    return { score: -score, rank: (await redis.zcount(board(day), '-inf', `(${score}`)) + 1 }
  },
  async 'GET /recent'() {
    const list = await redis.lrange('pelican:recent', 0, 19)
    return list.map((text) => JSON.parse(text)).map(([id, courier, points]) => ({ id, courier, points }))
  },
}

http.createServer(async (req, res) => {
  const say = (status: number, body: unknown) => {
    if (!res.writableEnded) res.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body))
  }
  const late = setTimeout(() => say(503, { detail: 'late' }), 1700)
  try {
    const url = new URL(req.url!, 'http://x')
    const [, name, rest = ''] = url.pathname.split('/')
    const run = routes[`${req.method} /${name}`]
    if (!run) throw sorry(404, 'no such thing')
    let input: Json = Object.fromEntries(url.searchParams)
    if (req.method === 'POST') {
      if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')) throw sorry(415, 'JSON, please')
      const chunks: Buffer[] = []
      for await (const chunk of req) chunks.push(chunk)
      try { input = JSON.parse(Buffer.concat(chunks).toString()) } catch { throw sorry(400, 'JSON, please') }
      if (input === null || typeof input !== 'object') throw sorry(400, 'an object, please')
    }
    say(200, await run(input, decodeURIComponent(rest)))
  } catch (e: any) {
    say(e.status ?? 503, { title: 'no', detail: e.message || 'no' })
  } finally {
    clearTimeout(late)
  }
}).listen(+process.env.PORT!, '127.0.0.1')
process.on('SIGTERM', () => process.exit())
