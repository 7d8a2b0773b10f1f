// Pelican Post's booking desk, which believes nothing. README.md has the rules, schema.sql the tables.
import express, { type ErrorRequestHandler, type Request } from 'express'
import pg from 'pg'
import { z } from 'zod'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))

// ------------------------------------------------------------ refusals

type Wrong = { path: PropertyKey[]; message: string }

/** A refusal: thrown anywhere, answered by the last handler below. */
class Refusal extends Error {
  readonly status: number
  readonly more: { allow?: string; errors?: Wrong[] }

  constructor(status: number, message: string, more: Refusal['more'] = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

const refuse = (errors: Wrong[]) => new Refusal(422, 'some fields are not right', { errors })

/** Of unknown fields zod names the object that they are in: they have a path of their own here. */
const wrongsOf = ({ issues }: z.ZodError): Wrong[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known' }))
      : [{ path: issue.path, message: issue.message }],
  )

/** What was checked, as the rules make it; nobody needs to see what came. */
function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value)
  if (error) throw refuse(wrongsOf(error))
  return data
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function bodyOf(request: Request): Record<string, unknown> {
  if (typeof request.body !== 'string') throw new Refusal(415, 'the body must be JSON')
  let body: unknown
  try {
    body = JSON.parse(request.body)
  } catch {
    throw new Refusal(400, 'the body is not valid JSON')
  }
  if (!isObject(body)) throw new Refusal(422, 'the body must be a JSON object')
  return body
}

// ------------------------------------------------------------ the rules

const hasNoZero = (value: string) => !value.includes('\0')
const plain = (max: number) => z.string().max(max).refine(hasNoZero)
const trimmed = (max: number) => z.string().trim().min(1).max(max).refine(hasNoZero)
const day = (first: string) =>
  z.iso.date().refine((value) => value >= first && value <= '2099-12-31')
const email = z.string().trim().toLowerCase().pipe(z.email().max(254))
const code = z.string().regex(/^[A-Z]{2}-[A-Z]{3}-[0-9]{2}$/)

const stop = z.strictObject({
  depot: code,
  date: day('2000-01-01'),
  note: plain(100).optional(),
})
const booking = z.strictObject({
  depot: code,
  contact: email,
  label: trimmed(40),
  boxes: z.int().min(1).max(500),
  size: z.enum(['S', 'M', 'L']),
  express: z.boolean().default(false),
  // Counted first: nobody reads a complaint about each of 30 000 stops.
  stops: z.array(z.unknown()).min(1).max(10).pipe(z.array(stop)),
})
const profile = z
  .object({
    name: trimmed(80),
    email,
    birthday: day('1900-01-01').nullable(),
    newsletter: z.boolean(),
    language: z.enum(['en', 'es', 'pt']),
  })
  .partial()
const search = z.object({
  q: trimmed(50),
  page: z
    .string()
    .regex(/^[0-9]{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .default(1),
  tags: z.array(z.string().regex(/^[a-z]{1,20}$/)).max(5),
})

// ------------------------------------------------------------ bookings

const BOOKING = 'id, depot, contact, label, boxes, size, express, stops'

const app = express()
app.disable('x-powered-by')
// Not express.json(), which takes an empty body for {}.
app.use(express.text({ type: 'application/json', limit: '64kb' }))

app.post('/bookings', async (request, response) => {
  const { depot, contact, label, boxes, size, express, stops } = checked(booking, bodyOf(request))
  const { rows } = await pool.query(
    `insert into bookings (depot, contact, label, boxes, size, express, stops)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${BOOKING}`,
    [depot, contact, label, boxes, size, express, JSON.stringify(stops)],
  )
  response.status(201).json(rows[0])
})

app.get('/bookings/:id', async (request, response) => {
  const { id } = request.params
  const isId = /^[1-9][0-9]{0,8}$/.test(id)
  const { rows } = await pool.query(`select ${BOOKING} from bookings where id = $1`, [
    isId ? id : 0,
  ])
  if (!rows[0]) throw new Refusal(404, 'no booking has this id')
  response.json(rows[0])
})

// ------------------------------------------------------------ the profile

const PROFILE = 'id, name, email, birthday::text as birthday, newsletter, language, role, balance'

app.get('/profile', async (_request, response) => {
  const { rows } = await pool.query(`select ${PROFILE} from profiles where id = 1`)
  response.json(rows[0])
})

app.patch('/profile', async (request, response) => {
  const patch = checked(profile, bodyOf(request))
  // The names are those of the schema, which are those of the columns; none comes from the body.
  const names = Object.keys(patch)
  const changes = ['id = id', ...names.map((name, index) => `${name} = $${index + 1}`)]
  const { rows } = await pool.query(
    `update profiles set ${changes.join(', ')} where id = 1 returning ${PROFILE}`,
    Object.values(patch),
  )
  response.json(rows[0])
})

// ------------------------------------------------------------ settings

type Value = string | number | boolean | null | Settings
type Settings = { [name: string]: Value }

const NAME = /^[a-z][A-Za-z0-9]{0,29}$/
const INHERITED = ['__proto__', 'constructor', 'prototype']
const DEEPEST = 5

/** Says what is wrong with an object of settings. It goes no deeper than it may. */
function wrongsIn(document: Record<string, unknown>, path: string[] = []): Wrong[] {
  return Object.entries(document).flatMap(([name, value]): Wrong[] => {
    const own = [...path, name]
    const wrong = (message: string) => [{ path: own, message }]
    if (INHERITED.includes(name)) return wrong('is no name for a setting')
    if (!NAME.test(name)) return wrong('must be a small letter, then letters or digits')
    if (value === null || typeof value === 'boolean') return []
    if (typeof value === 'number') {
      const fits = Number.isInteger(value) && Math.abs(value) <= 1_000_000
      return fits ? [] : wrong('must be a whole number from -1000000 to 1000000')
    }
    if (typeof value === 'string') {
      return plain(200).safeParse(value).success ? [] : wrong('must have up to 200 characters')
    }
    if (!isObject(value)) return wrong('must be a text, a number, true, false or an object')
    return own.length < DEEPEST ? wrongsIn(value, own) : wrong('is too deep inside')
  })
}

/** A new object, made without assignments: those to `__proto__` would do something else. */
function merged(target: Settings, source: Settings): Settings {
  const result = new Map(Object.entries(target))
  for (const [name, value] of Object.entries(source)) {
    if (value === null) result.delete(name)
    else if (isObject(value)) {
      const old = result.get(name)
      result.set(name, merged(isObject(old) ? old : {}, value))
    } else result.set(name, value)
  }
  return Object.fromEntries(result)
}

app.get('/settings', async (_request, response) => {
  const { rows } = await pool.query('select document from settings where id = 1')
  response.json(rows[0].document)
})

app.post('/imports/json', async (request, response) => {
  const source = bodyOf(request)
  const errors = wrongsIn(source)
  if (errors.length > 0) throw refuse(errors)
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const { rows } = await client.query('select document from settings where id = 1 for update')
    const document = merged(rows[0].document, source as Settings)
    await client.query('update settings set document = $1 where id = 1', [JSON.stringify(document)])
    await client.query('commit')
    response.json(document)
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
})

// ------------------------------------------------------------ the search

app.get('/search', async (request, response) => {
  const { q, page, 'tags[]': tags = [] } = request.query
  const wanted = checked(search, { q, page, tags: [tags].flat() })
  const { rows: items } = await pool.query(
    `select id, name, tags from depots where strpos(name, $1) > 0 and tags @> $2::text[]
     order by id limit 10 offset $3`,
    [wanted.q, wanted.tags, (wanted.page - 1) * 10],
  )
  response.json({ page: wanted.page, items })
})

// ------------------------------------------------------------ everything else

const METHODS = {
  '/bookings': 'POST',
  '/bookings/:id': 'GET, HEAD',
  '/profile': 'GET, HEAD, PATCH',
  '/imports/json': 'POST',
  '/settings': 'GET, HEAD',
  '/search': 'GET, HEAD',
}
for (const [path, allow] of Object.entries(METHODS)) {
  app.all(path, () => {
    throw new Refusal(405, `this path takes ${allow}`, { allow })
  })
}
app.use(() => {
  throw new Refusal(404, 'there is nothing here')
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  let refusal = error
  if (!(refusal instanceof Refusal)) {
    const { status = 500 } = error as { status?: number }
    if (status >= 500) console.error(error)
    refusal =
      status < 500
        ? new Refusal(status, 'this request cannot be read')
        : new Refusal(500, 'something went wrong on our side')
  }
  const { status, message, more } = refusal as Refusal
  if (more.allow) response.set('Allow', more.allow)
  response.status(status).json({ error: message, errors: more.errors })
}
app.use(onError)

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
  server.closeIdleConnections()
})
