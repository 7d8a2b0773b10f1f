import { expect } from 'vitest'
import type { Row, Session, Text } from './world.ts'

/** The columns that the README fixes and that an INSERT gives. */
export const GIVEN = {
  customers: ['name', 'email', 'city'],
  customer_phones: ['customer_id', 'phone'],
  depots: ['name'],
  parcels: ['code', 'customer_id', 'from_depot_id', 'to_depot_id', 'price_cents', 'created'],
  parcel_tags: ['parcel_id', 'tag'],
} as const

export type Table = keyof typeof GIVEN

const literal = (value: Text | undefined): string =>
  value == null ? 'NULL' : `'${value.replaceAll("'", "''")}'`

function statement(table: Table, row: Row): { text: string; shown: string } {
  const columns = GIVEN[table]
  const list = `public.${table} (${columns.join(', ')})`
  return {
    text: `insert into ${list} values (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
    shown: `INSERT INTO ${table} (${columns.join(', ')})\n  VALUES (${columns.map((name) => literal(row[name])).join(', ')})`,
  }
}

const valuesOf = (table: Table, row: Row): Text[] => GIVEN[table].map((name) => row[name] ?? null)

/** Constraints may be deferred: they speak when the transaction ends, or when they are told to. */
const SPEAK = 'set constraints all immediate'

/** Inserts a row that obeys the rules, inside a `trial`. Gives its id, where the table has one. */
export async function accepts(session: Session, table: Table, row: Row): Promise<string> {
  const { text, shown } = statement(table, row)
  const hasId = table !== 'customer_phones' && table !== 'parcel_tags'
  const answer = await session.attempt(
    hasId ? `${text} returning left(id::text, 200) as id` : text,
    valuesOf(table, row),
  )
  if ('error' in answer) {
    expect.fail(
      `This row obeys the rules, and is refused:\n${shown}\nPostgreSQL says: ${answer.error}`,
    )
  }
  await session.ask(SPEAK)
  const id = answer.rows[0]?.id
  if (hasId && !id) expect.fail(`This row must be inserted with an id:\n${shown}\nit was not.`)
  return id ?? ''
}

/** Deletes a row that may be deleted. */
export async function deletes(
  session: Session,
  what: string,
  table: string,
  id: string,
): Promise<void> {
  const sql = `delete from public.${table} where id::text = $1`
  const done = await session.attempt(sql, [id])
  const answer = 'error' in done ? done : await session.attempt(SPEAK)
  if ('rows' in answer) return
  expect.fail(
    `It must be possible to delete ${what}:\nDELETE FROM ${table} WHERE id = ${literal(id)}\nPostgreSQL says: ${answer.error}`,
  )
}

/** Expects a statement to be refused, inside a `trial`; what it did is taken back. */
export async function refuses(
  session: Session,
  why: string,
  sql: string,
  values: Text[] = [],
  shown = sql,
): Promise<void> {
  await session.ask('savepoint before')
  const done = await session.attempt(sql, values)
  const answer = 'error' in done ? done : await session.attempt(SPEAK)
  await session.ask('rollback to savepoint before')
  if ('rows' in answer)
    expect.fail(`This must be refused with an error: ${why}.\n${shown}\nIt was not.`)
}

/** Expects the insert of a row to be refused, inside a `trial`. */
export async function refusesRow(
  session: Session,
  why: string,
  table: Table,
  row: Row,
): Promise<void> {
  const { text, shown } = statement(table, row)
  await refuses(session, why, text, valuesOf(table, row), shown)
}
