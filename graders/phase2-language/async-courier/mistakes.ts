// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('courier.ts')

const ORDER = 'There is one result for each job, in the order of `jobs`, whichever finished first.'
const SUCCESS =
  '`value` is what the job returned, or what its promise resolved to, whatever that is.'
const NO_PROMISE = 'A job need not return a promise.'
const FAILURE =
  '`error` is what the job threw, or what its promise was rejected with, whatever that is.'
const THROWS = 'A job that throws at once has failed like any other.'
const OTHERS = 'A failure stops no other job, and `deliverAll` does not reject because of it.'
const WHEN = 'The promise resolves when every job has its result; without jobs, to `[]`.'
const CONCURRENCY =
  'Anything else → `RangeError`, thrown or as the rejection, and no job is called.'
const AT_MOST = 'Never more than `concurrency` jobs hold a place.'
const AT_LEAST = 'No place stays empty while there are jobs that have not begun.'
const NEXT = 'When a job has its result, the next one begins at once, whatever the others do.'
const WHO = 'Jobs begin in the order of `jobs`, and each begins once.'
const PULLING = 'a job is pulled when there is a place for it. One more job may be pulled ahead.'
const MANY = '10 000 jobs work, also where all are done at once.'
const APART = 'Calls of `deliverAll` that run at the same time share nothing.'
const ATTEMPT = "1 at a job's first attempt, 2 at its second, and so on."
const OWN_SIGNAL = 'An `AbortSignal` that no other attempt has.'
const FRESH_SIGNAL = 'It is not aborted when the attempt begins.'
const LIMIT = 'Counts from the start of each attempt.'
const TOO_LATE = "The attempt's signal is aborted, and the attempt is over"
const TIMEOUT_ERROR = "it has failed with an `Error` whose `name` is `'TimeoutError'`"
const WHATEVER = 'It may ignore it, throw something else, or return a value.'
const RETRIES =
  'A job has at most `retries` attempts more than one, and none more than one without `retries`.'
const RETRYABLE =
  'There is another attempt only if it gives `true` for the error of the last one, a `TimeoutError` included.'
const BACKOFF = 'Called once before each further attempt, with the number of the one that failed.'
const WAITS = 'The next attempt begins when so many milliseconds are over; without it, at once.'
const LAST = "What came of a job's last attempt."
const REJECTS =
  "When `signal` aborts, the promise rejects at once with the signal's `reason`, whatever that is, even if jobs ignore their signals or wait for another attempt."
const RUNNING = 'The signals of all attempts that run are aborted.'
const NOTHING_NEW = 'From then on no attempt begins.'
const FIRST_LINES = 'That holds, too, when a job aborts in the midst of its first lines.'
const BEFORE =
  'If `signal` was aborted before the call, no job begins, and the promise rejects with the reason.'
const LATE = 'That causes no unhandled rejection.'
const LEFT =
  'Once the promise is settled, no timer of yours keeps the process alive, and `signal` has no listener of yours.'

/** Replaces the loop of the places. */
const placesAre = (text: string) =>
  edit(
    `    while (places.length < concurrency && !empty && !signal?.aborted) places.push(place())
`,
    text,
  )
const PLACE_BODY = `    while (!signal?.aborted) {
      const next = iterator.next()
      if (next.done) {
        empty = true
        return
      }
      const at = pulled++
      results[at] = await deliver(next.value, options)
    }
`
const RACE =
  '    return await Promise.race([job({ signal: controller.signal, attempt }), cut.promise])'
const END = `    cut.reject(reason)
    controller.abort(reason)`

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'Promise.all over all jobs: everything at once',
    rule: AT_MOST,
    edits: [placesAre('    while (!empty && !signal?.aborted) places.push(place())\n')],
  },
  {
    id: 'W2',
    check: 'C3',
    why: 'chunks: the slowest of each holds up all the others',
    rule: NEXT,
    edits: [
      edit(PLACE_BODY, PLACE_BODY.replace('while (!signal?.aborted)', 'if (!signal?.aborted)')),
      placesAre(`    while (!empty && !signal?.aborted) {
      const chunk: Promise<void>[] = []
      while (chunk.length < concurrency && !empty && !signal?.aborted) chunk.push(place())
      await Promise.race([stopped.promise, Promise.all(chunk)])
    }
`),
    ],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'a time limit that only stops waiting: the signal is not aborted, the work goes on',
    rule: TOO_LATE,
    edits: [
      edit(
        "const onTime = () => end(new DOMException(`over ${timeoutMs} ms`, 'TimeoutError'))",
        "const onTime = () => cut.reject(new DOMException(`over ${timeoutMs} ms`, 'TimeoutError'))",
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C7',
    why: 'timers are not cleared',
    rule: LEFT,
    edits: [edit('    clearTimeout(timer)\n', '')],
  },
  {
    id: 'W5',
    check: 'C1',
    why: 'results in the order in which jobs finish',
    rule: ORDER,
    edits: [
      edit(
        '      const at = pulled++\n      results[at] = await deliver(next.value, options)',
        '      pulled++\n      results.push(await deliver(next.value, options))',
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C5',
    why: 'tries everything again',
    rule: RETRYABLE,
    edits: [edit(' || !isRetryable?.(error)', '')],
  },
  {
    id: 'W7',
    check: 'C8',
    why: 'makes an array of the generator first',
    rule: PULLING,
    edits: [
      edit('const iterator = jobs[Symbol.iterator]()', 'const iterator = [...jobs].values()'),
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'calls then on what the job returns, which may be no promise',
    rule: NO_PROMISE,
    edits: [
      edit(
        RACE,
        RACE.replace('attempt })', 'attempt }).then((value: T) => value)').replace(
          'job(',
          '(job as any)(',
        ),
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'an empty value becomes null',
    rule: SUCCESS,
    edits: [
      edit(
        'value: await tryOnce(job, attempt, options) }',
        'value: (await tryOnce(job, attempt, options)) || (null as T) }',
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'wraps what was thrown in an Error',
    rule: FAILURE,
    edits: [
      edit(
        '      if (over) return { ok: false, error }',
        '      if (over) return { ok: false, error: error instanceof Error ? error : new Error(String(error)) }',
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'a job that throws at once rejects the whole delivery',
    rule: THROWS,
    edits: [
      edit(
        '      return { ok: true, value: await tryOnce(job, attempt, options) }',
        '      return { ok: true, value: await tryOnce(job, attempt, options, (error) => { thrown = { error } }) }',
      ),
      edit(
        '    } catch (error) {\n',
        '    } catch (error) {\n      if (thrown) throw thrown.error\n',
      ),
      edit(
        '  for (let attempt = 1; ; attempt++) {\n',
        '  for (let attempt = 1; ; attempt++) {\n    let thrown: { error: unknown } | undefined\n',
      ),
      edit(
        'async function tryOnce<T>(job: Job<T>, attempt: number, options: Options)',
        'async function tryOnce<T>(job: Job<T>, attempt: number, options: Options, onThrow: (error: unknown) => void)',
      ),
      edit(
        RACE,
        `    let returned: Promise<T> | T
    try {
      returned = job({ signal: controller.signal, attempt })
    } catch (error) {
      onThrow(error)
      throw error
    }
    return await Promise.race([returned, cut.promise])`,
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'rejects with the first error',
    rule: OTHERS,
    edits: [edit('      if (over) return { ok: false, error }', '      if (over) throw error')],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'resolves when one place has no more to do',
    rule: WHEN,
    edits: [edit('Promise.all(places)]', 'Promise.race(places)]')],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'never resolves without jobs',
    rule: WHEN,
    edits: [
      edit(
        '    return results\n',
        '    if (pulled === 0) await stopped.promise\n    return results\n',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C2',
    why: 'NaN and fractions pass',
    rule: CONCURRENCY,
    edits: [edit('if (!Number.isInteger(concurrency) || concurrency < 1)', 'if (concurrency < 1)')],
  },
  {
    id: 'W16',
    check: 'C2',
    why: 'one place too many',
    rule: AT_MOST,
    edits: [
      placesAre(
        '    while (places.length <= concurrency && !empty && !signal?.aborted) places.push(place())\n',
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C2',
    why: 'one job after the other',
    rule: AT_LEAST,
    edits: [placesAre('    places.push(place())\n')],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'takes the last job first',
    rule: WHO,
    edits: [
      edit(
        'const iterator = jobs[Symbol.iterator]()\n  let pulled = 0',
        'const all = [...jobs]\n  let pulled = 0\n  const iterator = all.map((_, at) => all[all.length - 1 - at]!).values()',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C8',
    why: 'starts the next job from the end of the last one: jobs that are done at once fill the stack',
    rule: MANY,
    files: {
      'courier.ts': `type Context = { signal: AbortSignal; attempt: number }
type Job = (context: Context) => unknown
type Result = { ok: true; value: unknown } | { ok: false; error: unknown }

export function deliverAll(jobs: Iterable<Job>, { concurrency }: { concurrency: number }): Promise<Result[]> {
  return new Promise((resolve, reject) => {
    if (!Number.isInteger(concurrency) || concurrency < 1) return reject(new RangeError('concurrency'))
    const results: Result[] = []
    const iterator = jobs[Symbol.iterator]()
    let pulled = 0
    let running = 0
    let empty = false
    const next = () => {
      if (empty || running >= concurrency) {
        if (empty && running === 0) resolve(results)
        return
      }
      const { done, value: job } = iterator.next()
      if (done) {
        empty = true
        if (running === 0) resolve(results)
        return
      }
      const at = pulled++
      running += 1
      const end = (result: Result) => {
        results[at] = result
        running -= 1
        next()
      }
      try {
        const value = job({ signal: new AbortController().signal, attempt: 1 })
        if (value instanceof Promise) {
          value.then((value) => end({ ok: true, value }), (error) => end({ ok: false, error }))
        } else end({ ok: true, value })
      } catch (error) {
        end({ ok: false, error })
      }
      next()
    }
    next()
  })
}
`,
    },
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'counts what runs for all calls together',
    rule: APART,
    edits: [
      edit(
        '/** Tries a job until',
        `let busy = 0
const queue: (() => void)[] = []

/** Tries a job until`,
      ),
      edit(
        '      results[at] = await deliver(next.value, options)',
        `      while (busy >= concurrency) await new Promise<void>((resolve) => queue.push(resolve))
      busy += 1
      results[at] = await deliver(next.value, options)
      busy -= 1
      queue.shift()?.()`,
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C5',
    why: 'attempts are counted from 0',
    rule: ATTEMPT,
    edits: [edit(RACE, RACE.replace('signal, attempt }', 'signal, attempt: attempt - 1 }'))],
  },
  {
    id: 'W22',
    check: 'C5',
    why: 'one signal for all attempts of a job',
    rule: OWN_SIGNAL,
    edits: [
      edit(
        '  const controller = new AbortController()\n',
        `  const controller = controllers.get(job) ?? new AbortController()
  controllers.set(job, controller)
`,
      ),
      edit(
        '/** Calls a job once.',
        'const controllers = new WeakMap<object, AbortController>()\n\n/** Calls a job once.',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C6',
    why: "gives the caller's own signal to every job",
    rule: OWN_SIGNAL,
    edits: [edit(RACE, RACE.replace('controller.signal', 'signal ?? controller.signal'))],
  },
  {
    id: 'W24',
    check: 'C4',
    why: 'the time limit is for all attempts of a job together',
    rule: LIMIT,
    edits: [
      edit(
        '  for (let attempt = 1; ; attempt++) {\n',
        '  const begun = performance.now()\n  for (let attempt = 1; ; attempt++) {\n',
      ),
      edit(
        'await tryOnce(job, attempt, options) }',
        'await tryOnce(job, attempt, { ...options, ...(options.timeoutMs && { timeoutMs: Math.max(1, options.timeoutMs - (performance.now() - begun)) }) }) }',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C4',
    why: 'aborts the signal and then waits for the job, which may never end',
    rule: WHATEVER,
    edits: [edit(RACE, '    return await job({ signal: controller.signal, attempt })')],
  },
  {
    id: 'W26',
    check: 'C9',
    why: "aborts first: the job's own error, or its value, wins the race",
    rule: WHATEVER,
    edits: [edit(END, '    controller.abort(reason)\n    cut.reject(reason)')],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'what fails by its time limit is a plain Error',
    rule: TIMEOUT_ERROR,
    edits: [
      edit("new DOMException(`over ${timeoutMs} ms`, 'TimeoutError')", "new Error('timeout')"),
    ],
  },
  {
    id: 'W28',
    check: 'C5',
    why: 'takes retries for the number of attempts',
    rule: RETRIES,
    edits: [edit('attempt > retries', 'attempt >= retries')],
  },
  {
    id: 'W29',
    check: 'C5',
    why: 'tries again without being asked to',
    rule: RETRIES,
    edits: [edit('retries = 0,', 'retries = 3,')],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'never asks about a TimeoutError: it is not tried again',
    rule: RETRYABLE,
    edits: [
      edit(
        '!isRetryable?.(error)\n',
        "!isRetryable?.(error) || (error as Error)?.name === 'TimeoutError'\n",
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'backoffMs gets the number of the attempt to come',
    rule: BACKOFF,
    edits: [edit('sleep(backoffMs(attempt)', 'sleep(backoffMs(attempt + 1)')],
  },
  {
    id: 'W32',
    check: 'C5',
    why: 'asks backoffMs after the last attempt as well',
    rule: BACKOFF,
    edits: [
      edit(
        '      if (over) return { ok: false, error }',
        '      if (over && isRetryable?.(error)) backoffMs?.(attempt)\n      if (over) return { ok: false, error }',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C5',
    why: 'asks backoffMs and does not wait',
    rule: WAITS,
    edits: [
      edit(
        'await sleep(backoffMs(attempt), undefined, { signal }).catch(() => {})',
        'void backoffMs(attempt)',
      ),
      edit("import { setTimeout as sleep } from 'node:timers/promises'\n", ''),
    ],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'tells the error of the first attempt',
    rule: LAST,
    edits: [
      edit(
        '  for (let attempt = 1; ; attempt++) {\n',
        '  const errors: unknown[] = []\n  for (let attempt = 1; ; attempt++) {\n',
      ),
      edit(
        '      if (over) return { ok: false, error }',
        '      errors.push(error)\n      if (over) return { ok: false, error: errors[0] }',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C6',
    why: 'after an abort it waits for the jobs that run, which may ignore their signals',
    rule: REJECTS,
    edits: [
      edit(
        '    return await Promise.race([job({ signal: controller.signal, attempt }), cut.promise])',
        '    const limit = timeoutMs === undefined ? [] : [cut.promise]\n    return await Promise.race([job({ signal: controller.signal, attempt }), ...limit])',
      ),
      edit('    cut.reject(reason)\n', '    if (!signal?.aborted) cut.reject(reason)\n'),
      edit(
        'await Promise.race([stopped.promise, Promise.all(places)])',
        'await Promise.all(places)\n    if (signal?.aborted) await stopped.promise',
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C6',
    why: 'rejects with an error of its own in place of the reason',
    rule: REJECTS,
    edits: [edit('stopped.reject(signal?.reason)', "stopped.reject(new Error('aborted'))")],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'the jobs that run hear nothing of the abort',
    rule: RUNNING,
    edits: [
      edit(
        'const onAbort = () => end(signal?.reason)',
        'const onAbort = () => cut.reject(signal?.reason)',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C6',
    why: 'rejects, and goes on with the jobs that are left',
    rule: NOTHING_NEW,
    edits: [edit('    while (!signal?.aborted) {\n', '    while (true) {\n')],
  },
  {
    id: 'W39',
    check: 'C9',
    why: 'fills all places without a look at the signal in between',
    rule: FIRST_LINES,
    edits: [
      placesAre('    while (places.length < concurrency && !empty) places.push(place())\n'),
      edit('    while (!signal?.aborted) {\n      const next', '    do {\n      const next'),
      edit(
        '      results[at] = await deliver(next.value, options)\n    }\n',
        '      results[at] = await deliver(next.value, options)\n    } while (!signal?.aborted)\n',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C9',
    why: 'only listens: a signal that was aborted before says nothing more',
    rule: BEFORE,
    edits: [
      edit('  signal?.throwIfAborted()\n', ''),
      edit(
        '    while (!signal?.aborted) {\n',
        '    const late = signal?.aborted\n    while (late || !signal?.aborted) {\n',
      ),
      placesAre('    while (places.length < concurrency && !empty) places.push(place())\n'),
    ],
  },
  {
    id: 'W41',
    check: 'C9',
    why: 'a second chain on the promise of the job: what is rejected late is handled by nobody',
    rule: LATE,
    edits: [
      edit(
        RACE,
        `    const returned = job({ signal: controller.signal, attempt })
    let late = false
    void cut.promise.catch(() => {
      late = true
    })
    if (returned instanceof Promise) {
      returned.catch((error) => {
        if (late && !signal?.aborted) throw error
      })
    }
    return await Promise.race([returned, cut.promise])`,
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C7',
    why: 'each attempt leaves its listener on the signal',
    rule: LEFT,
    edits: [edit("    signal?.removeEventListener('abort', onAbort)\n", '')],
  },
  {
    id: 'W43',
    check: 'C7',
    why: 'the listener of the call stays on the signal',
    rule: LEFT,
    edits: [edit("    signal?.removeEventListener('abort', stop)\n", '    void stop\n')],
  },
  {
    id: 'W44',
    check: 'C7',
    why: 'the pause before another attempt goes on after the abort',
    rule: LEFT,
    edits: [edit('undefined, { signal }).catch(() => {})', 'undefined)')],
  },
  {
    id: 'W45',
    check: 'C5',
    why: 'a job gives its place away while it waits for its next attempt',
    rule: AT_MOST,
    edits: [
      edit(
        '      results[at] = await deliver(next.value, options)',
        `      await new Promise<void>((free) => {
        const slow = { ...options, backoffMs: (attempt: number) => (free(), options.backoffMs?.(attempt) ?? 0) }
        const done = deliver(next.value, slow).then((result) => {
          results[at] = result
          free()
        })
        loose.push(done)
      })`,
      ),
      edit('  let empty = false\n', '  let empty = false\n  const loose: Promise<void>[] = []\n'),
      edit(
        '    return results\n',
        '    await Promise.race([stopped.promise, Promise.all(loose)])\n    return results\n',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C6',
    why: 'after an abort it tries jobs again that failed because of it',
    rule: NOTHING_NEW,
    edits: [
      edit('const over = signal?.aborted || attempt', 'const over = attempt'),
      edit('      if (signal?.aborted) return { ok: false, error }\n', ''),
      edit('undefined, { signal }).catch(() => {})', 'undefined)'),
    ],
  },
  {
    id: 'W47',
    check: 'C5',
    why: 'waits in seconds of its own between attempts, not as backoffMs says',
    rule: WAITS,
    edits: [edit('sleep(backoffMs(attempt)', 'sleep(Math.min(backoffMs(attempt), 10)')],
  },
  {
    id: 'W48',
    check: 'C5',
    why: 'the signal of an attempt is aborted as soon as it begins, to be renewed later',
    rule: FRESH_SIGNAL,
    edits: [
      edit(
        '  const { timeoutMs, signal } = options\n  const controller',
        '  const { timeoutMs, signal } = options\n  if (attempt > 1) return await job({ signal: AbortSignal.abort(), attempt })\n  const controller',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C4',
    why: 'the time limit of an attempt that has ended aborts the next one',
    rule: LIMIT,
    edits: [
      edit('    clearTimeout(timer)\n', ''),
      edit(
        'const onTime = () => end(',
        'latest.set(job, end)\n  const onTime = () => latest.get(job)!(',
      ),
      edit(
        '/** Calls a job once.',
        'const latest = new WeakMap<object, (reason: unknown) => void>()\n\n/** Calls a job once.',
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'keeps results by the function: one that stands there twice has one result',
    rule: 'A function that stands there twice is two jobs.',
    edits: [
      edit(
        '      const at = pulled++\n',
        '      if (!numbers.has(next.value)) numbers.set(next.value, pulled++)\n      const at = numbers.get(next.value)!\n',
      ),
      edit(
        '  let empty = false\n',
        '  let empty = false\n  const numbers = new Map<unknown, number>()\n',
      ),
    ],
  },
]
