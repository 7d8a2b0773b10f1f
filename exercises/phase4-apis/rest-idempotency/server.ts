// Pelican Post's payments. README.md has the rules, gateway.ts is a gateway to play with.
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = express()
app.use(express.json())

// 1. A table: what do you have to know of a payment before, and after the gateway has answered?

// 2. POST /payments: check, find out who is first, charge, store, answer.

app.post('/payments', async (request, response) => {
  const { customer, cents } = request.body
  const answer = await fetch(`${process.env.GATEWAY_URL}/charges`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify({ customer, cents }),
  })
  const { id } = (await answer.json()) as { id: string }
  response.status(201).json({ id, customer, cents, charge: id })
})

// 3. GET /payments/{id}

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
})
