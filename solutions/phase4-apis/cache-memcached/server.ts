// Pelican Post, prices behind memcached. Postgres is the truth; memcached only saves it work.
import { createHash, randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import pg from 'pg'
import { z } from 'zod'

const DAY = 24 * 3600
const PRICE_SECONDS = 60
const CATALOG_SECONDS = 60
const SETTINGS_SECONDS = 45 * DAY
const GENERATION_SECONDS = DAY
/** memcached takes items of 1 MiB, key and head included. */
const PART_BYTES = 512 * 1024
/** A cache that takes longer is none. */
const PATIENCE_MS = 600

const Route = z.string().refine((text) => text !== '' && [...text].length <= 1000, {
  error: 'a text of 1 to 1,000 characters, please',
})
const Price = z.object({ route: Route, cents: z.int().min(0).max(1_000_000) })

// ---------------------------------------------------------------- Postgres

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  connectionTimeoutMillis: 3_000,
  statement_timeout: 10_000,
})
// Without a listener, an idle connection that breaks ends the process.
pool.on('error', (error) => console.error('postgres:', error.message))

async function loadPrice(route: string): Promise<number | null> {
  const { rows } = await pool.query('select cents from prices where route = $1', [route])
  return rows[0]?.cents ?? null
}

async function loadCatalog(): Promise<string> {
  const { rows: products } = await pool.query('select sku, name, cents from products')
  return JSON.stringify({ products })
}

async function loadSettings(): Promise<string> {
  const { rows: settings } = await pool.query('select name, value from settings')
  return JSON.stringify({ settings })
}

// ---------------------------------------------------------------- memcached

/** What came in answer to a command, and how many bytes of the stream it was; undefined: more is to come. */
type Reply = { reply: Buffer | string | null; length: number } | undefined
type Waiting = {
  read(bytes: Buffer): Reply
  resolve(reply: Buffer | string | null): void
  reject(error: Error): void
}

function readLine(bytes: Buffer): { reply: string; length: number } | undefined {
  const end = bytes.indexOf('\r\n')
  return end < 0 ? undefined : { reply: bytes.toString('latin1', 0, end), length: end + 2 }
}

/** `VALUE <key> <flags> <bytes>`, the bytes and `END`; or `END` alone. */
function readValue(bytes: Buffer): Reply {
  const line = readLine(bytes)
  if (!line) return undefined
  const [word, , , size] = line.reply.split(' ')
  if (word === 'END') return { reply: null, length: line.length }
  if (word !== 'VALUE') return line
  const end = line.length + Number(size)
  const length = end + '\r\nEND\r\n'.length
  return bytes.length < length ? undefined : { reply: bytes.subarray(line.length, end), length }
}

/** The text protocol on one connection, which is replaced as soon as it breaks or falls silent. */
class Memcached {
  readonly #address: { host: string; port: number }
  #socket: Socket | undefined
  /** Commands that wait for their answers, which come in turn. */
  #waiting: Waiting[] = []
  #bytes: Buffer = Buffer.alloc(0)

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#address = { host: hostname, port: Number(port) || 11_211 }
    this.#connect()
  }

  get isConnected(): boolean {
    return this.#socket !== undefined
  }

  #connect(): void {
    const socket = connect({ ...this.#address, noDelay: true })
    const late = setTimeout(() => socket.destroy(), 2_000)
    socket.on('connect', () => {
      clearTimeout(late)
      this.#socket = socket
    })
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => {
      clearTimeout(late)
      this.#socket = undefined
      this.#bytes = Buffer.alloc(0)
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('memcached hung up'))
      setTimeout(() => this.#connect(), 300).unref()
    })
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    for (;;) {
      const found = this.#waiting[0]?.read(this.#bytes)
      if (!found) return
      this.#bytes = this.#bytes.subarray(found.length)
      this.#waiting.shift()!.resolve(found.reply)
    }
  }

  #ask(command: string | Buffer, read: (bytes: Buffer) => Reply): Promise<Buffer | string | null> {
    const socket = this.#socket
    if (!socket) return Promise.reject(new Error('memcached is away'))
    return new Promise((resolve, reject) => {
      // Answers have no names: after one that is missing, none can be trusted.
      const late = setTimeout(() => socket.destroy(), PATIENCE_MS)
      this.#waiting.push({
        read,
        resolve(reply) {
          clearTimeout(late)
          resolve(reply)
        },
        reject(error) {
          clearTimeout(late)
          reject(error)
        },
      })
      socket.write(command)
    })
  }

  async get(key: string): Promise<Buffer | null> {
    const reply = await this.#ask(`get ${key}\r\n`, readValue)
    if (typeof reply === 'string') throw new Error(`memcached: ${reply}`)
    return reply
  }

  /** @returns false where `add` found something there */
  async #store(verb: 'set' | 'add', key: string, text: string | Buffer, seconds: number) {
    // Beyond 30 days, memcached takes the number for a point in time.
    const expiry = seconds > 30 * DAY ? Math.floor(Date.now() / 1000) + seconds : seconds
    const value = Buffer.from(text)
    const head = `${verb} ${key} 0 ${expiry} ${value.length}\r\n`
    const reply = await this.#ask(Buffer.concat([Buffer.from(head), value, CRLF]), readLine)
    if (reply !== 'STORED' && reply !== 'NOT_STORED') throw new Error(`memcached: ${reply}`)
    return reply === 'STORED'
  }

  set = (key: string, value: string | Buffer, seconds: number) =>
    this.#store('set', key, value, seconds)

  add = (key: string, value: string, seconds: number) => this.#store('add', key, value, seconds)

  async delete(key: string): Promise<void> {
    const reply = await this.#ask(`delete ${key}\r\n`, readLine)
    if (reply !== 'DELETED' && reply !== 'NOT_FOUND') throw new Error(`memcached: ${reply}`)
  }
}

const CRLF = Buffer.from('\r\n')
const cache = new Memcached(process.env.MEMCACHED_URL!)

// ---------------------------------------------------------------- prices

const GENERATION = 'pelican:generation'

/** Part of the key of each price: with a new one, all prices are forgotten. Whoever finds none makes one up. */
async function generation(): Promise<string> {
  const known = await cache.get(GENERATION)
  if (known) return known.toString()
  const made = randomUUID()
  if (await cache.add(GENERATION, made, GENERATION_SECONDS)) return made
  const others = await cache.get(GENERATION)
  if (!others) throw new Error('memcached forgets at once')
  return others.toString()
}

/** A route may be long, and hold blanks and line ends; a key may not. */
async function priceKey(route: string): Promise<string> {
  const hash = createHash('sha256').update(route).digest('hex')
  return `pelican:price:${await generation()}:${hash}`
}

/** How many writes memcached has not heard of, and how many of those are made up for. */
let missed = 0
let madeUpFor = 0
/** Until memcached has a new generation, its prices count for nothing here. */
const isBehind = () => missed > madeUpFor

async function forgetAllPrices(): Promise<void> {
  const known = missed
  await cache.set(GENERATION, randomUUID(), GENERATION_SECONDS)
  madeUpFor = Math.max(madeUpFor, known)
}

/** Waits for what memcached must hear of; what it does not hear is made up for. */
async function told(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {
    missed += 1
  })
}

setInterval(() => {
  if (isBehind()) forgetAllPrices().catch(() => {})
}, 500)

async function readPrice(route: string): Promise<number | null> {
  if (isBehind()) return loadPrice(route)
  let key: string | undefined
  try {
    key = await priceKey(route)
    const hit = await cache.get(key)
    if (hit) return Number(hit.toString())
  } catch {
    key = undefined // it is away: once is enough
  }
  const cents = await loadPrice(route)
  if (key && cents !== null) await cache.set(key, String(cents), PRICE_SECONDS).catch(() => {})
  return cents
}

// ---------------------------------------------------------------- catalogue and settings

const CATALOG = 'pelican:catalog'

/** The parts stand under a name that nobody used before, so parts of two catalogues never meet. */
async function cachedCatalog(): Promise<Buffer | null> {
  const head = await cache.get(CATALOG)
  if (!head) return null
  const { id, count }: { id: string; count: number } = JSON.parse(head.toString())
  const names = Array.from({ length: count }, (_, index) => `${CATALOG}:${id}:${index}`)
  const parts = await Promise.all(names.map((name) => cache.get(name)))
  return parts.some((part) => part === null) ? null : Buffer.concat(parts as Buffer[])
}

async function storeCatalog(text: string): Promise<void> {
  const bytes = Buffer.from(text)
  const id = randomUUID()
  const count = Math.ceil(bytes.length / PART_BYTES)
  for (let index = 0; index < count; index++) {
    const part = bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES)
    await cache.set(`${CATALOG}:${id}:${index}`, part, CATALOG_SECONDS)
  }
  await cache.set(CATALOG, JSON.stringify({ id, count }), CATALOG_SECONDS)
}

async function readCatalog(): Promise<string | Buffer> {
  const hit = await cachedCatalog().catch(() => null)
  if (hit) return hit
  const text = await loadCatalog()
  if (cache.isConnected) await storeCatalog(text).catch(() => {})
  return text
}

const SETTINGS = 'pelican:settings'

async function readSettings(): Promise<string | Buffer> {
  const hit = await cache.get(SETTINGS).catch(() => undefined)
  if (hit) return hit
  const text = await loadSettings()
  if (hit === null) await cache.set(SETTINGS, text, SETTINGS_SECONDS).catch(() => {})
  return text
}

// ---------------------------------------------------------------- HTTP

const app = express()
app.use(express.json())

app.get('/prices', async (request, response) => {
  const route = Route.parse(request.query.route)
  const cents = await readPrice(route)
  if (cents === null) {
    response.status(404).json({ error: 'no such price' })
    return
  }
  response.json({ route, cents })
})

app.put('/prices', async (request, response) => {
  const { route, cents } = Price.parse(request.body)
  const { rowCount } = await pool.query('update prices set cents = $2 where route = $1', [
    route,
    cents,
  ])
  if (rowCount === 0) {
    response.status(404).json({ error: 'no such price' })
    return
  }
  await told(priceKey(route).then((key) => cache.delete(key)))
  response.json({ route, cents })
})

app.post('/prices/invalidate', async (_request, response) => {
  await told(forgetAllPrices())
  response.status(204).end()
})

app.get('/catalog', async (_request, response) => {
  response.type('json').send(await readCatalog())
})

app.get('/settings', async (_request, response) => {
  response.type('json').send(await readSettings())
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
  response.status(status).json({ error: STATUS_CODES[status] })
})

// ---------------------------------------------------------------- start

// memcached answers in milliseconds, but the server also starts without it.
for (let waited = 0; waited < 1_000 && !cache.isConnected; waited += 10) await sleep(10)
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
