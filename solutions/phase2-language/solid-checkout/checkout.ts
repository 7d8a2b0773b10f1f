import {
  type Cart,
  type Clock,
  Declined,
  type Discount,
  type Gateway,
  GatewayDown,
  type Receipt,
  type ReceiptSink,
} from './ports.ts'

export { oldDiscounts } from './discounts.ts'
export { Declined, GatewayDown } from './ports.ts'

/** Thrown where a payment cannot be written down. */
export class ReceiptFailed extends Error {
  override name = 'ReceiptFailed'
  /** Where money has moved, what the gateway calls it. */
  readonly chargeId: string | null

  constructor(chargeId: string | null, cause: unknown) {
    super(`the receipt of charge ${chargeId} was not saved`, { cause })
    this.chargeId = chargeId
  }
}

export class Checkout {
  #clock: Clock
  #gateway: Gateway
  #discounts: Discount[]
  #receipts: ReceiptSink

  constructor(parts: {
    clock: Clock
    gateway: Gateway
    discounts: Discount[]
    receipts: ReceiptSink
  }) {
    this.#clock = parts.clock
    this.#gateway = parts.gateway
    this.#discounts = parts.discounts
    this.#receipts = parts.receipts
  }

  /**
   * Charges what a cart costs, and saves a receipt.
   * @throws Declined, GatewayDown or ReceiptFailed
   */
  async pay(cart: Cart): Promise<Receipt> {
    const paidAt = this.#clock.now()
    const subtotalCents = cart.lines.reduce((sum, line) => sum + line.cents * line.quantity, 0)
    let totalCents = subtotalCents
    for (const discount of this.#discounts) {
      totalCents = Math.max(0, discount.apply(cart, totalCents, paidAt))
    }
    const chargeId = totalCents > 0 ? await this.#charge(totalCents, cart.token) : null
    const receipt = { cartId: cart.id, subtotalCents, totalCents, chargeId, paidAt }
    try {
      await this.#receipts.save(receipt)
    } catch (error) {
      throw new ReceiptFailed(chargeId, error)
    }
    return receipt
  }

  async #charge(cents: number, token: string): Promise<string> {
    try {
      const { id } = await this.#gateway.charge(cents, token)
      return id
    } catch (error) {
      if (error instanceof Declined || error instanceof GatewayDown) throw error
      throw new GatewayDown('nobody knows whether the gateway has charged', { cause: error })
    }
  }
}
