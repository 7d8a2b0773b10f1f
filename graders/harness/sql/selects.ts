import { expect } from 'vitest'
import { ahead } from '../ahead.ts'
import { note } from '../evidence.ts'
import type { Fresh } from '../fresh.ts'
import { type PostgresDatabase, postgres } from '../services/postgres.ts'
import { SubjectError } from '../subjects/errors.ts'
import { openReader, type QueryResult, runQuery } from '../subjects/sql.ts'
import { requireService, type Submission, shared } from '../submission.ts'
import { insertInBulk } from './bulk.ts'
import { ALLOWED, type Columns, rowsOf, typesOf } from './columns.ts'
import { compareRows, type Difference, type Row } from './compare.ts'
import { givenFile } from './given.ts'
import { showAsSql, showDifference } from './show.ts'
import { shrink } from './shrink.ts'
import {
  readSchema,
  readTables,
  refillTables,
  replaceTables,
  type Schema,
  type Tables,
} from './tables.ts'

/** What one file's SELECT must answer. */
export type Query<T extends Tables> = {
  columns: Columns
  /** `free` where the README names no order; by default the order of `answer` is graded too. */
  order?: 'given' | 'free'
  /** The rows wanted, worked out from all rows of the database. */
  answer(tables: T): Row[]
}

/** A database with its rows, and what messages call it. */
export type Dataset<T extends Tables> = { name: string; db: PostgresDatabase; rows: T }

export type SelectOptions = {
  /** Of the session; UTC by default. */
  timezone?: string
  /** Time on the clock; 10 by default. */
  seconds?: number
  /** Columns that are the matter of another check. */
  ignore?: string[]
}

/** With more rows, a smaller dataset is not looked for: it would take too long. */
const MOST_ROWS = 2000
const LIMITS = { tries: 150, ms: 10_000 }
/** What is larger is searched for any other fault of the query that shows on less. */
const FEW_ROWS = 10
/** Of a message, in characters; a smaller dataset that makes it longer stands below it. */
const LONGEST_MESSAGE = 3600

/** Small databases that a query is tried on; each costs about two milliseconds. */
const DATABASES = 60

const sizeOf = (rows: Tables): number =>
  Object.values(rows).reduce((sum, { length }) => sum + length, 0)

/**
 * Grades files that hold one SELECT each, `q1.sql` for the query `q1`, on datasets with the
 * exercise's schema.sql.
 *
 * A check that fails shows the rows wanted beside those given. The first one about a file also shows
 * a small part of the dataset on which the query is still wrong, as INSERTs to try by hand; what it
 * tries to find that runs in a database of its own.
 * @param options.promised what the README promises of all data, where rows may be missing: a smaller
 *   dataset must keep the promise
 */
export function openSelects<T extends Tables>(
  { exercise, readText }: Pick<Submission, 'exercise' | 'readText'>,
  queries: Record<string, Query<T>>,
  options: { promised?: (tables: T) => boolean } = {},
) {
  const { promised = () => true } = options
  const explained = new Set<string>()

  const given = (name: string): string => givenFile(exercise, name)

  async function emptyDatabase(): Promise<{ db: PostgresDatabase; schema: Schema }> {
    const db = await postgres()
    await db.query(given('schema.sql'))
    return { db, schema: await readSchema(db) }
  }

  /**
   * A dataset for all tests of the file, made at its first use; without PostgreSQL the test that
   * asks for it is `not run`.
   * @param name as messages call it: "q1.sql on …"
   * @param fill gives its rows, or SQL that inserts them
   */
  function dataset(name: string, fill: () => T | string): () => Promise<Dataset<T>> {
    const made = shared(async () => {
      const { db, schema } = await emptyDatabase()
      const content = fill()
      if (typeof content === 'string') await insertInBulk(db, content)
      else await replaceTables(db, schema, content)
      await db.query('analyze')
      return { name, db, rows: (await readTables(db, schema)) as T }
    })
    ahead(made)
    return () => {
      requireService('postgres')
      return made()
    }
  }

  const scratch = shared(emptyDatabase)

  // Some editors put a byte order mark first, which psql skips too.

  /**
   * Runs a query and gives its rows, once its columns are those of the README.
   * @throws SubjectError as `runQuery`
   */
  async function run(query: string, { db }: Dataset<T>, options: SelectOptions = {}) {
    const file = `${query}.sql`
    const result = await runQuery(db, file, readText(file), options)
    expectColumns(query, result)
    return { types: typesOf(result), rows: rowsOf(result, queries[query]!.columns) }
  }

  function expectColumns(query: string, result: QueryResult): void {
    const file = `${query}.sql`
    if (result.columns.length === 0) {
      expect.fail(`${file} must be one SELECT, and gives no columns at all`)
    }
    const { columns } = queries[query]!
    const names = result.columns.map(({ name }) => name).join(', ')
    const right = Object.keys(columns).join(', ')
    if (names !== right) expect.fail(`${file} must give the columns ${right}; it gives ${names}`)
  }

  function compare(query: string, tables: T, rows: Row[], { ignore = [] }: SelectOptions) {
    const { answer, order = 'given' } = queries[query]!
    const kept = (row: Row): Row =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !ignore.includes(name)))
    const wanted = answer(tables).map(kept)
    return { wanted, difference: compareRows(wanted, rows.map(kept), order) }
  }

  /** The rows wanted and given, as a table. */
  function tableOf(query: string, difference: Difference, { ignore = [] }: SelectOptions): string {
    const names = Object.keys(queries[query]!.columns).filter((name) => !ignore.includes(name))
    return showDifference(names, difference, ['expected', `your ${query}.sql`])
  }

  /**
   * Looks for a small part of a dataset on which a query is wrong too, and shows it.
   * undefined where there is none that is smaller.
   */
  async function replay(
    query: string,
    rows: T,
    kind: Difference['kind'],
    options: SelectOptions,
  ): Promise<string | undefined> {
    const file = `${query}.sql`
    const { columns } = queries[query]!
    const { db, schema } = await scratch()
    const reader = await openReader(db, { timezone: options.timezone, seconds: 2, rows: MOST_ROWS })
    let last: Difference | undefined
    const answerOn = async (smaller: T): Promise<Row[] | undefined> => {
      try {
        await replaceTables(db, schema, smaller)
        return rowsOf(await reader.read(file, readText(file)), columns)
      } catch (error) {
        // An error of the query's is another way to be wrong, and rows that break a constraint are
        // none to show. Whatever else fails is for the caller to meet.
        const { code } = error as { code?: string }
        if (error instanceof SubjectError || code?.startsWith('23')) return undefined
        throw error
      }
    }
    const isStill = async (smaller: T, kinds: string[]): Promise<boolean> => {
      const given = promised(smaller) ? await answerOn(smaller) : undefined
      const difference = given && compare(query, smaller, given, options).difference
      if (!difference || !kinds.includes(difference.kind)) return false
      last = difference
      return true
    }
    try {
      let smallest = await shrink(rows, schema, (some) => isStill(some, [kind]), LIMITS)
      // Ten rows with a wrong one among them may be two in a wrong order.
      if (sizeOf(smallest) > FEW_ROWS) {
        const anyFault = (some: T) => isStill(some, ['rows', 'order'])
        smallest = await shrink(smallest, schema, anyFault, LIMITS)
      }
      if (!last) return undefined
      const zone = options.timezone ? `SET timezone = '${options.timezone}';\n` : ''
      return `${zone}${showAsSql(schema, smallest)}\n\n${tableOf(query, last, options)}`
    } finally {
      await reader.close()
    }
  }

  /** Expects the right rows, and where the query has an order, in that. */
  async function expectRows(
    query: string,
    dataset: Dataset<T>,
    options: SelectOptions = {},
  ): Promise<void> {
    const { rows } = await run(query, dataset, options)
    await expectRight(query, dataset, rows, options)
  }

  /** Expects these rows to be the right ones on a dataset. */
  async function expectRight(
    query: string,
    dataset: Pick<Dataset<T>, 'name' | 'rows'>,
    rows: Row[],
    options: SelectOptions,
  ): Promise<void> {
    const { wanted, difference } = compare(query, dataset.rows, rows, options)
    if (!difference) return
    const zone = options.timezone ? `, in the time zone ${options.timezone}` : ''
    const count = (many: number) => `${many} ${many === 1 ? 'row' : 'rows'}`
    const said =
      difference.kind === 'order'
        ? 'the rows are right, their order is not.'
        : wanted.length === rows.length
          ? `it gives ${count(rows.length)}, as it must, but ${difference.wrong} of them ${difference.wrong === 1 ? 'is' : 'are'} wrong.`
          : `it must give ${count(wanted.length)} and gives ${rows.length}.`
    const parts = [
      `${query}.sql on ${dataset.name}${zone}: ${said}`,
      tableOf(query, difference, options),
    ]
    if (rows.length <= MOST_ROWS && sizeOf(dataset.rows) <= MOST_ROWS && !explained.has(query)) {
      explained.add(query)
      const shown = await replay(query, dataset.rows, difference.kind, options)
      const title = `It shows on few rows, too. Paste these into npm run db ${exercise.slug}, or psql on a scratch database with schema.sql, then run ${query}.sql:`
      const length = parts.join().length + title.length + (shown?.length ?? 0)
      if (shown && length > LONGEST_MESSAGE) note(title, shown)
      else if (shown) parts.push(`${title}\n\n${shown}`)
    }
    expect.fail(parts.join('\n\n'))
  }

  /**
   * Expects the right rows on many small random databases, one after the other in one database.
   * @param draw makes the rows of one
   * @param options.databases how many; 60 by default
   */
  async function expectRowsOnRandom(
    query: string,
    draw: (fresh: Fresh) => T,
    fresh: Fresh,
    options: SelectOptions & { databases?: number } = {},
  ): Promise<void> {
    requireService('postgres')
    const file = `${query}.sql`
    const { db, schema } = await scratch()
    const { timezone, seconds, databases = DATABASES } = options
    const reader = await openReader(db, { timezone, seconds, rows: MOST_ROWS })
    try {
      for (let count = 0; count < databases; count++) {
        const rows = draw(fresh)
        await refillTables(db, schema, rows)
        const name = 'a small random database'
        const result = await reader.read(file, readText(file)).catch((error: unknown) => {
          if (!(error instanceof SubjectError)) throw error
          const shown = `${error.message}\n\nIt was asked on these rows:\n\n${showAsSql(schema, rows)}`
          throw new SubjectError(error.fault, shown)
        })
        expectColumns(query, result)
        await expectRight(query, { name, rows }, rowsOf(result, queries[query]!.columns), options)
      }
    } finally {
      await reader.close()
    }
  }

  /** Expects the types that the README names. */
  async function expectTypes(query: string, dataset: Dataset<T>): Promise<void> {
    const { types } = await run(query, dataset)
    for (const [index, [name, type]] of Object.entries(queries[query]!.columns).entries()) {
      if (ALLOWED[type].includes(types[index]!)) continue
      expect.fail(
        `${query}.sql: ${name} must be ${ALLOWED[type].join(' or ')}, and is ${types[index]}`,
      )
    }
  }

  return { given, dataset, run, expectRows, expectRowsOnRandom, expectTypes }
}
