export type Handle = number

// Counted over all belts, so that no two belts ever hand out the same number.
let lastHandle = -1

interface Item<T> {
  value: T
  prev: Item<T> | null
  next: Item<T> | null
}

export class Belt<T> {
  private first: Item<T> | null = null
  private last: Item<T> | null = null
  private items = new Map<Handle, Item<T>>()

  get size(): number {
    return this.items.size
  }

  pushFront(value: T): Handle {
    return this.place(value, null, this.first)
  }

  pushBack(value: T): Handle {
    return this.place(value, this.last, null)
  }

  insertAfter(handle: Handle, value: T): Handle | undefined {
    const item = this.items.get(handle)
    return item && this.place(value, item, item.next)
  }

  insertBefore(handle: Handle, value: T): Handle | undefined {
    const item = this.items.get(handle)
    return item && this.place(value, item.prev, item)
  }

  remove(handle: Handle): boolean {
    const item = this.items.get(handle)
    if (!item) return false
    this.detach(item)
    return this.items.delete(handle)
  }

  moveToFront(handle: Handle): void {
    const item = this.items.get(handle)
    if (!item || item === this.first) return
    this.detach(item)
    this.attach(item, null, this.first)
  }

  moveToBack(handle: Handle): void {
    const item = this.items.get(handle)
    if (!item || item === this.last) return
    this.detach(item)
    this.attach(item, this.last, null)
  }

  concat(other: Belt<T>): void {
    if (other === this) throw new Error('a belt cannot take over itself')

    if (this.last && other.first) {
      this.last.next = other.first
      other.first.prev = this.last
    }
    this.first ??= other.first
    this.last = other.last ?? this.last
    other.first = null
    other.last = null

    // Pour the smaller table into the larger one.
    let [small, large] = [other.items, this.items]
    if (small.size > large.size) [small, large] = [large, small]
    for (const [handle, item] of small) large.set(handle, item)
    small.clear()
    this.items = large
    other.items = small
  }

  [Symbol.iterator](): Iterator<T> {
    return walk(this.first, 'next')
  }

  reversed(): Iterable<T> {
    return { [Symbol.iterator]: () => walk(this.last, 'prev') }
  }

  private place(value: T, prev: Item<T> | null, next: Item<T> | null): Handle {
    const item: Item<T> = { value, prev: null, next: null }
    this.attach(item, prev, next)
    lastHandle += 1
    this.items.set(lastHandle, item)
    return lastHandle
  }

  private attach(item: Item<T>, prev: Item<T> | null, next: Item<T> | null): void {
    item.prev = prev
    item.next = next
    if (prev) prev.next = item
    else this.first = item
    if (next) next.prev = item
    else this.last = item
  }

  private detach(item: Item<T>): void {
    if (item.prev) item.prev.next = item.next
    else this.first = item.next
    if (item.next) item.next.prev = item.prev
    else this.last = item.prev
  }
}

// An iterator written out by hand, without a generator.
function walk<T>(start: Item<T> | null, way: 'next' | 'prev'): Iterator<T> {
  let item = start
  let current: Item<T> | null = null
  return {
    next() {
      if (current) item = current[way]
      current = item
      return current ? { done: false, value: current.value } : { done: true, value: undefined }
    },
  }
}

interface Pair<K, V> {
  key: K
  value: V
  newer: Pair<K, V> | null
  older: Pair<K, V> | null
}

export class LruShelf<K, V> {
  private pairs = new Map<K, Pair<K, V>>()
  private newest: Pair<K, V> | null = null
  private oldest: Pair<K, V> | null = null
  private capacity: number
  private onEvict: ((key: K, value: V) => void) | undefined

  constructor(capacity: number, onEvict?: (key: K, value: V) => void) {
    if (!(capacity >= 0) || capacity % 1 !== 0) throw new RangeError(`no capacity: ${capacity}`)
    this.capacity = capacity
    this.onEvict = onEvict
  }

  get size(): number {
    return this.pairs.size
  }

  get(key: K): V | undefined {
    const pair = this.pairs.get(key)
    if (!pair) return undefined
    this.unhook(pair)
    this.hookFirst(pair)
    return pair.value
  }

  set(key: K, value: V): void {
    const known = this.pairs.get(key)
    if (known) {
      known.value = value
      this.unhook(known)
      this.hookFirst(known)
      return
    }
    if (this.capacity === 0) return
    if (this.oldest && this.pairs.size >= this.capacity) {
      const { key: evictedKey, value: evictedValue } = this.oldest
      this.delete(evictedKey)
      this.onEvict?.(evictedKey, evictedValue)
    }
    const pair: Pair<K, V> = { key, value, newer: null, older: null }
    this.pairs.set(key, pair)
    this.hookFirst(pair)
  }

  has(key: K): boolean {
    return this.pairs.has(key)
  }

  delete(key: K): boolean {
    const pair = this.pairs.get(key)
    if (!pair) return false
    this.unhook(pair)
    return this.pairs.delete(key)
  }

  *keys(): IterableIterator<K> {
    for (let pair = this.newest; pair; pair = pair.older) yield pair.key
  }

  private hookFirst(pair: Pair<K, V>): void {
    pair.newer = null
    pair.older = this.newest
    if (this.newest) this.newest.newer = pair
    this.newest = pair
    this.oldest ??= pair
  }

  private unhook(pair: Pair<K, V>): void {
    if (pair.newer) pair.newer.older = pair.older
    else this.newest = pair.older
    if (pair.older) pair.older.newer = pair.newer
    else this.oldest = pair.newer
  }
}
