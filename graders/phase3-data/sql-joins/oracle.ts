// What each query must answer, worked out from the rows in plain TypeScript.

import type { Parcel, Pelican, Query, Scan } from '../../harness/index.ts'

const sum = (numbers: number[]): number => numbers.reduce((total, next) => total + next, 0)
const prices = (parcels: Parcel[]): number[] => parcels.map((parcel) => parcel.price_cents)
const byId = <T extends { id: number }>(items: T[]): T[] => items.toSorted((a, b) => a.id - b.id)
const namesById = (items: { id: number; name: string }[]): Map<number, string> =>
  new Map(items.map(({ id, name }) => [id, name]))

const DAY = 86_400_000
/** The Monday, 00:00 UTC, of the week of an instant. */
function mondayOf(instant: Date): number {
  const midnight = Math.floor(instant.getTime() / DAY) * DAY
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * DAY
}

export const QUERIES: Record<string, Query<Pelican>> = {
  q1: {
    columns: { depot_id: 'integer', depot: 'text', parcels: 'integer', avg_price: 'numeric' },
    answer({ depots, parcels }) {
      const sent = Map.groupBy(
        parcels.filter(({ status }) => status !== 'cancelled'),
        (parcel) => parcel.from_depot,
      )
      return byId(depots).map(({ id, name }) => {
        const own = prices(sent.get(id) ?? [])
        const average = own.length === 0 ? null : sum(own) / own.length
        return { depot_id: id, depot: name, parcels: own.length, avg_price: average }
      })
    },
  },

  q2: {
    columns: { customer_id: 'integer', customer: 'text' },
    answer({ depots, customers, parcels }) {
      const cityOf = new Map(depots.map(({ id, city }) => [id, city]))
      const visited = new Set(
        parcels.map(({ customer_id, to_depot }) => `${customer_id} ${cityOf.get(to_depot)}`),
      )
      return byId(customers)
        .filter(({ id, city }) => !visited.has(`${id} ${city}`))
        .map(({ id, name }) => ({ customer_id: id, customer: name }))
    },
  },

  q3: {
    columns: { depot_id: 'integer', depot: 'text', revenue_cents: 'integer', scans: 'integer' },
    answer({ depots, parcels, scans }) {
      const sent = Map.groupBy(parcels, (parcel) => parcel.from_depot)
      const seen = Map.groupBy(scans, (scan) => scan.depot_id)
      return byId(depots).map(({ id, name }) => ({
        depot_id: id,
        depot: name,
        revenue_cents: sum(prices(sent.get(id) ?? [])),
        scans: seen.get(id)?.length ?? 0,
      }))
    },
  },

  q4: {
    columns: {
      parcel_id: 'integer',
      code: 'text',
      scan_id: 'integer',
      kind: 'text',
      depot: 'text',
      scanned_at: 'timestamptz',
    },
    answer({ depots, parcels, scans }) {
      const depotName = namesById(depots)
      const last = new Map<number, Scan>()
      for (const scan of scans) {
        const known = last.get(scan.parcel_id)
        const later = known ? scan.at.getTime() - known.at.getTime() || scan.id - known.id : 1
        if (later > 0) last.set(scan.parcel_id, scan)
      }
      return byId(parcels).flatMap(({ id, code }) => {
        const scan = last.get(id)
        if (!scan) return []
        return {
          parcel_id: id,
          code,
          scan_id: scan.id,
          kind: scan.kind,
          depot: depotName.get(scan.depot_id)!,
          scanned_at: scan.at.toISOString(),
        }
      })
    },
  },

  q5: {
    columns: {
      city: 'text',
      rank: 'integer',
      customer_id: 'integer',
      customer: 'text',
      revenue_cents: 'integer',
    },
    answer({ customers, parcels }) {
      const sent = Map.groupBy(parcels, (parcel) => parcel.customer_id)
      const spenders = byId(customers)
        .filter(({ id }) => sent.has(id))
        .map((customer) => ({ ...customer, cents: sum(prices(sent.get(customer.id)!)) }))
      const cities = Map.groupBy(spenders, (spender) => spender.city)
      return [...cities.keys()].sort().flatMap((city) => {
        const rivals = cities.get(city)!
        const ranked = rivals.map(({ id, name, cents }) => ({
          city,
          rank: 1 + rivals.filter((rival) => rival.cents > cents).length,
          customer_id: id,
          customer: name,
          revenue_cents: cents,
        }))
        return ranked.filter(({ rank }) => rank <= 3).sort((a, b) => a.rank - b.rank)
      })
    },
  },

  q6: {
    columns: { week_start: 'date', revenue_cents: 'integer', running_cents: 'integer' },
    answer({ clock, parcels }) {
      const now = clock[0]!.now.getTime()
      const weekly = Map.groupBy(parcels, (parcel) => mondayOf(parcel.created_at))
      const rows: Record<string, string | number>[] = []
      let running = 0
      for (let week = Math.min(...weekly.keys()); week <= now; week += 7 * DAY) {
        const revenue = sum(prices(weekly.get(week) ?? []))
        running += revenue
        const monday = new Date(week).toISOString().slice(0, 10)
        rows.push({ week_start: monday, revenue_cents: revenue, running_cents: running })
      }
      return rows
    },
  },

  q7: {
    columns: { depot_id: 'integer', depot: 'text', total_parcels: 'integer' },
    answer({ depots, parcels }) {
      const totals = new Map(depots.map(({ id }) => [id, 0]))
      const parentOf = new Map(depots.map(({ id, parent_id }) => [id, parent_id]))
      for (const { from_depot } of parcels) {
        let depot: number | null = from_depot
        while (depot !== null) {
          totals.set(depot, totals.get(depot)! + 1)
          depot = parentOf.get(depot)!
        }
      }
      return byId(depots).map(({ id, name }) => ({
        depot_id: id,
        depot: name,
        total_parcels: totals.get(id)!,
      }))
    },
  },
}
