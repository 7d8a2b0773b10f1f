import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { STATE } from '../../graders/harness/paths.ts'
import type { ExerciseResult } from './report.ts'
import { writeWhole } from './tree.ts'

const FILE = path.join(STATE, 'latest.json')

const schema = z.object({
  version: z.literal(1),
  exercises: z.record(
    z.string(),
    z.object({ at: z.iso.datetime(), checks: z.array(z.string()), passed: z.array(z.string()) }),
  ),
})

/** What an exercise came to when it was last graded, whatever its files were then. */
export type Latest = z.infer<typeof schema>['exercises'][string]

/** Reads what each exercise came to when it was last graded; a file that cannot be read counts as empty. */
export function readLatest(): Record<string, Latest> {
  if (!existsSync(FILE)) return {}
  try {
    return schema.parse(JSON.parse(readFileSync(FILE, 'utf8'))).exercises
  } catch {
    return {}
  }
}

/** The checks of a result that passed. */
export const passedOf = ({ checks }: ExerciseResult) =>
  checks.filter(({ status }) => status === 'passed').map(({ id }) => id)

/** Returns a result with what has changed since the checks that passed before; none where that is unknown. */
export function withChange(result: ExerciseResult, before: string[] | undefined): ExerciseResult {
  if (!before) return result
  const passed = passedOf(result)
  const gained = passed.filter((id) => !before.includes(id))
  const lost = before.filter((id) => !passed.includes(id))
  return gained.length + lost.length > 0 ? { ...result, changed: { gained, lost } } : result
}

/** Whether a result says which checks of the learner's own work pass. */
const isWhole = ({ verdict, cached }: ExerciseResult) =>
  !cached && ['passed', 'mastered', 'failed'].includes(verdict)

/**
 * Remembers results of the learner's own work.
 * @returns the same results, each with what has changed since the one before
 */
export function rememberLatest(results: ExerciseResult[]): ExerciseResult[] {
  const latest = readLatest()
  const told = results.map((result) => {
    if (!isWhole(result)) return result
    const { slug, checks } = result
    const before = latest[slug]?.passed
    latest[slug] = {
      at: new Date().toISOString(),
      checks: checks.map(({ id }) => id),
      passed: passedOf(result),
    }
    return withChange(result, before)
  })
  if (results.some(isWhole)) writeWhole(FILE, JSON.stringify({ version: 1, exercises: latest }))
  return told
}
