import {
  ForksPoolWorker,
  type PoolOptions,
  type PoolRunnerInitializer,
  type PoolWorker,
  type WorkerRequest,
} from 'vitest/node'

/** A pool whose processes stay from one run to the next; `close` ends them. */
export type WarmPool = PoolRunnerInitializer & { close(): Promise<void> }

type Listener = (...args: any[]) => void

/**
 * Vitest starts a process for every file, so that files do not share modules, which takes longer
 * than most mutants live. This pool keeps the process; vitest itself forgets the modules in it
 * before each file. What is said of the configuration at the process's start stays.
 */
export function warmPool(): WarmPool {
  const idle: ForksPoolWorker[] = []

  class WarmWorker implements PoolWorker {
    readonly name = 'warm'
    readonly cacheFs = true
    readonly #fork: ForksPoolWorker
    readonly #started: boolean
    #ended = false
    #polite = false
    readonly #listeners: [string, Listener][] = []

    constructor(options: PoolOptions) {
      const known = idle.pop()
      this.#started = known !== undefined
      this.#fork = known ?? new ForksPoolWorker(options)
    }

    on(event: string, listener: Listener): void {
      this.#listeners.push([event, listener])
      this.#fork.on(event, listener)
    }

    off(event: string, listener: Listener): void {
      const at = this.#listeners.findIndex(([name, one]) => name === event && one === listener)
      if (at >= 0) this.#listeners.splice(at, 1)
      this.#fork.off(event, listener)
    }

    async start(): Promise<void> {
      if (!this.#started) await this.#fork.start()
      this.#fork.on('exit', this.#onExit)
    }

    send(message: WorkerRequest): void {
      if (message.type === 'start' && this.#started) this.#answer('started')
      else if (message.type === 'stop') {
        this.#polite = true
        this.#answer('stopped')
      } else this.#fork.send(message)
    }

    async stop(): Promise<void> {
      for (const [event, listener] of this.#listeners.splice(0)) this.#fork.off(event, listener)
      this.#fork.off('exit', this.#onExit)
      if (this.#ended) return
      // A process that was not asked first is one that does not answer.
      if (this.#polite) idle.push(this.#fork)
      else await this.#fork.stop()
    }

    deserialize(data: unknown): unknown {
      return this.#fork.deserialize(data)
    }

    #onExit = () => {
      this.#ended = true
    }

    #answer(type: 'started' | 'stopped'): void {
      const answer = { __vitest_worker_response__: true, type }
      for (const [event, listener] of [...this.#listeners]) {
        if (event === 'message') listener(answer)
      }
    }
  }

  return {
    name: 'warm',
    createPoolWorker: (options) => new WarmWorker(options),
    async close() {
      await Promise.all(idle.splice(0).map((fork) => fork.stop()))
    },
  }
}
