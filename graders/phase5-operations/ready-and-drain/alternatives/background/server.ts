import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import pg from 'pg'

const { env } = process
const drainMs = Number(env.DRAIN_MS)
const graceMs = Number(env.GRACE_MS)

const db = new pg.Pool({
  connectionString: env.DATABASE_URL,
  max: 8,
  connectionTimeoutMillis: 900,
  query_timeout: 2500,
})
db.on('error', () => {})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let phase: 'run' | 'drain' | 'end' = 'run'
let database = false
let seen = 0
let tableThere = false

async function watchDatabase() {
  while (phase !== 'end') {
    try {
      if (!tableThere) {
        await db.query('create table if not exists jobs (id text primary key, ms integer not null, at timestamptz default now())')
        tableThere = true
      } else await db.query('select 1')
      database = true
      seen = Date.now()
    } catch {
      database = false
    }
    await sleep(400)
  }
}
void watchDatabase()

const isReady = () => phase === 'run' && database && Date.now() - seen < 1600

let jobs = 0
let whenIdle: (() => void) | undefined

async function job(ms: number) {
  jobs++
  try {
    await sleep(ms)
    const id = randomUUID()
    await db.query('insert into jobs (id, ms) values ($1, $2)', [id, ms])
    return id
  } finally {
    if (--jobs === 0) whenIdle?.()
  }
}

function send(res: ServerResponse, status: number, body: unknown, headers = {}) {
  if (phase !== 'run') res.setHeader('Connection', 'close')
  const text = JSON.stringify(body)
  res.writeHead(status, { 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(text), ...headers })
  res.end(text)
}

type Handler = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => unknown
const live: Handler = (_req, res) => send(res, 200, 'alive')
const ready: Handler = (_req, res) =>
  isReady() ? send(res, 200, 'ready') : send(res, 503, { title: phase === 'run' ? 'no database' : 'going' })
const work: Handler = async (_req, res, query) => {
  const text = query.get('ms') ?? ''
  if (!/^(0|[1-9][0-9]{0,4})$/.test(text) || Number(text) > 60000) return send(res, 422, { title: 'ms?' })
  const ms = Number(text)
  try {
    send(res, 201, { ms, id: await job(ms) })
  } catch (error) {
    console.log('job:', error)
    send(res, 503, { title: 'not written' })
  }
}
const boom: Handler = (_req, res, query) => {
  const message = query.get('message') ?? 'boom'
  if (query.get('how') === 'promise') {
    void (async () => {
      await sleep(5)
      throw new Error(message)
    })()
  } else {
    setTimeout(() => {
      throw new Error(message)
    }, 5)
  }
  send(res, 200, {})
}
const paths: Record<string, Record<string, Handler>> = {
  '/livez': { GET: live, HEAD: live },
  '/readyz': { GET: ready, HEAD: ready },
  '/work': { POST: work },
  '/boom': { POST: boom },
}

const connections = new Map<Socket, number>()

const server = createServer((req, res) => {
  const { socket } = req
  connections.set(socket, (connections.get(socket) ?? 0) + 1)
  res.on('close', () => {
    const left = (connections.get(socket) ?? 1) - 1
    if (!socket.destroyed) connections.set(socket, left)
    if (phase === 'end' && left === 0) socket.destroySoon()
  })
  const [path = '', query = ''] = req.url!.split(/\?(.*)/s)
  const methods = Object.hasOwn(paths, path) ? paths[path]! : undefined
  if (!methods) return send(res, 404, { title: 'nothing here' })
  if (!Object.hasOwn(methods, req.method!)) return send(res, 405, { title: 'no' }, { Allow: Object.keys(methods).join(', ') })
  methods[req.method!]!(req, res, new URLSearchParams(query))
})
server.on('connection', (socket) => {
  connections.set(socket, 0)
  socket.on('close', () => connections.delete(socket))
})
server.listen(Number(env.PORT), '127.0.0.1')

process.once('SIGTERM', async () => {
  // The second one has no handler any more, and does what signals do.
  phase = 'drain'
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs)
  await sleep(drainMs)
  phase = 'end'
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const [socket, requests] of connections) if (requests === 0) socket.destroy()
  if (jobs > 0) await new Promise<void>((resolve) => { whenIdle = resolve })
  await closed
  await db.end()
  process.exit()
})
