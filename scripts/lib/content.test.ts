import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Checkout, makeCheckout } from '../test/checkout.ts'

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const SCRIPT = `
import { readCatalogue } from './scripts/lib/catalogue.ts'
import { graderHash } from './scripts/lib/content.ts'
const { exercises } = readCatalogue()
console.log(JSON.stringify(Object.fromEntries(exercises.map((one) => [one.slug, graderHash(one)]))))`

/** Hashes of all graders, as a new process has them. */
function hashes(): Record<string, string> {
  const args = ['--input-type=module', '--eval', SCRIPT]
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: checkout.root,
    encoding: 'utf8',
  })
  expect(stderr).not.toMatch(/Error/)
  return JSON.parse(stdout)
}

/** The exercises whose verdicts rest on a file: those whose hash changes with it. */
function restOn(file: string): string[] {
  const before = hashes()
  const full = checkout.file(...file.split('/'))
  const text = readFileSync(full, 'utf8')
  writeFileSync(full, `${text}\n`)
  const after = hashes()
  writeFileSync(full, text)
  return Object.keys(before).filter((slug) => before[slug] !== after[slug])
}

describe('what a verdict rests on', () => {
  test.each([
    ['a grader', 'graders/phase1-fundamentals/belt-and-lru/belt-and-lru.test.ts'],
    ["a grader's own helper", 'graders/phase1-fundamentals/belt-and-lru/belt-program.ts'],
  ])('%s: its exercise alone', (_what, file) => {
    expect(restOn(file)).toEqual(['belt-and-lru'])
  })
  test.each([
    ['mistakes', 'graders/phase1-fundamentals/belt-and-lru/mistakes.ts'],
    ['a task', 'exercises/phase1-fundamentals/belt-and-lru/README.md'],
    ['a page of the harness', 'graders/harness/PROBES.md'],
    ['a test of the harness', 'graders/harness/lock.test.ts'],
    ['a reference', 'solutions/phase1-fundamentals/belt-and-lru/shelf.ts'],
  ])('%s: none', (_what, file) => {
    expect(restOn(file)).toEqual([])
  })
  test('the libraries, and what starts every program: all', () => {
    const all = Object.keys(hashes())
    expect(restOn('package-lock.json')).toEqual(all)
    expect(restOn('graders/harness/subjects/process.ts')).toEqual(all)
  })
  test('a file that is named and not imported, such as the driver of modules, counts', () => {
    expect(restOn('graders/harness/subjects/driver.mjs')).toContain('belt-and-lru')
  })
  test('a service: the exercises that need it', () => {
    const touched = restOn('graders/harness/services/mariadb-server.ts')
    expect(touched).toContain('mariadb-port')
    expect(touched).not.toContain('belt-and-lru')
    expect(touched).not.toContain('sql-joins')
  })
  test('data that an exercise gives: that exercise', () => {
    expect(restOn('exercises/phase3-data/sql-joins/schema.sql')).toEqual(['sql-joins'])
  })
})
