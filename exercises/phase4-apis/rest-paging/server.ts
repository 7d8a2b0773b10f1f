// Pelican Post's events, page by page. README.md has the rules, schema.sql the table.
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = express()

type Row = {
  id: string
  at: Date
  kind: string
  parcel_code: string
  depot: string
  note: string | null
}

/** A row as clients see it. */
const shown = (row: Row) => ({
  id: row.id,
  at: row.at,
  kind: row.kind,
  parcel: row.parcel_code,
  depot: row.depot,
  note: row.note,
})

app.get('/events', async (request, response) => {
  // 1. limit, kind, sort and fields: read them, and refuse what is not allowed.
  const limit = Number(request.query.limit ?? 20)

  // 2. The page. Where it begins is what the cursor says.
  const { rows } = await pool.query<Row>('select * from events order by at limit $1', [limit])

  // 3. The cursor of the next page.
  response.json({ items: rows.map(shown), next: null })
})

// 4. Wrong methods and unknown paths.

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => pool.end())
})
