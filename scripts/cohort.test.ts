import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import pg from 'pg'
import { create } from 'tar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRunning } from '../graders/harness/services/types.ts'
import { withEngine } from './lib/engine/engine.ts'
import { reportSchema } from './lib/report.ts'
import { type Checkout, type Ended, makeCheckout, startCommand } from './test/checkout.ts'

const PHASE = 'phase1-fundamentals'
const SLUG = 'tariff-pipeline'
const FILE = 'tariff.ts'

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const at = (...parts: string[]) => checkout.file('cohort', ...parts)

function cohort(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return startCommand(checkout, 'cohort', args, { ROADWORKS_SERVICES: 'native', ...env }).ended
}

function put(name: string, text: string): string {
  mkdirSync(path.dirname(at(name)), { recursive: true })
  writeFileSync(at(name), text)
  return at(name)
}

/** A submission: the starter of the exercise, or its reference, with these lines after it. */
function submission(name: string, kind: 'exercises' | 'solutions', more = ''): string {
  const folder = at('work', name, 'exercises', PHASE, SLUG)
  mkdirSync(folder, { recursive: true })
  cpSync(checkout.file(kind, PHASE, SLUG, FILE), path.join(folder, FILE))
  if (more) appendFileSync(path.join(folder, FILE), more)
  return at('work', name)
}

const grades = (out: string) =>
  parse(readFileSync(path.join(out, 'grades.csv')), { columns: true }) as Record<string, string>[]

describe('wrong usage', () => {
  const rows: [string, string, string[], RegExp][] = [
    ['a roster without its columns', 'name,folder\nAda,ada\n', [], /student,source/],
    ['a roster that names nobody', 'student,source\n', [], /names nobody/],
    [
      'a student who stands there twice',
      'student,source\nAda,a\nBob,b\nAda,c\n',
      [],
      /line 4: Ada/,
    ],
    ['a student without a source', 'student,source\nAda,\n', [], /line 2: Ada has no source/],
    [
      'a ref that git would read as an option',
      'student,source,ref\nA,a,--x\n',
      [],
      /line 2: "--x"/,
    ],
    ['a deadline without a zone', 'student,source\nA,a\n', ['--deadline', '2026-12-01'], /a zone/],
    [
      'settings that are not there',
      'student,source\nA,a\n',
      ['--settings', 'x.yaml'],
      /no settings/,
    ],
    [
      'a name there is not',
      'student,source\nA,a\n',
      ['--only', 'tarif-pipeline'],
      /tariff-pipeline/,
    ],
  ]
  test.each(rows)('%s: exit code 2 and one sentence', async (name, text, args, message) => {
    const roster = put(`usage/${name}.csv`, text)
    const { code, stderr, stdout } = await cohort([roster, '--out', at('usage', 'out'), ...args])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at .+:\d+:\d+/)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('a field of the settings that is none', async () => {
    const roster = put('usage/one.csv', 'student,source\nA,a\n')
    const settings = put('usage/cohort.yaml', 'exercises: [belt-and-lru]\nlate: { perday: 3 }\n')
    const { code, stderr } = await cohort([roster, '--settings', settings])
    expect(stderr).toMatch(/cohort\.yaml: late: .*perday/)
    expect(code).toBe(2)
  })
})

/** A repository whose second commit, of the 10th, takes the work of the first, of the 1st, away. */
function repository(name: string): string {
  const folder = submission(name, 'solutions', '// in a repository\n')
  const git = (date: string, ...args: string[]) =>
    execFileSync(
      'git',
      ['-C', folder, '-c', 'user.name=Gil', '-c', 'user.email=g@x.test', ...args],
      {
        env: { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
      },
    )
  git('', 'init', '--quiet')
  git('', 'add', '.')
  git('2026-11-01T12:00:00Z', 'commit', '--quiet', '--message', 'done')
  git('', 'rm', '--quiet', '-r', 'exercises')
  writeFileSync(path.join(folder, 'notes.txt'), 'gone\n')
  git('', 'add', '.')
  git('2026-11-10T12:00:00Z', 'commit', '--quiet', '--message', 'gone')
  return `file://${folder}`
}

test('a cohort in every state: one command, the same again, and one submission changed', async () => {
  submission('ada', 'solutions')
  submission('cy', 'exercises')
  const wrong = 'export const pipe = () => (x: unknown) => x\n'
  const source = submission('bob', 'solutions')
  const file = path.join(source, 'exercises', PHASE, SLUG, FILE)
  const right = readFileSync(file, 'utf8')
  writeFileSync(file, `${right.replace('export function pipe', 'function oldPipe')}\n${wrong}`)
  mkdirSync(at('work', 'empty'), { recursive: true })
  await create({ file: at('zoe.tgz'), gzip: true, cwd: at('work') }, ['ada'])
  const roster = put(
    'roster.csv',
    [
      '\ufeffStudent,Source',
      `Ada,work/ada`,
      `Bob,work/bob`,
      `"=HYPERLINK(""x"")",work/cy`,
      'Dan,work/nowhere',
      'Eve,work/empty',
      `Gil,${repository('gil')}`,
      'Zoë,zoe.tgz',
      'Zoë!,work/ada',
      '',
    ].join('\n'),
  )
  const settings = put(
    'cohort.yaml',
    [
      `exercises: [${SLUG}]`,
      'points: { core: 2, stretch: 1 }',
      `weights: { ${SLUG}: 10 }`,
      'due: 2026-10-31T00:00:00Z',
      'late: { perDay: 10, atMost: 50 }',
      '',
    ].join('\n'),
  )
  const args = [roster, '--out', at('out'), '--settings', settings, '--jobs', '1']
  const first = await cohort([...args, '--deadline', '2026-11-05T00:00:00Z'])
  expect(first.stderr).not.toContain('fault of the kit')
  expect(first.stdout).toContain('8 students, 6 with a submission: 3 graded now, 0 known before')
  expect(first.code).toBe(0)

  const rows = grades(at('out'))
  const most = rows[0]!['out of']!
  const of = (name: string) => rows.find(({ student }) => student === name)!
  expect(of('Ada')).toMatchObject({ total: most, [SLUG]: most, note: '' })
  expect(Number(of('Bob').total)).toBeLessThan(Number(most))
  expect(of(`'=HYPERLINK("x")`)).toMatchObject({ total: '0', [SLUG]: '0' })
  expect(of('Dan')).toMatchObject({ total: '0', 'out of': most })
  expect(of('Dan').note).toMatch(/no submission: there is no .*nowhere/)
  expect(of('Eve').note).toMatch(/no submission: .* holds no exercises/)
  // Of the repository the commit before the deadline counts, two days after it was due.
  expect(of('Gil')).toMatchObject({ 'days late': '2', [SLUG]: most })
  expect(Number(of('Gil').total)).toBeCloseTo(Number(most) * 0.8)
  expect(of('Zoë')[SLUG]).toBe(most)

  const report = JSON.parse(readFileSync(at('out', 'students', 'Bob.json'), 'utf8'))
  expect(reportSchema.parse(report).exercises[0]!.verdict).toBe('failed')
  const feedback = readFileSync(at('out', 'students', 'Bob.md'), 'utf8')
  expect(feedback).toContain(`npm run watch ${SLUG}`)
  expect(feedback.match(/<details>/g)).toHaveLength(1)
  expect(readFileSync(at('out', 'students', 'Bob.html'), 'utf8')).toMatch(/<li><details open>/)
  const page = readFileSync(at('out', 'summary.html'), 'utf8')
  expect(page).toContain('=HYPERLINK(&quot;x&quot;)')
  expect(page).toMatch(/<li>tariff-pipeline: Ada, Zoë, Zoë!<\/li>/)
  // Two students whose names make one file's name have one each.
  expect(readFileSync(at('out', 'students', 'Zoë-.md'), 'utf8')).toMatch(/^# Zoë\\!/)

  const again = await cohort([...args, '--deadline', '2026-11-05T00:00:00Z'])
  expect(again.stdout).toContain('0 graded now, 3 known before')
  expect(again.stdout).not.toContain('Changed since')
  expect(grades(at('out'))).toEqual(rows)

  writeFileSync(file, `${right}\n// mended\n`)
  const third = await cohort([...args, '--deadline', '2026-11-05T00:00:00Z'])
  expect(third.stdout).toContain('1 graded now, 2 known before')
  expect(third.stdout).toMatch(new RegExp(`Changed since the last run:\n {2}\\+ Bob: ${SLUG}`))
  expect(grades(at('out')).find(({ student }) => student === 'Bob')!.total).toBe(most)

  // Today the work is gone from the repository.
  const late = await cohort(args)
  expect(late.stdout).toContain('✘ Gil: it holds no exercises/')
}, 600_000)

test('what kills a run loses no verdict: the same command goes on, and none is there twice', async () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) submission(name, 'solutions', `// ${name}\n`)
  const roster = put(
    'killed.csv',
    `student,source\n${names.map((n) => `${n},work/${n}\n`).join('')}`,
  )
  const args = [roster, '--out', at('killed'), '--only', SLUG, '--jobs', '1']
  await withEngine({}, async (engine) => {
    await engine.start(['postgres'])
    const service = engine.run.services.postgres
    if (!isRunning(service)) throw new Error(service?.missing)
    const client = new pg.Client({ connectionString: service.url })
    client.on('error', () => {}) // a failing test ends the service first
    await client.connect()
    const rows = async () => {
      const { rows } = await client
        .query('select submission, count(*)::int as n from ledger group by 1')
        .catch(() => ({ rows: [] }))
      return rows as { n: number }[]
    }
    const env = { ROADWORKS_SERVICES: 'native', ROADWORKS_QUEUE_URL: service.url }
    const killed = startCommand(checkout, 'cohort', args, env)
    const over = killed.ended.then(() => true)
    while ((await rows()).length === 0 && !(await Promise.race([over, pause(20, false)]))) {}
    killed.child.kill('SIGKILL')
    await over
    const before = (await rows()).length
    expect(before, killed.printed()).toBeGreaterThan(0)
    expect(before).toBeLessThan(names.length)

    const { stdout, code, stderr } = await startCommand(checkout, 'cohort', args, env).ended
    expect(stdout, stderr).toContain(`${names.length - before} graded now, ${before} known before`)
    expect(code).toBe(0)
    expect((await rows()).map(({ n }) => n)).toEqual(names.map(() => 1))
    const all = grades(at('killed'))
    expect(all.map(({ total }) => total)).toEqual(names.map(() => all[0]!['out of']))
    await client.end()
  })
}, 600_000)
