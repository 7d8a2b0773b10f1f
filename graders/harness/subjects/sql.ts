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

function explain(file: string, sql: string, seconds: number, error: unknown): SubjectError {
  const { code, message, position, hint } = error as pg.DatabaseError
  if (code === '57014') {
    const error = new SubjectError('limit', `${file} did not end within ${seconds} s.`)
    tooSlow.set(file, error)
    return error
  }
  if (/multiple commands/.test(message)) {
    return new SubjectError(
      'crash',
      `${file} holds more than one statement; it must be one SELECT.`,
    )
  }
  const place = placeOf(sql, position)
  const at = place ? `${file}, line ${place.line}` : file
  const text = `${at}: PostgreSQL says: ${message}${hint ? ` (${hint})` : ''}`
  return new SubjectError('crash', place ? `${text}\n${place.shown}` : text)
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
  const { timezone = 'UTC', seconds = 10 } = options
  if (tooSlow.has(file)) throw tooSlow.get(file)
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
  try {
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
      cursor.read(MOST_ROWS, (error, rows, result) => {
        if (error) reject(error)
        else resolve({ rows, fields: result?.fields ?? [] })
      })
    }).catch((error: unknown) => {
      throw explain(file, sql, seconds, error)
    })
    const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
    note(
      `${file} gave ${rows.length} rows`,
      [columns.map(({ name }) => name), ...rows.slice(0, 40)]
        .map((row) => row.join(' | '))
        .join('\n'),
    )
    return { columns, rows }
  } finally {
    await client.end().catch(() => {})
  }
}
