import { randomInt } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listProcesses } from '../graders/harness/processes.ts'
import { dockerEngine } from '../graders/harness/services/docker.ts'
import { type Report, reportSchema } from './lib/report.ts'
import { type Checkout, makeCheckout, runCheck, startCheck } from './test/checkout.ts'
import { commandLine, leftOf } from './test/leftovers.ts'

// Faults at any moment, and many runs at once: a fault may cost a verdict, but never make a wrong
// one. It takes minutes, so only `npm run stress` runs it.

const wanted = process.env.MODE === 'stress'
const SLUGS = ['cache-redis', 'http-verbs', 'sql-joins']
const MOMENTS = 20

let checkout: Checkout
let temporary: string

/** Prints a line at once: vitest keeps what a test logs until the test has ended. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

beforeAll(() => {
  if (!wanted) return
  checkout = makeCheckout()
  temporary = mkdtempSync(path.join(os.tmpdir(), 'stress-'))
  chmodSync(temporary, 0o755)
})
afterAll(() => {
  if (!wanted) return
  checkout.remove()
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
})

const native = () => ({ ROADWORKS_SERVICES: 'native', TMPDIR: temporary })

function reportOf({ file }: Checkout): Report | undefined {
  const full = file('.roadworks', 'report.json')
  if (!existsSync(full)) return undefined
  return reportSchema.parse(JSON.parse(readFileSync(full, 'utf8')))
}

/** Right programs may be passed or be left without a verdict; nothing may call them wrong. */
function expectNoWrongVerdict(report: Report | undefined): string[] {
  const verdicts = report?.exercises.map(({ slug, verdict }) => `${slug} ${verdict}`) ?? []
  for (const verdict of verdicts)
    expect(verdict).toMatch(/ (mastered|passed|error|not run|partial)$/)
  return verdicts
}

async function expectNothingLeft(): Promise<void> {
  const left = () => leftOf(checkout.root, temporary)
  await expect.poll(left, { timeout: 60_000, interval: 200 }).toEqual([])
}

describe.runIf(wanted && process.platform === 'linux')('on demand (npm run stress)', () => {
  test(`killed at ${MOMENTS} random moments: nothing left, the report readable`, {
    timeout: 1_200_000,
  }, async () => {
    const begun = performance.now()
    const whole = await runCheck(checkout, [...SLUGS, '--solutions', '--force'], native())
    expect(whole.code, whole.stdout).toBe(0)
    const lasts = performance.now() - begun
    for (let index = 0; index < MOMENTS; index++) {
      const signal = index % 2 === 0 ? 'SIGKILL' : 'SIGINT'
      const running = startCheck(checkout, [...SLUGS, '--solutions', '--force'], native())
      const ms = randomInt(Math.round(lasts))
      const timer = setTimeout(() => running.child.kill(signal), ms)
      const { code } = await running.ended
      clearTimeout(timer)
      const verdicts = expectNoWrongVerdict(reportOf(checkout))
      expect([null, 0, 130]).toContain(code)
      await expectNothingLeft()
      say(`${signal} after ${ms} ms: code ${code}; the report tells ${verdicts.join(', ')}`)
    }
    const last = await runCheck(checkout, [...SLUGS, '--solutions', '--force'], native())
    expect(last.code, last.stdout).toBe(0)
  })

  test.each([
    ['PostgreSQL', 'sql-joins', /postgres.* -D /],
    ['Redis', 'cache-redis', /redis-server/],
  ])(
    '%s dies at five random moments: no wrong verdict',
    { timeout: 600_000 },
    async (title, slug, line) => {
      for (let index = 0; index < 5; index++) {
        const running = startCheck(checkout, [slug, '--solutions', '--force'], native())
        const server = async () =>
          (await listProcesses()).find(
            ({ pid }) => line.test(commandLine(pid)) && folderOf(pid).startsWith(temporary),
          )
        await expect
          .poll(async () => (await server()) !== undefined, { timeout: 60_000, interval: 20 })
          .toBe(true)
        const ms = randomInt(4000)
        await new Promise((resolve) => setTimeout(resolve, ms))
        const victim = await server()
        // The run may have ended already.
        if (victim) process.kill(victim.pid, 'SIGKILL')
        const { code } = await running.ended
        const verdicts = expectNoWrongVerdict(reportOf(checkout))
        expect([0, 3]).toContain(code)
        await expectNothingLeft()
        const what = victim ? 'dead' : 'gone with its run'
        say(`${title} ${what} after ${ms} ms: code ${code}, ${verdicts.join(', ')}`)
      }
    },
  )

  test('the Docker engine goes away in the middle: no wrong verdict', {
    timeout: 600_000,
  }, async () => {
    if ('missing' in (await dockerEngine())) {
      say('Docker engine: not run, there is none')
      return
    }
    const socket = path.join(temporary, 'engine.sock')
    const open = new Set<Socket>()
    const engine = createServer((near) => {
      const far = connect('/var/run/docker.sock')
      for (const one of [near, far]) {
        open.add(one)
        one.on('error', () => one.destroy())
        one.on('close', () => open.delete(one))
      }
      near.pipe(far).pipe(near)
    })
    for (const ms of [3000, 9000]) {
      await new Promise<void>((resolve) => engine.listen(socket, resolve))
      const running = startCheck(checkout, ['docker-image', '--solutions', '--force'], {
        TMPDIR: temporary,
        DOCKER_HOST: `unix://${socket}`,
      })
      await new Promise((resolve) => setTimeout(resolve, ms))
      engine.close()
      for (const one of open) one.destroy()
      rmSync(socket, { force: true })
      const { code } = await running.ended
      const verdicts = expectNoWrongVerdict(reportOf(checkout))
      say(`Docker engine away after ${ms} ms: code ${code}, ${verdicts.join(', ')}`)
    }
  })

  test('four checks at once in one checkout', { timeout: 600_000 }, async () => {
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        runCheck(checkout, [...SLUGS, '--solutions', '--force'], native()),
      ),
    )
    for (const { code, stdout } of runs) expect(code, stdout).toBe(0)
    expect(reportOf(checkout)?.exercises).toHaveLength(SLUGS.length)
    await expectNothingLeft()
    say('four checks at once in one checkout: all passed')
  })

  test('four checks at once in four checkouts', { timeout: 600_000 }, async () => {
    const others = [makeCheckout(), makeCheckout(), makeCheckout()]
    try {
      const runs = await Promise.all(
        [checkout, ...others].map((one) =>
          runCheck(one, [...SLUGS, '--solutions', '--force'], native()),
        ),
      )
      for (const { code, stdout } of runs) expect(code, stdout).toBe(0)
      await expectNothingLeft()
      say('four checks at once in four checkouts: all passed')
    } finally {
      for (const one of others) one.remove()
    }
  })
})

/** The folder that a process works in; a server's own lies where its run has told it. */
function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
