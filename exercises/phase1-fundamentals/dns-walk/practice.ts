// A small tree of zones on this machine, to try your resolver on. It is not graded.
// npx node exercises/phase1-fundamentals/dns-walk/practice.ts www.pelican.test A
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet'
import { createResolver, type Type } from './resolver.ts'

type Zone = { apex: string; ip: string; records: Answer[] }

const address = (name: string, data: string): Answer => ({ name, type: 'A', ttl: 300, data })

const ZONES: Zone[] = [
  { apex: '', ip: '198.51.100.1', records: [] },
  { apex: 'test', ip: '198.51.100.2', records: [] },
  {
    apex: 'pelican.test',
    ip: '198.51.100.3',
    records: [
      address('www.pelican.test', '192.0.2.10'),
      { name: 'parcels.pelican.test', type: 'CNAME', ttl: 300, data: 'www.post.test' },
      {
        name: 'pelican.test',
        type: 'MX',
        ttl: 300,
        data: { preference: 10, exchange: 'mail.pelican.test' },
      },
    ],
  },
  { apex: 'post.test', ip: '198.51.100.4', records: [address('www.post.test', '192.0.2.20')] },
]

const isWithin = (name: string, apex: string) => apex === '' || `.${name}`.endsWith(`.${apex}`)

/** What the server of a zone says: a referral, or what it knows itself. */
function answerOf(zone: Zone, name: string, type: string) {
  const below = ZONES.filter(
    ({ apex }) => apex.length > zone.apex.length && isWithin(apex, zone.apex),
  )
  const [child] = below
    .filter(({ apex }) => isWithin(name, apex))
    .sort((a, b) => a.apex.length - b.apex.length)
  if (child) {
    const server = `ns.${child.apex}`
    const authorities: Answer[] = [{ name: child.apex, type: 'NS', ttl: 300, data: server }]
    return { flags: 0, authorities, additionals: [address(server, child.ip)] }
  }
  const own = zone.records.filter((record) => record.name === name)
  const answers = own.filter((record) => record.type === type || record.type === 'CNAME')
  const data = { mname: `ns.${zone.apex}`, rname: 'admin.test', serial: 1, minimum: 60 }
  const authorities: Answer[] = [{ name: zone.apex || '.', type: 'SOA', ttl: 300, data }]
  const code = own.length > 0 || name === zone.apex ? 0 : 3
  const flags = AUTHORITATIVE_ANSWER | code
  return answers.length > 0 ? { flags, answers } : { flags, authorities }
}

const ports = new Map<string, number>()
for (const zone of ZONES) {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  ports.set(zone.ip, socket.address().port)
  socket.on('message', (bytes, from) => {
    const { id, questions = [] } = decode(bytes)
    const [{ name, type }] = questions as [{ name: string; type: string }]
    console.log(`${zone.ip} (${zone.apex || 'the root'}) was asked: ${type} ${name}`)
    const answer = answerOf(zone, name.toLowerCase(), type)
    socket.send(encode({ id, type: 'response', questions, ...answer }), from.port, from.address)
  })
  socket.unref()
}

const resolver = createResolver({
  roots: [ZONES[0]!.ip],
  dial: (ip) => ({ host: '127.0.0.1', port: ports.get(ip)! }),
  now: Date.now,
  timeoutMs: 2000,
})
const [name = 'www.pelican.test', type = 'A'] = process.argv.slice(2)
const { status, answers } = await resolver.resolve(name, type as Type)
console.log(status)
for (const { name, ttl, type, data } of answers) {
  console.log(name, ttl, type, typeof data === 'string' ? data : JSON.stringify(data))
}
