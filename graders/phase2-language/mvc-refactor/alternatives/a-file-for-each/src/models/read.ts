import { toParcel } from './row.ts'

export class NotFound extends Error {
  constructor(id: number) {
    super(`There is no parcel ${id}.`)
    this.name = 'NotFound'
  }
}

export async function find(db: any, id: number) {
  const { rows } = await db.query('SELECT * FROM parcels WHERE id = $1', [id])
  if (!rows[0]) throw new NotFound(id)
  return toParcel(rows[0])
}

export async function list(db: any, status?: string) {
  const { rows } = await db.query('SELECT * FROM parcels ORDER BY id DESC')
  const all = rows.map(toParcel) as ReturnType<typeof toParcel>[]
  return status === undefined ? all : all.filter((one) => one.delivered === (status === 'delivered'))
}
