import { expect } from 'vitest'
import type * as Walk from '../../../solutions/phase1-fundamentals/dns-walk/resolver.ts'
import { type ModuleSubject, note, SubjectError } from '../../harness/index.ts'
import {
  type Expected,
  followAll,
  linesOf,
  MOST_ALIASES,
  reachable,
  type Step,
  truth,
} from './model.ts'
import { type Asked, openServers, type Servers } from './servers.ts'
import { dataText, healthOf, isWithin, show, TRAP, type Type, type World } from './world.ts'

export type Walker = ModuleSubject<typeof Walk>

/** A name as it is asked for: in any case, and perhaps with the dot at its end. */
export type Ask = { name: string; type: Type }

export type Move =
  /** Calls that run at the same time. */
  | { do: 'ask'; asks: Ask[] }
  | { do: 'wait'; seconds: number }
  /** The world becomes another; `text` says how. */
  | { do: 'change'; text: string; change: (world: World) => void }

export type Program = { world: World; moves: Move[]; timeoutMs: number }

/** How long the servers get no question before one may be blamed on the next call, in milliseconds. */
const QUIET_MS = 10

type Seen = { status: unknown; answers: Record<'name' | 'type' | 'ttl' | 'data', unknown>[] }
type Outcome = { result: Seen } | { wrong: string }

let programs = 0

/** How long an answer may take that waits for silent servers: many times what it must. */
const PATIENCE_SECONDS = 10

const NOTHING = 'gave nothing within'

/** How many programs have failed twice. A program that is wrong need not be shown to be for long. */
let failed = 0
const MOST_RETRIES = 3

/**
 * Plays a program, and where it fails once more with more time before it counts: a wait may have been too
 * short for a busy machine.
 */
export async function playPatiently(subject: Walker, program: Program): Promise<void> {
  try {
    await playProgram(subject, program)
  } catch (error) {
    const isSure = error instanceof SubjectError || String(error).includes(NOTHING)
    if (isSure || failed >= MOST_RETRIES) throw error
    failed += 1
    const timeoutMs = program.timeoutMs + 6000
    await playProgram(subject, { ...program, timeoutMs }, 25 * QUIET_MS)
    failed -= 1
  }
}

/**
 * Plays a program on servers of its own. Throws an AssertionError at the first answer that is wrong, with
 * the world and the questions that the servers got.
 */
export async function playProgram(
  subject: Walker,
  program: Program,
  quiet = QUIET_MS,
): Promise<void> {
  const { moves, timeoutMs } = program
  const world = structuredClone(program.world)
  const servers = await openServers(world)
  programs += 1
  const key = `resolver${programs}`
  const roots = [...new Set(world.zones[0]!.servers.map(({ ip }) => ip))]
  const history = new History(world, servers.asked)
  let clock = 1_790_000_000_000
  let first = true
  try {
    for (const move of moves) {
      if (move.do === 'wait') {
        clock += move.seconds * 1000
        history.pass(move.seconds)
      } else if (move.do === 'change') {
        move.change(world)
        history.changes.push(move.text)
      } else {
        // Answers that nobody waits for any more may lead to a question or two.
        if (move.asks.some((ask) => history.mustKnow(ask))) await untilQuiet(servers.asked, quiet)
        const before = servers.asked.length
        const setting = first ? { roots, ports: servers.ports, timeoutMs, trap: TRAP } : undefined
        const outcomes = await subject.evaluate(
          askInSubject,
          { key, setting, clock, asks: move.asks, patience: PATIENCE_SECONDS + timeoutMs / 100 },
          { cpuSeconds: 10, wallSeconds: 120 },
        )
        history.serve(before)
        const when: When = { world, servers, before, first, alone: move.asks.length === 1, history }
        if (first) expectRootFirst(when, roots)
        for (const [at, ask] of move.asks.entries()) expectOutcome(ask, outcomes?.[at], when)
        expectNoTrap(when)
        history.remember(move.asks)
        first = false
      }
    }
  } finally {
    servers.close()
    await subject
      .evaluate((_module, key) => {
        delete (globalThis as Record<string, unknown>)[key]
      }, key)
      .catch(() => {})
  }
}

/** Resolves when no question has come for so many milliseconds. */
async function untilQuiet(asked: Asked[], ms: number): Promise<void> {
  for (let before = -1; before < asked.length; ) {
    before = asked.length
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}

/** Runs in the learner's process: asks, and describes what came. */
async function askInSubject(
  module: typeof Walk,
  given: {
    key: string
    setting?: { roots: string[]; ports: Record<string, number>; timeoutMs: number; trap: string }
    clock: number
    asks: Ask[]
    patience: number
  },
): Promise<Outcome[]> {
  const kept = globalThis as unknown as Record<string, { clock: number; resolver: Walk.Resolver }>
  const { key, setting, clock, asks, patience } = given
  if (setting) {
    const state = { clock, resolver: undefined as unknown as Walk.Resolver }
    kept[key] = state
    const { roots, ports, timeoutMs, trap } = setting
    const dial = (ip: string) => ({ host: '127.0.0.1', port: ports[ip] ?? ports[trap]! })
    const now = () => state.clock
    state.resolver = module.createResolver({ roots: [...roots], dial, now, timeoutMs })
  }
  const { resolver } = kept[key]!
  kept[key]!.clock = clock
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'function' || typeof value === 'symbol' ? String(value) : value
    }
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
  }
  const askOne = async ({ name, type }: Ask): Promise<Outcome> => {
    let timer: NodeJS.Timeout | undefined
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('late')), patience * 1000)
        timer.unref()
      })
      const hold = setInterval(() => {}, 1000)
      const result = await Promise.race([resolver.resolve(name, type), late]).finally(() =>
        clearInterval(hold),
      )
      if (typeof result !== 'object' || result === null || !Array.isArray(result.answers)) {
        return { wrong: `gave ${String(result)}, which is no { status, answers }` }
      }
      const answers = result.answers.map((answer) => {
        const { name, type, ttl, data } = (answer ?? {}) as unknown as Record<string, unknown>
        return { name: plain(name), type: plain(type), ttl: plain(ttl), data: plain(data) }
      })
      return { result: { status: plain(result.status), answers } }
    } catch (error) {
      if (error instanceof Error && error.message === 'late') {
        return { wrong: `gave nothing within ${patience} s` }
      }
      return { wrong: `rejected with ${error}` }
    } finally {
      clearTimeout(timer)
    }
  }
  return Promise.all(asks.map(askOne))
}

// ---------------------------------------------------------------- what may be remembered

type Served = { name: string; type: string; step: Step & { seconds: number }; at: number }

/** What the servers have said so far, and until when it may, and must, be remembered. */
class History {
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
    const reached = reachable(this.#world)
    const key = ({ kind, ...step }: Step) => ('set' in step ? step.set : kind)
    const look = (one: string): Step[] => {
      const steps = [
        truth(this.#world, one, type, reached),
        ...this.#remembered(one, type).map(
          ({ step }): Step =>
            step.kind === 'alias' && type === 'CNAME' ? { ...step, kind: 'records' } : step,
        ),
      ]
      return [...new Map(steps.toReversed().map((step) => [key(step), step])).values()].toReversed()
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

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '')

// ---------------------------------------------------------------- comparing

type When = {
  world: World
  servers: Servers
  /** How many questions the servers had got before. */
  before: number
  first: boolean
  /** No other call runs at the same time. */
  alone: boolean
  history: History
}

/** Shows the world and what its servers were asked, under the check that fails. */
function showAll({ world, servers, before, history }: When): void {
  note('The servers', show(world))
  if (history.changes.length > 0) note('What has changed since', history.changes.join('\n'))
  const earlier = before > 0 ? [`${before} questions before this one`] : []
  const lines = servers.asked.slice(before).map(({ ip, via, name, type, said }) => {
    const who = ip === TRAP ? `${ip} (never to be asked)` : ip
    return `${who} over ${via}: ${type} ${name || '.'}? → ${said}`
  })
  const shown = lines.length > 60 ? [...lines.slice(0, 40), `… ${lines.length - 40} more`] : lines
  note(
    'What the servers were asked',
    [...earlier, ...(shown.length > 0 ? shown : ['nothing'])].join('\n'),
  )
}

function fail(when: When, message: string, seen: unknown, wanted: unknown): never {
  showAll(when)
  expect(seen, message).toEqual(wanted)
  throw new Error(message) // never: they differ
}

const shownAsk = ({ name, type }: Ask) => `resolve('${name}', '${type}')`

function expectRootFirst(when: When, roots: string[]): void {
  const [first] = when.servers.asked
  if (first && roots.includes(first.ip)) return
  // A question to a port at which nothing listens is seen by nobody.
  if (!first && roots.some((ip) => healthOf(when.world, ip) === 'closed')) return
  const who = first ? first.ip : 'nobody'
  fail(when, 'a new resolver asks one of the root servers first: who was asked', who, roots[0])
}

function expectNoTrap(when: When): void {
  const trapped = when.servers.asked.slice(when.before).filter(({ ip }) => ip === TRAP)
  if (trapped.length === 0) return
  const message = `${TRAP} is an address that only bad referrals and servers of other zones name: questions that it got`
  fail(when, message, trapped.length, 0)
}

/** One line for each record, in the answer's own order; a TTL that is partly used up as the whole one. */
function linesSeen({ answers }: Seen, wanted: Expected, elapsed: number): string[] {
  return answers.map(({ name, type, ttl, data }) => {
    const [owner, kind] = [plainName(String(name)), String(type).toUpperCase()]
    const set = wanted.sets.find((one) => one.name === owner && one.type === kind)
    const whole =
      set && typeof ttl === 'number' && ttl <= set.ttl && ttl >= Math.max(0, set.ttl - elapsed)
    return `${owner} ${whole ? set.ttl : ttl} ${kind} ${dataText(sameSpelling(kind, data))}`
  })
}

/** Data in one spelling: names in small letters, IPv6 addresses as they are written shortest. */
function sameSpelling(type: string, data: unknown): unknown {
  if (type === 'CNAME') return plainName(String(data))
  if (type === 'MX' && typeof data === 'object' && data !== null) {
    const { preference, exchange } = data as Record<string, unknown>
    return { preference, exchange: plainName(String(exchange)) }
  }
  if (type === 'TXT') return typeof data === 'string' ? [data] : data
  if (type === 'AAAA' && URL.canParse(`http://[${data}]`)) {
    return new URL(`http://[${data}]`).hostname.slice(1, -1)
  }
  return data
}

/** Sorts the records after the aliases: within a set any order is right. */
function settle(lines: string[], aliases: number): string[] {
  return [...lines.slice(0, aliases), ...lines.slice(aliases).sort()]
}

function expectOutcome(ask: Ask, outcome: Outcome | undefined, when: When): void {
  const call = shownAsk(ask)
  if (!outcome || 'wrong' in outcome) {
    fail(when, call, outcome?.wrong ?? 'gave nothing', 'a promise of { status, answers }')
  }
  const { result } = outcome
  const elapsed = Math.ceil(when.history.now)
  const compared = when.history.possible(ask).map((expected) => {
    const aliases = expected.sets.filter(({ type }) => type === 'CNAME').length
    const unordered = ask.type === 'CNAME' ? 0 : aliases
    const lines = settle(linesSeen(result, expected, elapsed), unordered)
    const failed = expected.status === 'SERVFAIL'
    return {
      seen: { status: result.status, answers: failed ? [] : lines },
      wanted: {
        status: expected.status,
        answers: failed ? [] : settle(linesOf(expected), unordered),
      },
    }
  })
  const isRight = compared.some(
    ({ seen, wanted }) => JSON.stringify(seen) === JSON.stringify(wanted),
  )
  const later = when.first ? '' : `, ${when.history.now.toFixed(1)} s after the first call`
  if (!isRight) {
    const { seen, wanted } = compared[0]!
    fail(when, call + later, seen, wanted)
  }
  const asked = when.servers.asked.length - when.before
  if (when.alone && asked > 0 && when.history.mustKnow(ask)) {
    const message = `${call}${later}, which was asked before and has not run out since: questions to servers`
    fail(when, message, asked, 0)
  }
}
