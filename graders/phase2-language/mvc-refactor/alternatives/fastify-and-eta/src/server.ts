import Fastify from 'fastify'
import pg from 'pg'
import { parcelsController } from './controllers/parcels.ts'
import { create, deliver, find, list } from './models/parcels.ts'
import { messagePage } from './views/parcels.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', () => {})
const controller = parcelsController({
  create: create.bind(null, pool),
  deliver: deliver.bind(null, pool),
  find: find.bind(null, pool),
  list: list.bind(null, pool),
})

const app = Fastify()
const fields = (text: unknown) => {
  const all = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(String(text ?? ''))) if (!all.has(name)) all.set(name, value)
  return Object.fromEntries(all)
}
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text))

const run = (name: string) => async (request: any, reply: any) => {
  const query = fields(request.url.split('?').slice(1).join('?'))
  const { status, html, location } = await controller[name]({ params: request.params, query, body: fields(request.body) })
  if (location) return reply.code(status).header('Location', location).send()
  return reply.code(status).type('text/html; charset=utf-8').send(html)
}
const message = (status: number, title: string, text: string) => (_: any, reply: any) =>
  reply.code(status).type('text/html; charset=utf-8').send(messagePage({ title, message: text }))

app.get('/', async (_request, reply) => reply.redirect('/parcels', 302))
app.get('/parcels', run('index'))
app.get('/parcels/new', run('form'))
app.post('/parcels', run('create'))
app.get('/parcels/:id(^[1-9][0-9]{0,8}$)', run('show'))
app.post('/parcels/:id(^[1-9][0-9]{0,8}$)/deliver', run('deliver'))
app.setNotFoundHandler(message(404, 'Not found', 'There is no such page.'))
app.setErrorHandler((error, request, reply) => {
  console.error(error)
  return message(500, 'Error', 'Something went wrong.')(request, reply)
})
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
