import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

const SYLLABLES =
  'ba be bi bo da de di do fa fe fi ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te ti to va ve vi zu'.split(
    ' ',
  )
const CITIES =
  'Aarhus Bergen Coimbra Delft Esbjerg Ferrara Ghent Haarlem Izmir Jaén Kraków Łódź Malmö Nantes Oviedo Porto Québec Rostock São-Bento Tromsø Uppsala Vigo Wismar Ypres Zürich'.split(
    ' ',
  )

/**
 * Fixtures that differ from run to run and are the same for the same seed, so that a program with
 * built-in answers fails and a failure can be repeated with `--seed`.
 */
export class Fresh {
  readonly seed: number
  #generator: ReturnType<typeof xoroshiro128plus>

  /** @param label keeps the streams of different tests apart */
  constructor(seed: number, label = '') {
    this.seed = seed
    const digest = createHash('sha256').update(`${seed}:${label}`).digest()
    this.#generator = xoroshiro128plus(digest.readInt32LE(0))
  }

  /** A whole number from min to max, both possible. */
  int(min: number, max: number): number {
    return uniformInt(this.#generator, min, max)
  }

  /** True about once in `n` times; a coin by default. */
  oneIn(n = 2): boolean {
    return this.int(1, n) === 1
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!
  }

  /** The items in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items]
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(0, i)
      ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
    }
    return copy
  }

  /** A list of `length` made items. */
  list<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, index) => make(index))
  }

  /** A pronounceable lower-case word of a-z. */
  word(syllables = 3): string {
    return this.list(syllables, () => this.pick(SYLLABLES)).join('')
  }

  /** A word that has not been used before by this or any other stream of the seed, in practice. */
  unique(prefix = ''): string {
    return `${prefix}${this.word(2)}${this.string(8, 'abcdefghijkmnpqrstuvwxyz23456789')}`
  }

  /** A capitalised name of a person. */
  name(): string {
    const word = this.word(this.int(2, 3))
    return word[0]!.toUpperCase() + word.slice(1)
  }

  /** A city's name, some of them with letters beyond ASCII. */
  city(): string {
    return this.pick(CITIES)
  }

  /** A mail address under example.test. */
  email(): string {
    return `${this.unique()}@example.test`
  }

  /** So many characters of the alphabet. */
  string(length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'): string {
    return this.list(length, () => alphabet[this.int(0, alphabet.length - 1)]).join('')
  }

  /** So many random bytes. */
  bytes(length: number): Buffer {
    return Buffer.from(this.list(length, () => this.int(0, 255)))
  }
}
