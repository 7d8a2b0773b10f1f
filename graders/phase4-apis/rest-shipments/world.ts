import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import {
  type PostgresDatabase,
  postgres,
  requireService,
  type ServerSubject,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'

/** Both are off by a part of an hour, and on different sides of UTC. */
const SERVER_ZONE = 'America/St_Johns'
const DATABASE_ZONE = 'Asia/Kathmandu'

/** The database with the tables of the exercise, and two copies of the server on it. */
export type World = {
  db: PostgresDatabase
  /** Two copies that tests share; another two after a test that failed. */
  copies(): Promise<ServerSubject[]>
  /** Starts a copy. @param url of the database, or of a proxy to it */
  start(url?: string): Promise<ServerSubject>
  /** Starts two copies. */
  startTwo(): Promise<ServerSubject[]>
  /** Deletes all rows. */
  empty(): Promise<void>
}

async function openDatabase(submission: Submission): Promise<PostgresDatabase> {
  const db = await postgres({ timezone: DATABASE_ZONE })
  const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
  await db.query(readFileSync(schema, 'utf8'))
  await db.query("set lock_timeout = '20s'")
  return db
}

/** Returns what gives a test the world that all tests of the file share. */
export function openWorld(submission: Submission): () => Promise<World> {
  const database = shared(() => openDatabase(submission))
  const start = async (url?: string) =>
    submission.startServer({
      env: { DATABASE_URL: url ?? (await database()).url, TZ: SERVER_ZONE },
    })
  const startTwo = () => Promise.all([start(), start()])
  const copies = sharedUntilFailure(
    startTwo,
    async (servers) => void (await Promise.all(servers.map((server) => server.kill()))),
  )
  return async () => {
    requireService('postgres')
    const db = await database()
    return {
      db,
      copies,
      start,
      startTwo,
      async empty() {
        // Not `truncate`, which would wait for everybody who has as much as read.
        await db.query('delete from scans; delete from shipments').catch((error) => {
          if (error.code === '55P03') {
            expect.fail('the server has answered, but still locks rows in a transaction')
          }
          // Nobody but the program could have dropped or changed the tables.
          if (error.code === '42P01') {
            expect.fail(`the tables are not as schema.sql makes them: ${error.message}`)
          }
          throw error
        })
      },
    }
  }
}
