import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listProcesses } from '../graders/harness/processes.ts'
import { MEMORY, serviceFolderPrefix } from '../graders/harness/run.ts'
import { type Report, reportSchema } from './lib/report.ts'
import { type Checkout, makeCheckout, type Running, runCheck, startCheck } from './test/checkout.ts'
import { commandLine, leftOf, processesOf, runFolders, serversIn } from './test/leftovers.ts'

// What is not the learner's fault: services that are missing or die, a full disk, a run that is
// stopped. None of it may show as `failed`, and none may leave anything behind.

let checkout: Checkout
// Servers that the runs start have their data here, and in nobody else's way.
let temporary: string
beforeAll(() => {
  checkout = makeCheckout()
  temporary = mkdtempSync(path.join(os.tmpdir(), 'faults-'))
  chmodSync(temporary, 0o755)
})
afterAll(() => {
  checkout.remove()
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
})

const native = () => ({ ROADWORKS_SERVICES: 'native', TMPDIR: temporary })

async function expectNothingLeft(): Promise<void> {
  await expect
    .poll(() => leftOf(checkout.root, temporary), { timeout: 30_000, interval: 100 })
    .toEqual([])
}

function readReport(): Report {
  return reportSchema.parse(
    JSON.parse(readFileSync(checkout.file('.roadworks', 'report.json'), 'utf8')),
  )
}

describe('a missing service', () => {
  test('no Docker: not run, with the way out; the rest of the map is printed; exit code 3', async () => {
    const args = ['sql-joins', 'belt-and-lru', '--solutions', '--force']
    const bin = checkout.file('no-docker')
    mkdirSync(bin, { recursive: true })
    const { code, stdout } = await runCheck(checkout, args, {
      ROADWORKS_SERVICES: 'docker',
      PATH: bin,
    })
    expect(stdout).toMatch(
      /⊘ sql-joins +not run: needs PostgreSQL\. Docker is not installed\. Install/,
    )
    expect(stdout).toMatch(/★ belt-and-lru/)
    expect(code).toBe(3)
  })

  test('Docker without permission: not run, with the command that gives it', async () => {
    const bin = checkout.file('forbidden-docker')
    mkdirSync(bin, { recursive: true })
    // The client's own words where the socket is another user's.
    writeFileSync(
      path.join(bin, 'docker'),
      '#!/bin/sh\necho "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock" >&2\nexit 1\n',
    )
    chmodSync(path.join(bin, 'docker'), 0o755)
    const env = { ROADWORKS_SERVICES: 'docker', PATH: `${bin}:${process.env.PATH}` }
    const { code, stdout } = await runCheck(checkout, ['sql-joins', '--solutions', '--force'], env)
    expect(stdout).toMatch(/not run: .*usermod -aG docker/)
    expect(code).toBe(3)
  })

  test('a URL that nobody answers: not run, named by its variable', async () => {
    const env = {
      ROADWORKS_SERVICES: 'auto',
      ROADWORKS_POSTGRES_URL: 'postgres://x:y@127.0.0.1:1/z',
    }
    const { code, stdout } = await runCheck(checkout, ['sql-joins', '--solutions', '--force'], env)
    expect(stdout).toMatch(/not run: PostgreSQL at ROADWORKS_POSTGRES_URL does not answer/)
    expect(code).toBe(3)
  })
})

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'root, whose checkout nobody else may enter: graded, and the map says whose rights programs have',
  async () => {
    chmodSync(checkout.root, 0o700)
    try {
      const args = ['http-verbs', '--solutions', '--force', '--only', 'C1']
      const { code, stdout } = await runCheck(checkout, args)
      expect(stdout).toMatch(/The programs had all of root's rights: .*chmod o\+x /)
      expect(readReport().sandbox?.kind).toBe('none')
      expect(code).toBe(0)
    } finally {
      chmodSync(checkout.root, 0o755)
    }
  },
)

describe.runIf(process.platform === 'linux')('a fault in the middle', () => {
  test('PostgreSQL dies: an error of the machine, not a failure of the learner', async () => {
    const running = startCheck(checkout, ['auth-jwt', '--solutions', '--force'], native())
    await expect.poll(() => serversIn(temporary), { timeout: 60_000, interval: 20 }).not.toEqual([])
    const postmaster = async () =>
      (await listProcesses()).find(({ pid }) => {
        const line = commandLine(pid)
        return / -D /.test(line) && line.includes(temporary)
      })
    // Wait for the first subject: grading has begun.
    await expect
      .poll(
        async () => (await processesOf(checkout.root)).some((line) => line.includes('server.ts')),
        {
          timeout: 60_000,
          interval: 20,
        },
      )
      .toBe(true)
    process.kill((await postmaster())!.pid, 'SIGKILL')
    const { code, stdout } = await running.ended
    expect(stdout).toMatch(/‼ auth-jwt .*PostgreSQL stopped answering/)
    expect(readReport().exercises[0]?.verdict).toBe('error')
    expect(code).toBe(3)
    await expectNothingLeft()
  })

  test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'a full disk: one sentence, exit code 3 (needs root, to mount a small disk)',
    async () => {
      const small = makeCheckout()
      const state = small.file('.roadworks')
      mkdirSync(state, { recursive: true })
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', state])
      try {
        writeFileSync(path.join(state, 'ballast'), Buffer.alloc(8 * 1024))
        const { code, stderr } = await runCheck(small, ['http-verbs', '--solutions'])
        expect(stderr).toMatch(/The disk is full\. Free some space/)
        expect(stderr).not.toMatch(/\n\s+at /)
        expect(code).toBe(3)
      } finally {
        execFileSync('umount', ['-l', state])
        small.remove()
      }
    },
  )
})

describe.runIf(process.platform === 'linux')('a run that is stopped', () => {
  // Moments of one run: while it starts, while services come up, while subjects run.
  const moments: [string, (running: Running) => Promise<unknown>][] = [
    ['at once', async () => new Promise((resolve) => setTimeout(resolve, 150))],
    [
      'while services start',
      () =>
        expect
          .poll(() => runFolders(checkout.root, temporary).length, { timeout: 60_000, interval: 5 })
          .toBeGreaterThan(1),
    ],
    [
      'while programs run',
      () =>
        expect
          .poll(
            async () =>
              (await processesOf(checkout.root)).some((line) => line.includes('server.ts')),
            {
              timeout: 60_000,
              interval: 10,
            },
          )
          .toBe(true),
    ],
  ]

  test.each(moments)('Ctrl-C %s: exit code 130, nothing left behind', async (_name, moment) => {
    const running = startCheck(
      checkout,
      ['cache-redis', 'http-verbs', '--solutions', '--force'],
      native(),
    )
    await moment(running)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    // A signal that comes before the command could listen ends it as signals do.
    expect([130, null]).toContain(code)
    expect(stdout).not.toMatch(/passed/)
    await expectNothingLeft()
  })

  test.each(moments)('kill -9 %s: nothing left behind', async (_name, moment) => {
    const running = startCheck(
      checkout,
      ['cache-redis', 'http-verbs', '--solutions', '--force'],
      native(),
    )
    await moment(running)
    running.child.kill('SIGKILL')
    await running.ended
    await expectNothingLeft()
  })

  test('kill -9 where nobody says where data is kept, such as in memory: nothing left behind', async () => {
    const work = checkout.file('.roadworks', 'work')
    const bases = [os.tmpdir(), MEMORY].filter((base) => existsSync(base))
    const foldersOf = (id: string) =>
      bases.flatMap((base) =>
        readdirSync(base).filter((name) => name.startsWith(serviceFolderPrefix(id))),
      )
    const runs = () => (existsSync(work) ? readdirSync(work) : [])
    const running = startCheck(checkout, ['sql-joins', '--solutions', '--force'], {
      ROADWORKS_SERVICES: 'native',
    })
    let id = ''
    await expect
      .poll(
        () => {
          id = runs()[0] ?? ''
          return id && foldersOf(id).length
        },
        { timeout: 60_000, interval: 5 },
      )
      .toBeGreaterThan(0)
    running.child.kill('SIGKILL')
    await running.ended
    await expectNothingLeft()
    await expect.poll(() => foldersOf(id), { timeout: 30_000, interval: 100 }).toEqual([])
  })
})
