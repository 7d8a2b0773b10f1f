import { createHash, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import Fastify from 'fastify'
import postgres from 'pg'

const pool = new postgres.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const rowsOf = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows

// ---- memcached: meta commands; each answer is "HD", "VA <size>" and a value, "EN", "NS" or "NF"

type Answer = { code: string; value?: Buffer }
type Turn = { resolve(answer: Answer): void; reject(error: Error): void; timer: NodeJS.Timeout }
const address = new URL(process.env.MEMCACHED_URL!)
let line: { socket: Socket; turns: Turn[] } | undefined

function open(): void {
  const socket = connect(Number(address.port), address.hostname)
  const turns: Turn[] = []
  let chunks: Buffer[] = []
  let size = 0
  let wanted = 0
  socket.once('connect', () => {
    line = { socket, turns }
  })
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size < wanted) return // a long value is put together once
    let bytes: Buffer = Buffer.concat(chunks)
    wanted = 0
    for (;;) {
      const end = bytes.indexOf('\r\n')
      if (end < 0) break
      const [code, length] = bytes.toString('latin1', 0, end).split(' ')
      const total = end + 2 + (code === 'VA' ? Number(length) + 2 : 0)
      if (bytes.length < total) {
        wanted = total
        break
      }
      const turn = turns.shift()
      if (!turn) {
        socket.destroy()
        return
      }
      clearTimeout(turn.timer)
      turn.resolve(code === 'VA' ? { code, value: bytes.subarray(end + 2, total - 2) } : { code: code! })
      bytes = bytes.subarray(total)
    }
    chunks = [bytes]
    size = bytes.length
  })
  const trying = setTimeout(() => socket.connecting && socket.destroy(), 1500)
  socket.on('error', () => {})
  socket.once('close', () => {
    clearTimeout(trying)
    line = undefined
    for (const { reject, timer } of turns.splice(0)) {
      clearTimeout(timer)
      reject(new Error('no memcached'))
    }
    setTimeout(open, 400)
  })
}
open()

function tell(head: string, value?: Buffer): Promise<Answer> {
  if (!line) return Promise.reject(new Error('no memcached'))
  const { socket, turns } = line
  return new Promise((resolve, reject) => {
    turns.push({ resolve, reject, timer: setTimeout(() => socket.destroy(), 700) })
    socket.write(value ? Buffer.concat([Buffer.from(`${head}\r\n`), value, Buffer.from('\r\n')]) : `${head}\r\n`)
  })
}

const read = async (key: string) => {
  const { code, value } = await tell(`mg ${key} v`)
  if (code !== 'VA' && code !== 'EN') throw new Error(code)
  return value
}
const write = async (key: string, value: Buffer, until: number, flags = '') => {
  const { code } = await tell(`ms ${key} ${value.length} T${until}${flags}`, value)
  if (code !== 'HD' && code !== 'NS') throw new Error(code)
}

// ---- prices

const EPOCH = 'pelican:epoch'
const epoch = async (): Promise<string> => {
  for (let tries = 0; tries < 3; tries++) {
    const known = await read(EPOCH)
    if (known) return known.toString()
    await write(EPOCH, Buffer.from(randomUUID()), 7 * 86_400, ' ME') // only where there is none
  }
  throw new Error('no epoch')
}
const nameOf = async (route: string) =>
  `pelican:price:${createHash('sha512').update(`${await epoch()}\n${route}`).digest('base64url')}`

/** What memcached has not been told: single routes, or all. */
let untold = 0
async function newEpoch(): Promise<void> {
  const until = untold
  await write(EPOCH, Buffer.from(randomUUID()), 7 * 86_400)
  if (untold === until) untold = 0
}
setInterval(() => {
  if (untold > 0) newEpoch().catch(() => {})
}, 400)

async function priceOf(route: string): Promise<number | undefined> {
  let name: string | undefined
  if (untold === 0) {
    try {
      name = await nameOf(route)
      const known = await read(name)
      if (known) return JSON.parse(known.toString()).cents
    } catch {
      name = undefined
    }
  }
  const [row] = await rowsOf('select cents from prices where route = $1', [route])
  if (row && name) await write(name, Buffer.from(JSON.stringify(row)), 55).catch(() => {})
  return row?.cents
}

// ---- catalogue

const [pack, unpack] = [promisify(gzip), promisify(gunzip)]
const PART = 900_000

async function catalog(): Promise<string> {
  try {
    const names = await read('pelican:catalog')
    if (names) {
      const parts = await Promise.all((JSON.parse(names.toString()) as string[]).map(read))
      if (parts.every((part) => part !== undefined)) {
        return (await unpack(Buffer.concat(parts as Buffer[]))).toString()
      }
    }
  } catch {}
  const text = JSON.stringify({ products: await rowsOf('select * from products') })
  if (line) {
    const packed = await pack(text, { level: 1 })
    const names: string[] = []
    try {
      for (let from = 0; from < packed.length; from += PART) {
        const part = packed.subarray(from, from + PART)
        const name = `pelican:part:${createHash('sha256').update(part).digest('hex')}`
        names.push(name)
        await write(name, part, 60)
      }
      await write('pelican:catalog', Buffer.from(JSON.stringify(names)), 50)
    } catch {}
  }
  return text
}

async function settings(): Promise<string> {
  const known = await read('pelican:settings').catch(() => null)
  if (known) return known.toString()
  const text = JSON.stringify({ settings: await rowsOf('select * from settings order by name') })
  const until = Math.floor(Date.now() / 1000) + 45 * 86_400
  if (known === undefined) await write('pelican:settings', Buffer.from(text), until).catch(() => {})
  return text
}

// ---- HTTP

const app = Fastify()
// Fastify counts UTF-16 units, so lengths are looked at by hand.
const routeIn = (value: unknown): string => {
  if (typeof value === 'string' && value !== '' && [...value].length <= 1000) return value
  throw Object.assign(new Error('route: a text of 1 to 1,000 characters'), { statusCode: 400 })
}

app.get('/prices', async (request, reply) => {
  const route = routeIn((request.query as { route?: unknown }).route)
  const cents = await priceOf(route)
  if (cents === undefined) return reply.code(404).send({ error: 'no such price' })
  return { route, cents }
})

app.put('/prices', {
  schema: {
    body: {
      type: 'object',
      required: ['route', 'cents'],
      properties: { route: { type: 'string' }, cents: { type: 'integer', minimum: 0, maximum: 1_000_000 } },
    },
  },
}, async (request, reply) => {
  const body = request.body as { route: string; cents: number }
  const route = routeIn(body.route)
  const [row] = await rowsOf('update prices set cents = $1 where route = $2 returning route, cents', [body.cents, route])
  if (!row) return reply.code(404).send({ error: 'no such price' })
  try {
    await tell(`md ${await nameOf(route)}`)
  } catch {
    untold += 1
  }
  return row
})

app.post('/prices/invalidate', async (_, reply) => {
  await newEpoch().catch(() => {
    untold += 1
  })
  return reply.code(204).send()
})

app.get('/catalog', async (_, reply) => reply.type('application/json').send(await catalog()))
app.get('/settings', async (_, reply) => reply.type('application/json').send(await settings()))

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
