import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Opened, RunningService } from './types.ts'

/** How many logical databases a server has, unless it was set up otherwise. */
export const DATABASES = 16

/** The key, in database 0, that says who has a logical database. */
export const databaseLock = (index: number): string => `roadworks:database:${index}`

/** A logical database of the grader's own, empty at first. */
export type RedisDatabase = {
  /**
   * For the subject: a user without administrative commands (FLUSHALL, CONFIG, SHUTDOWN …), on a
   * logical database of its own. KEYS, SCAN, INFO and FLUSHDB are allowed.
   */
  url: string
  /** The grader's own connection to the same logical database. */
  client: Redis
  /** P-PEEK: every key with its type, time to live in ms (-1: for ever) and size in bytes. */
  keys(): Promise<{ key: string; type: string; ttl: number; bytes: number }[]>
}

async function connect(url: string, db = 0): Promise<Redis> {
  // Loaded where it is used: graders without Redis should not wait for it.
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, { db, maxRetriesPerRequest: 2, connectTimeout: 10_000 })
  redis.on('error', () => {}) // a server that dies is reported by the command that meets it
  return redis
}

/** A script of a subject's that runs for ever keeps everybody waiting, until it is killed. */
async function endScripts(admin: Redis): Promise<void> {
  const busy = (error: Error) => /^BUSY/.test(error.message)
  const waits = await admin.ping().then(() => false, busy)
  if (!waits) return
  await admin.script('KILL').catch(() => {})
  await admin.call('FUNCTION', 'KILL').catch(() => {})
}

async function takeDatabase(admin: Redis, owner: string): Promise<number> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    for (let index = 1; index < DATABASES; index++) {
      const taken = await admin.set(databaseLock(index), owner, 'EX', 7200, 'NX')
      if (taken === 'OK') return index
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('All logical databases of this Redis are in use by other grading runs.')
}

/**
 * Takes a free logical database of a server, and empties it.
 * @param user the name of the user who may use it
 */
export async function openRedis(
  service: RunningService,
  user: string,
): Promise<Opened<RedisDatabase>> {
  const admin = await connect(service.url)
  const index = await takeDatabase(admin, user)
  const client = await connect(service.url, index)
  await client.flushdb()
  const password = randomBytes(12).toString('hex')
  const rights = [
    '~*',
    '&*',
    '+@all',
    '-@admin',
    '-@dangerous',
    // They reach into other logical databases.
    '-move',
    '-copy',
    '-select',
    `+select|${index}`,
    '+info',
    '+keys',
    '+flushdb',
    '+sort',
  ]
  await admin.call('ACL', 'SETUSER', user, 'reset', 'on', `>${password}`, ...rights)
  const url = new URL(service.url)
  url.username = user
  url.password = password
  url.pathname = `/${index}`
  const database: RedisDatabase = {
    url: url.href,
    client,
    async keys() {
      const names: string[] = []
      for await (const batch of client.scanStream({ count: 1000 }))
        names.push(...(batch as string[]))
      const rows = await Promise.all(
        [...new Set(names)].map(async (key) => ({
          key,
          type: await client.type(key),
          ttl: await client.pttl(key),
          bytes: ((await client.call('MEMORY', 'USAGE', key)) as number | null) ?? 0,
        })),
      )
      // A key that ran out between the scan and the question is no key any more.
      return rows.filter((row) => row.type !== 'none')
    },
  }
  return {
    database,
    async close() {
      await endScripts(admin)
      await client.flushdb()
      client.disconnect()
      await admin.call('ACL', 'DELUSER', user)
      await admin.del(databaseLock(index))
      admin.disconnect()
    },
  }
}
