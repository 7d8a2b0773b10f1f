import { expect, test } from 'vitest'
import type * as Load from '../../../solutions/phase1-fundamentals/route-graph/load-order.ts'
import type * as Roads from '../../../solutions/phase1-fundamentals/route-graph/road-map.ts'
import { expectFacts, forAll, openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import { evaluateFrozen } from '../../harness/module-kit/deep-freeze.ts'
import { type Deps, dependencies, expectLoaded, playLoads } from './load-program.ts'
import { expectSameAsSlow, playMaps, programs, type Step } from './road-program.ts'

const submission = openSubmission(import.meta)
const loadRoads = sharedUntilFailure(
  () => submission.loadModule<typeof Roads>('road-map.ts'),
  (subject) => subject.kill(),
)
const loadOrders = sharedUntilFailure(
  () => submission.loadModule<typeof Load>('load-order.ts'),
  (subject) => subject.kill(),
)

/** CPU time for a call: several times what the dearest right way needs, and a tenth of a slow one. */
const BUDGET = { cpuSeconds: 4 }

async function expectMaps(...list: Step[][]): Promise<void> {
  const subject = await loadRoads()
  const seen = await subject.evaluate(playMaps, list, BUDGET)
  for (const [at, steps] of list.entries()) expectSameAsSlow(steps, seen?.[at])
}

async function expectLoads(...list: Deps[]): Promise<void> {
  const subject = await loadOrders()
  const seen = await subject.evaluate(playLoads, list, BUDGET)
  for (const [at, deps] of list.entries()) expectLoaded(deps, seen?.[at])
}

const add = (from: string, to: string, minutes: number, oneWay?: boolean): Step => {
  return { on: 0, do: 'addRoad', from, to, minutes, ...(oneWay === undefined ? {} : { oneWay }) }
}
const fastest = (from: string, to: string): Step => ({ on: 0, do: 'fastest', from, to })
const within = (from: string, minutes: number): Step => ({ on: 0, do: 'within', from, minutes })
const close = (from: string, to: string): Step => ({ on: 0, do: 'closeRoad', from, to })

/** Names for places that differ from run to run. */
function names(count: number): string[] {
  return submission.fresh.list(count, () => submission.fresh.unique())
}

const PLACES = ['a', 'b', 'c', 'd', 'e', 'f']

test('C1 prefers a long way round that is faster to a short way that is slow', async () => {
  const [a, b, c, d] = names(4) as [string, string, string, string]
  const minutes = submission.fresh.int(2, 9)
  await expectMaps([
    add(a, d, 3 * minutes + 1),
    add(a, b, minutes),
    add(b, c, minutes),
    add(c, d, minutes),
    fastest(a, d),
    fastest(d, a),
    fastest(b, d),
  ])
})

test('C1 agrees with a slow search on 300 random maps', async () => {
  const drawn = programs(PLACES, ['fastest'])
  await forAll(submission.fresh, drawn, 300, (...list) => expectMaps(...list))
})

test('C1 keeps two maps apart', async () => {
  const [a, b] = names(2) as [string, string]
  const other = (step: Step): Step => ({ ...step, on: 1 })
  await expectMaps([add(a, b, 1), other(fastest(a, b)), other(add(a, b, 7)), fastest(a, b)])
})

test('C2 takes a one-way road in its own direction only', async () => {
  const [a, b, c] = names(3) as [string, string, string]
  await expectMaps([
    add(a, b, 1, true),
    fastest(a, b),
    fastest(b, a),
    add(b, c, 1, false),
    fastest(c, b),
    add(c, a, 5, true),
    fastest(b, a),
  ])
})

test('C2 takes the fastest of several roads between two places', async () => {
  const [a, b, c] = names(3) as [string, string, string]
  await expectMaps([
    add(a, b, 5),
    add(a, b, 3, true),
    add(a, b, 9),
    fastest(a, b),
    fastest(b, a),
    add(b, c, 2),
    add(b, c, 8),
    fastest(a, c),
  ])
})

test('C2 takes roads of no minutes at all, and roads from a place to itself', async () => {
  const [a, b, c] = names(3) as [string, string, string]
  await expectMaps([
    add(a, a, 4),
    fastest(a, a),
    add(a, b, 0),
    add(b, c, 0),
    add(c, a, 0, true),
    fastest(a, c),
    fastest(c, b),
    within(c, 0),
    add(c, c, 0),
    fastest(a, c),
  ])
})

test('C2 takes fractions of a minute', async () => {
  const [a, b, c] = names(3) as [string, string, string]
  await expectMaps([add(a, b, 0.5), add(b, c, 1.25), add(a, c, 2), fastest(a, c), within(a, 0.5)])
})

test('C3 knows a way from each known place to itself, and none where none leads', async () => {
  const [a, b, c, d] = names(4) as [string, string, string, string]
  await expectMaps([
    fastest(a, a),
    add(a, b, 1),
    add(c, c, 1),
    fastest(a, a),
    fastest(c, c),
    fastest(a, c),
    fastest(c, a),
    fastest(a, d),
    fastest(d, a),
    fastest(d, d),
  ])
})

test('C4 finds its way among 100 000 places around a hub, within 8 s of CPU', async () => {
  const subject = await loadRoads()
  const { fresh } = submission
  const count = 100_000
  const minutes = fresh.shuffle(Array.from({ length: count }, (_, at) => at + 1))
  // Nearly all others are nearer to the hub than these two, from whichever of them one begins.
  const from = minutes.indexOf(count)
  const to = minutes.indexOf(count - 1)
  const seen = await subject.evaluate(
    ({ RoadMap }, { minutes, from, to }) => {
      const map = new RoadMap()
      for (const [at, long] of minutes.entries()) map.addRoad('hub', `p${at}`, long)
      return {
        there: map.fastest(`p${from}`, `p${to}`),
        back: map.fastest(`p${to}`, `p${from}`),
        'places within reach': map.within(`p${from}`, 2 * minutes.length).size,
      }
    },
    { minutes: Float64Array.from(minutes), from, to },
    { cpuSeconds: 8 },
  )
  const wanted = {
    there: { minutes: 2 * count - 1, path: [`p${from}`, 'hub', `p${to}`] },
    back: { minutes: 2 * count - 1, path: [`p${to}`, 'hub', `p${from}`] },
    'places within reach': count + 1,
  }
  expect(seen, `the ways between p${from} and p${to}`).toEqual(wanted)
})

/** Twenty thousand ways lead to the gate, each better than the last, and as many roads from it. */
const GATE = 20_000

test('C4 copes with a place to which it finds 20 000 ways, each better than the last, within 4 s of CPU', async () => {
  const subject = await loadRoads()
  const seen = await subject.evaluate(
    ({ RoadMap }, count) => {
      const map = new RoadMap()
      for (let at = 1; at <= count; at++) {
        map.addRoad('start', `a${at}`, at, { oneWay: true })
        map.addRoad(`a${at}`, 'gate', 2 * (count - at) + 1, { oneWay: true })
        map.addRoad('gate', `b${at}`, at, { oneWay: true })
      }
      return {
        routes: Array.from({ length: 5 }, (_, at) => map.fastest('start', `b${count - at}`)),
        'places within reach': map.within('start', 3 * count).size,
      }
    },
    GATE,
    BUDGET,
  )
  const routes = Array.from({ length: 5 }, (_, at) => {
    const path = ['start', `a${GATE}`, 'gate', `b${GATE - at}`]
    return { minutes: GATE + 1 + GATE - at, path }
  })
  const wanted = { routes, 'places within reach': 2 * GATE + 2 }
  expect(seen, 'the fastest ways through the gate').toEqual(wanted)
})

test('C5 gives all places within so many minutes, those just reached and the start included', async () => {
  const [a, b, c, d] = names(4) as [string, string, string, string]
  const long = submission.fresh.int(2, 50)
  await expectMaps([
    add(a, b, long),
    add(b, c, long),
    add(d, a, 1, true),
    ...[0, long - 0.5, long, 2 * long - 1, 2 * long, 99 * long].map((minutes) =>
      within(a, minutes),
    ),
    within(d, long),
    within('nowhere', 5),
  ])
})

test('C5 agrees with a slow search on 300 random maps', async () => {
  const drawn = programs(PLACES, ['within'])
  await forAll(submission.fresh, drawn, 300, (...list) => expectMaps(...list))
})

test('C6 closes all roads between two places, in both directions, and says whether there were any', async () => {
  const [a, b, c] = names(3) as [string, string, string]
  await expectMaps([
    add(a, b, 1),
    add(a, b, 2, true),
    add(b, c, 1),
    fastest(a, c),
    close(b, a),
    fastest(a, b),
    fastest(b, a),
    fastest(b, c),
    fastest(a, a),
    close(a, b),
    close(a, 'nowhere'),
    add(a, b, 5, true),
    fastest(a, c),
    close(b, a),
    fastest(a, c),
    add(c, c, 1),
    close(c, c),
    close(c, c),
  ])
})

test('C6 agrees with a slow search on 300 random maps on which roads are opened and closed', async () => {
  const drawn = programs(['a', 'b', 'c', 'd'], ['closeRoad', 'fastest', 'within', 'closeRoad'])
  await forAll(submission.fresh, drawn, 300, (...list) => expectMaps(...list))
})

test('C7 puts every item after all that it needs, also items that are only needed', async () => {
  const [app, db, log, disk] = names(4) as [string, string, string, string]
  await expectLoads(
    [],
    [[app, []]],
    [
      [app, [db, log]],
      [db, [log]],
      [log, []],
    ],
    [
      [app, [db, log, db]],
      [db, [disk]],
      [log, [disk]],
    ],
  )
})

test('C7 throws a CycleError that lists one real cycle', async () => {
  const [a, b, c, d] = names(4) as [string, string, string, string]
  await expectLoads(
    [[a, [a]]],
    [
      [a, [b]],
      [b, [a]],
    ],
    [
      [d, [a]],
      [a, [b]],
      [b, [c]],
      [c, [a, d]],
    ],
    [
      [d, [a, d]],
      [a, []],
    ],
    [
      [d, [a]],
      [a, [b, c]],
      [b, []],
      [c, [a]],
    ],
  )
})

test('C7 agrees with the rules on 500 random lists of items', async () => {
  const drawn = dependencies(['app', 'web', 'db', 'log', 'disk', 'cpu'])
  await forAll(submission.fresh, drawn, 500, (...list) => expectLoads(...list))
})

const ODD = ['__proto__', 'constructor', 'toString', '', '0', 'a b', 'hasOwnProperty']

test('C8 takes any text for the name of a place', async () => {
  const drawn = programs(ODD, ['fastest', 'within', 'closeRoad', 'fastest'])
  await forAll(submission.fresh, drawn, 250, (...list) => expectMaps(...list))
})

test('C8 takes any text for the name of an item', async () => {
  await forAll(submission.fresh, dependencies(ODD), 250, (...list) => expectLoads(...list))
})

test('C9 follows a road through 50 000 places', async () => {
  const subject = await loadRoads()
  const count = 50_000
  const seen = await subject.evaluate(
    ({ RoadMap }, count) => {
      const map = new RoadMap()
      for (let at = 0; at < count; at++) map.addRoad(`p${at}`, `p${at + 1}`, 1)
      const attempt = (call: () => unknown): unknown => {
        try {
          return call()
        } catch (error) {
          return `threw ${error}`
        }
      }
      return {
        'how many places the path has': attempt(() => map.fastest('p0', `p${count}`)?.path.length),
        'how many places are within reach': attempt(() => map.within('p0', count).size),
      }
    },
    count,
    BUDGET,
  )
  const all = count + 1
  const wanted = { 'how many places the path has': all, 'how many places are within reach': all }
  expectFacts(seen, wanted, `where ${all} places stand along one road`)
})

test('C9 orders 50 000 items of which each needs the next, and finds a cycle as long', async () => {
  const subject = await loadOrders()
  const count = 50_000
  const seen = await subject.evaluate(
    ({ loadOrder }, count) => {
      const item = (at: number): string => `i${at}`
      const line = Array.from({ length: count }, (_, at) => [item(at), [item(at + 1)]])
      const attempt = (call: () => unknown): unknown => {
        try {
          return call()
        } catch (error) {
          const { cycle } = error as Partial<Load.CycleError>
          return cycle ? `a cycle of ${cycle.length}` : `threw ${error}`
        }
      }
      return {
        'the first and the last of the order': attempt(() => {
          const order = loadOrder(Object.fromEntries(line))
          return [order[0], order.at(-1), order.length]
        }),
        'what is thrown where the last needs the first': attempt(() =>
          loadOrder(Object.fromEntries([...line, [item(count), [item(0)]]])),
        ),
      }
    },
    count,
    BUDGET,
  )
  const wanted = {
    'the first and the last of the order': [`i${count}`, 'i0', count + 1],
    'what is thrown where the last needs the first': `a cycle of ${count + 1}`,
  }
  expectFacts(seen, wanted, `of ${count + 1} items of which each needs the next`)
})

test('C10 refuses minutes that are negative, infinite or no number, and adds nothing', async () => {
  const [a, b, c] = names(3) as [string, string, string]
  const bad = [-1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const minutes of bad) {
    await expectMaps([
      add(a, b, 3),
      add(a, b, minutes),
      add(a, c, minutes, true),
      fastest(a, b),
      fastest(c, c),
      within(a, 10),
    ])
  }
})

test('C11 leaves the items and their lists as they are', async () => {
  const subject = await loadOrders()
  const [first, a, b, c] = names(4).sort() as [string, string, string, string]
  // The longest list changes where somebody sorts it, reverses it, or takes items out.
  const deps = { [a]: [b, c, first], [b]: [c, first], [c]: [first] }
  const order = await evaluateFrozen(
    subject,
    ({ loadOrder }, deps) => loadOrder(deps),
    deps,
    'the items and their lists',
    BUDGET,
  )
  expect(order, `loadOrder(${JSON.stringify(deps)}), which is frozen`).toEqual([first, c, b, a])
})

test('C11 gives a new path and a new set at each call', async () => {
  const subject = await loadRoads()
  const seen = await subject.evaluate(({ RoadMap }, [a, b, c]) => {
    const map = new RoadMap()
    map.addRoad(a!, b!, 1)
    map.addRoad(b!, c!, 2)
    const look = () => ({ route: map.fastest(a!, c!), within: map.within(a!, 5) })
    const before = structuredClone(look())
    const { route, within } = look()
    if (route) route.minutes = -1
    route?.path.reverse().push('nowhere')
    within.clear()
    return { before, after: structuredClone(look()) }
  }, names(3))
  const when = 'after the caller has changed what an earlier call gave'
  expectFacts(seen?.after, seen?.before ?? { route: null, within: null }, when)
})
