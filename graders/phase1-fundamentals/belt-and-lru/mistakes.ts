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
    why: 'takes a stored undefined, 0 or false for a key that is not there',
    edits: [edit('return this.#places.has(key)', 'return !!this.#places.get(key)?.value.value')],
  },
  {
    id: 'W6',
    check: 'C6',
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
    why: 'concat moves the parcels, but their handles stay with the other belt',
    edits: [edit('      place.owner = owner\n', '')],
  },
  {
    id: 'W9',
    check: 'C8',
    why: 'concat relabels every parcel of the other belt, however many there are',
    edits: [edit('if (other.#size <= this.#size) {', 'if (other.#size >= 0) {')],
  },
  {
    id: 'W10',
    check: 'C9',
    why: 'joined to itself, a belt loses its parcels',
    edits: [edit('    if (other === this) return\n', '')],
  },
  {
    id: 'W11',
    check: 'C11',
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
    why: 'has counts as a use',
    edits: [
      edit('return this.#places.has(key)', 'this.get(key)\n    return this.#places.has(key)'),
    ],
  },
  {
    id: 'W15',
    check: 'C6',
    why: 'at capacity 0 takes the pair in, and evicts it at once',
    edits: [edit('    if (this.#capacity === 0) return\n', '')],
  },
  {
    id: 'W16',
    check: 'C6',
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
    why: 'concat takes the parcels, and the other belt still shows them',
    edits: [edit('    join(other.#ends, other.#ends)\n', '')],
  },
  {
    id: 'W18',
    check: 'C2',
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
    why: 'delete forgets the key but leaves it in the order of use',
    edits: [edit('return this.#order.remove(place)', 'return true')],
  },
  {
    id: 'W20',
    check: 'C6',
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
    why: 'accepts a fraction and NaN as a capacity',
    edits: [edit('if (!Number.isInteger(capacity) || capacity < 0) {', 'if (capacity < 0) {')],
  },
  {
    id: 'W22',
    check: 'C5',
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
    why: 'moving a parcel gives it a new place, and its handle is dead',
    edits: [
      edit(
        '    const place = this.#placeOf(handle)\n    unlink(place)\n    linkAfter(this.#ends.prev, place)\n',
        '    this.#placeOf(handle)\n    this.remove(handle)\n    this.pushBack(handle.value)\n',
      ),
    ],
  },
]
