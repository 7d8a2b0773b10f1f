import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { STATE } from '../../graders/harness/paths.ts'
import type { SandboxMode } from '../../graders/harness/subjects/sandbox-mode.ts'
import { graderHash, keyOf, submissionHash } from './content.ts'
import { type ExerciseResult, exerciseResultSchema, isPass } from './report.ts'

const FILE = path.join(STATE, 'verdicts.json')
const schema = z.object({
  version: z.literal(2),
  verdicts: z.record(z.string(), exerciseResultSchema),
})

/** How many verdicts are remembered. */
const MOST = 500

/** Verdicts of earlier runs, found by the content of the submission and of its grader. */
export type VerdictCache = {
  /** The earlier result where nothing has changed since; only passes are kept. */
  find(exercise: Exercise, submission: string, start?: string[]): ExerciseResult | undefined
  /** Remembers a pass. */
  keep(exercise: Exercise, submission: string, result: ExerciseResult, start?: string[]): void
  save(): void
}

/**
 * Opens the cache; a file that cannot be read counts as empty.
 * @param sandbox a pass with all rights says nothing of one in a container
 */
export function openCache(sandbox: SandboxMode): VerdictCache {
  const verdicts: Record<string, ExerciseResult> = {}
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
      return known?.slug === exercise.slug ? { ...known, cached: true } : undefined
    },
    keep(exercise, submission, result, start) {
      if (!isPass(result.verdict) || result.cached) return
      const key = keyFor(exercise, submission, start)
      if (!key) return
      verdicts[key] = result
      changed = true
    },
    save() {
      if (!changed) return
      mkdirSync(STATE, { recursive: true })
      // Written beside and moved, so that a run that is killed here leaves no half a file.
      const beside = `${FILE}.${process.pid}`
      const recent = Object.fromEntries(Object.entries(verdicts).slice(-MOST))
      writeFileSync(beside, JSON.stringify({ version: 2, verdicts: recent }))
      renameSync(beside, FILE)
    },
  }
}
