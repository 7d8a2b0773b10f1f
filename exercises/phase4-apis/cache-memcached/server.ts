// Pelican Post, prices behind memcached. Postgres is the truth; memcached only saves it work.
import express from 'express'

const app = express()
app.use(express.json())

// 1. Postgres: connect to DATABASE_URL. What happens when an idle connection breaks?

// 2. memcached: connect to MEMCACHED_URL with node:net. How long may one command take? What if there is nobody?

// 3. GET /prices?route=…: what can a key be made of?

// 4. PUT /prices and POST /prices/invalidate: change the row, and forget what is cached of it.

// 5. GET /catalog: larger than any item may be. GET /settings: for 45 days.

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
})
