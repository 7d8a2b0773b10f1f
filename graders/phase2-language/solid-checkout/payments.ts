import fc from 'fast-check'
import type { Cart } from '../../../solutions/phase2-language/solid-checkout/ports.ts'
import { code } from '../../harness/module-kit/code.ts'

/** What a discount of the grader does with the cents that it is given. */
export type Rule =
  | { do: 'percent off'; by: number }
  | { do: 'cents off'; by: number }
  | { do: 'fee'; by: number }
  | { do: 'off in an even minute'; by: number }
  | { do: 'off for each piece'; by: number }
  | { do: "off by the cart's gift"; by: number }
  | { do: 'throws'; by: number }

export type Form = 'object' | 'class' | 'frozen' | 'inherits' | 'static'
export type Bought = Cart & { gift: number }
export type Gateway =
  | 'charges'
  | 'gives more'
  | 'Declined'
  | 'GatewayDown'
  | 'a subclass of Declined'
  | 'a subclass of GatewayDown'
  | 'another Error'

export type Payment = {
  cart: Bought
  /** Milliseconds since 1970; each further question gets a day more. */
  now: number
  clock: 'tells' | 'throws'
  gateway: Gateway
  chargeId: string
  sink: 'saves' | 'fails'
}

/** Payments on one Checkout. */
export type Program = { discounts: { rule: Rule; form: Form }[]; payments: Payment[] }

/** What pay gave, in words where it is an error. */
export type Outcome =
  | { receipt: unknown }
  | { rejects: string; name?: unknown; chargeId?: unknown; cause?: string }

export type Played = { outcome: Outcome; log: string[]; cart: unknown }

/** What the rules say of a payment. */
export function modelPayment({ discounts }: Program, payment: Payment): Played {
  const { cart, now, chargeId: id, gateway } = payment
  const log: string[] = []
  const rejects = (outcome: Extract<Outcome, { rejects: string }>): Played => {
    return { outcome, log: [...log, 'pay is over'], cart }
  }
  log.push('the clock is asked')
  if (payment.clock === 'throws') return rejects({ rejects: 'the error of the clock' })
  const at = new Date(now).toISOString()
  const subtotalCents = sum(cart.lines.map(({ cents, quantity }) => cents * quantity))
  let cents = subtotalCents
  for (const [place, { rule }] of discounts.entries()) {
    log.push(`discount ${place + 1} gets ${cents} cents, the cart, ${at}`)
    if (rule.do === 'throws') return rejects({ rejects: `the error of discount ${place + 1}` })
    cents = Math.max(0, applied(rule, cart, cents, now))
  }
  let chargeId: string | null = null
  if (cents > 0) {
    log.push(`charge(${cents}, '${cart.token}')`)
    const charges = gateway === 'charges' || gateway === 'gives more'
    log.push(charges ? 'the charge succeeds' : 'the charge fails')
    if (gateway === 'another Error') {
      const cause = 'the error of the gateway'
      return rejects({ rejects: 'a GatewayDown', name: 'GatewayDown', cause })
    }
    if (!charges) return rejects({ rejects: 'the error of the gateway' })
    chargeId = id
  }
  const receipt = { cartId: cart.id, subtotalCents, totalCents: cents, chargeId, paidAt: at }
  log.push(`save(${code(receipt)})`)
  log.push(payment.sink === 'saves' ? 'the receipt is saved' : 'saving fails')
  if (payment.sink === 'saves') return { outcome: { receipt }, log: [...log, 'pay is over'], cart }
  const cause = 'the error of the receipts'
  return rejects({ rejects: 'a ReceiptFailed', name: 'ReceiptFailed', chargeId, cause })
}

function applied({ do: what, by }: Rule, cart: Bought, cents: number, now: number): number {
  if (what === 'percent off') return cents - Math.floor((cents * by) / 100)
  if (what === 'cents off') return cents - by
  if (what === 'fee') return cents + by
  if (what === 'off in an even minute')
    return Math.floor(now / 60_000) % 2 === 0 ? cents - by : cents
  if (what === 'off for each piece')
    return cents - by * sum(cart.lines.map((line) => line.quantity))
  return cents - cart.gift
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}

/** A program in words, for messages. `upTo` is the place of the payment that went wrong. */
export function programText({ discounts, payments }: Program, upTo: number): string {
  const list = discounts.map(({ rule, form }, at) => {
    const text = rule.do === 'throws' ? rule.do : `${rule.do} (${rule.by})`
    return `  discount ${at + 1}, ${FORMS[form]}: ${text}`
  })
  const paid = payments.slice(0, upTo + 1).map((payment) => {
    const { cart, now, clock, gateway, sink } = payment
    const time =
      clock === 'throws' ? 'the clock throws' : `the clock tells ${new Date(now).toISOString()}`
    return `  ${time}, gateway: ${gateway}, receipts: ${sink}\n    pay(${code(cart)})`
  })
  return [list.length === 0 ? '  no discounts' : list.join('\n'), ...paid].join('\n')
}

/** The rule that a payment is about, as the README has it. */
export function ruleOf({ discounts }: Program, { clock, gateway, sink }: Payment): string {
  if (clock === 'throws' || discounts.some(({ rule }) => rule.do === 'throws')) {
    return 'What the clock or a discount throws, pay rejects with: that very error. Nothing is charged or saved.'
  }
  if (gateway === 'another Error') {
    return 'Where charge rejects with any other Error, pay rejects with a GatewayDown whose cause is that error. Nothing is saved, or tried again.'
  }
  if (gateway !== 'charges' && gateway !== 'gives more') {
    return 'Where charge rejects with Declined or GatewayDown, or a subclass, pay rejects with that very error. Nothing is saved, or tried again.'
  }
  if (sink === 'fails') {
    return 'Where save rejects, pay rejects with a ReceiptFailed: its name, the chargeId of the receipt, and the error of save as its cause. Nothing is tried again.'
  }
  return 'pay asks the clock, then each discount for what is left (less than 0 counts as 0), charges that if it is not 0, saves the receipt, and resolves to it.'
}

const FORMS: Record<Form, string> = {
  object: 'an object',
  class: 'of a class with private fields',
  frozen: 'a frozen object',
  inherits: 'an object that inherits apply',
  static: 'a class with a static apply',
}

const GENTLE: Rule['do'][] = ['percent off', 'cents off', 'fee']
const UNKNOWN: Rule['do'][] = [
  ...GENTLE,
  'off in an even minute',
  'off for each piece',
  "off by the cart's gift",
]

const line = fc.record({
  kind: fc.constantFrom('parcel' as const, 'box' as const, 'stamp' as const),
  cents: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.constantFrom(1, 99, 100, 999)),
  quantity: fc.integer({ min: 1, max: 9 }),
})

const customer = fc.record(
  {
    business: fc.boolean(),
    memberSince: fc.constantFrom('2024-02-29', '2030-12-31', '2031-01-01'),
  },
  { requiredKeys: ['business'], noNullPrototype: true },
)

const when = fc.integer({ min: Date.UTC(2031, 0, 1), max: Date.UTC(2032, 11, 31) })

type Features = {
  /** Discounts of the grader's in all forms, with rules of all kinds. */
  unknown?: boolean
  /** What may go wrong, or be otherwise. */
  gateways?: Gateway[]
  failing?: boolean
  /** The least and the most payments on one Checkout. */
  payments?: [number, number]
}

/** Draws programs. */
export function programs(features: Features): fc.Arbitrary<Program> {
  const { unknown, gateways = ['charges'], failing, payments = [1, 2] } = features
  const does = fc.constantFrom(...(unknown ? UNKNOWN : GENTLE))
  const rule = fc
    .record({ do: does, by: fc.constantFrom(1, 7, 33, 50, 100, 2_500) })
    .map((drawn) => {
      return drawn.do === 'percent off' ? { ...drawn, by: Math.min(drawn.by, 100) } : drawn
    }) as fc.Arbitrary<Rule>
  const throwing = fc.constant<Rule>({ do: 'throws', by: 0 })
  const forms: Form[] = unknown ? (Object.keys(FORMS) as Form[]) : ['object', 'class']
  const discount = fc.record({
    rule: failing
      ? fc.oneof({ weight: 9, arbitrary: rule }, { weight: 1, arbitrary: throwing })
      : rule,
    form: fc.constantFrom(...forms),
  })
  const payment = fc.record({
    cart: fc.record(
      {
        id: fc.constantFrom('c-1', 'c-2', 'cart 3'),
        token: fc.constantFrom('tok-a', 'tok-b', 'tok_ç'),
        customer,
        lines: fc.array(line, { maxLength: 4 }),
        coupon: fc.constantFrom('TENNER', 'HALF', 'SPRING'),
        gift: fc.integer({ min: 0, max: 900 }),
      },
      { requiredKeys: ['id', 'token', 'customer', 'lines', 'gift'], noNullPrototype: true },
    ),
    now: when,
    clock: failing ? fc.constantFrom(...Array(9).fill('tells'), 'throws') : fc.constant('tells'),
    gateway: fc.constantFrom(...gateways),
    chargeId: fc.constantFrom('ch-1', 'ch-22', 'x'),
    sink: failing ? fc.constantFrom('saves', 'saves', 'fails') : fc.constant('saves'),
  }) as fc.Arbitrary<Payment>
  const [least, most] = payments
  return fc.record({
    discounts: fc.array(discount, { maxLength: 4 }),
    payments: fc.array(payment, { minLength: least, maxLength: most, size: 'max' }),
  })
}
