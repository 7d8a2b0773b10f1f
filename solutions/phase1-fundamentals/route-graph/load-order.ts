/** Thrown where items depend on each other; `cycle` lists them, each depending on the next. */
export class CycleError extends Error {
  override name = 'CycleError'
  readonly cycle: string[]

  constructor(cycle: string[]) {
    super(`${[...cycle, cycle[0]].join(' → ')}`)
    this.cycle = cycle
  }
}

/** Returns all items, each after everything that it depends on (Kahn). */
export function loadOrder(deps: Readonly<Record<string, readonly string[]>>): string[] {
  const needs = new Map(Object.entries(deps).map(([item, list]) => [item, new Set(list)]))
  for (const item of [...needs.values()].flatMap((set) => [...set])) {
    if (!needs.has(item)) needs.set(item, new Set())
  }
  const neededBy = new Map<string, string[]>([...needs.keys()].map((item) => [item, []]))
  for (const [item, set] of needs) {
    for (const needed of set) neededBy.get(needed)!.push(item)
  }

  const missing = new Map([...needs].map(([item, set]) => [item, set.size]))
  const order = [...needs.keys()].filter((item) => missing.get(item) === 0)
  // The list grows while it is read: what has all it needs may be loaded.
  for (const item of order) {
    for (const other of neededBy.get(item)!) {
      const left = missing.get(other)! - 1
      missing.set(other, left)
      if (left === 0) order.push(other)
    }
  }
  if (order.length < needs.size) throw new CycleError(findCycle(needs, new Set(order)))
  return order
}

/** From an item that cannot be loaded, goes on to one that it waits for, until one comes twice. */
function findCycle(needs: Map<string, Set<string>>, loaded: Set<string>): string[] {
  const isStuck = (item: string) => !loaded.has(item)
  let item = needs.keys().find(isStuck)!
  const way = new Set<string>()
  while (!way.has(item)) {
    way.add(item)
    item = needs.get(item)!.values().find(isStuck)!
  }
  const list = [...way]
  return list.slice(list.indexOf(item))
}
