import { expect } from 'vitest'
import { matches } from '../../harness/sql/compare.ts'

/** The rows of `these` that are not among `those`; a row counts as often as it stands there. */
function without(these: string[], those: string[]): string[] {
  const matched = matches(these, those)
  return these.filter((_, index) => !matched[index])
}

type Cells = Record<string, unknown>

function cellsOf(line: string): Cells | undefined {
  const value: unknown = JSON.parse(line)
  return value && typeof value === 'object' && !Array.isArray(value) ? (value as Cells) : undefined
}

/** A row in short: what is NULL or empty says little. */
function brief(line: string): string {
  const cells = cellsOf(line)
  if (!cells) return line
  const filled = Object.entries(cells).filter(
    ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  )
  return JSON.stringify(Object.fromEntries(filled))
}

function listOf(title: string, lines: string[]): string {
  if (lines.length === 0) return ''
  const many = lines.length > 3 ? ', of which the first three are' : ''
  return `\n  ${title}: ${lines.length}${many}\n    ${lines.slice(0, 3).join('\n    ')}`
}

/** What differs in two rows of one parcel; undefined where they are of different ones. */
function differenceOf(wanted: string, got: string): string | undefined {
  const [right, is] = [cellsOf(wanted), cellsOf(got)]
  if (!right || !is || right.code !== is.code) return undefined
  const cells = Object.keys({ ...right, ...is }).filter(
    (name) => JSON.stringify(right[name]) !== JSON.stringify(is[name]),
  )
  const texts = cells.map((name) =>
    name in right
      ? `${name} must be ${JSON.stringify(right[name])}, and is ${JSON.stringify(is[name])}`
      : `${name} is ${JSON.stringify(is[name])}`,
  )
  return `${right.code ?? 'no code'}: ${texts.join('; ')}`
}

/**
 * Expects the same rows, in whatever order.
 * @param got each row as JSON, an object with a `code` or a list
 */
export function expectSame(where: string, got: string[], wanted: string[]): void {
  let missing = without(wanted, got).sort()
  let wrong = without(got, wanted).sort()
  if (missing.length + wrong.length === 0) return
  const different: string[] = []
  for (const row of missing) {
    const other = wrong.find((one) => differenceOf(row, one) !== undefined)
    if (other === undefined) continue
    different.push(differenceOf(row, other)!)
    missing = without(missing, [row])
    wrong = without(wrong, [other])
  }
  const amount =
    wanted.length === got.length
      ? `${got.length} rows, as it must, but not the right ones.`
      : `${got.length} rows, and must have ${wanted.length}.`
  const lists = [
    listOf('not right', different),
    listOf('missing', missing.map(brief)),
    listOf('too many', wrong.map(brief)),
  ]
  expect.fail(`${where} has ${amount}${lists.join('')}`)
}
