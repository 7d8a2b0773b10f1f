import { type Counted, STEP, steps } from './world.ts'

export const ALERTS = {
  ApiDown: 'page',
  HighErrorRate: 'page',
  SlowBurn: 'ticket',
  HighLatency: 'ticket',
  QueueStuck: 'ticket',
} as const
export type AlertName = keyof typeof ALERTS

/** What is asked of an alert at a step: that it fires, that it does not, or neither. */
export type Wanted = 'fires' | 'silent' | 'either'

/** An alert may be this late: rules that build on rules are. */
const LATE = steps(1)
/** An alert may go on for so long after its condition. */
const LINGERS = steps(10)
/** How far rates may look back. */
const WINDOWS = [2, 3, 4, 5].map(steps)
/** Near a limit the model asks for nothing: promtool's rates and ours differ a little. */
const NEAR = [0.9, 1.1]

type Truth = boolean[]

const sumOver = (values: number[], from: number, to: number) => {
  let sum = 0
  for (let step = Math.max(0, from); step <= to; step++) sum += values[step]!
  return sum
}

/** Whether a share of all requests in a window is above a limit, at each step. */
const shareAbove = (part: number[], all: number[], window: number, limit: number): Truth =>
  all.map((_, step) => {
    const whole = sumOver(all, step - window + 1, step)
    return whole > 0 && sumOver(part, step - window + 1, step) / whole > limit
  })

/** Whether something has been so for as long as `hold` says, at each step. */
function held(truth: Truth, hold: number): Truth {
  let since = 0
  return truth.map((is) => {
    since = is ? since + 1 : 0
    return since > hold
  })
}

const all = (truths: Truth[]): Truth =>
  truths[0]!.map((_, step) => truths.every((one) => one[step]))
const any = (truths: Truth[]): Truth => truths[0]!.map((_, step) => truths.some((one) => one[step]))

/**
 * What is asked for, where each of these is a right way to read the condition: it fires where all of them
 * would have fired, and is silent where none of them would have.
 * @param hold for how long the condition must hold, in steps
 */
function wantedOf(conditions: Truth[], hold: number): Wanted[] {
  const must = all(conditions.map((one) => held(one, hold + LATE)))
  const may = any(conditions.map((one) => held(one, Math.max(0, hold - 1))))
  return must.map((fires, step) => {
    if (fires) return 'fires'
    const recently = may.slice(Math.max(0, step - LINGERS), step + 1)
    return recently.includes(true) ? 'either' : 'silent'
  })
}

/** Whether a line drawn through the last values goes down. */
function slope(values: number[], from: number, to: number): number {
  const part = values.slice(Math.max(0, from), to + 1)
  const middle = (part.length - 1) / 2
  return part.reduce((sum, value, index) => sum + (index - middle) * value, 0)
}

/** Ways to see that a queue does not get shorter. */
function stuck(lengths: number[], near: number): Truth[] {
  const limit = 100 * near
  const quarter = steps(15)
  const full = lengths.map((length) => length > limit)
  const long = held(full, quarter)
  return [
    lengths.map((now, step) => long[step]! && step >= quarter && now >= lengths[step - quarter]!),
    ...[5, 10, 15].map(steps).flatMap((window) => [
      held(
        lengths.map((now, step) => full[step]! && now >= lengths[Math.max(0, step - window)]!),
        quarter,
      ),
      held(
        lengths.map((_, step) => full[step]! && slope(lengths, step - window, step) >= 0),
        quarter,
      ),
    ]),
  ]
}

/** A queue that is stuck is enough; each must be silent for silence. */
function wantedOfQueues(queues: number[][]): Wanted[] {
  const each = queues.map((lengths) => {
    const conditions = NEAR.flatMap((near) => stuck(lengths, near))
    // Rules that look back for long may also be read one step later or sooner.
    const may = any(conditions.map((one) => one.map((is, step) => is || one[step + 1] === true)))
    const must = all(conditions.map((one) => held(one, LATE)))
    return must.map((fires, step): Wanted => {
      if (fires) return 'fires'
      const recently = may.slice(Math.max(0, step - LINGERS), step + 1)
      return recently.includes(true) ? 'either' : 'silent'
    })
  })
  return queues[0]!.map((_, step) => {
    if (each.some((one) => one[step] === 'fires')) return 'fires'
    return each.every((one) => one[step] === 'silent') ? 'silent' : 'either'
  })
}

/**
 * What each alert must do at each step of a world.
 * @param options.windows how far rates may look back, in steps; from 2 to 5 minutes by default
 */
export function model(
  counted: Counted,
  options: { windows?: number[] } = {},
): Record<AlertName, Wanted[]> {
  const { windows = WINDOWS } = options
  const { all: requests, failed, slow, anyUp, queues } = counted
  const shares = (part: number[], limit: number, over: number[]) =>
    over.flatMap((window) => NEAR.map((near) => shareAbove(part, requests, window, limit * near)))
  const burnt = shares(failed, 0.01, [steps(360)])
  // Who also wants to see failures in the last hour does not go on for long after the last one.
  const burning = shares(failed, 0.01, [steps(30), steps(60)])
  // Rules that look back see nothing there at first, which is no fault of theirs.
  const later = (wanted: Wanted[]) =>
    wanted.map((one, step): Wanted => (step < steps(10) ? 'either' : one))
  const noQueue = requests.map((): Wanted => 'silent')
  return {
    ApiDown: later(wantedOf([anyUp.map((up) => !up)], steps(2))),
    HighErrorRate: later(wantedOf(shares(failed, 0.05, windows), steps(5))),
    SlowBurn: later(
      wantedOf(
        [...burnt, ...burnt.flatMap((one) => burning.map((other) => all([one, other])))],
        steps(30),
      ),
    ),
    HighLatency: later(wantedOf(shares(slow, 0.05, windows), steps(10))),
    QueueStuck: later(queues.length > 0 ? wantedOfQueues(queues) : noQueue),
  }
}

/** A step as hours, minutes and seconds since the beginning. */
export function clock(step: number): string {
  const seconds = step * STEP
  const two = (number: number) => String(number).padStart(2, '0')
  const rest = seconds % 60
  const text = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}`
  return rest === 0 ? text : `${text}:${two(rest)}`
}
