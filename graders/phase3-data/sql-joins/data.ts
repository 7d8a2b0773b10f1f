import { Fresh } from '../../harness/fresh.ts'
import type { Customer, Depot, Parcel, Pelican, Scan } from '../../harness/sql/pelican.ts'
import { randomPelican, usualMoments } from '../../harness/sql/random.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = 7 * DAY

type Draft = Pick<Parcel, 'customer_id' | 'from_depot' | 'to_depot' | 'price_cents' | 'status'>
type Site = Omit<Depot, 'opened_on' | 'capacity'>
type Person = Pick<Customer, 'id' | 'name' | 'city'>

/**
 * Rows the learner has not seen, other ones for each seed: small tables in which every rule of the
 * README decides something, whatever the seed. The drawing is of names, ids, amounts and times, not
 * of whether a case is there.
 */
export function unseenRows(seed: number): Pelican {
  const fresh = new Fresh(seed, 'sql-joins: unseen rows')
  const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)
  const cityNames = new Set<string>()
  while (cityNames.size < 7) cityNames.add(capital(fresh.word(3)))
  const cities = [...cityNames]
  const ids = (count: number): number[] =>
    fresh.shuffle(fresh.list(count, (index) => index + 1 + (index > count / 2 ? 5 : 0)))

  // Depots: a chain six levels deep or deeper, a wide region, an idle root, and a root with a child.
  const depth = fresh.int(6, 8)
  const depotIds = ids(depth + 11)
  const depots: Site[] = []
  const addDepot = (parent: Site | null, city: string, name = capital(fresh.word(3))): Site => {
    const depot = { id: depotIds.pop()!, name, city, parent_id: parent?.id ?? null }
    depots.push(depot)
    return depot
  }
  const chain = [addDepot(null, cities[0]!)]
  while (chain.length < depth) chain.push(addDepot(chain.at(-1)!, fresh.pick(cities)))
  const bottom = chain.at(-1)!
  const region = addDepot(chain[1]!, cities[1]!)
  const harbours = [0, 1].map((index) => addDepot(region, cities[index]!, 'Harbour'))
  const oneInEachCity = cities.slice(2).map((city) => addDepot(region, city))
  const idle = addDepot(null, cities[2]!)
  const cancelledOnly = addDepot(null, cities[3]!)
  const thirds = addDepot(cancelledOnly, cities[4]!)
  const busy = [...harbours, ...oneInEachCity, bottom]

  // Customers, by city and by what their parcels add up to. undefined: no parcel.
  const customers: Person[] = []
  const drafts: Draft[] = []
  const customerIds = ids(28)
  const addCustomer = (city: string, cents: number | undefined, name = fresh.name()): Person => {
    const customer = { id: customerIds.pop()!, name, city }
    customers.push(customer)
    if (cents !== undefined) {
      const count = fresh.int(2, 4)
      const part = Math.floor(cents / count)
      for (let index = 0; index < count; index++) {
        const price = index === 0 ? cents - part * (count - 1) : part
        addParcel(customer, fresh.pick(busy), placeFor(customer, index), price)
      }
    }
    return customer
  }
  const away = (customer: Person): Site =>
    fresh.pick(busy.filter((depot) => depot.city !== customer.city))
  // Every second customer sends one parcel home, as the second of several to other cities.
  const placeFor = (customer: Person, index: number): Site => {
    const home = busy.find((depot) => depot.city === customer.city)
    return home && index === 1 && customer.id % 2 === 0 ? home : away(customer)
  }
  const addParcel = (
    customer: Person | null,
    from: Site,
    to: Site,
    price_cents: number,
    status = fresh.pick(['created', 'in_transit', 'delivered', 'cancelled']),
  ): void => {
    const customer_id = customer?.id ?? null
    drafts.push({ customer_id, from_depot: from.id, to_depot: to.id, price_cents, status })
  }
  const base = fresh.int(3000, 9000)
  const twins = fresh.name()
  // Third place is shared; then comes one more.
  for (const cents of [base + 900, base + 500, base, base, base, base - 400]) {
    addCustomer(cities[0]!, cents)
  }
  // First place is shared, by two of the same name: ranks 1, 1, 3, 4.
  for (const cents of [base + 700, base + 700]) addCustomer(cities[1]!, cents, twins)
  for (const cents of [base + 300, base - 200, base - 900]) addCustomer(cities[1]!, cents)
  // Second place is shared: ranks 1, 2, 2, 4.
  for (const cents of [base + 800, base + 100, base + 100, base - 100]) {
    addCustomer(cities[2]!, cents)
  }
  // Fewer than three have a parcel.
  for (const cents of [base, base - 600, undefined, undefined]) addCustomer(cities[3]!, cents)
  addCustomer(cities[4]!, undefined)
  // All are first: that they come out in the order of their ids would be a rare chance.
  for (let index = 0; index < 6; index++) addCustomer(cities[5]!, base)

  // Two who never sent home although their own city is where they hand in their parcels.
  for (const home of harbours) {
    const customer = addCustomer(home.city, undefined)
    for (let index = 0; index < 2; index++) addParcel(customer, home, away(customer), 100 + index)
  }

  // Counter parcels, without a customer: to every city, so that each meets a NULL.
  for (const to of busy) addParcel(null, fresh.pick(busy), to, fresh.int(200, 900))
  // Three prices of which the average has no end: the first two are equal as well.
  const price = fresh.int(200, 900)
  for (const cents of [price, price, price + 1]) {
    addParcel(null, thirds, fresh.pick(busy), cents, 'delivered')
  }
  for (let index = 0; index < 2; index++) {
    addParcel(null, cancelledOnly, fresh.pick(busy), fresh.int(200, 900), 'cancelled')
    addParcel(null, harbours[index]!, fresh.pick(busy), price, 'created')
    addParcel(null, harbours[index]!, fresh.pick(busy), price, 'created')
    addParcel(null, bottom, fresh.pick(busy), price, 'created')
  }

  // Weeks from October to April: New Year, both changes of the clocks, and weeks without a parcel.
  const firstMonday = Date.UTC(2025, 9, fresh.pick([6, 13]))
  const weeks = 27
  const empty = new Set([3, 4, weeks - 2, weeks - 1])
  while (empty.size < 8) empty.add(fresh.int(5, weeks - 4))
  const open = fresh.list(weeks, (week) => week).filter((week) => !empty.has(week))
  // Instants at the edges of a week, in UTC or only in other time zones.
  const edges = [
    0,
    2 * HOUR,
    3 * HOUR + 20 * MINUTE,
    WEEK - 1,
    WEEK - 90 * MINUTE,
    WEEK - 11 * HOUR,
  ]
  // The first week begins with a parcel at its very first instant.
  const times = [firstMonday]
  for (const edge of edges) times.push(firstMonday + fresh.pick(open.slice(1)) * WEEK + edge)
  for (const week of open) times.push(firstMonday + week * WEEK + fresh.int(DAY, 6 * DAY))
  while (times.length < drafts.length) {
    times.push(firstMonday + fresh.pick(open) * WEEK + fresh.int(0, WEEK - 1))
  }
  // The last week has just begun; west of UTC it is still Sunday.
  const now = new Date(firstMonday + (weeks - 1) * WEEK)

  const parcelIds = ids(drafts.length)
  const shuffledTimes = fresh.shuffle(times.slice(0, drafts.length))
  const parcels = drafts.map((draft, index) => {
    const created = shuffledTimes[index]!
    return {
      id: parcelIds[index]!,
      code: `PP-${fresh.unique().toUpperCase()}`,
      ...draft,
      weight_g: fresh.int(50, 9000),
      created_at: new Date(created),
      delivered_at: draft.status === 'delivered' ? new Date(created + DAY) : null,
    }
  })

  // Scans: none, one, several; some at one time; ids not in the order of time.
  const kinds = ['accepted', 'arrived', 'departed', 'delivered']
  const scanDepots = [...busy, idle, chain[2]!]
  const moments: Omit<Scan, 'id'>[] = parcels.flatMap((parcel, index) => {
    const last = parcel.created_at.getTime() + DAY
    const scanAt = (at: number): Omit<Scan, 'id'> => ({
      parcel_id: parcel.id,
      depot_id: fresh.pick(scanDepots).id,
      kind: fresh.pick(kinds),
      at: new Date(at),
    })
    if (index % 4 === 0) return []
    if (index % 4 === 1) return [scanAt(last)]
    const earlier = fresh.list(3, () => scanAt(last - fresh.int(MINUTE, HOUR)))
    if (index % 4 === 2) return [...earlier, scanAt(last)]
    return [...earlier, ...fresh.list(4, () => scanAt(last))]
  })
  const scanIds = ids(moments.length)
  const scans = moments.map((moment, index) => ({ id: scanIds[index]!, ...moment }))

  return {
    clock: [{ now }],
    depots: fresh.shuffle(depots).map((depot) => ({
      ...depot,
      opened_on: `20${fresh.int(10, 25)}-0${fresh.int(1, 9)}-15`,
      capacity: fresh.int(10, 900),
    })),
    customers: fresh.shuffle(customers).map((customer) => ({
      ...customer,
      email: fresh.email(),
      marketing_opt_in: fresh.pick([true, false, null]),
    })),
    parcels: fresh.shuffle(parcels),
    scans: fresh.shuffle(scans),
  }
}

/** SQL for 40 depots, 30,000 parcels and 90,000 scans, most of them at one depot. */
export function manyRows(seed: number): string {
  const fresh = new Fresh(seed, 'sql-joins: many rows')
  const hub = fresh.int(4, 40)
  const step = fresh.pick([7919, 7907, 7901])
  const depot = `case when i % 10 < 7 then ${hub} else 1 + (i * 31) % 40 end`
  return `
    insert into clock values ('2026-04-05 22:00:00+00'); -- a Sunday
    insert into depots
      select i, 'Depot ' || i, 'City' || chr(65 + i % 9), case when i > 3 then 1 + (i - 4) / 3 end,
             '2020-01-01', 100
      from generate_series(1, 40) i;
    insert into customers
      select i, 'Customer ' || i, i || '@example.test', 'City' || chr(65 + i % 9), null
      from generate_series(1, 2000) i;
    insert into parcels
      select i, 'PP-' || i, case when i % 50 <> 0 then 1 + (i * ${step}) % 2000 end, ${depot},
             1 + (i * 17) % 40, 500, 100 + (i * 37) % ${fresh.int(800, 900)}, 'created',
             timestamptz '2025-06-30 00:00:00+00' + i % 270 * interval '1 day', null
      from generate_series(1, 30000) i;
    insert into scans
      select i, 1 + (i * 7) % 30000, ${depot}, 'arrived',
             timestamptz '2025-07-01 00:00:00+00' + i % 700 * interval '1 minute'
      from generate_series(1, 90000) i;`
}

/** SQL for parcels that are created a millionth of a second before and after Mondays begin. */
export function microseconds(seed: number): string {
  const fresh = new Fresh(seed, 'sql-joins: microseconds')
  const monday = `2026-0${fresh.int(1, 9)}-05 00:00+00`
  return `
    insert into clock values ('2026-12-01 12:00:00+00');
    insert into depots values (1, 'Norland', 'Oslo', null, '2020-01-01', 100);
    insert into parcels
      select i, 'PP-' || i, null, 1, 1, 500, 10 ^ (i % 5), 'created', at, null
      from (select row_number() over () as i,
                   date_trunc('week', timestamptz '${monday}', 'UTC') + week * interval '168 hours'
                     + step * interval '1 microsecond' as at
            from generate_series(0, 1) week, unnest(array[-500, -1, 0, 1, 500]) step) edges;`
}

/** A chain of depots, each below the one before, of which only some have parcels. */
export function deepTree(seed: number): Pelican {
  const fresh = new Fresh(seed, 'sql-joins: a deep tree')
  const depth = fresh.int(40, 60)
  const ids = fresh.shuffle(fresh.list(depth, (index) => index + 1))
  const depots = ids.map((id, index) => ({
    id,
    name: fresh.pick(['Harbour', 'Station', 'Market']),
    city: 'Oslo',
    parent_id: ids[index - 1] ?? null,
    opened_on: '2020-01-01',
    capacity: 100,
  }))
  // The lowest has some, and few others.
  const senders = [ids.at(-1)!, ids.at(-1)!, ...fresh.list(6, () => fresh.pick(ids))]
  const created_at = new Date('2026-04-20T12:00:00Z')
  const parcels = senders.map((from_depot, index) => ({
    id: index + 1,
    code: `PP-${index}`,
    customer_id: null,
    from_depot,
    to_depot: fresh.pick(ids),
    weight_g: 500,
    price_cents: 500,
    status: 'created',
    created_at,
    delivered_at: null,
  }))
  return { clock: [{ now: created_at }], depots, customers: [], parcels, scans: [] }
}

/**
 * Small databases, with a parcel at least, as the README promises.
 * @param cities of depots and customers; some plain letters by default
 */
export function randomRows(fresh: Fresh, cities?: string[]): Pelican {
  return randomPelican(fresh, {
    cities,
    now: ['2026-04-20T12:00:00Z', '2026-01-04T23:59:59.500Z', '2026-01-05T00:00:00Z'].map(
      (text) => new Date(text),
    ),
    moments(now, fresh) {
      const monday = Date.UTC(2025, 11, 29)
      const edges = [-1, 0, 1, WEEK - 1, WEEK, -WEEK, -4 * WEEK, -52 * WEEK].map(
        (step) => new Date(monday + step),
      )
      return fresh.oneIn(2) ? usualMoments(now, fresh) : edges
    },
    parcels: [1, 9],
  })
}
