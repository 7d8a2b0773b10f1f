import type { QueryResult } from '../subjects/sql.ts'
import type { Row } from './compare.ts'

/** A column's type as a README names it. */
export type ColumnType = 'integer' | 'numeric' | 'text' | 'date' | 'timestamptz'

/** The columns of a query in the order of the result. */
export type Columns = Record<string, ColumnType>

/** PostgreSQL's ids of types (pg_type.oid). */
const TYPES: Record<number, string> = {
  16: 'boolean',
  20: 'bigint',
  21: 'smallint',
  23: 'integer',
  25: 'text',
  700: 'real',
  701: 'double precision',
  1042: 'char',
  1043: 'varchar',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'numeric',
}

/** The types of PostgreSQL's that will do for one that a README names. */
export const ALLOWED: Record<ColumnType, string[]> = {
  integer: ['smallint', 'integer', 'bigint'],
  numeric: ['numeric', 'double precision'],
  text: ['text', 'varchar'],
  date: ['date'],
  timestamptz: ['timestamptz'],
}

const NUMBERS = new Set([...ALLOWED.integer, ...ALLOWED.numeric, 'real'])

/** PostgreSQL's names of the columns' types. */
export function typesOf({ columns }: Pick<QueryResult, 'columns'>): string[] {
  return columns.map(({ type }) => TYPES[type] ?? `the type with oid ${type}`)
}

/** What a cell says, whichever type it has: whether that is the right one is another question. */
function cellValue(text: string | null, type: string | undefined, wanted: ColumnType): Row[string] {
  if (text === null || !type) return text
  if (NUMBERS.has(type)) return Number(text)
  if (type !== 'timestamp' && type !== 'timestamptz') return text
  const instant = new Date(type === 'timestamp' ? `${text}Z` : text)
  if (Number.isNaN(instant.getTime())) return text
  const iso = instant.toISOString()
  return wanted === 'date' && iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso
}

/** The rows of a result that has the columns wanted, as they are compared. */
export function rowsOf({ columns, rows }: QueryResult, wanted: Columns): Row[] {
  const names = Object.entries(wanted)
  return rows.map((cells) =>
    Object.fromEntries(
      names.map(([name, type], index) => [
        name,
        cellValue(cells[index]!, TYPES[columns[index]!.type], type),
      ]),
    ),
  )
}
