// Pelican Post's parcels, with permissions as conditions in SQL.
import Fastify, { type FastifyRequest } from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
pool.on('error', () => {})
const app = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } })

declare module 'fastify' {
  interface FastifyRequest {
    userId: number
  }
}

const refusal = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

app.addHook('preHandler', async (request) => {
  const token = request.headers.authorization?.match(/^Bearer (\S+)$/)?.[1]
  const { rows } = await pool.query('select id from users where token = $1', [token ?? null])
  if (!rows[0] && !request.is404) throw refusal(401, 'send a token')
  request.userId = rows[0]?.id
})

/** True where the user $1 has a permission for the parcel p. */
const may = (perm: string) => `(p.owner_id = $1 or exists (
  select 1 from parcel_acl a
  left join group_members m on a.kind = 'group' and m.group_id = a.subject_id and m.user_id = $1
  where a.parcel_id = p.id and a.perm = '${perm}' and (m.user_id is not null or (a.kind = 'user' and a.subject_id = $1))))`

const PARCEL = `p.id, p.owner_id as "ownerId", p.destination`
type Perm = 'view' | 'redirect' | 'share'
type Row = { id: number; ownerId: number; destination: string; label: string } & Record<Perm, boolean>

async function find({ params, userId }: FastifyRequest, perm: Perm): Promise<Row> {
  const { id } = params as { id: string }
  const number = /^[1-9]\d{0,8}$/.test(id) ? id : 0
  const { rows } = await pool.query(
    `select ${PARCEL}, p.label, ${may('redirect')} as redirect, ${may('share')} as share
     from parcels p where p.id = $2 and ${may('view')}`,
    [userId, number],
  )
  if (!rows[0]) throw refusal(404, 'there is no such parcel for you')
  const row = { ...rows[0], view: true }
  if (!row[perm]) throw refusal(403, `not without ${perm}`)
  return row
}

const shown = ({ id, ownerId, destination }: Row) => ({ id, ownerId, destination })
const object = (name: string, schema: object) => ({
  body: { type: 'object', required: [name], properties: { [name]: schema }, additionalProperties: false },
})

app.get(
  '/parcels',
  {
    schema: {
      querystring: {
        type: 'object',
        properties: {
          limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$' },
          after: { type: 'string', pattern: '^[0-9]{1,15}$' },
        },
      },
    },
  },
  async ({ query, userId }) => {
    const { limit = '20', after = '0' } = query as { limit?: string; after?: string }
    const { rows } = await pool.query(
      `with visible as materialized (select ${PARCEL} from parcels p where ${may('view')})
       select (select count(*)::int from visible) as total, coalesce(
         (select json_agg(page order by id) from
           (select * from visible where id > $2::bigint order by id limit $3::int) as page), '[]') as items`,
      [userId, after, limit],
    )
    return rows[0]
  },
)

app.post(
  '/parcels/lookup',
  { schema: object('ids', { type: 'array', maxItems: 1000, items: { type: 'integer', minimum: 1, maximum: 2147483647 } }) },
  async ({ body, userId }) => {
    const { ids } = body as { ids: number[] }
    const sql = `select ${PARCEL} from parcels p join unnest($2::int[]) as asked (own) on own = p.id
      where ${may('view')} group by p.id`
    return (await pool.query(sql, [userId, ids])).rows
  },
)

app.get('/parcels/:id', async (request) => shown(await find(request, 'view')))
app.get('/parcels/:id/label', async (request) => ({ label: (await find(request, 'view')).label }))
app.get('/parcels/:id/scans', async (request) => {
  const { id } = await find(request, 'view')
  return (await pool.query('select id, place from scans where parcel_id = $1 order by 1', [id])).rows
})

app.patch(
  '/parcels/:id',
  { schema: object('destination', { type: 'string', minLength: 1, maxLength: 100 }) },
  async (request) => {
    const { destination } = request.body as { destination: string }
    const row = await find(request, 'redirect')
    await pool.query('update parcels set destination = $1 where id = $2', [destination, row.id])
    return shown({ ...row, destination })
  },
)

app.get('/parcels/:id/acl', async (request) => {
  const { id } = await find(request, 'share')
  const sql = `select concat(kind, ':', subject_id) as "to", json_agg(perm) as perms
    from parcel_acl where parcel_id = $1 group by 1`
  return (await pool.query(sql, [id])).rows
})

/** Does something to an entry, while nobody else changes one of the same parcel. */
async function onEntry<T>(
  request: FastifyRequest,
  work: (sql: (text: string, ...values: unknown[]) => Promise<any[]>, row: Row, entry: unknown[]) => Promise<T>,
): Promise<T> {
  const row = await find(request, 'share')
  const { to } = request.params as { to: string }
  const [, kind, subject] = to.match(/^(user|group):([1-9]\d{0,8})$/) ?? []
  if (!kind) throw refusal(404, 'nobody is called so')
  const client = await pool.connect()
  const sql = async (text: string, ...values: unknown[]) => (await client.query(text, values)).rows
  try {
    await sql('begin')
    await sql('select id from parcels where id = $1 for no key update', row.id)
    const known = await sql(`select 1 from ${kind}s where id = $1`, subject)
    if (known.length === 0) throw refusal(404, 'nobody has this id')
    const result = await work(sql, row, [row.id, kind, subject])
    await sql('commit')
    return result
  } catch (error) {
    await sql('rollback')
    throw error
  } finally {
    client.release()
  }
}

const WHERE = 'parcel_id = $1 and kind = $2 and subject_id = $3'
app.put(
  '/parcels/:id/acl/:to',
  { schema: object('perms', { type: 'array', minItems: 1, uniqueItems: true, items: { enum: ['view', 'redirect', 'share'] } }) },
  async (request) => {
    const { perms } = request.body as { perms: Perm[] }
    await onEntry(request, async (sql, row, entry) => {
      if (!perms.every((perm) => row[perm])) throw refusal(403, 'you cannot give what you do not have')
      await sql(`delete from parcel_acl where ${WHERE} and not perm = any($4::text[])`, ...entry, perms)
      await sql(
        'insert into parcel_acl select $1::int, $2, $3::int, unnest($4::text[]) on conflict do nothing',
        ...entry,
        perms,
      )
    })
    return { to: (request.params as { to: string }).to, perms }
  },
)
app.delete('/parcels/:id/acl/:to', async (request, reply) => {
  await onEntry(request, async (sql, _row, entry) => {
    const gone = await sql(`delete from parcel_acl where ${WHERE} returning 1`, ...entry)
    if (gone.length === 0) throw refusal(404, 'no such entry')
  })
  return reply.code(204).send()
})

// A path that is known by another method.
const paths: [RegExp, string][] = [
  [/^\/parcels$/, 'GET, HEAD'],
  [/^\/parcels\/lookup$/, 'POST'],
  [/^\/parcels\/[^/]+$/, 'GET, HEAD, PATCH'],
  [/^\/parcels\/[^/]+\/(scans|label|acl)$/, 'GET, HEAD'],
  [/^\/parcels\/[^/]+\/acl\/[^/]+$/, 'PUT, DELETE'],
]
app.setNotFoundHandler(async (request, reply) => {
  const [path] = request.url.split('?') as [string]
  const allow = paths.find(([pattern]) => pattern.test(path))?.[1]
  if (!allow) return reply.code(404).send({ error: 'nothing here' })
  return reply.code(405).header('allow', allow).send({ error: 'not this method' })
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit())
