// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code
import { editing, type Mistake } from '../../harness/mistakes.ts'

const rates = editing('rates.ts')
const wallet = editing('wallet.ts')

const STANDARD_RULE = 'The `cents` of the first step whose `upToGrams` is at least the weight'
const BEYOND_RULE = 'plus `extraKgCents` for each kilogram begun above that step'
const EXPRESS_RULE =
  'The standard price × `percent` / 100, rounded to a whole cent (half a cent goes up), plus 300.'
const FREIGHT_RULE = '`centsPerKg` for each kilogram begun, but never less than `minimum`.'
const CHANGE_RULE = 'The next standard or express price follows it.'
const WEIGHTS_RULE =
  'All three price every weight that is a whole number of grams from 1 up, however heavy.'
const REFUSED_WEIGHTS_RULE = 'their `cents` throws a `RangeError`'
const ANY_RATE_RULE =
  'The desk serves every class that extends `Rate`, or extends one of the three, whoever wrote it.'
const ORDER_RULE =
  'Quotes of the same price stand in the order in which the desk was given their rates.'
const OWN_LIST_RULE = 'The desk keeps a list of its own.'
const AMOUNTS_RULE = '`deposit` and `withdraw` take a number that is whole and at least 1.'
const REFUSALS_RULE = 'A call that throws changes neither balance nor history.'
const COPIES_RULE =
  "Whatever a caller does to that array or to its entries, the wallet's own history stays as it is."
const ENCAPSULATION_RULE = 'Nothing but `deposit`, `withdraw` and `merge` changes a wallet.'
const REACH_RULE = 'not by any property or symbol of the wallet, of the class or of the module'
const MERGE_RULE =
  'Returns a new wallet with both balances added up and the history of `a` followed by that of `b`.'
const AFTER_MERGE_RULE = '`a` and `b` are as new, with nothing in them, and can be used again.'
const MERGE_REFUSED_RULE =
  '`Wallet.merge(a, a)`, and a merge with anything that is no wallet, throws an `Error`; then no wallet has changed.'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C4',
    why: 'keeps the balance in a field that is only private to TypeScript',
    rule: "TypeScript's `private` is gone when the program runs.",
    edits: [
      wallet('  #balance = 0\n', '  private _balance = 0\n'),
      wallet('    return this.#balance\n', '    return this._balance\n'),
      wallet('    this.#balance += cents\n', '    this._balance += cents\n'),
      wallet(
        'if (cents > this.#balance) throw new InsufficientFunds(cents, this.#balance)\n    this.#balance -= cents',
        'if (cents > this._balance) throw new InsufficientFunds(cents, this._balance)\n    this._balance -= cents',
      ),
      wallet(
        'merged.#balance = a.#balance + b.#balance',
        'merged._balance = a._balance + b._balance',
      ),
      wallet('emptied.#balance = 0', 'emptied._balance = 0'),
    ],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'history() returns the array that the wallet itself writes to',
    rule: COPIES_RULE,
    edits: [wallet('return this.#entries.map((entry) => ({ ...entry }))', 'return this.#entries')],
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'the desk looks at the name of the class, and knows only three',
    rule: ANY_RATE_RULE,
    edits: [
      rates(
        '.map((rate) => ({ rate, cents: rate.cents(parcel), text: rate.describe() }))',
        `.filter((rate) => ['StandardRate', 'ExpressRate', 'FreightRate'].includes(rate.constructor.name))
      .map((rate) => ({ rate, cents: rate.cents(parcel), text: rate.describe() }))`,
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C2',
    why: 'express has a copy of the standard formula, without what comes after the last step',
    rule: EXPRESS_RULE,
    edits: [
      rates(
        '  readonly #percent: number\n',
        '  readonly #percent: number\n  readonly #steps: Table\n',
      ),
      rates(
        '    this.#percent = percent\n',
        '    this.#percent = percent\n    this.#steps = table\n',
      ),
      rates(
        'return Math.round((super.cents(parcel) * this.#percent) / 100) + EXPRESS_FEE',
        `const grams = weightOf(parcel)
    const { steps } = this.#steps
    const { cents } = steps.find(({ upToGrams }) => grams <= upToGrams) ?? steps.at(-1)!
    return Math.round((cents * this.#percent) / 100) + EXPRESS_FEE`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C2',
    why: 'divides percent by 100 first, so that half a cent is a little less than half',
    rule: EXPRESS_RULE,
    edits: [
      rates(
        '(super.cents(parcel) * this.#percent) / 100)',
        'super.cents(parcel) * (this.#percent / 100))',
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'express refuses parcels of more than 10 kg, which standard takes',
    rule: WEIGHTS_RULE,
    edits: [
      rates(
        '    // Multiplied first,',
        "    if (parcel.grams > 10_000) throw new RangeError('too heavy for express')\n    // Multiplied first,",
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C1',
    why: 'a parcel at the limit of a step already costs the next one',
    rule: STANDARD_RULE,
    edits: [rates('grams <= upToGrams', 'grams < upToGrams')],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'counts only full kilograms above the last step',
    rule: BEYOND_RULE,
    edits: [
      rates(
        'kilogramsBegun(grams - last.upToGrams)',
        'Math.floor((grams - last.upToGrams) / 1000)',
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'above the last step, counts the kilograms of the whole parcel',
    rule: BEYOND_RULE,
    edits: [rates('kilogramsBegun(grams - last.upToGrams)', 'kilogramsBegun(grams)')],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'cuts fractions of a cent off',
    rule: EXPRESS_RULE,
    edits: [rates('Math.round((super', 'Math.floor((super')],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'rounds half a cent to the even cent, as banks do',
    rule: '(half a cent goes up)',
    edits: [
      rates(
        'return Math.round((super.cents(parcel) * this.#percent) / 100) + EXPRESS_FEE',
        `const exact = (super.cents(parcel) * this.#percent) / 100
    const half = exact % 1 === 0.5
    return (half ? 2 * Math.round(exact / 2) : Math.round(exact)) + EXPRESS_FEE`,
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'adds the 300 before it multiplies',
    rule: EXPRESS_RULE,
    edits: [
      rates(
        'Math.round((super.cents(parcel) * this.#percent) / 100) + EXPRESS_FEE',
        'Math.round(((super.cents(parcel) + EXPRESS_FEE) * this.#percent) / 100)',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'freight charges parts of a kilogram by the gram',
    rule: FREIGHT_RULE,
    edits: [
      rates(
        'kilogramsBegun(weightOf(parcel)) * this.#centsPerKg)',
        'Math.ceil((weightOf(parcel) * this.#centsPerKg) / 1000))',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'freight adds the minimum in place of comparing with it',
    rule: FREIGHT_RULE,
    edits: [
      rates(
        'Math.max(this.#minimum, kilogramsBegun(weightOf(parcel)) * this.#centsPerKg)',
        'this.#minimum + kilogramsBegun(weightOf(parcel)) * this.#centsPerKg',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C2',
    why: 'copies the table, and never sees that it changes',
    rule: CHANGE_RULE,
    edits: [rates('this.#table = table\n', 'this.#table = structuredClone(table)\n')],
  },
  {
    id: 'W16',
    check: 'C2',
    why: 'keeps the array of steps, and not the table to which a new one may be given',
    rule: CHANGE_RULE,
    edits: [rates('this.#table = table\n', 'this.#table = { ...table }\n')],
  },
  {
    id: 'W17',
    check: 'C2',
    why: 'remembers the price of each weight for ever',
    rule: CHANGE_RULE,
    edits: [
      rates(
        '  readonly #table: Table\n',
        '  readonly #table: Table\n  readonly #known = new Map<number, number>()\n',
      ),
      rates(
        '    const step = steps.find(({ upToGrams }) => grams <= upToGrams)\n    if (step) return step.cents\n',
        `    const step = steps.find(({ upToGrams }) => grams <= upToGrams)
    const known = this.#known.get(grams)
    if (known !== undefined) return known
    if (step) {
      this.#known.set(grams, step.cents)
      return step.cents
    }
`,
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C6',
    why: 'freight prices any weight, also none at all',
    rule: REFUSED_WEIGHTS_RULE,
    edits: [
      rates(
        'kilogramsBegun(weightOf(parcel)) * this.#centsPerKg)',
        'kilogramsBegun(parcel.grams) * this.#centsPerKg)',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C6',
    why: 'only asks whether the weight is more than 0: fractions and texts pass',
    rule: REFUSED_WEIGHTS_RULE,
    edits: [rates('Number.isInteger(grams) && grams >= 1', 'grams > 0')],
  },
  {
    id: 'W20',
    check: 'C6',
    why: 'throws a plain Error for a wrong weight',
    rule: REFUSED_WEIGHTS_RULE,
    edits: [rates('throw new RangeError(`grams', 'throw new Error(`grams')],
  },
  {
    id: 'W21',
    check: 'C7',
    why: 'express holds a standard rate, and is none itself',
    rule: 'An `ExpressRate` is an instance of `StandardRate`, too.',
    edits: [
      rates('class ExpressRate extends StandardRate {', 'class ExpressRate extends Rate {'),
      rates(
        '  readonly #percent: number\n',
        '  readonly #percent: number\n  readonly #standard: StandardRate\n',
      ),
      rates('    super(table)\n', '    super()\n    this.#standard = new StandardRate(table)\n'),
      rates('super.cents(parcel) * this', 'this.#standard.cents(parcel) * this'),
      rates('`express, ${super', '`express, standard, ${super'),
    ],
  },
  {
    id: 'W22',
    check: 'C7',
    why: 'the text of express shows the standard price',
    rule: '`express, standard, from 800 cents`, with the express price.',
    edits: [
      rates(
        '  readonly #percent: number\n',
        '  readonly #percent: number\n  readonly #standard: StandardRate\n',
      ),
      rates(
        '    this.#percent = percent\n',
        '    this.#percent = percent\n    this.#standard = new StandardRate(table)\n',
      ),
      rates('`express, ${super.describe()}`', '`express, ${this.#standard.describe()}`'),
    ],
  },
  {
    id: 'W23',
    check: 'C7',
    why: 'express leaves the word of the standard text out',
    rule: 'Express puts its word in front of the standard text',
    edits: [
      rates('`express, ${super.describe()}`', '`express, from ${this.cents({ grams: 1 })} cents`'),
    ],
  },
  {
    id: 'W24',
    check: 'C7',
    why: 'makes the text once, when the rate is made',
    rule: "what this rate's own `cents` says of a parcel of 1 gram",
    edits: [
      rates(
        '  describe(): string {\n    return `from ${this.cents({ grams: 1 })} cents`\n',
        '  #text?: string\n  describe(): string {\n    this.#text ??= `from ${this.cents({ grams: 1 })} cents`\n    return this.#text\n',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C7',
    why: 'Rate has no text, and each of the three writes its own',
    rule: 'A class that extends `Rate` and only writes `cents` gets this text.',
    edits: [
      rates(
        '  describe(): string {\n    return `from ${this.cents({ grams: 1 })} cents`\n',
        "  describe(): string {\n    return ''\n",
      ),
      rates(
        '`standard, ${super.describe()}`',
        '`standard, from ${this.cents({ grams: 1 })} cents`',
      ),
      rates('`freight, ${super.describe()}`', '`freight, from ${this.cents({ grams: 1 })} cents`'),
    ],
  },
  {
    id: 'W26',
    check: 'C10',
    why: 'takes what the steps cover off the weight of the parcel itself',
    rule: 'A rate never changes its table or a parcel.',
    edits: [
      rates(
        'return last.cents + kilogramsBegun(grams - last.upToGrams) * extraKgCents',
        'parcel.grams -= last.upToGrams\n    return last.cents + kilogramsBegun(parcel.grams) * extraKgCents',
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C10',
    why: 'takes the last step out of the table to look at it',
    rule: 'A rate never changes its table or a parcel.',
    edits: [rates('steps.at(-1)!', 'steps.pop()!')],
  },
  {
    id: 'W27',
    check: 'C3',
    why: 'puts the dearest first',
    rule: 'An array with one quote for each rate, the cheapest first.',
    edits: [rates('a.cents - b.cents', 'b.cents - a.cents')],
  },
  {
    id: 'W28',
    check: 'C3',
    why: 'keeps the given order',
    rule: 'An array with one quote for each rate, the cheapest first.',
    edits: [rates('\n      .sort((a, b) => a.cents - b.cents)', '')],
  },
  {
    id: 'W29',
    check: 'C3',
    why: 'among equal prices, the last one comes first',
    rule: ORDER_RULE,
    edits: [rates('this.#rates\n      .map', 'this.#rates\n      .toReversed()\n      .map')],
  },
  {
    id: 'W30',
    check: 'C3',
    why: 'takes a price of 0 for no price',
    rule: 'The first of those quotes; `undefined` where the desk has no rates.',
    edits: [
      rates('return this.all(parcel)[0]', 'return this.all(parcel).find(({ cents }) => cents)'),
    ],
  },
  {
    id: 'W31',
    check: 'C3',
    why: 'cheapest fails on a desk without rates',
    rule: '`undefined` where the desk has no rates',
    edits: [
      rates(
        'return this.all(parcel)[0]',
        'return this.all(parcel).reduce((best, quote) => (quote.cents < best.cents ? quote : best))',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C3',
    why: 'hands only the weight of the parcel on',
    rule: 'A rate gets the parcel with all its properties.',
    edits: [rates('cents: rate.cents(parcel)', 'cents: rate.cents({ grams: parcel.grams })')],
  },
  {
    id: 'W66',
    check: 'C3',
    why: 'hands on what it knows of a parcel, and drops other properties',
    rule: 'A rate gets the parcel with all its properties.',
    edits: [
      rates(
        'cents: rate.cents(parcel)',
        'cents: rate.cents({ grams: parcel.grams, to: parcel.to })',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C3',
    why: 'takes cents out of the rate and calls it without its object',
    rule: ANY_RATE_RULE,
    edits: [
      rates(
        '.map((rate) => ({ rate, cents: rate.cents(parcel), text: rate.describe() }))',
        '.map((rate) => {\n        const { cents } = rate\n        return { rate, cents: cents(parcel), text: rate.describe() }\n      })',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C3',
    why: 'asks each rate for its text once, when the desk is made',
    rule: 'The desk asks its rates anew, for their prices may have changed.',
    edits: [
      rates(
        '  readonly #rates: readonly Rate[]\n',
        '  readonly #rates: readonly Rate[]\n  readonly #texts: string[]\n',
      ),
      rates(
        '    this.#rates = [...rates]\n',
        '    this.#rates = [...rates]\n    this.#texts = rates.map((rate) => rate.describe())\n',
      ),
      rates(
        '.map((rate) => ({ rate, cents: rate.cents(parcel), text: rate.describe() }))',
        '.map((rate, at) => ({ rate, cents: rate.cents(parcel), text: this.#texts[at]! }))',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C3',
    why: 'shows the name of the class in place of the text of the rate',
    rule: 'what its `describe()` says',
    edits: [rates('text: rate.describe() }', 'text: rate.constructor.name }')],
  },
  {
    id: 'W36',
    check: 'C10',
    why: 'keeps the caller’s array of rates',
    rule: OWN_LIST_RULE,
    edits: [rates('this.#rates = [...rates]', 'this.#rates = rates')],
  },
  {
    id: 'W37',
    check: 'C10',
    why: 'sorts the array that the desk was built from',
    rule: 'the desk leaves the array that it was built from as it is',
    edits: [
      rates(
        'this.#rates = [...rates]',
        'this.#rates = [...rates]\n    rates.sort((a, b) => a.cents({ grams: 1 }) - b.cents({ grams: 1 }))',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C10',
    why: 'returns the same array of quotes again and again',
    rule: 'or one that `all` returned, changes nothing at the desk',
    edits: [
      rates(
        '  readonly #rates: readonly Rate[]\n',
        '  readonly #rates: readonly Rate[]\n  readonly #kept = new Map<string, Quote[]>()\n',
      ),
      rates(
        '    return this.#rates\n      .map',
        `    const key = JSON.stringify(parcel)
    const kept = this.#kept.get(key)
    if (kept) return kept
    const quotes = this.#rates
      .map`,
      ),
      rates(
        '.sort((a, b) => a.cents - b.cents)\n',
        '.sort((a, b) => a.cents - b.cents)\n    this.#kept.set(key, quotes)\n    return quotes\n',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C4',
    why: 'copies the array of the history, but not its entries',
    rule: COPIES_RULE,
    edits: [
      wallet('return this.#entries.map((entry) => ({ ...entry }))', 'return [...this.#entries]'),
    ],
  },
  {
    id: 'W40',
    check: 'C4',
    why: 'keeps the balance under a symbol',
    rule: REACH_RULE,
    edits: [
      wallet(
        'export class Wallet {\n',
        "const BALANCE = Symbol('balance')\n\nexport class Wallet {\n",
      ),
      wallet('  #balance = 0\n', '  [BALANCE] = 0\n'),
      wallet('    return this.#balance\n', '    return this[BALANCE]\n'),
      wallet('    this.#balance += cents\n', '    this[BALANCE] += cents\n'),
      wallet(
        'if (cents > this.#balance) throw new InsufficientFunds(cents, this.#balance)\n    this.#balance -= cents',
        'if (cents > this[BALANCE]) throw new InsufficientFunds(cents, this[BALANCE])\n    this[BALANCE] -= cents',
      ),
      wallet(
        'merged.#balance = a.#balance + b.#balance',
        'merged[BALANCE] = a[BALANCE] + b[BALANCE]',
      ),
      wallet('emptied.#balance = 0', 'emptied[BALANCE] = 0'),
    ],
  },
  {
    id: 'W41',
    check: 'C4',
    why: 'lets anybody assign to balance',
    rule: ENCAPSULATION_RULE,
    edits: [
      wallet(
        '  /** @throws RangeError where the amount is not a whole number of at least 1 */\n  deposit',
        '  set balance(cents: number) {\n    this.#balance = cents\n  }\n\n  deposit',
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C4',
    why: 'has a public method that writes an entry unchecked',
    rule: ENCAPSULATION_RULE,
    edits: [
      wallet(
        "    this.#entries.push({ kind: 'deposit', cents })\n  }\n",
        "    this.record('deposit', cents)\n  }\n\n  record(kind: Entry['kind'], cents: number): void {\n    this.#entries.push({ kind, cents })\n  }\n",
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C4',
    why: 'keeps all balances in a map that hangs at the class',
    rule: REACH_RULE,
    edits: [
      wallet('  #balance = 0\n', '  static balances = new WeakMap<Wallet, number>()\n'),
      wallet('    return this.#balance\n', '    return Wallet.balances.get(this) ?? 0\n'),
      wallet(
        '    this.#balance += cents\n',
        '    Wallet.balances.set(this, this.balance + cents)\n',
      ),
      wallet(
        'if (cents > this.#balance) throw new InsufficientFunds(cents, this.#balance)\n    this.#balance -= cents',
        'if (cents > this.balance) throw new InsufficientFunds(cents, this.balance)\n    Wallet.balances.set(this, this.balance - cents)',
      ),
      wallet(
        'merged.#balance = a.#balance + b.#balance',
        'Wallet.balances.set(merged, a.balance + b.balance)',
      ),
      wallet('emptied.#balance = 0', 'Wallet.balances.set(emptied, 0)'),
    ],
  },
  {
    id: 'W44',
    check: 'C5',
    why: 'takes fractions of a cent',
    rule: AMOUNTS_RULE,
    edits: [wallet('Number.isInteger(cents) && cents >= 1', 'Number.isFinite(cents) && cents > 0')],
  },
  {
    id: 'W45',
    check: 'C5',
    why: 'takes an amount of 0',
    rule: AMOUNTS_RULE,
    edits: [wallet('cents >= 1', 'cents >= 0')],
  },
  {
    id: 'W46',
    check: 'C5',
    why: 'takes a text for an amount, and glues it to the balance',
    rule: "For anything else, also the text `'5'`, they throw a `RangeError`.",
    edits: [wallet('Number.isInteger(cents)', 'Number.isInteger(Number(cents))')],
  },
  {
    id: 'W47',
    check: 'C5',
    why: 'withdraw does not check its amount: a negative one makes money',
    rule: AMOUNTS_RULE,
    edits: [wallet('    checkAmount(cents)\n    if (cents > this', '    if (cents > this')],
  },
  {
    id: 'W48',
    check: 'C5',
    why: 'refuses to pay out the whole balance',
    rule: 'Withdrawing the whole balance is fine.',
    edits: [wallet('if (cents > this.#balance)', 'if (cents >= this.#balance)')],
  },
  {
    id: 'W49',
    check: 'C5',
    why: '`needed` is what was missing, not what was asked for',
    rule: 'Its `needed` is the amount asked for, its `available` the balance.',
    edits: [
      wallet(
        'new InsufficientFunds(cents, this.#balance)',
        'new InsufficientFunds(cents - this.#balance, this.#balance)',
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C5',
    why: 'leaves the name of the error at Error',
    rule: "its `name` is `'InsufficientFunds'`",
    edits: [wallet("  override name = 'InsufficientFunds'\n", '')],
  },
  {
    id: 'W51',
    check: 'C5',
    why: 'throws something that is no Error',
    rule: 'Extends `Error`',
    edits: [
      wallet('class InsufficientFunds extends Error {', 'class InsufficientFunds {'),
      wallet("  override name = 'InsufficientFunds'\n", "  name = 'InsufficientFunds'\n"),
      wallet('    super(`${needed} cents were asked for, and there are ${available}`)\n', ''),
    ],
  },
  {
    id: 'W52',
    check: 'C5',
    why: 'writes the entry before it looks whether there is enough',
    rule: REFUSALS_RULE,
    edits: [
      wallet(
        '    if (cents > this.#balance) throw',
        "    this.#entries.push({ kind: 'withdraw', cents })\n    if (cents > this.#balance) throw",
      ),
      wallet(
        "    this.#balance -= cents\n    this.#entries.push({ kind: 'withdraw', cents })\n",
        '    this.#balance -= cents\n',
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C5',
    why: 'subtracts first and never puts the money back',
    rule: REFUSALS_RULE,
    edits: [
      wallet(
        'if (cents > this.#balance) throw new InsufficientFunds(cents, this.#balance)\n    this.#balance -= cents',
        'this.#balance -= cents\n    if (this.#balance < 0) throw new InsufficientFunds(cents, this.#balance + cents)',
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C5',
    why: 'shows the newest entry first',
    rule: 'An array of what was deposited and withdrawn, oldest first',
    edits: [
      wallet(
        'return this.#entries.map((entry) => ({ ...entry }))',
        'return this.#entries.map((entry) => ({ ...entry })).reverse()',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C5',
    why: 'writes withdrawals with a minus sign',
    rule: "such as `{ kind: 'deposit', cents: 500 }` and `{ kind: 'withdraw', cents: 120 }`",
    edits: [
      wallet("push({ kind: 'withdraw', cents })", "push({ kind: 'withdraw', cents: -cents })"),
    ],
  },
  {
    id: 'W56',
    check: 'C5',
    why: 'keeps one history for all wallets',
    rule: '`balance` is 0, and `history()` is an empty array',
    edits: [
      wallet(
        'export class Wallet {\n',
        'const everything: Entry[] = []\n\nexport class Wallet {\n',
      ),
      wallet('  #entries: Entry[] = []\n', '  #entries: Entry[] = everything\n'),
    ],
  },
  {
    id: 'W57',
    check: 'C5',
    why: 'balance is a method',
    rule: 'A property to read, not a method.',
    edits: [wallet('  get balance(): number {', '  balance(): number {')],
  },
  {
    id: 'W58',
    check: 'C8',
    why: 'merge leaves the money in the old wallets, too',
    rule: AFTER_MERGE_RULE,
    edits: [wallet('      emptied.#balance = 0\n', '')],
  },
  {
    id: 'W59',
    check: 'C8',
    why: 'merge leaves the old histories where they were',
    rule: AFTER_MERGE_RULE,
    edits: [wallet('      emptied.#entries = []\n', '')],
  },
  {
    id: 'W60',
    check: 'C8',
    why: 'merge pays the sum in as one deposit',
    rule: MERGE_RULE,
    edits: [
      wallet(
        'merged.#entries = [...a.#entries, ...b.#entries]',
        "merged.#entries = merged.#balance > 0 ? [{ kind: 'deposit', cents: merged.#balance }] : []",
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C8',
    why: 'merge puts everything into the first wallet and returns that',
    rule: MERGE_RULE,
    edits: [
      wallet('const merged = new Wallet()', 'const merged = a'),
      wallet('for (const emptied of [a, b])', 'for (const emptied of [b])'),
    ],
  },
  {
    id: 'W62',
    check: 'C9',
    why: 'merges a wallet with itself and doubles its money',
    rule: MERGE_REFUSED_RULE,
    edits: [
      wallet("    if (a === b) throw new TypeError('a wallet cannot be merged with itself')\n", ''),
    ],
  },
  {
    id: 'W63',
    check: 'C9',
    why: 'takes anything for a wallet that has a balance and a history',
    rule: MERGE_REFUSED_RULE,
    edits: [
      wallet(
        'merged.#balance = a.#balance + b.#balance\n    merged.#entries = [...a.#entries, ...b.#entries]',
        'merged.#balance = a.balance + b.balance\n    merged.#entries = [...a.history(), ...b.history()]',
      ),
      wallet(
        '      emptied.#balance',
        '      if (!(#balance in emptied)) continue\n      emptied.#balance',
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C9',
    why: 'empties the first wallet before it looks at the second',
    rule: MERGE_REFUSED_RULE,
    edits: [
      wallet(
        'merged.#balance = a.#balance + b.#balance\n    merged.#entries = [...a.#entries, ...b.#entries]\n    for (const emptied of [a, b]) {\n',
        'for (const emptied of [a, b]) {\n      merged.#balance += emptied.#balance\n      merged.#entries.push(...emptied.#entries)\n',
      ),
    ],
  },
]
