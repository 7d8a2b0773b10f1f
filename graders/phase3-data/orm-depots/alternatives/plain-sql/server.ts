import http from 'node:http'
import pg from 'pg'

var pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 })
pool.on('error', function () {})

type Done = (status: number, body: string) => void

var LIST = `
  select coalesce(json_agg(d order by d.nr), '[]')::text as text from (
    select row_number() over (order by ORDER) as nr, id, name, city, opened_on as "openedOn", (
      select coalesce(json_agg(p), '[]') from (
        select code, status, weight_kg as "weightKg", price_cents as "priceCents", version,
          (select coalesce(json_agg(json_build_object('kind', kind, 'at', at)), '[]')
             from scans where parcel_id = parcels.id) as scans,
          (select coalesce(json_agg(name), '[]')
             from tags where id in (select tag_id from parcel_tags where parcel_id = parcels.id)) as tags
        from parcels where depot_id = depots.id and deleted_at is null
      ) p
    ) as parcels
    from depots order by nr limit $1 offset $2
  ) d`

var LISTS: any = Object.create(null)
LISTS[''] = LIST.replace('ORDER', 'id')
;['name', 'city'].forEach(function (column) {
  LISTS[column] = LIST.replace('ORDER', column + ', id')
  LISTS['-' + column] = LIST.replace('ORDER', column + ' desc, id')
})

var STATS = `
  select json_build_object('parcels', count(p.id), 'scans', coalesce(sum(n), 0),
                           'revenueCents', coalesce(sum(price_cents), 0))::text as text
  from depots d
  left join parcels p on depot_id = d.id and deleted_at is null
  left join lateral (select count(*) as n from scans where parcel_id = p.id) s on true
  where d.id = $1 group by d.id`

// 1 / 0 undoes the whole statement.
var MOVE = `
  with moved as (
    update parcels set depot_id = (select id from depots where id = $2)
    where code = any($3) and depot_id = $1 and deleted_at is null
      and exists (select 1 from depots where id = $2)
    returning id
  ), scanned as (
    insert into scans (parcel_id, kind) select id, 'moved' from moved returning 1
  )
  select json_build_object('moved', count(*) / (count(*) = cardinality($3::text[]))::int)::text as text
  from scanned`

var CHANGE = `
  with changed as (
    update parcels set version = version + 1, status = coalesce($3, status),
      weight_kg = coalesce($4, weight_kg), price_cents = coalesce($5, price_cents)
    where code = $1 and version = $2 and deleted_at is null
    returning code, version
  )
  select (select row_to_json(changed)::text from changed) as text,
         exists (select 1 from parcels where code = $1 and deleted_at is null) as known`

var CREATE = `
  with parcel as (
    insert into parcels (code, depot_id, weight_kg, price_cents) values ($1, $2, $3, $4)
    returning id, code, version
  ), tag as (
    insert into tags (name) select unnest($5::text[]) order by 1
    on conflict (name) do update set name = excluded.name returning id
  ), link as (
    insert into parcel_tags (parcel_id, tag_id) select parcel.id, tag.id from parcel, tag
  )
  select row_to_json(parcel)::text as text from parcel`

var REFUSALS: any = { '22012': 409, '23505': 409, '23503': 422, '23514': 422, '22P02': 404, '22003': 404 }

function ask(sql: string, values: unknown[], done: Done, then: (row: any) => void) {
  pool.query(sql, values, function (err: any, result) {
    if (!err) return then(result.rows[0])
    var status = REFUSALS[err.code] || 500
    if (status === 500) console.log(err)
    done(status, JSON.stringify({ error: status === 500 ? 'sorry' : 'refused: ' + err.code }))
  })
}

function sorry(done: Done, status: number, why: string) {
  done(status, JSON.stringify({ error: why }))
}

function natural(text: string | null, otherwise: number) {
  return text === null ? otherwise : /^\d{1,9}$/.test(text) ? Number(text) : -1
}

function handle(method: string, url: URL, body: any, done: Done) {
  var path = url.pathname.split('/').map(decodeURIComponent)
  switch (method + ' ' + path[1] + ' ' + (path[3] || path.length)) {
    case 'GET depots 2':
      var limit = natural(url.searchParams.get('limit'), 20)
      var offset = natural(url.searchParams.get('offset'), 0)
      var sql = url.searchParams.has('sort') ? LISTS[url.searchParams.get('sort') || '?'] : LISTS['']
      if (limit < 1 || limit > 100 || offset < 0) return sorry(done, 422, 'limit or offset is out of range')
      if (!sql) return sorry(done, 422, 'this is no way to sort')
      return ask(sql, [limit, offset], done, function (row) {
        done(200, '{"depots":' + row.text + '}')
      })
    case 'GET depots stats':
      return ask(STATS, [path[2]], done, function (row) {
        row ? done(200, row.text) : sorry(done, 404, 'no depot')
      })
    case 'POST depots move':
      return ask(MOVE, [path[2], body.to, body.codes], done, function (row) {
        done(200, row.text)
      })
    case 'PATCH parcels 3':
      if (!Number.isInteger(body.version)) return sorry(done, 400, 'version is missing')
      var values = [path[2], body.version, body.status, body.weightKg, body.priceCents]
      return ask(CHANGE, values, done, function (row) {
        if (row.text) done(200, row.text)
        else if (row.known) sorry(done, 409, 'stale')
        else sorry(done, 404, 'no parcel')
      })
    case 'POST parcels 2':
      return ask(CREATE, [body.code, body.depotId, body.weightKg, body.priceCents, body.tags], done, function (row) {
        done(201, row.text)
      })
    default:
      sorry(done, 404, 'no route')
  }
}

var server = http.createServer(function (req, res) {
  var text = ''
  req.setEncoding('utf8')
  req.on('data', function (piece) {
    text += piece
  })
  req.on('end', function () {
    var done: Done = function (status, body) {
      res.writeHead(status, { 'Content-Type': 'application/json' })
      res.end(body)
    }
    try {
      var body = text ? JSON.parse(text) : {}
    } catch (e) {
      return sorry(done, 400, 'no JSON')
    }
    handle(req.method!, new URL(req.url!, 'http://x'), body, done)
  })
})
server.listen(process.env.PORT, '127.0.0.1' as any)
process.on('SIGTERM', function () {
  server.close(function () {
    pool.end()
  })
})
