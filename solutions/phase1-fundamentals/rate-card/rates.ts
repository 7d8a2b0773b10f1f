/** A parcel: its weight in whole grams, and the depot that it goes to. */
export type Parcel = { grams: number; to?: string }

/** The standard prices: by weight, and beyond the last step by kilogram. */
export type Table = {
  steps: { upToGrams: number; cents: number }[]
  extraKgCents: number
}

export type Quote = { rate: Rate; cents: number; text: string }

/** One way to price a parcel. A subclass writes `cents`; everything else works by that. */
export abstract class Rate {
  /** Returns the price in whole cents. @throws RangeError where the weight is no weight */
  abstract cents(parcel: Parcel): number

  describe(): string {
    return `from ${this.cents({ grams: 1 })} cents`
  }
}

export class StandardRate extends Rate {
  // The caller's own table, not a copy: prices follow when it changes.
  readonly #table: Table

  constructor(table: Table) {
    super()
    this.#table = table
  }

  override cents(parcel: Parcel): number {
    const grams = weightOf(parcel)
    const { steps, extraKgCents } = this.#table
    const step = steps.find(({ upToGrams }) => grams <= upToGrams)
    if (step) return step.cents
    const last = steps.at(-1)!
    return last.cents + kilogramsBegun(grams - last.upToGrams) * extraKgCents
  }

  override describe(): string {
    return `standard, ${super.describe()}`
  }
}

const EXPRESS_FEE = 300

export class ExpressRate extends StandardRate {
  readonly #percent: number

  constructor(table: Table, percent: number) {
    super(table)
    this.#percent = percent
  }

  override cents(parcel: Parcel): number {
    // Multiplied first, everything is whole until the one division, so half a cent is exactly that.
    return Math.round((super.cents(parcel) * this.#percent) / 100) + EXPRESS_FEE
  }

  override describe(): string {
    return `express, ${super.describe()}`
  }
}

export class FreightRate extends Rate {
  readonly #centsPerKg: number
  readonly #minimum: number

  constructor(centsPerKg: number, minimum: number) {
    super()
    this.#centsPerKg = centsPerKg
    this.#minimum = minimum
  }

  override cents(parcel: Parcel): number {
    return Math.max(this.#minimum, kilogramsBegun(weightOf(parcel)) * this.#centsPerKg)
  }

  override describe(): string {
    return `freight, ${super.describe()}`
  }
}

/** Compares rates. It knows no kind of rate by name, so new kinds need no change here. */
export class QuoteDesk {
  readonly #rates: readonly Rate[]

  constructor(rates: Rate[]) {
    this.#rates = [...rates]
  }

  /** Returns a quote of each rate, the cheapest first; equal prices keep the order of the rates. */
  all(parcel: Parcel): Quote[] {
    return this.#rates
      .map((rate) => ({ rate, cents: rate.cents(parcel), text: rate.describe() }))
      .sort((a, b) => a.cents - b.cents)
  }

  cheapest(parcel: Parcel): Quote | undefined {
    return this.all(parcel)[0]
  }
}

/** @throws RangeError where the weight is not a whole number of at least 1 */
function weightOf({ grams }: Parcel): number {
  if (Number.isInteger(grams) && grams >= 1) return grams
  throw new RangeError(`grams must be a whole number of at least 1, not ${grams}`)
}

const kilogramsBegun = (grams: number) => Math.ceil(grams / 1000)
