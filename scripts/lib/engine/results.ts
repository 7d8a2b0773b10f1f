import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { TestCase, TestModule } from 'vitest/node'
import { printable } from '../../../graders/harness/evidence.ts'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { ROOT } from '../../../graders/harness/paths.ts'
import { type CheckResult, type ExerciseResult, verdictOf } from '../report.ts'
import { plainWords } from '../words.ts'
import type { SeenTest, TestError } from './plan.ts'

const NOT_RUN = 'not run: '

/** Names of errors that are about the learner's program; others are faults of the kit. */
const THEIRS = new Set(['AssertionError', 'SubjectError'])

function isTheirs(error: TestError): boolean {
  // Matchers such as toBeOneOf throw a plain Error, told apart by this mark of vitest's.
  if ('__vitest_error_context__' in error) return true
  return THEIRS.has(error.name ?? '') || /^Test timed out in/.test(error.message ?? '')
}

/** What vitest reports of a test, as plain data. */
export function seenTest(test: TestCase): SeenTest {
  const result = test.result()
  const { startTime = 0, duration = 0 } = test.diagnostic() ?? {}
  const { evidence = [], output = '', fault } = test.meta()
  return {
    name: test.name,
    state: result.state,
    startedAt: startTime,
    durationMs: duration,
    note: result.state === 'skipped' ? result.note : undefined,
    errors: result.state === 'failed' ? (result.errors as TestError[]) : [],
    evidence,
    output,
    fault,
  }
}

/** How a test counts: only a wrong answer, or a program that broke, is the learner's failure. */
export function statusOf(test: SeenTest): CheckResult['status'] {
  if (test.state === 'passed') return 'passed'
  if (test.state === 'failed') {
    if (test.fault) return 'error'
    return test.errors.every(isTheirs) ? 'failed' : 'error'
  }
  if (test.state === 'skipped' && test.note?.startsWith(NOT_RUN)) return 'not run'
  return 'error' // a test that was skipped, or never ran, is no pass
}

function errorNameOf({ state, errors }: SeenTest): string | undefined {
  if (state !== 'failed') return undefined
  return (errors.find((error) => !isTheirs(error)) ?? errors[0])?.name
}

function messageOf({ state, errors, note, fault }: SeenTest): string {
  if (fault) return fault
  if (state === 'skipped') return (note ?? 'the test was skipped').replace(NOT_RUN, '')
  const error = errors[0]
  if (state !== 'failed' || !error) return 'the test did not run'
  const text = printable(stripVTControlCharacters(error.message ?? ''), 4000).trim()
  return isTheirs(error) ? plainWords(text) : `The grader itself failed (${error.name}: ${text}).`
}

function diffOf({ errors }: SeenTest): string | undefined {
  const diff = errors[0]?.diff
  return diff ? printable(stripVTControlCharacters(diff), 6000) : undefined
}

/** The line of the grader that failed, and not one of the harness below it. */
function placeOf({ errors }: SeenTest): CheckResult['at'] {
  const frames = errors[0]?.stacks ?? []
  const frame = frames.find(({ file }) => file.startsWith(path.join(ROOT, 'graders', 'phase')))
  return frame && { file: path.relative(ROOT, frame.file), line: frame.line }
}

/** Which problem to show first, where a check has several tests. */
const GRAVITY: CheckResult['status'][] = ['failed', 'error', 'not run', 'passed']

/** Returns what the tests of one check say of it: the gravest problem, with all that shows it. */
export function checkOf(
  id: string,
  exercise: Pick<Exercise, 'checks'>,
  tests: SeenTest[],
): CheckResult {
  const { level, title } = exercise.checks[id]!
  const worst = tests.toSorted(
    (a, b) => GRAVITY.indexOf(statusOf(a)) - GRAVITY.indexOf(statusOf(b)),
  )[0]
  const durationMs = tests.reduce((sum, test) => sum + test.durationMs, 0)
  const count = {
    passed: tests.filter((one) => statusOf(one) === 'passed').length,
    all: tests.length,
  }
  const plain = {
    id,
    level,
    title,
    evidence: [],
    output: '',
    tests: count,
    durationMs: Math.round(durationMs),
  }
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
    evidence: worst.evidence,
    output: worst.output,
  }
}

/** The verdict of one exercise from what vitest saw. Whatever is missing or odd is an `error`. */
export function resultOf(
  exercise: Exercise,
  module: TestModule | undefined,
  only?: string[],
  stray?: string,
): ExerciseResult {
  const tests = module ? [...module.children.allTests()].map(seenTest) : []
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
