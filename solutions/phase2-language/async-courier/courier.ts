import { setTimeout as sleep } from 'node:timers/promises'

export type Context = { signal: AbortSignal; attempt: number }
export type Job<T> = (context: Context) => Promise<T> | T
export type Result<T> = { ok: true; value: T } | { ok: false; error: unknown }

export type Options = {
  concurrency: number
  timeoutMs?: number
  retries?: number
  isRetryable?(error: unknown): boolean
  backoffMs?(attempt: number): number
  signal?: AbortSignal
}

/**
 * Runs the jobs, at most `concurrency` at once, and gives their results in the order of the jobs.
 * @throws RangeError where `concurrency` makes no sense; the reason of `signal` where that aborts
 */
export async function deliverAll<T>(
  jobs: Iterable<Job<T>>,
  options: Options,
): Promise<Result<T>[]> {
  const { concurrency, signal } = options
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency is ${concurrency}, and must be a whole number from 1 up`)
  }
  signal?.throwIfAborted()

  const results: Result<T>[] = []
  const iterator = jobs[Symbol.iterator]()
  let pulled = 0
  let empty = false

  /** One place: takes job after job until there are no more. */
  const place = async (): Promise<void> => {
    while (!signal?.aborted) {
      const next = iterator.next()
      if (next.done) {
        empty = true
        return
      }
      const at = pulled++
      results[at] = await deliver(next.value, options)
    }
  }

  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal?.reason)
  signal?.addEventListener('abort', stop)
  try {
    const places: Promise<void>[] = []
    while (places.length < concurrency && !empty && !signal?.aborted) places.push(place())
    await Promise.race([stopped.promise, Promise.all(places)])
    return results
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** Tries a job until it succeeds, or has failed for good. */
async function deliver<T>(job: Job<T>, options: Options): Promise<Result<T>> {
  const { retries = 0, isRetryable, backoffMs, signal } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return { ok: true, value: await tryOnce(job, attempt, options) }
    } catch (error) {
      const over = signal?.aborted || attempt > retries || !isRetryable?.(error)
      if (over) return { ok: false, error }
      // An abort ends the pause, and with it the job.
      if (backoffMs) await sleep(backoffMs(attempt), undefined, { signal }).catch(() => {})
      if (signal?.aborted) return { ok: false, error }
    }
  }
}

/** Calls a job once. Its signal is aborted by the time limit, or by the caller's signal. */
async function tryOnce<T>(job: Job<T>, attempt: number, options: Options): Promise<T> {
  const { timeoutMs, signal } = options
  const controller = new AbortController()
  const cut = Promise.withResolvers<never>()
  // Where the job throws at once, nothing waits for this one.
  cut.promise.catch(() => {})
  const end = (reason: unknown) => {
    // First, for the job's own listeners may make it fail in another way.
    cut.reject(reason)
    controller.abort(reason)
  }
  const onAbort = () => end(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  const onTime = () => end(new DOMException(`over ${timeoutMs} ms`, 'TimeoutError'))
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTime, timeoutMs)
  try {
    return await Promise.race([job({ signal: controller.signal, attempt }), cut.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
