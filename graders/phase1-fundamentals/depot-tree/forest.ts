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

/**
 * Builds all forests first and asks about each after that, so that a tree which another one has
 * overwritten shows. Runs in the learner's process, so it uses nothing from here.
 */
export function playForests(
  { buildTree, rollup, pathTo, lowestCommon, flatten, TreeError }: typeof Tree,
  forests: { rows: Row[]; ask: string[] }[],
): Sight[] {
  // What cannot travel, such as a function, is told in words.
  const attempt = (call: () => unknown): unknown => {
    try {
      return structuredClone(call())
    } catch (error) {
      return `threw ${error}`
    }
  }
  const trees = forests.map(({ rows }) => {
    try {
      return { tree: buildTree(rows) }
    } catch (error) {
      const { code, ids } = (error ?? {}) as Partial<Tree.TreeError>
      const isTreeError = error instanceof TreeError && error instanceof Error
      const list = Array.isArray(ids) ? ids.map((id) => String(id)) : String(ids)
      return { error: { isTreeError, text: String(error), code: String(code), ids: list } }
    }
  })
  return trees.map((built, at) => {
    if ('error' in built) return built
    const tree = built.tree as Tree.Tree
    const { ask } = forests[at]!
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

/** The rows as code, for a learner to try. */
function script(rows: Row[]): string {
  const lines = rows.map(
    ({ id, parentId, name, parcels }) =>
      `  { id: ${JSON.stringify(id)}, parentId: ${JSON.stringify(parentId)}, name: ${JSON.stringify(name)}, parcels: ${parcels} },`,
  )
  return `const tree = buildTree([\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}])`
}

/** Compares the numbers, paths and common depots of a forest with what a slow search finds. */
export function expectRelations(rows: Row[], ask: string[], seen: Sight | undefined): void {
  const after = `after\n${script(rows)}\n`
  expectBuilt(rows, seen)
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

export function expectFlat(rows: Row[], seen: Sight | undefined): void {
  expectBuilt(rows, seen)
  const call = 'flatten(tree)'
  expectFacts({ [call]: seen?.flatten }, { [call]: flat(rows, null) }, `after\n${script(rows)}\n`)
}

function expectBuilt(rows: Row[], seen: Sight | undefined): void {
  const call = 'what buildTree threw'
  expectFacts({ [call]: seen?.error?.text }, { [call]: undefined }, `for\n${script(rows)}\n`)
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
export function expectFault(rows: Row[], seen: Sight | undefined): void {
  const ids = rows.map(({ id }) => id)
  const duplicates = ids.filter((id, at) => ids.indexOf(id) !== at)
  const orphans = rows.filter(({ parentId }) => parentId !== null && !ids.includes(parentId))
  const circles = rows.map((row) => circleAbove(rows, row)).filter(({ length }) => length > 0)
  const orphanIds = orphans.map(({ id }) => id)
  if (duplicates.length > 0) expectError(rows, 'DUPLICATE', [duplicates], seen)
  else if (orphanIds.length > 0) expectError(rows, 'ORPHAN', [orphanIds], seen)
  else if (circles.length > 0) expectError(rows, 'CYCLE', circles, seen)
  else expectBuilt(rows, seen)
}

function expectError(
  rows: Row[],
  code: Tree.Fault,
  choices: string[][],
  seen: Sight | undefined,
): void {
  const when = `for\n${script(rows)}\n`
  const error = seen?.error
  const thrown = error?.isTreeError ? 'a TreeError' : (error?.text ?? 'nothing')
  const got = Array.isArray(error?.ids) ? error.ids.toSorted() : error?.ids
  const sets = choices.map((ids) => [...new Set(ids)].sort())
  // Where there are several circles any one will do.
  const wanted = sets.find((ids) => ids.join() === String(got)) ?? sets[0]
  const what = {
    thrown: 'what buildTree threw',
    code: 'the code of the error',
    ids: 'the ids of the error, sorted for this message',
  }
  expectFacts(
    { [what.thrown]: thrown, [what.code]: error?.code, [what.ids]: got },
    { [what.thrown]: 'a TreeError', [what.code]: code, [what.ids]: wanted },
    when,
  )
}
