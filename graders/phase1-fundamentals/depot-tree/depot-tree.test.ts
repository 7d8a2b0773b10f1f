import type fc from 'fast-check'
import { expect, test } from 'vitest'
import type * as Addresses from '../../../solutions/phase1-fundamentals/depot-tree/address-index.ts'
import type * as Tree from '../../../solutions/phase1-fundamentals/depot-tree/tree.ts'
import {
  expectFacts,
  forAll,
  type ModuleSubject,
  note,
  openSubmission,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { evaluateFrozen } from '../../harness/module-kit/deep-freeze.ts'
import { expectSameAsList, playIndexes, programs, type Step } from './address-program.ts'
import {
  expectFault,
  expectFlat,
  expectRelations,
  type Forest,
  playForests,
  type Row,
  type Sight,
  script,
} from './forest.ts'
import { faultyRows, forests } from './rows.ts'

const submission = openSubmission(import.meta)
const loadTree = sharedUntilFailure(
  () => submission.loadModule<typeof Tree>('tree.ts'),
  (subject) => subject.kill(),
)
const loadIndex = sharedUntilFailure(
  () => submission.loadModule<typeof Addresses>('address-index.ts'),
  (subject) => subject.kill(),
)

/** CPU time for a call: over ten times what the dearest needs, and a tenth of what a slow way would. */
const BUDGET = { cpuSeconds: 3 }

const IDS = ['d', 'a', 'B', 'c', 'p', 'n', '10', '9', 'x', 'k']
/** Ids that plain objects and `if (id)` trip over. */
const ODD_IDS = ['', '__proto__', 'constructor', 'toString', '0', 'null', 'a', 'b']

type Expectation = (forest: Forest, seen: Sight | undefined) => void

async function expectForests(expectOne: Expectation, ...forests: Forest[]): Promise<void> {
  const subject = await loadTree()
  // Where the program hangs, this is all that a learner has to go by.
  if (forests.length < 5) for (const forest of forests) note('What is built', script(forest))
  const seen = await subject.evaluate(playForests, forests, BUDGET)
  for (const [at, forest] of forests.entries()) expectOne(forest, seen?.[at])
}

/** Draws many forests; one or more of the ids that are asked for are often no depot's. */
async function expectManyForests(
  expectOne: Expectation,
  drawn: fc.Arbitrary<Row[]>,
  runs: number,
  ask: string[] = [],
): Promise<void> {
  await forAll(submission.fresh, drawn, runs, (...list) =>
    expectForests(expectOne, ...list.map((rows) => ({ rows, ask }))),
  )
}

/** Country, two regions, three depots and another country, in no order. */
function twoCountries(): Row[] {
  const { fresh } = submission
  const row = (id: string, parentId: string | null): Row => {
    return { id, parentId, name: fresh.word(), parcels: fresh.int(1, 99) }
  }
  const rows = [
    row('pt', null),
    row('north', 'pt'),
    row('south', 'pt'),
    row('porto', 'north'),
    row('braga', 'north'),
    row('faro', 'south'),
    row('es', null),
  ]
  return fresh.shuffle(rows)
}

const ASK = ['porto', 'braga', 'faro', 'pt', 'es', 'nowhere']

test('C1 gives sums, paths and common depots of two countries', async () => {
  await expectForests(expectRelations, { rows: twoCountries(), ask: ASK })
})

test('C1 keeps a tree apart from another one that is built later', async () => {
  const another = twoCountries().map((row) => ({ ...row, parentId: null }))
  await expectForests(expectRelations, { rows: twoCountries(), ask: ASK, another })
})

test('C1 agrees with a slow search on 300 random forests', async () => {
  await expectManyForests(expectRelations, forests(IDS), 300, IDS.slice(0, 6))
})

const depot = (id: string, parentId: string | null): Row => {
  return { id, parentId, name: id.toUpperCase(), parcels: 1 }
}

const FAULTS: Record<string, Row[][]> = {
  'an id that two rows have': [
    [depot('a', null), depot('b', 'a'), depot('b', 'a')],
    [depot('b', null), depot('a', null), depot('b', null), depot('b', null), depot('a', 'b')],
  ],
  'a parent that no row has': [
    [depot('a', null), depot('b', 'x')],
    [depot('b', 'x'), depot('a', null), depot('c', 'y'), depot('e', 'b')],
  ],
  'a depot that is its own parent': [
    [depot('a', 'a')],
    [depot('a', null), depot('b', 'b'), depot('c', 'b')],
  ],
  'depots that are above each other': [
    [depot('a', null), depot('b', 'c'), depot('c', 'b'), depot('e', 'c')],
    [depot('e', 'c'), depot('c', 'd'), depot('d', 'b'), depot('b', 'c')],
    [depot('a', 'b'), depot('b', 'a'), depot('c', 'd'), depot('d', 'c')],
  ],
}

for (const [what, list] of Object.entries(FAULTS)) {
  test(`C2 refuses ${what}`, async () => {
    await expectForests(expectFault, ...list.map((rows) => ({ rows, ask: [] })))
  })
}

test('C2 names the first fault of 500 random lists of rows, and takes those without one', async () => {
  await expectManyForests(expectFault, faultyRows(['c', 'a', 'd', 'b', 'e', 'f']), 500)
})

test('C3 takes lines of 50 000 depots, each below the one before it', async () => {
  const subject = await loadTree()
  const deep = 50_000
  const seen = await subject.evaluate(
    ({ buildTree, rollup, pathTo, lowestCommon, flatten }, deep) => {
      // Two lines below "0": one of odd ids, one of even ids.
      const rows = Array.from({ length: 2 * deep + 1 }, (_, at) => ({
        id: `${at}`,
        parentId: at === 0 ? null : `${Math.max(0, at - 2)}`,
        name: `n${at}`,
        parcels: 1,
      }))
      const attempt = (call: () => unknown): unknown => {
        try {
          return call()
        } catch (error) {
          return `threw ${error}`
        }
      }
      const built = attempt(() => ({ tree: buildTree(rows) }))
      if (typeof built === 'string') return { 'what buildTree threw': built }
      const { tree } = built as { tree: Tree.Tree }
      const [left, right] = [`${2 * deep - 1}`, `${2 * deep}`]
      return {
        'the sum at the root that rollup gives': attempt(() => rollup(tree).get('0')),
        'the depth of the last depot that flatten gives': attempt(
          () => flatten(tree).at(-1)?.depth,
        ),
        'how many names pathTo gives for the last depot': attempt(
          () => pathTo(tree, right)?.length,
        ),
        'lowestCommon of the last depots of both lines, asked five times': attempt(() => {
          const ids = Array.from({ length: 5 }, () => lowestCommon(tree, left, right))
          return [...new Set(ids)].join()
        }),
      }
    },
    deep,
    BUDGET,
  )
  const wanted = {
    'what buildTree threw': undefined,
    'the sum at the root that rollup gives': 2 * deep + 1,
    'the depth of the last depot that flatten gives': deep,
    'how many names pathTo gives for the last depot': deep + 1,
    'lowestCommon of the last depots of both lines, asked five times': '0',
  }
  expectFacts(seen, wanted, 'where two lines of 50 000 depots hang below one root')
})

/** Depots in which thirty are roots, and thirty hang below each: for each its parent's number, or -1. */
function parentOf(at: number): number {
  return at < 30 ? -1 : Math.floor(at / 30) - 1
}

test('C4 builds, sums up, lists and asks about 50 000 depots, within 3 s of CPU', async () => {
  const subject = await loadTree()
  const { fresh } = submission
  const count = 50_000
  const numbers = fresh.shuffle(Array.from({ length: count }, (_, at) => at))
  const seen = await subject.evaluate(
    ({ buildTree, rollup, pathTo, lowestCommon, flatten }, { order, prefix }) => {
      const rows = Array.from(order, (at) => ({
        id: `${prefix}${at}`,
        parentId: at < 30 ? null : `${prefix}${Math.floor(at / 30) - 1}`,
        name: `n${at}`,
        parcels: 1,
      }))
      const ids = rows.map(({ id }) => id)
      const tree = buildTree(rows)
      const totals = rollup(tree)
      const depths = new Map(Array.from(flatten(tree), ({ id, depth }) => [id, depth]))
      const asked = ids.slice(0, 20_000)
      return {
        totals: ids.map((id) => totals.get(id)),
        depths: ids.map((id) => depths.get(id)),
        paths: asked.map((id) => pathTo(tree, id)?.length),
        common: asked.map((id, at) => lowestCommon(tree, id, asked[at - 1] ?? id)),
        unknown: asked.map((id) =>
          [pathTo(tree, `${id}x`), lowestCommon(tree, id, `${id}x`)].join(),
        ),
      }
    },
    { order: Int32Array.from(numbers), prefix: fresh.word() },
    BUDGET,
  )
  const above = (at: number): number[] => (at === -1 ? [] : [at, ...above(parentOf(at))])
  const totals = new Float64Array(count)
  for (let at = count - 1; at >= 0; at--) for (const depot of above(at)) totals[depot]! += 1
  const asked = numbers.slice(0, 20_000)
  const common = asked.map((at, index) => {
    const others = above(asked[index - 1] ?? at)
    return above(at).find((depot) => others.includes(depot))
  })
  const sums = numbers.map((at) => totals[at])
  expectSameList(seen?.totals, sums, 'what rollup gives for a depot')
  const depths = numbers.map((at) => above(at).length - 1)
  expectSameList(seen.depths, depths, 'the depth that flatten gives for a depot')
  const lengths = asked.map((at) => above(at).length)
  expectSameList(seen.paths, lengths, 'how many names pathTo gives for a depot')
  const found = seen.common?.map((id) => (id === null ? undefined : Number(/\d+$/.exec(id)?.[0])))
  expectSameList(found, common, 'the number in the id that lowestCommon gives for two depots')
  expectSameList(
    seen.unknown,
    asked.map(() => ','),
    'what pathTo and lowestCommon give for an id that no depot has',
  )
})

/** Compares long lists without printing them. */
function expectSameList(seen: unknown[] | undefined, wanted: unknown[], what: string): void {
  const at = wanted.findIndex((value, index) => !Object.is(value, seen?.[index]))
  expect(seen?.[at], `${what}, asked for ${wanted.length} times`).toEqual(wanted[at])
}

test('C5 lists siblings by name and then by id, each before those below it', async () => {
  const named = (id: string, parentId: string | null, name: string): Row => {
    return { id, parentId, name, parcels: 0 }
  }
  const rows = [
    named('e', 'r', 'Évora'),
    named('z', 'r', 'Zürich'),
    named('b', 'r', 'Braga'),
    named('k', 'z', 'Kreis'),
    named('p2', 'r', 'Porto'),
    named('p10', 'r', 'Porto'),
    named('f', 'p10', 'Foz'),
    named('a', 'r', 'aveiro'),
    named('r', null, 'Root'),
    named('q', null, 'Quay'),
  ]
  const shuffled = submission.fresh.shuffle(rows)
  await expectForests(expectFlat, { rows, ask: [] }, { rows: shuffled, ask: [] })
})

test('C5 agrees with a slow search on 300 random forests', async () => {
  await expectManyForests(expectFlat, forests(IDS), 300)
})

test('C6 finds addresses by how they begin, by text and then by id, up to the limit', async () => {
  const subject = await loadIndex()
  const [word, other] = [submission.fresh.unique('p'), submission.fresh.unique('q')]
  const add = (text: string, id: string): Step => ({ on: 0, do: 'add', text, id })
  const search = (prefix: string, limit: number): Step => ({ on: 0, do: 'search', prefix, limit })
  const steps = [
    add(`${word}s`, 'c'),
    add(word, 'b'),
    add(other, 'e'),
    add(`${word}a b`, 'd'),
    add(word, 'a'),
    ...[search(word, 10), search(word, 3), search('p', 1), search('', 10), search('p', 0)],
    ...[search(`${word}sx`, 10), search(other.slice(1), 10)],
  ]
  await expectPrograms(subject, steps)
})

async function expectPrograms(
  subject: ModuleSubject<typeof Addresses>,
  ...list: Step[][]
): Promise<void> {
  const seen = await subject.evaluate(playIndexes, list, BUDGET)
  for (const [at, steps] of list.entries()) expectSameAsList(steps, seen?.[at])
}

test('C6 keeps two indexes apart', async () => {
  const subject = await loadIndex()
  const text = submission.fresh.word()
  const look: Step[] = [0, 1].map((on) => ({ on, do: 'search', prefix: text, limit: 10 }))
  const steps: Step[] = [
    { on: 0, do: 'add', text, id: 'a' },
    ...look,
    { on: 1, do: 'add', text, id: 'b' },
    { on: 1, do: 'remove', text, id: 'a' },
    ...look,
  ]
  await expectPrograms(subject, steps)
})

test('C6 agrees with a plain list through 500 random programs', async () => {
  const subject = await loadIndex()
  const texts = ['por', 'porto', 'portao', 'porto 1', ' porto', 'faro', '10', '9', '', 'foz']
  const prefixes = ['', 'p', 'por', 'port', 'porto', 'portox', 'f', ' ', '1', 'arto']
  await forAll(submission.fresh, programs(texts, prefixes), 500, (...list) =>
    expectPrograms(subject, ...list),
  )
})

test('C7 leaves the rows and their order as they are', async () => {
  const subject = await loadTree()
  const rows = twoCountries()
  const common = await evaluateFrozen(
    subject,
    ({ buildTree, rollup, pathTo, lowestCommon, flatten }, rows) => {
      const tree = buildTree(rows)
      rollup(tree)
      flatten(tree)
      pathTo(tree, 'faro')
      return lowestCommon(tree, 'porto', 'faro')
    },
    rows,
    'the rows',
    BUDGET,
  )
  expect(common, 'lowestCommon(tree, "porto", "faro") where the rows are frozen').toBe('pt')
})

test('C7 gives a new map and a new list at each call', async () => {
  const subject = await loadTree()
  const rows = twoCountries()
  const seen = await subject.evaluate(({ buildTree, rollup, flatten, pathTo }, rows) => {
    const tree = buildTree(rows)
    const look = () => ({
      rollup: rollup(tree),
      flatten: flatten(tree),
      path: pathTo(tree, 'faro'),
    })
    const before = structuredClone(look())
    const { rollup: totals, flatten: list, path } = look()
    totals.clear()
    for (const entry of list) entry.depth = -1
    list.length = 0
    path?.reverse().push('nowhere')
    return { before, after: look() }
  }, rows)
  const when = 'after the caller has changed what an earlier call gave'
  expectFacts(seen?.after, seen?.before, when)
})

const TEXTS = [
  'São Bento',
  'sao bento',
  'SÃO BENTO',
  'Sa\u0303o Bento',
  'Straße',
  'Strasse',
  'Łódź',
  'Nº 4',
  'No 4',
]
const PREFIXES = [
  'SAO',
  'são',
  'sa\u0303',
  'sa',
  'STRA',
  'straß',
  'strass',
  'ł',
  'L',
  'łod',
  'nº',
  'no',
  '',
]

test('C8 ignores case and accents, in what is added, removed and searched for', async () => {
  const subject = await loadIndex()
  const steps: Step[] = [
    ...TEXTS.map((text, at): Step => ({ on: 0, do: 'add', text, id: `id${at}` })),
    ...PREFIXES.map((prefix): Step => ({ on: 0, do: 'search', prefix, limit: 10 })),
    { on: 0, do: 'add', text: 'SAO BENTO', id: 'id0' },
    { on: 0, do: 'search', prefix: 'são bento', limit: 10 },
    { on: 0, do: 'remove', text: 'sao bento', id: 'id0' },
    { on: 0, do: 'search', prefix: 'são bento', limit: 10 },
  ]
  await expectPrograms(subject, steps)
  await forAll(submission.fresh, programs(TEXTS, PREFIXES), 250, (...list) =>
    expectPrograms(subject, ...list),
  )
})

/** What makes addresses long, and a comparison of two as dear as in a real street. */
const STREET = 'rua direita de sao bento de cima, lote '

test('C9 searches 40 000 times among 10 000 addresses, within 3 s of CPU', async () => {
  const subject = await loadIndex()
  const { fresh } = submission
  const order = Int32Array.from(fresh.shuffle(Array.from({ length: 10_000 }, (_, at) => at)))
  // All addresses begin with one prefix in two, a few or one with the others.
  const searches = fresh.list(40_000, () => (fresh.oneIn(2) ? '' : `${fresh.int(0, 999)}`))
  const seen = await subject.evaluate(
    ({ AddressIndex }, { street, order, searches }) => {
      const index = new AddressIndex()
      for (const number of order) index.add(`${street}${number}`, `id${number}`)
      const found = searches.map((start) => index.search(`${street}${start}`, 10))
      return found.map((ids) => Array.from(ids, (id) => id.slice(2)).join(' '))
    },
    { street: STREET, order, searches },
    BUDGET,
  )
  const firstTen = firstByPrefix(Array.from(order, String))
  for (const [at, prefix] of searches.entries()) {
    const message = `the numbers of the ids that search("${STREET}${prefix}", 10) gives`
    expectList(seen?.[at], firstTen.get(prefix)!, message)
  }
})

/** For each prefix of up to three characters, the first ten texts that begin like this. */
function firstByPrefix(texts: string[]): Map<string, string[]> {
  const firstTen = new Map<string, string[]>()
  for (const text of texts.toSorted()) {
    for (let length = 0; length <= Math.min(3, text.length); length++) {
      const prefix = text.slice(0, length)
      const list = firstTen.get(prefix) ?? []
      if (list.length < 10) firstTen.set(prefix, [...list, text])
    }
  }
  return firstTen
}

/** Compares at a glance, for vitest's own comparison is slow where there are thousands. */
function expectList(seen: string | undefined, wanted: string[], message: string): void {
  if (seen !== wanted.join(' ')) expect(seen?.split(' '), message).toEqual(wanted)
}

test('C10 stays fast while addresses come and go, 20 000 times each within 3 s of CPU', async () => {
  const subject = await loadIndex()
  const { fresh } = submission
  const numbers = fresh.shuffle(Array.from({ length: 28_000 }, (_, at) => at))
  const here = 8_000
  const seen = await subject.evaluate(
    ({ AddressIndex }, { street, order, here }) => {
      const index = new AddressIndex()
      for (const number of order.slice(0, here)) index.add(`${street}${number}`, `id${number}`)
      const search = (number: number): unknown => index.search(`${street}${number}`, 1)[0]
      const come = Array.from(order.slice(here), (number) => {
        index.add(`${street}${number}`, `id${number}`)
        return search(number)
      })
      const go = Array.from(order.slice(here), (number) => {
        index.remove(`${street}${number}`, `id${number}`)
        return search(number)
      })
      return { come, go }
    },
    { street: STREET, order: Int32Array.from(numbers), here },
    BUDGET,
  )
  for (const [at, number] of numbers.slice(here).entries()) {
    const added = `search("${STREET}${number}", 1) after this address was added as "id${number}"`
    if (seen?.come[at] !== `id${number}`) expect(seen?.come[at], added).toBe(`id${number}`)
    const removed = `search("${STREET}${number}", 1) after this address was removed`
    if (seen.go[at] === `id${number}`) expect(seen.go[at], removed).not.toBe(`id${number}`)
  }
})

test('C10 does not search through what was removed: 40 000 times within 3 s of CPU', async () => {
  const subject = await loadIndex()
  const numbers = submission.fresh.shuffle(Array.from({ length: 10_000 }, (_, at) => at))
  const seen = await subject.evaluate(
    ({ AddressIndex }, { street, order }) => {
      const index = new AddressIndex()
      for (const number of order) index.add(`${street}${number}`, `id${number}`)
      for (const number of order.slice(5)) index.remove(`${street}${number}`, `id${number}`)
      const found = Array.from({ length: 40_000 }, () => index.search(street, 10))
      return [...new Set(found.map((ids) => ids.join(' ')))]
    },
    { street: STREET, order: Int32Array.from(numbers) },
    BUDGET,
  )
  const left = numbers.slice(0, 5).map(String).sort()
  const message = `search("${STREET}", 10) after all but five of 10 000 addresses were removed`
  expect(seen, message).toEqual([left.map((number) => `id${number}`).join(' ')])
})

test('C11 takes any text for an id, also "" and "__proto__"', async () => {
  await expectManyForests(expectRelations, forests(ODD_IDS), 250, ODD_IDS)
  await expectManyForests(expectFlat, forests(ODD_IDS), 100)
  await expectManyForests(expectFault, faultyRows(ODD_IDS), 250)
})

test('C11 takes any text for the id of an address, and any address', async () => {
  const subject = await loadIndex()
  const texts = ['', '__proto__', 'constructor', 'constructors', '$', '\u0000']
  const ids = ['', '__proto__', 'toString', '0', '$']
  const prefixes = ['', '_', '__proto__', 'con', 'constructor', '$', '\u0000']
  await forAll(submission.fresh, programs(texts, prefixes, ids), 250, (...list) =>
    expectPrograms(subject, ...list),
  )
})
