// Pelican Post's parcels, and the numbers that say how the API is.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import { counter, gauge, histogram, page } from './metrics.ts'

type Parcel = { code: string; size: string }
const parcels = new Map<string, Parcel>()

// ---------------------------------------------------------------- metrics

const requests = counter('http_requests_total', 'Requests that are over.')
const durations = histogram(
  'http_request_duration_seconds',
  'How long requests took.',
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
)
const created = counter('parcels_created_total', 'Parcels made.')

let inFlight = 0
gauge('http_requests_in_flight', 'Requests that are not over yet.', () => inFlight)

/** The number in the queue's file; undefined where there is none. */
function queueDepth(): number | undefined {
  try {
    const text = readFileSync(process.env.QUEUE_FILE ?? '', 'utf8').trim()
    return /^\d+$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}
gauge('queue_depth', 'Jobs that wait.', queueDepth)

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
gauge('process_cpu_seconds_total', 'CPU time of the process.', cpuSeconds, 'counter')
gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
const startedAt = Date.now() / 1000 - process.uptime()
gauge('process_start_time_seconds', 'When the process started.', () => startedAt)

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const methodOf = ({ method }: Request) => (METHODS.has(method) ? method : 'other')
/** Express knows the pattern once it has found the route. */
const routeOf = (request: Request): string => request.route?.path ?? 'unmatched'

const app = express()

// The first of all: what comes later may refuse the request, or wait for its body.
app.use((request, response, next) => {
  const started = performance.now()
  inFlight += 1
  // 'close' comes once, after the answer or where the client hangs up; 'finish' only after the answer.
  response.once('close', () => {
    inFlight -= 1
    const labels = { method: methodOf(request), route: routeOf(request) }
    const status = response.writableFinished ? String(response.statusCode) : '499'
    requests.inc({ ...labels, status })
    durations.observe(labels, (performance.now() - started) / 1000)
  })
  next()
})

// ---------------------------------------------------------------- the API

app.use(express.json())

const find = (request: Request<{ code: string }>): Parcel => {
  const parcel = parcels.get(request.params.code)
  if (!parcel) throw Object.assign(new Error('no such parcel'), { status: 404 })
  return parcel
}

/** Refuses methods that a path does not have. */
const only = (methods: string) => (_request: Request, response: Response) => {
  response.set('Allow', methods).status(405).json({ error: 'no such method here' })
}

app
  .route('/parcels')
  .get((_request, response) => {
    response.json([...parcels.values()])
  })
  .post((request, response) => {
    const size = request.body?.size
    if (!['S', 'M', 'L'].includes(size)) {
      response.status(422).json({ error: 'size must be S, M or L' })
      return
    }
    const parcel = { code: randomUUID(), size }
    parcels.set(parcel.code, parcel)
    created.inc({ size })
    response.status(201).location(`/parcels/${parcel.code}`).json(parcel)
  })
  .all(only('GET, HEAD, POST'))

app
  .route('/parcels/:code')
  .get((request, response) => {
    response.json(find(request))
  })
  .delete((request, response) => {
    parcels.delete(find(request).code)
    response.status(204).end()
  })
  .all(only('GET, HEAD, DELETE'))

app
  .route('/parcels/:code/label')
  .get(async (request, response) => {
    const { code, size } = find(request)
    await sleep(Math.min(Number(request.query.ms) || 0, 5000))
    response.json({ label: `${size} ${code}` })
  })
  .all(only('GET, HEAD'))

app
  .route('/boom')
  .get(() => {
    throw new Error('boom')
  })
  .all(only('GET, HEAD'))

app.use((_request, response) => {
  response.status(404).json({ error: 'no such page' })
})

app.use(
  (
    error: Error & { status?: number },
    _request: Request,
    response: Response,
    _next: NextFunction,
  ) => {
    const status = error.status ?? 500
    response.status(status).json({ error: status < 500 ? error.message : 'internal server error' })
  },
)

app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

// The other port, for Prometheus alone.
createServer((request, response) => {
  if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404).end()
    return
  }
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  response.end(page())
}).listen(Number(process.env.METRICS_PORT ?? 9100), '127.0.0.1')
