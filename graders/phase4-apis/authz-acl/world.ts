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
import type { Perm, Person, Post } from './rights.ts'

/** The database with the tables of the exercise, and two copies of the server on it. */
export type World = {
  db: PostgresDatabase
  /** Two copies that tests share; another two after a test that failed. */
  copies(): Promise<ServerSubject[]>
  /** Starts a copy. @param url of the database, or of a proxy to it */
  start(url?: string): Promise<ServerSubject>
  /** Starts two copies. */
  startTwo(): Promise<ServerSubject[]>
  /** Empties the tables and fills them with these rows. */
  fill(post: Post): Promise<void>
  /** Gives a parcel these entries and no others, as another program may. */
  setEntries(parcel: string, entries: Map<string, Set<Perm>>): Promise<void>
}

/** The header by which a user is known. */
export const headersOf = ({ token }: Person): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
})

async function openDatabase(submission: Submission): Promise<PostgresDatabase> {
  const db = await postgres()
  const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
  await db.query(readFileSync(schema, 'utf8'))
  await db.query("set lock_timeout = '20s'")
  return db
}

/** Entries as rows of parcel_acl. */
const rowsOf = (parcel: string, entries: Map<string, Set<Perm>>) =>
  [...entries].flatMap(([to, perms]) => {
    const [kind, subject] = to.split(':')
    return [...perms].map((perm) => ({ parcel, kind, subject, perm }))
  })

const ENTRIES = `insert into parcel_acl (parcel_id, kind, subject_id, perm)
  select parcel, kind, subject, perm from jsonb_to_recordset($1)
    as x(parcel int, kind text, subject int, perm text)`

async function fill(db: PostgresDatabase, { users, groups, parcels }: Post): Promise<void> {
  const things = [...parcels.values()]
  const insert = (sql: string, rows: object[]) => db.query(sql, [JSON.stringify(rows)])
  try {
    await db.query(
      `delete from parcel_acl; delete from scans; delete from parcels;
       delete from group_members; delete from groups; delete from users`,
    )
    await insert(
      `insert into users (id, name, token) select id, name, token from jsonb_to_recordset($1)
         as x(id int, name text, token text)`,
      [...users.values()],
    )
    await insert(
      'insert into groups (id, name) select id, name from jsonb_to_recordset($1) as x(id int, name text)',
      [...groups.values()].map(({ id, name }) => ({ id, name })),
    )
    await insert(
      `insert into group_members (group_id, user_id) select "group", member from jsonb_to_recordset($1)
         as x("group" int, member int)`,
      [...groups.values()].flatMap(({ id, members }) =>
        [...members].map((member) => ({ group: id, member })),
      ),
    )
    await insert(
      `insert into parcels (id, owner_id, destination, label)
       select id, "ownerId", destination, label from jsonb_to_recordset($1)
         as x(id int, "ownerId" int, destination text, label text)`,
      things.map(({ id, ownerId, destination, label }) => ({ id, ownerId, destination, label })),
    )
    await insert(
      `insert into scans (id, parcel_id, place) select id, parcel, place from jsonb_to_recordset($1)
         as x(id int, parcel int, place text)`,
      things.flatMap(({ id, scans }) => scans.map((scan) => ({ ...scan, parcel: id }))),
    )
    await insert(
      ENTRIES,
      things.flatMap(({ id, entries }) => rowsOf(id, entries)),
    )
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === '55P03') {
      expect.fail('the server has answered, but still locks rows in a transaction')
    }
    // Nobody but the program could have changed the tables.
    if (code?.startsWith('42')) {
      expect.fail(`the tables are not as schema.sql makes them: ${message}`)
    }
    throw error
  }
}

/** Returns what gives a test the world that all tests of the file share. */
export function openWorld(submission: Submission): () => Promise<World> {
  const database = shared(() => openDatabase(submission))
  const start = async (url?: string) =>
    submission.startServer({ env: { DATABASE_URL: url ?? (await database()).url } })
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
      fill: (post) => fill(db, post),
      async setEntries(parcel, entries) {
        await db.query('delete from parcel_acl where parcel_id = $1', [parcel])
        await db.query(ENTRIES, [JSON.stringify(rowsOf(parcel, entries))])
      },
    }
  }
}
