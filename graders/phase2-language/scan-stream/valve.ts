import { connect, createServer, type Socket } from 'node:net'
import { cleanup } from '../../harness/index.ts'

/** A line to Postgres that can be shut: then it takes nothing, and whoever writes to it has to wait. */
export type Valve = {
  /** The service's URL, through the valve. */
  url: string
  shut(): void
  open(): void
}

/**
 * Puts a valve before Postgres; it goes with the test, or with the file. The harness's proxy keeps what it
 * does not pass on; this one does not even read it, so that the system's buffers fill up, as with a
 * database that is busy.
 */
export async function valve(url: string): Promise<Valve> {
  const target = new URL(url)
  const clients = new Set<Socket>()
  const sockets = new Set<Socket>()
  let isShut = false
  const server = createServer({ noDelay: true }, (client) => {
    const port = Number(target.port) || 5432
    const upstream = connect({ host: target.hostname, port, noDelay: true })
    clients.add(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('end', () => other.end())
      socket.on('close', () => {
        sockets.delete(socket)
        clients.delete(socket)
        other.destroy()
      })
    }
    if (isShut) client.pause()
    client.on('data', (chunk) => {
      if (!upstream.write(chunk)) client.pause()
    })
    upstream.on('drain', () => {
      if (!isShut) client.resume()
    })
    upstream.on('data', (chunk) => {
      if (!client.write(chunk)) upstream.pause()
    })
    client.on('drain', () => upstream.resume())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanup(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const here = new URL(url)
  here.hostname = '127.0.0.1'
  here.port = String((server.address() as { port: number }).port)
  here.searchParams.set('sslmode', 'disable')
  return {
    url: here.href,
    shut() {
      isShut = true
      for (const client of clients) client.pause()
    },
    open() {
      isShut = false
      for (const client of clients) client.resume()
    },
  }
}
