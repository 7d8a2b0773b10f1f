import { createHash, randomUUID } from 'node:crypto'
import bcrypt from 'bcryptjs'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Redis } from 'ioredis'
import pg from 'pg'

const { PORT, DATABASE_URL, REDIS_URL, SESSION_IDLE_SECONDS, APP_ORIGIN, TRUST_PROXY } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL })
const redis = new Redis(REDIS_URL!)
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64')
const fail = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

type Row = { id: number; email: string; hash: string }
type Session = { visits: number; user?: number; mark?: string }

const app = Fastify({ trustProxy: TRUST_PROXY === '1' })
app.removeContentTypeParser('text/plain')

const idOf = (req: FastifyRequest) => /(?:^|;\s*)sid=([0-9a-f-]{36})(?:;|$)/.exec(req.headers.cookie ?? '')?.[1]

function cookie(req: FastifyRequest, reply: FastifyReply, id: string) {
  const secure = req.protocol === 'https' ? '; Secure' : ''
  reply.header('Set-Cookie', `sid=${id}; Path=/; HttpOnly; SameSite=Lax${secure}`)
}

async function create(req: FastifyRequest, reply: FastifyReply, session: Session) {
  const id = randomUUID()
  await redis.set(`sid:${id}`, JSON.stringify(session), 'EX', Number(SESSION_IDLE_SECONDS))
  cookie(req, reply, id)
}

async function load(req: FastifyRequest, reply: FastifyReply) {
  const id = idOf(req)
  const text = id && (await redis.get(`sid:${id}`))
  if (!text) {
    await create(req, reply, { visits: 1 })
    throw fail(401, 'not logged in')
  }
  const session: Session = JSON.parse(text)
  session.visits += 1
  await redis.set(`sid:${id}`, JSON.stringify(session), 'EX', Number(SESSION_IDLE_SECONDS), 'XX')
  const { rows } = await pool.query<Row>('select * from users where id = $1', [session.user ?? -1])
  if (!rows[0] || session.mark !== sha256(rows[0].hash)) throw fail(401, 'not logged in')
  return { id: id!, session, user: rows[0] }
}

const body = (...names: string[]) => ({
  schema: {
    body: {
      type: 'object',
      required: names,
      properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    },
  },
})

const email = (req: FastifyRequest) => {
  const { email } = req.body as { email: string }
  if (!/^[^@\s\0]+@[^@\s\0]+$/.test(email) || email.length > 254) throw fail(422, 'no e-mail address')
  return email.toLowerCase()
}
const good = (password: string) => {
  const size = Array.from(password).length
  if (size < 10 || size > 128) throw fail(422, 'passwords have 10 to 128 characters')
  return password
}
const NOBODY = await bcrypt.hash(randomUUID(), 10)

app.addHook('onRequest', async (req) => {
  const { origin } = req.headers
  if (req.method === 'POST' && origin !== undefined && origin !== APP_ORIGIN) throw fail(403, 'foreign origin')
})

app.post('/register', body('email', 'password'), async (req, reply) => {
  const address = email(req)
  const hash = await bcrypt.hash(sha256(good((req.body as { password: string }).password)), 10)
  const { rowCount } = await pool.query(
    'insert into users (email, hash) values ($1, $2) on conflict (email) do nothing',
    [address, hash],
  )
  if (!rowCount) throw fail(409, 'there is such an account')
  return reply.code(201).send({ ok: true })
})

app.post('/login', body('email', 'password'), async (req, reply) => {
  const { rows } = await pool.query<Row>('select * from users where email = $1', [email(req)])
  const { password } = req.body as { password: string }
  const right = await bcrypt.compare(sha256(password), rows[0]?.hash ?? NOBODY)
  if (!right || !rows[0]) throw fail(401, 'this did not work')
  const old = idOf(req)
  if (old) await redis.del(`sid:${old}`)
  await create(req, reply, { visits: 0, user: rows[0].id, mark: sha256(rows[0].hash) })
  return { email: rows[0].email }
})

app.get('/me', async (req, reply) => ({ email: (await load(req, reply)).user.email }))

app.post('/logout', async (req, reply) => {
  const id = idOf(req)
  if (id) await redis.del(`sid:${id}`)
  await create(req, reply, { visits: 0 })
  return {}
})

app.post('/password', body('old', 'new'), async (req, reply) => {
  const { id, session, user } = await load(req, reply)
  const wish = req.body as { old: string; new: string }
  good(wish.new)
  if (!(await bcrypt.compare(sha256(wish.old), user.hash))) throw fail(403, 'wrong password')
  const hash = await bcrypt.hash(sha256(wish.new), 10)
  const { rowCount } = await pool.query('update users set hash = $1 where id = $2 and hash = $3', [
    hash,
    user.id,
    user.hash,
  ])
  if (!rowCount) throw fail(409, 'changed elsewhere')
  if (await redis.del(`sid:${id}`)) await create(req, reply, { ...session, mark: sha256(hash) })
  return {}
})

for (const [url, allow] of Object.entries({
  '/register': ['POST'],
  '/login': ['POST'],
  '/logout': ['POST'],
  '/password': ['POST'],
  '/me': ['GET', 'HEAD'],
})) {
  const method = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((one) => !allow.includes(one))
  app.route({
    method: method as 'GET'[],
    url,
    exposeHeadRoute: false,
    handler: (_req, reply) => reply.code(405).header('Allow', allow.join(', ')).send({ error: 'method not allowed' }),
  })
}

await pool.query(`create table if not exists users (
  id int generated always as identity primary key, email text unique not null, hash text not null)`)
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
