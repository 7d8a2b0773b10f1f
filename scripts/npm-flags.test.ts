import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Checkout, makeCheckout, startCommand } from './test/checkout.ts'

// What npm does with flags before `--` is npm's to say, so this asks the real one.

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
  mkdirSync(checkout.file('npm-cache'))
})
afterAll(() => checkout.remove())

/** `npm` with these words, in the copy; the exit code and what it printed. */
function npm(...words: string[]): Promise<{ code: number; stderr: string }> {
  const env: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: checkout.root,
    NO_COLOR: '1',
    npm_config_cache: checkout.file('npm-cache'),
  }
  return new Promise((resolve) => {
    execFile('npm', words, { cwd: checkout.root, env }, (error, _stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stderr }),
    )
  })
}

test.each([
  [['run', 'check', 'http-verbs', '--only', 'C2'], 'check -- http-verbs --only C2'],
  [['run', 'check', '--only=C2,C5', 'http-verbs'], 'check -- --only C2,C5 http-verbs'],
  [['run', 'check', 'lru', '--seed', '7', '--force'], 'check -- lru --seed 7 --force'],
  [
    ['run', 'check', 'http-verbs', '--start', 'python3 "my server.py"', '--json', 'out.json'],
    `check -- http-verbs --start 'python3 "my server.py"' --json out.json`,
  ],
  [
    ['run', 'check', '--submission', '../ada', '--junit', 'a.xml'],
    'check -- --submission ../ada --junit a.xml',
  ],
  [['run', 'hint', 'lru', '--all'], 'hint -- lru --all'],
  [['run', 'db', 'sql-joins', '--seed', '7'], 'db -- sql-joins --seed 7'],
  [['run', 'watch', 'lru', '--only', 'C2', '--poll'], 'watch -- lru --only C2 --poll'],
  [['run', 'list', '--json', '3'], 'list -- --json 3'],
  [['run', 'solution', 'lru', '--path'], 'solution -- lru --path'],
  [['run', 'verify', 'lru', '--update', '--jobs', '1'], 'verify -- lru --update --jobs 1'],
  [['run', 'mutate', 'lru', '--only', '3', '--', '--list'], 'mutate -- lru --only 3 --list'],
  [['run', 'new', 'phase1/x', '--kind', 'server'], 'new -- phase1/x --kind server'],
  [['run', 'tables', '--check'], 'tables -- --check'],
])('npm %j is refused, with the line that was meant', async (words, meant) => {
  const { code, stderr } = await npm(...words)
  expect(stderr).toMatch(/roadworks: npm kept a flag for itself/)
  expect(stderr.split('\n')).toContainEqual(expect.stringMatching(/: npm run /))
  expect(stderr).toContain(`: npm run ${meant}\n`)
  expect(code).toBe(2)
})

test('flags behind -- and flags of npm itself are left alone', async () => {
  expect(await npm('run', '--silent', 'list', '--', 'lru', '--json')).toEqual({
    code: 0,
    stderr: '',
  })
})

test('where npm keeps no log, what it hands down is enough', async () => {
  const ask = async (args: string[], env: Record<string, string>) => {
    const { code, stderr } = await startCommand(checkout, 'check', args, env).ended
    expect(code).toBe(2)
    return stderr
  }
  expect(await ask(['lru', '7'], { npm_config_seed: 'true' })).toContain('check -- lru --seed 7\n')
  expect(await ask(['lru'], { npm_config_seed: '7', npm_config_force: 'true' })).toContain(
    'check -- lru --seed=7 --force\n',
  )
})
