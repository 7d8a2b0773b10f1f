import { expect, test } from 'vitest'
import { meanwhile, openSubmission, runQuery } from '../../harness/index.ts'
import { type Columns, rowsOf } from '../../harness/sql/columns.ts'
import { compareRows } from '../../harness/sql/compare.ts'
import { showDifference } from '../../harness/sql/show.ts'
import { costOfChange, costOfQuery, notePlan } from './blocks.ts'
import { changesSince, fingerprint, listIndexes, takeSnapshot } from './catalog.ts'
import { afterIndexes } from './connection.ts'
import { fillVariables, showValues, type Values } from './variables.ts'
import { type Answered, NEW_SCANS, openWorld, type Read } from './world.ts'

const submission = openSubmission(import.meta)
const { few, many, random } = openWorld(submission)

/** Each query's columns, and how many blocks it may touch. As given it touches 4,879 or more. */
const QUERIES: Record<string, { columns: Columns; budget: number }> = {
  q1: {
    columns: { id: 'integer', code: 'text', created_at: 'timestamptz', price_cents: 'integer' },
    budget: 100,
  },
  q2: {
    columns: { id: 'integer', code: 'text', recipient_email: 'text', status: 'text' },
    budget: 75,
  },
  q3: { columns: { id: 'integer', code: 'text', status: 'text' }, budget: 150 },
  q4: {
    columns: { from_depot: 'integer', open_parcels: 'integer', oldest: 'timestamptz' },
    budget: 60,
  },
  q5: {
    columns: { id: 'integer', parcel_id: 'integer', kind: 'text', at: 'timestamptz' },
    budget: 100,
  },
}
const MOST_INDEXES = 6
const MOST_MIB = 48
/** One index on scans takes about 2.5 times, two take 4. */
const MOST_TIMES = 3.25

const inEnglish = (number: number) => number.toLocaleString('en')

const runQueryOf =
  ({ db }: Answered): Read =>
  (file, sql) =>
    runQuery(db, file, sql)

const learners = (query: string, values: Values) =>
  fillVariables(submission.readText(`${query}.sql`), values)

/** Expects the rows that the query gave as it was, in the same order. */
async function expectSameRows(query: string, data: Answered, read = runQueryOf(data)) {
  for (const values of data.asked[query]!) {
    const result = await read(`${query}.sql`, learners(query, values))
    const { columns } = QUERIES[query]!
    const right = Object.keys(columns).join(', ')
    const names = result.columns.map(({ name }) => name).join(', ')
    if (names !== right) {
      expect.fail(`${query}.sql must give the columns ${right}; it gives ${names || 'none'}`)
    }
    const wanted = rowsOf(data.original.get(values)!, columns)
    const rows = rowsOf(result, columns)
    const difference = compareRows(wanted, rows, 'given')
    if (!difference) continue
    const asked = Object.keys(values).length > 0 ? `, asked for ${showValues(values)}` : ''
    const said =
      difference.kind === 'order'
        ? 'the rows are right, their order is not.'
        : wanted.length === rows.length
          ? `it gives ${rows.length} rows, as it must, but ${difference.wrong} of them wrong.`
          : `it must give ${wanted.length} rows and gives ${rows.length}.`
    const titles: [string, string] = ['as given', `your ${query}.sql`]
    const table = showDifference(Object.keys(columns), difference, titles)
    expect.fail(`${query}.sql on ${data.name}${asked}: ${said}\n\n${table}`)
  }
}

for (const query of Object.keys(QUERIES)) {
  test(`C1 ${query} gives the rows it gave before, on a small dataset`, async () => {
    await expectSameRows(query, await few())
  })
}

test('C1 the queries give the rows they gave before, on many small random datasets', async () => {
  await random(async (data, read) => {
    for (const query of Object.keys(QUERIES)) await expectSameRows(query, data, read)
  })
})

for (const query of Object.keys(QUERIES)) {
  meanwhile(`C1 ${query} gives the rows it gave before, on 100,000 parcels`, async () => {
    await expectSameRows(query, await many())
  })
}

for (const [query, { budget }] of Object.entries(QUERIES)) {
  test(`C2 ${query} touches at most ${budget} blocks`, async () => {
    const { db, asked, original } = await many()
    for (const values of asked[query]!) {
      const sql = learners(query, values)
      const { blocks, rows } = await afterIndexes(() => costOfQuery(db, `${query}.sql`, sql))
      const as = Object.keys(values).length > 0 ? ` for ${showValues(values)}` : ''
      // A query that does less when it is explained is not the one that C1 has seen.
      const right = original.get(values)!.rows.length
      if (rows !== right) {
        expect.fail(`${query}.sql${as}: EXPLAIN sees ${rows} rows; it must be ${right}`)
      }
      if (blocks <= budget) continue
      await afterIndexes(() => notePlan(db, `The plan of ${query}.sql${as}`, sql))
      expect.fail(`${query}.sql touches ${inEnglish(blocks)} blocks${as}; it may touch ${budget}`)
    }
  })
}

async function newIndexes() {
  const { db, before } = await many()
  const known = new Set(before.indexes.map(({ name }) => name))
  return (await afterIndexes(() => listIndexes(db))).filter(({ name }) => !known.has(name))
}
const inMiB = (bytes: number) => (bytes / 2 ** 20).toFixed(1)

test(`C3 there are at most ${MOST_INDEXES} new indexes`, async () => {
  const names = (await newIndexes()).map(({ name }) => name)
  if (names.length > MOST_INDEXES) {
    expect.fail(
      `indexes.sql makes ${names.length} indexes; at most ${MOST_INDEXES} may be new:\n  ${names.join('\n  ')}`,
    )
  }
})

test(`C3 the new indexes have at most ${MOST_MIB} MiB together`, async () => {
  const indexes = await newIndexes()
  const bytes = indexes.reduce((sum, index) => sum + index.bytes, 0)
  if (bytes > MOST_MIB * 2 ** 20) {
    const list = indexes.map((index) => `${inMiB(index.bytes).padStart(6)} MiB  ${index.name}`)
    expect.fail(
      `the new indexes have ${inMiB(bytes)} MiB together; at most ${MOST_MIB} MiB are allowed:\n${list.join('\n')}`,
    )
  }
})

test(`C4 inserting 20,000 scans touches at most ${MOST_TIMES} times the blocks it did without your indexes`, async () => {
  const { db, inserting } = await many()
  const { blocks } = await afterIndexes(() => costOfChange(db, NEW_SCANS))
  const times = blocks / inserting.blocks
  if (times > MOST_TIMES) {
    expect.fail(
      `inserting 20,000 scans touches ${inEnglish(blocks)} blocks, without your indexes ${inEnglish(inserting.blocks)}: ${times.toFixed(1)} times as many; at most ${MOST_TIMES} times are allowed`,
    )
  }
})

test('C5 indexes.sql adds indexes, and nothing else is new, gone or changed', async () => {
  const { db, before } = await many()
  const changes = changesSince(before.snapshot, await afterIndexes(() => takeSnapshot(db)))
  if (changes.length > 0) {
    expect.fail(`indexes.sql may add indexes, and nothing else:\n  ${changes.join('\n  ')}`)
  }
})

test('C5 indexes.sql leaves every row as it is', async () => {
  const { db, rows } = await few()
  const after = await afterIndexes(() => fingerprint(db))
  const changed = Object.keys(after).filter((table) => after[table] !== rows[table])
  if (changed.length > 0) {
    expect.fail(`indexes.sql changes rows of ${changed.join(' and ')}; it may add indexes only`)
  }
})
