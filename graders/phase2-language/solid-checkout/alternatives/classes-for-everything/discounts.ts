import type { Cart, Discount } from './ports.ts'

abstract class OldRule implements Discount {
  constructor(protected readonly amount = 0) {}
  apply(cart: Cart, cents: number, now: Date): number {
    return this.applies(cart, cents, now) ? cents - this.reduction(cart, cents, now) : cents
  }
  protected abstract applies(cart: Cart, cents: number, now: Date): boolean
  protected abstract reduction(cart: Cart, cents: number, now: Date): number
  protected share(percent: number, cents: number): number {
    const raw = cents * percent
    return (raw - (raw % 100)) / 100
  }
}

class BusinessRule extends OldRule {
  protected applies({ customer }: Cart) {
    return customer.business
  }
  protected reduction(_: Cart, cents: number) {
    return this.share(cents > 9_999 ? 8 : 3, cents)
  }
}

class MemberRule extends OldRule {
  protected applies({ customer }: Cart) {
    return !customer.business && Boolean(customer.memberSince)
  }
  protected reduction({ customer }: Cart, cents: number, now: Date) {
    const joined = new Date(`${customer.memberSince}T12:00:00Z`)
    return this.share(joined.getUTCFullYear() < now.getUTCFullYear() ? 5 : 2, cents)
  }
}

class FifthStampFree extends OldRule {
  protected applies({ lines }: Cart) {
    return lines.some((line) => line.kind === 'stamp' && line.quantity > 4)
  }
  protected reduction({ lines }: Cart) {
    return lines
      .map(({ kind, quantity, cents }) => (kind === 'stamp' ? cents * Math.floor(quantity / 5) : 0))
      .reduce((a, b) => a + b)
  }
}

class QuietHours extends OldRule {
  protected applies(_: Cart, cents: number, now: Date) {
    const minutes = now.getUTCHours() * 60 + now.getUTCMinutes()
    const weekday = [1, 2, 3, 4, 5].includes(now.getUTCDay())
    return cents >= 2000 && weekday && minutes >= 14 * 60 && minutes < 16 * 60
  }
  protected reduction() {
    return this.amount
  }
}

class Coupons extends OldRule {
  protected applies(cart: Cart, _: number, now: Date) {
    if (cart.coupon === 'WINTER') return now.getUTCMonth() < 2 || now.getUTCMonth() === 11
    return cart.coupon === 'HALF' || cart.coupon === 'TENNER'
  }
  protected reduction({ coupon }: Cart, cents: number) {
    if (coupon === 'TENNER') return this.amount
    return this.share(coupon === 'HALF' ? 50 : 15, cents)
  }
}

export function oldDiscounts(): Discount[] {
  return [
    new BusinessRule(),
    new MemberRule(),
    new FifthStampFree(),
    new QuietHours(200),
    new Coupons(1000),
  ]
}
