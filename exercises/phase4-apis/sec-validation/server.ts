// Pelican Post's booking desk. It believes everything. README.md has the rules, schema.sql the tables.
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
const app = express()
app.use(express.json())

// 1. POST /bookings: check every field, refuse others, and store what you have checked

const BOOKING = 'id, depot, contact, label, boxes, size, express, stops'

app.post('/bookings', async (request, response) => {
  const { depot, contact, label, boxes, size, express = false, stops } = request.body
  const { rows } = await pool.query(
    `insert into bookings (depot, contact, label, boxes, size, express, stops)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${BOOKING}`,
    [depot, contact, label, boxes, size, express, JSON.stringify(stops)],
  )
  response.status(201).json(rows[0])
})

// 2. GET /bookings/{id}

// 3. PATCH /profile: nobody makes himself an administrator

const PROFILE = 'id, name, email, birthday::text as birthday, newsletter, language, role, balance'

app.get('/profile', async (_request, response) => {
  const { rows } = await pool.query(`select ${PROFILE} from profiles where id = 1`)
  response.json(rows[0])
})

app.patch('/profile', async (request, response) => {
  // The body's fields replace the row's, whatever they are called.
  const { rows } = await pool.query(
    `update profiles set (id, name, email, birthday, newsletter, language, role, balance) =
       (select (jsonb_populate_record(profiles, $1)).*) where id = 1 returning ${PROFILE}`,
    [JSON.stringify(request.body)],
  )
  response.json(rows[0])
})

// 4. POST /imports/json: merge what is right into the settings, at every depth

app.get('/settings', async (_request, response) => {
  const { rows } = await pool.query('select document from settings where id = 1')
  response.json(rows[0].document)
})

app.post('/imports/json', async (request, response) => {
  const { rows } = await pool.query(
    'update settings set document = document || $1 where id = 1 returning document',
    [JSON.stringify(request.body)],
  )
  response.json(rows[0].document)
})

// 5. GET /search?q=…&page=…&tags[]=…

app.get('/search', async (request, response) => {
  const { q, page = 1 } = request.query
  const { rows: items } = await pool.query(
    'select id, name, tags from depots where strpos(name, $1) > 0 order by id limit 10 offset $2',
    [q, (Number(page) - 1) * 10],
  )
  response.json({ page, items })
})

// 6. Refusals: 400 or 422 with { error, errors: [{ path, message }] }, and never a 500

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
})
