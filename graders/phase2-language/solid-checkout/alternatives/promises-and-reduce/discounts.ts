import type { Cart } from './ports.ts'

type Off = (given: { cart: Cart; cents: number; now: Date }) => [cents: number, percent: number]

const part = (iso: string, from: number, to: number) => Number(iso.substring(from, to))

const RULES: Record<string, Off> = {
  business: ({ cart, cents }) => [0, cart.customer.business ? (cents >= 1e4 ? 8 : 3) : 0],
  member: ({ cart: { customer }, now }) => {
    if (customer.business) return [0, 0]
    const since = customer.memberSince
    return [0, since ? (part(since, 0, 4) < part(now.toJSON(), 0, 4) ? 5 : 2) : 0]
  },
  stamps: ({ cart }) => {
    const stamps = cart.lines.filter((line) => line.kind === 'stamp')
    return [stamps.reduce((sum, each) => sum + each.cents * Math.trunc(each.quantity / 5), 0), 0]
  },
  quiet: ({ cents, now }) => {
    const monday = Date.UTC(2024, 0, 1)
    const hours = Math.floor((now.getTime() - monday) / 3_600_000)
    const [day, hour] = [Math.floor(hours / 24) % 7, hours % 24]
    return [day < 5 && [14, 15].includes(hour) && cents >= 2000 ? 200 : 0, 0]
  },
  coupon: ({ cart, now }) => {
    const month = part(now.toJSON(), 5, 7) % 12
    if (cart.coupon === 'TENNER') return [1000, 0]
    if (cart.coupon === 'HALF') return [0, 50]
    return [0, cart.coupon === 'WINTER' && month <= 2 ? 15 : 0]
  },
}

export function oldDiscounts() {
  return Object.values(RULES).map((rule) => ({
    apply(cart: Cart, cents: number, now: Date) {
      const [flat, percent] = rule({ cart, cents, now })
      return cents - flat - Math.floor((cents * percent) / 100)
    },
  }))
}
