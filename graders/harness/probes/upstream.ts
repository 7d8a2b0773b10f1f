import http, { type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { cleanup } from '../submission.ts'

/** A request that reached the upstream. */
export type Arrived = {
  method: string
  /** Path and query, byte by byte. */
  path: string
  headers: IncomingHttpHeaders
  /** Names and values as they came, in turn. */
  rawHeaders: string[]
  /** Empty until all of it is there. */
  body: Buffer
}

export type Upstream = {
  port: number
  /** Every request so far, in order of arrival, from its head on. */
  requests: Arrived[]
  /** Stops listening and drops all connections; the port stays unused by us. */
  stop(): Promise<void>
  /** Listens again on the same port. */
  restart(): Promise<void>
}

/**
 * Starts a real HTTP server of the grader's for a subject to stand before: an app behind a proxy, an
 * origin behind a cache. It goes with the test, or with the file where it was made outside a test.
 * @param answer called with each request once its body is there
 * @param upgrade called for a request that asks for another protocol, such as WebSocket
 */
export async function upstream(
  answer: (request: Arrived, response: http.ServerResponse) => unknown,
  upgrade?: (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Upstream> {
  const requests: Arrived[] = []
  const sockets = new Set<Socket>()
  const server = http.createServer((request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request
    const arrived: Arrived = { method, path: url, headers, rawHeaders, body: Buffer.alloc(0) }
    // Also one whose body never comes to its end.
    requests.push(arrived)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      arrived.body = Buffer.concat(chunks)
      void answer(arrived, response)
    })
  })
  // A proxy that keeps a connection must never find it closed in the moment it uses it again.
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket, head) => {
    const { method = '', url = '', headers, rawHeaders } = request
    requests.push({ method, path: url, headers, rawHeaders, body: Buffer.alloc(0) })
    if (upgrade) upgrade(request, socket, head)
    else socket.destroy()
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  await listen(0)
  const { port } = server.address() as AddressInfo
  cleanup(stop)
  return { port, requests, stop, restart: () => listen(port) }
}
