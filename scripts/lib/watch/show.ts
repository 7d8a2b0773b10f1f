import { styleText } from 'node:util'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { oneLine, printFailure } from '../map.ts'
import { type CheckResult, type ExerciseResult, isPass } from '../report.ts'

const MARKS = { passed: '✔', failed: '✘', 'not run': '⊘', error: '‼' } as const
const STYLES = { passed: 'green', failed: 'red', 'not run': 'cyan', error: 'magenta' } as const

type Style = Parameters<typeof styleText>[0]
const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })

/** What differs between a failure and the first one that was shown: nothing, for a program that does not start. */
const reasonOf = ({ error, message }: CheckResult) => `${error} ${message}`

/** Prints the checks of one save as they end. */
export type Screen = {
  check(check: CheckResult): void
  /** Prints what it comes to. @param seconds since the save */
  end(result: ExerciseResult, seconds: number): void
}

export type ScreenOptions = {
  /** The result of the last save, for what has changed since. */
  before?: ExerciseResult
  /** The slug of the exercise that comes next. */
  next?: string
  /** The checks that are run, where they are not all. */
  only?: string[]
}

/** Opens the screen for one save. */
export function openScreen(exercise: Exercise, options: ScreenOptions): Screen {
  const say = (text: string) => void process.stdout.write(`${text}\n`)
  let first: CheckResult | undefined
  const alike: string[] = []
  return {
    check(check) {
      const { id, title, status, message, level, durationMs } = check
      if (first && status !== 'passed' && reasonOf(check) === reasonOf(first)) {
        alike.push(id)
        return
      }
      const mark = paint(STYLES[status], MARKS[status])
      const stretch = level === 'stretch' ? ' (stretch)' : ''
      const said = status === 'passed' ? '' : `: ${oneLine((message ?? '').split('\n')[0]!)}`
      const time = paint('dim', `${(durationMs / 1000).toFixed(1)} s`)
      if (status === 'failed' && !first) {
        first = check
        say(`\n${printFailure({ slug: exercise.slug }, check)}\n`)
      } else say(`  ${mark} ${id}${paint('dim', stretch)} ${title}${said}  ${time}`)
    },
    end(result, seconds) {
      if (alike.length > 0) say(`  ${paint('red', '✘')} ${alike.join(' ')}: for the same reason`)
      say('')
      for (const line of closing(exercise, result, options)) say(line)
      say(paint('dim', `${seconds.toFixed(1)} s`))
    },
  }
}

function closing(
  exercise: Exercise,
  result: ExerciseResult,
  { before, next, only }: ScreenOptions,
): string[] {
  const { checks, verdict, reason } = result
  const passed = checks.filter(({ status }) => status === 'passed')
  const score = `${passed.length}/${checks.length}${changeSince(before, result)}`
  const all = passed.length === checks.length
  if (only && all) return [`${paint('green', '✔')} only ${only.join(', ')}: passed, ${score}`]
  if (verdict === 'mastered')
    return [paint('yellow', `★ ${exercise.slug} is mastered: ${score}`), nextLine(next)]
  if (isPass(verdict)) {
    const open = checks.filter(({ status }) => status !== 'passed').map(({ id }) => id)
    const stretch = `What a senior would also insist on (stretch): ${open.join(' ')}.`
    return [paint('green', `✔ ${exercise.slug} is passed: ${score}`), stretch, nextLine(next)]
  }
  if (verdict === 'failed') return [`${paint('red', '✘')} ${exercise.slug} ${score}`]
  return [`${paint('magenta', '‼')} ${exercise.slug} ${score}  ${oneLine(reason ?? verdict)}`]
}

const nextLine = (slug: string | undefined) =>
  slug ? `Next: npm run watch ${slug}` : 'That was the last exercise of the map.'

/** `, +2 since the last save`: how many checks more or fewer pass than before. */
function changeSince(before: ExerciseResult | undefined, { checks }: ExerciseResult): string {
  if (!before) return ''
  const passing = (list: CheckResult[]) =>
    new Set(list.filter(({ status }) => status === 'passed').map(({ id }) => id))
  const [old, now] = [passing(before.checks), passing(checks)]
  const gained = [...now].filter((id) => !old.has(id))
  const lost = [...old].filter((id) => !now.has(id))
  const parts = [
    gained.length > 0 && `+${gained.length} (${gained.join(' ')})`,
    lost.length > 0 && `−${lost.length} (${lost.join(' ')})`,
  ].filter(Boolean)
  return parts.length > 0 ? `, ${parts.join(', ')} since the last save` : ''
}
