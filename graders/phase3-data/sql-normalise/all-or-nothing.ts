import { expect } from 'vitest'
import { note, nth, proxy, runSqlScript, type Submission, stopAt } from '../../harness/index.ts'
import { splitSql } from '../../harness/subjects/sql-script.ts'
import { refused, SECONDS, type World } from './world.ts'

/** What a database is made of, a line for each thing, and how many rows of which text its tables hold. */
export type State = { things: string[]; rows: string[] }

/** Everything outside PostgreSQL's own schemas. */
export async function stateOf({ ask }: World): Promise<State> {
  const things = await ask(`
    with mine as (
      select oid, nspname from pg_namespace
      where nspname !~ '^pg_' and nspname <> 'information_schema'
    ), relations as (
      select c.oid, c.relkind, format('%I.%I', nspname, relname) as name
      from pg_class c join mine on mine.oid = relnamespace
    )
    select 'the schema ' || nspname as thing from mine
    union all
    select case relkind when 'v' then 'the view ' when 'S' then 'the sequence ' else 'the table ' end || name
    from relations where relkind in ('r', 'p', 'v', 'm', 'S')
    union all
    select format('the column %s.%I %s%s', name, attname, format_type(atttypid, atttypmod),
                  case when attnotnull then ' not null' end)
    from pg_attribute join relations on relations.oid = attrelid
    where attnum > 0 and relkind in ('r', 'p', 'v', 'm')
    union all
    select 'the index ' || pg_get_indexdef(indexrelid)
    from pg_index join relations on relations.oid = indrelid
    union all
    select format('the constraint %I: %s', conname, pg_get_constraintdef(pg_constraint.oid))
    from pg_constraint join mine on mine.oid = connamespace
    union all
    select format('the trigger %I on %s', tgname, name)
    from pg_trigger join relations on relations.oid = tgrelid where not tgisinternal
    union all
    select format('the function %I.%I', nspname, proname) from pg_proc join mine on mine.oid = pronamespace
    order by thing limit 3000`)
  const tables = await ask(
    `select format('%I.%I', nspname, relname) as name
     from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind = 'r' and nspname !~ '^pg_' and nspname <> 'information_schema'
     order by name limit 100`,
  )
  const rows: string[] = []
  for (const { name } of tables) {
    const texts = await ask(`select left(t::text, 500) as row from ${name} as t limit 5000`)
    rows.push(...texts.map(({ row }) => `in ${name} the row ${row}`).sort())
  }
  return { things: things.map(({ thing }) => thing ?? ''), rows }
}

const all = ({ things, rows }: State): string[] => [...things, ...rows]

/** Ids may come out another way each time, so rows are only counted. */
const isLike = (one: State, other: State): boolean =>
  one.rows.length === other.rows.length &&
  JSON.stringify(one.things) === JSON.stringify(other.things)

/** What is in one state and not in the other: tables and the like before what belongs to them. */
function firstOf(title: string, these: string[], those: string[]): string[] {
  const known = new Set(those)
  const lines = these.filter((line) => !known.has(line))
  const large = lines.filter((line) => /^the (schema|table|view|function)/.test(line))
  const [first] = [large, lines].filter(({ length }) => length > 0)
  if (!first) return []
  return [`${title}: ${first.slice(0, 3).join('; ')}${first.length > 3 ? '; …' : ''}`]
}

/** Other sessions of the learner's role that are still there: a cut one needs a moment to be undone. */
async function othersOf({ ask }: World): Promise<number> {
  const [row] = await ask(
    `select count(*) as others from pg_stat_activity
     where datname = current_database() and usename = session_user and pid <> pg_backend_pid()`,
  )
  return Number(row?.others)
}

/** How many statements a script's session begins with before the script itself. */
async function statementsBefore(world: World): Promise<number> {
  const between = await proxy(world.db.url)
  const all = await between.during(() => runSqlScript(between.url, 'one statement', 'select 1'))
  return all.length - 1
}

/**
 * Where a script of so many statements is cut: before each of the first twenty and of the last ten, where
 * what stands outside a transaction mostly stands, and some between: a long one must not take minutes. The
 * last place is behind the script.
 */
function placesIn(statements: number): number[] {
  const all = Array.from({ length: statements + 1 }, (_, index) => index + 1)
  return all.filter((at) => at <= 20 || at % 5 === 0 || at > statements - 10)
}

/**
 * Cuts the connection before each statement of a script, run after run, until the script ends before
 * it is cut. Each time the database must be as it was before, or, where only housekeeping is left after
 * the COMMIT, as it is after the whole script.
 * @param done the state after the whole script
 */
export async function expectAllOrNothing(
  submission: Submission,
  world: World,
  file: 'up.sql' | 'down.sql',
  done: () => Promise<State>,
): Promise<void> {
  const text = submission.readText(file)
  const settings = await statementsBefore(world)
  const before = await stateOf(world)
  for (const at of placesIn(splitSql(text).length)) {
    const between = await proxy(world.db.url)
    const {
      at: cutAt,
      work,
      release,
    } = await stopAt(between, nth(settings + at), () =>
      runSqlScript(between.url, file, text, { seconds: SECONDS }).catch((error) => {
        throw refused(error, `${file} could not be run`)
      }),
    )
    between.cut()
    const { error } = await work
    release()
    if (!cutAt) {
      if (error) throw error
      return
    }
    await expect.poll(() => othersOf(world), { timeout: 20_000, interval: 5 }).toBe(0)
    const after = await stateOf(world)
    if (JSON.stringify(after) === JSON.stringify(before)) continue
    if (isLike(after, await done())) return
    const line = cutAt.text.replace(/--.*/g, '').replace(/\s+/g, ' ').trim().slice(0, 80)
    const found = [
      ...firstOf('gone', all(before), all(after)),
      ...firstOf('new', all(after), all(before)),
    ].join('\n  ')
    note(`${file} was cut off`, `before its statement ${at}: ${line}`)
    expect.fail(
      `${file} must happen as a whole or not at all. The connection was cut before its statement ${at}, which begins\n  ${line}\nThen the database is neither as before nor as it should be after ${file}:\n  ${found}`,
    )
  }
}
