import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ROOT } from '../paths.ts'
import { type Run, register, serviceFolderPrefix, uniqueName } from '../run.ts'
import { isRunning } from '../services/types.ts'
import { socketChannel } from './channel.ts'
import { subjectUser } from './confine.ts'
import { MEMORY_LIMIT, OVER, PROCESS_LIMIT } from './limits.ts'
import { OutputBuffer } from './output.ts'
import { ownFolders } from './own-folders.ts'
import { localServices, openRelay, type Word } from './relay.ts'
import type { Exit, SubjectOptions, SubjectProcess } from './subject.ts'

/** Where things are in the container that have no place of their own there. */
const INSIDE = {
  relay: '/roadworks/relay',
  supervisor: '/roadworks/sandbox',
  node: '/roadworks/bin',
}
const SANDBOX = path.join(import.meta.dirname, '..', 'sandbox')
const DRIVER = path.join(import.meta.dirname, 'driver.mjs')
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

type Contained = Extract<Run['confinement'], { kind: 'docker' }>

/** Calls the `docker` program. @param options.seconds time on the clock; 120 by default */
export function callDocker(
  args: string[],
  options: { input?: string; seconds?: number } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const limits = { timeout: (options.seconds ?? 120) * 1000, maxBuffer: 16 * 1024 ** 2 }
    const child = execFile('docker', args, limits, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 127) : 0
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
  })
}

/** What a program said last, for a message. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? ''
}

// ---------------------------------------------------------------- what the container is given

/** Returns one `--mount`, read-only unless `writable`; its value is a line of CSV. */
export function mount(
  source: string,
  target = source,
  options: { writable?: boolean } = {},
): string[] {
  const fields = [
    'type=bind',
    `source=${realpathSync(source)}`,
    `target=${target}`,
    ...(options.writable ? [] : ['readonly']),
  ]
  const csv = fields.map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
  return ['--mount', csv.join(',')]
}

/**
 * An open folder over the image's /root, which nobody but root may pass through: the checkout lies
 * below it. No tmpfs, for Docker gives that the rights of what it covers.
 */
function openRoot(relay: string): string[] {
  const folder = path.join(relay, 'root')
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  return mount(folder, '/root', { writable: true })
}

/** The user that a container runs as; what it writes must belong to whoever owns the copies. */
function userOf(run: Run, { beneath, rootless }: Contained): number | undefined {
  if (rootless) return 0 // there, root is the user who runs the engine, and nobody else
  return beneath.kind === 'user' ? subjectUser(run) : process.getuid?.()
}

function runArguments(
  run: Run,
  at: { name: string; relay: string; user?: number; folders: string[]; memory: number },
): string[] {
  const { image, node } = run.confinement as Contained
  const group = at.user === 0 ? 0 : process.getuid?.() === at.user ? process.getgid?.() : at.user
  return [
    'run',
    ...['--name', at.name, '--label', `roadworks.run=${run.id}`],
    ...['--init', '--pull', 'never', '--log-driver', 'none'],
    ...['--network', 'none', '--hostname', 'sandbox'],
    ...['--read-only', '--tmpfs', '/tmp:rw,nosuid,nodev,exec,size=256m,mode=1777'],
    ...(ROOT.startsWith('/root/') ? openRoot(at.relay) : []),
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...(at.user === undefined ? [] : ['--user', `${at.user}:${group}`]),
    ...['--memory', String(at.memory), '--memory-swap', String(at.memory)],
    ...['--pids-limit', String(PROCESS_LIMIT), '--ulimit', 'core=0'],
    ...at.folders.flatMap((folder) => mount(folder, folder, { writable: true })),
    ...mount(path.join(ROOT, 'node_modules')),
    // It says how Node is to read the submission's files.
    ...mount(path.join(ROOT, 'package.json')),
    ...mount(DRIVER),
    ...mount(SANDBOX, INSIDE.supervisor),
    ...mount(at.relay, INSIDE.relay),
    ...(node ? mount(node, `${INSIDE.node}/node`) : []),
    ...['--workdir', '/', '--env', 'UV_THREADPOOL_SIZE=1'],
    ...['--entrypoint', node ? `${INSIDE.node}/node` : 'node'],
    image,
    '--v8-pool-size=0',
    `${INSIDE.supervisor}/supervisor.mjs`,
    `${INSIDE.relay}/socket`,
  ]
}

/** The longest path of a Unix socket that every system takes. */
const SOCKET_PATH = 100

/** A folder for the relay's socket: in the run's own, unless that is too deep for one. */
function relayFolder(run: Run): string {
  const name = `relay-${randomUUID().slice(0, 8)}`
  const deep = path.join(run.dir, name)
  const folder =
    Buffer.byteLength(path.join(deep, 'socket')) <= SOCKET_PATH
      ? deep
      : path.join(os.tmpdir(), `${serviceFolderPrefix(run.id)}${name}`)
  mkdirSync(folder, { mode: 0o711 })
  return folder
}

// ---------------------------------------------------------------- what is to be removed

let labelled: string | undefined
const leaving = new Set<Promise<void>>()
let fault: string | undefined

/** Has the run's containers removed with it, whatever ends it. */
function registerLabel(run: Run): void {
  if (labelled === run.id) return
  labelled = run.id
  register(run, { type: 'docker', label: `roadworks.run=${run.id}` })
}

/** Waits until the containers that were ended are removed. */
export async function endContainers(): Promise<void> {
  while (leaving.size > 0) await Promise.all(leaving)
}

/** Why a container of this process could not be started; then no verdict rests on it. */
export function containerFault(): string | undefined {
  return fault
}

/** Waits until they are removed, and forgets faults: they were those of a trial. */
export async function forgetContainers(): Promise<void> {
  await endContainers()
  fault = undefined
}

/** Removes a container, also one that is still being made. */
async function removeContainer(name: string, ended: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const { code } = await callDocker(['rm', '--force', '--volumes', name], { seconds: 30 })
    if (ended() && (code === 0 || Date.now() > deadline)) return
    if (ended()) {
      const { stdout } = await callDocker(['ps', '-aq', '--filter', `name=^/?${name}$`])
      if (stdout.trim() === '') return
    }
    if (Date.now() > deadline) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

// ---------------------------------------------------------------- the subject

function signalOf(code: number): NodeJS.Signals | null {
  const number = code - 128
  const found = Object.entries(os.constants.signals).find(([, value]) => value === number)
  return code > 128 && found ? (found[0] as NodeJS.Signals) : null
}

/** What the supervisor says, or whoever has taken its place. */
function asExit({ code, signal }: Exit): Exit {
  if (signal && signal in os.constants.signals) return { code: null, signal }
  return { code: Number.isInteger(code) ? code : 1, signal: null }
}

const KILLED: Exit = { code: null, signal: 'SIGKILL' }

/** Runs a container until it ends. @returns what docker said, or the container without a grader */
function runToEnd(run: Run, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    // The run's mark, so that it is found where the run is killed.
    const env = { ...process.env, ROADWORKS_RUN: run.id }
    const cli = spawn('docker', args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    cli.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000)
    })
    cli.once('error', (error) => resolve(error.message))
    cli.once('close', () => resolve(said))
  })
}

/** Hosts of the run's services. */
function serviceHosts(run: Run): string[] {
  return Object.values(run.services).flatMap((service) =>
    isRunning(service) && URL.canParse(service.url) ? [new URL(service.url).hostname] : [],
  )
}

/** Says how a container ended whose supervisor did not. */
async function lastState(name: string): Promise<{ exit: Exit; outOfMemory: boolean } | undefined> {
  const format = '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}'
  const { code, stdout } = await callDocker(['inspect', '--format', format, name])
  const [, exitCode, oom] = stdout.trim().split(' ')
  if (code !== 0 || exitCode === undefined) return undefined
  const signal = signalOf(Number(exitCode))
  return {
    exit: { code: signal ? null : Number(exitCode), signal },
    outOfMemory: oom === 'true',
  }
}

/**
 * Starts a subject in a container of its own: it has its copy of the submission, a home, the kit's
 * packages, and connections to the services that its variables name. There is nothing else in it,
 * and no network.
 * @param options as for `spawnSubject`; `env` holds all that is not particular to the machine
 */
export function spawnContained(
  run: Run,
  options: SubjectOptions & { keepHome?: boolean },
): SubjectProcess {
  const confinement = run.confinement as Contained
  const name = uniqueName(run, 'subject')
  const folder = relayFolder(run)
  const user = userOf(run, confinement)
  const output = new OutputBuffer()
  const given = options.env ?? {}
  const { env, services } = localServices(given, serviceHosts(run))
  const port = /^\d{1,5}$/.test(given.PORT ?? '') ? Number(given.PORT) || undefined : undefined

  let exit: Exit | undefined
  let overLimit: string | undefined
  let startFault: string | undefined
  let killing: Promise<void> | undefined
  /** How it ended, as the supervisor says. */
  let told: Exit | undefined
  let connected = false
  let usage = 0
  let asked = 0
  const questions = new Map<number, (seconds: number) => void>()
  const ended = Promise.withResolvers<Exit>()
  const end = (value: Exit): void => {
    exit ??= value
    ended.resolve(exit)
  }
  const hear = (word: Word): void => {
    if (word.over) overLimit ??= OVER[word.over]()
    if (word.usage !== undefined) {
      usage = Math.max(usage, Number(word.cpu) || 0)
      questions.get(word.usage)?.(usage)
    }
    if (word.failed) startFault = fault = `the sandbox failed: ${word.failed}`
    if (word.exited && !told) {
      told = asExit(word.exited)
      // Its last words come by another connection.
      setTimeout(end, 20, told)
    }
    if (word.over && !word.exited) void kill()
  }
  const relay = openRelay(path.join(folder, 'socket'), {
    owner:
      user !== undefined && user !== process.getuid?.() && !confinement.rootless ? user : undefined,
    services,
    port,
    onWord: hear,
    onTaken(error) {
      output.push(Buffer.from(`${error.message}\n`))
      void kill()
    },
  })
  for (const stream of ['out', 'err'] as const) {
    void relay.stream(stream).then((socket) => {
      socket
        .on('data', (chunk: Buffer) => {
          output.push(chunk)
          if (stream === 'out') options.onStdout?.(chunk)
        })
        .resume()
    })
  }
  const channel = options.ipc ? socketChannel(relay.stream('channel')) : undefined

  registerLabel(run)
  const { argv } = options
  let containerEnded = false
  const containerEnd = Promise.withResolvers<void>()
  const start = async (): Promise<void> => {
    await relay.ready
    if (killing) return onContainerEnd('')
    const folders = ownFolders(run, [options.cwd, ...argv, ...Object.values(env)])
    const args = runArguments(run, {
      ...{ name, relay: folder, user, folders },
      memory: options.memory ?? MEMORY_LIMIT,
    })
    onContainerEnd(await runToEnd(run, args))
  }
  /** It has ended, or was never there. */
  const onContainerEnd = async (said: string): Promise<void> => {
    containerEnded = true
    containerEnd.resolve()
    if (!connected && !killing) {
      startFault = fault = lastLine(said) || 'it ended before the program was started'
      output.push(Buffer.from(`${said}\n`))
      return end({ code: 127, signal: null })
    }
    if (told || killing) return end(told ?? KILLED)
    const state = await lastState(name)
    if (state?.outOfMemory) overLimit ??= OVER.memory(options.memory)
    end(state?.exit ?? KILLED)
  }
  void relay.connected.then(() => {
    connected = true
    const { node } = confinement
    const packages = path.join(ROOT, 'node_modules', '.bin')
    const [program, ...rest] = argv
    relay.tell({
      start: {
        argv: [program === 'node' && node ? `${INSIDE.node}/node` : program, ...rest],
        cwd: options.cwd,
        env: {
          LANG: 'C.UTF-8',
          ...env,
          ...(options.ipc && { ROADWORKS_CHANNEL: 'socket' }),
          // Packages of another system bring programs that do not run in the container.
          PATH: (node ? [INSIDE.node, packages, SYSTEM_PATH] : [SYSTEM_PATH, packages]).join(':'),
        },
        port,
        services: [...services.keys()],
        channel: options.ipc ?? false,
      },
    })
  })
  void start().catch((error: Error) => onContainerEnd(error.message))

  /** Asks the supervisor for the CPU time so far; it answers in turn with what else it says. */
  const ask = (): Promise<number> => {
    if (exit || !connected) return Promise.resolve(usage)
    asked += 1
    const id = asked
    return new Promise<number>((resolve) => {
      const answer = (seconds: number) => {
        clearTimeout(late)
        questions.delete(id)
        resolve(seconds)
      }
      // Where the program keeps the supervisor from answering, the clock ends it.
      const late = setTimeout(() => answer(usage), 1000)
      void ended.promise.then(() => answer(usage))
      questions.set(id, answer)
      relay.tell({ usage: id })
    })
  }

  const kill = (): Promise<void> => {
    killing ??= (async () => {
      relay.tell({ kill: true })
      const removed = removeContainer(name, () => containerEnded)
      leaving.add(removed)
      void removed.finally(() => {
        leaving.delete(removed)
        rmSync(folder, { recursive: true, force: true })
      })
      // Gone is gone: the engine may take its time to remove what is left.
      if (connected) await Promise.race([relay.gone, containerEnd.promise])
      else await Promise.race([removed, relay.gone])
      await new Promise((resolve) => setTimeout(resolve, 20))
      relay.close()
      channel?.close()
      end(told ?? KILLED)
      if (options.home && !options.keepHome) {
        rmSync(options.home, { recursive: true, force: true, maxRetries: 3 })
      }
    })()
    return killing
  }
  return {
    get exit() {
      return exit
    },
    exited: ended.promise,
    get overLimit() {
      return overLimit
    },
    get fault() {
      return startFault
    },
    channel,
    output: () => output.read(options.hide),
    signal: (signal) => relay.tell({ signal }),
    cpuSeconds: ask,
    async settled() {
      // An end is seen by the supervisor a moment after the connections have closed.
      for (let round = 0; round < 2; round++) await ask()
      if (told) await ended.promise
    },
    kill,
  }
}
