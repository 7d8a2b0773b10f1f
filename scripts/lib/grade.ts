import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type {
  PoolRunnerInitializer,
  TestCase,
  TestModule,
  TestSpecification,
  Vitest,
} from 'vitest/node'
import { createVitest } from 'vitest/node'
import { printable } from '../../graders/harness/evidence.ts'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { ROOT } from '../../graders/harness/paths.ts'
import type { Run } from '../../graders/harness/run.ts'
import { type CheckResult, type ExerciseResult, verdictOf } from './report.ts'

export type GradeOptions = {
  /** Only the tests of these checks are run; all by default. */
  only?: string[]
  /** Stops at the first test that fails. */
  bail?: boolean
  /** Names of tests to run first, in this order. */
  order?: string[]
  /** Told when a test has ended. */
  onTest?(slug: string, name: string, test: TestEnd): void
  /** Told when an exercise has its verdict. */
  onExercise?(result: ExerciseResult): void
}

/** How a test ended, and when it began and how long it took, in ms. */
export type TestEnd = { status: CheckResult['status']; startedAt: number; durationMs: number }

/** A warm vitest that grades submissions one call after another. */
export type Grader = {
  /** Runs the graders of these exercises on the run's submission. */
  grade(run: Run, exercises: Exercise[], options?: GradeOptions): Promise<ExerciseResult[]>
  close(): Promise<void>
}

/**
 * Starts vitest without a run; `grade` then costs little more than the tests.
 * @param unlimited no time limit for tests: somebody debugs
 * @param pool what runs grader files, in place of a new process for each
 */
export async function openGrader(unlimited = false, pool?: PoolRunnerInitializer): Promise<Grader> {
  let options: GradeOptions = {}
  let exercises: Exercise[] = []
  const slugOf = (file: string) => path.basename(path.dirname(file))
  const exerciseOf = (file: string) => exercises.find((one) => one.slug === slugOf(file))
  const vitest: Vitest = await createVitest('test', {
    root: ROOT,
    config: path.join(ROOT, 'vitest.config.ts'),
    watch: false,
    ...(unlimited && { testTimeout: 0, hookTimeout: 0 }),
    // The caller opens the run; an empty one here keeps the global setup from opening its own.
    provide: { roadworks: {} as Run },
    reporters: [
      {
        onTestCaseResult(test: TestCase) {
          const { startTime = 0, duration = 0 } = test.diagnostic() ?? {}
          const end = { status: statusOf(test), startedAt: startTime, durationMs: duration }
          options.onTest?.(slugOf(test.module.moduleId), test.name, end)
        },
        onTestModuleEnd(module: TestModule) {
          const exercise = exerciseOf(module.moduleId)
          if (exercise) options.onExercise?.(resultOf(exercise, module, options.only))
        },
      },
    ],
  })
  // The configuration's file has the last word on a pool that is passed above.
  for (const { config } of pool ? vitest.projects : []) {
    config.pool = pool!.name as typeof config.pool
    config.poolRunner = pool
  }
  // Vitest finds a file's project through its globs, once.
  const specifications = await vitest.globTestSpecifications()
  return {
    async grade(run, wanted, given = {}) {
      options = given
      exercises = wanted
      vitest.provide('roadworks', run)
      for (const project of vitest.projects) project.provide('roadworks', run)
      vitest.state.clearErrors()
      for (const project of vitest.projects) {
        project.config.bail = given.bail ? 1 : 0
        project.config.runner = given.order && path.join(import.meta.dirname, 'mutate', 'runner.ts')
        project.provide('order', given.order ?? [])
      }
      if (given.only) vitest.setGlobalTestNamePattern(new RegExp(`^(${given.only.join('|')}) `))
      else vitest.resetGlobalTestNamePattern()
      const specs = wanted.flatMap((exercise): TestSpecification[] => {
        const file = path.join(exercise.grader, `${exercise.slug}.test.ts`)
        return specifications.filter((spec) => spec.moduleId === file)
      })
      const ran = await vitest.runTestSpecifications(specs, false)
      const stray = ran.unhandledErrors.map((error) => String((error as Error).stack ?? error))
      return wanted.map((exercise) => {
        const module = ran.testModules.find((one) => slugOf(one.moduleId) === exercise.slug)
        return resultOf(exercise, module, given.only, stray[0])
      })
    },
    async close() {
      await vitest.close()
    },
  }
}

const NOT_RUN = 'not run: '

/** Names of errors that are about the learner's program; others are faults of the kit. */
const THEIRS = new Set(['AssertionError', 'SubjectError'])

type TestError = {
  name?: string
  message?: string
  diff?: string
  stacks?: { file: string; line: number }[]
}

function isTheirs(error: TestError): boolean {
  // Matchers such as toBeOneOf throw a plain Error, told apart by this mark of vitest's.
  if ('__vitest_error_context__' in error) return true
  return THEIRS.has(error.name ?? '') || /^Test timed out in/.test(error.message ?? '')
}

function statusOf(test: TestCase): CheckResult['status'] {
  const result = test.result()
  if (result.state === 'passed') return 'passed'
  if (result.state === 'failed') {
    if (test.meta().fault) return 'error'
    return result.errors.every((error) => isTheirs(error as TestError)) ? 'failed' : 'error'
  }
  if (result.state === 'skipped' && result.note?.startsWith(NOT_RUN)) return 'not run'
  return 'error' // a test that was skipped, or never ran, is no pass
}

function errorNameOf(test: TestCase): string | undefined {
  const result = test.result()
  if (result.state !== 'failed') return undefined
  return (result.errors.find((error) => !isTheirs(error as TestError)) ?? result.errors[0])?.name
}

function messageOf(test: TestCase): string {
  const result = test.result()
  const { fault } = test.meta()
  if (fault) return fault
  if (result.state === 'skipped')
    return (result.note ?? 'the test was skipped').replace(NOT_RUN, '')
  if (result.state !== 'failed') return 'the test did not run'
  const error = result.errors[0] as TestError
  const text = printable(stripVTControlCharacters(error.message ?? ''), 4000).trim()
  return isTheirs(error) ? text : `The grader itself failed (${error.name}: ${text}).`
}

function diffOf(test: TestCase): string | undefined {
  const result = test.result()
  if (result.state !== 'failed') return undefined
  const { diff } = result.errors[0] as TestError
  return diff ? printable(stripVTControlCharacters(diff), 6000) : undefined
}

/** The line of the grader that failed, and not one of the harness below it. */
function placeOf(test: TestCase): CheckResult['at'] {
  const result = test.result()
  const frames = result.state === 'failed' ? ((result.errors[0] as TestError).stacks ?? []) : []
  const frame = frames.find(({ file }) => file.startsWith(path.join(ROOT, 'graders', 'phase')))
  return frame && { file: path.relative(ROOT, frame.file), line: frame.line }
}

/** Which problem to show first, where a check has several tests. */
const GRAVITY: CheckResult['status'][] = ['failed', 'error', 'not run', 'passed']

function checkOf(id: string, exercise: Exercise, tests: TestCase[]): CheckResult {
  const { level, title } = exercise.checks[id]!
  const worst = tests.toSorted(
    (a, b) => GRAVITY.indexOf(statusOf(a)) - GRAVITY.indexOf(statusOf(b)),
  )[0]
  const durationMs = tests.reduce((sum, test) => sum + (test.diagnostic()?.duration ?? 0), 0)
  const plain = { id, level, title, evidence: [], output: '', durationMs: Math.round(durationMs) }
  if (!worst)
    return { ...plain, status: 'error', message: 'The grader has no test for this check.' }
  const status = statusOf(worst)
  if (status === 'passed') return { ...plain, status }
  return {
    ...plain,
    status,
    test: worst.name,
    error: errorNameOf(worst),
    message: messageOf(worst),
    diff: diffOf(worst),
    at: placeOf(worst),
    evidence: worst.meta().evidence ?? [],
    output: worst.meta().output ?? '',
  }
}

/** The verdict of one exercise from what vitest saw. Whatever is missing or odd is an `error`. */
function resultOf(
  exercise: Exercise,
  module: TestModule | undefined,
  only?: string[],
  stray?: string,
): ExerciseResult {
  const tests = module ? [...module.children.allTests()] : []
  const ids = Object.keys(exercise.checks).filter((id) => !only || only.includes(id))
  const checks = ids.map((id) =>
    checkOf(
      id,
      exercise,
      tests.filter((test) => test.name.startsWith(`${id} `)),
    ),
  )
  const broken = module?.errors()[0] as TestError | undefined
  const notRun = broken?.message?.startsWith(NOT_RUN)
  const strange = tests.filter((test) => !/^C\d+ /.test(test.name))
  const reason = broken
    ? printable(broken.message ?? 'the grader could not be loaded', 1000)
    : !module
      ? `There is no grader at ${path.relative(ROOT, exercise.grader)}/${exercise.slug}.test.ts.`
      : strange[0]
        ? `The grader's test "${strange[0].name}" does not begin with a check's id.`
        : stray && printable(stray, 1000)
  const judged = reason
    ? notRun
      ? 'not run'
      : 'error'
    : verdictOf(checks, { part: only !== undefined })
  // A check whose tests ran in part is not run, and yet something was seen to be right.
  const part = judged === 'not run' && tests.some((test) => statusOf(test) === 'passed')
  const verdict = part ? 'partial' : judged
  const said = checks.find((check) => check.status === 'error' || check.status === 'not run')
  const passedPart = verdict === 'partial' ? `only ${ids.join(', ')}: passed` : undefined
  const told = verdict === 'error' || verdict === 'not run' || verdict === 'partial'
  return {
    phase: exercise.phase,
    slug: exercise.slug,
    title: exercise.title,
    verdict,
    reason: told ? (reason ?? said?.message ?? passedPart)?.replace(NOT_RUN, '') : undefined,
    checks,
    durationMs: Math.round(module?.diagnostic().duration ?? 0),
    cached: false,
  }
}
