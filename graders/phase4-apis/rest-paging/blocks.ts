import { expect } from 'vitest'
import { insertInBulk } from '../../harness/sql/bulk.ts'
import { pathOf } from './event-model.ts'
import { type Event, insert, type Sort, usOf } from './events.ts'
import type { World } from './world.ts'

/** On each side of those that the cursors are among. */
const MANY = 40_000
const RARE = 'lost'
const MIDDLE = '2026-06-01T00:00:00'

export type PageQuery = { sort: Sort; kind?: string; cursor?: string }

/**
 * Returns queries for first pages and for pages in the midst of a table, and what fills the table. The cursors are
 * from a time when the table was small: so nobody has to walk to where they are.
 */
export async function manyEvents(
  world: World,
): Promise<{ queries: PageQuery[]; fill(): Promise<void> }> {
  const { db } = world
  const events = Array.from({ length: 600 }, (_, index): Event => {
    const kind = index % 2 ? RARE : 'arrived'
    const rest = { parcel: 'PEL-1', depot: 'Vigo', note: null, phone: '', born: 0 }
    return {
      id: String(500_000 + ((index * 7) % 600)),
      us: usOf(MIDDLE, index * 10),
      kind,
      ...rest,
    }
  })
  await insert(db, events)
  const server = await world.start()
  const queries: PageQuery[] = []
  for (const sort of ['at', '-at'] as const) {
    for (const kind of [undefined, RARE]) {
      const path = pathOf({ sort, kind, limit: '100' })
      const answer = await server.send({ path })
      expect(answer).toHaveStatus(200)
      const { next } = answer.body
      expect(typeof next, `next of ${path}, where more events follow`).toBe('string')
      queries.push({ sort, kind }, { sort, kind, cursor: next })
    }
  }
  await server.kill()
  return { queries, fill: () => fill(world) }
}

async function fill({ db }: World): Promise<void> {
  const inserting = (first: number, sign: '-' | '+') =>
    `insert into events (id, at, kind, parcel_code, depot, note, phone)
     select ${first} + n, timestamptz '${MIDDLE}Z' ${sign} interval '1 minute' * (n + 1),
            case when n % 500 = 0 then '${RARE}' else (array['arrived', 'departed', 'damaged'])[n % 3 + 1] end,
            'PEL-' || n, 'Vigo', null, ''
     from generate_series(0, ${MANY - 1}) as n`
  await insertInBulk(db, [inserting(1_000_000, '-'), inserting(2_000_000, '+')].join(';'))
  await db.query('vacuum (analyze) events')
}

const COUNT = `select heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit as blocks
  from pg_statio_user_tables where relname = 'events'`

/**
 * PostgreSQL adds up what a connection has touched at the end of a statement, but not more often than once a second:
 * what the grader itself has touched must be in the sum before the server's part is counted.
 */
async function addUpOwn({ db }: World): Promise<void> {
  await db
    .query('select pg_stat_force_next_flush()')
    // Before PostgreSQL 15 there is no such function.
    .catch(() => db.query('select pg_sleep(1)'))
}

/** A page, for messages: the cursor would be too long. */
export const shownOf = ({ sort, kind, cursor }: PageQuery): string =>
  `${pathOf({ sort, kind, limit: '100' })}${cursor === undefined ? '' : '&cursor=…'}`

/**
 * Counts the blocks that pages of 100 events touch: those of a server that does nothing else. PostgreSQL adds the
 * blocks of a connection when it closes at the latest.
 */
export async function blocksOf(world: World, ...queries: PageQuery[]): Promise<number> {
  const { db } = world
  const blocks = async () => Number((await db.query(COUNT)).rows[0].blocks)
  await addUpOwn(world)
  const before = await blocks()
  const server = await world.start()
  for (const query of queries) {
    const answer = await server.send({ path: pathOf({ ...query, limit: '100' }) })
    expect(answer).toHaveStatus(200)
    expect(answer.body?.items?.length, `the events of ${shownOf(query)}`).toBe(100)
  }
  await server.kill()
  const others = async () => {
    const { rows } = await db.query(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
    return rows[0].count
  }
  const patience = { timeout: 15_000, interval: 5 }
  const message = 'connections of a server that was killed'
  await expect.poll(others, { ...patience, message }).toBe(0)
  // Before PostgreSQL 15 another process adds them up.
  await expect.poll(blocks, { ...patience, message: 'blocks so far' }).toBeGreaterThan(before)
  return (await blocks()) - before
}
