import fc from 'fast-check'
import type * as Rates from '../../../solutions/phase1-fundamentals/rate-card/rates.ts'
import { expectFacts } from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'
import { percents, pricesOf, tables } from './price-cases.ts'

/**
 * A rate at the desk. The last three are classes of the grader: `FlatRate` extends `Rate` and only
 * writes `cents`; `FerryRate` looks at other properties of the parcel and has a text of its own;
 * `NightRate` extends `ExpressRate`.
 */
export type RateSpec =
  | { kind: 'StandardRate'; table: Rates.Table }
  | { kind: 'ExpressRate'; table: Rates.Table; percent: number }
  | { kind: 'FreightRate'; centsPerKg: number; minimum: number }
  | { kind: 'FlatRate'; price: number }
  | { kind: 'FerryRate'; home: string; near: number; far: number }
  | { kind: 'NightRate'; table: Rates.Table; percent: number; more: number }

/** A parcel with a property that only the grader's `FerryRate` knows. */
type Parcel = Rates.Parcel & { fragile?: boolean }

/** A call on the desk or on a rate, or a new price in a flat rate or in the table of another. */
export type Step =
  | { do: 'all'; parcel: Parcel }
  | { do: 'cheapest'; parcel: Parcel }
  | { do: 'describe'; rate: number }
  | { do: 'reprice'; rate: number; price: number }

export type DeskProgram = { rates: RateSpec[]; steps: Step[] }

type Quote = { rate: unknown; cents: unknown; text: unknown }

/** Plays each program on a new desk. Runs in the learner's process, so it uses nothing from here. */
export function playDesks(
  { Rate, StandardRate, ExpressRate, FreightRate, QuoteDesk }: typeof Rates,
  programs: DeskProgram[],
): unknown[][] {
  class FlatRate extends Rate {
    price: number
    constructor(price: number) {
      super()
      this.price = price
    }
    cents() {
      return this.price
    }
  }
  class FerryRate extends Rate {
    #harbour: { home: string; near: number; far: number }
    constructor(harbour: { home: string; near: number; far: number }) {
      super()
      this.#harbour = harbour
    }
    cents(parcel: Rates.Parcel & { fragile?: boolean }) {
      const { home, near, far } = this.#harbour
      return (parcel.to === home ? near : far) + (parcel.fragile ? 5 : 0)
    }
    override describe() {
      return `ferry from ${this.#harbour.home}`
    }
  }
  class NightRate extends ExpressRate {
    #more: number
    constructor(table: Rates.Table, percent: number, more: number) {
      super(table, percent)
      this.#more = more
    }
    override cents(parcel: Rates.Parcel) {
      return super.cents(parcel) + this.#more
    }
  }
  const make = (spec: RateSpec): Rates.Rate => {
    switch (spec.kind) {
      case 'StandardRate':
        return new StandardRate(spec.table)
      case 'ExpressRate':
        return new ExpressRate(spec.table, spec.percent)
      case 'FreightRate':
        return new FreightRate(spec.centsPerKg, spec.minimum)
      case 'FlatRate':
        return new FlatRate(spec.price)
      case 'FerryRate':
        return new FerryRate(spec)
      case 'NightRate':
        return new NightRate(spec.table, spec.percent, spec.more)
    }
  }
  return programs.map(({ rates: specs, steps }) => {
    const rates = specs.map(make)
    const desk = new QuoteDesk([...rates])
    // What a quote holds may be anything, and must be able to travel.
    const plain = (value: unknown) =>
      ['object', 'function', 'symbol'].includes(typeof value) ? `a ${typeof value}` : value
    const read = (quote: Rates.Quote | undefined) => {
      if (typeof quote !== 'object' || quote === null) return quote
      const at = rates.indexOf(quote.rate)
      const rate = at === -1 ? 'none of the rates it was given' : `rates[${at}]`
      return { rate, cents: plain(quote.cents), text: plain(quote.text) }
    }
    return steps.map((step) => {
      try {
        if (step.do === 'cheapest') return read(desk.cheapest(step.parcel))
        if (step.do === 'all') {
          const quotes: unknown = desk.all(step.parcel)
          return Array.isArray(quotes) ? quotes.map(read) : `a ${typeof quotes}, not an array`
        }
        const [rate, spec] = [rates[step.rate]!, specs[step.rate]!]
        if (step.do === 'describe') return plain(rate.describe())
        if (rate instanceof FlatRate) rate.price = step.price
        if ('table' in spec) spec.table.steps[0]!.cents = step.price
        return 'done'
      } catch (error) {
        return `an error: ${error}`
      }
    })
  })
}

function priceOf(spec: RateSpec, parcel: Parcel): number {
  const none = { percent: 0, centsPerKg: 0, minimum: 0 }
  switch (spec.kind) {
    case 'StandardRate':
      return pricesOf({ ...none, ...spec }, parcel.grams).standard as number
    case 'ExpressRate':
      return pricesOf({ ...none, ...spec }, parcel.grams).express as number
    case 'NightRate':
      return (pricesOf({ ...none, ...spec }, parcel.grams).express as number) + spec.more
    case 'FreightRate':
      return Math.max(spec.minimum, Math.ceil(parcel.grams / 1000) * spec.centsPerKg)
    case 'FlatRate':
      return spec.price
    case 'FerryRate':
      return (parcel.to === spec.home ? spec.near : spec.far) + (parcel.fragile ? 5 : 0)
  }
}

const PREFIXES = {
  StandardRate: 'standard, ',
  ExpressRate: 'express, standard, ',
  NightRate: 'express, standard, ',
  FreightRate: 'freight, ',
  FlatRate: '',
}

/** Returns what `describe()` of such a rate must say. */
function textOf(spec: RateSpec): string {
  if (spec.kind === 'FerryRate') return `ferry from ${spec.home}`
  return `${PREFIXES[spec.kind]}from ${priceOf(spec, { grams: 1 })} cents`
}

function quotesOf(rates: RateSpec[], parcel: Parcel): Quote[] {
  const quotes = rates.map((spec, at) => ({
    rate: `rates[${at}]`,
    cents: priceOf(spec, parcel),
    text: textOf(spec),
  }))
  return quotes.sort((a, b) => a.cents - b.cents)
}

/** The grader's own classes as far as a program uses them, for a learner to try. */
const CLASSES = {
  FlatRate: `class FlatRate extends Rate {
  price
  constructor(price) { super(); this.price = price }
  cents() { return this.price }
}`,
  FerryRate: `class FerryRate extends Rate {
  #harbour
  constructor(harbour) { super(); this.#harbour = harbour }
  cents(parcel) {
    const { home, near, far } = this.#harbour
    return (parcel.to === home ? near : far) + (parcel.fragile ? 5 : 0)
  }
  describe() { return \`ferry from \${this.#harbour.home}\` }
}`,
  NightRate: `class NightRate extends ExpressRate {
  #more
  constructor(table, percent, more) { super(table, percent); this.#more = more }
  cents(parcel) { return super.cents(parcel) + this.#more }
}`,
}

/** Returns the code that makes such rates, with the tables and classes that it takes. */
function ratesScript(rates: RateSpec[]): string[] {
  const own = Object.entries(CLASSES).filter(([kind]) => rates.some((spec) => spec.kind === kind))
  const tables: string[] = []
  const list = rates.map((spec, at) => {
    const { kind, ...fields } = spec
    if (kind === 'FerryRate') return `  new FerryRate(${code(fields)}),\n`
    if ('table' in spec) tables.push(`const table${at} = ${code(spec.table)}`)
    const given = Object.entries(fields).map(([name, value]) =>
      name === 'table' ? `table${at}` : code(value),
    )
    return `  new ${kind}(${given.join(', ')}),\n`
  })
  const joined = list.length > 0 ? `\n${list.join('')}` : ''
  return [...own.map(([, text]) => text), ...tables, `const rates = [${joined}]`]
}

function script({ rates, steps }: DeskProgram): string {
  const lines = steps.map((step) => {
    if (step.do === 'describe') return `rates[${step.rate}].describe()`
    if (step.do !== 'reprice') return `desk.${step.do}(${code(step.parcel)})`
    const flat = rates[step.rate]!.kind === 'FlatRate'
    return flat
      ? `rates[${step.rate}].price = ${step.price}`
      : `table${step.rate}.steps[0].cents = ${step.price}`
  })
  return [...ratesScript(rates), 'const desk = new QuoteDesk(rates)', ...lines].join('\n')
}

function wantedOf(rates: RateSpec[], step: Step): unknown {
  switch (step.do) {
    case 'all':
      return quotesOf(rates, step.parcel)
    case 'cheapest':
      return quotesOf(rates, step.parcel)[0]
    case 'describe':
      return textOf(rates[step.rate]!)
    case 'reprice': {
      const spec = rates[step.rate]!
      if (spec.kind === 'FlatRate') spec.price = step.price
      if ('table' in spec) spec.table.steps[0]!.cents = step.price
      return 'done'
    }
  }
}

/** Compares what a desk answered with what the rules say, and shows the first call amiss. */
export function expectQuotes(program: DeskProgram, seen: unknown[] | undefined): void {
  const rates = structuredClone(program.rates)
  for (const [at, step] of program.steps.entries()) {
    const wanted = wantedOf(rates, step)
    const upToHere = script({ ...program, steps: program.steps.slice(0, at + 1) })
    const fact = 'what the last line gives'
    expectFacts({ [fact]: seen?.[at] }, { [fact]: wanted }, `after\n${upToHere}\n`)
  }
}

const price = fc.constantFrom(0, 1, 2, 9, 10, 400, 401)
const depot = fc.constantFrom('Faro', 'Porto')

const rateSpecs: fc.Arbitrary<RateSpec> = fc.oneof(
  fc.record({ kind: fc.constant('FlatRate'), price }),
  fc.record({ kind: fc.constant('FerryRate'), home: depot, near: price, far: price }),
  fc.record({ kind: fc.constant('StandardRate'), table: tables }),
  fc.record({ kind: fc.constant('ExpressRate'), table: tables, percent: percents }),
  fc.record({ kind: fc.constant('FreightRate'), centsPerKg: fc.nat(300), minimum: price }),
  fc.record({ kind: fc.constant('NightRate'), table: tables, percent: percents, more: price }),
)

const parcels: fc.Arbitrary<Parcel> = fc.record(
  { grams: fc.constantFrom(1, 700, 1_000, 2_300, 20_000), to: depot, fragile: fc.constant(true) },
  { requiredKeys: ['grams'] },
)

const canReprice = (spec?: RateSpec) => spec?.kind === 'FlatRate' || (!!spec && 'table' in spec)

/** Programs on desks of up to five rates; those that can get new prices do. */
export const deskPrograms: fc.Arbitrary<DeskProgram> = fc
  .record({
    rates: fc.array(rateSpecs, { maxLength: 5 }),
    steps: fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('all' as const), parcel: parcels }),
        fc.record({ do: fc.constant('cheapest' as const), parcel: parcels }),
        fc.record({ do: fc.constant('reprice' as const), rate: fc.nat(4), price }),
      ),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ rates, steps }) => ({
    rates,
    steps: steps.filter((step) => step.do !== 'reprice' || canReprice(rates[step.rate])),
  }))

/** Programs that ask one rate for its text, change its price, and ask again. */
export const describingPrograms: fc.Arbitrary<DeskProgram> = fc
  .record({ rate: rateSpecs, price, changes: fc.boolean() })
  .map(({ rate, price, changes }) => {
    const describe = { do: 'describe' as const, rate: 0 }
    const reprice = { do: 'reprice' as const, rate: 0, price }
    const steps = changes && canReprice(rate) ? [describe, reprice, describe] : [describe]
    return { rates: [rate], steps }
  })
