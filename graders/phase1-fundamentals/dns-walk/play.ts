import { SubjectError } from '../../harness/index.ts'
import { type Ask, Caller, HUNG, type Outcome, type Walker } from './calls.ts'
import { expectNoTrap, expectOutcome, expectRootFirst, expectSooner, type When } from './compare.ts'
import { History } from './history.ts'
import { openServers } from './servers.ts'
import { watchStalls } from './stalls.ts'
import type { World } from './world.ts'

export type Move =
  /** Calls that run at the same time. */
  | { do: 'ask'; asks: Ask[] }
  | { do: 'wait'; seconds: number }
  /** The world becomes another; `text` says how. */
  | { do: 'change'; text: string; change: (world: World) => void }

export type Program = { world: World; moves: Move[]; timeoutMs: number }

const MOST_TRIES = 3
/** How long a server that is late takes, of the time that it has. */
const LATE = 0.6
const START = 1_790_000_000_000

/**
 * Plays something with a time limit for the resolver. Where it fails, that counts, unless the processes
 * stood still for a quarter of that limit: then an answer may have come too late, and it is played again with a
 * limit that is three times as long.
 */
async function fairly(
  subject: Walker,
  timeoutMs: number,
  play: (timeoutMs: number) => Promise<void>,
): Promise<void> {
  for (let tries = 1, limit = timeoutMs; ; tries += 1, limit *= 3) {
    const stalledMs = await watchStalls(subject, limit)
    let failure: unknown
    await play(limit).catch((error) => {
      failure = error ?? new Error('failed')
    })
    const stalled = await stalledMs()
    if (failure === undefined) return
    const isSure = failure instanceof SubjectError || String(failure).includes(HUNG)
    if (isSure || stalled < limit / 4 || tries === MOST_TRIES) throw failure
  }
}

/**
 * Plays a program on servers of its own. Throws an AssertionError at the first answer that is wrong, with
 * the world and the questions that the servers got.
 */
export function playProgram(subject: Walker, program: Program): Promise<void> {
  return fairly(subject, program.timeoutMs, (timeoutMs) => playOnce(subject, program, timeoutMs))
}

async function playOnce(subject: Walker, program: Program, timeoutMs: number): Promise<void> {
  const world = { ...structuredClone(program.world), lateMs: LATE * timeoutMs }
  const servers = await openServers(world)
  const roots = rootsOf(world)
  const history = new History(world, servers.asked)
  const caller = await Caller.open(subject, servers, roots, timeoutMs)
  let clock = START
  let first = true
  try {
    for (const move of program.moves) {
      if (move.do === 'wait') {
        clock += move.seconds * 1000
        history.pass(move.seconds)
      } else if (move.do === 'change') {
        move.change(world)
        history.changes.push(move.text)
      } else {
        // Answers that nobody waits for any more may lead to a question or two.
        if (move.asks.some((ask) => history.mustKnow(ask))) await caller.quiet()
        const before = servers.asked.length
        const outcomes = await caller.call(clock, move.asks)
        history.serve(before)
        const when: When = { world, servers, before, first, alone: move.asks.length === 1, history }
        if (first) expectRootFirst(when, roots)
        for (const [at, ask] of move.asks.entries()) expectOutcome(ask, outcomes[at], when)
        expectNoTrap(when)
        history.remember(move.asks)
        first = false
      }
    }
  } finally {
    servers.close()
    await caller.close()
  }
}

const rootsOf = (world: World): string[] => [
  ...new Set(world.zones[0]!.servers.map(({ ip }) => ip)),
]

/**
 * Asks in a world whose servers are silent, first with a long limit and then with a short one. The second must
 * end first: on the slowest machine, too.
 */
export async function playTwoLimits(
  subject: Walker,
  world: World,
  ask: Ask,
  [short, long]: [number, number],
): Promise<void> {
  await fairly(subject, long, async (longMs) => {
    const shortMs = (longMs * short) / long
    const servers = await openServers(world)
    const roots = rootsOf(world)
    const patient = await Caller.open(subject, servers, roots, longMs)
    const hasty = await Caller.open(subject, servers, roots, shortMs)
    try {
      await patient.begin(START, [ask])
      const outcomes: Outcome[] = await hasty.call(START, [ask])
      const history = new History(world, servers.asked)
      const when: When = { world, servers, before: 0, first: true, alone: false, history }
      expectOutcome(ask, outcomes[0], when)
      const [earlier, later] = [await hasty.place(), await patient.place()]
      expectSooner(ask, later === undefined || earlier! < later, when)
    } finally {
      servers.close()
      await patient.close()
      await hasty.close()
    }
  })
}
