import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Verdict } from '../lib/report.ts'

/** One hostile submission. */
export type Row = {
  /** Its number in the list of what a run must survive. */
  row: number
  name: string
  slug: Slug
  /** What is spoilt: the starter, which is wrong, or the reference, which is right. */
  base: 'starter' | 'reference'
  /** New texts of files; a function gets the old text. */
  files?: Record<string, string | ((text: string) => string)>
  /** Whatever files cannot say: links, pipes, many files. */
  make?(folder: string, place: Place): void
  /** The verdicts that are right. A wrong program must be `failed`. */
  verdicts: readonly Verdict[]
  /** What the run must print. */
  says?: RegExp
  /** Settings of the run. */
  env?: Record<string, string>
  /** Checks to run, where all of them would only take longer. */
  only?: string
  /** Needs subjects that run as another user; elsewhere the run itself may be ended, but not forged. */
  needsUser?: boolean
  /** Looks for harm after the run. */
  after?(place: Place): void | Promise<void>
}

export type Slug =
  | 'belt-and-lru'
  | 'http-verbs'
  | 'git-first-branch'
  | 'sql-joins'
  | 'auth-jwt'
  | 'cache-redis'
  | 'docker-image'

/** Where a row's run takes place. */
export type Place = {
  /** The root of the kit's copy. */
  root: string
  /** The home folder of whoever runs the kit. */
  home: string
  /** Occurs in the command line of every process that a row starts on its own. */
  token: string
}

/** Puts code before a file's own. */
export const before = (code: string) => (text: string) => `${code}\n${text}`

/** Puts code after a file's own. */
export const after = (code: string) => (text: string) => `${text}\n${code}\n`

/** Writes many small files. */
export function writeMany(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true })
  for (let index = 0; index < count; index++) writeFileSync(path.join(folder, `${index}.txt`), 'x')
}
