import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import tls from 'node:tls'
import selfsigned from 'selfsigned'
import { WebSocketServer } from 'ws'
import {
  type Answer,
  type Arrived,
  type Submission,
  send,
  shared,
  type Upstream,
  upstream,
} from '../../harness/index.ts'
import { curl } from '../../harness/model/curl.ts'
import type { ModelRequest } from '../../harness/model/step.ts'
import { type Nginx, newPrefix, startNginx, wordFor } from '../../harness/subjects/nginx.ts'

/** How the app answers one request. */
export type AppAnswer = {
  status?: number
  headers?: Record<string, string | readonly string[] | undefined>
  body?: Buffer
}

/** Names a request, so that it is found in the app's log. */
const MARK = 'X-Request'

/** Lies beside the folder that is served. */
export const SECRETS = ['secret.txt', 'static.txt', 'statics/secret.txt']

/** A request over either port. */
export type Asked = ModelRequest & {
  /** Where the client sits; one of the addresses of this machine. */
  from?: string
  /** Opens a connection of its own, and sends no more on it. */
  alone?: boolean
}

const PLAIN = new http.Agent({ keepAlive: true })

const AGENTS = new Map<string, http.Agent>()

/** Connections to the HTTPS port that are kept for the next request, by where they come from. */
function agentFrom(from: string): http.Agent {
  const known = AGENTS.get(from)
  if (known) return known
  const agent = new http.Agent({ keepAlive: true })
  agent.createConnection = (options) => {
    const at: tls.ConnectionOptions & { localAddress: string } = {
      host: '127.0.0.1',
      port: Number((options as { port: number }).port),
      localAddress: from,
      rejectUnauthorized: false,
    }
    return tls.connect(at)
  }
  AGENTS.set(from, agent)
  return agent
}

/** A running nginx with the learner's file, the app behind it, and the files it serves. */
export class Door {
  readonly nginx: Nginx
  readonly app: Upstream
  readonly docroot: string
  readonly secret: string
  readonly #answers: Map<string, AppAnswer>
  #asked = 0

  constructor(given: {
    nginx: Nginx
    app: Upstream
    docroot: string
    secret: string
    answers: Map<string, AppAnswer>
  }) {
    this.nginx = given.nginx
    this.app = given.app
    this.docroot = given.docroot
    this.secret = given.secret
    this.#answers = given.answers
  }

  /** Writes a file below the docroot, and returns its bytes. */
  write(name: string, bytes: Buffer): Buffer {
    const file = path.join(this.docroot, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, bytes)
    return bytes
  }

  /** A request over plain HTTP. */
  http(asked: Asked): Promise<Answer> {
    return this.#send('HTTP_PORT', asked, PLAIN)
  }

  /** A request over HTTPS. */
  https(asked: Asked): Promise<Answer> {
    return this.#send('HTTPS_PORT', asked, agentFrom(asked.from ?? '127.0.0.1'))
  }

  /** The same, and how the app is to answer; `arrived` is what it got of the request. */
  async throughApp(
    asked: Asked,
    answer: AppAnswer = {},
  ): Promise<{ answer: Answer; arrived: Arrived[] }> {
    this.#asked += 1
    const mark = String(this.#asked)
    this.#answers.set(mark, answer)
    const got = await this.https({ ...asked, headers: { [MARK]: mark, ...asked.headers } })
    return { answer: got, arrived: this.app.requests.filter((one) => markOf(one) === mark) }
  }

  async #send(port: string, asked: Asked, agent: http.Agent): Promise<Answer> {
    const target = { url: `http://127.0.0.1:${this.nginx.ports[port]}` }
    const { method, path, headers, json, body } = asked
    return send(target, {
      ...{ method, path, agent, againIfClosed: !asked.alone },
      headers: { Host: 'pelican.test', 'User-Agent': 'Mozilla/5.0 (Roadworks)', ...headers },
      body: json ?? body,
    })
  }
}

function markOf({ headers }: Arrived): string {
  return String(headers[MARK.toLowerCase()] ?? '')
}

/** How a learner sends the same request: `$HTTP` and `$HTTPS` are the addresses of `try.ts`. */
export function shown(scheme: 'HTTP' | 'HTTPS', asked: Asked): string {
  return curl(asked, scheme).replace('curl -i', scheme === 'HTTPS' ? 'curl -ik' : 'curl -i')
}

const certificate = shared(() =>
  selfsigned.generate([{ name: 'commonName', value: 'pelican.test' }], { algorithm: 'sha256' }),
)

/** Starts an app, and nginx with the learner's file before it. */
export async function openDoor(submission: Submission): Promise<Door> {
  const folder = await newPrefix(submission)
  const docroot = path.join(folder, 'www')
  const secret = createHash('sha256').update(`secret ${submission.seed}`).digest('hex')
  for (const name of SECRETS) {
    mkdirSync(path.dirname(path.join(docroot, name)), { recursive: true })
    writeFileSync(path.join(docroot, name), `${secret}\n`)
  }
  writeFileSync(path.join(folder, 'secret.txt'), `${secret}\n`)
  mkdirSync(path.join(docroot, 'static'))
  const { cert, private: key } = await certificate()
  writeFileSync(path.join(folder, 'cert.pem'), cert)
  writeFileSync(path.join(folder, 'key.pem'), key)

  const answers = new Map<string, AppAnswer>()
  const sockets = new WebSocketServer({ noServer: true })
  sockets.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
    socket.send('hello from the app')
  })
  const app = await upstream(
    (request, response) => {
      const { status = 200, headers = {}, body } = answers.get(markOf(request)) ?? {}
      const bytes = body ?? Buffer.from('the app')
      const empty = status === 204 || status === 304
      const usual = empty ? {} : { 'Content-Type': 'text/plain', 'Content-Length': bytes.length }
      response.writeHead(status, { ...usual, ...headers } as http.OutgoingHttpHeaders)
      response.end(empty ? undefined : bytes)
    },
    (request, socket, head) => {
      // RFC 6455 asks for 1.1 or newer, and many servers insist.
      if (request.httpVersion === '1.0') {
        socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        return
      }
      sockets.handleUpgrade(request, socket, head, (one) => sockets.emit('connection', one))
    },
  )
  const nginx = await startNginx({
    file: 'default.conf.template',
    template: submission.readText('default.conf.template'),
    folder,
    ports: ['HTTP_PORT', 'HTTPS_PORT'],
    values: {
      APP_PORT: app.port,
      DOCROOT: wordFor(folder, 'www'),
      CERT: wordFor(folder, 'cert.pem'),
      KEY: wordFor(folder, 'key.pem'),
    },
  })
  return new Door({ nginx, app, docroot, secret, answers })
}
