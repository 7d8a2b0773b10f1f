import { createServer, type IncomingMessage } from 'node:http'
import pg from 'pg'
import { type Controller, parcelsController, type Reply } from './controllers/parcels.ts'
import * as parcels from './models/parcels.ts'
import { messagePage } from './views/parcels.ts'

const db = new pg.Pool({ connectionString: process.env.DATABASE_URL })
db.on('error', () => {})

const controller = parcelsController({
  create: (values) => parcels.create(db, values),
  find: (id) => parcels.find(db, id),
  list: (status) => parcels.list(db, status),
  deliver: (id) => parcels.deliver(db, id),
})

const ROUTES: [method: string, path: RegExp, handler: keyof Controller][] = [
  ['GET', /^\/parcels$/, 'index'],
  ['GET', /^\/parcels\/new$/, 'form'],
  ['POST', /^\/parcels$/, 'create'],
  ['GET', /^\/parcels\/(?<id>[1-9][0-9]{0,8})$/, 'show'],
  ['POST', /^\/parcels\/(?<id>[1-9][0-9]{0,8})\/deliver$/, 'deliver'],
]

async function reply(request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  if (request.method === 'GET' && url.pathname === '/') return { status: 302, location: '/parcels' }
  for (const [method, path, handler] of ROUTES) {
    const match = path.exec(url.pathname)
    if (!match || method !== request.method) continue
    return controller[handler]({
      params: { ...match.groups },
      query: firstOfEach(url.searchParams),
      body: firstOfEach(new URLSearchParams(text)),
    })
  }
  return {
    status: 404,
    html: messagePage({ title: 'Not found', message: 'There is no such page.' }),
  }
}

function firstOfEach(fields: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...fields].toReversed())
}

const server = createServer(async (request, response) => {
  let answer: Reply
  try {
    answer = await reply(request)
  } catch (error) {
    console.error(error)
    const html = messagePage({ title: 'Error', message: 'Something went wrong.' })
    answer = { status: 500, html }
  }
  if ('location' in answer) {
    response.writeHead(answer.status, { Location: answer.location }).end()
  } else {
    const headers = { 'Content-Type': 'text/html; charset=utf-8' }
    response.writeHead(answer.status, headers).end(answer.html)
  }
})

server.listen(Number(process.env.PORT), '127.0.0.1')
