import { difference, instant, type Matcher, matching } from '../../harness/model/index.ts'

/** An event as the model knows it. A text that a server may have read in several ways is a matcher. */
export type Stored = {
  key: string
  code: string
  eventId: unknown
  kind: unknown
  depot: unknown
  /** In ms since 1970. */
  at: number
}

const NEWEST = 100
const DAY = 86_400_000

/** An event as answers show it. */
export const shown = ({ eventId, kind, depot, at }: Stored) => ({
  ...{ eventId, kind, depot, at: instant(new Date(at)) },
})

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/**
 * Tells which of a parcel's events are its newest 100, and which may be.
 * @returns `surely`: those that must be there; `maybe`: those of the same instant, for which there is not room enough;
 * `older`: what may be forgotten
 */
export function newestOf(events: Stored[]): {
  surely: Stored[]
  maybe: Stored[]
  older: Stored[]
} {
  if (events.length <= NEWEST) return { surely: events, maybe: [], older: [] }
  const sorted = events.toSorted((one, other) => other.at - one.at)
  const last = sorted[NEWEST - 1]!.at
  const isCut = sorted[NEWEST]!.at === last
  return {
    surely: sorted.filter(({ at }) => (isCut ? at > last : at >= last)),
    maybe: isCut ? sorted.filter(({ at }) => at === last) : [],
    older: sorted.filter(({ at }) => at < last),
  }
}

const short = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
const nameOf = ({ code, eventId, at }: Stored) =>
  `the event ${short(eventId)} of ${short(code)}, at ${new Date(at).toISOString()},`

/** A matcher that says what differs. */
const explained = (
  what: string,
  explain: (value: unknown, path: string) => string | undefined,
): Matcher => ({ ...matching(what, (value) => explain(value, '') === undefined), explain })

type Rules = {
  /** What must be there, as far as `most` allows. */
  surely: Stored[]
  /** What may be there. */
  maybe: Stored[]
  most: number
  first: 'oldest' | 'newest'
  show(event: Stored): Record<string, unknown>
}

/** Events by `at`; those of the same instant in any order. */
function listOf({ surely, maybe, most, first, show }: Rules): Matcher {
  const known = [...surely, ...maybe]
  const explain = (value: unknown, path: string): string | undefined => {
    const where = path && `${path}: `
    if (!Array.isArray(value)) return `${where}expected a list, came ${short(value)}`
    const met = new Set<Stored>()
    const order: Stored[] = []
    for (const [index, item] of value.entries()) {
      const like = known.filter(({ eventId, code }) => {
        const isOfParcel = item?.code === undefined || item.code === code
        return isOfParcel && difference({ eventId }, item ?? null) === undefined
      })
      const event = like.find((one) => difference(show(one), item) === undefined)
      if (!event) {
        if (like.length > 0) return difference(show(like[0]!), item, `${path}[${index}]`)
        return `${path}[${index}]: ${short(item)} must not be there`
      }
      if (met.has(event)) return `${path}[${index}]: ${nameOf(event)} is there twice`
      met.add(event)
      order.push(event)
    }
    for (const [index, event] of order.entries()) {
      const before = order[index - 1]
      if (!before) continue
      if (first === 'oldest' ? before.at > event.at : before.at < event.at) {
        return `${where}the ${first} must come first, but ${nameOf(before)} comes before ${nameOf(event)} which is ${first === 'oldest' ? 'older' : 'newer'}`
      }
    }
    if (value.length > most) return `${where}expected ${most} events at most, came ${value.length}`
    const isFull = value.length === most
    const edge = order.at(-1)?.at ?? 0
    const lacking = surely.find(
      (event) => !met.has(event) && (!isFull || (first === 'newest' && event.at > edge)),
    )
    if (lacking) return `${where}${nameOf(lacking)} is missing (came ${value.length} events)`
    return undefined
  }
  return explained(`a list of ${Math.min(most, surely.length)} events`, explain)
}

/** The events of a timeline: the newest 100, oldest first. */
export function timeline(events: Stored[]): Matcher {
  const { surely, maybe } = newestOf(events)
  const list = listOf({ surely, maybe, most: NEWEST, first: 'oldest', show: shown })
  const explain = (value: unknown, path: string): string | undefined => {
    const found = list.explain!(value, path)
    if (found) return found
    const has = (one: Stored) =>
      (value as unknown[]).some((item) => difference(shown(one), item) === undefined)
    const lacking = surely.find((one) => !has(one))
    if (lacking)
      return `${path}: ${nameOf(lacking)} is missing (came ${(value as unknown[]).length} events)`
    const wanted = Math.min(events.length, NEWEST)
    if ((value as unknown[]).length === wanted) return undefined
    return `${path}: expected ${wanted} events, came ${(value as unknown[]).length}`
  }
  return explained(`${Math.min(events.length, NEWEST)} events`, explain)
}

/** What a search shows. */
export const found = (surely: Stored[], maybe: Stored[], most: number): Matcher =>
  listOf({
    ...{ surely, maybe, most, first: 'newest' },
    show: (event) => ({ code: event.code, ...shown(event) }),
  })

/** What `daily` shows of events that are all of the depot, and of the days that are asked for. */
export function days(surely: Stored[], maybe: Stored[]): unknown {
  const entries = (events: Stored[]) =>
    [...Map.groupBy(events, ({ at }) => dayOf(at))]
      .map(([day, all]) => ({
        ...{ day, events: all.length, parcels: new Set(all.map(({ code }) => code)).size },
      }))
      .sort((one, other) => (one.day < other.day ? -1 : 1))
  const [least, most] = [entries(surely), entries([...surely, ...maybe])]
  if (maybe.length === 0) return least
  const between = (low: number, high: number) =>
    low === high
      ? low
      : matching(`${low} to ${high}`, (value) => Number(value) >= low && Number(value) <= high)
  // A day of which everything may be forgotten may be missing.
  const explain = (value: unknown, path: string) => {
    const there = new Set(Array.isArray(value) ? value.map((entry) => entry?.day) : [])
    const wanted = most.flatMap(({ day, events, parcels }) => {
      const low = least.find((one) => one.day === day)
      if (!low && !there.has(day)) return []
      return [
        {
          day,
          events: between(low?.events ?? 0, events),
          parcels: between(low?.parcels ?? 0, parcels),
        },
      ]
    })
    return difference(wanted, value, path)
  }
  return explained('the days', explain)
}

/** The events of a day, or of several: from the first instant of `from` to the last before `to`. */
export const within =
  (from: string, to: string) =>
  ({ at }: Stored): boolean =>
    at >= Date.parse(`${from}T00:00:00Z`) && at < Date.parse(`${to}T00:00:00Z`)

/** A day so many days later. */
export const dayAfter = (at: number, days: number): string => dayOf(at + days * DAY)
