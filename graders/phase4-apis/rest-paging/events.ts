import type { Fresh, PostgresDatabase } from '../../harness/index.ts'

/** A row of the table. */
export type Event = {
  id: string
  /** Microseconds since 1970. */
  us: bigint
  kind: string
  parcel: string
  depot: string
  note: string | null
  phone: string
  /** How many changes the table had seen when it was stored. */
  born: number
}

/** An event's place in the list. */
export type Place = Pick<Event, 'id' | 'us'>
export type Sort = 'at' | '-at'

const MICROSECONDS = 1_000_000n

/** A moment as PostgreSQL reads it, with all its digits. */
export function momentOf(us: bigint): string {
  const seconds = new Date(Number(us / MICROSECONDS) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(us % MICROSECONDS).padStart(6, '0')}Z`
}

export const usOf = (seconds: string, us = 0): bigint =>
  BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(us)

/** `event 7 (at 2026-03-08T06:05:00.000123Z)` */
export const nameOf = ({ id, us }: Place): string => `event ${id} (at ${momentOf(us)})`

/** Below zero where the one comes first. */
export function compare(sort: Sort, one: Place, other: Place): number {
  const [a, b] = one.us === other.us ? [BigInt(one.id), BigInt(other.id)] : [one.us, other.us]
  const order = a < b ? -1 : a > b ? 1 : 0
  return sort === 'at' ? order : -order
}

/** The events of a query that come after a place, in order. */
export function following(
  events: Iterable<Event>,
  { sort, kind }: { sort: Sort; kind: string | null },
  after?: Place,
): Event[] {
  return [...events]
    .filter((one) => kind === null || one.kind === kind)
    .filter((one) => !after || compare(sort, after, one) < 0)
    .sort((one, other) => compare(sort, one, other))
}

// ------------------------------------------------------------ rows to try

/** Kinds, of which some are nearly the same, and how many events have each. Pages of 20, 40 and 100 end with the last one. */
const KINDS: [kind: string, count: number][] = [
  ['arrived', 63],
  ['departed', 20],
  ['damaged', 40],
  ['busy', 100],
  ['Arrived', 3],
  ['arrived ', 2],
  [' arrived', 1],
  ['arriv', 2],
  ['S\u00e3o', 4],
  ['Sa\u0303o', 3],
  ['a b', 5],
  ['a+b', 3],
  ['a&b=c', 2],
  ['50%', 3],
  ['%', 1],
  ['x_y', 2],
  ['x-y', 1],
  ["o'clock", 4],
  ['null', 2],
  ['1', 3],
  ['東京', 2],
  ['📦', 1],
]
export const KIND_NAMES = KINDS.map(([kind]) => kind)

/** Moments at which events crowd: around changes of clocks, at the end of a year, and long ago. */
const CROWDS = [
  '2026-03-08T06:05:00',
  '2026-03-29T00:59:59',
  // In St John's both are a quarter to two.
  '2026-11-01T04:15:00',
  '2026-11-01T05:15:00',
  '2025-12-31T23:59:59',
  '2001-02-03T04:05:06',
]
/** How many microseconds later an event may be: often none. */
const LATER = [0, 0, 0, 0, 1, 1, 2, 3, 9, 10, 499, 500, 999, 1000, 1001, 999_998, 999_999]

const DEPOTS = ['Vigo', 'Porto', 'Zürich', 'Łódź', '']
export const ID_LIMIT = 9_223_372_036_854_775_807n

/** Ids of every length, each once; some differ only where a double has no digits. */
function idsOf(fresh: Fresh, count: number): string[] {
  const ids = new Set(['9007199254740992', '9007199254740993', '9007199254740994'])
  for (const id of ['1', '2', '9', '10', '99', '100', String(ID_LIMIT)]) ids.add(id)
  while (ids.size < count) {
    const digits = fresh.int(2, 18)
    ids.add(`${fresh.int(1, 9)}${fresh.string(digits, '0123456789')}`.slice(0, 18))
  }
  return fresh.shuffle([...ids])
}

/** A table of some 270 events. */
export function someEvents(fresh: Fresh): Event[] {
  const kinds = fresh.shuffle(KINDS.flatMap(([kind, count]) => new Array<string>(count).fill(kind)))
  const ids = idsOf(fresh, kinds.length)
  return kinds.map((kind, index) => ({
    id: ids[index]!,
    us: usOf(fresh.pick(CROWDS), fresh.pick(LATER)),
    kind,
    parcel: `PEL-${fresh.int(1, 99_999)}`,
    depot: fresh.pick(DEPOTS),
    note: fresh.oneIn(3) ? fresh.pick(['', 'at the gate', '"7"', 'null']) : null,
    phone: phoneOf(index),
    born: 0,
  }))
}

export const phoneOf = (number: number): string => `+34-600-${100_000 + number}`

// ------------------------------------------------------------ the table itself

export async function insert(db: PostgresDatabase, events: Event[]): Promise<void> {
  const rows = events.map(({ us, ...event }) => ({ ...event, at: momentOf(us) }))
  await db.query(
    `insert into events (id, at, kind, parcel_code, depot, note, phone)
     select id, at, kind, parcel, depot, note, phone from json_to_recordset($1::json)
       as t (id bigint, at timestamptz, kind text, parcel text, depot text, note text, phone text)`,
    [JSON.stringify(rows)],
  )
}

export async function remove(db: PostgresDatabase, events: Event[]): Promise<void> {
  const ids = events.map(({ id }) => id)
  await db.query('delete from events where id = any($1::bigint[])', [ids])
}
