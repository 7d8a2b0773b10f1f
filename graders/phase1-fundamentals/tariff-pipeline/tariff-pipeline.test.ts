import fc from 'fast-check'
import { expect, test } from 'vitest'
import type * as Tariff from '../../../solutions/phase1-fundamentals/tariff-pipeline/tariff.ts'
import { forAll, openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'
import { evaluateFrozen } from '../../harness/module-kit/deep-freeze.ts'
import { callPrograms, expectCalls, playCalls } from './calls.ts'
import { CHAIN_LIMITS, chains, expectChain, playChains } from './chains.ts'
import { expectFlow, type Flow, flowCode, flows, playFlows } from './flows.ts'
import { playPromises, WANTED } from './promises.ts'

const submission = openSubmission(import.meta)
const load = sharedUntilFailure(
  () => submission.loadModule<typeof Tariff>('tariff.ts'),
  (subject) => subject.kill(),
)

async function expectFlows(drawn: fc.Arbitrary<Flow>, runs: number): Promise<void> {
  await forAll(submission.fresh, drawn, runs, async (...cases) => {
    const seen = await (await load()).evaluate(playFlows, cases)
    for (const [at, flow] of cases.entries()) expectFlow(flow, seen[at])
  })
}

const { all, priceAll, ...others } = flows

for (const [name, drawn] of Object.entries(others)) {
  test(`C1 ${name} gives what its rules say, for 300 random calls`, async () => {
    await expectFlows(drawn, 300)
  })
}

for (const [name, drawn] of Object.entries<fc.Arbitrary<Flow>>(flows)) {
  test(`C2 ${name} changes nothing that it is given`, async () => {
    await forAll(submission.fresh, drawn, 150, async (...cases) => {
      // Alone once a batch has failed, which is what a learner sees.
      const given = cases.length === 1 ? `what is given in ${flowCode(cases[0]!)}` : 'what is given'
      await evaluateFrozen(await load(), playFlows, cases, given)
    })
  })
}

test('C2 nothing reads the clock, draws chance, prints or sets a timer', async () => {
  const cases = Object.values(flows).flatMap((drawn): Flow[] =>
    fc.sample<Flow>(drawn, { numRuns: 20, seed: submission.seed }),
  )
  const used = await (await load()).evaluate(
    (tariff, { cases, source }) => {
      const used: string[] = []
      const kept: (() => void)[] = []
      const watch = (owner: any, name: string, shown: string) => {
        const real = owner[name]
        owner[name] = (...args: unknown[]) => {
          used.push(shown)
          return real.apply(owner, args)
        }
        kept.push(() => {
          owner[name] = real
        })
      }
      watch(Date, 'now', 'Date.now')
      watch(performance, 'now', 'performance.now')
      watch(Math, 'random', 'Math.random')
      for (const name of ['log', 'info', 'warn', 'error', 'debug']) {
        watch(console, name, `console.${name}`)
      }
      for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
        watch(globalThis, name, name)
      }
      try {
        // biome-ignore lint/security/noGlobalEval: a function travels as its source
        globalThis.eval(`(${source})`)(tariff, cases)
        tariff.lazy([1, 2, 3]).map(String).take(2).toArray()
        const memoized = tariff.memoize((name: string) => name, { max: 1 })
        for (const name of ['a', 'b', 'a']) memoized(name)
      } finally {
        for (const restore of kept) restore()
      }
      return [...new Set(used)]
    },
    { cases, source: playFlows.toString() },
  )
  expect(used, 'what was used of the outside').toEqual([])
})

test('C3 all collects every error in order, for 300 random lists', async () => {
  await expectFlows(all, 300)
})

test('C3 priceAll prices all parcels or says what is wrong with each, for 300 random tariffs', async () => {
  await expectFlows(priceAll, 300)
})

test('C4 chains pull item by item, no more than they need, and close what they leave', async () => {
  await forAll(submission.fresh, chains, 500, async (...cases) => {
    const seen = await (await load()).evaluate(playChains, { cases, ...CHAIN_LIMITS })
    for (const [at, one] of cases.entries()) expectChain(one, seen[at])
  })
})

test('C5 calls f when its arguments are new, and only then, in 600 random programs', async () => {
  await forAll(submission.fresh, callPrograms, 600, async (...programs) => {
    const seen = await (await load()).evaluate(playCalls, programs)
    for (const [at, program] of programs.entries()) expectCalls(program, seen[at])
  })
})

const number = fc.integer({ min: -9, max: 9 })

test('C6 pipe may be grouped in any way', async () => {
  await forAll(
    submission.fresh,
    fc.tuple(number, number, number, number),
    200,
    async (...cases) => {
      const seen = await (await load()).evaluate(({ pipe }, cases) => {
        return cases.map(([x, a, b, c]) => {
          const f = (n: number) => n * 2 + a
          const g = (n: number) => n * n - b
          const h = (n: number) => `${n}/${c}`
          return [
            pipe(f, g, h)(x),
            pipe(pipe(f, g), h)(x),
            pipe(f, pipe(g, h))(x),
            pipe(f)(x),
            h(g(f(x))),
            f(x),
          ]
        })
      }, cases)
      for (const [at, [x, a, b, c]] of cases.entries()) {
        const [flat, left, right, one, wanted, first] = seen[at]!
        const where = `with f = n * 2 + ${a}, g = n * n - ${b}, h = text of n and /${c}, and x = ${x}`
        expect(
          {
            'pipe(f, g, h)': flat,
            'pipe(pipe(f, g), h)': left,
            'pipe(f, pipe(g, h))': right,
            'pipe(f)': one,
          },
          where,
        ).toEqual({
          'pipe(f, g, h)': wanted,
          'pipe(pipe(f, g), h)': wanted,
          'pipe(f, pipe(g, h))': wanted,
          'pipe(f)': first,
        })
      }
    },
  )
})

test('C6 map and flatMap keep their laws', async () => {
  const drawn = fc.tuple(fc.boolean(), number, number, number)
  await forAll(submission.fresh, drawn, 200, async (...cases) => {
    const seen = await (await load()).evaluate((tariff, cases) => {
      const { map, flatMap, ok, err } = tariff as Record<string, (...given: any[]) => any>
      return cases.map(([good, x, a, b]) => {
        const m = good ? ok!(x) : err!(`no ${x}`)
        const f = (n: number) => n + a
        const g = (n: number) => n * b
        const p = (n: number): any => (n > a ? ok(n - a) : err(`${n} is not over ${a}`))
        const q = (n: number): any => (n % 2 === 0 ? ok(n * b) : err(`${n} is odd`))
        return {
          'map(m, (x) => x)': [map(m, (n: number) => n), m],
          'map(map(m, f), g)': [map(map(m, f), g), map(m, (n: number) => g(f(n)))],
          'flatMap(ok(x), p)': [flatMap(ok(x), p), p(x)],
          'flatMap(m, ok)': [flatMap(m, ok), m],
          'flatMap(flatMap(m, p), q)': [
            flatMap(flatMap(m, p), q),
            flatMap(m, (n: number) => flatMap(p(n), q)),
          ],
          'map(m, f) by flatMap': [map(m, f), flatMap(m, (n: number) => ok(f(n)))],
        }
      })
    }, cases)
    for (const [at, [good, x]] of cases.entries()) {
      for (const [law, [one, other]] of Object.entries(seen[at]!)) {
        expect(one, `${law}, for m = ${good ? `ok(${x})` : `err('no ${x}')`}`).toEqual(other)
      }
    }
  })
})

test('C7 handles nothing at all', async () => {
  const parcels = [
    { code: 'P1', weightG: 1200, to: 'Faro' },
    { code: 'P2', weightG: 900, to: 'Lagos' },
  ]
  const seen = await (await load()).evaluate((tariff, parcels) => {
    const { pipe, all, groupBy, lazy, priceAll, memoize, ok } = tariff
    let calls = 0
    const counted = memoize(() => {
      calls += 1
      return calls
    })
    const rules = [(_parcel: unknown, cents: number) => ok(cents + 1)]
    return {
      "pipe()('x')": pipe()('x'),
      'all([])': all([]),
      'groupBy([], (x) => x)': [...groupBy([], (x) => x)],
      'lazy([]).toArray()': lazy([]).toArray(),
      'lazy([]).map(f).filter(f).take(3).toArray()': lazy<number>([])
        .map((n) => n)
        .filter(() => true)
        .take(3)
        .toArray(),
      'lazy([1, 2]).take(0).toArray()': lazy([1, 2]).take(0).toArray(),
      'priceAll([])(parcels)': priceAll([])(parcels),
      'priceAll(rules)([])': priceAll(rules)([]),
      'priceAll([])([])': priceAll([])([]),
      'memoize(f)() twice': [counted(), counted()],
    }
  }, parcels)
  const wanted: Record<string, unknown> = {
    "pipe()('x')": 'x',
    'all([])': { ok: true, value: [] },
    'groupBy([], (x) => x)': [],
    'lazy([]).toArray()': [],
    'lazy([]).map(f).filter(f).take(3).toArray()': [],
    'lazy([1, 2]).take(0).toArray()': [],
    'priceAll([])(parcels)': {
      ok: true,
      value: parcels.map(({ code }) => ({ code, cents: 0 })),
    },
    'priceAll(rules)([])': { ok: true, value: [] },
    'priceAll([])([])': { ok: true, value: [] },
    'memoize(f)() twice': [1, 1],
  }
  for (const [call, value] of Object.entries(wanted)) {
    expect((seen as Record<string, unknown>)[call], `${call} gives ${code(value)}`).toEqual(value)
  }
})

test('C8 a rejected promise is forgotten, alone, and without a rejection that nobody handles', async () => {
  const seen = await (await load()).evaluate(playPromises)
  for (const [scenario, wanted] of Object.entries(WANTED)) {
    const shown =
      scenario === 'rejections that nobody handled'
        ? scenario
        : `${scenario}: how often f had been called after each`
    expect(seen[scenario], shown).toEqual(wanted)
  }
})
