export interface Route { minutes: number; path: string[] }
interface Road { ends: [Place, Place]; minutes: number; oneWay: boolean }
class Place {
  readonly name: string
  readonly roads = new Set<Road>()
  constructor(name: string) { this.name = name }
}

type Pair = [minutes: number, place: Place, then: Place | undefined]

function push(heap: Pair[], pair: Pair): void {
  heap.push(pair)
  for (let i = heap.length - 1; i > 0; ) {
    const up = Math.floor((i - 1) / 2)
    if (heap[up]![0] <= heap[i]![0]) return
    ;[heap[up], heap[i]] = [heap[i]!, heap[up]!]
    i = up
  }
}

function pop(heap: Pair[]): Pair | undefined {
  if (heap.length < 2) return heap.pop()
  const top = heap[0]
  heap[0] = heap.pop()!
  for (let i = 0; ; ) {
    const [left, right] = [2 * i + 1, 2 * i + 2]
    let least = i
    if (left < heap.length && heap[left]![0] < heap[least]![0]) least = left
    if (right < heap.length && heap[right]![0] < heap[least]![0]) least = right
    if (least === i) return top
    ;[heap[least], heap[i]] = [heap[i]!, heap[least]!]
    i = least
  }
}

export class RoadMap {
  #places = new Map<string, Place>()

  #place(name: string): Place {
    return this.#places.get(name) ?? this.#places.set(name, new Place(name)).get(name)!
  }

  addRoad(from: string, to: string, minutes: number, { oneWay = false } = {}): void {
    if (typeof minutes !== 'number' || Number.isNaN(minutes) || minutes < 0 || minutes === Infinity) throw new RangeError('bad minutes')
    const ends: [Place, Place] = [this.#place(from), this.#place(to)]
    const road = { ends, minutes, oneWay }
    for (const end of ends) end.roads.add(road)
  }

  closeRoad(a: string, b: string): boolean {
    const [one, other] = [this.#places.get(a), this.#places.get(b)]
    let closed = false
    for (const road of one?.roads ?? []) {
      const [x, y] = road.ends
      if (!((x === one && y === other) || (x === other && y === one))) continue
      x.roads.delete(road)
      y.roads.delete(road)
      closed = true
    }
    return closed
  }

  /** From one place along the roads, or against them. */
  #spread(start: Place, backwards: boolean, limit: number, target?: Place): Map<Place, Pair> {
    const done = new Map<Place, Pair>()
    const heap: Pair[] = [[0, start, undefined]]
    for (let pair = pop(heap); pair && pair[0] <= limit; pair = pop(heap)) {
      const [minutes, place] = pair
      if (done.has(place)) continue
      done.set(place, pair)
      if (place === target) break
      for (const { ends: [x, y], oneWay, minutes: more } of place.roads) {
        if (x === place && !(oneWay && backwards)) if (!done.has(y)) push(heap, [minutes + more, y, place])
        if (y === place && !(oneWay && !backwards)) if (!done.has(x)) push(heap, [minutes + more, x, place])
      }
    }
    return done
  }

  fastest(from: string, to: string): Route | null {
    const [start, target] = [this.#places.get(from), this.#places.get(to)]
    if (!start || !target) return null
    const done = this.#spread(target, true, Infinity, start)
    const pair = done.get(start)
    if (!pair) return null
    const path: string[] = []
    for (let at: Place | undefined = start; at; at = done.get(at)![2]) path.push(at.name)
    return { minutes: pair[0], path }
  }

  within(from: string, minutes: number): Set<string> {
    const start = this.#places.get(from)
    if (!start) return new Set()
    return new Set([...this.#spread(start, false, minutes).keys()].map((place) => place.name))
  }
}
