import express from 'express'
import knexModule, { type Knex } from 'knex'

const knex = knexModule({
  client: 'pg',
  connection: process.env.DATABASE_URL,
  pool: { min: 2, max: 6 },
})

type Row = Record<string, any>

function groupBy(rows: Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = String(row[column])
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key)!.push(row)
  }
  return groups
}

function fail(status: number, message: string): never {
  const error: any = new Error(message)
  error.status = status
  throw error
}

/** Waits until nobody else works on these things; sorted, so that no two wait for each other. */
async function claim(trx: Knex, things: string[]) {
  for (const thing of [...new Set(things)].sort()) {
    await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 7))', [thing])
  }
}

const app = express()
app.use(express.json())

app.get('/depots', async (req, res) => {
  const { limit = '20', offset = '0', sort } = req.query as Record<string, string>
  const orders = ['name', '-name', 'city', '-city']
  if (sort !== undefined && orders.indexOf(sort) < 0) fail(400, 'sort must be one of ' + orders.join(', '))
  if (!/^\d+$/.test(limit) || +limit < 1 || +limit > 100) fail(400, 'limit must be from 1 to 100')
  if (!/^\d{1,15}$/.test(offset)) fail(400, 'offset must be 0 or more')

  const total = await knex('depots').count('* as n').first()
  const query = knex('depots').select('id', 'name', 'city', knex.raw('opened_on::text as "openedOn"'))
  if (sort) query.orderBy(sort.replace('-', ''), sort[0] === '-' ? 'desc' : 'asc')
  const depots: Row[] = await query.orderBy('id').limit(+limit).offset(+offset)

  const parcels: Row[] = await knex('parcels')
    .whereIn('depot_id', depots.map((d) => d.id))
    .whereNull('deleted_at')
  const ids = parcels.map((p) => p.id)
  const [scans, tags] = await Promise.all([
    knex('scans').whereIn('parcel_id', ids).orderBy('at'),
    knex('parcel_tags').join('tags', 'tags.id', 'tag_id').whereIn('parcel_id', ids).orderBy('name'),
  ])
  const scansOf = groupBy(scans, 'parcel_id')
  const tagsOf = groupBy(tags, 'parcel_id')
  const parcelsOf = groupBy(parcels, 'depot_id')
  res.json({
    total: Number(total!.n),
    depots: depots.map((d) => ({
      ...d,
      parcels: (parcelsOf.get(String(d.id)) || []).map((p) => ({
        code: p.code,
        depotId: d.id,
        status: p.status,
        weightKg: parseFloat(p.weight_kg),
        priceCents: parseInt(p.price_cents, 10),
        version: p.version,
        scans: (scansOf.get(p.id) || []).map((s) => ({ id: s.id, kind: s.kind, at: s.at })),
        tags: (tagsOf.get(p.id) || []).map((t) => t.name),
      })),
    })),
  })
})

app.get('/depots/:id/stats', async (req, res) => {
  const depot = await knex('depots').where({ id: req.params.id }).first()
  if (!depot) fail(404, 'there is no such depot')
  const parcels: Row[] = await knex('parcels').where({ depot_id: depot.id, deleted_at: null })
  const [{ count }] = await knex('scans').whereIn('parcel_id', parcels.map((p) => p.id)).count()
  res.json({
    depot: depot.id,
    parcels: parcels.length,
    scans: +count!,
    revenueCents: parcels.reduce((sum, p) => sum + Number(p.price_cents), 0),
  })
})

app.post('/depots/:id/move', async (req, res) => {
  const { to, codes } = req.body
  const from = Number(req.params.id)
  await knex.transaction(async (trx) => {
    await claim(trx, codes)
    const depots = await trx('depots').whereIn('id', [from, to]).pluck('id')
    if (!depots.includes(from)) fail(404, 'no depot ' + from)
    if (!depots.includes(to)) fail(422, 'no depot ' + to)
    for (const code of codes) {
      const parcel = await trx('parcels').where({ code, depot_id: from }).whereNull('deleted_at').first()
      if (!parcel) fail(409, code + ' is not here')
      await trx('parcels').where({ id: parcel.id }).update({ depot_id: to })
      await trx('scans').insert({ parcel_id: parcel.id, kind: 'moved', at: new Date() })
    }
  })
  res.json({ moved: codes.length })
})

app.patch('/parcels/:code', async (req, res) => {
  const { code } = req.params
  const { version } = req.body
  if (typeof version !== 'number') fail(422, 'which version?')
  const columns: Row = {}
  if ('status' in req.body) columns.status = req.body.status
  if ('weightKg' in req.body) columns.weight_kg = req.body.weightKg
  if ('priceCents' in req.body) columns.price_cents = req.body.priceCents
  const row = await knex.transaction(async (trx) => {
    await claim(trx, [code])
    const row = await trx('parcels').where({ code, deleted_at: null }).first()
    if (!row) fail(404, 'there is no parcel ' + code)
    if (row.version !== version) fail(409, 'this is version ' + row.version)
    await trx('parcels').where({ id: row.id }).update(columns).increment('version', 1)
    return trx('parcels').where({ id: row.id }).first()
  })
  res.json({ code, version: row.version, status: row.status })
})

app.post('/parcels', async (req, res) => {
  const { code, depotId, weightKg, priceCents, tags } = req.body
  if (tags.some((tag: string) => [...tag].length > 30)) fail(400, 'tags have at most 30 characters')
  await knex.transaction(async (trx) => {
    await claim(trx, [code, ...tags.map((tag: string) => 'tag ' + tag)])
    if (await trx('parcels').where({ code }).first()) fail(409, 'this code is taken')
    if (!(await trx('depots').where({ id: depotId }).first())) fail(404, 'there is no depot ' + depotId)
    const [parcel] = await trx('parcels')
      .insert({ code, depot_id: depotId, weight_kg: weightKg, price_cents: priceCents })
      .returning('id')
    const known = new Map((await trx('tags').whereIn('name', tags)).map((t) => [t.name, t.id]))
    for (const name of tags) {
      if (!known.has(name)) {
        const [tag] = await trx('tags').insert({ name }, ['id'])
        known.set(name, tag.id)
      }
    }
    if (tags.length) {
      await trx('parcel_tags').insert(tags.map((name: string) => ({ parcel_id: parcel.id, tag_id: known.get(name) })))
    }
  })
  res.status(201).location('/parcels/' + code).json({ code, depotId, weightKg, priceCents, tags, version: 1 })
})

app.use((req, res) => {
  res.status(404).json({ message: 'Cannot ' + req.method + ' ' + req.path })
})
app.use((error: any, _req: any, res: any, _next: any) => {
  if (!error.status) console.error(error)
  res.status(error.status || 500).json({ message: error.status ? error.message : 'Internal error' })
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => knex.destroy()))
