import type pg from 'pg'
import { note } from '../evidence.ts'
import type { PostgresDatabase } from '../services/postgres.ts'
import { SubjectError } from './errors.ts'

/** What a query gave, every value as PostgreSQL printed it. `type` is an oid of pg_type. */
export type QueryResult = {
  columns: { name: string; type: number }[]
  rows: (string | null)[][]
}

/** No right answer has as many rows: what comes beyond is not fetched. */
const MOST_ROWS = 100_000

/** A query that runs into the limit would do so in every test: it is not asked again. */
const tooSlow = new Map<string, SubjectError>()

/** Where in the file PostgreSQL found the error: the line's number, its text and a caret. */
function placeOf(
  sql: string,
  position: string | undefined,
): { line: number; shown: string } | undefined {
  if (!position) return undefined
  // PostgreSQL counts characters, not UTF-16 units.
  const before = [...sql]
    .slice(0, Number(position) - 1)
    .join('')
    .split('\n')
  const column = [...before.at(-1)!].length
  const text = sql.split('\n')[before.length - 1] ?? ''
  return { line: before.length, shown: `${text}\n${' '.repeat(column)}^` }
}

/**
 * What a learner reads of an error of PostgreSQL's: its message and hint, with the line and a caret
 * where it names a place, or that time ran out.
 * @param offset where the failed statement begins in `sql`, in characters; 0 by default
 */
export function explainSql(
  file: string,
  sql: string,
  seconds: number,
  error: pg.DatabaseError,
  offset = 0,
): SubjectError {
  const { code, message, position, hint } = error
  if (code === '57014') {
    return new SubjectError('limit', `${file} did not end within ${seconds} s.`)
  }
  const place = placeOf(sql, position && String(Number(position) + offset))
  const at = place ? `${file}, line ${place.line}` : file
  const text = `${at}: PostgreSQL says: ${message}${hint ? ` (${hint})` : ''}`
  return new SubjectError('crash', place ? `${text}\n${place.shown}` : text)
}

/** A connection on which statements are run as a role that may only read. */
export type Reader = {
  /**
   * Runs one statement.
   * @throws SubjectError where it is no single query, PostgreSQL refuses it, or time runs out
   */
  read(file: string, sql: string): Promise<QueryResult>
  close(): Promise<void>
}

/**
 * Opens a connection for one statement after another.
 * @param options.seconds time on the clock for each; 10 by default
 * @param options.rows no more than so many are fetched
 */
export async function openReader(
  db: PostgresDatabase,
  options: { timezone?: string; seconds?: number; rows?: number } = {},
): Promise<Reader> {
  const { timezone = 'UTC', seconds = 10, rows: most = MOST_ROWS } = options
  // Loaded where it is used: graders without a database should not wait for it.
  const { Client } = (await import('pg')).default
  const { default: Cursor } = await import('pg-cursor')
  const client = new Client({
    connectionString: db.readerUrl,
    // Values stay the text that PostgreSQL sent: what they mean is for the check to say.
    types: { getTypeParser: () => (text: string) => text },
  })
  client.on('error', () => {}) // the query that meets it reports it
  await client.connect()
  return {
    async read(file, sql) {
      // Each time, for the statement before may have changed them.
      await client.query(
        `set timezone = '${timezone}'; set datestyle = 'ISO'; set statement_timeout = '${seconds}s';
         set default_transaction_read_only = on`,
      )
      // A cursor, so that no more rows arrive than are asked for. It takes one statement only.
      const cursor = client.query(new Cursor<(string | null)[]>(sql, [], { rowMode: 'array' }))
      const { rows, fields } = await new Promise<{
        rows: QueryResult['rows']
        fields: pg.FieldDef[]
      }>((resolve, reject) => {
        cursor.read(most, (error, rows, result) => {
          if (error) reject(error)
          else resolve({ rows, fields: result?.fields ?? [] })
        })
      }).catch((error: pg.DatabaseError) => {
        if (/multiple commands/.test(error.message)) {
          throw new SubjectError(
            'crash',
            `${file} holds more than one statement; it must be one SELECT.`,
          )
        }
        throw explainSql(file, sql, seconds, error)
      })
      await cursor.close()
      return { columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })), rows }
    },
    async close() {
      await client.end().catch(() => {})
    },
  }
}

/**
 * Runs one statement as a role that may only read, on a connection of its own.
 * @param options.seconds time on the clock; 10 by default
 * @throws SubjectError where it is no single query, PostgreSQL refuses it, or time runs out
 */
export async function runQuery(
  db: PostgresDatabase,
  file: string,
  sql: string,
  options: { timezone?: string; seconds?: number } = {},
): Promise<QueryResult> {
  if (tooSlow.has(file)) throw tooSlow.get(file)
  const reader = await openReader(db, options)
  try {
    const { columns, rows } = await reader.read(file, sql)
    note(
      `${file} gave ${rows.length} rows`,
      [columns.map(({ name }) => name), ...rows.slice(0, 40)]
        .map((row) => row.join(' | '))
        .join('\n'),
    )
    return { columns, rows }
  } catch (error) {
    if (error instanceof SubjectError && error.fault === 'limit') tooSlow.set(file, error)
    throw error
  } finally {
    await reader.close()
  }
}
