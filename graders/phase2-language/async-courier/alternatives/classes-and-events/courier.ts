import { EventEmitter, once } from 'node:events'

type Options = {
  concurrency: number
  timeoutMs?: number
  retries?: number
  isRetryable?(error: unknown): boolean
  backoffMs?(attempt: number): number
  signal?: AbortSignal
}

/** Counts places; who wants one waits in a line. */
class Semaphore {
  #free: number
  #line: (() => void)[] = []
  constructor(places: number) {
    this.#free = places
  }
  async acquire() {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    await new Promise<void>((resolve) => {
      this.#line.push(resolve)
    })
  }
  release() {
    const next = this.#line.shift()
    if (next) next()
    else this.#free += 1
  }
}

class Delivery extends EventEmitter {
  readonly controller = new AbortController()
  readonly job: any
  readonly options: Options
  #timer?: NodeJS.Timeout
  #pause?: NodeJS.Timeout
  attempt = 0
  cancelled = false
  #current?: AbortController

  constructor(job: any, options: Options) {
    super()
    this.job = job
    this.options = options
  }

  begin() {
    this.attempt += 1
    const attempt = this.attempt
    const controller = new AbortController()
    this.#current = controller
    let open = true
    const end = (result: any) => {
      if (!open || this.cancelled) return
      open = false
      clearTimeout(this.#timer)
      this.#finish(result)
    }
    const { timeoutMs } = this.options
    if (typeof timeoutMs === 'number') {
      this.#timer = setTimeout(() => {
        end({ ok: false, error: Object.assign(new Error('timed out'), { name: 'TimeoutError' }) })
        controller.abort()
      }, timeoutMs)
    }
    new Promise((resolve) => resolve(this.job({ signal: controller.signal, attempt }))).then(
      (value) => end({ ok: true, value }),
      (error) => end({ ok: false, error }),
    )
  }

  #finish(result: any) {
    const { retries, isRetryable, backoffMs } = this.options
    const again =
      !result.ok && this.attempt < (retries ?? 0) + 1 && (isRetryable?.(result.error) ?? false)
    if (!again) this.emit('done', result)
    else if (!backoffMs) setImmediate(() => this.cancelled || this.begin())
    else this.#pause = setTimeout(() => this.begin(), backoffMs(this.attempt))
  }

  cancel(reason: unknown) {
    this.cancelled = true
    clearTimeout(this.#timer)
    clearTimeout(this.#pause)
    this.#current?.abort(reason)
  }
}

class Courier {
  readonly #options: Options
  readonly #active = new Set<Delivery>()
  constructor(options: Options) {
    this.#options = options
  }

  async run(jobs: Iterable<any>): Promise<any[]> {
    const results: any[] = []
    const waits: Promise<void>[] = []
    const places = new Semaphore(this.#options.concurrency)
    const all = jobs[Symbol.iterator]()
    for (let at = 0; ; at++) {
      await places.acquire()
      if (this.#options.signal?.aborted) break
      const { done, value: job } = all.next()
      if (done) break
      const delivery = new Delivery(job, this.#options)
      this.#active.add(delivery)
      waits.push(
        once(delivery, 'done').then(([result]) => {
          this.#active.delete(delivery)
          results[at] = result
          places.release()
        }),
      )
      delivery.begin()
    }
    await Promise.all(waits)
    return results
  }

  cancel(reason: unknown) {
    for (const delivery of this.#active) delivery.cancel(reason)
  }
}

export function deliverAll(jobs: Iterable<any>, options: Options): Promise<any[]> {
  const { concurrency, signal } = options
  if (!(Number.isInteger(concurrency) && concurrency > 0)) throw new RangeError('concurrency')
  const courier = new Courier(options)
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal!.reason)
      courier.cancel(signal!.reason)
    }
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    courier.run(jobs).then((results) => {
      signal?.removeEventListener('abort', onAbort)
      resolve(results)
    }, reject)
  })
}
