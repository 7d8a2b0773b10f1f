import type pg from 'pg'
import { type PostgresDatabase, SubjectError } from '../../harness/index.ts'

/** What PostgreSQL's planner decides by: the same on every server, whatever indexes.sql has set. */
const STEADY = `
  set timezone = 'UTC'; set search_path = public;
  set max_parallel_workers_per_gather = 0; set jit = off;
  set seq_page_cost = 1; set random_page_cost = 4; set effective_cache_size = '4GB';
  set work_mem = '4MB'`

/** The server is out of memory or disk, shuts down, or has a fault of its own. */
const FAULTS = /^(53|57P|58|XX)/

/** Whether an error is PostgreSQL's answer to what it was told, not a fault of the server. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  const { code, severity } = error as Partial<pg.DatabaseError>
  return severity !== undefined && code !== undefined && !FAULTS.test(code)
}

/**
 * Has work done on a connection of its own, whose plans can be compared with others'.
 *
 * The owner is used in place of `db.query` once indexes.sql has run: what a table's owner hangs on a
 * table runs with the rights of whoever touches it.
 */
export async function connectedAs<T>(
  role: 'owner' | 'reader',
  db: PostgresDatabase,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { Client } = (await import('pg')).default
  const connectionString = role === 'owner' ? db.url : db.readerUrl
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {}) // the query that meets it reports it
  try {
    await client.connect()
    const [seconds, readOnly] = role === 'owner' ? [60, 'off'] : [20, 'on']
    await client.query(
      `${STEADY}; set statement_timeout = '${seconds}s'; set default_transaction_read_only = ${readOnly}`,
    )
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Has work done that went well before indexes.sql ran: what PostgreSQL refuses now is its doing. */
export async function afterIndexes<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw new SubjectError('crash', `After indexes.sql, PostgreSQL says: ${error.message}`)
  }
}
