import { expect, test } from 'vitest'
import { openSubmission, requireService, runQuery, shared } from '../../harness/index.ts'
import { type Dataset, loadLarge, loadSample, loadUnseen } from './data.ts'
import { type ColumnType, QUERIES, type Row } from './oracle.ts'

const submission = openSubmission(import.meta)

/** A dataset for all tests of the file; without PostgreSQL each of them is `not run`. */
function dataset(make: () => Promise<Dataset>): () => Promise<Dataset> {
  const made = shared(make)
  return () => {
    requireService('postgres')
    return made()
  }
}

const sample = dataset(() => loadSample(submission.exercise))
const unseen = dataset(() => loadUnseen(submission.exercise, submission.seed))
const large = dataset(() => loadLarge(submission.exercise, submission.seed))
const SMALL = { 'the sample': sample, 'unseen rows': unseen }

/** Zones far east and far west, with odd offsets, and with clocks that change in spring. */
const ZONES = [
  'Pacific/Kiritimati',
  'Asia/Kathmandu',
  'Europe/Athens',
  'America/St_Johns',
  'Pacific/Pago_Pago',
]

/** PostgreSQL's ids of types (pg_type.oid). */
const TYPES: Record<number, string> = {
  20: 'bigint',
  21: 'smallint',
  23: 'integer',
  25: 'text',
  700: 'real',
  701: 'double precision',
  1042: 'char',
  1043: 'varchar',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'numeric',
}
const ALLOWED: Record<ColumnType, string[]> = {
  integer: ['smallint', 'integer', 'bigint'],
  numeric: ['numeric', 'double precision'],
  text: ['text', 'varchar'],
  date: ['date'],
  timestamptz: ['timestamptz'],
}
const NUMBERS = new Set([...ALLOWED.integer, ...ALLOWED.numeric, 'real'])

/** What a cell says, whichever type it has: the types are the matter of C9. */
function cellValue(text: string | null, type: string | undefined, wanted: ColumnType): Row[string] {
  if (text === null || !type) return text
  if (NUMBERS.has(type)) return Number(text)
  if (type !== 'timestamp' && type !== 'timestamptz') return text
  const instant = new Date(type === 'timestamp' ? `${text}Z` : text)
  if (Number.isNaN(instant.getTime())) return text
  const iso = instant.toISOString()
  return wanted === 'date' && iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso
}

type Options = { timezone?: string; seconds?: number }

/** Runs a query and gives its rows, once its columns are those of the README. */
async function run(query: string, { db }: Dataset, options: Options = {}) {
  const file = `${query}.sql`
  // Some editors put a byte order mark first, which psql skips too.
  const sql = submission.readText(file).replace(/^\ufeff/, '')
  const { columns, rows } = await runQuery(db, file, sql, options)
  if (columns.length === 0) expect.fail(`${file} must be one SELECT, and gives no columns at all`)
  const wanted = Object.entries(QUERIES[query]!.columns)
  const given = columns.map(({ name }) => name).join(', ')
  const right = wanted.map(([name]) => name).join(', ')
  if (given !== right) expect.fail(`${file} must give the columns ${right}; it gives ${given}`)
  return {
    types: columns.map(({ type }) => TYPES[type] ?? `the type with oid ${type}`),
    rows: rows.map((cells): Row => {
      const entries = wanted.map(([name, type], index) => [
        name,
        cellValue(cells[index]!, TYPES[columns[index]!.type], type),
      ])
      return Object.fromEntries(entries)
    }),
  }
}

/** The rows of `these` that are not among `those`; a row counts as often as it stands there. */
function without(these: string[], those: string[]): string[] {
  const left = new Map<string, number>()
  for (const row of those) left.set(row, (left.get(row) ?? 0) + 1)
  return these.filter((row) => {
    const count = left.get(row) ?? 0
    left.set(row, count - 1)
    return count <= 0
  })
}

function firstOf(title: string, rows: string[]): string {
  if (rows.length === 0) return ''
  const shown = rows.slice(0, 3).join('\n    ')
  return `\n  ${title}: ${rows.length}${rows.length > 3 ? ', of which the first three are' : ''}\n    ${shown}`
}

/** As texts to compare; avg_price is the matter of C8, where it is compared to two decimals. */
const comparable = (rows: Row[]): string[] =>
  rows.map(({ avg_price: _, ...row }) => JSON.stringify(row))

/** Expects exactly the right rows, in the right order. */
async function expectRows(query: string, data: Dataset, options: Options = {}): Promise<void> {
  const got = comparable((await run(query, data, options)).rows)
  const wanted = comparable(QUERIES[query]!.answer(data.rows))
  const zone = options.timezone ? `, in the time zone ${options.timezone}` : ''
  const where = `${query}.sql on ${data.name}${zone}`
  const missing = without(wanted, got)
  const wrong = without(got, wanted)
  if (missing.length + wrong.length > 0) {
    const amount =
      wanted.length === got.length
        ? `it gives ${got.length} rows, as it must, but not the right ones.`
        : `it must give ${wanted.length} rows and gives ${got.length}.`
    expect.fail(`${where}: ${amount}${firstOf('missing', missing)}${firstOf('wrong', wrong)}`)
  }
  const at = wanted.findIndex((row, index) => row !== got[index])
  if (at >= 0) {
    expect.fail(
      `${where}: the rows are right, their order is not. Row ${at + 1} must be\n    ${wanted[at]}\n  and is\n    ${got[at]}`,
    )
  }
}

const REQUIREMENTS = {
  q1: 'C1 q1 counts the outgoing parcels of every depot',
  q2: 'C2 q2 finds the customers who never sent a parcel to their own city',
  q3: 'C3 q3 shows the revenue and the scans of every depot',
  q4: 'C4 q4 finds the last scan of each parcel',
  q5: 'C5 q5 ranks the best customers of each city',
  q6: 'C6 q6 adds up revenue week by week',
  q7: 'C7 q7 counts the parcels of each depot and all below it',
}

for (const [query, requirement] of Object.entries(REQUIREMENTS)) {
  for (const [name, load] of Object.entries(SMALL)) {
    test(`${requirement}, on ${name}`, async () => {
      await expectRows(query, await load())
    })
  }
}

for (const [name, load] of Object.entries(SMALL)) {
  test(`C8 q1 gives avg_price to two decimals, and NULL without parcels, on ${name}`, async () => {
    const data = await load()
    const { rows } = await run('q1', data)
    const prices = new Map(rows.map((row) => [row.depot_id, row.avg_price]))
    for (const { depot_id: id, avg_price: right } of QUERIES.q1!.answer(data.rows)) {
      const price = prices.get(id!)
      // Whether a depot without parcels is listed at all is the matter of C1.
      if (right === null && price === undefined) continue
      const close = typeof price === 'number' && Math.abs(price - Number(right)) <= 0.005 + 1e-9
      if (right === null ? price === null : close) continue
      expect.fail(
        `q1.sql on ${data.name}: avg_price of depot ${id} is ${right === null ? 'NULL' : Number(right).toFixed(2)}, and not ${price ?? 'NULL'}`,
      )
    }
  })
}

for (const query of Object.keys(QUERIES)) {
  test(`C9 ${query} gives its columns the types of the README`, async () => {
    const { types } = await run(query, await unseen())
    for (const [index, [name, type]] of Object.entries(QUERIES[query]!.columns).entries()) {
      if (ALLOWED[type].includes(types[index]!)) continue
      expect.fail(
        `${query}.sql: ${name} must be ${ALLOWED[type].join(' or ')}, and is ${types[index]}`,
      )
    }
  })
}

// The other queries do not deal with time.
for (const query of ['q4', 'q6']) {
  test(`C10 ${query} gives the same answer in every session time zone`, async () => {
    for (const timezone of ZONES) await expectRows(query, await unseen(), { timezone })
  })
}

for (const query of Object.keys(QUERIES)) {
  test(`C11 ${query} is right and in time on 30,000 parcels and 90,000 scans`, async () => {
    await expectRows(query, await large(), { seconds: 20 })
  })
}
