import { Socket } from 'node:net'
import type pg from 'pg'
import { note } from '../evidence.ts'
import { SubjectError } from './errors.ts'
import { explainSql } from './sql.ts'

/** How a script of several statements ended. `error` is undefined where all of them ran. */
export type SqlScriptResult = {
  /** What PostgreSQL said of the statement that failed; nothing after it was run. */
  error?: SubjectError
  /** PostgreSQL's code for it, such as `23505`. */
  code?: string
  /** What was raised as NOTICE or WARNING: the first 100. */
  notices: string[]
  /** True where the script ended inside a transaction it had begun: what it did there was undone. */
  uncommitted: boolean
}

/** More than any exercise has a script say; what comes beyond is not kept in memory. */
const MOST_BYTES = 64 * 1024 ** 2
const MOST_NOTICES = 100
const LONGEST_TEXT = 2000

// ---------------------------------------------------------------------------- the statements of a text

export type SqlStatement = {
  /** With the comments before it, and without the semicolon. */
  text: string
  /** Where the text begins, in UTF-16 units; `token` is where its first word does. */
  at: number
  token: number
}

const TOKEN =
  /\s+|--[^\n\r]*|\/\*|[eE]'|'|"|\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|[\s\S]/giy

/** Where the comment ends that begins here; comments can stand in comments. */
function endOfComment(sql: string, from: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = from
  let depth = 0
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return sql.length
}

/** Where the text that E' begins here ends: a backslash takes the next character with it. */
function endOfEscaped(sql: string, from: number): number {
  const mark = /[\\']/g
  mark.lastIndex = from
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    if (found[0] === "'") return mark.lastIndex
    mark.lastIndex += 1
  }
  return sql.length
}

function endOf(sql: string, closing: string, from: number): number {
  const at = sql.indexOf(closing, from)
  return at < 0 ? sql.length : at + closing.length
}

/**
 * Cuts a text into its statements where psql does: at semicolons outside of quotes, comments,
 * parentheses and the bodies of SQL functions. What is no SQL is a statement too: PostgreSQL says
 * what is wrong with it.
 */
export function splitSql(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = []
  let at = 0
  let token: number | undefined
  let parentheses = 0
  let blocks = 0
  let words: string[] = []
  let routine = false
  const end = (to: number) => {
    if (token !== undefined) statements.push({ text: sql.slice(at, to), at, token })
    at = to + 1
    token = undefined
    parentheses = 0
    blocks = 0
    words = []
    routine = false
  }
  TOKEN.lastIndex = 0
  for (;;) {
    const from = TOKEN.lastIndex
    const found = TOKEN.exec(sql)?.[0]
    if (found === undefined) break
    if (found === '/*') TOKEN.lastIndex = endOfComment(sql, from)
    if (found === '/*' || found.startsWith('--') || found.trim() === '') continue
    if (found === ';' && parentheses === 0 && blocks === 0) {
      end(from)
      continue
    }
    token ??= from
    if (found === '(') parentheses += 1
    else if (found === ')') parentheses = Math.max(0, parentheses - 1)
    else if (found === "'" || found === '"') TOKEN.lastIndex = endOf(sql, found, from + 1)
    else if (found === "e'" || found === "E'") TOKEN.lastIndex = endOfEscaped(sql, from + 2)
    else if (found.length > 1 && found.startsWith('$')) {
      TOKEN.lastIndex = endOf(sql, found, TOKEN.lastIndex)
    } else if (/^[a-z_\u0080-\uffff]/i.test(found)) {
      const word = found.toLowerCase()
      if (words.length < 4) {
        words.push(word)
        routine ||= /^create (or replace )?(function|procedure)$/.test(words.join(' '))
      }
      // CREATE FUNCTION … BEGIN ATOMIC …; …; END holds semicolons of its own.
      if (routine) {
        if (word === 'begin' || (word === 'case' && blocks > 0)) blocks += 1
        else if (word === 'end') blocks = Math.max(0, blocks - 1)
      }
    }
  }
  end(sql.length)
  return statements
}

/** What stands in the text that psql or an editor understands, and PostgreSQL does not. */
function foreignIn(
  file: string,
  sql: string,
  statements: SqlStatement[],
): SubjectError | undefined {
  if (sql.includes('\0')) {
    return new SubjectError('crash', `${file} holds a NUL character. Is it saved as UTF-8?`)
  }
  for (const { text, at, token } of statements) {
    const command = /^\\\S*/.exec(text.slice(token - at))?.[0]
    if (command === undefined) continue
    const line = sql.slice(0, token).split('\n').length
    return new SubjectError(
      'crash',
      `${file}, line ${line}: ${command} is a command of psql's, not SQL. The script must do without.`,
    )
  }
  return undefined
}

// ---------------------------------------------------------------------------------------- errors

const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text

/** What a learner reads of a statement's error: message and place, and what PostgreSQL adds to it. */
function explain(
  file: string,
  sql: string,
  { at, token }: SqlStatement,
  error: pg.DatabaseError,
): SubjectError {
  const count = (text: string) => [...text].length
  // Without a position, such as for a key that is taken, it is the statement as a whole.
  const position = error.position ?? String(count(sql.slice(at, token)) + 1)
  const told = {
    message: cut(error.message),
    hint: error.hint && cut(error.hint),
    // 57014 is "did not end in time" elsewhere; that is decided by the clock here.
    code: undefined,
    position,
  } as pg.DatabaseError
  const explained = explainSql(file, sql, 0, told, count(sql.slice(0, at)))
  const inBlock = /inline_code_block line \d+.*/.exec(error.where ?? '')?.[0]
  const more = [
    error.detail,
    inBlock && `In the DO block: ${inBlock.replace('inline_code_block ', '')}`,
  ].flatMap((text) => (text ? [cut(text)] : []))
  return new SubjectError('crash', [explained.message, ...more].join('\n'))
}

// ------------------------------------------------------------------------------------------- running

/**
 * Runs a script the way `psql -v ON_ERROR_STOP=1 -f` does: statement by statement, each a
 * transaction of its own unless the script says BEGIN; at the first error it ends, and what was not
 * committed is undone.
 * @param url a role of a database of the grader's, or a proxy before it
 * @param options.seconds time on the clock for the whole script; 10 by default
 * @param options.timezone of the session; UTC by default
 * @throws SubjectError `limit` where it does not end in time or prints more than 64 MiB
 */
export async function runSqlScript(
  url: string,
  file: string,
  sql: string,
  options: { timezone?: string; seconds?: number } = {},
): Promise<SqlScriptResult> {
  const { timezone = 'UTC', seconds = 10 } = options
  // Some editors put a byte order mark first, which psql skips too.
  const text = sql.replace(/^\ufeff/, '')
  const statements = splitSql(text)
  const foreign = foreignIn(file, text, statements)
  if (foreign) return { error: foreign, notices: [], uncommitted: false }

  // Loaded where it is used: graders without a database should not wait for it.
  const { Client, Query } = (await import('pg')).default
  const socket = new Socket()
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    stream: () => socket,
    // Nobody looks at the rows: their values stay text, whatever they are.
    types: { getTypeParser: () => (value: string) => value },
  })
  client.on('error', () => {}) // the query that meets it reports it
  const notices: string[] = []
  client.on('notice', ({ message }) => {
    if (notices.length < MOST_NOTICES) notices.push(cut(String(message)))
  })
  await client.connect().catch((error: pg.DatabaseError) => {
    // The one thing of its own that a role may change for good.
    if (error.code !== '28P01') throw error
    throw new SubjectError('crash', `${file}: a script before it has changed its role's password.`)
  })

  let limit: SubjectError | undefined
  const stop = (why: string) => {
    limit ??= new SubjectError('limit', `${file} ${why}.`)
    socket.destroy()
  }
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_BYTES) stop(`printed more than ${MOST_BYTES / 1024 ** 2} MiB`)
  })
  const late = () => stop(`did not end within ${seconds} s`)

  /** Runs one statement, or several; what they select is dropped as it comes. */
  const send = (statement: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const query = new Query(statement)
      query.on('row', () => {})
      query.on('error', reject)
      query.on('end', () => resolve())
      client.query(query)
    })

  const process = (await client.query('select pg_backend_pid() as pid')).rows[0].pid as string
  await client.query(`set timezone = '${timezone}'; set statement_timeout = '${seconds}s'`)
  // A script may lift statement_timeout, and many statements may each keep to it.
  const timer = setTimeout(late, seconds * 1000 + 500)
  const begun = performance.now()
  try {
    for (const statement of statements) {
      try {
        await send(statement.text)
      } catch (error) {
        const { code } = error as pg.DatabaseError
        if (code === '57014' && performance.now() - begun > seconds * 1000 - 100) late()
        if (limit) throw limit
        const explained = explain(file, text, statement, error as pg.DatabaseError)
        note(`${file} ended with an error`, explained.message)
        return { error: explained, code, notices, uncommitted: false }
      }
    }
    const uncommitted = client.getTransactionStatus() !== 'I'
    const open = uncommitted ? 'It ended in a transaction that it had not committed.' : ''
    note(`${file} ran to its end`, [...notices, open].join('\n').trim())
    return { notices, uncommitted }
  } finally {
    clearTimeout(timer)
    if (limit) await terminate(url, process)
    else await client.end().catch(() => {})
    socket.destroy()
  }
}

/** Ends what a connection that is cut still runs, with its locks. A role may do that to its own. */
async function terminate(url: string, process: string): Promise<void> {
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query({
      text: 'select pg_terminate_backend($1)',
      values: [process],
      query_timeout: 2000,
    } as pg.QueryConfig)
  } catch {
    // It goes with the database then.
  } finally {
    await client.end().catch(() => {})
  }
}

/** The same where the script must not fail. @throws SubjectError with what PostgreSQL said */
export async function mustRunSqlScript(
  ...given: Parameters<typeof runSqlScript>
): Promise<SqlScriptResult> {
  const result = await runSqlScript(...given)
  if (result.error) throw result.error
  return result
}
