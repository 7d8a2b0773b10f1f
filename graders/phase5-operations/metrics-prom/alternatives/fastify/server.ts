import { readFile } from 'node:fs/promises'
import Fastify, { type FastifyRequest } from 'fastify'

abstract class Metric {
  static all: Metric[] = []
  readonly name: string
  readonly type: string
  readonly help: string
  constructor(name: string, type: string, help: string) {
    this.name = name
    this.type = type
    this.help = help
    Metric.all.push(this)
  }
  abstract lines(): string[] | Promise<string[]>
  static async page() {
    const parts = await Promise.all(
      Metric.all.map(async (metric) =>
        [`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.type}`, ...(await metric.lines())].join('\n'),
      ),
    )
    return `${parts.join('\n\n')}\n`
  }
}

class Counter extends Metric {
  values: Record<string, number> = Object.create(null)
  constructor(name: string, help: string) {
    super(name, 'counter', help)
  }
  add(labels: string) {
    this.values[labels] = (this.values[labels] ?? 0) + 1
  }
  lines() {
    return Object.entries(this.values).map(([labels, value]) => `${this.name}{${labels}} ${value}`)
  }
}

class Value extends Metric {
  read: () => number | null | Promise<number | null>
  constructor(name: string, type: string, help: string, read: Value['read']) {
    super(name, type, help)
    this.read = read
  }
  async lines() {
    const value = await this.read()
    return value === null ? [] : [`${this.name} ${value}`]
  }
}

class Histogram extends Metric {
  bounds: number[]
  values = new Map<string, number[]>()
  constructor(name: string, help: string, bounds: number[]) {
    super(name, 'histogram', help)
    this.bounds = bounds
  }
  observe(labels: string, seconds: number) {
    this.values.set(labels, [...(this.values.get(labels) ?? []), seconds].slice(-1e6))
  }
  // All observations are kept; that is a lot, and simple.
  lines() {
    return [...this.values].flatMap(([labels, seen]) => [
      ...[...this.bounds, Infinity].map(
        (le) =>
          `${this.name}_bucket{${labels},le="${le === Infinity ? '+Inf' : le}"} ${seen.filter((one) => one <= le).length}`,
      ),
      `${this.name}_sum{${labels}} ${seen.reduce((a, b) => a + b, 0)}`,
      `${this.name}_count{${labels}} ${seen.length}`,
    ])
  }
}

let flying = 0
const requests = new Counter('http_requests_total', 'All requests')
const duration = new Histogram('http_request_duration_seconds', 'Their duration', [0.005, 0.05, 0.25, 1, 3, 10])
const created = new Counter('parcels_created_total', 'All parcels')
new Value('http_requests_in_flight', 'gauge', 'Open requests', () => flying)
new Value('queue_depth', 'gauge', 'Length of the queue', async () => {
  const text = await readFile(String(process.env.QUEUE_FILE), 'utf8').catch(() => '')
  return /^\d+\s*$/.test(text) ? Number.parseInt(text, 10) : null
})
new Value('process_cpu_seconds_total', 'counter', 'CPU', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return (userCPUTime + systemCPUTime) / 1e6
})
new Value('process_resident_memory_bytes', 'gauge', 'Memory', () => process.memoryUsage.rss())
const start = Math.floor(Date.now() / 1000)
new Value('process_start_time_seconds', 'gauge', 'Start', () => start)

const app = Fastify()
const usual = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const begun = new WeakMap<FastifyRequest, number>()
const end = (request: FastifyRequest, status: number) => {
  const at = begun.get(request)
  if (at === undefined) return
  begun.delete(request)
  flying--
  const route = request.is404 ? 'nowhere' : (request.routeOptions.url ?? 'nowhere')
  const labels = `method="${usual.has(request.method) ? request.method : 'odd'}",route="${route}"`
  requests.add(`${labels},status="${status}"`)
  duration.observe(labels, (performance.now() - at) / 1000)
}
app.addHook('onRequest', async (request) => {
  begun.set(request, performance.now())
  flying++
})
app.addHook('onResponse', async (request, reply) => end(request, reply.statusCode))
app.addHook('onRequestAbort', async (request) => end(request, 499))

const parcels: { code: string; size: string }[] = []
let count = 100
type Params = { Params: { code: string }; Querystring: { ms?: string } }
const find = (code: string) => {
  const parcel = parcels.find((one) => one.code === code)
  if (!parcel) throw Object.assign(new Error('not found'), { statusCode: 404 })
  return parcel
}
app.get('/parcels', async () => parcels)
app.post('/parcels', { schema: { body: { type: 'object', required: ['size'], properties: { size: { enum: ['S', 'M', 'L'] } } } } }, async (request, reply) => {
  const { size } = request.body as { size: string }
  const parcel = { code: String(count++), size }
  parcels.push(parcel)
  created.add(`size="${size}"`)
  return reply.code(201).send(parcel)
})
app.get<Params>('/parcels/:code', async (request) => find(request.params.code))
app.delete<Params>('/parcels/:code', async (request, reply) => {
  parcels.splice(parcels.indexOf(find(request.params.code)), 1)
  return reply.code(204).send()
})
app.get<Params>('/parcels/:code/label', async (request) => {
  const { code, size } = find(request.params.code)
  const ms = Number(request.query.ms ?? 0)
  await new Promise((resolve) => setTimeout(resolve, ms > 0 ? Math.min(ms, 5000) : 0))
  return { label: code + size }
})
app.get('/boom', async () => {
  throw new Error('boom')
})

const metrics = Fastify()
metrics.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await Metric.page()))

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
await metrics.listen({ port: Number(process.env.METRICS_PORT), host: '127.0.0.1' })
