import type * as Walk from '../../../solutions/phase1-fundamentals/dns-walk/resolver.ts'
import type { ModuleSubject } from '../../harness/index.ts'
import type { Servers } from './servers.ts'
import { TRAP, type Type } from './world.ts'

// Calls of a resolver in the learner's process. No limit here is a time on the clock: a call is given up when
// many looks at it, one after the other, have found neither a result nor a new question.

export type Walker = ModuleSubject<typeof Walk>

/** A name as it is asked for: in any case, and perhaps with the dot at its end. */
export type Ask = { name: string; type: Type }

export type Seen = {
  status: unknown
  answers: Record<'name' | 'type' | 'ttl' | 'data', unknown>[]
}
export type Outcome = { result: Seen } | { wrong: string }

type Kept = {
  clock: number
  resolver: Walk.Resolver
  outcomes: (Outcome | undefined)[]
  settled: Promise<unknown>
  /** Which of all resolvers' calls it was whose results came now: 1 for the first. */
  place?: number
}
type Everything = Record<string, Kept> & { roadworksPlace?: number }

/** How what came of a call begins where nothing did. */
export const HUNG = 'gave nothing'

/** How long a look waits for the result, in milliseconds. */
const LOOK_MS = 200
const MOST_IDLE_SECONDS = 10
/** Far more than any tree here needs. */
const MOST_QUESTIONS = 5000
const LIMITS = { cpuSeconds: 10, wallSeconds: 120 }

let resolvers = 0

/** A resolver in the learner's process that walks these servers. */
export class Caller {
  readonly #subject: Walker
  readonly #servers: Servers
  readonly #timeoutMs: number
  readonly #key: string

  private constructor(subject: Walker, servers: Servers, timeoutMs: number) {
    this.#subject = subject
    this.#servers = servers
    this.#timeoutMs = timeoutMs
    resolvers += 1
    this.#key = `resolver${resolvers}`
  }

  static async open(
    subject: Walker,
    servers: Servers,
    roots: string[],
    timeoutMs: number,
  ): Promise<Caller> {
    const caller = new Caller(subject, servers, timeoutMs)
    const { ports } = servers
    await subject.evaluate(create, { key: caller.#key, roots, ports, timeoutMs, trap: TRAP })
    return caller
  }

  /** Makes calls that run at the same time, and returns what came of each, in order. */
  async call(clock: number, asks: Ask[]): Promise<Outcome[]> {
    await this.begin(clock, asks)
    return this.end()
  }

  async begin(clock: number, asks: Ask[]): Promise<void> {
    await this.#subject.evaluate(begin, { key: this.#key, clock, asks }, LIMITS)
  }

  async end(): Promise<Outcome[]> {
    const { asked } = this.#servers
    const first = asked.length
    // Servers at which nothing listens do not show that they were asked: a zone has three at most.
    const idleSeconds = MOST_IDLE_SECONDS + (4 * this.#timeoutMs) / 1000
    for (let idle = 0, before = first; ; ) {
      const { outcomes, over } = await this.#look(LOOK_MS)
      const orElse = (wrong: string) => outcomes.map((outcome) => outcome ?? { wrong })
      if (over) return orElse('nothing')
      idle = asked.length === before ? idle + 1 : 0
      before = asked.length
      if (before - first > MOST_QUESTIONS) {
        return orElse(`${HUNG}, and has sent more than ${MOST_QUESTIONS} questions`)
      }
      if (idle * LOOK_MS > idleSeconds * 1000) {
        return orElse(`${HUNG}, and has asked no server anything for ${idleSeconds} s`)
      }
    }
  }

  /** Which of all resolvers in this process had its results now; undefined where it has none yet. */
  async place(): Promise<number | undefined> {
    return (await this.#look(0)).place
  }

  #look(waitMs: number) {
    return this.#subject.evaluate(look, { key: this.#key, waitMs }, LIMITS)
  }

  /** Resolves when answers that nobody waits for any more can have led to no further question. */
  async quiet(): Promise<void> {
    const { asked } = this.#servers
    for (let rounds = 0, before = -1; rounds < 3; ) {
      // Both processes take a turn: what has arrived is read, and what comes of it is sent.
      await this.#subject.evaluate(() => new Promise<void>((resolve) => setTimeout(resolve, 2)))
      await new Promise((resolve) => setTimeout(resolve, 5))
      rounds = asked.length === before && this.#servers.busy() === 0 ? rounds + 1 : 0
      before = asked.length
    }
  }

  async close(): Promise<void> {
    await this.#subject
      .evaluate((_module, key) => {
        delete (globalThis as Record<string, unknown>)[key]
      }, this.#key)
      .catch(() => {})
  }
}

// ---------------------------------------------------------------- in the learner's process

function create(
  module: typeof Walk,
  given: {
    key: string
    roots: string[]
    ports: Record<string, number>
    timeoutMs: number
    trap: string
  },
): void {
  const { key, roots, ports, timeoutMs, trap } = given
  const kept = { clock: 0, outcomes: [], settled: Promise.resolve() } as unknown as Kept
  const dial = (ip: string) => ({ host: '127.0.0.1', port: ports[ip] ?? ports[trap]! })
  const now = () => kept.clock
  ;(globalThis as unknown as Everything)[key] = kept
  kept.resolver = module.createResolver({ roots: [...roots], dial, now, timeoutMs })
}

function begin(_module: typeof Walk, given: { key: string; clock: number; asks: Ask[] }): void {
  const all = globalThis as unknown as Everything
  const kept = all[given.key]!
  kept.clock = given.clock
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'function' || typeof value === 'symbol' ? String(value) : value
    }
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
  }
  const askOne = async ({ name, type }: Ask): Promise<Outcome> => {
    try {
      const result = await kept.resolver.resolve(name, type)
      if (typeof result !== 'object' || result === null || !Array.isArray(result.answers)) {
        return { wrong: `gave ${String(result)}, which is no { status, answers }` }
      }
      const answers = result.answers.map((answer) => {
        const { name, type, ttl, data } = (answer ?? {}) as unknown as Record<string, unknown>
        return { name: plain(name), type: plain(type), ttl: plain(ttl), data: plain(data) }
      })
      return { result: { status: plain(result.status), answers } }
    } catch (error) {
      return { wrong: `rejected with ${error}` }
    }
  }
  const outcomes: Kept['outcomes'] = given.asks.map(() => undefined)
  kept.outcomes = outcomes
  kept.place = undefined
  const calls = given.asks.map(async (ask, at) => {
    outcomes[at] = await askOne(ask)
  })
  kept.settled = Promise.all(calls).then(() => {
    all.roadworksPlace = (all.roadworksPlace ?? 0) + 1
    kept.place = all.roadworksPlace
  })
}

async function look(_module: typeof Walk, { key, waitMs }: { key: string; waitMs: number }) {
  const kept = (globalThis as unknown as Everything)[key]!
  let timer: NodeJS.Timeout | undefined
  const wait = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs)
  })
  await Promise.race([kept.settled, wait])
  clearTimeout(timer)
  return { outcomes: kept.outcomes, over: kept.place !== undefined, place: kept.place }
}
