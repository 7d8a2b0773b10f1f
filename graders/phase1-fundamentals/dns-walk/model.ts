import {
  dataText,
  deeper,
  exists,
  type Health,
  healthOf,
  isGlued,
  type NameServer,
  parentOf,
  type RecordSet,
  type Type,
  type World,
  type Zone,
  zoneOf,
} from './world.ts'

// What the rules say of a name, straight from the zones: no packet is sent here. A name's records are
// those of the deepest zone it is in, if that zone can be reached.

export const MOST_ALIASES = 12
const LONGEST_NEGATIVE = 300

/** What a name has of a type. `seconds`: how long that may be remembered. */
export type Step =
  | { kind: 'records' | 'alias'; set: RecordSet; seconds: number }
  | { kind: 'no data' | 'no name'; seconds: number }
  | { kind: 'unreachable' }

/** A whole result: the sets of the chain in order, the aliases first. */
export type Expected = { status: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL'; sets: RecordSet[] }

const USABLE: Health[] = ['well', 'late']

/**
 * The zones of which at least one server can be found and answers.
 * @param siblings whether glue is used that does not lie in the zone itself: careful resolvers do not
 */
export function reachable(world: World, siblings = true): Set<Zone> {
  const reached = new Set<Zone>()
  const canFind = (zone: Zone, server: NameServer): boolean => {
    if (isGlued(world, zone, server, siblings)) return true
    // Its address must be found first, in zones that are reached already.
    const { status, sets } = follow(server.name, (name) => truth(world, name, 'A', reached))
    return status === 'NOERROR' && sets.at(-1)?.data.includes(server.ip) === true
  }
  for (let before = -1; before < reached.size; ) {
    before = reached.size
    for (const zone of world.zones.toSorted(deeper).reverse()) {
      const parent = parentOf(world, zone)
      if (reached.has(zone) || (parent && !reached.has(parent))) continue
      const answers = zone.servers.some(
        (server) => USABLE.includes(healthOf(world, server.ip)) && canFind(zone, server),
      )
      if (answers) reached.add(zone)
    }
  }
  return reached
}

/** What a name has now. */
export function truth(world: World, name: string, type: Type, reached = reachable(world)): Step {
  const zone = zoneOf(world, name)
  if (!reached.has(zone)) return { kind: 'unreachable' }
  const here = zone.sets.filter((set) => set.name === name)
  const set = here.find((one) => one.type === type)
  if (set) return { kind: 'records', set, seconds: set.ttl }
  const alias = here.find((one) => one.type === 'CNAME')
  if (alias) return { kind: 'alias', set: alias, seconds: alias.ttl }
  const seconds = Math.min(zone.minimum, LONGEST_NEGATIVE)
  return { kind: exists(world, zone, name) ? 'no data' : 'no name', seconds }
}

/** Follows aliases to the end. @param look what a name has */
export function follow(name: string, look: (name: string) => Step): Expected {
  const [result] = followAll(name, (one) => [look(one)])
  return result!
}

/** The same where a name may have several things, for some may be remembered: all that may come out. */
export function followAll(name: string, look: (name: string) => Step[], aliases = 0): Expected[] {
  return look(name).flatMap((step): Expected[] => {
    if (step.kind === 'unreachable') return [{ status: 'SERVFAIL', sets: [] }]
    if (!('set' in step)) {
      return [{ status: step.kind === 'no name' ? 'NXDOMAIN' : 'NOERROR', sets: [] }]
    }
    if (step.kind === 'records') return [{ status: 'NOERROR', sets: [step.set] }]
    if (aliases === MOST_ALIASES) return [{ status: 'SERVFAIL', sets: [] }]
    return followAll(String(step.set.data[0]), look, aliases + 1).map(({ status, sets }) =>
      status === 'SERVFAIL' ? { status, sets: [] } : { status, sets: [step.set, ...sets] },
    )
  })
}

/** The records of a result as lines, the way they are compared and shown. */
export function linesOf({ sets }: Expected): string[] {
  return sets.flatMap(({ name, ttl, type, data }) =>
    data.map((one) => `${name} ${ttl} ${type} ${dataText(one)}`).sort(),
  )
}
