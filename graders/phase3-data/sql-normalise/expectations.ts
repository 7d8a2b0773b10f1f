import { expect } from 'vitest'
import { expectSame } from './compare.ts'
import { lineOf, lineOfView, type RawRow, type Shipment, sortOut } from './oracle.ts'
import { readRows, type Session, type World } from './world.ts'

/** Compares what the view says to what it must say. */
export async function expectView(world: Session, where: string, wanted: Shipment[]): Promise<void> {
  const rows = await readRows(world, 'shipments_flat')
  expectSame(`shipments_flat ${where}`, rows.map(lineOfView), wanted.map(lineOf))
}

/** Rows as they are: what is blank, padded or NULL stays so. */
const exact = (rows: RawRow[]): string[] => rows.map((row) => JSON.stringify(row))

export async function expectRejects(world: World, where: string): Promise<void> {
  const { rejects } = sortOut(world.raw)
  expectSame(`rejects ${where}`, exact(await readRows(world, 'rejects')), exact(rejects))
}

/** Compares shipments_raw after down.sql: good rows by what they say, rejects as they were. */
export async function expectRaw(world: World, where: string, good: Shipment[], rejects: RawRow[]) {
  const now = sortOut(await readRows(world, 'shipments_raw'))
  const lines = (shipments: Shipment[], rows: RawRow[]) => [
    ...shipments.map(lineOf),
    ...exact(rows),
  ]
  expectSame(`shipments_raw ${where}`, lines(now.good, now.rejects), lines(good, rejects))
}

/** The customer with the most parcels; their name and city are nobody else's. */
export function busiest(shipments: Shipment[]) {
  const groups = Map.groupBy(shipments, ({ customer }) => customer?.email)
  groups.delete(undefined)
  const [most] = [...groups.values()].sort((a, b) => b.length - a.length)
  return most![0]!.customer!
}

/** The id of the one row of a table with this text in a column, in whatever case. */
export async function idOf(session: Session, table: string, column: string, text: string) {
  const rows = await session.ask(
    `select id::text as id from public.${table} where lower(${column}) = lower($1) limit 3`,
    [text],
  )
  if (rows.length !== 1) {
    expect.fail(`${table} must have one row with the ${column} ${text}, and has ${rows.length}.`)
  }
  return rows[0]!.id!
}
