import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandsOf } from '../graders/harness/exercise.ts'
import { filesOf, readKits, toolsOf } from './lib/kits.ts'
import { type Checkout, makeCheckout, startCommand } from './test/checkout.ts'

// `npm run start:lang` as it is called, on a copy of the kit.

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const run = (name: string, ...args: string[]) => startCommand(checkout, name, args).ended
const folder = (...parts: string[]) =>
  checkout.file('exercises', 'phase2-language', 'express-parcels', ...parts)
const patient = { timeout: 120_000 }

test(
  'begins an exercise in Flask, refuses to do so twice, and reset brings all back',
  patient,
  async () => {
    const readme = readFileSync(folder('README.md'), 'utf8')
    const starter = readFileSync(folder('server.ts'), 'utf8')
    const begun = await run('start-lang', 'express-parcels', 'flask')
    expect(begun.stderr + begun.stdout).toContain('app.py   ← edit this first')
    expect(begun.code).toBe(0)
    expect(existsSync(folder('server.ts'))).toBe(false)
    expect(existsSync(folder('kit.yaml'))).toBe(false)
    const laid = readFileSync(folder('README.md'), 'utf8')
    expect(commandsOf(laid)).toEqual({
      build: ['python3', 'build.py'],
      start: ['.venv/bin/python', 'app.py'],
    })
    // Only the commands have changed.
    expect(laid.slice(laid.indexOf('\n---\n'))).toBe(readme.slice(readme.indexOf('\n---\n')))

    const again = await run('start-lang', 'express-parcels', 'gin')
    expect(again.stderr).toContain('You have begun express-parcels')
    expect(again.code).toBe(2)

    writeFileSync(folder('app.py'), '# mine\n')
    const back = await run('reset', 'express-parcels')
    expect(back.stderr + back.stdout).toContain('The starter of express-parcels is back')
    expect(readFileSync(folder('README.md'), 'utf8')).toBe(readme)
    expect(readFileSync(folder('server.ts'), 'utf8')).toBe(starter)
    for (const name of ['app.py', 'build.py', 'requirements.txt']) {
      expect(existsSync(folder(name)), name).toBe(false)
    }
    const kept = path.resolve(checkout.root, /Yours is in (\S+)/.exec(back.stdout)![1]!)
    expect(readFileSync(path.join(kept, 'app.py'), 'utf8')).toBe('# mine\n')
  },
)

test('what an exercise gives beside its program stays', patient, async () => {
  const page = (name: string) =>
    checkout.file('exercises', 'phase1-fundamentals', 'tracking-page', name)
  expect((await run('start-lang', 'tracking-page', 'gin')).code).toBe(0)
  expect(existsSync(page('style.css'))).toBe(true)
  expect(existsSync(page('server.ts'))).toBe(false)
  expect((await run('reset', 'tracking-page')).code).toBe(0)
  expect(existsSync(page('server.ts'))).toBe(true)
})

test(
  'the program that was laid is graded, and the reference still is on its own',
  patient,
  async () => {
    expect((await run('start-lang', 'http-verbs', 'flask')).code).toBe(0)
    // Standing in for what pip would bring: this test is about the kit's part in it.
    const file = checkout.file('exercises', 'phase1-fundamentals', 'http-verbs', 'README.md')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text
        .replace('start: [.venv/bin/python, app.py]', 'start: [python3, app.py]')
        .replace(/^build:.*\n/m, ''),
    )
    const server = checkout.file('exercises', 'phase1-fundamentals', 'http-verbs', 'app.py')
    writeFileSync(
      server,
      'import os\nfrom http.server import *\nHTTPServer(("127.0.0.1", int(os.environ["PORT"])), BaseHTTPRequestHandler).serve_forever()\n',
    )
    const own = await run('check', 'http-verbs', '--only', 'C1')
    expect(own.stdout).toContain('501')
    expect(own.code).toBe(1)
    const reference = await run('check', 'http-verbs', '--only', 'C1', '--solutions')
    expect(reference.code, reference.stdout).toBe(0)
  },
)

test(
  'a start line written by hand has the program graded, and the reference on its own',
  patient,
  async () => {
    const exercise = (name: string) =>
      checkout.file('exercises', 'phase1-fundamentals', 'http-by-hand', name)
    const readme = readFileSync(exercise('README.md'), 'utf8')
    writeFileSync(
      exercise('README.md'),
      readme.replace(/^start: .*$/m, 'start: [python3, server.py]'),
    )
    writeFileSync(exercise('server.py'), 'raise SystemExit("not yet")\n')
    const own = await run('check', 'http-by-hand', '--only', 'C1')
    expect(own.stdout).toContain('not yet')
    const reference = await run('check', 'http-by-hand', '--only', 'C1', '--solutions')
    expect(reference.code, reference.stdout).toBe(0)
  },
)

test('a build that takes long is done before any test starts the program', patient, async () => {
  const readme = readFileSync(folder('README.md'), 'utf8')
  const start = 'build: [node, build.mjs]\nstart: [node, built.ts]'
  writeFileSync(folder('README.md'), readme.replace(/^start: .*$/m, start))
  const reference = checkout.file('solutions', 'phase2-language', 'express-parcels', 'server.ts')
  writeFileSync(folder('program.ts'), readFileSync(reference))
  writeFileSync(
    folder('build.mjs'),
    'setTimeout(() => process.getBuiltinModule("fs").copyFileSync("program.ts", "built.ts"), 4000)\n',
  )
  // Their servers wait for time limits, and begin to together.
  const built = await run('check', 'express-parcels', '--only', 'C5,C6')
  expect(built.code, built.stdout).toBe(0)
})

test.each([
  [['sql-select', 'flask'], /no server that could be in another language/],
  [['express-parcels', 'cobol'], /There is no kit cobol\. There are: /],
  [['express-parcels'], /Name a kit: django, /],
  [[], /npm run start:lang express-parcels flask/],
])('%j is wrong usage', patient, async (args, message) => {
  const { code, stderr } = await run('start-lang', ...args)
  expect(stderr).toMatch(message)
  expect(code).toBe(2)
})

test('a kit brings the files of the services that an exercise has, and no others', () => {
  const flask = readKits().find(({ name }) => name === 'flask')!
  expect(filesOf(flask, { needs: [] })).toEqual(['app.py', 'build.py', 'requirements.txt'])
  expect(filesOf(flask, { needs: ['postgres'] })).toContain('database.py')
})

test('what is missing or too old is told with the way to get it', () => {
  const get = 'Install it.'
  const version = [process.execPath, '--version']
  const tools = toolsOf({
    toolchain: [
      { version, least: '20.1', get },
      { version, least: '999', get },
      { version: ['no-such-program', '--version'], least: '1', get },
    ],
  })
  expect(tools.map(({ well }) => well)).toEqual([true, false, false])
  expect(tools[1]!.next).toMatch(/it must be 999 or newer\. Install it\./)
  expect(tools[2]!.next).toBe('no-such-program is missing. Install it.')
})
