import type { CheckResult } from './report.ts'

// What vitest says of a comparison is made for programmers who know vitest. This says it for others.

/** A comparison that vitest has cut, so that nobody can see what differs. */
const CUT =
  /expected (?=[^\n]*…\(\d+\))[^\n]* (?:not )?to (?:deeply equal|strictly equal|match object|be) [^\n]*/g

/**
 * Takes from a message what is vitest's own: `// Object.is equality`, the sign of `+0`, a value that is
 * "not to be" itself, and comparisons that are cut to `…(9)`; the diff below shows those. Doing it twice
 * changes nothing more.
 */
export function plainWords(message: string): string {
  return message
    .replaceAll(/ \/\/ Object\.is equality/g, '')
    .replaceAll(/(?<![\w.:+)\]-])\+(0(?![\w.])|<n>)/g, '$1')
    .replaceAll(
      /expected (\S+|'[^'\n]*') not to (?:be|deeply equal|equal) \1(?=$|\n)/g,
      'expected anything but $1',
    )
    .replaceAll(CUT, 'not what was expected')
}

type Line = { sign: string; text: string }

/** The lines of a diff that differ, without commas at their ends. */
function differing(diff: string): Line[] {
  return diff.split('\n').flatMap((line) => {
    const [, sign, text] = /^([-+])\s*(.*?),?$/.exec(line) ?? []
    if (!sign || !text || /^(Expected|Received)\b/.test(text)) return []
    return [{ sign, text }]
  })
}

/** What differs first, in words: the field, what was expected and what came. */
function firstDifference(diff: string): string | undefined {
  const lines = differing(diff)
  const field = ({ text }: Line) => /^"?([\w$ -]+)"?: (.*)$/.exec(text)
  const first = lines[0]
  if (!first) return undefined
  const [, name, value] = field(first) ?? []
  const other = lines.find(
    (line) => line.sign !== first.sign && (name ? field(line)?.[1] === name : !field(line)),
  )
  if (!other) {
    return `${first.sign === '-' ? 'missing' : 'not expected'}: ${first.text}`
  }
  const [wanted, came] = first.sign === '-' ? [first, other] : [other, first]
  const of = (line: Line) => (name ? field(line)![2] : line.text)
  return `${name && value ? `${name}: ` : ''}expected ${of(wanted)}, got ${of(came)}`
}

/** The last comparison of a message: where it begins, what came, and what was expected. */
function comparison(message: string): { at: number; got?: string; wanted?: string } | undefined {
  const at = message.search(
    /(?:expected [^\n]+ to (?:be|deeply equal|equal) [^\n]*|not what was expected)$/,
  )
  if (at < 0) return undefined
  const [, got, wanted] =
    /^expected (.+) to (?:be|deeply equal|equal) (.+)$/.exec(message.slice(at)) ?? []
  return got?.endsWith(' not') || got?.includes(' to be ') ? { at } : { at, got, wanted }
}

/**
 * Returns what went wrong in one line: what was looked at, and what was expected and came. Where whole
 * objects were compared it names the first field that differs.
 */
export function summaryOf({ message = '', diff }: Pick<CheckResult, 'message' | 'diff'>): string {
  const text = plainWords(message).trim()
  const found = comparison(text)
  const lines = (found ? text.slice(0, found.at) : text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && line !== ':')
  const head = lines[0]?.replace(/\s*:$/, '') ?? ''
  if (!found) return head
  const { got, wanted } = found
  const isShort = got && wanted && got.length + wanted.length <= 60
  const said = isShort
    ? `expected ${wanted}, got ${got}`
    : ((diff && firstDifference(diff)) ?? text.slice(found.at))
  if (!head) return said
  return `${head}${lines.length > 1 ? ' …' : ''}: ${said}`
}
