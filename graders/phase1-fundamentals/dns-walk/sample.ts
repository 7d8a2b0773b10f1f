import type { Fresh } from '../../harness/index.ts'
import type { Data, Forgery, Health, NameServer, RecordSet, Type, World, Zone } from './world.ts'

/** What is special about a sample world. */
export type Given = {
  /** Of the three servers of pelican.test. */
  health?: Health[]
  /** Of the three servers of far.example, which come without glue. */
  farHealth?: Health[]
  /** Of the two root servers. */
  roots?: Health[]
  forgeries?: Forgery[]
  follows?: boolean
  capitals?: boolean
  reversed?: boolean
  meddling?: boolean
  /** The referral to far.example says wrong addresses of its servers, which are in another zone. */
  poisoned?: boolean
  /** There are one.example and two.example, each served by a server in the other. */
  circular?: boolean
  /** Records of post.example. */
  sets?: RecordSet[]
  /** How long post.example says that what is missing may be remembered. */
  minimum?: number
}

/** A record of post.example. An alias leads to another name there. */
export function post(label: string, type: Type, data: string): RecordSet {
  const target = type === 'CNAME' ? `${data}.post.example` : data
  return { name: `${label}.post.example`, type, ttl: 120, data: [target] }
}

/** A tree of three levels with everything in it once: what the examples of the README speak of. */
export function pelicanWorld(fresh: Fresh, given: Given = {}): World {
  const ip = (block: string) => `${block}.${fresh.int(1, 250)}`
  const ips = [1, 2, 3].map((n) => `198.51.100.${n}${fresh.int(0, 9)}`)
  const set = (name: string, type: Type, ...data: Data[]): RecordSet => ({
    name,
    type,
    ttl: 60 * fresh.int(1, 60),
    data,
  })
  const inside = (apex: string, ...where: string[]): NameServer[] =>
    where.map((one, index) => ({ name: `ns${index + 1}${apex && '.'}${apex}`, ip: one }))

  const root: Zone = {
    apex: '',
    servers: inside('', '198.51.100.250', '198.51.100.251'),
    minimum: 300,
    sets: [],
  }
  const test: Zone = {
    apex: 'test',
    servers: inside('test', '198.51.100.252'),
    minimum: 300,
    sets: [],
  }
  const example: Zone = {
    apex: 'example',
    servers: inside('example', '198.51.100.253'),
    minimum: 300,
    sets: [],
  }
  const pelican: Zone = {
    apex: 'pelican.test',
    servers: inside('pelican.test', ...ips),
    minimum: 60,
    sets: [
      ...ips.map((one, index) => set(`ns${index + 1}.pelican.test`, 'A', one)),
      set(
        'pelican.test',
        'MX',
        { preference: 10, exchange: 'mail.pelican.test' },
        { preference: 20, exchange: 'mx.far.example' },
      ),
      set('pelican.test', 'TXT', ['v=spf1 -all'], ['two ', 'strings']),
      set('www.pelican.test', 'A', ip('192.0.2'), '203.0.113.9'),
      set('www.pelican.test', 'AAAA', '2001:db8::1', `2001:db8:0:${fresh.int(1, 9)}::2`),
      set('parcels.pelican.test', 'CNAME', 'www.far.example'),
      set('dangling.pelican.test', 'CNAME', 'no-more.far.example'),
      set('north.depots.pelican.test', 'A', ip('192.0.2')),
      set('alias-of-large.pelican.test', 'CNAME', 'large.pelican.test'),
      {
        ...set(
          'large.pelican.test',
          'TXT',
          ...fresh.list(60, (n): Data => [`${n} ${fresh.string(60)}`]),
        ),
        large: true,
      },
      {
        ...set('large.pelican.test', 'A', ...fresh.list(50, (n) => `192.0.2.${n}`)),
        large: true,
        ttl: 61,
      },
    ],
  }
  const postZone: Zone = {
    apex: 'post.example',
    servers: inside('post.example', '198.51.100.200'),
    minimum: given.minimum ?? 60,
    sets: given.sets ?? [],
  }
  // Its servers are named in pelican.test, of which the servers of `example` know nothing.
  const far: Zone = {
    apex: 'far.example',
    servers: ips.map((_, index) => ({
      name: `dns${index + 1}.pelican.test`,
      ip: `198.51.100.${150 + index}`,
      poisoned: given.poisoned,
    })),
    minimum: 60,
    sets: [
      set('www.far.example', 'A', ip('192.0.2')),
      set('www.far.example', 'AAAA', '2001:db8::99'),
      set('deep.far.example', 'CNAME', 'a.b.c.far.example'),
      set('a.b.c.far.example', 'A', ip('203.0.113')),
      set('alias.far.example', 'CNAME', 'www.pelican.test'),
    ],
  }
  // Its server is named in a zone whose own servers have no glue.
  const beyond: Zone = {
    apex: 'beyond.example',
    servers: [{ name: 'dns.far.example', ip: '198.51.100.170' }],
    minimum: 60,
    sets: [set('www.beyond.example', 'A', ip('192.0.2'))],
  }
  far.sets.push(set('dns.far.example', 'A', '198.51.100.170'))
  pelican.sets.push(...far.servers.map(({ name, ip }) => set(name, 'A', ip)))
  const zones = [root, test, example, pelican, postZone, far, beyond]
  if (given.poisoned) {
    // Its letters end as those of the referring zone do, and it does not lie there.
    const [name, ip] = ['dns.counterexample', '198.51.100.160']
    far.servers.push({ name, ip, poisoned: true })
    const servers = inside('counterexample', '198.51.100.162')
    zones.push({ apex: 'counterexample', servers, minimum: 60, sets: [set(name, 'A', ip)] })
  }
  if (given.circular) zones.push(...circle())
  return {
    zones,
    health: {
      ...Object.fromEntries(ips.map((one, index) => [one, given.health?.[index] ?? 'well'])),
      ...Object.fromEntries(
        far.servers.map((one, index) => [one.ip, given.farHealth?.[index] ?? 'well']),
      ),
      ...Object.fromEntries(
        root.servers.map((one, index) => [one.ip, given.roots?.[index] ?? 'well']),
      ),
    },
    forgeries: given.forgeries ?? [],
    follows: given.follows,
    capitals: given.capitals,
    reversed: given.reversed,
    meddling: given.meddling,
  }
}

function circle(): Zone[] {
  const zone = (apex: string, other: string, ip: string): Zone => ({
    apex,
    servers: [{ name: `ns.${other}`, ip }],
    minimum: 60,
    sets: [],
  })
  const one = zone('one.example', 'two.example', '198.51.100.161')
  const two = zone('two.example', 'one.example', '198.51.100.162')
  one.sets.push({ name: 'ns.one.example', type: 'A', ttl: 60, data: ['198.51.100.162'] })
  two.sets.push({ name: 'ns.two.example', type: 'A', ttl: 60, data: ['198.51.100.161'] })
  return [one, two]
}
