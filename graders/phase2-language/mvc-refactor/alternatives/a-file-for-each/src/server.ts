import * as http from 'node:http'
import { Pool } from 'pg'
import { parcelsController } from './controllers/parcels.ts'
import * as model from './models/parcels.ts'
import { routes } from './routes.ts'
import { messagePage } from './views/parcels.ts'

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
pool.on('error', console.error)

const bound = Object.fromEntries(
  Object.entries(model).map(([name, fn]) => [name, (given: never) => fn(pool, given)]),
)
const table = routes(parcelsController(bound))
const fields = (text: string) => {
  const all: Record<string, string> = {}
  new URLSearchParams(text).forEach((value, name) => {
    if (!Object.hasOwn(all, name)) all[name] = value
  })
  return all
}

http
  .createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', async () => {
      const [path = '', query = ''] = req.url!.split(/\?(.*)/s)
      const id = /^\/parcels\/([1-9]\d{0,8})(?=\/|$)/.exec(path)?.[1]
      const key = `${req.method} ${id ? path.replace(id, ':id') : path}`
      const handler = Object.hasOwn(table, key) && !path.includes(':') ? table[key] : undefined
      const missing = { status: 404, html: messagePage({ title: 'Not found', message: 'There is no such page.' }) }
      let reply: any = missing
      try {
        const request = { params: { id }, query: fields(query), body: fields(Buffer.concat(chunks).toString()) }
        if (handler) reply = await handler(request)
      } catch {
        reply = { status: 500, html: messagePage({ title: 'Error', message: 'Something went wrong.' }) }
      }
      res.statusCode = reply.status
      if (reply.location) res.setHeader('location', reply.location)
      else res.setHeader('content-type', 'text/html; charset=UTF-8')
      res.end(reply.html)
    })
  })
  .listen(Number(process.env.PORT), '127.0.0.1')
