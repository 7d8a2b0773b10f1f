// Pelican Post, tracking behind a cache. Postgres is the truth; Redis only saves it work.
import express from 'express'

const app = express()
app.use(express.json())

// 1. Postgres: connect to DATABASE_URL. What happens when an idle connection breaks?

// 2. Redis: connect to REDIS_URL. How long may one command take? What if there is no Redis?

// 3. GET /track/{code}: from the cache; on a miss from Postgres, stored for CACHE_TTL_SECONDS.

// 4. GET /me/parcels: the parcels of the user whose token it is. Caching them is up to you.

// 5. POST /parcels and PATCH /parcels/{code}: write to Postgres, then forget what is cached of it.

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
})
