import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { STATE } from '../../graders/harness/paths.ts'
import type { SandboxMode } from '../../graders/harness/subjects/sandbox-mode.ts'
import { graderHash, keyOf, submissionHash } from './content.ts'
import { type ExerciseResult, exerciseResultSchema, isPass } from './report.ts'
import { writeWhole } from './tree.ts'

const FILE = path.join(STATE, 'verdicts.json')
const schema = z.object({
  version: z.literal(3),
  verdicts: z.record(
    z.string(),
    z.object({
      at: z.iso.datetime(),
      /** The folder that was graded, where it is still there. */
      folder: z.string().optional(),
      result: exerciseResultSchema,
    }),
  ),
})

type Kept = z.infer<typeof schema>['verdicts'][string]

/** How many verdicts are remembered, and how many of them are failures of one exercise: they are long. */
const MOST = 500
const MOST_FAILURES = 3

/** Verdicts of earlier runs, found by the content of the submission and of its grader. */
export type VerdictCache = {
  /** The earlier result where nothing has changed since. */
  find(exercise: Exercise, submission: string, start?: string[]): ExerciseResult | undefined
  /** Remembers a verdict on the learner's work; what the kit or a service is to blame for is none. */
  keep(exercise: Exercise, submission: string, result: ExerciseResult, start?: string[]): void
  save(): void
}

/** Whether a result would be the same again: whatever could not be run might be had next time. */
function isCertain({ verdict, checks, cached }: ExerciseResult): boolean {
  if (cached) return false
  if (isPass(verdict)) return true
  return verdict === 'failed' && checks.every(({ status }) => ['passed', 'failed'].includes(status))
}

/**
 * Opens the cache; a file that cannot be read counts as empty.
 * @param sandbox a pass with all rights says nothing of one in a container
 */
export function openCache(sandbox: SandboxMode): VerdictCache {
  const verdicts: Record<string, Kept> = {}
  if (existsSync(FILE)) {
    try {
      Object.assign(verdicts, schema.parse(JSON.parse(readFileSync(FILE, 'utf8'))).verdicts)
    } catch {}
  }
  const keyFor = (exercise: Exercise, submission: string, start?: string[]) => {
    const folder = path.join(submission, exercise.phase, exercise.slug)
    // What is too large to be graded must not be read here either.
    const hash = submissionHash(folder, start)
    return hash && keyOf(graderHash(exercise), hash, sandbox)
  }
  let changed = false
  return {
    find(exercise, submission, start) {
      const known = verdicts[keyFor(exercise, submission, start) ?? '']
      if (known?.result.slug !== exercise.slug) return undefined
      const { at, result } = known
      const folder = known.folder === path.resolve(submission) ? undefined : known.folder
      return { ...result, cached: true, keptFrom: { at, folder } }
    },
    keep(exercise, submission, result, start) {
      if (!isCertain(result)) return
      const key = keyFor(exercise, submission, start)
      if (!key) return
      const { changed: _, ...plain } = result
      // The references are graded in a folder of the run's, which is gone afterwards.
      const full = path.resolve(submission)
      const folder = full.startsWith(path.join(STATE, 'work')) ? undefined : full
      delete verdicts[key] // the newest come last
      verdicts[key] = { at: new Date().toISOString(), folder, result: plain }
      const failures = Object.entries(verdicts).filter(
        ([, one]) => one.result.slug === exercise.slug && !isPass(one.result.verdict),
      )
      for (const [old] of failures.slice(0, -MOST_FAILURES)) delete verdicts[old]
      changed = true
    },
    save() {
      if (!changed) return
      const recent = Object.fromEntries(Object.entries(verdicts).slice(-MOST))
      // Whole or not at all, for a run may be killed here.
      writeWhole(FILE, JSON.stringify({ version: 3, verdicts: recent }))
    },
  }
}
