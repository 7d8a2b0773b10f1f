import pg from 'pg'
import type { ExerciseResult } from '../report.ts'

/** What a verdict rests on; the same in all parts is graded once. */
export type Key = {
  /** Hash of the submission's folder of the exercise. */
  submission: string
  /** The exercise's slug. */
  exercise: string
  /** Hash of the grader and all it uses. */
  grader: string
  /** What the programs ran in: `user`, `none`, or the image of their containers. */
  image: string
  seed: number
}

export type Attempt = { verdict: 'error' | 'not run'; reason: string }

/** The verdicts that were found, each once; and attempts that came to none. */
export type Ledger = {
  /** Returns the text form of each key that has a verdict, of all with this image and seed. */
  known(image: string, seed: number): Promise<Set<string>>
  /** The verdict that stands for a key. */
  find(key: Key): Promise<ExerciseResult | undefined>
  /**
   * Writes a verdict down. Where somebody else was first, theirs stands.
   * @returns whether this one was the first
   */
  record(key: Key, result: ExerciseResult): Promise<boolean>
  /** Writes down that a grading came to no verdict, through no fault of the learner's. */
  attempt(key: Key, attempt: Attempt): Promise<void>
  /** Why the last attempt came to nothing. */
  lastAttempt(key: Key): Promise<Attempt | undefined>
  /** Forgets the verdicts on exercises, so that they are found anew. */
  forget(slugs: string[]): Promise<void>
  close(): Promise<void>
}

const SCHEMA = `
create table if not exists ledger (
  submission text not null,
  exercise text not null,
  grader text not null,
  image text not null,
  seed bigint not null,
  result jsonb not null,
  graded_at timestamptz not null default now(),
  primary key (submission, exercise, grader, image, seed)
);
create table if not exists attempts (
  id bigint generated always as identity primary key,
  submission text not null,
  exercise text not null,
  grader text not null,
  image text not null,
  seed bigint not null,
  verdict text not null,
  reason text not null,
  at timestamptz not null default now()
)`

const COLUMNS = 'submission, exercise, grader, image, seed'
const SAME = 'submission = $1 and exercise = $2 and grader = $3 and image = $4 and seed = $5'
const valuesOf = ({ submission, exercise, grader, image, seed }: Key) => [
  submission,
  exercise,
  grader,
  image,
  seed,
]

/** A key as one text. */
export const textOf = (key: Key): string => valuesOf(key).join(' ')

/** PostgreSQL's texts hold no NUL, and a learner's program may print one. */
const withoutNul = (json: string) => json.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd')

/** Opens the ledger, and makes its tables where there are none. */
export async function openLedger(url: string): Promise<Ledger> {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  // A server that goes away is noticed where it is used.
  pool.on('error', () => {})
  await pool.query(SCHEMA)
  return {
    async known(image, seed) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from ledger where image = $1 and seed = $2`,
        [image, seed],
      )
      return new Set(rows.map((row) => textOf({ ...row, seed: Number(row.seed) })))
    },
    async find(key) {
      const { rows } = await pool.query(`select result from ledger where ${SAME}`, valuesOf(key))
      return rows[0]?.result
    },
    async record(key, result) {
      const { rowCount } = await pool.query(
        `insert into ledger (${COLUMNS}, result) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [...valuesOf(key), withoutNul(JSON.stringify(result))],
      )
      return rowCount === 1
    },
    async attempt(key, { verdict, reason }) {
      await pool.query(
        `insert into attempts (${COLUMNS}, verdict, reason) values ($1, $2, $3, $4, $5, $6, $7)`,
        [...valuesOf(key), verdict, reason.replaceAll('\0', '\ufffd')],
      )
    },
    async lastAttempt(key) {
      const { rows } = await pool.query(
        `select verdict, reason from attempts where ${SAME} order by id desc limit 1`,
        valuesOf(key),
      )
      return rows[0]
    },
    async forget(slugs) {
      await pool.query('delete from ledger where exercise = any($1)', [slugs])
    },
    async close() {
      await pool.end()
    },
  }
}
