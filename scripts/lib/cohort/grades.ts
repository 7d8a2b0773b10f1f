import type { Report, Verdict } from '../report.ts'
import type { Points } from './points.ts'

/** A student's row of the grades. */
export type Grade = {
  student: string
  /** The name of the student's files in `students/`. */
  file: string
  source: string
  /** Why there is no work of theirs. */
  missing?: string
  commit?: string
  committedAt?: string
  daysLate: number
  total: Points
  exercises: GradedExercise[]
  report?: Report
}

export type GradedExercise = Points & {
  slug: string
  verdict: Verdict
  /** Ids of checks that passed, and of those that failed. */
  passed: string[]
  failed: string[]
  /** Others who handed in the same files. */
  sameAs: string[]
}
