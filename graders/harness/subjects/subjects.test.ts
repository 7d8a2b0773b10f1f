import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openRun } from '../open-run.ts'
import { isAlive } from '../processes.ts'
import { giveToSubject } from './confine.ts'
import { SubjectError } from './errors.ts'
import { isFreeIn } from './free-names.ts'
import { loadModule } from './module.ts'
import { spawnSubject } from './process.ts'
import { runScript } from './script.ts'
import { startServer } from './server.ts'
import { copySubmission, missingFiles, submissionCommands } from './stage.ts'
import type { SubjectProcess } from './subject.ts'

const run = openRun({ seed: 1 })
const started: SubjectProcess[] = []
const keep = (subject: SubjectProcess) => void started.push(subject)
afterEach(async () => {
  await Promise.all(started.splice(0).map((subject) => subject.kill()))
})
afterAll(() => run.close())

/** A staged submission that holds this one file. */
function stage(name: string, text: string) {
  const cwd = mkdtempSync(path.join(run.dir, 'subject-'))
  writeFileSync(path.join(cwd, name), text)
  giveToSubject(run, cwd)
  return { cwd, hide: { from: cwd, to: 'exercises/here' } }
}

async function load(text: string) {
  return loadModule<any>(run, stage('subject.ts', text), 'subject.ts', keep)
}

function expectFault(promise: Promise<unknown>, fault: string, message: RegExp) {
  return expect(promise).rejects.toSatisfy((error: unknown) => {
    expect(error).toBeInstanceOf(SubjectError)
    expect((error as SubjectError).fault).toBe(fault)
    expect((error as SubjectError).message).toMatch(message)
    return true
  })
}

test('a module answers with plain data, in a process of its own', async () => {
  const subject = await load(
    'export const double = (n: number) => n * 2; export const pid = process.pid',
  )
  expect(await subject.evaluate(({ double }, n) => [double(n), NaN, undefined], 21)).toEqual([
    42,
    NaN,
    undefined,
  ])
  expect(await subject.evaluate(({ pid }) => pid)).not.toBe(process.pid)
})

test('a module reaches the network only where it is told of a service', async () => {
  const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  const text = `import { connect } from 'node:net'
    export const ask = (url) => new Promise((resolve) => {
      const { hostname, port } = new URL(url)
      connect(port, hostname).on('data', (data) => resolve(String(data))).on('error', (error) => resolve(error.code))
    })`
  const told = { env: { WHERE: address }, network: true }
  try {
    const alone = await load(text)
    expect(await alone.evaluate(({ ask }, url) => ask(url), address)).toBe('ERR_ACCESS_DENIED')
    const at = { ...stage('subject.ts', text), ...told }
    const beside = await loadModule<any>(run, at, 'subject.ts', keep)
    expect(await beside.evaluate(({ ask }) => ask(process.env.WHERE))).toBe('here')
  } finally {
    server.close()
  }
})

test('an endless loop is ended by CPU time, with the reason', async () => {
  const subject = await load('export const spin = () => { for (;;) {} }')
  const call = subject.evaluate(({ spin }, _none) => spin(), undefined, { cpuSeconds: 0.5 })
  await expectFault(call, 'limit', /more than 0\.5 s of CPU time/)
})

test('a call that only waits is ended by the clock', async () => {
  const subject = await load(
    'export const wait = () => new Promise(() => setInterval(() => {}, 1e6))',
  )
  const call = subject.evaluate(({ wait }, _none) => wait(), undefined, { wallSeconds: 0.5 })
  await expectFault(call, 'limit', /did not finish within 0\.5 s/)
})

test.each([
  [
    'throws',
    'export const go = () => { throw new RangeError("too far") }',
    /threw RangeError: too far/,
  ],
  ['exits', 'export const go = () => process.exit(0)', /exited with code 0/],
  ['kills itself', 'export const go = () => process.kill(process.pid, "SIGKILL")', /SIGKILL/],
  ['returns what cannot travel', 'export const go = () => () => {}', /could not be cloned/],
])('code that %s is a crash with the reason', async (_what, text, message) => {
  const subject = await load(text)
  await expectFault(
    subject.evaluate(({ go }) => go()),
    'crash',
    message,
  )
})

test('a name from around the grader’s function is the grader’s slip, and no fault of the module', async () => {
  const subject = await load('export const go = (n) => n + 1')
  const limit = 3
  const call = subject.evaluate(({ go }) => [1, 2].map((n) => go(n) < limit))
  await expect(call).rejects.toSatisfy((error: unknown) => {
    expect(error).not.toBeInstanceOf(SubjectError)
    expect((error as Error).message).toMatch(/uses "limit" from around it/)
    return true
  })
})

test.each([
  ['a name of its own that is missing', 'limit'],
  ['a name that the function has as well', 'lru'],
  ['a global that it took away', 'structuredClone'],
])('%s is the fault of the module', async (_what, name) => {
  const subject = await load(`
    delete globalThis['${name}']
    export const go = () => { throw new ReferenceError('${name} is not defined') }`)
  const call = subject.evaluate(({ go }, limit) => {
    const lru = go(structuredClone)
    return [lru, limit]
  }, 3)
  await expectFault(call, 'crash', new RegExp(`threw ReferenceError: ${name} is not defined`))
})

test.each<[string, boolean]>([
  ['() => limit', true],
  ['({ a: limit }) => limit', false],
  ['({ limit: a }) => a', false],
  ['(a = limit) => a', true],
  ['(...limit) => limit', false],
  ['([, limit = 1]) => limit', false],
  ['(a) => a.limit + a?.limit + { limit: 1 }.x', false],
  ['(a) => ({ limit })', true],
  ['(a) => a[limit]', true],
  ['() => { { const limit = 1 } return limit }', true],
  ['() => { { var limit = 1 } return limit }', false],
  ['() => { const f = () => limit; let limit = 1; return f() }', false],
  ['() => { for (const limit of []) limit; for (let limit = 0; limit;) ; }', false],
  ['() => { for (const a of limit) a }', true],
  ['() => { try { a() } catch (limit) { limit } }', false],
  ['() => { try { a() } catch { limit } }', true],
  ['() => { limit: for (;;) continue limit }', false],
  ['() => { switch (1) { case 1: const limit = 2; default: return limit } }', false],
  ['() => { function limit() {} return limit }', false],
  ['async function limit() { return limit }', false],
  ['() => class limit { x = limit }', false],
  ['() => class { limit = 1; static limit() {} }', false],
  ['() => class extends limit {}', true],
  [`() => \`\${limit}\``, true],
  ['() => typeof limit', true],
])('limit in %s: from around it is %s', async (source, free) => {
  expect(await isFreeIn(source, 'limit')).toBe(free)
})

test('a module that forges answers on the channel does not answer for the grader', async () => {
  const subject = await load(`
    process.send({ id: 'x', ok: true, value: 'forged' }); process.send(null); process.send('junk')
    process.on('message', ({ id }) => { if (id) process.send({ id: id + ' ', ok: true, value: 'forged' }) })
    export const go = () => 'mine'`)
  expect(await subject.evaluate(({ go }) => go())).toBe('mine')
})

test('a subject sees no variable of ours that is not on the list, and a HOME of its own', async () => {
  process.env.ROADWORKS_TEST_SECRET = 'canary'
  process.env.DOCKER_HOST ??= 'unix:///nowhere'
  const subject = await load('export const env = { ...process.env }')
  const env = await subject.evaluate(({ env }) => env)
  delete process.env.ROADWORKS_TEST_SECRET
  expect(JSON.stringify(env)).not.toContain('canary')
  expect(env).not.toHaveProperty('DOCKER_HOST')
  expect(env.HOME).not.toBe(os.homedir())
})

test.runIf(process.platform === 'linux')(
  'a daemon that forked twice dies with its subject',
  async () => {
    const at = stage(
      'daemon.sh',
      "setsid sh -c 'setsid sleep 1000 & echo $! > daemon.pid' &\nwait\nexit 0\n",
    )
    const pidFile = path.join(at.cwd, 'daemon.pid')
    writeFileSync(pidFile, '')
    giveToSubject(run, at.cwd)
    const subject = spawnSubject(run, { argv: ['sh', 'daemon.sh'], ...at })
    await expect.poll(() => readFileSync(pidFile, 'utf8').trim(), { timeout: 10_000 }).not.toBe('')
    const pid = Number(readFileSync(pidFile, 'utf8'))
    expect(isAlive(pid)).toBe(true)
    await subject.kill()
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  },
)

test('output is kept to its beginning and end, without escape sequences', async () => {
  const at = stage(
    'loud.sh',
    'printf "\\033[31mfirst\\033[0m"; head -c 300000 /dev/zero | tr "\\0" x; echo last',
  )
  const { output } = await runScript(run, { argv: ['sh', 'loud.sh'], ...at }, keep)
  expect(output.startsWith('firstxxx')).toBe(true)
  expect(output.trimEnd().endsWith('xlast')).toBe(true)
  expect(output).toMatch(/\[… \d+ characters left out …\]/)
  expect(output.length).toBeLessThan(150_000)
})

test('a script that waits for ever is ended, with a guess why', async () => {
  const at = stage('wait.sh', 'trap "" TERM INT; sleep 1000\n')
  const call = runScript(run, { argv: ['sh', 'wait.sh'], seconds: 1, ...at }, keep)
  await expectFault(call, 'limit', /did not end within 1 s\. Does it wait for input/)
})

test('a subject that takes too much memory is ended, with the reason', async () => {
  const subject = await load(`
    export const hoard = async () => {
      const kept = []
      for (;;) { kept.push(Buffer.alloc(64 * 1024 ** 2, 1)); await new Promise((r) => setTimeout(r, 20)) }
    }`)
  const call = subject.evaluate(({ hoard }) => hoard())
  await expectFault(call, 'limit', /used more than 1024 MiB of memory/)
})

test('a server is restarted on the same port with the same variables', async () => {
  const at = stage(
    'server.ts',
    `
    import { createServer } from 'node:http'
    createServer((_, response) => response.end(process.pid + ' ' + process.env.NAME)).listen(Number(process.env.PORT), '127.0.0.1')`,
  )
  const first = await startServer(
    run,
    { argv: ['node', 'server.ts'], ...at },
    { env: { NAME: 'depot' } },
    keep,
  )
  const before = (await first.send({ path: '/' })).text
  const second = await first.restart()
  const after = (await second.send({ path: '/' })).text
  expect(second.port).toBe(first.port)
  expect(after).toMatch(/^\d+ depot$/)
  expect(after).not.toBe(before)
  expect(await second.stop()).toMatchObject({ signal: 'SIGTERM' })
})

test('an answer that does not come, or does not end, is the fault of the program', async () => {
  const at = stage(
    'server.mjs',
    `import { createServer } from 'node:http'
    createServer((request, response) => {
      if (request.url === '/') response.end()
      if (request.url === '/drips') setInterval(() => response.write(' '), 50)
    }).listen(Number(process.env.PORT), '127.0.0.1')`,
  )
  const server = await startServer(run, { argv: ['node', 'server.mjs'], ...at }, {}, keep)
  const limits = { response: 300, deadline: 600 }
  await expectFault(
    server.http.get('/silent').timeout(limits).then(),
    'no-answer',
    /^GET \/silent: no answer within 0\.3 s/,
  )
  await expectFault(
    server.http.get('/drips').timeout(limits).then(),
    'no-answer',
    /^GET \/drips: no answer within 0\.6 s/,
  )
  await expectFault(
    server.send({ path: '/drips', timeout: 300 }),
    'no-answer',
    /no answer within 0\.3 s/,
  )
})

test('staging takes plain files only, and refuses what is too much', () => {
  const from = mkdtempSync(path.join(run.dir, 'from-'))
  const to = path.join(run.dir, 'to')
  mkdirSync(path.join(from, 'node_modules', 'vitest'), { recursive: true })
  writeFileSync(path.join(from, 'node_modules', 'vitest', 'index.js'), '')
  writeFileSync(path.join(from, 'a.ts'), '')
  symlinkSync('/etc/passwd', path.join(from, 'link.ts'))
  copySubmission(from, to)
  expect(missingFiles(to, ['a.ts', 'link.ts', 'node_modules/vitest/index.js'])).toEqual([
    'link.ts',
    'node_modules/vitest/index.js',
  ])
  expect(missingFiles(from, ['link.ts'])).toEqual(['link.ts'])
  for (let index = 0; index < 2001; index++) writeFileSync(path.join(from, `${index}.txt`), '')
  expect(() => copySubmission(from, path.join(run.dir, 'to2'))).toThrow(/more than 2000 files/)
  rmSync(from, { recursive: true })
})

test.each([
  ['---\nstart: [python3, server.py]\n---\n', ['python3', 'server.py']],
  ['---\nstart: python3 server.py\n---\n', undefined],
  ['---\nstart: []\n---\n', undefined],
  ['---\n: [\n---\n', undefined],
  ['# no frontmatter', undefined],
])('a submission’s README %j starts %j', (text, argv) => {
  const folder = mkdtempSync(path.join(run.dir, 'readme-'))
  writeFileSync(path.join(folder, 'README.md'), text)
  expect(submissionCommands(folder)?.start).toEqual(argv)
})
