// Requests that are held open for as long as the grader likes, ended or given up.
import { connect } from 'node:net'
import { cleanup, note, SubjectError } from '../../harness/index.ts'
import type { Metered } from './metered.ts'

export type Held = {
  what: string
  /** When it was sent, by `performance.now()`. */
  sentAt: number
  /** The status of its answer; undefined where the connection ended without one. */
  answered: Promise<number | undefined>
  /** True once `answered` is over. */
  isOver(): boolean
  /** Sends the rest of its body, if any, and waits for its answer. */
  finish(): Promise<number>
  /** Hangs up: politely, or by a reset. */
  abort(how?: 'close' | 'reset'): void
  /** Sends another request on the connection. @returns false where the server has not kept it open */
  again(text: string): boolean
}

const ANSWER_SECONDS = 20

/** Sends the first part of a request on a connection of its own. */
function open(metered: Metered, what: string, first: string, rest = ''): Held {
  const { port } = metered.server
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  cleanup(async () => void socket.destroy())
  note(what, `${first}\n… and no more for now`)
  let over = false
  let seen = ''
  const answered = new Promise<number | undefined>((resolve) => {
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(seen)?.[1]
      if (status && seen.includes('\r\n\r\n')) {
        over = true
        resolve(Number(status))
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      over = true
      resolve(undefined)
    })
  })
  const sentAt = performance.now()
  socket.write(first)
  return {
    what,
    sentAt,
    answered,
    isOver: () => over,
    async finish() {
      if (rest) socket.write(rest)
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, ANSWER_SECONDS * 1000, 'late')
      })
      const status = await Promise.race([answered, late])
      clearTimeout(timer)
      if (status === 'late') {
        throw new SubjectError('no-answer', `${what}: no answer within ${ANSWER_SECONDS} s.`)
      }
      if (status === undefined) {
        throw new SubjectError('connection', `${what}: the server closed the connection.`)
      }
      note(what, `${rest ? `${rest}\n` : ''}← ${status}`)
      return status
    },
    abort(how = 'close') {
      note(what, `the client ${how === 'close' ? 'closes' : 'resets'} the connection`)
      if (how === 'close') socket.destroy()
      else socket.resetAndDestroy()
    },
    again(text) {
      const keptOpen = /^HTTP\/1\.1/.test(seen) && !/^connection: *close/im.test(seen)
      if (!keptOpen || !socket.writable) return false
      note(what, `${text}\n… on the connection that was kept open`)
      seen = ''
      socket.write(text)
      return true
    },
  }
}

/** A POST of a parcel whose body stops in the middle. */
export function holdUpload(metered: Metered, size = 'M'): Held {
  const body = `{"size":"${size}"${' '.repeat(20)}}`
  const head = [
    'POST /parcels HTTP/1.1',
    `Host: 127.0.0.1:${metered.server.port}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ].join('\r\n')
  const what = 'POST /parcels with half of its body'
  return open(metered, what, `${head}\r\n\r\n${body.slice(0, 12)}`, body.slice(12))
}

/** A GET whose answer takes a while. */
export function holdAnswer(metered: Metered, path: string): Held {
  const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${metered.server.port}\r\n\r\n`
  return open(metered, `GET ${path}`, head)
}
