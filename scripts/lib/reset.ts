import { cpSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { EXERCISES, STATE } from '../../graders/harness/paths.ts'
import { liftKit } from './kits.ts'
import { copyFiles, isUntouched, listFiles } from './tree.ts'
import { EnvironmentError } from './usage.ts'

/**
 * Brings an exercise's starter back, and its commands where a kit's had taken their place, and keeps a
 * copy of what was there.
 * @returns the folder of the copy, absolute; undefined where the exercise is untouched
 * @throws EnvironmentError where the kit's own copy of the starter is gone
 */
export function resetExercise(exercise: Exercise): string | undefined {
  if (isUntouched(exercise, EXERCISES)) return undefined
  const starter = path.join(exercise.grader, 'starter')
  if (!existsSync(starter)) {
    throw new EnvironmentError(
      `The kit's copy of the starter is gone: ${path.relative(process.cwd(), starter)}. git checkout it.`,
    )
  }
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const backup = path.join(STATE, 'backup', `${exercise.slug}-${time}`)
  mkdirSync(backup, { recursive: true })
  cpSync(exercise.folder, backup, { recursive: true })
  liftKit(exercise)
  copyFiles(starter, exercise.folder, listFiles(starter))
  return backup
}
