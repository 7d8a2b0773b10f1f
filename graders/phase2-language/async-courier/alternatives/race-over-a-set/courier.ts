// One loop that holds a set of promises and waits for any of them, as p-limit-like code in books does.
import { setTimeout as pause } from 'node:timers/promises'

export async function deliverAll(jobs: Iterable<any>, options: any): Promise<any[]> {
  if (!(options.concurrency >= 1) || options.concurrency % 1 !== 0) {
    return Promise.reject(new RangeError(`bad concurrency ${options.concurrency}`))
  }
  const outer: AbortSignal = options.signal ?? new AbortController().signal
  if (outer.aborted) throw outer.reason
  const results = new Map<number, any>()
  const busy = new Set<Promise<void>>()
  let stop!: () => void
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
  })
  outer.addEventListener('abort', stop, { once: true })
  try {
    let index = 0
    for (const job of jobs) {
      const at = index
      index += 1
      const work: Promise<void> = run(job, options, outer).then((result) => {
        results.set(at, result)
        busy.delete(work)
      })
      busy.add(work)
      if (busy.size >= options.concurrency) await Promise.race([aborted, ...busy])
      if (outer.aborted) throw outer.reason
    }
    while (busy.size > 0) {
      await Promise.race([aborted, ...busy])
      if (outer.aborted) throw outer.reason
    }
  } finally {
    outer.removeEventListener('abort', stop)
  }
  return Array.from({ length: results.size }, (_, at) => results.get(at))
}

async function run(job: any, options: any, outer: AbortSignal): Promise<any> {
  let attempt = 0
  let result: any
  do {
    if (attempt > 0 && options.backoffMs) {
      try {
        await pause(options.backoffMs(attempt), null, { signal: outer })
      } catch {
        return result
      }
    }
    attempt += 1
    result = await once(job, attempt, options.timeoutMs, outer)
  } while (
    !result.ok &&
    !outer.aborted &&
    attempt <= (options.retries ?? 0) &&
    options.isRetryable?.(result.error)
  )
  return result
}

function once(job: any, attempt: number, ms: number | undefined, outer: AbortSignal): Promise<any> {
  const own = new AbortController()
  return new Promise((resolve) => {
    let timer: any
    const done = (result: any) => {
      clearTimeout(timer)
      outer.removeEventListener('abort', onOuter)
      resolve(result)
    }
    const onOuter = () => {
      done({ ok: false, error: outer.reason })
      own.abort(outer.reason)
    }
    outer.addEventListener('abort', onOuter)
    if (ms !== undefined) {
      timer = setTimeout(() => {
        const error = new Error('The attempt took too long')
        error.name = 'TimeoutError'
        done({ ok: false, error })
        own.abort(error)
      }, ms)
    }
    const call = async () => job({ attempt, signal: own.signal })
    call().then(
      (value) => done({ ok: true, value }),
      (error) => done({ ok: false, error }),
    )
  })
}
