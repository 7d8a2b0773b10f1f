export abstract class Rate {
  protected abstract price(grams: number, parcel: object): number
  abstract word: string

  cents(parcel: { grams: number }): number {
    const { grams } = parcel
    if (!(typeof grams === 'number' && grams > 0 && Number.isInteger(grams))) {
      throw new RangeError('grams')
    }
    return this.price(grams, parcel)
  }

  describe(): string {
    const price = `from ${this.cents({ grams: 1 })} cents`
    return this.word ? `${this.word}, ${price}` : price
  }
}

export class StandardRate extends Rate {
  word = 'standard'
  constructor(readonly_table: any) {
    super()
    Object.defineProperty(this, 'table', { value: readonly_table })
  }
  protected price(grams: number): number {
    const { steps, extraKgCents } = (this as any).table
    let low = 0
    let high = steps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (steps[middle].upToGrams < grams) low = middle + 1
      else high = middle
    }
    if (low < steps.length) return steps[low].cents
    let { upToGrams, cents } = steps[steps.length - 1]
    const whole = Math.floor((grams - upToGrams) / 1000)
    cents += whole * extraKgCents
    upToGrams += whole * 1000
    return upToGrams < grams ? cents + extraKgCents : cents
  }
}

export class ExpressRate extends StandardRate {
  word = 'express, standard'
  #percent
  constructor(table: any, percent: number) {
    super(table)
    this.#percent = percent
  }
  protected price(grams: number): number {
    const [whole, rest] = [super.price(grams) * this.#percent, 100]
    const quotient = Math.floor(whole / rest)
    return 300 + quotient + (whole - quotient * rest >= 50 ? 1 : 0)
  }
}

export class FreightRate extends Rate {
  word = 'freight'
  #perKg
  #least
  constructor(perKg: number, least: number) {
    super()
    this.#perKg = perKg
    this.#least = least
  }
  protected price(grams: number): number {
    const price = Math.ceil(grams / 1000) * this.#perKg
    return price > this.#least ? price : this.#least
  }
}

export class QuoteDesk {
  #rates = new Map<number, Rate>()
  constructor(rates: Iterable<Rate>) {
    for (const rate of rates) this.#rates.set(this.#rates.size, rate)
  }
  #quote = (rate: Rate, parcel: any) => ({ text: rate.describe(), cents: rate.cents(parcel), rate })
  all(parcel: any) {
    const groups = new Map<number, object[]>()
    for (const rate of this.#rates.values()) {
      const quote = this.#quote(rate, parcel)
      groups.set(quote.cents, [...(groups.get(quote.cents) ?? []), quote])
    }
    return [...groups.keys()].sort((a, b) => a - b).flatMap((cents) => groups.get(cents)!)
  }
  cheapest(parcel: any) {
    let best: ReturnType<typeof this.all>[number] | undefined
    let least = Number.POSITIVE_INFINITY
    for (const rate of this.#rates.values()) {
      const quote = this.#quote(rate, parcel)
      if (quote.cents >= least) continue
      best = quote
      least = quote.cents
    }
    return best
  }
}
