import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { clearEvidence, lastEvidence } from '../evidence.ts'
import { Fresh } from '../fresh.ts'
import type { PostgresDatabase } from '../services/postgres.ts'
import { startServices } from '../services/start.ts'
import { isRunning, type RunningService } from '../services/types.ts'
import { randomPelican, usualMoments } from './random.ts'
import { openSelects, type Query } from './selects.ts'
import { readSchema, readTables, replaceTables } from './tables.ts'

// Outside a grader nobody gives services, nor runs what `cleanup` collects; here it is run at the end.
const kit = vi.hoisted(() => ({
  undo: [] as (() => Promise<void> | void)[],
  service: undefined as unknown,
  names: 0,
}))
vi.mock('../submission.ts', () => ({
  cleanup: (undo: () => Promise<void> | void) => kit.undo.push(undo),
  requireService: () => kit.service,
  blameService: () => {},
  freshName: () => `rw_selects_${process.pid}_${++kit.names}`,
  shared: (make: () => Promise<unknown>) => {
    let made: Promise<unknown> | undefined
    return () => (made ??= make())
  },
}))

type Shop = {
  clock: { now: Date }[]
  customers: {
    id: number
    name: string
    friend_id: number | null
    born: string
    vip: boolean | null
  }[]
  orders: { id: number; customer_id: number; cents: number; at: Date }[]
}

const SCHEMA = `
  create table customers (
    id integer primary key, name text not null, friend_id integer references customers (id),
    born date not null, vip boolean,
    check (vip is null or friend_id is not null));
  create table orders (
    id integer primary key, customer_id integer not null references customers (id),
    cents integer not null, at timestamptz not null);
  create index on orders (customer_id);
  create table clock (now timestamptz not null);`

const SAMPLE = `
  insert into clock values ('2026-03-30 09:00:00+00');
  insert into customers values (1, 'Ann O''Hara', null, '2001-12-31', null), (2, 'Bo', 1, '2000-01-01', true);
  insert into orders values (1, 1, 500, '2026-03-01 00:00:00+00'), (2, 1, 700, '2026-03-02 23:59:59.999+00');`

const QUERIES: Record<string, Query<Shop>> = {
  // What each customer spent, by id
  q1: {
    columns: { id: 'integer', name: 'text', cents: 'integer' },
    answer: ({ customers, orders }) =>
      customers
        .toSorted((a, b) => a.id - b.id)
        .map(({ id, name }) => {
          const own = orders.filter((order) => order.customer_id === id)
          return { id, name, cents: own.reduce((sum, { cents }) => sum + cents, 0) }
        }),
  },
  // The moments of orders, in any order
  q2: {
    columns: { at: 'timestamptz', day: 'date' },
    order: 'free',
    answer: ({ orders }) =>
      orders.map(({ at }) => ({ at: at.toISOString(), day: at.toISOString().slice(0, 10) })),
  },
}
const RIGHT = {
  'q1.sql': `select c.id, c.name, coalesce(sum(o.cents), 0) as cents
    from customers c left join orders o on o.customer_id = c.id group by c.id order by c.id`,
  'q2.sql': `select at, (at at time zone 'UTC')::date as day from orders order by at desc;`,
}

/** Many rows of which a handful matters. */
function makeUnseen(): Shop {
  const ids = Array.from({ length: 30 }, (_, index) => index + 1)
  return {
    clock: [{ now: new Date('2026-03-30T09:00:00Z') }],
    customers: ids.map((id) => ({
      id,
      name: `N${id}`,
      friend_id: id === 1 ? null : Math.floor(id / 2),
      born: '1999-02-28',
      vip: null,
    })),
    orders: ids.slice(0, 29).map((id) => ({
      id,
      customer_id: id,
      cents: 100 + id,
      at: new Date(Date.UTC(2026, 0, id, 23)),
    })),
  }
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'selects-'))
beforeAll(async () => {
  writeFileSync(path.join(folder, 'schema.sql'), SCHEMA)
  writeFileSync(path.join(folder, 'sample.sql'), SAMPLE)
  const { postgres } = await startServices(['postgres'], inject('roadworks'))
  if (postgres && isRunning(postgres)) kit.service = postgres
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  for (const undo of kit.undo.splice(0).reverse()) await undo()
})
beforeEach(() => {
  clearEvidence()
  // Skipped, these tests would say nothing.
  if (!(kit.service as RunningService | undefined)) throw new Error('PostgreSQL did not start')
})

/** The grader of a submission with these files, right ones where none is given. */
function grader(files: Record<string, string> = {}) {
  const texts: Record<string, string> = { ...RIGHT, ...files }
  const submission = {
    exercise: { grader: folder, folder, slug: 'shop' },
    readText: (name: string) => texts[name],
  } as unknown as Parameters<typeof openSelects>[0]
  return openSelects(submission, QUERIES, { promised: ({ clock }) => clock.length === 1 })
}

const { dataset, given } = grader()
const sample = dataset('the published sample', () => given('sample.sql'))
const unseen = dataset('unseen rows', makeUnseen)

const messageOf = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error.message,
  )

test('rows go into a database and come out as they were', async () => {
  const { db, rows } = await dataset('its own rows', makeUnseen)()
  expect(rows).toEqual(makeUnseen())
  const schema = await readSchema(db)
  expect(schema.tables.map(({ name }) => name)).toEqual(['clock', 'customers', 'orders'])
  const few = { ...rows, orders: [], customers: rows.customers.slice(0, 1) }
  await replaceTables(db, schema, few)
  expect(await readTables(db, schema)).toEqual(few)
})

test('rows that come as SQL leave keys and indexes as schema.sql makes them', async () => {
  const shapeOf = async ({ db }: { db: PostgresDatabase }) => {
    const { rows } = await db.query<{ line: string }>(
      `select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line
       from pg_constraint where connamespace = 'public'::regnamespace
       union all
       select indexdef from pg_indexes where schemaname = 'public' order by 1`,
    )
    return rows.map(({ line }) => line)
  }
  const shape = await shapeOf(await sample())
  expect(shape).toEqual(await shapeOf(await unseen()))
  expect(shape.filter((line) => /FOREIGN KEY|CREATE INDEX/.test(line))).toHaveLength(3)
  const stray = "insert into orders values (1, 7, 500, '2026-03-01 00:00:00+00')"
  await expect(dataset('an order of nobody', () => stray)()).rejects.toThrow(/foreign key/)
})

describe('right answers', () => {
  const cases: [string, string, string][] = [
    ['a trailing semicolon, a comment', 'q1', `${RIGHT['q1.sql']}; -- done\n`],
    ['numeric for an integer', 'q1', RIGHT['q1.sql'].replace('(sum', '(1.00 * sum')],
    ['another order, where any is right', 'q2', RIGHT['q2.sql'].replace(' desc', '')],
    ['midnight for a day', 'q2', RIGHT['q2.sql'].replace('::date', '::date::timestamp')],
  ]
  test.each(cases)('%s', async (_, query, sql) => {
    const { expectRows } = grader({ [`${query}.sql`]: sql })
    for (const load of [sample, unseen]) {
      await expectRows(query, await load())
      await expectRows(query, await load(), { timezone: 'Pacific/Kiritimati' })
    }
  })
})

describe('a wrong answer', () => {
  const innerJoin = { 'q1.sql': RIGHT['q1.sql'].replace('left join', 'join') }

  test('is shown beside the right one, with the name of the dataset', async () => {
    const { expectRows } = grader(innerJoin)
    const message = await messageOf(expectRows('q1', await sample()))
    expect(message).toMatch(/^q1\.sql on the published sample: it must give 2 rows and gives 1\.\n/)
    expect(message).toContain(
      `
  expected                  your q1.sql
  id | name       | cents   id | name       | cents
  ---+------------+------   ---+------------+------
   1 | Ann O'Hara |  1200    1 | Ann O'Hara |  1200
→  2 | Bo         |     0   (no such row)
`,
    )
  })

  test('is found again on the fewest rows, which can be replayed by hand', async () => {
    const { expectRows } = grader(innerJoin)
    const data = await unseen()
    const message = await messageOf(expectRows('q1', data))
    expect(message).toMatch(/^q1\.sql on unseen rows: /)
    const inserts = message.slice(message.indexOf('TRUNCATE'), message.lastIndexOf(';') + 1)
    expect(inserts.match(/^ {2}\(/gm), 'one clock, one customer').toHaveLength(2)
    // By hand, in a database of the same schema: the file's query gives what the message shows.
    const { db } = await sample()
    await db.query('begin')
    await db.query(inserts)
    expect((await db.query('select friend_id from customers')).rows).toEqual([{ friend_id: null }])
    expect((await db.query(innerJoin['q1.sql'])).rows).toEqual([])
    expect((await db.query(RIGHT['q1.sql'])).rows).toHaveLength(1)
    await db.query('rollback')
    expect(
      await readTables(data.db, await readSchema(data.db)),
      'the dataset is as it was',
    ).toEqual(makeUnseen())
  })

  test('is replayed once for each file: the second message is the table alone', async () => {
    const { expectRows } = grader(innerJoin)
    expect(await messageOf(expectRows('q1', await unseen()))).toContain('INSERT')
    expect(await messageOf(expectRows('q1', await sample()))).not.toContain('INSERT')
  })

  test('is replayed with no rows that break a constraint', async () => {
    // Wrong for Bo, who needs a friend.
    const sql = RIGHT['q1.sql'].replace('coalesce(', 'coalesce(max(c.vip::int), 0) + coalesce(')
    const { expectRows } = grader({ 'q1.sql': sql })
    const message = await messageOf(expectRows('q1', await sample()))
    expect(message).toMatch(/^ {2}\(2, 'Bo', +1, +'2000-01-01', true\);$/m)
  })

  test('in a time zone is replayed in that', async () => {
    const sql = RIGHT['q2.sql'].replace("(at at time zone 'UTC')", 'at')
    const { expectRows } = grader({ 'q2.sql': sql })
    await expectRows('q2', await unseen())
    const timezone = 'Asia/Kathmandu'
    const message = await messageOf(expectRows('q2', await unseen(), { timezone }))
    expect(message).toMatch(/^q2\.sql on unseen rows, in the time zone Asia\/Kathmandu: /)
    expect(message).toContain(
      "SET timezone = 'Asia/Kathmandu';\nTRUNCATE clock, customers, orders;\nINSERT INTO clock",
    )
    const inserts = message.slice(message.indexOf('INSERT'))
    expect(inserts.match(/^ {2}\(/gm), 'one clock, one customer, one order').toHaveLength(3)
  })

  test('where only the order is wrong says so, and shrinks to two rows', async () => {
    const { expectRows } = grader({
      'q1.sql': RIGHT['q1.sql'].replace(/c\.id$/, 'c.id desc'),
    })
    const message = await messageOf(expectRows('q1', await unseen()))
    expect(message).toMatch(/^q1\.sql on unseen rows: the rows are right, their order is not\./)
    expect(message.match(/^ {2}\(\d+, +'N/gm), 'two customers').toHaveLength(2)
  })

  test('that needs many rows is shown below the message', async () => {
    // Right for up to 27 orders
    const sql = `select id, name, case when (select count(*) from orders) > 27 then 0 else cents end as cents
      from (${RIGHT['q1.sql']}) t`
    const { expectRows } = grader({ 'q1.sql': sql })
    const message = await messageOf(expectRows('q1', await unseen()))
    expect(message).not.toContain('INSERT')
    const evidence = lastEvidence(3).map(({ title, text }) => `${title}\n${text}`)
    expect(evidence.join('\n\n')).toMatch(
      /few rows.*npm run db shop.*run q1\.sql:\nTRUNCATE .*\nINSERT INTO clock/,
    )
  })

  test('ignores the columns of another check, and does not show them', async () => {
    const sql = RIGHT['q1.sql'].replace('c.name', 'upper(c.name) as name')
    const { expectRows } = grader({ 'q1.sql': sql })
    await expectRows('q1', await sample(), { ignore: ['name'] })
    const wrong = grader({ 'q1.sql': sql.replace('coalesce(', '7 + coalesce(') })
    const failing = wrong.expectRows('q1', await sample(), { ignore: ['name'] })
    expect(await messageOf(failing)).not.toMatch(/ANN|Ann O'Hara \|/)
  })

  test('that changes its session spoils neither the search nor the rows', async () => {
    const sql = `select c.id, c.name, 1 as cents from customers c,
      (select set_config('statement_timeout', '0', false), set_config('timezone', 'Asia/Kathmandu', false),
              set_config('default_transaction_read_only', 'off', false)) s order by c.id`
    const { expectRows } = grader({ 'q1.sql': sql })
    expect(await messageOf(expectRows('q1', await unseen()))).toContain('INSERT INTO customers')
  })
})

describe('many small random databases', () => {
  const draw = (fresh: Fresh): Shop => {
    const ids = fresh.list(fresh.int(1, 4), (index) => index + 1)
    return {
      clock: [{ now: new Date('2026-03-30T09:00:00Z') }],
      customers: ids.map((id) => ({
        id,
        name: 'N',
        friend_id: null,
        born: '1999-02-28',
        vip: null,
      })),
      orders: ids.flatMap((id) =>
        fresh.list(fresh.int(0, 2), (index) => ({
          id: 10 * id + index,
          customer_id: id,
          cents: fresh.pick([-100, 100, 300]),
          at: new Date(Date.UTC(2026, 0, id)),
        })),
      ),
    }
  }
  const tryOn = (sql: string, databases?: number) => {
    const { expectRowsOnRandom } = grader({ 'q1.sql': sql })
    return expectRowsOnRandom('q1', draw, new Fresh(5), { databases })
  }

  test('let a right query pass', async () => {
    await tryOn(RIGHT['q1.sql'])
  })

  test('find what shows in few, and show it on the fewest rows', async () => {
    // Only where amounts cancel out
    const sql = RIGHT['q1.sql'].replace(
      'coalesce(sum(o.cents), 0)',
      'coalesce(nullif(sum(o.cents), 0), 7 * count(o.id), 0)',
    )
    await tryOn(sql, 1)
    const message = await messageOf(tryOn(sql))
    expect(message).toMatch(/^q1\.sql on a small random database: /)
    const inserts = message.slice(message.indexOf('TRUNCATE'), message.lastIndexOf(';') + 1)
    expect(inserts.match(/^ {2}\(/gm), 'one clock, one customer, two orders').toHaveLength(4)
  })

  test('show the rows on which a query ends in an error', async () => {
    const failing = tryOn(
      RIGHT['q1.sql'].replace(
        'coalesce(sum(o.cents), 0)',
        'coalesce(sum(o.cents), 0) / count(o.id)',
      ),
    )
    const message = await messageOf(failing)
    expect(message).toMatch(
      /^q1\.sql: PostgreSQL says: division by zero\n\nIt was asked on these rows:\n\nTRUNCATE/,
    )
    await expect(failing).rejects.toMatchObject({ name: 'SubjectError' })
  })
})

test('random databases keep what the READMEs promise, and hold every case', () => {
  const fresh = new Fresh(3)
  const now = [new Date('2026-04-20T12:00:00Z')]
  const seen = new Set<string>()
  for (let count = 0; count < 300; count++) {
    const { clock, depots, customers, parcels, scans } = randomPelican(fresh, {
      now,
      moments: usualMoments,
      parcels: [1, 9],
    })
    expect(parcels.length).toBeGreaterThan(0)
    for (const rows of [depots, customers, parcels, scans]) {
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    }
    expect(new Set(parcels.map(({ code }) => code)).size).toBe(parcels.length)
    for (const { status, created_at, delivered_at, customer_id } of parcels) {
      expect(created_at.getTime()).toBeLessThanOrEqual(clock[0]!.now.getTime())
      expect(delivered_at !== null).toBe(status === 'delivered')
      seen.add(status).add(customer_id === null ? 'at the counter' : 'of a customer')
      if (created_at.getTime() === now[0]!.getTime() - 7 * 86_400_000) seen.add('a week')
      if (created_at.getUTCMilliseconds() !== 0) seen.add('a fraction')
    }
    if (new Set(parcels.map(({ weight_g }) => weight_g)).size < parcels.length) seen.add('a tie')
    if (depots.some(({ parent_id }) => parent_id !== null)) seen.add('a tree')
    for (const { marketing_opt_in } of customers) seen.add(String(marketing_opt_in))
  }
  expect([...seen].sort()).toEqual([
    'a fraction',
    'a tie',
    'a tree',
    'a week',
    'at the counter',
    'cancelled',
    'created',
    'delivered',
    'false',
    'in_transit',
    'null',
    'of a customer',
    'true',
  ])
})

describe('what is no right answer of any kind', () => {
  const fails = async (sql: string) =>
    grader({ 'q1.sql': sql })
      .expectRows('q1', await sample())
      .then(
        () => expect.fail('it did not fail'),
        ({ name, message }: Error) => ({ name, message }),
      )

  test('a syntax error: the line, a caret and what PostgreSQL says', async () => {
    const { name, message } = await fails('-- Zürich\nselect id,\n  name cents,\nfrom customers')
    expect(name).toBe('SubjectError')
    expect(message).toBe(
      'q1.sql, line 4: PostgreSQL says: syntax error at or near "from"\nfrom customers\n^',
    )
  })

  test('an unknown column: with the hint of PostgreSQL', async () => {
    const { message } = await fails('select c.id, c.nmae, 1 as cents from customers c')
    expect(message).toMatch(/^q1\.sql, line 1: .*column c\.nmae does not exist \(.*"c\.name".*\)\n/)
    expect(message.split('\n').at(-1)).toBe(`${' '.repeat(13)}^`)
  })

  test.each([
    [
      'other columns',
      'select 1 as id, 2 as cents',
      /must give the columns id, name, cents; it gives id, cents/,
    ],
    ['no columns', '-- nothing yet', /must be one SELECT, and gives no columns at all/],
    ['two statements', 'select 1; select 2', /more than one statement/],
    ['no SELECT', 'delete from orders', /permission denied|read-only/],
  ])('%s', async (_, sql, says) => {
    expect((await fails(sql)).message).toMatch(says)
  })
})

test('types are named as PostgreSQL has them', async () => {
  const { expectTypes } = grader({
    'q1.sql': RIGHT['q1.sql'].replace('(sum', '(1.0 * sum'),
  })
  expect(await messageOf(expectTypes('q1', await sample()))).toBe(
    'q1.sql: cents must be smallint or integer or bigint, and is numeric',
  )
  await expectTypes('q2', await sample())
})
