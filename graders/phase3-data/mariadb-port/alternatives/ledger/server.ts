import express from 'express'
import mariadb from 'mariadb'

const u = new URL(process.env.MARIADB_URL!)
const pool = mariadb.createPool({
  host: u.hostname, port: +u.port, user: u.username, password: decodeURIComponent(u.password), database: u.pathname.slice(1),
  connectionLimit: 3, acquireTimeout: 30_000, connectTimeout: 15_000, timezone: '+00:00', dateStrings: true, insertIdAsNumber: false,
})
await pool.query('create table if not exists client (id bigint primary key auto_increment, email varchar(200) collate utf8mb4_general_ci unique, name varchar(60) collate utf8mb4_bin)')
await pool.query('create table if not exists article (sku varchar(20) primary key)')
await pool.query('create table if not exists movement (n bigint primary key auto_increment, sku varchar(20), change_by int, index (sku))')
await pool.query('create table if not exists orders (id bigint primary key auto_increment, sku varchar(20), qty int, at timestamp(3) not null default current_timestamp(3))')

const raw = (id: unknown) => (JSON as any).rawJSON(String(id))
const send = (res: any, status: number, body: unknown) => res.status(status).type('json').send(JSON.stringify(body))
const no = (status: number, detail: string) => Object.assign(new Error(detail), { status })
const skuOf = (x: any) => { if (typeof x !== 'string' || !/^[A-Z0-9-]{1,20}$/.test(x)) throw no(400, 'sku'); return x }
const amountOf = (x: any) => { if (!Number.isSafeInteger(x) || x < 1 || x > 1e6) throw no(400, 'amount'); return x as number }
const show = (r: any) => ({ id: raw(r.id), sku: r.sku, qty: r.qty, at: `${r.at.replace(' ', 'T')}Z` })
const total = async (c: any, sku: string) => Number((await c.query('select coalesce(sum(change_by), 0) s from movement where sku = ?', [sku]))[0].s)

/** Locks the article's row first: nobody else moves it meanwhile, and the sum is read after that. */
async function moving<T>(sku: string, create: boolean, work: (c: any, exists: boolean) => Promise<T>): Promise<T> {
  if (create) await pool.query('insert into article values (?) on duplicate key update sku = sku', [sku])
  const c = await pool.getConnection()
  try {
    await c.query('set transaction isolation level read committed')
    await c.beginTransaction()
    const rows = await c.query('select sku from article where sku = ? for update', [sku])
    const result = await work(c, rows.length > 0)
    await c.commit()
    return result
  } catch (e) { await c.rollback(); throw e } finally { await c.release() }
}

const app = express().use(express.json())
app.post('/customers', async (q, s) => {
  const { email: e, name: n } = q.body ?? {}
  if (typeof e !== 'string' || e.length > 200 || !/^[!-?A-~]+@[!-?A-~]+$/.test(e)) throw no(422, 'email')
  if (typeof n !== 'string' || !/^.{1,60}$/su.test(n)) throw no(422, 'name')
  const r = await pool.query('insert into client (email, name) values (?, ?)', [e, n]).catch((x: any) => { throw x.errno === 1062 ? no(409, 'taken') : x })
  send(s, 201, { id: raw(r.insertId), email: e, name: n })
})
app.get('/customers/:id', async (q, s) => {
  if (!/^\d+$/.test(q.params.id)) throw no(400, 'no id')
  const [r] = await pool.query('select * from client where id = ?', [q.params.id])
  if (!r) throw no(404, 'nobody')
  send(s, 200, { ...r, id: raw(r.id) })
})
app.put('/stock/:sku', async (q, s) => {
  const sku = skuOf(q.params.sku), add = amountOf(q.body?.add)
  const quantity = await moving(sku, true, async (c) => {
    await c.query('insert into movement (sku, change_by) values (?, ?)', [sku, add])
    return total(c, sku)
  })
  send(s, 200, { sku, quantity })
})
app.get('/stock/:sku', async (q, s) => {
  const [r] = await pool.query('select sku from article where sku = ?', [skuOf(q.params.sku)])
  if (!r) throw no(404, 'no such article')
  send(s, 200, { sku: r.sku, quantity: await total(pool, r.sku) })
})
app.post('/orders', async (q, s) => {
  const sku = skuOf(q.body?.sku), qty = amountOf(q.body?.qty), at = new Date(q.body.at ?? Date.now())
  if (Number.isNaN(+at)) throw no(422, 'at')
  const row = await moving(sku, false, async (c, exists) => {
    if (!exists) throw no(404, 'no such article')
    if ((await total(c, sku)) < qty) throw no(409, 'not so many')
    await c.query('insert into movement (sku, change_by) values (?, ?)', [sku, -qty])
    return (await c.query('insert into orders (sku, qty, at) values (?, ?, ?) returning *', [sku, qty, at.toISOString().slice(0, -1).replace('T', ' ')]))[0]
  })
  send(s, 201, show(row))
})
app.get('/orders', async (q, s) => {
  const { limit: l = '20', offset: o = '0' } = q.query as any
  if (!/^\d{1,3}$/.test(l) || +l < 1 || +l > 100 || !/^\d{1,9}$/.test(o)) throw no(400, 'limit or offset')
  send(s, 200, { orders: (await pool.query('select * from orders order by id desc limit ? offset ?', [+l, +o])).map(show) })
})
app.get('/report', async (q, s) => {
  const { from: f, to: t } = q.query as any
  for (const d of [f, t]) if (!/^\d{4}-\d\d-\d\d$/.test(d ?? '') || Number.isNaN(Date.parse(d))) throw no(422, 'from and to are days')
  const rows = await pool.query('select cast(date(at) as char) d, count(*) n, sum(qty) q from orders where at >= ? and at < ? group by d order by d', [f, t])
  send(s, 200, { days: rows.map((r: any) => ({ day: r.d, orders: Number(r.n), qty: Number(r.q) })) })
})
app.use((e: any, _q: any, s: any, _n: any) => { if (!e.status) console.error(e); send(s, e.status ?? 500, { detail: e.message }) })
app.listen(+process.env.PORT!, '127.0.0.1')
