export class CycleError extends Error {
  override name = 'CycleError'
  cycle: string[]
  constructor(cycle: string[]) {
    super(cycle.join(' > '))
    this.cycle = cycle
  }
}

export function loadOrder(deps: Readonly<Record<string, readonly string[]>>): string[] {
  const order: string[] = []
  const colour = new Map<string, 'open' | 'done'>()
  const needs = (item: string): readonly string[] => (Object.hasOwn(deps, item) ? deps[item]! : [])
  for (const root of Object.keys(deps)) {
    if (colour.has(root)) continue
    const stack = [{ item: root, next: 0 }]
    colour.set(root, 'open')
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const list = needs(top.item)
      if (top.next === list.length) {
        colour.set(top.item, 'done')
        order.push(top.item)
        stack.pop()
        continue
      }
      const needed = list[top.next++]!
      if (colour.get(needed) === 'open') {
        const items = stack.map(({ item }) => item)
        throw new CycleError(items.slice(items.indexOf(needed)))
      }
      if (!colour.has(needed)) {
        colour.set(needed, 'open')
        stack.push({ item: needed, next: 0 })
      }
    }
  }
  return order
}
