import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Generated, Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import pg from 'pg'

interface Database {
  depots: { id: Generated<number>; name: string; city: string; opened_on: string }
  parcels: {
    id: Generated<string>
    code: string
    depot_id: number
    status: Generated<string>
    weight_kg: number
    price_cents: number
    version: Generated<number>
    deleted_at: Date | null
  }
  scans: { id: Generated<string>; parcel_id: string; kind: string; at: Generated<Date> }
  tags: { id: Generated<number>; name: string }
  parcel_tags: { parcel_id: string; tag_id: number }
}

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number)

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 12 })
pool.on('error', () => {})
const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })

class Stop extends Error {
  status: number
  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

/** Runs it as if nobody else were there; where that fails, once more. */
async function alone<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().setIsolationLevel('serializable').execute(work)
    } catch (error) {
      const { code, constraint } = error as { code?: string; constraint?: string }
      const again = code === '40001' || code === '40P01' || (code === '23505' && constraint !== 'parcels_code_key')
      if (!again || tries === 60) throw error
      await sleep(Math.random() * 10 * tries)
    }
  }
}

type Input = { match: RegExpExecArray; query: URLSearchParams; body: any }
type Output = { status?: number; body: unknown }
const routes: [string, RegExp, (input: Input) => Promise<Output>][] = []

const number = (text: string | null, least: number, most: number, otherwise: number) => {
  if (text === null) return otherwise
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) throw new Stop(422, `${text} is not from ${least} to ${most}`)
  return value
}

routes.push([
  'GET',
  /^\/depots$/,
  async ({ query }) => {
    const limit = number(query.get('limit'), 1, 100, 20)
    const offset = number(query.get('offset'), 0, 1e9, 0)
    const sort = /^(-?)(name|city)$/.exec(query.get('sort') ?? '')
    if (query.has('sort') && !sort) throw new Stop(422, 'sort is one of name, -name, city, -city')
    const body = await alone((trx) => {
      let depots = trx
        .selectFrom('depots as d')
        .select(['d.id', 'd.name', 'd.city', 'd.opened_on as openedOn'])
        .select((eb) =>
          jsonArrayFrom(
            eb
              .selectFrom('parcels as p')
              .whereRef('p.depot_id', '=', 'd.id')
              .where('p.deleted_at', 'is', null)
              .orderBy('p.code')
              .select([
                'p.code',
                'p.status',
                'p.version',
                'p.weight_kg as weightKg',
                'p.price_cents as priceCents',
              ])
              .select((inner) => [
                jsonArrayFrom(
                  inner
                    .selectFrom('scans as s')
                    .whereRef('s.parcel_id', '=', 'p.id')
                    .select(['s.kind', 's.at'])
                    .orderBy('s.at', 'desc'),
                ).as('scans'),
                sql<string[]>`array(
                  select t.name from tags t join parcel_tags pt on pt.tag_id = t.id where pt.parcel_id = p.id
                )`.as('tags'),
              ]),
          ).as('parcels'),
        )
        .limit(limit)
        .offset(offset)
      if (sort) depots = depots.orderBy(`d.${sort[2] as 'name' | 'city'}`, sort[1] ? 'desc' : 'asc')
      return depots.orderBy('d.id').execute()
    })
    return { body: { depots: body } }
  },
])

routes.push([
  'GET',
  /^\/depots\/(\d{1,9})\/stats$/,
  async ({ match }) => {
    const id = Number(match[1])
    const row = await db
      .selectFrom('depots as d')
      .where('d.id', '=', id)
      .select((eb) => {
        const here = eb.selectFrom('parcels as p').whereRef('p.depot_id', '=', 'd.id').where('p.deleted_at', 'is', null)
        return [
          here.select((p) => p.fn.countAll().as('n')).as('parcels'),
          here.select((p) => p.fn.sum('p.price_cents').as('n')).as('revenue'),
          here
            .innerJoin('scans as s', 's.parcel_id', 'p.id')
            .select((p) => p.fn.countAll().as('n'))
            .as('scans'),
        ]
      })
      .executeTakeFirst()
    if (!row) throw new Stop(404, 'no depot has this id')
    return { body: { parcels: Number(row.parcels), scans: Number(row.scans), revenueCents: Number(row.revenue ?? 0) } }
  },
])

routes.push([
  'POST',
  /^\/depots\/(\d{1,9})\/move$/,
  async ({ match, body }) => {
    const from = Number(match[1])
    const { to, codes } = body as { to: number; codes: string[] }
    await alone(async (trx) => {
      const target = await trx.selectFrom('depots').where('id', '=', to).select('id').executeTakeFirst()
      if (!target) throw new Stop(400, 'there is no such depot to move to')
      const rows = await trx.selectFrom('parcels').where('code', 'in', codes).selectAll().execute()
      if (rows.length < codes.length) throw new Stop(409, 'some parcels are unknown')
      if (rows.some((row) => row.deleted_at)) throw new Stop(409, 'some parcels are deleted')
      if (rows.some((row) => row.depot_id !== from)) throw new Stop(409, 'some parcels are elsewhere')
      for (const { id } of rows) {
        await trx.updateTable('parcels').set({ depot_id: to }).where('id', '=', id).execute()
        await trx.insertInto('scans').values({ parcel_id: id, kind: 'moved' }).execute()
      }
    })
    return { body: { moved: codes.length, from, to } }
  },
])

routes.push([
  'PATCH',
  /^\/parcels\/([^/]+)$/,
  async ({ match, body }) => {
    const code = decodeURIComponent(match[1]!)
    const { version, status, weightKg, priceCents } = body
    if (!Number.isInteger(version)) throw new Stop(400, 'version is a whole number')
    const after = await alone(async (trx) => {
      const row = await trx
        .selectFrom('parcels')
        .where('code', '=', code)
        .where('deleted_at', 'is', null)
        .select('version')
        .executeTakeFirst()
      if (!row) throw new Stop(404, 'no parcel has this code')
      if (row.version !== version) throw new Stop(409, 'not the version any more')
      return trx
        .updateTable('parcels')
        .set({ status, weight_kg: weightKg, price_cents: priceCents, version: version + 1 })
        .where('code', '=', code)
        .returning(['code', 'version'])
        .executeTakeFirstOrThrow()
    })
    return { body: after }
  },
])

routes.push([
  'POST',
  /^\/parcels$/,
  async ({ body }) => {
    const { code, depotId, weightKg, priceCents, tags } = body
    if ((tags as string[]).some((tag) => [...tag].length > 30)) throw new Stop(422, 'that is too long for a tag')
    await alone(async (trx) => {
      const depot = await trx.selectFrom('depots').where('id', '=', depotId).select('id').executeTakeFirst()
      if (!depot) throw new Stop(409, 'no depot has this id')
      const taken = await trx.selectFrom('parcels').where('code', '=', code).select('id').executeTakeFirst()
      if (taken) throw new Stop(409, 'this code is in use')
      const { id } = await trx
        .insertInto('parcels')
        .values({ code, depot_id: depotId, weight_kg: weightKg, price_cents: priceCents })
        .returning('id')
        .executeTakeFirstOrThrow()
      for (const name of tags as string[]) {
        const tag =
          (await trx.selectFrom('tags').where('name', '=', name).select('id').executeTakeFirst()) ??
          (await trx.insertInto('tags').values({ name }).returning('id').executeTakeFirstOrThrow())
        await trx.insertInto('parcel_tags').values({ parcel_id: id, tag_id: tag.id }).execute()
      }
    })
    return { status: 201, body: { code, version: 1, tags } }
  },
])

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new Stop(400, 'not JSON')
  }
}

async function answer(request: IncomingMessage): Promise<Output> {
  const url = new URL(request.url ?? '/', 'http://here')
  try {
    const body = await read(request)
    for (const [method, path, route] of routes) {
      const match = path.exec(url.pathname)
      if (match && method === request.method) return await route({ match, query: url.searchParams, body })
    }
    throw new Stop(404, 'no such page')
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return { status: 409, body: { title: 'this code is in use' } }
    if (error instanceof Stop) return { status: error.status, body: { status: error.status, detail: error.message } }
    console.error(error)
    return { status: 500, body: { detail: 'it is our fault' } }
  }
}

const server = createServer(async (request, response) => {
  const { status = 200, body } = await answer(request)
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => server.close(() => db.destroy()))
