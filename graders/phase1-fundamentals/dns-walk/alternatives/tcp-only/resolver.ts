// Everything over TCP, on one connection per server, which stays open and takes several questions at a time.
import { connect, type Socket } from 'node:net'
import dns from 'dns-packet'
const low = (s: string) => (s.endsWith('.') ? s.slice(0, -1) : s).toLowerCase()
const belongs = (n: string, z: string) => z === '' || ('.' + n).endsWith('.' + z)

class Line {
  socket?: Socket
  waiting = new Map<number, (m: any) => void>()
  at: any
  ms: number
  constructor(at: { host: string; port: number }, ms: number) { this.at = at; this.ms = ms }
  open() {
    if (this.socket) return this.socket
    let buf = Buffer.alloc(0)
    const s = connect(this.at)
    s.unref()
    this.socket = s
    s.on('error', () => {})
    s.on('close', () => {
      this.socket = undefined
      for (const done of [...this.waiting.values()]) done(null)
    })
    s.on('data', (c: Buffer) => {
      buf = Buffer.concat([buf, c])
      while (buf.length > 1 && buf.length >= buf.readUInt16BE(0) + 2) {
        const n = buf.readUInt16BE(0)
        try {
          const m: any = dns.decode(buf.subarray(2, n + 2))
          this.waiting.get(m.id)?.(m)
        } catch {}
        buf = buf.subarray(n + 2)
      }
    })
    return s
  }
  ask(name: string, type: string) {
    return new Promise<any>((resolve) => {
      let id = 0
      do id = (Math.random() * 65536) | 0
      while (this.waiting.has(id))
      const timer = setTimeout(() => done(null), this.ms)
      const done = (m: any) => {
        clearTimeout(timer)
        this.waiting.delete(id)
        resolve(m)
      }
      this.waiting.set(id, done)
      this.open().write(dns.streamEncode({ type: 'query', id, questions: [{ name: name || '.', type: type as any }] }))
    })
  }
}

export function createResolver({ roots, dial, now, timeoutMs }: any) {
  const lines = new Map<string, Line>()
  const memo = new Map<string, any>()
  const ask = (ip: string, name: string, type: string) => {
    const at = dial(ip)
    const key = at.host + ':' + at.port
    if (!lines.has(key)) lines.set(key, new Line(at, timeoutMs))
    return lines.get(key)!.ask(name, type)
  }
  async function step(name: string, type: string, above: string[]): Promise<any> {
    const key = type + name
    const m = memo.get(key)
    if (m && m.until > now()) return m
    const walk = async (zone: string, ips: string[]): Promise<any> => {
      for (const ip of ips) {
        const r = await ask(ip, name, type)
        if (!r || !['NOERROR', 'NXDOMAIN'].includes(r.rcode)) continue
        const mine = r.answers.filter((a: any) => low(a.name) === name)
        const hit = [type, 'CNAME'].map((t) => mine.filter((a: any) => a.type === t)).find((l) => l.length > 0)
        if (hit) return { status: 'NOERROR', records: hit, until: now() + 1000 * hit[0].ttl }
        const soa = r.authorities.find((a: any) => a.type === 'SOA')
        if (soa) return { status: r.rcode, records: [], until: now() + 1000 * Math.min(300, soa.data.minimum) }
        const ns = r.authorities.filter((a: any) => a.type === 'NS')
        const cut = ns.length > 0 ? low(ns[0].name) : zone
        if (cut === zone || !belongs(cut, zone) || !belongs(name, cut)) continue
        const found = await Promise.all(
          ns.map(async ({ data }: any) => {
            const server = low(data)
            const glue = belongs(server, cut) ? r.additionals.filter((a: any) => a.type === 'A' && low(a.name) === server) : []
            if (glue.length > 0) return glue.map((a: any) => a.data)
            if (above.includes(server) || belongs(server, cut)) return []
            void full(server, 'AAAA', [...above, server]).catch(() => {})
            const { answers } = await full(server, 'A', [...above, server])
            return answers.filter((a: any) => a.type === 'A').map((a: any) => a.data)
          }),
        )
        return walk(cut, [...new Set(found.flat())] as string[])
      }
      return undefined
    }
    const found = await walk('', [...roots].reverse())
    if (found) memo.set(key, found)
    return found
  }
  async function full(given: string, type: string, above: string[], depth = 0): Promise<any> {
    const found = await step(low(given), type, above)
    if (!found || depth > 12) return { status: 'SERVFAIL', answers: [] }
    if (type === 'CNAME' || found.records[0]?.type !== 'CNAME') return { status: found.status, answers: found.records }
    const rest = await full(found.records[0].data, type, above, depth + 1)
    return rest.status === 'SERVFAIL' ? rest : { status: rest.status, answers: [...found.records, ...rest.answers] }
  }
  return { resolve: (name: string, type: string) => full(name, type, []) }
}
