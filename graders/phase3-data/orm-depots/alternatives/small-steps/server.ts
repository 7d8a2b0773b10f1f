import { createServer } from 'node:http'
import pg from 'pg'

type Row = Record<string, any>
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1, idleTimeoutMillis: 0 }).on('error', console.warn)

class No extends Error { constructor(readonly_: string, public_: number) { super(readonly_); Object.assign(this, { status: public_ }) } }
const no = (status: number, why: string): never => { throw new No(why, status) }

type Ask = (text: string, ...values: unknown[]) => Promise<Row[]>

/** Lends the connection; all that is asked is one transaction. */
async function lend<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  let client = await pool.connect()
  try { await client.query('select 1') } catch { client.release(true); client = await pool.connect() }
  let broken: Error | undefined
  try {
    await client.query('begin')
    await client.query("set local statement_timeout = '15s'")
    const result = await work(async (text, ...values) => (await client.query(text, values)).rows)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((e) => { broken = e })
    throw error
  } finally { client.release(broken) }
}

/** Rows by key: what is asked for in the same moment is fetched together. */
function loader(ask: Ask, sql: string) {
  let wanted: string[] = [], fetched: Promise<Map<string, Row[]>> | undefined
  return async (key: string) => {
    wanted.push(key)
    fetched ??= new Promise((resolve, reject) => setImmediate(async () => {
      const keys = wanted
      wanted = []; fetched = undefined
      const map = new Map<string, Row[]>(keys.map((k) => [k, []]))
      try {
        for (let i = 0; i < keys.length; i += 100)
          for (const row of await ask(sql, keys.slice(i, i + 100))) map.get(String(row.key))!.push(row)
        resolve(map)
      } catch (error) { reject(error) }
    }))
    return (await fetched).get(key)!
  }
}

const int = (text: string | null, from: number, to: number, or: number) => {
  if (text == null) return or
  const n = Number(text)
  return /^[0-9]+$/.test(text) && n >= from && n <= to ? n : no(400, `${text}: from ${from} to ${to}, please`)
}

const routes: Record<string, (m: string[], body: any, query: URLSearchParams) => Promise<[number, unknown]>> = {
  'GET ^/depots$': async (_, __, query) => {
    const limit = int(query.get('limit'), 1, 100, 20), offset = int(query.get('offset'), 0, 1e9, 0), sort = query.get('sort')
    let order = 'id'
    switch (sort) {
      case 'name': case 'city': order = `${sort}, id`; break
      case '-name': order = 'name desc, id'; break
      case '-city': order = 'city desc, id'; break
      case null: break
      default: no(400, 'sort?')
    }
    return lend(async (ask) => {
      const parcelsOf = loader(ask, 'select depot_id as key, * from parcels where depot_id = any($1) and deleted_at is null')
      const scansOf = loader(ask, `select parcel_id as key, kind, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00"') as at from scans where parcel_id = any($1)`)
      const linksOf = loader(ask, 'select parcel_id as key, tag_id from parcel_tags where parcel_id = any($1)')
      const tagOf = loader(ask, 'select id as key, name from tags where id = any($1)')
      const depots = await ask(`select *, opened_on::text as day from depots order by ${order} limit ${limit} offset ${offset}`)
      return [200, { depots: await Promise.all(depots.map(async (d) => ({
        id: String(d.id), name: d.name, city: d.city, openedOn: d.day,
        parcels: await Promise.all((await parcelsOf(String(d.id))).map(async (p) => {
          const [scans, links] = await Promise.all([scansOf(p.id), linksOf(p.id)])
          const tags = await Promise.all(links.map(async (l) => (await tagOf(String(l.tag_id)))[0]!.name))
          return { code: p.code, status: p.status, weightKg: +p.weight_kg, priceCents: +p.price_cents, version: p.version, scans, tags }
        })),
      }))) }]
    })
  },
  'GET ^/depots/(\\d{1,9})/stats$': ([id]) => lend(async (ask) => {
    if (!(await ask('select from depots where id = $1', id)).length) no(404, 'depot?')
    const parcels = await ask('select id, price_cents from parcels where depot_id = $1 and deleted_at is null', id)
    const scans = await ask('select id from scans where parcel_id = any($1)', parcels.map((p) => p.id))
    return [200, { parcels: parcels.length, scans: scans.length, revenueCents: Number(parcels.reduce((sum, p) => sum + BigInt(p.price_cents), 0n)) }]
  }),
  'POST ^/depots/(\\d{1,9})/move$': ([id], { to, codes }) => lend(async (ask) => {
    if (!(await ask('select from depots where id = $1', to)).length) no(404, 'to?')
    for (const code of [...codes].sort()) {
      const [row] = await ask('update parcels set depot_id = $1 where code = $2 and depot_id = $3 and deleted_at is null returning id', to, code, id)
      if (!row) no(409, `${code}?`)
      await ask("insert into scans (parcel_id, kind) values ($1, 'moved')", row!.id)
    }
    return [200, { moved: codes.length }]
  }),
  'PATCH ^/parcels/([^/]+)$': ([code], body) => lend(async (ask) => {
    if (body.version === undefined) no(422, 'version?')
    const names: Record<string, string> = { status: 'status', weightKg: 'weight_kg', priceCents: 'price_cents' }
    const sets = Object.keys(names).filter((k) => body[k] !== undefined)
    const text = sets.map((k, i) => `${names[k]} = $${i + 3}`).concat('version = version + 1').join()
    const rows = await ask(`update parcels set ${text} where code = $1 and version = $2 and deleted_at is null returning version`, code, body.version, ...sets.map((k) => body[k]))
    if (rows.length) return [200, { code, version: rows[0]!.version }]
    const there = await ask('select from parcels where code = $1 and deleted_at is null', code)
    return no(there.length ? 409 : 404, there.length ? 'stale' : 'parcel?')
  }),
  'POST ^/parcels$': (_, { code, depotId, weightKg, priceCents, tags }) => lend(async (ask) => {
    const [row] = await ask('insert into parcels (code, depot_id, weight_kg, price_cents) select $1, id, $2, $3 from depots where id = $4 on conflict do nothing returning id, version', code, weightKg, priceCents, depotId)
    if (!row) no(409, 'the code is taken, or there is no depot')
    for (const name of [...tags].sort()) {
      if ([...name].length > 30) no(422, `${name}?`)
      await ask('insert into tags (name) values ($1) on conflict do nothing', name)
      await ask('insert into parcel_tags select $1, id from tags where name = $2', row!.id, name)
    }
    return [201, { code, version: row!.version }]
  }),
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url!, 'http://_')
  let status = 404, body: unknown = { error: 'route?' }
  try {
    const text = (await req.toArray()).join('')
    for (const [key, route] of Object.entries(routes)) {
      const [method, path] = key.split(' ')
      const match = method === req.method && new RegExp(path!).exec(url.pathname)
      if (match) [status, body] = await route(match.slice(1), text ? JSON.parse(text) : {}, url.searchParams)
    }
  } catch (error: any) {
    status = error.status ?? (error instanceof SyntaxError ? 400 : 500)
    body = { detail: status < 500 ? error.message : 'trouble' }
    if (status === 500) console.error(error)
  }
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  for (const line of JSON.stringify(body, null, '\t').split(/(?<=\n)/)) res.write(line)
  res.end()
}).listen(+process.env.PORT!, '127.0.0.1')
process.on('SIGTERM', () => { server.close(); pool.end() })
