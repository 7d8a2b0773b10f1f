import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../exercise.ts'
import { type Database, readSchema, replaceTables, type Tables } from './tables.ts'

/** A file that the exercise gives, as it was given: learners may have changed theirs. */
export function givenFile(exercise: Pick<Exercise, 'grader' | 'folder'>, name: string): string {
  const pristine = path.join(exercise.grader, 'starter', name)
  return readFileSync(existsSync(pristine) ? pristine : path.join(exercise.folder, name), 'utf8')
}

/** Makes the exercise's tables in an empty database, with these rows in them. */
export async function fillDatabase(
  db: Database,
  exercise: Pick<Exercise, 'grader' | 'folder'>,
  rows: Tables,
): Promise<void> {
  await db.query(givenFile(exercise, 'schema.sql'))
  await replaceTables(db, await readSchema(db), rows)
}
