import { chownSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { bridge } from '../sandbox/bridge.mjs'

/** Where a service really is. */
export type Address = { host: string; port: number }

/** What the supervisor in the container says. */
export type Word = {
  listening?: boolean
  refused?: string
  exited?: { code: number | null; signal: NodeJS.Signals | null }
  over?: 'memory' | 'processes'
  usage?: number
  cpu?: number
  failed?: string
}

/**
 * The grader's end of the one connection that a subject's container has with the outside: a Unix
 * socket at which the supervisor in the container calls, once for each thing it is about.
 */
export type Relay = {
  /** Resolves when the socket is there to be mounted. */
  ready: Promise<void>
  /** Resolves when the supervisor is there. */
  connected: Promise<void>
  /** Resolves when the supervisor has gone, and everything in the container with it. */
  gone: Promise<void>
  tell(message: object): void
  /** A stream that the supervisor hands to the subject; paused. */
  stream(name: 'out' | 'err' | 'channel'): Promise<Socket>
  /** Ends all that is left of it. */
  close(): void
}

/** More than a program needs, and less than a process of ours may have open. */
const MOST_CONNECTIONS = 1000
const MOST_LINE = 65_536

/** Reads the line that says what a connection is for, and leaves the rest unread. */
function readHello(socket: Socket): Promise<{ hello: string; rest: Buffer }> {
  return new Promise((resolve) => {
    let kept = Buffer.alloc(0)
    const read = (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk])
      const end = kept.indexOf('\n')
      if (end < 0 && kept.length < 100) return
      socket.off('data', read).pause()
      resolve({ hello: kept.toString('latin1', 0, end), rest: kept.subarray(end + 1) })
    }
    socket.on('data', read)
  })
}

/** Calls `onWord` for each line of JSON; what is none is left out. */
function readWords(socket: Socket, rest: Buffer, onWord: (word: Word) => void): void {
  let kept = ''
  const read = (text: string) => {
    const lines = (kept + text).split('\n')
    kept = lines.pop()!.slice(0, MOST_LINE)
    for (const line of lines) {
      try {
        onWord(JSON.parse(line) as Word)
      } catch {}
    }
  }
  read(rest.toString())
  socket.setEncoding('utf8').on('data', read).resume()
}

/**
 * Opens the relay of one subject.
 * @param file where its socket is to be
 * @param options.owner the user and group the container runs as, where that is another one
 * @param options.services the services that the subject may reach, by their port in the container
 * @param options.port where the subject's server is to be reached, on 127.0.0.1 here as there
 * @param options.onWord told what the supervisor says of the subject
 * @param options.onTaken told that another program of this machine has `port`
 */
export function openRelay(
  file: string,
  options: {
    owner?: number
    services: Map<number, Address>
    port?: number
    onWord(word: Word): void
    onTaken(error: Error): void
  },
): Relay {
  const sockets = new Set<Socket>()
  const streams = { out: deferred(), err: deferred(), channel: deferred() }
  const callers = new Map<string, Socket>()
  const connected = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  let control: Socket | undefined
  let front: Server | undefined
  let calls = 0
  let closed = false

  const keep = (socket: Socket): boolean => {
    socket.on('error', () => {})
    if (closed || sockets.size >= MOST_CONNECTIONS) {
      socket.destroy()
      return false
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return true
  }
  const tell = (message: object): void => {
    if (control?.writable) control.write(`${JSON.stringify(message)}\n`)
  }
  const settings = { allowHalfOpen: true, noDelay: true }

  /** Accepts on PORT of this machine exactly while the subject does in its container. */
  const follow = (listening: boolean): void => {
    front?.close()
    front = undefined
    if (!listening || closed || options.port === undefined) return
    front = createServer({ ...settings, pauseOnConnect: true }, (tcp) => {
      if (!keep(tcp)) return
      calls += 1
      callers.set(String(calls), tcp)
      tell({ open: String(calls) })
    })
    front.on('error', options.onTaken)
    front.listen(options.port, '127.0.0.1')
  }
  const hear = (word: Word): void => {
    if (word.listening !== undefined) follow(word.listening)
    if (word.refused !== undefined) takeCaller(word.refused)?.resetAndDestroy()
    options.onWord(word)
  }
  const takeCaller = (id: string): Socket | undefined => {
    const tcp = callers.get(id)
    callers.delete(id)
    return tcp
  }

  const route = (socket: Socket, hello: string, rest: Buffer): void => {
    const [kind, name = ''] = hello.split(' ')
    if (kind === 'control' && !control) {
      control = socket
      socket.once('close', gone.resolve)
      readWords(socket, rest, hear)
      connected.resolve()
      return
    }
    if (kind === 'out' || kind === 'err' || kind === 'channel') {
      if (rest.length > 0) socket.unshift(rest)
      streams[kind].resolve(socket)
      return
    }
    const service = kind === 'to' ? options.services.get(Number(name)) : undefined
    const tcp = service ? connect({ ...service, ...settings }) : takeCaller(name)
    if (!tcp || (service && !keep(tcp))) return void socket.destroy()
    bridge(tcp, socket, rest)
  }
  const server = createServer({ noDelay: true }, (socket) => {
    if (keep(socket)) void readHello(socket).then(({ hello, rest }) => route(socket, hello, rest))
  })
  const ready = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(file, () => {
      if (options.owner !== undefined) chownSync(file, options.owner, options.owner)
      resolve()
    })
  })
  void gone.promise.then(() => follow(false))

  return {
    ready,
    connected: connected.promise,
    gone: gone.promise,
    tell,
    stream: (name) => streams[name].promise,
    close() {
      closed = true
      follow(false)
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const deferred = () => Promise.withResolvers<Socket>()

/** Ports of services whose URLs may leave them out. */
const DEFAULT_PORTS: Record<string, number> = {
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  memcached: 11_211,
  mysql: 3306,
  mariadb: 3306,
  mongodb: 27_017,
  amqp: 5672,
}
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/i
const URLS = /([a-z][a-z0-9+.-]*):\/\/([^\s/?#@]*@)?(\[[0-9a-f:]+\]|[^\s/?#:@,]+)(?::(\d+))?/gi

/**
 * Finds the services that a subject is told of, and moves them to 127.0.0.1. A web address that is
 * neither of this machine nor of a host of the run's services is a name, and stays as it is.
 * @param hosts hosts of the run's services
 * @returns the variables as the subject gets them, and where each port leads
 */
export function localServices(
  env: Record<string, string>,
  hosts: string[] = [],
): { env: Record<string, string>; services: Map<number, Address> } {
  const services = new Map<number, Address>()
  const taken = new Set([Number(env.PORT)])
  const placeOf = ({ host, port }: Address): number => {
    for (const [inside, known] of services) {
      if (known.host === host && known.port === port) return inside
    }
    // Not every engine lets a user listen below 1024.
    let inside = port < 1024 ? port + 20_000 : port
    while (taken.has(inside)) inside = inside < 65_535 ? inside + 1 : 20_000
    taken.add(inside)
    services.set(inside, { host, port })
    return inside
  }
  const move = (whole: string, scheme: string, user = '', host: string, digits?: string) => {
    const isLocal = LOOPBACK.test(host)
    if (/^https?$/i.test(scheme) && !isLocal && !hosts.includes(host)) return whole
    const port = Number(digits ?? DEFAULT_PORTS[scheme.toLowerCase()])
    if (!(port > 0 && port < 65_536)) return whole
    const bare = host.replaceAll(/[[\]]/g, '')
    return `${scheme}://${user}127.0.0.1:${placeOf({ host: bare, port })}`
  }
  const moved = Object.entries(env).map(([name, value]) => [name, value.replaceAll(URLS, move)])
  return { env: Object.fromEntries(moved), services }
}
