// What a page says of requests: counters, and histograms by method and route.
import { type Exposition, keyOf, type Labels, type Sample } from './exposition.ts'

export type Histogram = {
  method: string
  route: string
  count: number
  sum: number
  /** How many observations up to each `le`, +Inf among them. */
  buckets: Map<number, number>
}

export type Counted = { method: string; route: string; status: string; value: number }

export type Numbers = {
  /** By method, route and status. */
  counters: Map<string, Counted>
  total: number
  /** By method and route. */
  histograms: Map<string, Histogram>
  /** All `_count` together. */
  observed: number
  created: Map<string, number>
}

/** To Prometheus, a label that is missing and an empty one are the same. */
const labelOf = (labels: Labels, name: string) => labels[name] ?? ''

/** Reads an `le`; NaN where it is no number. */
const boundOf = (le = '') =>
  le === '+Inf' ? Infinity : /^\d*\.?\d+(e[+-]?\d+)?$/i.test(le) ? Number(le) : Number.NaN

export const pairOf = ({ method, route }: { method: string; route: string }) =>
  JSON.stringify([method, route])

export function numbersOf({ samples }: Exposition): Numbers {
  const counters = new Map<string, Counted>()
  const histograms = new Map<string, Histogram>()
  const created = new Map<string, number>()
  let total = 0
  let observed = 0
  for (const { name, labels, value } of samples) {
    const method = labelOf(labels, 'method')
    const route = labelOf(labels, 'route')
    if (name === 'http_requests_total') {
      const status = labelOf(labels, 'status')
      const key = JSON.stringify([method, route, status])
      const one = counters.get(key) ?? { method, route, status, value: 0 }
      one.value += value
      total += value
      counters.set(key, one)
    } else if (name === 'parcels_created_total') {
      const size = labelOf(labels, 'size')
      created.set(size, (created.get(size) ?? 0) + value)
    } else if (/^http_request_duration_seconds_(bucket|sum|count)$/.test(name)) {
      const key = pairOf({ method, route })
      const one = histograms.get(key) ?? { method, route, count: 0, sum: 0, buckets: new Map() }
      histograms.set(key, one)
      if (name.endsWith('_bucket')) {
        const le = boundOf(labels.le)
        one.buckets.set(le, (one.buckets.get(le) ?? 0) + value)
      } else if (name.endsWith('_sum')) one.sum += value
      else {
        one.count += value
        observed += value
      }
    }
  }
  return { counters, total, histograms, observed, created }
}

const inBraces = (labels: Labels) =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`

/** `{method="GET", route="/parcels", status="200"}`, for messages. */
export const shown = ({ method, route, status }: Pick<Counted, 'method' | 'route' | 'status'>) =>
  inBraces({ method, route, status })
export const shownPair = ({ method, route }: { method: string; route: string }) =>
  inBraces({ method, route })

/** The counters that differ, and by how much. */
export function risenCounters(before: Numbers, after: Numbers): (Counted & { by: number })[] {
  const keys = new Set([...before.counters.keys(), ...after.counters.keys()])
  return [...keys].flatMap((key) => {
    const one = (after.counters.get(key) ?? before.counters.get(key))!
    const by = (after.counters.get(key)?.value ?? 0) - (before.counters.get(key)?.value ?? 0)
    return by === 0 ? [] : [{ ...one, by }]
  })
}

/** The histograms with another `_count`, and what was observed. */
export function risenHistograms(before: Numbers, after: Numbers) {
  const keys = new Set([...before.histograms.keys(), ...after.histograms.keys()])
  return [...keys].flatMap((key) => {
    const [old, now] = [before.histograms.get(key), after.histograms.get(key)]
    const by = (now?.count ?? 0) - (old?.count ?? 0)
    const { method, route } = (now ?? old)!
    return by === 0 ? [] : [{ method, route, by, sum: (now?.sum ?? 0) - (old?.sum ?? 0), old, now }]
  })
}

/** Series that may only rise: counters, and the counts of histograms. */
export function risingSeries({ samples, types }: Exposition): Map<string, number> {
  const rises = ({ name }: Sample) =>
    types.get(name) === 'counter' || /^http_request_duration_seconds_(bucket|sum|count)$/.test(name)
  return new Map(samples.filter(rises).map((sample) => [keyOf(sample), sample.value]))
}

/** What is wrong with a page's histograms in themselves; empty where all is well. */
export function histogramProblems(numbers: Numbers): string[] {
  const problems: string[] = []
  let first: number[] | undefined
  for (const one of numbers.histograms.values()) {
    const name = `http_request_duration_seconds${shownPair(one)}`
    const les = [...one.buckets.keys()].sort((a, b) => a - b)
    if (les.some(Number.isNaN))
      problems.push(`${name} has a bucket whose le is neither a number nor +Inf`)
    const infinite = one.buckets.get(Infinity)
    if (infinite === undefined) problems.push(`${name} has no bucket with le="+Inf"`)
    else if (infinite !== one.count) {
      problems.push(`${name}: le="+Inf" holds ${infinite}, and _count is ${one.count}`)
    }
    if (!Number.isFinite(one.sum) || one.sum < 0) problems.push(`${name}: _sum is ${one.sum}`)
    const usable = les.filter((le) => le >= 0.005 && le <= 10)
    if (usable.length < 6) {
      problems.push(
        `${name} has ${usable.length} le from 0.005 to 10, of 6 at least: ${les.join(', ')}`,
      )
    }
    first ??= les
    if (les.join() !== first.join()) {
      problems.push(`${name} has the le ${les.join(', ')}; another series has ${first.join(', ')}`)
    }
  }
  return problems
}

/** Buckets that hold less than a smaller one. */
export function notCumulative({ histograms }: Numbers): string[] {
  return [...histograms.values()].flatMap((one) => {
    const sorted = [...one.buckets].sort(([a], [b]) => a - b)
    return sorted.flatMap(([le, held], index) => {
      const [smaller, before] = sorted[index - 1] ?? [0, 0]
      if (held >= before) return []
      return `http_request_duration_seconds${shownPair(one)}: le="${le}" holds ${held}, and le="${smaller}" ${before}`
    })
  })
}
