import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Configs from '../../../solutions/phase2-language/notifier-factory/config.ts'

/** How a loader behaves: `held` gives a promise that a later step settles. */
export type Loading = 'held' | 'gives a value' | 'gives a promise' | 'throws' | 'rejects'

export type Step =
  | { do: 'ask' }
  | { do: 'reset' }
  | { do: 'set'; loading: Loading }
  | { do: 'settle'; nth: number; ok: boolean }

/** How often a loader has been called, and what came of each question: "pending", "config 2 (as 1)", "error 1". */
export type Look = { loads: number; asked: string[] }

/**
 * Plays each program on a Config that was reset. Runs in the learner's process, so it uses nothing
 * from here.
 * @param quiet whether a reset is left out while a load is under way
 */
export async function playLoads(
  { setConfigLoader, getConfig, resetConfig }: typeof Configs,
  { programs, quiet }: { programs: Step[][]; quiet: boolean },
): Promise<Look[][]> {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const played: Look[][] = []
  for (const steps of programs) {
    let loads = 0
    const errors = new Map<unknown, number>()
    const held: { load: number; resolve(value: unknown): void; reject(error: unknown): void }[] = []
    const asked: { outcome: string; value?: unknown }[] = []
    const loader = (loading: Loading) => () => {
      loads += 1
      const load = loads
      const value = { load, inner: [{ load }] }
      const error = new Error(`error ${load}`)
      errors.set(error, load)
      if (loading === 'throws') throw error
      if (loading === 'rejects') return Promise.reject(error)
      if (loading === 'gives a value') return value
      if (loading === 'gives a promise') return Promise.resolve(value)
      return new Promise((resolve, reject) => {
        held.push({ load, resolve: () => resolve(value), reject: () => reject(error) })
      })
    }
    resetConfig()
    setConfigLoader(loader('held'))
    const looks: Look[] = []
    for (const step of steps) {
      if (step.do === 'set') setConfigLoader(loader(step.loading))
      else if (step.do === 'reset') {
        if (!quiet || held.length === 0) resetConfig()
      } else if (step.do === 'settle') {
        const [one] = held.splice(held.length === 0 ? 0 : step.nth % held.length, 1)
        if (step.ok) one?.resolve(undefined)
        else one?.reject(undefined)
      } else {
        const one: (typeof asked)[0] = { outcome: 'pending' }
        asked.push(one)
        const fail = (error: unknown) => {
          one.outcome = errors.has(error) ? `error ${errors.get(error)}` : `rejected: ${error}`
        }
        try {
          Promise.resolve(getConfig()).then((value) => {
            one.value = value
            const { load } = (value ?? {}) as { load?: unknown }
            const first = asked.findIndex((other) => other.value === value)
            one.outcome = `config ${load}, the object of question ${first + 1}`
          }, fail)
        } catch (error) {
          one.outcome = `thrown, not rejected: ${error}`
        }
      }
      for (let left = 4; left > 0; left--) await turn()
      looks.push({ loads, asked: asked.map(({ outcome }) => outcome) })
    }
    played.push(looks)
  }
  return played
}

/** What the rules say after each step: a model with one load that is current, or none. */
function modelLooks(steps: Step[], quiet: boolean): Look[] {
  type Load = { number: number; state: 'held' | 'ok' | 'failed' }
  const asked: Load[] = []
  const held: Load[] = []
  let loads = 0
  let loading: Loading = 'held'
  let current: Load | undefined
  const end = (load: Load, ok: boolean) => {
    load.state = ok ? 'ok' : 'failed'
    if (!ok && current === load) current = undefined
  }
  return steps.map((step) => {
    if (step.do === 'set') loading = step.loading
    else if (step.do === 'reset') {
      if (!quiet || held.length === 0) current = undefined
    } else if (step.do === 'settle') {
      const [one] = held.splice(held.length === 0 ? 0 : step.nth % held.length, 1)
      if (one) end(one, step.ok)
    } else if (current) asked.push(current)
    else {
      loads += 1
      const load: Load = { number: loads, state: 'held' }
      current = load
      asked.push(load)
      if (loading === 'held') held.push(load)
      else end(load, loading.startsWith('gives'))
    }
    const texts = asked.map((load) => {
      if (load.state === 'held') return 'pending'
      if (load.state === 'failed') return `error ${load.number}`
      return `config ${load.number}, the object of question ${asked.indexOf(load) + 1}`
    })
    return { loads, asked: texts }
  })
}

/** Compares each look with the model's, and shows the first that differs as a timeline. */
export function expectLoads(steps: Step[], quiet: boolean, seen: Look[] | undefined): void {
  for (const [at, wanted] of modelLooks(steps, quiet).entries()) {
    if (isDeepStrictEqual(seen?.[at], wanted)) continue
    const lines = steps.slice(0, at + 1).map((step) => `  ${stepText(step)}`)
    const text = [
      'The loader is called when somebody first asks, or asks after a failure or a reset, and not else.',
      'All who wait for a load get the same Config, or its error.',
      '',
      ...lines,
      '',
      'how often a loader was called, and what came of each getConfig(), after the last line',
    ].join('\n')
    expect(seen?.[at], text).toEqual(wanted)
  }
}

function stepText(step: Step): string {
  if (step.do === 'ask') return 'getConfig()'
  if (step.do === 'reset') return 'resetConfig()'
  if (step.do === 'set') {
    const loading = step.loading === 'held' ? 'gives a promise that is settled later' : step.loading
    return `setConfigLoader(one that ${loading})`
  }
  return `load ${step.nth + 1} of those under way (counted in a circle) ${step.ok ? 'succeeds' : 'fails'}`
}

export function loadPrograms(): fc.Arbitrary<Step[]> {
  const ask = fc.constant<Step>({ do: 'ask' })
  const step = fc.oneof(
    { weight: 4, arbitrary: ask },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'reset' }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        nth: fc.nat(2),
        ok: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('set' as const),
        loading: fc.constantFrom<Loading>(
          'held',
          'held',
          'gives a value',
          'gives a promise',
          'throws',
          'rejects',
        ),
      }),
    },
  )
  return fc.array(step, { maxLength: 14, size: 'max' })
}
