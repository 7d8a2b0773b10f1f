import { toParcel } from './row.ts'
import { errorsIn } from './rules.ts'

export async function create(db: any, typed: { recipient: string; city: string; weight: string }) {
  const errors = errorsIn(typed)
  if (errors) {
    const error = new Error('Invalid parcel') as Error & { errors: unknown }
    error.name = 'Invalid'
    error.errors = errors
    throw error
  }
  const result = await db.query('INSERT INTO parcels (recipient, city, weight_g) VALUES ($1, $2, $3::int) RETURNING *', [
    typed.recipient.trim(),
    typed.city.trim(),
    typed.weight,
  ])
  return toParcel(result.rows[0])
}
