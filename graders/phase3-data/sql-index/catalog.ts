import type { PostgresDatabase } from '../../harness/index.ts'
import { connectedAs } from './connection.ts'

/** Whatever is in a database but indexes, by name; the value changes when the thing does. */
export type Snapshot = Map<string, string>

// Statistics and the indexes of tables are left out, and what belongs to a table goes by its name.
const THINGS = `
  with own as (
    select c.*, c.oid::regclass::text as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind not in ('i', 'I')
  )
  select case relkind when 'r' then 'table' when 'v' then 'view' when 'm' then 'materialized view'
           when 'S' then 'sequence' when 'p' then 'partitioned table' else 'relation' end || ' ' || name as thing,
         concat_ws(' ', oid, relkind, relpersistence, reloptions, relrowsecurity, relforcerowsecurity, relacl,
                   relowner, relreplident, relam, reltablespace) as state
  from own
  union all
  select 'the storage of ' || name || ' (the table was rewritten)', pg_relation_filenode(oid)::text from own where relkind = 'r'
  union all
  select 'column ' || name || '.' || attname,
         -- The whole row: whatever can be set for a column, in whatever version.
         pg_attribute::text
  from own join pg_attribute on attrelid = own.oid where attnum > 0 and not attisdropped and relkind = 'r'
  union all
  select 'default of ' || name || ' ' || adnum, pg_get_expr(adbin, adrelid)
  from own join pg_attrdef on adrelid = own.oid
  union all
  select 'constraint ' || conname || ' of ' || name, pg_get_constraintdef(k.oid)
  from own join pg_constraint k on conrelid = own.oid
  union all
  select 'trigger ' || tgname || ' on ' || name, pg_get_triggerdef(t.oid)
  from own join pg_trigger t on tgrelid = own.oid where not tgisinternal
  union all
  select 'rule ' || rulename || ' on ' || name, pg_get_ruledef(w.oid)
  from own join pg_rewrite w on ev_class = own.oid where relkind <> 'v' and relkind <> 'm'
  union all
  select 'policy ' || polname || ' on ' || name, pg_get_expr(polqual, polrelid)
  from own join pg_policy on polrelid = own.oid
  union all
  select 'rights in the database', datacl::text from pg_database where datname = current_database()
  union all
  select 'extension ' || extname, extversion from pg_extension
  union all
  select 'function ' || p.oid::regprocedure, md5(prosrc)
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
  union all
  select 'setting of the ' || case when setdatabase = 0 then 'role' else 'database' end || ' ' || setting, ''
  from pg_db_role_setting, unnest(setconfig) as setting
  where setdatabase = (select oid from pg_database where datname = current_database())
     or setrole = current_role::regrole`

/** Asks the catalogue, where nothing that somebody has made can stand in for what PostgreSQL has. */
async function ask<R extends object>(db: PostgresDatabase, sql: string): Promise<R[]> {
  return connectedAs('owner', db, async (client) => {
    await client.query('set search_path = pg_catalog')
    return (await client.query<R>(sql)).rows
  })
}

/** Takes down what there is. */
export async function takeSnapshot(db: PostgresDatabase): Promise<Snapshot> {
  const things = await ask<{ thing: string; state: string | null }>(db, THINGS)
  return new Map(things.map(({ thing, state }) => [thing.replaceAll('public.', ''), state ?? '']))
}

/** What is not as it was, a line each, such as "new: materialized view totals". */
export function changesSince(before: Snapshot, after: Snapshot): string[] {
  const fresh = [...after.keys()].filter((thing) => !before.has(thing))
  const gone = [...before.keys()].filter((thing) => !after.has(thing))
  const other = [...before].filter(([thing, state]) => (after.get(thing) ?? state) !== state)
  return [
    ...fresh.map((thing) => `new: ${thing}`),
    ...gone.map((thing) => `gone: ${thing}`),
    ...other.map(([thing]) => `changed: ${thing}`),
  ]
}

export type Index = { name: string; bytes: number }

/** Every index, those of keys included. */
export async function listIndexes(db: PostgresDatabase): Promise<Index[]> {
  const indexes = await ask<{ name: string; bytes: string }>(
    db,
    `select indexrelid::regclass::text as name, pg_relation_size(indexrelid) as bytes
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by name`,
  )
  return indexes.map(({ name, bytes }) => ({
    name: name.replace('public.', ''),
    bytes: Number(bytes),
  }))
}

/** A fingerprint of the rows of each table. */
export async function fingerprint(db: PostgresDatabase): Promise<Record<string, string | null>> {
  const [prints] = await ask<Record<string, string | null>>(
    db,
    `select (select md5(string_agg(p::text, chr(10) order by id)) from public.parcels p) as parcels,
            (select md5(string_agg(s::text, chr(10) order by id)) from public.scans s) as scans`,
  )
  return prints!
}
