import fc from 'fast-check'
import type * as Report from '../../../solutions/phase1-fundamentals/slow-report/report.ts'
import { expectFacts } from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'

type Item = { name: number; points: number }

/** One call of one of the five functions. `topK` gets its items as an iterator, by `points`. */
export type Call =
  | { fn: 'dedupeScans'; given: [scans: (Report.Scan & { at: number })[]] }
  | { fn: 'joinCustomers'; given: [parcels: Report.Parcel[], customers: Report.Customer[]] }
  | { fn: 'busiestWindow'; given: [timestamps: number[], ms: number] }
  | { fn: 'topK'; given: [items: Item[], k: number] }
  | { fn: 'rangeCounts'; given: [days: number[], queries: { from: number; to: number }[]] }

/** What a call gave, and its arguments after it. */
type Sight = { result: unknown; after: unknown }

/** Makes each call. Runs in the learner's process, so it uses nothing from here. */
export function playCalls(report: typeof Report, calls: Call[]): Sight[] {
  return calls.map(({ fn, given }) => {
    let result: unknown
    try {
      // A result may be anything, and must be able to travel.
      result = structuredClone(
        fn === 'topK'
          ? report.topK(given[0].values(), given[1], (item) => item.points)
          : (report[fn] as (...given: unknown[]) => unknown)(...given),
      )
    } catch (error) {
      result = `an error: ${error}`
    }
    return { result, after: given }
  })
}

/** Returns what a call must give, by the plainest code there is. */
function resultOf({ fn, given }: Call): unknown {
  switch (fn) {
    case 'dedupeScans': {
      const same = (a: Report.Scan, b: Report.Scan) =>
        a.parcel === b.parcel && a.depot === b.depot && a.kind === b.kind
      const [scans] = given
      return scans.filter((scan, at) => scans.findIndex((other) => same(other, scan)) === at)
    }
    case 'joinCustomers': {
      const [parcels, customers] = given
      return parcels.map(({ id, customer }) => {
        const found = customers.filter((one) => one.id === customer)
        return { id, name: found.length > 0 ? found[found.length - 1]!.name : null }
      })
    }
    case 'busiestWindow': {
      const [timestamps, ms] = given
      const windows = timestamps.map((start) => ({
        start,
        count: timestamps.filter((time) => start <= time && time < start + ms).length,
      }))
      windows.sort((a, b) => b.count - a.count || a.start - b.start)
      return windows[0] ?? null
    }
    case 'topK': {
      const [items, k] = given
      const order = items.map((item, at) => ({ item, at }))
      order.sort((a, b) => b.item.points - a.item.points || a.at - b.at)
      return order.slice(0, k).map(({ item }) => item)
    }
    case 'rangeCounts': {
      const [days, queries] = given
      return queries.map(({ from, to }) => {
        const inside = days.filter((_, day) => from <= day && day <= to)
        return inside.reduce((sum, count) => sum + count, 0)
      })
    }
  }
}

/** The call as code, for a learner to try. */
function script({ fn, given }: Call): string {
  if (fn !== 'topK') return `${fn}(${given.map(code).join(', ')})`
  return `topK(${code(given[0])}.values(), ${given[1]}, (item) => item.points)`
}

/** Compares what a call gave with the rules, and its arguments with what they were. */
export function expectResult(call: Call, seen: Sight | undefined): void {
  const shown = script(call)
  const fact = `the result of\n${shown}\n`
  expectFacts({ [fact]: seen?.result }, { [fact]: resultOf(call) }, '')
  const after = 'the arguments, which must stay as they were,'
  expectFacts({ [after]: seen?.after }, { [after]: call.given }, `after\n${shown}\n`)
}

/** Scans whose fields draw from a few values. Each knows its place, so that equal ones differ. */
function scansOf(key: fc.Arbitrary<Report.Key>): fc.Arbitrary<Call> {
  const scan = fc.record({ parcel: key, depot: key, kind: key })
  return fc.array(scan, { maxLength: 12 }).map((scans) => ({
    fn: 'dedupeScans',
    given: [scans.map((scan, at) => ({ ...scan, at }))],
  }))
}

function joinsOf(key: fc.Arbitrary<Report.Key>): fc.Arbitrary<Call> {
  const name = fc.constantFrom('Ana', 'Rui', 'Eva', '')
  return fc
    .tuple(
      fc.array(key, { maxLength: 6 }),
      fc.array(fc.record({ id: key, name }), { maxLength: 8 }),
    )
    .map(([keys, customers]) => ({
      fn: 'joinCustomers',
      given: [keys.map((customer, at) => ({ id: `P${at}`, customer })), customers],
    }))
}

const plainKey: fc.Arbitrary<Report.Key> = fc.constantFrom('a', 'b', 'c')
/** Keys that look alike to code which turns them into a text, or uses an object as a map. */
const LOOKALIKES: Report.Key[] = [
  1,
  '1',
  11,
  '',
  'a',
  'a|b',
  'b',
  'a,b',
  'a b',
  'a-b',
  'a:b',
  'a/b',
  '|',
  ',',
  '"',
  '","',
  'a\u0000b',
  '\u0000',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  0,
  '0',
]

/** Two or three of them at a time, so that whole scans come to look alike. */
const fewLookalikes: fc.Arbitrary<fc.Arbitrary<Report.Key>> = fc
  .oneof(
    fc.constantFrom<Report.Key[]>([1, '1'], [0, '0'], [11, '11']),
    fc.shuffledSubarray(LOOKALIKES, { minLength: 2, maxLength: 3 }),
  )
  .map((keys) => fc.constantFrom(...keys))

export const lookalikeScans = fewLookalikes.chain(scansOf)
export const lookalikeJoins = fewLookalikes.chain(joinsOf)

/** A separator and two fields that mean the same once they are glued together with it. */
export const gluedScans: fc.Arbitrary<Call> = fc
  .tuple(
    fc.constantFrom(
      '',
      '|',
      ',',
      ' ',
      '-',
      ':',
      '/',
      ';',
      '_',
      '.',
      '#',
      '\t',
      '\n',
      '\u0000',
      '::',
      '||',
      '","',
      '\u0001',
      '\u001f',
      '→',
      '~',
      '@',
      '+',
      '&',
    ),
    fc.boolean(),
  )
  .map(([glue, early]) => {
    const [one, other] = early
      ? [
          { parcel: `a${glue}b`, depot: 'c', kind: 'd' },
          { parcel: 'a', depot: `b${glue}c`, kind: 'd' },
        ]
      : [
          { parcel: 'a', depot: `b${glue}c`, kind: 'd' },
          { parcel: 'a', depot: 'b', kind: `c${glue}d` },
        ]
    return {
      fn: 'dedupeScans',
      given: [
        [
          { ...one!, at: 0 },
          { ...other!, at: 1 },
        ],
      ],
    }
  })

const day = fc.integer({ min: -2, max: 9 })

/** Small inputs of each function, with many ties. */
export const smallCalls: Record<Call['fn'], fc.Arbitrary<Call>> = {
  dedupeScans: scansOf(plainKey),
  joinCustomers: joinsOf(plainKey),
  busiestWindow: fc
    .tuple(
      fc.array(fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom(99, 100, 1_000, 1_003)), {
        maxLength: 10,
      }),
      fc.integer({ min: 1, max: 6 }),
      // From 1970 on, or these days: numbers of more than 32 bits.
      fc.constantFrom(0, 0, 0, 1_790_000_000_000),
    )
    .map(([times, ms, since]) => ({
      fn: 'busiestWindow',
      given: [times.map((time) => since + time), ms],
    })),
  topK: fc
    .tuple(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 14 }), fc.nat(6))
    .map(([points, k]) => ({
      fn: 'topK',
      given: [points.map((points, name) => ({ name, points })), k],
    })),
  rangeCounts: fc
    .tuple(
      fc.array(fc.nat(9), { maxLength: 8 }),
      fc.array(fc.record({ from: day, to: day }), { maxLength: 5 }),
    )
    .map((given) => ({ fn: 'rangeCounts', given })),
}
