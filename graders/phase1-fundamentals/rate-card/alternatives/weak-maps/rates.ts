export type Parcel = { grams: number; to?: string }
export type Table = { steps: { upToGrams: number; cents: number }[]; extraKgCents: number }

const kilos = (grams: number) => Math.trunc((grams + 999) / 1000)

function standardPrice(table: Table, { grams }: Parcel): number {
  if (!Number.isSafeInteger(grams) || grams < 1) throw new RangeError(`no weight: ${String(grams)}`)
  const fitting = table.steps.filter((step) => step.upToGrams >= grams)
  if (fitting.length > 0) return fitting[0].cents
  const { upToGrams, cents } = table.steps[table.steps.length - 1]
  return cents + kilos(grams - upToGrams) * table.extraKgCents
}

export class Rate {
  constructor() {
    if (new.target === Rate) throw new TypeError('Rate is abstract')
  }
  cents(_parcel: Parcel): number {
    throw new Error('a rate needs cents')
  }
  words(): string[] {
    return []
  }
  describe(): string {
    return [...this.words(), `from ${this.cents({ grams: 1 })} cents`].join(', ')
  }
}

const tables = new WeakMap<object, Table>()

export class StandardRate extends Rate {
  constructor(table: Table) {
    super()
    tables.set(this, table)
  }
  cents(parcel: Parcel) {
    return standardPrice(tables.get(this)!, parcel)
  }
  words() {
    return ['standard']
  }
}

export class ExpressRate extends StandardRate {
  percent
  constructor(table: Table, percent: number) {
    super(table)
    this.percent = percent
    Object.freeze(this)
  }
  cents(parcel: Parcel) {
    const exact = standardPrice(tables.get(this)!, parcel) * this.percent
    return Number((BigInt(exact) + 50n) / 100n) + 300
  }
  words() {
    return ['express', ...super.words()]
  }
}

export class FreightRate extends Rate {
  terms
  constructor(centsPerKg: number, minimum: number) {
    super()
    this.terms = { centsPerKg, minimum }
  }
  cents({ grams }: Parcel) {
    if (!Number.isSafeInteger(grams) || grams < 1) throw new RangeError('no weight')
    return Math.max(kilos(grams) * this.terms.centsPerKg, this.terms.minimum)
  }
  words() {
    return ['freight']
  }
}

export class QuoteDesk {
  private readonly rates: Rate[]
  constructor(rates: Rate[]) {
    this.rates = Array.from(rates)
  }
  all(parcel: Parcel) {
    const order = this.rates.map((rate, at) => ({ at, cents: rate.cents(parcel) }))
    order.sort((x, y) => x.cents - y.cents || x.at - y.at)
    return order.map(({ at, cents }) =>
      Object.freeze({ rate: this.rates[at], cents, text: this.rates[at].describe() }),
    )
  }
  cheapest(parcel: Parcel) {
    let best
    for (const quote of this.all(parcel)) if (!best || quote.cents < best.cents) best = quote
    return best
  }
}
