// Pelican Post's parcels. The API is finished; what it lacks is its metrics. README.md has the rules.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import { page } from './metrics.ts'

type Parcel = { code: string; size: string }
const parcels = new Map<string, Parcel>()

const app = express()
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
createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  response.end(page())
}).listen(Number(process.env.METRICS_PORT ?? 9100), '127.0.0.1')
