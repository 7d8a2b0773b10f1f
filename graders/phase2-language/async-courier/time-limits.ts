import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Courier from '../../../solutions/phase2-language/async-courier/courier.ts'
import { jobName } from './program.ts'

/** What an attempt does; those that say "abort" end only because of their signal. */
export type Pace =
  | 'returns at once'
  | 'rejects with "busy" at once'
  | 'ignores the abort'
  | 'rejects with the reason of the abort'
  | 'rejects with "cut" in the abort'
  | 'returns in the abort'
  | 'rejects some time after the abort'
  | 'returns some time after the abort'

export type LimitProgram = {
  /** For each job its attempts; the last one stands for all later ones. */
  jobs: Pace[][]
  concurrency: number
  retries?: number
  isRetryable?: 'TimeoutError only' | 'busy only' | 'always'
  backoff?: true
}

/** Long enough for a timer, and nothing depends on it: what is at once is settled before any timer. */
export const LIMIT_MS = 15

export const OBEDIENT: Pace[] = ['ignores the abort', 'rejects with the reason of the abort']
export const DISOBEDIENT: Pace[] = [
  'ignores the abort',
  'rejects with "cut" in the abort',
  'returns in the abort',
  'rejects some time after the abort',
  'returns some time after the abort',
]

export function limitPrograms(paces: Pace[]): fc.Arbitrary<LimitProgram> {
  const pace = fc.constantFrom<Pace>(...paces, 'returns at once', 'rejects with "busy" at once')
  const job = fc.array(pace, { minLength: 1, maxLength: 3 })
  const program = fc.record({
    jobs: fc.array(job, { maxLength: 6, size: 'max' }),
    concurrency: fc.constantFrom(1, 2, 3, 9),
    retries: fc.constantFrom(undefined, 0, 1, 2),
    isRetryable: fc.constantFrom<LimitProgram['isRetryable'][]>(
      'TimeoutError only',
      'TimeoutError only',
      'busy only',
      'always',
      undefined,
    ),
    backoff: fc.constantFrom(true as const, undefined),
  })
  return program.map((drawn) => {
    const given = Object.entries(drawn).filter(([, value]) => value !== undefined)
    return Object.fromEntries(given) as LimitProgram
  })
}

export type LimitFacts = {
  'the results': string[]
  'the attempts that began, by job': string[]
  'the attempts that never end by themselves, and whose signal was aborted': string[]
  'the calls of backoffMs, sorted': number[]
  'unhandled rejections': number
}

/** Plays each program in the learner's process, so it uses nothing from here. */
export async function playLimits(
  { deliverAll }: typeof Courier,
  { programs, limitMs }: { programs: LimitProgram[]; limitMs: number },
): Promise<(LimitFacts & { most: number })[]> {
  let unhandled = 0
  const onUnhandled = () => {
    unhandled += 1
  }
  process.on('unhandledRejection', onUnhandled)
  const turn = () => new Promise<void>((resolve) => setTimeout(() => setImmediate(resolve), 1))
  const play = async (program: LimitProgram) => {
    let running = 0
    let most = 0
    let events = 0
    let late = 0
    const attempts: [job: number, name: string][] = []
    const aborted: [job: number, name: string][] = []
    const backoffs: number[] = []
    const jobs = program.jobs.map((paces, at) => {
      let count = 0
      return ({ signal }: Courier.Context) => {
        count += 1
        events += 1
        const pace = paces[Math.min(count, paces.length) - 1]!
        const name = String.fromCharCode(65 + at) + count
        attempts.push([at, name])
        // In a moment: the next job may begin just before the signal of one that is too late is aborted.
        queueMicrotask(() => {
          most = Math.max(most, running)
        })
        if (pace === 'returns at once') return count % 2 ? name : Promise.resolve(name)
        if (pace === 'rejects with "busy" at once') return Promise.reject('busy')
        running += 1
        return new Promise<string>((resolve, reject) => {
          signal.addEventListener('abort', () => {
            running -= 1
            events += 1
            aborted.push([at, name])
            if (pace === 'rejects with the reason of the abort') reject(signal.reason)
            if (pace === 'rejects with "cut" in the abort') reject('cut')
            if (pace === 'returns in the abort') resolve(name)
            if (!pace.includes('some time after')) return
            late += 1
            setTimeout(() => {
              late -= 1
              if (pace.startsWith('rejects')) reject('late')
              else resolve('late')
            }, 3)
          })
        })
      }
    })
    const { concurrency, retries, isRetryable, backoff } = program
    const options: Courier.Options = { concurrency, timeoutMs: limitMs }
    if (retries !== undefined) options.retries = retries
    if (isRetryable) {
      options.isRetryable = (error) => {
        const wanted = { 'TimeoutError only': 'TimeoutError', 'busy only': 'busy', always: '' }
        const name = error === 'busy' ? 'busy' : (error as Error | undefined)?.name
        return isRetryable === 'always' || name === wanted[isRetryable]
      }
    }
    if (backoff) {
      options.backoffMs = (attempt) => {
        backoffs.push(attempt)
        return 1
      }
    }
    let results = ['the promise was not settled']
    let settled = false
    const settle = (texts: string[]) => {
      results = texts
      settled = true
    }
    void Promise.resolve(deliverAll(jobs, options)).then(
      (list) =>
        settle(
          Array.from(list as Courier.Result<unknown>[], (result) => {
            if (result?.ok) return `ok: ${String(result.value)}`
            const { error } = result ?? {}
            return `failed: ${error instanceof Error ? error.name : String(error)}`
          }),
        ),
      (error) => settle([`rejected: ${String(error)}`]),
    )
    // So many rounds of timers without any event: nothing comes any more.
    for (let idle = 0, before = -1; (!settled && idle < 10 * limitMs) || late > 0; idle++) {
      if (events !== before) idle = 0
      before = events
      await turn()
    }
    const names = (list: [number, string][]) =>
      list.toSorted(([a], [b]) => a - b).map(([, name]) => name)
    return {
      'the results': results,
      'the attempts that began, by job': names(attempts),
      'the attempts that never end by themselves, and whose signal was aborted': names(aborted),
      'the calls of backoffMs, sorted': backoffs.toSorted((a, b) => a - b),
      most,
    }
  }
  const played = await Promise.all(programs.map(play))
  await turn()
  process.off('unhandledRejection', onUnhandled)
  return played.map((facts) => ({ ...facts, 'unhandled rejections': unhandled }))
}

/** What the rules say of a program. */
function wantedOf({ jobs, retries = 0, isRetryable, backoff }: LimitProgram): LimitFacts {
  const results: string[] = []
  const attempts: string[] = []
  const aborted: string[] = []
  const backoffs: number[] = []
  for (const [at, paces] of jobs.entries()) {
    for (let attempt = 1; ; attempt++) {
      const name = jobName(at) + attempt
      attempts.push(name)
      const pace = paces[Math.min(attempt, paces.length) - 1]!
      if (pace === 'returns at once') {
        results.push(`ok: ${name}`)
        break
      }
      const busy = pace === 'rejects with "busy" at once'
      if (!busy) aborted.push(name)
      const again =
        isRetryable === 'always' || isRetryable === (busy ? 'busy only' : 'TimeoutError only')
      if (!again || attempt > retries) {
        results.push(`failed: ${busy ? 'busy' : 'TimeoutError'}`)
        break
      }
      if (backoff) backoffs.push(attempt)
    }
  }
  return {
    'the attempts that never end by themselves, and whose signal was aborted': aborted,
    'the attempts that began, by job': attempts,
    'the results': results,
    'the calls of backoffMs, sorted': backoffs.toSorted((a, b) => a - b),
    'unhandled rejections': 0,
  }
}

const RULES: Record<keyof LimitFacts, string> = {
  'the attempts that never end by themselves, and whose signal was aborted':
    'When an attempt takes longer than `timeoutMs`, its signal is aborted.',
  'the attempts that began, by job':
    'There is another attempt only if `isRetryable` gives `true` for the error of the last one, a `TimeoutError` included, and at most `retries` times.',
  'the results':
    "An attempt that takes too long has failed with an Error whose `name` is 'TimeoutError', whatever the job does about its signal.",
  'the calls of backoffMs, sorted':
    '`backoffMs` is called once before each further attempt, with the number of the one that failed.',
  'unhandled rejections':
    'A promise that a job left behind may be rejected later. That causes no unhandled rejection.',
}

/** Compares what came of a program with what the rules say. */
export function expectLimits(
  program: LimitProgram,
  seen: (LimitFacts & { most: number }) | undefined,
): void {
  const wanted = wantedOf(program)
  const facts = Object.keys(wanted) as (keyof LimitFacts)[]
  for (const fact of facts) {
    if (isDeepStrictEqual(seen?.[fact], wanted[fact])) continue
    const text = `${RULES[fact]}\n\n${limitText(program)}\n\n${fact}`
    expect(seen?.[fact], text).toEqual(wanted[fact])
  }
  const most = seen?.most ?? 0
  const text = `Never more than \`concurrency\` jobs hold a place.\n\n${limitText(program)}\n\nthe most attempts that ran at the same time`
  expect(most, text).toBeLessThanOrEqual(program.concurrency)
}

function limitText({ jobs, concurrency, retries, isRetryable, backoff }: LimitProgram): string {
  const options = [
    `concurrency: ${concurrency}`,
    `timeoutMs: ${LIMIT_MS}`,
    ...(retries === undefined ? [] : [`retries: ${retries}`]),
    ...(isRetryable ? [`isRetryable: ${isRetryable}`] : []),
    ...(backoff ? ['backoffMs: () => 1'] : []),
  ]
  const lines = jobs.map((paces, at) => `  ${jobName(at)}: ${paces.join('; then ')}`)
  return [`deliverAll(jobs, { ${options.join(', ')} }), where jobs is an array of`, ...lines].join(
    '\n',
  )
}
