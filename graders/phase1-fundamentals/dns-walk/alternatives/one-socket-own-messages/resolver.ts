// One UDP socket for everything, messages read and written by hand, all state in a class.
import * as dgram from 'node:dgram'
import * as net from 'node:net'

const CODES: Record<string, number> = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28 }
const BY_CODE = Object.fromEntries(Object.entries(CODES).map(([name, code]) => [code, name]))

type Rec = { name: string; type: string; ttl: number; data: any }
type Msg = { id: number; qr: boolean; tc: boolean; rcode: number; qname: string; qtype: string; an: Rec[]; ns: Rec[]; ar: Rec[] }

function writeQuery(id: number, name: string, type: string): Buffer {
  const labels = name.split('.').filter(Boolean)
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  const head = Buffer.from([id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([head, ...parts, Buffer.from([0, 0, CODES[type]!, 0, 1])])
}

function readMessage(b: Buffer): Msg {
  let pos = 12
  const nameAt = (at: number, hops = 0): [string, number] => {
    const labels: string[] = []
    for (;;) {
      const n = b.readUInt8(at)
      if (n === 0) return [labels.join('.').toLowerCase(), at + 1]
      if ((n & 0xc0) === 0xc0) {
        if (hops > 20) throw new Error('loop')
        const [rest] = nameAt(b.readUInt16BE(at) & 0x3fff, hops + 1)
        return [[...labels, rest].filter(Boolean).join('.').toLowerCase(), at + 2]
      }
      if (at + 1 + n > b.length) throw new Error('short')
      labels.push(b.toString('latin1', at + 1, at + 1 + n))
      at += n + 1
    }
  }
  const flags = b.readUInt16BE(2)
  const counts = [4, 6, 8, 10].map((at) => b.readUInt16BE(at))
  if (counts[0] !== 1) throw new Error('no question')
  const [qname, next] = nameAt(pos)
  const qtype = BY_CODE[b.readUInt16BE(next)] ?? ''
  pos = next + 4
  const record = (): Rec => {
    const [name, at] = nameAt(pos)
    const type = BY_CODE[b.readUInt16BE(at)] ?? 'OTHER'
    const ttl = b.readUInt32BE(at + 4)
    const length = b.readUInt16BE(at + 8)
    const start = at + 10
    pos = start + length
    if (pos > b.length) throw new Error('short')
    let data: any
    if (type === 'A') data = [...b.subarray(start, pos)].join('.')
    else if (type === 'AAAA') {
      data = Array.from({ length: 8 }, (_, i) => b.readUInt16BE(start + 2 * i).toString(16)).join(':')
    } else if (type === 'NS' || type === 'CNAME') data = nameAt(start)[0]
    else if (type === 'MX') data = { preference: b.readUInt16BE(start), exchange: nameAt(start + 2)[0] }
    else if (type === 'SOA') data = b.readUInt32BE(pos - 4)
    else if (type === 'TXT') {
      data = []
      for (let i = start; i < pos; i += b[i]! + 1) data.push(b.toString('utf8', i + 1, i + 1 + b[i]!))
    }
    return { name, type, ttl, data }
  }
  const list = (count: number) => Array.from({ length: count }, record)
  const [an, ns, ar] = [list(counts[1]!), list(counts[2]!), list(counts[3]!)]
  return { id: b.readUInt16BE(0), qr: flags >> 15 === 1, tc: (flags & 0x200) !== 0, rcode: flags & 15, qname, qtype, an, ns, ar }
}

type Wait = { host: string; port: number; name: string; type: string; done(msg: Msg | null): void }

class Wire {
  #socket: Promise<dgram.Socket> | undefined
  readonly #waits = new Map<number, Wait>()
  constructor(readonly timeoutMs: number) {}

  #open(): Promise<dgram.Socket> {
    this.#socket ??= new Promise((resolve) => {
      const socket = dgram.createSocket('udp4', (bytes, from) => this.#hear(bytes, from))
      socket.on('error', () => {})
      socket.bind(0, () => {
        socket.unref()
        resolve(socket)
      })
    })
    return this.#socket
  }

  #hear(bytes: Buffer, from: { address: string; port: number }) {
    let msg: Msg
    try {
      msg = readMessage(bytes)
    } catch {
      return
    }
    const wait = this.#waits.get(msg.id)
    if (!wait || !msg.qr || from.address !== wait.host || from.port !== wait.port) return
    if (msg.qname !== wait.name || msg.qtype !== wait.type) return
    wait.done(msg)
  }

  async ask(at: { host: string; port: number }, name: string, type: string): Promise<Msg | null> {
    const socket = await this.#open()
    let id: number
    do id = Math.floor(Math.random() * 65536)
    while (this.#waits.has(id))
    const msg = await new Promise<Msg | null>((resolve) => {
      const done = (msg: Msg | null) => {
        clearTimeout(timer)
        this.#waits.delete(id)
        resolve(msg)
      }
      const timer = setTimeout(done, this.timeoutMs, null)
      this.#waits.set(id, { ...at, name, type, done })
      socket.send(writeQuery(id, name, type), at.port, at.host)
    })
    return msg?.tc ? this.#tcp(at, id, name, type) : msg
  }

  #tcp(at: { host: string; port: number }, id: number, name: string, type: string): Promise<Msg | null> {
    return new Promise((resolve) => {
      const socket = net.createConnection(at.port, at.host)
      const chunks: Buffer[] = []
      const finish = (msg: Msg | null) => {
        socket.destroy()
        resolve(msg)
      }
      socket.setTimeout(this.timeoutMs, () => finish(null))
      socket.on('error', () => finish(null)).on('end', () => finish(null))
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        const all = Buffer.concat(chunks)
        if (all.length < 2) return
        const size = all.readUInt16BE(0)
        if (all.length - 2 < size) return
        try {
          const msg = readMessage(all.subarray(2, 2 + size))
          finish(msg.id === id && msg.qr && msg.qname === name && msg.qtype === type ? msg : null)
        } catch {
          finish(null)
        }
      })
      const query = writeQuery(id, name, type)
      socket.write(Buffer.from([query.length >> 8, query.length & 255]))
      socket.write(query)
    })
  }
}

const inside = (name: string, zone: string) => zone === '' || name === zone || name.endsWith('.' + zone)

class Walker {
  readonly #wire: Wire
  readonly #memory = new Map<string, { ends: number; rcode: number; records: Rec[] }>()
  constructor(readonly options: any) {
    this.#wire = new Wire(options.timeoutMs)
  }

  async resolve(given: string, type: string, looking = new Set<string>()): Promise<any> {
    let name = given.toLowerCase()
    if (name.endsWith('.')) name = name.slice(0, -1)
    const answers: Rec[] = []
    let aliases = 0
    for (;;) {
      const step = await this.#step(name, type, looking)
      if (step === null) return { status: 'SERVFAIL', answers: [] }
      answers.push(...step.records)
      const alias = step.records.find((r) => r.type === 'CNAME')
      if (!alias || type === 'CNAME') return { status: step.rcode === 3 ? 'NXDOMAIN' : 'NOERROR', answers }
      if (++aliases > 12) return { status: 'SERVFAIL', answers: [] }
      name = alias.data
    }
  }

  async #step(name: string, type: string, looking: Set<string>) {
    const key = name + '\0' + type
    const known = this.#memory.get(key)
    if (known && known.ends > this.options.now()) return known
    let zone = ''
    let servers: { name: string; ips: string[] | null }[] = [{ name: '', ips: this.options.roots }]
    descent: for (;;) {
      for (const server of servers) {
        let ips = server.ips
        if (!ips) {
          if (looking.has(server.name)) continue
          const found = await this.resolve(server.name, 'A', new Set([...looking, server.name]))
          ips = found.answers.filter((r: Rec) => r.type === 'A').map((r: Rec) => r.data)
        }
        for (const ip of ips!) {
          const msg = await this.#wire.ask(this.options.dial(ip), name, type)
          if (!msg || (msg.rcode !== 0 && msg.rcode !== 3)) continue
          const own = msg.an.filter((r) => r.name === name)
          let records = own.filter((r) => r.type === type)
          if (records.length === 0) records = own.filter((r) => r.type === 'CNAME').slice(0, 1)
          if (records.length > 0) {
            const ttl = Math.min(...records.map((r) => r.ttl))
            const entry = { ends: this.options.now() + ttl * 1000, rcode: 0, records }
            this.#memory.set(key, entry)
            return entry
          }
          const soa = msg.ns.find((r) => r.type === 'SOA')
          if (soa || msg.rcode === 3) {
            const entry = { ends: this.options.now() + Math.min(soa?.data ?? 0, 300) * 1000, rcode: msg.rcode, records: [] }
            this.#memory.set(key, entry)
            return entry
          }
          const ns = msg.ns.filter((r) => r.type === 'NS')
          const cut = ns[0]?.name
          if (cut === undefined || cut.length <= zone.length || !inside(cut, zone) || !inside(name, cut)) continue
          servers = ns.map((r) => {
            const glue = inside(r.data, zone) ? msg.ar.filter((a) => a.type === 'A' && a.name === r.data) : []
            return { name: r.data, ips: glue.length > 0 ? glue.map((a) => a.data) : null }
          })
          zone = cut
          continue descent
        }
      }
      return null
    }
  }
}

export function createResolver(options: any) {
  const walker = new Walker(options)
  return { resolve: (name: string, type: string) => walker.resolve(name, type) }
}
