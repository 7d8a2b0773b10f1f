import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { type Answer, type Sending, send, type Target } from '../http.ts'

/** A connection that passes on what is written in pieces of a few bytes, each in its own segment. */
function dribblingConnection(target: Target, pieceLength: () => number): Duplex {
  const { hostname, port } = new URL(target.url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const duplex = new Duplex({
    read() {
      socket.resume()
    },
    async write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + Math.max(1, pieceLength()))
        at += piece.length
        if (socket.destroyed) return done()
        socket.write(piece)
        // Long enough for the other side to read what came, short enough for thousands of pieces.
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      done()
    },
    final(done) {
      socket.end(done)
    },
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk) => {
    if (!duplex.push(chunk)) socket.pause()
  })
  socket.on('end', () => duplex.push(null))
  socket.on('error', (error) => duplex.destroy(error))
  return duplex
}

/**
 * P-DRIBBLE: sends a request a few bytes at a time, so that it arrives in many pieces and some of
 * them end inside a character.
 * @param pieceLength bytes per piece; 1 by default
 */
export function dribble(
  target: Target,
  sending: Sending,
  pieceLength: () => number = () => 1,
): Promise<Answer> {
  return send(target, { ...sending, connect: () => dribblingConnection(target, pieceLength) })
}
