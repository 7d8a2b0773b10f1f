import { NotFound } from './read.ts'
import { toParcel } from './row.ts'

export async function deliver(db: any, id: number) {
  const { rows } = await db.query(
    `WITH done AS (UPDATE parcels SET delivered_at = now() WHERE id = $1 AND delivered_at IS NULL RETURNING *)
     SELECT (SELECT count(*) FROM done)::int AS done, p.* FROM parcels p WHERE id = $1`,
    [id],
  )
  if (!rows[0]) throw new NotFound(id)
  if (rows[0].done === 0) {
    const error = new Error(`Parcel ${id} is delivered already.`)
    error.name = 'Conflict'
    throw error
  }
  return { ...toParcel(rows[0]), delivered: true }
}
