// Addresses as one string: no character is less than U+0000, so text + U+0000 + id sorts by text, then by id.
// A U+0000 in the text itself is written as U+0000 U+0001, the end of the text as U+0000 U+0000.
const BUCKET = 256

const folded = (text: string) =>
  text.normalize('NFD').replace(/[\u0300-\u036f]/gu, '').toLowerCase().replaceAll('\0', '\0\u0001')

export class AddressIndex {
  buckets: string[][] = [[]]

  add(text: string, id: string): void {
    const key = `${folded(text)}\0\0${id}`
    const number = this.bucketOf(key)
    const bucket = this.buckets[number]!
    const at = lower(bucket, key)
    if (bucket[at] === key) return
    bucket.splice(at, 0, key)
    if (bucket.length > BUCKET) this.buckets.splice(number + 1, 0, bucket.splice(BUCKET / 2))
  }

  remove(text: string, id: string): boolean {
    const key = `${folded(text)}\0\0${id}`
    const number = this.bucketOf(key)
    const bucket = this.buckets[number]!
    const at = lower(bucket, key)
    if (bucket[at] !== key) return false
    bucket.splice(at, 1)
    if (bucket.length === 0 && this.buckets.length > 1) this.buckets.splice(number, 1)
    return true
  }

  search(prefix: string, limit: number): string[] {
    const start = folded(prefix)
    const found: string[] = []
    let number = this.bucketOf(start)
    let at = lower(this.buckets[number]!, start)
    while (found.length < limit && number < this.buckets.length) {
      const key = this.buckets[number]![at]
      if (key === undefined) {
        number += 1
        at = 0
      } else if (key.startsWith(start)) {
        found.push(key.slice(key.indexOf('\0\0') + 2))
        at += 1
      } else break
    }
    return found
  }

  /** The last bucket whose first key is not greater. */
  private bucketOf(key: string): number {
    let low = 0
    let high = this.buckets.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      const first = this.buckets[middle]![0]
      if (first !== undefined && first <= key) low = middle
      else high = middle - 1
    }
    return low
  }
}

function lower(list: string[], key: string): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
