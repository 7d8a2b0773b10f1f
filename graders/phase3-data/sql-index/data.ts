import { Fresh, type PostgresDatabase, postgres, type Submission } from '../../harness/index.ts'
import { givenFile } from '../../harness/sql/given.ts'
import { connectedAs } from './connection.ts'
import { drawMany, fillMany } from './database.ts'
import type { Values } from './variables.ts'

type Exercise = Submission['exercise']

/** What each query is asked for, one after another. */
export type Asked = Record<string, Values[]>

/** A database with its rows, and what messages call it. */
export type Dataset = { name: string; db: PostgresDatabase; asked: Asked }

/** As psql shows it in UTC. */
export const instant = (at: number): string =>
  new Date(at).toISOString().replace('T', ' ').replace('.000', '').replace('Z', '+00')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** From then on four of the depots of data.sql are quiet. */
const QUIET_SINCE = Date.UTC(2025, 7, 11)

/** The 100,000 parcels and 200,000 scans of data.sql, drawn from the seed. */
export async function loadMany(exercise: Exercise, runSeed: number): Promise<Dataset> {
  const { fresh, seed } = drawMany(runSeed)
  const db = await postgres()
  await fillMany(db, exercise, seed)
  const { rows } = await db.query<{ code: string; email: string }>(
    `select code, recipient_email as email from parcels
     where recipient_email is not null and id >= $1 order by id limit 2`,
    [fresh.int(1, 90_000)],
  )
  // The first of the four is the remainder itself, or 20 where there is none.
  const quiet = fresh.shuffle([0, 20, 40, 60]).map((more) => (seed % 20 || 20) + more)
  const asked: Asked = {
    q1: quiet.slice(0, 2).map((depot) => ({
      depot,
      since: instant(QUIET_SINCE + fresh.int(48, 288) * HOUR),
      until: instant(Date.UTC(2026, 5, fresh.int(20, 30), fresh.int(0, 23))),
    })),
    q2: rows.map(({ email }, index) => ({
      email: index === 0 ? email.toUpperCase() : email.toLowerCase(),
    })),
    q3: rows.map(({ code }) => ({ prefix: code.slice(0, 5) })),
    q4: [{}],
    q5: quiet.slice(2).map((depot) => ({
      depot,
      before: instant(Date.UTC(2026, 5, fresh.int(1, 28), fresh.int(0, 23))),
    })),
  }
  return { name: '100,000 parcels and 200,000 scans', db, asked }
}

/** So many blocks of a table may stay unmarked: one that was added to it and holds no row stays so for good. */
const UNMARKED = 3

/**
 * Makes index-only scans possible: PostgreSQL must know that everybody may see all rows of a block,
 * and learns it from a VACUUM unless somebody has a transaction open, as its own workers may have.
 */
export function vacuum(db: PostgresDatabase): Promise<void> {
  return connectedAs('owner', db, async (client) => {
    // A single VACUUM may take many seconds on a busy machine.
    const deadline = Date.now() + 30_000
    for (let tries = 1; ; tries++) {
      await client.query('vacuum (analyze) parcels, scans')
      const { rows } = await client.query<{ name: string; unmarked: number }>(
        `select relname as name, relpages - relallvisible as unmarked from pg_catalog.pg_class
         where oid in ('parcels'::regclass, 'scans'::regclass) and relpages - relallvisible > $1`,
        [UNMARKED],
      )
      if (rows.length === 0) return
      if (tries >= 10 && Date.now() > deadline) {
        const left = rows.map(({ name, unmarked }) => `${unmarked} blocks of ${name}`).join(', ')
        throw new Error(`VACUUM does not mark all blocks as visible: ${left} after ${tries} tries`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })
}

export type Parcel = {
  id: number
  code: string
  from_depot: number
  recipient_email: string | null
  status: string
  price_cents: number
  created_at: string
  label: string
}
export type Scan = {
  id: number
  parcel_id: number
  depot_id: number
  kind: string
  at: string
  device: string
}

/** Few rows, in which each query meets the borders of what it is asked for. */
export async function loadFew(exercise: Exercise, runSeed: number): Promise<Dataset> {
  const fresh = new Fresh(runSeed, 'sql-index: few rows')
  const { parcels, scans, asked } = makeFew(fresh)
  const db = await postgres()
  await db.query(givenFile(exercise, 'schema.sql'))
  for (const [table, rows] of Object.entries({ parcels, scans })) {
    await db.query(
      `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`,
      [JSON.stringify(rows)],
    )
  }
  return { name: 'a small dataset', db, asked }
}

function makeFew(fresh: Fresh): { parcels: Parcel[]; scans: Scan[]; asked: Asked } {
  const ids = (count: number): number[] =>
    fresh.shuffle(fresh.list(count, (index) => 3 * index + 1))
  const since = Date.UTC(2026, fresh.int(0, 5), fresh.int(2, 20), fresh.int(0, 23))
  const until = since + fresh.int(20, 40) * DAY
  const [depot, other, idle] = fresh.shuffle([1, 2, 3, 4, 5, 6, 7, 8, 9])

  // At the borders of the range and at one moment inside it, and anywhere.
  const inside = () => since + fresh.int(1, (until - since) / MINUTE - 1) * MINUTE
  const shared = inside()
  const edges = [since - 1, since, since + 1, until - 1, until, until + 1, shared, shared, shared]
  const times = [...edges, ...edges, ...fresh.list(90, inside)]

  // One person in several spellings, and others who are nearly the same.
  const person = `${fresh.word(2)}_${fresh.word(2)}.${fresh.int(10, 99)}@example.test`
  const capital = person[0]!.toUpperCase() + person.slice(1)
  const alike = [
    person.replace('_', 'x'),
    person.replace('.', 'x'),
    `a${person}`,
    `${person}s`,
    person.replace('_', ''),
  ]
  const emails = [person, capital, person.toUpperCase(), person, ...alike, null, null]

  // A prefix with the first and the last of the characters behind it, at both ends, and in the middle.
  const codeOf = (start: string): string =>
    `${start}${fresh.string(12, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')}`.slice(0, 12)
  const prefix = `PP${fresh.string(2, 'BCDEFGHIJKLMNOPQRSTUVWXY')}`
  const next = (step: number): string =>
    prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(3) + step)
  const starts = ['0', '9', 'A', 'Z', 'ZZ', 'ZZZZ', ''].map((more) => prefix + more)
  const codes = [...starts, next(-1), next(1), `${next(-1)}Z`, `${next(1)}0`, `PP0${prefix}`, 'PP']
    .map(codeOf)
    .concat(prefix, `${prefix}ZZZZZZZZ`)

  const statuses = ['created', 'in_transit', 'delivered', 'returned', 'lost']
  const numbers = ids(times.length)
  const parcels = times.map((at, index) => {
    const from = index < edges.length ? depot : fresh.pick([depot, other, 10, 11, 12])
    return {
      id: numbers[index]!,
      code: codes[index] ?? codeOf('PP'),
      from_depot: from!,
      recipient_email: index < emails.length ? emails[index]! : fresh.email(),
      // Depot 12 has no parcel under way.
      status: from === 12 ? fresh.pick(statuses.slice(2)) : statuses[index % statuses.length]!,
      price_cents: fresh.int(300, 2000),
      created_at: instant(at),
      label: '^XA^XZ',
    }
  })

  // One moment holds the 25th scan and several more, before and behind it.
  const before = since + 10 * DAY
  const moment = before - DAY
  const scanTimes = [
    ...[before - 1, before, before, before + 1],
    ...fresh.list(18, () => before - fresh.int(60, 23 * 60) * MINUTE),
    ...fresh.list(14, () => moment),
    ...fresh.list(20, () => moment - fresh.int(1, 9 * 24) * HOUR),
  ]
  const scanIds = ids(scanTimes.length * 2 + 7)
  const scan = (at: number, depot_id: number): Scan => ({
    id: scanIds.pop()!,
    parcel_id: fresh.pick(numbers),
    depot_id,
    kind: fresh.pick(['accepted', 'arrived', 'departed', 'delivered']),
    at: instant(at),
    device: 'scanner 1',
  })
  const scans = [
    ...scanTimes.map((at) => scan(at, depot!)),
    ...scanTimes.map((at) => scan(at, 10)),
    ...fresh.list(7, () => scan(moment, other!)),
  ]

  const range = { since: instant(since), until: instant(until) }
  return {
    parcels: fresh.shuffle(parcels),
    scans: fresh.shuffle(scans),
    asked: {
      q1: [
        { depot: depot!, ...range },
        { depot: other!, ...range },
        { depot: idle!, ...range },
      ],
      q2: [{ email: capital }, { email: person.toUpperCase() }, { email: fresh.email() }],
      q3: [{ prefix }, { prefix: 'P' }, { prefix: `${prefix}ZZ` }, { prefix: 'ZZ9' }],
      q4: [{}],
      q5: [
        { depot: depot!, before: instant(before) },
        { depot: other!, before: instant(before) },
        { depot: idle!, before: instant(before) },
      ],
    },
  }
}
