import { expect, test } from 'vitest'
import type * as Courier from '../../../solutions/phase2-language/async-courier/courier.ts'
import { expectFacts, forAll, openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import { playLeftovers, SETTLED } from './leftovers.ts'
import { type About, disagreement, tellDisagreement, wrongResults } from './model.ts'
import { playPrograms } from './play.ts'
import { type Features, type Program, programs } from './program.ts'
import {
  DISOBEDIENT,
  expectLimits,
  LIMIT_MS,
  limitPrograms,
  OBEDIENT,
  playLimits,
} from './time-limits.ts'

const submission = openSubmission(import.meta)
const load = sharedUntilFailure(
  () => submission.loadModule<typeof Courier>('courier.ts'),
  (subject) => subject.kill(),
)

const EVERYTHING: About[] = ['places', 'empty', 'next', 'attempts', 'aborts', 'pulling', 'results']

/** Plays random programs, and fails where one goes otherwise than the model in what the check is about. */
async function expectPrograms(features: Features, runs: number, ...about: About[]): Promise<void> {
  const check = async (...list: Program[]) => {
    const play = async (turns: number) =>
      (await load()).evaluate(playPrograms, { programs: list, turns })
    const amiss = ({ played }: Awaited<ReturnType<typeof play>>) =>
      list.flatMap((program, at) => {
        const find = about[0] === 'results' ? wrongResults : disagreement
        const found = find(program, played?.[at])
        return found && about.includes(found.about) ? [{ program, found }] : []
      })
    let seen = await play(2)
    // Some need more rounds of timers until all has happened: they are given those before it counts.
    if (amiss(seen).length > 0) seen = await play(list.length > 1 ? 25 : 8)
    for (const { program, found } of amiss(seen)) tellDisagreement(program, found)
    const rule =
      'A promise that a job left behind may be rejected later. That causes no unhandled rejection.'
    if (about.includes('aborts')) expect(seen.unhandled, `${rule}\n\nunhandled rejections`).toBe(0)
  }
  await forAll(submission.fresh, programs(features), runs, check)
}

async function expectLimitPrograms(drawn: ReturnType<typeof limitPrograms>): Promise<void> {
  await forAll(submission.fresh, drawn, 120, async (...list) => {
    const seen = await (await load()).evaluate(playLimits, { programs: list, limitMs: LIMIT_MS })
    for (const [at, program] of list.entries()) expectLimits(program, seen?.[at])
  })
}

test('C1 gives one result per job in the order of the jobs, in 300 random programs', async () => {
  await expectPrograms({}, 300, 'results')
})

test('C1 takes a function that stands in the list several times for as many jobs', async () => {
  const seen = await (await load()).evaluate(async ({ deliverAll }) => {
    let calls = 0
    const job = async ({ attempt }: Courier.Context) => {
      calls += 1
      return `call ${calls}, attempt ${attempt}`
    }
    const results = await deliverAll([job, job, job], { concurrency: 1, timeoutMs: 3_600_000 })
    return results.map((result) => (result.ok ? result.value : 'failed'))
  })
  const text =
    'There is one result for each job. What deliverAll([job, job, job], { concurrency: 1 }) gives'
  expect(seen, text).toEqual(['call 1, attempt 1', 'call 2, attempt 1', 'call 3, attempt 1'])
})

test('C2 fills every place and never one more, in 300 random programs', async () => {
  await expectPrograms({}, 300, 'places', 'empty')
})

test('C2 refuses a concurrency that is no whole number of at least 1', async () => {
  for (const concurrency of [0, -1, 1.5, 0.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
    const seen = await (await load()).evaluate(async ({ deliverAll }, concurrency) => {
      let called = 0
      const job = () => {
        called += 1
      }
      try {
        await deliverAll([job, job], { concurrency })
        return { settled: 'resolved', called }
      } catch (error) {
        return { settled: error instanceof RangeError ? 'a RangeError' : String(error), called }
      }
    }, concurrency)
    const when = `with two jobs and concurrency: ${concurrency}, which must be a whole number of at least 1`
    expectFacts(seen, { settled: 'a RangeError', called: 0 }, when)
  }
})

test('C2 keeps the places of two calls apart', async () => {
  const seen = await (await load()).evaluate(async ({ deliverAll }) => {
    const turn = () => new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1))
    const open: (() => void)[] = []
    const deliver = (name: string) => {
      const begun: string[] = []
      const jobs = [1, 2, 3].map((n) => () => {
        begun.push(name + n)
        return new Promise<string>((resolve) => open.push(() => resolve(name + n)))
      })
      return { begun, promise: deliverAll(jobs, { concurrency: 2 }) }
    }
    const [a, b] = [deliver('a'), deliver('b')]
    for (let left = 25; left > 0; left--) await turn()
    const begun = { a: [...a.begun], b: [...b.begun] }
    for (let left = 200; left > 0; left--) {
      while (open.length > 0) open.shift()!()
      if (a.begun.length === 3 && b.begun.length === 3 && left > 10) left = 10
      await turn()
    }
    const values = async (promise: Promise<Courier.Result<string>[]>) => {
      const results = await Promise.race([promise, turn().then(() => [])])
      return results.map((result) => (result.ok ? result.value : 'failed'))
    }
    return {
      'the jobs that begin': begun,
      'the results': { a: await values(a.promise), b: await values(b.promise) },
    }
  })
  const wanted = {
    'the jobs that begin': { a: ['a1', 'a2'], b: ['b1', 'b2'] },
    'the results': { a: ['a1', 'a2', 'a3'], b: ['b1', 'b2', 'b3'] },
  }
  const when = 'of two calls with concurrency 2 that run at the same time, and share nothing'
  expectFacts(seen, wanted, when)
})

test('C3 begins the next job as soon as one is done, in 300 random programs', async () => {
  await expectPrograms({}, 300, 'next', 'empty')
})

test('C4 ends attempts that take too long and aborts their signals, in 120 random programs', async () => {
  await expectLimitPrograms(limitPrograms(OBEDIENT))
})

test('C4 counts the time from the start of each attempt, in milliseconds', async () => {
  const timeoutMs = submission.fresh.int(60, 90)
  const seen = await (await load()).evaluate(async ({ deliverAll }, timeoutMs) => {
    // Taken before each attempt begins, so that a slow machine only makes it longer.
    let before = performance.now()
    const took: number[] = []
    const job = ({ signal }: Courier.Context) =>
      new Promise<never>(() => {
        signal.addEventListener('abort', () => {
          took.push(performance.now() - before)
          before = performance.now()
        })
      })
    const jobs = [job, job]
    await deliverAll(jobs, { concurrency: 1, timeoutMs, retries: 1, isRetryable: () => true })
    return took
  }, timeoutMs)
  const tooShort = seen.filter((ms) => ms < timeoutMs - 5)
  const text = `\`timeoutMs\` counts from the start of each attempt. With timeoutMs: ${timeoutMs}, two jobs that never end, one place and one retry: the milliseconds until the abort, where they are too few`
  expect(tooShort, text).toEqual([])
  expect(seen.length, 'how many of these four attempts were aborted').toBe(4)
})

test('C4 forgets the time limit of an attempt that has ended before', async () => {
  const timeoutMs = submission.fresh.int(60, 90)
  const pause = timeoutMs - 20
  const seen = await (await load()).evaluate(
    async ({ deliverAll }, { timeoutMs, pause }) => {
      // Taken before the pause begins, so that a slow machine only makes it longer.
      let before = 0
      let took = 0
      const job = ({ signal, attempt }: Courier.Context) => {
        if (attempt === 1) return Promise.reject('busy')
        return new Promise<never>(() => {
          signal.addEventListener('abort', () => {
            took = performance.now() - before
          })
        })
      }
      const backoffMs = () => {
        before = performance.now()
        return pause
      }
      const isRetryable = (error: unknown) => error === 'busy'
      await deliverAll([job], { concurrency: 1, timeoutMs, retries: 1, isRetryable, backoffMs })
      return took
    },
    { timeoutMs, pause },
  )
  const text = `\`timeoutMs\` counts from the start of each attempt. With timeoutMs: ${timeoutMs} and a pause of ${pause} ms after a first attempt that fails at once, the milliseconds from there until the second attempt, which never ends, is aborted`
  expect(seen, text).toBeGreaterThanOrEqual(timeoutMs + pause - 5)
})

test('C5 tries again what it may, as often as it may, in 300 random programs', async () => {
  await expectPrograms({ retries: true }, 300, ...EVERYTHING)
})

test('C5 waits as long as backoffMs says before it tries again', async () => {
  const ms = submission.fresh.int(40, 60)
  const seen = await (await load()).evaluate(async ({ deliverAll }, ms) => {
    // Taken before each failure, so that a slow machine only makes it longer.
    let failed = 0
    const waited: number[] = []
    const job = async ({ attempt }: Courier.Context) => {
      if (attempt > 1) waited.push(performance.now() - failed)
      failed = performance.now()
      throw new Error('busy')
    }
    const isRetryable = () => true
    const backoffMs = (attempt: number) => attempt * ms
    await deliverAll([job], { concurrency: 1, retries: 2, isRetryable, backoffMs })
    return waited
  }, ms)
  const enough = seen.map((waited, at) =>
    waited >= (at + 1) * ms - 5 ? 'long enough' : `${waited.toFixed(0)} ms`,
  )
  const text = `The next attempt begins when as many milliseconds are over as \`backoffMs\` gave. Here they are ${ms} and ${2 * ms}: the pauses before the second and the third attempt`
  expect(enough, text).toEqual(['long enough', 'long enough'])
})

test('C6 stops everything when the caller aborts, in 300 random programs', async () => {
  await expectPrograms({ aborts: 'steps', retries: true }, 300, ...EVERYTHING)
})

test('C6 rejects while all jobs wait an hour for their next attempt, and begins none of those', async () => {
  const seen = await (await load()).evaluate(async ({ deliverAll }) => {
    const turn = () => new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1))
    const caller = new AbortController()
    const attempts: number[] = []
    const job = ({ attempt }: Courier.Context) => {
      attempts.push(attempt)
      return Promise.reject('busy')
    }
    let settled = 'not settled'
    deliverAll([job, job, job], {
      concurrency: 2,
      retries: 3,
      isRetryable: () => true,
      backoffMs: () => 3_600_000,
      signal: caller.signal,
    }).then(
      () => {
        settled = 'resolved'
      },
      (error) => {
        settled = `rejected with ${String(error)}`
      },
    )
    for (let left = 25; left > 0; left--) await turn()
    const before = [...attempts]
    caller.abort('closing')
    for (let left = 50; left > 0; left--) await turn()
    return {
      'the attempts before the abort': before,
      'how the promise is settled': settled,
      'the attempts after the abort': attempts,
    }
  })
  const wanted = {
    'the attempts before the abort': [1, 1],
    'how the promise is settled': 'rejected with closing',
    'the attempts after the abort': [1, 1],
  }
  const when =
    'where three jobs reject, there are two places, and backoffMs gives an hour (a job holds its place while it waits)'
  expectFacts(seen, wanted, when)
})

test('C7 leaves no timer and no listener behind', async () => {
  const seen = await (await load()).evaluate(playLeftovers)
  for (const [way, settled] of Object.entries(SETTLED)) {
    const wanted = { settled, timers: 0, listeners: 0 }
    const text = `Once the promise is settled, no timer of yours keeps the process alive, and \`signal\` has no listener of yours. What is left after ${way}`
    expect(seen?.[way], text).toEqual(wanted)
  }
})

test('C8 pulls a job of a generator when it has a place for it, in 200 random programs', async () => {
  await expectPrograms({ generator: true }, 200, 'pulling', 'empty')
})

test('C8 runs the jobs of an endless generator until the caller aborts', async () => {
  const concurrency = submission.fresh.int(2, 5)
  const seen = await (await load()).evaluate(async ({ deliverAll }, concurrency) => {
    const caller = new AbortController()
    let begun = 0
    let pulled = 0
    function* jobs() {
      for (;;) {
        // Whoever wants them all would never come back.
        if (pulled > 2000) throw new Error('2000 jobs were pulled')
        pulled += 1
        yield async () => {
          begun += 1
          if (begun === 500) caller.abort('closing')
        }
      }
    }
    const settled = await deliverAll(jobs(), { concurrency, signal: caller.signal }).then(
      () => 'resolved',
      (error) => `rejected with ${error instanceof Error ? error.message : String(error)}`,
    )
    const ahead = pulled - begun <= concurrency + 1 ? 'no more than there are places' : pulled
    return { 'how the promise is settled': settled, 'jobs pulled that never began': ahead }
  }, concurrency)
  const wanted = {
    'how the promise is settled': 'rejected with closing',
    'jobs pulled that never began': 'no more than there are places',
  }
  const when = `where a job of an endless generator aborts everything, with concurrency: ${concurrency}`
  expectFacts(seen, wanted, when)
})

test('C8 delivers 10 000 jobs, whether they are done at once or later', async () => {
  const concurrency = submission.fresh.int(1, 4)
  for (const kind of ['plain', 'promise', 'later'] as const) {
    const seen = await (await load()).evaluate(
      async ({ deliverAll }, { concurrency, kind }) => {
        const count = 10_000
        let done = 0
        let ahead = 0
        function* jobs() {
          for (let at = 0; at < count; at++) {
            ahead = Math.max(ahead, at + 1 - done)
            yield () => {
              const end = () => {
                done += 1
                return at
              }
              if (kind === 'plain') return end()
              if (kind === 'promise') return Promise.resolve(end())
              return new Promise<number>((resolve) => setImmediate(() => resolve(end())))
            }
          }
        }
        const results = await deliverAll<number>(jobs(), { concurrency })
        return {
          'how many results are right': results.filter((one, at) => one.ok && one.value === at)
            .length,
          'jobs that were pulled and not done':
            ahead <= concurrency + 1 ? 'as many as there are places' : ahead,
        }
      },
      { concurrency, kind },
    )
    const wanted = {
      'how many results are right': 10_000,
      'jobs that were pulled and not done': 'as many as there are places',
    }
    const text = {
      plain: 'return a number at once',
      promise: 'return a promise that is resolved',
      later: 'take a moment',
    }[kind]
    const when = `of a generator of 10 000 jobs that ${text}, with concurrency: ${concurrency}`
    expectFacts(seen, wanted, when)
  }
})

test('C9 stops when a job aborts, or the caller has aborted before, in 300 random programs', async () => {
  await expectPrograms({ aborts: 'odd' }, 300, ...EVERYTHING)
})

test('C9 fails an attempt by its time limit whatever the job does about it, in 120 random programs', async () => {
  await expectLimitPrograms(limitPrograms(DISOBEDIENT))
})
