// Pelican Post, lockers and wallets. Two copies of this program run at once, on one database.
import express from 'express'

const app = express()
app.use(express.json())

// 1. Postgres: connect to DATABASE_URL. What happens when a connection breaks, idle or in use?

// 2. POST /depots/{id}/bookings: a free locker for the parcel. Who else may be looking right now?

// 3. DELETE /bookings/{parcel}: the locker is free again.

// 4. POST /transfers: cents from one wallet to another, wholly or not at all.

// 5. GET /wallets/{id}

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
})
