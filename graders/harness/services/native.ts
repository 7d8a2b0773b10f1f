import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { accessSync, constants, mkdtempSync, statfsSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { closedFolder } from '../paths.ts'
import { MEMORY, register, serviceFolderPrefix } from '../run.ts'

const FIRST_PORT = 20_000
const PORT_COUNT = 12_000
// Each process begins somewhere else, for several workers and runs look for ports at a time.
let lastPort = randomInt(PORT_COUNT)

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * A TCP port of the loopback address that was free a moment ago, and stays so in all likelihood: it
 * is below the ports that a system gives to those who ask for any (from 32768 on Linux, from 49152
 * elsewhere), which somebody else may be given before a slow program has started to listen.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORT_COUNT; tries++) {
    lastPort = (lastPort + 1) % PORT_COUNT
    // Kept apart from lastPort: another call may move that on while this one waits.
    const port = FIRST_PORT + lastPort
    if (await canListen(port)) return port
  }
  throw new Error(`No free port from ${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1}.`)
}

/** The first of these programs that stands on PATH or in one of the extra folders. */
export function findProgram(names: string[], folders: string[] = []): string | undefined {
  const places = [...(process.env.PATH ?? '').split(path.delimiter), ...folders]
  for (const name of names) {
    for (const place of places) {
      const file = path.join(place, name)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {}
    }
  }
  return undefined
}

const GIB = 1024 ** 3

/** What statfs says of a file system in memory. */
const TMPFS = 0x01021994

/**
 * Where servers that end with the run keep their data: in memory, where there is plenty, as they do in
 * containers. A database is hundreds of small files, and making them takes longer than many a test.
 * TMPDIR, where it is set, has the last word.
 */
function storage(): string {
  if (process.env.TMPDIR || process.platform !== 'linux') return os.tmpdir()
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK)
    const { type, bavail, bsize } = statfsSync(MEMORY)
    const plenty = bavail * bsize >= 4 * GIB && process.availableMemory() >= 8 * GIB
    if (type === TMPFS && plenty) return MEMORY
  } catch {} // there is none
  return os.tmpdir()
}

/**
 * A folder outside the checkout that goes with the run.
 * @param base in memory where there is plenty, or the system's folder for temporary files
 */
export function serviceFolder(run: { id: string }, name: string, base = storage()): string {
  // A run may start a service more than once: each of the kit's own tests has one for itself.
  return mkdtempSync(path.join(base, `${serviceFolderPrefix(run.id)}${name}-`))
}

/** The user that root lends to servers that will not run as root, or the one who runs the kit. */
export type ServerUser = { uid?: number; gid?: number }

/**
 * A service folder, and who owns it: servers of databases refuse to run as root, so root lends them
 * the user that owns nothing, and a folder that this user can reach.
 */
export async function unprivilegedFolder(
  run: { id: string },
  name: string,
): Promise<{ dir: string; user: ServerUser; give(file: string): Promise<void> }> {
  const nobody = 65534
  const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  const base = storage()
  const open = user.uid === undefined || closedFolder(base) === undefined
  const dir = serviceFolder(run, name, open ? base : '/tmp')
  const give = async (file: string) => {
    if (user.uid !== undefined) await chown(file, user.uid, user.gid)
  }
  await give(dir)
  return { dir, user, give }
}

/**
 * Asks again until there is an answer: the port of a container is open before the server in it
 * listens.
 * @throws the last error, where none came within `seconds`
 */
export async function patiently<T>(ask: () => Promise<T>, seconds: number): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export type NativeServer = { child: ChildProcess; log(): string }

/**
 * Starts a server of this machine in a process group of its own.
 * @param options.ready asked again and again until it resolves; its rejections mean "not yet"
 * @throws where the server ends before it is ready, or is not ready after 30 s; with its last words
 */
export async function startNative(
  run: { id: string; dir: string },
  argv: string[],
  options: {
    cwd: string
    uid?: number
    gid?: number
    /** For its standard input: a command line can be read by everybody. */
    input?: string
    ready(): Promise<void>
  },
): Promise<NativeServer> {
  let log = ''
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: options.cwd, ROADWORKS_RUN: run.id },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  let ended: string | undefined
  child.on('error', (error) => {
    ended = error.message
  })
  child.on('exit', (code, signal) => {
    ended = `exited with ${signal ?? code}`
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log = (log + chunk).slice(-8192)
    })
    // The server outlives the test run's interest in its log; it must not keep the process up.
    ;(stream as unknown as { unref?(): void })?.unref?.()
  }
  child.unref()
  if (child.pid !== undefined) register(run, { type: 'process', pid: child.pid })
  const program = path.basename(argv[0]!)
  const deadline = Date.now() + 30_000
  for (;;) {
    if (ended !== undefined) throw new Error(`${program} ${ended}. ${log.trim().slice(-500)}`)
    try {
      await options.ready()
      return { child, log: () => log }
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`${program} did not answer within 30 s: ${(error as Error).message}`)
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
