// A belt as a chain of short arrays ("chunks"). Searching and shifting happens inside one chunk only,
// so it costs the same however long the belt is.
const LIMIT = 48

class Slot<T> {
  value: T
  chunk: Chunk<T> | null = null

  constructor(value: T) {
    this.value = value
  }
}

class Chunk<T> {
  slots: Slot<T>[] = []
  before: Chunk<T> | null = null
  after: Chunk<T> | null = null
  chain: Chain<T>

  constructor(chain: Chain<T>) {
    this.chain = chain
  }
}

/** What lies on a belt. Belts can hand their whole chain to each other. */
class Chain<T> {
  first: Chunk<T> | null = null
  last: Chunk<T> | null = null
  count = 0

  /** The empty chunk that is to follow `left` (null: that is to be the first). */
  grow(left: Chunk<T> | null): Chunk<T> {
    const fresh = new Chunk(this)
    const right = left === null ? this.first : left.after
    fresh.before = left
    fresh.after = right
    if (left === null) this.first = fresh
    else left.after = fresh
    if (right === null) this.last = fresh
    else right.before = fresh
    return fresh
  }

  put(slot: Slot<T>, chunk: Chunk<T>, index: number): void {
    chunk.slots.splice(index, 0, slot)
    slot.chunk = chunk
    this.count += 1
    if (chunk.slots.length > LIMIT) this.#split(chunk)
  }

  #split(chunk: Chunk<T>): void {
    const half = this.grow(chunk)
    half.slots = chunk.slots.splice(LIMIT / 2)
    for (const slot of half.slots) slot.chunk = half
  }

  putFirst(slot: Slot<T>): void {
    this.put(slot, this.first ?? this.grow(null), 0)
  }

  putLast(slot: Slot<T>): void {
    const chunk = this.last ?? this.grow(null)
    this.put(slot, chunk, chunk.slots.length)
  }

  take(slot: Slot<T>): void {
    const chunk = slot.chunk as Chunk<T>
    chunk.slots.splice(chunk.slots.indexOf(slot), 1)
    slot.chunk = null
    this.count -= 1
    if (chunk.slots.length > 0) return
    if (chunk.before === null) this.first = chunk.after
    else chunk.before.after = chunk.after
    if (chunk.after === null) this.last = chunk.before
    else chunk.after.before = chunk.before
  }

  /** No chunk on a chain is empty, so a neighbour is in this chunk or at the near end of the next. */
  static neighbour<T>(slot: Slot<T>, forward: boolean): Slot<T> | null {
    const chunk = slot.chunk
    if (chunk === null) return null
    const index = chunk.slots.indexOf(slot) + (forward ? 1 : -1)
    if (index >= 0 && index < chunk.slots.length) return chunk.slots[index] ?? null
    return (forward ? chunk.after?.slots[0] : chunk.before?.slots.at(-1)) ?? null
  }

  adopt(from: Chain<T>): void {
    for (let chunk = from.first; chunk !== null; chunk = chunk.after) chunk.chain = this
    this.count += from.count
  }
}

export type Handle = object

export class Belt<T> {
  #chain = new Chain<T>()

  get size(): number {
    return this.#chain.count
  }

  pushFront(value: T): Handle {
    const slot = new Slot(value)
    this.#chain.putFirst(slot)
    return slot
  }

  pushBack(value: T): Handle {
    const slot = new Slot(value)
    this.#chain.putLast(slot)
    return slot
  }

  insertAfter(handle: Handle, value: T): Handle {
    return this.#insert(handle, value, 1)
  }

  insertBefore(handle: Handle, value: T): Handle {
    return this.#insert(handle, value, 0)
  }

  #insert(handle: Handle, value: T, offset: 0 | 1): Handle {
    const chunk = this.#mine(handle).chunk as Chunk<T>
    const slot = new Slot(value)
    this.#chain.put(slot, chunk, chunk.slots.indexOf(handle as Slot<T>) + offset)
    return slot
  }

  #mine(handle: Handle): Slot<T> {
    if (this.#owns(handle)) return handle
    throw new RangeError('this parcel is not on this belt')
  }

  #owns(handle: Handle): handle is Slot<T> {
    return handle instanceof Slot && handle.chunk?.chain === this.#chain
  }

  remove(handle: Handle): boolean {
    if (!this.#owns(handle)) return false
    this.#chain.take(handle)
    return true
  }

  moveToFront(handle: Handle): this {
    const slot = this.#mine(handle)
    this.#chain.take(slot)
    this.#chain.putFirst(slot)
    return this
  }

  moveToBack(handle: Handle): this {
    const slot = this.#mine(handle)
    this.#chain.take(slot)
    this.#chain.putLast(slot)
    return this
  }

  concat(other: Belt<T>): this {
    if (other === this) throw new Error('a belt cannot take over itself')
    const [front, back] = [this.#chain, other.#chain]
    other.#chain = new Chain()
    if (back.first === null) return this
    if (front.last === null) {
      this.#chain = back
      return this
    }
    const [firstOfAll, lastOfAll] = [front.first, back.last]
    // Only the shorter half learns the name of its new chain.
    const [keep, leave] = front.count < back.count ? [back, front] : [front, back]
    const [seamLeft, seamRight] = [front.last, back.first]
    keep.adopt(leave)
    seamLeft.after = seamRight
    seamRight.before = seamLeft
    keep.first = firstOfAll
    keep.last = lastOfAll
    this.#chain = keep
    return this
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#walk(true)
  }

  reversed(): Iterable<T> {
    return { [Symbol.iterator]: () => this.#walk(false) }
  }

  #walk(forward: boolean): Iterator<T> {
    let next = (forward ? this.#chain.first?.slots[0] : this.#chain.last?.slots.at(-1)) ?? null
    let here: Slot<T> | null = null
    return {
      next: (): IteratorResult<T> => {
        // The parcel that was to come may have left as well; then ask the one we stand on again.
        if (here !== null && next?.chunk === null) next = Chain.neighbour(here, forward)
        here = next
        if (here === null) return { done: true, value: undefined }
        next = Chain.neighbour(here, forward)
        return { done: false, value: here.value }
      },
    }
  }
}

/**
 * Every pair in `old` was used longer ago than every pair in `young`, and each `Map` is in order of
 * use. So the first of `old` is always the one to go; when `old` runs out, `young` takes its place.
 */
export class LruShelf<K, V> {
  readonly #capacity: number
  readonly #onEvict: ((key: K, value: V) => void) | undefined
  #young = new Map<K, V>()
  #old = new Map<K, V>()
  #oldest = this.#old.entries()

  constructor(capacity: number, onEvict?: (key: K, value: V) => void) {
    if (!Number.isInteger(capacity) || capacity < 0) {
      throw new RangeError(`not a capacity: ${capacity}`)
    }
    this.#capacity = capacity
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: K): V | undefined {
    if (!this.has(key)) return undefined
    const value = (this.#young.has(key) ? this.#young : this.#old).get(key) as V
    this.delete(key)
    this.#young.set(key, value)
    return value
  }

  set(key: K, value: V): boolean {
    if (this.#capacity === 0) return false
    const known = this.delete(key)
    const evicted = this.size === this.#capacity ? this.#dropOldest() : undefined
    this.#young.set(key, value)
    if (evicted) this.#onEvict?.(...evicted)
    return !known
  }

  #dropOldest(): [K, V] {
    if (this.#old.size === 0) {
      this.#old = this.#young
      this.#oldest = this.#old.entries()
      this.#young = new Map()
    }
    // The iterator skips what was deleted behind its back.
    const pair = this.#oldest.next().value as [K, V]
    this.#old.delete(pair[0])
    return pair
  }

  has(key: K): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  delete(key: K): boolean {
    return this.#young.delete(key) || this.#old.delete(key)
  }

  keys(): Iterable<K> {
    return [...this.#old.keys(), ...this.#young.keys()].reverse()
  }
}
