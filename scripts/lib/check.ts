import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { type OpenRun, plainRun } from '../../graders/harness/open-run.ts'
import { ROOT, STATE } from '../../graders/harness/paths.ts'

import { isRunning } from '../../graders/harness/services/types.ts'
import { runsSubjects } from '../../graders/harness/subjects/sandbox.ts'
import { type SandboxMode, sandboxMode } from '../../graders/harness/subjects/sandbox-mode.ts'
import { isPlainFile, missingFiles } from '../../graders/harness/subjects/stage.ts'
import { openCache, type VerdictCache } from './cache.ts'
import type { Catalogue } from './catalogue.ts'
import { type Engine, type EngineEvent, withEngine } from './engine/engine.ts'
import { originOf } from './origin.ts'
import { type Progress, tellProgress } from './progress.ts'
import { type ExerciseResult, REPORT_VERSION, type Report, reportSchema } from './report.ts'
import { copyFiles, isUntouched, listFiles, writeWhole } from './tree.ts'

export type CheckOptions = {
  /** Grade the references in place of the learner's files. */
  solutions?: boolean
  /** A checkout, or its `exercises` folder, to grade in place of this one. */
  submission?: string
  seed?: number
  /** Starts server subjects in place of what their README says. */
  start?: string[]
  inspect?: boolean
  /** What keeps programs from doing harm; `ROADWORKS_SANDBOX` by default. */
  sandbox?: SandboxMode
  /** Grade again what has not changed since it passed. */
  force?: boolean
  /** Only these checks. */
  only?: string[]
}

/** The result of an exercise that was not graded. Its checks are named all the same, each as `status`. */
function plainResult(
  exercise: Exercise,
  verdict: 'untouched' | 'not run' | 'failed',
  said: { status?: 'failed' | 'not run'; error?: string; message: string },
): ExerciseResult {
  const { phase, slug, title } = exercise
  const checks = Object.entries(exercise.checks).map(([id, about]) => ({
    id,
    ...about,
    status: said.status ?? ('not run' as const),
    error: said.error,
    message: said.message,
    evidence: [],
    output: '',
    durationMs: 0,
  }))
  return { phase, slug, title, verdict, checks, durationMs: 0, cached: false }
}

const untouched = (exercise: Exercise) =>
  plainResult(exercise, 'untouched', { message: 'untouched: still the starter' })

/** What can be said of a submission without running it; undefined where it must be run. */
export function beforehand(
  exercise: Exercise,
  submission: string,
  start?: string[],
): ExerciseResult | undefined {
  const folder = path.join(submission, exercise.phase, exercise.slug)
  if (!existsSync(folder)) return untouched(exercise)
  if (isUntouched(exercise, submission) && !start && sameStart(exercise, folder)) {
    return untouched(exercise)
  }
  const missing = missingFiles(folder, exercise.files)
  if (missing.length === 0 || exercise.kind === 'server') return undefined
  const message = `${missing.join(', ')} is missing. npm run reset ${exercise.slug} brings the starter back.`
  return plainResult(exercise, 'failed', { status: 'failed', error: 'SubjectError', message })
}

/** True where the submission's README builds and starts the program as the kit's own does. */
function sameStart(exercise: Exercise, folder: string): boolean {
  if (exercise.kind !== 'server') return true
  const file = path.join(folder, 'README.md')
  if (!isPlainFile(file)) return true
  const line = (text: string) => {
    if (/^build:/m.test(text) && !exercise.build) return 'a build'
    return /^start:.*$/m.exec(text)?.[0].trim()
  }
  const own = readFileSync(path.join(exercise.folder, 'README.md'), 'utf8')
  const starter = `start: [${exercise.start!.join(', ')}]`
  const theirs = line(readFileSync(file, 'utf8'))
  return theirs === undefined || theirs === line(own) || theirs === starter
}

/** The references as a submission: each starter with the reference over it. */
function stageSolutions(run: OpenRun, exercises: Exercise[]): string {
  const root = path.join(run.dir, 'solutions')
  for (const { phase, slug, folder, solution } of exercises) {
    const to = path.join(root, phase, slug)
    copyFiles(folder, to, listFiles(folder))
    copyFiles(solution, to, listFiles(solution))
  }
  return root
}

/** A checkout's `exercises` folder, or the folder itself where it holds phases. */
export function submissionRoot(given: string): string {
  const full = path.resolve(process.env.INIT_CWD ?? process.cwd(), given)
  const below = path.join(full, 'exercises')
  return existsSync(below) ? below : full
}

/** The results of exercises, as they come in, and what was told of them. */
type Results = Map<string, ExerciseResult>

/** What may be said without running anything: untouched, missing files, unchanged since it passed. */
function knownBeforehand(
  selected: Catalogue,
  submission: string,
  options: CheckOptions,
  cache: VerdictCache | undefined,
): { results: Results; toRun: Exercise[] } {
  const results: Results = new Map()
  // Who gives a seed wants to see it run.
  const mayReuse = !options.force && options.seed === undefined
  const toRun = selected.exercises.filter((exercise) => {
    const known =
      beforehand(exercise, submission, options.start) ??
      (mayReuse ? cache?.find(exercise, submission, options.start) : undefined)
    if (known) results.set(exercise.slug, known)
    return !known
  })
  for (const { phase, slug, message } of selected.broken) {
    const base = { phase, slug, title: slug, checks: [], durationMs: 0, cached: false }
    results.set(slug, { ...base, verdict: 'error', reason: message })
  }
  return { results, toRun }
}

/** Grades what can be graded here; the rest is `not run`, with the reason. */
async function gradeAll(
  engine: Engine,
  exercises: Exercise[],
  options: CheckOptions,
  progress: Progress,
): Promise<ExerciseResult[]> {
  const open = exercises.filter((exercise) => engine.missing(exercise) === undefined)
  const notRun = exercises
    .filter((exercise) => !open.includes(exercise))
    .map((exercise) => {
      const reason = engine.missing(exercise)!
      return { ...plainResult(exercise, 'not run', { message: reason }), reason }
    })
  if (open.length === 0) return notRun
  const session = await engine.session({ unlimited: options.inspect })
  let done = 0
  const status = (text: string) => progress.status(`${done}/${open.length} graded · ${text}`)
  const graded = await session.grade(plainRun(engine.run), open, {
    only: options.only,
    onTestStart: (slug, name) => status(`${slug}: ${name}`),
    onExercise: (result) => {
      done += 1
      status(`${result.slug}: ${result.verdict}`)
    },
  })
  return [...notRun, ...graded]
}

/**
 * Grades the selected exercises: untouched and unchanged ones are not run, services are started for
 * the rest, and a report is written to `.roadworks/report.json`.
 */
export async function check(
  selected: Catalogue,
  options: CheckOptions,
  progress: Progress,
): Promise<Report> {
  const begun = performance.now()
  const startedAt = new Date().toISOString()
  const { seed, start, inspect, sandbox } = options
  const onEvent = (event: EngineEvent) => tellProgress(progress, event)
  const about = { seed, start, inspect, sandbox, onEvent, onStop: progress.done }
  return withEngine(about, async (engine) => {
    const { run } = engine
    if (options.solutions) run.submission = stageSolutions(run, selected.exercises)
    else if (options.submission) run.submission = submissionRoot(options.submission)
    const keeps = !process.env.CI && !options.only && !options.inspect
    const cache = keeps ? openCache(sandbox ?? sandboxMode()) : undefined
    const { results, toRun } = knownBeforehand(selected, run.submission, options, cache)

    const beforeServices = performance.now()
    await engine.prepare(toRun)
    const afterServices = performance.now()
    for (const result of await gradeAll(engine, toRun, options, progress)) {
      results.set(result.slug, result)
      const exercise = toRun.find((one) => one.slug === result.slug)!
      cache?.keep(exercise, run.submission, result, start)
    }
    progress.done()
    cache?.save()
    const report: Report = {
      version: REPORT_VERSION,
      kit: JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version,
      submission: options.solutions ? undefined : originOf(run.submission),
      seed: run.seed,
      startedAt,
      durationMs: Math.round(performance.now() - begun),
      services: Object.fromEntries(
        Object.entries(run.services).flatMap(([name, state]) =>
          isRunning(state) ? [[name, { provider: state.provider, version: state.version }]] : [],
        ),
      ),
      sandbox: sandboxOf(run, toRun),
      timing: {
        services: Math.round(afterServices - beforeServices),
        grading: Math.round(performance.now() - afterServices),
      },
      exercises: [...results.values()].sort(
        (a, b) => placeOf(selected, a.slug) - placeOf(selected, b.slug),
      ),
    }
    writeWhole(
      path.join(STATE, 'report.json'),
      `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`,
    )
    return report
  }).finally(() => progress.done())
}

/** Whose rights the programs had; nothing where none was run. */
function sandboxOf({ confinement }: OpenRun, ran: Exercise[]): Report['sandbox'] {
  if (!ran.some(runsSubjects)) return undefined
  if (confinement.kind === 'docker') return { kind: 'docker' }
  const { kind, view } = confinement
  return { kind, warning: kind === 'none' ? confinement.why : undefined, open: !view || undefined }
}

/** The exercise's place in the map; those that cannot be read come last. */
function placeOf(selected: Catalogue, slug: string): number {
  const index = selected.exercises.findIndex((one) => one.slug === slug)
  return index < 0 ? Number.MAX_SAFE_INTEGER : index
}
