import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { STATE } from '../../../graders/harness/paths.ts'
import { type SandboxMode, sandboxMode } from '../../../graders/harness/subjects/sandbox-mode.ts'
import { beforehand, plainResult } from '../beforehand.ts'
import { readCatalogue } from '../catalogue.ts'
import { graderHash, keyOf, submissionHash } from '../content.ts'
import { type Engine, type EngineEvent, withEngine } from '../engine/engine.ts'
import type { Origin } from '../origin.ts'
import { type Progress, tellProgress } from '../progress.ts'
import { type ExerciseResult, REPORT_VERSION, type Report, reportSchema } from '../report.ts'
import { kitVersion, servicesOf } from '../run-facts.ts'
import { select } from '../select.ts'
import { writeWhole } from '../tree.ts'
import { gradeAll } from './grade.ts'
import type { Grade } from './grades.ts'
import { type Key, type Ledger, openLedger, textOf } from './ledger.ts'
import { type Obtained, obtain } from './obtain.ts'
import { changesSince, readGrades, writeOutputs } from './outputs.ts'
import { daysLate, lost, pointsOf, total } from './points.ts'
import { type Job, openQueue } from './queue.ts'
import type { Student } from './roster.ts'
import { startQueueServer } from './server.ts'
import type { Settings } from './settings.ts'

export type CohortOptions = {
  students: Student[]
  settings: Settings
  /** The folder that gets the grades; absolute. */
  out: string
  /** ISO 8601: of repositories, the last commit before it is graded. */
  deadline?: string
  /** Exercises whose verdicts are found anew. */
  regrade: string[]
  sandbox?: SandboxMode
  lanes?: number
}

export type CohortResult = {
  grades: Grade[]
  slugs: string[]
  /** How many verdicts were found in this run, and how many stood in the ledger before. */
  found: number
  known: number
  /** Student and exercise pairs that share a verdict, for their files are the same. */
  shared: number
  /** What has changed since the last run, a line each. */
  changes: string[]
}

/** How many repositories are fetched at once: hosts do not like to be pressed. */
const FETCHES = 4

/** What an exercise of a student rests on: a result that needs no grading, or a key of the ledger. */
type Part = { exercise: Exercise } & ({ result: ExerciseResult; key?: undefined } | { key: Key })

type Entry = { student: Student; obtained: Obtained; parts: Part[] }

/**
 * The seed of a cohort: everybody's fixtures are the same, and stay so from one run to the next. It is
 * written down before anything is graded, for a run that is killed goes on with it.
 */
function seedOf({ settings, out }: CohortOptions): number {
  const file = path.join(out, 'cohort.json')
  const kept = z.object({ version: z.literal(1), seed: z.int().min(0) })
  let seed = settings.seed
  try {
    seed ??= kept.parse(JSON.parse(readFileSync(file, 'utf8'))).seed
  } catch {} // the first run
  seed ??= randomInt(1_000_000)
  writeWhole(file, `${JSON.stringify({ version: 1, seed }, null, 2)}\n`)
  return seed
}

async function obtainAll(options: CohortOptions, progress: Progress): Promise<Obtained[]> {
  const { students, deadline } = options
  const store = path.join(STATE, 'cohort')
  const all: Obtained[] = []
  let next = 0
  let done = 0
  const lane = async () => {
    for (let at = next++; at < students.length; at = next++) {
      progress.status(`${done}/${students.length} submissions are here · ${students[at]!.name}`)
      all[at] = await obtain(students[at]!, { store, deadline })
      done += 1
    }
  }
  await Promise.all(Array.from({ length: FETCHES }, lane))
  return all
}

/** What the programs run in, as the ledger has it: a pass with all rights says nothing of one in a container. */
function imageOf({ run }: Engine): string {
  const { confinement } = run
  return confinement.kind === 'docker' ? `docker:${confinement.image}` : confinement.kind
}

function partsOf(
  { origin }: Obtained,
  student: Student,
  exercises: Exercise[],
  image: string,
  seed: number,
): Part[] {
  if (!origin) return []
  return exercises.map((exercise): Part => {
    const known = beforehand(exercise, origin.folder)
    if (known) return { exercise, result: known }
    const folder = path.join(origin.folder, exercise.phase, exercise.slug)
    // What is too large to be read is nobody else's: it is graded, and fails by its size.
    const submission = submissionHash(folder) ?? keyOf('too large', student.name, folder)
    const grader = graderHash(exercise)
    return { exercise, key: { submission, exercise: exercise.slug, grader, image, seed } }
  })
}

/** The result of a part: what the ledger has, or why there is none. */
async function resultOf(part: Part, engine: Engine, ledger: Ledger): Promise<ExerciseResult> {
  if (part.key === undefined) return part.result
  const found = await ledger.find(part.key)
  if (found) return found
  const missing = engine.missing(part.exercise)
  const last = missing ? undefined : await ledger.lastAttempt(part.key)
  const reason = missing ?? last?.reason ?? 'it was not graded in this run; run the command again'
  const result = plainResult(part.exercise, 'not run', { message: reason })
  return { ...result, verdict: last?.verdict ?? 'not run', reason }
}

function reportOf(origin: Origin, results: ExerciseResult[], seed: number, engine: Engine): Report {
  const { confinement } = engine.run
  return reportSchema.parse({
    version: REPORT_VERSION,
    kit: kitVersion(),
    submission: origin,
    seed,
    startedAt: new Date().toISOString(),
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
    services: servicesOf(engine.run),
    sandbox: { kind: confinement.kind },
    timing: { services: 0, grading: 0 },
    exercises: results,
  } satisfies Report)
}

/**
 * Grades a cohort: brings everybody's work here, grades what the ledger does not know yet, and writes the
 * grades. The same call again does what is left to do.
 * @throws UsageError for names there are not, or where another run is under way
 */
export async function gradeCohort(
  options: CohortOptions,
  progress: Progress,
): Promise<CohortResult> {
  const { students, settings, out, sandbox = sandboxMode() } = options
  const { exercises } = select(readCatalogue(), settings.exercises)
  const slugs = exercises.map(({ slug }) => slug)
  const seed = seedOf(options)
  const onEvent = (event: EngineEvent) => tellProgress(progress, event)
  const onStop = () => {
    progress.done()
    process.stderr.write('\nWhat was graded is kept: the same command goes on from here.\n')
  }
  return withEngine({ sandbox, seed, onEvent, onStop }, async (engine) => {
    progress.status('starting the queue …')
    const url = process.env.ROADWORKS_QUEUE_URL ?? (await startQueueServer(engine.run))
    const ledger = await openLedger(url)
    if (options.regrade.length > 0) await ledger.forget(options.regrade)
    const obtained = await obtainAll(options, progress)
    // What the programs run in is known only now.
    await engine.prepare(exercises)
    const image = imageOf(engine)
    const entries = students.map((student, at): Entry => {
      const parts = partsOf(obtained[at]!, student, exercises, image, seed)
      return { student, obtained: obtained[at]!, parts }
    })

    const known = await ledger.known(image, seed)
    const jobs = new Map<string, Job>()
    const holders = new Map<string, string[]>()
    let before = 0
    for (const {
      student,
      obtained: { origin },
      parts,
    } of entries) {
      for (const { key, exercise } of parts) {
        if (!key) continue
        const text = textOf(key)
        const others = holders.get(text)
        holders.set(text, [...(others ?? []), student.name])
        if (others) continue
        if (known.has(text)) before += 1
        else if (engine.missing(exercise) === undefined)
          jobs.set(text, { key, folder: origin!.folder })
      }
    }
    let found = 0
    if (jobs.size > 0) {
      const queue = await openQueue(url)
      found = await gradeAll({
        engine,
        ledger,
        queue,
        jobs: [...jobs.values()],
        exercises: new Map(exercises.map((exercise) => [exercise.slug, exercise])),
        seed,
        lanes: options.lanes,
        progress,
      })
      await queue.close()
    }

    progress.status('writing the grades …')
    const grades: Grade[] = []
    for (const {
      student,
      obtained: { origin, missing },
      parts,
    } of entries) {
      const results: ExerciseResult[] = []
      for (const part of parts) results.push(await resultOf(part, engine, ledger))
      const points = results.map((result) => ({ result, ...pointsOf(result, settings) }))
      const days = daysLate(origin?.committedAt, settings.due)
      // Who handed in nothing is measured by the same.
      const whole = points.length > 0 ? points : exercises.map((one) => outOf(one, settings))
      grades.push({
        student: student.name,
        file: student.file,
        source: student.source,
        missing,
        commit: origin?.commit,
        committedAt: origin?.committedAt,
        daysLate: days,
        total: total(whole, lost(days, settings.late)),
        exercises: points.map(({ result, points: own, outOf: most }, at) => {
          const { key } = parts[at]!
          const ids = (status: string) =>
            result.checks.filter((one) => one.status === status).map(({ id }) => id)
          return {
            slug: result.slug,
            verdict: result.verdict,
            points: own,
            outOf: most,
            passed: ids('passed'),
            failed: ids('failed'),
            sameAs: (key ? holders.get(textOf(key))! : []).filter((name) => name !== student.name),
          }
        }),
        report: origin && reportOf(origin, results, seed, engine),
      })
    }
    await ledger.close()
    const changes = changesSince(readGrades(out), grades)
    const names = settings.exercises.join(', ') || 'all exercises'
    writeOutputs(out, { grades, slugs, seed, names })
    const pairs = [...holders.values()].reduce((sum, { length }) => sum + length, 0)
    return { grades, slugs, found, known: before, shared: pairs - holders.size, changes }
  }).finally(() => progress.done())
}

/** What an exercise is worth to somebody who has handed in nothing. */
function outOf(exercise: Exercise, settings: Settings) {
  return pointsOf(plainResult(exercise, 'untouched', { message: '' }), settings)
}
