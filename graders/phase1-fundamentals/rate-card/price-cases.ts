import fc from 'fast-check'
import type * as Rates from '../../../solutions/phase1-fundamentals/rate-card/rates.ts'
import { expectFacts } from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'

export type Card = {
  table: Rates.Table
  percent: number
  centsPerKg: number
  minimum: number
}

/** `table.steps[0].cents = 5` is `{ at: ['steps', 0, 'cents'], value: 5 }`. */
type Change = { at: readonly (string | number)[]; value: unknown }

/** Rates made of a card, what their table goes through, and the parcels priced after each change. */
export type PriceCase = { card: Card; grams: unknown[]; changes: Change[] }

/** What the three rates said of one parcel: a number, or what went wrong. */
type Prices = { standard: unknown; express: unknown; freight: unknown }

/** Prices of all parcels, first at the table as it was, then after each change. */
type Sight = Prices[][]

/** Prices parcels. Runs in the learner's process, so it uses nothing from here. */
export function playPrices(
  { StandardRate, ExpressRate, FreightRate }: typeof Rates,
  cases: PriceCase[],
): Sight[] {
  const ask = (rate: Rates.Rate, grams: unknown): unknown => {
    try {
      const price: unknown = rate.cents({ grams: grams as number })
      return typeof price === 'number' ? price : `a ${typeof price}, not a number`
    } catch (error) {
      return error instanceof RangeError ? 'a RangeError' : `an error: ${error}`
    }
  }
  const put = (target: any, [key, ...rest]: readonly (string | number)[], value: unknown): void => {
    if (rest.length === 0) target[key!] = value
    else put(target[key!], rest, value)
  }
  return cases.map(({ card: { table, percent, centsPerKg, minimum }, grams, changes }) => {
    const standard = new StandardRate(table)
    const express = new ExpressRate(table, percent)
    const freight = new FreightRate(centsPerKg, minimum)
    const look = () =>
      grams.map((weight) => ({
        standard: ask(standard, weight),
        express: ask(express, weight),
        freight: ask(freight, weight),
      }))
    return [
      look(),
      ...changes.map(({ at, value }) => {
        put(table, at, value)
        return look()
      }),
    ]
  })
}

/** Returns what a card's three rates must say of a weight, or of anything else. */
export function pricesOf(card: Card, grams: unknown): Prices {
  if (!Number.isInteger(grams) || (grams as number) < 1) {
    return { standard: 'a RangeError', express: 'a RangeError', freight: 'a RangeError' }
  }
  const standard = standardPrice(card.table, grams as number)
  return {
    standard,
    express: expressPrice(standard, card.percent),
    freight: Math.max(card.minimum, kilogramsBegun(grams as number) * card.centsPerKg),
  }
}

function standardPrice({ steps, extraKgCents }: Rates.Table, grams: number): number {
  for (const { upToGrams, cents } of steps) if (grams <= upToGrams) return cents
  const last = steps[steps.length - 1]!
  return last.cents + kilogramsBegun(grams - last.upToGrams) * extraKgCents
}

/** In whole numbers only, so that nothing of it depends on fractions. */
function expressPrice(standard: number, percent: number): number {
  const hundredths = standard * percent
  const rest = hundredths % 100
  return (hundredths - rest) / 100 + (rest >= 50 ? 1 : 0) + 300
}

const kilogramsBegun = (grams: number) => Math.floor((grams + 999) / 1000)

function script(change: Change): string {
  const place = change.at.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
  return `table${place.join('')} = ${code(change.value)}`
}

function put(target: any, [key, ...rest]: readonly (string | number)[], value: unknown): void {
  if (rest.length === 0) target[key!] = value
  else put(target[key!], rest, value)
}

/** Compares prices with the rules, and shows the first that is wrong. */
export function expectPrices(
  { card, grams, changes }: PriceCase,
  seen: Sight | undefined,
  kinds: (keyof Prices)[],
): void {
  const current = structuredClone(card)
  const { table, percent, centsPerKg, minimum } = card
  const made = {
    standard: 'new StandardRate(table)',
    express: `new ExpressRate(table, ${percent})`,
    freight: `new FreightRate(${centsPerKg}, ${minimum})`,
  }
  for (let done = 0; done <= changes.length; done++) {
    if (done > 0)
      put(current.table, changes[done - 1]!.at, structuredClone(changes[done - 1]!.value))
    const past = changes.slice(0, done).map(script)
    const setup = [`const table = ${code(table)}`]
    if (done > 0) setup.push('const rate = …  // made here, before the table changes', ...past)
    for (const [at, weight] of grams.entries()) {
      const wanted = pricesOf(current, weight)
      for (const kind of kinds) {
        const call = `${made[kind]}.cents({ grams: ${code(weight)} })`
        const where = kind === 'freight' ? '' : `with\n${setup.join('\n')}\n`
        expectFacts({ [call]: seen?.[done]?.[at]?.[kind] }, { [call]: wanted[kind] }, where)
      }
    }
  }
}

const money = fc.oneof(fc.nat(9), fc.nat(2_000))
const step = fc.record({ further: fc.integer({ min: 1, max: 3_000 }), cents: money })

/** Steps whose weights rise. */
export const steps = fc.array(step, { minLength: 1, maxLength: 4 }).map((drawn) => {
  let upToGrams = 0
  return drawn.map(({ further, cents }) => {
    upToGrams += further
    return { upToGrams, cents }
  })
})

export const tables: fc.Arbitrary<Rates.Table> = fc.record({ steps, extraKgCents: fc.nat(300) })

/** Percents of which many make half a cent, and some make fractions that are not exact. */
export const percents = fc.oneof(fc.constantFrom(50, 115, 150, 105, 250), fc.nat(400))

export const cards: fc.Arbitrary<Card> = fc.record({
  table: tables,
  percent: percents,
  centsPerKg: fc.nat(300),
  minimum: fc.nat(1_500),
})

/** A step of the table and how far the weight is from its limit. */
const nearLimit = fc.record({
  step: fc.nat(3),
  beside: fc.constantFrom(-1, 0, 1, 999, 1_000, 1_001, 7_500),
})
const anyWeight = fc.constantFrom(1, 999, 1_000, 1_001, 2_000, 12_345, 30_001)

/** Weights that a table's limits make, and some others. */
function weights(table: Rates.Table): fc.Arbitrary<number> {
  const near = nearLimit.map(({ step, beside }) => {
    const { upToGrams } = table.steps[step % table.steps.length]!
    return Math.max(1, upToGrams + beside)
  })
  return fc.oneof(near, anyWeight)
}

/** Cases without changes of the table. */
export const priceCases: fc.Arbitrary<PriceCase> = cards.chain((card) =>
  fc.record({
    card: fc.constant(card),
    grams: fc.array(weights(card.table), { minLength: 1, maxLength: 8 }),
    changes: fc.constant([]),
  }),
)

/** One change of a table that leaves it valid. */
function changesOf({ steps: now }: Rates.Table): fc.Arbitrary<Change> {
  const last = now.length - 1
  const heavier = step.map(({ further, cents }) => ({
    upToGrams: now[last]!.upToGrams + further,
    cents,
  }))
  return fc.oneof(
    fc.record({ at: fc.nat(last).map((index) => ['steps', index, 'cents']), value: money }),
    fc.record({ at: fc.constant(['extraKgCents']), value: money }),
    fc.record({ at: fc.constant(['steps', last + 1]), value: heavier }),
    fc.record({ at: fc.constant(['steps']), value: steps }),
  )
}

/** Cases in which the table changes once. */
export const changingCases: fc.Arbitrary<PriceCase> = cards.chain((card) =>
  fc.record({
    card: fc.constant(card),
    grams: fc.array(weights(card.table), { minLength: 1, maxLength: 4 }),
    changes: fc.array(changesOf(card.table), { minLength: 1, maxLength: 1 }),
  }),
)
