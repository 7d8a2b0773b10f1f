import type { Discount } from './ports.ts'

/** Returns cents less some percent of them; what goes off is rounded down. */
function less(percent: number, cents: number): number {
  return cents - Math.floor((cents * percent) / 100)
}

const business: Discount = {
  apply({ customer }, cents) {
    if (!customer.business) return cents
    return less(cents >= 10_000 ? 8 : 3, cents)
  },
}

const member: Discount = {
  apply({ customer: { business, memberSince } }, cents, now) {
    if (business || !memberSince) return cents
    const year = Number(memberSince.slice(0, 4))
    return less(year < now.getUTCFullYear() ? 5 : 2, cents)
  },
}

const stamps: Discount = {
  apply({ lines }, cents) {
    const free = lines
      .filter(({ kind }) => kind === 'stamp')
      .map((line) => Math.floor(line.quantity / 5) * line.cents)
    return free.reduce((left, each) => left - each, cents)
  },
}

const quietHours: Discount = {
  apply(_cart, cents, now) {
    const [day, hour] = [now.getUTCDay(), now.getUTCHours()]
    const quiet = day >= 1 && day <= 5 && hour >= 14 && hour < 16
    return quiet && cents >= 2_000 ? cents - 200 : cents
  },
}

const coupon: Discount = {
  apply(cart, cents, now) {
    switch (cart.coupon) {
      case 'TENNER':
        return cents - 1_000
      case 'HALF':
        return less(50, cents)
      case 'WINTER':
        return [11, 0, 1].includes(now.getUTCMonth()) ? less(15, cents) : cents
      default:
        return cents
    }
  },
}

/** Returns the old rules, in the old order. */
export function oldDiscounts(): Discount[] {
  return [business, member, stamps, quietHours, coupon]
}
