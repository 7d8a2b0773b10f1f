import fc from 'fast-check'
import type { Cart } from '../../../solutions/phase2-language/solid-checkout/ports.ts'

/** A cart at a moment; `rules` are places in the old list, in the order in which they are taken. */
export type OldCase = { cart: Cart; now: number; rules: number[] }

type OldRule = (cart: Cart, cents: number, now: Date) => number

/** What goes off, by the old checkout. */
const OFF: OldRule[] = [
  ({ customer }, cents) => (customer.business ? percent(cents, cents >= 10_000 ? 8 : 3) : 0),
  ({ customer: { business, memberSince } }, cents, now) => {
    if (business || memberSince === undefined) return 0
    return percent(cents, now.getUTCFullYear() > Number(memberSince.slice(0, 4)) ? 5 : 2)
  },
  ({ lines }) => {
    const free = ({ kind, quantity, cents }: Cart['lines'][0]) =>
      kind === 'stamp' ? Math.floor(quantity / 5) * cents : 0
    return lines.reduce((all, line) => all + free(line), 0)
  },
  (_cart, cents, now) => {
    const quiet = now.getUTCHours() === 14 || now.getUTCHours() === 15
    const weekend = now.getUTCDay() === 0 || now.getUTCDay() === 6
    return quiet && !weekend && cents >= 2_000 ? 200 : 0
  },
  ({ coupon }, cents, now) => {
    if (coupon === 'TENNER') return 1_000
    if (coupon === 'HALF') return percent(cents, 50)
    if (coupon === 'WINTER' && [0, 1, 11].includes(now.getUTCMonth())) return percent(cents, 15)
    return 0
  },
]

export const OLD_RULES = OFF.length
const NAMES = ['business', 'member', 'stamps', 'quiet hours', 'coupon']

function percent(cents: number, of: number): number {
  return Math.floor((cents * of) / 100)
}

/** What is left after each of the rules. */
export function oldSteps({ cart, now, rules }: OldCase): { rule: string; left: number }[] {
  let left = cart.lines.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0)
  const steps = [{ rule: 'subtotal', left }]
  for (const rule of rules) {
    left = Math.max(0, left - OFF[rule]!(cart, left, new Date(now)))
    steps.push({ rule: NAMES[rule]!, left })
  }
  return steps
}

const line = fc.record({
  kind: fc.constantFrom('parcel' as const, 'box' as const, 'stamp' as const, 'stamp' as const),
  cents: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.constantFrom(1, 85, 1_000, 2_000, 2_500)),
  quantity: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.constantFrom(1, 4, 5, 10)),
})

/** Subtotals at the borders of the rules, and one cent beside them. */
const borderLine = fc
  .constantFrom(9_999, 10_000, 10_001, 1_999, 2_000, 2_001, 2_198, 2_200, 1_000, 999, 1_001)
  .map((cents) => [{ kind: 'parcel' as const, cents, quantity: 1 }])

const YEARS = [2029, 2030, 2031, 2032]

/** Moments at the borders of years, months, days and hours, in UTC, and others. */
const moment = fc.oneof(
  fc
    .record({
      year: fc.constantFrom(2030, 2031, 2032),
      month: fc.constantFrom(0, 1, 2, 5, 10, 11),
      day: fc.integer({ min: 1, max: 31 }),
      clock: fc
        .constantFrom('00:00:00.000', '13:59:59.999', '14:00:00.000', '15:59:59.999')
        .chain((early) => fc.constantFrom(early, '16:00:00.000', '14:30:00.000', '23:59:59.999')),
    })
    .map(
      ({ year, month, day, clock }) =>
        Date.UTC(year, month, day) + Date.parse(`1970-01-01T${clock}Z`),
    ),
  fc.integer({ min: Date.UTC(2030, 0, 1), max: Date.UTC(2032, 11, 31) }),
  fc.constantFrom(
    Date.UTC(2031, 0, 1),
    Date.UTC(2031, 0, 1) - 1,
    Date.UTC(2032, 2, 1),
    Date.UTC(2032, 2, 1) - 1,
    Date.UTC(2031, 11, 1),
    Date.UTC(2031, 11, 1) - 1,
  ),
)

const cart = fc.record(
  {
    id: fc.constant('c-1'),
    token: fc.constant('tok-a'),
    customer: fc.record(
      {
        business: fc.constantFrom(true, false, false),
        memberSince: fc
          .record({
            year: fc.constantFrom(...YEARS),
            day: fc.constantFrom('01-01', '02-29', '06-15', '12-31'),
          })
          .map(({ year, day }) => `${year}-${year % 4 === 0 || day !== '02-29' ? day : '02-28'}`),
      },
      { requiredKeys: ['business'], noNullPrototype: true },
    ),
    lines: fc.oneof(fc.array(line, { maxLength: 4 }), borderLine),
    coupon: fc.constantFrom(
      'TENNER',
      'HALF',
      'WINTER',
      'WINTER',
      'winter',
      'TENNERS',
      ' TENNER',
      'HALFWAY',
      'SUMMER',
      '',
      'constructor',
      '__proto__',
      'toString',
    ),
  },
  { requiredKeys: ['id', 'token', 'customer', 'lines'], noNullPrototype: true },
)

const plain = fc.record({
  id: fc.constant('c-1'),
  token: fc.constant('tok-a'),
  customer: fc.constant({ business: false }),
  lines: borderLine,
})
const quietMoment = fc
  .record({ day: fc.integer({ min: 1, max: 28 }), hour: fc.constantFrom(14, 15) })
  .map(({ day, hour }) => Date.UTC(2031, 5, day, hour, 30))

/** Carts of which no rule but the quiet hours takes anything, at their border. */
const quietCases = fc.record({ cart: plain, now: quietMoment })

/** Carts of business customers that cost more than 10,000 cents, or less, before a coupon only. */
const couponFirst = fc.record({
  cart: fc.record({
    id: fc.constant('c-1'),
    token: fc.constant('tok-a'),
    customer: fc.constant({ business: true }),
    lines: fc
      .constantFrom(9_999, 10_000, 10_999, 11_000, 11_001, 11_764, 19_999, 20_000, 20_001)
      .map((cents) => [{ kind: 'box' as const, cents, quantity: 1 }]),
    coupon: fc.constantFrom('TENNER', 'HALF', 'WINTER'),
  }),
  now: fc.constantFrom(Date.UTC(2031, 0, 5, 9), Date.UTC(2031, 1, 2, 9)),
  rules: fc.constantFrom<number[]>([4, 0], [2, 4, 0], [0, 4]),
})

/** Carts with all the old rules, in the old order. */
export const wholeCases: fc.Arbitrary<OldCase> = fc
  .oneof(
    { weight: 9, arbitrary: fc.record({ cart, now: moment }) },
    { weight: 1, arbitrary: quietCases },
  )
  .map((drawn) => ({ ...drawn, rules: [0, 1, 2, 3, 4] }))

const someRules = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 4 })

/** Carts with some of the old rules, in any order. */
export const someCases: fc.Arbitrary<OldCase> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ cart, now: moment, rules: someRules }) },
  { weight: 1, arbitrary: couponFirst },
)
