import os from 'node:os'
import { ROOT } from '../../../graders/harness/paths.ts'
import { MEMORY } from '../../../graders/harness/run.ts'
import type { CheckResult } from '../report.ts'

/**
 * What differs from run to run in what a learner reads, although the seed is the same, and what
 * stands for it in a snapshot. The first that fits wins, so the longest come first.
 */
const VARYING: [RegExp, string][] = [
  // Where the kit lies, and the run's own folders and names
  [/<br> &nbsp; &nbsp;at [\s\S]*/g, '<br><stack>'],
  [/\n\s+at .*/g, '\n<stack>'],
  [/\\n\s+at [^"]*/g, '\\n<stack>'],
  [/(\n<stack>)+/g, '\n<stack>'],
  [/\bfile:\/\/[^\s'"<>)]*/g, '<file>'],
  [new RegExp(`${RegExp.escape(ROOT)}(?:/[^\\s'"<>):]*)?`, 'g'), '<folder>'],
  [new RegExp(`(?:/tmp|${MEMORY}|${RegExp.escape(os.tmpdir())})/[\\w./-]*\\w`, 'g'), '<folder>'],
  [/\brw_\w+/g, '<name>'],
  [/\[… \d+ characters left out …\]/g, '[… <n> characters left out …]'],
  // Tokens, keys and digests
  [/\beyJ[\w-]+(\.[\w-]*){1,4}/g, '<token>'],
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, '<key>'],
  [/\bsha256:[0-9a-f]{12,64}\b/g, '<digest>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  // Long enough for 128 bits; with a digit and letters of both cases, so no word
  [/(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{21,}/g, '<token>'],
  // What is left of a token behind a cut may be a letter or two, which look like nothing
  [/<token> (\[… <n> characters left out …\]) (?:[\w.-]|<token>)*/g, '<token> $1 <rest>'],
  [/(?<![\w-])(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}(?![\w-])/g, '<hash>'],
  // One short hash in thirty has no letter: it is known by what stands beside it
  [/\b[0-9a-f]{7,40}(?= \()/g, '<hash>'],
  [/\b(commit |on [\w./-]+: )[0-9a-f]{7,40}\b/g, '$1<hash>'],
  // Where a server listens, and which process it is
  [/\b(127\.0\.0\.1|localhost|0\.0\.0\.0)(:| port )\d{2,5}\b/g, '$1$2<port>'],
  [/(\[::1?\]):\d{2,5}\b/g, '$1:<port>'],
  [/\b(port|pid|PID|process) \d+\b/g, '$1 <number>'],
  // When it was
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} [\d:]{8} GMT/g, '<time>'],
  [/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d(:?\d\d)?)?/g, '<time>'],
  [/"(iat|exp|nbf|auth_time)":\d+/g, '"$1":<time>'],
  // Codes of parcels in Redis: which of several keys comes first is for Redis to say
  [/\b(PEL|POST|X9)-[A-Z0-9]{9,}\b/g, '<code>'],
  // What Docker remembers of a container's health checks
  [/\[\{"Start":".*/g, '<probes>'],
]

const DAY = 86_400_000
/** Days around today, which graders take from the clock where programs do: `<today>`, `<today+1>`. */
const DAYS = Array.from({ length: 41 }, (_, index): [string, string] => {
  const away = index - 10
  const day = new Date(Date.now() + away * DAY).toISOString().slice(0, 10)
  return [day, away === 0 ? '<today>' : `<today${away > 0 ? '+' : ''}${away}>`]
})

/**
 * Puts placeholders such as `<port>` where a text differs from run to run.
 * @param days also `<today>` and the days around it. Off by default: a day that a seed has chosen
 *   stays the same while today moves on.
 */
export function stable(text: string, days = false): string {
  let changed = text
  for (const [pattern, placeholder] of VARYING) changed = changed.replaceAll(pattern, placeholder)
  if (days) for (const [day, placeholder] of DAYS) changed = changed.replaceAll(day, placeholder)
  return changed
}

const MOST_LINES = 40
const MOST_WIDTH = 240

function trimmed(text: string): string {
  const lines = text.split('\n').map((line) => {
    const characters = [...line.trimEnd()]
    return characters.length > MOST_WIDTH
      ? `${characters.slice(0, MOST_WIDTH).join('')}…`
      : characters.join('')
  })
  const kept = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '[…]'] : lines
  return kept.join('\n').trim()
}

/**
 * How much of a failure is kept, from all to next to nothing: first the diff goes, then all but the
 * message's first line, then the numbers in that, then the message.
 */
export const LEVELS = ['whole', 'message', 'first line', 'words', 'check'] as const
export type Level = (typeof LEVELS)[number]

function messageAt(message: string, level: Level, days: boolean): string {
  if (level === 'check') return ''
  if (level === 'whole' || level === 'message') return stable(message, days)
  const line = stable(message, days).split('\n')[0]!
  return level === 'words' ? line.replaceAll(/\d+(?:[., ]\d+)*/g, '<n>') : line
}

/**
 * What a learner reads of a failed check, as the map shows it, without what differs from run to run.
 * The requests and what the program printed are left out: there is too much chance in them.
 * @param days as for `stable`
 */
export function feedbackOf(check: CheckResult, level: Level, days = false): string {
  const kind = check.error && check.error !== 'AssertionError' ? check.error : undefined
  const test = level === 'check' ? undefined : check.test
  const parts = [
    `✘ ${check.id}  ${check.title}`,
    test && `the test: ${test}`,
    test && kind && `(${kind})`,
    messageAt(check.message ?? '', level, days),
    level === 'whole' && stable(check.diff ?? '', days),
  ]
  return parts.flatMap((part) => (part ? [trimmed(part)] : [])).join('\n\n')
}
