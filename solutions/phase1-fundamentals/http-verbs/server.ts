import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

type Size = 'S' | 'M' | 'L'
type Status = 'free' | 'occupied' | 'broken'
type Locker = { id: string; size: Size; status: Status; label?: string }

class HttpError extends Error {
  readonly status: number
  readonly headers: Record<string, string>
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

const SIZES = ['S', 'M', 'L']
const STATUSES = ['free', 'occupied', 'broken']
const NEW_ID = /^[A-Z]{1,3}-[0-9]{1,4}$/
const MOST_BYTES = 64 * 1024

const lockers = new Map<string, Locker>()
let nextNumber = 1

function freshId(): string {
  // PUT may have taken a number of ours already.
  while (lockers.has(`NEW-${nextNumber}`)) nextNumber += 1
  return `NEW-${nextNumber++}`
}

/**
 * Collects the whole body first: a chunk may end in the middle of a character. A body that is too
 * large is read to its end too, so that the client sees the answer, but it is not kept.
 */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= MOST_BYTES) chunks.push(chunk)
  }
  if (size > MOST_BYTES) throw new HttpError(413, 'the body is larger than 64 KiB')
  return Buffer.concat(chunks)
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new HttpError(415, 'send JSON, with Content-Type: application/json')
  }
  const body = await readBody(request)
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new HttpError(400, 'the body is not valid JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'the body must be a JSON object')
  }
  return value as Record<string, unknown>
}

function readSize(body: Record<string, unknown>): Size {
  if (!SIZES.includes(body.size as string)) throw new HttpError(400, 'size must be S, M or L')
  return body.size as Size
}

function readLabel(body: Record<string, unknown>): { label?: string } {
  if (body.label === undefined) return {}
  if (typeof body.label !== 'string' || [...body.label].length > 200) {
    throw new HttpError(400, 'label must be a text of at most 200 characters')
  }
  return { label: body.label }
}

function reply(
  response: ServerResponse,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): void {
  if (body === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
    ...headers,
  })
  // Node itself leaves the body out when it answers a HEAD.
  response.end(bytes)
}

async function collection(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const all = [...lockers.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
      return reply(response, 200, all)
    }
    case 'POST': {
      const body = await readJson(request)
      const size = readSize(body)
      const label = readLabel(body)
      const locker: Locker = { id: freshId(), size, status: 'free', ...label }
      lockers.set(locker.id, locker)
      return reply(response, 201, locker, { Location: `/lockers/${locker.id}` })
    }
    default:
      throw new HttpError(405, 'this path takes GET, HEAD and POST', { Allow: 'GET, HEAD, POST' })
  }
}

async function item(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const known = lockers.get(id)
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (!known) throw new HttpError(404, `there is no locker ${id}`)
      return reply(response, 200, known)
    case 'PUT': {
      const body = await readJson(request)
      const size = readSize(body)
      if (!STATUSES.includes(body.status as string)) {
        throw new HttpError(400, 'status must be free, occupied or broken')
      }
      if (!known && !NEW_ID.test(id)) {
        throw new HttpError(400, 'a new id is 1 to 3 capitals, a hyphen and 1 to 4 digits')
      }
      const label = readLabel(body)
      const locker: Locker = { id, size, status: body.status as Status, ...label }
      lockers.set(id, locker)
      return reply(response, known ? 200 : 201, locker)
    }
    case 'DELETE':
      if (!lockers.delete(id)) throw new HttpError(404, `there is no locker ${id}`)
      return reply(response, 204)
    default:
      throw new HttpError(405, 'this path takes GET, HEAD, PUT and DELETE', {
        Allow: 'GET, HEAD, PUT, DELETE',
      })
  }
}

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!.split('?')[0]!
  if (path === '/lockers') return collection(request, response)
  const match = /^\/lockers\/([^/]+)$/.exec(path)
  if (match) return item(match[1]!, request, response)
  throw new HttpError(404, 'no such path')
}

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    const known = error instanceof HttpError
    if (!known) console.error(error)
    const status = known ? error.status : 500
    const message = known ? error.message : 'something went wrong'
    reply(response, status, { error: message }, known ? error.headers : {})
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
