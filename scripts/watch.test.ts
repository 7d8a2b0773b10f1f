import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Checkout, makeCheckout, type Running, startCommand } from './test/checkout.ts'
import { leftOf } from './test/leftovers.ts'

// Each waits for several gradings, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 })

let checkout: Checkout
let temporary: string
beforeAll(() => {
  checkout = makeCheckout()
  temporary = mkdtempSync(path.join(os.tmpdir(), 'watch-'))
})
afterAll(() => {
  checkout.remove()
  rmSync(temporary, { recursive: true, force: true })
})

const watch = (...args: string[]) =>
  startCommand(checkout, 'watch', args, { TMPDIR: temporary }, { open: true })

const folderOf = (...parts: string[]) => checkout.file('exercises', ...parts)
const BELT = ['phase1-fundamentals', 'belt-and-lru']
const HTTP = ['phase1-fundamentals', 'http-verbs']

/** Puts the reference in the learner's place. */
function solve(...exercise: string[]): void {
  cpSync(checkout.file('solutions', ...exercise), folderOf(...exercise), { recursive: true })
}

function edit(file: string, old: string, text: string): void {
  const before = readFileSync(file, 'utf8')
  expect(before).toContain(old)
  writeFileSync(
    file,
    before.replace(old, () => text),
  )
}

/** Waits for a text that was not there when the last one was found. */
function reader(running: Running) {
  let from = 0
  return async (text: string | RegExp): Promise<string> => {
    const find = () => {
      const fresh = running.printed().slice(from)
      const at = typeof text === 'string' ? fresh.indexOf(text) : fresh.search(text)
      return at < 0 ? undefined : { fresh, at }
    }
    await expect
      .poll(() => find() !== undefined || running.child.exitCode !== null, {
        timeout: 250_000,
        interval: 20,
      })
      .toBe(true)
    const found = find()
    if (!found) throw new Error(`watch ended, and never printed ${text}:\n${running.printed()}`)
    from += found.at + 1
    return found.fresh
  }
}

async function end(running: Running): Promise<void> {
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(0)
  expect(stderr).not.toMatch(/\n\s+at .+:\d+:\d+/)
  await expect.poll(() => leftOf(checkout.root, temporary), { timeout: 30_000 }).toEqual([])
}

test('an untouched exercise says which file to edit; the first save is graded', async () => {
  const running = watch('belt')
  const next = reader(running)
  await next('untouched: edit exercises/phase1-fundamentals/belt-and-lru/shelf.ts')
  solve(...BELT)
  await next('★ belt-and-lru is mastered: all 12 checks')
  await next(/Next: exercises\/\S+ +\(npm run watch [\w-]+\)/)
  await end(running)
})

test('shows a failure in full as soon as it is there, and what came back; by rename too', async () => {
  solve(...BELT)
  const file = path.join(folderOf(...BELT), 'shelf.ts')
  const right = readFileSync(file, 'utf8')
  const running = watch('belt', '--only', 'C2,C6')
  const next = reader(running)
  await next('watching ')
  edit(file, 'return this.#places.has(key)', 'return this.get(key) !== undefined')
  await next('saved shelf.ts')
  await next(/✘ belt-and-lru C6/)
  await next('watching ')
  // Some editors write beside the file and move it there.
  writeFileSync(`${file}.new~`, right)
  renameSync(`${file}.new~`, file)
  await next('saved shelf.ts')
  // What failed last comes first.
  const shown = await next(/✔ C6 /)
  expect(shown.slice(0, shown.search('✔ C6 '))).not.toContain('✔ C2 ')
  await next(/\+1 \(C6\) since the last run/)
  await end(running)
})

test('a newer save stops what still runs for the older one', async () => {
  solve(...HTTP)
  const file = path.join(folderOf(...HTTP), 'server.ts')
  const right = readFileSync(file, 'utf8')
  const running = watch('http-verbs', '--only', 'C1')
  const next = reader(running)
  await next('watching ')
  writeFileSync(
    file,
    'setInterval(() => {}, 1000) // never listens, which takes half a minute to be sure of',
  )
  await next('saved server.ts')
  writeFileSync(file, right)
  const since = await next('saved server.ts')
  expect(since).not.toContain('✘')
  await next('✔ C1')
  expect(running.printed()).not.toContain('did not listen')
  await end(running)
})

test('a program that cannot be loaded is told once', async () => {
  const file = path.join(folderOf(...BELT), 'shelf.ts')
  writeFileSync(file, 'export class Belt {\n')
  const running = watch('belt')
  const next = reader(running)
  await next('for the same reason')
  await next('watching ')
  expect(running.printed().match(/✘ belt-and-lru C\d+/g)).toHaveLength(1)
  await end(running)
})
