import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { addFile } from '../content.ts'
import { listFiles } from '../tree.ts'
import type { Job, Outcome } from './outcome.ts'

/** `graders/<phase>/<slug>/verified.json`: that an exercise, as its files are, was graded whole. */
const recordSchema = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the exercise's own files: see `hashOwn`. */
  files: z.string(),
  date: z.iso.date(),
  /** How many gradings that were, all as they must be. */
  gradings: z.number().int(),
})

/** Correct solutions must have passed with so many seeds before a record is written. */
const LEAST_SEEDS = 10

/**
 * Texts and records that no grading rests on. `feedback.md` is none: gradings are compared with it. What
 * mistakes quote of a README is looked at in every run, and of its frontmatter `hashOwn` takes what counts.
 */
const NO_PART = /^(verified|mutation|blind)\.json$|^(README|HINTS|NOTES)\.md$/

const fileOf = ({ grader }: Pick<Exercise, 'grader'>) => path.join(grader, 'verified.json')

/**
 * Returns a hash of an exercise's own files in the three trees: not of the harness, nor of the libraries,
 * which is what sets it apart from `graderHash`.
 */
export function hashOwn(exercise: Exercise): string {
  const { folder, solution, grader, kind, needs, start, build, files, checks } = exercise
  const hash = createHash('sha256').update(
    JSON.stringify([kind, needs, start, build, files, checks]),
  )
  for (const [tree, root] of Object.entries({ folder, solution, grader })) {
    for (const name of listFiles(root)) {
      if (NO_PART.test(name)) continue
      addFile(hash, `${tree}/${name}`, readFileSync(path.join(root, name)))
    }
  }
  return hash.digest('hex')
}

/** Whether an exercise's files are those that were graded whole. A record that cannot be read counts for nothing. */
export function wasVerified(exercise: Exercise): boolean {
  const file = fileOf(exercise)
  if (!existsSync(file)) return false
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).files === hashOwn(exercise)
  } catch {
    return false
  }
}

/**
 * Writes the record of an exercise that was graded whole just now, where everything was as it must be
 * and could be judged.
 * @param jobs all gradings of the exercise, also those that were kept from before
 * @param today such as `2026-11-29`
 */
export function recordVerified(outcome: Outcome, jobs: Job[], today: string): void {
  const { exercise, problems, unjudged } = outcome
  const seeds = jobs.filter(({ variant }) => variant.kind === 'reference').length
  if (problems.length > 0 || unjudged > 0 || seeds < LEAST_SEEDS || wasVerified(exercise)) return
  const record: z.infer<typeof recordSchema> = {
    version: 1,
    files: hashOwn(exercise),
    date: today,
    gradings: jobs.length,
  }
  writeFileSync(fileOf(exercise), `${JSON.stringify(record, null, 2)}\n`)
}
