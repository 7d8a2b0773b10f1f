import { expect, test } from 'vitest'
import {
  type Answer,
  meanwhile,
  nth,
  openSubmission,
  race,
  type Sending,
  type Statement,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { expectDepots, idsOf } from './answers.ts'
import { depotsModel } from './depots-model.ts'
import { killedAtTheEnd, overlapping } from './overlap.ts'
import { maker, type Parcel } from './rows.ts'
import {
  type Copy,
  changesOf,
  ownWorld,
  type Snapshot,
  type StoredParcel,
  sharedWorld,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)
const { calm } = sharedWorld(submission)

// ---------------------------------------------------------------- requests

const list = (copy: Copy, query = '') => copy.server.send({ path: `/depots${query}` })

const moving = (from: number, to: number, codes: string[]): Sending => ({
  method: 'POST',
  path: `/depots/${from}/move`,
  json: { to, codes },
})

const changing = (code: string, json: object): Sending => ({
  method: 'PATCH',
  path: `/parcels/${code}`,
  json,
})

const creating = (json: object): Sending => ({ method: 'POST', path: '/parcels', json })

type Wish = ReturnType<typeof wish>

/** What a parcel is created with. */
function wish(depotId: number, over: Partial<Parcel> = {}) {
  const { code, weightKg, priceCents } = maker(submission.fresh).parcel()
  return { code, depotId, weightKg, priceCents, tags: [] as string[], ...over }
}

const codesOf = (parcels: Parcel[]) => parcels.map(({ code }) => code)

// ---------------------------------------------------------------- what tables must hold

async function expectStored(
  world: World,
  code: string,
  wanted: Partial<StoredParcel>,
  when: string,
): Promise<void> {
  const stored = await world.stored(code)
  expect(stored, `the row of ${code} ${when}`).toMatchObject(wanted)
}

// ---------------------------------------------------------------- the contract

const REQUIREMENTS = {
  C1: 'C1 lists depots with their parcels, scans and tags, whatever was done before',
  C3: 'C3 counts depots with limit and offset, in the order that was asked for',
  C4: 'C4 moves all parcels or none',
  C5: 'C5 changes what was sent, and only on the version that was read',
  C6: 'C6 refuses any other sort, limit and offset, and does no harm then',
  C7: 'C7 shows numbers as JSON numbers, days as they are in the table, and times with their zone',
  C9: 'C9 counts parcels, scans and revenue of a depot',
  C10: 'C10 stores a parcel with its tags, or nothing',
}

/** Hundreds of requests one after the other: a server that thinks for a tenth of a second needs a minute. */
const unhurried = { timeout: 300_000 }

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, unhurried, async () => {
    const { model, expectTables } = depotsModel(submission, calm, check)
    await expectAgreement(model, check, submission.fresh)
    await expectTables()
  })
}

// ---------------------------------------------------------------- the rest of the checks

/** Statements in a message: the first few, a line each, long ones without their middle. */
function shown(texts: string[]): string {
  const lines = texts.map((text) => {
    const line = text.replaceAll(/\s+/g, ' ').trim()
    return line.length > 150 ? `${line.slice(0, 70)} … ${line.slice(-75)}` : line
  })
  const more = lines.length > 8 ? [`… and ${lines.length - 8} more`] : []
  return [...lines.slice(0, 8), ...more].join('\n')
}

/** The statements of a list; the fewest of two tries, for a pool may open a connection meanwhile. */
async function statementsOf(copy: Copy, limit: number): Promise<string[]> {
  const tries: string[][] = []
  for (let nth = 1; nth <= 2; nth++) {
    const statements = await copy.between.during(async () => {
      const ids = idsOf(await list(copy, `?limit=${limit}`))
      expect(ids.length, `the depots in GET /depots?limit=${limit}`).toBe(limit)
    })
    tries.push(statements.map(({ text }) => text))
  }
  return tries.sort((one, other) => one.length - other.length)[0]!
}

test('C2 needs as many statements for 50 depots as for 5', async () => {
  const make = maker(submission.fresh)
  const { fresh } = submission
  const depots = fresh.list(52, () => make.depot(make.parcels(fresh.int(1, 3))))
  const { a } = await calm(depots)
  for (const limit of [50, 5, 50]) await list(a, `?limit=${limit}`) // opens connections
  const few = await statementsOf(a, 5)
  const many = await statementsOf(a, 50)
  const more = `statements for 50 depots, at most 6 more than the ${few.length} for 5:\n${shown(many)}`
  expect(many.length, more).toBeLessThanOrEqual(few.length + 6)
  expect(many.length, `statements for one list:\n${shown(many)}`).toBeLessThanOrEqual(20)
})

/** How many rows each table holds. */
const countsOf = ({ rows }: Snapshot) =>
  Object.fromEntries(Object.entries(rows).map(([table, lines]) => [table, lines.length]))

test('C8 changes no table and no row when it starts, and when it starts again', async () => {
  const { world, a, twin, first, starts } = await calm()
  const b = await twin()
  for (const { name, before, after } of starts) {
    const counts = `how many rows each table holds after the start of copy ${name}`
    expect(countsOf(after), counts).toEqual(countsOf(before))
    const tables = `changes of the tables by the start of copy ${name}`
    expect(changesOf(before.shape, after.shape), tables).toEqual([])
    expect(after.rows, `the rows after the start of copy ${name}`).toEqual(before.rows)
  }
  await world.fill(first)
  for (const copy of [a, b]) expectDepots(await list(copy), first)
})

/** Expects the answer to a change. */
function expectVersion(answer: Answer, status: number, code: string, version: number): void {
  expect(answer).toHaveStatus(status)
  expect(answer).toBeJson()
  expect(answer.body, `the body of ${answer.request}`).toMatchObject({ code, version })
}

// ---------------------------------------------------------------- at the same time

/** More statements than any request needs. */
const MOST_GAPS = 25

/**
 * Has two things done for each gap between two statements of the first: it is stopped there, and the
 * second is done meanwhile.
 * @param round does it for the nth gap, and says whether there was one
 */
async function inEachGap(
  round: (at: (statement: Statement) => boolean, n: number) => Promise<boolean>,
): Promise<void> {
  for (let n = 1, wasStopped = true; wasStopped && n <= MOST_GAPS; n++) {
    wasStopped = await round(nth(n), n)
  }
}

/** The versions and fields of parcels before each of them is raced for. */
async function manyParcels(count = MOST_GAPS) {
  const make = maker(submission.fresh)
  const parcels = submission.fresh
    .list(count, () => make.parcel({ scans: make.scans(1), tags: make.tags(1) }))
    .sort((one, other) => (one.code < other.code ? -1 : 1))
  const [from, east, west] = [make.depot(parcels), make.depot(), make.depot()]
  const started = await calm([from, east, west])
  return { ...started, b: await started.twin(), parcels, from, east, west }
}

for (const isTurned of [false, true]) {
  const order = isTurned ? 'in opposite order' : 'in the same order'
  test(`C11 lets one of two moves of a parcel succeed, whichever gap they meet in, ${order}`, async () => {
    const { world, a, b, parcels, from, east, west } = await manyParcels(3 * MOST_GAPS)
    await inEachGap(async (at, n) => {
      const [both, first, second] = codesOf(parcels.slice(3 * n - 3, 3 * n)) as [
        string,
        string,
        string,
      ]
      // In opposite order both moves are of the same two parcels.
      const [mine, yours] = isTurned
        ? [
            [both, first],
            [first, both],
          ]
        : [
            [both, first],
            [both, second],
          ]
      const [one, other, stoppedAt] = await overlapping(
        world,
        { copy: a, sending: moving(from.id, east.id, mine) },
        () => b.server.send(moving(from.id, west.id, yours)),
        at,
      )
      const when = `two moves of ${both} that overlap, the first stopped at ${stoppedAt ?? 'its end'}`
      const statuses = [one.status, other.status].sort()
      expect(statuses, `the answers to ${when}`).toEqual([200, 409])
      const [won, lost, place] = one.status === 200 ? [mine, yours, east] : [yours, mine, west]
      for (const code of won) {
        await expectStored(world, code, { depotId: place.id, moves: 1 }, `after ${when}`)
      }
      for (const code of lost.filter((code) => !won.includes(code))) {
        await expectStored(world, code, { depotId: from.id, moves: 0 }, `after ${when}`)
      }
      return stoppedAt !== undefined
    })
  })
}

/** Pairs of changes of one version: of different fields, of the same field, of several. */
const PAIRS = [
  [{ status: 'lost' }, { weightKg: 41.5 }],
  [{ priceCents: 30_001 }, { priceCents: 30_002 }],
  [{ weightKg: 42.5 }, { status: 'found', weightKg: 43.5, priceCents: 30_003 }],
] as const

test('C12 lets one of two changes of the same version succeed, whichever gap they meet in', async () => {
  const { world, a, b, parcels } = await manyParcels()
  await inEachGap(async (at, n) => {
    const { code, version } = parcels[n - 1]!
    const row = (await world.stored(code))!
    const [mine, yours] = PAIRS[n % PAIRS.length]!
    const [one, other, stoppedAt] = await overlapping(
      world,
      { copy: a, sending: changing(code, { version, ...mine }) },
      () => b.server.send(changing(code, { version, ...yours })),
      at,
    )
    const when = `two changes of the same version, the first stopped at ${stoppedAt ?? 'its end'}`
    const statuses = [one.status, other.status].sort()
    expect(statuses, `the answers to ${when}`).toEqual([200, 409])
    const won = one.status === 200 ? mine : yours
    await expectStored(world, code, { ...row, ...won, version: version + 1 }, `after ${when}`)
    return stoppedAt !== undefined
  })
})

test('C12 lets one of 20 changes of the same version succeed', async () => {
  const { world, a, b, parcels } = await manyParcels(1)
  const { code, version } = parcels[0]!
  const row = (await world.stored(code))!
  const change = (index: number) => ({ version, priceCents: 30_000 + index })
  const answers = await race(
    Array.from({ length: 20 }, (_, index) => ({
      to: index % 2 ? a.server : b.server,
      ...changing(code, change(index)),
    })),
  )
  const won = answers.findIndex(({ status }) => status === 200)
  const statuses = answers.map(({ status }) => status).sort()
  const message = 'the answers to 20 changes of the same version at once'
  expect(statuses, message).toEqual([200, ...Array.from({ length: 19 }, () => 409)])
  const wanted = { ...row, ...change(won), version: version + 1 }
  await expectStored(world, code, wanted, 'after 20 changes at once')
})

test('C12 does not put back what the scales have changed meanwhile, in whichever gap', async () => {
  const { world, a, parcels } = await manyParcels()
  const scales = await world.stranger()
  await inEachGap(async (at, n) => {
    const { code, version } = parcels[n - 1]!
    const row = (await world.stored(code))!
    const weightKg = 41.5
    const fields = n % 2 ? { status: 'lost' } : { priceCents: 30_004 }
    const [answer, , stoppedAt] = await overlapping(
      world,
      { copy: a, sending: changing(code, { version, ...fields }) },
      () => scales.query('update parcels set weight_kg = $1 where code = $2', [weightKg, code]),
      at,
    )
    const when = `a PATCH of ${Object.keys(fields)} that SQL changed weight_kg during, when it was stopped at ${stoppedAt ?? 'its end'}`
    expectVersion(answer, 200, code, version + 1)
    await expectStored(
      world,
      code,
      { ...row, ...fields, version: version + 1, weightKg },
      `after ${when}`,
    )
    return stoppedAt !== undefined
  })
})

test('C12 does not put back where a parcel was moved from meanwhile, in whichever gap', async () => {
  const { world, a, b, parcels, from, east } = await manyParcels()
  await inEachGap(async (at, n) => {
    const { code, version } = parcels[n - 1]!
    const row = (await world.stored(code))!
    const status = 'lost'
    const [changed, moved, stoppedAt] = await overlapping(
      world,
      { copy: a, sending: changing(code, { version, status }) },
      () => b.server.send(moving(from.id, east.id, [code])),
      at,
    )
    const when = `a change and a move of one parcel, the change stopped at ${stoppedAt ?? 'its end'}`
    expect(changed, when).toHaveStatus(200, 409)
    expect(moved, when).toHaveStatus(200, 409)
    if (changed.status === 409 && moved.status === 409) {
      expect.fail(`both were answered with 409: ${when}`)
    }
    const isMoved = moved.status === 200
    const wanted = {
      ...(isMoved ? { depotId: east.id, moves: 1 } : { depotId: from.id, moves: 0 }),
      status: changed.status === 200 ? status : row.status,
      weightKg: row.weightKg,
      priceCents: row.priceCents,
    }
    await expectStored(world, code, wanted, `after ${when}`)
    return stoppedAt !== undefined
  })
})

for (const isTurned of [false, true]) {
  const what = isTurned ? 'two new tags in opposite order' : 'the same new tag'
  test(`C13 stores two parcels that bring ${what} at once, whichever gap they meet in`, async () => {
    const make = maker(submission.fresh)
    const depot = make.depot()
    const { world, a, twin } = await calm([depot])
    const b = await twin()
    await inEachGap(async (at) => {
      const tags = submission.fresh.list(isTurned ? 2 : 1, () => submission.fresh.unique())
      const [mine, yours] = [wish(depot.id, { tags }), wish(depot.id, { tags: tags.toReversed() })]
      const [one, other, stoppedAt] = await overlapping(
        world,
        { copy: a, sending: creating(mine) },
        () => b.server.send(creating(yours)),
        at,
      )
      const when = `two new parcels with ${what}, the first stopped at ${stoppedAt ?? 'its end'}`
      for (const answer of [one, other]) expect(answer, when).toHaveStatus(201)
      const sorted = tags.toSorted()
      for (const { code } of [mine, yours]) {
        await expectStored(world, code, { tags: sorted }, `after ${when}`)
      }
      return stoppedAt !== undefined
    })
  })
}

test('C13 stores one of two parcels with the same code at once, whichever gap they meet in', async () => {
  const make = maker(submission.fresh)
  const depot = make.depot()
  const { world, a, twin } = await calm([depot])
  const b = await twin()
  await inEachGap(async (at) => {
    const code = make.code()
    const wishes = submission.fresh.list(2, () =>
      wish(depot.id, { code, tags: [submission.fresh.unique()] }),
    ) as [Wish, Wish]
    const [one, other, stoppedAt] = await overlapping(
      world,
      { copy: a, sending: creating(wishes[0]) },
      () => b.server.send(creating(wishes[1])),
      at,
    )
    const when = `two new parcels with the code ${code}, the first stopped at ${stoppedAt ?? 'its end'}`
    const statuses = [one.status, other.status].sort()
    expect(statuses, `the answers to ${when}`).toEqual([201, 409])
    const { weightKg, priceCents, tags } = wishes[one.status === 201 ? 0 : 1]
    await expectStored(world, code, { weightKg, priceCents, tags }, `after ${when}`)
    return stoppedAt !== undefined
  })
})

meanwhile('C14 moves all or nothing when it is killed before the end', async () => {
  const make = maker(submission.fresh)
  const parcels = make.parcels(6)
  const [from, to] = [make.depot(parcels), make.depot()]
  const world = await ownWorld(submission, [from, to])
  const codes = codesOf(parcels)
  const [rehearsed, killed] = [codes.slice(0, 3), codes.slice(3)]
  await killedAtTheEnd(world, moving(from.id, to.id, rehearsed), moving(from.id, to.id, killed))
  const rows: (StoredParcel | undefined)[] = []
  for (const code of killed) rows.push(await world.stored(code))
  const seen = {
    'parcels that have moved': rows.filter((row) => row?.depotId === to.id).length,
    'scans of kind moved': rows.reduce((sum, row) => sum + (row?.moves ?? 0), 0),
  }
  const all = seen['parcels that have moved'] > 0 ? 3 : 0
  expect(seen, 'a move of three parcels, killed before its last statement').toEqual({
    'parcels that have moved': all,
    'scans of kind moved': all,
  })
})

meanwhile(
  'C14 stores a new parcel with its tags or nothing when it is killed before the end',
  async () => {
    const make = maker(submission.fresh)
    const parcel = make.parcels(1)[0]!
    const depot = make.depot([parcel])
    const world = await ownWorld(submission, [depot])
    const tags = () => [...parcel.tags, submission.fresh.unique()]
    const [rehearsed, killed] = [wish(depot.id, { tags: tags() }), wish(depot.id, { tags: tags() })]
    await killedAtTheEnd(world, creating(rehearsed), creating(killed))
    const { rows } = await world.db.query(
      `select (select count(*)::int from parcels where code = $1) as parcels,
            (select count(*)::int from tags where name = $2) as "new tags",
            (select count(*)::int from parcel_tags join parcels on parcels.id = parcel_id
             where code = $1) as "its tags"`,
      [killed.code, killed.tags.at(-1)],
    )
    const whole = { parcels: 1, 'new tags': 1, 'its tags': killed.tags.length }
    const nothing = { parcels: 0, 'new tags': 0, 'its tags': 0 }
    const message = 'what is there of a new parcel, killed before its last statement'
    expect(rows[0], message).toEqual(rows[0].parcels > 0 ? whole : nothing)
  },
)
