import type { Exercise } from '../../harness/exercise.ts'
import { fillDatabase } from '../../harness/sql/given.ts'
import type { Database } from '../../harness/sql/tables.ts'
import { unseenRows } from './data.ts'

/** For `npm run db -- sql-joins --seed <n>`: the tables, with the unseen rows of a run with that seed. */
export function fillUnseen(db: Database, exercise: Exercise, seed: number): Promise<void> {
  return fillDatabase(db, exercise, unseenRows(seed))
}
