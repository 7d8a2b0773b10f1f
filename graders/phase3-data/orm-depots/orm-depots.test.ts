import { expect, test } from 'vitest'
import { type Answer, meanwhile, openSubmission, race, type Sending } from '../../harness/index.ts'
import { depotsOf, expectDepots, idsOf, parcelIn } from './answers.ts'
import { killedAtTheEnd, overlapping, storesTags } from './overlap.ts'
import { type Depot, maker, type Parcel } from './rows.ts'
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

const stats = (copy: Copy, id: number) => copy.server.send({ path: `/depots/${id}/stats` })

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

/** What a parcel is created with. */
function wish(depotId: number, over: Partial<Parcel> = {}) {
  const { code, weightKg, priceCents } = maker(submission.fresh).parcel()
  return { code, depotId, weightKg, priceCents, tags: [] as string[], ...over }
}

const codesOf = (parcels: Parcel[]) => parcels.map(({ code }) => code)

/** An id that no depot has. */
const NOWHERE = 987_654

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

/** Sends what must be refused, and expects every row of every table to be as before. */
async function expectRefused(
  world: World,
  copy: Copy,
  sending: Sending,
  why: string,
  ...statuses: number[]
): Promise<void> {
  const before = await world.rows()
  const answer = await copy.server.send(sending)
  expect(answer, why).toHaveStatus(...statuses)
  expect(answer).toBeJsonError(...statuses)
  expect(await world.rows(), `the rows after ${answer.request} was refused: ${why}`).toEqual(before)
}

// ---------------------------------------------------------------- the checks

test('C1 shows each depot with its parcels, their scans and their tags', async () => {
  const make = maker(submission.fresh)
  const depots = submission.fresh.list(6, () =>
    make.depot(make.parcels(submission.fresh.int(1, 4))),
  )
  const { a } = await calm(depots)
  expectDepots(await list(a), depots)
})

test('C1 shows each parcel, scan and tag once where there are several of each', async () => {
  const make = maker(submission.fresh)
  const scans = [make.at(), make.at()].map((at) => ({ kind: 'loaded', at }))
  const busy = () => make.parcel({ scans: [...scans, ...make.scans(2)], tags: make.tags(3) })
  const depots = [make.depot([busy(), busy(), busy()]), make.depot([busy()])]
  const { a } = await calm(depots)
  expectDepots(await list(a), depots)
})

test('C1 shows depots without parcels, and parcels without scans or tags', async () => {
  const make = maker(submission.fresh)
  const depots = [
    make.depot(),
    make.depot([make.parcel()]),
    make.depot([
      make.parcel({ scans: make.scans(2) }),
      make.parcel({ tags: make.tags(2) }),
      ...make.parcels(1),
    ]),
    make.depot(),
  ]
  const { a } = await calm(depots)
  expectDepots(await list(a), depots)
})

test('C1 hides deleted parcels', async () => {
  const make = maker(submission.fresh)
  const deleted = () => make.parcel({ deleted: true, scans: make.scans(1), tags: make.tags(1) })
  const depots = [make.depot([deleted(), ...make.parcels(2), deleted()]), make.depot([deleted()])]
  const { a } = await calm(depots)
  expectDepots(await list(a), depots)
})

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

test('C3 counts depots with limit, not the rows of a join', async () => {
  const make = maker(submission.fresh)
  const parcel = () => make.parcel({ scans: make.scans(1), tags: make.tags(1) })
  const depots = submission.fresh.list(13, () => make.depot(submission.fresh.list(40, parcel)))
  const { a } = await calm(depots)
  expectDepots(await list(a, '?limit=10'), depots.slice(0, 10))
  expectDepots(await list(a, '?limit=10&offset=10'), depots.slice(10))
})

test('C3 shows 20 depots where no limit is given, by id', async () => {
  const make = maker(submission.fresh)
  const depots = submission.fresh.list(24, () => make.depot(make.parcels(1)))
  const { a } = await calm(depots)
  expectDepots(await list(a), depots.slice(0, 20))
  expectDepots(await list(a, '?offset=20'), depots.slice(20))
})

/** Depots of which several have the same name, and many the same city. */
function namesakes(): Depot[] {
  const { fresh } = submission
  const make = maker(fresh)
  const names = fresh.list(6, () => fresh.name())
  return fresh.list(30, () => make.depot(make.parcels(1), { name: fresh.pick(names) }))
}

/** The depots' ids in the order that `sort` asks for. */
function sorted(depots: Depot[], sort: string): string[] {
  const column = sort.replace('-', '') as 'name' | 'city'
  const sign = sort.startsWith('-') ? -1 : 1
  return depots
    .toSorted((one, other) => {
      if (one[column] === other[column]) return one.id - other.id
      return one[column] < other[column] ? -sign : sign
    })
    .map(({ id }) => String(id))
}

for (const sort of ['name', '-name', 'city', '-city']) {
  test(`C3 sorts by ${sort}, equal ones by ascending id, over all pages`, async () => {
    const depots = namesakes()
    const { a } = await calm(depots)
    const wanted = sorted(depots, sort)
    for (let offset = 0; offset < depots.length; offset += 7) {
      const answer = await list(a, `?sort=${sort}&limit=7&offset=${offset}`)
      expect(idsOf(answer), `the ids of the depots in ${answer.request}`).toEqual(
        wanted.slice(offset, offset + 7),
      )
    }
  })
}

/** Two depots with parcels of several kinds. */
function twoDepots() {
  const make = maker(submission.fresh)
  const [here, gone, there] = [make.parcels(5), make.parcel({ deleted: true }), make.parcels(2)]
  const [from, to] = [make.depot([...here, gone]), make.depot(there)]
  return { make, from, to, here, gone, there, depots: [from, to] }
}

test('C4 moves the parcels, and gives each a scan', async () => {
  const { from, to, here, there, depots } = twoDepots()
  const { world, a } = await calm(depots)
  const moved = [here[3]!, here[0]!, here[1]!]
  const answer = await a.server.send(moving(from.id, to.id, codesOf(moved)))
  expect(answer).toHaveStatus(200)
  expect(answer.body, `the body of ${answer.request}`).toMatchObject({ moved: 3 })
  for (const { code, status, tags } of [...here, ...there]) {
    const isMoved = codesOf(moved).includes(code)
    const at = isMoved || codesOf(there).includes(code) ? to : from
    const wanted = { depotId: at.id, status, tags: tags.toSorted(), moves: isMoved ? 1 : 0 }
    await expectStored(world, code, wanted, 'after the move')
  }
  const { scans } = parcelIn(await list(a), moved[0]!.code)
  expect(scans.length, `the scans of ${moved[0]!.code} in the list`).toBe(
    moved[0]!.scans.length + 1,
  )
})

test('C4 moves nothing where one of the parcels cannot be moved', async () => {
  const { make, from, to, here, gone, there, depots } = twoDepots()
  const { world, a } = await calm(depots)
  const [first, second] = codesOf(here)
  const bad = { unknown: make.code(), deleted: gone.code, 'at another depot': there[0]!.code }
  for (const [what, code] of Object.entries(bad)) {
    const why = `the last of three codes is ${what}`
    await expectRefused(world, a, moving(from.id, to.id, [first!, second!, code]), why, 409)
    const other = `the first of two codes is ${what}`
    await expectRefused(world, a, moving(from.id, to.id, [code, first!]), other, 409)
  }
})

test('C4 moves nothing from or to a depot that does not exist', async () => {
  const { from, to, here, depots } = twoDepots()
  const { world, a } = await calm(depots)
  const codes = codesOf(here.slice(0, 2))
  const away = moving(from.id, NOWHERE, codes)
  await expectRefused(world, a, away, 'no depot has the id in "to"', 400, 404, 409, 422)
  const why = 'no depot has the id in the path'
  await expectRefused(world, a, moving(NOWHERE, to.id, codes), why, 404, 409)
})

/** One depot with one parcel, and the parcel's row. */
async function oneParcel() {
  const make = maker(submission.fresh)
  const parcel = make.parcels(1)[0]!
  const depot = make.depot([parcel])
  const started = await calm([depot])
  return { ...started, make, parcel, depot, row: (await started.world.stored(parcel.code))! }
}

/** Expects the answer to a change, or to a new parcel. */
function expectVersion(answer: Answer, status: number, code: string, version: number): void {
  expect(answer).toHaveStatus(status)
  expect(answer).toBeJson()
  expect(answer.body, `the body of ${answer.request}`).toMatchObject({ code, version })
}

test('C5 stores what was sent, and raises the version', async () => {
  const { world, a, parcel, row } = await oneParcel()
  const { code } = parcel
  const changes = [
    { status: submission.fresh.unique() },
    { weightKg: submission.fresh.int(41_000, 99_000) / 1000 },
    { priceCents: 3_000_000_000 + submission.fresh.int(0, 999), status: 'lost' },
  ]
  const wanted = row
  for (const change of changes) {
    const answer = await a.server.send(changing(code, { version: wanted.version, ...change }))
    Object.assign(wanted, change, { version: wanted.version + 1 })
    expectVersion(answer, 200, code, wanted.version)
    const when = `after a PATCH of ${Object.keys(change).join(' and ')}`
    await expectStored(world, code, wanted, when)
  }
  expect(parcelIn(await list(a), code).status, 'the status in the list').toBe('lost')
})

test('C5 refuses a version that is not the stored one, and a missing one', async () => {
  const { world, a, parcel } = await oneParcel()
  const { code, version } = parcel
  const status = 'lost'
  const first = await a.server.send(changing(code, { version, status: 'found' }))
  expectVersion(first, 200, code, version + 1)
  const again = changing(code, { version, status })
  await expectRefused(world, a, again, 'the version is the one before', 409)
  const early = changing(code, { version: version + 2, status })
  await expectRefused(world, a, early, 'the version is one too high', 409)
  await expectRefused(world, a, changing(code, { status }), 'version is missing', 400, 422)
})

test('C5 answers 404 for an unknown and for a deleted parcel', async () => {
  const { from, gone, make, depots } = twoDepots()
  const { world, a } = await calm(depots)
  const { version } = gone
  const change = { version, status: `${from.id}` }
  await expectRefused(world, a, changing(make.code(), change), 'nobody has this code', 404)
  await expectRefused(world, a, changing(gone.code, change), 'the parcel is deleted', 404)
})

test('C5 changes no other column, whatever the body says', async () => {
  const { from, to, here, make, depots } = twoDepots()
  const { world, a } = await calm(depots)
  const { code, weightKg } = here[0]!
  const now = '2026-01-01T00:00:00Z'
  const others = { depotId: to.id, depot_id: to.id, code: make.code(), deletedAt: now }
  for (const [name, value] of Object.entries(others)) {
    const version = (await world.stored(code))?.version
    const answer = await a.server.send(changing(code, { version, status: 'lost', [name]: value }))
    expect(answer).toHaveStatus(200, 400, 422)
    const wanted = { depotId: from.id, deleted: false, weightKg }
    await expectStored(world, code, wanted, `after a PATCH with ${name}`)
  }
})

test('C6 refuses any other sort with 400 or 422', async () => {
  const depots = namesakes()
  const { world, a } = await calm(depots)
  const before = await world.rows()
  const junk = [
    ...[
      '(select max(code) from parcels)',
      'city, (select 1)',
      '1',
      'name desc',
      'name,city',
      '--name',
    ],
    ...['name;drop table scans', 'name; delete from scans; --', 'name) --', "name'", 'name"'],
    ...['price', 'id', 'opened_on', 'constructor', '__proto__'],
  ]
  for (const sort of junk) {
    const answer = await list(a, `?sort=${encodeURIComponent(sort)}`)
    expect(answer, `with sort=${sort}`).toBeValidationFailure()
    expect(answer).toBeJsonError()
  }
  await world.expectShape()
  expect(await world.rows(), 'the rows after all that').toEqual(before)
  const answer = await list(a, '?sort=name&limit=100')
  expect(idsOf(answer), `the ids of the depots in ${answer.request}`).toEqual(
    sorted(depots, 'name'),
  )
})

test('C6 refuses any other limit and offset with 400 or 422', async () => {
  const { a } = await calm(namesakes())
  const limits = ['limit=0', 'limit=101', 'limit=-1', 'limit=ten', 'limit=2.5']
  const offsets = ['offset=-1', 'offset=ten', 'offset=1.5', 'offset=7x']
  for (const query of [...limits, ...offsets]) {
    const answer = await list(a, `?${query}`)
    expect(answer).toBeValidationFailure()
    expect(answer).toBeJsonError()
  }
  expect(depotsOf(await list(a, '?limit=1&offset=0')).length, 'depots for limit=1').toBe(1)
  expect(depotsOf(await list(a, '?limit=100&offset=29')).length, 'depots from the 30th').toBe(1)
})

test('C7 shows weights, prices and versions as JSON numbers', async () => {
  const make = maker(submission.fresh)
  const parcels = [
    ...make.parcels(3),
    make.parcel({ priceCents: 3_000_000_000 + submission.fresh.int(0, 10 ** 9) }),
    make.parcel({ weightKg: 0.1, priceCents: 0 }),
    make.parcel({ weightKg: 99_999.999 }),
  ]
  const { a } = await calm([make.depot(parcels)])
  const answer = await list(a)
  for (const { code, weightKg, priceCents, version } of parcels) {
    const seen = parcelIn(answer, code)
    const numbers = { weightKg: seen.weightKg, priceCents: seen.priceCents, version: seen.version }
    expect(numbers, `the numbers of ${code} in the list`).toEqual({ weightKg, priceCents, version })
  }
})

test('C7 shows the day in opened_on, in whatever zone server and database are', async () => {
  const make = maker(submission.fresh)
  const days = ['1998-12-31', '2005-03-01', '2010-07-15', '2013-01-01', '2024-02-29', '2026-06-30']
  const depots = submission.fresh.shuffle(days).map((openedOn) => make.depot([], { openedOn }))
  const { a } = await calm(depots)
  const seen = depotsOf(await list(a)).map(({ openedOn }) => openedOn)
  expect(seen, 'openedOn of the depots in the list').toEqual(depots.map((depot) => depot.openedOn))
})

test('C7 shows when scans were made', async () => {
  const make = maker(submission.fresh)
  const parcel = make.parcel({ scans: make.scans(4) })
  const { a } = await calm([make.depot([parcel])])
  const { scans } = parcelIn(await list(a), parcel.code)
  for (const { at } of scans) {
    const zone = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$/
    expect(at, '"at" of a scan: ISO 8601 with Z or an offset').toSatisfy(
      (text) => typeof text === 'string' && zone.test(text),
    )
  }
  // Date.parse wants minutes in an offset.
  const instant = (at: unknown) => Date.parse(String(at).replace(/([+-]\d\d)$/, '$1:00'))
  const instants = (list: { at: unknown }[]) =>
    list.map(({ at }) => new Date(instant(at)).toISOString()).sort()
  expect(instants(scans), 'the times of the scans, in UTC').toEqual(instants(parcel.scans))
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

/** What the stats of a depot with these parcels are. */
function statsOf(parcels: Parcel[]) {
  const there = parcels.filter(({ deleted }) => !deleted)
  const sum = (of: (parcel: Parcel) => number) => there.reduce((all, one) => all + of(one), 0)
  return {
    parcels: there.length,
    scans: sum(({ scans }) => scans.length),
    revenueCents: sum(({ priceCents }) => priceCents),
  }
}

async function expectStats(copy: Copy, depot: Depot): Promise<void> {
  const answer = await stats(copy, depot.id)
  expect(answer).toHaveStatus(200)
  expect(answer).toBeJson()
  const { parcels, scans, revenueCents } = answer.body ?? {}
  const message = `the numbers in ${answer.request}`
  expect({ parcels, scans, revenueCents }, message).toEqual(statsOf(depot.parcels))
}

test('C9 counts parcels, scans and revenue once each', async () => {
  const make = maker(submission.fresh)
  const parcel = (count: number) => make.parcel({ scans: make.scans(count), tags: make.tags(2) })
  const dear = make.parcel({ priceCents: 3_000_000_000, scans: make.scans(2) })
  const depots = [
    make.depot([parcel(3), parcel(1), parcel(2)]),
    make.depot([parcel(0), parcel(2), dear]),
  ]
  const { a } = await calm(depots)
  for (const depot of depots) await expectStats(a, depot)
})

test('C9 leaves deleted parcels out, and answers 0 where there is nothing', async () => {
  const make = maker(submission.fresh)
  const deleted = () => make.parcel({ deleted: true, scans: make.scans(2) })
  const depots = [
    make.depot([deleted(), ...make.parcels(2)]),
    make.depot(),
    make.depot([deleted()]),
  ]
  const { a } = await calm(depots)
  for (const depot of depots) await expectStats(a, depot)
  expect(await stats(a, NOWHERE), 'no depot has this id').toBeJsonError(404)
})

test('C10 stores a parcel with tags that exist and tags that are new', async () => {
  const { world, a, depot, parcel } = await oneParcel()
  const [known, fresh] = [parcel.tags, [submission.fresh.unique(), submission.fresh.unique()]]
  const before = (await world.rows()).tags!.length
  for (const tags of [[fresh[0]!, ...known], [...known, fresh[0]!, fresh[1]!], []]) {
    const json = wish(depot.id, { tags })
    const answer = await a.server.send(creating(json))
    expectVersion(answer, 201, json.code, 1)
    const { code, depotId, weightKg, priceCents } = json
    const row = { depotId, weightKg, priceCents, status: 'registered', version: 1, deleted: false }
    await expectStored(world, code, { ...row, tags: tags.toSorted() }, 'after POST /parcels')
    const seen = parcelIn(await list(a), code)
    expect(seen.tags.toSorted(), `the tags of ${code} in the list`).toEqual(tags.toSorted())
  }
  const made = (await world.rows()).tags!.length - before
  expect(made, 'rows that came into tags, for two new ones').toBe(2)
})

test('C10 leaves nothing of a parcel that is refused', async () => {
  const { from, here, gone, depots } = twoDepots()
  const { world, a } = await calm(depots)
  const { fresh } = submission
  const tags = () => [fresh.unique(), fresh.unique()]
  const taken = { 'the code is taken': here[0]!, 'a deleted parcel has the code': gone }
  for (const [why, { code }] of Object.entries(taken)) {
    await expectRefused(world, a, creating(wish(from.id, { code, tags: tags() })), why, 409)
  }
  const away = creating(wish(NOWHERE, { tags: tags() }))
  await expectRefused(world, a, away, 'no depot has this id', 400, 404, 409, 422)
  const long = creating(wish(from.id, { tags: [...tags(), fresh.string(31)] }))
  await expectRefused(world, a, long, 'a tag has 31 characters', 400, 422)
})

test('C11 lets one of two moves of a parcel succeed', async () => {
  const make = maker(submission.fresh)
  const parcels = make.parcels(3).sort((one, other) => (one.code < other.code ? -1 : 1))
  const [both, first, second] = codesOf(parcels) as [string, string, string]
  const [from, east, west] = [make.depot(parcels), make.depot(), make.depot()]
  const { world, a, twin } = await calm([from, east, west])
  const b = await twin()
  const [one, other] = await overlapping(
    world,
    { copy: a, sending: moving(from.id, east.id, [both, first]) },
    () => b.server.send(moving(from.id, west.id, [both, second])),
  )
  const statuses = [one.status, other.status].sort()
  expect(statuses, `the answers to two moves of ${both} that overlap`).toEqual([200, 409])
  const wonFirst = one.status === 200
  const moved = (at: Depot) => ({ depotId: at.id, moves: 1 })
  const stayed = { depotId: from.id, moves: 0 }
  const when = 'after two moves that overlapped'
  await expectStored(world, both, moved(wonFirst ? east : west), when)
  await expectStored(world, first, wonFirst ? moved(east) : stayed, when)
  await expectStored(world, second, wonFirst ? stayed : moved(west), when)
})

test('C12 lets one of two changes of the same version succeed', async () => {
  const { world, a, twin, parcel, row } = await oneParcel()
  const b = await twin()
  const { code, version } = parcel
  const [mine, yours] = [{ status: 'lost' }, { weightKg: 41.5 }]
  const [one, other] = await overlapping(
    world,
    { copy: a, sending: changing(code, { version, ...mine }) },
    () => b.server.send(changing(code, { version, ...yours })),
  )
  const statuses = [one.status, other.status].sort()
  expect(statuses, `the answers to two changes of ${code} that overlap`).toEqual([200, 409])
  const won = one.status === 200 ? mine : yours
  const when = 'after two changes of the same version'
  await expectStored(world, code, { ...row, ...won, version: version + 1 }, when)
})

test('C12 lets one of 20 changes of the same version succeed', async () => {
  const { world, a, twin, parcel, row } = await oneParcel()
  const b = await twin()
  const { code, version } = parcel
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

test('C12 does not put back what the scales have changed meanwhile', async () => {
  const { world, a, parcel, row } = await oneParcel()
  const { code, version } = parcel
  const scales = await world.stranger()
  const weightKg = 41.5
  const [answer] = await overlapping(
    world,
    { copy: a, sending: changing(code, { version, status: 'lost' }) },
    () => scales.query('update parcels set weight_kg = $1 where code = $2', [weightKg, code]),
  )
  expectVersion(answer, 200, code, version + 1)
  const wanted = { ...row, status: 'lost', version: version + 1, weightKg }
  const when = 'after SQL changed weight_kg while a PATCH of status was under way'
  await expectStored(world, code, wanted, when)
})

test('C13 stores two parcels that bring the same new tag at once', async () => {
  const make = maker(submission.fresh)
  const depot = make.depot()
  const { world, a, twin } = await calm([depot])
  const b = await twin()
  const tags = [submission.fresh.unique()]
  const [mine, yours] = [wish(depot.id, { tags }), wish(depot.id, { tags })]
  const answers = await overlapping(
    world,
    { copy: a, sending: creating(mine) },
    () => b.server.send(creating(yours)),
    storesTags,
  )
  for (const answer of answers) {
    expect(answer, 'two new parcels with the same new tag, which overlap').toHaveStatus(201)
  }
  for (const { code } of [mine, yours]) await expectStored(world, code, { tags }, 'afterwards')
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
