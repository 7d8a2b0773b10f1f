import express, { type ErrorRequestHandler, type Request } from 'express'

// Another style: Express, an array in place of a Map, absolute Locations, 422, 200 for deletions.
type Locker = { id: string; size: string; status: string; label?: string; updatedAt: string }

let lockers: Locker[] = []
const app = express()
app.disable('etag')

app.use((request, response, next) => {
  const writes = request.method === 'POST' || request.method === 'PUT'
  const known = /^\/lockers(\/[^/]+)?\/?$/.test(request.path)
  if (writes && known && !request.is('json')) {
    response.status(415).json({ title: 'only JSON is read here' })
    return
  }
  next()
})
app.use(express.json({ limit: 65_536, strict: false }))

function problems(body: any, whole: boolean): string | undefined {
  if (typeof body !== 'object' || body === null) return 'an object is needed'
  if (!['S', 'M', 'L'].includes(body.size)) return 'size is S, M or L'
  if (whole && !['free', 'occupied', 'broken'].includes(body.status)) return 'status is wrong'
  if (body.label !== undefined && typeof body.label !== 'string') return 'label is text'
  return undefined
}

function put(id: string, body: any, status: string): Locker {
  const locker = {
    id,
    size: body.size,
    status,
    label: body.label,
    updatedAt: new Date().toISOString(),
  }
  lockers = lockers.filter((one) => one.id !== id).concat(locker)
  lockers.sort((a, b) => (a.id < b.id ? -1 : 1))
  return locker
}

const address = (request: Request, id: string) => `http://${request.headers.host}/lockers/${id}`

app
  .route('/lockers')
  .get((_request, response) => {
    response.json(lockers)
  })
  .post((request, response) => {
    const problem = problems(request.body, false)
    if (problem) {
      response.status(422).json({ title: problem })
      return
    }
    const locker = put(crypto.randomUUID(), request.body, 'free')
    response.status(201).location(address(request, locker.id)).json(locker)
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'GET,HEAD,POST').json({ title: 'wrong method' })
  })

app
  .route('/lockers/:id')
  .get((request, response) => {
    const locker = lockers.find((one) => one.id === request.params.id)
    if (locker) response.json(locker)
    else response.status(404).json({ title: 'no such locker' })
  })
  .put((request, response) => {
    const { id } = request.params
    const known = lockers.some((one) => one.id === id)
    const problem = problems(request.body, true)
    if (problem || (!known && !/^[A-Z]{1,3}-\d{1,4}$/.test(id))) {
      response.status(422).json({ title: problem ?? 'this cannot be a new id' })
      return
    }
    put(id, request.body, request.body.status)
    response.status(known ? 204 : 201).end()
  })
  .delete((request, response) => {
    lockers = lockers.filter((one) => one.id !== request.params.id)
    response.status(204).end()
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'GET,HEAD,PUT,DELETE').json({ title: 'wrong method' })
  })

app.use((_request, response) => {
  response.status(404).json({ title: 'nothing here' })
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ title: error.expose ? error.message : 'failed' })
}
app.use(onError)

app.listen(Number(process.env.PORT), '127.0.0.1')
