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
import { summaryOf } from './words.ts'

type Style = Parameters<typeof styleText>[0]

/** How a verdict shows, everywhere; the status of a check shows as the verdict of its name. */
export const MARKS: Record<Verdict, { mark: string; style: Style }> = {
  mastered: { mark: '★', style: 'yellow' },
  passed: { mark: '✔', style: 'green' },
  failed: { mark: '✘', style: 'red' },
  untouched: { mark: '○', style: 'dim' },
  partial: { mark: '◐', style: 'cyan' },
  'not run': { mark: '⊘', style: 'cyan' },
  error: { mark: '‼', style: 'magenta' },
}

const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })

/** How many columns the terminal has; a file or a pipe has room for all. */
export function columns(): number {
  return process.stdout.isTTY
    ? Math.max(30, process.stdout.columns || 80)
    : Number.POSITIVE_INFINITY
}

/** A text in lines of at most this many characters, broken between words where there are any. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let rest = text.trim()
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room)
    const at = space > room / 3 ? space : room
    lines.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return [...lines, rest]
}

/** A text of our own, as the terminal has room for it. */
export function prose(text: string): string {
  return wrap(text, columns() - 1).join('\n')
}

/** A text on one line, cut where it grows too long. */
export function oneLine(text: string, limit = 160): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, ' ')
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

function firstFailing(result: ExerciseResult): CheckResult | undefined {
  const failing = result.checks.filter((check) => check.status === 'failed')
  return failing.find((check) => check.level === 'core') ?? failing[0]
}

/** Where an earlier verdict stands: when it was found, and in which other folder. */
export function sameFiles({ keptFrom }: ExerciseResult): string {
  if (!keptFrom) return ''
  const at = new Date(keptFrom.at)
  const today = at.toDateString() === new Date().toDateString()
  const two = (number: number) => String(number).padStart(2, '0')
  const when = today
    ? `at ${two(at.getHours())}:${two(at.getMinutes())}`
    : `on ${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `same files as ${keptFrom.folder ? `${keptFrom.folder}, ` : ''}graded ${when}`
}

function remark(result: ExerciseResult): string {
  if (result.verdict === 'untouched') return 'untouched'
  if (result.verdict === 'not run') return `not run: ${oneLine(result.reason ?? '')}`
  if (result.verdict === 'error') return `could not be graded: ${oneLine(result.reason ?? '')}`
  const failing = firstFailing(result)
  const same = sameFiles(result)
  if (failing) {
    const said = oneLine(summaryOf(failing), 110)
    return `${failing.id} ${failing.title}: ${said}${same && ` (${same})`}`
  }
  if (isPassedPart(result)) return oneLine(result.reason ?? '')
  if (result.verdict === 'partial') return `partial: ${oneLine(result.reason ?? '')}`
  return same
}

/** How many tests passed, of how many; undefined where nothing was counted. */
function testsOf({ checks }: ExerciseResult): { passed: number; all: number } | undefined {
  const counts = checks.flatMap(({ tests }) => tests ?? [])
  if (counts.length < checks.length) return undefined
  const sum = (of: (count: { passed: number; all: number }) => number) =>
    counts.reduce((total, count) => total + of(count), 0)
  return { passed: sum(({ passed }) => passed), all: sum(({ all }) => all) }
}

/** `+2 (C1 C3), −1 (C5)`: what has changed since the last run; empty where nothing has. */
export function changeOf({ changed }: ExerciseResult): string {
  const { gained = [], lost = [] } = changed ?? {}
  return [
    gained.length > 0 && `+${gained.length} (${gained.join(' ')})`,
    lost.length > 0 && `−${lost.length} (${lost.join(' ')})`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** A line of the map: a mark, a name, how much of it passes, and what is to be said. */
export type Row = { mark: string; style: Style; slug: string; score: string; remark: string }

/**
 * The rows of a map, one below the other; what is too long for the terminal goes on below itself.
 * Words with a no-break space between them stay together.
 */
export function printRows(rows: Row[], width: number): string {
  // Before anything is graded there is no column of scores.
  const scores = Math.max(...rows.map(({ score }) => score.length))
  return rows
    .map(({ mark, style, slug, score, remark: said }) => {
      const column = scores > 0 ? `  ${score.padStart(scores)}` : ''
      const head = `  ${paint(style, mark)} ${slug.padEnd(width)}${column}`
      const used = 4 + width + column.length + 3
      const room = columns() - used - 1
      if (said.length <= room) return `${head}   ${paint('dim', said)}`.trimEnd()
      // A narrow terminal has no room beside the names.
      const [by, beside] = room < 24 ? [6, false] : [used, true]
      const lines = wrap(said, columns() - by - 1)
      const shown = lines.slice(0, 3)
      if (lines.length > 3) shown[2] = `${shown[2]!.slice(0, -1)}…`
      const below = shown.map((text) => paint('dim', text)).join(`\n${' '.repeat(by)}`)
      return `${head.trimEnd()}${beside ? '   ' : `\n${' '.repeat(by)}`}${below}`
    })
    .join('\n')
    .replaceAll('\u00a0', ' ')
}

/**
 * How an exercise that was graded shows in a map.
 * @param changes whether it says what has changed since the last run
 */
export function rowOf(result: ExerciseResult, changes = false): Row {
  const since = changes ? changeOf(result) : ''
  const said = [since, remark(result)].filter(Boolean).join(' · ')
  const passed = result.checks.filter((check) => check.status === 'passed').length
  const counted = result.verdict !== 'untouched' && result.verdict !== 'not run'
  const score = counted && result.checks.length > 0 ? `${passed}/${result.checks.length}` : ''
  return { ...MARKS[result.verdict], slug: result.slug, score, remark: said }
}

/** The head of a phase: its title, and at the right how much of it has passed. */
export function printPhase(phase: string, verdicts: (Verdict | undefined)[]): string {
  const passed = verdicts.filter((one) => one && isPass(one)).length
  const stars = verdicts.filter((one) => one === 'mastered').length
  const title = phaseTitle(phase)
  const count = `${passed} of ${verdicts.length} passed${stars > 0 ? ` · ${stars} ★` : ''}`
  const room = Math.min(80, columns() - 1) - title.length
  if (room < count.length + 2) return `${paint('bold', title)}\n  ${count}`
  return `${paint('bold', title)}${count.padStart(room)}`
}

/** The map of the graded phases, a line for each exercise. */
export function printMap(results: ExerciseResult[]): string {
  const width = Math.max(12, ...results.map((one) => one.slug.length))
  const phases = [...new Set(results.map((one) => one.phase))]
  const blocks = phases.map((phase) => {
    const own = results.filter((one) => one.phase === phase)
    const head = printPhase(
      phase,
      own.map(({ verdict }) => verdict),
    )
    return `${head}\n${printRows(
      own.map((one) => rowOf(one, results.length > 1)),
      width,
    )}`
  })
  return blocks.join('\n\n')
}

/** What the marks ask for, in three lines, for somebody who sees a map for the first time. */
export const LEVELS = [
  'Core checks ask for what a careful first version does: with all of them it is ✔ passed.',
  'Stretch checks ask for what a senior insists on in production: with them it is ★ mastered.',
  'To go on, ✔ is enough; nothing is lost by coming back for the ★ later.',
]

/**
 * What one exercise has come to: that it is done, what stretch still offers, and what has changed since
 * the last run.
 */
export function printVerdict(result: ExerciseResult): string | undefined {
  const { slug, verdict, checks } = result
  const { mark, style } = MARKS[verdict]
  const passed = checks.filter(({ status }) => status === 'passed').length
  const changes = changeOf(result)
  const since = changes && `; ${changes} since the last run`
  if (verdict === 'mastered') {
    return paint(style, `${mark} ${slug} is mastered: all ${checks.length} checks${since}.`)
  }
  if (verdict === 'passed') {
    const open = checks.filter(({ status }) => status !== 'passed')
    return [
      paint(style, `${mark} ${slug} is passed: all core checks${since}.`),
      'For the ★, what a senior would also insist on (stretch):',
      ...open
        .map(({ id, title }) => wrap(`${id}  ${title}`, columns() - 5).join('\n     '))
        .map((text) => `  ${text}`),
    ].join('\n')
  }
  if (verdict !== 'failed') return undefined
  const tests = testsOf(result)
  const count = tests && tests.all > checks.length ? `, ${tests.passed} of ${tests.all} tests` : ''
  return paint(
    style,
    `${mark} ${slug}: ${passed} of ${checks.length} checks${count} passed${since}.`,
  )
}

/** Rows of a table that are marked as different. */
const MARKED = /^ *[→≠] /m

function indent(text: string, by: string): string {
  return text.replaceAll(/^/gm, by)
}

/**
 * One failing check in full: the requirement, what was sent, what was expected, what came back, and
 * what the program printed.
 */
export function printFailure(result: Pick<ExerciseResult, 'slug'>, check: CheckResult): string {
  const { passed = 0, all = 0 } = check.tests ?? {}
  const count = all > 1 && passed > 0 ? ` (${passed} of its ${all} tests passed)` : ''
  const parts = [
    paint('red', `✘ ${result.slug} ${check.id}  ${check.title}`) + paint('dim', count),
    check.test && indent(paint('dim', `the test: ${check.test}`), '  '),
    indent(check.message ?? '', '  '),
    MARKED.test(check.message ?? '') &&
      indent(paint('dim', '→ is the first row that differs, ≠ are the others'), '  '),
    check.diff && indent(check.diff, '  '),
    ...check.evidence.map(
      ({ title, text }) => `${indent(paint('bold', title), '  ')}\n${indent(text, '    ')}`,
    ),
    check.output &&
      `${indent(paint('bold', 'Your program printed'), '  ')}\n${indent(check.output.split('\n').slice(-30).join('\n'), '  │ ')}`,
    isContributor() &&
      check.at &&
      indent(paint('dim', `the check: ${check.at.file}:${check.at.line}`), '  '),
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** Whether somebody works on the kit: who learns with it has no use for a line of a grader. */
function isContributor(): boolean {
  return process.env.ROADWORKS_KIT === 'true'
}

/** The failure to show in full: the first core one, in the order of the map. */
export function worstFailure(
  results: ExerciseResult[],
): { result: ExerciseResult; check: CheckResult } | undefined {
  // What was graded just now comes before what is known from an earlier run.
  const failed = results.filter(({ verdict }) => verdict === 'failed')
  const groups = [
    failed.filter(({ cached }) => !cached),
    failed,
    ...(['passed', 'partial'] as const).map((verdict) =>
      results.filter((one) => one.verdict === verdict && !one.cached),
    ),
  ]
  for (const group of groups) {
    for (const result of group) {
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
      return `  ${paint('red', '✘')} ${check.id}${level} ${check.title}: ${oneLine(summaryOf(check))}`
    })
  if (same.length > 0) lines.unshift(`  ${paint('red', '✘')} ${same.join(', ')}: the same`)
  return lines.join('\n')
}

/** Where to go on. */
export function printNext(next: { phase: string; slug: string }): string {
  const readme = `exercises/${next.phase}/${next.slug}/README.md`
  const watch = `npm run watch ${next.slug}`
  const line = `Next: ${readme}   (${watch})`
  return line.length < columns() ? line : `Next: ${watch}\n  ${readme}`
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
