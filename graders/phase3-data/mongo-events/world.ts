import { expect } from 'vitest'
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
import { difference } from '../../harness/model/index.ts'
import { days, found, type Stored, timeline } from './matchers.ts'

export type Event = { eventId: string; kind: string; depot: string; at: string }

/** One of the two copies of the learner's server, and what stands between it and MongoDB. */
export type Copy = { name: string; server: ServerSubject; between: ServiceProxy }

export type World = {
  db: MongoDatabase
  /** Two copies that tests share; another two after a test that failed, or where one of them has died. */
  copies(): Promise<readonly [Copy, Copy]>
  /** Deletes all documents; the indexes stay. */
  empty(): Promise<void>
}

/** The copies stand in zones on different sides of UTC, each off by a part of an hour. */
const ZONES = { A: 'America/St_Johns', B: 'Asia/Kathmandu' }

export async function startCopy(
  submission: Submission,
  name: keyof typeof ZONES,
  db: MongoDatabase,
): Promise<Copy> {
  const between = await proxy(db.url)
  const env = { MONGODB_URL: between.url, TZ: ZONES[name] }
  return { name, server: await submission.startServer({ env }), between }
}

/** Both copies, one started after the other. */
export async function startPair(
  submission: Submission,
  db: MongoDatabase,
): Promise<readonly [Copy, Copy]> {
  return [await startCopy(submission, 'A', db), await startCopy(submission, 'B', db)]
}

async function empty({ db }: MongoDatabase): Promise<void> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray()
  for (const { name, type } of collections) {
    if (type === 'view' || name.startsWith('system.')) continue
    await db.collection(name).deleteMany({})
  }
}

/**
 * Gives all tests one database and one pair of copies, since starting them takes longer than most
 * tests.
 */
export function sharedWorld(submission: Submission): () => Promise<World> {
  const database = shared(mongodb)
  const pair = sharedUntilFailure(
    async () => startPair(submission, await database()),
    async (copies) => {
      for (const copy of copies) await copy.server.kill()
    },
  )
  let own: readonly [Copy, Copy] | undefined
  const isAlive = (copies: readonly Copy[]) => copies.every(({ server }) => !server.process.exit)
  return async () => {
    requireService('mongodb')
    const db = await database()
    return {
      db,
      async copies() {
        const usual = await pair()
        if (isAlive(usual)) return usual
        if (!own || !isAlive(own)) own = await startPair(submission, db)
        return own
      },
      empty: () => empty(db),
    }
  }
}

// -------------------------------------------------------------- fixtures

/** A kind, a depot and a code that nobody has used. */
export function namesOf(fresh: Fresh) {
  return {
    code: () => fresh.unique('PEL-'),
    depot: () => `${fresh.city()} ${fresh.unique()}`,
    kind: () => `${fresh.pick(['sorted', 'loaded', 'out for delivery'])} ${fresh.unique()}`,
  }
}

/** An event that nobody has sent, at a moment of 2026. */
export function eventOf(fresh: Fresh, over: Partial<Event> = {}): Event {
  const names = namesOf(fresh)
  const start = Date.UTC(2026, fresh.int(0, 5), fresh.int(1, 28), fresh.int(0, 23))
  return {
    eventId: fresh.unique('e-'),
    kind: names.kind(),
    depot: names.depot(),
    at: new Date(start + fresh.int(0, 3000) * 1000).toISOString(),
    ...over,
  }
}

/** Events of one parcel, a minute apart, oldest first. */
export function eventsOf(fresh: Fresh, count: number): Event[] {
  const start = Date.UTC(2026, fresh.int(0, 5), fresh.int(1, 28), fresh.int(0, 20))
  const at = (nth: number) => new Date(start + nth * 60_000).toISOString()
  return fresh.list(count, (nth) => eventOf(fresh, { at: at(nth) }))
}

/** The event as the model knows it. */
export const storedAs = (code: string, event: Event): Stored => ({
  ...event,
  ...{ key: event.eventId, code, at: Date.parse(event.at) },
})

// -------------------------------------------------------------- requests

export const inPath = encodeURIComponent

export const parcelPath = (code: string) => `/parcels/${inPath(code)}`
export const dailyPath = (depot: string, from: string, to: string) =>
  `/depots/${inPath(depot)}/daily?from=${inPath(from)}&to=${inPath(to)}`
export const searchPath = (parameters: Record<string, string | number | undefined>) =>
  `/search?${Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${inPath(value!)}`)
    .join('&')}`

export function appending(code: string, event: unknown): Sending {
  return { method: 'POST', path: `${parcelPath(code)}/events`, json: event }
}

/** Sends what is in the lists to both copies, a few at a time, in that order. */
export async function sendAll(
  copies: readonly Copy[],
  events: [code: string, Event][],
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let at = 0; at < events.length; at += 10) {
    const some = events.slice(at, at + 10)
    const sent = some.map(([code, event], nth) =>
      copies[nth % copies.length]!.server.send(appending(code, event)),
    )
    answers.push(...(await Promise.all(sent)))
  }
  return answers
}

export async function addAll(
  copies: readonly Copy[],
  events: [code: string, Event][],
): Promise<void> {
  for (const answer of await sendAll(copies, events))
    expect(answer, 'a new event').toHaveStatus(201)
}

export const add = (copy: Copy, code: string, event: Event): Promise<void> =>
  addAll([copy], [[code, event]])

// -------------------------------------------------------------- answers

/** Expects `200` and a body that agrees. @param why when it was asked, and what for */
async function expectBody(copy: Copy, path: string, body: unknown, why: string): Promise<void> {
  const answer = await copy.server.send({ path })
  expect(answer, why).toHaveStatus(200)
  expect(answer, why).toBeJson()
  const differs = difference(body, answer.body)
  if (differs) expect.fail(`In the answer to GET ${path} on ${copy.name}, ${why}: ${differs}`)
}

/** @param events all that were ever added */
export const expectTimeline = (copy: Copy, code: string, events: Event[], when: string) =>
  expectBody(
    copy,
    parcelPath(code),
    {
      ...{ code, total: events.length },
      events: timeline(events.map((event) => storedAs(code, event))),
    },
    when,
  )

export const expectFound = (copy: Copy, code: string, event: Event, when: string) =>
  expectBody(
    copy,
    searchPath({ kind: event.kind, depot: event.depot }),
    found([storedAs(code, event)], [], 20),
    when,
  )

export const expectDays = (
  copy: Copy,
  depot: string,
  [from, to]: [from: string, to: string],
  events: Stored[],
  when: string,
) => expectBody(copy, dailyPath(depot, from, to), days(events, []), when)
