import fc from 'fast-check'
import type * as Addresses from '../../../solutions/phase1-fundamentals/depot-tree/address-index.ts'
import { expectFacts } from '../../harness/index.ts'

/** One call on one of two indexes. */
export type Step = { on: number } & (
  | { do: 'add' | 'remove'; text: string; id: string }
  | { do: 'search'; prefix: string; limit: number }
)

/** Plays each program on new indexes. Runs in the learner's process, so it uses nothing from here. */
export function playIndexes({ AddressIndex }: typeof Addresses, programs: Step[][]): unknown[][] {
  return programs.map((steps) => {
    const indexes = [new AddressIndex(), new AddressIndex()]
    return steps.map((step) => {
      const index = indexes[step.on]!
      try {
        if (step.do === 'search') return structuredClone(index.search(step.prefix, step.limit))
        const gave = index[step.do](step.text, step.id)
        // What add returns is the learner's, and may be something that cannot travel.
        return step.do === 'remove' ? structuredClone(gave) : undefined
      } catch (error) {
        return `threw ${error}`
      }
    })
  })
}

/** The text as the rules compare it. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
}

type Entry = { folded: string; id: string }

function compare(a: Entry, b: Entry): number {
  if (a.folded !== b.folded) return a.folded < b.folded ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

/** Does to a plain list what the step does to an index. @returns what the step must give */
function apply(entries: Entry[], step: Step): unknown {
  if (step.do === 'search') {
    const found = entries.filter(({ folded }) => folded.startsWith(fold(step.prefix)))
    const ids = found.sort(compare).map(({ id }) => id)
    return ids.slice(0, step.limit)
  }
  const entry = { folded: fold(step.text), id: step.id }
  const at = entries.findIndex((other) => compare(other, entry) === 0)
  if (step.do === 'add') {
    if (at === -1) entries.push(entry)
    return undefined
  }
  if (at !== -1) entries.splice(at, 1)
  return at !== -1
}

/** The program as code, for a learner to try. */
function script(steps: Step[]): string {
  const lines = steps.map((step) => {
    const text = JSON.stringify(step.do === 'search' ? step.prefix : step.text)
    const second = step.do === 'search' ? step.limit : JSON.stringify(step.id)
    return `${'ab'[step.on]}.${step.do}(${text}, ${second})`
  })
  const used = ['a', 'b'].filter((_, index) => steps.some(({ on }) => on === index))
  const made = used.map((name) => `const ${name} = new AddressIndex()`)
  return [...made, ...lines].join('\n')
}

/** Compares what each step gave with what a plain list would, and shows the first step amiss. */
export function expectSameAsList(steps: Step[], seen: unknown[] | undefined): void {
  const lists: Entry[][] = [[], []]
  for (const [at, step] of steps.entries()) {
    const wanted = apply(lists[step.on]!, step)
    const fact = 'what the last line returns'
    const when = `in\n${script(steps.slice(0, at + 1))}\n`
    expectFacts({ [fact]: seen?.[at] }, { [fact]: wanted }, when)
  }
}

/** Draws programs on two indexes. */
export function programs(
  texts: string[],
  prefixes: string[],
  ids = ['a', 'b', 'B', '10', '9'],
): fc.Arbitrary<Step[]> {
  const on = fc.constantFrom(0, 0, 0, 1)
  const text = fc.constantFrom(...texts)
  const id = fc.constantFrom(...ids)
  const limit = fc.constantFrom(0, 1, 2, 3, 100)
  const change = fc.record({ on, do: fc.constantFrom('add', 'add', 'remove'), text, id })
  const prefix = fc.constantFrom(...prefixes)
  const search = fc.record({ on, do: fc.constant('search'), prefix, limit })
  // fast-check draws some ten at most unless it is told to use the whole length.
  return fc.array(fc.oneof(change, change, search), { maxLength: 30, size: 'max' }) as fc.Arbitrary<
    Step[]
  >
}
