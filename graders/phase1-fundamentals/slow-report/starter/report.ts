// Right, and far too slow. TODO: keep the results, and take the loops inside loops away.

export type Key = string | number
export type Scan = { parcel: Key; depot: Key; kind: Key }
export type Parcel = { id: string; customer: Key }
export type Customer = { id: Key; name: string }

export function dedupeScans<S extends Scan>(scans: readonly S[]): S[] {
  const kept: S[] = []
  for (const scan of scans) {
    const known = kept.some(
      (other) =>
        other.parcel === scan.parcel && other.depot === scan.depot && other.kind === scan.kind,
    )
    if (!known) kept.push(scan)
  }
  return kept
}

export function joinCustomers(
  parcels: readonly Parcel[],
  customers: readonly Customer[],
): { id: string; name: string | null }[] {
  return parcels.map((parcel) => {
    const customer = customers.findLast(({ id }) => id === parcel.customer)
    return { id: parcel.id, name: customer ? customer.name : null }
  })
}

export function busiestWindow(
  timestamps: readonly number[],
  ms: number,
): { start: number; count: number } | null {
  let busiest: { start: number; count: number } | null = null
  for (const start of timestamps) {
    const count = timestamps.filter((time) => time >= start && time < start + ms).length
    const better = !busiest || count > busiest.count
    const earlier = busiest && count === busiest.count && start < busiest.start
    if (better || earlier) busiest = { start, count }
  }
  return busiest
}

export function topK<T>(items: Iterable<T>, k: number, score: (item: T) => number): T[] {
  const left = [...items]
  const best: T[] = []
  while (best.length < k && left.length > 0) {
    let at = 0
    for (const [index, item] of left.entries()) if (score(item) > score(left[at])) at = index
    best.push(...left.splice(at, 1))
  }
  return best
}

export function rangeCounts(
  days: readonly number[],
  queries: readonly { from: number; to: number }[],
): number[] {
  return queries.map(({ from, to }) => {
    let sum = 0
    for (let day = Math.max(from, 0); day <= to && day < days.length; day++) sum += days[day]
    return sum
  })
}
