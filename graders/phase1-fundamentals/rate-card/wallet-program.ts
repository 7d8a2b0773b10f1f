import fc from 'fast-check'
import type * as Wallets from '../../../solutions/phase1-fundamentals/rate-card/wallet.ts'
import { expectFacts } from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'

/** What a merge is tried with that is no wallet, as code. */
export const STRANGERS = {
  nothing: 'undefined',
  null: 'null',
  number: '500',
  lookalike: "{ balance: 500, history: () => [{ kind: 'deposit', cents: 500 }], … }",
} as const
export type Stranger = keyof typeof STRANGERS

/** One call on wallets that are known by number: 0 and 1 are there first, each merge adds one. */
export type Step =
  | { do: 'deposit' | 'withdraw'; wallet: number; amount: unknown }
  | { do: 'merge'; a: number | Stranger; b: number | Stranger }

type Look = { balance: unknown; history: unknown }
/** What a step gave, and how all wallets look after it. */
type Sight = { gave: unknown; wallets: Look[] }

/** Plays each program on two new wallets. Runs in the learner's process, so it uses nothing from here. */
export function playWallets(
  { Wallet, InsufficientFunds }: typeof Wallets,
  programs: Step[][],
): Sight[][] {
  // What is seen may be anything, and must be able to travel.
  const plain = (value: unknown) =>
    ['object', 'function', 'symbol'].includes(typeof value) ? `a ${typeof value}` : value
  const look = (wallet: Wallets.Wallet): Look => {
    try {
      const history: unknown = wallet.history()
      return {
        balance: plain(wallet.balance),
        history: Array.isArray(history)
          ? history.map((entry) => ({ kind: plain(entry?.kind), cents: plain(entry?.cents) }))
          : `a ${typeof history}, not an array`,
      }
    } catch (error) {
      return { balance: `an error: ${error}`, history: `an error: ${error}` }
    }
  }
  const failure = (error: unknown): unknown => {
    if (typeof InsufficientFunds === 'function' && error instanceof InsufficientFunds) {
      const { name, needed, available } = error
      const isError = error instanceof Error
      return { name, needed: plain(needed), available: plain(available), isError }
    }
    if (error instanceof RangeError) return 'a RangeError'
    return error instanceof Error ? `an Error: ${error}` : `thrown, but no Error: ${typeof error}`
  }
  return programs.map((steps) => {
    const wallets = [new Wallet(), new Wallet()]
    const lookalike = {
      balance: 500,
      history: () => [{ kind: 'deposit', cents: 500 }],
      deposit() {},
      withdraw() {},
    }
    const strangers = { nothing: undefined, null: null, number: 500, lookalike }
    const pick = (one: number | Stranger) =>
      (typeof one === 'number' ? wallets[one] : strangers[one]) as Wallets.Wallet
    return steps.map((step) => {
      let gave: unknown = 'no error'
      try {
        if (step.do === 'merge') {
          const merged = Wallet.merge(pick(step.a), pick(step.b))
          const isNew = merged instanceof Wallet && !wallets.includes(merged)
          gave = isNew ? 'a new wallet' : 'no new wallet'
          if (isNew) wallets.push(merged)
        } else {
          wallets[step.wallet]![step.do](step.amount as number)
        }
      } catch (error) {
        gave = failure(error)
      }
      return { gave, wallets: wallets.map(look) }
    })
  })
}

type Model = { balance: number; history: Wallets.Entry[] }[]

const isAmount = (amount: unknown): amount is number =>
  typeof amount === 'number' && Number.isInteger(amount) && amount >= 1

/** Does to plain objects what the step does to wallets. @returns what the step must give */
function apply(model: Model, step: Step): unknown {
  if (step.do === 'merge') {
    const { a, b } = step
    if (typeof a !== 'number' || typeof b !== 'number' || a === b) return 'an Error'
    const [one, other] = [model[a]!, model[b]!]
    const balance = one.balance + other.balance
    model.push({ balance, history: [...one.history, ...other.history] })
    for (const emptied of [a, b]) model[emptied] = { balance: 0, history: [] }
    return 'a new wallet'
  }
  const wallet = model[step.wallet]!
  const { amount } = step
  if (!isAmount(amount)) return 'a RangeError'
  if (step.do === 'withdraw' && amount > wallet.balance) {
    const { balance: available } = wallet
    return { name: 'InsufficientFunds', needed: amount, available, isError: true }
  }
  wallet.balance += step.do === 'deposit' ? amount : -amount
  wallet.history.push({ kind: step.do, cents: amount })
  return 'no error'
}

const nameOf = (wallet: number) => String.fromCharCode(97 + wallet)

/** The program as code, for a learner to try. */
function script(steps: Step[]): string {
  let made = 2
  const shown = (one: number | Stranger) => (typeof one === 'number' ? nameOf(one) : STRANGERS[one])
  const lines = steps.map((step) => {
    if (step.do !== 'merge') return `${nameOf(step.wallet)}.${step.do}(${code(step.amount)})`
    const call = `Wallet.merge(${shown(step.a)}, ${shown(step.b)})`
    const works = typeof step.a === 'number' && typeof step.b === 'number' && step.a !== step.b
    return works ? `const ${nameOf(made++)} = ${call}` : call
  })
  return ['const a = new Wallet()', 'const b = new Wallet()', ...lines].join('\n')
}

/** Compares what wallets showed with what the rules say, and shows the first step amiss. */
export function expectWallets(steps: Step[], seen: Sight[] | undefined): void {
  const model: Model = [
    { balance: 0, history: [] },
    { balance: 0, history: [] },
  ]
  for (const [at, step] of steps.entries()) {
    const wanted = apply(model, step)
    const sight = seen?.[at]
    const when = `after\n${script(steps.slice(0, at + 1))}\n`
    // Any Error will do where a merge is refused.
    const refused = wanted === 'an Error' && isError(sight?.gave)
    const fact = 'what comes of the last line'
    expectFacts({ [fact]: refused ? 'an Error' : sight?.gave }, { [fact]: wanted }, when)
    for (const [index, { balance, history }] of model.entries()) {
      const name = nameOf(index)
      const look = sight?.wallets?.[index]
      const shown = { [`${name}.balance`]: look?.balance, [`${name}.history()`]: look?.history }
      expectFacts(shown, { [`${name}.balance`]: balance, [`${name}.history()`]: history }, when)
    }
  }
}

function isError(gave: unknown): boolean {
  if (typeof gave === 'object' && gave !== null) return 'isError' in gave && gave.isError === true
  return /^an? (Range)?Error/.test(String(gave))
}

const good = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(100, 99_999))
const bad = fc.constantFrom<unknown>(
  0,
  -0,
  -1,
  -100,
  0.5,
  2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '5',
  '',
  null,
  undefined,
  true,
  [5],
  {},
)
const amount = fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: bad })

/** Calls on two wallets; many a withdrawal is of exactly the balance, or one cent more. */
export const walletPrograms: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      do: fc.constantFrom('deposit' as const, 'withdraw' as const),
      wallet: fc.nat(1),
      amount,
      beside: fc.constantFrom(undefined, undefined, 0, 1),
    }),
    { minLength: 1, maxLength: 16 },
  )
  .map((drafts) => {
    const model: Model = [
      { balance: 0, history: [] },
      { balance: 0, history: [] },
    ]
    return drafts.map(({ beside, ...step }) => {
      if (step.do === 'withdraw' && beside !== undefined) {
        step.amount = model[step.wallet]!.balance + beside
      }
      apply(model, step)
      return step
    })
  })

/** Calls on wallets, among them merges of two that are there. */
export const mergingPrograms: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      do: fc.constantFrom('deposit' as const, 'withdraw' as const, 'merge' as const),
      wallet: fc.nat(9),
      other: fc.nat(9),
      amount: good,
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drafts) => {
    let count = 2
    return drafts.map((draft): Step => {
      const wallet = draft.wallet % count
      if (draft.do !== 'merge') return { do: draft.do, wallet, amount: draft.amount }
      const b = (wallet + 1 + (draft.other % (count - 1))) % count
      count += 1
      return { do: 'merge', a: wallet, b }
    })
  })
