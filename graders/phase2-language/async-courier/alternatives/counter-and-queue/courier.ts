// A counter of what runs, a function that starts what may start, and callbacks. No async function.

type Context = { signal: AbortSignal; attempt: number }
type Job<T> = (context: Context) => Promise<T> | T
type Result<T> = { ok: true; value: T } | { ok: false; error: unknown }
type Options = {
  concurrency: number
  timeoutMs?: number
  retries?: number
  isRetryable?(error: unknown): boolean
  backoffMs?(attempt: number): number
  signal?: AbortSignal
}

class TimeoutError extends Error {
  name = 'TimeoutError'
}

export function deliverAll<T>(jobs: Iterable<Job<T>>, options: Options): Promise<Result<T>[]> {
  const { concurrency, timeoutMs, retries = 0, signal } = options
  const isRetryable = options.isRetryable ?? (() => false)
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new RangeError('concurrency')
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const results: Result<T>[] = []
    const iterator = jobs[Symbol.iterator]()
    const controllers = new Set<AbortController>()
    const timers = new Set<NodeJS.Timeout>()
    let next = 0
    let active = 0
    let exhausted = false
    let settled = false
    let filling = false

    const finish = () => {
      settled = true
      for (const timer of timers) clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      finish()
      reject(signal!.reason)
      for (const controller of controllers) controller.abort(signal!.reason)
    }
    signal?.addEventListener('abort', onAbort)

    const later = (ms: number, then: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        then()
      }, ms)
      timers.add(timer)
      return () => {
        clearTimeout(timer)
        timers.delete(timer)
      }
    }

    const attemptJob = (job: Job<T>, index: number, attempt: number) => {
      const controller = new AbortController()
      controllers.add(controller)
      let over = false
      let cancel = () => {}
      const end = (result: Result<T>) => {
        if (over || settled) return
        over = true
        cancel()
        controllers.delete(controller)
        if (!result.ok && attempt <= retries && isRetryable(result.error)) {
          const again = () => {
            if (!settled) attemptJob(job, index, attempt + 1)
          }
          if (options.backoffMs) later(options.backoffMs(attempt), again)
          else queueMicrotask(again)
          return
        }
        results[index] = result
        active -= 1
        fill()
      }
      if (timeoutMs !== undefined) {
        cancel = later(timeoutMs, () => {
          end({ ok: false, error: new TimeoutError('too late') })
          controller.abort()
        })
      }
      let returned: Promise<T> | T
      try {
        returned = job({ signal: controller.signal, attempt })
      } catch (error) {
        end({ ok: false, error })
        return
      }
      Promise.resolve(returned).then(
        (value) => end({ ok: true, value }),
        (error) => end({ ok: false, error }),
      )
    }

    // A loop, for `attemptJob` may end at once and call this again.
    const fill = () => {
      if (filling) return
      filling = true
      while (!settled && !exhausted && active < concurrency) {
        const { done, value } = iterator.next()
        if (done) {
          exhausted = true
          break
        }
        active += 1
        attemptJob(value, next++, 1)
      }
      filling = false
      if (exhausted && active === 0 && !settled) {
        finish()
        resolve(results)
      }
    }
    fill()
  })
}
