import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { wrongEncoding } from '../../graders/harness/encoding.ts'
import { type Exercise, startsAnother } from '../../graders/harness/exercise.ts'
import { isPlainFile, missingFiles } from '../../graders/harness/subjects/stage.ts'
import type { ExerciseResult } from './report.ts'
import { isUntouched } from './tree.ts'

/** The result of an exercise that was not graded. Its checks are named all the same, each as `status`. */
export function plainResult(
  exercise: Exercise,
  verdict: 'untouched' | 'not run' | 'failed',
  said: { status?: 'failed' | 'not run'; error?: string; message: string },
): ExerciseResult {
  const { phase, slug, title } = exercise
  const checks = Object.entries(exercise.checks).map(([id, about]) => ({
    id,
    ...about,
    status: said.status ?? ('not run' as const),
    error: said.error,
    message: said.message,
    evidence: [],
    output: '',
    durationMs: 0,
  }))
  return { phase, slug, title, verdict, checks, durationMs: 0, cached: false }
}

const untouched = (exercise: Exercise) =>
  plainResult(exercise, 'untouched', { message: 'untouched: still the starter' })

/** What can be said of a submission without running it; undefined where it must be run. */
export function beforehand(
  exercise: Exercise,
  submission: string,
  start?: string[],
): ExerciseResult | undefined {
  const folder = path.join(submission, exercise.phase, exercise.slug)
  if (!existsSync(folder)) return untouched(exercise)
  if (isUntouched(exercise, submission) && !start && sameStart(exercise, folder)) {
    return untouched(exercise)
  }
  const files = exercise.files.filter((name) => isPlainFile(path.join(folder, name)))
  for (const name of files) {
    const why = wrongEncoding(path.join(folder, name))
    const message = `${name} ${why}`
    if (why)
      return plainResult(exercise, 'failed', { status: 'failed', error: 'SubjectError', message })
  }
  const missing = missingFiles(folder, exercise.files)
  if (missing.length === 0 || exercise.kind === 'server') return undefined
  const message = `${missing.join(', ')} is missing. npm run reset ${exercise.slug} brings the starter back.`
  return plainResult(exercise, 'failed', { status: 'failed', error: 'SubjectError', message })
}

/** True where the submission's README builds and starts the program as the kit's own does. */
function sameStart(exercise: Exercise, folder: string): boolean {
  if (exercise.kind !== 'server') return true
  const file = path.join(folder, 'README.md')
  if (!isPlainFile(file)) return true
  // In a learner's own checkout, this README is theirs: another program has taken the starter's place.
  if (startsAnother(exercise)) return false
  const line = (text: string) => {
    if (/^build:/m.test(text) && !exercise.build) return 'a build'
    return /^start:.*$/m.exec(text)?.[0].trim()
  }
  const own = readFileSync(path.join(exercise.folder, 'README.md'), 'utf8')
  const starter = `start: [${exercise.start!.join(', ')}]`
  const theirs = line(readFileSync(file, 'utf8'))
  return theirs === undefined || theirs === line(own) || theirs === starter
}
