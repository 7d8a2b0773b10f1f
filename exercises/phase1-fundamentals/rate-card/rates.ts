export type Parcel = { grams: number; to?: string }

export type Table = {
  steps: { upToGrams: number; cents: number }[]
  extraKgCents: number
}

export type Quote = { rate: Rate; cents: number; text: string }

export abstract class Rate {
  // Each kind of rate writes its own.
  abstract cents(parcel: Parcel): number

  // TODO: say what a parcel of 1 gram costs at this rate.
  describe(): string {
    return ''
  }
}

// TODO: find the step for the parcel's weight.
export class StandardRate extends Rate {
  constructor(table: Table) {
    super()
  }

  cents(parcel: Parcel): number {
    return 0
  }
}

// TODO: build this on the standard rate.
export class ExpressRate extends Rate {
  constructor(table: Table, percent: number) {
    super()
  }

  cents(parcel: Parcel): number {
    return 0
  }
}

// TODO: multiply the kilograms, and mind the minimum.
export class FreightRate extends Rate {
  constructor(centsPerKg: number, minimum: number) {
    super()
  }

  cents(parcel: Parcel): number {
    return 0
  }
}

export class QuoteDesk {
  rates: Rate[] = []

  // TODO: keep the rates.
  constructor(rates: Rate[]) {
    this.rates = []
  }

  // TODO: ask every rate, and put the cheapest first.
  all(parcel: Parcel): Quote[] {
    return []
  }

  cheapest(parcel: Parcel): Quote | undefined {
    return undefined
  }
}
