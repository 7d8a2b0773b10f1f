import { expect, test } from 'vitest'
import type * as Rates from '../../../solutions/phase1-fundamentals/rate-card/rates.ts'
import type * as Wallets from '../../../solutions/phase1-fundamentals/rate-card/wallet.ts'
import { expectFacts, forAll, openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import {
  type DeskProgram,
  describingPrograms,
  deskPrograms,
  expectQuotes,
  playDesks,
} from './desk-program.ts'
import {
  type Card,
  changingCases,
  expectPrices,
  type PriceCase,
  playPrices,
  priceCases,
} from './price-cases.ts'
import { vandalise } from './vandal.ts'
import {
  expectWallets,
  mergingPrograms,
  playWallets,
  STRANGERS,
  type Step,
  type Stranger,
  walletPrograms,
} from './wallet-program.ts'

const submission = openSubmission(import.meta)
const loadRates = sharedUntilFailure(
  () => submission.loadModule<typeof Rates>('rates.ts'),
  (subject) => subject.kill(),
)
const loadWallet = sharedUntilFailure(
  () => submission.loadModule<typeof Wallets>('wallet.ts'),
  (subject) => subject.kill(),
)

async function expectCases(kinds: Parameters<typeof expectPrices>[2], ...cases: PriceCase[]) {
  const seen = await (await loadRates()).evaluate(playPrices, cases)
  for (const [at, one] of cases.entries()) expectPrices(one, seen?.[at], kinds)
}

async function expectDesks(...programs: DeskProgram[]) {
  const seen = await (await loadRates()).evaluate(playDesks, programs)
  for (const [at, program] of programs.entries()) expectQuotes(program, seen?.[at])
}

async function expectPrograms(...programs: Step[][]) {
  const seen = await (await loadWallet()).evaluate(playWallets, programs)
  for (const [at, steps] of programs.entries()) expectWallets(steps, seen?.[at])
}

/** A card of this run's own. */
function freshCard(): Card {
  const { fresh } = submission
  const limit = fresh.int(500, 5_000)
  return {
    table: {
      steps: [
        { upToGrams: limit, cents: fresh.int(100, 499) },
        { upToGrams: limit + fresh.int(500, 5_000), cents: fresh.int(500, 999) },
      ],
      extraKgCents: fresh.int(10, 99),
    },
    percent: fresh.int(110, 250),
    centsPerKg: fresh.int(10, 90),
    minimum: fresh.int(200, 900),
  }
}

test('C1 agrees with the rules on standard and freight prices of 500 random tables', async () => {
  await forAll(submission.fresh, priceCases, 500, (...cases) =>
    expectCases(['standard', 'freight'], ...cases),
  )
})

test('C2 agrees with the rules on express prices of 1 000 random tables', async () => {
  await forAll(submission.fresh, priceCases, 1_000, (...cases) =>
    expectCases(['express'], ...cases),
  )
})

test('C2 follows a table that changes after the rate was made', async () => {
  await forAll(submission.fresh, changingCases, 500, (...cases) =>
    expectCases(['standard', 'express'], ...cases),
  )
})

test('C3 quotes the rates of 500 random desks, some of them classes of the grader', async () => {
  await forAll(submission.fresh, deskPrograms, 500, (...programs) => expectDesks(...programs))
})

test('C4 keeps balance and history whatever is done to the wallet from outside', async () => {
  const deposit = submission.fresh.int(400, 900)
  const withdraw = submission.fresh.int(100, 300)
  const attempts = await (await loadWallet()).evaluate(vandalise, { deposit, withdraw })
  const setup = `const wallet = new Wallet()
wallet.deposit(${deposit})
wallet.withdraw(${withdraw})`
  const history = [
    { kind: 'deposit', cents: deposit },
    { kind: 'withdraw', cents: withdraw },
  ]
  const wanted = {
    'wallet.balance': deposit - withdraw,
    'wallet.history()': history,
    'what comes of wallet.withdraw(1000000)': 'InsufficientFunds',
  }
  expect(attempts?.length, 'how many attempts were made to change the wallet').toBeGreaterThan(5)
  for (const { code, balance, history, withdrawal } of attempts) {
    const seen = {
      'wallet.balance': balance,
      'wallet.history()': history,
      'what comes of wallet.withdraw(1000000)': withdrawal,
    }
    expectFacts(seen, wanted, `after\n${setup}\n${code}\n`)
  }
})

test('C5 keeps two wallets apart', async () => {
  const { fresh } = submission
  const steps: Step[] = [
    { do: 'deposit', wallet: 0, amount: fresh.int(100, 999) },
    { do: 'withdraw', wallet: 0, amount: fresh.int(1, 99) },
    { do: 'deposit', wallet: 1, amount: fresh.int(100, 999) },
  ]
  // A process of its own: what wallets share would be full of other tests' entries.
  const subject = await submission.loadModule<typeof Wallets>('wallet.ts')
  const [seen] = await subject.evaluate(playWallets, [steps])
  expectWallets(steps, seen)
})

test('C5 agrees with the rules through 1 000 random programs on two wallets', async () => {
  await forAll(submission.fresh, walletPrograms, 1_000, (...programs) =>
    expectPrograms(...programs),
  )
})

test('C6 prices any whole weight from 1 gram to a thousand tonnes, with all three rates', async () => {
  const light = [1, 2, submission.fresh.int(3, 9_999)]
  const heavy = [10_001, 31_501, 100_000, submission.fresh.int(1_000_000, 9_999_999), 1_000_000_000]
  const priced = { card: freshCard(), grams: [...light, ...heavy], changes: [] }
  await expectCases(['standard', 'express', 'freight'], priced)
})

test('C6 refuses anything else with a RangeError, with all three rates', async () => {
  const odd = [0, -1, -submission.fresh.int(2, 999), 0.5, 1.5, Number.NaN]
  const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const otherTypes = ['100', '', null, undefined, true, [100], {}]
  const refused = { card: freshCard(), grams: [...odd, ...infinite, ...otherTypes], changes: [] }
  await expectCases(['standard', 'express', 'freight'], refused)
})

test('C7 makes all three instances of Rate, and express an instance of StandardRate', async () => {
  const seen = await (await loadRates()).evaluate(
    ({ Rate, StandardRate, ExpressRate, FreightRate }, { table, percent, centsPerKg, minimum }) => {
      const standard = new StandardRate(table)
      const express = new ExpressRate(table, percent)
      const freight = new FreightRate(centsPerKg, minimum)
      return {
        'new StandardRate(…) instanceof Rate': standard instanceof Rate,
        'new ExpressRate(…) instanceof Rate': express instanceof Rate,
        'new ExpressRate(…) instanceof StandardRate': express instanceof StandardRate,
        'new FreightRate(…) instanceof Rate': freight instanceof Rate,
      }
    },
    freshCard(),
  )
  const wanted = {
    'new StandardRate(…) instanceof Rate': true,
    'new ExpressRate(…) instanceof Rate': true,
    'new ExpressRate(…) instanceof StandardRate': true,
    'new FreightRate(…) instanceof Rate': true,
  }
  expectFacts(seen, wanted, '')
})

test('C7 describes every rate by its own price, also rates of the grader', async () => {
  await forAll(submission.fresh, describingPrograms, 300, (...programs) => expectDesks(...programs))
})

test('C8 agrees with the rules through 500 random programs that merge wallets', async () => {
  await forAll(submission.fresh, mergingPrograms, 500, (...programs) => expectPrograms(...programs))
})

/** Deposits of this run's own, so that something can go wrong with them. */
function filled(): Step[] {
  const { fresh } = submission
  return [
    { do: 'deposit', wallet: 0, amount: fresh.int(100, 999) },
    { do: 'deposit', wallet: 1, amount: fresh.int(100, 999) },
    { do: 'withdraw', wallet: 1, amount: fresh.int(1, 99) },
  ]
}

test('C9 refuses to merge a wallet with itself', async () => {
  const more: Step = { do: 'withdraw', wallet: 0, amount: 100 }
  await expectPrograms([...filled(), { do: 'merge', a: 0, b: 0 }, more])
})

test('C9 refuses to merge a wallet with what is no wallet, on either side', async () => {
  for (const stranger of Object.keys(STRANGERS) as Stranger[]) {
    await expectPrograms(
      [...filled(), { do: 'merge', a: 0, b: stranger }],
      [...filled(), { do: 'merge', a: stranger, b: 1 }],
    )
  }
})

test('C10 changes neither the table nor the parcel', async () => {
  const { fresh } = submission
  const card = freshCard()
  // Heavier than any step of the card.
  const parcel = { grams: fresh.int(20_000, 30_000), to: fresh.city(), label: fresh.word() }
  const seen = await (await loadRates()).evaluate(
    ({ StandardRate, ExpressRate, FreightRate, QuoteDesk }, { card, parcel }) => {
      const { table, percent, centsPerKg, minimum } = card
      const desk = new QuoteDesk([
        new StandardRate(table),
        new ExpressRate(table, percent),
        new FreightRate(centsPerKg, minimum),
      ])
      try {
        desk.all(parcel)
        desk.cheapest(parcel)
      } catch {
        // Prices are looked at elsewhere; here, what was given is.
      }
      return { table, parcel }
    },
    { card, parcel },
  )
  expectFacts(seen, { table: card.table, parcel }, 'after a desk with all three rates was asked')
})

test('C10 keeps the list of rates apart from the arrays of its callers', async () => {
  const first = submission.fresh.int(500, 900)
  const prices = [first, first - 100, first + 100]
  const seen = await (await loadRates()).evaluate(({ Rate, QuoteDesk }, prices) => {
    class FlatRate extends Rate {
      #price: number
      constructor(price: number) {
        super()
        this.#price = price
      }
      cents() {
        return this.#price
      }
    }
    const [a, b, c] = prices.map((price) => new FlatRate(price))
    const rates = [a!, b!, c!]
    const desk = new QuoteDesk(rates)
    const quoted = () => {
      const quotes: unknown = desk.all({ grams: 1 })
      return Array.isArray(quotes) ? quotes.map((quote) => quote?.cents) : `a ${typeof quotes}`
    }
    const sights: { code: string; quoted: unknown; given: unknown }[] = []
    const look = (code: string, act: () => unknown) => {
      try {
        act()
      } catch {
        // An array that cannot be changed is as good as a copy.
      }
      sights.push({ code, quoted: quoted(), given: rates.map((rate) => rate.cents()) })
    }
    look('desk.all({ grams: 1 })', () => {})
    look('desk.all({ grams: 1 }).pop()', () => desk.all({ grams: 1 }).pop())
    look('desk.all({ grams: 1 }).reverse()', () => desk.all({ grams: 1 }).reverse())
    look('desk.all({ grams: 1 })[0].cents = 5', () => {
      desk.all({ grams: 1 })[0]!.cents = 5
    })
    look('rates.push(new FlatRate(1))', () => rates.push(new FlatRate(1)))
    look('rates.length = 0', () => {
      rates.length = 0
    })
    return sights
  }, prices)
  const sorted = prices.toSorted((a, b) => a - b)
  const given = [prices, prices, prices, prices, [...prices, 1], []]
  for (const [at, list] of given.entries()) {
    const sight = seen?.[at]
    const when = `after
const rates = [${prices.map((price) => `new FlatRate(${price})`).join(', ')}]
const desk = new QuoteDesk(rates)
${sight?.code}
`
    const facts = { 'the prices that desk.all(…) quotes': sight?.quoted, rates: sight?.given }
    expectFacts(facts, { 'the prices that desk.all(…) quotes': sorted, rates: list }, when)
  }
})
