import { expect, test } from 'vitest'
import { printFooter } from './map.ts'
import {
  type CheckResult,
  type ExerciseResult,
  exitCodeOf,
  type Report,
  verdictOf,
} from './report.ts'

/** Checks of these levels and statuses, such as `core passed`. */
function checks(...given: string[]): CheckResult[] {
  return given.map((text, index) => {
    const [level, ...status] = text.split(' ') as [CheckResult['level'], ...string[]]
    return {
      id: `C${index + 1}`,
      level,
      title: 'does what it must',
      status: status.join(' ') as CheckResult['status'],
      evidence: [],
      output: '',
      durationMs: 1,
    }
  })
}

const resultOf = (
  verdict: ExerciseResult['verdict'],
  list: CheckResult[] = [],
): ExerciseResult => ({
  phase: 'phase1-fundamentals',
  slug: 'shelf',
  title: 'Shelf',
  verdict,
  checks: list,
  durationMs: 1,
  cached: false,
})

test.each<[string, string[]]>([
  ['mastered', ['core passed', 'stretch passed']],
  ['passed', ['core passed', 'stretch failed']],
  ['failed', ['core failed', 'stretch passed']],
  ['error', ['core error', 'stretch failed']],
  ['partial', ['core not run', 'stretch passed']],
  ['not run', ['core not run', 'stretch not run']],
  ['error', ['stretch passed']],
  ['error', []],
])('%s: a whole exercise with %j', (verdict, given) => {
  expect(verdictOf(checks(...given))).toBe(verdict)
})

test.each<[string, string[], number]>([
  ['partial', ['stretch passed'], 0],
  ['partial', ['core passed', 'stretch passed'], 0],
  ['failed', ['stretch failed'], 1],
  ['failed', ['core passed', 'stretch failed'], 1],
  ['error', ['stretch error'], 3],
  ['not run', ['stretch not run'], 3],
  ['partial', ['core passed', 'stretch not run'], 3],
  ['error', [], 3],
])('%s: some checks that were asked for, with %j: exit code %i', (verdict, given, code) => {
  const list = checks(...given)
  expect(verdictOf(list, { part: true })).toBe(verdict)
  expect(exitCodeOf([resultOf(verdictOf(list, { part: true }), list)])).toBe(code)
})

test.each<[ExerciseResult['verdict'][], number]>([
  [['mastered', 'passed'], 0],
  [['mastered', 'failed', 'not run'], 1],
  [['mastered', 'untouched'], 1],
  [['mastered', 'not run'], 3],
  [['error'], 3],
])('%j: exit code %i', (verdicts, code) => {
  expect(exitCodeOf(verdicts.map((verdict) => resultOf(verdict, checks('core not run'))))).toBe(
    code,
  )
})

test('whoever grades others’ work is told where a program could read the answers', () => {
  const report = (open: boolean) =>
    ({ durationMs: 1, services: {}, seed: 1, sandbox: { kind: 'none', open } }) as Report
  expect(printFooter(report(true), { others: true })).toMatch(
    /could read solutions\/ and graders\//,
  )
  expect(printFooter(report(true))).not.toMatch(/solutions/)
  expect(printFooter(report(false), { others: true })).not.toMatch(/solutions/)
})
