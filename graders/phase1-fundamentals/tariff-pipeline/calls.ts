import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Tariff from '../../../solutions/phase1-fundamentals/tariff-pipeline/tariff.ts'
import { code } from '../../harness/module-kit/code.ts'

/** An argument: a primitive value, one of a few objects, or an array that is made for this call. */
export type Arg = { value: unknown } | { object: number } | { fresh: true }

/** Calls of one or two memoized functions, both of the same `f`. */
export type CallProgram = {
  key: 'none' | 'first' | 'count'
  max: number | null
  calls: { of: 0 | 1; args: Arg[] }[]
}

/** What a call gave, and whether it called `f`. */
type Sight = { ran: boolean; gave: string }

/**
 * Makes the calls. `f` gives the number of its call; `undefined` where its first argument is 'void', and an
 * error where it is 'boom'. Runs in the learner's process, so it uses nothing from here.
 */
export function playCalls({ memoize }: typeof Tariff, programs: CallProgram[]): Sight[][] {
  return programs.map(({ key, max, calls }) => {
    let count = 0
    const f = (...args: unknown[]): unknown => {
      count += 1
      if (args[0] === 'boom') throw new Error(`boom ${count}`)
      return args[0] === 'void' ? undefined : count
    }
    const options: Record<string, unknown> = {}
    if (key === 'first') options.key = (...args: unknown[]) => args[0]
    if (key === 'count') options.key = (...args: unknown[]) => args.length
    if (max !== null) options.max = max
    const make = () => (Object.keys(options).length === 0 ? memoize(f) : memoize(f, options))
    const memoized = [make(), make()]
    const objects = [{}, { a: 1 }, [1], [1]]
    return calls.map(({ of, args }) => {
      const before = count
      const given = args.map((arg: any) =>
        'object' in arg ? objects[arg.object] : 'fresh' in arg ? [1] : arg.value,
      )
      try {
        const gave = String(memoized[of]!(...given))
        return { ran: count > before, gave }
      } catch (error) {
        return { ran: count > before, gave: `an error: ${(error as Error).message}` }
      }
    })
  })
}

const sameArg = (a: Arg, b: Arg): boolean => {
  if ('object' in a || 'object' in b) return 'object' in a && 'object' in b && a.object === b.object
  if ('fresh' in a || 'fresh' in b) return false
  return a.value === b.value || (Number.isNaN(a.value) && Number.isNaN(b.value))
}

/** What the calls must give. */
function wantedOf({ key, max, calls }: CallProgram): Sight[] {
  let count = 0
  const kept: { path: Arg[]; gave: string }[][] = [[], []]
  return calls.map(({ of, args }) => {
    const first: Arg = args[0] ?? { value: undefined }
    const path = key === 'none' ? args : key === 'first' ? [first] : [{ value: args.length }]
    const known = kept[of]!.find(
      (one) =>
        one.path.length === path.length && one.path.every((part, at) => sameArg(part, path[at]!)),
    )
    if (known) return { ran: false, gave: known.gave }
    count += 1
    const word = args[0] && 'value' in args[0] ? args[0].value : undefined
    if (word === 'boom') return { ran: true, gave: `an error: boom ${count}` }
    const gave = word === 'void' ? 'undefined' : String(count)
    kept[of]!.push({ path, gave })
    if (max !== null && kept[of]!.length > max) kept[of]!.shift()
    return { ran: true, gave }
  })
}

function callCode({ of, args }: CallProgram['calls'][number]): string {
  const names = ['object', 'other', 'array', 'twin']
  const texts = args.map((arg) =>
    'object' in arg ? names[arg.object]! : 'fresh' in arg ? '[1]' : code(arg.value),
  )
  return `${of === 0 ? 'm' : 'n'}(${texts.join(', ')})`
}

/** Expects the calls of a program to be right; shows them up to the first that is not. */
export function expectCalls(program: CallProgram, seen: Sight[] | undefined): void {
  const wanted = wantedOf(program)
  const wrong = wanted.findIndex(
    (one, at) => one.ran !== seen?.[at]?.ran || one.gave !== seen[at].gave,
  )
  if (wrong < 0) return
  const { key, max } = program
  const keyCode = { none: '', first: 'key: (x) => x', count: 'key: (...args) => args.length' }[key]
  const options = [keyCode, max === null ? '' : `max: ${max}`].filter(Boolean).join(', ')
  const inWords = ({ ran, gave }: Sight) =>
    `${gave}, ${ran ? 'from a call of f' : 'without calling f'}`
  const lines = program.calls
    .slice(0, wrong)
    .map((call, at) => `  ${callCode(call)} gave ${inWords(wanted[at]!)}`)
  const two = program.calls.some(({ of }) => of === 1) ? ' m and n are two of them.' : ''
  const sight = seen?.[wrong]
  expect.fail(
    [
      `${callCode(program.calls[wrong]!)} gave ${sight ? inWords(sight) : 'nothing'}; it must give ${inWords(wanted[wrong]!)}.`,
      `f gives the number of its call, memoized by memoize(f${options ? `, { ${options} }` : ''}).${two}`,
      ...(lines.length > 0 ? ['Before it:', ...lines] : []),
    ].join('\n'),
  )
}

const POOL = [
  1,
  '1',
  Number.NaN,
  'NaN',
  0,
  -0,
  null,
  'null',
  undefined,
  true,
  'true',
  '',
  'a',
  'a,b',
  'b',
  'void',
  'boom',
]
const arg: fc.Arbitrary<Arg> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...POOL).map((value): Arg => ({ value })) },
  { weight: 2, arbitrary: fc.nat({ max: 3 }).map((object): Arg => ({ object })) },
  { weight: 1, arbitrary: fc.constant<Arg>({ fresh: true }) },
)

/** Programs that call with few different arguments, so that they meet again. */
export const callPrograms: fc.Arbitrary<CallProgram> = fc
  .record({
    key: fc.constantFrom('none' as const, 'none' as const, 'first' as const, 'count' as const),
    max: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    lists: fc.array(fc.array(arg, { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
    calls: fc.array(
      fc.tuple(fc.constantFrom(0 as const, 0 as const, 1 as const), fc.nat({ max: 4 })),
      {
        minLength: 1,
        maxLength: 10,
      },
    ),
  })
  .map(({ key, max, lists, calls }) => ({
    key,
    max,
    calls: calls.map(([of, nth]) => ({ of, args: lists[nth % lists.length]! })),
  }))
