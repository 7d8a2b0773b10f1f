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

/** How many simpler values of one are worth a try: of a list, and of fast-check's, which know better. */
const SIMPLER = 6
const SIMPLER_DRAWN = 20

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
      .take(SIMPLER_DRAWN)
      .map((one) => generated(from, one)),
})

/** A check's programs have so many moves, if its cases are fewer. */
const LEAST_MOVES = 80
/** After so many moves the ordinary ones are mixed anew: so the state grows for a while, and shrinks. */
const PHASE = 8

type Card = { operation: string; drawn: Drawn; misses: number }

/**
 * Deals moves: every case of a check's operations once, in random order, and between them ordinary
 * moves of all operations. What can do nothing in the state that there is comes again later.
 */
export class Dealer<State> {
  readonly #operations: Record<string, Operation<State>>
  readonly #own: string[]
  readonly #fresh: Fresh
  #deck: Card[]
  #mix: string[] = []
  /** How many of eight moves are ordinary ones: in a mixture, and now. */
  readonly #mixed: number
  #ordinary = 4
  #phases = 0
  #turns: string[]
  #dealt = new Map<Move, Card>()
  #number = 0
  readonly #least: number
  /** The last case could do nothing: only an ordinary move can change that. */
  #stuck = false

  /**
   * @param options.mixed how many of eight moves are ordinary ones where cases and all of those are mixed
   * @param options.least so many moves there are, if the check's cases are fewer
   */
  constructor(
    operations: Record<string, Operation<State>>,
    check: string,
    fresh: Fresh,
    { mixed = 4, least = LEAST_MOVES }: { mixed?: number; least?: number } = {},
  ) {
    this.#operations = operations
    this.#mixed = mixed
    this.#least = least
    this.#fresh = fresh
    this.#own = Object.keys(operations).filter((name) => operations[name]!.check === check)
    if (this.#own.length === 0) throw new Error(`No operation of the model belongs to ${check}.`)
    this.#turns = fresh.shuffle(this.#setups().map(({ name }) => name))
    const cards = this.#own.map((name) => this.#cards(name))
    // The simplest first, one of each operation: a server that can do nothing is told so simply.
    this.#deck = [
      ...fresh.shuffle(cards.flatMap(([, ...others]) => others)),
      ...cards.flatMap((own) => own.slice(0, 1)).reverse(),
    ]
  }

  #cards(operation: string): Card[] {
    const { plain = [], cases = [], drawn } = this.#operations[operation]!
    const values = cases.map((value, at) =>
      listed(value, [...plain.slice(0, 1), ...cases.slice(0, at)]),
    )
    return [...values, ...(drawn ? this.#drawValues(drawn) : [])].map((drawn) => ({
      operation,
      drawn,
      misses: 0,
    }))
  }

  #drawValues({ from, runs }: { from: Arbitrary<unknown>; runs: number }): Drawn[] {
    const random = new fc.Random(xorshift128plus(this.#fresh.int(0, 2 ** 31 - 1)))
    return this.#fresh.list(runs, () => generated(from, from.generate(random, 5)))
  }

  /** The next move; undefined when all was dealt. */
  next(): Move | undefined {
    if (this.#deck.length === 0 && this.#number < this.#least) {
      this.#deck = this.#fresh.shuffle(this.#own.flatMap((name) => this.#cards(name)))
    }
    const card = this.#deck.at(-1)
    if (!card) return undefined
    if (this.#number >= this.#phases * PHASE) this.#beginPhase()
    const isOrdinary =
      this.#mix.length > 0 && (this.#stuck || this.#fresh.int(1, 8) <= this.#ordinary)
    this.#stuck = false
    if (isOrdinary) {
      const operation = this.#fresh.pick(this.#mix)
      const { plain = [] } = this.#operations[operation]!
      return this.#move(operation, listed(this.#fresh.pick(plain), plain.slice(0, 1)))
    }
    this.#deck.pop()
    const move = this.#move(card.operation, card.drawn)
    this.#dealt.set(move, card)
    return move
  }

  /** The operations that have ordinary values. */
  #setups(): { name: string; weight: number }[] {
    return Object.keys(this.#operations).flatMap((name) => {
      const { plain = [], weight = 1 } = this.#operations[name]!
      return plain.length === 0 ? [] : [{ name, weight }]
    })
  }

  /**
   * Every second phase is a mixture, with as many cases of the check. The others are of one ordinary
   * operation above all, each in its turn: so there are many of something, or none.
   */
  #beginPhase(): void {
    this.#phases += 1
    const all = this.#setups().flatMap(({ name, weight }) => new Array<string>(weight).fill(name))
    const isMixture = this.#phases % 2 === 1
    this.#ordinary = isMixture ? this.#mixed : this.#mixed + 3
    const turn = this.#turns[(this.#phases >> 1) % this.#turns.length]
    this.#mix = isMixture || turn === undefined ? all : [turn]
  }

  #move(operation: string, drawn: Drawn): Move {
    this.#number += 1
    const luck = this.#fresh.int(0, 2 ** 30)
    const server = this.#fresh.int(0, 2 ** 30)
    return { number: this.#number, operation, drawn, luck, server, keys: [] }
  }

  /**
   * Puts a move's case back: it could do nothing in the state that there was.
   * @throws where that was so too often, and the operation is not optional
   */
  putBack(move: Move): void {
    this.#stuck = true
    const card = this.#dealt.get(move)
    if (!card) return
    card.misses += 1
    if (card.misses < MOST_MISSES) this.#deck.unshift(card)
    else if (!this.#operations[card.operation]!.optional) {
      throw new Error(`${card.operation}: no state ever lets it be tried.`)
    }
  }
}
