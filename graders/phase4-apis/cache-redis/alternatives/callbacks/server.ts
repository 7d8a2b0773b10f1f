// Pelican Post, tracking behind a cache. Postgres is the truth; Redis only saves it work.
import express, { type NextFunction, type Request, type Response } from 'express'
import pg from 'pg'
import { createClient } from 'redis'

type Row = { code: string; status: string; destination: string }
type Answer = (error: Error | null, row?: Row) => void
type Wish = { [name: string]: unknown }
/** What Redis said of a code: its clock, the time of the last write, perhaps an entry. */
type Look = { at: string; written: string; hit: boolean; row?: Row }
type Load = { begun: number; written: string; waiting: Answer[] }

const ttl = Number(process.env.CACHE_TTL_SECONDS) * 1000
const unknownTtl = Math.min(ttl, 4500)
const statuses = ['registered', 'in_transit', 'out_for_delivery', 'delivered']
/** Stands in the field `status` of a code that does not exist. */
const UNKNOWN = '-'
/** Stands for the time of the last write where Redis holds something else in its place. */
const UNCLEAR = 'unclear'

// ---- Postgres

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  connectionTimeoutMillis: 3000,
})
pool.on('error', () => {
  // An idle connection broke; the pool has thrown it away.
})

function query(text: string, values: unknown[], done: (error: Error | null, rows: any[]) => void) {
  pool.query(text, values, (error: Error | null, result: pg.QueryResult) => {
    done(error ?? null, error ? [] : result.rows)
  })
}

function select(code: string, done: Answer) {
  const text = 'select code, status, destination from parcels where code = $1'
  query(text, [code], (error, rows) => done(error, rows[0]))
}

// ---- Redis

const client = createClient({
  url: process.env.REDIS_URL,
  disableOfflineQueue: true,
  socket: { connectTimeout: 1000, reconnectStrategy: 300 },
})
client.on('error', () => {
  // It connects again by itself.
})
client.connect().catch(() => {})
const legacy = client.legacy()

// What all three scripts begin with. Times are microseconds of the clock of Redis.
const prelude = `
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local entry, mark = KEYS[1], KEYS[2]
  local written = redis.pcall('GET', mark)
  if type(written) == 'table' or written and not written:match('^%d+$') then written = '${UNCLEAR}' end
`
const lookScript = `${prelude}
  local kind = redis.call('TYPE', entry).ok
  if kind ~= 'hash' then
    redis.call('DEL', entry)
  end
  local found = redis.call('HMGET', entry, 'code', 'status', 'destination')
  return { string.format('%.0f', now), written or '', found[1] or '', found[2] or '', found[3] or '' }
`
// ARGV: the time of the look, milliseconds to live from then on, code, status, destination.
// A write younger than MARK_LIFE has left its time, so a load older than LOAD_LIFE could have missed one.
const LOAD_LIFE = 3900
const MARK_LIFE = 4900
const keepScript = `${prelude}
  local look = tonumber(ARGV[1])
  local age = (now - look) / 1000
  local left = math.floor(ARGV[2] - age)
  if age < 0 or age > ${LOAD_LIFE} or left < 1 then return 0 end
  if written and (written == '${UNCLEAR}' or look <= tonumber(written)) then return 0 end
  redis.call('DEL', entry)
  redis.call('HSET', entry, 'code', ARGV[3], 'status', ARGV[4], 'destination', ARGV[5])
  redis.call('PEXPIRE', entry, left)
  return 1
`
const forgetScript = `${prelude}
  redis.call('SET', mark, string.format('%.0f', now), 'PX', ${MARK_LIFE})
  redis.call('DEL', entry)
  return 1
`

/** Runs a script and gives up after `limit`; `done` is called once. */
function run(
  script: string,
  code: string,
  args: string[],
  limit: number,
  done: (error: Error | null, reply?: any) => void,
) {
  if (!client.isReady) return done(new Error('no Redis'))
  let over = false
  const finish = (error: Error | null, reply?: any) => {
    if (over) return
    over = true
    clearTimeout(timer)
    done(error, reply)
  }
  const timer = setTimeout(() => finish(new Error('Redis is slow')), limit)
  const keys = [`pelican:entry:${code}`, `pelican:written:${code}`]
  legacy.sendCommand(['EVAL', script, '2', ...keys, ...args], finish)
}

/** After a look that failed, readers leave Redis alone for a moment. Writers never do. */
let restUntil = 0
/** Goes up with each connection: a Redis that was restarted may have lost the times of writes. */
let connections = 0
client.on('ready', () => {
  connections++
  restUntil = 0
})

function look(code: string, done: (error: Error | null, seen?: Look) => void) {
  if (Date.now() < restUntil) return done(new Error('no Redis for now'))
  run(lookScript, code, [], 250, (error, reply) => {
    if (error) {
      restUntil = Date.now() + 400
      return done(error)
    }
    const [at, written, itsCode, status, destination] = reply.map(String)
    const row = { code, status, destination }
    if (itsCode !== code) done(null, { at, written, hit: false })
    else if (status === UNKNOWN) done(null, { at, written, hit: true })
    else if (statuses.includes(status)) done(null, { at, written, hit: true, row })
    else done(null, { at, written, hit: false })
  })
}

// ---- The cache

const loads = new Map<string, Load>()
/** Codes whose entry could not be removed after a write, with the number of that write. */
const owed = new Map<string, number>()
let writes = 0

function read(code: string, done: Answer) {
  if (owed.has(code)) return select(code, done)
  const connection = connections
  look(code, (error, seen) => {
    if (error || !seen) return select(code, done)
    if (seen.hit) return done(null, seen.row)
    // Who sees the same last write as the load saw has missed none in between, as long as its time is kept.
    const running = loads.get(code)
    const young = running && Date.now() - running.begun < LOAD_LIFE
    if (young && running.written === seen.written && seen.written !== UNCLEAR) {
      running.waiting.push(done)
      return
    }
    const load: Load = { begun: Date.now(), written: seen.written, waiting: [done] }
    loads.set(code, load)
    const finish: Answer = (failure, row) => {
      if (loads.get(code) === load) loads.delete(code)
      for (const answer of load.waiting) answer(failure, row)
    }
    select(code, (failure, row) => {
      if (failure || connection !== connections) return finish(failure, row)
      const life = String(row ? ttl : unknownTtl)
      const entry = [code, row?.status ?? UNKNOWN, row?.destination ?? '']
      run(keepScript, code, [seen.at, life, ...entry], 250, () => finish(null, row))
    })
  })
}

function forget(code: string, done: () => void) {
  run(forgetScript, code, [], 700, (error) => {
    if (error) owed.set(code, ++writes)
    done()
  })
}

setInterval(() => {
  for (const [code, write] of owed) {
    run(forgetScript, code, [], 400, (error) => {
      if (!error && owed.get(code) === write) owed.delete(code)
    })
  }
}, 500).unref()

// ---- HTTP

const app = express()
app.disable('x-powered-by').disable('etag')

app.use((_request, _response, next) => {
  setTimeout(next, 100)
})
app.use(express.json())

/** Sends JSON in two pieces. */
function send(response: Response, status: number, content: object) {
  const text = Buffer.from(JSON.stringify(content))
  response.status(status).type('json')
  response.write(text.subarray(0, text.length / 2))
  setImmediate(() => response.end(text.subarray(text.length / 2)))
}

function fail(response: Response, status: number, detail: string) {
  send(response, status, { ok: false, detail })
}

function show({ code, status, destination }: Row) {
  return { destination, status, code }
}

function isCode(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Z0-9-]{4,32}$/.test(text)
}

function signIn(request: Request, response: Response, next: NextFunction) {
  const token = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1]
  if (!token) return fail(response, 401, 'sign in first')
  query('select id from users where token = $1', [token], (error, rows) => {
    if (error) return next(error)
    if (!rows[0]) return fail(response, 401, 'nobody has this token')
    response.locals.user = rows[0].id
    next()
  })
}

/** Runs a statement that writes one parcel, and has its entry forgotten before anybody hears of it. */
function write(code: string, text: string, values: unknown[], done: Answer) {
  query(text, values, (error, rows) => {
    // After an error the write may be there or not.
    if (error || rows[0]) forget(code, () => done(error, rows[0]))
    else done(null)
  })
}

app.get('/track/:code', (request, response, next) => {
  const { code } = request.params
  if (!isCode(code)) return fail(response, 400, 'that is no code')
  read(code, (error, row) => {
    if (error) next(error)
    else if (!row) fail(response, 404, 'no such parcel')
    else send(response, 200, { ok: true, ...show(row) })
  })
})

app.get('/me/parcels', signIn, (_request, response, next) => {
  const text =
    'select code, status, destination from parcels where owner_id = $1 order by md5(code)'
  query(text, [response.locals.user], (error, rows) => {
    if (error) next(error)
    else send(response, 200, { ok: true, parcels: rows.map(show) })
  })
})

app.post('/parcels', signIn, (request, response, next) => {
  const { code, destination }: Wish = request.body ?? {}
  const size = typeof destination === 'string' ? [...destination].length : 0
  if (!isCode(code)) return fail(response, 400, 'code: 4 to 32 of A-Z, 0-9 and -')
  if (size < 1 || size > 80) return fail(response, 400, 'destination: 1 to 80 characters')
  if (String(destination).includes('\0')) return fail(response, 400, 'destination: there is a NUL')
  const text = `insert into parcels (code, owner_id, destination) values ($1, $2, $3)
    on conflict do nothing returning code, status, destination`
  write(code, text, [code, response.locals.user, destination], (error, row) => {
    if (error) next(error)
    else if (!row) fail(response, 409, 'this code is taken')
    else send(response, 201, { ok: true, ...show(row) })
  })
})

app.patch('/parcels/:code', signIn, (request, response, next) => {
  const { code } = request.params
  const { status }: Wish = request.body ?? {}
  if (!isCode(code)) return fail(response, 400, 'that is no code')
  if (!statuses.includes(status as string)) return fail(response, 400, `status: ${statuses}`)
  const text = 'update parcels set status = $2 where code = $1 returning code, status, destination'
  write(code, text, [code, status], (error, row) => {
    if (error) next(error)
    else if (!row) fail(response, 404, 'no such parcel')
    else send(response, 200, { ok: true, ...show(row) })
  })
})

app.use((_request, response) => {
  fail(response, 404, 'nothing here')
})

app.use((error: any, _request: Request, response: Response, _next: NextFunction) => {
  if (error.status >= 400 && error.status < 500) fail(response, error.status, error.message)
  else fail(response, 502, 'Postgres is away')
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  pool.end(() => {})
  client.destroy()
})
