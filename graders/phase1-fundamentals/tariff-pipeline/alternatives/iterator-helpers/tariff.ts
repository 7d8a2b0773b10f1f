export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

export const ok = (value: any): any => ({ ok: true, value })
export const err = (error: any): any => ({ ok: false, error })
export const map = (r: any, f: any): any => (r.ok ? ok(f(r.value)) : r)
export const flatMap = (r: any, f: any): any => (r.ok ? f(r.value) : r)

export function all(results: readonly any[]): any {
  const { good = [], bad = [] } = Object.groupBy(results, ({ ok }) => (ok ? 'good' : 'bad'))
  return bad.length > 0 ? err(bad.map((one) => one.error)) : ok(good.map((one) => one.value))
}

export const pipe = (...fns: any[]): any =>
  fns.reduce((f, g) => (x: any) => g(f(x)), (x: any) => x)

export const groupBy = (items: readonly any[], f: any) => Map.groupBy(items, (item) => f(item))

export function lazy(iterable: Iterable<any>): any {
  const chain = (open: () => any): any => ({
    map: (f: any) => chain(() => open().map((item: any) => f(item))),
    filter: (f: any) => chain(() => open().filter((item: any) => f(item))),
    take: (n: number) => chain(() => taken(open, n)),
    toArray: () => open().toArray(),
  })
  return chain(() => Iterator.from(iterable))
}

/** The built-in `take` waits for one more `next` before it closes what it takes from. */
function* taken(open: () => any, n: number) {
  if (n === 0) return
  let given = 0
  for (const item of open()) {
    yield item
    given += 1
    if (given === n) break
  }
}

export function memoize(f: any, options: any = {}) {
  const numbers = new WeakMap<object, number>()
  let last = 0
  const nameOf = (part: any): string => {
    if (typeof part === 'symbol' || (typeof part === 'object' && part) || typeof part === 'function') {
      if (!numbers.has(part)) numbers.set(part, ++last)
      return `object ${numbers.get(part)}`
    }
    if (typeof part === 'string') return JSON.stringify(part)
    return `${typeof part} ${Object.is(part, -0) ? 0 : String(part)}`
  }
  const known = new Map<string, any>()
  return (...args: any[]) => {
    const name = (options.key ? [options.key(...args)] : args).map(nameOf).join('; ')
    if (known.has(name)) return known.get(name).value
    const entry = { value: f(...args) }
    known.set(name, entry)
    if (known.size > (options.max ?? Infinity)) known.delete(known.keys().next().value!)
    if (entry.value instanceof Promise) {
      entry.value.then(null, () => {
        if (known.get(name) === entry) known.delete(name)
      })
    }
    return entry.value
  }
}

export const priceAll = (rules: readonly any[]) => (parcels: readonly any[]) =>
  all(
    parcels.map((parcel) => {
      const result = rules.reduce(
        (so, rule) => flatMap(so, (cents: number) => rule(parcel, cents)),
        ok(0),
      )
      const { code } = parcel
      return result.ok ? ok({ code, cents: result.value }) : err({ code, error: result.error })
    }),
  )
