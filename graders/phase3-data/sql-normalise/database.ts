import type { Exercise } from '../../harness/exercise.ts'
import { fillDatabase, givenFile } from '../../harness/sql/given.ts'
import type { Database } from '../../harness/sql/tables.ts'
import { makeUnseen } from './data.ts'
import type { RawRow } from './oracle.ts'

/** Makes shipments_raw with the exercise's sample, or with the given rows. */
export async function fill(
  db: Database,
  exercise: Exercise,
  rows: 'the sample' | RawRow[],
): Promise<void> {
  if (rows !== 'the sample') return fillDatabase(db, exercise, { shipments_raw: rows })
  await db.query(givenFile(exercise, 'schema.sql'))
  await db.query(givenFile(exercise, 'sample.sql'))
}

/** For `npm run db -- sql-normalise --seed <n>`: the unseen rows of a run with that seed. */
export function fillUnseen(db: Database, exercise: Exercise, seed: number): Promise<void> {
  return fill(db, exercise, makeUnseen(seed))
}
