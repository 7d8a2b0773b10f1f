import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { cleanup } from '../../harness/index.ts'

/** What a program takes for Redis. It counts what Redis sends, and can be stopped like a server. */
export type Relay = {
  /** The service's URL, through the relay. */
  url: string
  /** Bytes that Redis sent so far, over all connections. */
  readonly bytes: number
  /** Ends all connections, and nobody listens any more: new ones are refused. */
  stop(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
}

const isTaken = (error: unknown) => (error as { code?: string }).code === 'EADDRINUSE'

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects where there is an error
}

/**
 * Listens on a port below those that systems give out by themselves, so that nobody takes it while
 * the relay is stopped.
 */
async function listenSomewhere(server: Server): Promise<number> {
  for (let tries = 0; ; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    try {
      await listen(server, port)
      return port
    } catch (error) {
      if (!isTaken(error) || tries === 50) throw error
    }
  }
}

/** Puts a relay before Redis; it goes with the test. */
export async function relay(url: string): Promise<Relay> {
  const target = { host: new URL(url).hostname, port: Number(new URL(url).port) || 6379 }
  const sockets = new Set<Socket>()
  let bytes = 0

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true })
    upstream.on('data', (chunk) => {
      bytes += chunk.length
    })
    client.pipe(upstream).pipe(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  const port = await listenSomewhere(server)
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  cleanup(stop)
  const here = new URL(url)
  here.hostname = '127.0.0.1'
  here.port = String(port)
  return {
    url: here.href,
    get bytes() {
      return bytes
    },
    stop,
    start: () => listen(server, port),
  }
}
