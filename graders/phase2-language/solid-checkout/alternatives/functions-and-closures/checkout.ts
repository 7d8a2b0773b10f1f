import { type Cart, Declined, GatewayDown, type Receipt } from './ports.ts'

export * from './discounts.ts'
export { Declined, GatewayDown }

export class ReceiptFailed extends Error {
  declare chargeId: string | null
}

export function Checkout(this: unknown, { clock, gateway, discounts, receipts }: any): any {
  const chargeOf = (cents: number, token: string): Promise<string | null> =>
    cents === 0
      ? Promise.resolve(null)
      : gateway.charge(cents, token).then(
          (charge: { id: string }) => charge.id,
          (error: unknown) => {
            const known = [Declined, GatewayDown].some((Class) => error instanceof Class)
            throw known ? error : Object.assign(new GatewayDown('unclear'), { cause: error })
          },
        )
  return {
    pay: async (cart: Cart): Promise<Receipt> => {
      const now: Date = clock.now()
      const price = (lines: Cart['lines']): number => {
        const [first, ...rest] = lines
        return first ? first.cents * first.quantity + price(rest) : 0
      }
      const subtotal = price(cart.lines)
      let total = subtotal
      for (let at = 0; at < discounts.length; at++) {
        total = discounts[at].apply(cart, total, now)
        if (total < 0) total = 0
      }
      const chargeId = await chargeOf(total, cart.token)
      const receipt = {
        chargeId,
        paidAt: new Date(now),
        cartId: cart.id,
        totalCents: total,
        subtotalCents: subtotal,
        currency: 'EUR',
      }
      return receipts.save(receipt).then(
        () => structuredClone(receipt),
        (cause: unknown) => {
          const error = new ReceiptFailed('no receipt', { cause })
          throw Object.assign(error, { name: 'ReceiptFailed', chargeId })
        },
      )
    },
  }
}
