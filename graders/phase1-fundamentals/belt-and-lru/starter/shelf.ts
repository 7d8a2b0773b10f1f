// What a belt hands out when a parcel is put on it. Callers only keep it and give it back, so it
// can be anything you like: replace `unknown` by a type of your own.
export type Handle = unknown

export class Belt<T> {
  // TODO: count the parcels on the belt.
  get size(): number {
    return 0
  }

  // TODO: put a parcel at either end, and return its handle.
  pushFront(value: T): Handle {
    return undefined
  }

  pushBack(value: T): Handle {
    return undefined
  }

  // TODO: put a parcel next to another one, and return the new one's handle.
  insertAfter(handle: Handle, value: T): Handle {
    return undefined
  }

  insertBefore(handle: Handle, value: T): Handle {
    return undefined
  }

  // TODO: take one parcel off; say whether it was on this belt.
  remove(handle: Handle): boolean {
    return false
  }

  // TODO: move one parcel to an end; its handle stays the same.
  moveToFront(handle: Handle): void {}

  moveToBack(handle: Handle): void {}

  // TODO: hang all parcels of the other belt behind ours; their handles are ours from now on.
  concat(other: Belt<T>): void {}

  // TODO: walk from front to back, also when the loop removes the parcel it stands on.
  [Symbol.iterator](): Iterator<T> {
    const none: T[] = []
    return none.values()
  }

  // TODO: the same from back to front.
  reversed(): Iterable<T> {
    return []
  }
}

export class LruShelf<K, V> {
  readonly #capacity: number

  // TODO: refuse a capacity that makes no sense, and remember the callback.
  constructor(capacity: number, onEvict?: (key: K, value: V) => void) {
    this.#capacity = capacity
  }

  // TODO: count the pairs on the shelf.
  get size(): number {
    return 0
  }

  // TODO: look a key up, and make it the most recently used.
  get(key: K): V | undefined {
    return undefined
  }

  // TODO: store a pair as the most recently used; a full shelf lets its oldest pair go.
  set(key: K, value: V): void {}

  // TODO: look without touching the order.
  has(key: K): boolean {
    return false
  }

  // TODO: forget a key; say whether it was there.
  delete(key: K): boolean {
    return false
  }

  // TODO: the keys, most recently used first.
  keys(): Iterable<K> {
    return []
  }
}
