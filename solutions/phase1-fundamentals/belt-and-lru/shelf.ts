/** Names one parcel on a belt. Callers keep it and hand it back; the links behind it are ours. */
export interface Handle<T> {
  readonly value: T
}

// Says which belt a place is on. Not the belt itself: when two belts become one, the longer half
// can then keep its owner and only the shorter half is relabelled.
type Owner = object

class Place<T> implements Handle<T> {
  // A lone place is a ring of one.
  prev: Place<T> = this
  next: Place<T> = this
  owner: Owner | undefined
  value: T

  constructor(value: T, owner?: Owner) {
    this.value = value
    this.owner = owner
  }
}

/** A line of parcels. Everything but walking along it costs the same however long it is. */
export class Belt<T> implements Iterable<T> {
  // The belt is a ring through one place that holds no parcel: `ends.next` is the first parcel and
  // `ends.prev` the last. Every parcel so has two neighbours, and no operation needs a special
  // case for the first, the last or the only one. It has no owner, so no handle can name it.
  readonly #ends = new Place<T>(undefined as T)
  #owner: Owner = {}
  #size = 0

  get size(): number {
    return this.#size
  }

  pushFront(value: T): Handle<T> {
    return this.#add(this.#ends, value)
  }

  pushBack(value: T): Handle<T> {
    return this.#add(this.#ends.prev, value)
  }

  /** @throws Error when the handle is not of this belt: returning quietly would lose the parcel. */
  insertAfter(handle: Handle<T>, value: T): Handle<T> {
    return this.#add(this.#placeOf(handle), value)
  }

  /** @throws Error when the handle is not of this belt. */
  insertBefore(handle: Handle<T>, value: T): Handle<T> {
    return this.#add(this.#placeOf(handle).prev, value)
  }

  /** False when the parcel is not on this belt, or no longer. */
  remove(handle: Handle<T>): boolean {
    if (!this.#owns(handle)) return false
    unlink(handle)
    handle.owner = undefined
    this.#size -= 1
    return true
  }

  /** @throws Error when the handle is not of this belt. */
  moveToFront(handle: Handle<T>): void {
    const place = this.#placeOf(handle)
    unlink(place)
    linkAfter(this.#ends, place)
  }

  /** @throws Error when the handle is not of this belt. */
  moveToBack(handle: Handle<T>): void {
    const place = this.#placeOf(handle)
    unlink(place)
    linkAfter(this.#ends.prev, place)
  }

  /** Takes all parcels of `other`, with their handles; costs as much as the shorter belt is long. */
  concat(other: Belt<T>): void {
    if (other === this) return
    if (other.#size <= this.#size) {
      other.#relabel(this.#owner)
    } else {
      this.#relabel(other.#owner)
      const emptied = this.#owner
      this.#owner = other.#owner
      other.#owner = emptied
    }
    join(this.#ends.prev, other.#ends.next)
    join(other.#ends.prev, this.#ends)
    join(other.#ends, other.#ends)
    this.#size += other.#size
    other.#size = 0
  }

  // A place that was taken off keeps its own links. So when a loop removes the parcel it stands
  // on, the way on is still known.
  *[Symbol.iterator](): Generator<T, void> {
    for (let place = this.#ends.next; place !== this.#ends; place = place.next) {
      yield place.value
    }
  }

  *reversed(): Generator<T, void> {
    for (let place = this.#ends.prev; place !== this.#ends; place = place.prev) {
      yield place.value
    }
  }

  #owns(handle: Handle<T>): handle is Place<T> {
    return (handle as Place<T>).owner === this.#owner
  }

  #placeOf(handle: Handle<T>): Place<T> {
    if (!this.#owns(handle)) throw new Error('this handle is not on this belt')
    return handle
  }

  #add(before: Place<T>, value: T): Place<T> {
    const place = new Place(value, this.#owner)
    linkAfter(before, place)
    this.#size += 1
    return place
  }

  #relabel(owner: Owner): void {
    for (let place = this.#ends.next; place !== this.#ends; place = place.next) {
      place.owner = owner
    }
  }
}

function join<T>(left: Place<T>, right: Place<T>): void {
  left.next = right
  right.prev = left
}

function linkAfter<T>(before: Place<T>, place: Place<T>): void {
  join(place, before.next)
  join(before, place)
}

function unlink<T>(place: Place<T>): void {
  join(place.prev, place.next)
}

interface Entry<K, V> {
  readonly key: K
  value: V
}

/** Keeps the `capacity` pairs that were used last. */
export class LruShelf<K, V> {
  readonly #capacity: number
  readonly #onEvict: ((key: K, value: V) => void) | undefined
  // The map finds a pair, the belt knows the order of use, most recent first.
  readonly #places = new Map<K, Handle<Entry<K, V>>>()
  readonly #order = new Belt<Entry<K, V>>()

  /** @throws RangeError when capacity is not a whole number of at least 0 */
  constructor(capacity: number, onEvict?: (key: K, value: V) => void) {
    if (!Number.isInteger(capacity) || capacity < 0) {
      throw new RangeError(`capacity must be a whole number of at least 0, not ${capacity}`)
    }
    this.#capacity = capacity
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#places.size
  }

  get(key: K): V | undefined {
    const place = this.#places.get(key)
    if (place === undefined) return undefined
    this.#order.moveToFront(place)
    return place.value.value
  }

  set(key: K, value: V): void {
    const place = this.#places.get(key)
    if (place !== undefined) {
      place.value.value = value
      this.#order.moveToFront(place)
      return
    }
    if (this.#capacity === 0) return
    this.#places.set(key, this.#order.pushFront({ key, value }))
    if (this.#places.size > this.#capacity) this.#evict()
  }

  has(key: K): boolean {
    return this.#places.has(key)
  }

  delete(key: K): boolean {
    const place = this.#places.get(key)
    if (place === undefined) return false
    this.#places.delete(key)
    return this.#order.remove(place)
  }

  *keys(): Generator<K, void> {
    for (const { key } of this.#order) yield key
  }

  // The callback comes last. It is not our code: it may look at the shelf, or throw.
  #evict(): void {
    const [oldest] = this.#order.reversed()
    const { key, value } = oldest!
    this.delete(key)
    this.#onEvict?.(key, value)
  }
}
