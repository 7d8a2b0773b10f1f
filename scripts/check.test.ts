import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportSchema } from './lib/report.ts'
import { putFile } from './lib/tree.ts'
import { type Checkout, makeCheckout, runCheck } from './test/checkout.ts'

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const EXERCISE = ['phase1-fundamentals', 'http-verbs']

/** A submission whose server is this text; named so that rows can run at once. */
function submission(name: string, server: string | Buffer | undefined): string {
  const root = checkout.file('submissions', name)
  const folder = path.join(root, 'exercises', ...EXERCISE)
  mkdirSync(folder, { recursive: true })
  if (server !== undefined) writeFileSync(path.join(folder, 'server.ts'), server)
  return root
}

const noStackTrace = /\n\s+at .+:\d+:\d+/

describe.concurrent('wrong usage', () => {
  const rows: [string, string[], RegExp][] = [
    ['a mistyped slug gets the nearest match', ['htpt-verbs'], /Did you mean http-verbs\?/],
    ['a mistyped phase gets the nearest match', ['fase1'], /Did you mean phase1\?/],
    ['an unknown flag gets the nearest match', ['--solution'], /Did you mean --solutions\?/],
    ['a check that there is not', ['http-verbs', '--only', 'C99'], /has a check "C99"/],
    ['a seed must be a number', ['--seed', 'x'], /whole number/],
    ['--start is refused for exercises without a server', ['belt', '--start', 'x'], /kind server/],
    [
      'a submission that is not there',
      ['--submission', '/no/such/folder'],
      /there is no folder \/no/,
    ],
    ['a submission that is no checkout', ['--submission', 'scripts'], /holds no exercises\//],
    ['--inspect is refused for more than one exercise', ['phase1', '--inspect'], /exactly one/],
  ]
  test.each(rows)('%s: exit code 2 and one sentence', async (_name, args, message) => {
    const { code, stdout, stderr } = await runCheck(checkout, args)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(noStackTrace)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('a flag that npm kept to itself is asked for again, behind --', async () => {
    const { code, stderr } = await runCheck(checkout, [], { npm_config_solutions: 'true' })
    expect(stderr).toContain('npm run check -- --solutions')
    expect(code).toBe(2)
  })

  test('ROADWORKS_SERVICES must be a word that means something', async () => {
    const { code, stderr } = await runCheck(checkout, ['sql-joins', '--solutions', '--force'], {
      ROADWORKS_SERVICES: 'podman',
    })
    expect(stderr).toMatch(/must be auto, docker or native/)
    expect(code).toBe(2)
  })
})

describe('the map', () => {
  test('starters are untouched, nothing is run for them, and the exit code is 1', async () => {
    const { code, stdout, stderr } = await runCheck(checkout, [])
    const slugs = stdout.match(/○ \S+ +untouched/g) ?? []
    expect(slugs.length).toBeGreaterThanOrEqual(8)
    expect(stdout).toMatch(/Next: exercises\/phase1-fundamentals\/http-verbs\/README\.md/)
    expect(stdout + stderr).not.toMatch(noStackTrace)
    expect(code).toBe(1)
  })

  test('a reference masters its exercise; once more it costs nothing', {
    timeout: 300_000,
  }, async () => {
    const first = await runCheck(checkout, ['belt-and-lru', '--solutions'])
    expect(first.stdout).toMatch(/★ belt-and-lru/)
    expect(first.code).toBe(0)
    const again = await runCheck(checkout, ['belt-and-lru', '--solutions'])
    expect(again.stdout).toMatch(/★ belt-and-lru .*same files as graded at/)
    expect(again.code).toBe(0)
    const forced = await runCheck(checkout, ['belt-and-lru', '--solutions', '--force'])
    expect(forced.stdout).not.toMatch(/same files/)
    const inCi = await runCheck(checkout, ['belt-and-lru', '--solutions'], { CI: 'true' })
    expect(inCi.stdout).not.toMatch(/same files/)
  })

  test('--only with a stretch check alone: what it says, and exit code 0 or 1', async () => {
    const only = ['--only', 'C7']
    const right = await runCheck(checkout, ['http-verbs', '--solutions', ...only])
    expect(right.stdout).toMatch(/◐ http-verbs +1\/1 +only C7: passed$/m)
    expect(right.code).toBe(0)
    const root = submission('stretch', SILENT_404)
    const wrong = await runCheck(checkout, ['http-verbs', '--submission', root, ...only])
    expect(wrong.stdout).toMatch(/✘ http-verbs +0\/1 +C7 /)
    expect(wrong.stdout).toMatch(/^✘ http-verbs C7 /m)
    expect(wrong.code).toBe(1)
    // Exercises that have no such check are left out.
    const phase = await runCheck(checkout, [
      'belt-and-lru',
      'http-verbs',
      '--solutions',
      '--only',
      'C11',
    ])
    expect(phase.stdout).toMatch(/^ {2}◐ belt-and-lru +1\/1 +only C11: passed$/m)
    expect(phase.stdout).not.toMatch(/http-verbs/)
    expect(phase.code).toBe(0)
  })

  test('--must: what nobody has begun fails only where it must have passed', async () => {
    const code = async (...args: string[]) => (await runCheck(checkout, args)).code
    expect(await code('1')).toBe(1)
    expect(await code('1', '--must', '')).toBe(0)
    expect(await code('1', '--must', 'sql')).toBe(0)
    expect(await code('1', '--must', 'sql, lru')).toBe(1)
    expect(await code('1', '--must', 'lruu')).toBe(2)
    const file = checkout.file('exercises', ...EXERCISE, 'server.ts')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, 'const = 1')
    expect(await code('1', '--must', '')).toBe(1)
    writeFileSync(file, before)
  })

  test('a README with wrong frontmatter is named, and the rest of the map printed', async () => {
    const file = checkout.file('exercises', ...EXERCISE, 'README.md')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace('kind: server', 'kind: sever'))
    const { code, stdout } = await runCheck(checkout, ['phase1'])
    writeFileSync(file, before)
    expect(stdout).toMatch(/‼ http-verbs .*README\.md.*kind/)
    expect(stdout).toMatch(/○ belt-and-lru +untouched/)
    expect(code).toBe(1)
  })

  test('the report is whole and of its schema, whatever stood in its place', async () => {
    const report = checkout.file('.roadworks', 'report.json')
    rmSync(report, { force: true })
    mkdirSync(report, { recursive: true })
    await runCheck(checkout, ['http-verbs'])
    const parsed = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')))
    expect(parsed.exercises.map((one) => [one.slug, one.verdict])).toEqual([
      ['http-verbs', 'untouched'],
    ])
  })

  test('--json, --junit, --markdown and --html say the same as the map', async () => {
    const root = submission('formats', SILENT_404)
    const junit = checkout.file('out', 'junit.xml')
    const markdown = checkout.file('out', 'summary.md')
    const html = checkout.file('out', 'report.html')
    const args = [
      'http-verbs',
      '--submission',
      root,
      '--json',
      '--junit',
      junit,
      '--markdown',
      markdown,
      '--html',
      html,
    ]
    const { code, stdout } = await runCheck(checkout, args)
    const report = reportSchema.parse(JSON.parse(stdout))
    expect(report.exercises[0]?.verdict).toBe('failed')
    const failed = report.exercises[0]!.checks.filter((check) => check.status === 'failed').length
    expect(readFileSync(junit, 'utf8').match(/<failure /g)).toHaveLength(failed)
    expect(readFileSync(markdown, 'utf8')).toContain('✘ failed | http-verbs')
    const page = readFileSync(html, 'utf8')
    expect(page.match(/<li><details/g)!.length).toBeGreaterThanOrEqual(failed)
    // What the program answers is text there, and nothing is loaded.
    expect(page).toContain('&lt;b&gt;')
    expect(page).not.toMatch(/<b>|<script|src=|\u001b/)
    expect(code).toBe(1)
  })
})

/** Answers 404 to all, and prints what could be taken for somebody else's words. */
const SILENT_404 = `
import { createServer } from 'node:http'
console.log('::error::forged\\n\\u001b[2J\\u001b[1;1H★ http-verbs 8/8\\n21 passed, 0 failed')
createServer((request, response) => {
  response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"error":"<b>&\\u0007"}')
}).listen(Number(process.env.PORT), '127.0.0.1')
`

describe.concurrent('submissions that do not work', () => {
  const rows: [string, string | Buffer | undefined, RegExp][] = [
    ['a missing file', undefined, /server\.ts is missing.*npm run reset http-verbs/],
    ['a syntax error', 'const = 1\n', /exited with code 1 before it listened[\s\S]*SyntaxError/],
    [
      'a crash at the start',
      'throw new Error("no such depot")\n',
      /exited with code 1 before it listened[\s\S]*no such depot/,
    ],
    [
      'a server that exports its app',
      "import express from 'express'\nconst app = express()\nexport default app\n",
      /exited with code 0 before it listened on PORT\. It exports its server and never listens: end it with app\.listen/,
    ],
    [
      'a file in UTF-16',
      Buffer.from('\ufeffimport http from "node:http"\n', 'utf16le'),
      /server\.ts is written in UTF-16\. Save it as UTF-8/,
    ],
    ['process.exit(0) at import', 'process.exit(0)\n', /exited with code 0 before it listened/],
    [
      'a server that never listens',
      'setInterval(() => {}, 1000)\n',
      /nothing listened on 127\.0\.0\.1 at the port in PORT/,
    ],
    [
      'a server that dies at a request',
      `import { createServer } from 'node:http'
       createServer(() => process.exit(3)).listen(Number(process.env.PORT), '127.0.0.1')\n`,
      /exited with code 3/,
    ],
    [
      'a server that hangs up',
      `import { createServer } from 'node:http'
       createServer((request) => request.socket.destroy()).listen(Number(process.env.PORT), '127.0.0.1')\n`,
      /closed the connection without a whole answer/,
    ],
  ]
  test.each(rows)('%s: failed, with the reason', async (name, server, message) => {
    const root = submission(name.replaceAll(/\W+/g, '-'), server)
    const { code, stdout, stderr } = await runCheck(checkout, ['http-verbs', '--submission', root])
    expect(stdout).toMatch(/✘ http-verbs +\d\/8/)
    expect(stdout).toMatch(message)
    // On a busy machine it says from time to time how far it is.
    expect(stderr.replaceAll(/^… .*\n/gm, '')).toBe('')
    expect(code).toBe(1)
  })

  test('a port that is in use: failed, with what the program said', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    const root = submission(
      'port',
      `
      import { createServer } from 'node:http'
      createServer().listen(${port}, '127.0.0.1')\n`,
    )
    const { code, stdout } = await runCheck(checkout, ['http-verbs', '--submission', root])
    holder.close()
    expect(stdout).toMatch(/EADDRINUSE/)
    expect(code).toBe(1)
  })

  test('what a program prints cannot move the cursor, forge a line or command the runner', async () => {
    const root = submission('forger', SILENT_404)
    const env = { GITHUB_ACTIONS: 'true' }
    const { code, stdout } = await runCheck(checkout, ['http-verbs', '--submission', root], env)
    expect(stdout).not.toContain('\u001b[2J')
    expect(stdout).not.toMatch(/^\s*::error::forged/m)
    expect(stdout).not.toMatch(/^\s*★ http-verbs/m)
    expect(stdout).not.toMatch(/^21 passed/m)
    expect(code).toBe(1)
  })
})

describe('TypeScript that Node cannot run as it is', () => {
  /** A reference with a line before it. */
  function withReference(name: string, [phase, slug, file]: string[], before: string): string {
    const root = checkout.file('submissions', name)
    const reference = readFileSync(checkout.file('solutions', phase!, slug!, file!), 'utf8')
    putFile(path.join(root, phase!, slug!), file!, `${before}\n${reference}`)
    return root
  }
  const SERVER = [...EXERCISE, 'server.ts']
  const MODULE = ['phase1-fundamentals', 'belt-and-lru', 'shelf.ts']
  const SYNTAX = `
    enum Size { Small = 7, Large }
    namespace Sizes { export const all = [Size.Small, Size.Large] }
    class Shelves { constructor(readonly size: Size, public count = Sizes.all.length) {} }
    function marked<T>(value: T, _context: unknown): T { return value }
    @marked class Marked { accessor size = new Shelves(Size.Large).size }
    if (new Marked().size + new Shelves(Size.Small).count !== 10) throw new Error('it is not run')`

  test.each([
    ['a server', SERVER, 'C1'],
    ['a module', MODULE, 'C1'],
  ])(
    '%s with enums, namespaces, parameter properties and decorators is graded',
    async (name, file, id) => {
      const root = withReference(name.replace(' ', '-'), file, SYNTAX)
      const args = [file[1]!, '--submission', root, '--only', id]
      const { code, stdout } = await runCheck(checkout, args)
      expect(stdout).toContain(`only ${id}: passed`)
      expect(code).toBe(0)
    },
  )

  test('a stack trace names the line that the learner wrote', async () => {
    const root = withReference('traced', SERVER, `${SYNTAX}\n\n\nthrow new Error('on line 10')`)
    const args = ['http-verbs', '--submission', root, '--only', 'C1']
    const { stdout } = await runCheck(checkout, args)
    expect(stdout).toMatch(/on line 10[\s\S]*http-verbs\/server\.ts:10:7/)
    expect(stdout).not.toContain('strip-only')
  })

  test.each([
    ['a module', MODULE],
    ['a server', SERVER],
  ])('%s with a syntax error: shown once, with file, line and caret', async (name, file) => {
    const root = withReference(
      `${name.replace(' ', '-')}-broken`,
      file,
      'enum Size { Small }\nconst = 1',
    )
    const { code, stdout } = await runCheck(checkout, [file[1]!, '--submission', root])
    const shown = stdout.match(/^.*\.ts:2\n.*\n(.*\n)*?.*const = 1\n.* \^\n/gm) ?? []
    expect(shown).toHaveLength(1)
    expect(stdout.match(/const = 1/g)).toHaveLength(1)
    expect(stdout).toMatch(/^ {2}✘ C2, C3, .*: the same$/m)
    expect(code).toBe(1)
  })
})

describe('another language', () => {
  test('--start grades a server by its own command', async () => {
    const root = submission('by-start', undefined)
    const from = checkout.file('solutions', ...EXERCISE, 'server.ts')
    const to = path.join(root, 'exercises', ...EXERCISE, 'lockers.mts')
    writeFileSync(to, readFileSync(from, 'utf8'))
    const args = ['http-verbs', '--submission', root, '--start', 'node lockers.mts']
    const { code, stdout } = await runCheck(checkout, args)
    expect(stdout).toMatch(/★ http-verbs/)
    expect(code).toBe(0)
    expect(existsSync(path.join(root, 'exercises', ...EXERCISE, 'server.ts'))).toBe(false)
  })
})
