import express, { type NextFunction, type Request, type Response } from 'express'
import createKnex, { type Knex } from 'knex'

const knex = createKnex({ client: 'pg', connection: process.env.DATABASE_URL, pool: { min: 0, max: 8 }, acquireConnectionTimeout: 4000 })

class HttpProblem extends Error {
  constructor(
    public status: number,
    public title: string,
    public errors?: { field: string; detail: string }[],
  ) {
    super(title)
  }
}

const app = express()
const one = (row: any) => ({
  id: row.id,
  ref: row.ref,
  weightG: row.weight_g,
  status: row.status,
  depot: row.depot,
  note: row.note,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** The tag that Express gives this row by itself. */
const tagOf = (row: any): string => app.get('etag fn')(JSON.stringify(one(row)), 'utf8')

function precondition(req: Request, row: any) {
  const header = req.headers['if-match']
  if (!header) throw new HttpProblem(428, 'If-Match is required')
  const tags = header.split(',').map((tag) => tag.trim())
  if (!tags.includes('*') && !tags.includes(tagOf(row))) throw new HttpProblem(412, 'The shipment has changed')
}

function json(req: Request) {
  const merge = req.method === 'PATCH' && req.is('application/merge-patch+json')
  // `is` says null where there is no body at all.
  if (!merge && req.headers['content-type'] && !req.is('application/json') && req.is('*/*') !== null) {
    throw new HttpProblem(415, 'Send JSON')
  }
  const raw: string = typeof req.body === 'string' ? req.body : ''
  let body: any
  try {
    body = JSON.parse(raw)
  } catch {
    throw new HttpProblem(400, 'The body is not JSON')
  }
  if (Object.prototype.toString.call(body) !== '[object Object]') throw new HttpProblem(400, 'Send an object')
  return body
}

type Check = { test(value: any): boolean; say: string }
const string = (min: number, max: number): Check => ({
  test: (value) => typeof value === 'string' && [...value].length >= min && [...value].length <= max,
  say: `is a text of ${min} to ${max} characters`,
})
const checks: Record<string, Check> = {
  ref: { test: (value) => typeof value === 'string' && /^[A-Z][A-Z][A-Z]-\d{1,8}$/.test(value), say: 'looks like ABC-123' },
  weightG: { test: (value) => Number.isSafeInteger(value) && value >= 1 && value <= 30_000, say: 'is 1 to 30000' },
  status: { test: (value) => ['new', 'moving', 'delivered', 'cancelled'].some((one) => one === value), say: 'is unknown' },
  depot: string(1, 60),
  note: { test: (value) => value === null || string(0, 500).test(value), say: 'is up to 500 characters' },
  kind: { test: (value) => value === 'arrived' || value === 'departed' || value === 'damaged', say: 'is unknown' },
}
function validate(body: any, names: string[], required: string[]) {
  const errors = []
  for (const field of names) {
    const sent = Object.hasOwn(body, field)
    if (sent ? !checks[field]!.test(body[field]) : required.includes(field)) {
      errors.push({ field, detail: checks[field]!.say })
    }
  }
  for (const field of ['id', 'createdAt', 'updatedAt']) if (field in body) errors.push({ field, detail: 'is ours' })
  if (errors.length > 0) throw new HttpProblem(400, 'Some fields are invalid', errors)
  const columns: Record<string, string> = { weightG: 'weight_g' }
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(body, name)).map((name) => [columns[name] ?? name, body[name]]),
  )
}

async function byId(req: Request, db: Knex | Knex.Transaction, lock = false) {
  const { id } = req.params as { id: string }
  if (!/^[1-9][0-9]{0,18}$/.test(id) || BigInt(id) > 9223372036854775807n) throw new HttpProblem(404, 'No such shipment')
  const query = db('shipments').where({ id })
  const row = await (lock ? query.forUpdate() : query).first()
  if (!row) throw new HttpProblem(404, 'No such shipment')
  return row
}

app.use(express.text({ type: '*/*', limit: '1mb' }))

const FIELDS = ['ref', 'weightG', 'status', 'depot', 'note']
app.get('/shipments', async (req, res) => {
  const wanted: Record<string, string> = {}
  for (const name of ['status', 'depot']) {
    const value = req.query[name]
    if (value !== undefined) wanted[name] = [value].flat()[0] as string
  }
  res.json((await knex('shipments').where(wanted).orderBy('id')).map(one))
})
app.post('/shipments', async (req, res) => {
  const { status: _, ...body } = json(req)
  const values = validate(body, ['ref', 'weightG', 'depot', 'note'], ['ref', 'weightG', 'depot'])
  const [row] = await knex('shipments').insert(values).returning('*')
  res.status(201).location(`${req.protocol}://${req.headers.host}/shipments/${row.id}`).json(one(row))
})
app.get('/shipments/:id', async (req, res) => {
  res.json(one(await byId(req, knex)))
})

const legal = new Set(['new moving', 'new cancelled', 'moving delivered', 'moving cancelled'])
async function update(req: Request, res: Response, values: any) {
  const row = await knex.transaction(async (trx) => {
    const old = await byId(req, trx, true)
    precondition(req, old)
    const { status = old.status } = values
    if (status !== old.status && !legal.has(`${old.status} ${status}`)) throw new HttpProblem(409, 'Not from here')
    const [changed] = await trx('shipments')
      .where({ id: old.id })
      .update({ ...values, updated_at: trx.fn.now(), version: trx.raw('version + 1') })
      .returning('*')
    return changed
  })
  res.json(one(row))
}
app.put('/shipments/:id', (req, res) => update(req, res, { note: null, ...validate(json(req), FIELDS, FIELDS.slice(0, 4)) }))
app.patch('/shipments/:id', (req, res) => update(req, res, validate(json(req), FIELDS, [])))
app.delete('/shipments/:id', async (req, res) => {
  await knex.transaction(async (trx) => {
    precondition(req, await byId(req, trx, true))
    await trx('shipments').where({ id: req.params.id }).delete()
  })
  res.sendStatus(204)
})

app.get('/shipments/:id/scans', async (req, res) => {
  const { id } = await byId(req, knex)
  res.json(await knex('scans').select('id', 'kind', 'depot', 'at').where({ shipment_id: id }).orderBy('id'))
})
app.post('/shipments/:id/scans', async (req, res) => {
  const values = validate(json(req), ['kind', 'depot'], ['kind', 'depot'])
  const [scan] = await knex.transaction(async (trx) => {
    const { id, status } = await byId(req, trx, true)
    if (status === 'cancelled') throw new HttpProblem(409, 'It is cancelled')
    return trx('scans').insert({ ...values, shipment_id: id }).returning(['id', 'kind', 'depot', 'at'])
  })
  res.status(201).json(scan)
})

const allowed: [RegExp, string[]][] = [
  [/^\/shipments\/?$/i, ['GET', 'HEAD', 'POST']],
  [/^\/shipments\/[^/]+\/?$/i, ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']],
  [/^\/shipments\/[^/]+\/scans\/?$/i, ['GET', 'HEAD', 'POST']],
]
app.use((req, res) => {
  const known = allowed.find(([path]) => path.test(req.path))
  if (!known) throw new HttpProblem(404, 'Not found')
  for (const method of known[1]) res.append('Allow', method)
  throw new HttpProblem(405, 'Not that method')
})
app.use((error: any, _req: Request, res: Response, _next: NextFunction) => {
  let problem = error
  if (error.code === '23505') problem = new HttpProblem(409, 'This ref is taken')
  else if (!(error instanceof HttpProblem)) {
    const status = error.status >= 400 && error.status < 500 ? error.status : 500
    if (status === 500) console.error(error)
    problem = new HttpProblem(status, status === 500 ? 'Internal error' : 'Bad request')
  }
  const { status, title, errors } = problem
  res.status(status).type('application/problem+json').send(JSON.stringify({ title, status, errors }))
})

app.listen(Number(process.env.PORT), '127.0.0.1')
