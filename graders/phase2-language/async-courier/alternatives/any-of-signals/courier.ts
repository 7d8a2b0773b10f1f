// AbortSignal.any and AbortSignal.timeout do the stopping; jobs are called in a microtask.

type Job<T> = (context: { signal: AbortSignal; attempt: number }) => Promise<T> | T
type Result<T> = { ok: true; value: T } | { ok: false; error: unknown }

/** Rejects when the signal aborts. `dispose` takes the listener away. */
function whenAborted(signal: AbortSignal) {
  let listener = () => {}
  const promise = new Promise<never>((_, reject) => {
    listener = () => reject(signal.reason)
    if (signal.aborted) listener()
    else signal.addEventListener('abort', listener, { once: true })
  })
  promise.catch(() => {})
  return { promise, [Symbol.dispose]: () => signal.removeEventListener('abort', listener) }
}

export async function deliverAll<T>(
  jobs: Iterable<Job<T>>,
  { concurrency, timeoutMs, retries = 0, isRetryable = () => false, backoffMs, signal }: {
    concurrency: number
    timeoutMs?: number
    retries?: number
    isRetryable?(error: unknown): boolean
    backoffMs?(attempt: number): number
    signal?: AbortSignal
  },
): Promise<Result<T>[]> {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError('concurrency must be a positive integer')
  }
  const closing = new AbortController()
  const all = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  using stopped = whenAborted(all)

  async function attemptOnce(job: Job<T>, attempt: number): Promise<T> {
    const late = new AbortController()
    const own = AbortSignal.any([all, late.signal])
    // Listens before the job can: whoever listens first rejects first.
    using cut = whenAborted(own)
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => late.abort(new DOMException('too late', 'TimeoutError')), timeoutMs)
    try {
      const work = Promise.resolve().then(() => {
        all.throwIfAborted()
        return job({ signal: own, attempt })
      })
      return await Promise.race([cut.promise, work])
    } finally {
      clearTimeout(timer)
    }
  }

  async function pause(ms: number) {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    try {
      await Promise.race([over, stopped.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  async function persist(job: Job<T>): Promise<Result<T>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { ok: true, value: await attemptOnce(job, attempt) }
      } catch (error) {
        all.throwIfAborted()
        if (attempt > retries || !isRetryable(error)) return { ok: false, error }
        if (backoffMs) await pause(backoffMs(attempt))
      }
    }
  }

  // A generator of numbered jobs, shared by all workers; it has to be closed by none of them.
  const numbered = (function* () {
    let at = 0
    for (const job of jobs) yield [at++, job] as const
  })()
  const results: Result<T>[] = []
  const worker = async () => {
    for (;;) {
      all.throwIfAborted()
      const { done, value } = numbered.next()
      if (done) return
      const [at, job] = value
      results[at] = await persist(job)
    }
  }
  all.throwIfAborted()
  const workers: Promise<void>[] = []
  let idle = false
  while (workers.length < concurrency && !idle) {
    const before = workers.length
    const one = worker()
    void one.then(
      () => {
        idle = true
      },
      () => {},
    )
    workers.push(one)
    if (before % 16 === 15) await null
  }
  await Promise.race([stopped.promise, Promise.all(workers)])
  return results
}
