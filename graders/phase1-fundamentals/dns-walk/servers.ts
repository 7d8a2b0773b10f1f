import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { cleanup } from '../../harness/index.ts'
import { freePort } from '../../harness/services/native.ts'
import { encodeMessage, type Message, readQuestion } from './wire.ts'
import {
  deeper,
  exists,
  type Forgery,
  healthOf,
  isGlued,
  isWithin,
  type NameServer,
  parentOf,
  type RecordSet,
  TRAP,
  type World,
  type Zone,
} from './world.ts'

/** A question that a server got, and what it said. */
export type Asked = {
  ip: string
  name: string
  type: string
  via: 'UDP' | 'TCP'
  said: string
  /** The records that the answer held, whole. */
  answers: RecordSet[]
  /** The name of which it said that it has nothing of that type. */
  without?: string
}

export type Servers = {
  /** The port of each server on 127.0.0.1, by the address that the world gives it. */
  ports: Record<string, number>
  asked: Asked[]
  /** How many answers are on their way. */
  busy(): number
  close(): void
}

type Question = { id: number; name: string; type: string | number }
type Reply = Message & { said: string; whole?: RecordSet[]; without?: string }

/** Starts a server on 127.0.0.1 for every address of the world, over UDP and TCP, and the trap. */
export async function openServers(world: World): Promise<Servers> {
  const ips = new Set(world.zones.flatMap(({ servers }) => servers.map(({ ip }) => ip)))
  const asked: Asked[] = []
  const forger = await openForger()
  let busy = 0
  const send: Send = (work) => {
    busy += 1
    return work().finally(() => {
      busy -= 1
    })
  }
  const opened = await Promise.all(
    [...ips, TRAP].map((ip) => openServer(world, ip, asked, forger, send)),
  )
  const close = (): void => {
    for (const one of opened) one.close()
    forger.close()
  }
  cleanup(close)
  const ports = Object.fromEntries(opened.map(({ ip, port }) => [ip, port]))
  return { ports, asked, busy: () => busy, close }
}

async function openForger(): Promise<UdpSocket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.on('error', () => {})
  let open = true
  const { close } = socket
  socket.close = () => {
    if (open) close.call(socket)
    open = false
    return socket
  }
  return socket
}

/** Does what sends an answer, and counts it until it is over. */
type Send = (work: () => Promise<void>) => Promise<void>

async function openServer(
  world: World,
  ip: string,
  asked: Asked[],
  forger: UdpSocket,
  count: Send,
) {
  if (healthOf(world, ip) === 'closed') return { ip, port: await freePort(), close() {} }
  const { udp, tcp, port } = await openPair()
  const sockets = new Set<Socket>()
  let closed = false
  const answer = (bytes: Buffer, via: 'UDP' | 'TCP') => {
    const question = readQuestion(bytes)
    if (!question) return undefined
    const lower = { ...question, name: question.name.toLowerCase() }
    const reply = ip === TRAP ? trapReply(lower) : replyOf(world, ip, lower, via)
    asked.push({
      ...{ ip, via, name: lower.name, type: String(lower.type) },
      said: reply?.said ?? 'nothing',
      answers: reply?.whole ?? reply?.answers ?? [],
      without: reply?.without,
    })
    if (!reply) return undefined
    // A server gives the question back as it was spelled.
    const own = { ...reply, question: { ...reply.question, name: question.name } }
    return { question: lower, bytes: encodeMessage(own, spellingOf(world)) }
  }
  udp.on('message', (bytes, from) => {
    const reply = answer(bytes, 'UDP')
    if (!reply) return
    const send = (socket: UdpSocket, data: Uint8Array) =>
      new Promise((sent) => {
        if (closed) return sent(undefined)
        socket.send(data, from.port, from.address, sent)
      })
    void count(async () => {
      for (const forgery of world.forgeries) {
        const socket = forgery === 'another port' ? forger : udp
        await send(socket, forge(forgery, reply.question))
      }
      if (healthOf(world, ip) === 'late') await after(world.lateMs ?? 0)
      await send(udp, reply.bytes)
    })
  })
  tcp.on('connection', (socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let kept = Buffer.alloc(0)
    // Who sends several questions gets one whole answer after the other.
    let answered = Promise.resolve()
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk])
      while (kept.length >= 2 && kept.length >= 2 + kept.readUInt16BE()) {
        const size = kept.readUInt16BE()
        const reply = answer(kept.subarray(2, 2 + size), 'TCP')
        kept = kept.subarray(2 + size)
        if (!reply || healthOf(world, ip) === 'silent over TCP') continue
        const { bytes } = reply
        answered = count(() => answered.then(() => sendInPieces(socket, bytes)))
      }
    })
    // One that has asked all it wants may close its side and wait.
    socket.on('end', () => void answered.then(() => socket.end()))
  })
  return {
    ip,
    port,
    close() {
      if (closed) return
      closed = true
      udp.close()
      tcp.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Four pieces: they end within the length, within the header, and in the midst of the records. */
async function sendInPieces(socket: Socket, bytes: Buffer): Promise<void> {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  const all = Buffer.concat([length, bytes])
  const ends = [1, 9, Math.floor(all.length / 2), all.length]
  for (const [index, end] of ends.entries()) {
    if (index > 0) await after(2)
    if (socket.destroyed) return
    socket.write(all.subarray(ends[index - 1] ?? 0, end))
  }
}

/** A UDP and a TCP socket that share a port. */
async function openPair(): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (;;) {
    const udp = createSocket('udp4').bind(0, '127.0.0.1')
    await once(udp, 'listening')
    udp.on('error', () => {})
    const { port } = udp.address()
    const tcp = createServer({ allowHalfOpen: true }).listen(port, '127.0.0.1')
    try {
      await once(tcp, 'listening')
      return { udp, tcp, port }
    } catch {
      udp.close()
    }
  }
}

const spellingOf = (world: World) => (name: string) => (world.capitals ? name.toUpperCase() : name)

/** What the trap says: an address for whatever is asked. */
function trapReply(question: Question): Reply {
  return { ...lie(question), said: 'the trap answered' }
}

/** An answer that looks right, and is not. */
function lie({ id, name, type }: Question): Message {
  const data = type === 'AAAA' ? '2001:db8::666' : TRAP
  const kind = type === 'AAAA' ? 'AAAA' : 'A'
  const answers: RecordSet[] = [{ name, type: kind, ttl: 3600, data: [data] }]
  const question = { name, type }
  return { id, response: true, rcode: 'NOERROR', authoritative: true, question, answers }
}

function forge(forgery: Forgery, question: Question): Buffer {
  const same = (name: string) => name
  const message = lie(question)
  if (forgery === 'garbage')
    return Buffer.from([question.id >> 8, question.id & 255, 0x84, 0, 0, 1])
  if (forgery === 'another id') message.id = (question.id + 1) & 0xffff
  if (forgery === 'a question') message.response = false
  if (forgery === 'another name') message.question = { ...question, name: `x${question.name}` }
  if (forgery === 'another type') {
    message.question = { ...question, type: question.type === 'TXT' ? 'MX' : 'TXT' }
  }
  return encodeMessage(message, same)
}

/** What a server says to a question, by its health and its zones; undefined for silence. */
function replyOf(
  world: World,
  ip: string,
  question: Question,
  via: 'UDP' | 'TCP',
): Reply | undefined {
  const health = healthOf(world, ip)
  const base: Base = {
    id: question.id,
    response: true,
    rcode: 'NOERROR',
    question,
    answers: [],
  }
  if (health === 'silent') return undefined
  if (health === 'REFUSED' || health === 'SERVFAIL' || health === 'NOTIMP') {
    return { ...base, rcode: health, said: health }
  }
  const served = world.zones.filter(({ servers }) => servers.some((server) => server.ip === ip))
  const [zone] = served.filter(({ apex }) => isWithin(question.name, apex)).sort(deeper)
  if (!zone) return { ...base, rcode: 'REFUSED', said: 'REFUSED' }
  if (health.startsWith('refers')) return badReferral(health, zone, base)
  const [delegated] = world.zones.filter(
    (child) => parentOf(world, child) === zone && isWithin(question.name, child.apex),
  )
  if (delegated) return referral(world, delegated, base)
  const reply = authoritative(world, served, zone, base)
  if (via === 'UDP' && reply.answers.some(({ large }) => large)) return cut(reply)
  return reply
}

/** The answer without most of its records, as it is sent where not all of it fits. */
function cut(reply: Reply): Reply {
  const answers = reply.answers.map((set) =>
    set.large ? { ...set, data: set.data.slice(0, set.ttl % 2) } : set,
  )
  return { ...reply, answers, truncated: true, whole: [], said: `truncated ${reply.said}` }
}

type Base = Pick<Message, 'id' | 'response' | 'rcode' | 'question' | 'answers'>

/** A zone below this one that the name is not in, although its letters look so. */
function lookAlike({ apex }: Zone, { question }: Base): string {
  const below = apex === '' ? question.name : question.name.slice(0, -apex.length - 1)
  const label = below.split('.').at(-1) ?? ''
  return `${label.slice(1) || 'elsewhere'}${apex && '.'}${apex}`
}

function badReferral(health: string, zone: Zone, base: Base): Reply {
  const to =
    health === 'refers up' ? '' : health === 'refers to itself' ? zone.apex : lookAlike(zone, base)
  const server = `trap${to && '.'}${to}`
  return {
    ...base,
    authorities: [{ name: to, type: 'NS', ttl: 3600, data: [server] }],
    additionals: [{ name: server, type: 'A', ttl: 3600, data: [TRAP] }],
    said: `a referral to ${to || 'the root'}`,
  }
}

function referral(world: World, zone: Zone, base: Base): Reply {
  const address = (server: NameServer): RecordSet[] => {
    const data = isGlued(world, zone, server) ? [server.ip] : server.poisoned ? [TRAP] : []
    return data.length > 0 ? [{ name: server.name, type: 'A', ttl: 3600, data }] : []
  }
  const names = zone.servers.map(({ name }) => name)
  // Most servers have an IPv6 address as well, which nobody here can reach.
  const inside = names.filter((name) => isWithin(name, zone.apex))
  const ipv6 = inside.map((name): RecordSet => {
    return { name, type: 'AAAA', ttl: 3600, data: ['2001:db8::53'] }
  })
  return {
    ...base,
    authorities: [{ name: zone.apex, type: 'NS', ttl: 3600, data: [...new Set(names)] }],
    additionals: [...ipv6, ...zone.servers.flatMap(address)],
    said: `a referral to ${zone.apex}`,
  }
}

/** What the server knows itself. Zones have an SOA and NS of their own beside their records. */
function authoritative(world: World, served: Zone[], zone: Zone, base: Base): Reply {
  const { name, type } = base.question
  const answers: RecordSet[] = []
  let [at, current]: [Zone | undefined, string] = [zone, name]
  let missing: Zone | undefined
  let isThere = true
  while (at && answers.length < 20) {
    const here = [...at.sets, ...ownSets(at)].filter((set) => set.name === current)
    const found = here.filter((set) => set.type === type)
    const [alias] = here.filter((set) => set.type === 'CNAME')
    answers.push(...found)
    if (found.length > 0) break
    if (!alias) {
      missing = at
      isThere = exists(world, at, current)
      break
    }
    if (answers.includes(alias)) break
    answers.push(alias)
    if (!world.follows) break
    current = String(alias.data[0])
    const inside = served.filter(({ apex }) => isWithin(current, apex)).sort(deeper)[0]
    const isDelegated = world.zones.some(
      (child) => parentOf(world, child) === inside && isWithin(current, child.apex),
    )
    at = isDelegated ? undefined : inside
  }
  const meddled = world.meddling ? meddle(world, served, answers) : []
  return {
    ...base,
    rcode: isThere ? 'NOERROR' : 'NXDOMAIN',
    authoritative: true,
    answers: [...(world.reversed ? answers.toReversed() : answers), ...meddled],
    authorities: missing ? [soaOf(missing)] : [],
    additionals: meddled,
    said: saidOf(answers, isThere),
    whole: answers,
    without: missing && current,
  }
}

function saidOf(answers: RecordSet[], isThere: boolean): string {
  const kinds = answers.map(({ type }) => type).join(' + ')
  if (isThere) return kinds || 'no data'
  return [kinds, 'NXDOMAIN'].filter(Boolean).join(' + ')
}

const soaOf = ({ apex, minimum }: Zone): RecordSet => {
  const names = [`ns.${apex || 'root'}`, `admin.${apex || 'root'}`]
  // Its own TTL is longer than what counts for what does not exist.
  return {
    name: apex,
    type: 'SOA',
    ttl: 7200,
    data: [[...names, '1', '7200', '900', '86400', `${minimum}`]],
  }
}

const ownSets = (zone: Zone): RecordSet[] => [
  soaOf(zone),
  {
    name: zone.apex,
    type: 'NS',
    ttl: 3600,
    data: [...new Set(zone.servers.map(({ name }) => name))],
  },
]

/** Addresses of names in others' zones, which are none of this server's business, and wrong. */
function meddle(world: World, served: Zone[], answers: RecordSet[]): RecordSet[] {
  const targets = answers.filter(({ type }) => type === 'CNAME').map(({ data }) => String(data[0]))
  const others = world.zones.flatMap(({ sets }) => sets).filter(({ type }) => type === 'A')
  const names = [...targets, ...others.map(({ name }) => name)].filter(
    (name) => !served.some(({ apex }) => isWithin(name, apex)),
  )
  return [...new Set(names)].map((name) => ({ name, type: 'A', ttl: 3600, data: [TRAP] }))
}
