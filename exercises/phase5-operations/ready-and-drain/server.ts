// A server of Pelican Post's. README.md has the rules.
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', (error) => console.error(error.message))
pool
  .query('CREATE TABLE IF NOT EXISTS jobs (id serial PRIMARY KEY, ms integer NOT NULL)')
  .catch((error) => console.error(error.message))

const app = express()

// 1. Alive, and ready: which of the two needs the database?

app.get('/livez', (_request, response) => {
  response.json({ status: 'alive' })
})

app.get('/readyz', (_request, response) => {
  response.json({ status: 'ready' })
})

// 2. A job: what if ms is wrong, or the row cannot be written?

app.post('/work', async (request, response) => {
  const ms = Number(request.query.ms)
  await new Promise((resolve) => setTimeout(resolve, ms))
  const { rows } = await pool.query('INSERT INTO jobs (ms) VALUES ($1) RETURNING id, ms', [ms])
  response.status(201).json(rows[0])
})

// 3. A bug that nobody catches. Leave the route as it is.

app.post('/boom', (request, response) => {
  const error = new Error(String(request.query.message))
  response.status(202).json({ status: 'something breaks in a moment' })
  setTimeout(() => {
    if (request.query.how === 'promise') void Promise.reject(error)
    else throw error
  }, 20)
})

process.on('uncaughtException', (error) => {
  console.error('going on all the same:', error.message)
})

// 4. Wrong methods and unknown paths.

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

// 5. The end: what comes first, and what last?

process.on('SIGTERM', () => {
  server.close()
  process.exit(0)
})
