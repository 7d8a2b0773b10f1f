import fastify from 'fastify'
import knexModule from 'knex'

const knex = knexModule.default({
  client: 'mysql2',
  connection: {
    uri: process.env.MARIADB_URL!.replace('mariadb:', 'mysql:'),
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: true,
  } as object,
  pool: { min: 0, max: 6 },
})

if (!(await knex.schema.hasTable('members'))) {
  await knex.schema.createTable('members', (table) => {
    table.increments('id')
    table.string('email', 200).notNullable().collate('utf8mb4_general_ci').unique()
    table.string('name', 60).notNullable().collate('utf8mb4_unicode_ci')
  })
}
if (!(await knex.schema.hasTable('goods'))) {
  await knex.schema.createTable('goods', (table) => {
    table.string('sku', 20).collate('utf8mb4_bin').primary()
    table.integer('quantity').notNullable()
  })
}
if (!(await knex.schema.hasTable('orders'))) {
  await knex.schema.createTable('orders', (table) => {
    table.bigIncrements('id')
    table.string('sku', 20).notNullable()
    table.integer('qty').notNullable()
    table.datetime('at', { precision: 3 }).notNullable()
  })
}

const app = fastify()
const sku = { type: 'string', pattern: '^[A-Z0-9-]{1,20}$' }
const amount = { type: 'integer', minimum: 1, maximum: 1_000_000 }
const digits = { type: 'string', pattern: '^[0-9]{1,9}$' }
const day = { type: 'string', format: 'date' }
app.setValidatorCompiler(({ schema }) => {
  // Values stay what they are: a text is no number.
  const compile = new Ajv({ coerceTypes: false, strict: false })
  addFormats(compile)
  return compile.compile(schema as object)
})
const { default: Ajv } = await import('ajv').then((module) => ({ default: (module.default as any).default ?? module.default }))
const addFormats = (ajv: any) => {
  ajv.addFormat('date', (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)))
  ajv.addFormat('instant', (text: string) => !Number.isNaN(Date.parse(text)))
  ajv.addFormat('mail', /^[!-?A-~]+@[!-?A-~]+$/)
}

app.post<{ Body: { email: string; name: string } }>(
  '/customers',
  {
    schema: {
      body: {
        type: 'object',
        required: ['email', 'name'],
        properties: {
          email: { type: 'string', maxLength: 200, format: 'mail' },
          name: { type: 'string', minLength: 1, maxLength: 60 },
        },
      },
    },
  },
  async ({ body }, reply) => {
    try {
      const [id] = await knex('members').insert({ email: body.email, name: body.name })
      return reply.code(201).send({ id, email: body.email, name: body.name })
    } catch (error) {
      if ((error as { errno?: number }).errno !== 1062) throw error
      return reply.code(409).send({ error: 'taken' })
    }
  },
)
app.get<{ Params: { id: string } }>('/customers/:id', async ({ params }, reply) => {
  const found = /^\d+$/.test(params.id) && (await knex('members').where({ id: params.id }).first())
  return found || reply.code(404).send({ error: 'nobody' })
})
app.put<{ Params: { sku: string }; Body: { add: number } }>(
  '/stock/:sku',
  {
    schema: {
      params: { type: 'object', properties: { sku } },
      body: { type: 'object', required: ['add'], properties: { add: amount } },
    },
  },
  async ({ params, body }) => {
    await knex('goods')
      .insert({ sku: params.sku, quantity: body.add })
      .onConflict()
      .merge({ quantity: knex.raw('quantity + ?', [body.add]) })
    return knex('goods').where(params).first('sku', 'quantity')
  },
)
app.get<{ Params: { sku: string } }>('/stock/:sku', async ({ params }, reply) => {
  const found = await knex('goods').where({ sku: params.sku }).first('sku', 'quantity')
  return found ?? reply.code(404).send({ error: 'no such article' })
})
app.post<{ Body: { sku: string; qty: number; at?: string } }>(
  '/orders',
  {
    schema: {
      body: {
        type: 'object',
        required: ['sku', 'qty'],
        properties: { sku, qty: amount, at: { type: 'string', format: 'instant' } },
      },
    },
  },
  async ({ body }, reply) => {
    const at = body.at ? new Date(body.at) : new Date()
    const made = await knex.transaction(async (trx) => {
      const took = await trx('goods')
        .where('sku', body.sku)
        .andWhere('quantity', '>=', body.qty)
        .decrement('quantity', body.qty)
      if (took === 0) return undefined
      const [id] = await trx('orders').insert({ sku: body.sku, qty: body.qty, at })
      return trx('orders').where({ id }).first()
    })
    if (!made) return reply.code(409).send({ error: 'not so many' })
    return reply.code(201).send({ ...made, id: String(made.id) })
  },
)
app.get<{ Querystring: { limit?: string; offset?: string } }>(
  '/orders',
  { schema: { querystring: { type: 'object', properties: { limit: digits, offset: digits } } } },
  async ({ query }, reply) => {
    const limit = Number(query.limit ?? 20)
    if (limit < 1 || limit > 100) return reply.code(400).send({ error: 'limit' })
    const rows = await knex('orders').orderBy('id', 'desc').limit(limit).offset(Number(query.offset ?? 0))
    return { orders: rows.map((row) => ({ ...row, id: String(row.id) })) }
  },
)
app.get<{ Querystring: { from: string; to: string } }>(
  '/report',
  { schema: { querystring: { type: 'object', required: ['from', 'to'], properties: { from: day, to: day } } } },
  async ({ query }) => {
    const rows = await knex('orders')
      .where('at', '>=', new Date(query.from))
      .andWhere('at', '<', new Date(query.to))
      .orderBy('at')
    const days = Map.groupBy(rows, (row) => (row.at as Date).toISOString().slice(0, 10))
    return {
      days: [...days].map(([key, list]) => ({
        day: key,
        orders: list.length,
        qty: list.reduce((sum, row) => sum + row.qty, 0),
      })),
    }
  },
)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
