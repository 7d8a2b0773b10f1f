import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import {
  type Answer,
  proxy,
  type RedisDatabase,
  redis,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  SubjectError,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { inWords, LONGEST_LIFE, otherDayZone } from './days.ts'
import type { Standing } from './oracle.ts'
import { type Relay, relay } from './relay.ts'

export type Delivery = { id: string; courier: string; points: number; day?: string }

/** One of the copies of the learner's server, and what stands between it and Redis. */
export type Copy = {
  name: string
  server: ServerSubject
  redis: ServiceProxy
  /** Before the proxy. */
  relay: Relay
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** An answer in trouble may take 2 s; a busy machine gets some more from us. */
const TROUBLE_LIMIT = 5000

/** Redis, with fixtures for tests to work with. */
export class World {
  readonly submission: Submission
  readonly cache: RedisDatabase

  private constructor(submission: Submission, cache: RedisDatabase) {
    this.submission = submission
    this.cache = cache
  }

  static async open(submission: Submission): Promise<World> {
    return new World(submission, await redis())
  }

  /** Starts a copy. Where it runs it is another day than in UTC. */
  async copy(name: string): Promise<Copy> {
    const toRedis = await proxy(this.cache.url)
    const toProxy = await relay(toRedis.url)
    const server = await this.submission.startServer({
      env: { REDIS_URL: toProxy.url, TZ: otherDayZone() },
    })
    return { name, server, redis: toRedis, relay: toProxy }
  }

  // ------------------------------------------------------------ fixtures

  courier(): string {
    return this.submission.fresh.unique()
  }

  delivery(over: Partial<Delivery> = {}): Delivery {
    const { fresh } = this.submission
    return {
      id: fresh.string(20, `${LETTERS}ABCDEFGHIJKLMNOPQRSTUVWXYZ-`),
      courier: this.courier(),
      points: fresh.int(1, 1000),
      ...over,
    }
  }

  // ------------------------------------------------------------ Redis

  /** What the clock of Redis shows, in ms. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.cache.client.time()).map(Number)
    return seconds! * 1000 + Math.floor(micros! / 1000)
  }

  /** Plays the clock: deletes every key that will have expired at that moment, in ms since 1970. */
  async travelTo(moment: number): Promise<void> {
    const now = await this.now()
    const over = (await this.cache.keys()).filter(({ ttl }) => ttl >= 0 && now + ttl <= moment)
    if (over.length > 0) await this.cache.client.del(...over.map(({ key }) => key))
  }

  /** Every key has an expiry, and not too late a one. */
  async expectExpiring(when: string): Promise<void> {
    for (const { key, ttl } of await this.cache.keys()) {
      const name = inWords(key)
      expect(ttl, `${name} never expires, seen ${when}`).not.toBe(-1)
      expect(ttl, `ms until ${name} expires, seen ${when}`).toBeLessThanOrEqual(LONGEST_LIFE)
    }
  }
}

/** A world that one test has to itself. */
export function ownWorld(submission: Submission): Promise<World> {
  requireService('redis')
  return World.open(submission)
}

/**
 * Gives tests that trouble no service one world and one pair of copies to share, since starting
 * them takes longer than most tests. After a test that failed the next one gets a new pair.
 */
export function sharedWorlds(submission: Submission) {
  const world = shared(() => World.open(submission))
  const pair = sharedUntilFailure(
    async () => {
      const here = await world()
      return Promise.all([here.copy('A'), here.copy('B')])
    },
    async (copies) => {
      for (const copy of copies) {
        copy.redis.cut() // what is held there must not run in the next test
        await copy.server.kill()
      }
    },
  )

  const emptied = async () => {
    requireService('redis')
    const here = await world()
    await here.cache.client.flushdb()
    return here
  }
  return {
    /** The shared world, empty, and its two copies, which must be left as they were. */
    async calm(): Promise<{ world: World; a: Copy; b: Copy }> {
      const here = await emptied()
      const [a, b] = await pair()
      // A server may listen before it has reached Redis.
      for (const copy of [a, b]) await send(copy, viewing())
      return { world: here, a, b }
    },
  }
}

// -------------------------------------------------------------- requests

export function delivering(delivery: Delivery): Sending {
  return { method: 'POST', path: '/deliveries', json: delivery }
}

export function claiming(courier: string, day?: string): Sending {
  return { method: 'POST', path: '/bonus', json: { courier, day } }
}

export function viewing(query: { day?: string; limit?: number; offset?: number } = {}): Sending {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = given.map(([name, value]) => `${name}=${value}`).join('&')
  return { path: text ? `/leaderboard?${text}` : '/leaderboard' }
}

export function asking(courier: string, day?: string): Sending {
  return { path: `/couriers/${courier}${day ? `?day=${day}` : ''}` }
}

/** Sends a request as a client does: it tries again where the answer is 503, for some time. */
export async function send(copy: Copy, sending: Sending): Promise<Answer> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const answer = await copy.server.send(sending)
    answer.request = inWords(answer.request)
    if (answer.status !== 503 || performance.now() > deadline) return answer
    await pause(100)
  }
}

/** Posts a delivery. @returns the score that was answered */
export async function deliver(copy: Copy, delivery: Delivery): Promise<number> {
  const answer = await send(copy, delivering(delivery))
  expect(answer, inWords(`on ${copy.name}, with ${JSON.stringify(delivery)}`)).toHaveStatus(200)
  expect(answer).toBeJson()
  const score: unknown = answer.body?.score
  expect(score, `{"score": …} of ${answer.request} on ${copy.name}`).toBeTypeOf('number')
  return score as number
}

/** Sends a request while Redis is in trouble: the answer is 503, and comes in time. */
export async function expectUnavailable(copy: Copy, sending: Sending): Promise<void> {
  const timeout = TROUBLE_LIMIT
  const answer = await copy.server.send({ ...sending, timeout }).catch((error: unknown) => {
    if (error instanceof SubjectError && error.fault === 'no-answer') return undefined
    throw error
  })
  const name = inWords(`${sending.method ?? 'GET'} ${sending.path} while Redis is in trouble`)
  expect(answer !== undefined, `${name} is answered within 2 s (we waited for 5 s)`).toBe(true)
  expect(answer!, 'while Redis is in trouble').toBeJsonError(503)
}

// -------------------------------------------------------------- expectations

function listOf(answer: Answer, when: string): Record<string, unknown>[] {
  expect(answer, when).toHaveStatus(200)
  expect(answer).toBeJson()
  expect(answer.body, `${answer.request} answers an array ${when}`).toBeInstanceOf(Array)
  return (answer.body as unknown[]).map((entry) => Object(entry))
}

/** The answer is a board with exactly these lines; more properties are welcome. */
export function expectBoard(answer: Answer, lines: Standing[], when: string): void {
  const shown = listOf(answer, when).map(({ rank, courier, score }) => ({ rank, courier, score }))
  expect(shown, `${answer.request} ${when}`).toEqual(lines)
}

/** `GET /recent` shows exactly these deliveries, newest first. */
export async function expectRecent(copy: Copy, newest: Delivery[], when: string): Promise<void> {
  const answer = await send(copy, { path: '/recent' })
  const shown = listOf(answer, when).map(({ id, courier, points }) => ({ id, courier, points }))
  const wanted = newest.map(({ id, courier, points }) => ({ id, courier, points }))
  expect(shown, `GET /recent on ${copy.name} ${when}`).toEqual(wanted)
}

/** The courier has this score; undefined: none, which is a 404. */
export async function expectScore(
  copy: Copy,
  { courier, day }: { courier: string; day?: string },
  score: number | undefined,
  when: string,
): Promise<void> {
  const answer = await send(copy, asking(courier, day))
  if (score === undefined) {
    expect(answer, `on ${copy.name} ${when}`).toBeJsonError(404)
    return
  }
  expect(answer, `on ${copy.name} ${when}`).toHaveStatus(200)
  expect(answer.body?.score, `the score of ${answer.request} on ${copy.name} ${when}`).toBe(score)
}
