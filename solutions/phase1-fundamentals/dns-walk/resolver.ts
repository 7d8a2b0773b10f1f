import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { type DecodedPacket, type Answer as DnsRecord, decode, encode } from 'dns-packet'

export type Type = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'TXT'
export type Answer = { name: string; type: string; ttl: number; data: unknown }
export type Result = { status: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL'; answers: Answer[] }

export type Options = {
  /** IPv4 addresses of the root's name servers. */
  roots: string[]
  /** Returns where the server with this IPv4 address is really reached, for UDP and TCP. */
  dial(ip: string): { host: string; port: number }
  /** The time, in milliseconds. */
  now(): number
  /** How long to wait for a server's answer, in milliseconds. */
  timeoutMs: number
}

export type Resolver = { resolve(name: string, type: Type): Promise<Result> }

const MOST_CNAMES = 12
const MOST_NEGATIVE_SECONDS = 300

/** What one name has of one type: its records, its alias, or nothing. */
type Found = { status: 'NOERROR' | 'NXDOMAIN'; answers: Answer[]; seconds: number }

/** A zone's name servers, and the addresses that came with the referral. */
type Servers = { zone: string; names: string[]; glue: Map<string, string[]> }

export function createResolver({ roots, dial, now, timeoutMs }: Options): Resolver {
  const cache = new Map<string, { found: Found; until: number }>()

  async function resolve(name: string, type: Type, trail: string[] = []): Promise<Result> {
    const chain: Answer[] = []
    let current = plain(name)
    // One more than there may be aliases: the last one is the answer.
    for (let step = 0; step <= MOST_CNAMES; step++) {
      const found = await look(current, type, trail)
      if (!found) break
      chain.push(...found.answers.map((record) => ({ ...record })))
      const alias = type !== 'CNAME' && found.answers.find((record) => record.type === 'CNAME')
      if (!alias) return { status: found.status, answers: chain }
      current = plain(String(alias.data))
    }
    return { status: 'SERVFAIL', answers: [] }
  }

  /** Finds what a name has, from the cache or else from the root down; undefined where all servers fail. */
  async function look(name: string, type: Type, trail: string[]): Promise<Found | undefined> {
    const key = `${type} ${name}`
    const kept = cache.get(key)
    if (kept && now() < kept.until) return kept.found
    cache.delete(key)

    let servers: Servers = { zone: '', names: [''], glue: new Map([['', roots]]) }
    for (;;) {
      const heard = await askAny(servers, name, type, trail)
      if (!heard) return undefined
      if ('zone' in heard) {
        servers = heard
        continue
      }
      if (heard.seconds > 0) cache.set(key, { found: heard, until: now() + heard.seconds * 1000 })
      return heard
    }
  }

  /** Asks one server of the zone after the other, until one says something of use. */
  async function askAny(servers: Servers, name: string, type: Type, trail: string[]) {
    // Those whose addresses are known cost nothing to find.
    const known = servers.names.filter((one) => servers.glue.has(one))
    const unknown = servers.names.filter((one) => !servers.glue.has(one))
    for (const server of [...known, ...unknown]) {
      for (const ip of servers.glue.get(server) ?? (await addressesOf(server, trail))) {
        const reply = await exchange(ip, name, type)
        const heard = reply && read(reply, servers.zone, name, type)
        if (heard) return heard
      }
    }
    return undefined
  }

  async function addressesOf(server: string, trail: string[]): Promise<string[]> {
    // To find its address we would have to ask the server itself.
    if (trail.includes(server)) return []
    const { answers } = await resolve(server, 'A', [...trail, server])
    return answers.filter(({ type }) => type === 'A').map(({ data }) => String(data))
  }

  /** Asks one server, over TCP where the answer does not fit in a datagram. */
  async function exchange(ip: string, name: string, type: Type) {
    const at = dial(ip)
    const id = randomInt(65_536)
    const question = encode({ type: 'query', id, questions: [{ name: name || '.', type }] })
    const isReply = (bytes: Uint8Array) => readReply(bytes, id, name, type)
    const reply = await askOverUdp(at, question, timeoutMs, isReply)
    if (!reply?.flag_tc) return reply
    return askOverTcp(at, question, timeoutMs, isReply)
  }

  return { resolve: (name, type) => resolve(name, type) }
}

/** As names are compared: small letters, no dot at the end. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function isWithin(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`)
}

/** What a server of `zone` says of the name: what it has, or who knows more. Undefined: nothing of use. */
function read(
  reply: DecodedPacket,
  zone: string,
  name: string,
  type: Type,
): Found | Servers | undefined {
  const { rcode } = reply as DecodedPacket & { rcode: string }
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return undefined
  const own = (reply.answers ?? []).filter((record) => plain(record.name) === name)
  const wanted = own.filter((record) => record.type === type)
  const records = wanted.length > 0 ? wanted : own.filter((record) => record.type === 'CNAME')
  if (records.length > 0) {
    const answers = records.map(answerOf)
    return { status: 'NOERROR', answers, seconds: Math.min(...answers.map(({ ttl }) => ttl)) }
  }
  const authorities = reply.authorities ?? []
  const soa = authorities.find((record) => record.type === 'SOA')
  const referral = authorities.filter((record) => record.type === 'NS')
  if (rcode === 'NXDOMAIN' || soa || referral.length === 0) {
    const seconds = soa?.type === 'SOA' ? Math.min(soa.data.minimum ?? 0, MOST_NEGATIVE_SECONDS) : 0
    return { status: rcode, answers: [], seconds }
  }
  return readReferral(referral, reply.additionals ?? [], zone, name)
}

/** The servers that a referral names; undefined where it does not lead closer to the name. */
function readReferral(
  referral: DnsRecord[],
  additionals: DnsRecord[],
  zone: string,
  name: string,
): Servers | undefined {
  const below = plain(referral[0]!.name)
  if (below === zone || !isWithin(below, zone) || !isWithin(name, below)) return undefined
  const names = referral
    .filter((record) => plain(record.name) === below)
    .map((record) => plain(String((record as { data: unknown }).data)))
  const glue = new Map<string, string[]>()
  for (const record of additionals) {
    const owner = plain(record.name)
    // A server knows the addresses of its own zone; what it says of others could be anything.
    if (record.type !== 'A' || !names.includes(owner) || !isWithin(owner, zone)) continue
    glue.set(owner, [...(glue.get(owner) ?? []), record.data])
  }
  return { zone: below, names, glue }
}

function answerOf(record: DnsRecord): Answer {
  const { name, type, ttl = 0, data } = record as Answer
  return { name: plain(name), type, ttl, data }
}

/** Returns the message if it answers this question. */
function readReply(
  bytes: Uint8Array,
  id: number,
  name: string,
  type: Type,
): DecodedPacket | undefined {
  try {
    const packet = decode(Buffer.from(bytes))
    const [question] = packet.questions ?? []
    const isOurs =
      packet.type === 'response' &&
      packet.id === id &&
      question?.type === type &&
      plain(question.name) === name
    return isOurs ? packet : undefined
  } catch {
    return undefined
  }
}

type Address = { host: string; port: number }
type Reader = (bytes: Uint8Array) => DecodedPacket | undefined

function askOverUdp(at: Address, question: Uint8Array, timeoutMs: number, read: Reader) {
  return new Promise<DecodedPacket | undefined>((resolve) => {
    const socket = createSocket('udp4')
    const end = (reply?: DecodedPacket) => {
      clearTimeout(timer)
      socket.removeAllListeners('message').close()
      resolve(reply)
    }
    const timer = setTimeout(end, timeoutMs)
    socket.on('error', () => end())
    socket.on('message', (bytes) => {
      const reply = read(bytes)
      if (reply) end(reply)
    })
    // Connected, so that the system passes on what comes from this address only.
    socket.connect(at.port, at.host, () => socket.send(question))
  })
}

function askOverTcp(at: Address, question: Uint8Array, timeoutMs: number, read: Reader) {
  return new Promise<DecodedPacket | undefined>((resolve) => {
    const socket = connect(at)
    const end = (reply?: DecodedPacket) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(reply)
    }
    const timer = setTimeout(end, timeoutMs)
    let kept = Buffer.alloc(0)
    socket.on('error', () => end())
    socket.on('close', () => end())
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk])
      if (kept.length < 2 || kept.length < 2 + kept.readUInt16BE()) return
      end(read(kept.subarray(2, 2 + kept.readUInt16BE())))
    })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(question.length)
    socket.write(Buffer.concat([length, question]))
  })
}
