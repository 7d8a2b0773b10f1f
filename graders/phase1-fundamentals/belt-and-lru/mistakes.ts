import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('shelf.ts')

const ARRAY_BELT = `
export class Belt<T> {
  #parcels: { value: T }[] = []

  get size() {
    return this.#parcels.length
  }
  pushFront(value: T) {
    const handle = { value }
    this.#parcels.unshift(handle)
    return handle
  }
  pushBack(value: T) {
    const handle = { value }
    this.#parcels.push(handle)
    return handle
  }
  insertAfter(handle: { value: T }, value: T) {
    return this.#insert(this.#parcels.indexOf(handle), 1, value)
  }
  insertBefore(handle: { value: T }, value: T) {
    return this.#insert(this.#parcels.indexOf(handle), 0, value)
  }
  #insert(index: number, step: number, value: T) {
    if (index === -1) throw new Error('not on this belt')
    const handle = { value }
    this.#parcels.splice(index + step, 0, handle)
    return handle
  }
  remove(handle: { value: T }) {
    const index = this.#parcels.indexOf(handle)
    if (index !== -1) this.#parcels.splice(index, 1)
    return index !== -1
  }
  moveToFront(handle: { value: T }) {
    if (this.remove(handle)) this.#parcels.unshift(handle)
  }
  moveToBack(handle: { value: T }) {
    if (this.remove(handle)) this.#parcels.push(handle)
  }
  concat(other: Belt<T>) {
    if (other === this) return
    this.#parcels = [...this.#parcels, ...other.#parcels]
    other.#parcels = []
  }
  *[Symbol.iterator]() {
    for (const { value } of [...this.#parcels]) yield value
  }
  *reversed() {
    for (const { value } of this.#parcels.toReversed()) yield value
  }
}
`

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C5',
    rule: 'Everything takes the same time however long the belt is',
    why: 'keeps the parcels in an array, with indexOf and splice',
    edits: [
      edit('/** A line of parcels. ', `${ARRAY_BELT}\n/** A line of parcels. `),
      edit('export class Belt<T> implements Iterable<T> {', 'class LinkedBelt<T> {'),
      edit('concat(other: Belt<T>): void {', 'concat(other: LinkedBelt<T>): void {'),
      edit('new Belt<Entry<K, V>>()', 'new LinkedBelt<Entry<K, V>>()'),
    ],
  },
  {
    id: 'W2',
    check: 'C3',
    rule: 'A handle stays good through every move and every `concat`, until its parcel is removed.',
    why: 'removing the last parcel does not make the one before it the last',
    edits: [
      edit(
        '    unlink(handle)\n',
        `    handle.prev.next = handle.next
    if (handle.next !== this.#ends) handle.next.prev = handle.prev
`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C2',
    rule: 'also when it was removed before',
    why: 'counts a parcel down again when it is removed a second time',
    edits: [
      edit(
        '    if (!this.#owns(handle)) return false\n',
        '    this.#size -= 1\n    if (!this.#owns(handle)) return false\n',
      ),
      edit('    handle.owner = undefined\n    this.#size -= 1\n', '    handle.owner = undefined\n'),
    ],
  },
  {
    id: 'W4',
    check: 'C6',
    rule: '`get` of a key that is there and `set` make it the most recently used.',
    why: 'get does not count as a use',
    edits: [
      edit(
        '    this.#order.moveToFront(place)\n    return place.value.value',
        '    return place.value.value',
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    rule: "A stored `undefined`, `0`, `''` or `false` is a value",
    why: 'takes a stored undefined, 0 or false for a key that is not there',
    edits: [edit('return this.#places.has(key)', 'return !!this.#places.get(key)?.value.value')],
  },
  {
    id: 'W6',
    check: 'C6',
    rule: 'Overwriting and `delete` never call it.',
    why: 'calls onEvict when a value is overwritten',
    edits: [
      edit(
        '      place.value.value = value\n',
        '      this.#onEvict?.(key, place.value.value)\n      place.value.value = value\n',
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C4',
    rule: 'the loop goes on with the parcel that came next in its direction',
    why: 'remove clears the links on which a loop stands',
    edits: [
      edit(
        '    handle.owner = undefined\n',
        '    handle.owner = undefined\n    handle.prev = handle.next = this.#ends\n',
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C7',
    rule: 'Their handles belong to this belt now.',
    why: 'concat moves the parcels, but their handles stay with the other belt',
    edits: [edit('      place.owner = owner\n', '')],
  },
  {
    id: 'W9',
    check: 'C8',
    rule: '`concat` may in addition take time in proportion to the _shorter_ belt',
    why: 'concat relabels every parcel of the other belt, however many there are',
    edits: [edit('if (other.#size <= this.#size) {', 'if (other.#size >= 0) {')],
  },
  {
    id: 'W10',
    check: 'C9',
    rule: 'Leaves the belt as it was',
    why: 'joined to itself, a belt loses its parcels',
    edits: [edit('    if (other === this) return\n', '')],
  },
  {
    id: 'W11',
    check: 'C11',
    rule: 'The evicted pair is gone already',
    why: 'calls onEvict before it lets the pair go',
    edits: [
      edit(
        '    this.delete(key)\n    this.#onEvict?.(key, value)\n',
        '    this.#onEvict?.(key, value)\n    this.delete(key)\n',
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C10',
    rule: '`undefined` and `null` are keys',
    why: 'takes the key undefined for "there is nothing to evict"',
    edits: [
      edit(
        '    const { key, value } = oldest!\n',
        '    const { key, value } = oldest!\n    if (key === undefined) return\n',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C12',
    rule: 'the removed parcels can be collected',
    why: 'remembers every removed handle, to refuse it later',
    edits: [
      edit('  #size = 0\n', '  #size = 0\n  readonly #removed = new Set<unknown>()\n'),
      edit(
        '    handle.owner = undefined\n',
        '    handle.owner = undefined\n    this.#removed.add(handle)\n',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C6',
    rule: '`has`, `size`, `keys()`, and `get` of a key that is not there change nothing.',
    why: 'has counts as a use',
    edits: [
      edit('return this.#places.has(key)', 'this.get(key)\n    return this.#places.has(key)'),
    ],
  },
  {
    id: 'W15',
    check: 'C6',
    rule: 'Stores nothing. So nothing is evicted either: `onEvict` is never called.',
    why: 'at capacity 0 takes the pair in, and evicts it at once',
    edits: [edit('    if (this.#capacity === 0) return\n', '')],
  },
  {
    id: 'W16',
    check: 'C6',
    rule: '// an iterable, most recently used first',
    why: 'keys() begins with the key that was used longest ago',
    edits: [
      edit(
        'for (const { key } of this.#order) yield key',
        'for (const { key } of this.#order.reversed()) yield key',
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C7',
    rule: '`other` is empty, no longer answers to those handles, and can be used again.',
    why: 'concat takes the parcels, and the other belt still shows them',
    edits: [edit('    join(other.#ends, other.#ends)\n', '')],
  },
  {
    id: 'W18',
    check: 'C2',
    rule: 'Nothing changes on any belt.',
    why: 'inserts beside a parcel that has left, so that the new one is lost',
    edits: [
      edit(
        "    if (!this.#owns(handle)) throw new Error('this handle is not on this belt')\n    return handle",
        '    return handle as Place<T>',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C6',
    rule: '// → true, or false if it was not there',
    why: 'delete forgets the key but leaves it in the order of use',
    edits: [edit('return this.#order.remove(place)', 'return true')],
  },
  {
    id: 'W20',
    check: 'C6',
    rule: '`set` of a _new_ key on a full shelf lets the pair go that was used longest ago',
    why: 'evicts one pair too early',
    edits: [
      edit(
        'if (this.#places.size > this.#capacity) this.#evict()',
        'if (this.#places.size >= this.#capacity) this.#evict()',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C6',
    rule: 'A negative one, a fraction or `NaN` → `RangeError` from the constructor.',
    why: 'accepts a fraction and NaN as a capacity',
    edits: [edit('if (!Number.isInteger(capacity) || capacity < 0) {', 'if (capacity < 0) {')],
  },
  {
    id: 'W22',
    check: 'C5',
    rule: '`get`, `set`, `has` and `delete` take the same time however full the shelf is',
    why: 'get walks along the whole order of use to find its key',
    edits: [
      edit(
        '    if (place === undefined) return undefined\n',
        '    if (place === undefined || ![...this.keys()].includes(key)) return undefined\n',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C1',
    rule: 'insertBefore(handle, value)',
    why: 'insertBefore puts the new parcel behind',
    edits: [
      edit(
        'this.#add(this.#placeOf(handle).prev, value)',
        'this.#add(this.#placeOf(handle), value)',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C2',
    rule: 'or lies on another belt',
    why: 'only asks whether a handle has left, not whose it is',
    edits: [
      edit(
        'return (handle as Place<T>).owner === this.#owner',
        'return (handle as Place<T>).owner !== undefined',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C3',
    rule: 'The parcel goes to that end and keeps its handle.',
    why: 'moving a parcel gives it a new place, and its handle is dead',
    edits: [
      edit(
        '    const place = this.#placeOf(handle)\n    unlink(place)\n    linkAfter(this.#ends.prev, place)\n',
        '    this.#placeOf(handle)\n    this.remove(handle)\n    this.pushBack(handle.value)\n',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C1',
    rule: 'Anything, also `undefined`.',
    why: 'a loop ends at the first parcel that is undefined',
    edits: [
      edit(
        'for (let place = this.#ends.next; place !== this.#ends; place = place.next) {\n      yield place.value',
        'for (let place = this.#ends.next; place.value !== undefined; place = place.next) {\n      yield place.value',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C1',
    rule: 'The same value may lie on a belt many times',
    why: 'knows its parcels by their values: a value that lies there already gets the old handle',
    edits: [
      edit(
        '    const place = new Place(value, this.#owner)\n',
        `    for (let known = this.#ends.next; known !== this.#ends; known = known.next) {
      if (known.value === value && this.#size < 50) return known
    }
    const place = new Place(value, this.#owner)
`,
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C2',
    rule: 'With a handle that is not on this belt nothing changes on any belt',
    why: 'moveToFront takes a parcel of another belt over',
    edits: [
      edit(
        'moveToFront(handle: Handle<T>): void {\n    const place = this.#placeOf(handle)',
        'moveToFront(handle: Handle<T>): void {\n    const place = handle as Place<T>',
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C6',
    rule: 'told apart as a `Map` does',
    why: 'keeps pairs by the text of their key, as an object would',
    edits: [
      edit('new Map<K, Handle<Entry<K, V>>>()', 'new Map<string, Handle<Entry<K, V>>>()'),
      edit(
        '  get(key: K): V | undefined {\n    const place = this.#places.get(key)',
        '  get(key: K): V | undefined {\n    const place = this.#places.get(String(key))',
      ),
      edit(
        '  set(key: K, value: V): void {\n    const place = this.#places.get(key)',
        '  set(key: K, value: V): void {\n    const place = this.#places.get(String(key))',
      ),
      edit('this.#places.set(key, ', 'this.#places.set(String(key), '),
      edit('return this.#places.has(key)', 'return this.#places.has(String(key))'),
      edit(
        '  delete(key: K): boolean {\n    const place = this.#places.get(key)',
        '  delete(key: K): boolean {\n    const place = this.#places.get(String(key))',
      ),
      edit('this.#places.delete(key)', 'this.#places.delete(String(key))'),
    ],
  },
  {
    id: 'W30',
    check: 'C11',
    rule: 'the evicted pair is gone, `size` agrees with `keys()`',
    why: 'forgets the key before onEvict is called, and its place in the order afterwards: an error leaves the place behind',
    edits: [
      edit(
        '    this.delete(key)\n    this.#onEvict?.(key, value)\n',
        `    const place = this.#places.get(key)!
    this.#places.delete(key)
    this.#onEvict?.(key, value)
    this.#order.remove(place)
`,
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C12',
    rule: 'A pair that was evicted, deleted or overwritten can be collected.',
    why: 'keeps a list of all that was evicted, for statistics',
    edits: [
      edit('  readonly #places =', '  readonly #evicted: V[] = []\n  readonly #places ='),
      edit(
        '    this.delete(key)\n    this.#onEvict',
        '    this.#evicted.push(value)\n    this.delete(key)\n    this.#onEvict',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C6',
    rule: 'calls `onEvict(key, value)` once with that pair',
    why: 'hands over the key alone',
    edits: [edit('this.#onEvict?.(key, value)', 'this.#onEvict?.(key, undefined as V)')],
  },
  {
    id: 'W33',
    check: 'C6',
    rule: '`get` of a key that is there and `set` make it the most recently used.',
    why: 'overwriting does not count as a use',
    edits: [
      edit(
        '      place.value.value = value\n      this.#order.moveToFront(place)\n',
        '      place.value.value = value\n',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C6',
    rule: 'Overwriting and `delete` never call it.',
    why: 'delete calls onEvict',
    edits: [
      edit(
        '    this.#places.delete(key)\n    return',
        '    this.#places.delete(key)\n    this.#onEvict?.(key, place.value.value)\n    return',
      ),
      edit('    this.delete(key)\n    this.#onEvict?.(key, value)\n', '    this.delete(key)\n'),
    ],
  },
  {
    id: 'W35',
    check: 'C7',
    rule: 'All parcels of `other`, in their order, come behind those of this belt.',
    why: 'the shorter belt goes in front',
    edits: [
      edit(
        '    join(this.#ends.prev, other.#ends.next)\n    join(other.#ends.prev, this.#ends)\n',
        `    if (other.#size > this.#size) {
      join(other.#ends.prev, this.#ends.next)
      join(this.#ends, other.#ends.next)
    } else {
      join(this.#ends.prev, other.#ends.next)
      join(other.#ends.prev, this.#ends)
    }
`,
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C7',
    rule: 'All parcels of `other`, in their order, come behind those of this belt.',
    why: 'concat takes the parcels one by one from the back',
    edits: [
      edit(
        '    join(this.#ends.prev, other.#ends.next)\n    join(other.#ends.prev, this.#ends)\n',
        `    const last = this.#ends.prev
    for (let place = other.#ends.next; place !== other.#ends; ) {
      const { next } = place
      linkAfter(last, place)
      place = next
    }
`,
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C4',
    rule: 'several may run at the same time',
    why: 'keeps one cursor for the whole belt',
    edits: [
      edit('  #size = 0\n', '  #size = 0\n  #cursor: Place<T> | undefined\n'),
      edit(
        'for (let place = this.#ends.next; place !== this.#ends; place = place.next) {\n      yield place.value',
        'for (this.#cursor = this.#ends.next; this.#cursor !== this.#ends; this.#cursor = this.#cursor!.next) {\n      yield this.#cursor.value',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C3',
    rule: 'The parcel goes to that end and keeps its handle.',
    why: 'moveToBack of the last parcel puts it before the one that was before it',
    edits: [
      edit(
        '    unlink(place)\n    linkAfter(this.#ends.prev, place)\n',
        '    const last = this.#ends.prev === place ? place.prev.prev : this.#ends.prev\n    unlink(place)\n    linkAfter(last, place)\n',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C6',
    rule: 'A whole number of at least 0.',
    why: 'refuses a capacity of 0',
    edits: [edit('|| capacity < 0) {', '|| capacity <= 0) {')],
  },
]
