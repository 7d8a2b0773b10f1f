import { loadModule, parseSync } from 'pgsql-parser'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { openPostgres, type PostgresDatabase } from '../services/postgres-database.ts'
import { startServices } from '../services/start.ts'
import { isRunning, type Services } from '../services/types.ts'
import { SubjectError } from './errors.ts'
import { mustRunSqlScript, runSqlScript, splitSql } from './sql-script.ts'

// -------------------------------------------------------------------------- the statements of a text

/** Texts that hide a semicolon, and the statements in each, or how many there are. */
const SPLIT: Record<string, [string, string[] | number]> = {
  'nothing at all': ['', []],
  'only comments': ['-- one; two\n/* three; /* four; */ five; */', []],
  'empty statements': [';; ;', []],
  'a last statement without a semicolon': ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
  'texts and names': [`SELECT ';', 'it''s;' AS "a;""b"; SELECT 2`, 2],
  'a text with backslashes': [String.raw`SELECT E'\';' || e'\\'; SELECT 'a\'; SELECT 3`, 3],
  'a comment between': ['SELECT 1 /* ; */ + 1; -- ;\nSELECT 2', 2],
  'quotes in comments': ["SELECT 1; -- it's\nSELECT 2; /* it's */ SELECT 3", 3],
  'dollar quotes': ['DO $$ BEGIN NULL; END $$; DO $x1$ BEGIN /* $$; */ NULL; END $x1$;', 2],
  'a dollar that quotes nothing': ['SELECT a$1$ FROM x$y; SELECT 2', 2],
  'parameters beside dollar quotes': ['SELECT $1; SELECT $2', 2],
  'umlauts before': ["SELECT 'žluťoučký 🐎;'; SELECT ö FROM ä", 2],
  'a function whose body is SQL': [
    'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT 3',
    2,
  ],
  'a transaction': ['BEGIN; UPDATE t SET n = 1; END; SELECT 1', 4],
  'a rule': ['CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3', 2],
  'line ends from Windows': ['SELECT 1;\r\n-- two\r\nSELECT 2;\r\n', 2],
}

describe('splitSql', () => {
  beforeAll(loadModule)

  test.each(Object.entries(SPLIT))('cuts %s where PostgreSQL does', (_name, [sql, wanted]) => {
    const texts = splitSql(sql).map(({ text }) => text.trim())
    if (Array.isArray(wanted)) expect(texts).toEqual(wanted)
    else expect(texts).toHaveLength(wanted)
    // PostgreSQL's own parser counts them, and takes each by itself as well.
    expect(texts).toHaveLength(sql.trim() === '' ? 0 : (parseSync(sql).stmts ?? []).length)
    for (const text of texts) expect(parseSync(text).stmts).toHaveLength(1)
  })

  test.each([
    ["SELECT 1; SELECT 'open; SELECT 2", ['SELECT 1', "SELECT 'open; SELECT 2"]],
    ['SELECT 1; /* open; SELECT 2', ['SELECT 1']],
    ['SELECT (1; SELECT 2', ['SELECT (1; SELECT 2']],
    ['SELECT 1); SELECT 2', ['SELECT 1)', 'SELECT 2']],
    ['DO $$ BEGIN; SELECT 2', ['DO $$ BEGIN; SELECT 2']],
  ])('leaves what is no SQL for PostgreSQL to refuse: %j', (sql, wanted) => {
    expect(splitSql(sql).map(({ text }) => text.trim())).toEqual(wanted)
  })

  test('tells where each statement and its first word begin', () => {
    const sql = 'SELECT 1;\n-- two\nSELECT 2'
    expect(splitSql(sql).map(({ at, token }) => [at, token])).toEqual([
      [0, 0],
      [9, sql.lastIndexOf('SELECT')],
    ])
  })

  test.each([
    '(',
    'e\\',
    "E'\\",
    'SELECT 1;',
    '/* ',
    '$a ',
    '$a$',
    '"',
    'create function f() begin ',
  ])('takes time in proportion to the text: %j, many times', (piece) => {
    // CPU time, and the least of several runs: neither counts what else the machine does.
    const cpuTime = (times: number, runs: number) => {
      const text = piece.repeat(times)
      const once = () => {
        const before = process.cpuUsage()
        splitSql(text)
        const { user, system } = process.cpuUsage(before)
        return user + system
      }
      return Math.min(...Array.from({ length: runs }, once))
    }
    cpuTime(1000, 20) // until it is compiled
    const [few, many] = [cpuTime(1000, 10), cpuTime(16 * 1000, 7)]
    // 16 times as long a text takes 16 times as long; were it the square, 256 times. What takes less
    // than a millisecond says little: a collection of garbage is as long.
    expect(many).toBeLessThan(64 * Math.max(few, 1000))
  })
})

// ------------------------------------------------------------------------------------------- running

describe('runSqlScript', () => {
  let services: Services
  let db: PostgresDatabase
  let close: () => Promise<void>

  beforeAll(async () => {
    services = await startServices(['postgres'], inject('roadworks'))
  })
  const open = async () => {
    const service = services.postgres
    if (!isRunning(service)) throw new Error(service?.missing)
    const name = `rw_${inject('roadworks').id.replace('-', '_')}_script`
    const opened = await openPostgres(service, name)
    close = opened.close
    db = opened.database
    await db.query('create table t (id integer primary key, n integer)')
  }
  beforeAll(open)
  afterAll(() => close())
  beforeEach(() => db.query('truncate t'))

  const run = (sql: string, options = {}) => runSqlScript(db.writerUrl, 'x.sql', sql, options)
  const ids = async () => (await db.query('select id from t order by id')).rows.map(({ id }) => id)
  const sessions = async () =>
    Number(
      (
        await db.query(
          'select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        )
      ).rows[0].count,
    )

  test('runs each statement as a transaction of its own, up to the first error', async () => {
    const { error, code, uncommitted } = await run(
      'insert into t values (1);\ninsert into t\n  values (1);\ninsert into t values (2)',
    )
    expect(await ids()).toEqual([1])
    expect({ code, uncommitted }).toEqual({ code: '23505', uncommitted: false })
    expect(error?.message).toBe(
      'x.sql, line 2: PostgreSQL says: duplicate key value violates unique constraint "t_pkey"\n' +
        'insert into t\n^\nKey (id)=(1) already exists.',
    )
  })

  test('undoes what a script has begun and not committed, and says so', async () => {
    expect(await run('begin; insert into t values (1)')).toMatchObject({ uncommitted: true })
    expect(await run('begin; insert into t values (2); rollback')).toMatchObject({
      uncommitted: false,
    })
    const half = await run(
      'begin; insert into t values (3); commit; begin; insert into t values (4); select 1 / 0; commit',
    )
    expect(half).toMatchObject({ code: '22012', uncommitted: false })
    expect(await ids()).toEqual([3])
  })

  test('keeps what ran before a syntax error, and shows where that is', async () => {
    const { error, code } = await run('insert into t values (1);\n\ninsert into t valuez (2);')
    expect(await ids()).toEqual([1])
    expect(code).toBe('42601')
    expect(error?.message).toMatch(
      /^x\.sql, line 3: .*valuez"\ninsert into t valuez \(2\);\n {14}\^$/,
    )
  })

  test('shows the place behind characters of several bytes', async () => {
    const { error } = await run("select 'žluťoučký 🐎';\nselect 'ö', nowhere")
    expect(error?.message).toMatch(/line 2: .*\nselect 'ö', nowhere\n {12}\^$/)
  })

  test.each(['', ' \n', '-- nothing; here', '/* nor; here', ';;', '\ufeff'])(
    'runs %j, which does nothing',
    async (sql) => {
      expect(await run(sql)).toEqual({ notices: [], uncommitted: false })
    },
  )

  test('runs blocks of PL/pgSQL, and shows what they raise', async () => {
    const { notices } = await mustRunSqlScript(
      db.writerUrl,
      'x.sql',
      "\ufeffdo $$ begin insert into t values (1); raise notice 'one; %', (select count(*) from t); end $$",
    )
    expect(notices).toEqual(['one; 1'])
    const { error, code } = await run(
      "select 1;\n\ndo $$\nbegin\n  insert into t values (2);\n  raise 'no; %', 2 using hint = 'ask';\nend $$",
    )
    expect(code).toBe('P0001')
    expect(error?.message).toBe(
      'x.sql, line 3: PostgreSQL says: no; 2 (ask)\ndo $$\n^\nIn the DO block: line 4 at RAISE',
    )
    expect(await ids()).toEqual([1])
  })

  test('leaves temporary tables behind nowhere', async () => {
    await mustRunSqlScript(
      db.writerUrl,
      'x.sql',
      'create temp table u as select 1; select * from u',
    )
    expect((await run('select * from u')).code).toBe('42P01')
  })

  test.each([
    ['set role postgres', /permission denied|does not exist/],
    ["copy t to program 'id'", /permission denied|must be superuser/],
    ["copy t from '/etc/passwd'", /permission denied|must be superuser/],
    ['copy t from stdin', /COPY from stdin failed/],
    ['copy t from stdin;\n1\t2\n\\.\n', /COPY from stdin failed/],
    ['create table u ()', /permission denied/],
    ['drop table t', /must be owner/],
    ['truncate t', /permission denied/],
    ['alter table t disable trigger all', /must be owner/],
    ['create function f() returns int language sql as $$ select 1 $$', /permission denied/],
    ["alter system set log_directory = '/tmp'", /permission denied/],
    ['\\set x 1\nselect 1', /line 1: \\set is a command of psql's/],
    ['select 1; \\q', /\\q is a command of psql's/],
    ['select 1;\0 select 2', /NUL/],
    ['select pg_terminate_backend(pg_backend_pid())', /terminating connection/],
    [`do $$ begin raise 'x' using errcode = '57014'; end $$`, /says: x\n/],
  ])('refuses %j', async (sql, message) => {
    const { error } = await run(sql)
    expect(error).toBeInstanceOf(SubjectError)
    expect(error?.message).toMatch(message)
    expect(error?.message).not.toMatch(/did not end/)
  })

  test.each([
    ['a statement', 'select pg_sleep(60)'],
    ['a statement without statement_timeout', 'set statement_timeout = 0; select pg_sleep(60)'],
    ['many statements', 'select pg_sleep(0.4);'.repeat(100)],
    ['a great many statements', 'select 1;'.repeat(400_000)],
    ['rows without end', 'select * from generate_series(1, 1e10::bigint)'],
  ])('ends %s in time, with its locks', async (_name, sql) => {
    const call = run(`begin; insert into t values (1); ${sql}`, { seconds: 1 })
    await expect(call).rejects.toMatchObject({
      name: 'SubjectError',
      fault: 'limit',
      message: expect.stringMatching(/x\.sql (did not end within 1 s|printed more than 64 MiB)/),
    })
    await expect.poll(sessions, { timeout: 10_000 }).toBe(0)
    expect(await ids()).toEqual([])
  })

  test('takes no more memory than it must for large values, messages and many notices', async () => {
    const large = run("select repeat('x', 80000000)", { seconds: 60 })
    await expect(large).rejects.toMatchObject({ fault: 'limit' })
    const raised = await run("do $$ begin raise '%', repeat('x', 1000000); end $$")
    expect(raised.error?.message.length).toBeLessThan(5000)
    const { notices } = await run(
      "do $$ begin for i in 1..1000 loop raise notice '%', repeat('x', 3000); end loop; end $$",
    )
    expect(notices).toHaveLength(100)
    expect(notices[0]!.length).toBeLessThan(3000)
  })

  test('runs in the time zone asked for', async () => {
    const show = "do $$ begin raise notice '%', current_setting('timezone'); end $$"
    expect((await run(show)).notices).toEqual(['UTC'])
    expect((await run(show, { timezone: 'Asia/Kathmandu' })).notices).toEqual(['Asia/Kathmandu'])
  })

  // The last one: it has to make the database anew.
  test('tells that a script has locked out those that follow', async () => {
    await run("alter role current_user password 'x'")
    await expect(run('select 1')).rejects.toMatchObject({
      name: 'SubjectError',
      message: expect.stringMatching(/changed its role's password/),
    })
  })
})
