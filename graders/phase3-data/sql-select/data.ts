import { Fresh } from '../../harness/fresh.ts'
import type { Customer, Parcel, Pelican } from '../../harness/sql/pelican.ts'
import { randomPelican, usualMoments } from '../../harness/sql/random.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

/** So many different values. */
function several<T>(count: number, make: () => T): T[] {
  const made = new Set<T>()
  while (made.size < count) made.add(make())
  return [...made]
}

/**
 * Rows the learner has not seen, other ones for each seed: small tables in which every rule of the
 * README decides something, whatever the seed. The drawing is of names, ids, amounts and times, not
 * of whether a case is there.
 */
export function unseenRows(seed: number): Pelican {
  const fresh = new Fresh(seed, 'sql-select: unseen rows')
  const depots = [1, 2, 3].map((id) => ({
    id,
    name: capital(fresh.word()),
    city: capital(fresh.word()),
    parent_id: id === 1 ? null : 1,
    opened_on: '2020-05-01',
    capacity: fresh.int(10, 900),
  }))
  // Afternoon in UTC, and no clock changes in the week before: 7 days are 168 hours everywhere.
  const day = fresh.int(20, 30)
  const now = new Date(Date.UTC(2026, 3, day, fresh.int(13, 19), fresh.int(0, 59)))
  const customers = makeCustomers(fresh)
  return {
    clock: [{ now }],
    depots,
    customers,
    parcels: makeParcels(fresh, now, customers),
    scans: [],
  }
}

function makeCustomers(fresh: Fresh): Customer[] {
  // Given names are as long as each other and lower-case after their first letter, so every collation
  // sorts them alike. Those that are the same have the whole name the same.
  const names = several(28, () => capital(fresh.word(3))).map((given, index) => {
    const surname = capital(fresh.word(2))
    if (index < 4) return `${given} ${surname}son`
    if (index < 8) return `${given} ${surname.toUpperCase()}SON`
    if (index < 12) return `Son${given.slice(3)} ${surname}`
    if (index < 14) return `${given} ${surname}sonen`
    // No "son": a blank stands in it, or another letter.
    if (index < 16) return `${given.slice(0, 5)}s On${surname.toLowerCase()}`
    if (index < 18) return `${given} ${surname}sen`
    if (index < 22) return `${given} ${surname}${['sOn', 'SoN', 'sON', 'SOn'][index - 18]!}`
    return `${given} ${surname}`
  })
  // Some names are had by two or three, with "son" in them or without.
  const all = names.flatMap((name, index) =>
    Array<string>(index % 4 === 0 ? 3 : index % 4 === 1 ? 2 : 1).fill(name),
  )
  const ids = several(all.length, () => fresh.int(1, 500)).sort((a, b) => b - a)
  // Ids fall in the order in which rows are stored: whoever leaves the order of equals to chance
  // gets the wrong one.
  return fresh.shuffle(all).map((name, index) => ({
    id: ids[index]!,
    name,
    email: fresh.email(),
    city: capital(fresh.word()),
    marketing_opt_in: [true, false, null][index % 3]!,
  }))
}

function makeParcels(fresh: Fresh, now: Date, customers: Customer[]): Parcel[] {
  const weekAgo = now.getTime() - 7 * DAY
  const dayBegins = Date.parse('2026-03-29T00:00:00+02:00')
  const dayEnds = Date.parse('2026-03-30T00:00:00+03:00')
  const midnight = (day: string) => Date.parse(`2026-${day}T00:00:00Z`)
  const times = [
    // At the edge of the week, and earlier on the calendar day of that edge
    ...[weekAgo, weekAgo + SECOND, weekAgo - SECOND, weekAgo - MINUTE, weekAgo + MINUTE],
    ...[
      weekAgo - 2 * HOUR,
      weekAgo - 11 * HOUR,
      weekAgo + 2 * HOUR,
      now.getTime(),
      now.getTime() - HOUR,
    ],
    // At the edges of the day in Athens, of that in UTC, and of one that had 24 hours
    ...[
      dayBegins - 1,
      dayBegins,
      dayBegins + MINUTE,
      dayBegins + HOUR,
      dayEnds - HOUR,
      dayEnds - 1,
    ],
    ...[dayEnds, dayEnds + SECOND, dayEnds + 30 * MINUTE, dayEnds + HOUR, dayBegins - HOUR],
    ...['03-28', '03-29', '03-30', '03-31'].map(midnight),
    // The hour in which clocks in Athens went from 3 to 4
    ...[dayBegins + 3 * HOUR - SECOND, dayBegins + 3 * HOUR, dayBegins + 3 * HOUR + 30 * MINUTE],
    ...fresh.list(4, () => dayBegins + fresh.int(4 * 60, 20 * 60) * MINUTE),
    ...fresh.list(4, () => weekAgo + fresh.int(24 * 60, 6 * 24 * 60) * MINUTE),
    ...fresh.list(6, () => weekAgo - fresh.int(24 * 60, 15 * 24 * 60) * MINUTE),
  ]
  // Each time with a parcel on its way, one that was delivered and one that was cancelled
  const kinds = ['created', 'in_transit', 'delivered', 'cancelled']
  const moments = times.flatMap((at, index) => {
    return [kinds[index % 2]!, kinds[2 + (index % 2)]!].map((status) => ({ at, status }))
  })
  const weights = makeWeights(fresh, moments.length)
  const ids = several(moments.length, () => fresh.int(1, 2000))
  // Codes fall in the order in which rows are stored, for the reason that ids of customers do.
  const codes = several(moments.length, () => `PP-${fresh.string(6, '0123456789')}`)
    .sort()
    .reverse()
  return fresh.shuffle(moments).map(({ at, status }, index) => ({
    id: ids[index]!,
    code: codes[index]!,
    customer_id: fresh.oneIn(5) ? null : fresh.pick(customers).id,
    from_depot: fresh.int(1, 3),
    to_depot: fresh.int(1, 3),
    weight_g: weights[index]!,
    price_cents: fresh.int(200, 2000),
    status,
    created_at: new Date(at),
    delivered_at: status === 'delivered' ? new Date(at + DAY) : null,
  }))
}

/** All bands and their edges; ties among the ten heaviest, and across the tenth place. */
function makeWeights(fresh: Fresh, count: number): number[] {
  const top = fresh.int(20_000, 30_000)
  const heavy = [top, ...[1, 2, 3].map(() => top - 1000), top - 2000, top - 3000]
  // Places 7 to 13
  const tied = fresh.list(7, () => top - 4000)
  const edges = [999, 1000, 1000, 1001, 4999, 5000, 5000, 5001]
  const inside = [
    () => fresh.int(50, 998),
    () => fresh.int(1002, 4998),
    () => fresh.int(5002, 9000),
  ]
  const known = [...heavy, ...tied, ...edges]
  const rest = fresh.list(count - known.length, (index) => inside[index % 3]!())
  return fresh.shuffle([...known, ...rest])
}

/** Customers, and not one parcel. */
export function noParcels(seed: number): Pelican {
  return { ...unseenRows(seed), parcels: [] }
}

/** SQL for parcels that are created a millionth of a second before and after what decides, and at it. */
export function microseconds(seed: number): string {
  const fresh = new Fresh(seed, 'sql-select: microseconds')
  const now = `2026-04-${fresh.int(20, 28)} 15:${fresh.int(10, 59)}:00+00`
  const edges = [
    `timestamptz '${now}' - interval '168 hours'`,
    `timestamptz '2026-03-28 22:00+00'`,
    `timestamptz '2026-03-29 21:00+00'`,
  ]
  return `
    insert into clock values ('${now}');
    insert into depots values (1, 'Norland', 'Oslo', null, '2020-01-01', 100);
    insert into parcels
      select i, 'PP-' || i, null, 1, 1, 500, 500, 'created', at, null
      from (select row_number() over () as i, edge + step * interval '1 microsecond' as at
            from unnest(array[${edges.join(', ')}]) edge,
                 unnest(array[-500, -1, 0, 1, 500]) step) edges;`
}

/** SQL for 20,000 customers and 60,000 parcels, many of them equally heavy. */
export function manyRows(seed: number): string {
  const fresh = new Fresh(seed, 'sql-select: many rows')
  const step = fresh.pick([7919, 7907, 7901])
  const grams = fresh.int(5100, 5900)
  // Most have opted in and most are delivered, or the answers would take longer than the queries.
  return `
    insert into clock values ('2026-04-20 12:00:00+00');
    insert into depots values (1, 'Norland', 'Oslo', null, '2020-01-01', 100);
    insert into customers
      select i, 'Name' || lpad((i / 3)::text, 5, '0') || case i / 3 % 20 when 0 then ' Jonsson' when 1 then ' OLSON' else ' Moe' end,
             i || '@example.test', 'Oslo', case i % 20 when 0 then null when 1 then false else true end
      from generate_series(1, 20000) i;
    insert into parcels
      select i, 'PP-' || lpad((i * ${step}::bigint % 1000000)::text, 6, '0'), null, 1, 1,
             1 + i * ${step}::bigint % ${grams}, 500, status, at,
             case when status = 'delivered' then at + interval '1 day' end
      from generate_series(1, 60000) i,
           lateral (select case i % 50 when 0 then 'created' when 1 then 'in_transit' when 2 then 'cancelled' else 'delivered' end as status,
                           timestamptz '2026-03-20 00:00:00+00' + i * interval '45 seconds' as at) t;`
}

/** Small databases; what a query looks at is drawn from its edges. */
export function randomRows(fresh: Fresh): Pelican {
  return randomPelican(fresh, {
    now: ['2026-04-20T12:00:00Z', '2026-04-05T21:00:00.400Z', '2027-05-11T09:30:15.250Z'].map(
      (text) => new Date(text),
    ),
    moments(now, fresh) {
      // The day in Athens begins and ends elsewhere in other years.
      const edges = [2024, 2025, 2026, 2027].flatMap((year) =>
        [`${year}-03-28T22:00:00Z`, `${year}-03-29T21:00:00Z`].flatMap((text) =>
          [-1, 0, 1, 8 * HOUR].map((step) => new Date(Date.parse(text) + step)),
        ),
      )
      return fresh.oneIn(2) ? usualMoments(now, fresh) : edges
    },
    // Their order is the same in every collation.
    names: [
      ...['Jonsson', 'ANDERSON', 'Olsen', 'Sonja', 'Jonsson', 'Jans On', 'Moe'],
      ...['HansOn', 'WilSoN', 'Son', 'EriksONen'],
    ],
    parcels: [0, 14],
  })
}
