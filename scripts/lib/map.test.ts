import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toJUnit, toMarkdown } from './formats.ts'
import { printFailure, printMap, printNext, printVerdict } from './map.ts'
import type { CheckResult, ExerciseResult, Report } from './report.ts'

const check = (id: string, about: Partial<CheckResult> = {}): CheckResult => ({
  id,
  level: 'core',
  title: 'ranks couriers who have the same score alike',
  status: 'passed',
  evidence: [],
  output: '',
  durationMs: 1,
  ...about,
})

const failing = check('C1', {
  status: 'failed',
  message: 'GET /leaderboard: expected [ …(2) ] to deeply equal [ …(2) ]',
  diff: '- Expected\n+ Received\n\n-   "rank": 1,\n+   "rank": 2,',
  tests: { passed: 3, all: 5 },
  at: { file: 'graders/phase3-data/redis-board/redis-board.test.ts', line: 7 },
})

const result = (about: Partial<ExerciseResult> = {}): ExerciseResult => ({
  phase: 'phase3-data',
  slug: 'redis-board',
  title: 'Leaderboard',
  verdict: 'failed',
  checks: [failing, check('C2', { tests: { passed: 2, all: 2 } })],
  durationMs: 1,
  cached: false,
  ...about,
})

const plain = (text: string | undefined) => stripVTControlCharacters(text ?? '')
const { isTTY, columns } = process.stdout
/** As at a terminal that is so wide. */
function width(wide: number): void {
  process.stdout.isTTY = true
  process.stdout.columns = wide
}
beforeEach(() => vi.stubEnv('ROADWORKS_KIT', ''))
afterEach(() => {
  process.stdout.isTTY = isTTY
  process.stdout.columns = columns
  vi.unstubAllEnvs()
})

test.each([40, 60, 80, 120])('nothing of a map is wider than %i columns', (wide) => {
  width(wide)
  const untouched = result({ slug: 'git-undo', verdict: 'untouched', checks: [] })
  const shown = [
    plain(printMap([result(), untouched, result({ verdict: 'mastered' })])),
    plain(printNext(result({ slug: 'git-first-branch' }))),
  ].join('\n')
  // A path is never broken: a terminal makes a link of it.
  const lines = shown.split('\n').filter((line) => line.trim().includes(' '))
  for (const line of lines) expect(line.length).toBeLessThan(wide)
  expect(shown).toMatch(/○ git-undo +untouched/)
  expect(shown.replaceAll(/\s+/g, ' ')).toContain('rank: expected 1')
})

test('a failure tells how much of its check passes; a line of the grader is for contributors', () => {
  expect(plain(printFailure(result(), failing))).toMatch(
    /^✘ redis-board C1 .* alike \(3 of its 5 tests passed\)$/m,
  )
  expect(plain(printFailure(result(), failing))).not.toContain('redis-board.test.ts')
  vi.stubEnv('ROADWORKS_KIT', 'true')
  expect(plain(printFailure(result(), failing))).toContain('redis-board.test.ts:7')
})

test('the marks of a table are explained, once', () => {
  const table = check('C1', { status: 'failed', message: 'q1\n→ 1 | a   2 | b\n≠ 3 | c   4 | d' })
  expect(printFailure(result(), table).match(/is the first row that differs/g)).toHaveLength(1)
  expect(printFailure(result(), failing)).not.toMatch(/first row/)
})

test('a map of several says what has changed in each', () => {
  const changed = { gained: ['C1', 'C3'], lost: ['C5'] }
  const mastered = result({ verdict: 'mastered', checks: [check('C1')], changed })
  expect(plain(printMap([mastered, result()]))).toMatch(/1\/1 {3}\+2 \(C1 C3\), −1 \(C5\)$/m)
  // Of one alone the line below it says so.
  expect(plain(printMap([mastered]))).not.toContain('+2')
})

test('a verdict counts tests, so that what works can be seen', () => {
  expect(plain(printVerdict(result()))).toBe('✘ redis-board: 1 of 2 checks, 5 of 7 tests passed.')
})

const kept = result({
  cached: true,
  keptFrom: { at: '2026-01-02T12:00:00.000Z', folder: '/cohort/ada/exercises' },
})
const report = { exercises: [kept], seed: 1, kit: '1' } as unknown as Report

test('reports say whose files were the same, and what differs, in one line', () => {
  expect(plain(printMap([kept]))).toMatch(
    /\(same files as \/cohort\/ada\/exercises, graded on 2026-01-02\)$/,
  )
  expect(toMarkdown(report)).toMatch(
    /rank: expected 1, got 2 \\\(same files as \/cohort\/ada\/exercises, graded on 2026-01-02\\\)/,
  )
  const junit = toJUnit(report)
  expect(junit).toContain('<failure message="GET /leaderboard: rank: expected 1, got 2">')
  expect(junit).toMatch(/name="sameFilesAs" value="\/cohort\/ada\/exercises, graded on 2026-01-02"/)
})
