import type { Exercise } from '../../graders/harness/exercise.ts'
import { EXERCISES } from '../../graders/harness/paths.ts'
import { sandboxMode } from '../../graders/harness/subjects/sandbox-mode.ts'
import { beforehand } from './beforehand.ts'
import { openCache, type VerdictCache } from './cache.ts'
import { type ExerciseResult, isPass } from './report.ts'

/** How the learner's exercises stand, from what was graded before: nothing is run. */
export type Standings = {
  /** The verdict on the files as they are; undefined where they have changed since it was found. */
  of(exercise: Exercise): ExerciseResult | undefined
  /**
   * The exercise to go on with: the next one in the order of the map that has not passed.
   * @param after the exercise that is done; without it, the first of all
   * @returns undefined where all have passed
   */
  next(exercises: Exercise[], after?: string): Exercise | undefined
}

/** Reads how the learner's exercises stand. */
export function openStandings(cache: VerdictCache = openCache(sandboxMode())): Standings {
  const of = (exercise: Exercise) =>
    beforehand(exercise, EXERCISES) ?? cache.find(exercise, EXERCISES)
  return {
    of,
    next(exercises, after) {
      const at = exercises.findIndex(({ slug }) => slug === after) + 1
      const order = [...exercises.slice(at), ...exercises.slice(0, at)]
      return order.find((one) => one.slug !== after && !isPass(of(one)?.verdict ?? 'untouched'))
    },
  }
}
