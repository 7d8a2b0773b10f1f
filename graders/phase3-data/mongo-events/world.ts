import { expect } from 'vitest'
import { z } from 'zod'
import {
  type Answer,
  type Fresh,
  type MongoDatabase,
  mongodb,
  proxy,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'

export type Event = { eventId: string; kind: string; depot: string; at: string }
export type Found = Event & { code: string }

/** One of the two copies of the learner's server, and what stands between it and MongoDB. */
export type Copy = { name: string; zone: string; server: ServerSubject; between: ServiceProxy }

export type World = { db: MongoDatabase; a: Copy; b: Copy }

/** The copies stand in zones on different sides of UTC, each off by a part of an hour. */
const ZONES = { A: 'America/St_Johns', B: 'Asia/Kathmandu' }

export async function startCopy(
  submission: Submission,
  name: keyof typeof ZONES,
  db: MongoDatabase,
): Promise<Copy> {
  const between = await proxy(db.url)
  const zone = ZONES[name]
  const env = { MONGODB_URL: between.url, TZ: zone }
  return { name, zone, server: await submission.startServer({ env }), between }
}

/**
 * Gives all tests one database and one pair of copies, since starting them takes longer than most
 * tests: each test has codes, kinds and depots of its own. After a test that failed the next one
 * gets a new pair.
 */
export function sharedWorld(submission: Submission): () => Promise<World> {
  const database = shared(mongodb)
  const pair = sharedUntilFailure(
    async () => {
      const db = await database()
      return [await startCopy(submission, 'A', db), await startCopy(submission, 'B', db)] as const
    },
    async (copies) => {
      for (const copy of copies) await copy.server.kill()
    },
  )
  return async () => {
    requireService('mongodb')
    const db = await database()
    const [a, b] = await pair()
    return { db, a, b }
  }
}

// -------------------------------------------------------------- fixtures

/** Names of one test's own. */
export function namesOf(fresh: Fresh) {
  return {
    code: () => fresh.unique('PEL-'),
    depot: () => `${fresh.city()} ${fresh.unique()}`,
    kind: () => `${fresh.pick(['sorted', 'loaded', 'out for delivery'])} ${fresh.unique()}`,
    eventId: () => fresh.unique('e-'),
  }
}

/** An instant of 2026, so many seconds after a moment that differs from run to run. */
export function clock(fresh: Fresh): (seconds: number) => string {
  const start = Date.UTC(2026, fresh.int(0, 5), fresh.int(1, 28), fresh.int(0, 23))
  return (seconds) => new Date(start + seconds * 1000).toISOString()
}

/** An event that nobody has sent. */
export function eventOf(fresh: Fresh, over: Partial<Event> = {}): Event {
  const names = namesOf(fresh)
  return {
    eventId: names.eventId(),
    kind: names.kind(),
    depot: names.depot(),
    at: clock(fresh)(fresh.int(0, 3000)),
    ...over,
  }
}

/** The events of one parcel, `minutes` apart by `at`, oldest first. */
export function eventsOf(fresh: Fresh, count: number, minutes = 1): Event[] {
  const at = clock(fresh)
  return fresh.list(count, (nth) => eventOf(fresh, { at: at(nth * minutes * 60) }))
}

// -------------------------------------------------------------- requests

const inPath = encodeURIComponent

/** @param event as it is sent: anything, where the test is about refusing it */
export function appending(code: string, event: unknown): Sending {
  return { method: 'POST', path: `/parcels/${inPath(code)}/events`, json: event }
}

export function reading(code: string): Sending {
  return { path: `/parcels/${inPath(code)}` }
}

export function counting(depot: string, from: string, to: string): Sending {
  return { path: `/depots/${inPath(depot)}/daily?from=${inPath(from)}&to=${inPath(to)}` }
}

export function searching(parameters: Record<string, string | number>): Sending {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${inPath(value)}`)
  return { path: `/search?${pairs.join('&')}` }
}

export async function add(copy: Copy, code: string, event: Event): Promise<void> {
  expect(await copy.server.send(appending(code, event)), 'a new event').toHaveStatus(201)
}

/** Sends what is in the lists to both copies, a few at a time, in that order. */
export async function addAll({ a, b }: World, events: [code: string, Event][]): Promise<void> {
  for (let at = 0; at < events.length; at += 10) {
    const some = events.slice(at, at + 10)
    await Promise.all(some.map(([code, event], nth) => add(nth % 2 ? b : a, code, event)))
  }
}

// -------------------------------------------------------------- answers

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/i
const Instant = z
  .string()
  .refine(
    (text) => INSTANT.test(text) && !Number.isNaN(Date.parse(text)),
    'is no instant with a Z or an offset',
  )

const EventShape = z.object({
  eventId: z.string(),
  kind: z.string(),
  depot: z.string(),
  at: Instant,
})
const TimelineShape = z.object({
  code: z.string(),
  events: z.array(EventShape),
  total: z.number(),
})
const FoundShape = z.array(EventShape.extend({ code: z.string() }))
const DaysShape = z.array(z.object({ day: z.string(), events: z.number(), parcels: z.number() }))

/** The body in its shape, without the properties that nobody asked for. */
function shaped<T>(answer: Answer, shape: z.ZodType<T>): T {
  expect(answer).toHaveStatus(200)
  expect(answer).toBeJson()
  const { data, error } = shape.safeParse(answer.body)
  if (!error) return data as T
  const { path, message } = error.issues[0]!
  const where = path.length ? `${path.join('.')} in the body` : 'the body'
  return expect.fail(`${where} of the answer to ${answer.request}: ${message}`)
}

const instantOf = ({ at }: { at: string }) => Date.parse(at)

/** Times are compared as instants. */
const plain = <T extends Event>(event: T): T => ({ ...event, at: new Date(event.at).toISOString() })

export const byAt = (one: Event, other: Event) => instantOf(one) - instantOf(other)

export type Timeline = { code: string; events: Event[]; total: number }

export async function timelineOf(copy: Copy, code: string): Promise<Timeline> {
  const timeline = shaped(await copy.server.send(reading(code)), TimelineShape)
  return { ...timeline, events: timeline.events.map(plain) }
}

/**
 * Compares a parcel's timeline with what it should be.
 * @param events in any order, all that were ever added
 */
export async function expectTimeline(
  copy: Copy,
  code: string,
  events: Event[],
  when: string,
): Promise<void> {
  const timeline = await timelineOf(copy, code)
  expect(timeline.total, `total of ${code} on ${copy.name}, ${when}`).toBe(events.length)
  const newest = [...events].sort(byAt).slice(-100).map(plain)
  const which = events.length > 100 ? 'the newest 100 events' : 'the events'
  const why = `${which} of ${code}, oldest first, on ${copy.name}, ${when}`
  expect(timeline.events, why).toEqual(newest)
  expect(timeline.code, 'the code in the timeline').toBe(code)
}

export async function searchOn(
  copy: Copy,
  parameters: Record<string, string | number>,
): Promise<Found[]> {
  return shaped(await copy.server.send(searching(parameters)), FoundShape).map(plain)
}

/** @param found as the search should answer: newest first */
export async function expectFound(
  copy: Copy,
  parameters: Record<string, string | number>,
  found: Found[],
  why: string,
): Promise<void> {
  expect(await searchOn(copy, parameters), why).toEqual(found.map(plain))
}

export type Day = { day: string; events: number; parcels: number }

export async function daysOn(copy: Copy, depot: string, from: string, to: string): Promise<Day[]> {
  return shaped(await copy.server.send(counting(depot, from, to)), DaysShape)
}
