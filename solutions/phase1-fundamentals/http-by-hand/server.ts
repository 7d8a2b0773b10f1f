import { readFile, realpath, stat } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'

const MOST_HEAD = 32 * 1024
const MOST_BODY = 1024 * 1024

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

const REASONS: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
}

type Headers = Map<string, string[]>
type Head = { method: string; target: string; version: string; headers: Headers }
type Answer = { status: number; type: string; body: Buffer }

/** The client's bytes cannot be read as requests from here on: it is told so, and hung up on. */
class Unreadable extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The client has closed its side, and no whole request is left. */
class Gone extends Error {}

/** What a connection brings, as a stream of bytes: how they were cut into pieces is forgotten here. */
class Bytes {
  #held = Buffer.alloc(0)
  #over = false
  #wake = () => {}
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (piece: Buffer) => {
      if (this.#over) return
      this.#held = Buffer.concat([this.#held, piece])
      // The next piece waits until it is needed: nobody can fill our memory.
      socket.pause()
      this.#wake()
    })
    socket.on('end', () => this.stop())
    socket.on('close', () => this.stop())
  }

  /** Takes no more from the client, who may go on sending. */
  stop(): void {
    this.#over = true
    this.#wake()
  }

  async #more(): Promise<void> {
    if (this.#over) throw new Gone()
    const before = this.#held
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#socket.resume()
    })
    if (this.#held === before) throw new Gone()
  }

  /** Returns the next line without its end. @throws Unreadable past so many bytes, its end included */
  async line(most: number, status: number): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf('\r\n')
      if ((end < 0 ? this.#held.length : end + 2) > most) {
        throw new Unreadable(status, 'this line, or the head that it belongs to, is too long')
      }
      if (end >= 0) return (await this.take(end + 2)).toString('latin1', 0, end)
      await this.#more()
    }
  }

  async take(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#more()
    const taken = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    return taken
  }
}

async function readHead(bytes: Bytes): Promise<Head> {
  let left = MOST_HEAD
  const nextLine = async () => {
    const line = await bytes.line(left, 431)
    left -= line.length + 2
    return line
  }
  const parts = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\/[!-~]*) HTTP\/(\d\.\d)$/.exec(await nextLine())
  if (!parts) throw new Unreadable(400, 'the first line is not: METHOD /target HTTP/1.1')
  const [, method, target, version] = parts as unknown as [string, string, string, string]
  if (!version.startsWith('1.')) throw new Unreadable(505, 'this server speaks HTTP/1.1')

  const headers: Headers = new Map()
  for (let line = await nextLine(); line !== ''; line = await nextLine()) {
    // No blank may stand before the colon: servers differ in what they make of it.
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line)
    if (!field) throw new Unreadable(400, 'a header line is not: Name: value')
    const name = field[1]!.toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), field[2]!])
  }
  const hosts = headers.get('host')?.length ?? 0
  if (version !== '1.0' && hosts !== 1) throw new Unreadable(400, 'send exactly one Host header')
  return { method, target, version, headers }
}

async function readBody({ headers }: Head, bytes: Bytes): Promise<Buffer> {
  const lengths = new Set(headers.get('content-length'))
  const codings = headers.get('transfer-encoding')
  if (codings) {
    if (lengths.size > 0) throw new Unreadable(400, 'the body has two lengths')
    if (codings.join().toLowerCase() !== 'chunked') {
      throw new Unreadable(501, 'the only transfer coding here is chunked')
    }
    return readChunks(bytes)
  }
  const [length = '0'] = lengths
  if (lengths.size > 1 || !/^\d+$/.test(length)) {
    throw new Unreadable(400, 'Content-Length is not one number')
  }
  if (Number(length) > MOST_BODY) throw new Unreadable(413, 'the body is too large')
  return bytes.take(Number(length))
}

async function readChunks(bytes: Bytes): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    const line = await bytes.line(MOST_HEAD, 400)
    const digits = line.split(';')[0]!.trimEnd()
    if (!/^[0-9a-f]+$/i.test(digits)) throw new Unreadable(400, 'a chunk has no size')
    const size = Number.parseInt(digits, 16)
    total += size
    if (total > MOST_BODY) throw new Unreadable(413, 'the body is too large')
    if (size === 0) break
    chunks.push(await bytes.take(size))
    if ((await bytes.take(2)).toString('latin1') !== '\r\n') {
      throw new Unreadable(400, 'a chunk is longer than its size')
    }
  }
  // Trailers: nobody here asks for them.
  let left = MOST_HEAD
  for (let line = 'x'; line !== ''; left -= line.length + 2) line = await bytes.line(left, 431)
  return Buffer.concat(chunks)
}

function say(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: Buffer.from(`${text}\n`) }
}

/** Returns where a path leads, all links followed; undefined where there is nothing, or nothing of ours. */
async function findFile(name: string): Promise<string | undefined> {
  const root = await realpath(process.env.DOCROOT!)
  const found = await realpath(path.join(root, name)).catch(() => root)
  if (found !== root && !found.startsWith(root + path.sep)) return undefined
  const info = await stat(found)
  if (info.isFile()) return found
  if (name.endsWith('/index.html')) return undefined
  return info.isDirectory() ? findFile(`${name}/index.html`) : undefined
}

async function serveFile(target: string): Promise<Answer> {
  let name: string
  try {
    name = decodeURIComponent(target.split('?')[0]!)
  } catch {
    return say(404, 'the path is not encoded rightly')
  }
  const file = name.includes('\0') ? undefined : await findFile(name)
  if (!file) return say(404, 'there is no such file')
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
  return { status: 200, type, body: await readFile(file) }
}

async function respond({ method, target }: Head, body: Buffer): Promise<Answer> {
  if (target.split('?')[0] === '/echo') {
    if (method === 'POST') return { status: 200, type: 'application/octet-stream', body }
    return say(405, 'this path takes POST')
  }
  if (method === 'GET' || method === 'HEAD') return serveFile(target)
  return say(405, 'this path takes GET and HEAD')
}

function staysOpen({ version, headers }: Head): boolean {
  const options = (headers.get('connection') ?? [])
    .join(',')
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/)
  if (options.includes('close')) return false
  return version !== '1.0' || options.includes('keep-alive')
}

function write(socket: Socket, answer: Answer, open: boolean, withBody = true): Promise<void> {
  const { status, type, body } = answer
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    `Connection: ${open ? 'keep-alive' : 'close'}`,
  ]
  const bytes = Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`),
    withBody ? body : Buffer.alloc(0),
  ])
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}

/** One request after the other, and the next is not looked at before this one is answered. */
async function serve(socket: Socket, bytes: Bytes): Promise<void> {
  try {
    for (let open = true; open; ) {
      const head = await readHead(bytes)
      const body = await readBody(head, bytes)
      open = staysOpen(head)
      const answer = await respond(head, body)
      await write(socket, answer, open, head.method !== 'HEAD')
    }
  } catch (error) {
    if (error instanceof Gone) return
    if (!(error instanceof Unreadable)) console.error(error)
    const { status, message } =
      error instanceof Unreadable ? error : { status: 500, message: 'something went wrong' }
    await write(socket, say(status, message), false)
  }
}

// Without allowHalfOpen, Node closes our side as soon as the client closes its own.
const server = createServer({ allowHalfOpen: true }, async (socket) => {
  // A client that hangs up is no reason to end the whole server.
  socket.on('error', () => socket.destroy())
  const bytes = new Bytes(socket)
  await serve(socket, bytes)
  bytes.stop()
  socket.end()
  // What the client still sends is thrown away: closing on unread bytes would reset the connection,
  // and our last answer could be lost on its way.
  socket.resume()
  socket.setTimeout(2000, () => socket.destroy())
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
