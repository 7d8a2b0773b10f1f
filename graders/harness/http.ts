import { AsyncLocalStorage } from 'node:async_hooks'
import http from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Response, Test } from 'supertest'
import { note, printable } from './evidence.ts'
import { SubjectError } from './subjects/errors.ts'

/** How long a subject may take for one answer, in ms; generous, for slow machines. */
export let answerTimeout = 20_000

/** Lets programs take their time: somebody is looking at them through a debugger. */
export function waitForAnswersPatiently(): void {
  answerTimeout = 3_600_000
}

const MOST_BODY = 32 * 1024 ** 2

/** What the HTTP clients need to know of a server. */
export type Target = {
  url: string
  /** Explains a broken connection, when the server has died. */
  explain?(): Promise<string | undefined>
}

/** The answer to a request sent with `send`. Header names are lower-case. */
export type Answer = {
  status: number
  headers: http.IncomingHttpHeaders
  /** Names and values as they came, in turn. */
  rawHeaders: string[]
  text: string
  bytes: Buffer
  /** The body as JSON; undefined where it is not. */
  body: any
  /** `GET /lockers`, for messages. */
  request: string
}

export type Sending = {
  method?: string
  path: string
  headers?: Record<string, string | string[]>
  /** Sent as JSON, with its Content-Type unless one is given. */
  json?: unknown
  /** Sent as it is. */
  body?: string | Buffer
  /** Keeps sockets open between requests; a fresh connection each time by default. */
  agent?: http.Agent
  /**
   * Sends it again on a fresh connection where one that was kept open turns out to be closed. Not for
   * probes that break connections: the request may have arrived.
   */
  againIfClosed?: boolean
  /** Milliseconds; 20 000 by default. */
  timeout?: number
  /** Opens the connection; for probes that bend it. */
  connect?(): Duplex
}

function headerLines(headers: Record<string, unknown>): string {
  const dull = new Set([
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
    'date',
    'keep-alive',
  ])
  return Object.entries(headers)
    .filter(([name]) => !dull.has(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}\n`)
    .join('')
}

function describeAnswer(status: number, headers: Record<string, unknown>, text: string): string {
  const reason = http.STATUS_CODES[status] ?? ''
  const body = text === '' ? '' : `\n${printable(text, 1500)}`
  return `← ${status} ${reason}\n${headerLines(headers)}${body}`.trimEnd()
}

function describeBody(body: unknown): string {
  if (body === undefined || body === null) return ''
  if (Buffer.isBuffer(body)) return `\n${printable(body.toString('utf8'), 1500)}`
  return `\n${printable(typeof body === 'string' ? body : JSON.stringify(body), 1500)}`
}

function noteExchange(
  request: { method: string; path: string; headers: Record<string, unknown>; body?: unknown },
  outcome: string,
): void {
  const head = headerLines(request.headers)
  note(
    `${request.method} ${request.path}`,
    `${head}${describeBody(request.body)}\n${outcome}`.trim(),
  )
}

/** What clients reject with: `timeout` is set where time ran out, by superagent to its limit in ms. */
type ConnectionFault = Error & { code?: string; timeout?: number }

async function connectionError(
  target: Target,
  request: string,
  error: ConnectionFault,
  timeout = answerTimeout,
): Promise<Error> {
  // What Node refuses to send is a fault of the grader.
  if (/^ERR_(UNESCAPED|INVALID|HTTP)_/.test(error.code ?? '')) return error
  // The exit of a dying server reaches us a little after its sockets close.
  await new Promise((resolve) => setTimeout(resolve, 60))
  const death = await target.explain?.()
  if (death)
    return new SubjectError('crash', `${request}: the server ${death} instead of answering.`)
  if (error.timeout || error.code === 'ETIMEDOUT' || error.code === 'ECONNABORTED') {
    return new SubjectError('no-answer', `${request}: no answer within ${timeout / 1000} s.`)
  }
  if (error.code === 'ECONNREFUSED') {
    return new SubjectError('connection', `${request}: the server refused the connection.`)
  }
  if (error.code?.startsWith('HPE_')) {
    return new SubjectError(
      'connection',
      `${request}: the answer is not valid HTTP (${error.message}).`,
    )
  }
  return new SubjectError(
    'connection',
    `${request}: the server closed the connection without a whole answer (${error.code ?? error.message}).`,
  )
}

/** Supertest's verbs, aimed at one server. */
export type Http = Record<
  'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options',
  (path: string) => Test
>

const freshConnections = new http.Agent({ keepAlive: false })

/**
 * Supertest for a subject: redirects are not followed, every status is an answer, each request
 * opens a connection of its own, and what was sent and answered is kept as evidence.
 * A request that gets no answer rejects with a SubjectError.
 */
export async function httpClient(target: Target): Promise<Http> {
  const { default: supertest } = await import('supertest')

  /** One request, which notes what comes of it; a broken connection is told in a learner's words. */
  class SubjectRequest extends supertest.Test {
    /** What it sends, in the spelling it was given; not among superagent's types. */
    declare readonly header: Record<string, string>
    readonly #path: string
    /** It is noted for the test that sends it, wherever superagent is when it has its answer. */
    readonly #keep = AsyncLocalStorage.bind(noteExchange)
    /** Set where a whole answer has come: what fails then is an expectation of the grader's. */
    #answered = false
    /** The error as it was before supertest shortened it. */
    #cause: ConnectionFault | undefined
    #outcome: Promise<Response> | undefined

    constructor(method: string, path: string) {
      super(target.url, method, path)
      this.#path = path
      this.on('response', ({ status, headers, text = '' }: Response) => {
        this.#answered = true
        this.#note(describeAnswer(status, headers, text))
      })
      this.on('error', (error: ConnectionFault) => {
        this.#cause ??= error
      })
    }

    // biome-ignore lint/suspicious/noThenProperty: a request is a promise already, and stays one
    override then<A = Response, B = never>(
      resolve?: ((answer: Response) => A | PromiseLike<A>) | null,
      reject?: ((error: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      this.#outcome ??= super.then(undefined, async (error: ConnectionFault) => {
        if (this.#answered) throw error
        const cause = this.#cause ?? error
        const name = `${this.method} ${this.#path}`
        const better = await connectionError(target, name, cause, cause.timeout)
        this.#note(`← ${better.message}`)
        throw better
      })
      return this.#outcome.then(resolve, reject)
    }

    #note(outcome: string): void {
      const { data: body } = this.toJSON() as { data?: unknown }
      this.#keep({ method: this.method, path: this.#path, headers: this.header, body }, outcome)
    }
  }

  const verb = (method: keyof Http) => (path: string) =>
    new SubjectRequest(method, path)
      .agent(freshConnections)
      .timeout({ response: answerTimeout, deadline: 2 * answerTimeout })
  return {
    get: verb('get'),
    post: verb('post'),
    put: verb('put'),
    patch: verb('patch'),
    delete: verb('delete'),
    head: verb('head'),
    options: verb('options'),
  }
}

/**
 * Sends one request and reads the whole answer, with more say over the wire than supertest: raw
 * bodies, any method, keep-alive agents, connections of one's own.
 * @throws SubjectError where there is no whole answer in time
 */
export async function send(target: Target, sending: Sending): Promise<Answer> {
  const method = sending.method ?? 'GET'
  const name = `${method} ${sending.path}`
  const body = sending.json === undefined ? sending.body : JSON.stringify(sending.json)
  const headers: Record<string, string | string[]> = { ...sending.headers }
  const has = (wanted: string) => Object.keys(headers).some((key) => key.toLowerCase() === wanted)
  if (sending.json !== undefined && !has('content-type'))
    headers['Content-Type'] = 'application/json'
  if (body !== undefined && !has('content-length') && !has('transfer-encoding')) {
    headers['Content-Length'] = String(Buffer.byteLength(body))
  }
  const { hostname, port } = new URL(target.url)
  const timeout = sending.timeout ?? answerTimeout
  const exchange = (agent: http.Agent | undefined) =>
    new Promise<Answer>((resolve, reject) => {
      const request = http.request({
        hostname,
        port,
        method,
        path: sending.path,
        headers,
        // Node asks `createConnection` only where there is no agent.
        agent,
        createConnection: sending.connect ? () => sending.connect!() as Socket : undefined,
      })
      const timer = setTimeout(() => {
        request.destroy(Object.assign(new Error('timeout'), { timeout }))
      }, timeout)
      request.on('error', (error) => {
        clearTimeout(timer)
        reject(Object.assign(error, { stale: request.reusedSocket && !answered }))
      })
      let answered = false
      request.on('response', (response) => {
        answered = true
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MOST_BODY) request.destroy(new Error('an answer of more than 32 MiB'))
          else chunks.push(chunk)
        })
        response.on('error', (error) => {
          clearTimeout(timer)
          reject(error)
        })
        response.on('aborted', () =>
          reject(Object.assign(new Error('cut off'), { code: 'ECONNRESET' })),
        )
        response.on('end', () => {
          clearTimeout(timer)
          const bytes = Buffer.concat(chunks)
          const text = bytes.toString('utf8')
          let parsed: unknown
          try {
            parsed = JSON.parse(text)
          } catch {}
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            text,
            bytes,
            body: parsed,
            request: name,
          })
        })
      })
      request.end(body)
    })
  try {
    const agent = sending.agent ?? (sending.connect ? undefined : freshConnections)
    const answer = await exchange(agent).catch(
      (error: Error & { code?: string; stale?: boolean }) => {
        // A server may close a connection that nobody uses, just as we use it again.
        if (sending.againIfClosed && error.stale && ['ECONNRESET', 'EPIPE'].includes(error.code!)) {
          return exchange(freshConnections)
        }
        throw error
      },
    )
    noteExchange(
      { method, path: sending.path, headers, body },
      describeAnswer(answer.status, answer.headers, answer.text),
    )
    return answer
  } catch (error) {
    const better = await connectionError(target, name, error as Error, timeout)
    noteExchange({ method, path: sending.path, headers, body }, `← ${better.message}`)
    throw better
  }
}
