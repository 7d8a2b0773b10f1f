export function dedupeScans(scans: any[]) {
  const parcels = new Map()
  const kept = []
  for (const scan of scans) {
    let depots = parcels.get(scan.parcel)
    if (!depots) parcels.set(scan.parcel, (depots = new Map()))
    let kinds = depots.get(scan.depot)
    if (!kinds) depots.set(scan.depot, (kinds = new Set()))
    if (kinds.has(scan.kind)) continue
    kinds.add(scan.kind)
    kept.push(scan)
  }
  return kept
}

export function joinCustomers(parcels: any[], customers: any[]) {
  const byId = new Map()
  for (const customer of customers) byId.set(customer.id, customer)
  const rows = []
  for (const { id, customer } of parcels) {
    rows.push({ id, name: byId.has(customer) ? byId.get(customer).name : null })
  }
  return rows
}

export function busiestWindow(timestamps: number[], ms: number) {
  if (timestamps.length === 0) return null
  const sorted = Array.from(timestamps).sort((a, b) => a - b)
  let best = { start: sorted[0], count: 0 }
  const queue: number[] = []
  let head = 0
  for (const time of sorted) {
    queue.push(time)
    while (queue[head] + ms <= time) head++
    const count = queue.length - head
    if (count > best.count) best = { start: queue[head], count }
  }
  return best
}

export function topK<T>(items: Iterable<T>, k: number, score: (item: T) => number) {
  type Node = [number, number, T]
  const heap: Node[] = []
  const worse = (a: Node, b: Node) => a[0] < b[0] || (a[0] === b[0] && a[1] > b[1])
  const swap = (i: number, j: number) => ([heap[i], heap[j]] = [heap[j], heap[i]])
  const up = (i: number) => {
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!worse(heap[i], heap[parent])) return
      swap(i, parent)
      i = parent
    }
  }
  const down = (i: number) => {
    for (;;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && worse(heap[child], heap[least])) least = child
      }
      if (least === i) return
      swap(i, least)
      i = least
    }
  }
  let arrived = 0
  if (k > 0) {
    for (const item of items) {
      const node: Node = [score(item), arrived++, item]
      if (heap.length < k) up(heap.push(node) - 1)
      else if (worse(heap[0], node)) {
        heap[0] = node
        down(0)
      }
    }
  }
  return heap.sort((a, b) => (worse(a, b) ? 1 : -1)).map((node) => node[2])
}

export function rangeCounts(days: number[], queries: any[]) {
  const n = days.length
  const tree = [0, ...days]
  for (let i = 1; i <= n; i++) {
    const parent = i + (i & -i)
    if (parent <= n) tree[parent] += tree[i]
  }
  const upTo = (day: number) => {
    let sum = 0
    for (let i = Math.min(day + 1, n); i > 0; i -= i & -i) sum += tree[i]
    return sum
  }
  return queries.map(({ from, to }) => (from > to ? 0 : upTo(to) - upTo(from - 1)))
}
