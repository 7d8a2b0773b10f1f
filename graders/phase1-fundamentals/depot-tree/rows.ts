import fc from 'fast-check'
import type { Row } from './forest.ts'

/** Names that a comparison by language, by number or without case would put in another order. */
const name = fc.constantFrom('Porto', 'porto', 'Évora', 'Zürich', '10', '9', 'a')
const parcels = fc.nat(9)

/**
 * Draws forests of up to ten depots, in any order of rows.
 * @param ids to draw from: no two depots of a forest have the same
 */
export function forests(ids: string[]): fc.Arbitrary<Row[]> {
  const id = fc.constantFrom(...ids)
  const draft = fc.record({ id, above: fc.nat(99), place: fc.nat(99), name, parcels })
  const drafts = fc.uniqueArray(draft, { selector: ({ id }) => id, maxLength: 10, size: 'max' })
  return drafts.map((drafts) => {
    const placed = drafts.map(({ id, above, place, name, parcels }, at) => {
      // Below one of those before it; a depot that would be below itself is a root.
      const parent = above % (at + 1)
      return {
        place,
        row: { id, parentId: parent === at ? null : drafts[parent]!.id, name, parcels },
      }
    })
    return placed.sort((a, b) => a.place - b.place).map(({ row }) => row)
  })
}

/** Draws rows in which anything may be wrong: ids twice, parents that are missing, circles. */
export function faultyRows(ids: string[]): fc.Arbitrary<Row[]> {
  const id = fc.constantFrom(...ids)
  const parentId = fc.option(id, { nil: null, freq: 3 })
  const row = fc.record({ id, parentId, name, parcels })
  const wild = fc.array(row, { maxLength: 6 })
  const unique = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: ids.length })
  // With every id present, no parent is missing, so circles come to light.
  const parents = fc.array(fc.option(fc.nat(99), { nil: null, freq: 4 }), { maxLength: ids.length })
  const complete = parents.map((parents) =>
    parents.map((parent, at) => ({
      id: ids[at]!,
      parentId: parent === null ? null : ids[parent % parents.length]!,
      name: 'Porto',
      parcels: 1,
    })),
  )
  return fc.oneof(wild, unique, complete, complete)
}
