import { styleText } from 'node:util'
import type { Outcome } from './outcome.ts'

const indent = (text: string) => text.replaceAll(/^/gm, '    ')

/** The exercise's line: what passed, what did not, how long its gradings took together. */
export function outcomeLine({
  exercise,
  passed,
  kept,
  skipped,
  unjudged,
  retried,
  problems,
  warnings,
  ms,
}: Outcome): string {
  const mark =
    problems.length > 0
      ? styleText('red', '✘')
      : unjudged > 0
        ? styleText('yellow', '⊘')
        : styleText('green', '✔')
  const parts = [
    `${passed} passed${kept > 0 ? ` (${kept} unchanged)` : ''}`,
    problems.length > 0 && `${problems.length} failed`,
    skipped > 0 && `${skipped} left for another time`,
    unjudged > 0 && `${unjudged} not judged: a service is missing`,
    retried > 0 && `${retried} looked at again`,
    warnings.length > 0 && `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`,
  ]
  return `${mark} ${exercise.slug.padEnd(20)} ${parts.filter(Boolean).join(', ')}  ${(ms / 1000).toFixed(1)} s`
}

/**
 * Returns the warnings, then all broken rules with their fixes: what matters most stands last, where a
 * long log ends.
 * @param options.full shows of each rule what it rests on; otherwise of the last only, and the rest a line each
 */
export function printProblems(outcomes: Outcome[], { full }: { full: boolean }): string {
  const lines = outcomes.flatMap((outcome) => warningLines(outcome, outcomes.length > 1))
  const broken = outcomes.flatMap(({ exercise, problems }) =>
    problems.map((problem) => ({ slug: exercise.slug, ...problem })),
  )
  broken.forEach(({ slug, what, detail, fix }, index) => {
    const whole = full || index === broken.length - 1
    if (lines.length > 0 && (whole || index === 0)) lines.push('')
    const [first, ...rest] = what.split('\n')
    lines.push(styleText('red', `✘ ${slug}: ${first}`))
    if (!whole) return
    if (rest.length > 0) lines.push(indent(rest.join('\n')))
    if (detail) lines.push(indent(detail))
    if (fix) lines.push(`  ${styleText('bold', 'fix:')} ${fix}`)
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** Returns a line for each warning; among many exercises, one for all that is merely due. */
function warningLines({ exercise, warnings }: Outcome, brief: boolean): string[] {
  const line = (text: string) => styleText('yellow', `! ${exercise.slug}: ${text}`)
  const due = brief ? warnings.filter((one) => one.due) : []
  return [
    ...(due.length > 0 ? [line(due.map(({ what }) => what).join('; '))] : []),
    ...warnings
      .filter((one) => !due.includes(one))
      .map(({ what, fix }) => `${line(what)}${fix ? styleText('dim', `  ${fix}`) : ''}`),
  ]
}
