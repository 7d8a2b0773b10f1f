import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type OpenRun, openRun } from '../open-run.ts'
import type { Run } from '../run.ts'
import { dockerEngine } from '../services/docker.ts'
import { servicesMode } from '../services/start.ts'
import { giveToSubject } from './confine.ts'
import { callDocker, endContainers } from './container.ts'
import { loadModule } from './module.ts'
import { spawnSubject } from './process.ts'
import { localServices } from './relay.ts'
import { readySandbox } from './sandbox.ts'
import { sandboxMode } from './sandbox-mode.ts'
import { runScript } from './script.ts'
import { startServer } from './server.ts'
import type { SubjectProcess } from './subject.ts'

// ---------------------------------------------------------------- what needs no engine

test.each([
  ['docker', 'docker'],
  ['auto', 'auto'],
  ['off', 'off'],
  ['', 'auto'],
])('the sandbox %j is %s', (word, mode) => {
  expect(sandboxMode(word)).toBe(mode)
})

test('any other word is refused, with the words that are allowed', () => {
  expect(() => sandboxMode('podman')).toThrow(/"podman"; it must be docker, auto or off/)
})

test.each([
  [
    'postgres://u:p@127.0.0.1:5433/d',
    'postgres://u:p@127.0.0.1:5433/d',
    [[5433, '127.0.0.1:5433']],
  ],
  ['postgres://u:p%40@db.test/d', 'postgres://u:p%40@127.0.0.1:5432/d', [[5432, 'db.test:5432']]],
  ['redis://:p@localhost:6380/3', 'redis://:p@127.0.0.1:6380/3', [[6380, 'localhost:6380']]],
  ['http://[::1]:8080/x?y=1', 'http://127.0.0.1:8080/x?y=1', [[8080, '::1:8080']]],
  ['redis://cache.test:4000', 'redis://127.0.0.1:4001', [[4001, 'cache.test:4000']]],
  ['http://queue.test:9324/', 'http://127.0.0.1:9324/', [[9324, 'queue.test:9324']]],
  ['https://shop.example.test', 'https://shop.example.test', []],
  ['https://shop.example.test:8443/a', 'https://shop.example.test:8443/a', []],
  ['-----BEGIN KEY-----\nA/+=\n', '-----BEGIN KEY-----\nA/+=\n', []],
])('the service in %j is found', (given, moved, leads) => {
  const { env, services } = localServices({ PORT: '4000', THE_URL: given }, ['queue.test'])
  expect(env).toEqual({ PORT: '4000', THE_URL: moved })
  expect([...services].map(([port, to]) => [port, `${to.host}:${to.port}`])).toEqual(leads)
})

test('two services of one port on two hosts get two ports', () => {
  const { env } = localServices({ A: 'redis://a.test', B: 'redis://b.test', C: 'redis://a.test' })
  expect(env).toEqual({
    A: 'redis://127.0.0.1:6379',
    B: 'redis://127.0.0.1:6380',
    C: 'redis://127.0.0.1:6379',
  })
})

// ---------------------------------------------------------------- what needs one

const engine = await dockerEngine()
const needed = process.env.CI !== undefined && servicesMode() !== 'native'
const title =
  'missing' in engine ? `containers (not run: ${engine.missing})` : 'in a container of its own'

test.runIf(needed)('a Docker engine answers in CI', () => {
  expect(engine).not.toHaveProperty('missing')
})

describe.skipIf('missing' in engine)(title, { timeout: 180_000 }, () => {
  let run: OpenRun
  const started: SubjectProcess[] = []
  const servers: Server[] = []
  const keep = (subject: SubjectProcess) => void started.push(subject)

  beforeAll(async () => {
    run = openRun({ seed: 1, sandbox: 'docker' })
    run.confinement = await readySandbox(run)
    expect(run.confinement).toMatchObject({ kind: 'docker', ready: true })
  }, 600_000)
  afterEach(async () => {
    await Promise.all(started.splice(0).map((subject) => subject.kill()))
    for (const server of servers.splice(0)) server.close()
  })
  afterAll(async () => {
    await endContainers()
    const left = await callDocker(['ps', '-aq', '--filter', `label=roadworks.run=${run.id}`])
    await run.close()
    expect(left.stdout, 'containers that are left').toBe('')
  })

  /** A staged submission that holds this one file. */
  function stage(name: string, text: string) {
    const cwd = mkdtempSync(path.join(run.dir, 'subject-'))
    writeFileSync(path.join(cwd, name), text)
    giveToSubject(run, cwd)
    return { cwd, hide: { from: cwd, to: 'exercises/here' } }
  }

  const script = (text: string, env?: Record<string, string>, argv = ['bash', 'script.sh']) =>
    runScript(run, { argv, env, ...stage('script.sh', text) }, keep)

  const load = (text: string) => loadModule<any>(run, stage('subject.ts', text), 'subject.ts', keep)

  const serve = (text: string, env?: Record<string, string>) =>
    startServer(run, { argv: ['node', 'server.ts'], ...stage('server.ts', text) }, { env }, keep)

  /** A service of the grader's that keeps what its connections did. */
  async function service(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {})
      onSocket(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  const ended = (socket: Socket) =>
    new Promise<string>((resolve) => {
      socket.once('end', () => resolve('end'))
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code!))
    })

  test('a subject reaches neither the network, nor this machine, nor the engine', async () => {
    const other = await service((socket) => socket.end('secret'))
    const { output } = await script(`
      try() { timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2 && cat <&3" 2>/dev/null && echo "reached $1 $2"; }
      try 127.0.0.1 ${other}; try 172.17.0.1 ${other}; try 1.1.1.1 443; try 10.0.2.2 22
      python3 -c 'import socket; socket.getaddrinfo("example.com", 80)' 2>&1 | tail -1
      ls /sys/class/net; ls /var/run/docker.sock /run/docker.sock; echo done`)
    expect(output).not.toMatch(/reached|secret/)
    expect(output).toMatch(/gaierror/)
    expect(output).toMatch(/^lo$/m)
    expect(output).not.toMatch(/^eth|^\/(var\/)?run\/docker.sock$/m)
    expect(output).toMatch(/^done$/m)
  })

  test('a subject reaches the services that its variables name, and no other port', async () => {
    const named = await service((socket) => socket.end('hello'))
    const other = await service((socket) => socket.end('secret'))
    const text = `
      cat < /dev/tcp/127.0.0.1/${named}; echo
      cat < /dev/tcp/127.0.0.1/${other} || echo refused`
    const { output } = await script(text, { THE_URL: `redis://localhost:${named}/` })
    expect(output).toMatch(/^hello$/m)
    expect(output.trim()).toMatch(/refused$/)
    expect(output).not.toMatch(/secret/)
  })

  test('a subject writes to its folder, its home and /tmp, and nowhere else', async () => {
    const root = path.resolve(import.meta.dirname, '../../..')
    const { output } = await script(`
      for at in . "$HOME" "$TMPDIR" /tmp; do touch "$at/x" && echo "wrote $at"; done
      for at in / /etc /usr/bin /var/tmp ${root} ${root}/node_modules ${run.dir} /roadworks /roadworks/relay; do
        touch "$at/x" 2>/dev/null && echo "MUST NOT: $at"; done
      dd if=/dev/zero of=/tmp/big bs=1M count=300 2>/dev/null || echo full
      ls ${root} ${root}/graders ${root}/graders/harness/subjects ${run.dir}/registry 2>&1`)
    expect(output.match(/^wrote/gm)).toHaveLength(4)
    expect(output).not.toContain('MUST NOT')
    expect(output).toMatch(/^full$/m)
    expect(output).not.toMatch(/solutions|exercises$|phase\d|confine\.ts|\.json$.*registry/m)
    expect(output).toMatch(/registry.*No such file/)
  })

  test('a subject is nobody, has no rights to gain, and sees no process of others', async () => {
    const { output } = await script(`
      grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; id -u
      for pid in /proc/[0-9]*; do tr '\\0' ' ' < $pid/cmdline; echo; done; echo done`)
    expect(output).toMatch(/CapEff:\s+0+$/m)
    expect(output).toMatch(/CapBnd:\s+0+$/m)
    expect(output).toMatch(/NoNewPrivs:\s+1$/m)
    expect(output).not.toMatch(/^0$/m)
    expect(output).not.toMatch(/vitest|dockerd|postgres/)
    expect(output).toMatch(/^done$/m)
  })

  test('a module answers with plain data, and knows no variable of ours', async () => {
    process.env.ROADWORKS_TEST_SECRET = 'canary'
    const subject = await load(
      'export const double = (n: number) => n * 2; export const env = { ...process.env }',
    )
    const seen = await subject.evaluate(({ double }, n) => [double(n), NaN, undefined], 21)
    expect(seen).toEqual([42, NaN, undefined])
    expect(JSON.stringify(await subject.evaluate(({ env }) => env))).not.toContain('canary')
    const large = await subject.evaluate((_module, text) => text + text, 'x'.repeat(1_000_000))
    expect(large).toHaveLength(2_000_000)
    delete process.env.ROADWORKS_TEST_SECRET
  })

  test.each([
    ['throws', '() => { throw new RangeError("too far") }', 'crash', /RangeError: too far/],
    ['exits', '() => process.exit(4)', 'crash', /exited with code 4/],
    ['kills itself', '() => process.kill(process.pid, "SIGKILL")', 'crash', /SIGKILL/],
    [
      'ends the supervisor',
      '() => new Promise(() => setInterval(() => process.kill(process.ppid, "SIGKILL"), 10))',
      'crash',
      /SIGKILL/,
    ],
    ['returns what cannot travel', '() => () => {}', 'crash', /could not be cloned/],
    ['spins', '() => { for (;;) {} }', 'limit', /more than 1 s of CPU time/],
    [
      'hoards memory',
      '() => { const kept = []; for (;;) kept.push(Buffer.alloc(64 * 1024 ** 2, 1)) }',
      'limit',
      /used more than 1024 MiB of memory/,
    ],
  ])('code that %s is ended or caught, with the reason', async (_what, go, fault, message) => {
    const subject = await load(`export const go = ${go}`)
    const call = subject.evaluate(({ go }, _none) => go(), undefined, { cpuSeconds: 1 })
    await expect(call).rejects.toMatchObject({ fault, message: expect.stringMatching(message) })
  })

  test('a fork bomb is held, and ended with the reason', async () => {
    const text = 'for i in $(seq 300); do sleep 60 & done; wait'
    await expect(script(text)).rejects.toMatchObject({
      fault: 'limit',
      message: expect.stringMatching(/started more than 200 processes/),
    })
  })

  test('a script ends with its own code, all that it printed, and its files', async () => {
    const at = stage('script.sh', 'git init -q . && seq 20000 && echo last >&2; exit 7')
    const result = await runScript(run, { argv: ['sh', 'script.sh'], ...at }, keep)
    expect(result).toMatchObject({ code: 7, signal: null })
    expect(result.output).toMatch(/^1\n2\n/)
    expect(result.output.trimEnd()).toMatch(/last$/)
    expect(readFileSync(path.join(at.cwd, '.git', 'HEAD'), 'utf8')).toMatch(/^ref: /)
  })

  test('a program that is not there is the subject’s fault', async () => {
    const subject = spawnSubject(run, { argv: ['no-such-program'], ...stage('a', '') })
    keep(subject)
    expect(await subject.exited).toEqual({ code: 127, signal: null })
    expect(subject.output()).toMatch(/ENOENT/)
    expect(subject.fault).toBeUndefined()
  })

  const ECHO = `
    import { createServer } from 'node:http'
    const server = createServer((request, response) => {
      if (request.url === '/die') process.kill(process.pid, 'SIGSEGV')
      if (request.url === '/close') { server.close(); response.setHeader('Connection', 'close') }
      response.end(process.env.NAME)
    })
    server.listen(Number(process.env.PORT), '127.0.0.1')
    process.on('SIGTERM', () => process.exit(5))
    setInterval(() => {}, 1000)`

  const refused = (port: number) =>
    new Promise<string | undefined>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(undefined)).once('error', (e: any) => resolve(e.code))
      socket.once('connect', () => socket.destroy())
    })

  test('a server is restarted on its port, stopped by SIGTERM, and refuses when it is gone', async () => {
    const first = await serve(ECHO, { NAME: 'depot' })
    expect((await first.send({ path: '/' })).text).toBe('depot')
    const second = await first.restart({ NAME: 'other' })
    expect(second.port).toBe(first.port)
    expect((await second.send({ path: '/' })).text).toBe('other')
    await second.send({ path: '/close' })
    await expect.poll(() => refused(second.port), { timeout: 5000 }).toBe('ECONNREFUSED')
    expect(await second.stop()).toMatchObject({ code: 5, signal: null })
    const third = await serve(ECHO, { NAME: 'third' })
    await expect(third.send({ path: '/die' })).rejects.toMatchObject({
      fault: 'crash',
      message: expect.stringMatching(/SIGSEGV/),
    })
    expect(await refused(third.port)).toBe('ECONNREFUSED')
  })

  test('a server that ends before it listens is a crash, with its own words', async () => {
    await expect(serve('console.log("no KEY"); process.exit(3)')).rejects.toMatchObject({
      fault: 'crash',
      message: expect.stringMatching(/exited with code 3 before it listened/),
    })
    expect(started[0]!.output()).toMatch(/no KEY/)
  })

  test('keep-alive, half-closes, resets and dribbled bytes come through to a server', async () => {
    const server = await serve(`
      import { createServer } from 'node:net'
      let last = 'nothing'
      createServer({ allowHalfOpen: true }, (socket) => {
        let text = ''
        socket.on('error', (error) => { last = error.code })
        socket.on('data', (chunk) => {
          text += chunk
          if (/^GET \\/reset/.test(text)) socket.resetAndDestroy()
          else if (/^GET .*\\r\\n\\r\\n$/s.test(text)) {
            socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: ' + last.length + '\\r\\n\\r\\n' + last)
            text = ''
          }
        })
        socket.on('end', () => socket.end('after your end: ' + text))
      }).listen(Number(process.env.PORT), '127.0.0.1')`)
    const open = () => connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    const half = open()
    let heard = ''
    half.on('data', (chunk) => {
      heard += chunk
    })
    for (const letter of 'abc') {
      half.write(letter)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    half.end()
    expect(await ended(half)).toBe('end')
    expect(heard).toBe('after your end: abc')

    const cut = open()
    cut.write('GET /reset')
    expect(await ended(cut)).toBe('ECONNRESET')

    const ours = open()
    await new Promise<void>((resolve) => ours.write('x', () => resolve()))
    await new Promise((resolve) => setTimeout(resolve, 100))
    ours.resetAndDestroy()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    await expect
      .poll(async () => (await server.send({ path: '/', agent })).text, { timeout: 5000 })
      .toBe('ECONNRESET')
    const times: number[] = []
    for (let call = 0; call < 50; call++) {
      const begun = performance.now()
      await server.send({ path: '/', agent })
      times.push(performance.now() - begun)
    }
    // The fastest: a machine under load makes any of them slow.
    expect(Math.min(...times), 'ms a request').toBeLessThan(25)
    agent.destroy()
  })

  test('back-pressure reaches the sender: what nobody reads is not taken without end', async () => {
    const port = await service((socket) => socket.pause())
    const subject = await serve(
      `
      import { createServer } from 'node:http'
      import { connect } from 'node:net'
      let taken = 0
      const socket = connect(Number(new URL(process.env.SINK!).port), '127.0.0.1')
      const piece = Buffer.alloc(65536)
      const write = () => { while (socket.write(piece, () => { taken += piece.length })) {} }
      socket.on('drain', write); socket.on('connect', write)
      createServer((_, response) => response.end(String(taken))).listen(Number(process.env.PORT), '127.0.0.1')`,
      { SINK: `http://127.0.0.1:${port}` },
    )
    const taken = async () => Number((await subject.send({ path: '/' })).text)
    let before = -1
    await expect
      .poll(
        async () => {
          const now = await taken()
          const still = now === before && now > 0
          before = now
          return still
        },
        { interval: 1000, timeout: 30_000 },
      )
      .toBe(true)
    expect(before).toBeLessThan(64 * 1024 ** 2)
  })

  test('a service that goes away resets its connections and refuses new ones', async () => {
    const sockets: Socket[] = []
    const port = await service((socket) => sockets.push(socket))
    const subject = await serve(
      `
      import { createServer } from 'node:http'
      import { connect } from 'node:net'
      const port = Number(new URL(process.env.SERVICE!).port)
      let seen = 'open'
      const open = () => {
        const socket = connect(port, '127.0.0.1')
        socket.once('error', (error: any) => { seen = error.code }).once('end', () => { seen = 'end' }).resume()
      }
      open()
      createServer((request, response) => {
        if (request.url === '/again') { seen = 'open'; open() }
        response.end(seen)
      }).listen(Number(process.env.PORT), '127.0.0.1')`,
      { SERVICE: `redis://127.0.0.1:${port}` },
    )
    const seen = async () => (await subject.send({ path: '/' })).text
    await expect.poll(() => sockets.length, { timeout: 5000 }).toBe(1)
    sockets[0]!.resetAndDestroy()
    await expect.poll(seen, { timeout: 5000 }).toBe('ECONNRESET')
    servers[0]!.close()
    await subject.send({ path: '/again' })
    await expect.poll(seen, { timeout: 5000 }).toMatch(/ECONNRESET|ECONNREFUSED/)
  })

  test('a submission that sits on the relay cannot speak for the supervisor', async () => {
    const at = stage(
      'forge.mjs',
      `
      import net from 'node:net'
      const socket = net.connect('/roadworks/relay/socket')
      socket.write('control\\n' + JSON.stringify({ exited: { code: 0, signal: null } }) + '\\n')
      const other = net.connect('/roadworks/relay/socket')
      other.write('to 22\\nxxxxx')
      other.on('close', () => setTimeout(() => process.exit(9), 300)).resume()`,
    )
    expect(await runScript(run, { argv: ['node', 'forge.mjs'], ...at }, keep)).toMatchObject({
      code: 9,
      signal: null,
    })
  })

  test('a run that ends takes its containers along', async () => {
    const own = openRun({ seed: 1, sandbox: 'docker' })
    const plain: Run = { ...own, confinement: run.confinement }
    const cwd = mkdtempSync(path.join(own.dir, 'subject-'))
    giveToSubject(plain, cwd)
    const subject = spawnSubject(plain, { argv: ['sleep', '1000'], cwd })
    const list = () => callDocker(['ps', '-aq', '--filter', `label=roadworks.run=${own.id}`])
    await expect.poll(async () => (await list()).stdout, { timeout: 20_000 }).not.toBe('')
    await own.close()
    await expect.poll(async () => (await list()).stdout, { timeout: 20_000 }).toBe('')
    await subject.kill()
    rmSync(own.dir, { recursive: true, force: true })
  })
})
