import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shrink } from './shrink.ts'
import type { ForeignKey, Schema } from './tables.ts'

type Depot = { id: number; parent_id: number | null }
type Parcel = { id: number; depot_id: number; price: number }
type Rows = { depots: Depot[]; parcels: Parcel[] }

const key = (table: string, column: string, nullable: boolean): ForeignKey => ({
  table,
  column,
  parent: 'depots',
  parentColumn: 'id',
  nullable,
})
const SCHEMA: Schema = {
  tables: [
    { name: 'depots', columns: [] },
    { name: 'parcels', columns: [] },
  ],
  keys: [key('depots', 'parent_id', true), key('parcels', 'depot_id', false)],
}
const LIMITS = { tries: 150, ms: 60_000 }

/** A chain of depots, and many parcels spread over them. */
const rows = (depots: number, parcels: number): Rows => ({
  depots: Array.from({ length: depots }, (_, id) => ({ id, parent_id: id === 0 ? null : id - 1 })),
  parcels: Array.from({ length: parcels }, (_, id) => ({ id, depot_id: id % depots, price: id })),
})

/** Every reference is to a row that is there. */
function isWhole({ depots, parcels }: Rows): boolean {
  const ids = new Set<number | null>([null, ...depots.map(({ id }) => id)])
  return [...depots.map((row) => row.parent_id), ...parcels.map((row) => row.depot_id)].every(
    (id) => ids.has(id),
  )
}

describe('shrinking', () => {
  test('leaves only the rows that matter, and what they refer to', async () => {
    const isStill = async ({ parcels }: Rows) =>
      [17, 64].every((id) => parcels.some((parcel) => parcel.id === id))
    const { depots, parcels } = await shrink(rows(10, 100), SCHEMA, isStill, LIMITS)
    expect(parcels.map(({ id }) => id)).toEqual([17, 64])
    expect(depots.map(({ id }) => id)).toEqual([4, 7])
    expect(depots.map((depot) => depot.parent_id)).toEqual([null, null])
  })

  test('keeps references that matter', async () => {
    const isStill = async ({ depots }: Rows) =>
      depots.filter((depot) => depot.parent_id !== null).length >= 2
    const { depots, parcels } = await shrink(rows(12, 50), SCHEMA, isStill, LIMITS)
    expect(parcels).toEqual([])
    expect(depots.filter((depot) => depot.parent_id !== null)).toHaveLength(2)
    expect(depots).toHaveLength(3)
  })

  test('gives the dataset itself where nothing may go', async () => {
    const all = rows(3, 3)
    expect(await shrink(all, SCHEMA, async () => false, LIMITS)).toBe(all)
  })

  test('never asks about rows that refer to nothing, nor about the same rows twice', async () => {
    const needed = fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(needed, async (ids) => {
        const asked = new Set<string>()
        const isStill = async (smaller: Rows) => {
          expect(isWhole(smaller), 'every reference is to a row that is there').toBe(true)
          const text = JSON.stringify(smaller)
          expect(asked).not.toContain(text)
          asked.add(text)
          return ids.every((id) => smaller.parcels.some((parcel) => parcel.id === id))
        }
        const smallest = await shrink(rows(6, 40), SCHEMA, isStill, { tries: 1000, ms: 60_000 })
        expect(smallest.parcels.map(({ id }) => id)).toEqual(ids.toSorted((a, b) => a - b))
      }),
      { numRuns: 40 },
    )
  })

  test('stops after so many tries, with the smallest so far', async () => {
    let tries = 0
    const isStill = async ({ parcels }: Rows) => {
      tries += 1
      return parcels.filter(({ id }) => id % 2 === 0).length >= 20
    }
    const smallest = await shrink(rows(6, 400), SCHEMA, isStill, { tries: 25, ms: 60_000 })
    expect(tries).toBe(25)
    expect(smallest.parcels.length).toBeLessThan(400)
    expect(smallest.parcels.filter(({ id }) => id % 2 === 0).length).toBeGreaterThanOrEqual(20)
  })

  test('starts no try once its time is over', async () => {
    let tries = 0
    const isStill = async () => {
      tries += 1
      return true
    }
    await shrink(rows(6, 400), SCHEMA, isStill, { tries: 25, ms: 0 })
    expect(tries).toBe(0)
  })

  test('passes on what goes wrong', async () => {
    const isStill = () => Promise.reject(new Error('the database is gone'))
    await expect(shrink(rows(2, 2), SCHEMA, isStill, LIMITS)).rejects.toThrow(
      'the database is gone',
    )
  })
})
