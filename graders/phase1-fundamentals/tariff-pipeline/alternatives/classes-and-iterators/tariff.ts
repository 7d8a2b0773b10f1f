export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

const bare = <O extends object>(fields: O): O =>
  Object.freeze(Object.assign(Object.create(null), fields))

export function ok<T>(value: T): Result<T, never> {
  return bare({ ok: true, value })
}
export function err<E>(error: E): Result<never, E> {
  return bare({ ok: false, error })
}

export function map(result: any, f: (value: any) => any): any {
  if (result.ok === false) return err(result.error)
  return ok(f(result.value))
}

export function flatMap(result: any, f: (value: any) => any): any {
  if (result.ok === false) return err(result.error)
  return f(result.value)
}

export function all(results: readonly any[]): any {
  const values: unknown[] = []
  const errors: unknown[] = []
  for (const result of results) {
    if (result.ok) values.push(result.value)
    else errors.push(result.error)
  }
  return errors.length ? err(errors) : ok(values)
}

export function pipe(...fns: any[]): any {
  const own = [...fns]
  return function piped(value: any) {
    for (let i = 0; i < own.length; i++) value = own[i](value)
    return value
  }
}

export function groupBy(items: readonly any[], f: (item: any) => any): Map<any, any[]> {
  return Map.groupBy(items, (item) => f(item))
}

class Chain {
  #open: () => Iterator<any>

  constructor(open: () => Iterator<any>) {
    this.#open = open
  }

  /** A link whose `next` may use the one before, which it also closes. */
  #link(make: (before: Iterator<any>) => () => IteratorResult<any>): Chain {
    return new Chain(() => {
      const before = this.#open()
      const step = make(before)
      return {
        next: step,
        return: () => {
          before.return?.()
          return { done: true, value: undefined }
        },
      }
    })
  }

  map(f: (item: any) => any) {
    return this.#link((before) => () => {
      const one = before.next()
      return one.done ? one : { done: false, value: f(one.value) }
    })
  }

  filter(f: (item: any) => boolean) {
    return this.#link((before) => () => {
      for (;;) {
        const one = before.next()
        if (one.done || f(one.value)) return one
      }
    })
  }

  take(n: number) {
    return this.#link((before) => {
      let given = 0
      return () => {
        if (given === n) {
          before.return?.()
          return { done: true, value: undefined }
        }
        given += 1
        return before.next()
      }
    })
  }

  toArray() {
    const items: any[] = []
    const walk = this.#open()
    let whole = false
    try {
      for (let one = walk.next(); !one.done; one = walk.next()) items.push(one.value)
      whole = true
    } finally {
      if (!whole) walk.return?.()
    }
    return items
  }
}

export function lazy(iterable: Iterable<any>) {
  return new Chain(() => iterable[Symbol.iterator]())
}

const LEAF = Symbol('leaf')

export function memoize(f: (...args: any[]) => any, options: any = {}) {
  let root = new Map<any, any>()
  let order: any[][] = []
  const find = (path: any[]) => {
    let at = root
    for (const part of path) {
      at = at.get(part)
      if (!at) return undefined
    }
    return at
  }
  const forget = (path: any[]) => {
    find(path)?.delete(LEAF)
  }
  return (...args: any[]) => {
    const path = options.key ? [options.key(...args)] : args
    const known = find(path)
    if (known?.has(LEAF)) return known.get(LEAF)
    const value = f(...args)
    let at = root
    for (const part of path) {
      if (!at.has(part)) at.set(part, new Map())
      at = at.get(part)
    }
    at.set(LEAF, value)
    order.push(path)
    if (options.max !== undefined && order.length > options.max) forget(order.shift()!)
    if (typeof value?.then === 'function') {
      value.then(undefined, () => {
        if (at.get(LEAF) !== value) return
        forget(path)
        order = order.filter((one) => one !== path)
      })
    }
    return value
  }
}

export function priceAll(rules: readonly any[]) {
  return (parcels: readonly any[]) => {
    const priced: any[] = []
    const errors: any[] = []
    for (const parcel of parcels) {
      let cents = 0
      let error: any
      for (const rule of rules) {
        const result = rule(parcel, cents)
        if (!result.ok) {
          error = { code: parcel.code, error: result.error }
          break
        }
        cents = result.value
      }
      if (error) errors.push(error)
      else priced.push({ code: parcel.code, cents })
    }
    return errors.length > 0 ? err(errors) : ok(priced)
  }
}
