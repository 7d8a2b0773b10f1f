import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { GRADERS, ROOT, STATE } from '../../graders/harness/paths.ts'
import { isSmallEnough } from '../../graders/harness/subjects/stage.ts'
import { type ExerciseResult, exerciseResultSchema, isPass } from './report.ts'
import { listFiles } from './tree.ts'

const FILE = path.join(STATE, 'verdicts.json')
const schema = z.object({
  version: z.literal(1),
  verdicts: z.record(z.string(), exerciseResultSchema),
})

function hashFolder(folder: string, into: ReturnType<typeof createHash>): void {
  for (const name of listFiles(folder)) {
    into
      .update(`${name}\0`)
      .update(readFileSync(path.join(folder, name)))
      .update('\0')
  }
}

/** Files beside a grader that say how it was tested; no verdict rests on them. */
const NO_PART = new Set(['mistakes.ts', 'feedback.md', 'mutation.json', 'blind.json'])

let kitHash: string | undefined

/** What every verdict rests on: the harness, the libraries and the Node that runs them. */
function hashKit(): string {
  if (!kitHash) {
    const hash = createHash('sha256').update(process.version)
    hashFolder(path.join(GRADERS, 'harness'), hash)
    hash.update(readFileSync(path.join(ROOT, 'package-lock.json')))
    kitHash = hash.digest('hex')
  }
  return kitHash
}

/** Verdicts of earlier runs, found by the content of the submission and of its grader. */
export type VerdictCache = {
  /** The earlier result where nothing has changed since; only passes are kept. */
  find(exercise: Exercise, submission: string, start?: string[]): ExerciseResult | undefined
  /** Remembers a pass. */
  keep(exercise: Exercise, submission: string, result: ExerciseResult, start?: string[]): void
  save(): void
}

/** Opens the cache; a file that cannot be read counts as empty. */
export function openCache(): VerdictCache {
  const verdicts: Record<string, ExerciseResult> = {}
  if (existsSync(FILE)) {
    try {
      Object.assign(verdicts, schema.parse(JSON.parse(readFileSync(FILE, 'utf8'))).verdicts)
    } catch {}
  }
  const keyOf = (exercise: Exercise, submission: string, start: string[] = []) => {
    const folder = path.join(submission, exercise.phase, exercise.slug)
    // What is too large to be graded must not be read here either.
    if (!isSmallEnough(folder)) return undefined
    const hash = createHash('sha256').update(hashKit()).update(JSON.stringify(start))
    hashFolder(folder, hash)
    for (const name of listFiles(exercise.grader)) {
      if (/^(starter|alternatives)\//.test(name) || NO_PART.has(name)) continue
      hash.update(`${name}\0`).update(readFileSync(path.join(exercise.grader, name)))
    }
    return hash.digest('hex')
  }
  let changed = false
  return {
    find(exercise, submission, start) {
      const known = verdicts[keyOf(exercise, submission, start) ?? '']
      return known?.slug === exercise.slug ? { ...known, cached: true } : undefined
    },
    keep(exercise, submission, result, start) {
      if (!isPass(result.verdict) || result.cached) return
      const key = keyOf(exercise, submission, start)
      if (!key) return
      verdicts[key] = result
      changed = true
    },
    save() {
      if (!changed) return
      mkdirSync(STATE, { recursive: true })
      // Written beside and moved, so that a run that is killed here leaves no half a file.
      const beside = `${FILE}.${process.pid}`
      const recent = Object.fromEntries(Object.entries(verdicts).slice(-500))
      writeFileSync(beside, JSON.stringify({ version: 1, verdicts: recent }))
      renameSync(beside, FILE)
    },
  }
}
