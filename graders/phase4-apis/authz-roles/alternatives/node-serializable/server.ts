import { createServer, type IncomingMessage } from 'node:http'
import jwt from 'jsonwebtoken'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', () => {})

type Reply = { status: number; body?: unknown; allow?: string }
const no = (status: number, error: string, allow?: string): Reply => ({ status, body: { error }, allow })
const R = ['customer', 'courier', 'dispatcher', 'admin']

async function body(req: IncomingMessage): Promise<any> {
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

const isText = (value: unknown, most: number) =>
  typeof value === 'string' && value.length > 0 && Array.from(value).length <= most

function subject(req: IncomingMessage): string | undefined {
  const header = req.headers.authorization ?? ''
  if (!header.startsWith('Bearer ')) return undefined
  try {
    const claims = jwt.verify(header.slice(7), process.env.JWT_SECRET!, { algorithms: ['HS256'] })
    return typeof claims === 'object' ? claims.sub : undefined
  } catch {
    return undefined
  }
}

async function answer(db: pg.PoolClient, req: IncomingMessage, sent: any): Promise<Reply> {
  const sql = async (text: string, ...values: unknown[]) => (await db.query(text, values)).rows
  const who = subject(req)
  if (!who || !/^\d{1,9}$/.test(who)) return no(401, 'unauthorized')
  const [me] = await sql('select id, name from users where id = $1', who)
  if (!me) return no(401, 'unauthorized')
  const roles = (await sql('select role from user_roles where user_id = $1', who)).map(({ role }) => role)
  const is = (...wanted: string[]) => wanted.some((role) => roles.includes(role))
  const users = async () => {
    const [people, rights] = [await sql('select * from users'), await sql('select * from user_roles')]
    return people.map((one) => ({
      ...one,
      roles: rights.filter(({ user_id }) => user_id === one.id).map(({ role }) => role),
    }))
  }
  const show = ({ id, customer_id, courier_id, address, status }: any) => ({
    ...{ id, customerId: customer_id, address, status },
    ...(courier_id === null ? {} : { courierId: courier_id }),
  })

  let path = ''
  try {
    path = decodeURIComponent((req.url ?? '/').split('?')[0]!).toLowerCase()
  } catch {
    return no(400, 'bad path')
  }
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1)
  const method = req.method === 'HEAD' ? 'GET' : req.method
  const [, top, id, rest, more] = path.split('/')
  if (path.includes('\0')) return no(400, 'bad path')
  if (more !== undefined) return no(404, 'not found')

  if (top === 'me' && id === undefined) {
    if (method === 'GET') return { status: 200, body: { ...me, roles } }
    if (method !== 'PATCH') return no(405, 'method', 'GET, PATCH')
    if (!isText(sent?.name, 60)) return no(400, 'name')
    await sql('update users set name = $2 where id = $1', me.id, sent.name)
    return { status: 200, body: { ...me, name: sent.name, roles } }
  }
  if (top === 'parcels' && id === undefined) {
    if (method === 'POST') {
      if (!is('customer')) return no(403, 'forbidden')
      if (!isText(sent?.address, 100)) return no(400, 'address')
      const [made] = await sql('insert into parcels (customer_id, address) values ($1, $2) returning *', me.id, sent.address)
      return { status: 201, body: show(made) }
    }
    if (method !== 'GET') return no(405, 'method', 'GET, POST')
    if (roles.length === 0) return no(403, 'forbidden')
    const seen = (await sql('select * from parcels')).filter(
      (one) =>
        is('dispatcher', 'admin') ||
        (is('customer') && one.customer_id === me.id) ||
        (is('courier') && one.courier_id === me.id),
    )
    return { status: 200, body: seen.map(show) }
  }
  if (top === 'parcels') {
    const kind = rest === undefined ? method : rest === 'status' || rest === 'courier' ? `${method} ${rest}` : ''
    if (kind === '') return no(404, 'not found')
    const known = rest === undefined ? ['GET', 'PATCH', 'DELETE'] : [`PUT ${rest}`]
    if (!known.includes(kind!)) return no(405, 'method', rest === undefined ? known.join(', ') : 'PUT')
    const [found] = /^[1-9]\d{0,8}$/.test(id!) ? await sql('select * from parcels where id = $1', id) : []
    const sends = is('customer') && found?.customer_id === me.id
    const carries = is('courier') && found?.courier_id === me.id
    const may: Record<string, boolean> = {
      GET: is('dispatcher', 'admin') || sends || carries,
      PATCH: is('dispatcher') || sends,
      DELETE: is('admin') || sends,
      'PUT status': is('dispatcher') || carries,
      'PUT courier': is('dispatcher'),
    }
    if (!may[kind!]) return no(403, 'forbidden')
    if (!found) return no(404, 'not found')
    const set = async (column: string, value: unknown): Promise<Reply> => ({
      status: 200,
      body: show((await sql(`update parcels set ${column} = $2 where id = $1 returning *`, id, value))[0]),
    })
    if (kind === 'GET') return { status: 200, body: show(found) }
    if (kind === 'DELETE') {
      await sql('delete from parcels where id = $1', id)
      return { status: 204 }
    }
    if (kind === 'PATCH') return isText(sent?.address, 100) ? set('address', sent.address) : no(400, 'address')
    if (kind === 'PUT status') {
      return ['waiting', 'moving', 'delivered'].includes(sent?.status) ? set('status', sent.status) : no(400, 'status')
    }
    const courier = Number.isInteger(sent?.courierId) && Math.abs(sent.courierId) < 2 ** 31 ? sent.courierId : 0
    const [right] = await sql("select 1 from user_roles where user_id = $1 and role = 'courier'", courier)
    return right ? set('courier_id', courier) : no(400, 'courierId')
  }
  if (top === 'couriers' && id === undefined) {
    if (method !== 'GET') return no(403, 'forbidden')
    if (!is('dispatcher', 'admin')) return no(403, 'forbidden')
    return { status: 200, body: (await users()).filter((one) => one.roles.includes('courier')) }
  }
  if (top === 'users' && id === undefined) {
    if (method !== 'POST' || !is('dispatcher', 'admin')) return no(403, 'forbidden')
    if (!isText(sent?.name, 60)) return no(400, 'name')
    const [made] = await sql('insert into users (name) values ($1) returning *', sent.name)
    await sql("insert into user_roles values ($1, 'customer')", made.id)
    return { status: 201, body: { ...made, roles: ['customer'] } }
  }
  if (top === 'users' && rest === 'roles') {
    if (method !== 'PUT' || !is('admin')) return no(403, 'forbidden')
    const wanted = sent?.roles
    if (!Array.isArray(wanted) || !wanted.every((role) => R.includes(role))) return no(400, 'roles')
    const [one] = /^[1-9]\d{0,8}$/.test(id!) ? await sql('select * from users where id = $1', id) : []
    if (!one) return no(404, 'not found')
    await sql('delete from user_roles where user_id = $1', id)
    for (const role of new Set(wanted)) await sql('insert into user_roles values ($1, $2)', id, role)
    const left = await sql("select 1 from user_roles where role = 'admin'")
    if (left.length === 0) return no(409, 'last admin')
    return { status: 200, body: { ...one, roles: [...new Set(wanted)] } }
  }
  if (top === 'admin' && (id === 'users' || id === 'export') && rest === undefined) {
    if (method !== 'GET' || !is('admin')) return no(403, 'forbidden')
    if (id === 'users') return { status: 200, body: await users() }
    return { status: 200, body: { parcels: (await sql('select * from parcels')).map(show), users: await users() } }
  }
  return no(404, 'not found')
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
        if (code !== '40001' && code !== '40P01') throw error
      }
    }
  } finally {
    db.release()
  }
}

createServer(async (req, res) => {
  let reply: Reply
  try {
    reply = await whole(req, await body(req))
  } catch (error) {
    console.error(error)
    reply = no(500, 'oops')
  }
  res.statusCode = reply.status
  if (reply.allow) res.setHeader('Allow', reply.allow)
  if (reply.body !== undefined) res.setHeader('Content-Type', 'application/json')
  res.end(reply.body === undefined || req.method === 'HEAD' ? undefined : JSON.stringify(reply.body))
}).listen(Number(process.env.PORT), '127.0.0.1')
