import { randomBytes } from 'node:crypto'
import type { Db, Document, MongoClient } from 'mongodb'
import type { Opened, RunningService } from './types.ts'

/** A database of the grader's own on MongoDB, empty at first. */
export type MongoDatabase = {
  /** For the subject: `mongodb://user:password@host:port/database?…`, a user of this database alone. */
  url: string
  name: string
  /** The grader's own connection to the same database. */
  db: Db
  /** Set where another program stands in for MongoDB, in the kit's own CI alone: its name. */
  standIn?: string
  /**
   * Tells what was asked of the database while `action` ran: the profiler's documents, oldest first,
   * without the grader's own. Needs MongoDB itself: call `requireReal('the profiler')` first.
   */
  profile(action: () => Promise<unknown>): Promise<Document[]>
}

const OWN_NAME = 'roadworks-grader'

/** Room for what the profiler writes down during one action. */
const PROFILE_BYTES = 32 * 1024 ** 2

/** Before MongoDB 7 it is an error to drop what is not there. */
function ignoreMissing(error: { codeName?: string }): void {
  if (error.codeName !== 'NamespaceNotFound') throw error
}

async function connect(url: string): Promise<MongoClient> {
  // Loaded where it is used: graders without MongoDB should not wait for it.
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: 10_000,
    directConnection: true,
    appName: OWN_NAME,
  })
  return client.connect()
}

/**
 * Makes a fresh, isolated database on a server.
 * @param name of the database and of the user who may read and write it
 */
export async function openMongoDb(
  service: RunningService,
  name: string,
): Promise<Opened<MongoDatabase>> {
  const { standIn } = service
  const admin = await connect(service.url)
  const db = admin.db(name)
  const url = new URL(service.url)
  url.pathname = `/${name}`
  const password = randomBytes(12).toString('hex')
  await db.command({ createUser: name, pwd: password, roles: ['readWrite', 'dbAdmin'] })
  url.username = name
  url.password = password
  url.search = `?authSource=${name}&directConnection=true`
  const database: MongoDatabase = {
    url: url.href,
    name,
    db,
    standIn,
    async profile(action) {
      await db.command({ profile: 0 })
      await db.collection('system.profile').drop().catch(ignoreMissing)
      // By itself it is as large as 1 MB, and forgets what comes first.
      await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES })
      await db.command({ profile: 2 })
      try {
        await action()
      } finally {
        await db.command({ profile: 0 })
      }
      return db
        .collection('system.profile')
        .find({ appName: { $ne: OWN_NAME }, ns: { $ne: `${name}.system.profile` } })
        .sort({ ts: 1 })
        .toArray()
    },
  }
  return {
    database,
    async close() {
      await db.command({ dropAllUsersFromDatabase: 1 })
      await db.dropDatabase()
      await admin.close()
    },
  }
}
