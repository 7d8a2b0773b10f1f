import { styleText } from 'node:util'
import { phaseTitle } from './catalogue.ts'
import {
  type CheckResult,
  type ExerciseResult,
  isPass,
  isPassedPart,
  type Report,
  type Verdict,
} from './report.ts'

type Style = Parameters<typeof styleText>[0]

const MARKS: Record<Verdict, { mark: string; style: Style }> = {
  mastered: { mark: '★', style: 'yellow' },
  passed: { mark: '✔', style: 'green' },
  failed: { mark: '✘', style: 'red' },
  untouched: { mark: '○', style: 'dim' },
  partial: { mark: '◐', style: 'cyan' },
  'not run': { mark: '⊘', style: 'cyan' },
  error: { mark: '‼', style: 'magenta' },
}

const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })

/** A text on one line, cut where it grows too long. */
export function oneLine(text: string, limit = 160): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' ')
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

function firstFailing(result: ExerciseResult): CheckResult | undefined {
  const failing = result.checks.filter((check) => check.status === 'failed')
  return failing.find((check) => check.level === 'core') ?? failing[0]
}

function remark(result: ExerciseResult): string {
  if (result.verdict === 'untouched') return 'untouched'
  if (result.verdict === 'not run') return `not run: ${oneLine(result.reason ?? '')}`
  if (result.verdict === 'error') return `could not be graded: ${oneLine(result.reason ?? '')}`
  const failing = firstFailing(result)
  if (failing) {
    const said = oneLine((failing.message ?? '').split('\n')[0]!, 110)
    return `${failing.id} ${failing.title}: ${said}`
  }
  if (isPassedPart(result)) return oneLine(result.reason ?? '')
  if (result.verdict === 'partial') return `partial: ${oneLine(result.reason ?? '')}`
  return result.cached ? 'unchanged' : ''
}

function line(result: ExerciseResult, width: number): string {
  const { mark, style } = MARKS[result.verdict]
  const passed = result.checks.filter((check) => check.status === 'passed').length
  const counted = result.verdict !== 'untouched' && result.verdict !== 'not run'
  const score = counted && result.checks.length > 0 ? `${passed}/${result.checks.length}` : ''
  return `  ${paint(style, mark)} ${result.slug.padEnd(width)}  ${score.padStart(5)}   ${paint('dim', remark(result))}`.trimEnd()
}

/** The map of the graded phases, a line for each exercise. */
export function printMap(results: ExerciseResult[]): string {
  const width = Math.max(12, ...results.map((one) => one.slug.length))
  const phases = [...new Set(results.map((one) => one.phase))]
  const blocks = phases.map((phase) => {
    const own = results.filter((one) => one.phase === phase)
    const passed = own.filter((one) => isPass(one.verdict)).length
    const stars = own.filter((one) => one.verdict === 'mastered').length
    const title = phaseTitle(phase)
    const count = `${passed} of ${own.length} passed${stars > 0 ? ` · ${stars} ★` : ''}`
    const head = `${paint('bold', title)}${count.padStart(Math.max(count.length + 2, 80 - title.length))}`
    return [head, ...own.map((one) => line(one, width))].join('\n')
  })
  return blocks.join('\n\n')
}

function indent(text: string, by: string): string {
  return text.replaceAll(/^/gm, by)
}

/**
 * One failing check in full: the requirement, what was sent, what was expected, what came back, and
 * what the program printed.
 */
export function printFailure(result: Pick<ExerciseResult, 'slug'>, check: CheckResult): string {
  const parts = [
    paint('red', `✘ ${result.slug} ${check.id}  ${check.title}`),
    check.test && indent(paint('dim', `the test: ${check.test}`), '  '),
    indent(check.message ?? '', '  '),
    check.diff && indent(check.diff, '  '),
    ...check.evidence.map(
      ({ title, text }) => `${indent(paint('bold', title), '  ')}\n${indent(text, '    ')}`,
    ),
    check.output &&
      `${indent(paint('bold', 'Your program printed'), '  ')}\n${indent(check.output.split('\n').slice(-30).join('\n'), '  │ ')}`,
    check.at && indent(paint('dim', `the check: ${check.at.file}:${check.at.line}`), '  '),
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** The failure to show in full: the first core one, in the order of the map. */
export function worstFailure(
  results: ExerciseResult[],
): { result: ExerciseResult; check: CheckResult } | undefined {
  for (const verdict of ['failed', 'passed', 'partial'] as const) {
    for (const result of results.filter((one) => one.verdict === verdict && !one.cached)) {
      const check = firstFailing(result)
      if (check) return { result, check }
    }
  }
  return undefined
}

/**
 * The other failing checks of an exercise, a line each; those that say what the shown one says, such
 * as that a file cannot be read, share one.
 */
export function printOtherFailures(result: ExerciseResult, shown: CheckResult): string {
  const others = result.checks.filter((check) => check.status === 'failed' && check !== shown)
  const isSame = (check: CheckResult) => check.message === shown.message
  const same = others.filter(isSame).map(({ id }) => id)
  const lines = others
    .filter((check) => !isSame(check))
    .map((check) => {
      const level = check.level === 'stretch' ? paint('dim', ' (stretch)') : ''
      return `  ${paint('red', '✘')} ${check.id}${level} ${check.title}: ${oneLine((check.message ?? '').split('\n')[0]!)}`
    })
  if (same.length > 0) lines.unshift(`  ${paint('red', '✘')} ${same.join(', ')}: the same`)
  return lines.join('\n')
}

/** Where to go on: the first exercise that is not passed. */
export function printNext(results: ExerciseResult[]): string | undefined {
  const next =
    results.find((one) => one.verdict === 'failed') ??
    results.find((one) => one.verdict === 'untouched')
  return (
    next && `Next: exercises/${next.phase}/${next.slug}/README.md   (npm run watch ${next.slug})`
  )
}

/**
 * The last line: how long it took, on what, and how to have the same again.
 * @param options.others somebody else's work was graded, who might look for the answers
 */
export function printFooter(report: Report, { others = false } = {}): string {
  const services = Object.entries(report.services).map(
    ([name, { provider, version }]) => `${name} ${version} (${provider})`,
  )
  const seconds = `${(report.durationMs / 1000).toFixed(1)} s`
  const line = [seconds, ...services, `--seed ${report.seed} repeats this run`].join(' · ')
  const { warning, open } = report.sandbox ?? {}
  const told = [
    warning && `The programs had all of root's rights: ${warning}\n`,
    others &&
      open &&
      'The programs could read solutions/ and graders/: this system hides nothing from them. --sandbox docker does.\n',
  ]
    .filter(Boolean)
    .join('')
  return `${told && paint('yellow', told)}${paint('dim', line)}`
}
