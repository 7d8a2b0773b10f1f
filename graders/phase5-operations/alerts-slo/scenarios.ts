import type { Fresh } from '../../harness/index.ts'
import type { AlertName } from './alerts-model.ts'
import type { Course, Instance, Queue, Stream, World } from './world.ts'

/** A world with what a learner is told of it, and what its check is about. */
export type Scenario = {
  /** What happens, in one or two sentences. */
  story: string
  world: World
  /** What must come out of the model, for each alert: whether it fires at some time. */
  asks: Partial<Record<AlertName, boolean>>
  /** How far rates may look back, in minutes, where that is less than usual. */
  windows?: number[]
}

/** So many minutes, from the first to the last. */
type Span = { from: number; to: number }

const during =
  ({ from, to }: Span, inside: number, outside: number): Course =>
  (minute) =>
    minute > from && minute <= to ? inside : outside

export const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`

const at = (minute: number) =>
  `${Math.floor(minute / 60)}:${String(Math.floor(minute % 60)).padStart(2, '0')}${minute % 1 ? ':30' : ''}`
const span = ({ from, to }: Span) => `from ${at(from)} to ${at(to)}`
const opening = (when: Span) => `From${span(when).slice(4)}`

const SILENT = { HighErrorRate: false, HighLatency: false, QueueStuck: false, ApiDown: false }

/** Draws numbers; decimals in steps of a thousandth. */
const draws = (fresh: Fresh) => ({
  share: (least: number, most: number) =>
    fresh.int(Math.round(least * 1000), Math.round(most * 1000)) / 1000,
  /** A whole minute, or a half one. */
  minute: (least: number, most: number) => fresh.int(least * 2, most * 2) / 2,
})

const ROUTES = ['/parcels', '/parcels/:code']
/** Some that proxies have made up among them. */
const FAILURES = ['500', '502', '503', '504', '507', '520', '599']

/** Streams of an instance that takes a part of all traffic, where little goes wrong. */
function streamsOf(fresh: Fresh, rate: number, bent: Partial<Stream> = {}): Stream[] {
  const { share } = draws(fresh)
  const part = share(0.2, 0.8)
  const failure = fresh.pick(FAILURES)
  return ROUTES.map((route, index) => {
    const failing = share(0.001, 0.003)
    const lost = share(0.02, 0.15)
    const slow = share(0.005, 0.02)
    return {
      route,
      rate: () => rate * (index === 0 ? part : 1 - part),
      failing: () => failing,
      failure,
      lost: () => lost,
      slow: () => slow,
      ...bent,
    }
  })
}

const always = () => 1 as const

/** Instances of the API, three to five of them or as many as there are parts, each with its part of the traffic. */
function api(
  fresh: Fresh,
  options: {
    /** Requests in a second, of all together. */
    rate?: number
    /** What part of it each takes; drawn where it is not given. */
    parts?: number[]
    bent?: (index: number) => Partial<Stream>
    up?: (index: number) => Instance['up']
    restarts?: (index: number) => number[]
  } = {},
): Instance[] {
  const drawn = fresh.list(fresh.int(3, 5), () => fresh.int(10, 30))
  const { rate = fresh.int(40, 200), parts = drawn.map((part) => part / sum(drawn)) } = options
  return parts.map((part, index) => ({
    job: 'api',
    name: `10.0.${fresh.int(0, 255)}.${index + 10}:9100`,
    up: options.up?.(index) ?? always,
    restarts: options.restarts?.(index) ?? [],
    streams: streamsOf(fresh, rate * part, options.bent?.(index)),
    // A long life, with bad days in it.
    before: { requests: fresh.int(200_000, 900_000), failing: 0.2 + fresh.int(0, 15) / 100 },
  }))
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0)

/** Another team's service, which is in a bad way, and the worker, which has no requests. */
function others(fresh: Fresh): Instance[] {
  const bad = { failing: () => 0.4, slow: () => 0.5 }
  const shop = (name: string, up: Instance['up']): Instance => ({
    job: 'shop',
    name,
    up,
    restarts: [],
    streams: streamsOf(fresh, 300, bad),
    before: { requests: 5000, failing: 0.3 },
  })
  return [
    shop('shop-1:9100', always),
    { ...shop('shop-2:9100', () => 0), streams: [] },
    {
      job: 'worker',
      name: 'worker-1:9100',
      up: always,
      restarts: [],
      streams: [],
      before: { requests: 0, failing: 0 },
    },
  ]
}

/** Queues that come and go, together more than 100 now and then, each below. */
function quietQueues(fresh: Fresh): Queue[] {
  return [fresh.word(), fresh.word()].map((name) => {
    const period = fresh.int(5, 9)
    return { name, length: (minute) => 55 + 25 * Math.sin((minute / period) * 2 * Math.PI) }
  })
}

function world(
  fresh: Fresh,
  minutes: number,
  instances: Instance[],
  options: { queues?: Queue[]; latencies?: boolean } = {},
): World {
  const { queues = quietQueues(fresh), latencies = true } = options
  return { minutes, instances: [...instances, ...others(fresh)], queues, latencies }
}

// ---------------------------------------------------------------- C1 quiet

export function quiet(fresh: Fresh): Scenario[] {
  const { share } = draws(fresh)
  const lost = share(0.3, 0.45)
  const failing = share(0.032, 0.042)
  return [
    {
      story: 'Nothing goes wrong: hardly a request fails.',
      world: world(fresh, 45, api(fresh)),
      asks: { ...SILENT, SlowBurn: false },
    },
    {
      story: `Somebody asks for parcels that do not exist: ${percent(lost)} of all requests get 404.`,
      world: world(fresh, 30, api(fresh, { bent: () => ({ lost: () => lost }) })),
      asks: { ...SILENT, SlowBurn: false },
    },
    {
      story: `${percent(failing)} of all requests fail, and half of the others get 404.`,
      world: world(
        fresh,
        30,
        api(fresh, { bent: () => ({ failing: () => failing, lost: () => 0.55 }) }),
      ),
      asks: SILENT,
    },
  ]
}

// ---------------------------------------------------------------- C2 many failures

export function failures(fresh: Fresh): Scenario[] {
  const { share, minute } = draws(fresh)
  const begin = minute(12, 16)
  const when = { from: begin, to: begin + minute(16, 20) }
  const failing = share(0.08, 0.12)
  const one = share(0.09, 0.12)
  const few = share(0.5, 0.7)
  const rare = fresh.int(30, 36) / 100
  const seldom = share(0.125, 0.135)
  const usual = share(0.001, 0.003)
  return [
    {
      story: `${opening(when)}, ${percent(failing)} of all requests fail.`,
      world: world(
        fresh,
        when.to + 25,
        api(fresh, { bent: () => ({ failing: during(when, failing, usual) }) }),
      ),
      asks: { ...SILENT, HighErrorRate: true },
    },
    {
      story: `${opening(when)}, the instance that takes 85 % of the traffic fails in ${percent(one)} of its requests, the three others in hardly any.`,
      world: world(
        fresh,
        when.to + 25,
        api(fresh, {
          parts: [0.85, 0.05, 0.05, 0.05],
          bent: (index) => (index === 0 ? { failing: during(when, one, usual) } : {}),
        }),
      ),
      asks: { ...SILENT, HighErrorRate: true },
    },
    {
      story: `${opening(when)}, the instance that takes 3 % of the traffic fails in ${percent(few)} of its requests, the three others in hardly any.`,
      world: world(
        fresh,
        when.to + 15,
        api(fresh, {
          parts: [0.4, 0.3, 0.27, 0.03],
          bent: (index) => (index === 3 ? { failing: during(when, few, usual) } : {}),
        }),
      ),
      asks: SILENT,
    },
    {
      story: `At night, with ${rare} requests in a second: ${span(when)}, ${percent(seldom)} of them fail.`,
      world: world(
        fresh,
        when.to + 20,
        api(fresh, {
          rate: rare,
          parts: [0.5, 0.5],
          bent: () => ({ failing: during(when, seldom, 0) }),
        }),
      ),
      asks: { ...SILENT, HighErrorRate: true },
    },
    {
      story: `${opening(when)}, one route, which takes 3 % of the traffic, fails in ${percent(few)} of its requests, the other one in hardly any.`,
      world: world(
        fresh,
        when.to + 15,
        api(fresh).map(({ streams: [most, rest], ...instance }) => ({
          ...instance,
          streams: [
            most!,
            {
              ...rest!,
              rate: (now) => most!.rate(now) * 0.03,
              failing: during(when, few, usual),
            },
          ],
        })),
      ),
      asks: SILENT,
    },
  ]
}

// ---------------------------------------------------------------- C3 blips

export function blips(fresh: Fresh): Scenario[] {
  const { share, minute } = draws(fresh)
  const begin = minute(15, 20)
  const first = { from: begin, to: begin + 2 }
  const second = { from: begin + 17, to: begin + 19 }
  const failing = share(0.14, 0.155)
  const slow = share(0.14, 0.16)
  const slowly = { from: begin, to: begin + 5 }
  const usual = share(0.001, 0.003)
  return [
    {
      story: `${percent(failing)} of all requests fail ${span(first)}, and again ${span(second)}.`,
      world: world(
        fresh,
        second.to + 20,
        api(fresh, {
          bent: () => ({
            failing: (now) =>
              Math.max(during(first, failing, usual)(now), during(second, failing, usual)(now)),
          }),
        }),
      ),
      asks: SILENT,
    },
    {
      story: `${percent(slow)} of all requests take longer than 0.5 s ${span(slowly)}.`,
      world: world(
        fresh,
        slowly.to + 20,
        api(fresh, { bent: () => ({ slow: during(slowly, slow, 0.01) }) }),
      ),
      asks: SILENT,
    },
  ]
}

// ---------------------------------------------------------------- C4 restarts and deploys

export function restarts(fresh: Fresh): Scenario[] {
  const begin = fresh.int(15, 20)
  // So close that the window of a rate always has one of them in it.
  const rolling = (index: number) => [begin + index * 1.5]
  const deploy = fresh.int(15, 20)
  const old = api(fresh, {
    up: (index) => (minute) => (minute < deploy + index * 2 + 1 ? 1 : undefined),
  })
  const young = api(fresh, {
    up: (index) => (minute) =>
      minute < deploy + index * 2 ? undefined : minute < deploy + index * 2 + 0.5 ? 0 : 1,
  }).map((instance, index) => ({
    ...instance,
    name: `10.1.0.${index + 10}:9100`,
    before: { requests: 0, failing: 0 },
  }))
  return [
    {
      story: `3 % of all requests fail. Seven instances are started again one after the other, from ${at(begin)} on, 90 seconds apart. Each is away for half a minute, and counts from 0 again.`,
      world: world(
        fresh,
        begin + 35,
        api(fresh, {
          parts: [0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.1],
          bent: () => ({ failing: () => 0.03 }),
          restarts: rolling,
          up: (index) => (minute) =>
            rolling(index).some((from) => minute >= from && minute < from + 0.5) ? 0 : 1,
        }),
      ),
      asks: SILENT,
    },
    {
      story: `A new version is deployed from ${at(deploy)} on: new instances come, one after the other, and the old ones go.`,
      world: world(fresh, deploy + 40, [...old, ...young]),
      asks: { ...SILENT, SlowBurn: false },
    },
    {
      story: `All instances stop at ${at(begin)} and are up again 90 seconds later, counting from 0.`,
      world: world(
        fresh,
        begin + 30,
        api(fresh, {
          restarts: () => [begin + 1.5],
          up: () => (minute) => (minute >= begin && minute < begin + 1.5 ? 0 : 1),
        }),
      ),
      asks: SILENT,
    },
  ]
}

// ---------------------------------------------------------------- C5 no traffic

export function noTraffic(fresh: Fresh): Scenario[] {
  const from = fresh.int(12, 16)
  const night = { from, to: from + 25 }
  const bare = api(fresh).map((instance) => ({ ...instance, streams: [] }))
  return [
    {
      story: `No request comes ${span(night)}.`,
      world: world(
        fresh,
        night.to + 15,
        api(fresh, { bent: () => ({ rate: during(night, 0, 20) }) }),
      ),
      asks: { ...SILENT, SlowBurn: false },
    },
    {
      story: 'The API has just been set up: its instances are up, and no request has come yet.',
      world: world(fresh, 35, bare),
      asks: { ...SILENT, SlowBurn: false },
    },
  ]
}

// ---------------------------------------------------------------- C6 the API is down

export function outages(fresh: Fresh): Scenario[] {
  const { minute } = draws(fresh)
  const begin = minute(12, 20)
  const one = { from: begin, to: begin + 20 }
  const isIn = ({ from, to }: Span, now: number) => now >= from && now < to
  const back = begin + fresh.int(8, 15)
  const gone = begin + 4
  return [
    {
      story: `One instance is down ${span(one)}, the others are up.`,
      world: world(
        fresh,
        40,
        api(fresh, { up: (index) => (now) => (index === 1 && isIn(one, now) ? 0 : 1) }),
      ),
      asks: SILENT,
    },
    {
      story: `The instances go down one after the other, the last at ${at(begin)}, and are up again at ${at(back)}.`,
      world: world(
        fresh,
        back + 20,
        api(fresh, {
          up: (index) => (now) => (isIn({ from: begin - index * 2, to: back }, now) ? 0 : 1),
        }),
      ),
      asks: { ApiDown: true },
    },
    {
      story: `The instances vanish at ${at(gone)}: Prometheus does not find them any more, and there is no up of the API.`,
      world: world(
        fresh,
        gone + 15,
        api(fresh, { up: () => (now) => (now < gone ? 1 : undefined) }),
      ),
      asks: { ApiDown: true },
    },
    {
      story: 'There has never been an instance of the API: no series of it is there.',
      world: world(fresh, 20, []),
      asks: { ApiDown: true },
    },
  ]
}

// ---------------------------------------------------------------- C7 a slow burn

export function slowBurns(fresh: Fresh): Scenario[] {
  const { share } = draws(fresh)
  const steady = share(0.014, 0.018)
  const low = share(0.001, 0.002)
  const burn = share(0.026, 0.034)
  const bad = share(0.072, 0.082)
  const begin = fresh.int(180, 200)
  const incident = { from: 210 + fresh.int(0, 20), to: 0 }
  incident.to = incident.from + 15
  const early = share(0.088, 0.094)
  const nightly = share(0.032, 0.038)
  const night = { from: 150, to: 280 }
  const long = { latencies: false }
  // The longer a scenario, the fewer series.
  const parts = [1]
  return [
    {
      story: `${percent(steady)} of all requests fail, from the first one on.`,
      world: world(fresh, 90, api(fresh, { bent: () => ({ failing: () => steady }) }), long),
      asks: { SlowBurn: true, HighErrorRate: false },
    },
    {
      story: `For three hours and more hardly a request fails; from ${at(begin)} on ${percent(burn)} of them do. The share of the last 6 hours grows from minute to minute.`,
      world: world(
        fresh,
        begin + 190,
        api(fresh, { parts, bent: () => ({ failing: (now) => (now > begin ? burn : low) }) }),
        long,
      ),
      asks: { SlowBurn: true, HighErrorRate: false },
    },
    {
      story: `Hardly a request fails, but ${percent(bad)} do ${span(incident)}.`,
      world: world(
        fresh,
        incident.to + 60,
        api(fresh, { parts, bent: () => ({ failing: during(incident, bad, low) }) }),
        long,
      ),
      asks: { SlowBurn: false, HighErrorRate: true },
    },
    {
      story: `By day 100 requests a second come, and hardly one fails. ${opening(night)}, at night, 2 a second come, of which ${percent(nightly)} fail.`,
      world: world(
        fresh,
        night.to,
        api(fresh, {
          parts,
          bent: () => ({ rate: during(night, 1, 50), failing: during(night, nightly, low) }),
        }),
        long,
      ),
      asks: { SlowBurn: false, HighErrorRate: false },
    },
    {
      story: `In the first 50 minutes ${percent(early)} of all requests fail, then hardly one.`,
      world: world(
        fresh,
        450,
        api(fresh, { parts, bent: () => ({ failing: (now) => (now <= 50 ? early : low) }) }),
        long,
      ),
      asks: { SlowBurn: true },
    },
  ]
}

// ---------------------------------------------------------------- C8 latency

export function latencies(fresh: Fresh): Scenario[] {
  const { share, minute } = draws(fresh)
  const begin = minute(12, 18)
  const when = { from: begin, to: begin + minute(22, 26) }
  const everywhere = share(0.07, 0.085)
  const busy = share(0.1, 0.12)
  const idle = share(0.7, 0.9)
  const tail = share(0.03, 0.038)
  const asks = { ...SILENT, HighLatency: true }
  return [
    {
      story: `${opening(when)}, ${percent(everywhere)} of all requests take longer than 0.5 s.`,
      world: world(
        fresh,
        when.to + 30,
        api(fresh, { bent: () => ({ slow: during(when, everywhere, 0.01) }) }),
      ),
      asks,
    },
    {
      story: `${opening(when)}, the instance that takes 75 % of the traffic is slow: ${percent(busy)} of its requests take longer than 0.5 s. The three others are quick.`,
      world: world(
        fresh,
        when.to + 30,
        api(fresh, {
          parts: [0.75, 0.1, 0.1, 0.05],
          bent: (index) => ({ slow: index === 0 ? during(when, busy, 0.01) : () => 0.002 }),
        }),
      ),
      asks,
    },
    {
      story: `${opening(when)}, the instance that takes 2 % of the traffic is slow: ${percent(idle)} of its requests take longer than 0.5 s. The three others are quick.`,
      world: world(
        fresh,
        when.to + 15,
        api(fresh, {
          parts: [0.4, 0.3, 0.28, 0.02],
          bent: (index) => ({ slow: index === 3 ? during(when, idle, 0.01) : () => 0.005 }),
        }),
      ),
      asks: SILENT,
    },
    {
      story: `${opening(when)}, one route, which takes 2 % of the traffic, is slow: ${percent(idle)} of its requests take longer than 0.5 s. The other one is quick.`,
      world: world(
        fresh,
        when.to + 15,
        api(fresh).map(({ streams: [most, rest], ...instance }) => ({
          ...instance,
          streams: [
            most!,
            {
              ...rest!,
              rate: (now) => most!.rate(now) * 0.02,
              slow: during(when, idle, 0.01),
            },
          ],
        })),
      ),
      asks: SILENT,
    },
    {
      story: `${percent(tail)} of all requests take longer than 0.5 s.`,
      world: world(fresh, 35, api(fresh, { bent: () => ({ slow: () => tail }) })),
      asks: SILENT,
    },
  ]
}

// ---------------------------------------------------------------- C10 queues

export function queues(fresh: Fresh): Scenario[] {
  const begin = fresh.int(5, 12)
  const height = fresh.int(130, 170)
  const end = begin + fresh.int(36, 42)
  const speed = fresh.int(3, 9)
  const high = fresh.int(3000, 5000)
  const period = fresh.int(8, 12)
  const pace = fresh.int(4, 8)
  const fall = fresh.int(1650, 1900)
  const [one, other] = [fresh.word(), fresh.word(2)]
  const pair = (length: Course, others: Course): Queue[] =>
    fresh.shuffle([
      { name: one, length },
      { name: other, length: others },
    ])
  const on = (minutes: number, all: Queue[]) =>
    world(fresh, minutes, api(fresh), { queues: all, latencies: false })
  const draining: Course = (now) => high - speed * now
  const asks = { ...SILENT, QueueStuck: true }
  return [
    {
      story: `From ${at(begin)} on ${height} jobs stand in "${one}" and none goes; at ${at(end)} they are taken at last. All the time "${other}" gets shorter, by ${speed} a minute.`,
      world: on(
        end + 25,
        pair((now) => (now < begin ? 20 : now < end ? height : 5), draining),
      ),
      asks,
    },
    {
      story: `"${one}" grows by ${pace} a minute, from 40 on; "${other}" stands at 30.`,
      world: on(
        60,
        pair(
          (now) => 40 + pace * now,
          () => 30,
        ),
      ),
      asks,
    },
    {
      story: `"${one}" gets shorter from ${fall} on, by 100 a minute; from ${at(15)} on it stands at ${fall - 1500}. "${other}" is empty.`,
      world: on(
        65,
        pair(
          (now) => fall - 100 * Math.min(now, 15),
          () => 0,
        ),
      ),
      asks,
    },
    {
      story: `"${one}" gets shorter, from ${high} on by ${speed} a minute; "${other}" is empty.`,
      world: on(
        50,
        pair(draining, () => 0),
      ),
      asks: SILENT,
    },
    {
      story: `Every ${period} minutes 600 jobs come to "${one}", and are done before the next ones come; "${other}" stands at 60.`,
      world: on(
        60,
        pair(
          (now) => 600 * (1 - (now % period) / period) ** 2,
          () => 60,
        ),
      ),
      asks: SILENT,
    },
    {
      story: 'Both queues stand still, each below 100: at 70 and at 85.',
      world: on(
        40,
        pair(
          () => 70,
          () => 85,
        ),
      ),
      asks: SILENT,
    },
  ]
}

// ---------------------------------------------------------------- C11, C12

export function shortOutage(fresh: Fresh): Scenario[] {
  const { minute, share } = draws(fresh)
  const begin = minute(15, 22)
  const when = { from: begin, to: begin + 2 }
  const usual = share(0.001, 0.003)
  return [
    {
      story: `Every request fails ${span(when)}, and hardly any before and after.`,
      world: world(
        fresh,
        when.to + 20,
        api(fresh, { bent: () => ({ failing: during(when, 1, usual), lost: () => 0 }) }),
      ),
      asks: { HighErrorRate: false },
      windows: [2],
    },
  ]
}

export function downAndGone(fresh: Fresh): Scenario[] {
  const { minute } = draws(fresh)
  const begin = minute(10, 15)
  const end = begin + 16
  const turn = fresh.pick([1, 1.5])
  return [
    {
      story: `${opening({ from: begin, to: end })} no instance is up: by turns of ${turn * 60} seconds they are down, and not there at all.`,
      world: world(
        fresh,
        end + 20,
        api(fresh, {
          up: () => (now) => {
            if (now < begin || now >= end) return 1
            return Math.floor((now - begin) / turn) % 2 === 0 ? 0 : undefined
          },
        }),
      ),
      asks: { ApiDown: true },
    },
  ]
}
