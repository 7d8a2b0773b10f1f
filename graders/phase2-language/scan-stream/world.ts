import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { expect } from 'vitest'
import {
  type Answer,
  freshName,
  type PostgresDatabase,
  postgres,
  proxy,
  requireService,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { type MemoryWatch, watchMemory } from './memory.ts'
import { csv, type Judged, type Kept, line, outcomeOf, type Style } from './model.ts'
import { type Valve, valve } from './valve.ts'

const TABLE = `
  create table scans (
    id bigint generated always as identity primary key,
    parcel text not null,
    depot text not null,
    kind text not null,
    at timestamptz not null,
    note text not null
  )`

/** What is not got within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03'

/** How long the program may take to let go of what an import had, in ms. */
const LETS_GO_MS = 20_000

const IMPORTS = { partial: '/imports?mode=partial', atomic: '/imports?mode=atomic' }

/** The learner's server with its database. */
export class World {
  readonly db: PostgresDatabase
  server: ServerSubject
  /** Where it was asked for: the server's way to Postgres, which counts and cuts. */
  readonly way?: ServiceProxy
  /** Otherwise: the same, which can be shut. */
  readonly valve?: Valve
  readonly #marker: string

  private constructor(parts: {
    db: PostgresDatabase
    server: ServerSubject
    marker: string
    way?: ServiceProxy
    valve?: Valve
  }) {
    this.db = parts.db
    this.server = parts.server
    this.way = parts.way
    this.valve = parts.valve
    this.#marker = parts.marker
  }

  static async open(submission: Submission, by: 'valve' | 'proxy'): Promise<World> {
    const db = await postgres()
    await db.query(TABLE)
    await db.query(`set lock_timeout = '15s'`)
    const way = by === 'proxy' ? await proxy(db.url) : undefined
    const tap = by === 'valve' ? await valve(db.url) : undefined
    const name = freshName('scans')
    const env = {
      DATABASE_URL: (way ?? tap)!.url,
      NODE_OPTIONS: '--max-old-space-size=160',
      SCAN_STREAM: name,
    }
    const server = await submission.startServer({ env })
    return new World({ db, server, marker: `SCAN_STREAM=${name}`, way, valve: tap })
  }

  watchMemory(): Promise<MemoryWatch> {
    return watchMemory(this.#marker)
  }

  // ------------------------------------------------------------ requests

  /** Sends a whole file. */
  import(text: string, mode: 'partial' | 'atomic' = 'partial'): Promise<Answer> {
    const headers = { 'Content-Type': 'text/csv' }
    return this.server.send({ method: 'POST', path: IMPORTS[mode], headers, body: text })
  }

  /** Asks for the health, in the midst of something. */
  async expectHealthy(when: string): Promise<void> {
    const answer = await this.server.send({ path: '/healthz', timeout: 10_000 })
    expect(answer, `health ${when}`).toHaveStatus(200)
  }

  /** Sends a file and compares the answer, and what is in the table, with what the file holds. */
  async expectImport(rows: Judged[], style: Style, what: string): Promise<void> {
    await this.empty()
    const file = csv(
      rows.map(({ row }) => row),
      style,
    )
    const answer = await this.import(file)
    expectReport(answer, rows, what)
    expectKept(await this.kept(), outcomeOf(rows).kept, what)
  }

  // ------------------------------------------------------------ the table

  async kept(): Promise<Kept[]> {
    return this.#sql<Kept>(
      `select parcel, depot, kind, (extract(epoch from at) * 1000)::float8 as at, note from scans`,
    )
  }

  async count(): Promise<number> {
    const [row] = await this.#sql<{ count: number }>('select count(*)::int as count from scans')
    return row!.count
  }

  async empty(): Promise<void> {
    await this.#sql('delete from scans')
  }

  /** Reads or empties the table; who has it locked for others has failed. */
  async #sql<R extends pg.QueryResultRow>(text: string): Promise<R[]> {
    try {
      return (await this.db.query<R>(text)).rows
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error
      return expect.fail(`The program has locked scans, and others cannot use it: ${text}`)
    }
  }

  /** Waits until no connection to the database is in a transaction. */
  async expectNothingOpen(when: string): Promise<void> {
    const deadline = Date.now() + LETS_GO_MS
    for (;;) {
      await this.db.query('select pg_stat_clear_snapshot()')
      const { rows } = await this.db.query<{ state: string; query: string }>(
        `select state, left(query, 120) as query from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
      )
      if (rows.length === 0) return
      if (Date.now() > deadline) {
        const [{ state, query }] = rows as [{ state: string; query: string }]
        expect.fail(
          `${when}, for ${LETS_GO_MS / 1000} s: a connection to Postgres is not idle\n  ${state}: ${query}`,
        )
      }
      await pause(20)
    }
  }
}

/** A world for tests that leave it as they found it. */
export function sharedWorld(submission: Submission, by: 'valve' | 'proxy'): () => Promise<World> {
  const open = sharedUntilFailure(
    () => World.open(submission, by),
    (world) => world.server.kill(),
  )
  return async () => {
    requireService('postgres')
    const world = await open()
    await world.empty()
    return world
  }
}

// ---------------------------------------------------------------- expectations

const cut = (text: string) => (text.length > 400 ? `${text.slice(0, 400)}…` : text)
const show = (value: unknown) => cut(JSON.stringify(value) ?? 'nothing')

/** The answer to a partial import. */
export function expectReport(answer: Answer, rows: Judged[], what: string): void {
  expect(answer, what).toHaveStatus(200)
  expect(answer, what).toBeJson()
  const { bad, kept } = outcomeOf(rows)
  const { accepted, rejected, errors } = answer.body ?? {}
  expect(Array.isArray(errors), `${what}: "errors" is a list, came ${show(errors)}`).toBe(true)
  const told: unknown[] = errors.map((one: { row?: unknown } | null) => one?.row)
  const first = bad.slice(0, 100)
  const unknown = told.find((row) => !bad.includes(row as number))
  if (unknown !== undefined) {
    const row = rows[(unknown as number) - 1]?.row
    expect.fail(
      `${what}: row ${show(unknown)} is reported as bad (${show(errors.find((one: any) => one?.row === unknown)?.reason)}), and ${row ? `it is good:\n${cut(line(row))}` : 'the file has no such row'}`,
    )
  }
  const missing = first.find((row) => !told.includes(row))
  if (missing !== undefined) {
    const { row } = rows[missing - 1]!
    expect.fail(`${what}: row ${missing} is bad, and "errors" lacks it:\n${cut(line(row))}`)
  }
  expect(told, `${what}: the first 100 bad rows in their order, "row" in "errors"`).toEqual(first)
  for (const { row, reason } of errors) {
    const isText = typeof reason === 'string' && reason.trim() !== ''
    expect(isText, `${what}: a reason for row ${row}, came ${show(reason)}`).toBe(true)
  }
  const counted = { accepted: kept.length, rejected: bad.length }
  expect({ accepted, rejected }, `${what}: the number of rows`).toEqual(counted)
}

const keyOf = ({ parcel, depot, kind, at, note }: Kept) =>
  JSON.stringify([parcel, depot, kind, at, note])

/** What is in `a` and not in `b`, one for one. */
function without(a: Kept[], b: Kept[]): Kept[] {
  const left = new Map<string, number>()
  for (const one of b) left.set(keyOf(one), (left.get(keyOf(one)) ?? 0) + 1)
  return a.filter((one) => {
    const count = left.get(keyOf(one)) ?? 0
    left.set(keyOf(one), count - 1)
    return count <= 0
  })
}

const shown = (row: Kept) => show({ ...row, at: new Date(row.at) })

/** The table holds these rows, each as often, in any order. */
export function expectKept(seen: Kept[], wanted: Kept[], what: string): void {
  const missing = without(wanted, seen)
  const extra = without(seen, wanted)
  if (missing.length === 0 && extra.length === 0) return
  const lines = [`${what}: scans holds ${seen.length} rows, expected ${wanted.length}`]
  if (missing.length > 0) lines.push(`missing (${missing.length}), such as ${shown(missing[0]!)}`)
  // The same parcel, with something else in it, says most.
  const like = extra.find(({ parcel }) => parcel === missing[0]?.parcel) ?? extra[0]
  if (like) lines.push(`not from the file (${extra.length}), such as ${shown(like)}`)
  expect.fail(lines.join('\n'))
}
