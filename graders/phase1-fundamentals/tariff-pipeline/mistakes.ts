// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('tariff.ts')

const SHAPE = 'Results are plain objects with exactly these two properties.'
const PIPE = '`pipe(f, g, h)(x)` is `h(g(f(x)))`.'
const GROUP_ORDER =
  'Keys stand in the order in which they first came, the items of a key in theirs.'
const GROUP_KEYS =
  "Two keys are the same when a `Map` takes them for the same: `1` and `'1'` are two, `NaN` is one."
const UNCHANGED = 'No function of `tariff.ts` changes an argument, or anything inside one.'
const OUTSIDE = 'None reads the clock, draws chance, prints, or sets a timer.'
const NOTHING_BEFORE = '`lazy`, `map`, `filter` and `take` pull no item.'
const ITEM_BY_ITEM = 'An item goes through the whole chain before the next one is pulled.'
const TAKE = 'and pulls none after the last that it gives'
const CLOSING = "its iterator's `return()` is called, also when one of the functions throws"
const LONGER = 'the one they are called on stays as it is'
const AGAIN = 'Each `toArray` walks the iterable again.'
const REMEMBERED = 'is given without calling `f`, also where that is `undefined`'
const SAME = 'There are as many, and each equals the other as a `Map` compares keys'
const KEY = 'with it, calls are the same when `key(...args)` gives the same key'
const MAX =
  'One more makes room by forgetting the one that has been remembered for the longest time'
const MAX_OFTEN = 'however often it was asked for'
const ERRORS = 'When `f` throws, the caller gets the error, and nothing is remembered.'
const TWO = 'Two memoized functions share nothing, also of the same `f`.'
const REJECTED = 'Once it is rejected, it is forgotten: the next call calls `f` again.'
const OTHERS =
  'That rejection forgets no other result, and causes no unhandled rejection of its own.'
const PRICE =
  'A parcel begins with 0 cents, and goes through all rules in order, each with the price that the one before gave.'
const PRICE_ERRORS =
  'Where parcels have errors, the result is `err` with one `{ code, error }` for each of those, in order.'

/** Remembers by a text of the arguments. */
const byText = (text: string) => [
  edit(
    '    const path = key ? [key(...args)] : args\n',
    `    const path = key ? [key(...args)] : [${text}]\n`,
  ),
]

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'sorts what it was given, to have the keys in order',
    rule: UNCHANGED,
    edits: [
      edit(
        '  for (const item of items) {\n    const key',
        '  for (const item of (items as T[]).sort()) {\n    const key',
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C3',
    why: 'stops at the first error',
    rule: 'where there are errors, `err` with the array of every error, in order',
    edits: [edit('return err(errors)', 'return err(errors.slice(0, 1))')],
  },
  {
    id: 'W3',
    check: 'C5',
    why: 'remembers by the JSON of the arguments: NaN is null, and equal arrays are one',
    rule: SAME,
    edits: byText('JSON.stringify(args)'),
  },
  {
    id: 'W4',
    check: 'C4',
    why: 'makes an array of the iterable first',
    rule: NOTHING_BEFORE,
    edits: [
      edit(
        '  /** A step of the chain',
        '  if (iterable !== null) iterable = [...iterable]\n  /** A step of the chain',
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C7',
    why: 'reduces without a start: no function at all is an error',
    rule: 'The function gives back its argument.',
    edits: [
      edit(
        '  return (value) => fns.reduce((so, f) => f(so), value)',
        '  return fns.reduce((f, g) => (value) => g(f(value)))',
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C3',
    why: 'throws where there are errors',
    rule: PRICE_ERRORS,
    edits: [
      edit('  if (errors.length > 0) return err(errors)', '  if (errors.length > 0) throw errors'),
    ],
  },
  {
    id: 'W7',
    check: 'C1',
    why: 'results carry the other property too, as undefined',
    rule: SHAPE,
    edits: [
      edit(
        'export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })',
        'export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value, error: undefined }) as never',
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'results are objects of a class',
    rule: SHAPE,
    edits: [
      edit(
        'export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })',
        'class Ok { ok = true as const; value: any; constructor(value: any) { this.value = value } }\nexport const ok = <T>(value: T): Result<T, never> => new Ok(value)',
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'map gives what f returns, and not a result',
    rule: 'For an `ok` it gives `ok` of what `f` returns for the value.',
    edits: [
      edit(
        'result.ok ? ok(f(result.value)) : result',
        'result.ok ? (f(result.value) as never) : result',
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'flatMap wraps the result that f returns',
    rule: 'For an `ok` it gives what `f` returns for the value, which is a result itself.',
    edits: [
      edit(
        'result.ok ? f(result.value) : result',
        'result.ok ? (ok(f(result.value)) as never) : result',
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'map calls f for an err as well',
    rule: 'They give an equal `err`, and do not call `f`.',
    edits: [
      edit(
        'result.ok ? ok(f(result.value)) : result',
        'result.ok ? ok(f(result.value)) : (err(f(result.error as never)) as never)',
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'takes a falsy value for none: map does not call f for 0, an empty text or undefined',
    rule: 'For an `ok` it gives `ok` of what `f` returns for the value.',
    edits: [
      edit(
        'result.ok ? ok(f(result.value)) : result',
        'result.ok && result.value ? ok(f(result.value)) : (result as never)',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'takes a falsy error for none',
    rule: 'where there are errors, `err` with the array of every error, in order',
    edits: [
      edit(
        'const errors = results.filter((one) => !one.ok).map((one) => one.error)',
        'const errors = results.filter((one) => !one.ok && one.error).map((one: any) => one.error)',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'collects the errors from the last to the first',
    rule: 'where there are errors, `err` with the array of every error, in order',
    edits: [edit('return err(errors)', 'return err(errors.reverse())')],
  },
  {
    id: 'W15',
    check: 'C3',
    why: 'drops values that are undefined',
    rule: '`ok` with the array of all values, in order',
    edits: [
      edit(
        'return ok(results.filter((one) => one.ok).map((one) => one.value))',
        'return ok(results.filter((one) => one.ok).map((one) => one.value).filter((value) => value !== undefined))',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C7',
    why: 'an empty list of results is an error',
    rule: '`ok([])`',
    edits: [
      edit(
        'if (errors.length > 0) return err(errors)',
        'if (errors.length > 0 || results.length === 0) return err(errors)',
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'composes from right to left',
    rule: PIPE,
    edits: [edit('fns.reduce(', 'fns.reduceRight(')],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'stops the pipe at undefined',
    rule: PIPE,
    edits: [edit('(so, f) => f(so)', '(so, f) => (so === undefined ? so : f(so))')],
  },
  {
    id: 'W19',
    check: 'C1',
    why: 'groups in an object, whose keys are texts, and sorts numbers first',
    rule: GROUP_KEYS,
    edits: [
      edit('  const groups = new Map<K, T[]>()\n', '  const groups: any = {}\n'),
      edit(
        '    const group = groups.get(key)\n',
        '    const group = Object.hasOwn(groups, key as any) ? groups[key] : undefined\n',
      ),
      edit('    else groups.set(key, [item])', '    else groups[key] = [item]'),
      edit('  return groups\n', '  return new Map(Object.entries(groups)) as never\n'),
    ],
  },
  {
    id: 'W20',
    check: 'C1',
    why: 'puts later items of a group first',
    rule: GROUP_ORDER,
    edits: [edit('if (group) group.push(item)', 'if (group) group.unshift(item)')],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'moves a group to the end with each item that it gets',
    rule: GROUP_ORDER,
    edits: [
      edit(
        '    if (group) group.push(item)',
        '    groups.delete(key)\n    if (group) groups.set(key, [...group, item])',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'compares keys with ===, so that each NaN is a group of its own',
    rule: GROUP_KEYS,
    edits: [
      edit(
        '    const group = groups.get(key)\n',
        '    const group = Number.isNaN(key) ? undefined : groups.get(key)\n',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C2',
    why: 'writes the price into the parcel it was given',
    rule: UNCHANGED,
    edits: [
      edit(
        'cents.ok ? ok({ code, cents: cents.value })',
        'cents.ok ? ok(Object.assign(parcel as never, { code, cents: cents.value }))',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C2',
    why: 'changes the result that it was given',
    rule: UNCHANGED,
    edits: [
      edit(
        '  return result.ok ? ok(f(result.value)) : result',
        '  if (result.ok) (result as any).value = f(result.value)\n  return result as never',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C2',
    why: 'prints each price, for the log',
    rule: OUTSIDE,
    edits: [
      edit(
        '    const { code } = parcel\n',
        '    const { code } = parcel\n    console.debug(code)\n',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C2',
    why: 'notes when a result was remembered',
    rule: OUTSIDE,
    edits: [
      edit(
        '    entries.add(entry)\n',
        '    entries.add(Object.assign(entry, { at: Date.now() }))\n',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'asks whether there is enough before it asks for the next item: one is pulled for nothing',
    rule: TAKE,
    edits: [
      edit(
        '          yield item\n          left -= 1\n          if (left === 0) return\n',
        '          if (left === 0) return\n          yield item\n          left -= 1\n',
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C4',
    why: 'maps all items before it filters the first',
    rule: ITEM_BY_ITEM,
    edits: [
      edit(
        '        for (const item of iterable) yield f(item)',
        '        const all = []\n        for (const item of iterable) all.push(f(item))\n        yield* all',
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'walks with next() alone, and never closes the iterator',
    rule: CLOSING,
    edits: [
      edit(
        '        for (const item of iterable) {\n          yield item\n',
        '        const walk = iterable[Symbol.iterator]()\n        for (;;) {\n          const { done, value: item } = walk.next()\n          if (done) return\n          yield item\n',
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'closes the iterator when there is enough, and not when a function throws',
    rule: CLOSING,
    edits: [
      edit(
        '        for (const item of iterable) if (f(item)) yield item',
        '        const walk = iterable[Symbol.iterator]()\n        for (let one = walk.next(); !one.done; one = walk.next()) {\n          const keep = f(one.value)\n          try {\n            if (keep) yield one.value\n          } finally {\n            walk.return?.()\n          }\n        }',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C4',
    why: 'adds each step to the one object of the chain',
    rule: LONGER,
    edits: [
      edit(
        '  const step = <U>(walk: () => Iterable<U>) =>\n    lazy({ [Symbol.iterator]: () => walk()[Symbol.iterator]() })\n  return {',
        '  const step = (walk: () => Iterable<any>): any => {\n    const next = lazy({ [Symbol.iterator]: () => walk()[Symbol.iterator]() })\n    return Object.assign(chain, next)\n  }\n  const chain: any = {',
      ),
      edit(
        '    toArray: () => [...iterable],\n  }\n',
        '    toArray: () => [...iterable],\n  }\n  return chain\n',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C4',
    why: 'remembers what it has walked, and gives nothing for the second time',
    rule: AGAIN,
    edits: [
      edit(
        '    toArray: () => [...iterable],',
        '    toArray: () => walked++ === 0 ? [...iterable] : [],',
      ),
      edit('  /** A step of the chain', '  let walked = 0\n  /** A step of the chain'),
    ],
  },
  {
    id: 'W33',
    check: 'C7',
    why: 'take(0) gives one item, for it looks after the first',
    rule: 'gives the first `n` items, `n` being a whole number of at least 0',
    edits: [
      edit('        if (left === 0) return\n        for', '        for'),
      edit('if (left === 0) return\n        }', 'if (left <= 0) return\n        }'),
    ],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'remembers by the joined arguments: 1 and the text 1 are one',
    rule: SAME,
    edits: byText("args.join(',')"),
  },
  {
    id: 'W35',
    check: 'C5',
    why: 'looks at the first argument only',
    rule: SAME,
    edits: byText('args[0]'),
  },
  {
    id: 'W36',
    check: 'C5',
    why: 'takes a missing argument for one that is undefined',
    rule: SAME,
    edits: [
      edit(
        '      const same = entry.path.length === path.length\n',
        '      const most = Math.max(entry.path.length, path.length)\n',
      ),
      edit(
        '      if (same && path.every((part, at) => sameValue(part, entry.path[at]))) return',
        '      if (Array.from({ length: most }).every((_, at) => sameValue(path[at], entry.path[at]))) return',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C5',
    why: 'compares with ===, so that NaN is new each time',
    rule: SAME,
    edits: [edit('a === b || (Number.isNaN(a) && Number.isNaN(b))', 'a === b')],
  },
  {
    id: 'W38',
    check: 'C5',
    why: 'compares with Object.is, which tells 0 from -0',
    rule: SAME,
    edits: [edit('a === b || (Number.isNaN(a) && Number.isNaN(b))', 'Object.is(a, b)')],
  },
  {
    id: 'W39',
    check: 'C5',
    why: 'takes undefined for "not remembered"',
    rule: REMEMBERED,
    edits: [
      edit(
        'entry.path[at]))) return entry.value',
        'entry.path[at])) && entry.value !== undefined) return entry.value',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C5',
    why: 'hands key the arguments as one array',
    rule: KEY,
    edits: [edit('key ? [key(...args)] : args', 'key ? [(key as any)(args)] : args')],
  },
  {
    id: 'W41',
    check: 'C5',
    why: 'forgets the newest where there is no room',
    rule: MAX,
    edits: [edit('const [oldest] = entries', 'const oldest = [...entries].at(-2)')],
  },
  {
    id: 'W42',
    check: 'C5',
    why: 'forgets the one that was asked for the longest time ago',
    rule: MAX_OFTEN,
    edits: [
      edit(
        'entry.path[at]))) return entry.value',
        'entry.path[at]))) {\n        entries.delete(entry)\n        entries.add(entry)\n        return entry.value\n      }',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C5',
    why: 'remembers one more than max',
    rule: 'A whole number of at least 1: so many results are remembered.',
    edits: [edit('entries.size > max', 'entries.size > max + 1')],
  },
  {
    id: 'W44',
    check: 'C5',
    why: 'remembers at most ten where nobody asked for a limit',
    rule: 'Without it, all are.',
    edits: [edit('max = Number.POSITIVE_INFINITY', 'max = 2')],
  },
  {
    id: 'W45',
    check: 'C5',
    why: 'makes room before it knows that there is a result: an error costs one that was remembered',
    rule: ERRORS,
    edits: [
      edit(
        '    const entry: Entry<R> = { path, value: f(...args) }\n',
        '    const [first] = entries\n    if (entries.size === max) entries.delete(first!)\n    const entry: Entry<R> = { path, value: f(...args) }\n',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C5',
    why: 'remembers undefined for what threw',
    rule: ERRORS,
    edits: [
      edit(
        '    const entry: Entry<R> = { path, value: f(...args) }\n    entries.add(entry)\n',
        '    const entry: Entry<R> = { path, value: undefined as R }\n    entries.add(entry)\n    entry.value = f(...args)\n',
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C5',
    why: 'keeps the results of all memoized functions in one place',
    rule: TWO,
    edits: [
      edit(
        '  // In the order in which they were remembered.\n  const entries = new Set<Entry<R>>()\n',
        '  const entries: Set<Entry<R>> = shared\n',
      ),
      edit('const sameValue =', 'const shared = new Set<any>()\nconst sameValue ='),
    ],
  },
  {
    id: 'W48',
    check: 'C5',
    why: 'keeps the results with f, so that two of the same f share them',
    rule: TWO,
    edits: [
      edit(
        '  // In the order in which they were remembered.\n  const entries = new Set<Entry<R>>()\n',
        '  const entries: Set<Entry<R>> = ((f as any).entries ??= new Set())\n',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C8',
    why: 'keeps a promise that was rejected',
    rule: REJECTED,
    edits: [
      edit(
        '    if (entry.value instanceof Promise) entry.value.catch(() => entries.delete(entry))\n',
        '',
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C8',
    why: 'forgets with then, whose own promise is rejected, and nobody handles that',
    rule: OTHERS,
    edits: [
      edit(
        'entry.value.catch(() => entries.delete(entry))',
        'entry.value.finally(() => entries.delete(entry))',
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C8',
    why: 'forgets by the arguments: a late rejection forgets the result that has taken the place',
    rule: OTHERS,
    edits: [
      edit(
        'entry.value.catch(() => entries.delete(entry))',
        'entry.value.catch(() => {\n        for (const one of entries) if (one.path[0] === path[0]) entries.delete(one)\n      })',
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C8',
    why: 'forgets everything when one promise is rejected',
    rule: OTHERS,
    edits: [
      edit(
        'entry.value.catch(() => entries.delete(entry))',
        'entry.value.catch(() => entries.clear())',
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'remembers a promise only once it is fulfilled',
    rule: 'A promise is remembered like any value.',
    edits: [
      edit(
        'entry.value.catch(() => entries.delete(entry))',
        '{\n      entries.delete(entry)\n      entry.value.then(() => entries.add(entry), () => {})\n    }',
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C3',
    why: 'gives each rule the price at the start',
    rule: PRICE,
    edits: [edit('(value) => rule(parcel, value)', '() => rule(parcel, 0)')],
  },
  {
    id: 'W55',
    check: 'C3',
    why: 'goes through the rules from the last to the first',
    rule: PRICE,
    edits: [edit('const cents = rules.reduce<', 'const cents = rules.reduceRight<')],
  },
  {
    id: 'W56',
    check: 'C3',
    why: "calls a parcel's later rules after an error, and keeps the first",
    rule: "At a parcel's first error its later rules are not called.",
    edits: [
      edit(
        '(so, rule) => flatMap(so, (value) => rule(parcel, value))',
        '(so, rule) => {\n        const next = rule(parcel, so.ok ? so.value : 0)\n        return so.ok ? next : so\n      }',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C3',
    why: 'gives the whole parcel with its price, and not code and cents alone',
    rule: 'The result is `ok` with one `{ code, cents }`, and nothing more in it, for each parcel, in order.',
    edits: [edit('ok({ code, cents: cents.value })', 'ok({ ...parcel, cents: cents.value })')],
  },
  {
    id: 'W58',
    check: 'C3',
    why: 'gives the errors alone, without the code of the parcel',
    rule: PRICE_ERRORS,
    edits: [edit('err({ code, error: cents.error })', 'err(cents.error as never)')],
  },
  {
    id: 'W59',
    check: 'C7',
    why: 'begins with the first rule, so that no rules are an error',
    rule: PRICE,
    edits: [
      edit(
        '    const start: Result<number, string> = ok(0)\n',
        "    const start: Result<number, string> = rules.length > 0 ? ok(0) : err('no rules')\n",
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C6',
    why: 'pipe of a single function calls it without the value',
    rule: PIPE,
    edits: [
      edit(
        '  return (value) => fns.reduce((so, f) => f(so), value)',
        '  if (fns.length === 1) return () => fns[0]!(undefined)\n  return (value) => fns.reduce((so, f) => f(so), value)',
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C1',
    why: 'takes the functions off the list while it calls them: the second call finds none',
    rule: PIPE,
    edits: [
      edit(
        '  return (value) => fns.reduce((so, f) => f(so), value)',
        '  return (value) => {\n    let so = value\n    for (let f = fns.shift(); f; f = fns.shift()) so = f(so)\n    return so\n  }',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C3',
    why: 'flattens errors that are lists themselves',
    rule: 'where there are errors, `err` with the array of every error, in order',
    edits: [edit('return err(errors)', 'return err(errors.flat()) as never')],
  },
  {
    id: 'W63',
    check: 'C1',
    why: 'map takes a result that f returns for its own, as promises do',
    rule: 'For an `ok` it gives `ok` of what `f` returns for the value.',
    edits: [
      edit(
        'return result.ok ? ok(f(result.value)) : result',
        'if (!result.ok) return result\n  const value: any = f(result.value)\n  return value && typeof value === "object" && "ok" in value ? value : ok(value)',
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C4',
    why: 'leaves out items that are undefined',
    rule: 'gives the first `n` items, `n` being a whole number of at least 0',
    edits: [
      edit(
        'toArray: () => [...iterable]',
        'toArray: () => [...iterable].filter((item) => item !== undefined)',
      ),
    ],
  },
]
