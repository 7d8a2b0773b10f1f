import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { type Answer, type Sending, SubjectError, send, type Target } from '../index.ts'

const PIECE = 4096

/** A connection that sends piece by piece, and no more once an answer has begun. */
function considerateConnection(target: Target, pauseMs: number): Duplex {
  const { hostname, port } = new URL(target.url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let answered = false
  const duplex = new Duplex({
    read() {
      socket.resume()
    },
    async write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length && !answered && !socket.destroyed; at += PIECE) {
        socket.write(chunk.subarray(at, at + PIECE))
        await pause(pauseMs)
        await nextTurn() // after a timer, what has arrived meanwhile is read first
      }
      done()
    },
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk) => {
    answered = true
    if (!duplex.push(chunk)) socket.pause()
  })
  socket.on('end', () => duplex.push(null))
  socket.on('error', (error) => {
    // After an answer a reset is only what is left of the body that nobody wanted.
    if (answered && !duplex.readableEnded) duplex.push(null)
    else duplex.destroy(error)
  })
  return duplex
}

/**
 * Sends a request whose body a server may refuse before it has read it. A server that answers and
 * closes at once resets the connection when more arrives, and the reset can overtake the answer;
 * so nothing is sent after an answer, and a request that met a reset is sent once more, slowly.
 */
export async function sendLarge(target: Target, sending: Sending): Promise<Answer> {
  const attempt = (pauseMs: number) =>
    send(target, { ...sending, connect: () => considerateConnection(target, pauseMs) })
  try {
    return await attempt(1)
  } catch (error) {
    if (error instanceof SubjectError && error.fault === 'connection') return attempt(50)
    throw error
  }
}
