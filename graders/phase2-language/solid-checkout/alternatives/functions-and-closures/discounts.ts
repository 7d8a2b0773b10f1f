import type { Cart, Discount } from './ports.ts'

type Percent = (cart: Cart, cents: number, now: Date) => number

const off = (amount: Percent): Discount => ({
  apply: (cart, cents, now) => Math.max(cents - amount(cart, cents, now), 0),
})
const percentOff = (percent: Percent) =>
  off((cart, cents, now) => Math.trunc((percent(cart, cents, now) * cents) / 100))

const dayIn = (now: Date) => now.toISOString()

export const oldDiscounts = (): Discount[] => [
  percentOff(({ customer }, cents) => (customer.business ? (cents < 10000 ? 3 : 8) : 0)),
  percentOff(({ customer: c }, _, now) => {
    if (c.business || c.memberSince === undefined) return 0
    return c.memberSince.slice(0, 4) < dayIn(now).slice(0, 4) ? 5 : 2
  }),
  off(({ lines }) => {
    let free = 0
    for (const { kind, quantity, cents } of lines)
      if (kind === 'stamp') free += ((quantity - (quantity % 5)) / 5) * cents
    return free
  }),
  off((_, cents, now) => {
    const hour = dayIn(now).slice(11, 13)
    const weekend = now.getUTCDay() % 6 === 0
    return !weekend && (hour === '14' || hour === '15') && cents >= 2000 ? 200 : 0
  }),
  {
    apply(cart, cents, now) {
      const table = new Map<string | undefined, Discount>([
        ['TENNER', off(() => 1000)],
        ['HALF', percentOff(() => 50)],
        ['WINTER', percentOff(() => (['12', '01', '02'].includes(dayIn(now).slice(5, 7)) ? 15 : 0))],
      ])
      return table.get(cart.coupon)?.apply(cart, cents, now) ?? cents
    },
  },
]
