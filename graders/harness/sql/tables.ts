import type { PostgresDatabase } from '../services/postgres.ts'

/** What rows are put into and read from. */
export type Database = Pick<PostgresDatabase, 'query'>

/** The rows of a database, by table. Instants are `Date`, days are `YYYY-MM-DD`. */
export type Tables = Record<string, object[]>

/** A column that refers to a row of another table, or of its own. */
export type ForeignKey = {
  table: string
  column: string
  parent: string
  parentColumn: string
  nullable: boolean
}

/** What a database is made of. */
export type Schema = {
  /** Each table comes after those that it refers to. */
  tables: { name: string; columns: { name: string; type: string }[] }[]
  keys: ForeignKey[]
}

/** Reads from PostgreSQL's catalogue which tables there are. */
export async function readSchema(db: Database): Promise<Schema> {
  const columns = await db.query<{ table: string; name: string; type: string }>(
    `select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not a.attisdropped
     order by c.relname, a.attnum`,
  )
  const keys = await db.query<ForeignKey>(
    `select child.relname as table, a.attname as column, parent.relname as parent,
            b.attname as "parentColumn", not a.attnotnull as nullable
     from pg_constraint k
     join pg_class child on child.oid = k.conrelid
     join pg_class parent on parent.oid = k.confrelid
     join pg_attribute a on a.attrelid = child.oid and a.attnum = k.conkey[1]
     join pg_attribute b on b.attrelid = parent.oid and b.attnum = k.confkey[1]
     where k.contype = 'f' and k.connamespace = 'public'::regnamespace
     order by child.relname, a.attnum`,
  )
  const byTable = Map.groupBy(columns.rows, ({ table }) => table)
  const rest = new Set(byTable.keys())
  const ready = (name: string) =>
    keys.rows.every((key) => key.table !== name || key.parent === name || !rest.has(key.parent))
  const tables: Schema['tables'] = []
  while (rest.size > 0) {
    const name = [...rest].find(ready)
    if (name === undefined) throw new Error(`foreign keys run in a circle: ${[...rest].join(', ')}`)
    rest.delete(name)
    tables.push({ name, columns: byTable.get(name)!.map(({ name, type }) => ({ name, type })) })
  }
  return { tables, keys: keys.rows }
}

/** Reads every row. */
export async function readTables(db: Database, { tables }: Schema): Promise<Tables> {
  const read: Tables = {}
  for (const { name, columns } of tables) {
    // The driver would make a day an instant of the grader's own time zone.
    const list = columns.map(({ name, type }) => (type === 'date' ? `${name}::text` : name))
    read[name] = (await db.query(`select ${list.join(', ')} from ${name}`)).rows
  }
  return read
}

/** SQL that inserts these rows. */
function insertsOf({ tables }: Schema, rows: Tables): string[] {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  return tables
    .filter(({ name }) => (rows[name] ?? []).length > 0)
    .map(({ name }) => {
      const json = quoted(JSON.stringify(rows[name]))
      return `insert into ${name} select * from json_populate_recordset(null::${name}, ${json})`
    })
}

/** Puts rows in the place of those that are there. */
export async function replaceTables(db: Database, schema: Schema, rows: Tables): Promise<void> {
  const names = schema.tables.map(({ name }) => name).join(', ')
  // In one message, which is one transaction.
  await db.query([`truncate ${names}`, ...insertsOf(schema, rows)].join(';\n'))
}

/** The same for few rows in the place of few: to delete them is faster than to truncate. */
export async function refillTables(db: Database, schema: Schema, rows: Tables): Promise<void> {
  const deletes = schema.tables.toReversed().map(({ name }) => `delete from ${name}`)
  await db.query([...deletes, ...insertsOf(schema, rows)].join(';\n'))
}
