import { describe, expect, test } from 'vitest'
import { compareRows, type Row } from './compare.ts'
import { showDifference } from './show.ts'

const rows = (...pairs: [number, string | null][]): Row[] =>
  pairs.map(([id, name]) => ({ id, name }))
const titles: [string, string] = ['expected', 'yours']

/** What a learner sees, without trailing spaces. */
function shown(wanted: Row[], given: Row[], order: 'given' | 'free' = 'given') {
  const difference = compareRows(wanted, given, order)
  return difference && showDifference(Object.keys(wanted[0] ?? given[0]!), difference, titles)
}

describe('rows', () => {
  const right = rows([1, 'Ann'], [2, null], [2, null], [3, 'Bo'])

  test.each([
    ['the same rows', right, 'given'],
    ['the same rows in another order, where any is right', right.toReversed(), 'free'],
  ] as const)('are right: %s', (_, given, order) => {
    expect(compareRows(right, given, order)).toBeUndefined()
  })

  test.each([
    ['the same rows in another order', right.toReversed(), 'given', ['order', 0, 0]],
    ['one of two equal rows', rows([1, 'Ann'], [2, null], [3, 'Bo']), 'free', ['rows', 1, 0]],
    ['one row too often', [...right, ...rows([3, 'Bo'])], 'free', ['rows', 0, 1]],
    [
      'a text for NULL',
      rows([1, 'Ann'], [2, 'null'], [2, null], [3, 'Bo']),
      'free',
      ['rows', 1, 1],
    ],
    [
      'a text for a number',
      [...right.slice(0, 3), { id: '3', name: 'Bo' }],
      'free',
      ['rows', 1, 1],
    ],
    ['no rows', [], 'given', ['rows', 4, 0]],
    ['wrong rows in a wrong order', rows([3, 'Bo'], [1, 'Ann']), 'given', ['rows', 2, 0]],
  ] as const)('are wrong: %s', (_, given, order, [kind, missing, wrong]) => {
    expect(compareRows(right, [...given], order)).toMatchObject({ kind, missing, wrong })
  })
})

describe('a difference', () => {
  test('shows both sides, and marks the first row that differs and the others', () => {
    const wanted = rows([1, 'Ann'], [2, 'Bo'], [3, 'Cleo'], [4, 'Dag'])
    const given = rows([1, 'Ann'], [3, 'Cleo'], [4, null], [5, 'Eva'])
    expect(shown(wanted, given)).toBe(
      `
  expected        yours
  id | name       id | name
  ---+-----       ---+-----
   1 | Ann         1 | Ann
→  2 | Bo         (no such row)
   3 | Cleo        3 | Cleo
≠  4 | Dag         4 | NULL
≠ (no such row)    5 | Eva`.slice(1),
    )
  })

  test('puts rows of a free order beside their counterparts', () => {
    const wanted = rows([1, 'Ann'], [2, 'Bo'], [3, 'Cleo'])
    const given = rows([9, 'Ina'], [3, 'Cleo'], [2, 'Bob'], [1, 'Ann'])
    expect(shown(wanted, given, 'free')?.split('\n').slice(3)).toEqual([
      '   1 | Ann         1 | Ann',
      '→  2 | Bo          2 | Bob',
      '   3 | Cleo        3 | Cleo',
      '≠ (no such row)    9 | Ina',
    ])
  })

  test('shows rows that only stand in another order by their places', () => {
    const wanted = rows([1, 'Ann'], [2, 'Bo'], [3, 'Cleo'])
    expect(shown(wanted, [wanted[0]!, wanted[2]!, wanted[1]!])?.split('\n').slice(3)).toEqual([
      '   1 | Ann         1 | Ann',
      '→  2 | Bo          3 | Cleo',
      '≠  3 | Cleo        2 | Bo',
    ])
  })

  test('begins shortly before the first difference, and leaves out the rest of a long list', () => {
    const wanted = rows(...Array.from({ length: 40 }, (_, id): [number, string] => [id, 'x']))
    const given = wanted.map((row) =>
      row.id === 20 || row.id === 39 ? { ...row, name: 'y' } : row,
    )
    const lines = shown(wanted, given)!.split('\n')
    expect(lines[0]).toBe('  (18 rows before are right)')
    expect(lines[6]).toMatch(/^→ 20 \| x +20 \| y$/)
    expect(lines.at(-1)).toBe('  (12 rows more, 1 of them wrong)')
    expect(lines).toHaveLength(1 + 3 + 10 + 1)
  })

  test('puts wide rows one above the other', () => {
    const wide = (id: number, a: string | null): Row => ({
      id,
      a,
      b: 'b'.repeat(30),
      c: 'c'.repeat(30),
    })
    const text = shown(
      [wide(1, 'x'), wide(2, 'y'), wide(3, 'z')],
      [wide(1, 'x'), wide(2, null), wide(4, 'z')],
    )!
    expect(
      text
        .split('\n')
        .slice(2)
        .map((line) => line.slice(0, 26).trimEnd()),
    ).toEqual([
      '  both            1 | x',
      '→ expected        2 | y',
      '  yours           2 | NULL',
      '≠ missing         3 | z',
      '≠ not expected    4 | z',
    ])
  })

  test('shows instants as psql does in UTC, and keeps a cell on one short line', () => {
    const long = 'a\nb'.padEnd(200, 'x')
    const text = shown(
      [{ at: '2026-03-29T00:00:00.000Z', note: long }],
      [{ at: '2026-03-29T00:00:00.250Z', note: long }],
    )!
    expect(text).toContain('2026-03-29 00:00:00+00 ')
    expect(text).toContain('2026-03-29 00:00:00.250+00')
    expect(text).toContain(`a b${'x'.repeat(44)}…`)
  })
})
