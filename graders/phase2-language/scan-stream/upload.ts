import http from 'node:http'
import { type Answer, note, type ServerSubject, SubjectError } from '../../harness/index.ts'

/** How long an answer may take after the last byte, in ms. */
const PATIENCE_MS = 60_000

/** What is written at once. */
const PIECE = 64 * 1024

export type UploadOptions = {
  mode?: string
  /** Of the whole body. Without it the body comes in chunks. */
  length?: number
}

/** A POST /imports whose body is sent bit by bit, as the program takes it. */
export class Upload {
  /** Bytes of the body that the program, or what is between us, has taken. */
  sent = 0
  /** Resolves with the answer, whether or not the body has ended. @throws SubjectError where none comes */
  readonly answer: Promise<Answer>
  readonly #request: http.ClientRequest
  readonly #name: string
  /** Resolves when nothing more can be sent. */
  readonly #over = Promise.withResolvers<void>()
  #isOver = false

  constructor(server: ServerSubject, { mode = 'partial', length }: UploadOptions = {}) {
    const path = `/imports?mode=${mode}`
    this.#name = `POST ${path}`
    const { hostname, port } = new URL(server.url)
    const headers: http.OutgoingHttpHeaders = { 'Content-Type': 'text/csv' }
    if (length === undefined) headers['Transfer-Encoding'] = 'chunked'
    else headers['Content-Length'] = length
    this.#request = http.request({ hostname, port, method: 'POST', path, headers, agent: false })
    this.#request.on('close', () => this.#end())
    this.answer = this.#read(server)
    // Who waits for it gets the error.
    this.answer.catch(() => {})
  }

  #end(): void {
    this.#isOver = true
    this.#over.resolve()
  }

  async #read(server: ServerSubject): Promise<Answer> {
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        this.#request.on('error', reject)
        this.#request.on('response', (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => resolve(this.#answerOf(response, Buffer.concat(chunks))))
        })
      })
      note(this.#name, `(a body, bit by bit)\n← ${answer.status}\n${answer.text}`)
      return answer
    } catch (error) {
      // The exit of a dying server reaches us a little after its sockets close.
      await new Promise((resolve) => setTimeout(resolve, 60))
      const death = await server.explain?.()
      const { code, message } = error as Error & { code?: string }
      const what = death
        ? `the server ${death} instead of answering`
        : `the server closed the connection without an answer (${code ?? message})`
      throw new SubjectError(
        death ? 'crash' : 'connection',
        `${this.#name}: ${what}.`,
      )
    } finally {
      this.#end()
    }
  }

  #answerOf(response: http.IncomingMessage, bytes: Buffer): Answer {
    const text = bytes.toString('utf8')
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {}
    return {
      status: response.statusCode!,
      headers: response.headers,
      rawHeaders: response.rawHeaders,
      text,
      bytes,
      body,
      request: this.#name,
    }
  }

  /** True once the connection is closed or the answer has come: more cannot be sent. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Sends so much more; resolves when it is on its way, or when no more can be sent. */
  async write(text: string | Buffer): Promise<void> {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    for (let at = 0; at < bytes.length && !this.#isOver; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE)
      const gone = new Promise<void>((resolve) => {
        this.#request.write(piece, () => resolve())
      })
      await Promise.race([gone, this.#over.promise])
      if (!this.#isOver) this.sent += piece.length
    }
  }

  /** Ends the body and waits for the answer. @throws SubjectError where none comes within a minute */
  async finish(patience = PATIENCE_MS): Promise<Answer> {
    this.#request.end()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      this.abort()
      late.reject(
        new SubjectError(
          'no-answer',
          `${this.#name}: no answer within ${patience / 1000} s of the end of the body.`,
        ),
      )
    }, patience)
    try {
      return await Promise.race([this.answer, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Disconnects, in the middle of the body. */
  abort(): void {
    this.#request.destroy()
  }
}
