import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import knex, { type Knex } from 'knex'

const db = knex({ client: 'pg', connection: process.env.DATABASE_URL, pool: { min: 0, max: 5 } })
const AGAIN = Symbol()
const nap = () => new Promise((r) => setTimeout(r, Math.random() * 30))

// Each try is a transaction; `AGAIN` undoes it.
async function until<T>(f: (t: Knex.Transaction) => Promise<T | typeof AGAIN>): Promise<T> {
  for (;;) {
    try {
      return await db.transaction(async (t) => {
        const r = await f(t)
        if (r === AGAIN) throw AGAIN
        return r
      })
    } catch (e: any) {
      if (e !== AGAIN && e.code !== '40P01' && e.code !== '23505') throw e
      await nap()
    }
  }
}

const book = (depot: number, parcel: string) =>
  until(async (t) => {
    const l = await t('lockers').where({ depot_id: depot }).orWhere({ parcel })
    const had = l.find((x) => x.parcel === parcel)
    if (had) return had.depot_id === depot ? [200, { locker: had.id }] : [409, { error: 'elsewhere' }]
    const free = l.filter((x) => x.parcel === null)
    if (!free.length) return [409, { error: 'full' }]
    const { id } = free[Math.floor(Math.random() * free.length)]
    const n = await t('lockers').where({ id, parcel: null }).update({ parcel })
    return n ? [201, { locker: id }] : AGAIN
  })

const move = (from: number, to: number, cents: number) =>
  until(async (t) => {
    const w = new Map((await t('wallets').whereIn('id', [from, to])).map((x) => [x.id, x.cents]))
    if (w.size < 2) return [404, { error: 'no such wallet' }]
    if (w.get(from) < cents) return [409, { error: 'funds' }]
    for (const [id, d] of [[from, -cents], [to, cents]].sort((a, b) => a[0]! - b[0]!)) {
      const was = w.get(id)
      if (!(await t('wallets').where({ id, cents: was }).update({ cents: was + d! }))) return AGAIN
    }
    return [201, {}]
  })

const int = (x: unknown, min = -(2 ** 31), max = 2 ** 31 - 1): x is number =>
  Number.isInteger(x) && (x as number) >= min && (x as number) <= max
const num = (s = '') => (/^-?\d+$/.test(s) ? +s : NaN)
const ok = (p: unknown): p is string => typeof p === 'string' && /^[A-Z\d-]{4,32}$/.test(p)

async function answer(method: string, [a, b = '', c, d]: string[], body: () => Promise<any>): Promise<any[]> {
  if (method === 'GET' && a === 'wallets' && c === undefined) {
    const [w] = int(num(b)) ? await db('wallets').where({ id: num(b) }) : []
    return w ? [200, w] : [404, { error: 'no such wallet' }]
  }
  if (method === 'DELETE' && a === 'bookings' && c === undefined) {
    const n = ok(b) ? await db('lockers').where({ parcel: b }).update({ parcel: null }) : 0
    return n ? [204] : [404, { error: 'no such booking' }]
  }
  if (method === 'POST' && a === 'depots' && c === 'bookings' && d === undefined) {
    const { parcel } = Object(await body())
    return int(num(b)) && ok(parcel) ? book(num(b), parcel) : [422, { error: 'invalid' }]
  }
  if (method === 'POST' && a === 'transfers' && !b) {
    const { from, to, cents } = Object(await body())
    const good = int(from) && int(to) && from !== to && int(cents, 1, 1e9)
    return good ? move(from, to, cents) : [422, { error: 'invalid' }]
  }
  return [404, { error: 'no such path' }]
}

// What one parcel may not have twice is for Postgres to say.
await db.raw('create unique index if not exists u on lockers (parcel)')
createServer(async (q, s) => {
  const body = () => json(q).catch(() => Promise.reject(400))
  const r = await answer(q.method!, q.url!.slice(1).split('/'), body).catch((e) =>
    e === 400 ? [400, { error: 'not JSON' }] : [503, { error: 'try later' }],
  )
  s.writeHead(r[0], { 'content-type': 'application/json' }).end(r[1] && JSON.stringify(r[1]))
}).listen(+process.env.PORT!, '127.0.0.1')
