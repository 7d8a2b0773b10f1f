import pg from 'pg'
import Cursor from 'pg-cursor'
import { note, type PostgresDatabase, SubjectError } from '../../harness/index.ts'

/** What a query gave, every value as PostgreSQL printed it. */
export type Result = {
  columns: { name: string; type: number }[]
  rows: (string | null)[][]
}

/** No right answer has as many rows: what comes beyond is not fetched. */
const MOST_ROWS = 100_000

/** A query that runs into the limit would do so in every test: it is not asked again. */
const tooSlow = new Map<string, SubjectError>()

/** Where in the file PostgreSQL found the error. */
function lineOf(sql: string, position: string | undefined): string {
  if (!position) return ''
  // PostgreSQL counts characters, not UTF-16 units.
  const before = [...sql].slice(0, Number(position) - 1)
  return `, line ${before.filter((character) => character === '\n').length + 1}`
}

function explain(file: string, sql: string, seconds: number, error: unknown): SubjectError {
  const { code, message, position, hint } = error as pg.DatabaseError
  if (code === '57014') {
    const slow = new SubjectError('limit', `${file} did not end within ${seconds} s.`)
    tooSlow.set(file, slow)
    return slow
  }
  if (/multiple commands/.test(message)) {
    return new SubjectError(
      'crash',
      `${file} holds more than one statement; it must be one SELECT.`,
    )
  }
  const text = `${file}${lineOf(sql, position)}: PostgreSQL says: ${message}`
  return new SubjectError('crash', hint ? `${text} (${hint})` : text)
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
): Promise<Result> {
  const { timezone = 'UTC', seconds = 10 } = options
  if (tooSlow.has(file)) throw tooSlow.get(file)
  const client = new pg.Client({
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
    const { rows, fields } = await new Promise<{ rows: Result['rows']; fields: pg.FieldDef[] }>(
      (resolve, reject) => {
        cursor.read(MOST_ROWS, (error, rows, result) => {
          if (error) reject(error)
          else resolve({ rows, fields: result?.fields ?? [] })
        })
      },
    ).catch((error: unknown) => {
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
