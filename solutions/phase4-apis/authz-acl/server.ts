// Pelican Post's parcels, and who may see them. README.md has the rules, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import pg from 'pg'
import { z } from 'zod'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))

/** The pool, or the one connection of a transaction. */
type Db = { query(sql: string, values?: unknown[]): Promise<{ rows: any[] }> }

const PERMS = ['view', 'redirect', 'share'] as const
type Perm = (typeof PERMS)[number]
type User = { id: number }
type Parcel = { id: number; ownerId: number; destination: string }

// ------------------------------------------------------------ refusals

/** A refusal: thrown anywhere, answered by `onError`. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof z.ZodError) {
    response.status(422).json({ error: z.prettifyError(error) })
    return
  }
  const { status, message } = error as { status?: number; message: string }
  if (status && status >= 400 && status < 500) {
    response.status(status).json({ error: message })
    return
  }
  console.error(error)
  response.status(500).json({ error: 'something went wrong on our side' })
}

/** For what does not exist and for what the caller may not know of: one answer, made in one place. */
const nothing = () => new Refusal(404, 'no parcel has this id')

// ------------------------------------------------------------ who may do what

const PARCEL = 'id, owner_id as "ownerId", destination'

/** What the entries give to the caller, who is $1: their own entries, and those of their groups. */
const GIVEN = `select parcel_id, perm from parcel_acl
  where (kind = 'user' and subject_id = $1)
     or (kind = 'group' and subject_id in (select group_id from group_members where user_id = $1))`

/** True of a parcel that the caller, $1, may view. */
const VISIBLE = `(owner_id = $1 or id in (select parcel_id from (${GIVEN}) as given where perm = 'view'))`

const isId = (text: string) => /^[1-9][0-9]{0,9}$/.test(text) && Number(text) < 2 ** 31

async function callerOf(request: Request): Promise<User> {
  const token = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1] ?? ''
  const { rows } = await pool.query('select id from users where token = $1', [token])
  if (!rows[0]) throw new Refusal(401, 'a token is needed that a user has')
  return rows[0]
}

type Asked = { request: Request; response: Response; caller: User }
type Access = { parcel: Parcel; perms: readonly Perm[] }

/** The parcel of the path and what the caller may do with it; 404 where they may not even know of it. */
async function access(db: Db, { request, caller }: Asked, needed: Perm): Promise<Access> {
  const id = String(request.params.id)
  if (!isId(id)) throw nothing()
  const { rows } = await db.query(
    `select ${PARCEL}, array(select perm from (${GIVEN}) as given where parcel_id = parcels.id) as perms
     from parcels where id = $2`,
    [caller.id, id],
  )
  if (!rows[0]) throw nothing()
  const { perms: given, ...parcel } = rows[0] as Parcel & { perms: Perm[] }
  const perms = parcel.ownerId === caller.id ? PERMS : given
  if (!perms.includes('view')) throw nothing()
  if (!perms.includes(needed)) throw new Refusal(403, `this needs ${needed}`)
  return { parcel, perms }
}

// ------------------------------------------------------------ routes

const app = express()
app.use(express.json())

/** The methods of each path, for `Allow`. */
const methods = new Map<string, string[]>()

function on(route: string, handle: (asked: Asked) => Promise<void>): void {
  const [method, path] = route.split(' ') as [string, string]
  methods.set(path, [...(methods.get(path) ?? []), method])
  const name = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
  app[name](path, async (request, response) => {
    await handle({ request, response, caller: await callerOf(request) })
  })
}

// ------------------------------------------------------------ lists and look-ups

const digits = z.string().regex(/^[0-9]+$/)
const forList = z.object({
  limit: digits.transform(Number).pipe(z.int().min(1).max(100)).default(20),
  after: digits.transform(Number).pipe(z.int()).default(0),
})

on('GET /parcels', async ({ request, response, caller }) => {
  const { limit, after } = forList.parse(request.query)
  const { rows: items } = await pool.query(
    `select ${PARCEL} from parcels where ${VISIBLE} and id > $2::bigint order by id limit $3`,
    [caller.id, after, limit],
  )
  const { rows: counted } = await pool.query(
    `select count(*)::int as total from parcels where ${VISIBLE}`,
    [caller.id],
  )
  response.json({ items, total: counted[0].total })
})

const forLookup = z.object({ ids: z.array(z.int()).max(1000) })

on('POST /parcels/lookup', async ({ request, response, caller }) => {
  const { ids } = forLookup.parse(request.body)
  const { rows } = await pool.query(
    `select ${PARCEL} from parcels where ${VISIBLE} and id = any($2::bigint[])`,
    [caller.id, ids],
  )
  response.json(rows)
})

// ------------------------------------------------------------ one parcel

on('GET /parcels/:id', async (asked) => {
  const { parcel } = await access(pool, asked, 'view')
  asked.response.json(parcel)
})

on('GET /parcels/:id/scans', async (asked) => {
  const { parcel } = await access(pool, asked, 'view')
  const { rows } = await pool.query(
    'select id, place from scans where parcel_id = $1 order by scans.id',
    [parcel.id],
  )
  asked.response.json(rows)
})

on('GET /parcels/:id/label', async (asked) => {
  const { parcel } = await access(pool, asked, 'view')
  const { rows } = await pool.query('select label from parcels where id = $1', [parcel.id])
  if (!rows[0]) throw nothing()
  asked.response.json({ label: rows[0].label })
})

const forPatch = z.object({
  destination: z.string().refine((value) => value !== '' && [...value].length <= 100, {
    error: 'must have 1 to 100 characters',
  }),
})

on('PATCH /parcels/:id', async (asked) => {
  const { destination } = forPatch.parse(asked.request.body)
  const { parcel } = await access(pool, asked, 'redirect')
  const { rows } = await pool.query(
    `update parcels set destination = $2 where id = $1 returning ${PARCEL}`,
    [parcel.id, destination],
  )
  if (!rows[0]) throw nothing()
  asked.response.json(rows[0])
})

// ------------------------------------------------------------ sharing

on('GET /parcels/:id/acl', async (asked) => {
  const { parcel } = await access(pool, asked, 'share')
  const { rows } = await pool.query(
    `select kind || ':' || subject_id as to, array_agg(perm) as perms
     from parcel_acl where parcel_id = $1 group by kind, subject_id`,
    [parcel.id],
  )
  asked.response.json(rows)
})

type Subject = { to: string; kind: string; id: string }

/** Whom an entry is for. Whether there is such a user or group is another question. */
function subjectOf({ request }: Asked): Subject {
  const to = String(request.params.to)
  const [, kind, id] = /^(user|group):(.+)$/.exec(to) ?? []
  if (!kind || !id || !isId(id)) throw new Refusal(404, 'no user and no group is called so')
  return { to, kind, id }
}

/** Runs work in a transaction. Whoever changes the entries of the same parcel waits for its end. */
async function changing({ request }: Asked, work: (db: Db) => Promise<void>): Promise<void> {
  const id = String(request.params.id)
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select 1 from parcels where id = $1 for update', [isId(id) ? id : 0])
    await work(client)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

const forPut = z.object({ perms: z.array(z.enum(PERMS)).min(1) })

on('PUT /parcels/:id/acl/:to', async (asked) => {
  const wanted = [...new Set(forPut.parse(asked.request.body).perms)]
  const { to, kind, id } = subjectOf(asked)
  await changing(asked, async (db) => {
    const { parcel, perms } = await access(db, asked, 'share')
    const more = wanted.filter((perm) => !perms.includes(perm))
    if (more.length > 0) throw new Refusal(403, `you cannot give ${more}, which you do not have`)
    const table = kind === 'user' ? 'users' : 'groups'
    const { rows: known } = await db.query(`select 1 from ${table} where id = $1`, [id])
    if (!known[0]) throw new Refusal(404, `no ${kind} has this id`)
    const entry = [parcel.id, kind, id]
    await db.query(
      'delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3',
      entry,
    )
    await db.query(
      `insert into parcel_acl (parcel_id, kind, subject_id, perm)
       select $1::int, $2::text, $3::int, unnest($4::text[])`,
      [...entry, wanted],
    )
  })
  asked.response.json({ to, perms: wanted })
})

on('DELETE /parcels/:id/acl/:to', async (asked) => {
  const { kind, id } = subjectOf(asked)
  await changing(asked, async (db) => {
    const { parcel } = await access(db, asked, 'share')
    const { rows } = await db.query(
      'delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3 returning perm',
      [parcel.id, kind, id],
    )
    if (rows.length === 0) throw new Refusal(404, 'there is no such entry')
  })
  asked.response.status(204).end()
})

// ------------------------------------------------------------ everything else

for (const [path, names] of methods) {
  app.all(path, (_request, response) => {
    response.set('Allow', names.join(', '))
    throw new Refusal(405, `this path takes ${names.join(', ')}`)
  })
}
app.use(() => {
  throw new Refusal(404, 'there is nothing here')
})
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  void pool.end()
})
