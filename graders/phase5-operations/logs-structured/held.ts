// Requests that are held open for as long as the grader likes, ended or given up.
import { connect } from 'node:net'
import { cleanup, note, type ServerSubject, SubjectError } from '../../harness/index.ts'

export type Held = {
  id: string
  what: string
  /** Milliseconds since it was sent. */
  ms(): number
  /** The status of its answer; undefined where the connection ended without one. */
  answered: Promise<number | undefined>
  /** Sends the rest of its body, if any, and waits for its answer. @returns status and ms since it was sent */
  finish(): Promise<{ status: number; ms: number }>
  /** Hangs up: politely, or by a reset. */
  abort(how: 'close' | 'reset'): void
}

const ANSWER_SECONDS = 20

/** Sends the first part of a request on a connection of its own. */
function open(server: ServerSubject, id: string, what: string, first: string, rest = ''): Held {
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true })
  cleanup(() => void socket.destroy())
  note(what, `${first}\n… and no more for now`)
  let seen = ''
  const answered = new Promise<number | undefined>((resolve) => {
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(seen)?.[1]
      if (status && seen.includes('\r\n\r\n')) resolve(Number(status))
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(undefined))
  })
  const sentAt = performance.now()
  const ms = () => performance.now() - sentAt
  socket.write(first)
  return {
    id,
    what,
    ms,
    answered,
    async finish() {
      if (rest) socket.write(rest)
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, ANSWER_SECONDS * 1000, 'late')
      })
      const status = await Promise.race([answered, late])
      clearTimeout(timer)
      const took = ms()
      if (status === 'late') {
        throw new SubjectError('no-answer', `${what}: no answer within ${ANSWER_SECONDS} s.`)
      }
      if (status === undefined) {
        throw new SubjectError('connection', `${what}: the server closed the connection.`)
      }
      note(what, `${rest ? `${rest}\n` : ''}← ${status}`)
      return { status, ms: took }
    },
    abort(how) {
      note(what, `the client ${how === 'close' ? 'closes' : 'resets'} the connection`)
      if (how === 'close') socket.destroy()
      else socket.resetAndDestroy()
    },
  }
}

const headOf = (server: ServerSubject, id: string, line: string, more: string[] = []) =>
  `${[line, `Host: 127.0.0.1:${server.port}`, `X-Request-Id: ${id}`, 'Connection: close', ...more].join('\r\n')}\r\n\r\n`

/** A POST of a parcel whose body stops in the middle. */
export function holdUpload(server: ServerSubject, id: string): Held {
  const body = `{"town":"Cork"${' '.repeat(20)}}`
  const head = headOf(server, id, 'POST /parcels HTTP/1.1', [
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ])
  const what = 'POST /parcels with half of its body'
  return open(server, id, what, `${head}${body.slice(0, 12)}`, body.slice(12))
}

/** A GET whose answer takes a while. */
export function holdAnswer(server: ServerSubject, id: string, path: string): Held {
  return open(server, id, `GET ${path}`, headOf(server, id, `GET ${path} HTTP/1.1`))
}
