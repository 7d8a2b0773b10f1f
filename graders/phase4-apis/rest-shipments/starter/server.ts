// Pelican Post's shipments. README.md has the rules, schema.sql the tables.
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = express()
app.use(express.json())

type Row = {
  id: string
  ref: string
  weight_g: number
  status: string
  depot: string
  note: string | null
  created_at: Date
  updated_at: Date
}

/** A row as clients see it. */
const shown = (row: Row) => ({
  id: row.id,
  ref: row.ref,
  weightG: row.weight_g,
  status: row.status,
  depot: row.depot,
  note: row.note,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

// 1. GET /shipments?status&depot, POST /shipments

app.get('/shipments', async (_request, response) => {
  const { rows } = await pool.query<Row>('select * from shipments')
  response.json(rows.map(shown))
})

// 2. GET, PUT, PATCH and DELETE /shipments/{id}, with ETag, If-None-Match and If-Match

// 3. GET and POST /shipments/{id}/scans

// 4. Errors: application/problem+json with title and status

app.use((_request, response) => {
  response.status(501).json({ error: 'not implemented' })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
})
