export class CycleError extends Error {
  cycle: string[]
  constructor(cycle: string[]) {
    super('cycle')
    this.cycle = cycle
  }
}

export function loadOrder(deps: Readonly<Record<string, readonly string[]>>): string[] {
  const pairs = Object.entries(deps).flatMap(([item, list]) => list.map((needed) => [item, needed] as const))
  const items = new Set([...Object.keys(deps), ...pairs.map(([, needed]) => needed)])
  const users = Map.groupBy(pairs, ([, needed]) => needed)
  const open = new Map<string, number>()
  for (const [item] of pairs) open.set(item, (open.get(item) ?? 0) + 1)

  const order: string[] = []
  let level = [...items].filter((item) => !open.has(item))
  while (level.length > 0) {
    order.push(...level)
    const next: string[] = []
    for (const needed of level) {
      for (const [item] of users.get(needed) ?? []) {
        const left = open.get(item)! - 1
        if (left === 0) {
          open.delete(item)
          next.push(item)
        } else open.set(item, left)
      }
    }
    level = next
  }
  if (open.size === 0) return order

  const next = new Map(pairs.filter(([item, needed]) => open.has(item) && open.has(needed)))
  let slow = open.keys().next().value as string
  let fast = slow
  do {
    slow = next.get(slow)!
    fast = next.get(next.get(fast)!)!
  } while (slow !== fast)
  const cycle = [slow]
  for (let item = next.get(slow)!; item !== slow; item = next.get(item)!) cycle.push(item)
  throw new CycleError(cycle)
}
