import type * as Checkouts from '../../../solutions/phase2-language/solid-checkout/checkout.ts'
import type { Played, Program } from './payments.ts'

export type Watch = {
  /** Watches what is read of the collaborators. */
  members?: boolean
  /** Begins all payments of a program before any is over. */
  together?: boolean
}

type Apply = (
  place: number,
  rule: Program['discounts'][0]['rule'],
  cart: Program['payments'][0]['cart'],
  cents: number,
  now: Date,
) => number

export type PlayedProgram = {
  payments: Played[]
  /** What was done when the Checkout was made. */
  making: string[]
  /** What was read or used that is no business of a Checkout. */
  touched: string[]
}

/**
 * Plays each program on a Checkout of its own. Runs in the learner's process, so it uses nothing from
 * here.
 */
export async function playPayments(
  module: typeof Checkouts,
  { programs, watch }: { programs: Program[]; watch: Watch },
): Promise<PlayedProgram[]> {
  const { Checkout, Declined, GatewayDown, ReceiptFailed } = module
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const isA = (error: unknown, Class: unknown) =>
    typeof Class === 'function' && error instanceof (Class as typeof Error)
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  let touched: string[] = []
  /** What was touched, and where the machine is watched (`machine.ts`), what of it was used. */
  const used = () => [...touched, ...((globalThis as any).usedOfMachine ?? []).splice(0)]

  const only = <T extends object>(name: string, target: T, allowed: string[]): T => {
    if (!watch.members) return target
    // Around an empty object: what is frozen in the target could not be bound to it.
    return new Proxy({} as T, {
      has: (_, key) => key in target,
      get(_, key) {
        const value = Reflect.get(target, key)
        if (typeof key === 'string' && allowed.includes(key)) {
          return typeof value === 'function' ? value.bind(target) : value
        }
        // An await looks for it.
        if (key === 'then') return undefined
        touched.push(`${name}.${String(key)}`)
        throw new TypeError(`${name} has no ${String(key)}`)
      },
    })
  }

  const makeDiscount = (
    { rule, form }: Program['discounts'][0],
    place: number,
    apply: Apply,
  ): any => {
    if (form === 'class') {
      return new (class {
        #rule = rule
        apply(...given: [any, number, Date]) {
          return apply(place, this.#rule, ...given)
        }
      })()
    }
    const object = {
      own: rule,
      apply(...given: [any, number, Date]) {
        return apply(place, this.own, ...given)
      },
    }
    if (form === 'static') return Object.assign(class {}, object)
    if (form === 'frozen') return Object.freeze(object)
    return form === 'inherits' ? Object.create(object) : object
  }

  const playOne = async ({ discounts, payments }: Program): Promise<PlayedProgram> => {
    touched = []
    const making: string[] = []
    type Running = {
      payment: Program['payments'][0]
      log: string[]
      asked: number
      errors: Map<unknown, string>
      outcome?: Played['outcome']
    }
    const running: Running[] = payments.map((payment) => {
      return { payment, log: [], asked: 0, errors: new Map<unknown, string>() }
    })
    const stray: Running = { ...running[0]!, log: making }
    /** The payment that a call belongs to: the one that is under way, or the one with that id or token. */
    let current: Running | undefined
    const of = (is: (one: Running) => boolean) => current ?? running.find(is) ?? stray
    const fail = (by: Running, error: unknown, name: string) => {
      by.errors.set(error, name)
      return error
    }
    const wait = async (turns: number) => {
      for (let left = turns; left > 0; left--) await turn()
    }

    const clock = new (class {
      #day = 86_400_000
      now() {
        // Where many are under way, it is the one that has not asked yet.
        const one = of(({ asked }) => asked === 0)
        one.log.push('the clock is asked')
        if (one.payment.clock === 'throws')
          throw fail(one, new RangeError('no time'), 'the error of the clock')
        one.asked += 1
        return new Date(one.payment.now + this.#day * (one.asked - 1))
      }
    })()
    class Charge {
      fee = 30
      cents = 1
      totalCents = 1
      cartId = 'of the gateway'
      chargeId = 'another'
      paidAt = 'never'
      #id: string
      constructor(id: string) {
        this.#id = id
      }
      get id() {
        return this.#id
      }
    }
    const makeError = (kind: string): Error => {
      const of = (Class: any, own: string): Error => {
        const Own = class extends Class {
          code = own
          constructor(code: string) {
            super(`${own}, code ${code}`)
          }
        } as any
        const Further = class extends Own {
          name = own
        } as any
        return new Further('05')
      }
      if (kind === 'Declined') return new Declined('no')
      if (kind === 'GatewayDown') return new GatewayDown('down')
      if (kind === 'a subclass of Declined') return of(Declined, 'InsufficientFunds')
      if (kind === 'a subclass of GatewayDown') return of(GatewayDown, 'GatewayTimeout')
      return new TypeError('fetch failed')
    }
    class BaseGateway {
      #turns = 2
      async charge(cents: number, token: string): Promise<{ id: string }> {
        const one = of(({ payment }) => payment.cart.token === token)
        const { gateway, chargeId } = one.payment
        one.log.push(`charge(${cents}, '${token}')`)
        await wait(this.#turns)
        if (gateway !== 'charges' && gateway !== 'gives more') {
          one.log.push('the charge fails')
          throw fail(one, makeError(gateway), 'the error of the gateway')
        }
        one.log.push('the charge succeeds')
        const charge = gateway === 'charges' ? { id: chargeId } : new Charge(chargeId)
        return only('(what charge gives)', charge, ['id'])
      }
    }
    class OwnGateway extends BaseGateway {
      isLive = true
      override charge(cents: number, token: string) {
        return super.charge(cents, token)
      }
    }
    const receipts = new (class {
      #turns = 2
      async save(receipt: any): Promise<void> {
        const one = of(({ payment }) => payment.cart.id === receipt?.cartId)
        one.log.push(`save(${receiptText(receipt)})`)
        await wait(this.#turns)
        if (one.payment.sink === 'fails') {
          one.log.push('saving fails')
          throw fail(one, new Error('disk full'), 'the error of the receipts')
        }
        one.log.push('the receipt is saved')
      }
    })()
    const plain = (receipt: any) => {
      const { cartId, subtotalCents, totalCents, chargeId, paidAt } = receipt ?? {}
      const isDate = Object.prototype.toString.call(paidAt) === '[object Date]'
      const at = isDate && Number.isFinite(paidAt.getTime()) ? paidAt.toISOString() : paidAt
      return { cartId, subtotalCents, totalCents, chargeId, paidAt: isDate ? at : `no Date: ${at}` }
    }
    const receiptText = (receipt: unknown) => {
      const text = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value))
      const fields = Object.entries(plain(receipt)).map(([key, value]) => `${key}: ${text(value)}`)
      return `{ ${fields.join(', ')} }`
    }
    const apply: Apply = (place, rule, cart, cents, now) => {
      const one = of(({ payment }) => payment.cart.id === cart?.id)
      const at = now instanceof Date ? now.toISOString() : `no Date: ${now}`
      const which = same(cart, one.payment.cart)
        ? 'the cart'
        : `another cart: ${JSON.stringify(cart)}`
      one.log.push(`discount ${place + 1} gets ${cents} cents, ${which}, ${at}`)
      const { do: what, by } = rule
      if (what === 'throws') {
        throw fail(one, new Error('no discount'), `the error of discount ${place + 1}`)
      }
      if (what === 'percent off') return cents - Math.floor((cents * by) / 100)
      if (what === 'cents off') return cents - by
      if (what === 'fee') return cents + by
      if (what === 'off in an even minute') {
        return Math.floor(now.getTime() / 60_000) % 2 === 0 ? cents - by : cents
      }
      if (what === 'off for each piece') {
        return cents - by * cart.lines.reduce((all, { quantity }) => all + quantity, 0)
      }
      return cents - cart.gift
    }
    const outcomeOf = (error: any, errors: Running['errors']): Played['outcome'] => {
      const known = errors.get(error)
      if (known) return { rejects: known }
      const cause = errors.get(error?.cause) ?? `${error?.cause}`
      const { name } = error ?? {}
      if (isA(error, ReceiptFailed) && error instanceof Error) {
        return { rejects: 'a ReceiptFailed', name, chargeId: (error as any).chargeId, cause }
      }
      if (isA(error, GatewayDown)) return { rejects: 'a GatewayDown', name, cause }
      return { rejects: `${error}` }
    }

    let checkout: Checkouts.Checkout
    current = stray
    try {
      checkout = new Checkout({
        clock: only('clock', clock, ['now']),
        gateway: only('gateway', new OwnGateway(), ['charge']),
        discounts: discounts.map((one, place) =>
          only(`discount${place + 1}`, makeDiscount(one, place, apply), ['apply']),
        ),
        receipts: only('receipts', receipts, ['save']),
      })
    } catch (error) {
      making.push(`it threw ${error}`)
      return { payments: [], making, touched: used() }
    }
    current = undefined
    const pay = async (one: Running) => {
      const settle = (outcome: Played['outcome']) => {
        one.outcome = outcome
        one.log.push('pay is over')
      }
      try {
        const promise: any = checkout.pay(one.payment.cart)
        if (typeof promise?.then !== 'function') {
          settle({ rejects: 'nothing: it gives no promise' })
          return
        }
        promise.then(
          (receipt: unknown) => settle({ receipt: plain(receipt) }),
          (error: unknown) => settle(outcomeOf(error, one.errors)),
        )
      } catch (error) {
        settle({ rejects: `nothing: it throws ${error}` })
      }
    }
    const over = async (...list: Running[]) => {
      const waiting = () => list.some(({ outcome }) => !outcome)
      for (let left = 100; left > 0 && waiting(); left--) await turn()
      for (let left = 300; left > 0 && waiting(); left--) {
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      for (const one of list) one.outcome ??= { rejects: 'nothing: it is not over' }
      // What is done afterwards is seen, too.
      await wait(3)
    }
    if (watch.together) {
      for (const one of running) {
        current = one
        void pay(one)
        current = undefined
      }
      await over(...running)
    } else {
      for (const one of running) {
        current = one
        void pay(one)
        await over(one)
      }
    }
    return {
      payments: running.map(({ outcome, log, payment }) => {
        return { outcome: outcome!, log, cart: payment.cart }
      }),
      making,
      touched: used(),
    }
  }

  const played: PlayedProgram[] = []
  for (const program of programs) played.push(await playOne(program))
  return structuredClone(played)
}
