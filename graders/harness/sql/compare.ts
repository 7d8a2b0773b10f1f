/** A row as it is compared: instants are ISO text in UTC, days `YYYY-MM-DD`. */
export type Row = Record<string, string | number | null>

/** Rows that belong together: one of them is missing where the other has no counterpart. */
export type Pair = { wanted?: Row; given?: Row; differs: boolean }

export type Difference = {
  /** `order`: the rows are right, only their order is not. */
  kind: 'rows' | 'order'
  pairs: Pair[]
  /** How many of the rows wanted are not there, and how many that are there should not be. */
  missing: number
  wrong: number
}

/** Tells for each text whether it has a counterpart; one that stands twice needs two. */
export function matches(these: string[], those: string[]): boolean[] {
  const left = new Map<string, number>()
  for (const text of those) left.set(text, (left.get(text) ?? 0) + 1)
  return these.map((text) => {
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count > 0
  })
}

const textOf = (row: Row) => JSON.stringify(row)
const firstCell = (row: Row) => Object.values(row)[0]

/** Puts each row that is missing beside a wrong one that begins with the same value. */
function pairUp(wanted: Row[], given: Row[]): Pair[] {
  const rest = Map.groupBy(given, firstCell)
  const pairs = wanted.map((row): Pair => {
    const other = rest.get(firstCell(row))?.shift()
    return other ? { wanted: row, given: other, differs: true } : { wanted: row, differs: true }
  })
  const others = new Set([...rest.values()].flat())
  const surplus = given.filter((row) => others.has(row))
  return [...pairs, ...surplus.map((row) => ({ given: row, differs: true }))]
}

/** Rows that both have side by side, and between them those that only one has. */
function inOrder(wanted: Row[], found: boolean[], given: Row[], asked: boolean[]): Pair[] {
  const pairs: Pair[] = []
  let at = 0
  const nextOf = (rows: Row[], known: boolean[], from: number) => {
    const end = known.indexOf(true, from)
    return rows.slice(from, end < 0 ? undefined : end)
  }
  for (let index = 0; index < wanted.length || at < given.length; ) {
    const missing = nextOf(wanted, found, index)
    const wrong = nextOf(given, asked, at)
    pairs.push(...pairUp(missing, wrong))
    index += missing.length
    at += wrong.length
    if (index === wanted.length) break
    const [left, right] = [wanted[index]!, given[at]!]
    pairs.push({ wanted: left, given: right, differs: textOf(left) !== textOf(right) })
    index += 1
    at += 1
  }
  return pairs
}

/** The same where the order is free: the rows of `given` go where their counterparts stand. */
function inAnyOrder(wanted: Row[], found: boolean[], given: Row[], asked: boolean[]): Pair[] {
  const missing = wanted.filter((_, index) => !found[index])
  const wrong = given.filter((_, index) => !asked[index])
  const differing = pairUp(missing, wrong)
  const pairs = wanted.map((row, index): Pair => {
    return found[index] ? { wanted: row, given: row, differs: false } : differing.shift()!
  })
  return [...pairs, ...differing]
}

/**
 * Compares the rows of a query with those wanted; a row counts as often as it stands there.
 * @param order `given`: the rows must come in the order of `wanted`; `free`: in any
 * @returns undefined where they are right
 */
export function compareRows(
  wanted: Row[],
  given: Row[],
  order: 'given' | 'free',
): Difference | undefined {
  const left = wanted.map(textOf)
  const right = given.map(textOf)
  const found = matches(left, right)
  const asked = matches(right, left)
  const missing = found.filter((is) => !is).length
  const wrong = asked.filter((is) => !is).length
  const kind = missing + wrong > 0 ? 'rows' : 'order'
  const same = kind === 'order' && left.every((text, index) => text === right[index])
  if (same || (kind === 'order' && order === 'free')) return undefined
  const lay = order === 'free' ? inAnyOrder : inOrder
  return { kind, pairs: lay(wanted, found, given, asked), missing, wrong }
}
