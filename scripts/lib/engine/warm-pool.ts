import {
  ForksPoolWorker,
  type PoolOptions,
  type PoolRunnerInitializer,
  type PoolWorker,
  type WorkerRequest,
} from 'vitest/node'
import { type GraderMessage, isGraderMessage } from './plan.ts'

/** Gradings after which a process is replaced, and the heap, in bytes, beyond which it is. */
const MOST_GRADINGS = 50
const MOST_HEAP = 512 * 1024 ** 2

/** A pool whose processes stay from one grading to the next. */
export type WarmPool = PoolRunnerInitializer & {
  /** Ends the processes that are idle: what runs next begins in a new one. */
  cool(): Promise<void>
  /** How often a process has been used again. */
  reused(): number
  /** Kills the processes that are at work; vitest then reports their files as broken. */
  kill(): void
  /** Lets the graders go on that wait at the gate. @param order names of tests to run first */
  openGate(order: string[]): void
  close(): Promise<void>
}

type Listener = (...args: any[]) => void

/** A process with what is known of it. */
type Warm = { fork: ForksPoolWorker; key: string; gradings: number; heap: number }

/**
 * Vitest starts a process for every file, so that files do not share modules, which takes longer
 * than most gradings. This pool keeps the process; vitest itself forgets the modules in it before
 * each file. What is said of the configuration at the process's start stays, so a process is used
 * again only for the same options.
 * @param onMessage told what graders say to the engine: see `runner.ts`
 */
export function warmPool(onMessage: (message: GraderMessage) => void = () => {}): WarmPool {
  const idle: Warm[] = []
  const busy = new Set<Warm>()
  let reused = 0

  class WarmWorker implements PoolWorker {
    readonly name = 'warm'
    readonly cacheFs = true
    readonly reportMemory = true
    readonly #warm: Warm
    readonly #started: boolean
    #ended = false
    #polite = false
    readonly #listeners: { event: string; listener: Listener; own: Listener }[] = []

    constructor(options: PoolOptions) {
      const key = JSON.stringify([options.execArgv, options.env, options.project.name])
      const known = idle.findIndex((one) => one.key === key)
      this.#started = known >= 0
      if (this.#started) reused += 1
      this.#warm = this.#started
        ? idle.splice(known, 1)[0]!
        : { fork: new ForksPoolWorker(options), key, gradings: 0, heap: 0 }
    }

    on(event: string, listener: Listener): void {
      const own: Listener = event === 'message' ? (data) => this.#hear(data, listener) : listener
      this.#listeners.push({ event, listener, own })
      this.#warm.fork.on(event, own)
    }

    off(event: string, listener: Listener): void {
      const at = this.#listeners.findIndex(
        (one) => one.event === event && one.listener === listener,
      )
      if (at < 0) return
      this.#warm.fork.off(event, this.#listeners.splice(at, 1)[0]!.own)
    }

    async start(): Promise<void> {
      if (!this.#started) await this.#warm.fork.start()
      busy.add(this.#warm)
      this.#warm.fork.on('exit', this.#onExit)
    }

    send(message: WorkerRequest): void {
      if (message.type === 'start' && this.#started) this.#answer('started')
      else if (message.type === 'stop') {
        this.#polite = true
        this.#answer('stopped')
      } else this.#warm.fork.send(message)
    }

    async stop(): Promise<void> {
      const { fork } = this.#warm
      busy.delete(this.#warm)
      for (const { event, own } of this.#listeners.splice(0)) fork.off(event, own)
      fork.off('exit', this.#onExit)
      if (this.#ended) return
      this.#warm.gradings += 1
      const worn = this.#warm.gradings >= MOST_GRADINGS || this.#warm.heap > MOST_HEAP
      // A process that was not asked first is one that does not answer.
      if (this.#polite && !worn) idle.push(this.#warm)
      else await fork.stop()
    }

    deserialize(data: unknown): unknown {
      return this.#warm.fork.deserialize(data)
    }

    #hear(data: unknown, listener: Listener): void {
      if (isGraderMessage(data)) {
        onMessage(data)
        return
      }
      const { usedMemory } = (data ?? {}) as { usedMemory?: number }
      if (usedMemory) this.#warm.heap = usedMemory
      listener(data)
    }

    #onExit = () => {
      this.#ended = true
      busy.delete(this.#warm)
    }

    #answer(type: 'started' | 'stopped'): void {
      const answer = { __vitest_worker_response__: true, type }
      for (const { event, listener } of [...this.#listeners]) {
        if (event === 'message') listener(answer)
      }
    }
  }

  const cool = async () => {
    await Promise.all(idle.splice(0).map(({ fork }) => fork.stop()))
  }
  return {
    name: 'warm',
    createPoolWorker: (options) => new WarmWorker(options),
    cool,
    reused: () => reused,
    kill() {
      for (const { fork } of busy) processOf(fork)?.kill('SIGKILL')
    },
    openGate(order) {
      const go: GraderMessage = { roadworks: 'go', order }
      for (const { fork } of busy) fork.send(go as unknown as WorkerRequest)
    },
    close: cool,
  }
}

/** Vitest keeps the process to itself; a grading that must end now cannot be asked to. */
function processOf(fork: ForksPoolWorker): { kill(signal: NodeJS.Signals): boolean } | undefined {
  return (fork as unknown as { _fork?: { kill(signal: NodeJS.Signals): boolean } })._fork
}
