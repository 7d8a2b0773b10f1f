import type { CheckResult, ExerciseResult } from '../report.ts'
import type { Variant } from '../variants.ts'

/** A rule that is broken: what is wrong, how it is mended, and what shows it. */
export type Problem = {
  what: string
  fix?: string
  detail?: string
  /** Known and still to be done, such as a record that is missing; not found by this run. */
  due?: boolean
}

function showCheck(check: CheckResult): string[] {
  const indent = (text: string, by = '    ') => text.split('\n').map((line) => `${by}${line}`)
  return [
    `${check.id} ${check.status}${check.error ? ` (${check.error})` : ''}: ${check.test ?? ''}`,
    ...indent(check.message ?? ''),
    ...indent(check.diff ?? ''),
    ...check.evidence.flatMap(({ title, text }) => [`    ${title}`, ...indent(text, '      ')]),
    ...(check.output ? indent(check.output.split('\n').slice(-15).join('\n'), '    │ ') : []),
  ]
}

/** Everything that a result tells about the checks that did not pass. */
export function show(result: ExerciseResult): string {
  const open = result.checks.filter((check) => check.status !== 'passed')
  return [result.reason ?? '', ...open.flatMap(showCheck)]
    .filter((line) => line.trim() !== '')
    .join('\n')
}

/** The check that must catch a mistake, where it did. */
export function caughtBy(variant: Variant, result: ExerciseResult): CheckResult | undefined {
  const caught = result.checks.find((one) => one.id === variant.mistake?.check)
  return caught?.status === 'failed' ? caught : undefined
}

function judgeStarter(result: ExerciseResult): Problem | undefined | 'unjudged' {
  const crashed = result.checks.find((check) => check.error && check.error !== 'AssertionError')
  if (crashed) {
    return {
      what: `the starter crashes in ${crashed.id}; it must fail by assertion`,
      fix: 'Have the starter give a wrong answer there: what it lacks is for the learner to add.',
      detail: show(result),
    }
  }
  const failed = result.checks.filter((check) => check.status === 'failed')
  if (failed.some((check) => check.level === 'core')) return undefined
  if (result.verdict === 'partial') return 'unjudged'
  return {
    what: `the starter must fail, but is ${result.verdict}`,
    fix: 'A core check must see that the work is not done.',
    detail: show(result),
  }
}

function judgeMistake(variant: Variant, result: ExerciseResult): Problem | undefined | 'unjudged' {
  const { id, check, why } = variant.mistake!
  const caught = result.checks.find((one) => one.id === check)
  if (caught?.status === 'not run') return 'unjudged'
  if (caught?.status === 'failed') return undefined
  return {
    what: `${id} (${why}) must fail at ${check}, which ${caught?.status === 'error' ? 'ends in an error' : caught?.status}`,
    fix:
      caught?.status === 'passed'
        ? `Give ${check} a test that sees it, or name the check that does in mistakes.ts.`
        : 'A fault of the grader must not count as a catch: mend the grader.',
    detail: show(result),
  }
}

/**
 * Says what is wrong with a verdict on a variant; undefined where it is as it must be, and
 * `unjudged` where a service is missing.
 */
export function judge(
  variant: Variant,
  result: ExerciseResult,
  seed: number,
): Problem | undefined | 'unjudged' {
  if (result.verdict === 'not run') return 'unjudged'
  if (variant.kind === 'starter') return judgeStarter(result)
  if (variant.kind === 'mistake') return judgeMistake(variant, result)
  if (result.verdict === 'mastered') return undefined
  const bad = result.checks.some((one) => one.status === 'failed' || one.status === 'error')
  if (result.verdict === 'partial' && !bad) return 'unjudged'
  return {
    what: `${variant.name} with seed ${seed} is ${result.verdict}; it must pass every check`,
    fix: `It is right or it is no ${variant.kind}: mend whichever is wrong, the grader or the ${variant.kind}.`,
    detail: show(result),
  }
}
