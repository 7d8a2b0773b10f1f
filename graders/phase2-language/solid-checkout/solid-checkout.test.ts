import { expect, test } from 'vitest'
import type * as Checkouts from '../../../solutions/phase2-language/solid-checkout/checkout.ts'
import { expectFacts, forAll, openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'
import { watchMachine } from './machine.ts'
import { OLD_RULES, type OldCase, oldSteps, someCases, wholeCases } from './old-rules.ts'
import {
  type Gateway,
  modelPayment,
  type Played,
  type Program,
  programs,
  programText,
  ruleOf,
} from './payments.ts'
import { playPayments, type Watch } from './play.ts'

const submission = openSubmission(import.meta)
const load = sharedUntilFailure(
  () => submission.loadModule<typeof Checkouts>('checkout.ts'),
  (subject) => subject.kill(),
)
/** One whose use of the machine is watched. */
const loadWatched = sharedUntilFailure(
  async () => {
    const subject = await submission.loadModule<typeof Checkouts>('checkout.ts')
    await subject.evaluate(watchMachine, undefined)
    return subject
  },
  (subject) => subject.kill(),
)

/** What a check looks at, in this order. */
type Facts = Record<string, (played: Played) => unknown>

const OUTCOME: Facts = { 'what comes of pay': ({ outcome }) => outcome }
const CART: Facts = { 'the cart afterwards': ({ cart }) => cart }
const ORDER: Facts = { 'what happens, in this order,': ({ log }) => log }
const CHARGES: Facts = {
  'what is charged and saved': ({ log }) => log.filter((line) => /^(charge|save)\(/.test(line)),
}
const APPLIED: Facts = {
  'what the discounts get': ({ log }) => log.filter((line) => line.startsWith('discount')),
}

const MAKING = 'what is called while a Checkout is made'
const READ =
  'what is read of a collaborator, and of what charge gives, beside what its interface names,'
const USED_OF_MACHINE =
  'what is used of the clock, the network, the environment and the files of the machine'

/** Plays random programs, and fails where one goes otherwise than the model. */
async function expectPayments(
  drawn: ReturnType<typeof programs>,
  runs: number,
  { machine, ...watch }: Watch & { machine?: boolean },
  ...kinds: Facts[]
): Promise<void> {
  await forAll(submission.fresh, drawn, runs, async (...list: Program[]) => {
    const seen = await (await (machine ? loadWatched : load)()).evaluate(playPayments, {
      programs: list,
      watch,
    })
    for (const [at, program] of list.entries()) {
      const { payments = [], making, touched } = seen?.[at] ?? {}
      const last = program.payments.length - 1
      const when = `with\n${programText(program, last)}\n`
      const used = machine ? USED_OF_MACHINE : READ
      expectFacts({ [MAKING]: making, [used]: touched }, { [MAKING]: [], [used]: [] }, when)
      for (const [place, payment] of program.payments.entries()) {
        const wanted = modelPayment(program, payment)
        for (const [fact, read] of Object.entries(Object.assign({}, ...kinds) as Facts)) {
          const played = payments[place]
          const together = watch.together ? 'all at once; the one with the id ' : ''
          const text = `${together ? `with\n${programText(program, last)}\n${together}'${payment.cart.id}'` : `for the last payment of\n${programText(program, place)}`}\n`
          expectFacts(
            { [fact]: played && read(played) },
            { [fact]: read(wanted) },
            `${text}${ruleOf(program, payment)}\n`,
          )
        }
      }
    }
  })
}

test('C1 charges, saves and returns what the discounts leave, in 400 random programs', async () => {
  await expectPayments(programs({}), 400, {}, OUTCOME, CHARGES, CART)
})

test('C1 counts less than 0 as 0 for the next discount, and charges nothing for 0', async () => {
  const { fresh } = submission
  const cents = fresh.int(100, 900)
  const program = (...rules: Program['discounts'][0]['rule'][]): Program => {
    const cart = {
      id: fresh.unique('c-'),
      token: fresh.unique('tok-'),
      customer: { business: false },
      lines: [{ kind: 'box' as const, cents, quantity: 1 }],
      gift: 0,
    }
    const now = Date.UTC(2031, fresh.int(0, 11), fresh.int(1, 28), 9)
    const good = { clock: 'tells', gateway: 'charges', sink: 'saves' } as const
    return {
      discounts: rules.map((rule) => ({ rule, form: 'object' })),
      payments: [{ cart, now, chargeId: fresh.unique('ch-'), ...good }],
    }
  }
  const list = [
    program({ do: 'cents off', by: cents + 50 }, { do: 'fee', by: 70 }),
    program({ do: 'cents off', by: cents + 50 }, { do: 'percent off', by: 10 }),
    program({ do: 'cents off', by: cents }),
    program({ do: 'fee', by: 20 }, { do: 'cents off', by: cents + 50 }),
  ]
  const seen = await (await load()).evaluate(playPayments, { programs: list, watch: {} })
  for (const [at, one] of list.entries()) {
    const wanted = modelPayment(one, one.payments[0]!)
    const played = seen?.[at]?.payments[0]
    const facts = { ...OUTCOME, ...CHARGES }
    for (const [fact, read] of Object.entries(facts)) {
      const when = `with\n${programText(one, 0)}\n${ruleOf(one, one.payments[0]!)}\n`
      expectFacts({ [fact]: played && read(played) }, { [fact]: read(wanted) }, when)
    }
  }
})

test('C2 uses nothing of the machine, in 200 random programs', async () => {
  const drawn = programs({ failing: true, gateways: ['charges', 'Declined', 'another Error'] })
  await expectPayments(drawn, 200, { machine: true }, OUTCOME)
})

test('C3 takes the discounts of the grader, in all forms, in 400 random programs', async () => {
  await expectPayments(programs({ unknown: true }), 400, {}, APPLIED, OUTCOME)
})

const GATEWAYS: Gateway[] = [
  'charges',
  'charges',
  'gives more',
  'Declined',
  'GatewayDown',
  'a subclass of Declined',
  'a subclass of GatewayDown',
  'another Error',
]

test('C4 reads nothing of its collaborators but what their interfaces name, in 300 random programs', async () => {
  const drawn = programs({ unknown: true, failing: true, gateways: GATEWAYS })
  await expectPayments(drawn, 300, { members: true }, OUTCOME)
})

test('C5 takes subclasses of errors and charges for what they are, in 300 random programs', async () => {
  const gateways: Gateway[] = ['gives more', 'a subclass of Declined', 'a subclass of GatewayDown']
  await expectPayments(programs({ gateways }), 300, {}, OUTCOME, CHARGES)
})

test('C6 does each thing once and in order, whatever fails, in 500 random programs', async () => {
  const drawn = programs({ failing: true, gateways: GATEWAYS, payments: [1, 3] })
  await expectPayments(drawn, 500, {}, ORDER, OUTCOME)
})

/** Pays each cart with some of the old rules, where the machine stands in another time zone. */
async function expectOld(...cases: OldCase[]): Promise<void> {
  const seen = await (await load()).evaluate(async ({ Checkout, oldDiscounts }, cases) => {
    const zone = process.env.TZ
    const totals: unknown[] = []
    try {
      process.env.TZ = 'Pacific/Auckland'
      for (const { cart, now, rules } of cases) {
        try {
          const all = [...oldDiscounts()]
          const checkout = new Checkout({
            clock: { now: () => new Date(now) },
            gateway: { charge: async () => ({ id: 'ch-1' }) },
            discounts: rules.length < 5 ? rules.map((rule) => all[rule]!) : all,
            receipts: { save: async () => {} },
          })
          totals.push((await checkout.pay(cart))?.totalCents)
        } catch (error) {
          totals.push(`it failed: ${error}`)
        }
      }
    } finally {
      process.env.TZ = zone ?? 'UTC'
    }
    return totals
  }, cases)
  for (const [at, one] of cases.entries()) {
    const steps = oldSteps(one).map(({ rule, left }) => `  ${rule}: ${left}`)
    const when = `of pay(${code(one.cart)}) at ${new Date(one.now).toISOString()} (${weekday(one.now)}), by the old rules: what is left after each is\n${steps.join('\n')}\n`
    const fact = 'totalCents'
    expectFacts({ [fact]: seen?.[at] }, { [fact]: oldSteps(one).at(-1)!.left }, when)
  }
}

function weekday(now: number): string {
  return new Date(now).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
}

test('C7 gives the old rules as five discounts', async () => {
  const seen = await (await load()).evaluate(({ oldDiscounts }) => {
    const list: unknown = oldDiscounts()
    if (!Array.isArray(list)) return `a ${typeof list}`
    return list.map((one) => typeof one?.apply)
  }, undefined)
  const text = 'oldDiscounts() gives an array of five discounts. The types of their apply'
  expect(seen, text).toEqual(Array(OLD_RULES).fill('function'))
})

test('C7 prices 2 000 random carts as the old checkout did', async () => {
  await forAll(submission.fresh, wholeCases, 2_000, expectOld)
})

test('C7 has old rules that work in any selection and order, for 1 000 random carts', async () => {
  await forAll(submission.fresh, someCases, 1_000, expectOld)
})

test('C8 keeps payments apart that run at once, in 200 random programs', async () => {
  const drawn = programs({ gateways: GATEWAYS, payments: [2, 4] }).map((program): Program => {
    // One clock tells all of them the time, and only ids and tokens tell them apart.
    const [{ now }] = program.payments as [Program['payments'][0]]
    const payments = program.payments.map((payment, at) => {
      const cart = { ...payment.cart, id: `c-${at + 1}`, token: `tok-${at + 1}` }
      return { ...payment, cart, chargeId: `ch-${at + 1}`, now }
    })
    return { ...program, payments }
  })
  await expectPayments(drawn, 200, { together: true }, ORDER, OUTCOME)
})
