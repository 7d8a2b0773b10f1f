import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { SubjectError } from '../subjects/errors.ts'
import { cleanup } from '../submission.ts'
import type { Frame, Framer } from './frame.ts'
import { memcachedFrames } from './memcached-frames.ts'
import { mongoFrames } from './mongo-frames.ts'
import { mysqlFrames } from './mysql-frames.ts'
import { postgresFrames } from './postgres-frames.ts'
import { respFrames } from './resp-frames.ts'

/** One request that a client sent through the proxy: an SQL statement, or a command. */
export type Statement = {
  /**
   * The SQL text; the Redis command with its arguments, such as `GET pelican:track:x`; the line of a memcached
   * command, such as `set x 0 60 5`; or the MongoDB command with its collection, such as `update timelines`.
   */
  text: string
  /** Which connection it came on, counted from 1. */
  connection: number
}

export type Hold = {
  /** Resolves when a statement is held. @throws SubjectError where none came within `ms` (20 s by default) */
  caught(ms?: number): Promise<Statement>
  /** Lets it through, and everything behind it. Where the client has died meanwhile it is dropped. */
  release(): void
}

/** P-COUNT, P-CUT, P-SLOW: a server on the way to a service that watches and disturbs. */
export type Proxy = {
  /** The service's URL, through the proxy. */
  url: string
  /** Every statement so far, in order of arrival. */
  statements: Statement[]
  /** Runs `action` and tells which statements came meanwhile. */
  during(action: () => Promise<unknown>): Promise<Statement[]>
  /** How many connections are open now. */
  readonly connections: number
  /** P-SLOW: every request arrives so many ms late; 0 ends it. */
  delay(ms: number): void
  /** P-CUT: resets all connections, and every new one, until `heal`. */
  cut(): void
  /** Takes everything and passes on nothing, until `heal`, which passes on what was kept. */
  blackhole(): void
  /** Ends delay, cut and black hole; what is late goes on at once. */
  heal(): void
  /** Stops the next statement that matches; what follows on that connection waits behind it. */
  hold(matches: (statement: Statement) => boolean): Hold
}

type Waiting = {
  matches(statement: Statement): boolean
  caught(statement: Statement): Promise<void>
}

/** What speaks which protocol, and where, by the scheme of its URL. */
const PROTOCOLS: Record<string, { port: number; framer: () => Framer }> = {
  'postgres:': { port: 5432, framer: postgresFrames },
  'postgresql:': { port: 5432, framer: postgresFrames },
  'redis:': { port: 6379, framer: respFrames },
  'memcached:': { port: 11_211, framer: memcachedFrames },
  'mariadb:': { port: 3306, framer: mysqlFrames },
  'mysql:': { port: 3306, framer: mysqlFrames },
  'mongodb:': { port: 27_017, framer: mongoFrames },
}

/**
 * Puts a proxy before a service; it goes with the test, or with the file where it was made outside
 * a test.
 * @param url the service's URL: postgres://…, redis://…, memcached://…, mariadb://… or mongodb://…, without TLS
 * @throws TypeError for a URL of anything else
 */
export async function proxy(url: string): Promise<Proxy> {
  const target = new URL(url)
  const protocol = PROTOCOLS[target.protocol]
  if (!protocol) throw new TypeError(`No proxy speaks ${target.protocol}//`)
  const upstreamPort = Number(target.port) || protocol.port
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  const statements: Statement[] = []
  const waiting = new Set<Waiting>()
  let mode: 'pass' | 'cut' | 'blackhole' = 'pass'
  let delay = 0
  let healed = Promise.withResolvers<void>()
  let opened = 0

  type Connection = { number: number; client: Socket; upstream: Socket; gone: Promise<void> }
  const passOn = async (
    frame: Frame,
    at: number,
    { number, client, upstream, gone }: Connection,
  ) => {
    if (frame.text !== undefined) {
      const statement = { text: frame.text, connection: number }
      statements.push(statement)
      for (const one of waiting) {
        if (!one.matches(statement)) continue
        waiting.delete(one)
        await Promise.race([one.caught(statement), gone])
        // P-KILL: what a program was still sending when it died never reached the server.
        if (client.destroyed) return
        break
      }
    }
    if (delay > 0) {
      const left = at + delay - performance.now()
      if (left > 0) await Promise.race([pause(left), healed.promise])
    }
    if (mode === 'blackhole') await healed.promise
    if (!upstream.destroyed) upstream.write(frame.bytes)
  }

  const server: Server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => {})
    if (mode === 'cut') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({ host: target.hostname, port: upstreamPort, noDelay: true })
    const framer = protocol.framer()
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
    const connection = { number: ++opened, client, upstream, gone }
    sockets.add(client).add(upstream)
    clients.add(client)
    client.once('close', () => clients.delete(client))
    let queue = Promise.resolve()
    client.on('data', (chunk: Buffer) => {
      const at = performance.now()
      for (const frame of framer(chunk)) {
        queue = queue.then(() => passOn(frame, at, connection))
      }
    })
    let back = Promise.resolve()
    upstream.on('data', (chunk: Buffer) => {
      back = back.then(async () => {
        if (mode === 'blackhole') await healed.promise
        if (!client.destroyed) client.write(chunk)
      })
    })
    const end = (socket: Socket, other: Socket, before: () => Promise<void>) => {
      socket.on('error', () => other.destroy())
      socket.on('end', () => void before().then(() => other.end()))
      socket.on('close', () => {
        sockets.delete(socket)
        void before().then(() => other.destroy())
      })
    }
    end(client, upstream, () => queue)
    end(upstream, client, () => back)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const here = new URL(url)
  here.hostname = '127.0.0.1'
  here.port = String(port)
  if (protocol.framer === postgresFrames) here.searchParams.set('sslmode', 'disable')

  const cutAll = () => {
    for (const socket of sockets) {
      // A reset waits for the connection to be made, and would send what is buffered first.
      if (socket.connecting) socket.destroy()
      else socket.resetAndDestroy()
    }
    sockets.clear()
  }
  const heal = () => {
    mode = 'pass'
    delay = 0
    healed.resolve()
    healed = Promise.withResolvers<void>()
  }
  cleanup(() => {
    heal()
    cutAll()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return {
    url: here.href,
    statements,
    async during(action) {
      const before = statements.length
      await action()
      return statements.slice(before)
    },
    get connections() {
      return clients.size
    },
    delay(ms) {
      delay = ms
    },
    cut() {
      mode = 'cut'
      cutAll()
    },
    blackhole() {
      mode = 'blackhole'
    },
    heal,
    hold(matches) {
      const caught = Promise.withResolvers<Statement>()
      const released = Promise.withResolvers<void>()
      const one: Waiting = {
        matches,
        caught(statement) {
          caught.resolve(statement)
          return released.promise
        },
      }
      waiting.add(one)
      return {
        caught(ms = 20_000) {
          const late = new Promise<never>((_, reject) => {
            const timer = setTimeout(
              () =>
                reject(
                  new SubjectError(
                    'no-answer',
                    `The program did not send the statement that was waited for within ${ms / 1000} s.`,
                  ),
                ),
              ms,
            )
            timer.unref()
          })
          return Promise.race([caught.promise, late])
        },
        release() {
          waiting.delete(one)
          released.resolve()
        },
      }
    },
  }
}
