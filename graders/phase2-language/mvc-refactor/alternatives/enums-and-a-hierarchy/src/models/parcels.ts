import { Kind, ParcelError } from './errors.ts'
import type { Pool } from 'pg'
export class Parcels {
  constructor(private db: Pick<Pool, 'query'>) {}
  async create(input: any) {
    const clean = { recipient: String(input.recipient).trim(), city: String(input.city).trim(), weight: input.weight }
    const errors: Record<string, string> = {}
    if (clean.recipient.length < 1) errors.recipient = 'Who gets it?'
    if (clean.city.length < 1) errors.city = 'Where to?'
    if (!(/^\d+$/.test(clean.weight) && Number(clean.weight) >= 1 && Number(clean.weight) <= 30000)) errors.weight = 'From 1 to 30000 grams.'
    if (Object.entries(errors).length > 0) throw new ParcelError(Kind.Invalid, 'invalid', errors)
    const { rows } = await this.db.query(
      'insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning id', [clean.recipient, clean.city, clean.weight])
    return this.find(rows[0].id)
  }
  async find(id: number) {
    return (await this.#select('where id = $1', [id]))[0] ?? Promise.reject(new ParcelError(Kind.NotFound, `There is no parcel ${id}.`))
  }
  list(status?: string) {
    if (!status) return this.#select('')
    return this.#select(`where delivered_at is ${status === 'waiting' ? '' : 'not'} null`)
  }
  async deliver(id: number) {
    const { rowCount } = await this.db.query('update parcels set delivered_at = now() where id = $1 and delivered_at is null', [id])
    const parcel = await this.find(id)
    if (!rowCount) throw new ParcelError(Kind.Conflict, `Parcel ${id} is delivered already.`)
    return parcel
  }
  async #select(where: string, values: unknown[] = []) {
    return (await this.db.query(`select id, recipient, city, weight_g as "weightG", delivered_at is not null as delivered from parcels ${where} order by id desc`, values)).rows
  }
}
export const create = (db: any, values: any) => new Parcels(db).create(values)
export const find = (db: any, id: number) => new Parcels(db).find(id)
export const list = (db: any, status: any) => new Parcels(db).list(status)
export const deliver = (db: any, id: number) => new Parcels(db).deliver(id)
