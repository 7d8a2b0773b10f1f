import { setTimeout as pause } from 'node:timers/promises'
import { namePrefix, register } from '../run.ts'
import {
  ask,
  findMemcached,
  hasLine,
  LOCK,
  MEMCACHED_IMAGE,
  versionAt,
} from './memcached-server.ts'
import { freePort, patiently, serviceFolder, startNative } from './native.ts'
import type { Opened, RunningService } from './types.ts'

/** A memcached of the grader's own. */
export type Memcached = {
  /** For the subject: `memcached://127.0.0.1:<port>`. */
  url: string
  /** Undefined where the key is not there. @param key at most 250 bytes, without blanks */
  get(key: string): Promise<Buffer | undefined>
  /** @param seconds as memcached takes it: 0 for ever, beyond 30 days a point in time */
  set(key: string, value: string | Buffer, seconds?: number): Promise<void>
  /** What `stats` tells, such as `get_hits`, `cmd_flush` and `curr_items`. */
  stats(): Promise<Record<string, string>>
  /**
   * Every key that is there, as `lru_crawler metadump` tells, what was written last at the end: with the seconds it
   * has left (-1: for ever) and its size in bytes. Where memcached does not know `metadump hash`, an entry
   * that is in use may be missing.
   */
  keys(): Promise<{ key: string; left: number; bytes: number }[]>
  /** Forgets everything. */
  flush(): Promise<void>
  /** The server ends: connections are cut and refused. One that somebody else runs only seems to end. */
  stop(): Promise<void>
  /** The server is there again, at the same address and empty. */
  start(): Promise<void>
}

/** Each server's own memory, in MiB; items have the usual 1 MiB at most. */
const MEMORY_MB = 64

const endsWith = (line: string) => (answer: Buffer) => {
  const end = answer.subarray(-line.length - 4).toString('latin1')
  return (
    end.endsWith(`${line}\r\n`) ||
    /^(?:CLIENT_|SERVER_)?ERROR/.test(answer.toString('latin1', 0, 12))
  )
}

/** A value as `get` answers it: `VALUE <key> <flags> <bytes>\r\n…\r\nEND\r\n`. */
function valueIn(answer: Buffer): Buffer | undefined {
  const lineEnd = answer.indexOf('\r\n')
  const head = /^VALUE \S+ \d+ (\d+)/.exec(answer.toString('latin1', 0, lineEnd))
  return head ? answer.subarray(lineEnd + 2, lineEnd + 2 + Number(head[1])) : undefined
}

/** A value may end like an answer does, so its length is counted. */
function isWholeValue(answer: Buffer): boolean {
  const lineEnd = answer.indexOf('\r\n')
  if (lineEnd < 0) return false
  const value = valueIn(answer)
  if (!value) return true
  return answer.length >= lineEnd + 2 + value.length + 2 + 'END\r\n'.length
}

/**
 * What `lru_crawler metadump` says. It walks through the hash table: of what `all` walks through, the lists by last use,
 * entries are left out that are being moved from one to another, such as those read twice a moment ago.
 */
async function dumpKeys(address: URL): Promise<Buffer> {
  const isOver = (answer: Buffer) =>
    endsWith('END')(answer) ||
    /^(?:BUSY|BADCLASS|NOTSTARTED|OK)/.test(answer.toString('latin1', 0, 12))
  let which = 'hash'
  return patiently(async () => {
    const answer = await ask(address, `lru_crawler metadump ${which}\r\n`, isOver)
    if (answer.toString('latin1').endsWith('END\r\n')) return answer
    // Older ones do not know the word; and memcached may be at such work of its own.
    if (!answer.toString().startsWith('BUSY')) which = 'all'
    throw new Error(`memcached: ${answer}`)
  }, 30)
}

/** How a server is begun and ended, wherever it runs. */
type Host = { url: string; stop(): Promise<void>; start(): Promise<void>; close(): Promise<void> }

async function onMachine(run: { id: string; dir: string }): Promise<Host> {
  const cwd = serviceFolder(run, 'memcached')
  const port = await freePort()
  const url = `memcached://127.0.0.1:${port}`
  const argv = [
    ...[findMemcached()!, '-l', '127.0.0.1', '-p', String(port), '-U', '0'],
    ...['-m', String(MEMORY_MB), '-t', '1', '-c', '512'],
  ]
  // It does not run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const begin = () =>
    startNative(run, [...argv, ...user], {
      cwd,
      ready: async () => void (await versionAt(url)),
    })
  let server = await begin()
  const stop = async () => {
    const { child } = server
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGKILL')
    await ended
  }
  const start = async () => {
    server = await begin()
  }
  return { url, start, stop, close: stop }
}

async function inContainer(run: { id: string; dir: string }): Promise<Host> {
  const { GenericContainer, Wait } = await import('testcontainers')
  register(run, { type: 'docker', label: `roadworks.run=${run.id}` })
  const container = await new GenericContainer(MEMCACHED_IMAGE)
    .withLabels({ 'roadworks.run': run.id, 'roadworks.service': 'memcached' })
    .withExposedPorts(11_211)
    // The server is started below, and again and again: its port stays with the container.
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .withEntrypoint(['sh', '-c', 'exec sleep infinity'])
    .start()
  const url = `memcached://${container.getHost()}:${container.getMappedPort(11_211)}`
  const pid = '/tmp/memcached.pid'
  const user = 'if [ "$(id -u)" = 0 ]; then user="-u nobody"; fi'
  const begin = `exec memcached $user -d -P ${pid} -U 0 -m ${MEMORY_MB} -t 1 -c 512`
  const start = async () => {
    await container.exec(['sh', '-c', `${user}; ${begin}`])
    await patiently(() => versionAt(url), 30)
  }
  const stop = async () => {
    await container.exec(['sh', '-c', `kill -9 $(cat ${pid}); rm -f ${pid}`])
    for (let tries = 0; tries < 200; tries++) {
      if (
        await versionAt(url).then(
          () => false,
          () => true,
        )
      )
        return
      await pause(25)
    }
    throw new Error('memcached goes on after it was ended.')
  }
  await start()
  return { url, start, stop, close: async () => void (await container.stop()) }
}

/** Seconds after which a run that was killed has lost it. */
const LOCKED = 900

/** A server that somebody else runs: there is one, so graders take turns. */
async function somewhereElse(run: { id: string }, url: string): Promise<Host> {
  const address = new URL(url)
  const owner = namePrefix(run)
  const take = `add ${LOCK} 0 ${LOCKED} ${owner.length}\r\n${owner}\r\n`
  await patiently(async () => {
    const answer = await ask(address, take, hasLine)
    if (!answer.toString().startsWith('STORED'))
      throw new Error('memcached is in use by another run.')
  }, 120)
  const never = async () => {
    throw new Error('Nobody may stop a memcached that somebody else runs.')
  }
  const close = async () => void (await ask(address, 'flush_all\r\n', hasLine))
  return { url, stop: never, start: never, close }
}

/** Starts a server, or takes the one that there is. */
export async function openMemcached(
  service: RunningService,
  run: { id: string; dir: string },
): Promise<Opened<Memcached>> {
  const open =
    service.provider === 'docker'
      ? inContainer
      : service.provider === 'native'
        ? onMachine
        : () => somewhereElse(run, service.url)
  const host = await open(run)
  const address = new URL(host.url)
  const database: Memcached = {
    url: host.url,
    async get(key) {
      return valueIn(await ask(address, `get ${key}\r\n`, isWholeValue))
    },
    async set(key, value, seconds = 0) {
      const bytes = Buffer.from(value)
      const head = `set ${key} 0 ${seconds} ${bytes.length}\r\n`
      const command = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')])
      const answer = await ask(address, command, endsWith('STORED'))
      if (answer.toString() !== 'STORED\r\n') throw new Error(`memcached: ${answer}`)
    },
    async stats() {
      const answer = await ask(address, 'stats\r\n', endsWith('END'))
      const rows = [...answer.toString().matchAll(/^STAT (\S+) (.*?)\r$/gm)]
      return Object.fromEntries(rows.map(([, name, value]) => [name!, value!]))
    },
    async keys() {
      const answer = await dumpKeys(address)
      const now = Date.now() / 1000
      const rows = answer.toString().matchAll(/^key=(\S+) exp=(-?\d+) .*?cas=(\d+) .*?size=(\d+)/gm)
      // The number in cas counts writes.
      return [...rows]
        .sort(([, , , one], [, , , other]) => Number(one) - Number(other))
        .map(([, key, expires, , size]) => ({
          key: decodeURIComponent(key!),
          left: expires === '-1' ? -1 : Number(expires) - now,
          bytes: Number(size),
        }))
        .filter(({ key }) => key !== LOCK)
    },
    async flush() {
      await ask(address, 'flush_all\r\n', endsWith('OK'))
      if (service.provider === 'url') await database.set(LOCK, namePrefix(run), LOCKED)
    },
    stop: host.stop,
    start: host.start,
  }
  return { database, close: host.close }
}
