import {
  Fresh,
  mustRunSqlScript,
  postgres,
  type QueryResult,
  requireService,
  type Submission,
  shared,
} from '../../harness/index.ts'
import { givenFile } from '../../harness/sql/given.ts'
import { openReader } from '../../harness/subjects/sql.ts'
import { costOfChange } from './blocks.ts'
import { fingerprint, listIndexes, takeSnapshot } from './catalog.ts'
import { afterIndexes, connectedAs } from './connection.ts'
import { type Asked, type Dataset, loadFew, loadMany, vacuum } from './data.ts'
import { noteRows, randomRows, replaceRows } from './random.ts'
import { fillVariables, type Values } from './variables.ts'

const RANDOM_ROUNDS = 40

/** 20,000 new scans of all depots, one after another in time. */
export const NEW_SCANS = `
  insert into scans
  select 200000 + i, i, 1 + (i * 7919) % 80, 'arrived',
         timestamptz '2026-07-20 00:00:00+00' + i * interval '10 seconds', repeat('.', 120)
  from generate_series(1, 20000) i`

/** Runs a query as the role that may only read. */
export type Read = (file: string, sql: string) => Promise<QueryResult>

/** A dataset, and what each query gave as it was handed out, by what it was asked for. */
export type Answered = Dataset & { original: Map<Values, QueryResult> }

/** A dataset with the learner's indexes, and what there was before them. */
export type Indexed = Answered & {
  before: {
    snapshot: Awaited<ReturnType<typeof takeSnapshot>>
    indexes: Awaited<ReturnType<typeof listIndexes>>
  }
}

/** The datasets that a submission is graded on: each is made once, when a test first asks for it. */
export function openWorld({ exercise, readText, seed }: Submission) {
  async function originalRows(asked: Asked, read: Read): Promise<Map<Values, QueryResult>> {
    const answers = new Map<Values, QueryResult>()
    for (const [query, list] of Object.entries(asked)) {
      const sql = givenFile(exercise, `${query}.sql`)
      for (const values of list) {
        answers.set(values, await read(`${query}.sql`, fillVariables(sql, values)))
      }
    }
    return answers
  }

  async function addIndexes(data: Dataset): Promise<Indexed> {
    const { db } = data
    const reader = await openReader(db, { seconds: 60 })
    const original = await originalRows(data.asked, reader.read)
    await reader.close()
    const before = { snapshot: await takeSnapshot(db), indexes: await listIndexes(db) }
    await mustRunSqlScript(db.url, 'indexes.sql', readText('indexes.sql'), { seconds: 30 })
    await afterIndexes(() => vacuum(db))
    // So that a role that is locked out is told here, and not by each query.
    await afterIndexes(() => connectedAs('reader', db, async () => {}))
    return { ...data, original, before }
  }

  const few = shared(async () => {
    const data = await loadFew(exercise, seed)
    const rows = await fingerprint(data.db)
    return { ...(await addIndexes(data)), rows }
  })
  const many = shared(async () => {
    const data = await loadMany(exercise, seed)
    const inserting = await costOfChange(data.db, NEW_SCANS)
    return { ...(await addIndexes(data)), inserting }
  })

  /** Has small random datasets looked at, one after another, in a database with the learner's indexes. */
  async function random(look: (data: Answered, read: Read) => Promise<void>): Promise<void> {
    const db = await postgres()
    await db.query(givenFile(exercise, 'schema.sql'))
    await mustRunSqlScript(db.url, 'indexes.sql', readText('indexes.sql'), { seconds: 30 })
    const reader = await afterIndexes(() => openReader(db))
    const fresh = new Fresh(seed, 'sql-index: small random datasets')
    for (let round = 0; round < RANDOM_ROUNDS; round++) {
      const { parcels, scans, asked } = randomRows(fresh)
      await afterIndexes(() => replaceRows(db, { parcels, scans }))
      const original = await originalRows(asked, reader.read)
      try {
        await look({ name: 'a small random dataset', db, asked, original }, reader.read)
      } catch (error) {
        noteRows({ parcels, scans })
        throw error
      }
    }
    await reader.close()
  }

  return {
    random: (look: Parameters<typeof random>[0]) => {
      requireService('postgres')
      return random(look)
    },
    /** Few rows, and a fingerprint of them. */
    few: () => {
      requireService('postgres')
      return few()
    },
    /** Many rows, and what inserting scans cost at first. */
    many: () => {
      requireService('postgres')
      return many()
    },
  }
}
