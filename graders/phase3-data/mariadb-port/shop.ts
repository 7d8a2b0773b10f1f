import { expect } from 'vitest'
import {
  type Answer,
  type MariaDbDatabase,
  mariadb,
  proxy,
  requireService,
  type ServerSubject,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'

/** One of the copies of the learner's server. */
export type Copy = {
  server: ServerSubject
  /** Makes every statement of the copy late, so that what runs at once really overlaps. */
  delay(ms: number): void
}

/** Zones off by a part of an hour, one on either side of UTC. */
export const WEST = 'America/St_Johns'
export const EAST = 'Asia/Kathmandu'

/** A database with one copy of the shop on it, and a second one from when somebody asks for it. */
export class Shop {
  readonly submission: Submission
  readonly db: MariaDbDatabase
  readonly west: Copy
  #east?: Promise<Copy>

  private constructor(submission: Submission, db: MariaDbDatabase, west: Copy) {
    this.submission = submission
    this.db = db
    this.west = west
  }

  static async open(submission: Submission): Promise<Shop> {
    const db = await mariadb()
    return new Shop(submission, db, await startCopy(submission, db, WEST))
  }

  /** Both copies. The second one is kept as long as the shop. */
  async twins(): Promise<[Copy, Copy]> {
    this.#east ??= shared(() => startCopy(this.submission, this.db, EAST))()
    return [this.west, await this.#east]
  }

  async end(): Promise<void> {
    const [east] = await Promise.allSettled([this.#east])
    await this.west.server.kill()
    if (east.status === 'fulfilled') await east.value?.server.kill()
  }
}

async function startCopy(submission: Submission, db: MariaDbDatabase, TZ: string): Promise<Copy> {
  const between = await proxy(db.url)
  const server = await submission.startServer({ env: { MARIADB_URL: between.url, TZ } })
  return { server, delay: between.delay }
}

/**
 * Gives tests one shop to share, since starting its copies takes longer than most tests. They look at
 * nothing but what they made themselves. After a test that failed the next one gets a new shop.
 */
export function sharedShop(submission: Submission): () => Promise<Shop> {
  const shop = sharedUntilFailure(
    () => Shop.open(submission),
    (one) => one.end(),
  )
  return () => {
    requireService('mariadb')
    return shop()
  }
}

/**
 * The JSON object of an answer, or an empty one: what a program sends may be anything. Whole numbers
 * that JavaScript would round come as texts of their digits, and so does every id.
 */
export function objectOf({ text }: Pick<Answer, 'text'>): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text, exact)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {}
  } catch {
    return {}
  }
}

/** `JSON.parse` hands over a number's own digits beside the number that it made of them. */
function exact(key: string, value: unknown, context?: { source?: string }): unknown {
  const digits = typeof value === 'number' ? context?.source : undefined
  if (digits === undefined || !/^\d+$/.test(digits)) return value
  return key === 'id' || !Number.isSafeInteger(value) ? digits : value
}

export async function stock(server: ServerSubject, sku: string): Promise<unknown> {
  const answer = await server.send({ path: `/stock/${sku}` })
  expect(answer).toHaveStatus(200)
  return objectOf(answer).quantity
}

export async function add(server: ServerSubject, sku: string, amount: number): Promise<void> {
  const answer = await server.send({ method: 'PUT', path: `/stock/${sku}`, json: { add: amount } })
  expect(answer, `adding ${amount} to the stock of ${sku}`).toHaveStatus(200)
}

/** Orders, and expects to get it. @returns the order as the answer shows it */
export async function order(
  server: ServerSubject,
  json: { sku: string; qty: number; at?: string },
): Promise<Record<string, unknown>> {
  const answer = await server.send({ method: 'POST', path: '/orders', json })
  expect(answer, `ordering ${json.qty} of ${json.sku}`).toHaveStatus(201)
  return objectOf(answer)
}

/** The orders of a page. */
export async function orders(
  server: ServerSubject,
  query = '?limit=100',
): Promise<Record<string, unknown>[]> {
  const answer = await server.send({ path: `/orders${query}` })
  expect(answer).toHaveStatus(200)
  const list = objectOf(answer).orders
  const isObject = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null
  if (!Array.isArray(list) || !list.every(isObject)) {
    expect.fail(`GET /orders${query} must answer {"orders": […]}, and answered\n${answer.text}`)
  }
  return list
}
