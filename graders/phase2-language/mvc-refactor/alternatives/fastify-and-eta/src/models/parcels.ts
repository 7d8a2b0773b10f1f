const COLUMNS = 'id, recipient, city, weight_g, delivered_at'

const parcel = ({ weight_g, delivered_at, ...rest }: any) => ({
  ...rest,
  weightG: weight_g,
  delivered: delivered_at instanceof Date,
})

function named(name: string, message: string, errors?: object): Error {
  const error = new TypeError(message)
  Object.defineProperties(error, { name: { value: name }, errors: { value: errors } })
  return error
}

export async function create(db: any, typed: any): Promise<any> {
  const errors: any = {}
  const recipient = typed.recipient.trim()
  const city = typed.city.trim()
  if (!recipient) errors.recipient = 'Who gets it?'
  if (!city) errors.city = 'Where to?'
  const digits = /^[0-9]*$/.test(typed.weight)
  if (!digits || !(typed.weight > 0 && typed.weight <= 30_000)) errors.weight = 'From 1 to 30000 grams.'
  if (Object.values(errors).length) throw named('Invalid', 'no', errors)
  const { rows } = await db.query({
    text: `insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning ${COLUMNS}`,
    values: [recipient, city, Number(typed.weight)],
  })
  return parcel(rows[0])
}

export async function find(db: any, id: number): Promise<any> {
  const { rows } = await db.query(`select ${COLUMNS} from parcels where id = $1`, [id])
  return rows.length ? parcel(rows[0]) : Promise.reject(named('NotFound', `There is no parcel ${id}.`))
}

export async function list(db: any, status: any): Promise<any[]> {
  const where = { waiting: 'delivered_at is null', delivered: 'delivered_at is not null' }[status as 'waiting']
  const { rows } = await db.query(`select ${COLUMNS} from parcels where ${where ?? 'true'} order by 1 desc`)
  return rows.map(parcel)
}

export async function deliver(db: any, id: number): Promise<any> {
  const before = await find(db, id)
  if (before.delivered) throw named('Conflict', `Parcel ${id} is delivered already.`)
  const done = await db.query('update parcels set delivered_at = now() where delivered_at is null and id = $1', [id])
  if (!done.rowCount) throw named('Conflict', `Parcel ${id} is delivered already.`)
  return find(db, id)
}
