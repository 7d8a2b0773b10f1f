import type { Socket } from 'node:net'
import Fastify from 'fastify'
import pg from 'pg'

const { DATABASE_URL: connectionString, PORT, DRAIN_MS, GRACE_MS } = process.env
const patience = { connectionTimeoutMillis: 900, query_timeout: 900 }
const probes = new pg.Pool({ connectionString, max: 1, ...patience })
const pool = new pg.Pool({ connectionString, max: 9, connectionTimeoutMillis: 4000 })
for (const each of [probes, pool]) each.on('error', ({ message }) => console.log(message))

let hasTable = false
function makeTable() {
  probes.query('create table if not exists jobs (id bigserial primary key, ms integer)').then(
    () => {
      hasTable = true
    },
    () => setTimeout(makeTable, 300).unref(),
  )
}
makeTable()

let stopping = false
let closing = false

async function answersInTime(): Promise<boolean> {
  if (!hasTable) return false
  const late = new Promise<false>((resolve) => setTimeout(resolve, 950, false).unref())
  const look = probes.query('select count(*) from (select from jobs limit 1) one').then(
    () => true,
    () => false,
  )
  return Promise.race([look, late])
}

const jobs = new Set<Promise<unknown>>()

const app = Fastify({ exposeHeadRoutes: true })
const refuse = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

app.get('/livez', async () => 'alive')
app.get('/readyz', async () => {
  const isReady = await answersInTime()
  if (stopping || !isReady) throw refuse(503, 'not ready')
  return {}
})
app.post('/work', async (request, reply) => {
  const [, text = ''] = /[?&]ms=([0-9]+)(?=&|$)/.exec(request.raw.url!) ?? []
  const ms = Number(text)
  if (text === '' || ms > 60_000) throw refuse(400, 'ms is a whole number up to 60000')
  const job = new Promise((resolve) => setTimeout(resolve, ms)).then(() =>
    pool.query('insert into jobs (ms) values ($1) returning *', [ms]),
  )
  jobs.add(job)
  const { rows } = await job
    .catch((error) => {
      console.log(error)
      throw refuse(503, 'the row could not be written')
    })
    .finally(() => jobs.delete(job))
  return reply.code(201).send({ ...rows[0], note: 'done' })
})
app.post<{ Querystring: { message?: string; how?: string } }>('/boom', async ({ query }, reply) => {
  const fault = new Error(query.message)
  if (query.how === 'promise') {
    setTimeout(() => {
      Promise.reject(fault)
    }, 1)
  } else {
    setTimeout(() => {
      throw fault
    }, 1)
  }
  return reply.code(204).send()
})

const others = (url: string, allow: string[]) =>
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((method) => !allow.includes(method)) as 'PUT'[],
    url,
    // Before a body is read.
    onRequest: async (_request, reply) => reply.code(405).header('Allow', allow.join(', ')).send({ error: 'not this method' }),
    handler: () => {},
  })
others('/livez', ['GET', 'HEAD'])
others('/readyz', ['GET', 'HEAD'])
others('/work', ['POST'])
others('/boom', ['POST'])

// Connections, and how many requests each has.
const sockets = new Map<Socket, number>()
app.server.on('connection', (socket: Socket) => {
  sockets.set(socket, 0)
  socket.on('close', () => sockets.delete(socket))
})
app.server.on('request', ({ socket }, response) => {
  sockets.set(socket, sockets.get(socket)! + 1)
  response.on('close', () => {
    const left = sockets.get(socket)
    if (left === undefined) return
    sockets.set(socket, left - 1)
    if (closing && left === 1) socket.end()
  })
})

process.on('uncaughtException', (error) => {
  process.stdout.write(`${error.stack}\n`, () => process.exit(70))
})

process.on('SIGTERM', () => {
  if (stopping) process.exit(143)
  stopping = true
  setTimeout(() => process.exit(75), Number(GRACE_MS)).unref()
  setTimeout(async () => {
    closing = true
    const gone = new Promise((resolve) => app.server.close(resolve))
    for (const [socket, requests] of sockets) if (requests === 0) socket.destroy()
    while (jobs.size > 0) await Promise.allSettled(jobs)
    await gone
    await Promise.all([probes.end(), pool.end()])
    process.exit(0)
  }, Number(DRAIN_MS))
})

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
