import { styleText } from 'node:util'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { changeOf, MARKS, oneLine, printFailure, printNext, printVerdict } from '../map.ts'
import { type CheckResult, type ExerciseResult, isPass } from '../report.ts'
import { summaryOf } from '../words.ts'

type Style = Parameters<typeof styleText>[0]
const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })

/** What differs between a failure and the first one that was shown: nothing, for a program that does not start. */
const reasonOf = ({ error, message }: CheckResult) => `${error} ${message}`

/** Prints the checks of one save as they end. */
export type Screen = {
  check(check: CheckResult): void
  /** Prints what it comes to. @param next where to go on @param seconds since the save */
  end(result: ExerciseResult, next: Exercise | undefined, seconds: number): void
}

export type ScreenOptions = {
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
      const { id, title, status, level, durationMs } = check
      if (first && status !== 'passed' && reasonOf(check) === reasonOf(first)) {
        alike.push(id)
        return
      }
      const mark = paint(MARKS[status].style, MARKS[status].mark)
      const stretch = level === 'stretch' ? ' (stretch)' : ''
      const said = status === 'passed' ? '' : `: ${oneLine(summaryOf(check))}`
      const time = paint('dim', `${(durationMs / 1000).toFixed(1)} s`)
      if (status === 'failed' && !first) {
        first = check
        say(`\n${printFailure({ slug: exercise.slug }, check)}\n`)
      } else say(`  ${mark} ${id}${paint('dim', stretch)} ${title}${said}  ${time}`)
    },
    end(result, next, seconds) {
      if (alike.length > 0) say(`  ${paint('red', '✘')} ${alike.join(' ')}: for the same reason`)
      say('')
      for (const line of closing(result, next, options)) say(line)
      say(paint('dim', `${seconds.toFixed(1)} s`))
    },
  }
}

/** What one save has come to, and where to go on. */
function closing(
  result: ExerciseResult,
  next: Exercise | undefined,
  { only }: ScreenOptions,
): string[] {
  const { checks, slug, verdict, reason } = result
  const passed = checks.filter(({ status }) => status === 'passed')
  const score = `${passed.length}/${checks.length}`
  const changes = changeOf(result)
  const since = changes && `; ${changes} since the last run`
  if (only && passed.length === checks.length)
    return [`${paint('green', '✔')} only ${only.join(', ')}: passed, ${score}${since}`]
  const told = printVerdict(result)
  if (!told) return [`${paint('magenta', '‼')} ${slug} ${score}  ${oneLine(reason ?? verdict)}`]
  if (!isPass(verdict)) return [told]
  return [told, next ? printNext(next) : 'All exercises have passed.']
}
