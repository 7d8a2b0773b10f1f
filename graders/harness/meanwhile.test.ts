import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ROOT, STATE } from './paths.ts'

const dir = path.join(STATE, 'work', `${process.pid}-meanwhile`)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

type Ran = { status: string; evidence: string[]; message: string }

/** Runs a file of tests, with the harness, in a vitest of its own. @returns what came of each test, and the file's log */
async function run(name: string, text: string, ...flags: string[]) {
  const root = path.join(dir, name)
  mkdirSync(root, { recursive: true })
  const harness = (file: string) => JSON.stringify(path.join(ROOT, 'graders', 'harness', file))
  const head = `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as pause } from 'node:timers/promises'
    import { expect, test } from 'vitest'
    import { cleanup, meanwhile, note, requireService, shared, sharedUntilFailure } from ${harness('index.ts')}
    const log = (line) => appendFileSync(${JSON.stringify(path.join(root, 'log'))}, line + '\\n')
  `
  const roadworks = { confinement: { kind: 'none' }, services: {}, seed: 1 }
  writeFileSync(path.join(root, 'file.test.ts'), head + text)
  writeFileSync(
    path.join(root, 'vitest.config.js'),
    `export default { test: ${JSON.stringify({ pool: 'forks', provide: { roadworks } })} }`,
  )
  writeFileSync(path.join(root, 'log'), '')
  writeFileSync(
    path.join(root, 'reporter.js'),
    `import { writeFileSync } from 'node:fs'
     export default class {
       onTestRunEnd(modules) {
         const tests = modules.flatMap((module) => [...module.children.allTests()])
         const rows = tests.map((test) => [test.name, {
           status: test.result().state,
           evidence: (test.meta().evidence ?? []).map((one) => one.title),
           message: test.result().errors?.[0]?.message ?? test.result().note ?? '',
         }])
         writeFileSync(${JSON.stringify(path.join(root, 'result.json'))}, JSON.stringify(Object.fromEntries(rows)))
       }
     }`,
  )
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--root', root, '--reporter', path.join(root, 'reporter.js')]
  const env = { ...process.env, VITEST: undefined, NODE_ENV: undefined }
  const child = spawn(process.execPath, [...args, ...flags], { env, stdio: 'ignore' })
  await once(child, 'exit')
  const tests: Record<string, Ran> = JSON.parse(
    readFileSync(path.join(root, 'result.json'), 'utf8'),
  )
  return { tests, log: readFileSync(path.join(root, 'log'), 'utf8').trim().split('\n') }
}

test('tests begin together, end before the file does, and keep their evidence apart', async () => {
  const { tests, log } = await run(
    'together',
    `
    const wait = (name) => async () => {
      log(name + ' begins')
      cleanup(() => log(name + ' is undone'))
      note('of ' + name, 'text')
      await waited(name)
      note('of ' + name + ', later', 'text')
      if (name === 'B') expect('what came').toBe('what was asked')
    }
    const both = Promise.withResolvers()
    let begun = 0
    // Only two that run at once come to an end here.
    const waited = async () => {
      if (++begun === 2) both.resolve()
      await both.promise
    }
    test('first', async () => {
      note('of the first', 'text')
      await both.promise
      expect(1, 'in the first').toBe(2)
    })
    meanwhile('A', wait('A'))
    test('between', () => expect(1).toBe(1))
    meanwhile('B', wait('B'))
    `,
  )
  expect(tests).toMatchObject({
    first: { status: 'failed', evidence: ['of the first'] },
    A: { status: 'passed', evidence: [] },
    between: { status: 'passed' },
    B: { status: 'failed', evidence: ['of B', 'of B, later'] },
  })
  expect(tests.B!.message).toContain("expected 'what came' to be 'what was asked'")
  expect(log.slice(0, 2)).toEqual(['A begins', 'B begins'])
  expect(log.slice(2).sort()).toEqual(['A is undone', 'B is undone'])
})

test('a filter keeps tests from beginning, and no more than four begin at once', async () => {
  const text = `
    const names = ['C1 a', 'C2 b', 'C2 c', 'C3 d', 'C4 e', 'C5 f']
    const open = Promise.withResolvers()
    test('C9 opens', async () => {
      await pause(0)
      log('opens')
      open.resolve()
    })
    for (const name of names) meanwhile(name, { waits: name === 'C5 f' ? 9 : 0 }, async () => {
      log(name)
      await open.promise
    })
  `
  const some = await run('filter', text, '-t', '^(C2|C9) ')
  expect(some.log).toEqual(['C2 b', 'C2 c', 'opens'])
  const all = await run('four', text)
  expect(all.log.slice(0, 5)).toEqual(['C5 f', 'C1 a', 'C2 b', 'C2 c', 'opens'])
  expect(all.log.slice(5).sort()).toEqual(['C3 d', 'C4 e'])
  expect(Object.values(all.tests).map(({ status }) => status)).toEqual(Array(7).fill('passed'))
})

test('another try runs at the test itself, and expect.poll works before and between tests', async () => {
  const { tests, log } = await run(
    'retry',
    `
    let tries = 0
    meanwhile('A', { retry: 1 }, async () => {
      let n = 0
      await expect.poll(() => ++n, { interval: 1 }).toBe(20)
      log('try ' + ++tries)
      expect(tries).toBe(2)
    })
    meanwhile('B', { retry: 1 }, async () => {
      await expect.poll(() => 1, { timeout: 30, interval: 1, message: 'one' }).toBe(2)
    })
    `,
  )
  expect(log).toEqual(['try 1', 'try 2'])
  expect(tests).toMatchObject({ A: { status: 'passed' }, B: { status: 'failed' } })
  expect(tests.B!.message).toContain('one: expected 1 to be 2')
})

test('a missing service is no failure; what a run that ends early has begun is undone', async () => {
  const { tests, log } = await run(
    'ends',
    `
    meanwhile('C1 needs', async () => void requireService('postgres'))
    test('fails', () => expect(1).toBe(2))
    meanwhile('C2 waits', async () => {
      cleanup(() => log('undone'))
      await new Promise(() => {})
    })
    `,
    '--bail',
    '1',
  )
  expect(tests).toMatchObject({ 'C1 needs': { status: 'skipped' }, fails: { status: 'failed' } })
  expect(tests['C1 needs']!.message).toMatch(/^not run: postgres/)
  expect(tests['C2 waits']!.status).not.toBe('passed')
  expect(log).toEqual(['undone'])
})

test('what is shared goes with the file, what is shared until a failure with the test', async () => {
  const { tests, log } = await run(
    'shared',
    `
    const ours = shared(async () => cleanup(() => log('end of the file')))
    const mine = sharedUntilFailure(async () => log('made'), async () => log('ended'))
    meanwhile('A', async () => {
      await ours()
      await mine()
      expect(1).toBe(2)
    })
    test('last', async () => {
      await mine()
      log('last')
    })
    `,
  )
  expect(tests).toMatchObject({ A: { status: 'failed' }, last: { status: 'passed' } })
  expect(log).toEqual(['made', 'ended', 'made', 'last', 'end of the file'])
})
