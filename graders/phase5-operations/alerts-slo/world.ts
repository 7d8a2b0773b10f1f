// What Prometheus has scraped, without Prometheus: instances with traffic, and queues, at each scrape.

/** Seconds from one scrape to the next, and from one evaluation of the rules to the next. */
export const STEP = 30

/** How many steps so many minutes are. */
export const steps = (minutes: number) => Math.round((minutes * 60) / STEP)

/** A share, a rate or a length at a minute of the scenario. */
export type Course = (minute: number) => number

/** Requests to one route of one instance. */
export type Stream = {
  route: string
  /** Requests in a second. */
  rate: Course
  /** The share that fails, and with which status. */
  failing: Course
  failure: string
  /** The share of 404. */
  lost: Course
  /** The share that takes longer than 0.5 s. */
  slow: Course
}

export type Instance = {
  job: string
  name: string
  /** 1: scraped. 0: not reached. undefined: nobody looks for it any more, or yet. */
  up(minute: number): 0 | 1 | undefined
  /** Begins its counters anew at these minutes. */
  restarts: number[]
  streams: Stream[]
  /** How many requests it had counted before: of all, and the share that had failed. */
  before: { requests: number; failing: number }
}

export type Queue = { name: string; length: Course }

export type World = {
  minutes: number
  instances: Instance[]
  queues: Queue[]
  /** Whether latencies are measured, too: many more series. */
  latencies: boolean
}

/** A series as promtool reads it: a value a step, or `_` for none, or `stale` where it ends. */
export type Series = { series: string; values: string }

/** How many requests of a kind the API had in each step, for the model. */
export type Counted = {
  all: number[]
  failed: number[]
  slow: number[]
  /** Whether some instance is up. */
  anyUp: boolean[]
  /** Each queue's length. */
  queues: number[][]
}

const STATUSES = ['200', '404'] as const
/** The upper ends of buckets in seconds, with the shares of the quick and of the slow in them. */
const BUCKETS: [le: string, quick: number, slow: number][] = [
  ['0.1', 0.5, 0],
  ['0.25', 0.9, 0],
  ['0.5', 1, 0],
  ['1', 1, 0.4],
  ['2.5', 1, 1],
  ['+Inf', 1, 1],
]

const labelled = (name: string, labels: Record<string, string>) =>
  `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`

/** Puts the values of the steps in a row; what is missing after a value is a mark that the series ended. */
function rowOf(values: (number | undefined)[]): string {
  return values
    .map((value, index) => {
      if (value !== undefined) return String(value)
      return index > 0 && values[index - 1] !== undefined ? 'stale' : '_'
    })
    .join(' ')
}

type Kind = 'failed' | 'lost' | 'fine' | 'slow' | 'quick'

/** Plays a world: its series, and what the API's requests were. */
export function play(world: World): { series: Series[]; counted: Counted } {
  const count = steps(world.minutes) + 1
  const minuteOf = (step: number) => (step * STEP) / 60
  const none = () => new Array<number>(count).fill(0)
  const counted: Counted = {
    all: none(),
    failed: none(),
    slow: none(),
    anyUp: new Array<boolean>(count).fill(false),
    queues: [],
  }
  const series: Series[] = []

  for (const { job, name: instance, up, restarts, streams, before } of world.instances) {
    const ups = Array.from({ length: count }, (_, step) => up(minuteOf(step)))
    series.push({ series: labelled('up', { job, instance }), values: rowOf(ups) })
    if (job === 'api') {
      ups.forEach((value, step) => {
        if (value === 1) counted.anyUp[step] = true
      })
    }
    const restartsAt = new Set(restarts.map((minute) => steps(minute)))
    for (const stream of streams) {
      const rows = rowsOf(stream, ups, restartsAt, {
        requests: Math.round(before.requests / streams.length),
        failing: before.failing,
      })
      const { route } = stream
      for (const [status, values] of [
        [STATUSES[0], rows.totals.fine],
        [STATUSES[1], rows.totals.lost],
        [stream.failure, rows.totals.failed],
      ] as const) {
        if (values.every((value) => value === undefined)) continue
        const labels = { job, instance, route, status }
        series.push({ series: labelled('http_requests_total', labels), values: rowOf(values) })
      }
      if (world.latencies) series.push(...histogram({ job, instance, route }, rows.totals))
      if (job !== 'api') continue
      for (let step = 0; step < count; step++) {
        const { fine, lost, failed, slow } = rows.steps[step]!
        counted.all[step]! += fine + lost + failed
        counted.failed[step]! += failed
        counted.slow[step]! += slow
      }
    }
  }

  for (const { name, length } of world.queues) {
    const values = Array.from({ length: count }, (_, step) =>
      Math.max(0, Math.round(length(minuteOf(step)))),
    )
    const labels = { job: 'worker', instance: 'worker-1:9100', queue: name }
    series.push({ series: labelled('queue_depth', labels), values: rowOf(values) })
    counted.queues.push(values)
  }
  return { series, counted }
}

/** What a stream has counted at each step, and what was new in it. */
function rowsOf(
  stream: Stream,
  ups: (0 | 1 | undefined)[],
  restartsAt: Set<number>,
  before: { requests: number; failing: number },
) {
  const KINDS: Kind[] = ['failed', 'lost', 'fine', 'slow', 'quick']
  const failedBefore = Math.round(before.requests * before.failing)
  const exact: Record<Kind, number> = {
    failed: failedBefore,
    lost: 0,
    fine: before.requests - failedBefore,
    slow: 0,
    quick: before.requests,
  }
  const totals = Object.fromEntries(
    KINDS.map((kind) => [kind, [] as (number | undefined)[]]),
  ) as Record<Kind, (number | undefined)[]>
  const fresh = ups.map((up, step) => {
    const made = { failed: 0, lost: 0, fine: 0, slow: 0, quick: 0 }
    if (restartsAt.has(step)) for (const kind of KINDS) exact[kind] = 0
    if (up === 1) {
      const minute = (step * STEP) / 60
      const requests = stream.rate(minute) * STEP
      const failed = stream.failing(minute)
      const lost = Math.min(stream.lost(minute), 1 - failed)
      const slow = stream.slow(minute)
      const shares = { failed, lost, fine: 1 - failed - lost, slow, quick: 1 - slow }
      for (const kind of KINDS) {
        const then = Math.round(exact[kind])
        exact[kind] += step === 0 ? 0 : requests * shares[kind]
        made[kind] = Math.round(exact[kind]) - then
      }
    }
    for (const kind of KINDS) {
      // A series of failures begins with the first one.
      const isThere = up === 1 && (kind === 'fine' || kind === 'quick' || exact[kind] >= 0.5)
      totals[kind].push(isThere ? Math.round(exact[kind]) : undefined)
    }
    return made
  })
  return { totals, steps: fresh }
}

function histogram(
  labels: Record<string, string>,
  { quick, slow }: Record<Kind, (number | undefined)[]>,
): Series[] {
  const name = 'http_request_duration_seconds'
  const mixed = (ofQuick: number, ofSlow: number) =>
    rowOf(
      quick.map((value, step) =>
        value === undefined
          ? undefined
          : Math.round(value * ofQuick) + Math.round((slow[step] ?? 0) * ofSlow),
      ),
    )
  return [
    ...BUCKETS.map(([le, ofQuick, ofSlow]) => ({
      series: labelled(`${name}_bucket`, { ...labels, le }),
      values: mixed(ofQuick, ofSlow),
    })),
    { series: labelled(`${name}_count`, labels), values: mixed(1, 1) },
    { series: labelled(`${name}_sum`, labels), values: mixed(0.12, 1.2) },
  ]
}
