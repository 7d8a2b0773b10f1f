import type { Exercise } from '../../harness/exercise.ts'
import { Fresh } from '../../harness/fresh.ts'
import { fillDatabase } from '../../harness/sql/given.ts'
import type { Database } from '../../harness/sql/tables.ts'
import { makeUnseen } from './data.ts'
import type { World } from './oracle.ts'

/** The unseen rows of a run with this seed. */
export function drawUnseen(seed: number): World {
  return makeUnseen(new Fresh(seed, 'sql-writes: unseen rows'))
}

/** For `npm run db -- sql-writes --seed <n>`: the tables, with the unseen rows of a run with that seed. */
export function fillUnseen(db: Database, exercise: Exercise, seed: number): Promise<void> {
  return fillDatabase(db, exercise, drawUnseen(seed))
}
