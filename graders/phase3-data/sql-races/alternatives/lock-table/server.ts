import http from 'node:http'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 3 })
pool.on('error', () => {})
pool.on('connect', (c) => c.on('error', () => {}))

class Stop extends Error {
  status: number
  body: object
  constructor(status: number, body: object) {
    super('stop')
    this.status = status
    this.body = body
  }
}
const no = (status: number, error: string) => new Stop(status, { error })

async function alone<T>(table: string, work: (q: (sql: string, v?: any[]) => Promise<any[]>) => Promise<T>): Promise<T> {
  const c = await pool.connect()
  let bad: any
  try {
    await c.query('BEGIN')
    await c.query(`LOCK TABLE ${table}`)
    const r = await work(async (sql, v) => (await c.query(sql, v)).rows)
    await c.query('COMMIT')
    return r
  } catch (e) {
    await c.query('ROLLBACK').catch((x) => { bad = x })
    throw e
  } finally {
    c.release(bad)
  }
}

const isInt = (x: any) => typeof x === 'number' && Number.isInteger(x) && Math.abs(x) <= 2147483647
const pathInt = (s: string) => {
  if (!/^[0-9]{1,10}$/.test(s) || Number(s) > 2147483647) throw no(404, 'no such id')
  return Number(s)
}

async function route(method: string, path: string, text: string): Promise<[number, any]> {
  const p = path.split('/').slice(1)
  const body = () => {
    let j: any
    try { j = JSON.parse(text) } catch { throw no(400, 'not json') }
    if (!j || typeof j !== 'object' || Array.isArray(j)) throw no(400, 'not an object')
    return j
  }
  if (method === 'POST' && p[0] === 'depots' && p[2] === 'bookings') {
    const { parcel } = body()
    const depot = pathInt(p[1]!)
    if (typeof parcel !== 'string' || !/^[A-Z0-9-]{4,32}$/.test(parcel)) throw no(422, 'parcel')
    return alone('lockers', async (q) => {
      const [had] = await q('select * from lockers where parcel = $1', [parcel])
      if (had && had.depot_id !== depot) throw no(409, 'elsewhere')
      if (had) return [200, { locker: had.id }]
      const [free] = await q('select id from lockers where depot_id = $1 and parcel is null order by random() limit 1', [depot])
      if (!free) throw no(409, 'full')
      await q('update lockers set parcel = $1 where id = $2', [parcel, free.id])
      return [201, { locker: free.id }]
    })
  }
  if (method === 'DELETE' && p[0] === 'bookings') {
    const r = await pool.query('update lockers set parcel = null where parcel = $1', [p[1]])
    return r.rowCount ? [200, { ok: true }] : [404, { error: 'no booking' }]
  }
  if (method === 'POST' && p[0] === 'transfers') {
    const { from, to, cents } = body()
    if (!isInt(from) || !isInt(to) || from === to) throw no(400, 'wallets')
    if (!isInt(cents) || cents < 1 || cents > 1e9) throw no(400, 'cents')
    return alone('wallets', async (q) => {
      const [a] = await q('select cents from wallets where id = $1', [from])
      const [b] = await q('select cents from wallets where id = $1', [to])
      if (!a || !b) throw no(404, 'no such wallet')
      if (a.cents < cents) throw no(409, 'funds')
      await q('update wallets set cents = $1 where id = $2', [a.cents - cents, from])
      await q('update wallets set cents = $1 where id = $2', [b.cents + cents, to])
      return [201, null]
    })
  }
  if (method === 'GET' && p[0] === 'wallets') {
    const { rows } = await pool.query('select id, cents from wallets where id = $1', [pathInt(p[1]!)])
    return rows[0] ? [200, rows[0]] : [404, { error: 'no such wallet' }]
  }
  return [404, { error: 'nothing here' }]
}

http.createServer(async (req, res) => {
  let text = ''
  req.setEncoding('utf8')
  for await (const part of req) text += part
  let out: [number, any]
  try {
    out = await route(req.method!, decodeURIComponent(req.url!.split('?')[0]!).replace(/\0/g, '?'), text)
  } catch (e: any) {
    if (e instanceof Stop) out = [e.status, e.body]
    else if (e instanceof URIError) out = [400, { error: 'path' }]
    else out = [500, { error: 'database' }]
  }
  res.writeHead(out[0], { 'Content-Type': 'application/json' })
  res.end(JSON.stringify(out[1]))
}).listen(Number(process.env.PORT), '127.0.0.1')
