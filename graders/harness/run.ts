import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ServiceName } from './exercise.ts'
import { isAlive } from './processes.ts'
import type { Services } from './services/types.ts'
import type { Confinement } from './subjects/confinement.ts'

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

declare module 'vitest' {
  interface ProvidedContext {
    roadworks: Run
  }
}

/** True where a run has ended, and nobody is left who cleans up after it. */
export function isRunOver(dir: string): boolean {
  if (!existsSync(dir)) return true
  const owner = Number(path.basename(dir).split('-')[0])
  if (isAlive(owner)) return false
  const reaper = path.join(dir, REAPER)
  return !existsSync(reaper) || !isAlive(Number(readFileSync(reaper, 'utf8')))
}

/** The file in a run's folder that holds the pid of its reaper. */
export const REAPER = 'reaper'

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
