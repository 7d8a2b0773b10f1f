import type { Difference, Pair, Row } from './compare.ts'
import type { Schema, Tables } from './tables.ts'

/** The widest table that two stand beside each other in. */
const WIDEST = 116
/** How many pairs of rows are shown, and how many of them before the first that differs. */
const MOST_PAIRS = 10
const BEFORE = 2
const LONGEST_CELL = 48
const NONE = '(no such row)'

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{3})Z$/

/** An instant as psql shows it in UTC. */
function instant(iso: string): string {
  const [, day, time, ms] = INSTANT.exec(iso)!
  return `${day} ${time}${ms === '000' ? '' : `.${ms}`}+00`
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = String(value)
  if (INSTANT.test(text)) return instant(text)
  // A line break in a value must not break the table.
  const line = text.replaceAll(/[\n\r\t]/g, ' ')
  return line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line
}

type Layout = { columns: string[]; widths: number[]; numeric: boolean[] }

function layOut(columns: string[], rows: Row[]): Layout {
  const widths = columns.map((name) =>
    Math.max(name.length, ...rows.map((row) => cellText(row[name]).length)),
  )
  const numeric = columns.map((name) =>
    rows.every((row) => row[name] === null || typeof row[name] === 'number'),
  )
  return { columns, widths, numeric }
}

const heads = ({ columns, widths }: Layout) =>
  columns.map((name, index) => name.padEnd(widths[index]!)).join(' | ')
const rules = ({ widths }: Layout) => widths.map((width) => '-'.repeat(width)).join('-+-')
const cells = ({ columns, widths, numeric }: Layout, row: Row) =>
  columns
    .map((name, index) => {
      const text = cellText(row[name])
      return numeric[index] ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)
    })
    .join(' | ')

const rowsIn = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`

/** `→` marks the first difference, `≠` the others. */
function markOf(pair: Pair, first: Pair): string {
  if (!pair.differs) return ' '
  return pair === first ? '→' : '≠'
}

function beside(layout: Layout, pairs: Pair[], first: Pair, titles: [string, string]): string[] {
  const width = Math.max(rules(layout).length, titles[0].length, NONE.length)
  const line = (mark: string, left: string, right: string) =>
    `${mark} ${left.padEnd(width)}   ${right}`.trimEnd()
  return [
    line(' ', titles[0], titles[1]),
    line(' ', heads(layout), heads(layout)),
    line(' ', rules(layout), rules(layout)),
    ...pairs.map((pair) =>
      line(
        markOf(pair, first),
        pair.wanted ? cells(layout, pair.wanted) : NONE,
        pair.given ? cells(layout, pair.given) : NONE,
      ),
    ),
  ]
}

function below(layout: Layout, pairs: Pair[], first: Pair, titles: [string, string]): string[] {
  const alone = { wanted: 'missing', given: 'not expected' }
  const width = Math.max(...[alone.given, ...titles].map((title) => title.length))
  const line = (mark: string, who: string, text: string) =>
    `${mark} ${who.padEnd(width)}   ${text}`.trimEnd()
  const linesOf = (pair: Pair): string[] => {
    const { wanted, given, differs } = pair
    const mark = markOf(pair, first)
    if (!differs) return [line(mark, 'both', cells(layout, wanted!))]
    if (!given) return [line(mark, alone.wanted, cells(layout, wanted!))]
    if (!wanted) return [line(mark, alone.given, cells(layout, given))]
    return [
      line(mark, titles[0], cells(layout, wanted)),
      line(' ', titles[1], cells(layout, given)),
    ]
  }
  return [line(' ', '', heads(layout)), line(' ', '', rules(layout)), ...pairs.flatMap(linesOf)]
}

/**
 * The rows wanted and those given as a table, from shortly before the first difference on: beside
 * each other, or, where that would be too wide, one above the other.
 * @param titles what the two are called
 */
export function showDifference(
  columns: string[],
  { pairs }: Difference,
  titles: [string, string],
): string {
  const at = pairs.findIndex(({ differs }) => differs)
  const from = at <= BEFORE + 1 ? 0 : at - BEFORE
  const window = pairs.slice(from, from + MOST_PAIRS)
  const shown = window.flatMap(({ wanted, given }) => [wanted, given].filter((row) => !!row))
  const layout = layOut(columns, shown)
  const wide = 2 * rules(layout).length + 5 > WIDEST
  const after = pairs.slice(from + MOST_PAIRS)
  const more = after.filter(({ differs }) => differs).length
  return [
    from > 0 ? `  (${rowsIn(from)} before are right)` : [],
    (wide ? below : beside)(layout, window, pairs[at]!, titles),
    after.length > 0 ? `  (${rowsIn(after.length)} more, ${more || 'none'} of them wrong)` : [],
  ]
    .flat()
    .join('\n')
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = value instanceof Date ? instant(value.toISOString()) : String(value)
  return `'${text.replaceAll("'", "''")}'`
}

/** Statements that put these rows in the place of all others, with the values one below the other. */
export function showAsSql({ tables }: Schema, rows: Tables): string {
  const statements = tables.flatMap(({ name, columns }) => {
    const own = (rows[name] ?? []) as Record<string, unknown>[]
    if (own.length === 0) return []
    const texts = own.map((row) => columns.map((column) => literal(row[column.name])))
    const widths = columns.map((_, index) => Math.max(...texts.map((row) => row[index]!.length)))
    const lines = texts.map((row) => {
      const values = row.map((text, index) => {
        const comma = index < row.length - 1 ? ',' : ''
        return `${text}${comma}`.padEnd(widths[index]! + comma.length)
      })
      return `  (${values.join(' ').trimEnd()})`
    })
    const names = columns.map((column) => column.name).join(', ')
    return `INSERT INTO ${name} (${names}) VALUES\n${lines.join(',\n')};`
  })
  const names = tables.map(({ name }) => name).join(', ')
  return [`TRUNCATE ${names};`, ...statements].join('\n')
}
