export type Row = { id: string; parentId: string | null; name: string; parcels: number }
export type Fault = 'DUPLICATE' | 'ORPHAN' | 'CYCLE'

export class TreeError extends Error {
  code: Fault
  ids: string[]
  constructor(code: Fault, ids: string[]) {
    super(code)
    this.code = code
    this.ids = ids
  }
}

export type Tree = {
  rowOf: Map<string, Row>
  below: Map<string | null, Row[]>
}

export function buildTree(rows: readonly Row[]): Tree {
  const times = new Map<string, number>()
  for (const row of rows) times.set(row.id, (times.get(row.id) ?? 0) + 1)
  const twice = [...times].filter(([, count]) => count > 1)
  if (twice.length) throw new TreeError('DUPLICATE', twice.map(([id]) => id))

  const lost = rows.filter((row) => row.parentId !== null && !times.has(row.parentId))
  if (lost.length) throw new TreeError('ORPHAN', lost.map((row) => row.id))

  const rowOf = new Map(rows.map((row) => [row.id, row]))
  // Take leaves away until none is left; what stays has something below it for ever.
  const children = new Map<string, number>(rows.map((row) => [row.id, 0]))
  for (const { parentId } of rows) if (parentId !== null) children.set(parentId, children.get(parentId)! + 1)
  const leaves = rows.filter((row) => children.get(row.id) === 0)
  const left = new Set(rows.map((row) => row.id))
  for (let i = 0; i < leaves.length; i++) {
    const { id, parentId } = leaves[i]!
    left.delete(id)
    if (parentId === null) continue
    children.set(parentId, children.get(parentId)! - 1)
    if (children.get(parentId) === 0) leaves.push(rowOf.get(parentId)!)
  }
  if (left.size > 0) {
    const [first] = left
    const circle = [first!]
    for (let id = rowOf.get(first!)!.parentId; id !== first; id = rowOf.get(id!)!.parentId) circle.push(id!)
    throw new TreeError('CYCLE', circle)
  }

  const below = new Map<string | null, Row[]>()
  for (const row of rows) {
    const list = below.get(row.parentId)
    if (list) list.push(row)
    else below.set(row.parentId, [row])
  }
  for (const list of below.values()) {
    list.sort((a, b) => {
      if (a.name < b.name) return -1
      if (a.name > b.name) return 1
      return a.id < b.id ? -1 : 1
    })
  }
  return { rowOf, below }
}

export function flatten(tree: Tree): { id: string; depth: number }[] {
  const out: { id: string; depth: number }[] = []
  // One iterator for each level that the walk is in.
  const levels = [(tree.below.get(null) ?? []).values()]
  while (levels.length > 0) {
    const { value, done } = levels[levels.length - 1]!.next()
    if (done) {
      levels.pop()
      continue
    }
    out.push({ id: value.id, depth: levels.length - 1 })
    levels.push((tree.below.get(value.id) ?? []).values())
  }
  return out
}

export function rollup(tree: Tree): Map<string, number> {
  const open = [...tree.rowOf.keys()]
  const waitsFor = new Map(open.map((id) => [id, tree.below.get(id)?.length ?? 0]))
  const sums = new Map([...tree.rowOf].map(([id, row]) => [id, row.parcels]))
  const ready = open.filter((id) => waitsFor.get(id) === 0)
  while (ready.length) {
    const id = ready.pop()!
    const above = tree.rowOf.get(id)!.parentId
    if (above === null) continue
    sums.set(above, sums.get(above)! + sums.get(id)!)
    waitsFor.set(above, waitsFor.get(above)! - 1)
    if (waitsFor.get(above) === 0) ready.push(above)
  }
  return sums
}

function* climb(tree: Tree, from: string): Generator<Row> {
  let row = tree.rowOf.get(from)
  while (row) {
    yield row
    row = row.parentId === null ? undefined : tree.rowOf.get(row.parentId)
  }
}

export function pathTo(tree: Tree, id: string): string[] | null {
  const names = [...climb(tree, id)].map((row) => row.name)
  return names.length ? names.reverse() : null
}

export function lowestCommon(tree: Tree, a: string, b: string): string | null {
  const above = new Set([...climb(tree, a)].map((row) => row.id))
  for (const row of climb(tree, b)) if (above.has(row.id)) return row.id
  return null
}
