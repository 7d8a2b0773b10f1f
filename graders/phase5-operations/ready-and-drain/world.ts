import http from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import {
  type Answer,
  cleanup,
  type PostgresDatabase,
  postgres,
  proxy,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
  SubjectError,
} from '../../harness/index.ts'
import { describeExit } from '../../harness/subjects/process.ts'
import type { Exit } from '../../harness/subjects/subject.ts'

/** What a program that keeps the rules needs a small part of, on any machine. */
export const PATIENCE = 20_000
/** `/readyz` may be 2 seconds old. */
const STALE_PATIENCE = 10_000

export const RULE = {
  alive:
    'The rule: `/livez` answers `200` as long as the process can answer at all, whatever PostgreSQL does',
  ready:
    'The rule: `/readyz` answers `200` where PostgreSQL answers and no SIGTERM has come, and `503` where not',
  again: 'The rule: Within 5 seconds of PostgreSQL’s return it says `200` again',
  late: 'The rule: Started without PostgreSQL, the server listens and answers all the same, and becomes ready later',
  silent: 'The rule: It waits for PostgreSQL 1 second at most, and then says `503`',
  table: 'The rule: Where `/readyz` says `200`, jobs work: the table is there',
  few: 'The rule: The server has 10 connections to PostgreSQL at most',
  noneEach: 'The rule: A call of `/readyz` opens no connection of its own',
  row: 'The rule: `POST /work` takes `ms` milliseconds, then writes one row with an `INSERT`, and then answers `201` with `id` and `ms` of that row',
  beside: 'The rule: Jobs run side by side',
  unwritten: 'The rule: Where the row cannot be written, the answer is `503`',
  hungUp: 'The rule: A job is finished even if its client hangs up: its row is written',
  atOnce: 'The rule: at once, `/readyz` says `503`',
  drain:
    'The rule: for `DRAIN_MS` new connections are taken, and all else is answered as before: new jobs, too',
  closed: 'The rule: after `DRAIN_MS` it listens no longer',
  idle: 'The rule: after `DRAIN_MS` idle connections are closed, also those on which no request ever came',
  finished:
    'The rule: Jobs that are under way are finished: the row is written, and the client gets its `201`',
  zero: 'The rule: Once nothing is under way, it ends with exit code 0, and waits for nothing else; not before `DRAIN_MS` is over',
  leave:
    'The rule: Its sessions with PostgreSQL are closed in order (the protocol’s `Terminate`), not dropped',
  cut: 'The rule: `GRACE_MS` after the SIGTERM, what is still under way is cut: no row and no `201`, and the exit code is not 0',
  ended: 'The rule: `GRACE_MS` after the SIGTERM it has ended, even if PostgreSQL says nothing',
  second:
    'The rule: at a second SIGTERM it ends at once, whatever is under way; where a job is cut, the exit code is not 0',
  printed:
    'The rule: An error that nobody catches is printed, with its message, to stdout or stderr',
  over: 'The rule: It ends the process within 5 seconds, with an exit code that is not 0',
}

export const working = (ms: number | string): Sending => ({
  method: 'POST',
  path: `/work?ms=${ms}`,
})

export type Start = { drain?: number; grace?: number; direct?: boolean }

export type Row = { id: string; ms: number }

/** The database, and servers on it. */
export class World {
  readonly db: PostgresDatabase
  /** Between each server and the database. */
  readonly between: ServiceProxy
  readonly #submission: Submission

  private constructor(submission: Submission, db: PostgresDatabase, between: ServiceProxy) {
    this.#submission = submission
    this.db = db
    this.between = between
  }

  static async open(submission: Submission): Promise<World> {
    requireService('postgres')
    const db = await postgres()
    return new World(submission, db, await proxy(db.url))
  }

  /**
   * Starts a server.
   * @param options.drain how long it drains, and `grace`, when it must have ended; both so long that no
   *   test waits for it by default
   * @param options.direct without the proxy
   */
  start(options: Start = {}): Promise<ServerSubject> {
    const { drain = 60_000, grace = 120_000, direct = false } = options
    return this.#submission.startServer({
      env: {
        DATABASE_URL: direct ? this.db.url : this.between.url,
        DRAIN_MS: String(drain),
        GRACE_MS: String(grace),
      },
    })
  }

  /** Starts a server, and waits until it is ready. */
  async ready(options?: Start): Promise<ServerSubject> {
    const server = await this.start(options)
    await becomesReady(server, 'after the start', RULE.ready)
    return server
  }

  /** The rows of `jobs`, whatever else is in them; none where there is no such table yet. */
  async rows(): Promise<Row[]> {
    const found = await this.db.query("select to_regclass('jobs') is not null as there")
    if (!found.rows[0].there) return []
    const { rows } = await this.db.query(
      "select to_jsonb(j)->>'id' as id, to_jsonb(j)->>'ms' as ms from jobs j",
    )
    return rows.map(({ id, ms }) => ({ id: String(id), ms: Number(ms) }))
  }

  /** The answer is that of a job that took so long, and its row is there. */
  async expectDone(answer: Answer, ms: number, when: string, rule = RULE.row): Promise<void> {
    expect(answer, `${when}\n${rule}`).toHaveStatus(201)
    const shown = `the answer to ${answer.request} ${when}\n${rule}`
    expect(answer.body, shown).toMatchObject({ ms })
    const { id } = answer.body
    expect(['string', 'number'], `the type of the id in ${shown}`).toContain(typeof id)
    const own = (await this.rows()).filter((row) => row.id === String(id))
    const rows = `the rows of jobs with the id ${JSON.stringify(id)}, ${when}\n${rule}`
    expect(own, rows).toEqual([{ id: String(id), ms }])
  }
}

// ---------------------------------------------------------------- requests

/** Sends a request that must be answered; what keeps it from that is told with the rule. */
export async function ask(
  server: ServerSubject,
  sending: Sending,
  when: string,
  rule: string,
): Promise<Answer> {
  try {
    return await server.send(sending)
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error
    return expect.fail(`${error.message}\nIt was sent ${when}.\n${rule}`)
  }
}

export async function expectAlive(server: ServerSubject, when: string): Promise<void> {
  const answer = await ask(server, { path: '/livez' }, when, RULE.alive)
  expect(answer, `${when}\n${RULE.alive}`).toHaveStatus(200)
}

export async function expectUnready(
  server: ServerSubject,
  when: string,
  rule: string,
): Promise<void> {
  const answer = await ask(server, { path: '/readyz' }, when, rule)
  expect(answer, `${when}\n${rule}`).toBeJsonError(503)
}

async function becomes(
  server: ServerSubject,
  wanted: 200 | 503,
  when: string,
  rule: string,
  patience: number,
): Promise<void> {
  const begun = performance.now()
  for (;;) {
    const answer = await ask(server, { path: '/readyz' }, when, rule)
    if (answer.status === wanted) {
      if (wanted === 503) expect(answer, `${when}\n${rule}`).toBeJsonError(503)
      return
    }
    expect(answer, `${when}\n${rule}`).toHaveStatus(200, 503)
    if (performance.now() - begun > patience) {
      expect.fail(
        `GET /readyz still answered ${answer.status} ${patience / 1000} s ${when}, expected ${wanted}.\n${rule}`,
      )
    }
    await pause(20)
  }
}

/** Waits until `/readyz` says 200. */
export const becomesReady = (server: ServerSubject, when: string, rule = RULE.again) =>
  becomes(server, 200, when, rule, PATIENCE)

/** Waits until `/readyz` says 503. */
export const becomesUnready = (server: ServerSubject, when: string, rule = RULE.ready) =>
  becomes(server, 503, when, rule, STALE_PATIENCE)

/** Whether a new connection is taken, and a request on it answered. */
export const serves = (server: ServerSubject): Promise<boolean> =>
  server.send({ path: '/livez' }).then(
    () => true,
    () => false,
  )

/** Opens a connection that stays open, and sends a first request on it. */
async function keptOpen(server: ServerSubject): Promise<http.Agent> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  cleanup(() => agent.destroy())
  const answer = await ask(server, { path: '/livez', agent }, 'before the SIGTERM', RULE.alive)
  expect(answer, RULE.alive).toHaveStatus(200)
  return agent
}

/** What becomes of a job: its answer, or why there was none. */
export type Ending = { answer?: Answer; error?: Error }

/**
 * Begins jobs, one on each of so many connections that stay open.
 * @returns when all of them are under way
 */
export async function begin(server: ServerSubject, jobs: number[]): Promise<Promise<Ending>[]> {
  const agents = await Promise.all(jobs.map(() => keptOpen(server)))
  const endings = jobs.map((ms, index) =>
    server.send({ ...working(ms), agent: agents[index], timeout: 120_000 }).then(
      (answer): Ending => ({ answer }),
      (error): Ending => ({ error }),
    ),
  )
  await readAll(server)
  return endings
}

/** Whoever answers these, on new connections, has read what was sent before. */
export async function readAll(server: ServerSubject): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await expectAlive(server, 'while jobs were under way')
}

/** The answer of a job that had to get one. */
export function answerOf({ answer, error }: Ending, when: string, rule: string): Answer {
  if (answer) return answer
  if (!(error instanceof SubjectError)) throw error
  return expect.fail(`${error.message}\nIt was sent ${when}.\n${rule}`)
}

// ---------------------------------------------------------------- bare connections

export type Bare = { socket: Socket; closed: Promise<void> }

/**
 * Opens a bare connection and sends a text on it.
 * @param text nothing is sent where it is empty
 * @param options.answered whether the beginning of an answer is awaited
 */
export async function bare(
  server: ServerSubject,
  text: string,
  options: { answered: boolean },
): Promise<Bare> {
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  cleanup(() => {
    socket.destroy()
  })
  const over = Promise.withResolvers<void>()
  socket.on('error', () => {})
  socket.once('close', () => over.resolve())
  const connected = new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  const answered = new Promise<void>((resolve) => socket.once('data', () => resolve()))
  socket.resume()
  await Promise.race([connected, over.promise])
  if (text !== '') socket.write(text)
  if (options.answered) await Promise.race([answered, over.promise])
  return { socket, closed: over.promise }
}

export const rawGet = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
export const rawPost = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`

// ---------------------------------------------------------------- ends

const LATE = Symbol('late')

/** Waits for something, but not for ever. @returns whether it came */
export async function comes(what: Promise<unknown>, patience = PATIENCE): Promise<boolean> {
  const enough = new AbortController()
  const late = pause(patience, LATE, { signal: enough.signal }).catch(() => LATE)
  const came = await Promise.race([what, late])
  enough.abort()
  return came !== LATE
}

/** Waits for the end of a process. @param patience in ms, from now */
export async function ended(
  { process }: ServerSubject,
  when: string,
  rule: string,
  patience = PATIENCE,
): Promise<Exit> {
  if (await comes(process.exited, patience)) return process.exited
  return expect.fail(`The process still runs ${patience / 1000} s ${when}.\n${rule}`)
}

export function expectZero(exit: Exit, when: string, rule: string): void {
  if (exit.code === 0) return
  expect.fail(`The process ${describeExit(exit)} ${when}, expected: exit code 0.\n${rule}`)
}

export function expectNotZero(exit: Exit, when: string, rule: string): void {
  if (exit.code !== 0) return
  expect.fail(`The process ${describeExit(exit)} ${when}, expected: any but 0.\n${rule}`)
}

/** It must not have ended yet. */
export function expectRuns({ process }: ServerSubject, when: string, rule: string): void {
  if (!process.exit) return
  expect.fail(`The process ${describeExit(process.exit)} ${when}, expected: it still runs.\n${rule}`)
}
