import type * as Tree from '../../../solutions/phase1-fundamentals/depot-tree/tree.ts'
import { expectFacts } from '../../harness/index.ts'

export type Row = Tree.Row

/** What a learner's functions gave for some rows: plain data, or "threw …". */
export type Sight = {
  /** Of buildTree, where it threw. */
  error?: { isTreeError: boolean; text: string; code: unknown; ids: unknown }
  rollup?: unknown
  flatten?: unknown
  /** By id. */
  paths?: unknown[]
  /** By the first id, then the second. */
  common?: unknown[][]
}

/** Rows, the ids to ask about, and rows for another tree that is built before anything is asked. */
export type Forest = { rows: Row[]; ask: string[]; another?: Row[] }

/** Builds each tree and asks about it. Runs in the learner's process, so it uses nothing from here. */
export function playForests(
  { buildTree, rollup, pathTo, lowestCommon, flatten, TreeError }: typeof Tree,
  forests: Forest[],
): Sight[] {
  // What cannot travel, such as a function, is told in words.
  const attempt = (call: () => unknown): unknown => {
    try {
      return structuredClone(call())
    } catch (error) {
      return `threw ${error}`
    }
  }
  return forests.map(({ rows, ask, another }) => {
    let tree: Tree.Tree
    try {
      tree = buildTree(rows)
      if (another) buildTree(another)
    } catch (error) {
      const { code, ids } = (error ?? {}) as Partial<Tree.TreeError>
      const isTreeError = error instanceof TreeError && error instanceof Error
      const list = Array.isArray(ids) ? ids.map((id) => String(id)) : String(ids)
      return { error: { isTreeError, text: String(error), code: String(code), ids: list } }
    }
    return {
      rollup: attempt(() => rollup(tree)),
      flatten: attempt(() => {
        const list = flatten(tree)
        return Array.isArray(list) ? list.map(({ id, depth }) => ({ id, depth })) : list
      }),
      paths: ask.map((id) => attempt(() => pathTo(tree, id))),
      common: ask.map((a) => ask.map((b) => attempt(() => lowestCommon(tree, a, b)))),
    }
  })
}

/** The depots from this one up to its root. */
function climb(rows: Row[], id: string): Row[] {
  const row = rows.find((row) => row.id === id)
  if (!row) return []
  return [row, ...(row.parentId === null ? [] : climb(rows, row.parentId))]
}

function flat(rows: Row[], parentId: string | null, depth = 0): { id: string; depth: number }[] {
  const less = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1)
  return rows
    .filter((row) => row.parentId === parentId)
    .sort((a, b) => less(a.name, b.name) || less(a.id, b.id))
    .flatMap(({ id }) => [{ id, depth }, ...flat(rows, id, depth + 1)])
}

/** The call as code, for a learner to try. */
export function script({ rows, another }: Pick<Forest, 'rows' | 'another'>): string {
  const call = (rows: Row[]): string => {
    const lines = rows.map((row) => `  ${code(row)},\n`)
    return lines.length > 0 ? `buildTree([\n${lines.join('')}])` : 'buildTree([])'
  }
  const first = `const tree = ${call(rows)}`
  return another ? `${first}\n${call(another)}  // another tree, and then:` : first
}

function code({ id, parentId, name, parcels }: Row): string {
  const texts = [id, parentId, name].map((text) => JSON.stringify(text))
  return `{ id: ${texts[0]}, parentId: ${texts[1]}, name: ${texts[2]}, parcels: ${parcels} }`
}

/** Compares the numbers, paths and common depots of a forest with what a slow search finds. */
export function expectRelations(forest: Forest, seen: Sight | undefined): void {
  const { rows, ask } = forest
  const after = `after\n${script(forest)}\n`
  expectBuilt(forest, seen)
  const totals = rows.map(({ id }): [string, number] => {
    const below = rows.filter((row) => climb(rows, row.id).some((depot) => depot.id === id))
    return [id, below.reduce((sum, { parcels }) => sum + parcels, 0)]
  })
  expectFacts({ 'rollup(tree)': seen?.rollup }, { 'rollup(tree)': new Map(totals) }, after)
  for (const [at, id] of ask.entries()) {
    const call = `pathTo(tree, ${JSON.stringify(id)})`
    const names = climb(rows, id).map(({ name }) => name)
    const wanted = names.length > 0 ? names.reverse() : null
    expectFacts({ [call]: seen?.paths?.[at] }, { [call]: wanted }, after)
  }
  for (const [one, a] of ask.entries()) {
    for (const [other, b] of ask.entries()) {
      const call = `lowestCommon(tree, ${JSON.stringify(a)}, ${JSON.stringify(b)})`
      const above = new Set(climb(rows, b).map(({ id }) => id))
      const wanted = climb(rows, a).find(({ id }) => above.has(id))?.id ?? null
      expectFacts({ [call]: seen?.common?.[one]?.[other] }, { [call]: wanted }, after)
    }
  }
}

export function expectFlat(forest: Forest, seen: Sight | undefined): void {
  expectBuilt(forest, seen)
  const call = 'flatten(tree), as an outline,'
  const wanted = outline(flat(forest.rows, null))
  const after = `after\n${script(forest)}\n`
  expectFacts({ [call]: outline(seen?.flatten) }, { [call]: wanted }, after)
}

/** A list of depots as lines, indented by depth; anything else as it is. */
function outline(list: unknown): unknown {
  if (!Array.isArray(list)) return list
  return list.map((item: { id: unknown; depth: unknown }) => {
    const { id, depth } = item
    const indent = typeof depth === 'number' && depth > 0 && depth < 100 ? '  '.repeat(depth) : ''
    return typeof id === 'string' ? `${indent}${id} (depth ${depth})` : item
  })
}

function expectBuilt(forest: Forest, seen: Sight | undefined): void {
  const call = 'what buildTree threw'
  const thrown = seen?.error?.text ?? 'nothing'
  expectFacts({ [call]: thrown }, { [call]: 'nothing' }, `for\n${script(forest)}\n`)
}

/** The ids of the circle that the way up from this depot ends in; none where it ends at a root. */
function circleAbove(rows: Row[], from: Row): string[] {
  const way: Row[] = []
  for (let at: Row | undefined = from; at; at = rows.find(({ id }) => id === at!.parentId)) {
    if (way.includes(at)) return way.slice(way.indexOf(at)).map(({ id }) => id)
    way.push(at)
  }
  return []
}

/** Compares what buildTree threw with the first fault that the rows have. */
export function expectFault(forest: Forest, seen: Sight | undefined): void {
  const { rows } = forest
  const ids = rows.map(({ id }) => id)
  const duplicates = ids.filter((id, at) => ids.indexOf(id) !== at)
  const orphans = rows.filter(({ parentId }) => parentId !== null && !ids.includes(parentId))
  const circles = rows.map((row) => circleAbove(rows, row)).filter(({ length }) => length > 0)
  const orphanIds = orphans.map(({ id }) => id)
  if (duplicates.length > 0) expectError(rows, 'DUPLICATE', [duplicates], seen)
  else if (orphanIds.length > 0) expectError(rows, 'ORPHAN', [orphanIds], seen)
  else if (circles.length > 0) expectError(rows, 'CYCLE', circles, seen)
  else expectBuilt(forest, seen)
}

function expectError(
  rows: Row[],
  code: Tree.Fault,
  choices: string[][],
  seen: Sight | undefined,
): void {
  const when = `for\n${script({ rows })}\n`
  const error = seen?.error
  const thrown = error?.isTreeError ? 'a TreeError' : (error?.text ?? 'nothing')
  const got = Array.isArray(error?.ids) ? error.ids.toSorted() : error?.ids
  const sets = choices.map((ids) => [...new Set(ids)].sort())
  // Where there are several circles any one will do.
  const wanted = sets.find((ids) => ids.join() === String(got)) ?? sets[0]
  const what = {
    thrown: 'what buildTree threw',
    code: 'the code of the error',
    ids: 'the ids of the error (sorted, for order does not matter)',
  }
  expectFacts(
    { [what.thrown]: thrown, [what.code]: error?.code, [what.ids]: got },
    { [what.thrown]: 'a TreeError', [what.code]: code, [what.ids]: wanted },
    when,
  )
}
