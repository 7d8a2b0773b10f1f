// The rows of the common schema "pelican"; each exercise gives its own schema.sql.

export type Depot = {
  id: number
  name: string
  city: string
  /** Null: the top of a hierarchy. */
  parent_id: number | null
  /** YYYY-MM-DD */
  opened_on: string
  capacity: number
}

export type Customer = {
  id: number
  name: string
  email: string
  city: string
  /** Null: never asked. */
  marketing_opt_in: boolean | null
}

export type Parcel = {
  id: number
  code: string
  /** Null: paid at the counter. */
  customer_id: number | null
  from_depot: number
  to_depot: number
  weight_g: number
  price_cents: number
  status: string
  created_at: Date
  delivered_at: Date | null
}

export type Scan = { id: number; parcel_id: number; depot_id: number; kind: string; at: Date }

/** All rows of a database with this schema. `clock` has one. */
export type Pelican = {
  clock: { now: Date }[]
  depots: Depot[]
  customers: Customer[]
  parcels: Parcel[]
  scans: Scan[]
}
