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

const NONE = -1

export class Tree {
  readonly number = new Map<string, number>()
  readonly rows: Row[]
  readonly parent: Int32Array
  readonly depth: Int32Array
  /** The first child, and the next sibling, of each: children in order. */
  readonly child: Int32Array
  readonly next: Int32Array
  firstRoot = NONE

  constructor(rows: readonly Row[]) {
    // From last to first, so that each can be put in front of its siblings.
    this.rows = [...rows].sort((a, b) => (a.name === b.name ? (a.id < b.id ? 1 : -1) : a.name < b.name ? 1 : -1))
    const empty = () => new Int32Array(rows.length).fill(NONE)
    this.parent = empty()
    this.depth = empty()
    this.child = empty()
    this.next = empty()
    const twice = new Set<string>()
    this.rows.forEach(({ id }, at) => {
      if (this.number.has(id)) twice.add(id)
      this.number.set(id, at)
    })
    if (twice.size) throw new TreeError('DUPLICATE', [...twice])
    const lost: string[] = []
    this.rows.forEach(({ id, parentId }, at) => {
      if (parentId === null) {
        this.next[at] = this.firstRoot
        this.firstRoot = at
        return
      }
      const above = this.number.get(parentId)
      if (above === undefined) {
        lost.push(id)
        return
      }
      this.parent[at] = above
      this.next[at] = this.child[above]!
      this.child[above] = at
    })
    if (lost.length) throw new TreeError('ORPHAN', lost)
    for (let at = 0; at < this.rows.length; at++) this.#measure(at)
  }

  /** Climbs to where the depth is known, and writes it down on the way back. */
  #measure(from: number): void {
    const way: number[] = []
    const ON_THE_WAY = -2
    let at = from
    while (at !== NONE && this.depth[at] === NONE) {
      way.push(at)
      this.depth[at] = ON_THE_WAY
      at = this.parent[at]!
    }
    if (at !== NONE && this.depth[at] === ON_THE_WAY) {
      throw new TreeError('CYCLE', way.slice(way.indexOf(at)).map((number) => this.rows[number]!.id))
    }
    let depth = at === NONE ? 0 : this.depth[at]! + 1
    for (const number of way.reverse()) this.depth[number] = depth++
  }
}

export const buildTree = (rows: readonly Row[]): Tree => new Tree(rows)

export function flatten({ rows, child, next, parent, depth, firstRoot }: Tree): { id: string; depth: number }[] {
  const list: { id: string; depth: number }[] = []
  let at = firstRoot
  while (at !== NONE) {
    list.push({ id: rows[at]!.id, depth: depth[at]! })
    if (child[at] !== NONE) {
      at = child[at]!
      continue
    }
    while (at !== NONE && next[at] === NONE) at = parent[at]!
    if (at !== NONE) at = next[at]!
  }
  return list
}

export function rollup({ rows, parent, depth }: Tree): Map<string, number> {
  const sums = rows.map(({ parcels }) => parcels)
  const deepestFirst = rows.map((_, at) => at).sort((a, b) => depth[b]! - depth[a]!)
  for (const at of deepestFirst) if (parent[at] !== NONE) sums[parent[at]!]! += sums[at]!
  return new Map(rows.map(({ id }, at) => [id, sums[at]!]))
}

export function pathTo({ rows, number, parent, depth }: Tree, id: string): string[] | null {
  let at = number.get(id)
  if (at === undefined) return null
  const names = new Array<string>(depth[at]! + 1)
  for (; at !== NONE; at = parent[at]!) names[depth[at]!] = rows[at]!.name
  return names
}

export function lowestCommon({ rows, number, parent, depth }: Tree, a: string, b: string): string | null {
  let one = number.get(a) ?? NONE
  let other = number.get(b) ?? NONE
  if (one === NONE || other === NONE) return null
  while (depth[one]! > depth[other]!) one = parent[one]!
  while (depth[other]! > depth[one]!) other = parent[other]!
  while (one !== other) {
    one = parent[one]!
    other = parent[other]!
  }
  return one === NONE ? null : rows[one]!.id
}
