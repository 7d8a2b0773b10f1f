import { once } from 'node:events'
import tls from 'node:tls'
import { SubjectError } from '../../harness/index.ts'

/**
 * Posts a body in chunks, each written once the one before is on its way.
 * @param headers one line each
 * @returns the status of the answer, which may come before the body's end
 * @throws SubjectError where the connection ends without one
 */
export async function postInPieces(
  port: number,
  path: string,
  headers: string[],
  pieces: Buffer[],
): Promise<number> {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  let read = ''
  const answered = new Promise<number>((resolve, reject) => {
    const end = (why: string) => {
      reject(new SubjectError('connection', `POST ${path}: ${why} instead of an answer.`))
    }
    socket.on('data', (chunk: Buffer) => {
      read += chunk.toString('latin1')
      const status = /^HTTP\/1\.1 (\d{3}) [\s\S]*\r\n\r\n/.exec(read)?.[1]
      if (status) resolve(Number(status))
    })
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('the connection was closed'))
    socket.setTimeout(20_000, () => end('nothing came within 20 s'))
  })
  answered.catch(() => {})
  try {
    await Promise.race([once(socket, 'secureConnect'), answered])
    const head = [`POST ${path} HTTP/1.1`, ...headers, 'Transfer-Encoding: chunked']
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    for (const piece of pieces) {
      if (socket.destroyed || read !== '') break
      socket.write(`${piece.length.toString(16)}\r\n`)
      socket.write(piece)
      const written = new Promise<void>((resolve) => socket.write('\r\n', () => resolve()))
      await Promise.race([written, answered])
    }
    if (!socket.destroyed) socket.write('0\r\n\r\n')
    return await answered
  } finally {
    socket.destroy()
  }
}
