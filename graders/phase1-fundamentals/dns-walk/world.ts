/** A small internet: zones, who serves them, and what those servers are like. */
export type Type = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'TXT'
export type Data = string | { preference: number; exchange: string } | string[]

/** All records of one type that a name has. Names are absolute, without the dot at the end. */
export type RecordSet = {
  name: string
  type: Type | 'NS' | 'SOA'
  ttl: number
  data: Data[]
  /** It does not fit into a datagram. */
  large?: boolean
}

export type NameServer = {
  name: string
  ip: string
  /** The referral says its address although it is not within the zone itself. */
  glue?: boolean
  /** What the referral says of its address is a lie; the trap listens there. */
  poisoned?: boolean
}

export type Zone = {
  /** `''` is the root. */
  apex: string
  servers: NameServer[]
  /** How long what does not exist may be remembered, as the SOA says. */
  minimum: number
  sets: RecordSet[]
}

/** What a server does in place of answering, if it does not. */
export type Health =
  | 'well'
  | 'silent'
  /** Well over UDP. */
  | 'silent over TCP'
  | 'closed'
  | 'late'
  | 'REFUSED'
  | 'SERVFAIL'
  | 'NOTIMP'
  | 'refers up'
  | 'refers to itself'
  | 'refers elsewhere'

/** Datagrams that a server's answer is preceded by, none of which answers the question. */
export type Forgery =
  | 'another id'
  | 'another name'
  | 'another type'
  | 'another port'
  | 'a question'
  | 'garbage'

export type World = {
  zones: Zone[]
  /** By the server's address; those that are missing are well. */
  health: Record<string, Health>
  /** Sent before each datagram of every server. */
  forgeries: Forgery[]
  /** Servers write all names in capitals. */
  capitals?: boolean
  /** Servers follow an alias as far as they know, in the same answer. */
  follows?: boolean
  /** Servers put the records of an answer in reverse order. */
  reversed?: boolean
  /** Answers of servers bring records along that are not theirs to give. */
  meddling?: boolean
  /** How long a server that is late takes, in milliseconds. */
  lateMs?: number
}

/** The address at which poisoned glue and bad referrals point. */
export const TRAP = '203.0.113.66'

export const isWithin = (name: string, zone: string): boolean =>
  zone === '' || name === zone || name.endsWith(`.${zone}`)

export const deeper = (a: Zone, b: Zone): number => b.apex.length - a.apex.length

/** The zone that a name belongs to. */
export function zoneOf(world: World, name: string): Zone {
  return world.zones.filter(({ apex }) => isWithin(name, apex)).sort(deeper)[0]!
}

/** The zone that delegates this one; undefined for the root. */
export function parentOf(world: World, zone: Zone): Zone | undefined {
  return world.zones
    .filter((other) => other !== zone && isWithin(zone.apex, other.apex))
    .sort(deeper)[0]
}

export const healthOf = (world: World, ip: string): Health => world.health[ip] ?? 'well'

/**
 * True where the referral to this zone says the server's right address.
 * @param siblings whether glue counts that lies in the referring zone, and not in this one
 */
export function isGlued(world: World, zone: Zone, server: NameServer, siblings = true): boolean {
  const parent = parentOf(world, zone)
  if (!parent) return true
  if (server.poisoned) return false
  if (isWithin(server.name, zone.apex)) return true
  return siblings && !!server.glue && isWithin(server.name, parent.apex)
}

/** True where the name exists, if only because there is something below it. */
export function exists(world: World, zone: Zone, name: string): boolean {
  const delegated = world.zones.filter((other) => parentOf(world, other) === zone)
  return (
    name === zone.apex ||
    zone.sets.some((set) => isWithin(set.name, name)) ||
    delegated.some(({ apex }) => isWithin(apex, name))
  )
}

/** Returns data as a learner would read it. */
export function dataText(data: unknown): string {
  if (Array.isArray(data)) return data.map((text) => JSON.stringify(text)).join(' ')
  if (typeof data === 'object' && data !== null && 'exchange' in data) {
    const { preference, exchange } = data as { preference: unknown; exchange: unknown }
    return `${preference} ${exchange}`
  }
  const text = String(data)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const HEALTH: Partial<Record<Health, string>> = {
  well: '',
  silent: 'never answers',
  'silent over TCP': 'never answers over TCP',
  closed: 'nothing listens at its port',
  late: 'answers late',
  'refers up': 'refers to the root',
  'refers to itself': 'refers to its own zone',
  'refers elsewhere': 'refers to a zone that the name is not in',
}

/** Returns the whole world as text: each zone with its servers and records. */
export function show(world: World): string {
  const lines: string[] = []
  const showZone = (zone: Zone, indent: string): void => {
    lines.push(`${indent}zone ${zone.apex || '. (the root)'}`)
    for (const server of zone.servers) {
      const health = healthOf(world, server.ip)
      const traits = [
        HEALTH[health] ?? `answers: ${health}`,
        isGlued(world, zone, server) ? '' : 'no glue',
        server.poisoned ? `glue outside the referring zone, says ${TRAP}` : '',
      ].filter(Boolean)
      const extra = traits.length > 0 ? `  (${traits.join('; ')})` : ''
      lines.push(`${indent}  server ${server.name} ${server.ip}${extra}`)
    }
    for (const set of zone.sets) {
      const [first, ...more] = set.data
      const rest =
        more.length > 3 ? ` and ${more.length} more` : more.map((d) => `, ${dataText(d)}`)
      const large = set.large ? '  (truncated over UDP)' : ''
      const rests = typeof rest === 'string' ? rest : rest.join('')
      lines.push(`${indent}  ${set.name} ${set.ttl} ${set.type} ${dataText(first)}${rests}${large}`)
    }
    for (const child of world.zones.filter((other) => parentOf(world, other) === zone)) {
      showZone(child, `${indent}    `)
    }
  }
  showZone(world.zones[0]!, '')
  if (world.forgeries.length > 0) {
    lines.push(`Before each answer comes a datagram with: ${world.forgeries.join(', ')}.`)
  }
  if (world.capitals) lines.push('Servers write names in capitals.')
  if (world.meddling) lines.push('Servers add records of names outside their zones.')
  return lines.join('\n')
}
