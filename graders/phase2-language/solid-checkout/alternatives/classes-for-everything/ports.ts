// Complete as it is: what a checkout needs from others, and no more than that.

export type Line = {
  kind: 'parcel' | 'box' | 'stamp'
  /** For one piece. */
  cents: number
  quantity: number
}

export type Cart = {
  id: string
  /** What the gateway knows the customer's card by. */
  token: string
  customer: {
    business: boolean
    /** Such as '2024-11-30'; missing where the customer is no member. */
    memberSince?: string
  }
  lines: Line[]
  coupon?: string
}

export type Receipt = {
  cartId: string
  /** Before any discount. */
  subtotalCents: number
  totalCents: number
  /** null where nothing was charged. */
  chargeId: string | null
  paidAt: Date
}

export interface Clock {
  now(): Date
}

export interface Gateway {
  /** Rejects with `Declined`, or with `GatewayDown`. */
  charge(cents: number, token: string): Promise<{ id: string }>
}

export interface Discount {
  /** Returns what is left of the cents. */
  apply(cart: Cart, cents: number, now: Date): number
}

export interface ReceiptSink {
  save(receipt: Receipt): Promise<void>
}

/** The customer's bank says no: no money has moved. */
export class Declined extends Error {
  override name = 'Declined'
}

/** Nobody knows whether money has moved. */
export class GatewayDown extends Error {
  override name = 'GatewayDown'
}
