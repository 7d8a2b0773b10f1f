import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Roads from '../../../solutions/phase1-fundamentals/route-graph/road-map.ts'
import { expectFacts } from '../../harness/index.ts'

/** One call on one of two maps. */
export type Step = { on: number } & (
  | { do: 'addRoad'; from: string; to: string; minutes: number; oneWay?: boolean }
  | { do: 'closeRoad'; from: string; to: string }
  | { do: 'fastest'; from: string; to: string }
  | { do: 'within'; from: string; minutes: number }
)

/** Plays each program on new maps. Runs in the learner's process, so it uses nothing from here. */
export function playMaps({ RoadMap }: typeof Roads, programs: Step[][]): unknown[][] {
  return programs.map((steps) => {
    const maps = [new RoadMap(), new RoadMap()]
    return steps.map((step) => {
      const map = maps[step.on]!
      try {
        if (step.do === 'closeRoad') return structuredClone(map.closeRoad(step.from, step.to))
        if (step.do === 'fastest') return structuredClone(map.fastest(step.from, step.to))
        if (step.do === 'within') return structuredClone(map.within(step.from, step.minutes))
        const { from, to, minutes, oneWay } = step
        // What addRoad returns is the learner's.
        if (oneWay === undefined) map.addRoad(from, to, minutes)
        else map.addRoad(from, to, minutes, { oneWay })
        return 'added'
      } catch (error) {
        return error instanceof RangeError ? 'threw a RangeError' : `threw ${error}`
      }
    })
  })
}

type Road = { from: string; to: string; minutes: number }
type Model = { places: Set<string>; roads: Road[] }

/** The fewest minutes from each place to each other: Floyd and Warshall's three loops. */
function distances({ places, roads }: Model): (from: string, to: string) => number {
  const table = new Map<string, number>()
  const key = (from: string, to: string) => JSON.stringify([from, to])
  const get = (from: string, to: string) => table.get(key(from, to)) ?? Number.POSITIVE_INFINITY
  for (const place of places) table.set(key(place, place), 0)
  for (const { from, to, minutes } of roads) {
    table.set(key(from, to), Math.min(minutes, get(from, to)))
  }
  for (const via of places) {
    for (const from of places) {
      for (const to of places) {
        table.set(key(from, to), Math.min(get(from, to), get(from, via) + get(via, to)))
      }
    }
  }
  return get
}

/** The program as code, for a learner to try. */
function script(steps: Step[]): string {
  const lines = steps.map((step) => {
    const map = ['map', 'other'][step.on]
    const from = JSON.stringify(step.from)
    if (step.do === 'within') return `${map}.within(${from}, ${step.minutes})`
    const to = JSON.stringify(step.to)
    if (step.do !== 'addRoad') return `${map}.${step.do}(${from}, ${to})`
    const options = step.oneWay === undefined ? '' : `, { oneWay: ${step.oneWay} }`
    return `${map}.addRoad(${from}, ${to}, ${step.minutes}${options})`
  })
  const used = ['map', 'other'].filter((_, index) => steps.some(({ on }) => on === index))
  return [...used.map((name) => `const ${name} = new RoadMap()`), ...lines].join('\n')
}

/** Compares what each step gave with what a slow search finds, and shows the first step amiss. */
export function expectSameAsSlow(steps: Step[], seen: unknown[] | undefined): void {
  const models = [0, 1].map((): Model => ({ places: new Set(), roads: [] }))
  for (const [at, step] of steps.entries()) {
    const when = `in\n${script(steps.slice(0, at + 1))}\n`
    const model = models[step.on]!
    const gave = seen?.[at]
    if (step.do === 'fastest') expectRoute(model, step, gave, when)
    else expectFacts({ [LAST]: gave }, { [LAST]: apply(model, step) }, when)
  }
}

const LAST = 'what the last line gives'

/** Does to a list of roads what the step does to a map. @returns what the step must give */
function apply(model: Model, step: Step): unknown {
  if (step.do === 'addRoad') {
    const { from, to, minutes, oneWay } = step
    if (!Number.isFinite(minutes) || minutes < 0) return 'threw a RangeError'
    model.places.add(from).add(to)
    model.roads.push({ from, to, minutes })
    if (!oneWay) model.roads.push({ from: to, to: from, minutes })
    return 'added'
  }
  if (step.do === 'closeRoad') {
    const ends = [step.from, step.to].sort().join('\n')
    const left = model.roads.filter(({ from, to }) => [from, to].sort().join('\n') !== ends)
    const closed = left.length < model.roads.length
    model.roads = left
    return closed
  }
  if (step.do === 'within') {
    const distance = distances(model)
    const { from, minutes } = step
    return new Set([...model.places].filter((place) => distance(from, place) <= minutes))
  }
  throw new Error(`${step.do} has many right answers`)
}

/** Any fastest way will do: what counts is that its roads exist, and how long they take. */
function expectRoute(
  model: Model,
  { from, to }: { from: string; to: string },
  gave: unknown,
  when: string,
): void {
  const wanted = distances(model)(from, to)
  if (wanted === Number.POSITIVE_INFINITY) {
    expectFacts({ [LAST]: gave }, { [LAST]: null }, when)
    return
  }
  const { minutes, path } = (gave ?? {}) as { minutes?: unknown; path?: unknown }
  const isRoute = Array.isArray(path) && path.every((place) => typeof place === 'string')
  if (!isRoute) {
    expect(gave, `the route that the last line gives ${when}`).toMatchObject({
      minutes: wanted,
      path: [from, to],
    })
  }
  const places = path as string[]
  const ends = { first: places[0], last: places.at(-1) }
  expectFacts(
    { 'the minutes that the last line gives': minutes, 'the ends of its path': ends },
    {
      'the minutes that the last line gives': wanted,
      'the ends of its path': { first: from, last: to },
    },
    when,
  )
  if (from === to) {
    const fact = 'the path that the last line gives'
    expectFacts({ [fact]: places }, { [fact]: [from] }, when)
  }
  let total = 0
  for (const [index, place] of places.slice(1).entries()) {
    const before = places[index]!
    const roads = model.roads.filter((road) => road.from === before && road.to === place)
    const path = places.map((name) => JSON.stringify(name)).join(' → ')
    const fact = `the road from ${JSON.stringify(before)} to ${JSON.stringify(place)}, which the path ${path} takes`
    const known = roads.length > 0 ? 'is there' : 'is not there'
    expectFacts({ [fact]: known }, { [fact]: 'is there' }, when)
    total += Math.min(...roads.map(({ minutes }) => minutes))
  }
  const fact = `how many minutes the roads of the path ${places.join(' → ')} take`
  expectFacts({ [fact]: total }, { [fact]: wanted }, when)
}

/** Draws programs on two maps, most of them on the first. */
export function programs(
  places: string[],
  calls: Step['do'][],
  minutes = [0, 1, 2, 3, 5, 0.5, 10],
): fc.Arbitrary<Step[]> {
  const on = fc.constantFrom(0, 0, 0, 0, 1)
  const place = fc.constantFrom(...places)
  const long = fc.constantFrom(...minutes)
  const oneWay = fc.constantFrom(true, true, false, undefined)
  const draft = fc.record({
    on,
    from: place,
    to: place,
    minutes: long,
    oneWay,
    do: fc.constantFrom<Step['do']>('addRoad', 'addRoad', ...calls),
  })
  return fc.array(draft, { maxLength: 24, size: 'max' }).map((drafts) =>
    drafts.map(({ on, do: call, from, to, minutes, oneWay }): Step => {
      if (call === 'addRoad') {
        return { on, do: call, from, to, minutes, ...(oneWay === undefined ? {} : { oneWay }) }
      }
      return call === 'within' ? { on, do: call, from, minutes } : { on, do: call, from, to }
    }),
  )
}
