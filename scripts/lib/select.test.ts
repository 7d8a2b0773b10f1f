import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { EXERCISES, GRADERS, ROOT, SOLUTIONS } from '../../graders/harness/paths.ts'
import { readCatalogue } from './catalogue.ts'
import { select, selectOne } from './select.ts'

const catalogue = readCatalogue()
const slugs = (...names: string[]) => select(catalogue, names).exercises.map(({ slug }) => slug)
const ofPhase = (phase: string) =>
  catalogue.exercises.filter((one) => one.phase === phase).map(({ slug }) => slug)

afterEach(() => vi.unstubAllEnvs())
const callIn = (folder: string) => vi.stubEnv('INIT_CWD', folder)

test.each([
  ['3', 'phase3-data'],
  ['data', 'phase3-data'],
  ['Phase-3', 'phase3-data'],
  ['phase3-data', 'phase3-data'],
  ['architecture', 'phase4-apis'],
  ['exercises/phase5-operations/', 'phase5-operations'],
])('the phase that %j means', (name, phase) => {
  callIn(ROOT)
  expect(slugs(name)).toEqual(ofPhase(phase))
})

test('phase 3, as two words', () => expect(slugs('phase', '3')).toEqual(ofPhase('phase3-data')))

test.each([
  ['lru', 'belt-and-lru'],
  ['SQL-Joins', 'sql-joins'],
  ['joins', 'sql-joins'],
  ['normal', 'sql-normalise'],
  ['exercises/phase3-data/sql-joins/README.md', 'sql-joins'],
  ['./exercises/phase3-data/sql-joins/', 'sql-joins'],
  ['phase3-data/sql-joins', 'sql-joins'],
  [path.join(EXERCISES, 'phase1-fundamentals', 'belt-and-lru', 'shelf.ts'), 'belt-and-lru'],
  [path.join(GRADERS, 'phase3-data', 'sql-index', 'mistakes.ts'), 'sql-index'],
  // A file that is not there any more.
  ['exercises/phase3-data/sql-joins/gone.sql', 'sql-joins'],
])('the exercise that %j means', (name, slug) => {
  callIn(ROOT)
  expect(slugs(name)).toEqual([slug])
  expect(selectOne(catalogue, name, 'watch').slug).toBe(slug)
})

test('a beginning means all that begin so', () => {
  expect(slugs('sql').length).toBeGreaterThan(3)
  expect(slugs('sql').every((slug) => slug.startsWith('sql-'))).toBe(true)
})

test.each([EXERCISES, SOLUTIONS])('nothing at all, in a folder of an exercise below %s', (tree) => {
  callIn(path.join(tree, 'phase3-data', 'sql-joins'))
  expect(selectOne(catalogue, undefined, 'watch').slug).toBe('sql-joins')
  expect(select(catalogue, [], { here: true }).exercises.map(({ slug }) => slug)).toEqual([
    'sql-joins',
  ])
  expect(slugs()).toHaveLength(catalogue.exercises.length)
})

test('names of files, from the folder in which the command was called', () => {
  callIn(path.join(EXERCISES, 'phase3-data', 'sql-joins'))
  for (const name of ['.', 'README.md', '../sql-joins/README.md'])
    expect(slugs(name)).toEqual(['sql-joins'])
  expect(slugs('..')).toEqual(ofPhase('phase3-data'))
})

test.each([
  ['sql-jions', /no exercise or phase "sql-jions"\. Did you mean sql-joins\?/],
  ['jions', /Did you mean sql-joins\?/],
  ['htpt-verbs', /Did you mean http-verbs\?/],
  ['fase1', /Did you mean phase1\?/],
  ['9', /no phase "9"\. Phases: 1 fundamentals, 2 language, 3 data/],
  ['ree', /part of several names: .*depot-tree/],
  ['exercises/phase3-data/sql-jions', /Did you mean sql-joins\?/],
  ['README.md', /belongs to no exercise/],
  ['/', /not in this checkout.*--submission/],
])('%j: an error that lists what was meant', (name, message) => {
  callIn(ROOT)
  if (name === 'ree') {
    const more = { phase: 'phase1-fundamentals', slug: 'free-list', message: '' }
    const other = { ...catalogue, broken: [more] }
    expect(() => select(other, [name])).toThrow(message)
  } else expect(() => slugs(name)).toThrow(message)
})

test('one exercise is asked for where none is named, and where several fit', () => {
  callIn(ROOT)
  expect(() => selectOne(catalogue, undefined, 'hint')).toThrow(
    'Which exercise? npm run hint <exercise>',
  )
  expect(() => selectOne(catalogue, 'git', 'hint')).toThrow(
    /"git" has several exercises: git-first-branch, .*\. Say which: npm run hint <exercise>/,
  )
})
