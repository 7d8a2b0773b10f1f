import type { ForeignKey, Schema, Tables } from './tables.ts'

/** How long to look for a smaller dataset. */
export type Limits = {
  /** How many datasets are tried. */
  tries: number
  /** Time on the clock, in ms; nothing new is tried after that. */
  ms: number
}

type Any = Record<string, unknown>

/** Leaves out some rows of a table, and whatever refers to them. */
function without(rows: Tables, keys: ForeignKey[], table: string, gone: object[]): Tables {
  let smaller: Tables = {
    ...rows,
    [table]: rows[table]!.filter((row) => !gone.includes(row)),
  }
  for (const key of keys.filter(({ parent }) => parent === table)) {
    const values = new Set(gone.map((row) => (row as Any)[key.parentColumn]))
    const orphans = smaller[key.table]!.filter((row) => values.has((row as Any)[key.column]))
    if (orphans.length > 0) smaller = without(smaller, keys, key.table, orphans)
  }
  return smaller
}

/** Sets a reference of some rows to NULL. */
function unlinked(rows: Tables, { table, column }: ForeignKey, some: object[]): Tables {
  const changed = rows[table]!.map((row) => (some.includes(row) ? { ...row, [column]: null } : row))
  return { ...rows, [table]: changed }
}

/**
 * Delta debugging: looks for a small part of a dataset that still has some property. It leaves out
 * rows, larger groups first and each with all that refers to it, and sets references to NULL.
 * @param isStill asked about each smaller dataset
 * @returns the smallest found; the dataset itself where nothing may go
 */
export async function shrink<T extends Tables>(
  rows: T,
  { tables, keys }: Schema,
  isStill: (rows: T) => Promise<boolean>,
  limits: Limits,
): Promise<T> {
  const end = performance.now() + limits.ms
  let tries = 0
  let smallest: Tables = rows
  const known = new Set<string>()

  const isOver = () => tries >= limits.tries || performance.now() > end

  /** Keeps a smaller dataset where it still has the property. */
  async function attempt(smaller: Tables): Promise<boolean> {
    const text = JSON.stringify(smaller)
    if (known.has(text)) return false
    known.add(text)
    tries += 1
    if (!(await isStill(smaller as T))) return false
    smallest = smaller
    return true
  }

  async function leaveOutRows(table: string): Promise<void> {
    for (let size = smallest[table]!.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let at = 0; at < smallest[table]!.length && !isOver(); ) {
        const group = smallest[table]!.slice(at, at + size)
        // What followed the group now stands where the group stood.
        if (!(await attempt(without(smallest, keys, table, group)))) at += size
      }
  }

  async function unlink(key: ForeignKey): Promise<void> {
    const linked = () => smallest[key.table]!.filter((row) => (row as Any)[key.column] !== null)
    if (linked().length === 0 || isOver() || (await attempt(unlinked(smallest, key, linked()))))
      return
    for (const row of linked()) {
      if (isOver()) return
      await attempt(unlinked(smallest, key, [row]))
    }
  }

  let before: Tables
  do {
    before = smallest
    // Those that refer to others first: then little hangs on the rows that are left.
    for (const { name } of tables.toReversed()) if (smallest[name]) await leaveOutRows(name)
    for (const key of keys) if (key.nullable && smallest[key.table]) await unlink(key)
  } while (smallest !== before)
  return smallest as T
}
