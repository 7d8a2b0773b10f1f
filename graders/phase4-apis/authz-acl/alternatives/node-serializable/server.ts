import { createServer, type IncomingMessage } from 'node:http'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', () => {})

type Reply = { status: number; body?: unknown; allow?: string }
const ok = (body: unknown): Reply => ({ status: 200, body })
const no = (status: number, error: string, allow?: string): Reply => ({ status, body: { error }, allow })
const ALL = ['view', 'redirect', 'share']

async function read(req: IncomingMessage): Promise<any> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part)
  if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')) return undefined
  try {
    const value = JSON.parse(Buffer.concat(parts).toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

async function answer(db: pg.PoolClient, req: IncomingMessage, sent: any): Promise<Reply> {
  const sql = async (text: string, ...values: unknown[]) => (await db.query(text, values)).rows
  const [scheme, token] = (req.headers.authorization ?? '').split(' ')
  const [me] = scheme === 'Bearer' ? await sql('select id from users where token = $1', token ?? '') : []
  if (!me) return no(401, 'unauthorized')

  // The caller's permissions for every parcel that they have any for.
  const held = new Map<number, Set<string>>()
  const groups = (await sql('select group_id from group_members where user_id = $1', me.id)).map((one) => one.group_id)
  const entries = await sql("select * from parcel_acl where kind = 'group' or subject_id = $1", me.id)
  for (const { parcel_id, kind, subject_id, perm } of entries) {
    if (kind === 'group' && !groups.includes(subject_id)) continue
    held.set(parcel_id, (held.get(parcel_id) ?? new Set()).add(perm))
  }
  for (const { id } of await sql('select id from parcels where owner_id = $1', me.id)) held.set(id, new Set(ALL))
  const show = ({ id, owner_id, destination }: any) => ({ destination, id, ownerId: owner_id })
  const seen = async () =>
    (await sql('select * from parcels')).filter(({ id }) => held.get(id)?.has('view')).sort((a, b) => a.id - b.id)

  const url = new URL(`http://localhost${req.url}`)
  let path: string[]
  try {
    path = url.pathname.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return no(400, 'bad path')
  }
  const method = req.method === 'HEAD' ? 'GET' : req.method
  const [top, which, part, to, more] = path
  if (top !== 'parcels' || more !== undefined || path.at(-1) === '') return no(404, 'not found')

  if (which === undefined) {
    if (method !== 'GET') return no(405, 'method', 'GET')
    const number = (name: string, otherwise: number) => {
      const text = url.searchParams.get(name)
      return text === null ? otherwise : /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
    }
    const [limit, after] = [number('limit', 20), number('after', 0)]
    if (!(limit >= 1 && limit <= 100) || Number.isNaN(after)) return no(422, 'query')
    const all = await seen()
    const items = all.filter(({ id }) => id > after).slice(0, limit)
    return ok({ items: items.map(show), total: all.length })
  }
  if (which === 'lookup' && part === undefined && method === 'POST') {
    if (!Array.isArray(sent?.ids) || sent.ids.length > 1000) return no(400, 'ids')
    const ids = new Set(sent.ids)
    return ok((await seen()).filter(({ id }) => ids.has(id)).map(show).reverse())
  }

  const known = ['', 'scans', 'label', 'acl']
  if (!known.includes(part ?? '') || (to !== undefined && part !== 'acl')) return no(404, 'not found')
  const [parcel] = /^[1-9][0-9]{0,8}$/.test(which) ? await sql('select * from parcels where id = $1', which) : []
  const perms = held.get(parcel?.id) ?? new Set()
  if (!parcel || !perms.has('view')) return no(404, 'no such parcel')

  if (part === undefined) {
    if (method === 'GET') return ok(show(parcel))
    if (method !== 'PATCH') return no(405, 'method', 'GET, PATCH')
    if (!perms.has('redirect')) return no(403, 'redirect')
    const { destination } = sent ?? {}
    if (typeof destination !== 'string' || destination === '' || Array.from(destination).length > 100) {
      return no(400, 'destination')
    }
    await sql('update parcels set destination = $2 where id = $1', which, destination)
    return ok(show({ ...parcel, destination }))
  }
  if (to === undefined) {
    if (method !== 'GET') return no(405, 'method', 'GET')
    if (part === 'label') return ok({ label: parcel.label })
    if (part === 'scans') return ok(await sql('select id, place from scans where parcel_id = $1 order by id', which))
    if (!perms.has('share')) return no(403, 'share')
    const list = new Map<string, string[]>()
    for (const { kind, subject_id, perm } of await sql('select * from parcel_acl where parcel_id = $1', which)) {
      const name = `${kind}:${subject_id}`
      list.set(name, [...(list.get(name) ?? []), perm])
    }
    return ok([...list].map(([name, own]) => ({ to: name, perms: own })))
  }

  if (method !== 'PUT' && method !== 'DELETE') return no(405, 'method', 'PUT, DELETE')
  if (!perms.has('share')) return no(403, 'share')
  const [, kind, subject] = /^(user|group):([1-9][0-9]{0,8})$/.exec(to) ?? []
  if (!kind || !subject) return no(400, 'to')
  const [person] = await sql(`select id from ${kind}s where id = $1`, subject)
  if (!person) return no(422, 'to')
  const entry = [which, kind, subject]
  const gone = await sql(
    'delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3 returning perm',
    ...entry,
  )
  if (method === 'DELETE') return gone.length > 0 ? { status: 204 } : no(404, 'no such entry')
  const wanted = sent?.perms
  if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every((one) => ALL.includes(one))) return no(400, 'perms')
  if (!wanted.every((one) => perms.has(one))) return no(403, 'more than you have')
  const each = [...new Set(wanted)]
  for (const perm of each) await sql('insert into parcel_acl values ($1, $2, $3, $4)', ...entry, perm)
  return ok({ perms: each, to })
}

/** A whole request in one transaction, again where it could not be put in a row with others. */
async function whole(req: IncomingMessage, sent: unknown): Promise<Reply> {
  const db = await pool.connect()
  try {
    for (;;) {
      await db.query('begin isolation level serializable')
      try {
        const reply = await answer(db, req, sent)
        await db.query(reply.status < 400 ? 'commit' : 'rollback')
        return reply
      } catch (error) {
        await db.query('rollback')
        const { code } = error as { code?: string }
        if (code !== '40001' && code !== '40P01' && code !== '23505') throw error
      }
    }
  } finally {
    db.release()
  }
}

createServer(async (req, res) => {
  let reply: Reply
  try {
    reply = await whole(req, await read(req))
  } catch (error) {
    console.error(error)
    reply = no(500, 'oops')
  }
  res.statusCode = reply.status
  if (reply.allow) res.setHeader('Allow', reply.allow)
  if (reply.body !== undefined) res.setHeader('Content-Type', 'application/json')
  res.end(reply.body === undefined || req.method === 'HEAD' ? undefined : JSON.stringify(reply.body))
}).listen(Number(process.env.PORT), '127.0.0.1')
