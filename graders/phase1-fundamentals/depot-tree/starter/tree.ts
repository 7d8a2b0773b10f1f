export type Row = { id: string; parentId: string | null; name: string; parcels: number }

export type Fault = 'DUPLICATE' | 'ORPHAN' | 'CYCLE'

// Complete as it is: throw it where rows are no tree.
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

// What buildTree returns. Callers only keep it and give it back, so it can be anything you like:
// replace `unknown` by a type of your own.
export type Tree = unknown

// TODO: find the depots that belong below each depot, and refuse rows that are no tree.
export function buildTree(rows: readonly Row[]): Tree {
  return rows
}

// TODO: for each depot, the parcels in it and in all that is below it.
export function rollup(tree: Tree): Map<string, number> {
  return new Map()
}

// TODO: the names from the root down to the depot.
export function pathTo(tree: Tree, id: string): string[] | null {
  return null
}

// TODO: the id of the deepest depot that has both at or below it.
export function lowestCommon(tree: Tree, a: string, b: string): string | null {
  return null
}

// TODO: every depot with its depth, each before those below it.
export function flatten(tree: Tree): { id: string; depth: number }[] {
  return []
}
