import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { cleanRun } from './clean-run.ts'
import type { ServiceName } from './exercise.ts'
import { EXERCISES, STATE } from './paths.ts'
import { isAlive } from './processes.ts'
import type { Services } from './services/types.ts'
import { type Confinement, findConfinement } from './subjects/confine.ts'
import { type SandboxMode, sandboxMode } from './subjects/sandbox-mode.ts'

/** What a grading run is about; the same plain object reaches every grader through `inject`. */
export type Run = {
  /** Part of every name the run makes, so that what it leaves can be found. */
  id: string
  /** The run's folder for temporary copies; gone when the run ends. */
  dir: string
  /** Fixtures are drawn from it; the same seed gives the same run. */
  seed: number
  /** The `exercises` folder that is graded. */
  submission: string
  services: Services
  /** What keeps subjects from doing harm. */
  confinement: Confinement
  /** Starts server subjects in place of what their README says. */
  start?: string[]
  /** Subjects are Node programs that wait for a debugger, and no time limit applies. */
  inspect?: boolean
  /** The mutant that subjects run: see scripts/mutate.ts. */
  mutant?: string
}

export type OpenRun = Run & {
  /** Ends everything the run started and removes all it wrote. Safe to call twice. */
  close(): Promise<void>
  /**
   * The same in the middle of the run, for a signal: this process must exit next. What it was just
   * making, a container that is still being created say, is removed by the reaper after that.
   */
  interrupt(): Promise<void>
}

declare module 'vitest' {
  interface ProvidedContext {
    roadworks: Run
  }
}

/** Removes what runs that were killed left in the state folder. */
function sweepStale(work: string): void {
  if (!existsSync(work)) return
  for (const name of readdirSync(work)) {
    const owner = Number(name.split('-')[0])
    if (!isAlive(owner)) rmSync(path.join(work, name), { recursive: true, force: true })
  }
}

/**
 * Starts a helper process that waits for this one to end, however it ends, and then removes what
 * the run made. It is what keeps a `kill -9` or a closed terminal from leaving servers behind.
 */
function startReaper(dir: string): void {
  const script = path.join(import.meta.dirname, 'reaper.ts')
  const reaper = spawn(process.execPath, [script, dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  reaper.stdin?.on('error', () => {})
  ;(reaper.stdin as unknown as { unref?(): void } | null)?.unref?.()
}

/**
 * Opens a run: makes its folder and sees to it that nothing of it outlives this process.
 * @param options.seed a random one by default
 * @param options.submission the kit's own `exercises` by default
 * @param options.sandbox what keeps subjects from doing harm; `ROADWORKS_SANDBOX` by default
 * @throws SandboxModeError where `ROADWORKS_SANDBOX` is not a mode
 */
export function openRun(
  options: Partial<Pick<Run, 'seed' | 'submission' | 'start' | 'inspect'>> & {
    sandbox?: SandboxMode
  } = {},
): OpenRun {
  const sandbox = options.sandbox ?? sandboxMode()
  const work = path.join(STATE, 'work')
  sweepStale(work)
  const id = `${process.pid}-${randomBytes(4).toString('hex')}`
  const dir = path.join(work, id)
  startReaper(dir)
  mkdirSync(dir, { recursive: true })
  // A subject of another user passes through, but sees neither what else is here nor the passwords
  // of services in the registry.
  chmodSync(dir, 0o711)
  mkdirSync(path.join(dir, 'registry'), { mode: 0o700 })
  let closing: Promise<void> | undefined
  return {
    id,
    dir,
    seed: options.seed ?? randomBytes(4).readUInt32LE() % 1_000_000,
    submission: options.submission ?? EXERCISES,
    services: {},
    // Somebody who debugs looks at the submission itself, wherever it lies.
    confinement: options.inspect ? { kind: 'none' } : findConfinement(sandbox),
    start: options.start,
    inspect: options.inspect,
    close() {
      closing ??= cleanRun(dir)
      return closing
    },
    interrupt() {
      closing ??= cleanRun(dir, { again: true })
      return closing
    },
  }
}

/** The same run as plain data, for `provide`. */
export function plainRun({ close: _close, interrupt: _interrupt, ...run }: OpenRun): Run {
  return run
}

let names = 0

/** How the names begin of all that a run makes on a service. */
export function namePrefix(run: Pick<Run, 'id'>): string {
  return `rw_${run.id.replace('-', '_')}_`
}

/**
 * A name that is unique on this machine and tells its run.
 * @returns lower-case letters, digits and underscores, at most 40 characters
 */
export function uniqueName(run: Pick<Run, 'id'>, hint: string): string {
  names += 1
  return `${namePrefix(run)}${hint}_${process.pid}_${names}`
}

/** Where Linux has a file system in memory, as a rule. */
export const MEMORY = '/dev/shm'

/**
 * How the names of a run's folders outside the checkout begin. They carry the run's id, so that they
 * are found even where a copy into one of them went on while the run was ended.
 */
export function serviceFolderPrefix(runId: string): string {
  return `roadworks-${runId}-`
}

/** What a run has made outside its folder, written down before it is made. */
export type Registered =
  | { type: 'process'; pid: number; marker?: string }
  /** Whatever this user runs. */
  | { type: 'user'; uid: number }
  /** What stands on a server that goes on running, under names that begin so. */
  | { type: 'service'; name: ServiceName; adminUrl: string; prefix: string }
  | { type: 'docker'; label: string }

/** Writes down what must be removed when the run ends; see `clean-run.ts`. */
export function register(run: Pick<Run, 'dir'>, thing: Registered): string {
  const file = path.join(
    run.dir,
    'registry',
    `${Date.now()}-${randomBytes(6).toString('hex')}.json`,
  )
  writeFileSync(file, JSON.stringify(thing))
  return file
}

/** Everything that stands in a run's registry, with the file that says so. */
export function registered(dir: string): { thing: Registered; file: string }[] {
  const registry = path.join(dir, 'registry')
  if (!existsSync(registry)) return []
  return readdirSync(registry).flatMap((name) => {
    const file = path.join(registry, name)
    try {
      return [{ thing: JSON.parse(readFileSync(file, 'utf8')) as Registered, file }]
    } catch {
      return [] // half-written by a process that was killed: what it names was not made yet
    }
  })
}
