import type { Discount } from './ports.ts'

// TODO: the five old rules, one Discount each, in the old order.
export function oldDiscounts(): Discount[] {
  return []
}
