import { DatabaseSync } from 'node:sqlite'
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify'

// The wall is a table; SQLite compares text by its UTF-8 bytes, which is code-point order.
const db = new DatabaseSync(':memory:')
db.exec(`
  CREATE TABLE lockers (
    id TEXT PRIMARY KEY,
    size TEXT NOT NULL,
    status TEXT NOT NULL,
    label TEXT,
    changed INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE numbers (last INTEGER NOT NULL);
  INSERT INTO numbers VALUES (1000);
  INSERT INTO lockers (id, size, status, label) VALUES
    ('A-12', 'M', 'free', 'by the door'), ('A-2', 'S', 'broken', NULL), ('B-1', 'L', 'occupied', '');
`)
const all = db.prepare('SELECT * FROM lockers ORDER BY id')
const one = db.prepare('SELECT * FROM lockers WHERE id = ?')
const upsert = db.prepare(`
  INSERT INTO lockers (id, size, status, label) VALUES ($id, $size, $status, $label)
  ON CONFLICT (id) DO UPDATE SET
    size = excluded.size, status = excluded.status, label = excluded.label, changed = changed + 1
  RETURNING *
`)
const remove = db.prepare('DELETE FROM lockers WHERE id = ? RETURNING *')
const draw = db.prepare('UPDATE numbers SET last = last + 1 RETURNING last')

type Row = Record<string, unknown>
type Fields = { size: string; status: string; label?: string }

function toLocker(row: Row): Row {
  const { label, changed, ...rest } = row
  return label === null ? { ...rest, changed } : { ...rest, label, changed }
}

const size = { enum: ['S', 'M', 'L'] }
const status = { enum: ['free', 'occupied', 'broken'] }
const label = { type: 'string', maxLength: 200 }
const forPost = { type: 'object', required: ['size'], properties: { size, label } }
const forPut = {
  type: 'object',
  required: ['size', 'status'],
  properties: { size, status, label },
}

const app = fastify({
  bodyLimit: 65_536,
  exposeHeadRoutes: true,
  // An id may be as long as somebody likes, and "1" is no substitute for a text.
  routerOptions: { maxParamLength: 5000 },
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
})
app.removeContentTypeParser('text/plain')

app.setErrorHandler((error: any, _request, reply) => {
  const code = error.validation ? 422 : (error.statusCode ?? 500)
  reply.code(code).send({ code, title: error.message || 'something failed' })
})
const missing = (reply: FastifyReply) => reply.code(404).send({ code: 404, title: 'not found' })
app.setNotFoundHandler((_request, reply) => missing(reply))

function onlyWith(allow: string) {
  return (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .code(405)
      .header('allow', allow)
      .send({ code: 405, title: `use ${allow}` })
}

app.get('/lockers', () => all.all().map(toLocker))
app.post<{ Body: Fields }>('/lockers', { schema: { body: forPost } }, (request, reply) => {
  const id = String(draw.get()!.last)
  const { size, label = null } = request.body
  const row = upsert.get({ id, size, label, status: 'free' })!
  reply.code(201).header('location', `/lockers/${id}`).send(toLocker(row))
})
app.route({
  method: ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'],
  url: '/lockers',
  onRequest: onlyWith('POST, GET, HEAD'),
  handler: () => {},
})

type ById = { Params: { id: string } }
app.get<ById>('/lockers/:id', (request, reply) => {
  const row = one.get(request.params.id)
  return row ? reply.send(toLocker(row)) : missing(reply)
})
app.put<ById & { Body: Fields }>('/lockers/:id', { schema: { body: forPut } }, (request, reply) => {
  const { id } = request.params
  const { size, status, label = null } = request.body
  const known = one.get(id) !== undefined
  if (!known && !/^[A-Z]{1,3}-[0-9]{1,4}$/.test(id)) {
    return reply.code(422).send({ code: 422, title: 'a new id looks like ABC-1234' })
  }
  const row = upsert.get({ id, size, status, label })!
  return reply.code(known ? 200 : 201).send(toLocker(row))
})
app.delete<ById>('/lockers/:id', (request, reply) => {
  const row = remove.get(request.params.id)
  return row ? reply.send(toLocker(row)) : missing(reply)
})
app.route({
  method: ['POST', 'PATCH', 'OPTIONS', 'TRACE'],
  url: '/lockers/:id',
  onRequest: onlyWith('GET, PUT, HEAD, DELETE'),
  handler: () => {},
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
