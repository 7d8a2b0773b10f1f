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

/** Finds the events of the model that an item may be: those with its eventId. */
function finder(known: Stored[]): (item: { eventId?: unknown; code?: unknown }) => Stored[] {
  // Hundreds of events are compared after each request.
  const byId = Map.groupBy(known, ({ eventId }) => eventId)
  const unsure = known.filter(({ eventId }) => typeof eventId !== 'string')
  return (item) =>
    [...(byId.get(item?.eventId) ?? []), ...unsure].filter(({ eventId, code }) => {
      const isOfParcel = item?.code === undefined || item.code === code
      return isOfParcel && difference({ eventId }, item ?? null) === undefined
    })
}

/**
 * Compares events by `at`; those of the same instant may be in any order.
 * @returns what differs, or the events that are there
 */
function compare(
  { surely, maybe, most, first, show }: Rules,
  value: unknown,
  path: string,
): string | Set<Stored> {
  const where = path && `${path}: `
  if (!Array.isArray(value)) return `${where}expected a list, came ${short(value)}`
  const eventsLike = finder([...surely, ...maybe])
  const met = new Set<Stored>()
  let before: Stored | undefined
  for (const [index, item] of value.entries()) {
    const like = eventsLike(item)
    const event = like.find((one) => difference(show(one), item) === undefined)
    if (!event) {
      if (like.length > 0) return difference(show(like[0]!), item, `${path}[${index}]`)!
      return `${path}[${index}]: ${short(item)} must not be there`
    }
    if (met.has(event)) return `${path}[${index}]: ${nameOf(event)} is there twice`
    met.add(event)
    if (before && (first === 'oldest' ? before.at > event.at : before.at < event.at)) {
      return `${where}the ${first} must come first, but ${nameOf(before)} comes before ${nameOf(event)} which is ${first === 'oldest' ? 'older' : 'newer'}`
    }
    before = event
  }
  if (value.length > most) return `${where}expected ${most} events at most, came ${value.length}`
  const isFull = value.length === most
  const edge = before?.at ?? 0
  const lacking = surely.find(
    (event) => !met.has(event) && (!isFull || first === 'oldest' || event.at > edge),
  )
  if (lacking) return `${where}${nameOf(lacking)} is missing (came ${value.length} events)`
  return met
}

/** The events of a timeline: the newest 100, oldest first. */
export function timeline(events: Stored[]): Matcher {
  const { surely, maybe } = newestOf(events)
  const wanted = Math.min(events.length, NEWEST)
  const rules: Rules = { surely, maybe, most: NEWEST, first: 'oldest', show: shown }
  return explained(`${wanted} events`, (value, path) => {
    const met = compare(rules, value, path)
    if (typeof met === 'string') return met
    const where = path && `${path}: `
    return met.size === wanted ? undefined : `${where}expected ${wanted} events, came ${met.size}`
  })
}

/** What a search shows. */
export function found(surely: Stored[], maybe: Stored[], most: number): Matcher {
  const show = (event: Stored) => ({ code: event.code, ...shown(event) })
  const rules: Rules = { surely, maybe, most, first: 'newest', show }
  return explained(`a list of ${Math.min(most, surely.length)} events`, (value, path) => {
    const met = compare(rules, value, path)
    return typeof met === 'string' ? met : undefined
  })
}

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
