import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Checkout, makeCheckout, runCheck, startCommand } from './test/checkout.ts'

// What the map knows without grading: `list`, `next`, and `check` where nothing has changed.

vi.setConfig({ testTimeout: 300_000 })

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const BELT = ['phase1-fundamentals', 'belt-and-lru']
const file = () => checkout.file('exercises', ...BELT, 'shelf.ts')
const starter = () => checkout.file('graders', ...BELT, 'starter', 'shelf.ts')
const solve = () => cpSync(checkout.file('solutions', ...BELT, 'shelf.ts'), file())

/** The reference with a place changed. */
function solveBut(old: string, text: string): void {
  solve()
  const before = readFileSync(file(), 'utf8')
  expect(before).toContain(old)
  writeFileSync(file(), before.replace(old, text))
}
/** Breaks C6, a core check, and C10 beside it; the other one breaks C11, which is stretch. */
const breakCore = () =>
  solveBut('return this.#places.has(key)', 'return this.get(key) !== undefined')
const breakStretch = () =>
  solveBut(
    '    this.delete(key)\n    this.#onEvict?.(key, value)\n',
    '    this.#onEvict?.(key, value)\n    this.delete(key)\n',
  )

beforeEach(() => {
  rmSync(checkout.file('.roadworks'), { recursive: true, force: true })
  cpSync(starter(), file())
})

const check = async (...args: string[]) => (await runCheck(checkout, args)).stdout
const list = async (...args: string[]) => (await startCommand(checkout, 'list', args).ended).stdout

test('list tells mastered, passed, failed, changed and untouched apart, and grades nothing', async () => {
  expect(await list('1')).toMatch(/^Phase 1 · Fundamentals +0 of \d+ passed$/m)
  expect(await list('1')).toMatch(/○ belt-and-lru +The sorting belt and the shelf · 60 min$/m)
  breakCore()
  expect(await list('1')).toMatch(/● belt-and-lru +The sorting/)
  await check('belt-and-lru')
  expect(await list('1')).toMatch(/✘ belt-and-lru +1\d\/12 +The sorting/)
  breakStretch()
  expect(await list('1')).toMatch(/● belt-and-lru +1\d\/12 +The sorting/)
  await check('belt-and-lru')
  expect(await list('1')).toMatch(/✔ belt-and-lru +11\/12 +The sorting/)
  solve()
  await check('belt-and-lru')
  const shown = await list()
  expect(shown).toMatch(/★ belt-and-lru +12\/12 +The sorting/)
  expect(shown).toMatch(/^Phase 1 · Fundamentals +1 of \d+ passed · 1 ★$/m)
  expect(shown).toMatch(/^Next: exercises\/phase1-fundamentals\/http-verbs\/README\.md/m)
})

test('what failed and has not changed is shown, and is graded again only when it is asked for', async () => {
  breakCore()
  const first = await check('1')
  expect(first).toMatch(/✘ belt-and-lru +1\d\/12 +C6 /)
  expect(first).not.toMatch(/same files/)
  const again = await check('1')
  expect(again.replaceAll(/\s+/g, ' ')).toMatch(
    /✘ belt-and-lru 1\d\/12 C6 .*\(same files as graded at \d\d:\d\d\)/,
  )
  // In full, all the same.
  expect(again).toMatch(/^✘ belt-and-lru C6 /m)
  expect(again).toMatch(/Name one to have it graded, or add -- --force/)
  expect(await check('belt-and-lru')).not.toMatch(/same files/)
  expect(await check('1', '--force')).not.toMatch(/same files/)
  // Any change counts.
  writeFileSync(file(), `${readFileSync(file(), 'utf8')}\n`)
  expect(await check('1')).not.toMatch(/same files/)
})

test('the same files of somebody else: the report says whose', async () => {
  solve()
  await check('belt-and-lru')
  const other = checkout.file('submissions', 'ada')
  cpSync(checkout.file('exercises', ...BELT), `${other}/exercises/${BELT.join('/')}`, {
    recursive: true,
  })
  const shown = await check('belt-and-lru', '--submission', other)
  expect(shown).toContain(`same files as ${checkout.file('exercises')}, graded at`)
})

test('done: a line that says so, what stretch offers, what has changed, and where to go on', async () => {
  breakCore()
  const failed = await check('belt-and-lru')
  expect(failed).toMatch(/^✘ belt-and-lru: 1\d of 12 checks, \d+ of \d+ tests passed\.$/m)
  breakStretch()
  const passed = await check('belt-and-lru')
  expect(passed).toMatch(
    /^✔ belt-and-lru is passed: all core checks; \+\d \(C6( C10)?\), −1 \(C11\) since the last run\.$/m,
  )
  expect(passed).toMatch(/would also insist on \(stretch\):\n {2}C11 {2}calls onEvict when/)
  expect(passed).toMatch(/^Next: exercises\/phase1-fundamentals\/depot-tree\/README\.md/m)
  solve()
  const mastered = await check('belt-and-lru')
  expect(mastered).toMatch(
    /^★ belt-and-lru is mastered: all 12 checks; \+1 \(C11\) since the last run\.$/m,
  )
  expect(mastered).toMatch(/^Next: exercises\/phase1-fundamentals\/depot-tree\/README\.md/m)
})

test('next names the first that has not passed, and what failed last time', async () => {
  const next = async (...names: string[]) =>
    (await startCommand(checkout, 'next', names).ended).stdout
  expect(await next('belt')).toMatch(/^belt-and-lru: .*untouched\)$/m)
  breakCore()
  expect(await next('belt')).toMatch(/not graded since it changed\)/)
  await check('belt-and-lru')
  expect(await next('belt')).toMatch(/begun, and not passed\)\n {2}last time C6 failed/)
  solve()
  await check('belt-and-lru')
  expect(await next('belt')).toMatch(/^All of these have passed/)
})

test('the first map says what core and stretch are; a later one does not', async () => {
  for (const shown of [await check('1'), await list()]) {
    expect(shown).toMatch(/^Core checks ask for/m)
    expect(shown).toMatch(/^Stretch checks ask for/m)
  }
  solve()
  expect(await check('belt-and-lru')).not.toMatch(/Core checks ask for/)
  expect(await list()).not.toMatch(/Core checks ask for/)
})
