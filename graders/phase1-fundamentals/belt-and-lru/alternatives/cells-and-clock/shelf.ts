// A handle knows in which store and which cell its parcel lies; -1 once the parcel has left.
class Ticket<T> {
  store: Store<T>
  cell: number

  constructor(store: Store<T>, cell: number) {
    this.store = store
    this.cell = cell
  }
}

// A linked list laid out in arrays: cell i has its neighbours at prev[i] and next[i].
// Cell 0 holds no parcel and closes the ring.
class Store<T> {
  prev = [0]
  next = [0]
  values: (T | undefined)[] = [undefined]
  tickets: (Ticket<T> | undefined)[] = [undefined]
  free: number[] = []
  used = 0

  add(before: number, value: T): Ticket<T> {
    const cell = this.free.pop() ?? this.prev.length
    const ticket = new Ticket(this, cell)
    this.#fill(cell, value, ticket)
    this.link(before, cell)
    return ticket
  }

  // Takes a parcel over from another store: same ticket, new cell.
  adopt(before: number, value: T, ticket: Ticket<T>): number {
    const cell = this.free.pop() ?? this.prev.length
    this.#fill(cell, value, ticket)
    this.link(before, cell)
    ticket.store = this
    ticket.cell = cell
    return cell
  }

  drop(cell: number): void {
    this.unlink(cell)
    this.values[cell] = undefined
    this.tickets[cell] = undefined
    this.free.push(cell)
    this.used--
  }

  link(before: number, cell: number): void {
    const after = this.next[before]!
    this.prev[cell] = before
    this.next[cell] = after
    this.next[before] = cell
    this.prev[after] = cell
  }

  unlink(cell: number): void {
    const before = this.prev[cell]!
    const after = this.next[cell]!
    this.next[before] = after
    this.prev[after] = before
  }

  #fill(cell: number, value: T, ticket: Ticket<T>): void {
    this.values[cell] = value
    this.tickets[cell] = ticket
    this.used++
  }
}

export type Handle<T> = Ticket<T>

export class Belt<T> {
  #store = new Store<T>()

  get size(): number {
    return this.#store.used
  }

  pushFront(value: T): Handle<T> {
    return this.#store.add(0, value)
  }

  pushBack(value: T): Handle<T> {
    return this.#store.add(this.#store.prev[0]!, value)
  }

  insertAfter(handle: Handle<T>, value: T): Handle<T> | null {
    return this.#holds(handle) ? this.#store.add(handle.cell, value) : null
  }

  insertBefore(handle: Handle<T>, value: T): Handle<T> | null {
    return this.#holds(handle) ? this.#store.add(this.#store.prev[handle.cell]!, value) : null
  }

  remove(handle: Handle<T>): boolean {
    if (!this.#holds(handle)) return false
    this.#store.drop(handle.cell)
    handle.cell = -1
    return true
  }

  moveToFront(handle: Handle<T>): void {
    if (!this.#holds(handle)) throw new TypeError('not on this belt')
    this.#store.unlink(handle.cell)
    this.#store.link(0, handle.cell)
  }

  moveToBack(handle: Handle<T>): void {
    if (!this.#holds(handle)) throw new TypeError('not on this belt')
    this.#store.unlink(handle.cell)
    this.#store.link(this.#store.prev[0]!, handle.cell)
  }

  concat(other: Belt<T>): void {
    if (other === this) return
    const mine = this.#store
    const theirs = other.#store
    if (theirs.used <= mine.used) {
      for (let cell = theirs.next[0]!; cell !== 0; cell = theirs.next[cell]!) {
        mine.adopt(mine.prev[0]!, theirs.values[cell] as T, theirs.tickets[cell]!)
      }
    } else {
      let before = 0
      for (let cell = mine.next[0]!; cell !== 0; cell = mine.next[cell]!) {
        before = theirs.adopt(before, mine.values[cell] as T, mine.tickets[cell]!)
      }
      this.#store = theirs
    }
    other.#store = new Store()
  }

  *[Symbol.iterator](): Generator<T, void> {
    const { next, values } = this.#store
    let cell = next[0]!
    while (cell !== 0) {
      const following = next[cell]!
      yield values[cell] as T
      cell = following
    }
  }

  *reversed(): Generator<T, void> {
    const { prev, values } = this.#store
    let cell = prev[0]!
    while (cell !== 0) {
      const following = prev[cell]!
      yield values[cell] as T
      cell = following
    }
  }

  #holds(handle: Handle<T>): boolean {
    return handle.store === this.#store && handle.cell !== -1
  }
}

interface Slot<K, V> {
  key: K
  value: V | undefined
  usedAt: number
}

export class LruShelf<K, V> {
  readonly #slots = new Map<K, Slot<K, V>>()
  readonly #limit: number
  readonly #onEvict: ((key: K, value: V) => void) | undefined
  // Every use is written down; only the line with a slot's latest stamp still counts.
  #log: { slot: Slot<K, V>; at: number }[] = []
  #logStart = 0
  #clock = 0

  constructor(capacity: number, onEvict?: (key: K, value: V) => void) {
    if (!Number.isSafeInteger(capacity) || capacity < 0) throw new RangeError('capacity')
    this.#limit = capacity
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#slots.size
  }

  get(key: K): V | undefined {
    const slot = this.#slots.get(key)
    if (!slot) return undefined
    this.#touch(slot)
    return slot.value
  }

  set(key: K, value: V): void {
    let slot = this.#slots.get(key)
    if (slot) {
      slot.value = value
      this.#touch(slot)
      return
    }
    if (this.#limit === 0) return
    const evicted = this.#slots.size === this.#limit ? this.#takeOldest() : undefined
    slot = { key, value, usedAt: 0 }
    this.#slots.set(key, slot)
    this.#touch(slot)
    if (evicted) this.#onEvict?.(evicted.key, evicted.value)
  }

  has(key: K): boolean {
    return this.#slots.has(key)
  }

  delete(key: K): boolean {
    const slot = this.#slots.get(key)
    if (!slot) return false
    this.#forget(slot)
    return true
  }

  keys(): K[] {
    return [...this.#slots.values()].sort((a, b) => b.usedAt - a.usedAt).map((slot) => slot.key)
  }

  #touch(slot: Slot<K, V>): void {
    this.#clock += 1
    slot.usedAt = this.#clock
    this.#log.push({ slot, at: this.#clock })
    // Tidy once at least half of the log is out of date: a constant share of the work per use.
    if (this.#log.length > 2 * this.#slots.size + 16) {
      this.#log = this.#log.slice(this.#logStart).filter((line) => line.at === line.slot.usedAt)
      this.#logStart = 0
    }
  }

  #takeOldest(): { key: K; value: V } {
    for (;;) {
      const { slot, at } = this.#log[this.#logStart]!
      this.#logStart += 1
      if (slot.usedAt !== at) continue
      const pair = { key: slot.key, value: slot.value as V }
      this.#forget(slot)
      return pair
    }
  }

  #forget(slot: Slot<K, V>): void {
    this.#slots.delete(slot.key)
    slot.usedAt = -1
    slot.value = undefined
  }
}
