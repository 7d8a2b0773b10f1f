import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import { openRun } from '../../../graders/harness/open-run.ts'
import { ROOT, STATE } from '../../../graders/harness/paths.ts'
import { isAlive } from '../../../graders/harness/processes.ts'
import { registered } from '../../../graders/harness/run.ts'
import { hashReference } from '../mutate/record.ts'
import type { CheckResult, ExerciseResult } from '../report.ts'
import {
  compareSection,
  lineDiff,
  makeSection,
  parseSections,
  printSections,
  readSections,
  writeSections,
} from './feedback.ts'
import { count, countCaught, escapes, startLoad, type Tally, unsteady } from './flaky.ts'
import { judge } from './judge.ts'
import { mutationProblems } from './mutation.ts'
import type { Job, Outcome } from './outcome.ts'
import { printProblems } from './print.ts'
import { checkHints, checkReadme } from './rules.ts'
import { coldSample, hasTurn, isSample } from './sample.ts'
import { feedbackOf, stable } from './stable.ts'

mkdirSync(STATE, { recursive: true })
const folder = mkdtempSync(path.join(STATE, 'verify-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const failed: CheckResult = {
  id: 'C7',
  level: 'core',
  title: 'a request is read whole',
  status: 'failed',
  test: 'C7 reads a POST whole',
  error: 'AssertionError',
  message: 'POST /lockers answered 400, expected 201\nafter 12 of 50 bytes',
  diff: '- 201\n+ 400',
  evidence: [{ title: 'POST /lockers', text: 'secret of the evidence' }],
  output: 'secret of the output',
  durationMs: 5,
}
const passed: CheckResult = { ...failed, status: 'passed', message: undefined, test: undefined }

function result(checks: CheckResult[], verdict: ExerciseResult['verdict']): ExerciseResult {
  return { phase: 'p', slug: 's', title: 't', verdict, checks, durationMs: 1, cached: false }
}

function exercise(over: Partial<Exercise> = {}): Exercise {
  return { slug: 'some-slug', grader: folder, checks: {}, readme: '', ...over } as Exercise
}

const mistake = (id: string, why = 'takes a shortcut'): Mistake => ({ id, check: 'C7', why })

describe('what differs from run to run', () => {
  test.each([
    ['connect ECONNREFUSED 127.0.0.1:43211', 'connect ECONNREFUSED 127.0.0.1:<port>'],
    ['http://localhost:8080/x and [::1]:99', 'http://localhost:<port>/x and [::1]:<port>'],
    ['connection to 127.0.0.1 port 5432 failed', 'connection to 127.0.0.1 port <port> failed'],
    ['GET /parcels/0b0e7b1c-51a5-4d8a-9d0c-6f6f0b1f2a3b answered', 'GET /parcels/<uuid> answered'],
    ['Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. is', 'Bearer <token> is'],
    ['refresh q3VfZ0Xw9sT_aB-cD1eF2g', 'refresh <token>'],
    ['merge 4f41a66 and 07415bfa0123456789abcdef0123456789abcdef', 'merge <hash> and <hash>'],
    ['of commit 1234567 (Labels)', 'of commit <hash> (Labels)'],
    ["expected '1234567 (Add it)' to be", "expected '<hash> (Add it)' to be"],
    ['WIP on main: 1234567 Add it', 'WIP on main: <hash> Add it'],
    ['image sha256:4f41a66d0c11', 'image <digest>'],
    ['-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY----- was', '<key> was'],
    ['Last-Modified: Sun, 22 Nov 2026 20:51:44 GMT', 'Last-Modified: <time>'],
    ['"at":"2026-11-22T20:51:44.123Z"', '"at":"<time>"'],
    ['{"iat":1795380704,"id":7}', '{"iat":<time>,"id":7}'],
    ['role rw_123_ab_db_4_5 may not', 'role <name> may not'],
    [`open '${ROOT}/.roadworks/work/1-a/staged/x.ts'`, "open '<folder>'"],
    ['in /tmp/roadworks-1/data', 'in <folder>'],
    ['Error: x\n    at f (/a/b.ts:1:2)\n    at file:///c.ts:3:4\nrest', 'Error: x\n<stack>\nrest'],
    ['<pre>Error: x<br> &nbsp; &nbsp;at file:/\n[… 702 characters', '<pre>Error: x<br><stack>'],
    ["expected 'at file:///work/some/…' to be", "expected 'at <file>' to be"],
    ['{"stack":"Error: x\\n    at a.ts:1","b":1}', '{"stack":"Error: x\\n<stack>","b":1}'],
    [
      'the last probes: [{"Start":"2026-11-22T20:51:44.1Z","ExitCode":0}]',
      'the last probes: <probes>',
    ],
    ['GET /track/X9-2FCW4FDTFW on B', 'GET /track/<code> on B'],
    ['[… 702 characters left out …]', '[… <n> characters left out …]'],
    [
      '{"a":"eyJhbGci.x [… 585 characters left out …] Qw","b":1}',
      '{"a":"<token> [… <n> characters left out …] <rest>","b":1}',
    ],
  ])('%j becomes %j', (text, wanted) => {
    expect(stable(text)).toBe(wanted)
  })

  test.each([
    'expected 675.33 to be 675, within 20 s and 1500 ms of 1405000 rows',
    '{"week_start":"2026-03-09","revenue_cents":12345678}',
    'scanned at 2026-03-09 10:00:00+00',
    'C10 q6 gives the same answer in the time zone Pacific/Kiritimati',
    'GET /track/PEL-1001 and PEL-7 on B after POST-1',
    'an acceded, defaced or effaced word; deadbeef-cafe',
    'shelf.set("darahabe2qqm", 0)',
  ])('%j stays as it is', (text) => {
    expect(stable(text)).toBe(text)
  })
})

test('feedback holds what the map shows, but neither evidence nor output', () => {
  expect(feedbackOf(failed, 'whole')).toBe(
    '✘ C7  a request is read whole\n\nthe test: C7 reads a POST whole\n\n' +
      'POST /lockers answered 400, expected 201\nafter 12 of 50 bytes\n\n- 201\n+ 400',
  )
  const crash = { ...failed, error: 'SubjectError' }
  expect(feedbackOf(crash, 'message')).toMatch(/\n\(SubjectError\)\n.*\nafter 12 of 50 bytes$/s)
  expect(feedbackOf(failed, 'first line')).toMatch(/expected 201$/)
  expect(feedbackOf(failed, 'words')).toMatch(/POST \/lockers answered <n>, expected <n>$/)
  expect(feedbackOf(failed, 'check')).toBe('✘ C7  a request is read whole')
})

test('a section keeps as much as two gradings have in common, and no more than before', () => {
  const level = (over: Partial<CheckResult>) =>
    makeSection(mistake('W1'), [failed, { ...failed, ...over }]).level
  expect(level({})).toBe('whole')
  expect(level({ diff: '- 1' })).toBe('message')
  expect(level({ message: 'POST /lockers answered 400, expected 201\nafter 9' })).toBe('first line')
  expect(level({ message: 'POST /lockers answered 500, expected 201' })).toBe('words')
  expect(level({ message: 'no answer' })).toBe('check')
  const less = makeSection(mistake('W1'), [
    failed,
    { ...failed, message: 'POST /lockers answered 500, expected 201' },
  ])
  expect(makeSection(mistake('W1'), [failed, failed], less).level).toBe('words')
})

describe('days', () => {
  const away = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const section = (message: string) => makeSection(mistake('W1'), [{ ...failed, message }])

  test('today stands as <today>, and with it the days around it', () => {
    expect(section(`the board of ${away(0)}, and of ${away(-2)}`).text).toContain(
      'the board of <today>, and of <today-2>',
    )
    const old = section('the board of <today>')
    const now = { ...failed, message: `the board of ${away(0)}` }
    expect(compareSection(old, mistake('W1'), now)).toBeUndefined()
  })

  test('a day of the seed’s stays, however near it is', () => {
    const message = `valid from ${away(3)}`
    expect(section(message).text).toContain(message)
    expect(compareSection(section(message), mistake('W1'), { ...failed, message })).toBeUndefined()
  })
})

test('a file is read as it was written, whatever stands in a message', () => {
  const odd = { ...failed, message: 'see\n```text\n## W9 → C1 no heading\n```\nKept: check.' }
  const sections = [
    makeSection(mistake('W1', 'says `x` → y'), [odd]),
    makeSection(mistake('W2'), [failed, { ...failed, diff: '' }]),
  ]
  const text = printSections('some-slug', sections)
  expect(parseSections(text)).toEqual(sections)
  expect(parseSections(text.replaceAll('\n', '\r\n'))).toEqual(sections)
  expect(text).toContain('npm run verify -- some-slug --update')
})

test('an update replaces its own sections, keeps the others, and drops what is no mistake', () => {
  const own = exercise()
  const section = (id: string, message: string) =>
    makeSection(mistake(id), [{ ...failed, message }])
  const all = ['W1', 'W2', 'W10'].map((id) => mistake(id))
  writeSections(
    own,
    all,
    ['W10', 'W2', 'W1'].map((id) => section(id, 'old')),
  )
  writeSections(own, all.slice(1), [section('W2', 'new')])
  expect(readSections(own)).toEqual([section('W2', 'new'), section('W10', 'old')])
})

test('a difference is shown as lines: a changed text, another check, another reason', () => {
  const section = makeSection(mistake('W1'), [failed])
  expect(compareSection(section, mistake('W1'), failed)).toBeUndefined()
  const now = {
    ...failed,
    message: 'POST /lockers answered 500, expected 201\nafter 12 of 50 bytes',
  }
  expect(compareSection(section, mistake('W1'), now)).toContain(
    '- POST /lockers answered 400, expected 201\n+ POST /lockers answered 500, expected 201\n',
  )
  expect(compareSection(section, mistake('W1', 'new words'), failed)).toMatch(
    /^- ## W1.*\n\+ ## W1/,
  )
  expect(
    compareSection(
      { ...section, level: 'words', text: feedbackOf(failed, 'words') },
      mistake('W1'),
      now,
    ),
  ).toBeUndefined()
})

test('a line diff leaves out what is far from any change', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].join('\n')
  expect(lineDiff(before, before.replace('b', 'x').replace('g', 'y'))).toBe(
    '  a\n- b\n+ x\n  c\n  …\n  f\n- g\n+ y',
  )
})

describe('what is said of a variant', () => {
  const wrong = { kind: 'mistake', name: 'W1', mistake: mistake('W1') } as const
  test('a mistake must fail at its check; a pass or a fault of ours is a problem', () => {
    expect(judge(wrong, result([failed], 'failed'), 1)).toBeUndefined()
    expect(judge(wrong, result([passed], 'mastered'), 1)).toMatchObject({
      what: 'W1 (takes a shortcut) must fail at C7, which passed',
      fix: expect.stringContaining('mistakes.ts'),
    })
    const error = { ...failed, status: 'error' } as const
    expect(judge(wrong, result([error], 'error'), 1)).toMatchObject({
      what: expect.stringContaining('ends in an error'),
    })
    expect(judge(wrong, result([{ ...failed, status: 'not run' }], 'not run'), 1)).toBe('unjudged')
  })
  test('the starter must fail by a wrong answer', () => {
    const starter = { kind: 'starter', name: 'starter' } as const
    expect(judge(starter, result([failed], 'failed'), 1)).toBeUndefined()
    expect(judge(starter, result([passed], 'mastered'), 1)).toMatchObject({
      what: 'the starter must fail, but is mastered',
    })
    expect(
      judge(starter, result([{ ...failed, error: 'SubjectError' }], 'failed'), 1),
    ).toMatchObject({ what: 'the starter crashes in C7; it must fail by assertion' })
  })
  test('a correct solution must pass everything; without a service it is not judged', () => {
    const reference = { kind: 'reference', name: 'reference' } as const
    expect(judge(reference, result([passed], 'mastered'), 1)).toBeUndefined()
    expect(judge(reference, result([passed], 'partial'), 1)).toBe('unjudged')
    expect(judge(reference, result([passed], 'passed'), 4)).toMatchObject({
      what: 'reference with seed 4 is passed; it must pass every check',
    })
  })
})

describe('the README’s table of checks', () => {
  const row = (id: string, level = 'core', text = 'what is checked') =>
    `| ${id} | ${level} | ${text} |`
  const readme = (...rows: string[]) =>
    `# T\n\n| C9 | core | elsewhere |\n\n## Checks\n\n| id | level | x |\n|---|---|---|\n${rows.join('\n')}\n`
  const checks = {
    C1: { level: 'core', title: 'one' },
    C2: { level: 'stretch', title: 'two' },
  } as const
  const said = (text: string) => checkReadme({ readme: text, checks }).map(({ what }) => what)

  test('agrees with the frontmatter', () => {
    expect(said(readme(row('C1'), row('C2', 'stretch')))).toEqual([])
  })
  test.each([
    [[row('C1')], 'README.md: 0 rows of the table are about C2'],
    [[row('C1'), row('C2')], 'README.md: the table says C2 is core, the frontmatter stretch'],
    [[row('C1'), row('C1'), row('C2', 'stretch')], 'README.md: 2 rows of the table are about C1'],
    [
      [row('C1'), row('C2', 'stretch'), row('C3')],
      'README.md: the table names C3, which the frontmatter lacks',
    ],
    [[row('C1'), row('C2', 'stretch', '')], 'README.md: the table does not say what C2 checks'],
  ])('%j: %s', (rows, wanted) => {
    expect(said(readme(...rows))).toEqual([wanted])
  })
})

describe('hints', () => {
  const own = () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'roadworks-hints-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    return root
  }
  const said = (at: string, readme = '') =>
    checkHints({ folder: at, readme }).map(({ what }) => what)

  test('are the sections of HINTS.md, three or more', () => {
    const at = own()
    writeFileSync(
      path.join(at, 'HINTS.md'),
      '# Hints\n\n## One\n\na\n\n## Two\n\nb\n\n## Three\n\nc\n',
    )
    expect(said(at)).toEqual([])
    writeFileSync(path.join(at, 'HINTS.md'), '# Hints\n\n## One\n\na\n\n## Two\n\nb\n\n## Three\n')
    expect(said(at)).toEqual(['there are 2 hints'])
  })
  test('may still stand in the README', () => {
    const block = '<details><summary>Hint</summary>\n\ntext\n</details>\n'
    expect(said(own(), block.repeat(3))).toEqual([])
    expect(said(own(), block.repeat(3).replace('<details>', ''))).toEqual(['there are 2 hints'])
    expect(said(own(), block.repeat(3).replace('<summary>Hint', '<summary>'))).toEqual([
      'there are 2 hints',
    ])
  })
})

test('a mutation score must be there, be about this reference, and explain what lives', () => {
  const solution = path.join(folder, 'solution')
  mkdirSync(solution)
  writeFileSync(path.join(solution, 'a.ts'), 'one')
  writeFileSync(path.join(solution, 'NOTES.md'), 'one')
  const own = exercise({ solution, grader: path.join(folder, 'grader'), files: ['a.ts'] })
  mkdirSync(own.grader)
  const said = () => {
    const { problems, warnings } = mutationProblems(own)
    return [...problems.map(({ what }) => what), ...warnings.map(({ what }) => `warns: ${what}`)]
  }
  const write = (equivalent: string | null) =>
    writeFileSync(
      path.join(own.grader, 'mutation.json'),
      JSON.stringify({
        version: 1,
        reference: hashReference(own),
        mutants: 9,
        killed: 8,
        survivors: [
          { file: 'a.ts', line: 1, mutator: 'M', original: 'a', replacement: 'b', equivalent },
        ],
      }),
    )
  expect(said()).toEqual([expect.stringMatching(/^warns: there is no .*mutation\.json/)])
  write('the same either way')
  expect(said()).toEqual([])
  write(null)
  expect(said()).toEqual(['1 mutant lives without a reason'])
  write('the same either way')
  writeFileSync(path.join(solution, 'NOTES.md'), 'two')
  expect(said()).toEqual([])
  writeFileSync(path.join(solution, 'a.ts'), 'two')
  expect(said()).toEqual([expect.stringMatching(/^warns: .*is about an older reference/)])
  writeFileSync(path.join(own.grader, 'mutation.json'), '{')
  expect(said()).toEqual([expect.stringContaining('is not JSON')])
})

describe('flaky', () => {
  test('a check that is not N of N is named, errors apart, with the first failure', () => {
    const tally: Tally = new Map()
    const steady = { ...passed, id: 'C1' }
    for (let seed = 1; seed <= 50; seed++) {
      const c7: CheckResult =
        seed === 20 ? failed : seed === 30 ? { ...failed, status: 'error' } : passed
      count(tally, result([steady, c7], 'mastered'), seed)
    }
    expect(unsteady(tally)).toEqual([
      {
        text: 'C7 48 of 50, of the other 2: 1 failed, 1 ended in an error of the kit',
        seed: 20,
        detail: expect.stringContaining('POST /lockers answered 400'),
      },
    ])
  })

  test('checks that were not run count neither way; a grader that did not load counts against all', () => {
    const tally: Tally = new Map()
    count(tally, result([{ ...failed, status: 'not run' }], 'not run'), 1)
    expect(unsteady(tally)).toEqual([])
    count(tally, { ...result([passed], 'error'), reason: 'cannot load' }, 2)
    expect(unsteady(tally)).toMatchObject([
      { text: 'C7 0 of 1, of the other 1: 1 ended in an error of the kit' },
    ])
  })

  test('a mistake must be caught every time; an escape and an error are told apart', () => {
    const tally: Tally = new Map()
    countCaught(tally, 'C7', result([failed], 'failed'), 1)
    countCaught(tally, 'C7', result([{ ...failed, status: 'not run' }], 'not run'), 2)
    expect(escapes(tally)).toEqual([])
    countCaught(tally, 'C7', result([passed], 'mastered'), 3)
    countCaught(tally, 'C7', result([{ ...failed, status: 'error' }], 'error'), 4)
    countCaught(tally, 'C7', { ...result([], 'error'), reason: 'cannot load' }, 5)
    expect(escapes(tally)).toMatchObject([
      {
        text: 'caught by C7 1 of 4 times; of the other 3: 1 passed, 2 ended in an error of the kit',
        seed: 3,
      },
    ])
  })

  test('the load runs until it is ended, and the end of the run ends it as well', async () => {
    const run = openRun()
    const pids = () =>
      registered(run.dir).flatMap(({ thing }) => (thing.type === 'process' ? [thing.pid] : []))
    const end = startLoad(run, 2)
    expect(pids().map(isAlive)).toEqual([true, true])
    end()
    await expect.poll(() => pids().some(isAlive), { timeout: 20_000 }).toBe(false)
    startLoad(run, 1)
    const all = pids()
    await run.close()
    await expect.poll(() => all.some(isAlive), { timeout: 20_000 }).toBe(false)
  })
})

test('the last broken rule is shown in full with its fix, the rest a line each, warnings before', () => {
  const problem = (what: string) => ({ what, fix: `mend ${what}`, detail: `shows ${what}` })
  const outcome = {
    exercise: exercise(),
    problems: [problem('one'), problem('two')],
    warnings: [
      { what: 'soon', fix: 'do it', due: true },
      { what: 'later', fix: 'do that', due: true },
      { what: 'once in three' },
    ],
  } as Outcome
  const brief = printProblems([outcome], { full: false })
  expect(brief).toMatch(
    /! some-slug: soon[\s\S]*✘ some-slug: one.*\n\n.*two.*\n {4}shows two\n.*mend two/,
  )
  expect(brief).not.toContain('shows one')
  expect(printProblems([outcome], { full: true })).toContain('shows one')
  const other = { ...outcome, problems: [], warnings: [] } as Outcome
  const many = printProblems([outcome, other], { full: false })
  expect(many).toMatch(/! some-slug: soon; later\n.*! some-slug: once in three/)
  expect(many).not.toContain('do it')
})

describe('what is graded again although nothing has changed', () => {
  const mistake = (id: string, check: string): Mistake => ({ id, check, why: 'w' })
  const outcome = { left: 0 } as Outcome
  const jobs: Job[] = [
    { outcome, seed: 1, variant: { kind: 'starter', name: 'starter' } },
    { outcome, seed: 1, variant: { kind: 'reference', name: 'reference' } },
    { outcome, seed: 2, variant: { kind: 'reference', name: 'reference' } },
    ...[mistake('W1', 'C1'), mistake('W2', 'C1'), mistake('W3', 'C2')].map(
      (one): Job => ({
        outcome,
        seed: 1,
        variant: { kind: 'mistake', name: one.id, mistake: one },
      }),
    ),
  ]
  test('every exercise has its turn once in ten runs', () => {
    for (const index of [0, 3, 9, 10, 59]) {
      const turns = Array.from({ length: 10 }, (_, turn) => hasTurn(index, turn))
      expect(turns.filter(Boolean)).toHaveLength(1)
    }
  })
  test('then one seed of each correct solution, and one mistake for each check', () => {
    const sample = jobs.filter((job) => isSample(job, jobs))
    expect(sample.map(({ variant }) => variant.name)).toEqual(['starter', 'reference', 'W1', 'W3'])
  })
  test('the reference and another mistake with each turn are graded in a new process as well', () => {
    const names = (turn: number) => coldSample(jobs, turn).map(({ variant }) => variant.name)
    expect([0, 1, 2, 3].map(names)).toEqual([
      ['reference', 'W1'],
      ['reference', 'W2'],
      ['reference', 'W3'],
      ['reference', 'W1'],
    ])
    expect(coldSample([], 4)).toEqual([])
  })
})
