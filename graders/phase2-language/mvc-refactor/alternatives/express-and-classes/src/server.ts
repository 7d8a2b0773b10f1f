import express from 'express'
import pg from 'pg'
import { parcelsController } from './controllers/parcels.ts'
import { ParcelModel } from './models/parcels.ts'
import { messagePage } from './views/parcels.ts'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL })
db.on('error', () => {})
const parcels = parcelsController(new ParcelModel(db))

const app = express()
app.disable('x-powered-by')
app.enable('strict routing')
app.enable('case sensitive routing')
app.use(express.text({ type: () => true, limit: '10mb' }))

const first = (fields: URLSearchParams) => {
  const found: Record<string, string> = {}
  for (const name of fields.keys()) found[name] = fields.get(name)!
  return found
}

const handle = (handler: any) => async (req: any, res: any, next: any) => {
  if ('id' in req.params && !/^[1-9][0-9]{0,8}$/.test(req.params.id)) return next()
  const query = first(new URL(req.url, 'http://x').searchParams)
  const body = first(new URLSearchParams(typeof req.body === 'string' ? req.body : ''))
  const { status, html, location } = await handler({ params: req.params, query, body })
  if (location) res.status(status).set('Location', location).end()
  else res.status(status).type('text/html; charset=utf-8').send(html)
}

app.get('/', (_req, res) => void res.redirect(302, '/parcels'))
app.get('/parcels', handle(parcels.index))
app.get('/parcels/new', handle(parcels.form))
app.post('/parcels', handle(parcels.create))
app.get('/parcels/:id', handle(parcels.show))
app.post('/parcels/:id/deliver', handle(parcels.deliver))
app.use((_req, res) => {
  res.status(404).type('html').send(messagePage({ title: 'Not found', message: 'There is no such page.' }))
})
app.use((error: any, _req: any, res: any, _next: any) => {
  console.error(error)
  res.status(500).type('html').send(messagePage({ title: 'Error', message: 'Something went wrong.' }))
})

app.listen(Number(process.env.PORT), '127.0.0.1')
