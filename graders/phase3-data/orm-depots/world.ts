import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { expect, onTestFailed } from 'vitest'
import {
  cleanup,
  Fresh,
  type PostgresDatabase,
  postgres,
  proxy,
  requireService,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
  shared,
} from '../../harness/index.ts'
import { type Depot, maker, tablesOf } from './rows.ts'

/** One of the copies of the learner's server, and what stands between it and PostgreSQL. */
export type Copy = { name: string; server: ServerSubject; between: ServiceProxy }

/** Columns and constraints of the tables, a line each; and every row as text, by table. */
export type Snapshot = { shape: string[]; rows: Record<string, string[]> }

/** A parcel as the tables have it. */
export type StoredParcel = {
  depotId: number
  status: string
  weightKg: number
  priceCents: number
  version: number
  deleted: boolean
  tags: string[]
  /** How many scans of kind `moved` it has. */
  moves: number
}

export type ParcelContents = Omit<StoredParcel, 'moves'> & { code: string; kinds: string[] }

const TABLES = ['depots', 'tags', 'parcels', 'scans', 'parcel_tags']

/** Behind UTC until 2011, ahead of it since: whichever way a program mistakes a day, it shows. */
const SERVER_ZONE = 'Pacific/Apia'
const DATABASE_ZONE = 'Asia/Kathmandu'

/** Lines that were lost and lines that came, the first few of them. */
export function changesOf(before: string[], after: string[]): string[] {
  const lost = before.filter((line) => !after.includes(line)).map((line) => `lost: ${line}`)
  const came = after.filter((line) => !before.includes(line)).map((line) => `came: ${line}`)
  return [...lost.slice(0, 4), ...came.slice(0, 4)]
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The database with the tables of the exercise. */
export class World {
  readonly submission: Submission
  readonly db: PostgresDatabase
  /** The tables as schema.sql makes them. */
  #shape: string[] = []

  private constructor(submission: Submission, db: PostgresDatabase) {
    this.submission = submission
    this.db = db
  }

  static async open(submission: Submission): Promise<World> {
    const db = await postgres({ timezone: DATABASE_ZONE })
    await db.query("set lock_timeout = '20s'")
    return new World(submission, db)
  }

  /** Starts a copy of the learner's server. */
  async copy(name: string): Promise<Copy> {
    const between = await proxy(this.db.url)
    const server = await this.submission.startServer({
      env: { DATABASE_URL: between.url, TZ: SERVER_ZONE },
    })
    return { name, server, between }
  }

  // ------------------------------------------------------------ tables

  /** Makes the tables anew. */
  async build(): Promise<void> {
    const file = path.join(this.submission.exercise.grader, 'starter', 'schema.sql')
    await this.db.query(`drop table if exists ${TABLES.join(', ')} cascade`)
    await this.db.query(readFileSync(file, 'utf8'))
    this.#shape = await this.#readShape()
  }

  /** Puts these depots in the place of all that is there. */
  async fill(depots: Depot[]): Promise<void> {
    await this.expectShape()
    const tables = tablesOf(depots, new Fresh(this.submission.seed, 'orm-depots: order of rows'))
    const inserts = TABLES.map((name) => {
      const json = quoted(JSON.stringify(tables[name]))
      return `insert into ${name} select * from json_populate_recordset(null::${name}, ${json})`
    })
    const sequences = TABLES.slice(0, -1).map(
      (name) => `select setval(pg_get_serial_sequence('${name}', 'id'),
        greatest((select max(id) from ${name}), 1))`,
    )
    // Not `truncate`, which would wait for everybody who has as much as read.
    const deletes = TABLES.toReversed().map((name) => `delete from ${name}`)
    // In one message, which is one transaction.
    await this.db.query([...deletes, ...inserts, ...sequences].join(';\n')).catch((error) => {
      if (error.code !== '55P03') throw error
      expect.fail('the server has answered all requests, but still locks rows in a transaction')
    })
  }

  /** Fails where the tables are no longer those of schema.sql; to insert rows would be a gamble. */
  async expectShape(): Promise<void> {
    const message = 'changes of the tables, which must stay as schema.sql makes them (see C8)'
    expect(changesOf(this.#shape, await this.#readShape()), message).toEqual([])
  }

  async snapshot(): Promise<Snapshot> {
    return { shape: await this.#readShape(), rows: await this.rows() }
  }

  /** Every row as text, by table; none of a table that is gone. */
  async rows(): Promise<Record<string, string[]>> {
    const { rows: there } = await this.db.query<{ name: string }>(
      'select name from unnest($1::text[]) name where to_regclass(name) is not null',
      [TABLES],
    )
    const rows: Record<string, string[]> = Object.fromEntries(TABLES.map((name) => [name, []]))
    for (const { name } of there) {
      const sql = `select t::text as row from ${name} t order by 1`
      rows[name] = (await this.db.query<{ row: string }>(sql)).rows.map(({ row }) => row)
    }
    return rows
  }

  /** Columns and constraints of all tables there are, a line each. */
  async #readShape(): Promise<string[]> {
    const { rows } = await this.db.query<{ line: string }>(
      `with given as (
         select oid, relname from pg_class
         where relnamespace = 'public'::regnamespace and relkind = 'r'
       )
       select format('%s.%s %s%s%s%s', relname, attname, format_type(atttypid, atttypmod),
                     case when attnotnull then ' not null' end,
                     case when attidentity = 'd' then ' identity' end,
                     ' default ' || pg_get_expr(adbin, adrelid)) as line
       from given
       join pg_attribute on attrelid = given.oid and attnum > 0 and not attisdropped
       left join pg_attrdef on adrelid = given.oid and adnum = attnum
       union all
       select format('%s: %s', relname, pg_get_constraintdef(c.oid))
       from given join pg_constraint c on conrelid = given.oid
       order by 1`,
    )
    return rows.map(({ line }) => line)
  }

  // ------------------------------------------------------------ rows

  /** The parcel with this code; undefined where there is none. */
  async stored(code: string): Promise<StoredParcel | undefined> {
    const { rows } = await this.db.query<StoredParcel>(
      `select depot_id as "depotId", status, weight_kg::float8 as "weightKg",
              price_cents::float8 as "priceCents", version, deleted_at is not null as deleted,
              array(select name from tags join parcel_tags on tag_id = tags.id
                    where parcel_id = parcels.id order by name) as tags,
              (select count(*)::int from scans
               where parcel_id = parcels.id and kind = 'moved') as moves
       from parcels where code = $1`,
      [code],
    )
    return rows[0]
  }

  /** Every parcel, with the kinds of its scans and its tags; and the name of every tag. */
  async contents(): Promise<{ parcels: ParcelContents[]; tags: string[] }> {
    const { rows: parcels } = await this.db.query<ParcelContents>(
      `select code, depot_id as "depotId", status, weight_kg::float8 as "weightKg",
              price_cents::float8 as "priceCents", version, deleted_at is not null as deleted,
              array(select kind from scans where parcel_id = parcels.id) as kinds,
              array(select name from tags join parcel_tags on tag_id = tags.id
                    where parcel_id = parcels.id) as tags
       from parcels`,
    )
    const { rows: tags } = await this.db.query<{ name: string }>('select name from tags')
    return {
      // As JavaScript sorts, whatever the collation.
      parcels: parcels.map((row) => ({ ...row, kinds: row.kinds.sort(), tags: row.tags.sort() })),
      tags: tags.map(({ name }) => name),
    }
  }

  /** The process ids of all sessions in the database but our own. */
  async sessions(): Promise<number[]> {
    const { rows } = await this.db.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() order by pid`,
    )
    return rows.map(({ pid }) => pid)
  }

  /** Another program's connection to the database; it ends with the test. */
  async stranger(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.db.url })
    client.on('error', () => {}) // the database is dropped with force
    await client.connect()
    cleanup(() => client.end())
    return client
  }
}

/** A database with these depots that one test has to itself, without a copy of the server. */
export async function ownWorld(submission: Submission, depots: Depot[]): Promise<World> {
  requireService('postgres')
  const world = await World.open(submission)
  await world.build()
  await world.fill(depots)
  return world
}

/** What was in the database before a copy was started, and after. */
type Start = { name: string; before: Snapshot; after: Snapshot }

type Started = {
  a: Copy
  /** Starts a second copy, at the first call. */
  twin(): Promise<Copy>
  /** The starts so far. */
  starts: Start[]
  /** What the tables held when A was started. */
  first: Depot[]
}

/** Makes and fills the tables, and starts a copy of the server. */
async function startFirst(world: World): Promise<Started> {
  await world.build()
  const make = maker(new Fresh(world.submission.seed, 'orm-depots: first rows'))
  const first = [make.depot(make.parcels(3)), make.depot([make.parcel({ deleted: true })])]
  await world.fill(first)
  const starts: Start[] = []
  const start = async (name: string) => {
    const before = await world.snapshot()
    const copy = await world.copy(name)
    // Some libraries do nothing to the database until they need it.
    await copy.server.send({ path: '/depots' })
    starts.push({ name, before, after: await world.snapshot() })
    return copy
  }
  return { a: await start('A'), twin: shared(() => start('B')), starts, first }
}

/**
 * Gives tests a database and one or two copies to share, since starting them takes longer than most
 * tests. After a test that failed the next one gets new tables and new copies.
 */
export function sharedWorld(submission: Submission) {
  const world = shared(() => World.open(submission))
  let started: (() => Promise<Started>) | undefined
  const copies = new Set<Copy>()

  return {
    /** @param depots what the tables hold; whatever the last test left there by default */
    async calm(depots?: Depot[]): Promise<Started & { world: World }> {
      requireService('postgres')
      const here = await world()
      started ??= shared(() => startFirst(here))
      onTestFailed(async () => {
        started = undefined
        for (const copy of copies) {
          await copy.server.kill()
          copy.between.cut() // ends transactions that a stopped statement has left open
        }
        copies.clear()
      })
      const ready = await started()
      copies.add(ready.a)
      if (depots) await here.fill(depots)
      const twin = async () => {
        const copy = await ready.twin()
        copies.add(copy)
        return copy
      }
      return { world: here, ...ready, twin }
    },
  }
}
