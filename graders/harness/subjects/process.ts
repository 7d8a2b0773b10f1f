import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../paths.ts'
import { killTree, processTree, signalProcess } from '../processes.ts'
import { type Run, register } from '../run.ts'
import { ipcChannel } from './channel.ts'
import { confined, giveToSubject } from './confine.ts'
import { spawnContained } from './container.ts'
import { MEMORY_LIMIT, OVER, PROCESS_LIMIT } from './limits.ts'
import { listeningOf } from './listening.ts'
import { OutputBuffer } from './output.ts'
import type { Exit, SubjectOptions, SubjectProcess } from './subject.ts'

/** What language runtimes need to be found; nothing that could hold a secret. */
const PASSED_ON = [
  'PATH',
  'LANG',
  'LC_ALL',
  'PYENV_ROOT',
  'ASDF_DATA_DIR',
  'MISE_DATA_DIR',
  'RUSTUP_HOME',
  'CARGO_HOME',
  'GOROOT',
  'GOTOOLCHAIN',
  'JAVA_HOME',
  'DOTNET_ROOT',
  'SystemRoot',
]

const homes = new Set<string>()

/** The homes of a grader's subjects stand in one folder, so that all of them have the same view. */
function homesOf({ dir }: Run): string {
  const folder = path.join(dir, `homes-${process.pid}-0`)
  if (!homes.has(folder)) {
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o711)
    homes.add(folder)
  }
  return folder
}

/** Removes what the homes of this grader's subjects stood in, once none of them runs any more. */
export function removeHomes(): void {
  for (const folder of homes) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  homes.clear()
}

/**
 * Starts a subject in a process group of its own, with an environment from an allow-list, private
 * HOME and TMPDIR, limits on memory and processes, and its output captured.
 */
export function spawnSubject(run: Run, options: SubjectOptions): SubjectProcess {
  const id = randomUUID()
  // A short name: tsx makes a socket in TMPDIR, and the path of one has 107 bytes at most.
  const home = options.home ?? path.join(homesOf(run), id.slice(0, 8))
  mkdirSync(path.join(home, 'tmp'), { recursive: true })
  const marker = `ROADWORKS_SUBJECT=${id}`
  if (!options.home) giveToSubject(run, home)
  const env: Record<string, string> = {
    HOME: home,
    TMPDIR: path.join(home, 'tmp'),
    TZ: 'UTC',
    // Colours and the warning about type stripping would only clutter what a learner reads.
    NO_COLOR: '1',
    NODE_NO_WARNINGS: '1',
    PYTHONUNBUFFERED: '1',
    ...options.env,
    ...(run.mutant && { __STRYKER_ACTIVE_MUTANT__: run.mutant }),
    ROADWORKS_SUBJECT: id,
    ROADWORKS_RUN: run.id,
  }
  if (run.confinement.kind === 'docker') {
    return spawnContained(run, { ...options, env, home, keepHome: options.home !== undefined })
  }
  const passed = PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  const [program, ...args] = options.argv
  const preload =
    options.preload === undefined ? [] : ['--import', pathToFileURL(options.preload).href]
  const command = program === 'node' ? [process.execPath, ...preload, ...args] : options.argv
  const told = [options.cwd, options.preload ?? '', ...Object.values(env)]
  const start = confined(run, command, told)
  const child = spawn(start.file, start.args, {
    cwd: options.cwd,
    uid: start.uid,
    gid: start.gid,
    detached: true,
    serialization: 'advanced',
    stdio: options.ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(passed),
      PATH: `${path.join(ROOT, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`,
      ...env,
    },
  })
  const channel = options.ipc ? ipcChannel(child) : undefined
  const pid = child.pid ?? -1
  const entry = pid > 0 ? register(run, { type: 'process', pid, marker }) : undefined
  const output = new OutputBuffer()
  child.stdout?.on('data', (chunk: Buffer) => {
    output.push(chunk)
    options.onStdout?.(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk))

  const memory = options.memory ?? MEMORY_LIMIT
  let exit: Exit | undefined
  let overLimit: string | undefined
  const exited = new Promise<Exit>((resolve) => {
    const end = (value: Exit) => {
      exit ??= value
      clearInterval(watch)
      resolve(exit)
    }
    child.once('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`))
      end({ code: 127, signal: null })
    })
    // All it printed is here; but where descendants hold the pipes, `close` waits for them.
    child.once('close', (code, signal) => end({ code, signal }))
    child.once('exit', (code, signal) => setTimeout(end, 20, { code, signal }))
  })

  const watch = setInterval(async () => {
    const tree = await processTree(pid).catch(() => [])
    const bytes = tree.reduce((sum, row) => sum + row.rssBytes, 0)
    if (bytes > memory) overLimit = OVER.memory(memory)
    if (tree.length > PROCESS_LIMIT) overLimit = OVER.processes()
    if (overLimit) await killTree(pid, marker)
  }, 1000)
  watch.unref()

  let killing: Promise<void> | undefined
  return {
    channel,
    get exit() {
      return exit
    },
    exited,
    get overLimit() {
      return overLimit
    },
    output: () => output.read(options.hide),
    signal: (name) => signalProcess(pid, name),
    async cpuSeconds() {
      const tree = await processTree(pid)
      return tree.reduce((sum, row) => sum + row.cpuSeconds, 0)
    },
    async listening() {
      return listeningOf((await processTree(pid)).map((row) => row.pid))
    },
    kill() {
      killing ??= (async () => {
        clearInterval(watch)
        if (pid > 0) {
          signalProcess(pid, 'SIGKILL')
          await killTree(pid, marker)
          await exited
        }
        child.stdout?.destroy()
        child.stderr?.destroy()
        channel?.close()
        if (!options.home) rmSync(home, { recursive: true, force: true, maxRetries: 3 })
        if (entry) rmSync(entry, { force: true })
      })()
      return killing
    },
  }
}

/** How a process ended, in words. */
export function describeExit({ code, signal }: Exit): string {
  if (signal) return `was ended by ${signal}`
  return code === 127 ? 'could not be started' : `exited with code ${code}`
}
