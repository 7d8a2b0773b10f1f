import type { Pool } from 'pg'

const fail = (name: string, message: string, more = {}) => Object.assign(new Error(message), { name, ...more })

export class ParcelModel {
  db: Pick<Pool, 'query'>
  constructor(db: any) {
    this.db = db
  }

  async #rows(sql: string, ...values: unknown[]) {
    const fields = 'id, recipient, city, weight_g as "weightG", delivered_at is not null as delivered'
    return (await this.db.query(sql.replace('FIELDS', fields), values)).rows
  }

  async create({ recipient, city, weight }: { recipient: string; city: string; weight: string }) {
    const errors: Record<string, string> = {}
    if (!recipient.trim()) errors.recipient = 'Who gets it?'
    if (!city.trim()) errors.city = 'Where to?'
    const right = /^\d+$/.test(weight) && +weight >= 1 && +weight <= 30000
    if (!right) errors.weight = 'From 1 to 30000 grams.'
    for (const _ in errors) throw fail('Invalid', 'invalid', { errors })
    const sql = 'insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning FIELDS'
    return (await this.#rows(sql, recipient.trim(), city.trim(), +weight))[0]
  }

  async find(id: number) {
    const [parcel] = await this.#rows('select FIELDS from parcels where id = $1', id)
    if (!parcel) throw fail('NotFound', `There is no parcel ${id}.`)
    return parcel
  }

  async list(status?: string) {
    const sql = 'select FIELDS from parcels where $1::bool is null or (delivered_at is not null) = $1 order by id desc'
    return this.#rows(sql, status === undefined ? null : status === 'delivered')
  }

  async deliver(id: number) {
    const parcel = await this.find(id)
    const sql = 'update parcels set delivered_at = now() where id = $1 and delivered_at is null returning id'
    const done = await this.#rows(sql, id)
    if (done.length === 0) throw fail('Conflict', `Parcel ${id} is delivered already.`)
    return { ...parcel, delivered: true }
  }
}

export const create = (db: any, values: any) => new ParcelModel(db).create(values)
export const find = (db: any, id: number) => new ParcelModel(db).find(id)
export const list = (db: any, status?: string) => new ParcelModel(db).list(status)
export const deliver = (db: any, id: number) => new ParcelModel(db).deliver(id)
