import { type Fresh, note, type PostgresDatabase } from '../../harness/index.ts'
import { connectedAs } from './connection.ts'
import { type Asked, instant, type Parcel, type Scan } from './data.ts'

type Rows = { parcels: Parcel[]; scans: Scan[] }

const START = Date.UTC(2026, 2, 1)
const HOUR = 3_600_000
/** Few, so that they tie and meet the borders of what is asked for; the last ones lie years away. */
const MOMENTS = [
  0,
  1,
  1000,
  HOUR,
  24 * HOUR,
  25 * HOUR,
  -1,
  -HOUR,
  400 * 24 * HOUR,
  -400 * 24 * HOUR,
]
const EMAILS = [
  null,
  'ada.b@x.test',
  'Ada.B@x.test',
  'ADA.B@X.TEST',
  'adaxb@x.test',
  'ada_b@x.test',
  'ada.b@x.test1',
]
const STATUSES = ['created', 'in_transit', 'delivered', 'returned', 'lost']
const PREFIXES = ['P', 'PA', 'PAZ', 'PB', 'PA0', 'Z', '0']
const DEPOTS = [1, 2, 3]

/** Draws a few rows of each table, every column from a small pool, and what is asked of them. */
export function randomRows(fresh: Fresh): Rows & { asked: Asked } {
  const moment = () => instant(START + fresh.pick(MOMENTS))
  const numbers = (count: number) => fresh.shuffle(fresh.list(count, (index) => 1 + index))
  const codes = new Set<string>()
  while (codes.size < 9) codes.add(fresh.pick(PREFIXES) + fresh.string(fresh.int(0, 3), '0AZ'))
  const parcels: Parcel[] = numbers(fresh.int(0, 9)).map((id, index) => ({
    id,
    code: [...codes][index]!,
    from_depot: fresh.pick(DEPOTS),
    recipient_email: fresh.pick(EMAILS),
    status: fresh.pick(STATUSES),
    price_cents: fresh.int(0, 3),
    created_at: moment(),
    label: '',
  }))
  // Now and then more than a page of one depot, at few moments.
  const crowd = fresh.oneIn(4)
  const scans: Scan[] = numbers(crowd ? fresh.int(26, 40) : fresh.int(0, 6)).map((id) => ({
    id,
    parcel_id: fresh.int(1, 9),
    depot_id: crowd ? 1 : fresh.pick(DEPOTS),
    kind: fresh.pick(['accepted', 'arrived', 'departed', 'delivered']),
    at: moment(),
    device: '',
  }))
  const asked: Asked = {
    q1: fresh.list(2, () => {
      const [since, until] = [moment(), moment()].sort()
      return { depot: fresh.pick(DEPOTS), since: since!, until: until! }
    }),
    q2: fresh.list(2, () => ({ email: fresh.pick(EMAILS) ?? 'nobody@x.test' })),
    q3: fresh.list(2, () => ({ prefix: fresh.pick(PREFIXES) })),
    q4: [{}],
    q5: [{ depot: fresh.oneIn(4) ? 2 : 1, before: moment() }],
  }
  return { parcels, scans, asked }
}

/** Shows the rows below the failure. */
export function noteRows(rows: Rows): void {
  for (const [table, list] of Object.entries(rows)) {
    const lines = list.map((row) => Object.values({ ...row, label: '', device: '' }).join(' | '))
    note(`${list.length} ${table}: ${Object.keys(list[0] ?? {}).join(' | ')}`, lines.join('\n'))
  }
}

/** Puts these rows in the place of all others. */
export async function replaceRows(db: PostgresDatabase, rows: Rows): Promise<void> {
  await connectedAs('owner', db, async (client) => {
    await client.query('truncate parcels, scans')
    for (const [table, list] of Object.entries(rows)) {
      await client.query(
        `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`,
        [JSON.stringify(list)],
      )
    }
  })
}
