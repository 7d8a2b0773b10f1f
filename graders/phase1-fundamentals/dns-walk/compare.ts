import { expect } from 'vitest'
import { note } from '../../harness/index.ts'
import type { Ask, Outcome, Seen } from './calls.ts'
import { type History, plainName } from './history.ts'
import { type Expected, linesOf } from './model.ts'
import type { Servers } from './servers.ts'
import { dataText, healthOf, show, TRAP, type World } from './world.ts'

export type When = {
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

export function expectRootFirst(when: When, roots: string[]): void {
  const [first] = when.servers.asked
  if (first && roots.includes(first.ip)) return
  // A question to a port at which nothing listens is seen by nobody.
  if (!first && roots.some((ip) => healthOf(when.world, ip) === 'closed')) return
  const who = first ? first.ip : 'nobody'
  fail(when, 'a new resolver asks one of the root servers first: who was asked', who, roots[0])
}

export function expectNoTrap(when: When): void {
  const trapped = when.servers.asked.slice(when.before).filter(({ ip }) => ip === TRAP)
  if (trapped.length === 0) return
  const message = `${TRAP} is an address that only bad referrals and servers of other zones name: questions that it got`
  fail(when, message, trapped.length, 0)
}

/** @param isSooner whether the call with the short limit ended before the one with the long limit */
export function expectSooner(ask: Ask, isSooner: boolean, when: When): void {
  if (isSooner) return
  const message = `${shownAsk(ask)} of two resolvers, where no server answers: which ended first`
  fail(when, message, 'the one with the long timeoutMs', 'the one with the short timeoutMs')
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

export function expectOutcome(ask: Ask, outcome: Outcome | undefined, when: When): void {
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
