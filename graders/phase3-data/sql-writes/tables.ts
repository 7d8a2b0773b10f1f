import { expect } from 'vitest'
import {
  type PostgresDatabase,
  postgres,
  requireService,
  runSqlScript,
  type SqlScriptResult,
  type Submission,
  shared,
} from '../../harness/index.ts'
import { givenFile } from '../../harness/sql/given.ts'
import {
  type Tables as PlainTables,
  readSchema,
  refillTables,
  replaceTables,
  type Schema,
} from '../../harness/sql/tables.ts'
import { compareWorlds, keyOf } from './compare.ts'
import { drawUnseen } from './database.ts'
import type { World } from './oracle.ts'
import { reasonFor } from './reasons.ts'

export type Script = '1-load' | '2-status' | '3-purge' | '4-upsert' | '5-transfer'

type Options = { timezone?: string; seconds?: number; url?: string }

/** The database in which all scripts of the learner's run, one after the other. */
export type Tables = {
  db: PostgresDatabase
  /** Rows to begin with, and what messages call them. */
  datasets: Record<'the sample' | 'unseen rows', World>
  /** Puts these rows in the place of all others. */
  fill(world: World): Promise<void>
  /** The same, quicker, for few rows in the place of few. */
  refill(world: World): Promise<void>
  read(): Promise<World>
  /** The text of a script. */
  text(script: Script): string
  /** Runs a script as a role that may change rows and nothing else. */
  run(script: Script, options?: Options): Promise<SqlScriptResult>
  /** The same where it must not fail. @throws SubjectError with what PostgreSQL said */
  mustRun(script: Script, options?: Options): Promise<SqlScriptResult>
  /**
   * Expects all tables to be as wanted.
   * @param when completes "2-status.sql …"
   * @param tables.after what was read; they are read now by default
   */
  expectTables(
    script: Script,
    when: string,
    tables: { before: World; wanted: World; after?: World },
    result?: SqlScriptResult,
  ): Promise<void>
  /** The transaction that wrote each row last, by table and key. */
  writers(): Promise<Map<string, string>>
  /** Has the second row that is written so fail, until `mend`. */
  breakSecond(operation: Operation, table: keyof World): Promise<void>
  mend(): Promise<void>
}

export type Operation = 'INSERT' | 'UPDATE' | 'DELETE'

/** Fails for the second row: by then a script that is not atomic has left something behind. */
const BREAKER = `
  create sequence rows_written;
  create function fail_second() returns trigger language plpgsql as $$
  begin
    if nextval('rows_written') >= 2 then
      raise 'the disk is full (this is the grader''s doing: % of a second row of %)',
        tg_op, tg_table_name using errcode = 'disk_full';
    end if;
    return coalesce(new, old);
  end $$`

/** Reads every row as `readTables` does, in one message: this is done for hundreds of small tables. */
async function readAtOnce(db: PostgresDatabase, { tables }: Schema): Promise<PlainTables> {
  const selects = tables.map(({ name, columns }) => {
    const list = columns.map(({ name, type }) => (type === 'date' ? `${name}::text` : name))
    return `select ${list.join(', ')} from ${name}`
  })
  const results = (await db.query(selects.join(';\n'))) as unknown as { rows: object[] }[]
  return Object.fromEntries(tables.map(({ name }, index) => [name, results[index]!.rows]))
}

async function open(submission: Submission): Promise<Tables> {
  const { exercise, seed } = submission
  const db = await postgres()
  await db.query(givenFile(exercise, 'schema.sql'))
  const schema = await readSchema(db)
  await db.query(givenFile(exercise, 'sample.sql'))
  const read = async () => (await readAtOnce(db, schema)) as World
  const datasets = {
    'the sample': await read(),
    'unseen rows': drawUnseen(seed),
  }
  await db.query(BREAKER)
  let broken: keyof World | undefined

  const tables: Tables = {
    db,
    datasets,
    read,
    fill: (world) => replaceTables(db, schema, world),
    refill: (world) => refillTables(db, schema, world),
    // Some editors put a byte order mark first, which psql skips too.
    text: (script) => submission.readText(`${script}.sql`),
    run: (script, { url = db.writerUrl, ...options } = {}) =>
      runSqlScript(url, `${script}.sql`, tables.text(script), options),
    async mustRun(script, options) {
      const result = await tables.run(script, options)
      if (result.error) throw result.error
      return result
    },
    async expectTables(script, when, { before, wanted, after: given }, result) {
      const after = given ?? (await read())
      const difference = compareWorlds(before, wanted, after)
      if (!difference) return
      const open =
        'It ends inside a transaction that it has begun and not committed: PostgreSQL undid that.'
      const parts = [
        `${script}.sql ${when}: ${difference.message}`,
        wanted === before ? '' : reasonFor(difference, before, after),
        result?.uncommitted ? open : '',
      ]
      expect.fail(parts.filter(Boolean).join('\n\n'))
    },
    async writers() {
      const writers = new Map<string, string>()
      for (const { name } of schema.tables) {
        const { rows } = await db.query(`select *, xmin::text as "written by" from ${name}`)
        for (const { 'written by': writer, ...row } of rows) {
          writers.set(`${name} ${keyOf(name as keyof World, row)}`, writer)
        }
      }
      return writers
    },
    async breakSecond(operation, table) {
      broken = table
      await db.query(
        `alter sequence rows_written restart;
         create trigger fail_second before ${operation} on ${table}
         for each row execute function fail_second()`,
      )
    },
    async mend() {
      if (broken) await db.query(`drop trigger fail_second on ${broken}`)
      broken = undefined
    },
  }
  return tables
}

/** The tables, made at their first use; without PostgreSQL the test that asks is `not run`. */
export function openTables(submission: Submission): () => Promise<Tables> {
  const made = shared(() => open(submission))
  return async () => {
    requireService('postgres')
    const tables = await made()
    await tables.mend()
    return tables
  }
}
