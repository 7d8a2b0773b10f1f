import type { Answer, ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bodies,
  type Complaint,
  houseRules,
  id,
  integer,
  type ModelRequest,
  type Operation,
  type Outcome,
  otherSpellings,
  refused,
  type ServerModel,
  type Step,
  someId,
  text,
} from '../../harness/model/index.ts'
import { type Gateway, WAYS, type Way } from './gateway.ts'

/** A payment that was answered with 201 or 402; `key` is the model's, `order` the client's. */
type Payment = {
  key: string
  order: string
  customer: string
  cents: number
  status: 201 | 402
  id?: string
  charge?: string
}
/** One whose outcome is not known, or that was refused: its key may be sent again. */
type Open = Omit<Payment, 'status'>

type State = {
  /** In names and keys of this copy of the model, for payments of others are still there. */
  tag: number
  payments: Payment[]
  unknown: Open[]
  free: Open[]
  /** Ids of charges that are accounted for. */
  charged: Set<string>
  /** So many lines the ledger had at the beginning, and so many faults. */
  ledgerFrom: number
  faultsFrom: number
  /** What may be charged by the request under way. */
  pending: { customer: string; cents: number } | undefined
  /** The key of the payment that is asked for by the request under way. */
  asked: string | undefined
  /** The last payment that something was done with. */
  last: Payment | undefined
  turn: number
}

/** The rules of the README, in its words. */
const RULES = {
  pay: '`POST /payments` `{customer, cents}` with a header `Idempotency-Key` | `201` and the payment',
  get: '`GET /payments/{id}` | `200` and the payment',
  customer: '`customer` is a text of 1 to 40 characters.',
  cents: '`cents` is a whole number from 1 to 1000000.',
  key: 'A key has 8 to 64 characters: letters `A`–`Z` and `a`–`z`, digits, `_` and `-`.',
  badKey: 'A key that is missing, or is of another form, gets `400`.',
  capitals: 'Capitals matter in a key and in a customer.',
  asked: 'The gateway is asked for the `customer` and the `cents` that were sent.',
  charge: '`charge` is the `id` that the gateway gave.',
  free: 'What is refused by these rules is not charged, and leaves its key free.',
  again:
    'The same customer, key and body get the stored answer again: the same status and the same payment.',
  stored:
    'The stored answer comes from both copies, after both were killed, and while the gateway is away.',
  same: 'Bodies are the same where `customer` and `cents` are, however they are written.',
  otherBody:
    'The same customer and key with another body get `409` or `422`; nothing is charged, and the first payment stays as it is.',
  scope: 'A key belongs to its customer: the same key of another one is a payment of its own.',
  otherKey: 'Another key is another payment, whatever its body.',
  declined:
    '`402` from the gateway is `402` here, and is stored like a payment: it comes again, whatever the card could pay by then.',
  unknown:
    'Where the outcome is unknown, the answer is `502` or `504`, and is not stored: the next request with that key asks the gateway again.',
  once: "A customer's key is charged **once** at most, however often the gateway fails.",
} as const

/** Ways that fail at once: the others cost a server its two seconds. */
const QUICK_WAYS = (Object.keys(WAYS) as Way[]).filter((way) => !way.includes('silence'))

/** Other ways to write a body. */
const WRITINGS: Record<string, (wish: { customer: string; cents: number }) => string> = {
  'as it was': ({ customer, cents }) => JSON.stringify({ customer, cents }),
  'in another order': ({ customer, cents }) => JSON.stringify({ cents, customer }),
  'with blanks': ({ customer, cents }) => JSON.stringify({ customer, cents }, null, 2),
  'with escapes': ({ customer, cents }) =>
    `{"customer":"${customer.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}","cents":${cents}}`,
}

const BAD_KEYS = [
  undefined,
  '',
  'a',
  'seven-7',
  'x'.repeat(65),
  'x'.repeat(300),
  'order 7 again',
  'order.7.again',
  'order/7/again',
  'order:7:again',
  'order+7+again',
  '"order-7-again"',
  'order-7-again;',
  'ordnung-f\u00fcr-7',
  '********',
  '$order-7$',
]

let copies = 0

const numberOf = (key: string) => Number(key.slice(1))
const swapCase = (text: string) =>
  [...text]
    .map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()))
    .join('')

/** @param pair two copies that run, on this gateway */
export function paymentModel(
  submission: Submission,
  gateway: Gateway,
  pair: () => Promise<{ servers: ServerSubject[]; close(): Promise<void> }>,
): ServerModel<State> {
  const { fresh } = submission
  const words = fresh.list(5, () => fresh.word())
  const amounts = fresh.list(7, () => fresh.int(100, 90_000))
  const bodiesOf = bodies(fresh, {
    customer: text(fresh, { min: 1, max: 40, plain: words, rule: RULES.customer }),
    cents: integer(fresh, { min: 1, max: 1_000_000, plain: amounts, rule: RULES.cents }),
  })

  // ---------------------------------------------------------------- what is new

  /** A hyphen and an underscore in both, so that they can be joined and taken apart otherwise. */
  const customerOf = ({ tag }: State, { key }: At, name = words[numberOf(key) % 3]!) =>
    `${name}-${words[3]}_${tag}`
  const orderOf = ({ tag }: State, { key }: At) =>
    `order-${tag.toString(36)}_${key.slice(1)}-${words[4]}-key`
  const wishOf = (state: State, at: At): Open => ({
    key: at.key,
    order: orderOf(state, at),
    customer: customerOf(state, at),
    cents: amounts[numberOf(at.key) % amounts.length]!,
  })

  const posting = (
    order: string | undefined,
    json: string,
    headers: Record<string, string> = {},
  ): ModelRequest => ({
    method: 'POST',
    path: '/payments',
    headers: { ...headers, ...(order === undefined ? {} : { 'Idempotency-Key': order }) },
    json,
  })
  const plainBody = (wish: { customer: string; cents: number }) =>
    WRITINGS['as it was']!({ customer: wish.customer, cents: wish.cents })

  // ---------------------------------------------------------------- the ledger

  /** What is wrong with the ledger; undefined where each charge is some payment's. */
  function ledgerFault(state: State, answer?: Answer): Complaint | string | undefined {
    const [fault] = gateway.faults.slice(state.faultsFrom)
    if (fault) {
      return {
        complaint: `the gateway could not use what the server sent it: ${fault}`,
        rule: RULES.asked,
        check: 'C1',
      }
    }
    // Whatever was unknown of the payment that was answered now is known.
    const unknown = state.unknown.filter(({ key }) => answer?.status !== 201 || key !== state.asked)
    const maybe: { customer: string; cents: number }[] = [...unknown]
    if (state.pending) maybe.push(state.pending)
    for (const { id, customer, cents } of gateway.charges.slice(state.ledgerFrom)) {
      if (state.charged.has(id) || (answer?.status === 201 && answer.body?.charge === id)) continue
      const at = maybe.findIndex((one) => one.customer === customer && one.cents === cents)
      if (at >= 0) maybe.splice(at, 1)
      else {
        const complaint = `the gateway has charged ${JSON.stringify(customer)} ${cents} cents (${id}), and no payment accounts for that`
        const isSecond = unknown.length < state.unknown.length
        return isSecond ? { complaint, rule: RULES.once, check: 'C5' } : complaint
      }
    }
    return undefined
  }

  /** What is wrong with a new payment beside the fields that are compared. */
  function chargeFault(
    state: State,
    { body }: Answer,
    wish: { customer: unknown; cents: unknown },
  ): Complaint | string | undefined {
    const { charge } = body
    const made = gateway.charges.slice(state.ledgerFrom).find(({ id }) => id === charge)
    const came = `"charge" is ${JSON.stringify(charge)}`
    if (!made) {
      const complaint = `${came}, which is none of the gateway’s`
      return { complaint, rule: RULES.charge, check: 'C1' }
    }
    if (state.charged.has(charge)) return `${came}, that of another payment: nothing was charged`
    for (const name of ['customer', 'cents'] as const) {
      const sent = wish[name]
      if (typeof sent !== 'object' && made[name] !== sent) {
        const complaint = `the gateway was asked for the ${name} ${JSON.stringify(made[name])}, sent was ${JSON.stringify(sent)}`
        return { complaint, rule: RULES.asked, check: 'C1' }
      }
    }
    if (state.payments.some(({ id }) => id === String(body.id))) {
      return `the id ${JSON.stringify(body.id)} is that of another payment`
    }
    return undefined
  }

  // ---------------------------------------------------------------- steps

  /** A request that must be charged now. */
  function charging(
    state: State,
    wish: Open,
    rule: string,
    request = posting(wish.order, plainBody(wish)),
  ): Step {
    const { customer, cents, key } = wish
    state.asked = key
    return {
      request,
      rule,
      outcomes: [
        {
          status: 201,
          body: { id: someId, customer, cents },
          also: (answer) => chargeFault(state, answer, wish),
          becomes: ({ body }) => {
            const payment = {
              ...wish,
              status: 201 as const,
              id: String(body.id),
              charge: body.charge,
            }
            state.charged.add(body.charge)
            state.payments.push(payment)
            state.last = payment
            state.free = state.free.filter(({ key }) => key !== wish.key)
            state.unknown = state.unknown.filter(({ key }) => key !== wish.key)
          },
        },
      ],
    }
  }

  /** A stored answer that must come again. */
  function repeating(state: State, payment: Payment, how: string, rule: string): Step {
    const { customer, cents, charge, status } = payment
    const request = posting(payment.order, WRITINGS[how]!({ customer, cents }))
    const becomes = () => {
      if (status === 201) state.last = payment
    }
    const outcome: Outcome =
      status === 402
        ? { ...refused(402), becomes }
        : { status, body: { id: id(payment.id!), customer, cents, charge }, becomes }
    return { request, rule, outcomes: [outcome] }
  }

  function refusing(
    request: ModelRequest,
    rule: string,
    statuses: number[],
    becomes?: () => void,
  ): Step {
    return { request, rule, outcomes: [{ ...refused(...statuses), becomes }] }
  }

  /** The step while the gateway fails for a customer. */
  function whileFailing(step: Step, customer: string, way: Way, charges: boolean): Step {
    const charged = charges ? ', after it has charged' : ''
    return {
      ...step,
      before: {
        what: [`the gateway fails from now on for this customer (${way}${charged})`],
        run: async () => gateway.meet(customer, { way, charges }),
      },
      outcomes: step.outcomes.map((outcome) => ({
        ...outcome,
        becomes(answer) {
          gateway.heal(customer)
          outcome.becomes?.(answer)
        },
      })),
    }
  }

  const paid = ({ payments }: State) => payments.filter(({ status }) => status === 201)

  /** Bodies that are taken, or may be. */
  const rightBodies = bodiesOf.edges.filter(({ ok }) => ok !== 'no')
  const wrongBodies = bodiesOf.edges.filter(({ ok }) => ok === 'no')

  const operations: Record<string, Operation<State>> = {
    // C1
    pay: {
      check: 'C1',
      plain: [0],
      cases: [0, 0],
      plan: (state, _: number, at) => charging(state, wishOf(state, at), RULES.pay),
    },
    again: {
      check: 'C1',
      plain: Object.keys(WRITINGS).slice(0, 1),
      cases: [...Object.keys(WRITINGS), ...Object.keys(WRITINGS), 'as it was', 'as it was'],
      plan(state, how: string, at) {
        const payment = at.pick(paid(state))
        const rule = how === 'as it was' ? RULES.again : RULES.same
        return payment && repeating(state, payment, how, rule)
      },
    },
    againWithoutGateway: {
      check: 'C1',
      cases: ['503 without a word', 'hang up', '500'] as Way[],
      plan(state, way: Way, at) {
        const payment = at.pick(paid(state))
        if (!payment) return undefined
        const step = repeating(state, payment, 'as it was', RULES.stored)
        return whileFailing(step, payment.customer, way, false)
      },
    },
    otherKey: {
      check: 'C1',
      cases: [0, 1, 2],
      plan(state, _: number, at) {
        const payment = at.pick(paid(state))
        if (!payment) return undefined
        const { customer, cents } = payment
        return charging(
          state,
          { key: at.key, order: orderOf(state, at), customer, cents },
          RULES.otherKey,
        )
      },
    },
    payOdd: {
      check: 'C1',
      cases: rightBodies,
      plan(state, body: Body, at) {
        const order = orderOf(state, at)
        const { customer, cents } = body.keeps
        const request = posting(order, body.json)
        const wish = { key: at.key, order, customer, cents } as Open
        const step = charging(state, wish, body.rule!, request)
        if (body.ok === 'yes') return step
        const [taken] = step.outcomes as [Outcome]
        // What it was taken for is known by the answer alone, so it is not sent again.
        const becomes = (answer: Answer) => void state.charged.add(answer.body.charge)
        return { ...step, outcomes: [{ ...taken, becomes }, refused(400, 422)] }
      },
    },
    keyOdd: {
      check: 'C1',
      cases: ['8 characters', '64 characters', 'digits', 'signs', 'capitals', 'like a name'],
      plan(state, how: string, at) {
        const short = `${state.tag.toString(36)}Z${at.key.slice(1)}`
        const digits = `${state.tag}0${at.key.slice(1)}`
        const order = {
          '8 characters': short.padStart(8, 'k'),
          '64 characters': short.padEnd(64, 'aZ9_-'),
          digits: digits.padStart(16, '0'),
          signs: digits
            .replaceAll(/\d/g, (digit) => `${'_'.repeat(Number(digit) + 1)}-`)
            .padStart(8, '-'),
          capitals: short.toUpperCase().padStart(12, 'Q'),
          'like a name': `__proto__${digits}`,
        }[how]!
        return charging(state, { ...wishOf(state, at), order: order.slice(0, 64) }, RULES.key)
      },
    },
    capitals: {
      check: 'C1',
      cases: ['key', 'customer', 'key'],
      plan(state, which: string, at) {
        const payment = at.pick(
          paid(state).filter(
            ({ order, customer }) =>
              /[a-z]/.test(which === 'key' ? order : customer) &&
              (which === 'key' || [...swapCase(customer)].length <= 40),
          ),
        )
        if (!payment) return undefined
        const { order, customer, cents } = payment
        const wish =
          which === 'key'
            ? { key: at.key, order: swapCase(order), customer, cents }
            : { key: at.key, order, customer: swapCase(customer), cents }
        if (isUsed(state, wish)) return undefined
        return charging(state, wish, RULES.capitals)
      },
    },

    // C3
    otherBody: {
      check: 'C3',
      cases: [1, -1, 1, 10, 1000, -1, 1],
      plan(state, delta: number, at) {
        const payment = at.pick(state.payments)
        if (!payment) return undefined
        const { order, customer } = payment
        const cents = payment.cents + delta
        if (cents < 1 || cents > 1_000_000) return undefined
        if (payment.status === 201) state.last = payment
        const request = posting(order, plainBody({ customer, cents }))
        return refusing(request, RULES.otherBody, [409, 422])
      },
    },
    againAfterOtherBody: {
      check: 'C3',
      cases: [0, 1, 2, 3],
      plan(state, _: number, at) {
        const payment = at.pick(state.payments)
        return payment && repeating(state, payment, 'as it was', RULES.otherBody)
      },
    },

    // C4
    otherCustomer: {
      check: 'C4',
      cases: ['same cents', 'other cents', 'same cents', 'other cents'],
      plan(state, which: string, at) {
        const payment = at.pick(paid(state))
        if (!payment) return undefined
        const { order } = payment
        const cents = which === 'same cents' ? payment.cents : payment.cents === 7 ? 8 : 7
        const customer = customerOf(state, at, `${words[3]}${at.key.slice(1)}`)
        return charging(state, { key: at.key, order, customer, cents }, RULES.scope)
      },
    },
    joined: {
      check: 'C4',
      cases: ['-', '_', ''].flatMap((sign) => [
        { sign, first: 'customer' as const },
        { sign, first: 'key' as const },
      ]),
      plan(state, how: { sign: string; first: 'customer' | 'key' }, at) {
        const pairs = paid(state).flatMap((payment) => {
          const other = joinedOtherwise(payment, how)
          return other && !isUsed(state, other) ? [{ ...payment, other }] : []
        })
        const found = at.pick(pairs)
        if (!found) return undefined
        return charging(state, { key: at.key, ...found.other, cents: found.cents }, RULES.scope)
      },
    },
    againOfBoth: {
      check: 'C4',
      cases: [0, 1, 2, 3],
      plan(state, _: number, at) {
        const twins = paid(state).filter(({ order, key }) =>
          state.payments.some((other) => other.order === order && other.key !== key),
        )
        const payment = at.pick(twins)
        return payment && repeating(state, payment, 'as it was', RULES.scope)
      },
    },
    otherBodyOfBoth: {
      check: 'C4',
      cases: [0, 1],
      plan(state, _: number, at) {
        const twins = paid(state).filter(({ order, key, customer, cents }) =>
          state.payments.some(
            (other) =>
              other.order === order &&
              other.key !== key &&
              other.customer !== customer &&
              other.cents !== cents,
          ),
        )
        const payment = at.pick(twins)
        if (!payment) return undefined
        const { order, customer } = payment
        // What another customer has paid with this key is another body here.
        const { cents } = state.payments.find(
          (other) => other.order === order && other.cents !== payment.cents,
        )!
        const request = posting(order, plainBody({ customer, cents }))
        return refusing(request, RULES.otherBody, [409, 422])
      },
    },

    // C5
    decline: {
      check: 'C5',
      plain: [0],
      cases: [0, 1, 2, 3],
      plan(state, _: number, at) {
        const wish = {
          ...wishOf(state, at),
          customer: customerOf(state, at, `poor${at.key.slice(1)}`),
        }
        const becomes = () => void state.payments.push({ ...wish, status: 402 })
        return {
          ...refusing(posting(wish.order, plainBody(wish)), RULES.declined, [402], becomes),
          before: {
            what: [`the card of ${wish.customer} is declined`],
            run: async () => gateway.poor.add(wish.customer),
          },
        }
      },
    },
    declinedAgain: {
      check: 'C5',
      cases: ['as it is', 'can pay now', 'gateway away', 'can pay now', 'as it is', 'gateway away'],
      plan(state, how: string, at) {
        const payment = at.pick(state.payments.filter(({ status }) => status === 402))
        if (!payment) return undefined
        const { customer } = payment
        const step = repeating(state, payment, 'as it was', RULES.declined)
        if (how === 'as it is') return step
        if (how === 'gateway away') return whileFailing(step, customer, '500', false)
        const what = [`the card of ${customer} could pay now`]
        return { ...step, before: { what, run: async () => gateway.poor.delete(customer) } }
      },
    },
    fail: {
      check: 'C5',
      cases: QUICK_WAYS.flatMap((way) => [
        { way, charges: true },
        { way, charges: false },
      ]),
      plan(state, { way, charges }: { way: Way; charges: boolean }, at) {
        const wish = {
          ...wishOf(state, at),
          customer: customerOf(state, at, `fail${at.key.slice(1)}`),
        }
        return failing(state, wish, way, charges)
      },
    },
    failAgain: {
      check: 'C5',
      optional: true,
      cases: [
        { way: '500' as Way, charges: true },
        { way: '503 without a word' as Way, charges: false },
        { way: 'hang up' as Way, charges: true },
      ],
      plan(state, { way, charges }: { way: Way; charges: boolean }, at) {
        const wish = at.pick(state.unknown)
        return wish && failing(state, wish, way, charges)
      },
    },
    retry: {
      check: 'C5',
      cases: [...QUICK_WAYS, ...QUICK_WAYS].map((_, index) => index),
      plan(state, _: number, at) {
        const wish = at.pick(state.unknown)
        if (!wish) return undefined
        return {
          ...charging(state, wish, RULES.unknown),
          before: { what: ['the gateway works again'], run: async () => {} },
        }
      },
    },

    // C8
    badBody: {
      check: 'C8',
      cases: wrongBodies,
      plan(state, body: Body, at) {
        const wish = wishOf(state, at)
        // The same customer, where that was right.
        if (body.field === 'cents') wish.customer = String(body.keeps.customer)
        const becomes = () => void state.free.push(wish)
        return refusing(posting(wish.order, body.json), body.rule!, [400, 422], becomes)
      },
    },
    badKey: {
      check: 'C8',
      cases: BAD_KEYS,
      plan(state, order: string | undefined, at) {
        const request = posting(order, plainBody(wishOf(state, at)))
        return refusing(request, RULES.badKey, [400])
      },
    },
    mended: {
      check: 'C8',
      cases: [0, 1, 2, 3, 4, 5, 6, 7],
      plan(state, _: number, at) {
        const wish = at.pick(state.free)
        return wish && charging(state, wish, RULES.free)
      },
    },
    badRepeat: {
      check: 'C8',
      cases: ['{"cents":5}', '{"customer":"","cents":5}', '{'],
      plan(state, json: string, at) {
        const payment = at.pick(state.payments)
        if (!payment) return undefined
        const { customer } = payment
        const body = json === '{"cents":5}' ? JSON.stringify({ customer, cents: 0 }) : json
        return refusing(posting(payment.order, body), RULES.free, [400, 409, 422])
      },
    },

    // C9
    noPayment: {
      check: 'C9',
      cases: [
        '0',
        '-1',
        '999999999999999999',
        '9223372036854775808',
        '9'.repeat(40),
        'nobody',
        'null',
      ],
      plan: (_, path: string) =>
        refusing(
          { path: `/payments/${path}` },
          'an id that nothing has, in any form',
          [404, 400, 422],
        ),
    },
    otherSpelling: {
      check: 'C9',
      cases: [0, 5, 11, 3, 8],
      plan(state, which: number, at) {
        const payment = at.pick(paid(state))
        if (!payment) return undefined
        const all = otherSpellings(payment.id!)
        const path = `/payments/${all[which % all.length]}`
        return refusing({ path }, 'only its own spelling is the id', [404, 400, 422])
      },
    },
    ...houseRules<State>({
      routes: {
        all: {
          path: () => '/payments',
          methods: ['POST'],
          bodies: { POST: JSON.stringify({ customer: words[0], cents: 5 }) },
          headers: ({ tag }) => ({ 'Idempotency-Key': `house-rules-${tag}` }),
        },
        one: {
          path(state, at) {
            const payment = at.pick(paid(state))
            return payment && `/payments/${encodeURIComponent(payment.id!)}`
          },
          methods: ['GET', 'HEAD'],
          get(state, path) {
            const own = paid(state).find((one) => path.endsWith(`/${encodeURIComponent(one.id!)}`))
            return own && [{ status: 200, body: bodyOf(own) }]
          },
        },
      },
      checks: {
        unknownPath: 'C9',
        otherMethod: 'C9',
        otherCase: 'C9',
        trailingSlash: 'C9',
        escapes: 'C9',
        query: 'C9',
        malformed: 'C9',
        noObject: 'C9',
        emptyBody: 'C9',
        contentType: 'C9',
        head: 'C9',
      },
      unknown: ['/', '/nothing-here', '/charges', '/payment'],
    }),
  }

  const bodyOf = ({ id: own, customer, cents, charge }: Payment) => ({
    id: id(own!),
    customer,
    cents,
    charge,
  })

  const isUsed = (state: State, { order, customer }: { order: string; customer: string }) =>
    [...state.payments, ...state.unknown, ...state.free].some(
      (one) => one.order === order && one.customer === customer,
    )

  function failing(state: State, wish: Open, way: Way, charges: boolean): Step {
    state.pending = wish
    const becomes = () => {
      if (!state.unknown.includes(wish)) state.unknown.push(wish)
    }
    const request = posting(wish.order, plainBody(wish))
    const step = refusing(request, RULES.unknown, [502, 504], becomes)
    return whileFailing(step, wish.customer, way, charges)
  }

  // After every request, each charge must be some payment's.
  for (const operation of Object.values(operations)) {
    const { plan } = operation
    operation.plan = (state, value, at) => {
      state.pending = undefined
      state.asked = undefined
      const step = plan(state, value, at)
      if (!step) return undefined
      const outcomes = step.outcomes.map((outcome) => ({
        ...outcome,
        also: (answer: Answer) => outcome.also?.(answer) ?? ledgerFault(state, answer),
      }))
      return { ...step, outcomes }
    }
  }

  return {
    async open() {
      const { servers, close } = await pair()
      copies += 1
      const state: State = {
        tag: copies,
        payments: [],
        unknown: [],
        free: [],
        charged: new Set(),
        ledgerFrom: gateway.charges.length,
        faultsFrom: gateway.faults.length,
        pending: undefined,
        asked: undefined,
        last: undefined,
        turn: 0,
      }
      return { servers, state, close }
    },
    operations,
    ordinary: 2,
    observe(state) {
      const all = paid(state)
      state.turn += 1
      const payment = state.last ?? all[state.turn % Math.max(all.length, 1)]
      state.last = undefined
      if (!payment) return undefined
      return {
        request: { path: `/payments/${encodeURIComponent(payment.id!)}` },
        rule: RULES.get,
        outcomes: [{ status: 200, body: bodyOf(payment) }],
      }
    },
  }
}

/** Another customer and key that are the same text when joined so. */
function joinedOtherwise(
  { customer, order }: { customer: string; order: string },
  { sign, first }: { sign: string; first: 'customer' | 'key' },
): { customer: string; order: string } | undefined {
  const [head, tail] = first === 'customer' ? [customer, order] : [order, customer]
  const at = sign === '' ? 2 : tail.indexOf(sign)
  if (at < 1) return undefined
  const [newHead, newTail] = [head + sign + tail.slice(0, at), tail.slice(at + sign.length)]
  const other =
    first === 'customer'
      ? { customer: newHead, order: newTail }
      : { customer: newTail, order: newHead }
  const isKey = /^[\w-]{8,64}$/.test(other.order)
  const isCustomer = other.customer !== '' && [...other.customer].length <= 40
  return isKey && isCustomer ? other : undefined
}
