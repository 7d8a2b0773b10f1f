import { Socket } from 'node:net'
import type pg from 'pg'
import { expect } from 'vitest'
import {
  cleanup,
  mustRunSqlScript,
  type PostgresDatabase,
  postgres,
  SubjectError,
  type Submission,
} from '../../harness/index.ts'
import { fill } from './database.ts'
import { COLUMNS, type RawRow } from './oracle.ts'

export type Text = string | null
export type Row = Record<string, Text>

/** A session of the role that runs the scripts. Every value comes as the text that PostgreSQL prints. */
export type Session = {
  /** Runs a statement. @throws AssertionError with what PostgreSQL says of it */
  ask(sql: string, values?: Text[]): Promise<Row[]>
  /** The same where the statement may be refused: gives what PostgreSQL says then. */
  attempt(sql: string, values?: Text[]): Promise<{ rows: Row[] } | { error: string }>
}

/** A database with shipments_raw in it. */
export type World = Session & {
  /** How messages call its rows. */
  name: string
  db: PostgresDatabase
  /** The rows of shipments_raw as they were at first. */
  raw: RawRow[]
}

export const SECONDS = 10

const shown = (sql: string): string => sql.replace(/\s+/g, ' ').trim()

/** A statement of ours that runs out of time would do so in every test: it is not sent again. */
const endless = new Map<string, string>()

/**
 * Opens a session as the owner of the database: what a script leaves behind, such as a view or a
 * trigger, runs inside it with no more rights than the script had.
 */
export async function openSession(db: PostgresDatabase): Promise<Session> {
  const { Client } = (await import('pg')).default
  const socket = new Socket()
  const client = new Client({
    connectionString: db.url,
    options: '-c timezone=UTC -c datestyle=ISO,YMD',
    stream: () => socket,
    statement_timeout: SECONDS * 1000,
    // What a script leaves behind may lift statement_timeout.
    query_timeout: 2 * SECONDS * 1000,
    types: { getTypeParser: () => (text: string) => text },
  } as pg.ClientConfig)
  client.on('error', () => {}) // the query that meets it reports it
  await client.connect().catch((error) => {
    throw refused(error, 'After up.sql no session can be opened')
  })
  // It is not asked to end: what hangs in it goes with the database.
  cleanup(() => void socket.destroy())
  let late = false
  const session: Session = {
    async attempt(sql, values) {
      if (late) expect.fail('An earlier statement in this session has not ended yet.')
      if (endless.has(sql)) expect.fail(endless.get(sql))
      try {
        return { rows: (await client.query(sql, values)).rows }
      } catch (error) {
        const { code, message } = error as pg.DatabaseError
        late = message === 'Query read timeout'
        if (late || code === '57014') {
          endless.set(sql, `This did not end within ${SECONDS} s: ${shown(sql)}`)
          expect.fail(endless.get(sql))
        }
        return { error: message.slice(0, 1000) }
      }
    },
    async ask(sql, values) {
      const answer = await session.attempt(sql, values)
      if ('rows' in answer) return answer.rows
      return expect.fail(`PostgreSQL says: ${answer.error}\nof: ${shown(sql)}`)
    },
  }
  return session
}

/** Makes a database with the exercise's schema, and its sample or the given rows. */
export async function makeWorld(
  exercise: Submission['exercise'],
  rows: 'the sample' | RawRow[],
): Promise<World> {
  const db = await postgres()
  await fill(db, exercise, rows)
  const session = await openSession(db)
  const name = rows === 'the sample' ? rows : 'the unseen rows'
  return { ...session, name, db, raw: await readRows(session, 'shipments_raw') }
}

/** A script that runs out of time would do so in every test: it is not run again. */
const tooSlow = new Map<string, SubjectError>()

/** Runs up.sql or down.sql, which must not fail. */
export async function migrate(
  submission: Submission,
  { db }: World,
  file: 'up.sql' | 'down.sql',
): Promise<void> {
  if (tooSlow.has(file)) throw tooSlow.get(file)
  try {
    await mustRunSqlScript(db.url, file, submission.readText(file), { seconds: SECONDS })
  } catch (error) {
    if (error instanceof SubjectError && error.fault === 'limit') tooSlow.set(file, error)
    throw refused(error, `${file} could not be run`)
  }
}

/** An earlier script may have shut the door of the database: that is the learner's fault, not ours. */
export function refused(error: unknown, what: string): unknown {
  const isPostgres = error instanceof Error && 'severity' in error && 'code' in error
  if (!isPostgres) return error
  return new SubjectError('connection', `${what}: ${error.message}`)
}

export const TABLES = [
  'customers',
  'customer_phones',
  'depots',
  'parcels',
  'parcel_tags',
  'rejects',
] as const

const KINDS: Record<string, string> = {
  r: 'a table',
  p: 'a table',
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
  i: 'an index',
}

/** Expects the tables and the view of the README in schema public, and nothing left of the other side. */
export async function expectShape({ ask }: Session, after: 'up.sql' | 'down.sql'): Promise<void> {
  const tables = after === 'up.sql' ? TABLES : ['shipments_raw']
  const view = after === 'up.sql' ? ['shipments_flat'] : []
  const gone = after === 'up.sql' ? ['shipments_raw'] : [...TABLES, 'shipments_flat']
  const rows = await ask(
    `select relname, relkind from pg_catalog.pg_class
     where relnamespace = (select oid from pg_catalog.pg_namespace where nspname = 'public')`,
  )
  const kinds = new Map(rows.map(({ relname, relkind }) => [relname, KINDS[relkind ?? ''] ?? '?']))
  const wrong = [
    ...tables.map((name) => [name, 'a table'] as const),
    ...view.map((name) => [name, 'a view'] as const),
    ...gone.map((name) => [name, undefined] as const),
  ].filter(([name, kind]) => kinds.get(name) !== kind)
  if (wrong.length === 0) return
  const lines = wrong.map(([name, kind]) => {
    const is = kinds.get(name)
    if (!kind) return `${name} must be gone, and is still there.`
    return `${name} must be ${kind}, and ${is ? `is ${is}` : 'is not there'}.`
  })
  expect.fail(`After ${after}, in schema public:\n  ${lines.join('\n  ')}`)
}

/** Reads a table or view that holds the columns of shipments_raw; never more than a right one holds. */
export async function readRows(
  { ask }: Session,
  table: 'shipments_raw' | 'shipments_flat' | 'rejects',
): Promise<RawRow[]> {
  return (await readTable({ ask }, table, COLUMNS)) as RawRow[]
}

/** Reads some columns of a table as texts, cut off where no honest value goes on. */
export async function readTable(
  { ask }: Pick<Session, 'ask'>,
  table: string,
  columns: readonly string[],
): Promise<Row[]> {
  const list = columns.map((name) => `left(${name}::text, 200) as ${name}`).join(', ')
  return ask(`select ${list} from public.${table} limit 2000`)
}

/** Runs a test's changes, and takes them back. */
export async function trial<T>({ ask, attempt }: Session, action: () => Promise<T>): Promise<T> {
  await ask('begin')
  try {
    return await action()
  } finally {
    await attempt('rollback')
  }
}
