import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Tariff from '../../../solutions/phase1-fundamentals/tariff-pipeline/tariff.ts'
import { code } from '../../harness/module-kit/code.ts'

/** A function of one value, as data: functions do not travel. */
export type Step = ['add', number] | ['suffix', string] | ['size'] | ['forget'] | ['ok'] | ['twice']

/** A function that gives a result: `err` for values whose text is shorter. */
export type Check = ['atLeast', number]

export type RuleSpec =
  | ['fixed', number]
  | ['perKilo', number]
  | ['atLeast', number]
  | ['noMoreThan', number]
  | ['notTo', string]

type Result = { ok: true; value: unknown } | { ok: false; error: unknown }

/** One call of a function of `tariff.ts`. */
export type Flow =
  | { call: 'pipe'; steps: Step[]; input: unknown }
  | { call: 'map'; result: Result; steps: Step[] }
  | { call: 'flatMap'; result: Result; checks: Check[] }
  | { call: 'all'; results: Result[] }
  | { call: 'groupBy'; items: unknown[]; by: 'self' | 'size' | 'first' }
  | { call: 'priceAll'; rules: RuleSpec[]; parcels: Tariff.Parcel[] }

/** What came of a call, and which rules were called with what. */
type Sight = { value?: unknown; threw?: string; calls?: unknown[] }

/** Makes the calls. Runs in the learner's process, so it uses nothing from here. */
export function playFlows(tariff: typeof Tariff, flows: Flow[]): Sight[] {
  const stepOf =
    (step: Step) =>
    (value: any): any => {
      if (step[0] === 'add') return typeof value === 'number' ? value + step[1] : value
      if (step[0] === 'suffix') return `${value}${step[1]}`
      if (step[0] === 'ok') return { ok: true, value }
      if (step[0] === 'twice') return [value, value]
      return step[0] === 'size' ? String(value).length : undefined
    }
  const good = (value: unknown) => ({ ok: true, value }) as const
  const bad = (error: unknown) => ({ ok: false, error }) as const
  const checkOf = (check: Check) => (value: unknown) =>
    String(value).length >= check[1] ? good(value) : bad(`${value} is short`)
  const ruleOf =
    ([kind, by]: RuleSpec) =>
    (parcel: Tariff.Parcel, cents: number): any => {
      if (kind === 'fixed') return good(cents + by)
      if (kind === 'perKilo') return good(cents + by * Math.ceil(parcel.weightG / 1000))
      if (kind === 'atLeast') return good(Math.max(cents, by))
      if (kind === 'notTo') return parcel.to === by ? bad(`not to ${by}`) : good(cents)
      return parcel.weightG > by ? bad(`over ${by} g at ${cents} cents`) : good(cents)
    }
  /** A result as it is, or what is wrong with its shape. */
  const seen = (result: any): unknown => {
    if (typeof result !== 'object' || result === null) return `no result, but ${String(result)}`
    const names = Reflect.ownKeys(result).map(String).sort().join(', ')
    const right = result.ok === true ? 'ok, value' : result.ok === false ? 'error, ok' : undefined
    if (names !== right)
      return `an object with ok: ${String(result.ok)} and the properties ${names}`
    const { prototype } = Object
    const from = Object.getPrototypeOf(result)
    return from === prototype || from === null ? { ...result } : 'an object of a class'
  }
  return flows.map((flow): Sight => {
    const calls: unknown[] = []
    try {
      switch (flow.call) {
        case 'pipe': {
          const piped = tariff.pipe(...flow.steps.map(stepOf))
          piped(flow.input)
          return { value: piped(flow.input) }
        }
        case 'map':
          return {
            value: seen(
              flow.steps.reduce((so, step) => tariff.map(so, stepOf(step)) as never, flow.result),
            ),
          }
        case 'flatMap':
          return {
            value: seen(
              flow.checks.reduce(
                (so, check) => tariff.flatMap(so, checkOf(check)) as never,
                flow.result,
              ),
            ),
          }
        case 'all':
          return { value: seen(tariff.all(flow.results)) }
        case 'groupBy': {
          const keyOf = (item: any) =>
            flow.by === 'self' ? item : flow.by === 'size' ? String(item).length : String(item)[0]
          const groups = tariff.groupBy(flow.items, keyOf)
          return { value: groups instanceof Map ? [...groups] : `no Map, but ${String(groups)}` }
        }
        case 'priceAll': {
          const rules = flow.rules.map((spec, nth) => {
            const rule = ruleOf(spec)
            return (parcel: Tariff.Parcel, cents: number) => {
              calls.push([nth + 1, parcel?.code, cents])
              return rule(parcel, cents)
            }
          })
          return { value: seen(tariff.priceAll(rules)(flow.parcels)), calls }
        }
        default:
          return {}
      }
    } catch (error) {
      // A frozen argument that was to be changed is for whoever froze it.
      if (
        error instanceof TypeError &&
        /read only|not extensible|Cannot (delete|redefine)/.test(error.message)
      )
        throw error
      return { threw: String(error) }
    }
  })
}

// ------------------------------------------------------------------ what must come

function applied(step: Step, value: unknown): unknown {
  if (step[0] === 'add') return typeof value === 'number' ? value + step[1] : value
  if (step[0] === 'suffix') return `${value}${step[1]}`
  if (step[0] === 'ok') return { ok: true, value }
  if (step[0] === 'twice') return [value, value]
  return step[0] === 'size' ? String(value).length : undefined
}

function priced(rules: RuleSpec[], { code, weightG, to }: Tariff.Parcel, calls: unknown[]): Result {
  let cents = 0
  for (const [at, [kind, by]] of rules.entries()) {
    calls.push([at + 1, code, cents])
    if (kind === 'fixed') cents += by
    if (kind === 'perKilo') cents += by * Math.ceil(weightG / 1000)
    if (kind === 'atLeast') cents = Math.max(cents, by)
    if (kind === 'notTo' && to === by) return { ok: false, error: `not to ${by}` }
    if (kind === 'noMoreThan' && weightG > by) {
      return { ok: false, error: `over ${by} g at ${cents} cents` }
    }
  }
  return { ok: true, value: cents }
}

function allOf(results: Result[]): Result {
  const errors = results.flatMap((one) => (one.ok ? [] : [one.error]))
  if (errors.length > 0) return { ok: false, error: errors }
  return { ok: true, value: results.flatMap((one) => (one.ok ? [one.value] : [])) }
}

function wantedOf(flow: Flow): Sight {
  switch (flow.call) {
    case 'pipe':
      return { value: flow.steps.reduce((so: unknown, step) => applied(step, so), flow.input) }
    case 'map': {
      const { result, steps } = flow
      if (!result.ok) return { value: result }
      const value = steps.reduce((so: unknown, step) => applied(step, so), result.value)
      return { value: { ok: true, value } }
    }
    case 'flatMap': {
      let { result } = flow
      for (const [, least] of flow.checks) {
        if (!result.ok || String(result.value).length >= least) continue
        result = { ok: false, error: `${result.value} is short` }
      }
      return { value: result }
    }
    case 'all':
      return { value: allOf(flow.results) }
    case 'groupBy': {
      const groups = new Map<unknown, unknown[]>()
      for (const item of flow.items) {
        const text = String(item)
        const key = flow.by === 'self' ? item : flow.by === 'size' ? text.length : text[0]
        groups.set(key, [...(groups.get(key) ?? []), item])
      }
      return { value: [...groups] }
    }
    case 'priceAll': {
      const calls: unknown[] = []
      const results = flow.parcels.map((parcel): Result => {
        const { code } = parcel
        const one = priced(flow.rules, parcel, calls)
        if (one.ok) return { ok: true, value: { code, cents: one.value } }
        return { ok: false, error: { code, error: one.error } }
      })
      return { value: allOf(results), calls }
    }
  }
}

// ------------------------------------------------------------------ in words

function stepCode(step: Step): string {
  if (step[0] === 'add') return `(x) => x + ${step[1]}`
  if (step[0] === 'suffix') return `(x) => x + ${code(step[1])}`
  if (step[0] === 'ok') return 'ok'
  if (step[0] === 'twice') return '(x) => [x, x]'
  return step[0] === 'size' ? '(x) => String(x).length' : '() => undefined'
}

function ruleCode([kind, by]: RuleSpec): string {
  const texts = {
    fixed: `+ ${by} cents`,
    perKilo: `+ ${by} cents a kilogram`,
    atLeast: `at least ${by} cents`,
    noMoreThan: `an error over ${by} g`,
    notTo: `an error to ${by}`,
  }
  return texts[kind]
}

export function flowCode(flow: Flow): string {
  switch (flow.call) {
    case 'pipe':
      return `pipe(${flow.steps.map(stepCode).join(', ')})(${code(flow.input)}), called for the second time`
    case 'map':
      return flow.steps.reduce((so, step) => `map(${so}, ${stepCode(step)})`, code(flow.result))
    case 'flatMap':
      return flow.checks.reduce(
        (so, [, least]) => `flatMap(${so}, an err for texts of fewer than ${least} characters)`,
        code(flow.result),
      )
    case 'all':
      return `all(${code(flow.results)})`
    case 'groupBy': {
      const by = { self: 'x', size: 'String(x).length', first: 'String(x)[0]' }[flow.by]
      return `groupBy(${code(flow.items)}, (x) => ${by})`
    }
    case 'priceAll': {
      const rules = flow.rules.map((rule, at) => `${at + 1}: ${ruleCode(rule)}`).join('; ')
      return `priceAll([${rules}])(${code(flow.parcels)})`
    }
  }
}

/** Expects what came of a call to be right. */
export function expectFlow(flow: Flow, sight: Sight | undefined): void {
  const { value, calls } = wantedOf(flow)
  if (sight?.threw) expect.fail(`${flowCode(flow)} threw ${sight.threw}`)
  expect(sight?.value, flowCode(flow)).toEqual(value)
  if (calls && !isDeepStrictEqual(sight?.calls, calls)) {
    expect(
      sight?.calls,
      `${flowCode(flow)}: calls of the rules, as [rule, parcel, cents so far]`,
    ).toEqual(calls)
  }
}

// ------------------------------------------------------------------ drawn

const step = fc.oneof(
  fc.tuple(fc.constant('add' as const), fc.integer({ min: 1, max: 9 })),
  fc.tuple(fc.constant('suffix' as const), fc.constantFrom('!', 'kg', '')),
  fc.constant<Step>(['size']),
  fc.constant<Step>(['forget']),
  fc.constant<Step>(['ok']),
  fc.constant<Step>(['twice']),
)
const value = fc.constantFrom<unknown>(
  ...[1, 2, 41, '', 'a', 'heavy', null, undefined, false],
  // What looks like something that is to be unpacked.
  ...[['a', 'b'], [], { ok: true, value: 1 }, { ok: false, error: 1 }],
)
const good = value.map((value): Result => ({ ok: true, value }))
const bad = fc
  .constantFrom<unknown>('far', 'heavy', '', undefined, 0, ['far', 'heavy'], [])
  .map((error): Result => ({ ok: false, error }))
const check = fc.tuple(fc.constant('atLeast' as const), fc.integer({ min: 0, max: 6 }))
const lookalikes = [
  1,
  '1',
  10,
  '10',
  Number.NaN,
  'NaN',
  null,
  'null',
  undefined,
  'undefined',
  true,
  'true',
  '',
  '__proto__',
  'constructor',
  'b',
  'a',
]

const rule = fc.oneof(
  fc.tuple(fc.constant('fixed' as const), fc.integer({ min: 1, max: 500 })),
  fc.tuple(fc.constant('perKilo' as const), fc.integer({ min: 1, max: 90 })),
  fc.tuple(fc.constant('atLeast' as const), fc.integer({ min: 100, max: 900 })),
  fc.tuple(fc.constant('noMoreThan' as const), fc.constantFrom(1000, 5000, 30_000)),
  fc.tuple(fc.constant('notTo' as const), fc.constantFrom('Faro', 'Lagos')),
)
const parcels = fc
  .array(
    fc.record({
      weightG: fc.constantFrom(1, 999, 1000, 1001, 5001, 31_000),
      to: fc.constantFrom('Faro', 'Lagos', 'Porto'),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) => list.map((parcel, at) => ({ code: `P${at + 1}`, ...parcel })))

export const flows = {
  pipe: fc.record({
    call: fc.constant('pipe' as const),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    input: value,
  }),
  map: fc.record({
    call: fc.constant('map' as const),
    result: fc.oneof(good, bad),
    steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  }),
  flatMap: fc.record({
    call: fc.constant('flatMap' as const),
    result: fc.oneof(good, bad),
    checks: fc.array(check, { minLength: 1, maxLength: 3 }),
  }),
  groupBy: fc.record({
    call: fc.constant('groupBy' as const),
    items: fc.array(fc.constantFrom<unknown>(...lookalikes), { minLength: 1, maxLength: 8 }),
    by: fc.constantFrom('self' as const, 'size' as const, 'first' as const),
  }),
  all: fc.record({
    call: fc.constant('all' as const),
    results: fc.array(fc.oneof(good, bad), { minLength: 1, maxLength: 5 }),
  }),
  priceAll: fc.record({
    call: fc.constant('priceAll' as const),
    rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
    parcels,
  }),
} satisfies Record<string, fc.Arbitrary<Flow>>
