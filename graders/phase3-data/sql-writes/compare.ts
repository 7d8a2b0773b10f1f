import { NEW, type World } from './oracle.ts'

type Table = keyof World
type Row = Record<string, unknown>

/** What tells the rows of a table apart. New parcels may have any id, so theirs is the code. */
const KEYS: Partial<Record<Table, string[]>> = {
  clock: ['now'],
  parcels: ['code'],
  counts_today: ['depot_id', 'scanner'],
  depot_counters: ['depot_id'],
}

/** What helps to see why a row is wrong, also where it does not differ itself. */
const CONTEXT: Partial<Record<Table, string[]>> = {
  parcels: ['id', 'code', 'status'],
  customers: ['id', 'name', 'created_at'],
  wallets: ['id', 'customer_id', 'balance_cents', 'frozen'],
  staging: [
    'id',
    'code',
    'customer_id',
    'from_depot',
    'to_depot',
    'weight_g',
    'price_cents',
    'error',
  ],
}

const MOST_ROWS = 4
const NONE = '(no such row)'

export const rowsIn = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`

export function keyOf(table: Table, row: object): string {
  return (KEYS[table] ?? ['id']).map((column) => showValue((row as Row)[column])).join(' ')
}

/** A value as psql shows it in UTC. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (value === true || value === false) return value ? 't' : 'f'
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return '(out of range)'
    return value.toISOString().replace('T', ' ').replace('.000Z', '+00').replace('Z', '+00')
  }
  const line = String(value).replaceAll(/\s+/g, ' ')
  return line.length > 40 ? `${line.slice(0, 39)}…` : line
}

/** Exactly as it is: `showValue` is for people, and shortens. */
function exactly(row: Row | undefined): string {
  if (row === undefined) return ''
  const entries = Object.entries(row).map(([name, value]) => {
    // JSON has no infinity.
    const isJson = value instanceof Date ? !Number.isNaN(value.getTime()) : value !== Infinity
    return [name, isJson && value !== -Infinity ? value : `(${value})`] as const
  })
  return JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Rows of one key: as they were, as they must be, as they are. */
type Triple = { key: string; before?: Row; wanted?: Row; after?: Row }

/** The rows of a table by key. Only `clock` could hold one twice. */
function byKey(table: Table, world: World): Map<string, Row> {
  const rows = new Map<string, Row>()
  for (const row of world[table] as Row[]) {
    const key = keyOf(table, row)
    rows.set(rows.has(key) ? `${key} (again)` : key, row)
  }
  return rows
}

/** Those that are not as they must be. */
function differingIn(table: Table, before: World, wanted: World, after: World): Triple[] {
  const [then, right, now] = [before, wanted, after].map((world) => byKey(table, world)) as [
    Map<string, Row>,
    Map<string, Row>,
    Map<string, Row>,
  ]
  return [...new Set([...right.keys(), ...now.keys()])]
    .map((key) => ({ key, before: then.get(key), wanted: right.get(key), after: now.get(key) }))
    .filter((triple) => exactly(triple.wanted) !== exactly(triple.after))
    .sort((one, other) => one.key.localeCompare(other.key, 'en', { numeric: true }))
}

/** New parcels get ids that nobody can foresee; others must keep theirs. */
function withoutNewIds(before: World, after: World): World {
  const known = new Set(before.parcels.map(({ id }) => id))
  const parcels = after.parcels.map((row) => (known.has(row.id) ? row : { ...row, id: NEW }))
  return { ...after, parcels } as World
}

function show(table: Table, triples: Triple[]): string {
  const shown = triples.slice(0, MOST_ROWS)
  const rows = shown.flatMap(({ before, wanted, after }) => [before, wanted, after])
  const all = Object.keys(rows.find((row) => row !== undefined)!)
  const differs = (name: string) =>
    shown.some(({ wanted, after }) => {
      if (!wanted || !after) return false
      return exactly({ it: wanted[name] }) !== exactly({ it: after[name] })
    })
  const given = CONTEXT[table] ?? all
  const others = all.filter((name) => !given.includes(name) && differs(name))
  const columns = [...given, ...others]
  const titles = { before: 'before', wanted: 'expected', after: 'after' } as const
  const lines = [
    ['', ...columns],
    ...shown.flatMap((triple) =>
      (['before', 'wanted', 'after'] as const).map((when) => {
        const row = triple[when]
        const cells = row ? columns.map((name) => showValue(row[name])) : [NONE]
        return [titles[when], ...cells]
      }),
    ),
  ]
  const widths = ['', ...columns].map((_, index) =>
    Math.max(...lines.map((cells) => (cells[index] === NONE ? 0 : (cells[index]?.length ?? 0)))),
  )
  const print = (cells: string[]) => {
    const [who, ...values] = cells.map((cell, index) => cell.padEnd(widths[index]!))
    return `  ${who}   ${values.join(' | ')}`.trimEnd()
  }
  const ruler = `  ${' '.repeat(widths[0]!)}   ${widths
    .slice(1)
    .map((width) => '-'.repeat(width))
    .join('-+-')}`
  const printed = lines.slice(1).map(print)
  const blocks = shown.map((_, index) => printed.slice(index * 3, index * 3 + 3).join('\n'))
  const more = triples.length - shown.length
  return [
    print(lines[0]!),
    ruler,
    blocks.join('\n\n'),
    more > 0 ? `\n  … and ${rowsIn(more)} more` : '',
  ]
    .filter(Boolean)
    .join('\n')
}

export type Difference = {
  table: Table
  /** The keys of the rows that are wrong there. */
  keys: string[]
  /** Says which rows of which table are wrong, with a table of the first. */
  message: string
}

/** The order in which tables are shown: where several are wrong, what was to be written comes first. */
const ORDER: Table[] = [
  'parcels',
  'staging',
  'customers',
  'wallets',
  'tickets',
  'ticket_messages',
  'depot_counters',
  'counts_today',
  'scans',
  'depots',
  'clock',
]

/** @returns undefined where all tables are as they must be */
export function compareWorlds(before: World, wanted: World, given: World): Difference | undefined {
  const after = withoutNewIds(before, given)
  const differing = ORDER.map((table) => ({
    table,
    triples: differingIn(table, before, wanted, after),
  })).filter(({ triples }) => triples.length > 0)
  const first = differing[0]
  if (!first) return undefined
  const { table, triples } = first
  const are = triples.length === 1 ? 'is' : 'are'
  const others = differing.slice(1).map((one) => one.table)
  const also = others.length > 0 ? `, nor are rows of ${others.join(' and of ')}` : ''
  return {
    table,
    keys: triples.map(({ key }) => key),
    message: `${rowsIn(triples.length)} of ${table} ${are} not as expected${also}:\n\n${show(table, triples)}`,
  }
}
