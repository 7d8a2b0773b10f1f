// A learner's server with both its ports, and the pages that it gives.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { expect } from 'vitest'
import {
  type Answer,
  type ServerSubject,
  SubjectError,
  type Submission,
  send,
  type Target,
} from '../../harness/index.ts'
import { freePort } from '../../harness/services/native.ts'
import { currentRun, skipRunningTest } from '../../harness/submission.ts'
import { type Exposition, readExposition } from './exposition.ts'
import { type Numbers, numbersOf } from './numbers.ts'

export type Page = Exposition & { answer: Answer; numbers: Numbers }

export type Metered = {
  server: ServerSubject
  metrics: Target & { port: number }
  queueFile: string
  /** ms since the epoch, just before the process was started. */
  startedAt: number
  /** Answers of kinds of requests have one route each: what was seen of them, by kind. */
  routes: Map<string, string>
  /** For requests that need not have a connection of their own. */
  agent: http.Agent
  /** `GET /metrics`, answered with 200. */
  scrape(): Promise<Page>
  close(): Promise<void>
}

/** Puts a text in the place of the queue's file at one stroke, so that nobody reads half of it. */
export function writeQueue(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

/** Both ports are to answer within 15 s; a loaded machine gets some more. */
const PATIENCE = 25_000
/** The metrics' port has not answered before: the next test need not wait as long. */
let neverAnswered = false

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function firstPage(metrics: Target): Promise<void> {
  const deadline = Date.now() + (neverAnswered ? 1500 : PATIENCE)
  for (;;) {
    try {
      await send(metrics, { path: '/metrics' })
      return
    } catch (error) {
      if (!(error instanceof SubjectError) || error.fault !== 'connection') throw error
      if (Date.now() > deadline) {
        neverAnswered = true
        expect.fail(
          'PORT answers, but nothing answers GET /metrics on 127.0.0.1 at the port in METRICS_PORT.',
        )
      }
    }
    await pause(15)
  }
}

/** Starts the server with a port for its metrics and a queue of 0 jobs. */
export async function startMetered(submission: Submission): Promise<Metered> {
  if (currentRun().confinement.kind === 'docker') {
    skipRunningTest('a second port cannot be reached in a container. Leave --sandbox=docker out.')
  }
  const queueFile = path.join(submission.temporaryFolder('queue'), 'depth')
  writeQueue(queueFile, '0\n')
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const startedAt = Date.now()
    try {
      const env = { METRICS_PORT: String(port), QUEUE_FILE: queueFile }
      const server = await submission.startServer({ env })
      return await metered(server, port, queueFile, startedAt)
    } catch (error) {
      // Another program took the port between our look and its start.
      const taken = /EADDRINUSE|address already in use/i.test(String((error as Error).message))
      if (tries === 3 || !taken) throw error
    }
  }
}

async function metered(
  server: ServerSubject,
  port: number,
  queueFile: string,
  startedAt: number,
): Promise<Metered> {
  const metrics = {
    url: `http://127.0.0.1:${port}`,
    port,
    explain: server.explain,
  }
  await firstPage(metrics)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  return {
    server,
    metrics,
    queueFile,
    startedAt,
    routes: new Map(),
    agent,
    async scrape() {
      const answer = await send(metrics, { path: '/metrics', agent, againIfClosed: true })
      expect(answer, 'on METRICS_PORT').toHaveStatus(200)
      return pageOf(answer)
    },
    async close() {
      agent.destroy()
      await server.kill()
    },
  }
}

export function pageOf(answer: Answer): Page {
  const exposition = readExposition(answer.text)
  return { ...exposition, answer, numbers: numbersOf(exposition) }
}

/** What is over is on the page a second later; a loaded machine gets some more. */
const DELAY = 6000

/**
 * Scrapes until a page is right, or until it should have been for long.
 * @returns the last page
 */
export async function scrapeUntil(
  { scrape }: Metered,
  isRight: (page: Page) => boolean,
  ms = DELAY,
): Promise<Page> {
  const deadline = Date.now() + ms
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    const page = await scrape()
    if (isRight(page) || Date.now() > deadline) return page
    await pause(wait)
  }
}

export const sampleOf = (page: Exposition, name: string): number | undefined =>
  page.samples.find((sample) => sample.name === name)?.value

export const inFlight = (page: Exposition) => sampleOf(page, 'http_requests_in_flight')

/**
 * Waits until what was sent before is over and counted: nothing in flight, and three pages that say the same. Where
 * that never comes about it is another check's business.
 */
export async function settled(metered: Metered): Promise<Page> {
  let last = ''
  let same = 0
  return scrapeUntil(
    metered,
    (page) => {
      const { counters, observed } = page.numbers
      const says = JSON.stringify([[...counters], observed, inFlight(page)])
      same = says === last ? same + 1 : 0
      last = says
      return same >= 2 && (inFlight(page) ?? 0) === 0
    },
    4000,
  )
}

/**
 * The resident memory of each process that was told of this port, as the system says; none where it does not say.
 * What stands around the program, such as a shell, is among them.
 */
export function residentBytes(metricsPort: number): number[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'latin1')
    } catch {
      return '' // it has ended, or is somebody else's
    }
  }
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      read(`/proc/${pid}/environ`).split('\0').includes(`METRICS_PORT=${metricsPort}`),
    )
    .flatMap((pid) => {
      const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
      return kib ? [Number(kib) * 1024] : []
    })
}
