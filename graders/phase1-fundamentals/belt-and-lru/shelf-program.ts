import type * as Shelf from '../../../solutions/phase1-fundamentals/belt-and-lru/shelf.ts'
import { expectFacts } from '../../harness/index.ts'

/** One call on a shelf. */
export type Use = { key: unknown } & (
  | { do: 'get' | 'has' | 'delete' }
  | { do: 'set'; value: unknown }
)

export type ShelfProgram = { capacity: number; uses: Use[] }

/** What a use gave, how the shelf looks after it, and all evictions reported so far. */
type Sight = { gave: unknown; size: unknown; keys: unknown[]; evicted: unknown[] }

/** Plays each program on a new shelf. Runs in the learner's process, so it uses nothing from here. */
export function playShelves({ LruShelf }: typeof Shelf, programs: ShelfProgram[]): Sight[][] {
  return programs.map(({ capacity, uses }) => {
    const evicted: unknown[] = []
    const shelf = new LruShelf<unknown, unknown>(capacity, (...pair) => evicted.push(pair))
    // A list whose links run in a circle must not run for ever.
    const walk = (keys: Iterable<unknown>): unknown[] => {
      const seen: unknown[] = []
      for (const key of keys) {
        if (seen.length > uses.length) return [...seen, '… and so on, without an end']
        seen.push(key)
      }
      return seen
    }
    return uses.map((use) => {
      let gave: unknown
      try {
        gave = use.do === 'set' ? shelf.set(use.key, use.value) : shelf[use.do](use.key)
        // What set returns is free, and might not travel.
        if (use.do === 'set') gave = 'done'
      } catch (error) {
        gave = `threw ${error}`
      }
      // A function could not travel.
      const size = typeof shelf.size === 'number' ? shelf.size : String(shelf.size)
      return { gave, size, keys: walk(shelf.keys()), evicted: [...evicted] }
    })
  })
}

/** Does to an array of pairs, most recent first, what the use does to a shelf. */
function apply(pairs: [unknown, unknown][], evicted: unknown[], capacity: number, use: Use) {
  const index = pairs.findIndex(([key]) => Object.is(key, use.key))
  const known = index !== -1
  switch (use.do) {
    case 'has':
      return known
    case 'delete':
      if (known) pairs.splice(index, 1)
      return known
    case 'get':
      if (!known) return undefined
      pairs.unshift(pairs.splice(index, 1)[0]!)
      return pairs[0]![1]
    case 'set':
      if (known) pairs.splice(index, 1)
      if (capacity > 0) pairs.unshift([use.key, use.value])
      if (pairs.length > capacity) evicted.push(pairs.pop())
      return 'done'
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** The program as code, for a learner to try. */
function script({ capacity, uses }: ShelfProgram): string {
  const lines = uses.map((use) => {
    const value = use.do === 'set' ? `, ${show(use.value)}` : ''
    return `shelf.${use.do}(${show(use.key)}${value})`
  })
  return [`const shelf = new LruShelf(${capacity}, onEvict)`, ...lines].join('\n')
}

/** Compares what a shelf showed with what the rules say, and shows the first use amiss. */
export function expectLru(program: ShelfProgram, seen: Sight[] | undefined): void {
  const { capacity, uses } = program
  const pairs: [unknown, unknown][] = []
  const evicted: unknown[] = []
  for (const [at, use] of uses.entries()) {
    const gave = apply(pairs, evicted, capacity, use)
    const wanted = { gave, size: pairs.length, keys: pairs.map(([key]) => key), evicted }
    const upToHere = script({ capacity, uses: uses.slice(0, at + 1) })
    expectFacts(named(seen?.[at]), named(wanted), `after\n${upToHere}\n`)
  }
}

function named(sight: Sight | undefined) {
  return {
    'what the last line gives': sight?.gave,
    'keys()': sight?.keys,
    'the size': sight?.size,
    'the list of pairs given to onEvict': sight?.evicted,
  }
}
