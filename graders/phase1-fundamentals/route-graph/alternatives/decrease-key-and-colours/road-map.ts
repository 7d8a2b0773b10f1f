export type Route = { minutes: number; path: string[] }

class IndexedHeap {
  heap: number[] = []
  position: Int32Array
  key: Float64Array

  constructor(count: number) {
    this.position = new Int32Array(count).fill(-1)
    this.key = new Float64Array(count).fill(Infinity)
  }

  offer(item: number, key: number): boolean {
    if (key >= this.key[item]!) return false
    this.key[item] = key
    if (this.position[item] === -1) {
      this.position[item] = this.heap.length
      this.heap.push(item)
    }
    let i = this.position[item]!
    while (i > 0) {
      const up = (i - 1) >>> 1
      if (this.key[this.heap[up]!]! <= key) break
      this.swap(i, up)
      i = up
    }
    return true
  }

  take(): number {
    const top = this.heap[0]!
    this.swap(0, this.heap.length - 1)
    this.heap.pop()
    let i = 0
    for (;;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.heap.length && this.key[this.heap[child]!]! < this.key[this.heap[least]!]!) least = child
      }
      if (least === i) return top
      this.swap(i, least)
      i = least
    }
  }

  swap(i: number, j: number): void {
    const [a, b] = [this.heap[i]!, this.heap[j]!]
    this.heap[i] = b
    this.heap[j] = a
    this.position[b] = i
    this.position[a] = j
  }
}

export class RoadMap {
  private numbers = new Map<string, number>()
  private names: string[] = []
  private roads: { to: number; minutes: number }[][] = []

  private number(name: string): number {
    let n = this.numbers.get(name)
    if (n === undefined) {
      n = this.names.length
      this.numbers.set(name, n)
      this.names.push(name)
      this.roads.push([])
    }
    return n
  }

  addRoad(from: string, to: string, minutes: number, options?: { oneWay?: boolean }): this {
    if (!(minutes >= 0 && minutes < Infinity)) throw new RangeError('minutes')
    const a = this.number(from)
    const b = this.number(to)
    this.roads[a]!.push({ to: b, minutes })
    if (options?.oneWay !== true) this.roads[b]!.push({ to: a, minutes })
    return this
  }

  closeRoad(a: string, b: string): boolean {
    const x = this.numbers.get(a)
    const y = this.numbers.get(b)
    if (x === undefined || y === undefined) return false
    const count = () => this.roads[x]!.length + this.roads[y]!.length
    const before = count()
    this.roads[x] = this.roads[x]!.filter((road) => road.to !== y)
    this.roads[y] = this.roads[y]!.filter((road) => road.to !== x)
    return count() < before
  }

  private search(start: number, stop: (place: number, minutes: number) => boolean): Int32Array {
    const before = new Int32Array(this.names.length).fill(-1)
    const heap = new IndexedHeap(this.names.length)
    heap.offer(start, 0)
    while (heap.heap.length > 0) {
      const place = heap.take()
      const minutes = heap.key[place]!
      if (stop(place, minutes)) break
      for (const road of this.roads[place]!) {
        if (heap.offer(road.to, minutes + road.minutes)) before[road.to] = place
      }
    }
    return before
  }

  fastest(from: string, to: string): Route | null {
    const start = this.numbers.get(from)
    const target = this.numbers.get(to)
    if (start === undefined || target === undefined) return null
    let total = -1
    const before = this.search(start, (place, minutes) => {
      if (place === target) total = minutes
      return place === target
    })
    if (total < 0) return null
    const path: string[] = []
    for (let place = target; place !== -1; place = before[place]!) path.push(this.names[place]!)
    return { minutes: total, path: path.reverse() }
  }

  within(from: string, limit: number): Set<string> {
    const set = new Set<string>()
    const start = this.numbers.get(from)
    if (start === undefined) return set
    this.search(start, (place, minutes) => {
      if (minutes > limit) return true
      set.add(this.names[place]!)
      return false
    })
    return set
  }
}
