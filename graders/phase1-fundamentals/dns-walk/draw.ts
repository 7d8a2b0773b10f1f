import fc from 'fast-check'
import type { Ask } from './calls.ts'
import type { Move, Program } from './play.ts'
import {
  type Data,
  exists,
  type Health,
  isWithin,
  type NameServer,
  parentOf,
  type RecordSet,
  type Type,
  type World,
  type Zone,
  zoneOf,
} from './world.ts'

// Worlds are drawn as plans of small numbers, so that fast-check can make a failing one smaller, and
// then built: a number that leads nowhere is taken round.

const TOPS = ['test', 'example', 'post', 'invalid']
const LABELS = ['pelican', 'depot', 'north', 'eu', 'track', 'shop', 'locker', 'van']
const HOSTS = ['www', 'api', 'mail', 'a', 'x.y', 'deep.down.here', '_dmarc', '2026', 'depot-7']
const TYPES: Type[] = ['A', 'AAAA', 'CNAME', 'MX', 'TXT']

const nat = (max: number) => fc.integer({ min: 0, max })

const setPlan = fc.record({
  host: nat(HOSTS.length),
  type: nat(TYPES.length - 1),
  ttl: fc.constantFrom(300, 60, 20, 3600),
  count: nat(2),
  target: nat(40),
  large: fc.constantFrom(false, false, false, true),
})

const zonePlan = (health: Health[]) =>
  fc.record({
    parent: nat(6),
    label: nat(LABELS.length - 1),
    twoLabels: fc.constantFrom(false, false, false, true),
    servers: fc.array(
      fc.record({
        /** 0: within the zone. 1: in another zone, without glue. 2: the same with it, where it may be. */
        where: fc.constantFrom(0, 0, 0, 1, 2),
        in: nat(6),
        /** It serves another zone as well. */
        shared: fc.constantFrom(false, false, false, true),
        health: fc.constantFrom(...health),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    /** Which server is well, whatever else was drawn, so that most names can be found; -1: none. */
    well: fc.constantFrom(0, 1, 2, -1),
    minimum: fc.constantFrom(60, 20, 300, 900),
    sets: fc.array(setPlan, { maxLength: 6 }),
  })

const askPlan = fc.record({
  zone: nat(6),
  /** Beyond what there is: a name that does not exist. */
  set: nat(9),
  type: nat(TYPES.length - 1),
  /** The type of the set, as most questions have it, or another. */
  own: fc.constantFrom(true, true, false),
  spelling: fc.constantFrom(0, 0, 1, 2, 3),
})

type ZonePlan = ReturnType<typeof zonePlan> extends fc.Arbitrary<infer P> ? P : never
type SetPlan = typeof setPlan extends fc.Arbitrary<infer P> ? P : never
type AskPlan = typeof askPlan extends fc.Arbitrary<infer P> ? P : never

export const plans = (health: Health[]) =>
  fc.record({
    roots: fc.array(fc.constantFrom(...health), { minLength: 1, maxLength: 3 }),
    wellRoot: fc.constantFrom(0, 1, 2, 0, 1, 2, -1),
    zones: fc.array(zonePlan(health), { minLength: 1, maxLength: 6 }),
    asks: fc.array(askPlan, { minLength: 1, maxLength: 4 }),
    capitals: fc.constantFrom(false, false, true),
    follows: fc.boolean(),
    reversed: fc.boolean(),
    forgeries: fc.constant<World['forgeries']>([]),
  })

type Plan = ReturnType<typeof plans> extends fc.Arbitrary<infer P> ? P : never

/** Makes the data of records, no two alike. */
class Supply {
  #count = 0
  #ip = 0

  serverIp(): string {
    this.#ip += 1
    return `198.51.100.${this.#ip}`
  }

  data(type: Type, target: string): Data {
    this.#count += 1
    const n = this.#count
    if (type === 'A') return `192.0.2.${n % 256}`
    if (type === 'AAAA') return `2001:db8::${n.toString(16)}`
    if (type === 'MX') return { preference: 10 * n, exchange: target }
    if (type === 'TXT') return n % 2 ? [`note ${n}`] : [`v=${n}`, 'Zürich → São-Bento']
    return target
  }
}

const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!
const under = (label: string, apex: string) => (apex === '' ? label : `${label}.${apex}`)

function buildZones(plan: Plan): { world: World; plans: Map<Zone, ZonePlan> } {
  const root: Zone = { apex: '', servers: [], minimum: 300, sets: [] }
  const world: World = {
    zones: [root],
    health: {},
    forgeries: plan.forgeries,
    capitals: plan.capitals,
    follows: plan.follows,
    reversed: plan.reversed,
  }
  const plans = new Map<Zone, ZonePlan>()
  for (const one of plan.zones) {
    const parent = at(world.zones, one.parent)
    const label = parent === root ? at(TOPS, one.label) : at(LABELS, one.label)
    const apex = under(one.twoLabels ? `${label}.${at(LABELS, one.label + 1)}` : label, parent.apex)
    if (world.zones.some((zone) => zone.apex === apex || isWithin(zone.apex, apex))) continue
    const zone: Zone = { apex, servers: [], minimum: one.minimum, sets: [] }
    world.zones.push(zone)
    plans.set(zone, one)
  }
  return { world, plans }
}

function addSet(world: World, set: RecordSet): boolean {
  const zone = zoneOf(world, set.name)
  const here = zone.sets.filter(({ name }) => name === set.name)
  const alias = here.some(({ type }) => type === 'CNAME')
  if (alias || here.some(({ type }) => type === set.type)) return false
  if (set.type === 'CNAME' && (here.length > 0 || set.name === zone.apex)) return false
  zone.sets.push(set)
  return true
}

/**
 * True where the server serves a zone above this one. It would then answer for this zone without a referral,
 * also where nobody can find this zone's servers: what comes of that depends on which server is asked.
 */
function servesAbove(world: World, ip: string, zone: Zone): boolean {
  return world.zones.some(
    ({ apex, servers }) => isWithin(zone.apex, apex) && servers.some((server) => server.ip === ip),
  )
}

/** Servers are named in their own zone, or in one that came before it: no two wait for each other. */
function buildServers(world: World, plan: Plan, plans: Map<Zone, ZonePlan>, supply: Supply): void {
  for (const [index, health] of plan.roots.entries()) {
    const ip = supply.serverIp()
    world.zones[0]!.servers.push({ name: `${'abc'[index]}.root-servers`, ip })
    world.health[ip] = health
  }
  makeWell(world, world.zones[0]!, plan.wellRoot)
  for (const [zone, one] of plans) {
    const earlier = world.zones.slice(1, world.zones.indexOf(zone))
    const parent = parentOf(world, zone)!
    for (const [index, server] of one.servers.entries()) {
      const home = server.where === 0 || earlier.length === 0 ? zone : at(earlier, server.in)
      const where = home === zone ? '' : `-${world.zones.indexOf(zone)}`
      const name = under(`ns${index + 1}${where}`, home.apex)
      const other = at(earlier, server.in + 1)
      const shared = server.shared ? other?.servers[0]?.ip : undefined
      const ip = shared && !servesAbove(world, shared, zone) ? shared : supply.serverIp()
      const added: NameServer = { name, ip, glue: server.where === 2 }
      if (zone.servers.some((one) => one.ip === ip)) continue
      if (!addSet(world, { name, type: 'A', ttl: 3600, data: [ip] })) continue
      world.health[ip] ??= server.health
      zone.servers.push(added)
      if (added.glue && !isWithin(name, parent.apex)) added.glue = false
    }
    makeWell(world, zone, one.well)
  }
}

function makeWell(world: World, { servers }: Zone, index: number): void {
  if (index >= 0 && servers.length > 0) world.health[at(servers, index).ip] = 'well'
}

function buildSets(world: World, plans: Map<Zone, ZonePlan>, supply: Supply): void {
  const wanted: { name: string; plan: SetPlan }[] = []
  for (const [zone, { sets }] of plans) {
    for (const plan of sets) {
      const host = HOSTS[plan.host]
      const name = host === undefined ? zone.apex : under(host, zone.apex)
      if (zoneOf(world, name) === zone) wanted.push({ name, plan })
    }
  }
  for (const { name, plan } of wanted) {
    const type = TYPES[plan.type]!
    // Mostly to a name that is there; some aliases lead nowhere, or in a circle.
    const target = plan.target === 40 ? `gone.${name}` : at(wanted, plan.target).name
    const large = plan.large && type !== 'CNAME'
    const count = type === 'CNAME' ? 1 : large ? 40 : plan.count + 1
    const data = Array.from({ length: count }, () => supply.data(type, target))
    addSet(world, { name, type, ttl: plan.ttl, data, ...(large && { large }) })
  }
}

/** The question that a plan stands for: mostly for something that is there. */
function buildAsk(world: World, plan: AskPlan): Ask {
  const zone = at(world.zones.slice(1), plan.zone)
  const set = zone.sets[plan.set]
  const missing = [`nothing.${zone.apex}`, `no.such.${zone.apex}`, zone.apex, 'nowhere.at-all']
  const name = set?.name ?? at(missing, plan.set)
  const parts = name.split('.')
  const between = parts.slice(1).join('.')
  const isBetween = plan.spelling === 3 && parts.length > 2 && exists(world, zone, between)
  const type = (plan.own && set?.type) || TYPES[plan.type]!
  return { name: spell(isBetween ? between : name, plan.spelling), type: type as Type }
}

export function spell(name: string, way: number): string {
  if (way === 1) return `${name}.`
  if (way === 2) return [...name].map((c, i) => (i % 2 ? c : c.toUpperCase())).join('')
  return name
}

export function build(plan: Plan): { world: World; asks: Ask[] } {
  const supply = new Supply()
  const { world, plans } = buildZones(plan)
  buildServers(world, plan, plans, supply)
  buildSets(world, plans, supply)
  return { world, asks: plan.asks.map((ask) => buildAsk(world, ask)) }
}

/** One call after the other, or all at once. */
export function programs(
  health: Health[],
  timeoutMs: number,
  overlap = false,
): fc.Arbitrary<Program> {
  return plans(health).map((plan) => {
    const { world, asks } = build(plan)
    const moves: Move[] = overlap
      ? [{ do: 'ask', asks }]
      : asks.map((ask) => ({ do: 'ask', asks: [ask] }))
    return { world, moves, timeoutMs }
  })
}

// ---------------------------------------------------------------- with a clock

const movePlan = fc.oneof(
  { weight: 5, arbitrary: askPlan.map((ask) => ({ ask, wait: 0, change: -1 })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(1, 18, 19, 21, 58, 59, 61, 240, 290, 301)
      .map((wait) => ({ ask: undefined, wait, change: -1 })),
  },
  { weight: 2, arbitrary: nat(12).map((change) => ({ ask: undefined, wait: 0, change })) },
)

/** Programs that ask, let time pass, and change what the zones hold. */
export const timedPrograms: fc.Arbitrary<Program> = fc
  .tuple(plans(['well']), fc.array(movePlan, { minLength: 3, maxLength: 14 }))
  .map(([plan, movePlans]) => {
    const { world } = build(plan)
    // Few names, so that they come again.
    const few = plan.asks.slice(0, 2)
    let serial = 0
    const moves = movePlans.map(({ ask, wait, change }): Move => {
      if (ask) {
        const { name, type } = buildAsk(world, {
          ...at(few, ask.set),
          spelling: 0,
          ...{ own: ask.own, type: ask.type },
        })
        return { do: 'ask', asks: [{ name: spell(name, ask.spelling), type }] }
      }
      // Never by whole seconds: nothing ends at the very moment of a question.
      if (wait > 0) return { do: 'wait', seconds: wait + 0.137 }
      const { name, type } = buildAsk(world, { ...at(few, change), spelling: 0 })
      serial += 1
      return changeOf(name.toLowerCase().replace(/\.$/, ''), type, serial)
    })
    return { world, moves, timeoutMs: 5000 }
  })

/** Gives a name other records, or its first, or takes them away; an alias leads elsewhere. */
function changeOf(name: string, type: Type, serial: number): Move {
  const kind = type === 'CNAME' ? 'A' : type
  const data = new Array<Data>(1).fill(
    kind === 'MX' ? { preference: serial, exchange: `mx${serial}.test` } : `203.0.113.${serial}`,
  )
  if (kind === 'AAAA') data[0] = `2001:db8:1::${serial}`
  if (kind === 'TXT') data[0] = [`changed ${serial}`]
  return {
    do: 'change',
    text: `${name} ${kind}: ${serial % 3 === 0 ? 'gone, or where it was missing' : 'now'} ${JSON.stringify(data[0])}`,
    change(world) {
      // Where servers are stays as it is.
      if (world.zones.some(({ servers }) => servers.some((server) => server.name === name))) return
      const zone = zoneOf(world, name)
      const index = zone.sets.findIndex((set) => set.name === name && set.type === kind)
      const alias = zone.sets.find((set) => set.name === name && set.type === 'CNAME')
      if (alias) {
        const others = zone.sets.filter((set) => set.type !== 'CNAME')
        if (others.length === 0) return
        zone.sets[zone.sets.indexOf(alias)] = { ...alias, data: [at(others, serial).name] }
        return
      }
      if (index >= 0 && serial % 3 === 0) zone.sets.splice(index, 1)
      else if (index >= 0) zone.sets[index] = { ...zone.sets[index]!, large: false, data }
      else zone.sets.push({ name, type: kind, ttl: 60, data })
    },
  }
}
