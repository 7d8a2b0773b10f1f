import { createHash } from 'node:crypto'
import http from 'node:http'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 30 })
pool.on('error', () => {})
await pool.query(`create table if not exists outcomes (
  id uuid primary key default gen_random_uuid(), client text, token text, amount int, body json, primary_status int,
  unique (client, token))`)

type Reply = [status: number, body: unknown, headers?: Record<string, string>]
const no = (status: number, error: string, headers?: Record<string, string>): Reply => [status, { error }, headers]

function askGateway(key: string, body: string): Promise<{ status?: number; text: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(`${process.env.GATEWAY_URL}/charges`)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'idempotency-key': key }
    const request = http.request(url, { method: 'POST', headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.complete) resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() })
        else reject(new Error('half an answer'))
      })
    })
    const timer = setTimeout(() => request.destroy(new Error('too slow')), 2000)
    request.on('close', () => clearTimeout(timer))
    request.on('error', reject)
    request.end(body)
  })
}

async function decide(client: string, token: string, amount: number): Promise<Reply | undefined> {
  const key = createHash('sha256').update(`${token} ${client}`).digest('base64url')
  const asked = await askGateway(key, JSON.stringify({ customer: client, cents: amount })).catch(() => undefined)
  if (asked?.status === 402) return no(402, 'declined')
  if (asked?.status !== 201) return undefined
  try {
    const { id } = JSON.parse(asked.text)
    return typeof id === 'string' ? [201, { customer: client, cents: amount, charge: id }] : undefined
  } catch {
    return undefined
  }
}

async function pay(token: string, sent: any): Promise<Reply> {
  if (!/^[\w-]{8,64}$/.test(token)) return no(400, 'Idempotency-Key: 8 to 64 letters, digits, _ and -')
  const { customer: client, cents: amount } = sent
  if (typeof client !== 'string' || client === '' || Array.from(client).length > 40) return no(400, 'customer')
  if (typeof amount !== 'number' || !Number.isInteger(amount) || amount < 1 || amount > 1e6) return no(400, 'cents')
  const db = await pool.connect()
  db.on('error', () => {})
  let broken = true
  try {
    await db.query('begin')
    await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${token} ${client}`])
    const { rows } = await db.query('select * from outcomes where client = $1 and token = $2', [client, token])
    let [row] = rows
    if (!row) {
      const reply = await decide(client, token, amount)
      if (reply) {
        const [status, body] = reply
        const sql = 'insert into outcomes (client, token, amount, body, primary_status) values ($1, $2, $3, $4, $5) returning *'
        row = (await db.query(sql, [client, token, amount, JSON.stringify(body), status])).rows[0]
      }
    }
    await db.query('commit')
    broken = false
    if (!row) return no(504, 'nobody knows')
    if (row.amount !== amount) return no(409, 'another amount')
    return [row.primary_status, row.primary_status === 201 ? { id: row.id, ...row.body } : row.body]
  } finally {
    db.removeAllListeners('error')
    db.release(broken)
  }
}

async function show(id: string): Promise<Reply> {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return no(404, 'unknown')
  const { rows } = await pool.query('select * from outcomes where id = $1 and primary_status = 201', [id])
  return rows[0] ? [200, { id, ...rows[0].body }] : no(404, 'unknown')
}

async function reply(request: http.IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const [path = '/'] = request.url!.split('?')
  if (path === '/payments') {
    if (request.method !== 'POST') return no(405, 'POST', { allow: 'POST' })
    const type = request.headers['content-type'] ?? ''
    if (!/^application\/json *(;|$)/i.test(type)) return no(415, 'JSON, please')
    let sent: unknown
    try {
      sent = JSON.parse(Buffer.concat(chunks).toString())
    } catch {
      return no(400, 'no JSON')
    }
    if (typeof sent !== 'object' || !sent || Array.isArray(sent)) return no(422, 'no object')
    return pay(String(request.headers['idempotency-key'] ?? ''), sent)
  }
  const id = /^\/payments\/([^/]+)$/.exec(path)?.[1]
  if (!id) return no(404, 'nothing here')
  return request.method === 'GET' || request.method === 'HEAD' ? show(id) : no(405, 'GET', { allow: 'GET, HEAD' })
}

const server = http.createServer(async (request, response) => {
  const [status, body, headers] = await reply(request).catch((error) => {
    console.error(error)
    return no(500, 'oh')
  })
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
  response.end(request.method === 'HEAD' ? undefined : text)
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
