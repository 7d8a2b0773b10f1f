import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import {
  Fresh,
  type PostgresDatabase,
  postgres,
  requireService,
  type ServerSubject,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'
import type { Role } from './matrix.ts'
import { Tokens } from './tokens.ts'

export type Person = {
  /** The same in every program. */
  key: string
  id: string
  name: unknown
  roles: readonly Role[]
  /** Roles never change: so there is always somebody for each cell of the matrix. */
  stays: boolean
}

export type Parcel = {
  key: string
  id: string
  customerId: string
  courierId: string | null
  address: unknown
  status: string
  /** Neither deleted nor given to another courier: so everybody keeps some of their own. */
  stays: boolean
}

/** All that the tables hold. */
export type Office = {
  users: Map<string, Person>
  parcels: Map<string, Parcel>
  /** The last request may have changed something. */
  hasWritten?: boolean
}

/** Ids of what servers make begin here; below are those of the grader. */
const FIRST_MADE = 1000

/** The database with the tables of the exercise, and two copies of the server on it. */
export type World = {
  db: PostgresDatabase
  tokens: Tokens
  /** Two copies that tests share; another two after a test that failed. */
  copies(): Promise<ServerSubject[]>
  /** Starts a copy. @param url of the database, or of a proxy to it */
  start(url?: string): Promise<ServerSubject>
  /** Starts two copies. */
  startTwo(): Promise<ServerSubject[]>
  /** Empties the tables and fills them with these rows. */
  fill(office: Office): Promise<void>
}

async function openDatabase(submission: Submission): Promise<PostgresDatabase> {
  const db = await postgres()
  const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
  await db.query(readFileSync(schema, 'utf8'))
  await db.query("set lock_timeout = '20s'")
  return db
}

async function fill(db: PostgresDatabase, { users, parcels }: Office): Promise<void> {
  const people = JSON.stringify([...users.values()])
  const things = JSON.stringify([...parcels.values()])
  try {
    await db.query('delete from parcels; delete from user_roles; delete from users')
    await db.query(
      'insert into users (id, name) select id, name from jsonb_to_recordset($1) as x(id int, name text)',
      [people],
    )
    await db.query(
      `insert into user_roles (user_id, role)
       select id, jsonb_array_elements_text(roles) from jsonb_to_recordset($1) as x(id int, roles jsonb)`,
      [people],
    )
    await db.query(
      `insert into parcels (id, customer_id, courier_id, address, status)
       select id, "customerId", "courierId", address, status from jsonb_to_recordset($1)
         as x(id int, "customerId" int, "courierId" int, address text, status text)`,
      [things],
    )
    await db.query(
      `select setval(pg_get_serial_sequence(name, 'id'), ${FIRST_MADE}, false)
       from unnest(array['users', 'parcels']) as name`,
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
  const allTokens = shared(
    async () => new Tokens(new Fresh(submission.seed, 'authz-roles: secret')),
  )
  const database = shared(() => openDatabase(submission))
  const start = async (url?: string) =>
    submission.startServer({
      env: { DATABASE_URL: url ?? (await database()).url, JWT_SECRET: (await allTokens()).secret },
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
      tokens: await allTokens(),
      copies,
      start,
      startTwo,
      fill: (office) => fill(db, office),
    }
  }
}
