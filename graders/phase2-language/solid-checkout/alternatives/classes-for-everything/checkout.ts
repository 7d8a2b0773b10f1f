import type { Cart, Clock, Discount, Gateway, Receipt, ReceiptSink } from './ports.ts'
import { Declined, GatewayDown } from './ports.ts'

export { oldDiscounts } from './discounts.ts'
export { Declined, GatewayDown }

export class ReceiptFailed extends Error {
  constructor(
    private readonly receipt: Receipt,
    options: ErrorOptions,
  ) {
    super('the payment was not written down', options)
  }
  override get name() {
    return 'ReceiptFailed'
  }
  get chargeId() {
    return this.receipt.chargeId
  }
}

type Parts = { clock: Clock; gateway: Gateway; discounts: Discount[]; receipts: ReceiptSink }

class Payment implements Receipt {
  readonly cartId: string
  readonly subtotalCents: number
  totalCents: number
  chargeId: string | null = null

  constructor(
    cart: Cart,
    readonly paidAt: Date,
  ) {
    this.cartId = cart.id
    this.subtotalCents = 0
    for (const line of cart.lines) this.subtotalCents += line.quantity * line.cents
    this.totalCents = this.subtotalCents
  }
}

export class Checkout {
  constructor(private readonly parts: Parts) {}

  async pay(cart: Cart): Promise<Receipt> {
    const payment = new Payment(cart, this.parts.clock.now())
    this.parts.discounts.forEach((discount) => {
      const left = discount.apply(structuredClone(cart), payment.totalCents, payment.paidAt)
      payment.totalCents = left > 0 ? left : 0
    })
    if (payment.totalCents !== 0) await this.charge(payment, cart.token)
    await this.save(payment)
    return payment
  }

  private async charge(payment: Payment, token: string): Promise<void> {
    let answer: { id: string }
    try {
      answer = await this.parts.gateway.charge(payment.totalCents, token)
    } catch (error) {
      switch (true) {
        case error instanceof Declined:
        case error instanceof GatewayDown:
          throw error
        default:
          throw new GatewayDown(String(error), { cause: error })
      }
    }
    payment.chargeId = answer.id
  }

  private async save(payment: Payment): Promise<void> {
    try {
      await this.parts.receipts.save({ ...payment })
    } catch (cause) {
      throw new ReceiptFailed(payment, { cause })
    }
  }
}
