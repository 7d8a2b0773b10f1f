import pg from 'pg'
import { cleanup, type PostgresDatabase, type SqlScriptResult } from '../../harness/index.ts'

/** Another session at work on the tables, in a transaction that is open. */
export type Session = {
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** Begins a transaction in a session of its own, and leaves it open with all that it has locked. */
export async function begin(db: PostgresDatabase, statement: string): Promise<Session> {
  const client = new pg.Client({ connectionString: db.url })
  client.on('error', () => {})
  await client.connect()
  cleanup(() => client.end())
  await client.query(`begin; ${statement}`)
  return {
    commit: async () => void (await client.query('commit')),
    rollback: async () => void (await client.query('rollback')),
  }
}

const WAITING = `
  select count(distinct l.pid)::integer as waiting
  from pg_locks l join pg_stat_activity a using (pid)
  where not l.granted and a.datname = current_database()`

/** Long enough for any machine; a script that does neither is judged by what it does later. */
const PATIENCE_MS = 20_000

/** Waits until each of these runs has ended, or waits for somebody else's lock. */
export async function allStuck(
  db: PostgresDatabase,
  runs: Promise<SqlScriptResult>[],
): Promise<void> {
  let ended = 0
  const count = () => {
    ended += 1
  }
  for (const run of runs) run.then(count, count)
  const patience = performance.now() + PATIENCE_MS
  while (performance.now() < patience) {
    // Those that have ended first: one that ends after that is counted too seldom, never twice.
    const before = ended
    const { rows } = await db.query<{ waiting: number }>(WAITING)
    if (before + rows[0]!.waiting >= runs.length) return
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}
