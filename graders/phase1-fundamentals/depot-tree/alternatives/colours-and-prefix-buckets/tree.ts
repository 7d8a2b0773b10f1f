export type Row = { id: string; parentId: string | null; name: string; parcels: number }
export type Fault = 'DUPLICATE' | 'ORPHAN' | 'CYCLE'

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

class Node {
  readonly row: Row
  readonly children: Node[] = []
  up: Node | undefined
  level = 0
  total = 0
  size = 1
  place = 0
  constructor(row: Row) {
    this.row = row
  }
}

// The level order: parents come before their children, and roots first.
export type Tree = { nodes: Record<string, Node>; levels: Node[] }

export function buildTree(rows: readonly Row[]): Tree {
  const sorted = rows.slice().sort((x, y) => order(x.name, y.name) || order(x.id, y.id))
  // An object without a prototype has no __proto__ of its own.
  const nodes: Record<string, Node> = Object.create(null)
  const duplicates: Record<string, true> = Object.create(null)
  for (const row of sorted) {
    if (nodes[row.id]) duplicates[row.id] = true
    else nodes[row.id] = new Node(row)
  }
  if (Object.keys(duplicates).length > 0) throw new TreeError('DUPLICATE', Object.keys(duplicates))

  const orphans = sorted.filter((row) => row.parentId !== null && nodes[row.parentId] === undefined)
  if (orphans.length > 0) throw new TreeError('ORPHAN', orphans.map((row) => row.id))

  const levels: Node[] = []
  for (const row of sorted) {
    const node = nodes[row.id]!
    if (row.parentId === null) levels.push(node)
    else {
      node.up = nodes[row.parentId]!
      node.up.children.push(node)
    }
  }
  const roots = levels.length
  for (let i = 0; i < levels.length; i++) {
    for (const child of levels[i]!.children) {
      child.level = levels[i]!.level + 1
      levels.push(child)
    }
  }
  if (levels.length !== rows.length) throw new TreeError('CYCLE', circle(sorted, nodes, new Set(levels)))

  for (let i = levels.length - 1; i >= 0; i--) {
    const node = levels[i]!
    node.total += node.row.parcels
    if (node.up) {
      node.up.total += node.total
      node.up.size += node.size
    }
  }
  let place = 0
  for (const root of levels.slice(0, roots)) {
    root.place = place
    place += root.size
  }
  for (const node of levels) {
    let next = node.place + 1
    for (const child of node.children) {
      child.place = next
      next += child.size
    }
  }
  return { nodes, levels }
}

function circle(rows: Row[], nodes: Record<string, Node>, reached: Set<Node>): string[] {
  // Two climbers, one twice as fast: they meet on the circle (Floyd).
  let slow = nodes[rows.find((row) => !reached.has(nodes[row.id]!))!.id]!
  let fast = slow
  do {
    slow = slow.up!
    fast = fast.up!.up!
  } while (slow !== fast)
  const ids = [slow.row.id]
  for (let node = slow.up!; node !== slow; node = node.up!) ids.push(node.row.id)
  return ids
}

function order(x: string, y: string): number {
  return x < y ? -1 : Number(x > y)
}

export function rollup({ levels }: Tree): Map<string, number> {
  const map = new Map<string, number>()
  levels.forEach((node) => map.set(node.row.id, node.total))
  return map
}

export function pathTo({ nodes }: Tree, id: string): string[] | null {
  let node: Node | undefined = nodes[id]
  if (node === undefined) return null
  const names: string[] = []
  while (node) {
    names.push(node.row.name)
    node = node.up
  }
  return names.toReversed()
}

export function lowestCommon({ nodes }: Tree, a: string, b: string): string | null {
  let [x, y]: (Node | undefined)[] = [nodes[a], nodes[b]]
  while (x && y && x !== y) {
    if (x.level > y.level) x = x.up
    else if (y.level > x.level) y = y.up
    else [x, y] = [x.up, y.up]
  }
  return x !== undefined && x === y ? x.row.id : null
}

export function flatten({ levels }: Tree): { id: string; depth: number; name: string }[] {
  const list = new Array(levels.length)
  for (const { row, level, place } of levels) list[place] = { id: row.id, depth: level, name: row.name }
  return list
}
