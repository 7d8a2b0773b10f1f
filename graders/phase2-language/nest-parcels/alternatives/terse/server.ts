import { createServer, get, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const { PORT, PRICING_URL, PRICING_MODE } = process.env
if (!PORT || !URL.canParse(`${PRICING_URL}/quote`)) throw new Error('PORT and PRICING_URL, please')
const all = new Map<string, any>()
const int = Number.isInteger
let made = 0
let asked = 0

const no = (status: number, error: string, errors?: string[]): never => {
  throw [status, { error, errors }]
}
const ok: Record<string, (v: any) => boolean> = {
  to: (v) => typeof v === 'string' && v !== '' && [...v].length <= 200,
  weightG: (v) => int(v) && v > 0 && v <= 3e4,
  status: (v) => ['new', 'moving', 'delivered'].includes(v),
}
const find = (code: string) => all.get(code) ?? no(404, 'unknown code')
const check = (fields: any) => {
  const bad = Object.keys(fields).filter((k) => !Object.hasOwn(ok, k) || !ok[k]!(fields[k]))
  return bad.length ? no(400, 'bad fields', bad.map((k) => `bad ${k}`)) : fields
}

const quote = async (weight: number) => {
  const signal = AbortSignal.timeout(1000)
  try {
    const res = await new Promise<IncomingMessage>((yes, fail) =>
      get(`${PRICING_URL}/quote?weight=${weight}`, { signal, agent: false }, yes).on('error', fail),
    )
    const body: any = res.statusCode === 200 ? await json(res) : res.destroy()
    return int(body?.cents) ? { cents: body.cents } : no(502, 'bad price')
  } catch {
    return no(signal.aborted ? 504 : 502, 'no price')
  }
}

const read = async (req: IncomingMessage) => {
  const parts: Buffer[] = []
  let size = 0
  // Reads to the end even if it is too much, so that the client gets to see the answer.
  for await (const part of req) {
    size += part.length
    if (size <= 102400) parts.push(part)
  }
  if (size > 102400) no(413, 'too large')
  if (!/^application\/json *(;|$)/i.test(req.headers['content-type'] ?? '')) no(400, 'JSON, please')
  try {
    const body = JSON.parse(`${Buffer.concat(parts)}`)
    if (Object.prototype.toString.call(body) === '[object Object]') return body
  } catch {} // the same answer
  return no(400, 'a JSON object, please')
}

const answer = async (req: IncomingMessage): Promise<[number, any?, object?] | Readable> => {
  const [path, search] = req.url!.split(/\?(.*)/s) as [string, string?]
  const [, root, raw, sub, ...more] = path.split('/')
  let code = ''
  try {
    code = decodeURIComponent(raw ?? '')
  } catch {
    no(404, 'unknown code')
  }
  const depth = raw === undefined ? 0 : sub === undefined ? 1 : 2
  if (more.length || (sub ?? 'quote') !== 'quote') no(404, 'no such path')
  switch (`${req.method} ${root} ${depth}`) {
    case 'GET boom 0':
      throw new Error('boom')
    case 'GET boom-async 0':
      await sleep(5)
      throw new Error('boom')
    case 'GET parcels 0': {
      const query = new URLSearchParams(search)
      const wanted = query.getAll('status')
      const limit = query.get('limit') ?? '100000'
      if (query.has('limit') && !/^([1-9]\d?|100)$/.test(limit)) no(400, 'bad limit')
      for (const status of wanted) check({ status })
      const some = [...all.values()].filter((p) => wanted.every((s) => s === p.status))
      return [200, some.sort((a, b) => (a.to < b.to ? -1 : 1)).slice(0, +limit)]
    }
    case 'POST parcels 0': {
      const { to, weightG, status = 'none', ...rest } = await read(req)
      if (status !== 'none') Object.assign(rest, { status: 'not here' })
      const fields = check({ to, weightG, ...rest })
      const code = `${++made}/2 "ä" #?%41&+`
      all.set(code, { ...fields, status: 'new', code })
      const place = `//127.0.0.1:${PORT}/parcels/${encodeURIComponent(code)}`
      return [201, all.get(code), { Location: place }]
    }
    case 'GET parcels 1':
      if (code === 'export') return Readable.from([...all.values()].map((p) => `${JSON.stringify(p)}\r\n`))
      return [200, find(code)]
    case 'PATCH parcels 1': {
      const change = check(await read(req))
      return [200, Object.assign(find(code), change)]
    }
    case 'DELETE parcels 1':
      return find(code) && all.delete(code) && [204]
    case 'GET parcels 2':
      return [200, PRICING_MODE === 'fixed' ? find(code) && { cents: 999 } : await quote(find(code).weightG)]
  }
  return no(404, 'no such path')
}

const server = createServer(async (req, res) => {
  const id = `${req.headers['x-request-id'] ?? ''}`
  res.setHeader('x-request-id', /^[\w-]{8,64}$/.test(id) ? id : `${++asked}`.padStart(8, '-'))
  const said = await answer(req).catch((e) => {
    if (Array.isArray(e)) return e as [number, any]
    console.error(e)
    return [500, { error: 'a bug' }] as [number, any]
  })
  if (said instanceof Readable) return said.pipe(res.setHeader('Content-Type', 'application/x-ndjson'))
  const [status, body, headers] = said
  res.writeHead(status, { ...(body && { 'Content-Type': 'application/json' }), ...headers })
  res.end(body && `\n\n${JSON.stringify(body)}\n\n`)
}).listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  setInterval(() => server.closeIdleConnections(), 50)
})
