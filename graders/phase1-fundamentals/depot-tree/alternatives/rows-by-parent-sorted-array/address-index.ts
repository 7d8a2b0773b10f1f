type Entry = [text: string, id: string]

const plain = (text: string) => text.toLowerCase().normalize('NFD').replace(/\p{Mn}/gu, '')

const before = (a: Entry, b: Entry) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])

export class AddressIndex {
  private entries: Entry[] = []

  private lowerBound(entry: Entry): number {
    let from = 0
    let count = this.entries.length
    while (count > 0) {
      const half = count >>> 1
      if (before(this.entries[from + half]!, entry)) {
        from += half + 1
        count -= half + 1
      } else count = half
    }
    return from
  }

  add(text: string, id: string): this {
    const entry: Entry = [plain(text), id]
    const at = this.lowerBound(entry)
    const there = this.entries[at]
    if (!there || before(entry, there)) this.entries.splice(at, 0, entry)
    return this
  }

  remove(text: string, id: string): boolean {
    const entry: Entry = [plain(text), id]
    const at = this.lowerBound(entry)
    const there = this.entries[at]
    if (!there || before(entry, there)) return false
    this.entries.splice(at, 1)
    return true
  }

  search(prefix: string, limit: number): string[] {
    const start = plain(prefix)
    const from = this.lowerBound([start, ''])
    const found: string[] = []
    for (let at = from; at < this.entries.length && found.length < limit; at++) {
      const [text, id] = this.entries[at]!
      if (!text.startsWith(start)) break
      found.push(id)
    }
    return found
  }
}
