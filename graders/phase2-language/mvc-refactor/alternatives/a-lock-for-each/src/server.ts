import { createServer } from 'node:http'
import pg from 'pg'
import type { Reply } from './controllers/parcels.ts'
const { parcelsController } = await import('./controllers/parcels.ts')
import { create, deliver, find, list } from './models/parcels.ts'
import { messagePage } from './views/parcels.ts'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL })
db.on('error', () => {})
const parcels = parcelsController({
  create: (values) => create(db, values),
  find: (id) => find(db, id),
  list: (status) => list(db, status),
  deliver: (id) => deliver(db, id),
})

const toObject = (all: URLSearchParams) => {
  const object: Record<string, string> = {}
  for (const name of all.keys()) object[name] = all.get(name) ?? ''
  return object
}

const server = createServer(async (request, response) => {
  let reply: Reply
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const match = /^\/parcels\/([1-9][0-9]{0,8})(\/deliver)?$/.exec(url.pathname)
    const context = { params: { id: match?.[1] }, query: toObject(url.searchParams), body: toObject(new URLSearchParams(text)) }
    const route = `${request.method} ${url.pathname}`
    if (route === 'GET /') reply = { status: 302, location: '/parcels' }
    else if (route === 'GET /parcels') reply = await parcels.index(context)
    else if (route === 'GET /parcels/new') reply = await parcels.form(context)
    else if (route === 'POST /parcels') reply = await parcels.create(context)
    else if (match && !match[2] && request.method === 'GET') reply = await parcels.show(context)
    else if (match && match[2] && request.method === 'POST') reply = await parcels.deliver(context)
    else reply = { status: 404, html: messagePage({ title: 'Not found', message: 'There is no such page.' }) }
  } catch (error) {
    console.error(error)
    reply = { status: 500, html: messagePage({ title: 'Error', message: 'Something went wrong.' }) }
  }
  if ('location' in reply) response.writeHead(reply.status, { Location: reply.location }).end()
  else response.writeHead(reply.status, { 'Content-Type': 'text/html; charset=utf-8' }).end(reply.html)
})
server.listen(Number(process.env.PORT), '127.0.0.1')
