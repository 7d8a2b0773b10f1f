interface Link {
  key: string
  id: string
  next: (Link | null)[]
}

const LEVELS = 20

function strip(text: string): string {
  let out = ''
  for (const character of text.normalize('NFD')) {
    const code = character.codePointAt(0)!
    if (code < 0x300 || code > 0x36f) out += character.toLowerCase()
  }
  return out
}

export class AddressIndex {
  #head: Link = { key: '', id: '', next: new Array(LEVELS).fill(null) }
  #random = 1

  add(text: string, id: string): boolean {
    const key = strip(text)
    const way = this.#wayTo(key, id)
    const there = way[0]!.next[0]
    if (there && there.key === key && there.id === id) return false
    const link: Link = { key, id, next: [] }
    for (let level = 0; level === 0 || (level < LEVELS && this.#coin()); level++) {
      link.next[level] = way[level]!.next[level]!
      way[level]!.next[level] = link
    }
    return true
  }

  remove(text: string, id: string): boolean {
    const key = strip(text)
    const way = this.#wayTo(key, id)
    const there = way[0]!.next[0]
    if (!there || there.key !== key || there.id !== id) return false
    for (let level = 0; level < there.next.length; level++) way[level]!.next[level] = there.next[level]!
    return true
  }

  search(prefix: string, limit: number): string[] {
    const key = strip(prefix)
    const found: string[] = []
    let link = this.#wayTo(key, '')[0]!.next[0]
    while (link && found.length < limit && link.key.startsWith(key)) {
      found.push(link.id)
      link = link.next[0]
    }
    return found
  }

  /** On each level, the last link before the place of the address. */
  #wayTo(key: string, id: string): Link[] {
    const way: Link[] = new Array(LEVELS)
    let at = this.#head
    for (let level = LEVELS - 1; level >= 0; level--) {
      let next = at.next[level]
      while (next && (next.key < key || (next.key === key && next.id < id))) {
        at = next
        next = at.next[level]
      }
      way[level] = at
    }
    return way
  }

  #coin(): boolean {
    this.#random = (Math.imul(this.#random, 1103515245) + 12345) >>> 0
    return (this.#random & 0x10000) !== 0
  }
}
