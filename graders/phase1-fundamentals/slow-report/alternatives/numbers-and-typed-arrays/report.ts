class Numbering {
  #numbers = new Map<unknown, number>()
  of(key: unknown): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#numbers.size)
    return this.#numbers.size - 1
  }
  find(key: unknown): number {
    return this.#numbers.get(key) ?? -1
  }
  get size() {
    return this.#numbers.size
  }
}

export function dedupeScans(scans: any[]) {
  const keys = new Numbering()
  const seen = new Set<string>()
  const kept: any[] = []
  scans.forEach((scan) => {
    const { parcel, depot, kind } = scan
    const before = seen.size
    seen.add(keys.of(parcel) + '.' + keys.of(depot) + '.' + keys.of(kind))
    if (seen.size > before) kept.push(scan)
  })
  return kept
}

export function joinCustomers(parcels: any[], customers: any[]) {
  const copy = structuredClone(customers)
  const ids = new Numbering()
  for (const { id } of copy) ids.of(id)
  const names: string[] = new Array(ids.size)
  for (const { id, name } of copy) names[ids.find(id)] = name
  return structuredClone(parcels).map(({ id, customer }: any) => {
    const number = ids.find(customer)
    return { id, name: number < 0 ? null : names[number] }
  })
}

export function busiestWindow(timestamps: number[], ms: number) {
  const sorted = Float64Array.from(timestamps).sort()
  let best = -1
  let most = 0
  for (let start = sorted.length - 1, end = sorted.length; start >= 0; start--) {
    while (sorted[end - 1] >= sorted[start] + ms) end--
    if (end - start >= most) {
      most = end - start
      best = start
    }
  }
  return best < 0 ? null : { start: sorted[best], count: most }
}

export function topK(items: Iterable<any>, k: number, score: (item: any) => number) {
  let best: any[] = []
  let block: any[] = []
  const merge = () => {
    block.sort((a, b) => b[0] - a[0])
    const merged = []
    let i = 0
    let j = 0
    while (merged.length < k && (i < best.length || j < block.length)) {
      const fromBest = j >= block.length || (i < best.length && best[i][0] >= block[j][0])
      merged.push(fromBest ? best[i++] : block[j++])
    }
    best = merged
    block = []
  }
  const iterator = items[Symbol.iterator]()
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    block.push([score(next.value), next.value])
    if (block.length >= k + 500) merge()
  }
  merge()
  return best.map((pair) => pair[1])
}

export function rangeCounts(days: number[], queries: any[]) {
  const n = days.length
  const after = new Float64Array(n + 1)
  for (let day = n - 1; day >= 0; day--) after[day] = after[day + 1] + days[day]
  const place = (day: number) => (day < 0 ? 0 : day > n ? n : day)
  const sums = []
  for (const { from, to } of queries) sums.push(to < from ? 0 : after[place(from)] - after[place(to + 1)])
  return sums
}
