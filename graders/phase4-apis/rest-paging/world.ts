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

/** A database with the table of the exercise, and servers that may only read it. */
export type World = {
  db: PostgresDatabase
  /** Two copies that tests share; another two after a test that failed. */
  copies(): Promise<ServerSubject[]>
  /** Starts a copy. */
  start(): Promise<ServerSubject>
  /** Deletes all rows. */
  empty(): Promise<void>
}

/** Opens a database with the table, and no server yet. */
export async function openDatabase(submission: Submission): Promise<World> {
  const db = await postgres({ timezone: DATABASE_ZONE })
  const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
  await db.query(readFileSync(schema, 'utf8'))
  await db.query("set lock_timeout = '20s'")
  const key = submission.fresh.string(24)
  const start = () =>
    submission.startServer({
      env: { DATABASE_URL: db.readerUrl, CURSOR_KEY: key, TZ: SERVER_ZONE },
    })
  return {
    db,
    start,
    copies: sharedUntilFailure(
      () => Promise.all([start(), start()]),
      async (servers) => void (await Promise.all(servers.map((server) => server.kill()))),
    ),
    async empty() {
      await db.query('delete from events').catch((error) => {
        if (error.code === '55P03') {
          expect.fail('the server has answered, but still locks rows in a transaction')
        }
        throw error
      })
    },
  }
}

/** Returns what gives a test the world that all tests of the file share. */
export function openWorld(submission: Submission): () => Promise<World> {
  const world = shared(() => openDatabase(submission))
  return async () => {
    requireService('postgres')
    return world()
  }
}
