import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import knexOf from 'knex'

class Bad extends Error {}
function secret(name: string, isFit: (value: string) => boolean, optional = false): string {
  const path = process.env[name + '_FILE']
  let value = process.env[name] ?? ''
  if (path) {
    try {
      value = readFileSync(path).toString()
    } catch {
      throw new Bad(`${name}: cannot read its file`)
    }
    value = value.replace(/\r?\n$/, '')
    if (value === '') throw new Bad(`${name}: its file is empty`)
  }
  if (value === '' && optional) return ''
  if (value === '') throw new Bad(`${name}: missing`)
  if (value.toUpperCase() === 'CHANGEME') throw new Bad(`${name}: a placeholder`)
  if (!isFit(value)) throw new Bad(`${name}: not as it should be`)
  return value
}
const long = (value: string) => [...value].length > 15
const isKey = (value: string) => value.length === 44 && Buffer.from(value, 'base64').toString('base64') === value && Buffer.from(value, 'base64').length === 32

let state = { webhook: '', webhookOld: '', key: '', keyOld: '' }
type State = typeof state
const load: Record<keyof State, () => string> = {
  webhook: () => secret('WEBHOOK_SECRET', long),
  webhookOld: () => secret('WEBHOOK_SECRET_PREVIOUS', long, true),
  key: () => secret('ENCRYPTION_KEY', isKey),
  keyOld: () => secret('ENCRYPTION_KEY_PREVIOUS', isKey, true),
}
let url = ''
try {
  url = secret('DATABASE_URL', () => true)
  for (const [name, read] of Object.entries(load)) state[name as keyof State] = read()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 2
}
if (process.exitCode) process.exit()

process.on('SIGHUP', () => {
  const next = { ...state }
  for (const [name, read] of Object.entries(load)) {
    try {
      next[name as keyof State] = read()
    } catch (error) {
      process.stderr.write(`${(error as Error).message}, so nothing changes there\n`)
    }
  }
  state = next
})

// ---- at rest: 4 bytes of the key's id, 16 of the IV, 32 of the MAC, the rest
const parts = (key: string) => {
  const all = Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64'), '', 'integrations', 64))
  return { id: createHash('sha256').update(all).digest().subarray(0, 4), enc: all.subarray(0, 32), mac: all.subarray(32) }
}
const macOf = (mac: Buffer, name: string, id: Buffer, iv: Buffer, text: Buffer) =>
  createHmac('sha256', mac).update(`${name.length}:${name}`).update(id).update(iv).update(text).digest()
function seal(name: string, plain: string): Buffer {
  const { id, enc, mac } = parts(state.key)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', enc, iv)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([id, iv, macOf(mac, name, id, iv, text), text])
}
function unseal(name: string, bytes: Buffer): [plain: string, isOld: boolean] {
  const [id, iv, given, text] = [bytes.subarray(0, 4), bytes.subarray(4, 20), bytes.subarray(20, 52), bytes.subarray(52)]
  for (const key of [state.key, state.keyOld]) {
    if (!key) continue
    const own = parts(key)
    if (!own.id.equals(id) || given.length !== 32) continue
    if (!timingSafeEqual(macOf(own.mac, name, id, iv, text), given)) continue
    const decipher = createDecipheriv('aes-256-cbc', own.enc, iv)
    return [decipher.update(text).toString() + decipher.final().toString(), key !== state.key]
  }
  throw new Stop(409, 'this key cannot be used')
}

const knex = knexOf({ client: 'pg', connection: url, pool: { min: 0, max: 8 } })
class Stop extends Error {
  code: number
  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}
const rawOf = async (request: http.IncomingMessage) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}
function parse(request: http.IncomingMessage, raw: Buffer) {
  if ((request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase() !== 'application/json') throw new Stop(415, 'JSON, please')
  let value: any
  try {
    value = JSON.parse(raw.toString())
  } catch {
    throw new Stop(400, 'this is no JSON')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Stop(400, 'this is no object')
  return value
}
const call = (key: string) =>
  new Promise<number>((resolve) => {
    http
      .get(new URL('/ping', process.env.UPSTREAM_URL), { headers: { Authorization: `Bearer ${key}` }, timeout: 4000 }, (answer) => {
        answer.resume()
        resolve(answer.statusCode!)
      })
      .on('timeout', function (this: http.ClientRequest) { this.destroy() })
      .on('error', () => resolve(0))
  })
const row = async (name: string) => {
  const found = await knex('integrations').where({ name }).first('api_key')
  if (!found) throw new Stop(404, 'not known')
  return found.api_key as Buffer
}

type Handler = (request: http.IncomingMessage, id: string) => Promise<[number, unknown?]>
const routes: [RegExp, Record<string, Handler>][] = [
  [/^\/healthz$/, { GET: async () => [200, { status: 'ok' }] }],
  [/^\/webhooks\/carrier$/, {
    POST: async (request) => {
      const raw = await rawOf(request)
      const given = /^sha256=([0-9a-fA-F]{64})$/.exec(String(request.headers['x-signature'] ?? ''))
      const isRight = given && [state.webhook, state.webhookOld].some((one) => one !== '' && timingSafeEqual(createHmac('sha256', one).update(raw).digest(), Buffer.from(given[1]!, 'hex')))
      if (!isRight) throw new Stop(401, 'not signed by us')
      const { parcel, status } = parse(request, raw)
      if (typeof parcel !== 'string' || !/^[A-Z0-9-]{1,30}$/.test(parcel)) throw new Stop(422, 'parcel')
      if (typeof status !== 'string' || status === '' || [...status].length > 100) throw new Stop(422, 'status')
      await knex('parcels').insert({ parcel, status }).onConflict('parcel').merge()
      return [204]
    },
  }],
  [/^\/parcels\/([^/]+)$/, {
    GET: async (_request, parcel) => {
      const found = await knex('parcels').where({ parcel }).first('parcel', 'status')
      if (!found) throw new Stop(404, 'not known')
      return [200, found]
    },
  }],
  [/^\/integrations\/([^/]+)$/, {
    GET: async (_request, name) => [200, { name, apiKey: '…' + unseal(name, await row(name))[0].slice(-4) }],
    PUT: async (request, name) => {
      const { apiKey } = parse(request, await rawOf(request))
      if (!/^[a-z0-9-]{1,30}$/.test(name)) throw new Stop(400, 'name')
      if (typeof apiKey !== 'string' || !/^[!-~]{16,200}$/.test(apiKey)) throw new Stop(400, 'apiKey')
      await knex('integrations').insert({ name, api_key: seal(name, apiKey) }).onConflict('name').merge()
      return [201, { name }]
    },
  }],
  [/^\/integrations\/([^/]+)\/ping$/, {
    POST: async (_request, name) => {
      const bytes = await row(name)
      const [key, isOld] = unseal(name, bytes)
      if (isOld) await knex('integrations').where({ name, api_key: bytes }).update({ api_key: seal(name, key) })
      const status = await call(key)
      if (status < 200 || status > 299) throw new Stop(502, 'the carrier says no')
      return [200, { ok: true }]
    },
  }],
]
const server = http.createServer(async (request, response) => {
  const send = (status: number, value?: unknown, headers = {}) => {
    const text = value === undefined ? '' : JSON.stringify(value)
    response.writeHead(status, { ...(text && { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }), ...headers })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  try {
    let path: string
    try {
      path = decodeURIComponent(request.url!.split('?')[0]!)
    } catch {
      throw new Stop(400, 'a bad escape')
    }
    if (path.includes('\0')) throw new Stop(400, 'a bad path')
    for (const [pattern, methods] of routes) {
      const match = pattern.exec(path)
      if (!match) continue
      const handler = methods[request.method === 'HEAD' ? 'GET' : request.method!]
      const names = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
      if (!handler) return send(405, { title: 'not so' }, { Allow: names.join(', ') })
      return send(...(await handler(request, match[1] ?? '')))
    }
    send(404, { title: 'nothing' })
  } catch (error) {
    if (error instanceof Stop) return send(error.code, { title: error.message })
    process.stderr.write('a request failed\n')
    send(500, { title: 'our fault' })
  }
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
