import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { givenFile } from '../../../graders/harness/sql/given.ts'

/** What rows can be put into: a database of PostgreSQL or MariaDB. */
export type SqlDatabase = { query(sql: string): Promise<unknown> }

/** What `graders/<phase>/<slug>/database.ts` may export. */
export type DatabaseModule = {
  /** Makes the tables and the rows that a grading with this seed uses beside the published ones. */
  fillUnseen(db: SqlDatabase, exercise: Exercise, seed: number): Promise<void>
  /**
   * Makes the tables and rows that the exercise publishes, where that is more than to run schema.sql
   * and sample.sql.
   * @returns what is in the database, to complete "with …"
   */
  fillPublished?(db: SqlDatabase, exercise: Exercise): Promise<string>
}

/** The exercise's rows drawn from a seed; undefined where it has none. */
export async function readDatabaseModule(exercise: Exercise): Promise<DatabaseModule | undefined> {
  const file = path.join(exercise.grader, 'database.ts')
  if (!existsSync(file)) return undefined
  return (await import(pathToFileURL(file).href)) as DatabaseModule
}

/** The files that make the published tables and rows, as they were given: learners may change theirs. */
function publishedFiles(exercise: Exercise): string[] {
  const folder = path.join(exercise.grader, 'starter')
  return ['schema.sql', 'sample.sql'].filter((name) => existsSync(path.join(folder, name)))
}

/**
 * Makes the tables and rows that the exercise publishes.
 * @returns what is in the database, in words
 */
export async function fillPublished(db: SqlDatabase, exercise: Exercise): Promise<string> {
  const own = await readDatabaseModule(exercise)
  if (own?.fillPublished) return `with ${await own.fillPublished(db, exercise)}`
  const files = publishedFiles(exercise)
  for (const name of files) {
    await db.query(givenFile(exercise, name))
  }
  return files.length > 0 ? `with ${files.join(' and ')}` : 'empty'
}
