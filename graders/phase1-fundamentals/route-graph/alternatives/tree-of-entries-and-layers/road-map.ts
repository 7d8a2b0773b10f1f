export type Route = { minutes: number; path: string[] }

type Tree = { minutes: number; place: string; kids: Tree[] }

const meld = (a: Tree, b: Tree): Tree => {
  if (b.minutes < a.minutes) return meld(b, a)
  a.kids.push(b)
  return a
}

// Pairs from the left, then melds from the right, without recursion.
const without = (tree: Tree): Tree | null => {
  const pairs: Tree[] = []
  for (let i = 0; i < tree.kids.length; i += 2) {
    const [a, b] = [tree.kids[i]!, tree.kids[i + 1]]
    pairs.push(b ? meld(a, b) : a)
  }
  let all: Tree | null = pairs.pop() ?? null
  while (pairs.length > 0) all = meld(pairs.pop()!, all!)
  return all
}

export class RoadMap {
  private out: Map<string, Map<string, number[]>> = new Map()

  addRoad(from: string, to: string, minutes: number, options: { oneWay?: boolean } = {}): void {
    if (!Number.isFinite(minutes)) throw new RangeError(String(minutes))
    if (minutes < 0) throw new RangeError(String(minutes))
    const directions = options.oneWay ? [[from, to]] : [[from, to], [to, from]]
    for (const place of [from, to]) if (!this.out.has(place)) this.out.set(place, new Map())
    for (const [a, b] of directions as [string, string][]) {
      const roads = this.out.get(a)!
      roads.set(b, [...(roads.get(b) ?? []), minutes])
    }
  }

  closeRoad(a: string, b: string): boolean {
    let closed = false
    for (const [x, y] of [[a, b], [b, a]] as const) if (this.out.get(x)?.delete(y)) closed = true
    return closed
  }

  private all(from: string, limit: number): Map<string, { minutes: number; before: string | null }> {
    const best = new Map<string, { minutes: number; before: string | null }>()
    if (!this.out.has(from)) return best
    const final = new Set<string>()
    best.set(from, { minutes: 0, before: null })
    let heap: Tree | null = { minutes: 0, place: from, kids: [] }
    while (heap) {
      const { minutes, place }: Tree = heap
      heap = without(heap)
      if (minutes > limit) break
      if (final.has(place)) continue
      final.add(place)
      for (const [next, roads] of this.out.get(place)!) {
        const total = minutes + roads.reduce((least, road) => (road < least ? road : least))
        const known = best.get(next)
        if (known && known.minutes <= total) continue
        best.set(next, { minutes: total, before: place })
        const tree: Tree = { minutes: total, place: next, kids: [] }
        heap = heap ? meld(heap, tree) : tree
      }
    }
    for (const [place, { minutes }] of best) if (minutes > limit) best.delete(place)
    return best
  }

  fastest(from: string, to: string): Route | null {
    const all = this.all(from, Number.MAX_VALUE)
    const end = all.get(to)
    if (!end) return null
    const path = [to]
    for (let place = end.before; place !== null; place = all.get(place)!.before) path.push(place)
    return { path: path.reverse(), minutes: end.minutes }
  }

  within(from: string, minutes: number): Set<string> {
    return new Set(this.all(from, minutes).keys())
  }
}
