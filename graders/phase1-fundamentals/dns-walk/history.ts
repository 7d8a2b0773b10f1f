import type { Ask } from './calls.ts'
import { type Expected, followAll, MOST_ALIASES, reachable, type Step, truth } from './model.ts'
import type { Asked } from './servers.ts'
import { isWithin, TRAP, type Type, type World } from './world.ts'

type Served = { name: string; type: string; step: Step & { seconds: number }; at: number }

/** What the servers have said so far, and until when it may, and must, be remembered. */
export class History {
  readonly changes: string[] = []
  readonly #world: World
  readonly #asked: Asked[]
  readonly #served: Served[] = []
  /** Until when a question must be answered without asking anybody, by its type and name. */
  readonly #kept = new Map<string, number>()
  #now = 0

  constructor(world: World, asked: Asked[]) {
    this.#world = world
    this.#asked = asked
  }

  get now(): number {
    return this.#now
  }

  /** Odd, so that nothing ends at the very moment of a question. */
  pass(seconds: number): void {
    this.#now += seconds
  }

  /** Takes down what the servers have said since. */
  serve(from: number): void {
    for (const { ip, type, answers, without } of this.#asked.slice(from)) {
      if (ip === TRAP) continue
      for (const set of answers) {
        const step = {
          kind: set.type === 'CNAME' ? 'alias' : 'records',
          set,
          seconds: set.ttl,
        } as const
        this.#served.push({ name: set.name, type: set.type, step, at: this.#now })
      }
      if (without === undefined) continue
      const step = truth(this.#world, without, type as Type)
      if (step.kind === 'no name' || step.kind === 'no data') {
        this.#served.push({ name: without, type, step, at: this.#now })
      }
    }
  }

  /** What was served for a name and type before, and has not run out. */
  #remembered(name: string, type: Type): Served[] {
    return this.#served.filter(({ step, at, ...one }) => {
      if (this.#now - at >= step.seconds) return false
      // Where a name does not exist, there is nothing below it either (RFC 8020).
      if (step.kind === 'no name') return isWithin(name, one.name)
      const isType = one.type === type || (step.kind === 'alias' && type !== 'CNAME')
      return one.name === name && isType
    })
  }

  /** All that a question may be answered with. The first is what holds now. */
  possible({ name, type }: Ask): Expected[] {
    const reached = [reachable(this.#world), reachable(this.#world, false)]
    const key = ({ kind, ...step }: Step) => ('set' in step ? step.set : kind)
    const look = (one: string): Step[] => {
      const steps = [
        ...reached.map((zones) => truth(this.#world, one, type, zones)),
        ...this.#remembered(one, type).map(
          ({ step }): Step =>
            step.kind === 'alias' && type === 'CNAME' ? { ...step, kind: 'records' } : step,
        ),
      ]
      return [...new Map(steps.map((step) => [key(step), step])).values()]
    }
    return followAll(plainName(name), look)
  }

  /** Notes until when these must be answered without a question to anybody. */
  remember(asks: Ask[]): void {
    for (const { name, type } of asks) {
      const key = `${type} ${plainName(name)}`
      if ((this.#kept.get(key) ?? -1) > this.#now) continue
      this.#kept.set(key, this.#untilFor(plainName(name), type))
    }
  }

  /** Until when a whole chain is remembered, the soonest that it may be; -1 where no answer came of it. */
  #untilFor(name: string, type: Type, aliases = 0): number {
    const served = this.#remembered(name, type)
    if (served.length === 0 || aliases > MOST_ALIASES) return -1
    const until = Math.min(...served.map(({ at, step }) => at + step.seconds))
    const alias = served.findLast((one) => one.step.kind === 'alias')?.step
    if (type === 'CNAME' || alias?.kind !== 'alias') return until
    return Math.min(until, this.#untilFor(String(alias.set.data[0]), type, aliases + 1))
  }

  mustKnow({ name, type }: Ask): boolean {
    return (this.#kept.get(`${type} ${plainName(name)}`) ?? -1) > this.#now
  }
}

export const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '')
