import { z } from 'zod'
import { EXIT } from './exit.ts'

export { EXIT } from './exit.ts'

/** Raised when a reader of old reports would misread a new one. */
export const REPORT_VERSION = 1

export const evidenceSchema = z.object({ title: z.string(), text: z.string() })

export const checkStatusSchema = z.enum(['passed', 'failed', 'not run', 'error'])

/** One graded requirement, with the first of its tests that did not pass. */
export const checkResultSchema = z.object({
  id: z.string(),
  level: z.enum(['core', 'stretch']),
  title: z.string(),
  status: checkStatusSchema,
  /** Name of the test that shows the problem. */
  test: z.string().optional(),
  /** `AssertionError` for a wrong answer, `SubjectError` for a program that crashed or hung. */
  error: z.string().optional(),
  /** What was expected and what came, in words. */
  message: z.string().optional(),
  /** Expected and received values, line by line, where there is a comparison. */
  diff: z.string().optional(),
  /** Requests with their answers, or queries with their rows; oldest first. */
  evidence: z.array(evidenceSchema),
  /** What the learner's program printed during the test. */
  output: z.string(),
  /** Where in the grader the test failed: file and line. */
  at: z.object({ file: z.string(), line: z.number() }).optional(),
  /** How many of its tests passed, of those that there are. */
  tests: z.object({ passed: z.number(), all: z.number() }).optional(),
  durationMs: z.number(),
})

export const verdictSchema = z.enum([
  'passed',
  'mastered',
  'failed',
  'untouched',
  'partial',
  'not run',
  'error',
])

export const exerciseResultSchema = z.object({
  phase: z.string(),
  slug: z.string(),
  title: z.string(),
  verdict: verdictSchema,
  /** One line that says why, for `not run`, `error` and `partial`. */
  reason: z.string().optional(),
  checks: z.array(checkResultSchema),
  durationMs: z.number(),
  /** True where an earlier verdict stands, because nothing has changed since. */
  cached: z.boolean(),
  /** When that one was found, and in which folder, where that is another one with the same files. */
  keptFrom: z.object({ at: z.iso.datetime(), folder: z.string().optional() }).optional(),
  /** Checks that pass now and did not in the last run of the learner's own work, and the reverse. */
  changed: z.object({ gained: z.array(z.string()), lost: z.array(z.string()) }).optional(),
})

export const reportSchema = z.object({
  version: z.literal(REPORT_VERSION),
  kit: z.string(),
  seed: z.number(),
  /** Whose work it is: the folder, and what git knows of it. */
  submission: z
    .object({
      folder: z.string(),
      commit: z.string().optional(),
      author: z.string().optional(),
      committedAt: z.string().optional(),
    })
    .optional(),
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  /** The services that ran: who provided them, and their version. */
  services: z.record(z.string(), z.object({ provider: z.string(), version: z.string() })),
  /**
   * Whose rights the programs had; a warning where they were root's. `open` where they could read the
   * checkout, references and graders included.
   */
  sandbox: z
    .object({
      kind: z.enum(['none', 'user', 'docker']),
      warning: z.string().optional(),
      open: z.boolean().optional(),
    })
    .optional(),
  /** Where the time went, in ms. */
  timing: z.object({ services: z.number(), grading: z.number() }),
  exercises: z.array(exerciseResultSchema),
})

export type CheckResult = z.infer<typeof checkResultSchema>
export type CheckStatus = z.infer<typeof checkStatusSchema>
export type ExerciseResult = z.infer<typeof exerciseResultSchema>
export type Verdict = z.infer<typeof verdictSchema>
export type Report = z.infer<typeof reportSchema>

/**
 * Returns the verdict that follows from the checks. A pass needs every core check to have passed;
 * what the kit or a service is to blame for never counts as the learner's failure.
 * @param options.part only some checks were asked for: each of them counts, stretch or not, and
 *   where all passed the exercise is `partial`
 */
export function verdictOf(checks: CheckResult[], options: { part?: boolean } = {}): Verdict {
  if (options.part) {
    const core = checks.map((check) => ({ ...check, level: 'core' as const }))
    const verdict = verdictOf(core)
    return isPass(verdict) ? 'partial' : verdict
  }
  const core = checks.filter((check) => check.level === 'core')
  const has = (list: CheckResult[], status: CheckStatus) =>
    list.some((one) => one.status === status)
  if (checks.length === 0 || core.length === 0) return 'error'
  if (has(core, 'failed')) return 'failed'
  if (has(core, 'error')) return 'error'
  if (has(core, 'not run')) return has(checks, 'passed') ? 'partial' : 'not run'
  if (has(checks, 'failed')) return 'passed'
  if (has(checks, 'error')) return 'error'
  if (has(checks, 'not run')) return 'partial'
  return 'mastered'
}

/** Whether a verdict counts as done. */
export function isPass(verdict: Verdict): boolean {
  return verdict === 'passed' || verdict === 'mastered'
}

/** Whether some checks of an exercise were asked for, and all of them passed. */
export function isPassedPart({ verdict, checks }: ExerciseResult): boolean {
  return verdict === 'partial' && checks.every((check) => check.status === 'passed')
}

/** 0 when all passed; 1 when something is the learner's to do; 3 when only the environment is in the way. */
export function exitCodeOf(results: ExerciseResult[]): number {
  if (results.every((one) => isPass(one.verdict) || isPassedPart(one))) return EXIT.passed
  const theirs: Verdict[] = ['failed', 'untouched']
  return results.some((one) => theirs.includes(one.verdict)) ? EXIT.failed : EXIT.environment
}
