import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import {
  type Answer,
  type Memcached,
  memcached,
  type PostgresDatabase,
  postgres,
  proxy,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  SubjectError,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'

export type Price = { route: string; cents: number }

/** One of the two copies of the learner's server, and what stands between it and the services. */
export type Copy = {
  name: string
  server: ServerSubject
  postgres: ServiceProxy
  memcached: ServiceProxy
}

/**
 * The contract allows 1.5 s for an answer while memcached is in trouble; a busy machine gets five times that. Who
 * waits for memcached waits longer.
 */
const TROUBLE_LIMIT = 7500

const TABLES = `
  create table prices (route text not null, cents integer not null);
  create index on prices using hash (route);
  create table products (sku text primary key, name text not null, cents integer not null);
  create table settings (name text primary key, value text not null);
`

/** How a copy reaches memcached: through a proxy, which may be silent, or directly. */
type Way = { direct?: boolean; silent?: boolean }

/** Set when new copies did not cache within their time; the next ones need not wait again. */
let neverCaches = false
let settling = 0

/** The services, with rows and keys for tests to work with. */
export class World {
  readonly submission: Submission
  readonly db: PostgresDatabase
  readonly cache: Memcached

  private constructor(submission: Submission, db: PostgresDatabase, cache: Memcached) {
    this.submission = submission
    this.db = db
    this.cache = cache
  }

  static async open(submission: Submission): Promise<World> {
    const [db, cache] = await Promise.all([postgres(), memcached()])
    await db.query(TABLES)
    return new World(submission, db, cache)
  }

  // ------------------------------------------------------------ copies

  /** @param way how the copy reaches memcached: without a proxy only a real server refuses connections */
  async copy(name: string, { direct = false, silent = false }: Way = {}): Promise<Copy> {
    const [toPostgres, toMemcached] = await Promise.all([proxy(this.db.url), proxy(this.cache.url)])
    if (silent) toMemcached.blackhole()
    const server = await this.submission.startServer({
      env: {
        DATABASE_URL: toPostgres.url,
        MEMCACHED_URL: direct ? this.cache.url : toMemcached.url,
      },
    })
    return { name, server, postgres: toPostgres, memcached: toMemcached }
  }

  /** Starts A and B, and waits until both have reached their services. @param wayOfA how A reaches memcached */
  async twins(wayOfA?: Way): Promise<[Copy, Copy]> {
    const [a, b] = await Promise.all([this.copy('A', wayOfA), this.copy('B')])
    // One after the other: both insert rows.
    for (const copy of [a, b]) neverCaches = !(await this.settled(copy, neverCaches ? 0 : 12))
    return [a, b]
  }

  /** True as soon as the copy answers from the cache; it has 10 s for that, and some more from us. */
  async settled(copy: Copy, seconds = 12): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      // Not from `fresh`: how many it takes is the machine's affair, and must not change what tests draw.
      settling += 1
      const price = { route: `settling ${settling}`, cents: settling }
      await this.insert(price)
      if ((await ask(copy, price.route)).status !== 200) return false
      const statements = await copy.postgres.during(() => ask(copy, price.route))
      if (statements.length === 0) return true
      if (performance.now() > deadline) return false
      await pause(50)
    }
  }

  /** For copies that a test has disturbed: waits until this one answers from the cache again. */
  async restored(copy: Copy): Promise<void> {
    await this.settled(copy, neverCaches ? 0 : 12)
  }

  // ------------------------------------------------------------ rows

  /** A price that nobody has asked for, stored with SQL. */
  async stored(route = this.route()): Promise<Price> {
    const price = { route, cents: this.submission.fresh.int(100, 900_000) }
    await this.insert(price)
    return price
  }

  route(): string {
    const { fresh } = this.submission
    return `${fresh.city()} → ${fresh.city()} ${fresh.unique()}`
  }

  async insert({ route, cents }: Price): Promise<void> {
    await this.db.query('insert into prices (route, cents) values ($1, $2)', [route, cents])
  }

  /** Changes a price behind the server's back. */
  async changed({ route, cents }: Price): Promise<Price> {
    const changed = { route, cents: cents + 7 }
    const values = [route, changed.cents]
    await this.db.query('update prices set cents = $2 where route = $1', values)
    return changed
  }

  async remove({ route }: Price): Promise<void> {
    await this.db.query('delete from prices where route = $1', [route])
  }

  async allChanged(prices: Price[]): Promise<Price[]> {
    const changed: Price[] = []
    for (const price of prices) changed.push(await this.changed(price))
    return changed
  }

  // ------------------------------------------------------------ memcached

  /** Lets memcached lose one entry. The grader's own client has no other way than to let it expire at once. */
  async lose(key: string): Promise<void> {
    await this.cache.set(key, '', -1)
  }

  /** Lets memcached lose what would expire by itself within so many seconds. */
  async expireWithin(seconds: number): Promise<void> {
    for (const { key, left } of await this.cache.keys()) {
      if (left !== -1 && left <= seconds) await this.lose(key)
    }
  }

  async keysNow(): Promise<Set<string>> {
    return new Set((await this.cache.keys()).map(({ key }) => key))
  }

  /** Tells later which entries have come since. */
  async entriesSince() {
    const before = await this.keysNow()
    return async () => (await this.cache.keys()).filter(({ key }) => !before.has(key))
  }
}

/** One world and one pair of copies for all tests that trouble no service; after a failure the next gets new copies. */
export function sharedWorlds(submission: Submission) {
  const world = shared(() => World.open(submission))
  const pair = sharedUntilFailure(
    async () => (await world()).twins(),
    async (copies) => {
      for (const copy of copies) await copy.server.kill()
    },
  )
  const needServices = () => {
    requireService('postgres')
    requireService('memcached')
  }
  return {
    /** A world that nobody else is in, for a test that runs beside others. */
    async own(): Promise<World> {
      needServices()
      return World.open(submission)
    },
    /** The shared world, empty, and its two copies, which must be left as they were. */
    async calm(): Promise<{ world: World; a: Copy; b: Copy }> {
      needServices()
      const here = await world()
      await here.db.query('truncate prices, products, settings')
      await here.cache.flush()
      const [a, b] = await pair()
      return { world: here, a, b }
    },
  }
}

// -------------------------------------------------------------- requests

export const asking = (route: string): Sending => ({
  path: `/prices?route=${encodeURIComponent(route)}`,
})

export const ask = (copy: Copy, route: string): Promise<Answer> => copy.server.send(asking(route))

export const putting = (price: Price): Sending => ({ method: 'PUT', path: '/prices', json: price })

export const INVALIDATE: Sending = { method: 'POST', path: '/prices/invalidate' }

/** Sends a request while memcached is in trouble: the answer must come all the same, and soon. */
export async function sendInTrouble(copy: Copy, sending: Sending): Promise<Answer> {
  const answer = await copy.server
    .send({ ...sending, timeout: TROUBLE_LIMIT })
    .catch((error: unknown) => {
      if (error instanceof SubjectError && error.fault === 'no-answer') return undefined
      throw error
    })
  const name = `${sending.method ?? 'GET'} ${sending.path} on ${copy.name}`
  const message = `${name} is answered within 1.5 s (we waited for ${TROUBLE_LIMIT / 1000} s)`
  expect(answer !== undefined, message).toBe(true)
  return answer!
}

// -------------------------------------------------------------- expectations

/** @param when completes "GET /prices?… …" */
export function expectPrice(answer: Answer, price: Price, when: string): void {
  expect(answer, when).toHaveStatus(200)
  expect(answer).toBeJson()
  expect(answer.body, `${answer.request} ${when}`).toMatchObject(price)
}

export async function expectAsked(copies: Copy[], price: Price, when: string): Promise<void> {
  for (const copy of copies) {
    expectPrice(await ask(copy, price.route), price, `on ${copy.name} ${when}`)
  }
}

/** No price: 404. @param when completes "GET /prices?… …" */
export async function expectNone(copy: Copy, route: string, when: string): Promise<void> {
  const answer = await ask(copy, route)
  expect(answer, `on ${copy.name} ${when}`).toBeJsonError(404)
}

/** @param what completes "statements of …" */
export async function expectHit(
  copy: Copy,
  sending: Sending,
  what: string,
  check: (answer: Answer) => void,
): Promise<void> {
  let answer: Answer | undefined
  const statements = await copy.postgres.during(async () => {
    answer = await copy.server.send(sending)
  })
  check(answer!)
  const texts = statements.map(({ text }) => text)
  expect(texts, `statements of ${what} on ${copy.name}`).toEqual([])
}

/** A price is answered from the cache. */
export const expectPriceHit = (copy: Copy, price: Price, when: string): Promise<void> =>
  expectHit(copy, asking(price.route), `GET /prices?route=${shorten(price.route)} ${when}`, (one) =>
    expectPrice(one, price, `on ${copy.name} ${when}`),
  )

/** A route as a message shows it. */
export function shorten(route: string): string {
  const shown = JSON.stringify(route)
  return shown.length > 60 ? `${shown.slice(0, 40)}… (${[...route].length} characters)` : shown
}
