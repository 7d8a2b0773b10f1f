// Tells each server no more of the name than it needs (RFC 9156), remembers where zones are served, and
// asks all servers of a zone at once.
import dgram from 'node:dgram'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import packet from 'dns-packet'

type Deleg = { zone: string; ns: Map<string, string[]> }

const norm = (name: string) => name.toLowerCase().replace(/\.+$/, '')
const labelsOf = (name: string) => (name === '' ? [] : name.split('.'))
const within = (name: string, zone: string) => {
  const [a, b] = [labelsOf(name).reverse(), labelsOf(zone).reverse()]
  return b.every((label, i) => a[i] === label)
}

export function createResolver(opts: any) {
  const rrsets = new Map<string, { until: number; result: any }>()
  const delegations = new Map<string, { until: number; deleg: Deleg }>()

  function remember(key: string, result: any, seconds: number) {
    rrsets.set(key, { until: opts.now() + seconds * 1000, result })
    return result
  }

  function nearest(name: string): Deleg {
    const labels = labelsOf(name)
    for (let i = 0; i < labels.length; i++) {
      const zone = labels.slice(i).join('.')
      const kept = delegations.get(zone)
      if (kept && kept.until > opts.now()) return kept.deleg
    }
    return { zone: '', ns: new Map([['', opts.roots]]) }
  }

  async function udp(ip: string, query: any): Promise<any> {
    const { host, port } = opts.dial(ip)
    const socket = dgram.createSocket('udp4')
    try {
      return await new Promise((resolve, reject) => {
        sleep(opts.timeoutMs).then(() => reject(new Error('timeout')))
        socket.on('error', reject)
        socket.on('message', (bytes, rinfo) => {
          if (rinfo.port !== port || rinfo.address !== host) return
          const reply = check(bytes, query)
          if (reply) resolve(reply)
        })
        socket.send(packet.encode(query), port, host)
      })
    } finally {
      socket.close()
    }
  }

  async function tcp(ip: string, query: any): Promise<any> {
    const { host, port } = opts.dial(ip)
    const socket = net.connect({ host, port })
    socket.setTimeout(opts.timeoutMs, () => socket.destroy(new Error('timeout')))
    socket.write(packet.streamEncode(query))
    let all = Buffer.alloc(0)
    try {
      for await (const chunk of socket) {
        all = Buffer.concat([all, chunk])
        if (all.length >= 2 && all.length >= all.readUInt16BE(0) + 2) break
      }
    } finally {
      socket.destroy()
    }
    const reply = check(all.subarray(2, 2 + all.readUInt16BE(0)), query)
    if (!reply) throw new Error('bad reply')
    return reply
  }

  function check(bytes: Uint8Array, query: any): any {
    let reply: any
    try {
      reply = packet.decode(Buffer.from(bytes))
    } catch {
      return undefined
    }
    const [asked] = query.questions
    const [q] = reply.questions
    if (reply.type !== 'response' || reply.id !== query.id || !q) return undefined
    return norm(q.name) === asked.name && q.type === asked.type ? reply : undefined
  }

  /** One server's say: throws where it is of no use. */
  async function askOne(ip: string, zone: string, name: string, type: string) {
    const id = Math.floor(Math.random() * 65536)
    const query = { type: 'query', id, questions: [{ name, type }] }
    let reply = await udp(ip, query)
    if (reply.flag_tc) reply = await tcp(ip, query)
    if (reply.rcode !== 'NOERROR' && reply.rcode !== 'NXDOMAIN') throw new Error(reply.rcode)
    const own = reply.answers.filter((r: any) => norm(r.name) === name)
    const typed = own.filter((r: any) => r.type === type)
    const records = typed.length ? typed : own.filter((r: any) => r.type === 'CNAME')
    if (records.length) return { records, seconds: Math.min(...records.map((r: any) => r.ttl)) }
    const soa = reply.authorities.find((r: any) => r.type === 'SOA')
    const ns = reply.authorities.filter((r: any) => r.type === 'NS')
    if (reply.rcode === 'NXDOMAIN' || soa) {
      return { none: reply.rcode, seconds: soa ? Math.min(soa.data.minimum, 300) : 0 }
    }
    const cut = ns.length ? norm(ns[0].name) : zone
    if (cut === zone || !within(cut, zone) || !within(name, cut)) throw new Error('lame')
    const deleg: Deleg = { zone: cut, ns: new Map() }
    for (const { data } of ns) {
      const host = norm(data)
      const glue = reply.additionals.filter((r: any) => r.type === 'A' && norm(r.name) === host)
      deleg.ns.set(host, within(host, zone) ? glue.map((r: any) => r.data) : [])
    }
    return { deleg, seconds: Math.min(...ns.map((r: any) => r.ttl)) }
  }

  async function askZone(deleg: Deleg, name: string, type: string, trail: string[]): Promise<any> {
    const tries = [...deleg.ns].map(async ([host, glue]) => {
      let ips = glue
      if (ips.length === 0) {
        if (trail.includes(host)) throw new Error('circular')
        const found = await resolve(host, 'A', [...trail, host])
        ips = found.answers.filter((r: any) => r.type === 'A').map((r: any) => r.data)
      }
      return Promise.any(ips.map((ip) => askOne(ip, deleg.zone, name, type)))
    })
    return Promise.any(tries)
  }

  async function one(name: string, type: string, trail: string[]): Promise<any> {
    const key = `${name}/${type}`
    const kept = rrsets.get(key)
    if (kept && kept.until > opts.now()) return kept.result
    let deleg = nearest(name)
    let shown = labelsOf(deleg.zone).length + 1
    const labels = labelsOf(name)
    for (;;) {
      const whole = shown >= labels.length
      const asked = whole ? name : labels.slice(-shown).join('.')
      const said = await askZone(deleg, asked, whole ? type : 'A', trail)
      if (said.deleg) {
        deleg = said.deleg
        delegations.set(deleg.zone, { until: opts.now() + said.seconds * 1000, deleg })
        shown = labelsOf(deleg.zone).length + 1
        continue
      }
      if (said.none === 'NXDOMAIN') return remember(key, { status: 'NXDOMAIN', records: [] }, said.seconds)
      if (whole) return remember(key, { status: 'NOERROR', records: said.records ?? [] }, said.seconds)
      shown += 1
    }
  }

  async function resolve(given: string, type: string, trail: string[] = []): Promise<any> {
    const answers: any[] = []
    let name = norm(given)
    try {
      for (let hops = 0; hops < 13; hops++) {
        const { status, records } = await one(name, type, trail)
        answers.push(...records)
        if (type === 'CNAME' || records[0]?.type !== 'CNAME') return { status, answers }
        name = norm(records[0].data)
      }
    } catch {}
    return { status: 'SERVFAIL', answers: [] }
  }

  return { resolve: (name: string, type: string) => resolve(name, type) }
}
