import { randomBytes } from 'node:crypto'
import type { Connection } from 'mariadb'
import type { Opened, RunningService } from './types.ts'

/** A database of the grader's own on MariaDB, empty at first. */
export type MariaDbDatabase = {
  /**
   * For the subject: `mariadb://user:password@host:port/database`, a user with all rights on this
   * database and none on others.
   */
  url: string
  name: string
  /**
   * Runs one statement for the grader, in this database. Whole numbers that a JavaScript number
   * cannot hold come as texts, and so do dates, as MariaDB prints them; give dates as texts, too, for
   * the driver would write a `Date` as the clock of this machine shows it.
   */
  query<R = any>(sql: string, values?: unknown[]): Promise<R[]>
  /** P-PEEK, P-LEAK: every row of every table, as text. */
  dump(): Promise<string>
}

/** Where a URL leads and who is to log in, as the driver wants it. */
export function addressOf(url: string) {
  const { hostname, port, username, password } = new URL(url)
  return {
    host: hostname,
    port: Number(port) || 3306,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
}

async function connect(base: string, database?: string): Promise<Connection> {
  // Loaded where it is used: graders without MariaDB should not wait for it.
  const { createConnection } = await import('mariadb')
  const client = await createConnection({
    ...addressOf(base),
    database,
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    connectTimeout: 10_000,
    supportBigNumbers: true,
    bigNumberStrings: false,
    insertIdAsNumber: true,
  })
  client.on('error', () => {}) // a server that dies is reported by the query that meets it
  return client
}

/**
 * Makes a fresh, isolated database on a server.
 * @param name of the database and of the user who has all rights on it
 */
export async function openMariaDb(
  service: RunningService,
  name: string,
): Promise<Opened<MariaDbDatabase>> {
  const admin = await connect(service.url)
  const password = randomBytes(12).toString('hex')
  await admin.query(`create database \`${name}\` character set utf8mb4`)
  await admin.query(
    `create user '${name}'@'%' identified by '${password}' with max_user_connections 100`,
  )
  // In the name of a database that is granted, an underscore would stand for any letter.
  const pattern = name.replaceAll('_', '\\_')
  await admin.query(`grant all privileges on \`${pattern}\`.* to '${name}'@'%'`)
  const own = await connect(service.url, name)
  const url = new URL(service.url)
  url.username = name
  url.password = password
  url.pathname = `/${name}`
  const database: MariaDbDatabase = {
    name,
    url: url.href,
    query: (sql, values) => own.query(sql, values),
    async dump() {
      const tables = await own.query(
        "select table_name as name from information_schema.tables where table_schema = ? and table_type = 'BASE TABLE'",
        [name],
      )
      const texts: string[] = []
      for (const { name: table } of tables as { name: string }[]) {
        const rows: unknown[] = await own.query(`select * from \`${table.replaceAll('`', '``')}\``)
        const lines = rows.map((row) =>
          JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
        )
        texts.push(`${table}\n${lines.join('\n')}`)
      }
      return texts.join('\n\n')
    },
  }
  return {
    database,
    async close() {
      await own.end()
      // What a killed program still runs would keep its locks, and the database with them.
      const rows: { id: number }[] = await admin.query(
        'select id from information_schema.processlist where user = ?',
        [name],
      )
      for (const { id } of rows) await admin.query(`kill ${Number(id)}`).catch(() => {})
      await admin.query(`drop database if exists \`${name}\``)
      await admin.query(`drop user if exists '${name}'@'%'`)
      await admin.end()
    },
  }
}
