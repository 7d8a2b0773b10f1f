// Who owns a node is asked in two steps: the node names a group, and the group leads to the group
// that took it over, and so on up to one without a parent. Joining belts joins two groups.
class Group {
  parent: Group | null = null
  rank = 0

  root(): Group {
    let root: Group = this
    while (root.parent !== null) root = root.parent
    let group: Group = this
    while (group.parent !== null) {
      const parent: Group = group.parent
      group.parent = root
      group = parent
    }
    return root
  }
}

class Node<T> {
  value: T | undefined
  group: Group | null
  prev: Node<T> | null = null
  next: Node<T> | null = null

  constructor(value: T | undefined, group: Group | null) {
    this.value = value
    this.group = group
  }
}

export type Handle = object

export class Belt<T> {
  #head = new Node<T>(undefined, null)
  #tail = new Node<T>(undefined, null)
  #group = new Group()
  #size = 0

  constructor() {
    this.#head.next = this.#tail
    this.#tail.prev = this.#head
  }

  get size(): number {
    return this.#size
  }

  pushFront(value: T): Handle {
    return this.#create(this.#head, value)
  }

  pushBack(value: T): Handle {
    return this.#create(this.#tail.prev as Node<T>, value)
  }

  insertAfter(handle: Handle, value: T): Handle | false {
    const node = this.#mine(handle)
    return node !== null && this.#create(node, value)
  }

  insertBefore(handle: Handle, value: T): Handle | false {
    const node = this.#mine(handle)
    return node !== null && this.#create(node.prev as Node<T>, value)
  }

  remove(handle: Handle): boolean {
    const node = this.#mine(handle)
    if (node === null) return false
    this.#cut(node)
    node.group = null
    node.prev = null
    node.next = null
    node.value = undefined
    this.#size--
    return true
  }

  moveToFront(handle: Handle): boolean {
    const node = this.#mine(handle)
    if (node === null) return false
    this.#cut(node)
    this.#paste(this.#head, node)
    return true
  }

  moveToBack(handle: Handle): boolean {
    const node = this.#mine(handle)
    if (node === null) return false
    this.#cut(node)
    this.#paste(this.#tail.prev as Node<T>, node)
    return true
  }

  concat(other: Belt<T>): this {
    if (other === this) return this

    const winner = this.#group.rank >= other.#group.rank ? this.#group : other.#group
    const loser = winner === this.#group ? other.#group : this.#group
    loser.parent = winner
    if (winner.rank === loser.rank) winner.rank++
    this.#group = winner
    other.#group = new Group()

    if (other.#size > 0) {
      const before = this.#tail.prev as Node<T>
      const first = other.#head.next as Node<T>
      const last = other.#tail.prev as Node<T>
      before.next = first
      first.prev = before
      last.next = this.#tail
      this.#tail.prev = last
      other.#head.next = other.#tail
      other.#tail.prev = other.#head
    }
    this.#size += other.#size
    other.#size = 0
    return this
  }

  // The neighbour is looked up before the loop body runs, because remove() clears the links.
  *[Symbol.iterator](): IterableIterator<T> {
    let node = this.#head.next as Node<T>
    while (node !== this.#tail) {
      const next = node.next as Node<T>
      yield node.value as T
      node = next
    }
  }

  *reversed(): IterableIterator<T> {
    let node = this.#tail.prev as Node<T>
    while (node !== this.#head) {
      const prev = node.prev as Node<T>
      yield node.value as T
      node = prev
    }
  }

  #mine(handle: Handle): Node<T> | null {
    if (!(handle instanceof Node) || handle.group === null) return null
    return handle.group.root() === this.#group ? (handle as Node<T>) : null
  }

  #create(before: Node<T>, value: T): Node<T> {
    const node = new Node<T>(value, this.#group)
    this.#paste(before, node)
    this.#size++
    return node
  }

  #paste(before: Node<T>, node: Node<T>): void {
    const after = before.next as Node<T>
    before.next = node
    node.prev = before
    node.next = after
    after.prev = node
  }

  #cut(node: Node<T>): void {
    const { prev, next } = node as { prev: Node<T>; next: Node<T> }
    prev.next = next
    next.prev = prev
  }
}

// A Map remembers the order of insertion: taking a key out and putting it back makes it the
// youngest, and the first key is always the one to go.
export class LruShelf<K, V> {
  #map = new Map<K, V>()
  #capacity: number
  #onEvict: (key: K, value: V) => void

  constructor(capacity: number, onEvict: (key: K, value: V) => void = () => {}) {
    if (capacity < 0 || !Number.isInteger(capacity)) throw new RangeError('bad capacity')
    this.#capacity = capacity
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    if (!this.#map.has(key)) return undefined
    const value = this.#map.get(key) as V
    this.#map.delete(key)
    this.#map.set(key, value)
    return value
  }

  set(key: K, value: V): this {
    if (this.#capacity === 0) return this
    let evicted: [K, V] | undefined
    if (!this.#map.delete(key) && this.#map.size === this.#capacity) {
      evicted = this.#map.entries().next().value as [K, V]
      this.#map.delete(evicted[0])
    }
    this.#map.set(key, value)
    if (evicted !== undefined) this.#onEvict(evicted[0], evicted[1])
    return this
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  delete(key: K): boolean {
    return this.#map.delete(key)
  }

  keys(): K[] {
    return [...this.#map.keys()].reverse()
  }
}
