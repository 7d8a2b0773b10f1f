import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Tariff from '../../../solutions/phase1-fundamentals/tariff-pipeline/tariff.ts'

/** One step of a chain. `add`: a map that throws at the item `throwsAt` of the case. */
export type Op = ['map', number] | ['forget', number] | ['filter', number] | ['take', number]

/**
 * A chain on an iterable that gives 1, 2, 3 and so on: `size` items, or without end. The whole chain is
 * walked twice, and then its first `prefix` steps by themselves, where that comes to an end.
 */
export type ChainCase = { size: number | null; ops: Op[]; throwsAt: number | null; prefix: number }

/** What was seen of a walk: `log` holds `pull 1` and calls such as `map 1: 1`, in their order. */
type Walk = { items?: number[]; threw?: string; log: string[]; closed: boolean }
type Sight = { before: number; walks: Walk[] }

/** More pulls than any right walk of a case needs. */
const MOST_PULLS = 500

/** Walks the chains. Runs in the learner's process, so it uses nothing from here. */
export function playChains(
  { lazy }: typeof Tariff,
  { cases, mostPulls }: { cases: ChainCase[]; mostPulls: number },
): Sight[] {
  return cases.map(({ size, ops, throwsAt, prefix }) => {
    let log: string[] = []
    let closed = false
    let pulls = 0
    const iterable: Iterable<number> = {
      [Symbol.iterator]() {
        let at = 0
        return {
          next() {
            if (size !== null && at >= size) return { done: true, value: undefined }
            at += 1
            pulls += 1
            if (pulls > mostPulls) throw new Error(`more than ${mostPulls} items were pulled`)
            log.push(`pull ${at}`)
            return { done: false, value: at }
          },
          return() {
            closed = true
            return { done: true, value: undefined }
          },
        }
      },
    }
    const links = [lazy(iterable)]
    for (const [nth, [kind, by]] of ops.entries()) {
      const link = links.at(-1)!
      const told = (item: number) => {
        log.push(`${kind} ${nth + 1}: ${item}`)
        if (item === throwsAt) throw new Error('stopped')
      }
      if (kind === 'take') links.push(link.take(by))
      else if (kind === 'map' || kind === 'forget') {
        links.push(
          link.map((item) => {
            told(item)
            return kind === 'map' ? item + by : (undefined as never)
          }),
        )
      } else {
        links.push(
          link.filter((item) => {
            told(item)
            return item % by === 0
          }),
        )
      }
    }
    const before = log.length
    const walk = (link: Tariff.Lazy<number>): Walk => {
      log = []
      closed = false
      pulls = 0
      try {
        const items = link.toArray()
        return { items: Array.isArray(items) ? [...items] : undefined, log, closed }
      } catch (error) {
        return { threw: (error as Error).message, log, closed }
      }
    }
    const whole = links.at(-1)!
    return { before, walks: [walk(whole), walk(whole), walk(links[prefix]!)] }
  })
}

/** What a walk must be; `left` says whether items are left in the iterable. */
function walkOf({ size, throwsAt }: ChainCase, ops: Op[]): Walk & { left: boolean } {
  const log: string[] = []
  let pulled = 0
  function* source(): Generator<number> {
    while (size === null || pulled < size) {
      pulled += 1
      log.push(`pull ${pulled}`)
      yield pulled
    }
  }
  function* after(before: Iterable<number>, [kind, by]: Op, nth: number): Generator<number> {
    let left = by
    if (kind === 'take' && left === 0) return
    for (const item of before) {
      if (kind !== 'take') {
        log.push(`${kind} ${nth}: ${item}`)
        if (item === throwsAt) throw new Error('stopped')
      }
      if (kind === 'map') yield item + by
      else if (kind === 'forget') yield undefined as never
      else if (kind === 'take' || item % by === 0) yield item
      left -= 1
      if (kind === 'take' && left === 0) return
    }
  }
  const chain = ops.reduce((so: Iterable<number>, op, at) => after(so, op, at + 1), source())
  const left = () => size === null || pulled < size
  try {
    return { items: [...chain], log, closed: false, left: left() }
  } catch (error) {
    return { threw: (error as Error).message, log, closed: false, left: left() }
  }
}

function chainCode({ size, throwsAt }: ChainCase, ops: Op[]): string {
  const source = size === null ? 'numbers from 1 without end' : `numbers from 1 to ${size}`
  const links = ops.map(([kind, by]) => {
    if (kind === 'take') return `.take(${by})`
    if (kind === 'forget') return '.map(() => undefined)'
    return kind === 'map' ? `.map((n) => n + ${by})` : `.filter((n) => n % ${by} === 0)`
  })
  const stop = throwsAt === null ? '' : `, where the functions throw at ${throwsAt}`
  return `lazy(${source})${links.join('')}.toArray()${stop}`
}

/** Whether a walk comes to an end: something takes, and what comes before it gives enough. */
const ends = ({ size }: ChainCase, ops: Op[]) =>
  size !== null || ops.some(([kind]) => kind === 'take')

/** Expects the walks of a case to be right. */
export function expectChain(one: ChainCase, sight: Sight | undefined): void {
  const whole = chainCode(one, one.ops)
  expect(sight?.before, `items pulled before toArray, for ${whole}`).toBe(0)
  const parts: [Op[], string][] = [
    [one.ops, whole],
    [one.ops, `${whole}, for the second time`],
    [
      one.ops.slice(0, one.prefix),
      `${chainCode(one, one.ops.slice(0, one.prefix))}, which a longer chain was made of`,
    ],
  ]
  for (const [at, [ops, text]] of parts.entries()) {
    if (!ends(one, ops)) continue
    const wanted = walkOf(one, ops)
    const walk = sight!.walks[at]!
    const shown = { gave: walk.items ?? `an error: ${walk.threw}`, did: walk.log }
    expect(shown, text).toEqual({
      gave: wanted.items ?? `an error: ${wanted.threw}`,
      did: wanted.log,
    })
    // An iterator that was never opened need not be closed.
    if (wanted.left && wanted.log.length > 0) {
      expect(walk.closed, `${text}: the iterator was closed, for items were left`).toBe(true)
    }
  }
}

const op = fc.oneof(
  fc.tuple(fc.constant('map' as const), fc.integer({ min: 1, max: 3 })),
  fc.constant<Op>(['forget', 0]),
  fc.tuple(fc.constant('filter' as const), fc.integer({ min: 1, max: 3 })),
  fc.tuple(fc.constant('take' as const), fc.integer({ min: 0, max: 4 })),
)

const add: fc.Arbitrary<Op> = fc.tuple(fc.constant('map' as const), fc.integer({ min: 1, max: 3 }))
const few = (link: fc.Arbitrary<Op>, most: number) => fc.array(link, { maxLength: most })

/** What may stand before the first `take` on endless numbers: at most one filter, so that some pass. */
const beforeTake = fc
  .tuple(
    few(add, 1),
    few(
      op.filter(([kind]) => kind === 'filter'),
      1,
    ),
    few(add, 1),
  )
  .map((parts) => parts.flat())

/** Chains that end. */
export const chains: fc.Arbitrary<ChainCase> = fc
  .record({
    size: fc.option(fc.integer({ min: 0, max: 6 }), { nil: null }),
    before: beforeTake,
    take: fc.integer({ min: 0, max: 4 }),
    ops: fc.array(op, { maxLength: 4 }),
    throwsAt: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null, freq: 4 }),
    prefix: fc.nat({ max: 4 }),
  })
  .map(({ size, before, take, ops, throwsAt, prefix }) => {
    const all: Op[] = size === null ? [...before, ['take', take], ...ops] : ops
    return { size, ops: all, throwsAt, prefix: Math.min(prefix, all.length) }
  })

export const CHAIN_LIMITS = { mostPulls: MOST_PULLS }
