export type Key = string | number
export type Scan = { parcel: Key; depot: Key; kind: Key }
export type Parcel = { id: string; customer: Key }
export type Customer = { id: Key; name: string }

/** Returns the scans without repetitions; the first of equal ones stays. O(n) */
export function dedupeScans<S extends Scan>(scans: readonly S[]): S[] {
  const seen = new Set<string>()
  return scans.filter(({ parcel, depot, kind }) => {
    // JSON keeps fields apart whatever stands in them, and 1 apart from '1'.
    const key = JSON.stringify([parcel, depot, kind])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Returns each parcel's id with its customer's name, or null. O(p + c) */
export function joinCustomers(
  parcels: readonly Parcel[],
  customers: readonly Customer[],
): { id: string; name: string | null }[] {
  // A later customer of the same id replaces an earlier one.
  const names = new Map(customers.map(({ id, name }) => [id, name]))
  return parcels.map(({ id, customer }) => ({ id, name: names.get(customer) ?? null }))
}

/** Returns the window that holds most timestamps, the earliest of several. O(n log n) */
export function busiestWindow(
  timestamps: readonly number[],
  ms: number,
): { start: number; count: number } | null {
  const sorted = timestamps.toSorted((a, b) => a - b)
  let busiest: { start: number; count: number } | null = null
  // The first timestamp behind the window; it only ever moves on.
  let end = 0
  for (const [at, start] of sorted.entries()) {
    while (end < sorted.length && sorted[end]! < start + ms) end += 1
    if (!busiest || end - at > busiest.count) busiest = { start, count: end - at }
  }
  return busiest
}

/** Returns the k items of the highest score, the earlier of equal ones first. O(n log k) */
export function topK<T>(items: Iterable<T>, k: number, score: (item: T) => number): T[] {
  let kept: { item: T; score: number }[] = []
  // Sorting keeps the order of equals, and what is kept came before what is added.
  const cut = () => {
    kept = kept.sort((a, b) => b.score - a.score).slice(0, k)
  }
  for (const item of items) {
    kept.push({ item, score: score(item) })
    // Once in k items, so that each item pays for its own part of the sorting.
    if (kept.length >= 2 * k) cut()
  }
  cut()
  return kept.map(({ item }) => item)
}

/** Returns the sum of each range of days, both ends included. O(d + q) */
export function rangeCounts(
  days: readonly number[],
  queries: readonly { from: number; to: number }[],
): number[] {
  const before = [0]
  for (const count of days) before.push(before.at(-1)! + count)
  return queries.map(({ from, to }) => {
    const first = Math.max(from, 0)
    const end = Math.min(to + 1, days.length)
    return end > first ? before[end]! - before[first]! : 0
  })
}
