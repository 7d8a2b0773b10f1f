import fc, { type Arbitrary, type Value } from 'fast-check'
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus'
import type { Fresh } from '../fresh.ts'
import type { Step } from './step.ts'

/** What the plan of a step is made with, beside the state and the drawn value. */
export type At = {
  /** The move's name in its program: `#7`. What it makes can be called so, whatever id it gets. */
  key: string
  /**
   * One of the items. A program that is played again gets the item with the same key, whatever else
   * there is by then; undefined where it is not there.
   */
  pick<T extends { key: string }>(items: T[]): T | undefined
}

/** One kind of request. */
export type Operation<State, Value = any> = {
  /** The check that its rule belongs to. */
  check: string
  /** Ordinary values, simplest first. Where they are given, programs of other checks hold them too. */
  plain?: readonly Value[]
  /** Values that must each be tried once in the programs of its check, simplest first. */
  cases?: readonly Value[]
  /** Values that are drawn; so many in the programs of its check. */
  drawn?: { from: Arbitrary<Value>; runs: number }
  /** Some servers never get into a state for it, and that is fine. By default a model whose case cannot be tried is wrong. */
  optional?: boolean
  /** How often it stands in programs of other checks, in comparison; 1 by default. */
  weight?: number
  /**
   * Makes the request of a value and says how it must be answered.
   * @returns undefined where the state has nothing to do it with
   */
  plan(state: State, value: Value, at: At): Step | undefined
}

/** A drawn value, and simpler ones that may do as well. */
export type Drawn = { value: any; simpler(): Iterable<Drawn> }

/** One step of a program, before it is known what it meets. */
export type Move = {
  number: number
  operation: string
  drawn: Drawn
  /** Chooses among items where nothing has been chosen yet. */
  luck: number
  /** Which copy of the server it goes to. */
  server: number
  /** The keys of the items that were picked, in turn. */
  keys: (string | undefined)[]
}

/** How many simpler values of one are worth a try. */
const SIMPLER = 6

/** How often a case that has nothing to do it with is put back. */
const MOST_MISSES = 20

/** A value of a list that begins with the simplest. */
const listed = (value: unknown, simpler: readonly unknown[]): Drawn => ({
  value,
  simpler: () =>
    simpler.slice(0, SIMPLER).map((one, index) => listed(one, simpler.slice(0, index))),
})

/** A value of an arbitrary's; fast-check knows what is simpler. */
const generated = <T>(from: Arbitrary<T>, { value, context }: Value<T>): Drawn => ({
  value,
  simpler: () =>
    from
      .shrink(value, context)
      .take(SIMPLER)
      .map((one) => generated(from, one)),
})

/** Deals moves: every case of a check's operations once, between them ordinary ones of all. */
export class Dealer<State> {
  readonly #operations: Record<string, Operation<State>>
  readonly #fresh: Fresh
  readonly #deck: { operation: string; drawn: Drawn; misses: number }[]
  readonly #setups: string[]
  readonly #own: boolean
  #number = 0

  constructor(operations: Record<string, Operation<State>>, check: string, fresh: Fresh) {
    this.#operations = operations
    this.#fresh = fresh
    const names = Object.keys(operations)
    const own = names.filter((name) => operations[name]!.check === check)
    this.#own = own.length > 0
    const cards = own.map((name) => this.#cards(name))
    // The simplest first, one of each operation: a server that can do nothing is told so simply.
    this.#deck = [
      ...fresh.shuffle(cards.flatMap(([, ...others]) => others)),
      ...cards.flatMap((own) => own.slice(0, 1)).reverse(),
    ]
    this.#setups = names.flatMap((name) => {
      const { plain = [], weight = 1 } = operations[name]!
      return plain.length > 0 ? new Array<string>(weight).fill(name) : []
    })
  }

  #cards(operation: string): { operation: string; drawn: Drawn; misses: number }[] {
    const { plain = [], cases = [], drawn } = this.#operations[operation]!
    const dealt = cases.map((value, at) =>
      listed(value, [...plain.slice(0, 1), ...cases.slice(0, at)]),
    )
    return [...dealt, ...(drawn ? this.#drawValues(drawn) : [])].map((drawn) => ({
      operation,
      drawn,
      misses: 0,
    }))
  }

  #drawValues({ from, runs }: { from: Arbitrary<unknown>; runs: number }): Drawn[] {
    const random = new fc.Random(xorshift128plus(this.#fresh.int(0, 2 ** 31 - 1)))
    return this.#fresh.list(runs, () => generated(from, from.generate(random, 5)))
  }

  /** How many cases there are still to deal. */
  get left(): number {
    return this.#deck.length
  }

  /** The next move, undefined when every case was dealt. */
  next(): Move | undefined {
    if (!this.#own) throw new Error('No operation of the model belongs to this check.')
    const card = this.#fresh.oneIn(3) ? undefined : this.#deck.pop()
    if (card) {
      return this.#move(card.operation, card.drawn, () => {
        card.misses += 1
        if (card.misses < MOST_MISSES) this.#deck.unshift(card)
        else if (!this.#operations[card.operation]!.optional) {
          throw new Error(`${card.operation}: no state ever lets it be tried.`)
        }
      })
    }
    if (this.#deck.length === 0) return undefined
    // Without setups the deck is all there is.
    if (this.#setups.length === 0) return this.next()
    const operation = this.#fresh.pick(this.#setups)
    const { plain = [] } = this.#operations[operation]!
    const value = this.#fresh.pick(plain)
    return this.#move(operation, listed(value, plain.slice(0, 1)))
  }

  #move(operation: string, drawn: Drawn, giveBack = () => {}): Move & { giveBack(): void } {
    this.#number += 1
    const luck = this.#fresh.int(0, 2 ** 30)
    const server = this.#fresh.int(0, 2 ** 30)
    return { number: this.#number, operation, drawn, luck, server, keys: [], giveBack }
  }

  /** Puts a move's case back: it could not be tried in the state that there was. */
  putBack(move: Move): void {
    ;(move as Move & { giveBack?(): void }).giveBack?.()
  }
}
