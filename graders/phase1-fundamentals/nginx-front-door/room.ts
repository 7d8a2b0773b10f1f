import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { SubjectError } from '../../harness/index.ts'
import type { Door } from './door.ts'

/** A WebSocket that is open. */
export type Room = {
  socket: WebSocket
  /** The next message: a text, or `bytes` and them in hex. @throws SubjectError where none comes */
  next(): Promise<string>
}

/** Opens a WebSocket through the front door. @throws SubjectError where that is refused */
export async function openRoom(
  door: Door,
  path: string,
  headers: Record<string, string>,
): Promise<Room> {
  const socket = new WebSocket(`wss://127.0.0.1:${door.nginx.ports.HTTPS_PORT}${path}`, {
    ...{ rejectUnauthorized: false, headers, perMessageDeflate: false, handshakeTimeout: 20_000 },
  })
  const messages: string[] = []
  let wake = Promise.withResolvers<void>()
  socket.on('message', (data: Buffer, binary) => {
    messages.push(binary ? `bytes ${data.toString('hex')}` : data.toString())
    wake.resolve()
  })
  let failed: string | undefined
  const ended = new Promise<never>((_, reject) => {
    const fail = (why: string) => {
      failed ??= why
      reject(new SubjectError('connection', `A WebSocket to "$HTTPS/ws?room=…": ${failed}.`))
    }
    socket.once('unexpected-response', (request, response) => {
      request.destroy()
      try {
        expect(response.statusCode, 'A WebSocket to "$HTTPS/ws?room=…" is answered with').toBe(101)
      } catch (error) {
        reject(error)
      }
    })
    socket.on('error', (error) => fail(error.message))
    socket.once('close', (code) => fail(`it was closed with ${code}`))
  })
  ended.catch(() => {})
  const opening = new Promise<void>((resolve) => socket.once('open', () => resolve()))
  await Promise.race([opening, ended])
  return {
    socket,
    async next() {
      const late = setTimeout(() => {
        failed = 'no message came within 20 s'
        socket.terminate()
      }, 20_000)
      while (messages.length === 0) {
        await Promise.race([wake.promise, ended])
        wake = Promise.withResolvers<void>()
      }
      clearTimeout(late)
      return messages.shift()!
    },
  }
}
