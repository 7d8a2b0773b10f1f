import type { Fresh } from '../../harness/index.ts'
import { randomPelican, usualMoments } from '../../harness/sql/random.ts'
import type { StagingRow, Ticket, TicketMessage, Wallet, World } from './oracle.ts'

const CUT = Date.UTC(2024, 0, 1)
const HOUR = 3_600_000

/** Around the cut, on both sides, also where it is another year in other zones. */
const CUSTOMER_TIMES = [
  0,
  -1,
  1,
  -1000,
  -HOUR,
  HOUR,
  -14 * HOUR,
  14 * HOUR,
  -9000 * HOUR,
  9000 * HOUR,
]

/** The wallets of one customer; some add up to 0. */
const BALANCES = [[], [], [0], [0, 0], [300], [-1], [300, -300], [0, 500, -500]]

/** Ids of rows that there are, of none, and NULL. */
const idOrNot = (fresh: Fresh, ids: number[]) => fresh.pick([...ids, ...ids, 999, null])

/** No two rows in the order in which they were made. */
const numbered = <T>(fresh: Fresh, rows: T[]): (T & { id: number })[] => {
  const ids = fresh.shuffle(rows.map((_, index) => index + 1))
  return rows.map((row, index) => ({ ...row, id: ids[index]! }))
}

/**
 * Draws small tables in which customers have any mixture of wallets, tickets and parcels, staged rows any
 * mixture of faults, and scans any order: what no list of cases holds.
 */
export function randomWorld(fresh: Fresh): World {
  const now = new Date(Date.UTC(2026, 5, fresh.int(1, 28), 12))
  const pelican = randomPelican(fresh, { now: [now], moments: usualMoments, parcels: [1, 4] })
  // Nobody promises tables that hold nothing at all, nor says what an id is to be then.
  if (pelican.customers.length === 0) return randomWorld(fresh)
  const customers = pelican.customers.map((customer) => ({
    ...customer,
    created_at: new Date(CUT + fresh.pick(CUSTOMER_TIMES)),
  }))
  const customerIds = customers.map(({ id }) => id)
  const depotIds = pelican.depots.map(({ id }) => id)
  const codes = ['PP-1000', 'PP-1001', 'pp-1000', 'PP-NEW', 'PP-NEW', ' ', '', null]
  const staging: StagingRow[] = numbered(
    fresh,
    fresh.list(fresh.int(0, 6), () => ({
      code: fresh.pick(codes),
      customer_id: idOrNot(fresh, customerIds),
      from_depot: idOrNot(fresh, depotIds),
      to_depot: idOrNot(fresh, depotIds),
      weight_g: fresh.pick([1, 500, 500, 500, 0, -1, null]),
      price_cents: fresh.pick([1, 200, 200, 200, 0, -1, null]),
      created_at: new Date(now.getTime() - fresh.int(0, 1000) * HOUR),
      error: fresh.pick([null, null, 'code taken', 'no code', 'something else']),
    })),
  )
  const wallets: Wallet[] = numbered(
    fresh,
    [...customerIds, null].flatMap((customer_id) =>
      fresh.pick(BALANCES).map((balance_cents) => ({
        customer_id,
        balance_cents,
        frozen: fresh.oneIn(3),
      })),
    ),
  )
  const tickets: Ticket[] = numbered(
    fresh,
    customerIds.length === 0
      ? []
      : fresh.list(fresh.int(0, 4), () => ({
          customer_id: fresh.pick(customerIds),
          subject: fresh.word(),
        })),
  )
  const ticket_messages: TicketMessage[] = numbered(
    fresh,
    tickets.length === 0
      ? []
      : fresh.list(fresh.int(0, 5), () => ({
          ticket_id: fresh.pick(tickets).id,
          body: fresh.word(),
        })),
  )
  const scanners = depotIds.flatMap((depot_id) =>
    [1, 2].map((nth) => ({ depot_id, scanner: `K-${nth}` })),
  )
  return {
    ...pelican,
    clock: [{ now }],
    customers,
    staging,
    wallets,
    tickets,
    ticket_messages,
    counts_today: fresh
      .shuffle(scanners)
      .slice(0, fresh.int(0, 5))
      .map((scanner) => ({ ...scanner, parcels: fresh.int(1, 9) })),
    depot_counters: fresh
      .shuffle(depotIds)
      .slice(0, fresh.int(0, depotIds.length))
      .map((depot_id) => ({ depot_id, parcels: fresh.pick([0, 0, 5, 1000]) })),
  }
}

/** Wallets 1 and 2, of which each may be missing, and others that no transfer may touch. */
export function randomWallets(fresh: Fresh): Wallet[] {
  const ids = [1, 2, 3, 12, 21].filter(() => !fresh.oneIn(8))
  return fresh.shuffle(ids).map((id) => ({
    id,
    customer_id: null,
    balance_cents: fresh.pick([-500, -1, 0, 1, 499, 500, 500, 501, 999, 1000, 5000]),
    frozen: fresh.oneIn(6),
  }))
}
