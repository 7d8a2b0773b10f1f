import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Load from '../../../solutions/phase1-fundamentals/route-graph/load-order.ts'
import { expectFacts } from '../../harness/index.ts'

/** Items with what each depends on: pairs, for an object with "__proto__" is hard to write down. */
export type Deps = [item: string, needs: string[]][]

/** What loadOrder gave, or threw. */
export type Loaded = {
  order?: unknown
  error?: { isCycleError: boolean; text: string; cycle: unknown }
}

/** Asks for the order of each. Runs in the learner's process, so it uses nothing from here. */
export function playLoads({ loadOrder, CycleError }: typeof Load, list: Deps[]): Loaded[] {
  return list.map((deps) => {
    try {
      return { order: structuredClone(loadOrder(Object.fromEntries(deps))) }
    } catch (error) {
      const isCycleError = error instanceof CycleError && error instanceof Error
      const cycle = (error as Partial<Load.CycleError> | null)?.cycle
      const plain = Array.isArray(cycle) ? cycle.map((item) => String(item)) : String(cycle)
      return { error: { isCycleError, text: String(error), cycle: plain } }
    }
  })
}

/** The call as code, for a learner to try. */
function script(deps: Deps): string {
  const lines = deps.map(
    ([item, needs]) => `  [${JSON.stringify(item)}]: ${JSON.stringify(needs)},`,
  )
  return `loadOrder({${lines.length > 0 ? `\n${lines.join('\n')}\n` : ''}})`
}

/** What can be loaded when all that it needs is, again and again. */
function loadable(deps: Deps, items: string[]): Set<string> {
  const loaded = new Set<string>()
  for (let before = -1; before < loaded.size; ) {
    before = loaded.size
    for (const item of items) {
      const needs = deps.find(([name]) => name === item)?.[1] ?? []
      if (needs.every((needed) => loaded.has(needed))) loaded.add(item)
    }
  }
  return loaded
}

/** Checks an order, or a cycle, against the rules: any right one will do. */
export function expectLoaded(deps: Deps, seen: Loaded | undefined): void {
  const when = `for\n${script(deps)}\n`
  const items = [...new Set(deps.flatMap(([item, needs]) => [item, ...needs]))].sort()
  if (loadable(deps, items).size < items.length) {
    expectCycle(deps, seen, when)
    return
  }
  const fact = 'what loadOrder threw'
  expectFacts({ [fact]: seen?.error?.text ?? 'nothing' }, { [fact]: 'nothing' }, when)
  const order = seen?.order
  if (!Array.isArray(order)) expect(order, `the order ${when}`).toEqual(items)
  const list = order as unknown[]
  const all = 'the items in the order, sorted for this message,'
  expectFacts({ [all]: list.toSorted() }, { [all]: items }, when)
  for (const [item, needs] of deps) {
    for (const needed of needs) {
      const early = list.indexOf(item) < list.indexOf(needed)
      const which = `in the order ${JSON.stringify(list)}, ${JSON.stringify(item)}, which needs ${JSON.stringify(needed)}, comes`
      expectFacts({ [which]: early ? 'before it' : 'after it' }, { [which]: 'after it' }, when)
    }
  }
}

function expectCycle(deps: Deps, seen: Loaded | undefined, when: string): void {
  const error = seen?.error
  const thrown = error?.isCycleError ? 'a CycleError' : (error?.text ?? 'nothing')
  const fact = 'what loadOrder threw'
  expectFacts({ [fact]: thrown }, { [fact]: 'a CycleError' }, when)
  const cycle = error?.cycle
  if (!Array.isArray(cycle) || cycle.length === 0) {
    expect(cycle, `the cycle of the error ${when}`).toEqual('a list of items')
  }
  const items = cycle as string[]
  const once = 'how many different items there are in the cycle'
  const shown = items.join(' → ')
  expectFacts({ [once]: new Set(items).size }, { [once]: items.length }, `${shown} ${when}`)
  for (const [at, item] of items.entries()) {
    const next = items[(at + 1) % items.length]!
    const needs = deps.find(([name]) => name === item)?.[1] ?? []
    const which = `whether, in the cycle ${shown}, ${JSON.stringify(item)} needs ${JSON.stringify(next)}`
    expectFacts({ [which]: needs.includes(next) }, { [which]: true }, when)
  }
}

/** Draws items that need others, with and without cycles. */
export function dependencies(items: string[]): fc.Arbitrary<Deps> {
  const item = fc.constantFrom(...items)
  const entry = fc.tuple(item, fc.array(item, { maxLength: 3 }))
  const wild = fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 6, size: 'max' })
  // What needs only items behind it in the pool has no cycle.
  const sound = wild.map((deps) =>
    deps.map(([name, needs]): Deps[0] => {
      const at = items.indexOf(name)
      return [name, needs.filter((needed) => items.indexOf(needed) > at)]
    }),
  )
  return fc.oneof(wild, sound, sound)
}
