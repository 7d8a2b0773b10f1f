import * as fs from 'node:fs'
import * as http from 'node:http'

const parcels = new Map<string, { code: string; size: string }>()
const made: Record<string, number> = { S: 0, M: 0, L: 0 }
let last = 0

class Refusal extends Error {
  status: number
  headers: Record<string, string>
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

type Handler = (args: { code: string; query: URLSearchParams; body(): Promise<any> }) => Promise<[number, unknown?]>
const get = (code: string) => {
  const parcel = parcels.get(code)
  if (!parcel) throw new Refusal(404, 'no such parcel')
  return parcel
}
const routes: { pattern: string; fits: RegExp; methods: Record<string, Handler> }[] = [
  {
    pattern: '/parcels',
    fits: /^\/parcels$/,
    methods: {
      GET: async () => [200, [...parcels.values()]],
      POST: async ({ body }) => {
        const sent = await body()
        if (sent === null || typeof sent !== 'object') throw new Refusal(400, 'an object, please')
        if (typeof sent.size !== 'string' || !Object.hasOwn(made, sent.size)) throw new Refusal(400, 'S, M or L')
        const parcel = { code: `PEL${++last}`, size: sent.size as string }
        parcels.set(parcel.code, parcel)
        made[parcel.size]! += 1
        return [201, parcel]
      },
    },
  },
  {
    pattern: '/parcels/{code}',
    fits: /^\/parcels\/([^/]+)$/,
    methods: {
      GET: async ({ code }) => [200, get(code)],
      DELETE: async ({ code }) => {
        get(code)
        parcels.delete(code)
        return [204]
      },
    },
  },
  {
    pattern: '/parcels/{code}/label',
    fits: /^\/parcels\/([^/]+)\/label$/,
    methods: {
      GET: async ({ code, query }) => {
        const { size } = get(code)
        const ms = Number.parseInt(query.get('ms') ?? '0', 10) || 0
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(ms, 5000))))
        return [200, { label: size + code }]
      },
    },
  },
  {
    pattern: '/boom',
    fits: /^\/boom$/,
    methods: {
      GET: async () => {
        throw new TypeError('boom')
      },
    },
  },
]

// ------------------------------------------------------------ numbers
const LE = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 10_000]
type Numbers = { method: string; route: string; statuses: Map<string, number>; between: number[]; nanoseconds: bigint }
const all = new Map<string, Numbers>()
let now = 0

function over(method: string, route: string, status: string, took: bigint) {
  const id = method + ' ' + route
  let one = all.get(id)
  if (!one) {
    one = { method, route, statuses: new Map(), between: [...LE, 0].map(() => 0), nanoseconds: 0n }
    all.set(id, one)
  }
  one.statuses.set(status, 1 + (one.statuses.get(status) ?? 0))
  one.nanoseconds += took
  const place = LE.findIndex((ms) => took <= BigInt(ms) * 1_000_000n)
  one.between[place < 0 ? LE.length : place]! += 1
}

function readQueue() {
  try {
    const text = fs.readFileSync(process.env.QUEUE_FILE!, 'latin1')
    return /^[0-9]+\n?$/.test(text) ? Number(text) : NaN
  } catch {
    return NaN
  }
}

function* lines() {
  yield '# TYPE http_requests_total counter'
  yield '# HELP http_requests_total HTTP requests by route.'
  for (const { method, route, statuses } of all.values())
    for (const [status, n] of statuses) yield `http_requests_total{status="${status}",method="${method}",route="${route}",} ${n}`
  yield ''
  yield '# HELP http_request_duration_seconds Latency.'
  yield '# TYPE http_request_duration_seconds histogram'
  for (const { method, route, between, nanoseconds } of all.values()) {
    const labels = `method="${method}", route="${route}"`
    let sum = 0
    for (const [index, ms] of LE.entries()) {
      sum += between[index]!
      yield `http_request_duration_seconds_bucket{le="${(ms / 1000).toExponential()}", ${labels}} ${sum}`
    }
    sum += between.at(-1)!
    yield `http_request_duration_seconds_bucket{le="+Inf", ${labels}} ${sum}`
    yield `http_request_duration_seconds_sum{${labels}} ${(Number(nanoseconds) / 1e9).toFixed(6)}`
    yield `http_request_duration_seconds_count{${labels}} ${sum}`
  }
  const cpu = process.cpuUsage()
  const simple: [string, string, number][] = [
    ['http_requests_in_flight', 'gauge', now],
    ['queue_depth', 'gauge', readQueue()],
    ['process_cpu_seconds_total', 'counter', cpu.user / 1e6 + cpu.system / 1e6],
    ['process_resident_memory_bytes', 'gauge', process.memoryUsage().rss],
    ['process_start_time_seconds', 'gauge', Math.round(performance.timeOrigin / 1000)],
  ]
  for (const [name, type, value] of simple) {
    yield `# HELP ${name} ${name.replaceAll('_', ' ')}`
    yield `# TYPE ${name} ${type}`
    yield `${name} ${value}`
  }
  yield '# HELP parcels_created_total Parcels.'
  yield '# TYPE parcels_created_total counter'
  for (const size in made) yield `parcels_created_total{size="${size}"} ${made[size]}`
}

// ------------------------------------------------------------ servers
async function readBody(request: http.IncomingMessage) {
  if (!/json/i.test(request.headers['content-type'] ?? '')) throw new Refusal(415, 'JSON, please')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new Refusal(400, 'no JSON')
  }
}

const usual = 'GET HEAD POST PUT PATCH DELETE OPTIONS'.split(' ')

http
  .createServer(async (request, response) => {
    const began = process.hrtime.bigint()
    now++
    const [path = '', search = ''] = request.url!.split('?')
    const route = routes.find(({ fits }) => fits.test(path))
    const method = usual.includes(request.method!) ? request.method! : '(other)'
    response.on('close', () => {
      now--
      const status = response.writableFinished ? `${response.statusCode}` : 'aborted'
      over(method, route?.pattern ?? '(none)', status, process.hrtime.bigint() - began)
    })
    try {
      if (!route) throw new Refusal(404, 'no such page')
      const wanted = request.method === 'HEAD' ? 'GET' : request.method!
      const handler = route.methods[wanted]
      if (!handler) {
        throw new Refusal(405, 'not here', { Allow: Object.keys(route.methods).join(', ') })
      }
      let code = ''
      try {
        code = decodeURIComponent(route.fits.exec(path)?.[1] ?? '')
      } catch {
        throw new Refusal(400, 'odd escape')
      }
      const [status, body] = await handler({ code, query: new URLSearchParams(search), body: () => readBody(request) })
      const text = body === undefined ? undefined : JSON.stringify(body)
      if (text) response.setHeader('Content-Type', 'application/json')
      response.writeHead(status).end(text)
    } catch (error) {
      const known = error instanceof Refusal
      if (!known && !request.destroyed) console.error(error)
      response.writeHead(known ? error.status : 500, { 'Content-Type': 'application/json', ...(known && error.headers) })
      response.end(JSON.stringify({ error: known ? error.message : 'oh' }))
    }
  })
  .listen(Number(process.env.PORT), '127.0.0.1')

http
  .createServer((request, response) => {
    if (/^\/metrics(\?|$)/.test(request.url!)) {
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end([...lines(), ''].join('\n'))
    } else response.writeHead(404).end('only /metrics is here\n')
  })
  .listen(Number(process.env.METRICS_PORT), '127.0.0.1')
