import type { Fresh } from '../../harness/index.ts'

export type Scan = { kind: string; at: string }

export type Parcel = {
  id: number
  code: string
  status: string
  weightKg: number
  priceCents: number
  version: number
  deleted: boolean
  scans: Scan[]
  tags: string[]
}

export type Depot = {
  id: number
  name: string
  city: string
  openedOn: string
  parcels: Parcel[]
}

/** Capitals and small letters only, so that every collation sorts them alike. */
const CITIES = ['Athens', 'Bergen', 'Delft', 'Porto', 'Uppsala']
const KINDS = ['arrived', 'loaded', 'left', 'delivered']
const STATUSES = ['registered', 'in_transit', 'out_for_delivery', 'delivered']

/** Makes depots and parcels that no table holds yet. Ids go up in the order in which they are made. */
export function maker(fresh: Fresh) {
  let depotId = fresh.int(10, 5000)
  // A bigint need not fit into 32 bits.
  let parcelId = fresh.int(2_200_000_000, 4_000_000_000)
  const tags = fresh.list(8, () => fresh.unique())

  const maker = {
    /** A code that no parcel has. */
    code: () => `PEL-${fresh.string(8, 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789')}`,

    /** A moment of these years, to the second. */
    at(): string {
      const start = Date.UTC(2020, 0, 1)
      return new Date(start + fresh.int(0, 200_000_000) * 1000).toISOString()
    },

    /** So many scans. */
    scans: (count: number): Scan[] =>
      fresh.list(count, () => ({ kind: fresh.pick(KINDS), at: maker.at() })),

    /** So many tags, of which other parcels may have some, too. */
    tags: (count: number): string[] => fresh.shuffle(tags).slice(0, count),

    /** Lighter than 40 kg and cheaper than 200.00, with a status of four: tests change to others. */
    parcel(over: Partial<Parcel> = {}): Parcel {
      parcelId += fresh.int(1, 3)
      return {
        id: parcelId,
        code: maker.code(),
        status: fresh.pick(STATUSES),
        weightKg: fresh.int(50, 40_000) / 1000,
        priceCents: fresh.int(100, 20_000),
        version: fresh.int(1, 9),
        deleted: false,
        scans: [],
        tags: [],
        ...over,
      }
    },

    /** So many parcels with some scans and tags each. */
    parcels: (count: number): Parcel[] =>
      fresh.list(count, () =>
        maker.parcel({
          scans: maker.scans(fresh.int(1, 3)),
          tags: maker.tags(fresh.int(1, 3)),
        }),
      ),

    depot(parcels: Parcel[] = [], over: Partial<Depot> = {}): Depot {
      depotId += fresh.int(1, 3)
      return {
        id: depotId,
        name: fresh.name(),
        city: fresh.pick(CITIES),
        openedOn: '2024-05-17',
        parcels,
        ...over,
      }
    },
  }
  return maker
}

/** The rows of each table that hold these depots, in an order that is neither by id nor by name. */
export function tablesOf(depots: Depot[], fresh: Fresh): Record<string, object[]> {
  const parcels = depots.flatMap((depot) => depot.parcels.map((parcel) => ({ depot, parcel })))
  const names = [...new Set(parcels.flatMap(({ parcel }) => parcel.tags))]
  const tags = names.map((name, index) => ({ id: index + 1, name }))
  const idOf = new Map(tags.map(({ id, name }) => [name, id]))
  const scans = parcels.flatMap(({ parcel }) =>
    parcel.scans.map((scan) => ({ parcel_id: parcel.id, ...scan })),
  )
  return {
    depots: fresh.shuffle(
      depots.map(({ id, name, city, openedOn }) => ({ id, name, city, opened_on: openedOn })),
    ),
    tags,
    parcels: fresh.shuffle(
      parcels.map(({ depot, parcel }) => ({
        id: parcel.id,
        code: parcel.code,
        depot_id: depot.id,
        status: parcel.status,
        weight_kg: parcel.weightKg,
        price_cents: parcel.priceCents,
        version: parcel.version,
        deleted_at: parcel.deleted ? '2026-03-01T10:00:00Z' : null,
      })),
    ),
    scans: fresh.shuffle(scans).map((scan, index) => ({ id: 3_000_000_000 + index, ...scan })),
    parcel_tags: parcels.flatMap(({ parcel }) =>
      parcel.tags.map((name) => ({ parcel_id: parcel.id, tag_id: idOf.get(name) })),
    ),
  }
}
