import type { Fresh } from '../../harness/index.ts'
import { accepts, deletes } from './inserts.ts'
import type { Row, Session } from './world.ts'

/** New rows that obey the rules. */
export function newRows(fresh: Fresh) {
  return {
    customer: (own: Row = {}): Row => ({
      name: fresh.name(),
      email: fresh.email(),
      city: fresh.city(),
      ...own,
    }),
    depot: (): Row => ({ name: `Depot-${fresh.unique()}` }),
    parcel: (from: string, to: string, own: Row = {}): Row => ({
      code: `PP-${fresh.unique().toUpperCase()}`,
      customer_id: null,
      from_depot_id: from,
      to_depot_id: to,
      price_cents: String(fresh.int(100, 9000)),
      created: '2026-10-05',
      ...own,
    }),
    phone: () => `+${fresh.string(11, '123456789')}`,
  }
}

/** A customer with a phone and a parcel with a tag, from one depot to another: all of it new. */
export async function newFamily(session: Session, fresh: Fresh) {
  const make = newRows(fresh)
  const [customer, phone, tag] = [make.customer(), make.phone(), 'fragile']
  const customerId = await accepts(session, 'customers', customer)
  await accepts(session, 'customer_phones', { customer_id: customerId, phone })
  const from = await accepts(session, 'depots', make.depot())
  const to = await accepts(session, 'depots', make.depot())
  const parcel = make.parcel(from, to, { customer_id: customerId })
  const parcelId = await accepts(session, 'parcels', parcel)
  await accepts(session, 'parcel_tags', { parcel_id: parcelId, tag })
  return { make, customer, customerId, phone, from, to, parcel, parcelId, tag }
}

/** The id of a row that was there and is not any more, whatever ids are made of. */
export async function lostId(
  session: Session,
  table: 'customers' | 'depots' | 'parcels',
  row: Row,
) {
  const id = await accepts(session, table, row)
  await deletes(session, 'a row that nothing refers to', table, id)
  return id
}
