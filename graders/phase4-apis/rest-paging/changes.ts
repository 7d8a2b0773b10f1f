import { compare, type Event, following, ID_LIMIT, nameOf, type Place, phoneOf } from './events.ts'
import type { Cursor, Events } from './state.ts'

/** What another program does to the table between two pages. */
export type Change = {
  name: string
  /** Of the page that is asked for then. */
  limit: string
  /** @returns undefined where it can do nothing; `what` is for messages */
  make(state: Events, cursor: Cursor, number: number): Made | undefined
}
type Made = { added: Event[]; gone: Event[]; what: string[] }

/** The place so many ids, or microseconds, further on in the cursor's order; undefined beyond the ends. */
function shifted({ after, sort }: Cursor, { ids = 0, us = 0 }): Place | undefined {
  const sign = sort === 'at' ? 1n : -1n
  const id = BigInt(after.id) + sign * BigInt(ids)
  if (id < 1n || id > ID_LIMIT) return undefined
  return { id: String(id), us: after.us + sign * BigInt(us) }
}

/** Finds ids that are free for events at these moments. */
function eventsAt(state: Events, cursor: Cursor, number: number, places: (Place | undefined)[]) {
  const taken = new Set(state.events.keys())
  let spare = BigInt(number) * 1_000_000n + 7n
  return places.flatMap((place, index): Event[] => {
    if (!place || (taken.has(place.id) && place.us === cursor.after.us)) return []
    while (taken.has(String(spare))) spare += 1n
    const id = taken.has(place.id) ? String(spare) : place.id
    taken.add(id)
    const kind = cursor.kind ?? (index % 2 ? 'arrived' : 'busy')
    const phone = phoneOf(number * 100 + index)
    return [
      {
        id,
        us: place.us,
        kind,
        parcel: `NEW-${number}`,
        depot: 'Vigo',
        note: null,
        phone,
        born: 0,
      },
    ]
  })
}

const list = (events: Event[]) =>
  events.length <= 3
    ? events.map(nameOf).join(', ')
    : `${nameOf(events[0]!)} and ${events.length - 1} more`

function made(added: Event[], gone: Event[]): Made | undefined {
  if (added.length + gone.length === 0) return undefined
  const what: string[] = []
  if (gone.length > 0) what.push(`Another program deletes ${list(gone)}.`)
  if (added.length > 0) what.push(`Another program stores ${list(added)}.`)
  return { added, gone, what }
}

const ahead = (state: Events, cursor: Cursor) =>
  following(state.events.values(), cursor, cursor.after)
/** Those that were shown already, the last one first. */
const behind = (state: Events, { sort, kind, after }: Cursor) =>
  following(state.events.values(), { sort, kind })
    .filter((one) => compare(sort, one, after) <= 0)
    .reverse()

const steps = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

const deleting = (
  name: string,
  limit: string,
  choose: (state: Events, cursor: Cursor) => Event[],
): Change => ({ name, limit, make: (state, cursor) => made([], choose(state, cursor)) })

const storing = (
  name: string,
  limit: string,
  choose: (cursor: Cursor) => (Place | undefined)[],
): Change => ({
  name,
  limit,
  make: (state, cursor, number) => made(eventsAt(state, cursor, number, choose(cursor)), []),
})

/** An event of the place itself must not be stored twice: a little before it, and a little after. */
export const CHANGES: Change[] = [
  deleting('the last shown goes', '3', (state, cursor) => behind(state, cursor).slice(0, 1)),
  deleting('the last five shown go', '4', (state, cursor) => behind(state, cursor).slice(0, 5)),
  deleting('all shown go', '5', behind),
  deleting('the next goes', '3', (state, cursor) => ahead(state, cursor).slice(0, 1)),
  deleting('the next seven go', '3', (state, cursor) => ahead(state, cursor).slice(0, 7)),
  deleting('the next but one goes', '2', (state, cursor) => ahead(state, cursor).slice(1, 2)),
  deleting('both beside the cursor go', '4', (state, cursor) => [
    ...behind(state, cursor).slice(0, 1),
    ...ahead(state, cursor).slice(0, 1),
  ]),
  deleting('every third goes', '6', (state, cursor) =>
    [...behind(state, cursor), ...ahead(state, cursor)].filter((_, index) => index % 3 === 0),
  ),
  {
    name: 'all that follow go',
    limit: '3',
    // Not too many at once: others are to have something left.
    make(state, cursor) {
      const gone = ahead(state, cursor)
      return gone.length > 60 ? undefined : made([], gone)
    },
  },
  storing('some just before', '3', (cursor) => steps(4).map((n) => shifted(cursor, { ids: -n }))),
  storing('some just after', '3', (cursor) => steps(4).map((n) => shifted(cursor, { ids: n }))),
  storing('a microsecond after', '3', (cursor) => [
    shifted(cursor, { us: 1, ids: -1 }),
    shifted(cursor, { us: 1, ids: 1 }),
  ]),
  storing('a microsecond before', '3', (cursor) => [
    shifted(cursor, { us: -1, ids: 1 }),
    shifted(cursor, { us: -1, ids: -1 }),
  ]),
  storing('thirty before', '5', (cursor) =>
    steps(30).map((n) => shifted(cursor, { us: -17 * n, ids: n % 2 ? n : -n })),
  ),
  storing('thirty after', '5', (cursor) =>
    steps(30).map((n) => shifted(cursor, { us: 17 * n, ids: n % 2 ? n : -n })),
  ),
  storing('long before', '5', (cursor) =>
    steps(25).map((n) => shifted(cursor, { us: -86_400_000_000 * n, ids: n })),
  ),
  {
    name: 'as many come as go',
    limit: '5',
    make(state, cursor, number) {
      const gone = behind(state, cursor).slice(0, 8)
      const places = steps(8).map((n) => shifted(cursor, { us: -1000 * n, ids: n }))
      return made(eventsAt(state, cursor, number, places), gone)
    },
  },
  {
    name: 'the last shown goes, and others come to its place',
    limit: '4',
    make(state, cursor, number) {
      const gone = behind(state, cursor).slice(0, 1)
      const places = [-2, -1, 1, 2].map((ids) => shifted(cursor, { ids }))
      return made(eventsAt(state, cursor, number, places), gone)
    },
  },
]
