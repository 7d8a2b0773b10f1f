import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import pg from 'pg'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 6 })
db.on('error', () => {})
const { hostname, port } = new URL(process.env.MEMCACHED_URL!)

/** Sends one command, and resolves with the whole answer as latin1 text. */
function command(text: string, isOver: (answer: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    const timer = setTimeout(() => socket.destroy(new Error("too slow")), 1000)
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      reject(new Error('closed'))
    })
    socket.on('data', (chunk) => {
      answer += chunk
      if (isOver(answer)) {
        resolve(answer)
        socket.destroy()
      }
    })
    socket.write(text, 'latin1')
  })
}

/** Several values at once; theirs are JSON without line ends, so that lines can be trusted. */
async function getAll(keys: string[]): Promise<Map<string, any>> {
  const answer = await command(`get ${keys.join(' ')}\r\n`, (text) => /(^|\r\n)END\r\n$/.test(text))
  const lines = answer.split('\r\n')
  const found = new Map<string, any>()
  for (let at = 0; lines[at]!.startsWith('VALUE '); at += 2) {
    found.set(lines[at]!.split(' ')[1]!, JSON.parse(Buffer.from(lines[at + 1]!, 'latin1').toString()))
  }
  return found
}

async function put(key: string, value: unknown, exptime: number): Promise<void> {
  const text = Buffer.from(JSON.stringify(value)).toString('latin1')
  const answer = await command(`set ${key} 0 ${exptime} ${text.length}\r\n${text}\r\n`, (one) => one.endsWith('\r\n'))
  if (answer !== 'STORED\r\n') throw new Error(answer)
}

const GENERATION = 'pelican:g'
const keyOf = (route: string) => `pelican:p:${createHash('md5').update(route).digest('base64url')}`
const newGeneration = () => randomBytes(12).toString('hex')

/** Set while memcached may hold what is not true any more. */
let dirty = false
async function forgetAll(): Promise<void> {
  dirty = true
  await put(GENERATION, newGeneration(), 2_000_000)
  dirty = false
}
setInterval(() => dirty && forgetAll().catch(() => {}), 700)

async function priceOf(route: string): Promise<number | undefined> {
  const load = async () =>
    (await db.query('select cents from prices where route = $1', [route])).rows[0]?.cents
  if (dirty) return load()
  const key = keyOf(route)
  let found: Map<string, any>
  try {
    found = await getAll([GENERATION, key])
  } catch {
    return load()
  }
  let generation = found.get(GENERATION)
  const entry = found.get(key)
  if (generation && entry?.generation === generation && entry.route === route) return entry.cents
  const cents = await load()
  try {
    if (!generation) {
      const text = JSON.stringify(newGeneration())
      await command(`add ${GENERATION} 0 2000000 ${text.length}\r\n${text}\r\n`, (one) => one.endsWith('\r\n'))
      generation = (await getAll([GENERATION])).get(GENERATION)
    }
    if (cents !== undefined && generation) await put(key, { generation, cents, route }, 45)
  } catch {} // next time
  return cents
}

async function bodyOf(request: IncomingMessage): Promise<any> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

const isRoute = (route: unknown): route is string =>
  typeof route === 'string' && route !== '' && Array.from(route).length <= 1000

class Refusal extends Error {
  status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function handle(request: IncomingMessage): Promise<[number, unknown?]> {
  const url = new URL(request.url!, 'http://x')
  const name = `${request.method} ${url.pathname}`
  if (name === 'GET /prices') {
    const route = url.searchParams.get('route')
    if (!isRoute(route)) throw new Refusal(400, 'route: 1 to 1000 characters')
    const cents = await priceOf(route)
    if (cents === undefined) throw new Refusal(404, 'no price')
    return [200, { route, cents }]
  }
  if (name === 'PUT /prices') {
    const body = await bodyOf(request).catch(() => {
      throw new Refusal(400, 'JSON, please')
    })
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal(422, 'an object, please')
    const { route, cents } = body
    if (!isRoute(route)) throw new Refusal(422, 'route: 1 to 1000 characters')
    if (!Number.isSafeInteger(cents) || cents < 0 || cents > 1_000_000) throw new Refusal(422, 'cents: 0 to 1000000')
    const { rowCount } = await db.query('update prices set cents = $1 where route = $2', [cents, route])
    if (!rowCount) throw new Refusal(404, 'no price')
    const gone = command(`delete ${keyOf(route)}\r\n`, (one) => one.endsWith('\r\n'))
    await gone.catch(() => forgetAll().catch(() => {}))
    return [200, { cents, route }]
  }
  if (name === 'POST /prices/invalidate') {
    await forgetAll().catch(() => {})
    return [204]
  }
  if (name === 'GET /catalog') {
    return [200, { products: (await db.query('select sku, name, cents from products order by sku')).rows }]
  }
  if (name === 'GET /settings') {
    const known = await getAll(['pelican:s']).catch(() => undefined)
    if (known?.has('pelican:s')) return [200, known.get('pelican:s')]
    const answer = { settings: (await db.query('select name, value from settings')).rows }
    if (known) await put('pelican:s', answer, Math.round(Date.now() / 1000) + 45 * 86_400).catch(() => {})
    return [200, answer]
  }
  throw new Refusal(404, 'nothing here')
}

createServer((request, response) => {
  handle(request)
    .catch((error): [number, unknown] => [error.status ?? 500, { error: error.message }])
    .then(([status, body]) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      response.writeHead(status, text ? { 'Content-Type': 'application/json' } : {}).end(text)
    })
}).listen(Number(process.env.PORT), '127.0.0.1')
