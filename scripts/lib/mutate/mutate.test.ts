// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of nginx
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { CheckResult, ExerciseResult } from '../report.ts'
import { mutateDockerfile } from './dockerfile.ts'
import { mutateIgnoreFile, mutateJson, mutateYaml } from './lists.ts'
import { distinct, type Mutant, type Mutated } from './mutant.ts'
import { mutateNginx } from './nginx.ts'
import { openOrder } from './order.ts'
import { makeRecord, recordSchema, scoreOf } from './record.ts'
import { judge } from './run.ts'
import { mutateShell } from './shell.ts'
import { mutateSql } from './sql.ts'
import { mutateTypeScript } from './typescript.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'roadworks-mutate-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Mutants as lines: `3 Mutator: original → replacement`. */
function shown({ base, mutants }: Mutated): string[] {
  return distinct(base, mutants).map(
    ({ line, mutator, original, replacement }) =>
      `${line} ${mutator}: ${original} → ${replacement}`,
  )
}

/** The texts of the mutants that a mutator made, as words with one blank between. */
function texts({ base, mutants }: Mutated, mutator: string): string[] {
  return distinct(base, mutants)
    .filter((mutant) => mutant.mutator === mutator)
    .map(({ make }) => ('text' in make ? make.text.replaceAll(/\s+/g, ' ').trim() : ''))
}

test('TypeScript: Stryker’s mutants, with the text of the reference and its lines', async () => {
  const mutated = await mutateTypeScript(
    'a.ts',
    'type N = number\nexport const less = (a: N, b: N): boolean => a < b\n',
    'x',
  )
  expect(shown(mutated)).toEqual([
    '2 ArrowFunction: (a: N, b: N): boolean => a < b → () => undefined',
    '2 ConditionalExpression: a < b → true',
    '2 ConditionalExpression: a < b → false',
    '2 EqualityOperator: a < b → a <= b',
    '2 EqualityOperator: a < b → a >= b',
  ])
  expect(mutated.mutants.map(({ make }) => make)).toEqual(
    ['x0', 'x1', 'x2', 'x3', 'x4'].map((id) => ({ id })),
  )
})

/** Runs instrumented code in a process of its own, as a subject does. */
function runInstrumented(base: string, variable: string) {
  const file = path.join(folder, 'subject.ts')
  writeFileSync(file, base)
  return spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    env: { ...process.env, __STRYKER_ACTIVE_MUTANT__: variable },
  })
}

test('TypeScript: no mutant is on by itself; the variable switches one on', async () => {
  const text = 'const less = (a: number, b: number) => a < b\nconsole.log(less(2, 2))\n'
  const { base, mutants } = await mutateTypeScript('a.ts', text, 'x')
  const orEqual = mutants.find((mutant) => mutant.replacement === 'a <= b')!.make as { id: string }
  expect(runInstrumented(base, '').stdout).toBe('false\n')
  expect(runInstrumented(base, 'x999:10').stdout).toBe('false\n')
  expect(runInstrumented(base, `${orEqual.id}:10`).stdout).toBe('true\n')
})

test('TypeScript: a loop that a mutant makes endless is ended', async () => {
  const { base, mutants } = await mutateTypeScript('a.ts', 'for (let i = 0; i < 3; i++) {}\n', 'x')
  const down = mutants.find((mutant) => mutant.replacement === 'i--')!.make as { id: string }
  expect(runInstrumented(base, '').status).toBe(0)
  expect(runInstrumented(base, `${down.id}:1000`).status).toBe(70)
})

test('TypeScript: what the reference passes is written down', async () => {
  const seen = path.join(folder, 'seen.txt')
  const text = 'const f = (a: boolean) => (a ? "yes" : "no")\nf(true)\n'
  const { base, mutants } = await mutateTypeScript('a.ts', text, 'x')
  runInstrumented(base, `cover:${seen}`)
  const covered = new Set(
    readFileSync(seen, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]),
  )
  const idOf = (original: string) =>
    (mutants.find((mutant) => mutant.original === original)!.make as { id: string }).id
  expect(covered).toContain(idOf('"yes"'))
  expect(covered).not.toContain(idOf('"no"'))
})

test.each([
  ['DropWhere', 'select a from t where b', ['SELECT a FROM t']],
  ['Comparison', 'select a > 1', ['SELECT a >= 1', 'SELECT a <= 1']],
  ['Arithmetic', 'select a + b', ['SELECT a - b']],
  ['NullTest', 'select a is null', ['SELECT a IS NOT NULL']],
  ['DropCoalesce', 'select coalesce(a, b)', ['SELECT a']],
  ['Logic', 'select a and b', ['SELECT a OR b']],
  ['DropCondition', 'select a and b and c', ['SELECT b AND c', 'SELECT a AND c', 'SELECT a AND b']],
  ['DropCondition', 'select a or b', ['SELECT b', 'SELECT a']],
  ['Negation', 'select not a', ['SELECT a']],
  ['Negation', 'select exists (select 1)', ['SELECT NOT (EXISTS (SELECT 1))']],
  ['Negation', 'select not exists (select 1)', ['SELECT EXISTS (SELECT 1)']],
  ['DropOrderBy', 'select a from t order by a', ['SELECT a FROM t']],
  ['DropSortKey', 'select a from t order by a, b', ['SELECT a FROM t ORDER BY a']],
  ['SortDirection', 'select a from t order by a', ['SELECT a FROM t ORDER BY a DESC']],
  ['SortNulls', 'select a from t order by a desc', ['SELECT a FROM t ORDER BY a DESC NULLS LAST']],
  ['DropLimit', 'select a from t limit 2', ['SELECT a FROM t']],
  ['DropOffset', 'select a from t offset 2', ['SELECT a FROM t']],
  ['DropDistinct', 'select distinct a from t', ['SELECT a FROM t']],
  ['AddDistinct', 'select a from t', ['SELECT DISTINCT a FROM t']],
  ['Function', 'select avg(a) from t', ['SELECT sum(a) FROM t']],
  ['CountAll', 'select count(a) from t', ['SELECT count(*) FROM t']],
  ['DropFilter', 'select count(*) filter (where a) from t', ['SELECT count(*) FROM t']],
  ['DropHaving', 'select a from t group by a having a', ['SELECT a FROM t GROUP BY a']],
  [
    'DropGroupKey',
    'select 1 from t group by a, b',
    ['SELECT 1 FROM t GROUP BY b', 'SELECT 1 FROM t GROUP BY a'],
  ],
  ['SetOperationAll', 'select a union all select b', ['SELECT a UNION SELECT b']],
  ['Constant', 'select 5', ['SELECT 6', 'SELECT 4']],
  ['Constant', "select 'x'", ["SELECT 'x~'"]],
  ['Constant', "select '2026-03-29 00:00+02'", ["SELECT '2027-03-29 00:00+02'"]],
  ['Constant', "select interval '7 days'", ["SELECT '8 days'::interval"]],
  ['Constant', 'select true', ['SELECT false']],
  ['DropPartition', 'select sum(a) over (partition by b) from t', ['SELECT sum(a) OVER () FROM t']],
  [
    'DropFrame',
    'select sum(a) over (order by b rows 2 preceding) from t',
    ['SELECT sum(a) OVER (ORDER BY b) FROM t'],
  ],
  [
    'Join',
    'select a from t left join u on b',
    ['SELECT a FROM t JOIN u ON b', 'SELECT a FROM t FULL JOIN u ON b'],
  ],
  ['DropStatement', 'begin; commit', ['COMMIT', 'BEGIN;']],
  [
    'DropWhere',
    'update t set a = b where c; delete from t where c',
    ['UPDATE t SET a = b; DELETE FROM t WHERE c', 'UPDATE t SET a = b WHERE c; DELETE FROM t'],
  ],
  [
    'DropAssignment',
    'insert into t select b on conflict (a) do update set b = x, c = y where z',
    [
      'INSERT INTO t SELECT b ON CONFLICT (a) DO UPDATE SET c = y WHERE z',
      'INSERT INTO t SELECT b ON CONFLICT (a) DO UPDATE SET b = x WHERE z',
    ],
  ],
  [
    'DropConstraint',
    'create table t (a int not null unique, check (a > b))',
    [
      'CREATE TABLE t ( a int NOT NULL UNIQUE )',
      'CREATE TABLE t ( a int UNIQUE, CHECK (a > b) )',
      'CREATE TABLE t ( a int NOT NULL, CHECK (a > b) )',
    ],
  ],
  [
    'DropIndexColumn',
    'create index i on t (a desc, b)',
    ['CREATE INDEX i ON t (b)', 'CREATE INDEX i ON t (a DESC)'],
  ],
  ['SwapIndexColumns', 'create index i on t (a desc, b)', ['CREATE INDEX i ON t (b, a DESC)']],
  [
    'DropOperatorClass',
    'create index i on t (a text_pattern_ops) where b',
    ['CREATE INDEX i ON t (a) WHERE b'],
  ],
  ['DropTimeZone', "select a at time zone 'UTC'", ['SELECT a']],
])('SQL: %s on %s', async (mutator, sql, wanted) => {
  expect(texts(await mutateSql('q.sql', sql), mutator)).toEqual(wanted)
})

test('SQL: a mutant tells its line and shows what is different', async () => {
  const mutated = await mutateSql('q.sql', '-- first\nselect a\nfrom t -- Zürich\nwhere b < 3\n')
  expect(shown(mutated).slice(1, 4)).toEqual([
    '2 AddDistinct: SELECT a → SELECT DISTINCT a',
    '4 Comparison: b < 3 → b <= 3',
    '4 Comparison: b < 3 → b >= 3',
  ])
})

test('SQL: the variables of psql stay what they are', async () => {
  const sql = "-- :a Zürich\nselect ':b', x::int from t\nwhere d = :depot and at < :'since'"
  const { base, mutants } = await mutateSql('q.sql', sql)
  expect(base).toContain("':b'")
  for (const text of [base, ...texts({ base, mutants }, 'Comparison')]) {
    expect(text).toMatch(/d (=|<>) :depot/)
    expect(text).toMatch(/at (<|<=|>=) :'since'/)
  }
  expect(mutants.find(({ original }) => original.includes('since'))).toMatchObject({ line: 3 })
})

test('shell: statements, flags, lists, negations and texts', async () => {
  const script = `#!/bin/sh
# git push -f
if ! git diff --quiet; then
  git commit -m "It's" && echo 'done'
fi
x=$(awk '
  { print }' f)
`
  expect(shown(await mutateShell('a.sh', script))).toEqual([
    '3 DropStatement: git diff --quiet → :',
    `4 DropStatement: git commit -m "It's" && echo 'done' → :`,
    `3 DropStatement: if ! git diff --quiet; then git commit -m "It's" && echo 'done' fi → :`,
    `6 DropStatement: awk ' { print }' f → :`,
    `6 DropStatement: x=$(awk ' { print }' f) → :`,
    '4 List: && → ||',
    '3 DropNegation: ! → ',
    '3 DropFlag: --quiet → ',
    '4 DropFlag: -m → ',
    `4 String: "It's" → "It's~"`,
    `4 String: 'done' → 'done~'`,
    `6 String: ' { print }' → ''`,
  ])
})

test('Dockerfile: instructions, flags, files to copy, and the form of CMD', () => {
  const text = `# a comment
FROM node AS deps
COPY --from=x a.json b.json ./
RUN npm ci --omit=dev
CMD ["node", "a.js"]
`
  expect(shown(mutateDockerfile('Dockerfile', text))).toEqual([
    '3 DropInstruction: COPY --from=x a.json b.json ./ → ',
    '3 DropFlag: --from=x → ',
    '3 DropSource: a.json → ',
    '3 DropSource: b.json → ',
    '4 DropInstruction: RUN npm ci --omit=dev → ',
    '4 DropFlag: --omit=dev → ',
    '5 DropInstruction: CMD ["node", "a.js"] → ',
    '5 ShellForm: ["node", "a.js"] → node a.js',
  ])
})

test('Dockerfile: another stage, another user, a health check that sees nothing or too late', () => {
  const text = `FROM node AS deps
FROM node AS build
FROM node
COPY --from=build dist ./
COPY --from=nginx:1 a ./
USER node
HEALTHCHECK --interval=1m30s --retries=3 \\
  CMD ["node", "a.js"]
`
  const mutated = mutateDockerfile('Dockerfile', text)
  const changes = shown(mutated).filter((line) => !/ Drop/.test(line))
  expect(changes).toEqual([
    '4 OtherStage: build → deps',
    '6 AsRoot: node → root',
    '7 Tenfold: 1m30s → 10m30s',
    '7 Tenfold: 3 → 30',
    '8 AlwaysHealthy: CMD ["node", "a.js"] → CMD exit 0',
  ])
  const none = mutateDockerfile('Dockerfile', 'FROM node\nUSER root\nHEALTHCHECK NONE\n')
  expect(shown(none).filter((line) => !/ Drop/.test(line))).toEqual([])
})

test('Dockerfile: a file is copied before the first command of its stage', () => {
  const text = `FROM node AS a
COPY a ./
RUN npm ci
# The sources.
COPY b ./
FROM a
RUN make
ADD c ./
`
  expect(texts(mutateDockerfile('Dockerfile', text), 'CopyEarlier')).toEqual([
    'FROM node AS a COPY a ./ COPY b ./ RUN npm ci # The sources. FROM a RUN make ADD c ./',
    'FROM node AS a COPY a ./ RUN npm ci # The sources. COPY b ./ FROM a ADD c ./ RUN make',
  ])
})

test('an ignore file: each pattern; comments and blank lines are none', () => {
  const mutated = mutateIgnoreFile('.dockerignore', '# no\n\n.env\ndist\n')
  expect(mutated.mutants.map(({ make }) => make)).toEqual([
    { text: '# no\n\ndist\n' },
    { text: '# no\n\n.env\n' },
  ])
})

test('JSON and YAML: each entry, however deep', () => {
  expect(texts(mutateJson('a.json', '{"a": 1, "b": [2, 3]}'), 'DropEntry')).toEqual([
    '{ "b": [ 2, 3 ] }',
    '{ "a": 1 }',
    '{ "a": 1, "b": [ 3 ] }',
    '{ "a": 1, "b": [ 2 ] }',
  ])
  const yaml = mutateYaml('a.yml', '# why\na: 1\nb:\n  - c: 2\n  - d\n')
  expect(yaml.mutants.map(({ make }) => make)).toEqual([
    { text: 'b:\n  - c: 2\n  - d\n' },
    { text: '# why\na: 1\n' },
    { text: '# why\na: 1\nb:\n  - d\n' },
    { text: '# why\na: 1\nb:\n  - {}\n  - d\n' },
    { text: '# why\na: 1\nb:\n  - c: 2\n' },
  ])
})

test('nginx: directives, blocks, parameters, switches and numbers', () => {
  const text = '# why;\nserver {\n  listen ${PORT} ssl;\n  gzip on;\n  return 301 "/a; b";\n}\n'
  expect(shown(mutateNginx('a.conf', text))).toEqual([
    '2 DropBlock: server { listen ${PORT} ssl; gzip on; return 301 "/a; b"; } → ',
    '3 DropDirective: listen ${PORT} ssl; → ',
    '3 DropParameter: ${PORT} → ',
    '3 DropParameter: ssl → ',
    '4 DropDirective: gzip on; → ',
    '4 Switch: on → off',
    '5 DropDirective: return 301 "/a; b"; → ',
    '5 DropParameter: 301 → ',
    '5 Number: 301 → 302',
    '5 DropParameter: "/a; b" → ',
  ])
})

function result(statuses: CheckResult['status'][], verdict: ExerciseResult['verdict']) {
  const checks = statuses.map((status, index) => ({
    id: `C${index + 1}`,
    level: 'core',
    title: 'a title',
    status,
    test: `C${index + 1} test`,
    message: 'a message',
    evidence: [],
    output: '',
    durationMs: 1,
  }))
  return {
    verdict,
    checks,
    slug: 'x',
    phase: 'p',
    title: 't',
    durationMs: 1,
    cached: false,
  } as ExerciseResult
}

test('a mutant that no test sees lives', () => {
  const tests = [{ name: 'C1 test', status: 'passed' }]
  expect(judge(tests, result(['passed'], 'mastered'))).toEqual({ status: 'alive' })
})

test('a failed test kills, also one of a stretch check', () => {
  const tests = [
    { name: 'C1 test', status: 'passed' },
    { name: 'C2 test', status: 'failed' },
  ]
  expect(judge(tests, result(['passed', 'failed'], 'passed'))).toEqual({
    status: 'killed',
    killer: 'C2 test',
  })
})

test.each([
  ['error', 'error'],
  ['not run', 'not run'],
  ['not run', 'partial'],
] as const)('a test with the status %s kills nobody', (status, verdict) => {
  const tests = [{ name: 'C1 test', status }]
  expect(judge(tests, result([status], verdict)).status).toBe('unclear')
})

test('a run that saw no test kills nobody', () => {
  expect(judge([], result([], 'error')).status).toBe('unclear')
})

const mutant = (line: number, replacement = '""'): Mutant => ({
  file: 'a.ts',
  line,
  mutator: 'StringLiteral',
  original: "'x'",
  replacement,
  make: { id: String(line) },
})

test('reasons stay while file, words and occurrence are the same, whatever the line', () => {
  const before = [mutant(1), mutant(5), mutant(7, '"y"')]
  const record = makeRecord('r1', before, new Set(before))
  expect(record.survivors.map((one) => one.equivalent)).toEqual([null, null, null])
  record.survivors[1]!.equivalent = 'nobody reads it'
  recordSchema.parse(record)
  const after = [mutant(11), mutant(15), mutant(17, '"y"')]
  const again = makeRecord('r2', after, new Set(after.slice(1)), record)
  expect(again.survivors).toMatchObject([
    { line: 15, occurrence: 2, equivalent: 'nobody reads it' },
    { line: 17, equivalent: null },
  ])
  expect(again).toMatchObject({ version: 1, reference: 'r2', mutants: 3, killed: 1 })
})

test('the score leaves equivalent mutants out, and says 100 % of all only', () => {
  const all = Array.from({ length: 2000 }, (_, index) => mutant(index))
  const record = makeRecord('r', all, new Set([all[0]!]))
  expect(scoreOf(record)).toBe('99.9 %')
  record.survivors[0]!.equivalent = 'why'
  expect(scoreOf(record)).toBe('100 %')
})

test('tests that killed what stands near come first, then those that reach the place', () => {
  const seen = (name: string, covered: string[], durationMs = 100) => ({
    name,
    startedAt: 0,
    durationMs,
    covered: new Set(covered),
  })
  const order = openOrder([seen('C1', []), seen('C2', ['5']), seen('C3', ['5'], 5000)], 10)
  expect(order.of(mutant(5))).toEqual(['C2', 'C3', 'C1'])
  expect(order.of(mutant(5), 'C1')[0]).toBe('C1')
  const even = openOrder([seen('C1', []), seen('C2', [])], 0)
  even.learn(mutant(5), 'C2')
  expect(even.of({ ...mutant(6), make: { text: '' } })).toEqual(['C2', 'C1'])
})
