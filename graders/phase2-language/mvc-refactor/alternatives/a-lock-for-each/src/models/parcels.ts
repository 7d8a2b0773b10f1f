import { problem } from './problems.ts'
export type Db = { query(sql: string, values?: unknown[]): Promise<{ rows: any[]; rowCount: number | null }> }
export type Parcel = { id: number; recipient: string; city: string; weightG: number; delivered: boolean }
export type NewParcel = { recipient: string; city: string; weight: string }
export type Status = 'waiting' | 'delivered' | undefined

const busy = new Map<number, Promise<unknown>>()
function fromRow(row: any): Parcel {
  return {
    id: row.id,
    recipient: row.recipient,
    city: row.city,
    weightG: row.weight_g,
    delivered: row.delivered_at !== null,
  }
}

export async function create(db: Db, values: NewParcel): Promise<Parcel> {
  const recipient = values.recipient.trim()
  const city = values.city.trim()
  const errors: Partial<NewParcel> = {}
  if (!recipient) errors.recipient = 'Who gets it?'
  if (!city) errors.city = 'Where to?'
  const weight = Number(values.weight)
  if (!/^[0-9]+$/.test(values.weight) || weight < 1 || weight > 30000) errors.weight = 'From 1 to 30000 grams.'
  if (Object.keys(errors).length) throw problem('Invalid', 'Invalid parcel', errors)
  const result = await db.query('INSERT INTO parcels (recipient, city, weight_g) VALUES ($1, $2, $3) RETURNING *', [recipient, city, weight])
  return fromRow(result.rows[0])
}

export async function find(db: Db, id: number): Promise<Parcel> {
  const result = await db.query('SELECT * FROM parcels WHERE id = $1', [id])
  if (!result.rows[0]) throw problem('NotFound', `There is no parcel ${id}.`)
  return fromRow(result.rows[0])
}

export async function list(db: Db, status: Status): Promise<Parcel[]> {
  let where = ''
  if (status === 'waiting') where = 'WHERE delivered_at IS NULL'
  if (status === 'delivered') where = 'WHERE delivered_at IS NOT NULL'
  const result = await db.query(`SELECT * FROM parcels ${where} ORDER BY id DESC`)
  return result.rows.map(fromRow)
}

export async function deliver(db: Db, id: number): Promise<Parcel> {
  const before = busy.get(id) ?? Promise.resolve()
  const work = before.then(async () => {
    const parcel = await find(db, id)
    if (parcel.delivered) throw problem('Conflict', `Parcel ${id} is delivered already.`)
    await db.query('UPDATE parcels SET delivered_at = now() WHERE id = $1', [id])
    return { ...parcel, delivered: true }
  })
  const settled = work.then(() => {}, () => {})
  busy.set(id, settled)
  try {
    return await work
  } finally {
    if (busy.get(id) === settled) busy.delete(id)
  }
}
