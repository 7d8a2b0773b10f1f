import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { Opened, RunningService } from './types.ts'

/** A database of the grader's own, empty at first. */
export type PostgresDatabase = {
  /** For the subject: a role that owns this database and nothing else, and is no superuser. */
  url: string
  /** The same for a role that may read every table, and write none. */
  readerUrl: string
  /** The same for a role that may change the rows of every table, but make, alter or drop none. */
  writerUrl: string
  name: string
  /** The server's major version, such as 18. */
  major: number
  /** Runs SQL for the grader; what it creates belongs to the subject's role. */
  query<R extends pg.QueryResultRow = any>(
    sql: string,
    values?: unknown[],
  ): Promise<pg.QueryResult<R>>
  /** P-PEEK, P-LEAK: every row of every table outside the system schemas, as text. */
  dump(): Promise<string>
  /** How many connections to this database wait for a lock that a transaction holds. */
  waiting(): Promise<number>
}

function withDatabase(base: string, database: string, user?: string, password?: string): string {
  const url = new URL(base)
  url.pathname = `/${database}`
  if (user !== undefined) {
    url.username = user
    url.password = password ?? ''
  }
  return url.href
}

async function connected(url: string): Promise<pg.Client> {
  // Loaded where it is used: graders without a database should not wait for it.
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {}) // a server that dies is reported by the query that meets it
  await client.connect()
  return client
}

/**
 * Makes a fresh, isolated database on a server.
 * @param name of the database and of the role that owns it
 * @param options.timezone P-TZ: the database's default time zone, such as `Asia/Kathmandu`
 */
export async function openPostgres(
  service: RunningService,
  name: string,
  options: { timezone?: string } = {},
): Promise<Opened<PostgresDatabase>> {
  const admin = await connected(service.url)
  const password = randomBytes(12).toString('hex')
  const reader = `${name}_r`
  const writer = `${name}_w`
  for (const role of [name, reader, writer]) {
    await admin.query(`create role "${role}" login password '${password}' connection limit 100`)
  }
  for (const role of [name, reader, writer]) {
    // A join gone wrong would fill the disk before its time runs out. Not every server allows it.
    await admin.query(`alter role "${role}" set temp_file_limit = '1GB'`).catch(() => {})
  }
  // A superuser of a managed server must be a member of the role it gives a database to.
  await admin.query(`grant "${name}" to current_user`)
  await admin.query(`create database "${name}" owner "${name}"`)
  await admin.query(`revoke all on database "${name}" from public`)
  await admin.query(`grant connect on database "${name}" to "${reader}"`)
  await admin.query(`grant connect, temporary on database "${name}" to "${writer}"`)
  if (options.timezone) {
    await admin.query(`alter database "${name}" set timezone to '${options.timezone}'`)
  }
  const own = await connected(withDatabase(service.url, name))
  // Before PostgreSQL 15 everybody might create tables here.
  await own.query('revoke create on schema public from public')
  await own.query(`grant create on schema public to "${name}"`)
  await own.query(`set role "${name}"`)
  await own.query(`alter default privileges grant select on tables to "${reader}"`)
  await own.query(
    `alter default privileges grant select, insert, update, delete on tables to "${writer}"`,
  )
  await own.query(`alter default privileges grant usage, select on sequences to "${writer}"`)
  const database: PostgresDatabase = {
    name,
    major: Number.parseInt(service.version, 10),
    url: withDatabase(service.url, name, name, password),
    readerUrl: withDatabase(service.url, name, reader, password),
    writerUrl: withDatabase(service.url, name, writer, password),
    query: (sql, values) => own.query(sql, values as unknown[]),
    async dump() {
      const tables = await own.query(
        `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      )
      const texts = []
      for (const { name: table } of tables.rows) {
        const { rows } = await own.query(`select t::text as row from ${table} t`)
        texts.push(`${table}\n${rows.map(({ row }) => row).join('\n')}`)
      }
      return texts.join('\n\n')
    },
    async waiting() {
      // In a transaction the first look would be kept.
      await own.query('select pg_stat_clear_snapshot()')
      const { rows } = await own.query(
        `select count(*)::int as count from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows[0].count
    },
  }
  return {
    database,
    async close() {
      await own.end()
      await admin.query(`drop database if exists "${name}" with (force)`)
      for (const role of [reader, writer, name]) await admin.query(`drop role if exists "${role}"`)
      await admin.end()
    },
  }
}
