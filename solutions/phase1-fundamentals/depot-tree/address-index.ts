/** A place in the trie: the texts that begin with the characters on the way to it. */
type Place = {
  next: Map<string, Place>
  /** The keys of `next`, in order. */
  characters: string[]
  /** The ids of the text that ends here, in order. */
  ids: string[]
}

/** Finds addresses by how they begin, whatever their case and accents. */
export class AddressIndex {
  readonly #root = newPlace()

  add(text: string, id: string): void {
    let place = this.#root
    for (const character of fold(text)) {
      let next = place.next.get(character)
      if (!next) {
        next = newPlace()
        place.next.set(character, next)
        insert(place.characters, character)
      }
      place = next
    }
    insert(place.ids, id)
  }

  /** Returns whether the address was there. */
  remove(text: string, id: string): boolean {
    const folded = fold(text)
    const way = this.#wayTo(folded)
    if (!way || !take(way.at(-1)!.ids, id)) return false
    // Prunes what leads nowhere now: a search would look there in vain.
    for (let depth = folded.length; depth > 0 && isEmpty(way[depth]!); depth--) {
      const before = way[depth - 1]!
      before.next.delete(folded[depth - 1]!)
      take(before.characters, folded[depth - 1]!)
    }
    return true
  }

  /** Returns the ids of the first `limit` addresses that begin like this. */
  search(prefix: string, limit: number): string[] {
    const found: string[] = []
    const start = this.#wayTo(fold(prefix))?.at(-1)
    const waiting = start ? [start] : []
    while (found.length < limit) {
      const place = waiting.pop()
      if (!place) break
      for (const id of place.ids) {
        if (found.length < limit) found.push(id)
      }
      // What is pushed last is visited first.
      for (const character of place.characters.toReversed()) {
        waiting.push(place.next.get(character)!)
      }
    }
    return found
  }

  /** The places from the root to the end of the text, or undefined where it leads out of the trie. */
  #wayTo(folded: string[]): Place[] | undefined {
    const way = [this.#root]
    for (const character of folded) {
      const next = way.at(-1)!.next.get(character)
      if (!next) return undefined
      way.push(next)
    }
    return way
  }
}

/** The text's UTF-16 units, as `<` compares them, without accents and in lower case. */
function fold(text: string): string[] {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .split('')
}

function newPlace(): Place {
  return { next: new Map(), characters: [], ids: [] }
}

function isEmpty({ next, ids }: Place): boolean {
  return next.size === 0 && ids.length === 0
}

/** The place of a text in a sorted list: of the first one that is not less. */
function findPlace(sorted: string[], text: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}

/** Puts a text into a sorted list, unless it is there already. */
function insert(sorted: string[], text: string): void {
  const at = findPlace(sorted, text)
  if (sorted[at] !== text) sorted.splice(at, 0, text)
}

/** Takes a text out of a sorted list. @returns whether it was there */
function take(sorted: string[], text: string): boolean {
  const at = findPlace(sorted, text)
  if (sorted[at] !== text) return false
  sorted.splice(at, 1)
  return true
}
