import { expect, test } from 'vitest'
import {
  nth,
  openSubmission,
  proxy,
  type SqlScriptResult,
  stopAt,
  ZONES,
} from '../../harness/index.ts'
import { splitSql } from '../../harness/subjects/sql-script.ts'
import { compareWorlds, rowsIn } from './compare.ts'
import type { World } from './oracle.ts'
import * as oracle from './oracle.ts'
import { randomWallets, randomWorld } from './random.ts'
import { allStuck, begin } from './sessions.ts'
import { type Operation, openTables, type Script, type Tables } from './tables.ts'

const submission = openSubmission(import.meta)
const openedTables = openTables(submission)

const ORACLE = {
  '1-load': oracle.load,
  '2-status': oracle.status,
  '3-purge': oracle.purge,
  '4-upsert': oracle.upsert,
} satisfies Partial<Record<Script, (world: World) => World>>

type Dataset = keyof Tables['datasets']
const DATASETS: Dataset[] = ['the sample', 'unseen rows']

// -------------------------------------------------------------------------------- the four scripts

const REQUIREMENTS = {
  '1-load': 'C1 1-load moves the rows that are right, and says what is wrong with the others',
  '2-status': 'C1 2-status marks the parcels whose last scan is delivered',
  '3-purge': 'C1 3-purge deletes the customers who never became any, and what hangs on them',
  '4-upsert': 'C1 4-upsert adds the counts of today, to counters old and new',
} satisfies Record<keyof typeof ORACLE, string>

for (const script of Object.keys(ORACLE) as (keyof typeof ORACLE)[]) {
  for (const name of DATASETS) {
    test(`${REQUIREMENTS[script]}, on ${name}`, async () => {
      const tables = await openedTables()
      const before = tables.datasets[name]
      await tables.fill(before)
      const result = await tables.mustRun(script)
      const after = await tables.read()
      const wanted = ORACLE[script](before)
      await tables.expectTables(script, `on ${name}`, { before, wanted, after }, result)
    })
  }
}

/** How many random tables each script is tried on. */
const RANDOM_TABLES = 50

for (const script of Object.keys(ORACLE) as (keyof typeof ORACLE)[]) {
  test(`${REQUIREMENTS[script]}, on many small random tables`, async () => {
    const tables = await openedTables()
    const { fresh } = submission
    for (let nth = 0; nth < RANDOM_TABLES; nth++) {
      const before = randomWorld(fresh)
      await tables.refill(before)
      const result = await tables.mustRun(script)
      const wanted = ORACLE[script](before)
      await tables.expectTables(script, 'on small random tables', { before, wanted }, result)
    }
  })
}

test('C2 2-status writes no row that it does not change, nor any when it is run again', async () => {
  const tables = await openedTables()
  const before = tables.datasets['unseen rows']
  await tables.fill(before)
  const wanted = oracle.status(before)
  const changes = new Set(
    before.parcels
      .filter((parcel, index) => parcel !== wanted.parcels[index])
      .map(({ code }) => `parcels ${code}`),
  )
  const expectUnwritten = async (when: string, allowed: Set<string>) => {
    const then = await tables.writers()
    const result = await tables.mustRun('2-status')
    const now = await tables.writers()
    const again = [...then.keys()].filter(
      (row) => now.get(row) !== then.get(row) && !allowed.has(row),
    )
    if (again.length === 0) return result
    const statusOf = new Map(before.parcels.map(({ code, status }) => [`parcels ${code}`, status]))
    const shown = again.slice(0, 3).map((row) => {
      const status = statusOf.get(row)
      return `  ${row}${status ? `, which was ${status} before` : ''}`
    })
    return expect.fail(
      `2-status.sql, ${when}, wrote ${rowsIn(again.length)} that it need not write (xmin is another), such as\n${shown.join('\n')}`,
    )
  }
  const result = await expectUnwritten('run once', changes)
  await tables.expectTables('2-status', 'on unseen rows', { before, wanted }, result)
  await expectUnwritten('run again', new Set())
})

for (const script of ['1-load', '2-status', '3-purge'] as const) {
  test(`C3 ${script} changes nothing more when it is run again`, async () => {
    const tables = await openedTables()
    await tables.fill(tables.datasets['unseen rows'])
    await tables.mustRun(script)
    const once = await tables.read()
    await tables.mustRun(script)
    await tables.expectTables(script, 'run for the second time', { before: once, wanted: once })
  })
}

/** How many random tables each script is run twice on. */
const TWICE = 8

for (const script of Object.keys(ORACLE) as (keyof typeof ORACLE)[]) {
  test(`C3 ${script} does what it must when it is run again, on small random tables`, async () => {
    const tables = await openedTables()
    for (let nth = 0; nth < TWICE; nth++) {
      await tables.refill(randomWorld(submission.fresh))
      await tables.mustRun(script)
      const before = await tables.read()
      await tables.mustRun(script)
      const wanted = script === '4-upsert' ? oracle.upsert(before) : before
      await tables.expectTables(script, 'run for the second time', { before, wanted })
    }
  })
}

test('C3 4-upsert adds again when it is run again', async () => {
  const tables = await openedTables()
  const before = tables.datasets['unseen rows']
  await tables.fill(before)
  await tables.mustRun('4-upsert')
  await tables.mustRun('4-upsert')
  const wanted = oracle.upsert(oracle.upsert(before))
  await tables.expectTables('4-upsert', 'run twice', { before, wanted })
})

// -------------------------------------------------------------------------------------- transfer

/** How wallets 1 and 2 differ from those of the unseen rows; `null`: not there. */
type Changes = Record<1 | 2, { balance_cents?: number; frozen?: boolean } | null>

function withWallets({ datasets }: Tables, changes: Changes): World {
  const world = datasets['unseen rows']
  const wallets = world.wallets.flatMap((wallet) => {
    const change = changes[wallet.id as 1 | 2]
    return change === null ? [] : [{ ...wallet, ...change }]
  })
  return { ...world, wallets }
}

const plain = { frozen: false }

const ALLOWED = {
  'more than 500 cents': (tables: Tables) => withWallets(tables, { 1: plain, 2: plain }),
  'exactly 500 cents': (tables: Tables) =>
    withWallets(tables, { 1: { ...plain, balance_cents: 500 }, 2: { balance_cents: -200 } }),
}

for (const [name, make] of Object.entries(ALLOWED)) {
  test(`C4 5-transfer moves the money where wallet 1 holds ${name}`, async () => {
    const tables = await openedTables()
    const before = make(tables)
    await tables.fill(before)
    const result = await tables.mustRun('5-transfer')
    const wanted = oracle.transfer(before)!
    await tables.expectTables('5-transfer', `with ${name}`, { before, wanted }, result)
  })
}

const REFUSED: Record<string, Changes> = {
  'wallet 1 holds 499 cents': { 1: { balance_cents: 499 }, 2: {} },
  'wallet 1 holds less than nothing': { 1: { balance_cents: -500 }, 2: {} },
  'wallet 1 is frozen': { 1: { frozen: true }, 2: {} },
  'wallet 2 is frozen': { 1: {}, 2: { frozen: true } },
  'wallet 1 is not there': { 1: null, 2: {} },
  'wallet 2 is not there': { 1: {}, 2: null },
}

/** Expects that a transfer has failed, and left all as it was. */
async function expectRefused(
  tables: Tables,
  when: string,
  before: World,
  result: SqlScriptResult,
): Promise<void> {
  await tables.expectTables('5-transfer', when, { before, wanted: before })
  if (!result.error) {
    expect.fail(
      `5-transfer.sql ${when}: nothing has changed, as it must be, but it must end with an error, and it ended without one.`,
    )
  }
}

for (const [name, changes] of Object.entries(REFUSED)) {
  test(`C4 5-transfer ends with an error and changes nothing where ${name}`, async () => {
    const tables = await openedTables()
    const before = withWallets(tables, changes)
    await tables.fill(before)
    await expectRefused(tables, `where ${name}`, before, await tables.run('5-transfer'))
  })
}

/** How many random wallets a transfer is tried on, and how often in a row. */
const RANDOM_WALLETS = 30
const IN_A_ROW = 2

test('C4 5-transfer moves the money where it is allowed, and only there, on many random wallets', async () => {
  const tables = await openedTables()
  const { fresh } = submission
  for (let nth = 0; nth < RANDOM_WALLETS; nth++) {
    let before: World = { ...randomWorld(fresh), wallets: randomWallets(fresh) }
    await tables.refill(before)
    for (let run = 1; run <= IN_A_ROW; run++) {
      const wanted = oracle.transfer(before)
      const when = run === 1 ? 'on random wallets' : 'run again on random wallets'
      if (!wanted) {
        await expectRefused(tables, when, before, await tables.run('5-transfer'))
        break
      }
      const result = await tables.mustRun('5-transfer')
      await tables.expectTables('5-transfer', when, { before, wanted }, result)
      before = wanted
    }
  }
})

// --------------------------------------------------------------------------------- all or nothing

/** Every place where a script may write; a script that does not write there just runs. */
const PLACES: Record<Script, [Operation, keyof World][]> = {
  '1-load': [
    ['INSERT', 'parcels'],
    ['DELETE', 'staging'],
    ['UPDATE', 'staging'],
    ['INSERT', 'staging'],
  ],
  '2-status': [['UPDATE', 'parcels']],
  '3-purge': [
    ['DELETE', 'ticket_messages'],
    ['DELETE', 'tickets'],
    ['DELETE', 'wallets'],
    ['DELETE', 'customers'],
  ],
  '4-upsert': [
    ['INSERT', 'depot_counters'],
    ['UPDATE', 'depot_counters'],
  ],
  '5-transfer': [['UPDATE', 'wallets']],
}

const answerOf = (script: Script, before: World): World =>
  script === '5-transfer' ? oracle.transfer(before)! : ORACLE[script](before)

for (const [script, places] of Object.entries(PLACES) as [Script, [Operation, keyof World][]][]) {
  test(`C5 ${script} changes nothing where it fails on the way`, async () => {
    const tables = await openedTables()
    const before = withWallets(tables, { 1: plain, 2: plain })
    const wanted = answerOf(script, before)
    await tables.fill(before)
    for (const [operation, table] of places) {
      await tables.breakSecond(operation, table)
      const result = await tables.run(script)
      await tables.mend()
      const what = `the ${operation} of a second row of ${table}`
      const when = `must leave nothing half done where ${what} fails`
      if (result.error) {
        await tables.expectTables(script, when, { before, wanted: before })
      } else {
        await tables.expectTables(script, `ran to its end where ${what} fails`, { before, wanted })
        await tables.fill(before)
      }
    }
  })
}

/** More statements than any script needs; in a longer one only the first are tried. */
const MOST_STATEMENTS = 20

for (const script of Object.keys(PLACES) as Script[]) {
  test(`C5 ${script} leaves nothing half done where its connection is lost`, async () => {
    const tables = await openedTables()
    const before = withWallets(tables, { 1: plain, 2: plain })
    const wanted = answerOf(script, before)
    const between = await proxy(tables.db.writerUrl)
    await tables.fill(before)
    const statements = splitSql(tables.text(script)).map(({ text }) => text)
    for (let index = 1; index < Math.min(statements.length, MOST_STATEMENTS); index++) {
      const { work, release } = await stopAt(
        between,
        nth(index + 1, ({ text }) => statements.includes(text)),
        () => tables.run(script, { url: between.url, seconds: 30 }),
      )
      between.cut()
      await work
      between.heal()
      release()
      const line = statements[index]!.trim().split('\n')[0]
      const after = await tables.read()
      if (!compareWorlds(before, wanted, after)) {
        await tables.fill(before) // had committed by then
        continue
      }
      const when = `must do all or nothing where its connection is lost before statement ${index + 1} (${line})`
      await tables.expectTables(script, when, { before, wanted: before, after })
    }
  })
}

// ------------------------------------------------------------------------------- two at the same time

/** Runs wait for locks here, and the machine may be busy. */
const PATIENT = { seconds: 60 }

const RACES = {
  'a depot without a counter': (depotId: number) =>
    `insert into depot_counters values (${depotId}, 0)`,
  'a depot with a counter': (depotId: number) =>
    `select from depot_counters where depot_id = ${depotId} for update`,
}

for (const [name, lock] of Object.entries(RACES)) {
  test(`C6 4-upsert counts both of two sessions at once, for ${name}`, async () => {
    const tables = await openedTables()
    const { depots, depot_counters, ...rest } = tables.datasets['unseen rows']
    const isNew = name === 'a depot without a counter'
    const depot_id = submission.fresh.pick(depots).id
    const others = depot_counters.filter((counter) => counter.depot_id !== depot_id)
    const own = { depot_id, parcels: submission.fresh.int(100, 900) }
    const counts_today = ['K-1', 'K-2'].map((scanner) => {
      return { depot_id, scanner, parcels: submission.fresh.int(1, 90) }
    })
    const counters = isNew ? others : [...others, own]
    const before = { ...rest, depots, depot_counters: counters, counts_today }
    await tables.fill(before)
    // A third session makes both wait in the middle of their work, and then changes nothing.
    const third = await begin(tables.db, lock(depot_id))
    const runs = [1, 2].map(() => tables.run('4-upsert', PATIENT))
    await allStuck(tables.db, runs)
    await third.rollback()
    const failed = (await Promise.all(runs)).find(({ error }) => error)
    if (failed) {
      expect.fail(
        `Both must be counted, and neither may fail. One of two sessions that ran 4-upsert.sql at once, for ${name}, did:\n\n${failed.error!.message}`,
      )
    }
    const wanted = oracle.upsert(oracle.upsert(before))
    await tables.expectTables('4-upsert', 'run by two sessions at once', { before, wanted })
  })
}

/** PostgreSQL could not put them one after the other, and asks to try again. */
const mayTryAgain = ({ code }: SqlScriptResult): boolean => code === '40001'

const FUNDS = {
  'enough for one': { cents: 700, most: 1 },
  'enough for both': { cents: 1200, most: 2 },
}

for (const [name, { cents, most }] of Object.entries(FUNDS)) {
  test(`C7 5-transfer moves no more than there is in two sessions at once, ${name}`, async () => {
    const tables = await openedTables()
    const before = withWallets(tables, { 1: { ...plain, balance_cents: cents }, 2: plain })
    await tables.fill(before)
    const third = await begin(tables.db, 'select from wallets where id in (1, 2) for update')
    const runs = [1, 2].map(() => tables.run('5-transfer', PATIENT))
    await allStuck(tables.db, runs)
    await third.rollback()
    const results = await Promise.all(runs)
    const done = results.filter(({ error }) => !error).length
    const when = `run by two sessions at once, with ${cents} cents in wallet 1`
    const excused = results.filter(mayTryAgain).length
    if (done < Math.max(1, most - excused)) {
      const errors = results.flatMap(({ error }) => (error ? [error.message] : []))
      const wantedRuns = most === 1 ? 'one of them' : 'both'
      expect.fail(
        `5-transfer.sql ${when}: ${wantedRuns} must move the money, and ${done} did.\n\n${errors.join('\n\n')}`,
      )
    }
    if (done > most) {
      const left = (await tables.read()).wallets.find(({ id }) => id === 1)?.balance_cents
      expect.fail(
        `5-transfer.sql ${when}: there is money for one, but both ended without an error. Wallet 1 holds ${left} cents now.`,
      )
    }
    let wanted = before
    for (let index = 0; index < done; index++) wanted = oracle.transfer(wanted)!
    await tables.expectTables('5-transfer', `${when}, ${done} of which ended without error`, {
      before,
      wanted,
    })
  })
}

/** What another session does to the wallets, and how they are then. */
const MEANWHILE: Record<string, { statement: string; after: Changes }> = {
  'wallet 1 is frozen': {
    statement: 'update wallets set frozen = true where id = 1',
    after: { 1: { frozen: true }, 2: plain },
  },
  'wallet 2 is frozen': {
    statement: 'update wallets set frozen = true where id = 2',
    after: { 1: plain, 2: { frozen: true } },
  },
  'wallet 1 is left with 499 cents': {
    statement: 'update wallets set balance_cents = 499 where id = 1',
    after: { 1: { ...plain, balance_cents: 499 }, 2: plain },
  },
  'wallet 2 is deleted': {
    statement: 'delete from wallets where id = 2',
    after: { 1: plain, 2: null },
  },
}

for (const [name, { statement, after }] of Object.entries(MEANWHILE)) {
  test(`C7 5-transfer changes nothing where ${name} by another session meanwhile`, async () => {
    const tables = await openedTables()
    await tables.fill(withWallets(tables, { 1: plain, 2: plain }))
    const other = await begin(tables.db, statement)
    const run = tables.run('5-transfer', PATIENT)
    await allStuck(tables.db, [run])
    await other.commit()
    const before = withWallets(tables, after)
    await expectRefused(
      tables,
      `where ${name} by another session while the script waits for it`,
      before,
      await run,
    )
  })
}

// ------------------------------------------------------------------------------------ time zones

test('C8 3-purge deletes the same customers in every session time zone', async () => {
  const tables = await openedTables()
  const before = tables.datasets['unseen rows']
  const wanted = oracle.purge(before)
  for (const timezone of ZONES) {
    await tables.fill(before)
    const result = await tables.mustRun('3-purge', { timezone })
    await tables.expectTables('3-purge', `in the time zone ${timezone}`, { before, wanted }, result)
  }
})
