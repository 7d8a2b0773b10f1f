import { keyOf } from '../content.ts'
import type { Job } from './outcome.ts'

/** So many runs of verify after the last time, an exercise that nothing has changed at is seen again. */
export const ROUND = 10

/** Whether it is an exercise's turn to be seen again. @param index its place among all */
export function hasTurn(index: number, turn: number): boolean {
  return (index + turn) % ROUND === 0
}

/**
 * Whether a grading belongs to the sample that is repeated of an exercise that nothing has changed
 * at: the starter, one seed of each correct solution, and one mistake for each check.
 * @param jobs all gradings of the exercise
 */
export function isSample({ variant, seed }: Job, jobs: Job[]): boolean {
  const { mistake } = variant
  if (!mistake) return seed === 1
  const first = jobs.find((job) => job.variant.mistake?.check === mistake.check)
  return first?.variant.mistake === mistake
}

/**
 * What is graded in a new process as well, of each exercise: the reference, and one mistake, another
 * with the next turn.
 */
export function coldSample(jobs: Job[], turn: number): Job[] {
  const reference = jobs.find(({ variant, seed }) => variant.kind === 'reference' && seed === 1)
  const mistakes = jobs.filter(({ variant }) => variant.mistake)
  return [reference, mistakes[turn % mistakes.length]].filter((job) => job !== undefined)
}

/** One grading in so many is repeated of an exercise that was verified before. */
const PART = 6

/**
 * Returns the part of an exercise's gradings that a turn repeats: the starter, and of correct solutions and
 * of mistakes a sixth each, one at least, another with each turn.
 */
export function partOf(jobs: Job[], turn: number): Job[] {
  const place = ({ variant, seed }: Job) => keyOf(turn, variant.name, seed)
  const drawn = Object.values(Object.groupBy(jobs, ({ variant }) => variant.kind)).flatMap((all) =>
    all.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)).slice(0, Math.ceil(all.length / PART)),
  )
  return jobs.filter((job) => drawn.includes(job))
}
