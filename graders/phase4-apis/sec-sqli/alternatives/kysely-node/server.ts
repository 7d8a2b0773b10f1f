import { createServer, type IncomingMessage } from 'node:http'
import { type Generated, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'

interface Database {
  clerks: { id: Generated<number>; name: string; salt: string; digest: string }
  customers: { id: Generated<number>; name: string; city: string }
  parcels: { id: Generated<number>; sender: string; town: string; weight_g: number }
}
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 })
pool.on('error', () => {})
const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })

class Stop extends Error {
  status: number
  constructor(status: number, title: string) {
    super(title)
    this.status = status
  }
}

async function bodyOf(request: IncomingMessage): Promise<any> {
  if (!/^application\/json\b(?!l)/i.test(request.headers['content-type'] ?? '')) throw new Stop(415, 'send JSON')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  let value: unknown
  try {
    value = JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new Stop(400, 'this is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Stop(400, 'send an object')
  return value
}

const text = (value: unknown, least = 0, most = Infinity): string => {
  if (typeof value !== 'string' || [...value].length < least || [...value].length > most) throw new Stop(422, 'not a fitting text')
  return value
}
const parcelColumns = ['id', 'sender', 'town', 'weight_g as weightG'] as const

type Handler = (request: IncomingMessage, query: URLSearchParams, id: string) => Promise<[number, unknown]>

const logIn: Handler = async (request) => {
  const body = await bodyOf(request)
  const [name, password] = [text(body.name), text(body.password)]
  const clerk = await db
    .selectFrom('clerks')
    .select(['id', 'name'])
    .where('name', '=', name)
    .where('digest', '=', sql<string>`encode(sha256(convert_to(salt || ${password}, 'UTF8')), 'hex')`)
    .executeTakeFirst()
  if (!clerk) throw new Stop(401, 'no')
  return [200, clerk]
}

const addCustomer: Handler = async (request) => {
  const body = await bodyOf(request)
  const values = { name: text(body.name, 1, 200), city: text(body.city, 1, 200) }
  return [201, await db.insertInto('customers').values(values).returning(['id', 'name', 'city']).executeTakeFirst()]
}

function columnOf(sort: string): 'id' | 'name' | 'city' {
  switch (sort) {
    case 'id':
    case 'name':
    case 'city':
      return sort
    default:
      throw new Stop(422, 'sort: id, name or city')
  }
}

const listCustomers: Handler = async (_request, query) => {
  const limit = query.get('limit') ?? '50'
  if (!/^(?:[1-9][0-9]?|[1-4][0-9]{2}|500)$/.test(limit)) throw new Stop(422, 'limit: 1 to 500')
  const like = (query.get('search') ?? '').replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)
  return [
    200,
    await db
      .selectFrom('customers')
      .select(['id', 'name', 'city'])
      .where('name', 'like', `%${like}%`)
      .orderBy(columnOf(query.get('sort') ?? 'id'))
      .orderBy('id')
      .limit(Number(limit))
      .execute(),
  ]
}

const parcelsOf: Handler = async (_request, _query, id) => {
  const customer = /^[1-9][0-9]{0,8}$/.test(id)
    ? await db.selectFrom('customers').select('name').where('id', '=', Number(id)).executeTakeFirst()
    : undefined
  if (!customer) throw new Stop(404, 'who?')
  return [200, await db.selectFrom('parcels').select(parcelColumns).where('sender', '=', customer.name).orderBy('id').execute()]
}

const listParcels: Handler = async (_request, query) => {
  const ids = (query.get('ids') ?? '').split(',')
  if (ids.length > 50 || ids.some((id) => !/^[0-9]+$/.test(id) || BigInt(id) >= 2n ** 31n)) throw new Stop(422, 'ids: 1 to 50 ids')
  return [200, await db.selectFrom('parcels').select(parcelColumns).where('id', 'in', ids.map(Number)).orderBy('id').execute()]
}

const ROUTES: [RegExp, Record<string, Handler>][] = [
  [/^\/login$/, { POST: logIn }],
  [/^\/customers$/, { GET: listCustomers, POST: addCustomer }],
  [/^\/customers\/([^/]*)\/parcels$/, { GET: parcelsOf }],
  [/^\/parcels$/, { GET: listParcels }],
]

async function answer(request: IncomingMessage): Promise<[number, unknown, string?]> {
  const url = new URL(request.url!, 'http://desk')
  for (const [pattern, methods] of ROUTES) {
    const match = pattern.exec(url.pathname)
    if (!match) continue
    const handler = methods[request.method === 'HEAD' ? 'GET' : request.method!]
    const allow = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
    if (!handler) return [405, { title: 'not this method' }, allow.join(', ')]
    let id = ''
    try {
      id = decodeURIComponent(match[1] ?? '')
    } catch {
      throw new Stop(400, 'a bad escape')
    }
    return handler(request, url.searchParams, id)
  }
  throw new Stop(404, 'nothing')
}

const server = createServer(async (request, response) => {
  let result: [number, unknown, string?]
  try {
    result = await answer(request)
  } catch (error) {
    result = error instanceof Stop ? [error.status, { title: error.message }] : [500, { title: 'our fault' }]
    if (result[0] === 500) console.error(error)
  }
  const [status, body, allow] = result
  if (allow) response.setHeader('Allow', allow)
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' })
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body))
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => server.close())
