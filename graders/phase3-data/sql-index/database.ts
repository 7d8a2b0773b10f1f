import type { Exercise } from '../../harness/exercise.ts'
import { Fresh } from '../../harness/fresh.ts'
import { givenFile } from '../../harness/sql/given.ts'
import type { Database } from '../../harness/sql/tables.ts'
import { fillVariables } from './variables.ts'

/** Makes the tables, and the 100,000 parcels and 200,000 scans of data.sql with its `seed`. */
export async function fillMany(db: Database, exercise: Exercise, seed: number): Promise<void> {
  await db.query(givenFile(exercise, 'schema.sql'))
  await db.query(fillVariables(givenFile(exercise, 'data.sql'), { seed }))
}

/** What a run with this seed draws for its many rows: first the `seed` of data.sql. */
export function drawMany(runSeed: number): { fresh: Fresh; seed: number } {
  const fresh = new Fresh(runSeed, 'sql-index: many rows')
  return { fresh, seed: fresh.int(1, 1_000_000) }
}

/** For `npm run db -- sql-index --seed <n>`: the many rows of a run with that seed. */
export function fillUnseen(db: Database, exercise: Exercise, seed: number): Promise<void> {
  return fillMany(db, exercise, drawMany(seed).seed)
}

/** For `npm run db sql-index`: what the README shows. */
export async function fillPublished(db: Database, exercise: Exercise): Promise<string> {
  await fillMany(db, exercise, 1)
  return 'schema.sql and data.sql (seed 1)'
}
