import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Look, Played } from './play.ts'
import { type Attempt, jobName, type Program, programText, shownGift } from './program.ts'

/** What a disagreement is about. */
export type About = 'results' | 'places' | 'empty' | 'next' | 'attempts' | 'aborts' | 'pulling'

type Running = { job: number; attempt: number; script: Attempt }

/** What each look of a program must show: a courier that does one thing after the other. */
export function modelLooks(program: Program): Look[] {
  const looks: Look[] = []
  const { concurrency, retries = 0, isRetryable } = program
  let running: Running[] = []
  let begun = 0
  const attempts: [job: number, name: string][] = []
  const backoffs: number[] = []
  const results: string[] = []
  let aborted = program.abortedBefore === true
  let finished = false

  const start = (job: number, attempt: number): void => {
    const list = program.jobs[job]!
    const script = list[Math.min(attempt, list.length) - 1]!
    attempts.push([job, jobName(job) + attempt])
    if (script.aborts) aborted ||= program.signal === true
    if (aborted && script.ends === 'held' && script.onAbort === 'rejects') return
    if (script.ends === 'held') running.push({ job, attempt, script })
    else end({ job, attempt, script })
  }
  const end = ({ job, attempt, script }: Running): void => {
    if (aborted) return
    const gift = shownGift(script.gives, jobName(job) + attempt)
    if (script.ok) {
      results[job] = `ok: ${gift}`
      return
    }
    const again = isRetryable === 'always' || (isRetryable && script.gives === 'busy')
    if (!again || attempt > retries) {
      results[job] = `failed: ${gift}`
      return
    }
    if (program.backoff) backoffs.push(attempt)
    start(job, attempt + 1)
  }
  const fill = () => {
    while (!aborted && running.length < concurrency && begun < program.jobs.length) {
      begun += 1
      start(begun - 1, 1)
    }
  }
  const look = (did: string) => {
    finished ||= !aborted && Object.keys(results).length === program.jobs.length
    const rejected = aborted && !finished
    if (rejected) running = running.filter(({ script }) => script.onAbort !== 'rejects')
    const names = byJob(running).map(({ job, attempt }) => jobName(job) + attempt)
    looks.push({
      did,
      running: names,
      begun: program.jobs.slice(0, begun).map((_, at) => jobName(at)),
      attempts: attempts.toSorted(([a], [b]) => a - b).map(([, name]) => name),
      aborted: rejected ? names : [],
      backoffs: backoffs.toSorted((a, b) => a - b),
      oddities: [],
      pulled: begun,
      ...(finished && { settled: { results: [...results] } }),
      ...(rejected && { settled: { rejected: shownGift(program.reason, 'the caller') } }),
    })
  }
  const open = (nth: number) => {
    const held = byJob(running)[nth % running.length]!
    running = running.filter((one) => one !== held)
    end(held)
    fill()
    look(`${jobName(held.job)}${held.attempt} is opened`)
  }

  fill()
  look('deliverAll is called')
  for (const step of program.steps) {
    if (step === 'abort') {
      aborted = true
      look('the caller aborts')
    } else if (running.length > 0) open(step.open)
  }
  while (running.length > 0) open(0)
  if (program.signal && !aborted) {
    aborted = true
    look('the caller aborts at the end')
  }
  return looks
}

const byJob = (running: Running[]) => running.toSorted((a, b) => a.job - b.job)

/** A difference between what was seen and what the rules say. */
export type Disagreement = {
  about: About
  rule: string
  fact: string
  seen: unknown
  wanted: unknown
  /** How many looks were as they should be. */
  at: number
}

/** Returns the first difference, or undefined where there is none. */
export function disagreement(
  program: Program,
  played: Played | undefined,
): Disagreement | undefined {
  for (const [at, wanted] of modelLooks(program).entries()) {
    const found = differs(program, at, played?.looks[at], wanted)
    if (found) return { ...found, at }
  }
  const most = played?.most ?? 0
  if (most > program.concurrency) {
    const fact = 'the most jobs that ran at the same time'
    return { ...RULES.places, fact, seen: most, wanted: program.concurrency, at: Infinity }
  }
  return undefined
}

/**
 * Returns how the promise is settled otherwise than it should be, however the jobs began: their results
 * are the same for all that.
 */
export function wrongResults(
  program: Program,
  played: Played | undefined,
): Disagreement | undefined {
  const looks = modelLooks(program)
  const fact = 'how the promise is settled'
  const [wanted, seen] = [looks, played?.looks ?? []].map((list) => list.at(-1)?.settled)
  const early = played?.looks.find(({ running, settled }) => settled && running.length > 0)
  if (early) {
    const text = `${fact} while ${early.running} still run`
    return {
      ...RULES.unfinished,
      fact: text,
      seen: early.settled,
      wanted: undefined,
      at: looks.length,
    }
  }
  if (isDeepStrictEqual(seen, wanted)) return undefined
  return { ...RULES.results, fact, seen, wanted, at: looks.length }
}

const RULES = {
  places: { about: 'places', rule: 'Never more than `concurrency` jobs hold a place.' },
  empty: {
    about: 'empty',
    rule: 'No place stays empty while there are jobs that have not begun.',
  },
  next: {
    about: 'next',
    rule: 'When a job has its result, the next one begins at once, whatever the others do.',
  },
  order: { about: 'next', rule: 'Jobs begin in the order of `jobs`, and each begins once.' },
  context: {
    about: 'attempts',
    rule: 'Each attempt gets its number, from 1 on, and a signal of its own that is not aborted.',
  },
  attempts: {
    about: 'attempts',
    rule: 'There is another attempt only if `isRetryable` gives `true` for the error of the last one, and at most `retries` times.',
  },
  backoff: {
    about: 'attempts',
    rule: '`backoffMs` is called once before each further attempt, with the number of the one that failed.',
  },
  early: { about: 'attempts', rule: 'A signal is aborted only by a time limit or by the caller.' },
  results: {
    about: 'results',
    rule: 'There is one result for each job, in the order of `jobs`, whichever finished first.',
  },
  unfinished: {
    about: 'results',
    rule: 'The promise resolves when every job has its result; without jobs, to `[]`.',
  },
  nothingNew: { about: 'aborts', rule: 'Once `signal` has aborted, no attempt begins.' },
  signals: { about: 'aborts', rule: 'The signals of all attempts that run are aborted.' },
  rejects: {
    about: 'aborts',
    rule: "When `signal` aborts, the promise rejects at once with the signal's `reason`.",
  },
  after: { about: 'aborts', rule: 'Once the promise has resolved, nothing changes any more.' },
  pulling: {
    about: 'pulling',
    rule: 'A job is pulled when there is a place for it. One more job may be pulled ahead.',
  },
} as const satisfies Record<string, { about: About; rule: string }>

function differs(
  program: Program,
  at: number,
  seen: Look | undefined,
  wanted: Look,
): Omit<Disagreement, 'at'> | undefined {
  if (!seen) throw new Error('a look is missing')
  const stopped = wanted.settled && 'rejected' in wanted.settled
  const same = (fact: 'begun' | 'running' | 'attempts' | 'aborted' | 'backoffs' | 'settled') =>
    isDeepStrictEqual(seen[fact], wanted[fact])
  const tell = (
    rule: { about: About; rule: string },
    fact: string,
    field: keyof Look,
  ): Omit<Disagreement, 'at'> => ({
    ...rule,
    fact,
    seen: seen[field] ?? 'not settled',
    wanted: wanted[field] ?? 'not settled',
  })

  if (seen.oddities.length > 0) {
    return {
      ...RULES.context,
      fact: 'what was wrong with what jobs got',
      seen: seen.oddities,
      wanted: [],
    }
  }
  const begun = 'the jobs that have begun, in order'
  if (!same('begun')) {
    if (stopped) return tell(RULES.nothingNew, begun, 'begun')
    const inOrder = isDeepStrictEqual(seen.begun, [...new Set(seen.begun)].sort())
    if (!inOrder) return tell(RULES.order, begun, 'begun')
    const tooMany = seen.begun.length > wanted.begun.length
    if (tooMany) return tell(RULES.places, begun, 'begun')
    return tell(at === 0 ? RULES.empty : RULES.next, begun, 'begun')
  }
  if (!same('attempts')) {
    const rule = stopped ? RULES.nothingNew : RULES.attempts
    return tell(rule, 'the attempts that have begun', 'attempts')
  }
  if (!same('aborted')) {
    const rule = stopped ? RULES.signals : RULES.early
    return tell(rule, 'the attempts that run and whose signal is aborted', 'aborted')
  }
  if (!same('running')) {
    const rule = stopped ? RULES.signals : RULES.attempts
    return tell(rule, 'the attempts that run', 'running')
  }
  if (!same('settled')) {
    const how = 'how the promise is settled'
    if (program.abortedBefore || stopped) return tell(RULES.rejects, how, 'settled')
    if (wanted.did === 'the caller aborts') return tell(RULES.after, how, 'settled')
    return tell(wanted.settled ? RULES.results : RULES.unfinished, how, 'settled')
  }
  if (!stopped && !same('backoffs')) {
    return tell(RULES.backoff, 'the calls of backoffMs, sorted', 'backoffs')
  }
  if (!stopped && seen.pulled > wanted.pulled + 1) {
    const fact = 'how many jobs were pulled (one more is all right)'
    return tell(RULES.pulling, fact, 'pulled')
  }
  return undefined
}

/** Fails with the rule, the program and its timeline. */
export function tellDisagreement(program: Program, found: Disagreement): never {
  const looks = modelLooks(program).slice(0, found.at + 1)
  const width = Math.max(...looks.map(({ did }) => did.length))
  const lines = looks.map(({ did, running }) => {
    return `  ${did.padEnd(width)}   ${running.length > 0 ? running.join(' ') : 'none'}`
  })
  const text = [
    found.rule,
    '',
    programText(program),
    '',
    `  ${'what happens'.padEnd(width)}   attempts that wait to be opened, as they should be`,
    ...lines,
    '',
    `${found.fact}, after the last line`,
  ].join('\n')
  expect(found.seen, text).toEqual(found.wanted)
  throw new Error('a disagreement without a difference')
}
