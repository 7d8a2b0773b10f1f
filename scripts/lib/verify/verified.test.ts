import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { STATE } from '../../../graders/harness/paths.ts'
import type { Variant } from '../variants.ts'
import type { Job, Outcome } from './outcome.ts'
import { partOf } from './sample.ts'
import { recordVerified, wasVerified } from './verified.ts'

let exercise: Exercise
const put = (name: string, text: string) => {
  const [tree, file] = name.split('/') as ['folder' | 'solution' | 'grader', string]
  writeFileSync(path.join(exercise[tree], file), text)
}

beforeEach(() => {
  mkdirSync(STATE, { recursive: true })
  const root = mkdtempSync(path.join(STATE, 'verified-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const trees = { folder: `${root}/e`, solution: `${root}/s`, grader: `${root}/g` }
  for (const one of Object.values(trees)) mkdirSync(one)
  exercise = { slug: 'some', start: ['node', 'server.ts'], ...trees } as Exercise
  put('folder/README.md', 'a rule')
  put('solution/server.ts', 'right')
  put('grader/mistakes.ts', 'W1')
})

const job = (kind: Variant['kind'], name: string, seed = 1) =>
  ({ variant: { kind, name }, seed }) as Job
const seeds = (name: string, kind: Variant['kind'], n: number) =>
  Array.from({ length: n }, (_, index) => job(kind, name, index + 1))
const ALL = [
  job('starter', 'starter'),
  ...seeds('reference', 'reference', 10),
  ...['go', 'python', 'express'].map((name) => job('alternative', name)),
  ...Array.from({ length: 20 }, (_, index) => job('mistake', `W${index + 1}`)),
]
const outcome = (over: Partial<Outcome> = {}) =>
  ({ exercise, problems: [], unjudged: 0, ...over }) as Outcome

describe('the record of an exercise that was graded whole', () => {
  test('stands while its own files are as they were', () => {
    expect(wasVerified(exercise)).toBe(false)
    recordVerified(outcome(), ALL, '2026-11-29')
    expect(wasVerified(exercise)).toBe(true)
    expect(JSON.parse(readFileSync(`${exercise.grader}/verified.json`, 'utf8'))).toMatchObject({
      date: '2026-11-29',
      gradings: 34,
    })
  })

  test.each([
    ['data that is given', 'folder/schema.sql'],
    ['the reference', 'solution/server.ts'],
    ['a mistake', 'grader/mistakes.ts'],
    ['what learners read', 'grader/feedback.md'],
    ['a new alternative', 'grader/server.py'],
  ])('falls with %s', (_, file) => {
    recordVerified(outcome(), ALL, '2026-11-29')
    put(file, 'other')
    expect(wasVerified(exercise)).toBe(false)
  })

  test('falls with another way to start it', () => {
    recordVerified(outcome(), ALL, '2026-11-29')
    expect(wasVerified({ ...exercise, start: ['python3', 'server.py'] })).toBe(false)
  })

  test.each([
    'folder/README.md',
    'folder/HINTS.md',
    'solution/NOTES.md',
    'grader/mutation.json',
    'grader/blind.json',
  ])('stands when %s changes, which no grading rests on', (file) => {
    recordVerified(outcome(), ALL, '2026-11-29')
    put(file, 'other')
    expect(wasVerified(exercise)).toBe(true)
  })

  test.each([
    ['something is wrong', outcome({ problems: [{ what: 'W3 passes' }] }), ALL],
    ['something could not be judged', outcome({ unjudged: 1 }), ALL],
    ['too few seeds were tried', outcome(), ALL.filter(({ seed }) => seed < 10)],
  ])('is not written where %s', (_, one, jobs) => {
    recordVerified({ ...one, exercise }, jobs, '2026-11-29')
    expect(wasVerified(exercise)).toBe(false)
  })

  test('counts for nothing where it cannot be read', () => {
    put('grader/verified.json', '{')
    expect(wasVerified(exercise)).toBe(false)
  })
})

describe('the part of a turn', () => {
  const names = (turn: number) =>
    partOf(ALL, turn).map(({ variant, seed }) => `${variant.name} ${seed}`)

  test('holds a sixth of each kind, and the starter', () => {
    const kinds = Object.groupBy(partOf(ALL, 7), ({ variant }) => variant.kind)
    const counts = Object.entries(kinds).map(([kind, jobs]) => [kind, jobs.length])
    expect(Object.fromEntries(counts)).toEqual({
      starter: 1,
      reference: 2,
      alternative: 1,
      mistake: 4,
    })
  })

  test('is the same in the same turn, and reaches everything in time', () => {
    expect(names(7)).toEqual(names(7))
    const seen = new Set(Array.from({ length: 60 }, (_, turn) => names(turn)).flat())
    expect(seen.size).toBe(ALL.length)
  })
})
