import { createServer, type Socket } from 'node:net'

// No HTTP library at all: the bytes come from a TCP socket and go back to it.
type Locker = { label?: string; size: string; status: string; id: string }
type Head = { method: string; path: string; headers: Map<string, string> }
type Answer = { status: number; headers?: string[]; json?: unknown }

const REASONS: Record<number, string> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  431: 'Request Header Fields Too Large',
}
const MAX_BODY = 65_536
const MAX_HEAD = 32_768

const wall: Record<string, Locker> = Object.create(null)
let next = 1

const refuse = (status: number, detail: string, headers: string[] = []): Answer => ({
  status,
  headers,
  json: { detail },
})

function readHead(text: string): Head | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const [method, target, version] = first.split(' ')
  if (!method || !target || !version?.startsWith('HTTP/1.')) return undefined
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) return undefined
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { method, path: target.split('?')[0]!, headers }
}

/** The chunks' payload so far, and whether the last chunk was seen. @throws where it is malformed */
function unchunk(raw: Buffer): { body: Buffer; done: boolean } {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const end = raw.indexOf('\r\n', at)
    if (end < 0) return { body: Buffer.concat(parts), done: false }
    const digits = raw.toString('latin1', at, end).split(';')[0]!.trim()
    if (!/^[0-9a-f]{1,8}$/i.test(digits)) throw new Error('bad chunk')
    const size = Number.parseInt(digits, 16)
    const start = end + 2
    parts.push(raw.subarray(start, start + size))
    if (size === 0) return { body: Buffer.concat(parts), done: raw.indexOf('\r\n', start) >= 0 }
    if (raw.length < start + size + 2) return { body: Buffer.concat(parts), done: false }
    at = start + size + 2
  }
}

function locker(body: any, id: string, status: unknown): Locker | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'send an object'
  if (body.size !== 'S' && body.size !== 'M' && body.size !== 'L') return 'size: S, M or L'
  if (status !== 'free' && status !== 'occupied' && status !== 'broken')
    return 'status: free, occupied or broken'
  if (body.label === undefined) return { size: body.size, status, id }
  // Characters as a reader counts them, not the halves that JavaScript counts.
  if (typeof body.label !== 'string' || [...body.label].length > 200)
    return 'label: text of at most 200 characters'
  return { label: body.label, size: body.size, status, id }
}

function respond({ method, path, headers }: Head, bytes: Buffer): Answer {
  const segments = path.split('/').slice(1)
  if (segments[0] !== 'lockers' || segments.length > 2 || segments[1] === '')
    return refuse(404, 'no such path')
  const single = segments.length === 2
  const allowed = single ? 'DELETE, PUT, HEAD, GET' : 'POST, HEAD, GET'
  if (!allowed.split(', ').includes(method))
    return refuse(405, `only ${allowed} here`, [`allow: ${allowed}`])

  let id = ''
  try {
    id = decodeURIComponent(segments[1] ?? '')
  } catch {
    return refuse(404, 'no such locker')
  }

  if (method === 'DELETE') {
    delete wall[id]
    return { status: 204 }
  }
  if (method === 'GET' || method === 'HEAD') {
    if (!single)
      return {
        status: 200,
        json: Object.keys(wall)
          .sort()
          .map((key) => wall[key]),
      }
    return wall[id] ? { status: 200, json: wall[id] } : refuse(404, 'no such locker')
  }

  if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? ''))
    return refuse(400, 'the body must be application/json')
  let body: any
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return refuse(400, 'the body cannot be read as JSON')
  }
  if (method === 'POST') {
    const made = locker(body, `w${String(next).padStart(6, '0')}`, 'free')
    if (typeof made === 'string') return refuse(422, made)
    next += 1
    wall[made.id] = made
    return {
      status: 201,
      headers: [`location: http://${headers.get('host')}/lockers/${made.id}`],
      json: made,
    }
  }
  const made = locker(body, id, body?.status)
  if (typeof made === 'string') return refuse(422, made)
  const known = id in wall
  if (!known && !/^[A-Z]{1,3}-[0-9]{1,4}$/.test(id)) return refuse(422, 'this id cannot be new')
  wall[id] = made
  return known ? { status: 204 } : { status: 201, json: made }
}

function write(socket: Socket, method: string, { status, headers = [], json }: Answer): void {
  const lines = [`HTTP/1.1 ${status} ${REASONS[status]}`, 'connection: close', ...headers]
  if (json === undefined) {
    socket.end(`${lines.join('\r\n')}\r\n\r\n`)
    return
  }
  lines.push('content-type: application/json', 'transfer-encoding: chunked')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (method !== 'HEAD') {
    const text = Buffer.from(`${JSON.stringify(json, null, 2)}\n`)
    // Small pieces, cut wherever they fall, also inside of a letter.
    for (let at = 0; at < text.length; at += 1000) {
      const piece = text.subarray(at, at + 1000)
      socket.write(`${piece.length.toString(16)}\r\n`)
      socket.write(piece)
      socket.write('\r\n')
    }
    socket.write('0\r\n\r\n')
  }
  socket.end()
}

const server = createServer((socket) => {
  let received = Buffer.alloc(0)
  let head: Head | undefined
  let bodyAt = 0
  let answered = false
  const answer = (value: Answer) => {
    answered = true
    write(socket, head?.method ?? 'GET', value)
  }
  socket.on('error', () => socket.destroy())
  socket.on('data', (piece) => {
    // One request a connection: whatever comes after it is of no interest.
    if (answered) return
    received = Buffer.concat([received, piece])
    if (!head) {
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) {
        if (received.length > MAX_HEAD) answer(refuse(431, 'too many headers'))
        return
      }
      head = readHead(received.toString('latin1', 0, end))
      if (!head) return answer(refuse(400, 'this is not HTTP'))
      bodyAt = end + 4
      if (head.headers.get('expect')?.toLowerCase() === '100-continue')
        socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    }
    const rest = received.subarray(bodyAt)
    if (head.headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      try {
        const { body, done } = unchunk(rest)
        if (body.length > MAX_BODY) answer(refuse(413, 'at most 64 KiB'))
        else if (done) answer(respond(head, body))
      } catch {
        answer(refuse(400, 'the chunks cannot be read'))
      }
      return
    }
    const length = Number(head.headers.get('content-length') ?? 0)
    if (!Number.isSafeInteger(length) || length < 0)
      return answer(refuse(400, 'Content-Length is no number'))
    if (length > MAX_BODY) return answer(refuse(413, 'at most 64 KiB'))
    if (rest.length >= length) answer(respond(head, rest.subarray(0, length)))
  })
})

server.listen(Number(process.env.PORT), '127.0.0.1')
