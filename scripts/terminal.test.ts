import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Checkout, makeCheckout } from './test/checkout.ts'

// An exercise from its first look to its star, as a learner sees it in a terminal: narrow and wide, in a
// folder whose path has a blank and a letter beyond ASCII.

// Each waits for several gradings, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 })

/** util-linux's `script` opens a pseudo-terminal; others' take other options. */
const hasTerminal =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')

const SQL = ['phase3-data', 'sql-select']

let checkout: Checkout
let root: string
beforeAll(() => {
  checkout = makeCheckout()
  root = path.join(checkout.root, 'straße 1')
  mkdirSync(root)
  for (const name of ['exercises', 'solutions', 'graders', 'scripts', 'node_modules']) {
    renameSync(checkout.file(name), path.join(root, name))
  }
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts']) {
    renameSync(checkout.file(name), path.join(root, name))
  }
})
afterAll(() => checkout.remove())

/** Runs a command in a terminal of so many columns. */
function open(columns: number, name: string, ...args: string[]) {
  const command = `stty cols ${columns} rows 30 && exec "$NODE" scripts/${name}.ts ${args.join(' ')}`
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: root,
    env: {
      ...process.env,
      NODE: process.execPath,
      TERM: 'xterm-256color',
      // These tests are about a learner's machine, wherever they run.
      CI: undefined,
      GITHUB_ACTIONS: undefined,
      VITEST: undefined,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      INIT_CWD: undefined,
    },
  })
  let raw = ''
  child.stdout.on('data', (chunk) => {
    raw += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const shown = () => stripVTControlCharacters(raw).replaceAll('\r', '')
  return {
    raw: () => raw,
    shown,
    type: (text: string) => child.stdin.write(text),
    async reads(text: string | RegExp) {
      const there = () => (typeof text === 'string' ? shown().includes(text) : text.test(shown()))
      await expect
        .poll(() => there() || child.exitCode !== null, { timeout: 250_000, interval: 50 })
        .toBe(true)
      expect(there(), `${name} never printed ${text}:\n${shown()}`).toBe(true)
    },
    async end() {
      const code = await ended
      return { code, shown: shown() }
    },
  }
}

/** What was printed over the line before, which must fit in one: a terminal would leave the rest of it. */
function changingLines(raw: string): string[] {
  return raw
    .split('\r\u001b[2K')
    .slice(1)
    .map((piece) => stripVTControlCharacters(piece.split(/[\r\n]/)[0]!))
}

describe.skipIf(!hasTerminal).each([40, 120])('with %i columns', (columns) => {
  test('list, hint, watch to the star, db, reset', async () => {
    const exercise = path.join(root, 'exercises', ...SQL)
    const list = await open(columns, 'list', 'sql-select').end()
    expect(list.shown).toMatch(/○\s+sql-select/)
    expect(list.code).toBe(0)

    const hint = await open(columns, 'hint', 'sql-select').end()
    expect(hint.shown).toMatch(/\d more: npm run hint sql-select/)
    for (const line of hint.shown.split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(columns)
    expect(hint.code).toBe(0)

    const watch = open(columns, 'watch', 'sql-select')
    await watch.reads('untouched: edit')
    await watch.reads('q ends')
    cpSync(path.join(root, 'solutions', ...SQL), exercise, { recursive: true })
    await watch.reads(/★ .*sql-select/)
    watch.type('q')
    const watched = await watch.end()
    expect(watched.code, watched.shown).toBe(0)
    for (const line of changingLines(watch.raw())) {
      expect(line.length, line).toBeLessThanOrEqual(columns)
    }

    const db = open(columns, 'db', 'sql-select')
    await db.reads(/postgres(ql)?:\/\//)
    await db.reads(/=>|Ctrl-D|Ctrl-C/)
    db.type('\u0004')
    const closed = await db.end()
    expect(closed.code, closed.shown).toBe(0)

    const reset = await open(columns, 'reset', 'sql-select').end()
    expect(reset.shown).toContain('The starter of sql-select is back')
    const starter = path.join(root, 'graders', ...SQL, 'starter', 'q1.sql')
    expect(readFileSync(path.join(exercise, 'q1.sql'))).toEqual(readFileSync(starter))
  })
})
