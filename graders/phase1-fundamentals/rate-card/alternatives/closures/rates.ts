export function Rate(this: any) {}
Rate.prototype.describe = function (this: any) {
  return 'from ' + this.cents({ grams: 1 }) + ' cents'
}

function check(grams: any) {
  if (typeof grams !== 'number' || !isFinite(grams) || grams % 1 !== 0 || grams <= 0) {
    throw new RangeError('bad weight')
  }
}

function inherit(child: any, parent: any, word: string) {
  child.prototype = Object.create(parent.prototype, { constructor: { value: child, writable: true } })
  Object.setPrototypeOf(child, parent)
  child.prototype.describe = function () {
    return word + ', ' + parent.prototype.describe.call(this)
  }
}

export function StandardRate(this: any, table: any) {
  this.tariff = () => table
}
inherit(StandardRate, Rate, 'standard')
StandardRate.prototype.cents = function (this: any, parcel: any) {
  check(parcel.grams)
  const table = this.tariff()
  let i = 0
  while (i < table.steps.length && table.steps[i].upToGrams < parcel.grams) i++
  if (i < table.steps.length) return table.steps[i].cents
  const last = table.steps[table.steps.length - 1]
  let extra = 0
  const over = parcel.grams - last.upToGrams
  extra = (over - (over % 1000)) / 1000 + (over % 1000 ? 1 : 0)
  return last.cents + extra * table.extraKgCents
}

export function ExpressRate(this: any, table: any, percent: number) {
  StandardRate.call(this, table)
  this.factor = () => percent
}
inherit(ExpressRate, StandardRate, 'express')
ExpressRate.prototype.cents = function (this: any, parcel: any) {
  const hundredths = StandardRate.prototype.cents.call(this, parcel) * this.factor()
  return Math.floor((hundredths + 50) / 100) + 300
}

export function FreightRate(this: any, centsPerKg: number, minimum: number) {
  this.cents = (parcel: any) => {
    check(parcel.grams)
    const price = Math.ceil(parcel.grams / 1000) * centsPerKg
    return price < minimum ? minimum : price
  }
}
inherit(FreightRate, Rate, 'freight')

export function QuoteDesk(this: any, given: any[]) {
  const rates = given.slice()
  this.all = (parcel: any) => {
    const quotes: any[] = []
    for (const rate of rates) {
      const quote = { rate, cents: rate.cents(parcel), text: rate.describe() }
      let at = quotes.length
      while (at > 0 && quotes[at - 1].cents > quote.cents) at--
      quotes.splice(at, 0, quote)
    }
    return quotes
  }
  this.cheapest = (parcel: any) => this.all(parcel).shift()
}
