export class CycleError extends Error {
  override name = 'CycleError'
  readonly cycle: readonly string[]
  constructor(cycle: string[]) {
    super(`cycle: ${cycle}`)
    this.cycle = cycle
  }
}

// Takes away what no other item needs any more, and reads the list backwards.
export function loadOrder(deps: Readonly<Record<string, readonly string[]>>): string[] {
  const uses = new Map<string, number>()
  const count = (item: string, by: number) => {
    const now = (uses.get(item) ?? 0) + by
    uses.set(item, now)
    return now
  }
  const lists = new Map(Object.entries(deps))
  for (const [item, list] of lists) {
    count(item, 0)
    for (const needed of list) count(needed, 1)
  }
  const ready = [...uses].filter(([, n]) => n === 0).map(([item]) => item)
  const backwards: string[] = []
  while (ready.length > 0) {
    const item = ready.pop()!
    backwards.push(item)
    uses.delete(item)
    for (const needed of lists.get(item) ?? []) if (count(needed, -1) === 0) ready.push(needed)
  }
  if (uses.size === 0) return backwards.reverse()

  // What is left is needed by something that is left: go from one to a user of it.
  const userOf = new Map<string, string>()
  for (const item of uses.keys()) for (const needed of lists.get(item) ?? []) userOf.set(needed, item)
  const way: string[] = []
  const at = new Map<string, number>()
  let item = [...uses.keys()][0]!
  while (!at.has(item)) {
    at.set(item, way.length)
    way.push(item)
    item = userOf.get(item)!
  }
  throw new CycleError(way.slice(at.get(item)!).reverse())
}
