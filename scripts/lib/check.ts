import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { type OpenRun, openRun, plainRun } from '../../graders/harness/open-run.ts'
import { EXERCISES, ROOT, STATE } from '../../graders/harness/paths.ts'
import { startServices } from '../../graders/harness/services/start.ts'
import { isRunning } from '../../graders/harness/services/types.ts'
import { readySandbox, runsSubjects } from '../../graders/harness/subjects/sandbox.ts'
import type { SandboxMode } from '../../graders/harness/subjects/sandbox-mode.ts'
import { isPlainFile, missingFiles } from '../../graders/harness/subjects/stage.ts'
import { openCache } from './cache.ts'
import type { Catalogue } from './catalogue.ts'
import type { Progress } from './progress.ts'
import { type ExerciseResult, REPORT_VERSION, type Report, reportSchema } from './report.ts'
import { copyFiles, listFiles, sameFile } from './tree.ts'

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

function plainResult(exercise: Exercise, verdict: ExerciseResult['verdict']): ExerciseResult {
  const { phase, slug, title } = exercise
  return { phase, slug, title, verdict, checks: [], durationMs: 0, cached: false }
}

/** True while all of the exercise's files are still the starter's. */
export function isUntouched(exercise: Exercise, submission: string): boolean {
  const folder = path.join(submission, exercise.phase, exercise.slug)
  const starter = path.join(exercise.grader, 'starter')
  return exercise.files.every((file) => sameFile(folder, starter, file))
}

/** What can be said of a submission without running it; undefined where it must be run. */
function beforehand(
  exercise: Exercise,
  submission: string,
  start?: string[],
): ExerciseResult | undefined {
  const folder = path.join(submission, exercise.phase, exercise.slug)
  if (!existsSync(folder)) return plainResult(exercise, 'untouched')
  if (isUntouched(exercise, submission) && !start && sameStart(exercise, folder)) {
    return plainResult(exercise, 'untouched')
  }
  const missing = missingFiles(folder, exercise.files)
  if (missing.length === 0 || exercise.kind === 'server') return undefined
  const message = `${missing.join(', ')} is missing. npm run reset ${exercise.slug} brings the starter back.`
  return {
    ...plainResult(exercise, 'failed'),
    checks: Object.entries(exercise.checks).map(([id, { level, title }]) => ({
      id,
      level,
      title,
      status: 'failed' as const,
      error: 'SubjectError',
      message,
      evidence: [],
      output: '',
      durationMs: 0,
    })),
  }
}

/** True where the submission's README starts the program as the kit's own does. */
function sameStart(exercise: Exercise, folder: string): boolean {
  if (exercise.kind !== 'server') return true
  const file = path.join(folder, 'README.md')
  if (!isPlainFile(file)) return true
  const line = (text: string) => /^start:.*$/m.exec(text)?.[0].trim()
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

/** Writes a file so that it is whole or not there, whatever stands in its place or stops us. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}`
  // Never through a link that somebody put here.
  rmSync(beside, { recursive: true, force: true })
  writeFileSync(beside, text, { flag: 'wx' })
  try {
    renameSync(beside, file)
  } catch {
    rmSync(file, { recursive: true, force: true })
    renameSync(beside, file)
  }
}

/**
 * Grades the selected exercises: untouched and unchanged ones are not run, services are started for
 * the rest, and a report is written to `.roadworks/report.json`.
 * @param onRun told of the run as soon as it is open, so that a signal can close it
 */
export async function check(
  selected: Catalogue,
  options: CheckOptions,
  progress: Progress,
  onRun: (run: OpenRun) => void = () => {},
): Promise<Report> {
  const begun = performance.now()
  const startedAt = new Date().toISOString()
  const { seed, start, inspect, sandbox } = options
  const run = openRun({ seed, start, inspect, sandbox })
  onRun(run)
  try {
    if (options.solutions) run.submission = stageSolutions(run, selected.exercises)
    else run.submission = options.submission ? submissionRoot(options.submission) : EXERCISES

    const results = new Map<string, ExerciseResult>()
    const cache = process.env.CI || options.only || options.inspect ? undefined : openCache()
    // Who gives a seed wants to see it run.
    const mayReuse = !options.force && options.seed === undefined
    const toRun: Exercise[] = []
    for (const exercise of selected.exercises) {
      const known =
        beforehand(exercise, run.submission, options.start) ??
        (mayReuse ? cache?.find(exercise, run.submission, options.start) : undefined)
      if (known) results.set(exercise.slug, known)
      else toRun.push(exercise)
    }

    const needs = new Set(toRun.flatMap((exercise) => exercise.needs))
    if (needs.size > 0) progress.status(`starting ${[...needs].join(', ')} …`)
    const beforeServices = performance.now()
    // Vitest comes up while the services do; it is loaded only where something must be run.
    const [services, grader, confinement] = await Promise.all([
      startServices(needs, run, {
        onProgress(name, state) {
          if (isRunning(state))
            progress.status(`${name} ${state.version} is up (${state.provider})`)
        },
      }),
      toRun.length > 0
        ? import('./grade.ts').then((module) => module.openGrader(options.inspect))
        : undefined,
      toRun.some(runsSubjects) ? readySandbox(run, progress.line) : run.confinement,
    ])
    run.services = services
    run.confinement = confinement
    const noSandbox = confinement.kind === 'docker' ? confinement.missing : undefined
    const afterServices = performance.now()

    const running = toRun.filter((exercise) => {
      if (noSandbox && runsSubjects(exercise)) {
        results.set(exercise.slug, { ...plainResult(exercise, 'not run'), reason: noSandbox })
        return false
      }
      const missing = exercise.needs
        .map((name) => services[name])
        .find((state) => !isRunning(state))
      if (!missing || exercise.static || isRunning(missing)) return true
      results.set(exercise.slug, { ...plainResult(exercise, 'not run'), reason: missing.missing })
      return false
    })
    if (grader && running.length > 0) {
      let done = 0
      const graded = await grader.grade(plainRun(run), running, {
        only: options.only,
        onTest: (slug, name) =>
          progress.status(`${done}/${running.length} graded · ${slug}: ${name}`),
        onExercise: (result) => {
          done += 1
          progress.status(`${done}/${running.length} graded · ${result.slug}: ${result.verdict}`)
        },
      })
      for (const result of graded) {
        results.set(result.slug, result)
        const exercise = running.find((one) => one.slug === result.slug)!
        cache?.keep(exercise, run.submission, result, options.start)
      }
    }
    progress.done()
    await grader?.close()
    cache?.save()
    for (const { phase, slug, message } of selected.broken) {
      results.set(slug, {
        phase,
        slug,
        title: slug,
        verdict: 'error',
        reason: message,
        checks: [],
        durationMs: 0,
        cached: false,
      })
    }
    const report: Report = {
      version: REPORT_VERSION,
      kit: JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version,
      seed: run.seed,
      startedAt,
      durationMs: Math.round(performance.now() - begun),
      services: Object.fromEntries(
        Object.entries(services).flatMap(([name, state]) =>
          isRunning(state) ? [[name, { provider: state.provider, version: state.version }]] : [],
        ),
      ),
      sandbox: sandboxOf(run, running),
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
  } finally {
    progress.done()
    await run.close()
  }
}

/** Whose rights the programs had; nothing where none was run. */
function sandboxOf({ confinement }: OpenRun, ran: Exercise[]): Report['sandbox'] {
  if (!ran.some(runsSubjects)) return undefined
  const { kind } = confinement
  return kind === 'none' ? { kind, warning: confinement.why } : { kind }
}

/** The exercise's place in the map; those that cannot be read come last. */
function placeOf(selected: Catalogue, slug: string): number {
  const index = selected.exercises.findIndex((one) => one.slug === slug)
  return index < 0 ? Number.MAX_SAFE_INTEGER : index
}
