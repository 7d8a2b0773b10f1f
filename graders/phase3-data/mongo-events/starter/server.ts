// Pelican Post, the timelines of parcels. Two copies of this program run at once, on one database.
import express from 'express'

const app = express()
app.use(express.json())

// 1. MongoDB: connect to MONGODB_URL, and make the indexes. What must be unique?

// 2. POST /parcels/{code}/events: into the timeline, once. Who else may be writing right now?

// 3. GET /parcels/{code}: the newest 100 events, oldest first, and how many there were in all.

// 4. GET /depots/{depot}/daily?from&to: events and parcels by UTC day, counted by MongoDB.

// 5. GET /search?kind&depot&after&limit: newest first. What if `kind` is not a text?

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
})
