import type fc from 'fast-check'
import { assert, expect, test } from 'vitest'
import type * as Report from '../../../solutions/phase1-fundamentals/slow-report/report.ts'
import {
  expectFacts,
  forAll,
  openSubmission,
  SubjectError,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { evaluateCounted } from '../../harness/module-kit/counted.ts'
import { ACCEPTED, normal } from './complexity.ts'
import {
  type Call,
  expectResult,
  gluedScans,
  lookalikeJoins,
  lookalikeScans,
  playCalls,
  smallCalls,
} from './report-cases.ts'

const submission = openSubmission(import.meta)
const load = sharedUntilFailure(
  () => submission.loadModule<typeof Report>('report.ts'),
  (subject) => subject.kill(),
)

/** A right version takes a quarter of this at most; a loop inside a loop takes ten times as long. */
const BUDGET = { cpuSeconds: 3, wallSeconds: 300 }

/** Waits for a call within its budget. One that needs more is no crash: it is a wrong answer. */
async function expectInTime<R>(call: string, seen: Promise<R>): Promise<R> {
  try {
    return await seen
  } catch (error) {
    if (!(error instanceof SubjectError) || error.fault !== 'limit') throw error
    assert.fail(
      `${call} took more than ${BUDGET.cpuSeconds} s of CPU time, and was stopped. Is there a loop inside a loop, perhaps over a copy? includes, slice and splice are loops, too.`,
    )
  }
}

async function expectCalls(drawn: fc.Arbitrary<Call>, runs: number): Promise<void> {
  await forAll(submission.fresh, drawn, runs, async (...calls) => {
    const seen = await (await load()).evaluate(playCalls, calls)
    for (const [at, call] of calls.entries()) expectResult(call, seen?.[at])
  })
}

for (const [name, drawn] of Object.entries(smallCalls)) {
  test(`C1 ${name} gives the results of the slow version for 600 random inputs`, async () => {
    await expectCalls(drawn, 600)
  })
}

/** A list of 0 to count - 1 in another order, without gaps. */
const mixed = (count: number) =>
  submission.fresh.shuffle(Array.from({ length: count }, (_, i) => i))

/** @param did what the function did too often, as "read its input" */
function expectFewReads(reads: number, things: number, call: string, did = 'read its input') {
  const most = 200 * things
  if (reads <= most) return
  assert.fail(
    `${call} ${did} more than ${most} times, and was stopped there: 200 times for each is the most. Is there a loop inside a loop? Functions such as find, filter and some are loops, too.`,
  )
}

test('C2 dedupeScans reads 8 000 scans at most 200 times each', async () => {
  const scans = mixed(8_000).map((parcel) => ({ parcel, depot: 'Faro', kind: 'in' }))
  const { reads } = await evaluateCounted(
    await load(),
    ({ dedupeScans }, scans) => void dedupeScans(scans),
    scans,
    200 * 8_000,
  )
  expectFewReads(reads, 8_000, 'dedupeScans of 8 000 different scans')
})

test('C2 joinCustomers reads 4 000 parcels and 4 000 customers at most 200 times each', async () => {
  const parcels = mixed(4_000).map((customer, at) => ({ id: `P${at}`, customer }))
  const customers = mixed(4_000).map((id) => ({ id, name: `N${id}` }))
  const { reads } = await evaluateCounted(
    await load(),
    ({ joinCustomers }, { parcels, customers }) => void joinCustomers(parcels, customers),
    { parcels, customers },
    200 * 8_000,
  )
  expectFewReads(reads, 8_000, 'joinCustomers of 4 000 parcels and 4 000 customers')
})

test('C2 busiestWindow reads 8 000 timestamps at most 200 times each', async () => {
  const { reads } = await evaluateCounted(
    await load(),
    ({ busiestWindow }, times) => void busiestWindow(times, 4_000),
    mixed(8_000),
    200 * 8_000,
  )
  expectFewReads(reads, 8_000, 'busiestWindow of 8 000 timestamps')
})

test('C2 topK asks for the scores of 8 000 items at most 200 times each', async () => {
  const { reads } = await evaluateCounted(
    await load(),
    ({ topK }, points, count) => {
      const items = points.map((points) => ({ points }))
      topK(items.values(), items.length / 2, (item) => {
        count()
        return item.points
      })
    },
    mixed(8_000),
    200 * 8_000,
  )
  expectFewReads(reads, 8_000, 'topK with k = 4 000 of 8 000 items', 'called score')
})

test('C2 rangeCounts reads 4 000 days and 4 000 queries at most 200 times each', async () => {
  const days = mixed(4_000)
  const queries = days.map(() => ({ from: 0, to: 3_999 }))
  const { reads } = await evaluateCounted(
    await load(),
    ({ rangeCounts }, { days, queries }) => void rangeCounts(days, queries),
    { days, queries },
    200 * 8_000,
  )
  expectFewReads(reads, 8_000, 'rangeCounts of 4 000 days and 4 000 queries')
})

const LARGE = 200_000

/** Places of a long list, among them its ends. */
const places = (count: number) => [
  0,
  ...submission.fresh.list(20, () => submission.fresh.int(0, count - 1)),
  count - 1,
]

test('C3 dedupeScans finishes 200 000 scans within 3 s of CPU time', async () => {
  const [prefix, repeated] = [submission.fresh.word(), submission.fresh.int(100, 999)]
  const subject = await load()
  const seen = await expectInTime(
    `dedupeScans of ${LARGE} scans`,
    subject.evaluate(
      ({ dedupeScans }, { prefix, repeated, count }) => {
        const scans = Array.from({ length: count }, (_, at) => {
          const number = at < count - repeated ? at : at - repeated
          return { parcel: `${prefix}${number}`, depot: number % 50, kind: 'in', at }
        })
        const kept = dedupeScans(scans)
        return { length: kept?.length, last: kept?.at(-1)?.at }
      },
      { prefix, repeated, count: LARGE },
      BUDGET,
    ),
  )
  const different = LARGE - repeated
  const when = `of the result for ${LARGE} scans, the last ${repeated} of them repetitions`
  expectFacts(seen, { length: different, last: different - 1 }, when)
})

test('C3 joinCustomers finishes 200 000 parcels and customers within 3 s of CPU time', async () => {
  const [prefix, asked] = [submission.fresh.word(), places(LARGE)]
  const subject = await load()
  const seen = await expectInTime(
    `joinCustomers of ${LARGE} parcels and as many customers`,
    subject.evaluate(
      ({ joinCustomers }, { prefix, asked, count }) => {
        const numbers = Array.from({ length: count }, (_, at) => at)
        const parcels = numbers.map((at) => ({ id: `P${at}`, customer: (at * 7919) % count }))
        const customers = numbers.map((id) => ({ id, name: `${prefix}${id}` }))
        const joined = joinCustomers(parcels, customers)
        return asked.map((at) => ({ id: joined?.[at]?.id, name: joined?.[at]?.name }))
      },
      { prefix, asked, count: LARGE },
      BUDGET,
    ),
  )
  const wanted = asked.map((at) => ({ id: `P${at}`, name: `${prefix}${(at * 7919) % LARGE}` }))
  expect(seen, `places ${asked.join(', ')} of the result for ${LARGE} parcels`).toEqual(wanted)
})

test('C3 busiestWindow finishes 300 000 timestamps within 3 s of CPU time', async () => {
  const [begin, count] = [submission.fresh.int(1, 1_000_000), 300_000]
  const subject = await load()
  const seen = await expectInTime(
    `busiestWindow of ${count} timestamps`,
    subject.evaluate(
      ({ busiestWindow }, { begin, count }) => {
        const times = Array.from({ length: count }, (_, at) => begin + 10 * ((at * 7919) % count))
        const busiest = busiestWindow(times, 5 * count)
        return { start: busiest?.start, count: busiest?.count }
      },
      { begin, count },
      BUDGET,
    ),
  )
  const when = `of the result for ${count} timestamps, 10 ms apart, and windows of ${5 * count} ms`
  expectFacts(seen, { start: begin, count: count / 2 }, when)
})

test('C3 topK finishes the best 100 000 of 400 000 items within 3 s of CPU time', async () => {
  const [k, count] = [LARGE / 2, 2 * LARGE]
  const asked = places(k)
  const subject = await load()
  const seen = await expectInTime(
    `topK with k = ${k} of ${count} items`,
    subject.evaluate(
      ({ topK }, { asked, k, count }) => {
        // Rising, but for a little disorder: nearly every item is among the best so far.
        function* rising() {
          for (let at = 0; at < count; at++) yield at ^ 7
        }
        const best = topK(rising(), k, (item) => item)
        return { length: best?.length, places: asked.map((at) => best?.[at]) }
      },
      { asked, k, count },
      BUDGET,
    ),
  )
  expect(seen?.length, `the length of the result for k = ${k}`).toBe(k)
  const message = `places ${asked.join(', ')} of the best ${k} of the numbers below ${count}`
  expect(seen.places, message).toEqual(asked.map((at) => count - 1 - at))
})

test('C3 rangeCounts finishes 200 000 days and queries within 3 s of CPU time', async () => {
  const [each, asked] = [submission.fresh.int(1, 9), places(LARGE)]
  const subject = await load()
  const seen = await expectInTime(
    `rangeCounts of ${LARGE} days and as many queries`,
    subject.evaluate(
      ({ rangeCounts }, { each, asked, count }) => {
        const days = Array.from({ length: count }, () => each)
        const queries = days.map((_, at) => ({ from: at % 1000, to: count - 1 - (at % 977) }))
        const sums = rangeCounts(days, queries)
        return asked.map((at) => sums?.[at])
      },
      { each, asked, count: LARGE },
      BUDGET,
    ),
  )
  const wanted = asked.map((at) => each * (LARGE - (at % 977) - (at % 1000)))
  expect(seen, `sums ${asked.join(', ')} of ${LARGE} days with ${each} each`).toEqual(wanted)
})

test('C4 dedupeScans keeps scans apart whose keys look alike', async () => {
  await expectCalls(gluedScans, 200)
  await expectCalls(lookalikeScans, 600)
})

test('C4 joinCustomers keeps customers apart whose ids look alike', async () => {
  await expectCalls(lookalikeJoins, 600)
})

function readComplexity(): Record<string, Record<string, unknown> | undefined> {
  let parsed: unknown
  try {
    parsed = JSON.parse(submission.readText('COMPLEXITY.json'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    assert.fail(`COMPLEXITY.json is not JSON: ${error.message}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    assert.fail('COMPLEXITY.json must hold an object with one entry for each function')
  }
  return parsed as Record<string, Record<string, unknown> | undefined>
}

// The message must not name the answer.
for (const [name, { classes, given, yours }] of Object.entries(ACCEPTED)) {
  test(`C5 COMPLEXITY.json names the classes of ${name}`, () => {
    const entry = readComplexity()[name]
    for (const [key, right] of Object.entries({ given, yours })) {
      const chosen = normal(entry?.[key])
      const said = `COMPLEXITY.json says ${JSON.stringify(entry?.[key]) ?? 'nothing'} for ${key} of ${name}`
      if (!classes.map(normal).includes(chosen)) {
        assert.fail(`${said}; choose one of ${classes.join(', ')}`)
      }
      if (!right.map(normal).includes(chosen)) {
        const which = key === 'given' ? 'the slow version' : 'any version that passes C2 and C3'
        assert.fail(`${said}, which is not the class of ${which} in the worst case`)
      }
    }
  })
}

test('C6 topK keeps few of the items that it has walked past', async () => {
  const [k, count] = [100, 30_000]
  const seen = await (await load()).evaluate(
    ({ topK }, { order, k }) => {
      class Item {
        points: number
        constructor(points: number) {
          this.points = points
        }
      }
      const { queryObjects } = process.getBuiltinModule('node:v8')
      const inMemory: { walked: number; kept: number }[] = []
      function* stream() {
        for (const [at, points] of order.entries()) {
          // Collects all garbage, and counts what is left.
          if (at % 10_000 === 9_999) {
            inMemory.push({ walked: at, kept: queryObjects(Item, { format: 'count' }) })
          }
          yield new Item(points)
        }
      }
      const best = topK(stream(), k, (item) => item.points)
      return { inMemory, best: best?.map((item) => item?.points) }
    },
    { order: mixed(count), k },
  )
  const best = Array.from({ length: k }, (_, at) => count - 1 - at)
  expect(seen?.best, `the best ${k} of ${count} items`).toEqual(best)
  expect(seen.inMemory?.length, 'how often the kit looked into the memory').toBe(3)
  for (const { walked, kept } of seen.inMemory) {
    const message = `how many items topK keeps with k = ${k}, after it has walked past ${walked}`
    expect(kept, message).toBeLessThanOrEqual(10 * k + 1_000)
  }
})
