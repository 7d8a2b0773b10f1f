import { styleText } from 'node:util'
import type { Outcome } from './outcome.ts'

const indent = (text: string) => text.replaceAll(/^/gm, '    ')

/** The exercise's line: what passed, what did not, how long its gradings took together. */
export function outcomeLine({
  exercise,
  passed,
  kept,
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
    unjudged > 0 && `${unjudged} not judged: a service is missing`,
    retried > 0 && `${retried} looked at again`,
    warnings.length > 0 && `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`,
  ]
  return `${mark} ${exercise.slug.padEnd(20)} ${parts.filter(Boolean).join(', ')}  ${(ms / 1000).toFixed(1)} s`
}

/**
 * All broken rules with their fixes, then the warnings.
 * @param options.full shows of each what it rests on; otherwise of the first only, and the rest a line each
 */
export function printProblems(outcomes: Outcome[], { full }: { full: boolean }): string {
  const lines: string[] = []
  const broken = outcomes.flatMap(({ exercise, problems }) =>
    problems.map((problem) => ({ slug: exercise.slug, ...problem })),
  )
  broken.forEach(({ slug, what, detail, fix }, index) => {
    if (index === 1 || full) lines.push('')
    const [first, ...rest] = what.split('\n')
    lines.push(styleText('red', `✘ ${slug}: ${first}`))
    if (index > 0 && !full) return
    if (rest.length > 0) lines.push(indent(rest.join('\n')))
    if (detail) lines.push(indent(detail))
    if (fix) lines.push(`  ${styleText('bold', 'fix:')} ${fix}`)
  })
  if (broken.length > 0 && outcomes.some(({ warnings }) => warnings.length > 0)) lines.push('')
  for (const { exercise, warnings } of outcomes) {
    for (const { what, fix } of warnings) {
      const hint = fix ? styleText('dim', `  ${fix}`) : ''
      lines.push(`${styleText('yellow', `! ${exercise.slug}: ${what}`)}${hint}`)
    }
  }
  return lines.map((line) => `${line}\n`).join('')
}
