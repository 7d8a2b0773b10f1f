import { type Cart, type Clock, Declined, type Discount, type Gateway, GatewayDown } from './ports.ts'
import type { Receipt, ReceiptSink } from './ports.ts'

export { oldDiscounts } from './discounts.ts'
export * from './ports.ts'

export class ReceiptFailed extends Error {
  override name = 'ReceiptFailed'
  chargeId: string | null = null

  static of(chargeId: string | null, cause: unknown): ReceiptFailed {
    const error = new this(`charge ${chargeId} has no receipt`, { cause })
    error.chargeId = chargeId
    return error
  }
}

export class Checkout {
  readonly clock
  readonly gateway
  readonly discounts
  readonly receipts
  /** Settles when the payment before is over. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(given: { clock: Clock; gateway: Gateway; discounts: Discount[]; receipts: ReceiptSink }) {
    ;({
      clock: this.clock,
      gateway: this.gateway,
      discounts: this.discounts,
      receipts: this.receipts,
    } = given)
  }

  pay(cart: Cart): Promise<Receipt> {
    const mine = this.last.then(() => this.payNow(cart))
    this.last = mine.catch(() => {})
    return mine
  }

  private payNow(cart: Cart): Promise<Receipt> {
    const paidAt = this.clock.now()
    const subtotalCents = cart.lines.flatMap((l) => Array(l.quantity).fill(l.cents)).reduce((a, b) => a + b, 0)
    const totalCents = this.discounts.reduce((left, discount) => {
      const next = discount.apply({ ...cart }, left, paidAt)
      return next < 0 ? 0 : next
    }, subtotalCents)
    const charged = totalCents ? this.gateway.charge(totalCents, cart.token) : Promise.resolve(undefined)
    return charged
      .catch((cause) => {
        if (cause instanceof Declined) return Promise.reject(cause)
        if (cause instanceof GatewayDown) return Promise.reject(cause)
        return Promise.reject(new GatewayDown('', { cause }))
      })
      .then((charge) => {
        const chargeId = charge?.id ?? null
        const receipt = Object.freeze({ cartId: cart.id, subtotalCents, totalCents, chargeId, paidAt })
        return this.receipts
          .save(receipt)
          .catch((cause) => Promise.reject(ReceiptFailed.of(chargeId, cause)))
          .then(() => receipt)
      })
  }
}
