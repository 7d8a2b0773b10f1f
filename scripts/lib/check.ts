import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Exercise, PHASES, startsAnother } from '../../graders/harness/exercise.ts'
import { type OpenRun, plainRun } from '../../graders/harness/open-run.ts'
import { STATE } from '../../graders/harness/paths.ts'

import { runsSubjects } from '../../graders/harness/subjects/sandbox.ts'
import { type SandboxMode, sandboxMode } from '../../graders/harness/subjects/sandbox-mode.ts'
import { beforehand, plainResult } from './beforehand.ts'
import { openCache, type VerdictCache } from './cache.ts'
import type { Catalogue } from './catalogue.ts'
import { type Engine, type EngineEvent, withEngine } from './engine/engine.ts'
import { rememberLatest } from './latest.ts'
import { originOf } from './origin.ts'
import { type Progress, tellProgress } from './progress.ts'
import { type ExerciseResult, isPass, REPORT_VERSION, type Report, reportSchema } from './report.ts'
import { kitVersion, servicesOf } from './run-facts.ts'
import { copyFiles, listFiles, writeWhole } from './tree.ts'
import { UsageError } from './usage.ts'

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
  /** Grade again what has not changed since it was graded. */
  force?: boolean
  /** Only these checks. */
  only?: string[]
}

const isNoReadme = (name: string) => name !== 'README.md'

/** The references as a submission: each starter with the reference over it. */
function stageSolutions(run: OpenRun, exercises: Exercise[]): string {
  const root = path.join(run.dir, 'solutions')
  for (const exercise of exercises) {
    const { phase, slug, folder, solution } = exercise
    const to = path.join(root, phase, slug)
    const given = listFiles(folder)
    // A README that starts a program of the learner's is not for the reference.
    copyFiles(folder, to, startsAnother(exercise) ? given.filter(isNoReadme) : given)
    copyFiles(solution, to, listFiles(solution))
  }
  return root
}

/**
 * A checkout's `exercises` folder, or the folder itself where it holds phases.
 * @throws UsageError where there is neither: everything would look untouched
 */
export function submissionRoot(given: string): string {
  const full = path.resolve(process.env.INIT_CWD ?? process.cwd(), given)
  const below = path.join(full, 'exercises')
  const holds = (folder: string) => PHASES.some((phase) => existsSync(path.join(folder, phase)))
  if (!existsSync(full)) throw new UsageError(`--submission: there is no folder ${full}.`)
  if (existsSync(below)) return below
  if (holds(full)) return full
  throw new UsageError(
    `--submission: ${full} holds no exercises/, and no phase of it. It takes a checkout of the kit.`,
  )
}

/** The results of exercises, as they come in, and what was told of them. */
type Results = Map<string, ExerciseResult>

/**
 * What may be said without running anything: untouched, missing files, unchanged since it was graded. A
 * failure of an exercise that is asked for alone is graded again: somebody wants to see it run.
 */
function knownBeforehand(
  selected: Catalogue,
  submission: string,
  options: CheckOptions,
  cache: VerdictCache | undefined,
): { results: Results; toRun: Exercise[] } {
  const results: Results = new Map()
  // Who gives a seed wants to see it run.
  const mayReuse = !options.force && options.seed === undefined
  const alone = selected.exercises.length === 1
  const find = (exercise: Exercise) => {
    const known = mayReuse ? cache?.find(exercise, submission, options.start) : undefined
    return known && alone && !isPass(known.verdict) ? undefined : known
  }
  const toRun = selected.exercises.filter((exercise) => {
    const known = beforehand(exercise, submission, options.start) ?? find(exercise)
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
    const graded = await gradeAll(engine, toRun, options, progress)
    const own = !options.solutions && !options.submission && !options.only
    for (const result of own ? rememberLatest(graded) : graded) {
      results.set(result.slug, result)
      const exercise = toRun.find((one) => one.slug === result.slug)!
      cache?.keep(exercise, run.submission, result, start)
    }
    progress.done()
    cache?.save()
    const report: Report = {
      version: REPORT_VERSION,
      kit: kitVersion(),
      submission: options.solutions ? undefined : originOf(run.submission),
      seed: run.seed,
      startedAt,
      durationMs: Math.round(performance.now() - begun),
      services: servicesOf(run),
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
