export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error })

export function map<T, U, E>(result: Result<T, E>, f: (value: T) => U): Result<U, E> {
  return result.ok ? ok(f(result.value)) : result
}

export function flatMap<T, U, E, F>(
  result: Result<T, E>,
  f: (value: T) => Result<U, F>,
): Result<U, E | F> {
  return result.ok ? f(result.value) : result
}

export function all<T, E>(results: readonly Result<T, E>[]): Result<T[], E[]> {
  const errors = results.filter((one) => !one.ok).map((one) => one.error)
  if (errors.length > 0) return err(errors)
  return ok(results.filter((one) => one.ok).map((one) => one.value))
}

export function pipe(...fns: ((value: any) => any)[]): (value: any) => any {
  return (value) => fns.reduce((so, f) => f(so), value)
}

export function groupBy<T, K>(items: readonly T[], f: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = f(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

export type Lazy<T> = {
  map<U>(f: (item: T) => U): Lazy<U>
  filter(f: (item: T) => boolean): Lazy<T>
  take(n: number): Lazy<T>
  toArray(): T[]
}

export function lazy<T>(iterable: Iterable<T>): Lazy<T> {
  /** A step of the chain: each walk of it walks this one anew. */
  const step = <U>(walk: () => Iterable<U>) =>
    lazy({ [Symbol.iterator]: () => walk()[Symbol.iterator]() })
  return {
    map: (f) =>
      step(function* () {
        for (const item of iterable) yield f(item)
      }),
    filter: (f) =>
      step(function* () {
        for (const item of iterable) if (f(item)) yield item
      }),
    take: (n) =>
      step(function* () {
        let left = n
        if (left === 0) return
        for (const item of iterable) {
          yield item
          left -= 1
          if (left === 0) return
        }
      }),
    toArray: () => [...iterable],
  }
}

export type MemoizeOptions<A extends unknown[]> = { key?: (...args: A) => unknown; max?: number }

/** One remembered result; the objects that led to it are compared, never their text. */
type Entry<R> = { path: readonly unknown[]; value: R }

const sameValue = (a: unknown, b: unknown) => a === b || (Number.isNaN(a) && Number.isNaN(b))

export function memoize<A extends unknown[], R>(
  f: (...args: A) => R,
  { key, max = Number.POSITIVE_INFINITY }: MemoizeOptions<A> = {},
): (...args: A) => R {
  // In the order in which they were remembered.
  const entries = new Set<Entry<R>>()
  return (...args) => {
    const path = key ? [key(...args)] : args
    for (const entry of entries) {
      const same = entry.path.length === path.length
      if (same && path.every((part, at) => sameValue(part, entry.path[at]))) return entry.value
    }
    const entry: Entry<R> = { path, value: f(...args) }
    entries.add(entry)
    const [oldest] = entries
    if (entries.size > max) entries.delete(oldest!)
    // This very entry: by then another may have taken its place.
    if (entry.value instanceof Promise) entry.value.catch(() => entries.delete(entry))
    return entry.value
  }
}

export type Parcel = { code: string; weightG: number; to: string }
export type Rule = (parcel: Parcel, cents: number) => Result<number, string>
export type Priced = { code: string; cents: number }
export type PriceError = { code: string; error: string }

export function priceAll(
  rules: readonly Rule[],
): (parcels: readonly Parcel[]) => Result<Priced[], PriceError[]> {
  const price = (parcel: Parcel): Result<Priced, PriceError> => {
    const { code } = parcel
    const start: Result<number, string> = ok(0)
    const cents = rules.reduce<Result<number, string>>(
      (so, rule) => flatMap(so, (value) => rule(parcel, value)),
      start,
    )
    return cents.ok ? ok({ code, cents: cents.value }) : err({ code, error: cents.error })
  }
  return (parcels) => all(parcels.map(price))
}
