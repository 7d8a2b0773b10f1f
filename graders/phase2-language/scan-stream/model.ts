import type { Fresh } from '../../harness/index.ts'

// What a file holds, and what must come of it. The grader never reads CSV: it knows the rows before it
// writes them.

export const HEADER = ['parcel', 'depot', 'kind', 'at', 'note']
export const KINDS = ['accepted', 'arrived', 'departed', 'delivered']

/** A row of a file as a list of fields. */
export type Row = string[]

/** A row as the table holds it; `at` in milliseconds since 1970. */
export type Kept = { parcel: string; depot: string; kind: string; at: number; note: string }

/** How a file is written. */
export type Style = {
  /** A byte order mark before the header. */
  mark: boolean
  eol: '\n' | '\r\n'
  /** Whether the last row ends like the others. */
  closed: boolean
  /** Says of a field that need not stand in quotes whether it does. */
  quoted(): boolean
}

export const PLAIN: Style = { mark: false, eol: '\n', closed: true, quoted: () => false }

// ---------------------------------------------------------------- writing

function field(text: string, quoted: boolean): string {
  return quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function line(row: Row, style: Style = PLAIN): string {
  return row.map((text) => field(text, style.quoted())).join(',')
}

/** The text of a file with its header. */
export function csv(rows: Row[], style: Style = PLAIN, header: Row = HEADER): string {
  const lines = [header, ...rows].map((row) => line(row, style))
  return `${style.mark ? '\ufeff' : ''}${lines.join(style.eol)}${style.closed ? style.eol : ''}`
}

export function randomStyle(fresh: Fresh): Style {
  const often = fresh.pick([1, 3, 1000])
  return {
    mark: fresh.oneIn(3),
    eol: fresh.pick(['\n', '\r\n']),
    closed: !fresh.oneIn(3),
    quoted: () => fresh.oneIn(often),
  }
}

export function describeStyle({ mark, eol, closed }: Style): string {
  const ends = eol === '\n' ? 'LF' : 'CRLF'
  return `${ends}${mark ? ', a byte order mark' : ''}${closed ? '' : ', no line end after the last row'}`
}

// ---------------------------------------------------------------- rows

const two = (n: number) => String(n).padStart(2, '0')

/** A good time, with every kind of offset and of decimals. */
export function someTime(fresh: Fresh): string {
  const date = `${fresh.int(2000, 2099)}-${two(fresh.int(1, 12))}-${two(fresh.int(1, 28))}`
  const clock = `${two(fresh.int(0, 23))}:${two(fresh.int(0, 59))}:${two(fresh.int(0, 59))}`
  const decimals = fresh.pick(['', '', '.5', '.25', '.007', '.120'])
  const offset = fresh.pick(['Z', 'Z', '+00:00', '+02:00', '+05:45', '-03:30', '-11:00', '+14:00'])
  return `${date}T${clock}${decimals}${offset}`
}

export const someParcel = (fresh: Fresh) =>
  `PEL-${fresh.string(8, 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789')}`
export const someDepot = (fresh: Fresh) => fresh.string(3, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')

/** A good row. */
export function goodRow(fresh: Fresh, note = fresh.pick([fresh.city(), fresh.word(), ''])): Row {
  return [someParcel(fresh), someDepot(fresh), fresh.pick(KINDS), someTime(fresh), note]
}

/** Notes that somebody's reader, or somebody's way into Postgres, takes for something else. */
export const NOTES: string[] = [
  '',
  'Zürich → São Paulo 📦',
  'said "left at the door"',
  'line one\nline two',
  'line one\r\nline two\r\n',
  'a\rb',
  '\n',
  '"',
  '""',
  '","',
  '"\n"',
  ',',
  ',,,,',
  ' in front',
  'behind ',
  ' ',
  '  \t ',
  'a\tb',
  "O'Brien",
  "'; drop table scans; --",
  '\\',
  '\\N',
  '\\.',
  'a\\',
  '\\"',
  'C:\\new\\table',
  'NULL',
  'null',
  '{"a": [1, 2]}',
  '{a,b}',
  '$1',
  '%s',
  '=1+1',
  '0012',
  '1e3',
  'true',
  'one\u2028two\u0085three\u000bfour',
  '\u00a0no break\u00a0',
  'e\u0301 is not \u00e9',
  '\ufeff',
  '# no comment',
]

/** Notes of the greatest length, in letters of one, two, three and four bytes. */
export const LONG_NOTES: string[] = ['x', 'é', '→', '📦'].map((letter) => letter.repeat(2000))

/** Fields of columns that are just right. */
export const GOOD: [column: number, text: string][] = [
  [0, 'A-9Z'],
  [0, '----'],
  [0, '0000'],
  [0, 'Z'.repeat(32)],
  ...KINDS.map((kind): [number, string] => [2, kind]),
  [3, '2028-02-29T00:00:00Z'],
  [3, '2026-12-31T23:59:59.999Z'],
  [3, '2026-01-01T00:30:00+14:00'],
  [3, '2026-01-01T00:30:00.5-12:00'],
  [3, '2026-03-29T02:30:00+01:00'],
  [3, '2000-02-29T12:00:00.25+05:45'],
]

/** Fields of columns that are wrong. */
export const BAD: [column: number, text: string][] = [
  [0, ''],
  [0, 'PEL'],
  [0, 'P'.repeat(33)],
  [0, 'pel-1001'],
  [0, 'PEL 1001'],
  [0, ' PEL-1001'],
  [0, 'PEL-1001\n'],
  [0, 'PEL-1001É'],
  [1, ''],
  [1, 'AT'],
  [1, 'ATHE'],
  [1, 'ath'],
  [1, 'A1H'],
  [1, 'ATH '],
  [2, ''],
  [2, 'lost'],
  [2, 'Arrived'],
  [2, 'arrived '],
  [2, 'arrive'],
  [2, 'constructor'],
  [3, ''],
  [3, 'yesterday'],
  [3, 'now'],
  [3, 'infinity'],
  [3, '2026-03-29'],
  [3, '2026-03-29T10:00:00'],
  [3, '1774778400'],
  [3, '29.03.2026 10:00'],
  [3, '2026-13-01T10:00:00Z'],
  [3, '2026-00-10T10:00:00Z'],
  [3, '2026-02-30T10:00:00Z'],
  [3, '2026-04-31T10:00:00Z'],
  [3, '2027-02-29T10:00:00Z'],
  [3, '2026-04-00T10:00:00Z'],
  [3, '2026-03-29T25:00:00Z'],
  [3, '2026-03-29T10:60:00Z'],
  [3, '2026-03-29T10:00:61Z'],
  [3, '2026-03-29T10:00:00+25:00'],
  [3, '2026-03-29T10:00:00Z and more'],
  ...['x', '📦'].map((letter): [number, string] => [4, letter.repeat(2001)]),
]

export function withField(row: Row, column: number, text: string): Row {
  return row.with(column, text)
}

/** A good row with something wrong: a field, or the number of columns. */
export function badRow(fresh: Fresh): Row {
  const good = goodRow(fresh)
  if (fresh.oneIn(4)) {
    return fresh.pick([good.slice(0, 4), good.slice(0, 1), [...good, ''], [...good, ...good]])
  }
  const [column, text] = fresh.pick(BAD)
  return withField(good, column, text)
}

// ---------------------------------------------------------------- oracle

/** What must come of a file. */
export type Outcome = {
  kept: Kept[]
  /** The rows that are bad, from 1. */
  bad: number[]
}

/** A file whose rows are known to be good or bad. */
export type Judged = { row: Row; good: boolean }

export const good = (row: Row): Judged => ({ row, good: true })
export const bad = (row: Row): Judged => ({ row, good: false })

export function outcomeOf(rows: Judged[]): Outcome {
  const kept = rows
    .filter((one) => one.good)
    .map(({ row: [parcel, depot, kind, at, note] }): Kept => {
      return { parcel: parcel!, depot: depot!, kind: kind!, at: Date.parse(at!), note: note! }
    })
  return { kept, bad: rows.flatMap((one, index) => (one.good ? [] : [index + 1])) }
}
