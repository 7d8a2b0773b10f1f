import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import type { Variant } from '../variants.ts'
import type { Section } from './feedback.ts'
import type { Problem } from './judge.ts'

/** What the command was asked for. */
export type Options = {
  /** How often correct solutions are graded, each time with another seed. */
  seeds: number
  /** The same for alternatives, where that is another number. */
  alternatives?: number
  /** Grade again what was found right before and has not changed since. */
  force?: boolean
  /** Of an exercise whose own files were graded whole before, grade a part. */
  sample?: boolean
  /** Grade every mistake in a new process as well, and not a sample. */
  cold?: boolean
  /** Names of variants; all by default. */
  only?: string[]
  /** Write snapshots in place of comparing them. */
  update?: boolean
  /** Only warn where what learners read has changed. */
  lenient?: boolean
  /** How many gradings run at once. */
  jobs: number
  /** So often on a busy machine, correct solutions only. */
  flaky?: number
}

/** What verify has found out about one exercise. */
export type Outcome = {
  exercise: Exercise
  mistakes: Mistake[]
  passed: number
  /** Of those that passed: gradings that were not repeated, for nothing has changed since. */
  kept: number
  /** Gradings that were left out, for the exercise's own files were graded whole before. */
  skipped: number
  /** Variants that could not be judged, for want of a service. */
  unjudged: number
  problems: Problem[]
  /** Texts that were as in the snapshot at a second or third look only. */
  retried: number
  /** Broken rules that are not in force yet. */
  warnings: Problem[]
  /** New snapshots, to be written when the exercise is done. */
  sections: Section[]
  /** Gradings that are still to come. */
  left: number
  ms: number
}

/** One grading that is to be done. */
export type Job = {
  outcome: Outcome
  variant: Variant
  seed: number
  /** It is graded in a new process as well, and both must say the same. */
  cold?: boolean
}
