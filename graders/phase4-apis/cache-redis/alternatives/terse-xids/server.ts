// Cache-aside. A write leaves its transaction id beside the entry (for F ms); a value goes into the
// cache, or to another reader, only if the snapshot it was read with had seen all ids left there.
import { createHash } from 'node:crypto'
import http from 'node:http'
import { Redis } from 'ioredis'
import pg from 'pg'

const { PORT, DATABASE_URL, REDIS_URL, CACHE_TTL_SECONDS } = process.env
const T = Number(CACHE_TTL_SECONDS) * 1e3, F = 4e3
const S = ['registered', 'in_transit', 'out_for_delivery', 'delivered']

const db = new pg.Pool({ connectionString: DATABASE_URL, connectionTimeoutMillis: 3e3 })
db.on('error', () => {})
const q = async (text: string, ...values: unknown[]) => (await db.query(text, values)).rows[0]

// KEYS: entry, ids. Redis keeps the time: what it runs late (it was silent) must not count as young.
const t = `local t=redis.call('time') t=math.floor(t[1]*1000+t[2]/1000) `
const ids = `local x=redis.pcall('zrange',KEYS[2],0,-1) if x.err then x={'?'} end `
const scripts = {
  look: `${t}${ids}local v=redis.pcall('get',KEYS[1]) if type(v)=='table' then redis.call('del',KEYS[1]) v='' end
    return {t,x,v or ''}`,
  // ARGV: look time, life, value, xmax, ids in progress
  keep: `${t}${ids}local a=t-ARGV[1] local l=ARGV[2]-a if a<0 or a>=${F - 100} or l<1 then return 0 end
    for _,i in ipairs(x) do
      local n=tonumber(i) if not n or n>=tonumber(ARGV[4]) then return 0 end
      for k=5,#ARGV do if n==tonumber(ARGV[k]) then return 0 end end
    end
    redis.call('set',KEYS[1],ARGV[3],'px',l) return 1`,
  // ARGV: ids
  drop: `${t}redis.call('del',KEYS[1]) if #ARGV==0 then return 1 end
    if redis.call('type',KEYS[2]).ok~='zset' then redis.call('del',KEYS[2]) end
    for _,i in ipairs(ARGV) do redis.call('zadd',KEYS[2],t,i) end
    redis.call('zremrangebyscore',KEYS[2],0,t-${F}) redis.call('pexpire',KEYS[2],${F}) return 1`,
}
const r = new Redis(REDIS_URL!, {
  commandTimeout: 350, connectTimeout: 1e3, enableOfflineQueue: false, maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false, retryStrategy: () => 300,
})
r.on('error', () => {})
const run = (s: keyof typeof scripts, n: string, ...a: (string | number)[]): Promise<any> =>
  r.eval(scripts[s], 2, `pelican:v:${n}`, `pelican:x:${n}`, ...a)

const sees = (s: string, x: string[]) => {
  const [, max, busy] = s.split(':')
  return x.every((i) => Number(i) < Number(max) && !busy.split(',').includes(i))
}

const owed = new Map<string, Set<string>>() // what Redis has not been told
const drop = async (n: string, x: string[]) => {
  for (const _ of [1, 2]) if (await run('drop', n, ...x).catch(() => 0)) return
  owed.set(n, new Set([...(owed.get(n) ?? []), ...x]))
}
setInterval(async () => {
  for (const [n, o] of [...owed]) {
    if (!(await run('drop', n, ...o).catch(() => 0))) return
    if (owed.get(n) === o) owed.delete(n)
  }
}, 500).unref()

type Load = { at: number; p: Promise<{ s: string; j: any }> }
const loads = new Map<string, Load>()
const cached = async (n: string, ok: (j: any) => boolean, sql: string, arg: string) => {
  const load = () => q(sql, arg)
  if (owed.has(n)) return (await load()).j
  const l = await run('look', n).catch(() => null)
  if (!l) return (await load()).j
  const [t, x, v] = l
  try {
    const e = JSON.parse(v)
    if (e.n === n && ok(e.j)) return e.j
  } catch {}
  if (x.includes('?')) return (await load()).j
  for (;;) {
    let o = loads.get(n)
    if (!o || o.at < Date.now() - F + 500) {
      const p = load().then(async (a) => {
        const [, max, busy] = a.s.split(':'), life = a.j ? T : Math.min(T, 4500)
        const b = busy ? busy.split(',') : []
        if (a.j || n[0] === 't')
          await run('keep', n, t, life, JSON.stringify({ n, j: a.j }), max, ...b).catch(() => 0)
        return a
      }).finally(() => loads.get(n) === o && loads.delete(n))
      loads.set(n, (o = { at: Date.now(), p }))
    }
    const a = await o.p
    if (sees(a.s, x)) return a.j
  }
}

const C = 'code,status,destination'
const track = `select txid_current_snapshot()::text s,
  (select row_to_json(p) from (select ${C} from parcels where code=$1) p) j`
const mine = `select txid_current_snapshot()::text s, (select coalesce((select json_agg(p) from
  (select ${C} from parcels where owner_id=u.id) p), '[]') from users u where token=$1) j`
const back = `returning ${C}, txid_current()::text x, (select token from users where id=owner_id) t`
const made = `with u as (select id from users where token=$1), w as (insert into parcels(code,owner_id,destination)
  select $2,id,$3 from u on conflict do nothing ${back}) select (select id from u) u, (select row_to_json(w) from w) w`
const moved = `with u as (select id from users where token=$1), w as (update parcels set status=$3
  where code=$2 and exists (select from u) ${back}) select (select id from u) u, (select row_to_json(w) from w) w`

const isP = (p: any) => S.includes(p?.status) && typeof p.code === 'string' && typeof p.destination === 'string'
const tn = (c: string) => `t:${c}`
const mn = (k: string) => `m:${createHash('sha256').update(k).digest('base64url')}`
const isC = (c: unknown): c is string => typeof c === 'string' && /^[A-Z\d-]{4,32}$/.test(c)
const isD = (d: unknown) => typeof d === 'string' && d !== '' && [...d].length < 81 && d.isWellFormed() && !d.includes('\0')

type A = [number, unknown]
const no = (s: number, error: string): A => [s, { error }]
const write = async (sql: string, k: string, c: string, v: unknown, s: number, not: A): Promise<A> => {
  const { u, w } = await q(sql, k, c, v).catch(async (e) => {
    await drop(tn(c), [])
    throw e
  })
  if (!u) return no(401, 'who?')
  if (!w) return not
  await Promise.all([drop(tn(c), [w.x]), drop(mn(w.t), [w.x])])
  return [s, { code: w.code, status: w.status, destination: w.destination }]
}

const answer = async (m: string, u: string, k: string, body: string): Promise<A> => {
  const [, a, b, z] = u.split('?')[0].split('/').map((s) => {
    try { return decodeURIComponent(s) } catch { return '' }
  })
  const is = (s: string) => s === `${m} ${a}` && z === undefined
  if (is('GET track')) {
    const j = isC(b) && (await cached(tn(b), (j) => j === null || (isP(j) && j.code === b), track, b))
    return j ? [200, j] : no(404, 'no such parcel')
  }
  if (!k) return no(401, 'who?')
  if (is('GET me') && b === 'parcels') {
    const j = await cached(mn(k), (j) => Array.isArray(j) && j.every(isP), mine, k)
    return j ? [200, { parcels: j }] : no(401, 'who?')
  }
  if (!(is('POST parcels') && b === undefined) && !is('PATCH parcels')) return no(404, 'what?')
  let i: any = null
  try { i = JSON.parse(body) } catch {}
  if (m === 'POST') {
    if (isC(i?.code) && isD(i.destination))
      return write(made, k, i.code, i.destination, 201, no(409, 'code taken'))
  } else {
    if (!isC(b)) return no(404, 'no such parcel')
    if (S.includes(i?.status)) return write(moved, k, b, i.status, 200, no(404, 'no such parcel'))
  }
  return (await q('select from users where token=$1', k)) ? no(400, 'bad body') : no(401, 'who?')
}

const server = http.createServer(async (i, o) => {
  let body = ''
  const [, k = ''] = /^bearer +(\S+)$/i.exec(i.headers.authorization ?? '') ?? []
  try {
    for await (const s of i.setEncoding('utf8')) body += s
    const [s, j] = await answer(i.method!, i.url!, k, body)
    o.writeHead(s, { 'content-type': 'application/json' }).end(JSON.stringify(j))
  } catch {
    o.writeHead(503, { 'content-type': 'application/json' }).end('{"error":"no database"}')
  }
}).listen(Number(PORT), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close().closeAllConnections()
  r.disconnect()
  db.end()
})
