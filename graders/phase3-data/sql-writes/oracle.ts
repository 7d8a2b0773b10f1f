// What each script must make of the tables, worked out in plain TypeScript.

import type { Depot, Parcel as PlainParcel, Scan } from '../../harness/index.ts'

/** Stands for the id of a parcel that was not there before: any free one is right. */
export const NEW = '(new)'

export type Customer = { id: number; created_at: Date } & Record<string, unknown>
export type Parcel = Omit<PlainParcel, 'id'> & { id: number | typeof NEW }
export type StagingRow = {
  id: number
  code: string | null
  customer_id: number | null
  from_depot: number | null
  to_depot: number | null
  weight_g: number | null
  price_cents: number | null
  created_at: Date
  error: string | null
}
export type Count = { depot_id: number; scanner: string; parcels: number }
export type Counter = { depot_id: number; parcels: number }
export type Wallet = {
  id: number
  customer_id: number | null
  balance_cents: number
  frozen: boolean
}
export type Ticket = { id: number; customer_id: number; subject: string }
export type TicketMessage = { id: number; ticket_id: number; body: string }

/** The rows of all tables. */
export type World = {
  clock: { now: Date }[]
  depots: Depot[]
  customers: Customer[]
  parcels: Parcel[]
  scans: Scan[]
  staging: StagingRow[]
  counts_today: Count[]
  depot_counters: Counter[]
  wallets: Wallet[]
  tickets: Ticket[]
  ticket_messages: TicketMessage[]
}

const byId = <T extends { id: number }>(rows: T[]): T[] => rows.toSorted((a, b) => a.id - b.id)

/** What is wrong with a row by itself, as the README words it. */
function faultOf(row: StagingRow, { customers, depots }: World): string | null {
  const isDepot = (id: number | null) => depots.some((depot) => depot.id === id)
  if (row.code === null || row.code === '') return 'no code'
  if (row.customer_id !== null && !customers.some(({ id }) => id === row.customer_id)) {
    return 'unknown customer'
  }
  if (!isDepot(row.from_depot) || !isDepot(row.to_depot)) return 'unknown depot'
  if (row.weight_g === null || row.weight_g <= 0) return 'bad weight'
  if (row.price_cents === null || row.price_cents <= 0) return 'bad price'
  return null
}

export function load(world: World): World {
  const parcels = [...world.parcels]
  const staging: StagingRow[] = []
  const taken = new Set(parcels.map(({ code }) => code))
  for (const row of byId(world.staging)) {
    const error = faultOf(row, world) ?? (taken.has(row.code!) ? 'code taken' : null)
    if (error !== null) {
      staging.push({ ...row, error })
      continue
    }
    taken.add(row.code!)
    const { id: _, error: __, ...loaded } = row
    parcels.push({ ...loaded, id: NEW, status: 'created', delivered_at: null } as Parcel)
  }
  return { ...world, parcels, staging }
}

/** The scans of a parcel, the last one last. */
export function scansOf(parcelId: Parcel['id'], { scans }: World): Scan[] {
  return scans
    .filter(({ parcel_id }) => parcel_id === parcelId)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.id - b.id)
}

export function status(world: World): World {
  const parcels = world.parcels.map((parcel): Parcel => {
    const last = scansOf(parcel.id, world).at(-1)
    const isOpen = parcel.status === 'created' || parcel.status === 'in_transit'
    if (last?.kind !== 'delivered' || !isOpen) return parcel
    return { ...parcel, status: 'delivered', delivered_at: last.at }
  })
  return { ...world, parcels }
}

const BEFORE = new Date('2024-01-01T00:00:00Z')

export function purge(world: World): World {
  const goes = new Set(
    world.customers
      .filter(({ id, created_at }) => {
        const hasParcel = world.parcels.some(({ customer_id }) => customer_id === id)
        const hasMoney = world.wallets.some(
          ({ customer_id, balance_cents }) => customer_id === id && balance_cents !== 0,
        )
        return created_at < BEFORE && !hasParcel && !hasMoney
      })
      .map(({ id }) => id),
  )
  const tickets = world.tickets.filter(({ customer_id }) => !goes.has(customer_id))
  const kept = new Set(tickets.map(({ id }) => id))
  return {
    ...world,
    customers: world.customers.filter(({ id }) => !goes.has(id)),
    wallets: world.wallets.filter(({ customer_id }) => !goes.has(customer_id!)),
    tickets,
    ticket_messages: world.ticket_messages.filter(({ ticket_id }) => kept.has(ticket_id)),
  }
}

export function upsert(world: World): World {
  const totals = new Map(world.depot_counters.map((counter) => [counter.depot_id, counter.parcels]))
  for (const { depot_id, parcels } of world.counts_today) {
    totals.set(depot_id, (totals.get(depot_id) ?? 0) + parcels)
  }
  return {
    ...world,
    depot_counters: [...totals].map(([depot_id, parcels]) => ({ depot_id, parcels })),
  }
}

export const CENTS = 500

/** @returns undefined where the transfer must fail */
export function transfer(world: World): World | undefined {
  const [from, to] = [1, 2].map((id) => world.wallets.find((wallet) => wallet.id === id))
  if (!from || !to || from.frozen || to.frozen || from.balance_cents < CENTS) return undefined
  const wallets = world.wallets.map((wallet) => {
    const change = wallet === from ? -CENTS : wallet === to ? CENTS : 0
    return { ...wallet, balance_cents: wallet.balance_cents + change }
  })
  return { ...world, wallets }
}
