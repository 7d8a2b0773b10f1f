import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'

/** Where a program listens for TCP: an address as people write it, without brackets, and a port. */
export type Listening = { address: string; port: number }

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTEN = '0A'

/** Reads an address of /proc/net/tcp: the bytes of each group of four stand the other way round. */
function addressOf(hex: string): string {
  const bytes = [...hex.matchAll(/../g)].map(([byte]) => Number.parseInt(byte!, 16))
  const turned = bytes.map((_, at) => bytes[at - (at % 4) + 3 - (at % 4)]!)
  if (turned.length === 4) return turned.join('.')
  if (turned.every((byte) => byte === 0)) return '::'
  const last = turned.at(-1)
  if (last === 1 && turned.slice(0, -1).every((byte) => byte === 0)) return '::1'
  const groups = Array.from({ length: 8 }, (_, at) => turned[2 * at]! * 256 + turned[2 * at + 1]!)
  return groups.map((group) => group.toString(16)).join(':')
}

/** Returns the sockets that listen on this machine, by their inode. */
function listeners(): Map<string, Listening> {
  const found = new Map<string, Listening>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text = ''
    try {
      text = readFileSync(file, 'utf8')
    } catch {} // no IPv6
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state !== LISTEN || !local || !inode) continue
      const [address, port] = local.split(':')
      found.set(inode, { address: addressOf(address!), port: Number.parseInt(port!, 16) })
    }
  }
  return found
}

/**
 * Returns where programs listen for TCP; empty where that cannot be seen, as on other systems than Linux.
 * @param pids of the programs
 */
export function listeningOf(pids: number[]): Listening[] {
  if (process.platform !== 'linux') return []
  const all = listeners()
  const found = new Map<string, Listening>()
  for (const pid of pids) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
        const one = inode && all.get(inode)
        if (one) found.set(`${one.address} ${one.port}`, one)
      }
    } catch {} // it has ended, or a descriptor was closed
  }
  return [...found.values()]
}

/** Commands that compile at each start, and what is built once in their place. */
const COMPILES: [RegExp, string][] = [
  [/^go run\b/, 'build: [go, build, -o, server, .] and start: [./server]'],
  [/^cargo run\b/, 'build: [cargo, build, --release] and start: [target/release/<name>]'],
  [/^dotnet run\b/, 'build: [dotnet, build, -o, out] and start: [dotnet, out/<name>.dll]'],
  [
    /^(mvn|\.\/mvnw|gradle|\.\/gradlew)\b/,
    'a build that makes a jar and start: [java, -jar, <file>]',
  ],
]

/** How the environment is read, by the program that is started. */
const READS: [RegExp, string][] = [
  [/^(node|tsx|bun)\b/, 'process.env.PORT'],
  [/^(python3?|gunicorn|uvicorn|flask)\b/, 'os.environ["PORT"]'],
  [/^php\b/, 'getenv("PORT")'],
  [/^java\b/, 'System.getenv("PORT")'],
  [/^dotnet\b/, 'Environment.GetEnvironmentVariable("PORT")'],
  [/^(go|\.\/)/, 'the environment variable PORT'],
]

/**
 * Says what is wrong where a program has ended at once without an error: it makes a server for others to
 * start, and never listens.
 * @param folder where it was started
 * @param argv what was started
 */
export function neverListens(folder: string, argv: string[]): string | undefined {
  const name = argv.findLast((word) => /\.[cm]?[jt]s$/.test(word))
  if (!name) return undefined
  const file = path.resolve(folder, name)
  const about = lstatSync(file, { throwIfNoEntry: false })
  if (!about?.isFile() || about.size > 1024 ** 2) return undefined
  const text = readFileSync(file, 'utf8')
  const [shown, what] =
    /^\s*(?:export default|module\.exports\s*=|export (?:const|\{))\s*(\w*)/m.exec(text) ?? []
  if (!shown || /\.listen\(|\bserve\(/.test(text)) return undefined
  const app = /^(app|server|api)$/i.test(what!) ? what : 'app'
  return `It exports its server and never listens: end it with ${app}.listen(process.env.PORT, '127.0.0.1').`
}

/**
 * Says what to do where nothing listens at the port in PORT.
 * @param command what was started
 * @param port the one that was given
 * @param listening where the program listens instead
 */
export function adviceOf(command: string, port: number, listening: Listening[]): string {
  const elsewhere = listening.filter((one) => one.port === port)
  if (elsewhere.length > 0) {
    const shown = elsewhere.map(({ address }) => address).join(' and ')
    return `It listens at that port on ${shown}, and not on 127.0.0.1. Listen on 127.0.0.1 or 0.0.0.0.`
  }
  const reads = READS.find(([program]) => program.test(command))?.[1]
  const use = `Use ${reads ?? 'the environment variable PORT'}.`
  if (listening.length > 0) {
    const shown = listening.map(({ port }) => port).join(', ')
    return `It listens at port ${shown} instead. ${use}`
  }
  const compiles = COMPILES.find(([program]) => program.test(command))?.[1]
  if (compiles) return `It compiles at each start; name in the README’s frontmatter ${compiles}.`
  return use
}
