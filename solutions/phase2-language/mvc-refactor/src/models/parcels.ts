export type Db = {
  query(sql: string, values?: unknown[]): Promise<{ rows: any[]; rowCount: number | null }>
}
export type Parcel = {
  id: number
  recipient: string
  city: string
  weightG: number
  delivered: boolean
}
export type NewParcel = { recipient: string; city: string; weight: string }
export type Status = 'waiting' | 'delivered' | undefined

export class NotFound extends Error {
  override name = 'NotFound'
}

export class Conflict extends Error {
  override name = 'Conflict'
}

export class Invalid extends Error {
  override name = 'Invalid'
  readonly errors: Partial<NewParcel>

  constructor(errors: Partial<NewParcel>) {
    super('the parcel is not valid')
    this.errors = errors
  }
}

const CONDITIONS = {
  waiting: 'where delivered_at is null',
  delivered: 'where delivered_at is not null',
}

/** Keeps a parcel. @throws Invalid */
export async function create(db: Db, values: NewParcel): Promise<Parcel> {
  const [recipient, city] = [values.recipient.trim(), values.city.trim()]
  const errors: Partial<NewParcel> = {}
  if (recipient === '') errors.recipient = 'Who gets it?'
  if (city === '') errors.city = 'Where to?'
  const grams = /^[0-9]+$/.test(values.weight) ? Number(values.weight) : 0
  if (grams < 1 || grams > 30_000) errors.weight = 'From 1 to 30000 grams.'
  if (Object.keys(errors).length > 0) throw new Invalid(errors)
  const { rows } = await db.query(
    'insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning *',
    [recipient, city, grams],
  )
  return parcelOf(rows[0])
}

/** Returns a parcel. @throws NotFound */
export async function find(db: Db, id: number): Promise<Parcel> {
  const { rows } = await db.query('select * from parcels where id = $1', [id])
  if (rows.length === 0) throw new NotFound(`There is no parcel ${id}.`)
  return parcelOf(rows[0])
}

/** Returns the parcels, the newest first. */
export async function list(db: Db, status: Status): Promise<Parcel[]> {
  const condition = status ? CONDITIONS[status] : ''
  const { rows } = await db.query(`select * from parcels ${condition} order by id desc`)
  return rows.map(parcelOf)
}

/** Marks a parcel as delivered. @throws NotFound, Conflict */
export async function deliver(db: Db, id: number): Promise<Parcel> {
  const { rows } = await db.query(
    'update parcels set delivered_at = now() where id = $1 and delivered_at is null returning *',
    [id],
  )
  if (rows.length > 0) return parcelOf(rows[0])
  await find(db, id)
  throw new Conflict(`Parcel ${id} is delivered already.`)
}

function parcelOf(row: any): Parcel {
  const { id, recipient, city, weight_g: weightG, delivered_at } = row
  return { id, recipient, city, weightG, delivered: delivered_at !== null }
}
