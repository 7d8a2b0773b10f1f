import type { Fresh } from '../fresh.ts'
import type { Customer, Depot, Parcel, Pelican, Scan } from './pelican.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

/** Values for the columns of a small random database; each draws from a few, so that rows tie. */
export type PelicanPools = {
  /** `clock.now`. */
  now: Date[]
  /** Moments of parcels and scans, made of `clock.now`; those after it are left out. */
  moments(now: Date, fresh: Fresh): Date[]
  /** Of customers. Plain letters, alike in every collation. */
  names?: string[]
  cities?: string[]
  weights?: number[]
  prices?: number[]
  /** How many; 0 to 9 by default. */
  parcels?: [least: number, most: number]
}

const STATUSES = ['created', 'in_transit', 'delivered', 'cancelled']
const KINDS = ['accepted', 'arrived', 'departed', 'delivered']
const NAMES = ['Ada Berg', 'Nils Dahl', 'Ada Berg', 'Eva Holm', 'Ole Lund']
const CITIES = ['Athens', 'Bergen', 'Oslo']
/** Some add up to the same as others: 100 + 200 and 300; 50 + 50 and 100. */
const PRICES = [50, 50, 100, 100, 150, 200, 300, 1]
const WEIGHTS = [1, 999, 1000, 1001, 2500, 4999, 5000, 5001, 9000]

/** Moments around a week before `now`, its own day, and other years, with fractions of seconds. */
export function usualMoments(now: Date, fresh: Fresh): Date[] {
  const week = now.getTime() - 7 * DAY
  const around = [0, -1, 1, -400, 400, -SECOND, SECOND, -HOUR, HOUR, -DAY, DAY, -30 * DAY, 6 * DAY]
  const years = [-365 * DAY, -730 * DAY]
  return [...around, ...years, -fresh.int(1, 300) * HOUR].map((step) => new Date(week + step))
}

/** So many different whole numbers, in no order. */
function ids(fresh: Fresh, count: number): number[] {
  const gap = fresh.int(1, 3)
  return fresh.shuffle(fresh.list(count, (index) => 1 + index * gap))
}

/** A forest: each depot lies below one that was made before it, or is a top. */
function drawDepots(fresh: Fresh, cities: string[]): Depot[] {
  const made: Depot[] = []
  for (const id of ids(fresh, fresh.int(1, 6))) {
    const parent = made.length > 0 && !fresh.oneIn(4) ? fresh.pick(made).id : null
    made.push({
      id,
      name: fresh.pick(['Harbour', 'Station', 'Harbour', 'Market']),
      city: fresh.pick(cities),
      parent_id: parent,
      opened_on: '2020-01-01',
      capacity: 100,
    })
  }
  return made
}

/**
 * Draws a small database of the schema "pelican": a few rows in each table, every column from a pool,
 * so that ties, NULLs, every status, depots without parcels and customers of one name are common.
 */
export function randomPelican(fresh: Fresh, pools: PelicanPools): Pelican {
  const { names = NAMES, cities = CITIES, weights = WEIGHTS, prices = PRICES } = pools
  const now = fresh.pick(pools.now)
  const moments = pools.moments(now, fresh).filter((moment) => moment <= now)
  const depots = drawDepots(fresh, cities)
  const customers: Customer[] = ids(fresh, fresh.int(0, 6)).map((id) => ({
    id,
    name: fresh.pick(names),
    email: `${id}@example.test`,
    city: fresh.pick(cities),
    marketing_opt_in: fresh.pick([true, false, null]),
  }))
  const [least, most] = pools.parcels ?? [0, 9]
  const codes = fresh.shuffle(fresh.list(most, (index) => `PP-${1000 + index}`))
  const parcels: Parcel[] = ids(fresh, fresh.int(least, most)).map((id, index) => {
    const status = fresh.pick(STATUSES)
    const created = fresh.pick(moments)
    return {
      id,
      code: codes[index]!,
      customer_id: customers.length === 0 || fresh.oneIn(5) ? null : fresh.pick(customers).id,
      from_depot: fresh.pick(depots).id,
      to_depot: fresh.pick(depots).id,
      weight_g: fresh.pick(weights),
      price_cents: fresh.pick(prices),
      status,
      created_at: created,
      delivered_at: status === 'delivered' ? new Date(created.getTime() + DAY) : null,
    }
  })
  const scans: Scan[] =
    parcels.length === 0
      ? []
      : ids(fresh, fresh.int(0, 9)).map((id) => ({
          id,
          parcel_id: fresh.pick(parcels).id,
          depot_id: fresh.pick(depots).id,
          kind: fresh.pick(KINDS),
          // Few, so that scans of one parcel tie.
          at: fresh.pick(moments.slice(0, 3)),
        }))
  return { clock: [{ now }], depots, customers, parcels, scans }
}
