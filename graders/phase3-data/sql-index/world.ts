import {
  mustRunSqlScript,
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
import { type Dataset, loadFew, loadMany, vacuum } from './data.ts'
import { fillVariables, type Values } from './variables.ts'

/** 20,000 new scans of all depots, one after another in time. */
export const NEW_SCANS = `
  insert into scans
  select 200000 + i, i, 1 + (i * 7919) % 80, 'arrived',
         timestamptz '2026-07-20 00:00:00+00' + i * interval '10 seconds', repeat('.', 120)
  from generate_series(1, 20000) i`

/** A dataset with the learner's indexes, and what there was before them. */
export type Indexed = Dataset & {
  /** What each query gave as it was handed out, by what it was asked for. */
  original: Map<Values, QueryResult>
  before: {
    snapshot: Awaited<ReturnType<typeof takeSnapshot>>
    indexes: Awaited<ReturnType<typeof listIndexes>>
  }
}

/** The datasets that a submission is graded on: each is made once, when a test first asks for it. */
export function openWorld({ exercise, readText, seed }: Submission) {
  async function originalRows({ db, asked }: Dataset): Promise<Map<Values, QueryResult>> {
    const answers = new Map<Values, QueryResult>()
    const reader = await openReader(db, { seconds: 60 })
    for (const [query, list] of Object.entries(asked)) {
      const sql = givenFile(exercise, `${query}.sql`)
      for (const values of list) {
        answers.set(values, await reader.read(`${query}.sql`, fillVariables(sql, values)))
      }
    }
    await reader.close()
    return answers
  }

  async function addIndexes(data: Dataset): Promise<Indexed> {
    const { db } = data
    const original = await originalRows(data)
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
  return {
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
