import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { CheckResult } from '../report.ts'
import { checkId, type SeenTest } from './plan.ts'
import { checkOf } from './results.ts'
import type { GradeOptions } from './session.ts'

/** A check with its result, as soon as that is certain. */
export type CheckListener = (check: CheckResult) => void

/**
 * Puts tests together to checks while they run: a check has failed with the first of its tests that
 * fails, and has passed with the last that passes.
 * @returns what a session is to tell of
 */
export function followChecks(
  exercise: Pick<Exercise, 'checks'>,
  onCheck: CheckListener,
): Pick<GradeOptions, 'onCollected' | 'onTest'> {
  const waiting = new Map<string, Set<string>>()
  const seen = new Map<string, SeenTest[]>()
  return {
    onCollected(_slug, names) {
      for (const [id, own] of Map.groupBy(names, checkId)) waiting.set(id, new Set(own))
    },
    onTest(_slug, test) {
      const id = checkId(test.name)
      const open = waiting.get(id)
      if (!open || !exercise.checks[id]) return
      open.delete(test.name)
      const tests = [...(seen.get(id) ?? []), test]
      seen.set(id, tests)
      // How many tests passed is certain with the last of them.
      const check = { ...checkOf(id, exercise, tests), ...(open.size > 0 && { tests: undefined }) }
      if (check.status === 'passed' && open.size > 0) return
      waiting.delete(id)
      onCheck(check)
    },
  }
}
