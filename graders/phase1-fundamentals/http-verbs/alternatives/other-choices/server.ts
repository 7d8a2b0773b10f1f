import { EventEmitter } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const SIZES = ['S', 'M', 'L']
const STATUSES = ['free', 'occupied', 'broken']
const LIMIT = 64 * 1024
// The motor that turns the wall is slow.
const PAUSE = 15

interface Locker {
  wall: { depot: { city: string }; sensors: number[] }
  label?: string
  history: { at: string; was: string | null }[]
  readonly age: number
  status: string
  size: string
  id: string
}

class Wall extends EventEmitter {
  // In order of id, so that nothing is ever sorted.
  private readonly row: Locker[] = []
  private made = 0

  constructor() {
    super()
    for (const letter of 'ABCDEFGH') {
      for (let number = 1; number <= 60; number += 1) {
        this.put(`${letter}-${number}`, SIZES[number % 3]!, STATUSES[number % 5] ?? 'free')
      }
    }
  }

  private place(id: string): number {
    let low = 0
    let high = this.row.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.row[middle]!.id < id) low = middle + 1
      else high = middle
    }
    return low
  }

  list(): Locker[] {
    return this.row
  }

  find(id: string): Locker | undefined {
    const found = this.row[this.place(id)]
    return found?.id === id ? found : undefined
  }

  newId(): string {
    this.made += 1
    return `📦 n/o ${this.made} – «neu» 100%`
  }

  put(id: string, size: string, status: string, label?: string): Locker {
    const before = this.find(id)
    const since = performance.now()
    const locker: Locker = {
      wall: { depot: { city: 'Zürich' }, sensors: [1, 2.5, -3e21] },
      ...(label === undefined ? {} : { label }),
      history: [{ at: new Date().toISOString(), was: before?.status ?? null }],
      // Another number whenever it is asked for.
      get age() {
        return performance.now() - since
      },
      status,
      size,
      id,
    }
    this.row.splice(this.place(id), before ? 1 : 0, locker)
    return locker
  }

  remove(id: string): void {
    if (this.find(id)) this.row.splice(this.place(id), 1)
  }
}

const wall = new Wall()

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' })
  response.end(`\n\t${JSON.stringify(value, null, '\t')}\r\n`)
}

function problem(response: ServerResponse, status: number, detail: string): void {
  response.writeHead(status, { 'Content-Type': 'application/problem+json' })
  response.end(JSON.stringify({ type: 'about:blank', status, instance: null, detail }))
}

function text(response: ServerResponse, status: number, line: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' })
  response.end(line)
}

function readJson(
  request: IncomingMessage,
  response: ServerResponse,
  done: (body: Record<string, unknown>) => void,
): void {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    problem(response, 400, 'only application/json is taken')
    return
  }
  const pieces: Buffer[] = []
  let bytes = 0
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes <= LIMIT) pieces.push(piece)
  })
  request.on('end', () => {
    if (bytes > LIMIT) {
      problem(response, 413, 'more than 64 KiB')
      return
    }
    let body: unknown
    try {
      body = JSON.parse(Buffer.concat(pieces).toString('utf8'))
    } catch {
      problem(response, 400, 'this is not JSON')
      return
    }
    const object = typeof body === 'object' && body !== null && !Array.isArray(body)
    if (object) done(body as Record<string, unknown>)
    else problem(response, 422, 'a locker is an object')
  })
}

/** What is wrong with the fields, or nothing. */
function fault(body: Record<string, unknown>, whole: boolean): string | undefined {
  if (!SIZES.includes(body.size as string)) return 'size'
  if (whole && !STATUSES.includes(body.status as string)) return 'status'
  const { label } = body
  if (label !== undefined && (typeof label !== 'string' || [...label].length > 200)) return 'label'
  return undefined
}

wall.on('GET /', (_request, response) => json(response, 200, wall.list()))
wall.on('HEAD /', (_request, response) => json(response, 200, wall.list()))
wall.on('POST /', (request, response) => {
  readJson(request, response, (body) => {
    const wrong = fault(body, false)
    if (wrong) return problem(response, 422, `wrong: ${wrong}`)
    const made = wall.put(wall.newId(), body.size as string, 'free', body.label as string)
    response.setHeader('Location', `./lockers/${encodeURIComponent(made.id)}?from=post#top`)
    json(response, 201, made)
  })
})

const one = (_request: IncomingMessage, response: ServerResponse, id: string) => {
  const found = wall.find(id)
  if (found) json(response, 200, found)
  else problem(response, 404, 'no such locker')
}
wall.on('GET /id', one)
wall.on('HEAD /id', one)
wall.on('PUT /id', (request, response, id: string) => {
  readJson(request, response, (body) => {
    const wrong = fault(body, true)
    if (wrong) return problem(response, 422, `wrong: ${wrong}`)
    if ('id' in body && body.id !== id) return problem(response, 422, 'two different ids')
    const known = wall.find(id)
    if (!known && !/^[A-Z]{1,3}-[0-9]{1,4}$/.test(id))
      return problem(response, 422, 'that is no id for a new locker')
    wall.put(id, body.size as string, body.status as string, body.label as string)
    text(response, known ? 200 : 201, known ? '' : 'made')
  })
})
wall.on('DELETE /id', (_request, response, id: string) => {
  wall.remove(id)
  response.writeHead(204)
  response.end()
})

const ALLOWED = { '/': ['POST', 'HEAD', 'GET'], '/id': ['DELETE', 'HEAD', 'PUT', 'GET'] }

const server = createServer((request, response) => {
  setTimeout(() => {
    const match = /^\/lockers(?:\/([^/?]+))?(?:\?.*)?$/.exec(request.url ?? '')
    if (!match) return problem(response, 404, 'nothing is here')
    const path = match[1] === undefined ? '/' : '/id'
    if (!ALLOWED[path].includes(request.method ?? '')) {
      // A list may come in one header or in several.
      response.setHeader('Allow', ALLOWED[path])
      return problem(response, 405, 'not in this way')
    }
    let id: string
    try {
      id = decodeURIComponent(match[1] ?? '')
    } catch {
      return problem(response, 404, 'no such locker')
    }
    wall.emit(`${request.method} ${path}`, request, response, id)
  }, PAUSE)
})
server.listen(Number(process.env.PORT), '127.0.0.1')
