import type { Fresh } from '../../harness/index.ts'
import type {
  Count,
  Counter,
  Customer,
  Parcel,
  StagingRow,
  Ticket,
  TicketMessage,
  Wallet,
  World,
} from './oracle.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
const CUT = Date.UTC(2024, 0, 1)

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

/** The parcel's scans, oldest first, as kinds; a `=` before one says it is at the time of the one before. */
const HISTORIES: Record<string, string[]> = {
  none: [],
  'on the way': ['accepted', 'departed', 'arrived'],
  delivered: ['accepted', 'arrived', 'delivered'],
  'back at the depot': ['accepted', 'delivered', 'arrived'],
  'delivered twice': ['delivered', 'departed', 'delivered'],
  'delivered last of a tie': ['accepted', 'arrived', '=delivered'],
  'delivered first of a tie': ['accepted', 'delivered', '=arrived'],
}

/**
 * Small tables in which every rule of the README decides something, whatever the seed: the drawing
 * is of names, ids, amounts and times, not of whether a case is there. Rows do not lie in the order
 * of their ids.
 */
export function makeUnseen(fresh: Fresh): World {
  const now = new Date(Date.UTC(2026, fresh.int(2, 7), fresh.int(1, 28), fresh.int(0, 23)))
  const ago = (days: number): Date =>
    new Date(now.getTime() - days * DAY - fresh.int(0, DAY / SECOND) * SECOND)
  /** Ids in no order, with gaps. */
  const ids = (count: number): number[] =>
    fresh.shuffle(fresh.list(count * 2, (index) => index + 1)).slice(0, count)

  const depotIds = ids(8)
  const depots = depotIds.map((id, index) => ({
    id,
    name: index < 2 ? 'Harbour' : capital(fresh.word()),
    city: fresh.city(),
    parent_id: index < 3 ? null : depotIds[fresh.int(0, 2)]!,
    opened_on: `20${fresh.int(10, 20)}-0${fresh.int(1, 9)}-15`,
    capacity: fresh.int(10, 900),
  }))
  const depot = (): number => fresh.pick(depotIds)

  // Customers: those who stay for each of the reasons, and those who go.
  const customers: Customer[] = []
  const customerIds = ids(30)
  const addCustomer = (at: number | Date): number => {
    const id = customerIds.pop()!
    customers.push({
      id,
      name: fresh.oneIn(6) ? 'Eleni Pappa' : fresh.name(),
      email: fresh.email(),
      city: fresh.city(),
      marketing_opt_in: fresh.pick([true, false, null]),
      created_at: new Date(at),
    })
    return id
  }
  const old = (): number => CUT - fresh.int(100, 1500) * DAY - fresh.int(0, 86_399) * SECOND
  const senders = fresh.list(4, () => addCustomer(old()))
  const cancelledOnly = addCustomer(old())
  const [rich, inDebt, richOnce] = [addCustomer(old()), addCustomer(old()), addCustomer(old())]
  const recent = [
    addCustomer(CUT),
    // 2023 in zones to the west.
    addCustomer(CUT + fresh.int(1, 2) * HOUR),
    addCustomer(CUT + fresh.int(100, 700) * DAY),
  ]
  const dormant = [
    addCustomer(CUT - SECOND),
    // 2024 in zones to the east.
    addCustomer(CUT - fresh.int(1, 2) * HOUR),
    ...fresh.list(4, () => addCustomer(old())),
  ]

  // Wallets 1 and 2 are those of 5-transfer.
  const wallets: Wallet[] = [
    { id: 1, customer_id: senders[0]!, balance_cents: fresh.int(501, 5000), frozen: false },
    { id: 2, customer_id: senders[1]!, balance_cents: fresh.int(-900, 5000), frozen: false },
  ]
  const walletIds = ids(30).filter((id) => id > 2)
  const addWallet = (customer_id: number | null, balance_cents: number): void => {
    wallets.push({ id: walletIds.pop()!, customer_id, balance_cents, frozen: fresh.oneIn(4) })
  }
  addWallet(senders[0]!, 0)
  addWallet(null, 0)
  addWallet(null, fresh.int(1, 900))
  addWallet(rich, fresh.int(1, 900))
  addWallet(inDebt, -fresh.int(1, 900))
  addWallet(richOnce, 0)
  addWallet(richOnce, fresh.int(1, 900))
  addWallet(recent[0]!, 0)
  addWallet(dormant[0]!, 0)
  for (const id of [dormant[2]!, dormant[2]!, dormant[3]!]) addWallet(id, 0)

  const tickets: Ticket[] = []
  const ticket_messages: TicketMessage[] = []
  const ticketIds = ids(12)
  const messageIds = ids(30)
  const addTicket = (customer_id: number, messages: number): void => {
    const id = ticketIds.pop()!
    tickets.push({ id, customer_id, subject: capital(fresh.word()) })
    for (let index = 0; index < messages; index++) {
      ticket_messages.push({ id: messageIds.pop()!, ticket_id: id, body: fresh.word(5) })
    }
  }
  for (const id of [senders[1]!, rich, recent[1]!]) addTicket(id, 2)
  addTicket(dormant[0]!, 3)
  addTicket(dormant[2]!, 0)
  addTicket(dormant[3]!, 1)
  addTicket(dormant[3]!, 2)

  // Parcels: each status with each history.
  const statuses = ['created', 'in_transit', 'delivered', 'delivered', 'cancelled']
  const cases = statuses.flatMap((status, index) =>
    Object.values(HISTORIES).map((history) => ({ status, history, isBare: index === 3 })),
  )
  const parcelIds = ids(cases.length + 2)
  const newCode = (): string => `PP-${fresh.unique().toUpperCase()}`
  const newParcel = (customer_id: number | null, status: string): Parcel => ({
    id: parcelIds.pop()!,
    code: newCode(),
    customer_id,
    from_depot: depot(),
    to_depot: depot(),
    weight_g: fresh.int(50, 9000),
    price_cents: fresh.int(200, 2000),
    status,
    created_at: ago(fresh.int(20, 60)),
    delivered_at: null,
  })
  const withHistory = cases.map(({ status, history, isBare }) => {
    const parcel = newParcel(fresh.oneIn(3) ? null : fresh.pick(senders), status)
    // Some were marked by hand: at another time than the scan's, or with none.
    if (status === 'delivered' && !isBare) parcel.delivered_at = ago(fresh.int(10, 15))
    return { parcel, history }
  })
  const parcels = [
    newParcel(cancelledOnly, 'cancelled'),
    // Whoever else, one parcel is of nobody.
    newParcel(null, 'created'),
    ...withHistory.map(({ parcel }) => parcel),
  ]

  // Scans arrive late: the ids of a parcel's scans are in any order, but where they share a time.
  const total = withHistory.reduce((sum, { history }) => sum + history.length, 0)
  const scanIds = ids(total)
  const scans = withHistory.flatMap(({ parcel, history }) => {
    const own = scanIds.splice(0, history.length)
    // The newest scan has the lowest id, unless it shares its time with another.
    own.sort((a, b) => (history.at(-1)?.startsWith('=') ? a - b : b - a))
    let at = parcel.created_at.getTime()
    return history.map((kind, index) => {
      if (!kind.startsWith('=')) at += fresh.int(60, 40_000) * SECOND
      return {
        id: own[index]!,
        parcel_id: parcel.id as number,
        depot_id: depot(),
        kind: kind.replace('=', ''),
        at: new Date(at),
      }
    })
  })

  // Staging: what is right, each fault, faults together, and codes that meet.
  const nobody = Math.max(...customers.map(({ id }) => id)) + fresh.int(1, 9)
  const nowhere = Math.max(...depotIds) + fresh.int(1, 9)
  type Draft = Omit<StagingRow, 'id'>
  const draft = (changes: Partial<Draft> = {}): Draft => ({
    code: newCode(),
    customer_id: fresh.pick(senders),
    from_depot: depot(),
    to_depot: depot(),
    weight_g: fresh.int(50, 9000),
    price_cents: fresh.int(200, 2000),
    created_at: ago(fresh.int(0, 3)),
    error: null,
    ...changes,
  })
  const [twice, thrice, late] = [newCode(), newCode(), newCode()]
  const drafts = [
    draft(),
    draft({ customer_id: null }),
    draft({ weight_g: 1, price_cents: 1 }),
    draft({ error: 'unknown customer' }),
    draft({ error: 'code taken' }),
    draft({ code: null }),
    draft({ code: '' }),
    draft({ customer_id: nobody }),
    draft({ from_depot: nowhere }),
    draft({ to_depot: nowhere }),
    draft({ from_depot: null }),
    draft({ to_depot: null }),
    draft({ weight_g: null }),
    draft({ weight_g: 0 }),
    draft({ weight_g: -fresh.int(1, 900) }),
    draft({ price_cents: null }),
    draft({ price_cents: 0 }),
    draft({ price_cents: -fresh.int(1, 900) }),
    draft({ code: '', customer_id: nobody }),
    draft({ customer_id: nobody, to_depot: nowhere }),
    draft({ from_depot: null, weight_g: null }),
    draft({ weight_g: 0, price_cents: 0, error: 'bad price' }),
    draft({ code: fresh.pick(parcels).code }),
    draft({ code: fresh.pick(parcels).code, price_cents: 0 }),
    draft({ code: twice }),
    draft({ code: twice }),
    draft({ code: thrice }),
    draft({ code: thrice, error: 'code taken' }),
    draft({ code: thrice }),
    // The first is wrong, so the second has the code for itself.
    draft({ code: late, weight_g: null }),
    draft({ code: late }),
  ]
  // In the order above, with gaps.
  const stagingIds = ids(drafts.length).sort((a, b) => a - b)
  const staging = drafts.map((row, index) => ({ id: stagingIds[index]!, ...row }))

  const counts_today: Count[] = []
  const depot_counters: Counter[] = []
  const [onlyBefore, busy, quiet, first, firstBusy, none] = depotIds
  for (const depot_id of [onlyBefore!, busy!, quiet!]) {
    const parcels = depot_id === quiet ? 0 : fresh.int(1, 5000)
    depot_counters.push({ depot_id, parcels })
  }
  const counts = { [busy!]: 3, [quiet!]: 1, [first!]: 1, [firstBusy!]: 2, [none!]: 0 }
  for (const [depot_id, scanners] of Object.entries(counts)) {
    for (let index = 1; index <= scanners; index++) {
      const count = { depot_id: Number(depot_id), scanner: `K-${index}`, parcels: fresh.int(1, 90) }
      counts_today.push(count)
    }
  }

  return {
    clock: [{ now }],
    depots: fresh.shuffle(depots),
    customers: fresh.shuffle(customers),
    parcels: fresh.shuffle(parcels),
    scans: fresh.shuffle(scans),
    staging: fresh.shuffle(staging),
    counts_today: fresh.shuffle(counts_today),
    depot_counters: fresh.shuffle(depot_counters),
    wallets: fresh.shuffle(wallets),
    tickets: fresh.shuffle(tickets),
    ticket_messages: fresh.shuffle(ticket_messages),
  }
}
