export type Route = { minutes: number; path: string[] }

/** How a place was reached: in how many minutes, and from where. */
type Arrival = { place: string; minutes: number; from: Arrival | null }

/** Places and the roads between them. */
export class RoadMap {
  /** For each place the places that its roads lead to, and how long the fastest of them takes. */
  readonly #roads = new Map<string, Map<string, number>>()

  /** Adds a road, in both directions unless it is one-way, and makes both places known. */
  addRoad(
    from: string,
    to: string,
    minutes: number,
    { oneWay = false }: { oneWay?: boolean } = {},
  ): void {
    if (!Number.isFinite(minutes) || minutes < 0) {
      throw new RangeError(`minutes must be a finite number of at least 0, not ${minutes}`)
    }
    this.#know(from)
    this.#know(to)
    this.#lead(from, to, minutes)
    if (!oneWay) this.#lead(to, from, minutes)
  }

  /** Closes all roads between two places, in both directions. @returns whether there were any */
  closeRoad(a: string, b: string): boolean {
    const there = this.#roads.get(a)?.delete(b) ?? false
    const back = this.#roads.get(b)?.delete(a) ?? false
    return there || back
  }

  /** Returns a fastest way, or null where none leads there. */
  fastest(from: string, to: string): Route | null {
    for (const arrival of this.#travel(from)) {
      if (arrival.place === to) return { minutes: arrival.minutes, path: pathTo(arrival) }
    }
    return null
  }

  /** Returns the places that can be reached in so many minutes, the start included. */
  within(from: string, minutes: number): Set<string> {
    const reached = new Set<string>()
    for (const arrival of this.#travel(from)) {
      if (arrival.minutes > minutes) break
      reached.add(arrival.place)
    }
    return reached
  }

  /** Arrives at each place that can be reached, once, the nearest first (Dijkstra). */
  *#travel(from: string): Generator<Arrival> {
    if (!this.#roads.has(from)) return
    const best = new Map([[from, 0]])
    const visited = new Set<string>()
    const waiting = new Heap()
    waiting.push({ place: from, minutes: 0, from: null })
    for (let arrival = waiting.pop(); arrival; arrival = waiting.pop()) {
      // A place may wait several times; only its first arrival counts.
      if (visited.has(arrival.place)) continue
      visited.add(arrival.place)
      yield arrival
      for (const [place, minutes] of this.#roads.get(arrival.place)!) {
        const total = arrival.minutes + minutes
        if (total >= (best.get(place) ?? Number.POSITIVE_INFINITY)) continue
        best.set(place, total)
        waiting.push({ place, minutes: total, from: arrival })
      }
    }
  }

  #know(place: string): void {
    if (!this.#roads.has(place)) this.#roads.set(place, new Map())
  }

  #lead(from: string, to: string, minutes: number): void {
    const roads = this.#roads.get(from)!
    roads.set(to, Math.min(minutes, roads.get(to) ?? minutes))
  }
}

function pathTo(last: Arrival): string[] {
  const path: string[] = []
  for (let at: Arrival | null = last; at; at = at.from) path.push(at.place)
  return path.reverse()
}

/** Gives back the earliest arrival first: a binary heap, each parent no later than its children. */
class Heap {
  readonly #items: Arrival[] = []

  push(item: Arrival): void {
    const items = this.#items
    let at = items.length
    // Parents that are later move down, until the item's place is found.
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (items[parent]!.minutes <= item.minutes) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): Arrival | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length > 0) this.#sink(last!)
    return first
  }

  /** Puts an item at the top, and lets it sink below whatever is earlier. */
  #sink(item: Arrival): void {
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]!.minutes < items[child]!.minutes) child += 1
      if (items[child]!.minutes >= item.minutes) break
      items[at] = items[child]!
      at = child
    }
    items[at] = item
  }
}
