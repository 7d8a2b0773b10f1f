export type Row = { id: string; parentId: string | null; name: string; parcels: number }

type Depot = {
  id: string
  name: string
  parcels: number
  depth: number
  parent: Depot | null
  children: Depot[]
}

/** The depots by id, and in pre-order: each one before what is below it. */
export type Tree = { byId: Map<string, Depot>; preOrder: Depot[] }

export type Fault = 'DUPLICATE' | 'ORPHAN' | 'CYCLE'

/** Thrown where rows are no tree; `ids` names the depots at fault. */
export class TreeError extends Error {
  override name = 'TreeError'
  readonly code: Fault
  readonly ids: string[]

  constructor(code: Fault, ids: string[]) {
    super(`${code}: ${ids.join(', ')}`)
    this.code = code
    this.ids = ids
  }
}

/** Returns the tree that the rows describe, in whatever order they come. */
export function buildTree(rows: readonly Row[]): Tree {
  const byId = indexById(rows)
  const roots = linkToParents(rows, byId)
  const preOrder = walk(roots)
  // Nothing on a circle can be reached from a root.
  if (preOrder.length < byId.size) throw new TreeError('CYCLE', findCircle(byId, preOrder))
  return { byId, preOrder }
}

function indexById(rows: readonly Row[]): Map<string, Depot> {
  const byId = new Map<string, Depot>()
  const duplicates = new Set<string>()
  for (const { id, name, parcels } of rows) {
    if (byId.has(id)) duplicates.add(id)
    byId.set(id, { id, name, parcels, depth: 0, parent: null, children: [] })
  }
  if (duplicates.size > 0) throw new TreeError('DUPLICATE', [...duplicates])
  return byId
}

function linkToParents(rows: readonly Row[], byId: Map<string, Depot>): Depot[] {
  const roots: Depot[] = []
  const orphans: string[] = []
  for (const { id, parentId } of rows) {
    const depot = byId.get(id)!
    if (parentId === null) {
      roots.push(depot)
      continue
    }
    const parent = byId.get(parentId)
    if (!parent) {
      orphans.push(id)
      continue
    }
    depot.parent = parent
    parent.children.push(depot)
  }
  if (orphans.length > 0) throw new TreeError('ORPHAN', orphans)
  return roots
}

/** Walks with a stack of its own: a recursion as deep as a long chain would overflow. */
function walk(roots: Depot[]): Depot[] {
  const preOrder: Depot[] = []
  // What is pushed last is visited first.
  const waiting = roots.sort(lastFirst)
  for (let depot = waiting.pop(); depot; depot = waiting.pop()) {
    preOrder.push(depot)
    for (const child of depot.children.sort(lastFirst)) {
      child.depth = depot.depth + 1
      waiting.push(child)
    }
  }
  return preOrder
}

function lastFirst(a: Depot, b: Depot): number {
  return compare(b.name, a.name) || compare(b.id, a.id)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function findCircle(byId: Map<string, Depot>, reached: Depot[]): string[] {
  const free = new Set(reached)
  // From any depot that was not reached, the way up ends in a circle.
  let depot = byId.values().find((depot) => !free.has(depot))!
  const climbed = new Set<Depot>()
  while (!climbed.has(depot)) {
    climbed.add(depot)
    depot = depot.parent!
  }
  const way = [...climbed]
  return way.slice(way.indexOf(depot)).map(({ id }) => id)
}

/** Returns for each depot the parcels in it and in all that is below it. */
export function rollup({ preOrder }: Tree): Map<string, number> {
  const totals = new Map(preOrder.map(({ id, parcels }) => [id, parcels]))
  // Backwards, so that a depot's total is whole before its parent takes it.
  for (const { id, parent } of preOrder.toReversed()) {
    if (parent) totals.set(parent.id, totals.get(parent.id)! + totals.get(id)!)
  }
  return totals
}

/** Returns the names from the root down to the depot, or null for an id that no depot has. */
export function pathTo({ byId }: Tree, id: string): string[] | null {
  const depot = byId.get(id)
  if (!depot) return null
  const names: string[] = []
  for (let at: Depot | null = depot; at; at = at.parent) names.push(at.name)
  return names.reverse()
}

/** Returns the id of the deepest depot that has both at or below it, or null where there is none. */
export function lowestCommon({ byId }: Tree, a: string, b: string): string | null {
  let [one, other] = [byId.get(a) ?? null, byId.get(b) ?? null]
  // Whichever is deeper climbs. Two roots are equally deep, and then both climb to null.
  while (one && other && one !== other) {
    const deeper = one.depth - other.depth
    if (deeper >= 0) one = one.parent
    if (deeper <= 0) other = other.parent
  }
  return one && other && one.id
}

/** Returns all depots, each before those below it, siblings by name and then by id. */
export function flatten({ preOrder }: Tree): { id: string; depth: number }[] {
  return preOrder.map(({ id, depth }) => ({ id, depth }))
}
