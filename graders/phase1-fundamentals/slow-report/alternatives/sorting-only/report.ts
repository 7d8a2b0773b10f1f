const byKey = (a: any, b: any) =>
  typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === 'string' ? 1 : -1

export function dedupeScans(scans: any[]) {
  const order = scans.map((scan, at) => ({ p: scan.parcel, d: scan.depot, k: scan.kind, at, scan }))
  const compare = (x: any, y: any) => byKey(x.p, y.p) || byKey(x.d, y.d) || byKey(x.k, y.k)
  order.sort((x, y) => compare(x, y) || x.at - y.at)
  const firsts = order.filter((one, i) => i === 0 || compare(order[i - 1], one) !== 0)
  return firsts.sort((x, y) => x.at - y.at).map(({ scan }) => scan)
}

export function joinCustomers(parcels: any[], customers: any[]) {
  const sorted = customers.map(({ id, name }) => ({ id, name }))
  sorted.sort((a, b) => byKey(a.id, b.id))
  return parcels.map(({ id, customer }) => {
    // The end of the run of equal ids.
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (byKey(sorted[middle].id, customer) <= 0) low = middle + 1
      else high = middle
    }
    const found = sorted[low - 1]
    return { id, name: found && found.id === customer ? found.name : null }
  })
}

export function busiestWindow(timestamps: number[], ms: number) {
  const sorted = [...timestamps].sort((a, b) => a - b)
  const end = (limit: number) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sorted[middle] < limit) low = middle + 1
      else high = middle
    }
    return low
  }
  return sorted.reduce((best: any, start, at) => {
    const count = end(start + ms) - at
    return best && best.count >= count ? best : { start, count }
  }, null)
}

export function topK(items: Iterable<any>, k: number, score: (item: any) => number) {
  let kept: any[] = []
  let at = 0
  const before = (a: any, b: any) => b.score - a.score || a.at - b.at
  const select = () => {
    let low = 0
    let high = kept.length - 1
    while (low < high) {
      const pivot = kept[low + Math.floor(Math.random() * (high - low + 1))]
      let i = low
      let j = high
      while (i <= j) {
        while (before(kept[i], pivot) < 0) i++
        while (before(kept[j], pivot) > 0) j--
        if (i <= j) {
          const held = kept[i]
          kept[i++] = kept[j]
          kept[j--] = held
        }
      }
      if (k <= j) high = j
      else if (k >= i) low = i
      else break
    }
    kept.length = Math.min(kept.length, k)
  }
  for (const item of items) {
    kept.push({ item, score: score(item), at: at++ })
    if (kept.length > 4 * k + 16) select()
  }
  return kept.sort(before).slice(0, k).map(({ item }) => item)
}

export function rangeCounts(days: number[], queries: any[]) {
  let sum = 0
  const sums = days.map((count) => (sum += count))
  const upTo = (day: number) => (day < 0 || days.length === 0 ? 0 : sums[Math.min(day, days.length - 1)])
  return queries.map(({ from, to }) => Math.max(0, upTo(to) - upTo(from - 1)))
}
