import { createServer } from 'node:http'

const m = new Map(),
  z = { S: 1, M: 1, L: 1 },
  t = { free: 1, occupied: 1, broken: 1 }
let n = 0
const has = (o: any, k: any) => typeof k === 'string' && Object.hasOwn(o, k)
const no = (s: number, error: string, h = {}) => {
  throw { s, b: { error }, h }
}
const read = async (r: any) => {
  ;/^application\/json *(;|$)/i.test(r.headers['content-type']) || no(415, 'JSON only')
  const c = []
  let l = 0
  for await (const d of r) {
    l += d.length
    l > 65536 ? no(413, 'too large') : c.push(d)
  }
  try {
    return JSON.parse(`${Buffer.concat(c)}`)
  } catch {
    return no(400, 'no JSON')
  }
}
const put = (id: string, b: any, s: any) => {
  !b || !has(z, b.size)
    ? no(400, 'size?')
    : !has(t, s)
      ? no(400, 'status?')
      : b.label === undefined ||
        (typeof b.label === 'string' && [...b.label].length <= 200) ||
        no(400, 'label?')
  const k = { id, size: b.size, status: s, label: b.label }
  return m.set(id, k) && k
}
const get = (i: string) => m.get(i) ?? no(404, 'no locker')
const all: any = {
  GET: () => [200, [...m.values()].sort((a, b) => (a.id < b.id ? -1 : 1))],
  POST: async (_: any, r: any) => {
    const k = put(`x${++n}`, await read(r), 'free')
    return [201, k, { location: `/lockers/${k.id}` }]
  },
}
const one: any = {
  GET: (i: string) => [200, get(i)],
  PUT: async (i: string, r: any) => {
    const b = await read(r),
      o = m.has(i)
    o || /^[A-Z]{1,3}-\d{1,4}$/.test(i) || no(400, 'id?')
    return [o ? 200 : 201, put(i, b, b?.status)]
  },
  DELETE: (i: string) => get(i) && m.delete(i) && [204],
}
all.HEAD = all.GET
one.HEAD = one.GET

createServer(async (r, w) => {
  let s = 500,
    b: any = { error: 'oops' },
    h = {}
  try {
    const p = /^\/lockers(?:\/([^/?]+))?(\?|$)/.exec(r.url!) ?? no(404, 'no path'),
      f: any = p[1] ? one : all
    has(f, r.method) || no(405, 'no', { allow: `${Object.keys(f)}` })
    ;[s, b, h = {}] = await f[r.method!](p[1], r)
  } catch (e: any) {
    if (e.s) ({ s, b, h } = e)
  }
  w.writeHead(s, b ? { 'content-type': 'application/json', ...h } : h).end(b && JSON.stringify(b))
}).listen(process.env.PORT, '127.0.0.1' as any)
