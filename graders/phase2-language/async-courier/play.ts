import type * as Courier from '../../../solutions/phase2-language/async-courier/courier.ts'
import type { Attempt, Gives, Program } from './program.ts'

/** What can be seen of a delivery when nothing moves any more. */
export type Look = {
  /** What was done before: "begins", "A1 resolves", "the caller aborts". */
  did: string
  /** The attempts that have begun and are held, by job: "A1", "C2". */
  running: string[]
  /** The jobs that have begun, in order. */
  begun: string[]
  /** All attempts that have begun, by job: "A1", "A2", "C1". */
  attempts: string[]
  /** Of those that run, those whose signal is aborted. */
  aborted: string[]
  /** What `backoffMs` was asked for, sorted. */
  backoffs: number[]
  /** What was wrong with the signals and numbers that jobs were given. */
  oddities: string[]
  /** How many jobs were pulled. */
  pulled: number
  /** How the promise was settled: the results or the reason, as texts. */
  settled?: { results: string[] } | { rejected: string }
}

export type Played = {
  looks: Look[]
  /** The most jobs that held a place at the same time, without those that only wait. */
  most: number
}

/**
 * Plays each program in the learner's process, so it uses nothing from here. All are played side by
 * side, for most of the time is spent waiting until nothing moves.
 * @param turns how many rounds of timers must go by without any event before one looks
 */
export async function playPrograms(
  { deliverAll }: typeof Courier,
  { programs, turns }: { programs: Program[]; turns: number },
): Promise<{ played: Played[]; unhandled: number }> {
  let unhandled = 0
  const onUnhandled = () => {
    unhandled += 1
  }
  process.on('unhandledRejection', onUnhandled)
  const turn = () => new Promise<void>((resolve) => setTimeout(() => setImmediate(resolve), 1))

  const play = async (program: Program): Promise<Played> => {
    const gifts = new Map<unknown, string>()
    const gift = (gives: Gives, owner: string): unknown => {
      if (gives === 'own object') return named({}, `an object of ${owner}`)
      if (gives === 'own error') return named(new Error(owner), `an error of ${owner}`)
      if (gives === 'like a result') return named({ ok: false }, `{ ok: false } of ${owner}`)
      return gives
    }
    const named = (value: object, name: string) => {
      gifts.set(value, name)
      return value
    }
    const show = (value: unknown): string => {
      if (gifts.has(value)) return gifts.get(value)!
      if (value === undefined) return 'undefined'
      if (typeof value === 'object' && value !== null) return `something else: ${String(value)}`
      return typeof value === 'string' ? JSON.stringify(value) : String(value)
    }

    type Held = { job: number; name: string; open(): void; signal?: AbortSignal }
    let running: Held[] = []
    const begun: string[] = []
    const attempts: [job: number, name: string][] = []
    const oddities: string[] = []
    const backoffs: number[] = []
    const signals = new Set<unknown>()
    const looks: Look[] = []
    let pulled = 0
    let inCall = 0
    let most = 0
    let events = 0
    let settled: Look['settled']
    const caller = new AbortController()
    const reason = gift(program.reason, 'the caller')
    const letter = (job: number) => String.fromCharCode(65 + job)

    const makeJob = (script: Attempt[], job: number) => {
      let count = 0
      return (context: Courier.Context) => {
        count += 1
        const name = letter(job) + count
        const { ends, ok, gives, onAbort, aborts } = script[Math.min(count, script.length) - 1]!
        const what = gift(gives, name)
        events += 1
        if (count === 1) begun.push(letter(job))
        attempts.push([job, name])
        const signal = context?.signal
        if (context?.attempt !== count) oddities.push(`${name} got the attempt ${context?.attempt}`)
        if (!(signal instanceof AbortSignal)) oddities.push(`${name} got no AbortSignal`)
        else if (signal.aborted) oddities.push(`${name} got a signal that was aborted already`)
        else if (signals.has(signal)) oddities.push(`${name} got the signal of another attempt`)
        signals.add(signal)
        inCall += 1
        most = Math.max(most, inCall + running.length)
        inCall -= 1
        if (aborts) caller.abort(reason)
        if (ends === 'plain') {
          if (ok) return what
          throw what
        }
        if (ends === 'promise') return ok ? Promise.resolve(what) : Promise.reject(what)
        return new Promise<unknown>((resolve, reject) => {
          const held: Held = {
            job,
            name,
            signal,
            open() {
              events += 1
              running = running.filter((one) => one !== held)
              if (ok) resolve(what)
              else reject(what)
            },
          }
          running.push(held)
          if (onAbort !== 'rejects') return
          const onSignal = () => {
            if (!running.includes(held)) return
            events += 1
            running = running.filter((one) => one !== held)
            reject(new Error('aborted'))
          }
          if (signal?.aborted) onSignal()
          else signal?.addEventListener?.('abort', onSignal)
        })
      }
    }
    const list = program.jobs.map(makeJob)
    const jobs = {
      array: () => list,
      set: () => new Set(list),
      *generator() {
        for (const job of list) {
          pulled += 1
          events += 1
          yield job
        }
      },
    }[program.from]()

    const quiet = async () => {
      for (let left = turns, before = events; left > 0; left--) {
        await turn()
        if (events === before) continue
        before = events
        left = turns + 1
      }
    }
    const look = async (did: string) => {
      await quiet()
      const byJob = running.toSorted((a, b) => a.job - b.job)
      looks.push({
        did,
        running: byJob.map(({ name }) => name),
        begun: [...begun],
        attempts: attempts.toSorted(([a], [b]) => a - b).map(([, name]) => name),
        aborted: byJob.filter(({ signal }) => signal?.aborted).map(({ name }) => name),
        backoffs: backoffs.toSorted((a, b) => a - b),
        oddities: [...oddities],
        pulled,
        ...(settled && { settled }),
      })
    }

    const { concurrency, timeoutMs, retries, isRetryable, backoff, signal } = program
    const options: Courier.Options = { concurrency }
    if (timeoutMs !== undefined) options.timeoutMs = timeoutMs
    if (retries !== undefined) options.retries = retries
    if (isRetryable) options.isRetryable = (error) => isRetryable === 'always' || error === 'busy'
    if (backoff) {
      options.backoffMs = (attempt) => {
        backoffs.push(attempt)
        return 0
      }
    }
    if (signal) options.signal = caller.signal
    if (program.abortedBefore) caller.abort(reason)

    const settle = (how: Look['settled']) => {
      events += 1
      settled = how
    }
    const onResults = (results: unknown) => {
      if (!Array.isArray(results)) return settle({ results: [`no array: ${show(results)}`] })
      const shown = Array.from(results, (result: Courier.Result<unknown> | undefined) => {
        if (result?.ok === true) return `ok: ${show(result.value)}`
        if (result?.ok === false) return `failed: ${show(result.error)}`
        return `no result: ${show(result)}`
      })
      settle({ results: shown })
    }
    try {
      const promise = deliverAll(jobs as Iterable<Courier.Job<unknown>>, options)
      void Promise.resolve(promise).then(onResults, (error) => settle({ rejected: show(error) }))
    } catch (error) {
      settle({ rejected: show(error) })
    }
    await look('deliverAll is called')
    const open = async (nth: number) => {
      const held = running.toSorted((a, b) => a.job - b.job)[nth % running.length]!
      held.open()
      await look(`${held.name} is opened`)
    }
    for (const step of program.steps) {
      if (step === 'abort') {
        caller.abort(reason)
        await look('the caller aborts')
      } else if (running.length > 0) await open(step.open)
    }
    for (let left = 60; running.length > 0 && left > 0; left--) await open(0)
    if (signal && !caller.signal.aborted) {
      caller.abort(reason)
      await look('the caller aborts at the end')
    }
    return { looks, most }
  }

  const played = await Promise.all(programs.map(play))
  await turn()
  process.off('unhandledRejection', onUnhandled)
  return { played, unhandled }
}
