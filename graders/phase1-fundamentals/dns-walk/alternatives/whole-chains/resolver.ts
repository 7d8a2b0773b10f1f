// Takes as much of a chain out of one answer as lies in the server's zone, and remembers whole results.
import { Buffer } from 'node:buffer'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { decode, encode } from 'dns-packet'
import type { Answer, Options, Resolver, Result, Type } from './resolver-types.ts'

const lower = (name: string) => name.toLowerCase().replace(/\.$/, '')
const under = (name: string, zone: string) => !zone || name === zone || name.endsWith(`.${zone}`)

function decoded(bytes: Buffer) {
  try {
    return decode(bytes) as any
  } catch {
    return null
  }
}

function timed<T>(ms: number, work: (done: (value: T | null) => void) => () => void): Promise<T | null> {
  return new Promise((resolve) => {
    let close = () => {}
    const timer = setTimeout(() => done(null), ms)
    let over = false
    const done = (value: T | null) => {
      if (over) return
      over = true
      clearTimeout(timer)
      close()
      resolve(value)
    }
    close = work(done)
  })
}

type Piece = { rcode: string; records: Answer[]; next?: string; seconds: number }

export function createResolver(options: Options): Resolver {
  const results = new Map<string, { result: Result; until: number }>()

  async function ask(ip: string, name: string, type: string) {
    const { host, port } = options.dial(ip)
    const id = (Math.random() * 0xffff) | 0
    const query = encode({ type: 'query', id, flags: 0, questions: [{ name, type: type as Type }] })
    const mine = (m: any) =>
      m?.type === 'response' && m.id === id && m.questions.length === 1 && m.questions[0].type === type && lower(m.questions[0].name) === name
    const short = await timed<any>(options.timeoutMs, (done) => {
      const socket = createSocket('udp4')
      socket.on('message', (bytes, from) => {
        const message = decoded(bytes)
        if (from.port === port && from.address === host && mine(message)) done(message)
      })
      socket.on('error', () => done(null))
      socket.send(query, 0, query.length, port, host)
      return () => socket.close()
    })
    if (!short?.flag_tc) return short
    return timed<any>(options.timeoutMs, (done) => {
      const socket = connect(port, host, () => {
        const size = Buffer.alloc(2)
        size.writeUInt16BE(query.length)
        socket.end(Buffer.concat([size, query]))
      })
      let all = Buffer.alloc(0)
      socket.on('data', (more: Buffer) => {
        all = Buffer.concat([all, more])
        if (all.length > 1 && all.length >= 2 + all.readUInt16BE(0)) {
          const message = decoded(all.subarray(2, 2 + all.readUInt16BE(0)))
          done(mine(message) ? message : null)
        }
      })
      socket.on('error', () => done(null))
      socket.on('close', () => done(null))
      return () => socket.destroy()
    })
  }

  /** As much of the chain as a message holds of names in the zone. */
  function chainOf(message: any, zone: string, name: string, type: string): Piece | null {
    const records: Answer[] = []
    const seen = new Set<string>()
    let at = name
    let seconds = Number.POSITIVE_INFINITY
    for (;;) {
      if (seen.has(at) || !under(at, zone)) break
      seen.add(at)
      const here = message.answers.filter((r: any) => lower(r.name) === at)
      const last = here.filter((r: any) => r.type === type)
      const link = last.length > 0 ? last : here.filter((r: any) => r.type === 'CNAME').slice(0, 1)
      if (link.length === 0) break
      for (const { ttl } of link) seconds = Math.min(seconds, ttl)
      records.push(...link.map(({ name, type, ttl, data }: any) => ({ name, type, ttl, data })))
      if (last.length > 0) return { rcode: 'NOERROR', records, seconds }
      at = lower(link[0].data)
    }
    return records.length > 0 ? { rcode: 'NOERROR', records, next: at, seconds } : null
  }

  async function walk(name: string, type: string, busy: readonly string[]): Promise<Piece | null> {
    let zone = ''
    let todo: { ns: string; ip?: string }[] = options.roots.map((ip) => ({ ns: '', ip }))
    while (todo.length > 0) {
      const { ns, ip } = todo.shift()!
      if (ip === undefined) {
        if (busy.includes(ns)) continue
        const { answers } = await find(ns, 'A', [...busy, ns])
        todo.unshift(...answers.filter((a) => a.type === 'A').map((a) => ({ ns, ip: String(a.data) })))
        continue
      }
      const message = await ask(ip, name, type)
      if (!message || !['NOERROR', 'NXDOMAIN'].includes(message.rcode)) continue
      const chain = chainOf(message, zone, name, type)
      if (chain) return chain
      const soa = message.authorities.find((r: any) => r.type === 'SOA')
      if (soa) return { rcode: message.rcode, records: [], seconds: Math.min(soa.data.minimum, 300) }
      const names = message.authorities.filter((r: any) => r.type === 'NS')
      if (names.length === 0) continue
      const below = lower(names[0].name)
      if (below === zone || !under(below, zone) || !under(name, below)) continue
      todo = names.flatMap(({ data }: any) => {
        const glue = message.additionals.filter((r: any) => r.type === 'A' && lower(r.name) === lower(data))
        if (!under(lower(data), zone) || glue.length === 0) return [{ ns: lower(data) }]
        return glue.map((r: any) => ({ ns: lower(data), ip: r.data }))
      })
      todo.sort((a, b) => Number(a.ip === undefined) - Number(b.ip === undefined))
      zone = below
    }
    return null
  }

  async function find(given: string, type: string, busy: readonly string[]): Promise<Result> {
    const key = JSON.stringify([lower(given), type])
    const kept = results.get(key)
    if (kept && options.now() < kept.until) return kept.result
    const answers: Answer[] = []
    let seconds = Number.POSITIVE_INFINITY
    for (let name: string | undefined = lower(given); ; ) {
      const piece: Piece | null = await walk(name, type, busy)
      if (!piece) return { status: 'SERVFAIL', answers }
      answers.push(...piece.records)
      seconds = Math.min(seconds, piece.seconds)
      if (answers.filter((a) => a.type === 'CNAME').length > 12) return { status: 'SERVFAIL', answers }
      name = type === 'CNAME' ? undefined : piece.next
      if (name === undefined) {
        const result = { status: piece.rcode as Result['status'], answers }
        results.set(key, { result, until: options.now() + seconds * 1000 })
        return result
      }
    }
  }

  return { resolve: (name, type) => find(name, type, []) }
}
