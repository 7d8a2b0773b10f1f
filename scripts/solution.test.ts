import { execFile } from 'node:child_process'
import { appendFileSync, cpSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Checkout, makeCheckout, startCommand } from './test/checkout.ts'

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const BELT = ['phase1-fundamentals', 'belt-and-lru', 'shelf.ts']
const solution = (...args: string[]) => startCommand(checkout, 'solution', args).ended

/** The same at a pseudo-terminal, where somebody types this. */
function atTerminal(typed: string): Promise<string> {
  return new Promise((resolve) => {
    const command = `${process.execPath} scripts/solution.ts lru`
    const child = execFile(
      'script',
      ['-qec', command, '/dev/null'],
      { cwd: checkout.root },
      (_error, stdout) => resolve(stdout),
    )
    child.stdout!.once('data', () => child.stdin!.write(typed))
  })
}

test('an untouched exercise: a script must say that it wants the answer', async () => {
  const { code, stdout, stderr } = await solution('lru')
  expect(stderr).toMatch(/untouched.*npm run solution -- belt-and-lru --yes$/m)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect((await solution('lru', '--yes')).stdout).toContain('class LruShelf')
  expect((await solution('lru', '--path')).stdout).toContain('solutions/phase1-fundamentals')
})

test.runIf(process.platform === 'linux')('at a terminal somebody is asked', async () => {
  expect(await atTerminal('n\r')).not.toContain('class LruShelf')
  expect(await atTerminal('\u0004')).toContain('npm run hint belt-and-lru')
  expect(await atTerminal('y\r')).toContain('class LruShelf')
})

test('one that was begun is shown at once', async () => {
  appendFileSync(checkout.file('exercises', ...BELT), '// begun\n')
  expect((await solution('lru')).stdout).toContain('class LruShelf')
  cpSync(
    checkout.file('graders', 'phase1-fundamentals', 'belt-and-lru', 'starter', 'shelf.ts'),
    checkout.file('exercises', ...BELT),
  )
})

test('hints come one at a time', async () => {
  const hint = async (...args: string[]) =>
    (await startCommand(checkout, 'hint', args).ended).stdout
  expect(await hint('lru')).toMatch(/^What a handle is\n[\s\S]*4 more: npm run hint belt-and-lru$/m)
  expect(await hint('lru')).toMatch(/^Too many ifs\?\n[\s\S]*3 more/m)
})

test('npm run test -- --help starts no test', async () => {
  const { code, stdout, stderr } = await startCommand(checkout, 'test', ['--help']).ended
  expect(stdout).toMatch(/^Usage: npm run test/)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
