import { skipRunningTest } from '../submission.ts'
import { type MongoDatabase as Database, openMongoDb } from './mongodb-database.ts'
import { take } from './take.ts'

/** A database of the grader's own on MongoDB, empty at first. */
export type MongoDatabase = Database & {
  /**
   * Marks the running test `not run` where another program stands in for MongoDB.
   * @param what the test needs that the stand-in lacks, such as `the profiler`
   */
  requireReal(what: string): void
}

/**
 * Makes a fresh, isolated database on MongoDB; it is dropped with the test, or with the file where
 * it was made outside a test. Where there is no MongoDB the running test is marked `not run`.
 */
export async function mongodb(): Promise<MongoDatabase> {
  const database = await take('mongodb', 'db', openMongoDb)
  const { standIn } = database
  return {
    ...database,
    requireReal(what) {
      if (standIn) skipRunningTest(`needs MongoDB itself for ${what}; ${standIn} stands in for it.`)
    },
  }
}
