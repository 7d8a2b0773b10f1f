import { expect, test } from 'vitest'
import {
  type Answer,
  nth,
  openSubmission,
  proxy,
  race,
  type Sending,
  type ServerSubject,
  shared,
  stopAt,
} from '../../harness/index.ts'
import {
  bodies,
  expectAgreement,
  integer,
  NO_OBJECT,
  NOT_JSON,
  oneOf,
  pattern,
  text,
} from '../../harness/model/index.ts'
import { expectFields, expectNothingInside, expectProblem } from './problems.ts'
import { type Answers, forEachGap, type Pair } from './races.ts'
import { ODD_IDS, type Office, shipmentModel } from './shipment-model.ts'
import { openWorld, type World } from './world.ts'

const submission = openSubmission(import.meta)
const openShared = openWorld(submission)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 stores a shipment with each POST, leads to it by Location, lists all by id, and takes no ref twice',
  C2: 'C2 moves a shipment from status to status as the table allows, and not otherwise',
  C3: 'C3 gives each state of a shipment its ETag: 304 for the current one, 412 for others, 428 for none',
  C4: 'C4 replaces with PUT, merges with PATCH, deletes with DELETE, and refuses bad fields',
  C5: 'C5 answers any id with the shipment or a 4xx',
  C6: 'C6 answers wrong methods, types, bodies and paths by the rules, and HEAD as GET',
  C8: 'C8 lists the shipments that fit the filters',
  C9: 'C9 keeps the scans of each shipment',
  C10: 'C10 understands lists of tags, * and weak tags',
}

/** Plays the programs of a check; returns the state that they end in. */
async function agree(check: string): Promise<{ world: World; office: Office }> {
  const world = await openShared()
  const model = shipmentModel(submission, world)
  await expectAgreement(model, check, submission.fresh)
  return { world, office: model.last! }
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const { world, office } = await agree(check)
    if (check === 'C8' || check === 'C9') await expectRows(world, office)
  })
}

/** The tables hold what the answers said. */
async function expectRows({ db }: World, { shipments, gone }: Office): Promise<void> {
  const { rows } = await db.query(
    `select id::text, ref, weight_g as "weightG", status, depot, note,
            array(select format('%s: %s at %s', id, kind, depot) from scans
                  where shipment_id = shipments.id order by id) as scans
     from shipments order by shipments.id`,
  )
  const stored = new Map(rows.map((row) => [row.id, row]))
  for (const { id, ref, weightG, status, depot, note, scans } of shipments.values()) {
    const lines = scans.map((scan) => `${scan.id}: ${scan.kind} at ${scan.depot}`)
    const wanted = { id, ref, weightG, status, depot, note: note ?? null, scans: lines }
    expect(
      stored.get(id),
      `the row of shipment ${id} in the table shipments, with its scans`,
    ).toEqual(wanted)
  }
  expect(rows.length, 'the rows in the table shipments').toBe(shipments.size)
  const ids = gone.map(({ id }) => id)
  const left = await db.query('select 1 from scans where shipment_id = any($1::bigint[])', [ids])
  expect(left.rows.length, 'scans of deleted shipments').toBe(0)
}

// ---------------------------------------------------------------- requests

type Fields = Record<string, unknown>

let made = 0
const newRef = () => `TST-${++made}`
const posting = (fields: Fields = {}): Sending => ({
  ...{ method: 'POST', path: '/shipments' },
  json: { ref: newRef(), weightG: 1200, depot: 'Vigo', ...fields },
})

/** Stores a shipment through a server. */
async function post(
  server: ServerSubject,
  fields: Fields = {},
): Promise<Fields & { path: string }> {
  const answer = await server.send(posting(fields))
  expect(answer).toHaveStatus(201)
  return { ...answer.body, path: `/shipments/${answer.body.id}` }
}

async function tagOf(server: ServerSubject, path: string): Promise<string> {
  const answer = await server.send({ path })
  expect(answer).toHaveStatus(200)
  const { etag } = answer.headers
  expect(etag, `the ETag of GET ${path}`).toBeTypeOf('string')
  return etag!
}

const patching = (path: string, tag: string, json: Fields): Sending => ({
  ...{ method: 'PATCH', path, json },
  headers: { 'If-Match': tag },
})
const putting = (path: string, tag: string, fields: Fields): Sending => ({
  ...{ method: 'PUT', path, headers: { 'If-Match': tag } },
  json: { ref: newRef(), weightG: 1200, status: 'new', depot: 'Vigo', note: null, ...fields },
})
const deleting = (path: string, tag: string): Sending => ({
  ...{ method: 'DELETE', path, headers: { 'If-Match': tag } },
})

/** Two copies of the server on empty tables. */
async function emptied() {
  const world = await openShared()
  const [a, b] = (await world.copies()) as [ServerSubject, ServerSubject]
  await world.empty()
  return { world, db: world.db, a, b }
}

// ---------------------------------------------------------------- C5 and C8: rows of other programs

test('C5 keeps every digit of large ids', async () => {
  const { db, a, b } = await emptied()
  const ids = ['9007199254740992', '9007199254740993', '9007199254740994', '9223372036854775807']
  for (const [index, id] of ids.entries()) {
    const row = [id, `BIG-${index}`, 'Vigo']
    await db.query('insert into shipments (id, ref, weight_g, depot) values ($1, $2, 5, $3)', row)
  }
  for (const [index, id] of ids.entries()) {
    const answer = await a.send({ path: `/shipments/${id}` })
    expect(answer, `for shipment BIG-${index}`).toHaveStatus(200)
    expect(answer.body.ref, `the ref of shipment ${id}`).toBe(`BIG-${index}`)
    expect(answer.text, `the body of GET /shipments/${id}`).toMatch(
      new RegExp(`"id"\\s*:\\s*"?${id}\\b`),
    )
  }
  const path = `/shipments/${ids[1]}`
  expect(await b.send(patching(path, await tagOf(a, path), { note: 'odd' }))).toHaveStatus(200)
  const notes = (await db.query('select note from shipments order by id')).rows.map(
    ({ note }) => note,
  )
  expect(notes, `the notes of shipments ${ids.join(', ')} after PATCH ${path}`).toEqual([
    null,
    'odd',
    null,
    null,
  ])
  const scan = { method: 'POST', path: `${path}/scans`, json: { kind: 'arrived', depot: 'Vigo' } }
  expect(await a.send(scan)).toHaveStatus(201)
  expect((await b.send({ path: `${path}/scans` })).body, `the scans of ${path}`).toHaveLength(1)
  const beside = `/shipments/${ids[0]}/scans`
  expect((await b.send({ path: beside })).body, `GET ${beside}`).toEqual([])
})

test('C8 shows rows of other programs, and dates a change', async () => {
  const { db, a, b } = await emptied()
  const depot = submission.fresh.city()
  const { rows } = await db.query(
    `insert into shipments (ref, weight_g, status, depot, note, created_at, updated_at) values
       ('OLD-1', 7, 'moving', $1, 'from afar', '2020-02-29 12:00:00Z', '2020-03-01 23:30:00Z')
     returning id::text`,
    [depot],
  )
  const path = `/shipments/${rows[0].id}`
  const listed = await a.send({ path: `/shipments?depot=${encodeURIComponent(depot)}` })
  expect(listed.body?.[0]?.ref, 'the ref of a shipment that another program has stored').toBe(
    'OLD-1',
  )
  const created = (answer: Answer) => new Date(answer.body?.createdAt).toISOString()
  const before = await b.send({ path })
  expect(before).toHaveStatus(200)
  expect(created(before), 'createdAt').toBe('2020-02-29T12:00:00.000Z')
  expect(new Date(before.body.updatedAt).toISOString(), 'updatedAt').toBe(
    '2020-03-01T23:30:00.000Z',
  )
  for (const sending of [
    (tag: string) => patching(path, tag, { weightG: 8 }),
    (tag: string) => putting(path, tag, { status: 'moving' }),
  ]) {
    await db.query("update shipments set updated_at = '2020-03-01 23:30:00Z'")
    const changed = await a.send(sending(await tagOf(b, path)))
    expect(changed).toHaveStatus(200)
    for (const answer of [changed, await b.send({ path })]) {
      expect(created(answer), `createdAt in ${answer.request}, after a change`).toBe(
        '2020-02-29T12:00:00.000Z',
      )
      const { updatedAt } = answer.body
      const year = new Date(updatedAt).getFullYear()
      expect(
        year,
        `the year of updatedAt (${updatedAt}) in ${answer.request}, after a change`,
      ).toBeGreaterThan(2024)
    }
  }
})

test('C8 has everything after it was killed, tags too', async () => {
  const world = await openShared()
  await world.empty()
  const server = await world.start()
  const one = await post(server, { note: submission.fresh.word() })
  await post(server)
  await server.send({
    method: 'POST',
    path: `${one.path}/scans`,
    json: { kind: 'damaged', depot: 'Vigo' },
  })
  const paths = ['/shipments', one.path, `${one.path}/scans`]
  const look = async (at: ServerSubject) =>
    Promise.all(paths.map(async (path) => (await at.send({ path })).body))
  const tag = await tagOf(server, one.path)
  const before = await look(server)
  const again = await server.restart()
  for (const [index, body] of (await look(again)).entries()) {
    expect(body, `GET ${paths[index]} after the server was killed and started again`).toEqual(
      before[index],
    )
  }
  const changed = await again.send(patching(one.path, tag, { weightG: 9 }))
  expect(changed, 'with the ETag from before the server was killed').toHaveStatus(200)
  await again.kill()
})

test('C9 takes scans of a shipment on its way and of a delivered one', async () => {
  const { a, b } = await emptied()
  const { path } = await post(a)
  const scan = { method: 'POST', path: `${path}/scans`, json: { kind: 'arrived', depot: 'Vigo' } }
  for (const status of ['moving', 'delivered']) {
    expect(await a.send(patching(path, await tagOf(b, path), { status }))).toHaveStatus(200)
    expect(await b.send(scan), `for a shipment that is ${status}`).toHaveStatus(201)
  }
  expect((await a.send({ path: scan.path })).body, `GET ${scan.path}`).toHaveLength(2)
})

// ---------------------------------------------------------------- C7: errors

/** What may be refused in a body, one odd field each. */
function badBodies() {
  const { fresh } = submission
  const rule = ''
  const ref = pattern(fresh, { pattern: /^[A-Z]{3}-[0-9]{1,8}$/, plain: ['BAD-1'], rule })
  const weightG = integer(fresh, { min: 1, max: 30_000, rule })
  const depot = text(fresh, { min: 1, max: 60, plain: ['Vigo'], rule })
  const note = text(fresh, { max: 500, optional: true, nullable: true, rule })
  const status = oneOf(fresh, { values: ['new', 'moving', 'delivered', 'cancelled'], rule })
  const kind = oneOf(fresh, { values: ['arrived', 'departed', 'damaged'], rule })
  const of = (pools: Parameters<typeof bodies>[1]) =>
    bodies(fresh, pools).edges.filter(({ ok }) => ok === 'no')
  const put = of({ ref, weightG, depot, note, status })
  return {
    POST: of({ ref, weightG, depot, note }),
    PUT: put,
    PATCH: put.filter(({ what }) => what !== 'missing'),
    scans: of({ kind, depot }),
  }
}

test('C7 names every bad field of a body, and no good one', async () => {
  const { a } = await emptied()
  const { path } = await post(a)
  const { POST, PUT, PATCH, scans } = badBodies()
  const several = (json: Fields, ...fields: string[]) => ({ json: JSON.stringify(json), fields })
  const one = (body: { json: string; field?: string }) => ({
    json: body.json,
    fields: [body.field!],
  })
  const sent = [
    ...[...POST.map(one), several({}, 'ref', 'weightG', 'depot')].map((body) => ({
      to: '/shipments',
      method: 'POST',
      ...body,
    })),
    ...[
      several({ ref: 'x', weightG: 0, depot: 'Vigo' }, 'ref', 'weightG'),
      several({ ref: 7, weightG: [], depot: {}, note: {} }, 'ref', 'weightG', 'depot', 'note'),
    ].map((body) => ({ to: '/shipments', method: 'POST', ...body })),
    ...[...PUT.map(one), several({}, 'ref', 'weightG', 'depot', 'status')].map((body) => ({
      to: path,
      method: 'PUT',
      ...body,
    })),
    ...[
      ...PATCH.map(one),
      several({ weightG: null, depot: '', note: 'fine' }, 'weightG', 'depot'),
      several({ status: 'lost', ref: null }, 'status', 'ref'),
    ].map((body) => ({ to: path, method: 'PATCH', ...body })),
    ...[...scans.map(one), several({}, 'kind', 'depot')].map((body) => ({
      to: `${path}/scans`,
      method: 'POST',
      ...body,
    })),
  ]
  let refused = 0
  for (const { to, method, json, fields } of sent) {
    const tag = method === 'POST' ? undefined : await tagOf(a, path)
    const headers = { 'Content-Type': 'application/json', ...(tag && { 'If-Match': tag }) }
    const answer = await a.send({ method, path: to, body: json, headers })
    // Whether it is refused at all is a matter of other checks.
    if (answer.status < 400) continue
    refused += 1
    const what = json.length > 90 ? `${json.slice(0, 60)}…` : json
    expectProblem(answer, what)
    if (answer.status === 400 || answer.status === 422) expectFields(answer, fields, what)
  }
  expect(
    refused,
    `of ${sent.length} bodies with bad fields, those that were refused`,
  ).toBeGreaterThan(sent.length / 2)
})

test('C7 answers every error with a problem document that shows nothing of the inside', async () => {
  const { db, a } = await emptied()
  const [one, other] = [await post(a), await post(a)]
  const tag = await tagOf(a, one.path)
  const headers = { 'If-Match': tag }
  const scans = `${one.path}/scans`
  const taken = { ref: other.ref }
  const asText = { 'Content-Type': 'text/plain' }
  const json = { 'Content-Type': 'application/json', ...headers }
  const gone = await post(a)
  const goneTag = await tagOf(a, gone.path)
  await a.send(deleting(gone.path, goneTag))
  const done = await post(a)
  await a.send(patching(done.path, await tagOf(a, done.path), { status: 'cancelled' }))
  const doneTag = await tagOf(a, done.path)
  const scan = { kind: 'arrived', depot: 'Vigo' }

  const errors: { what: string; sending: Sending; statuses: number[] }[] = []
  const add = (what: string, statuses: number[], ...sendings: Sending[]) => {
    for (const sending of sendings) errors.push({ what, sending, statuses })
  }
  add('an unknown path', [404], { path: '/nothing-here' }, { path: '/', method: 'POST', json: {} })
  add('a deleted shipment', [404], { path: gone.path }, { path: `${gone.path}/scans` })
  add('a deleted shipment', [404], { path: `${gone.path}/scans`, method: 'POST', json: scan })
  add(
    'a deleted shipment',
    [404, 412],
    deleting(gone.path, goneTag),
    patching(gone.path, goneTag, { weightG: 1 }),
  )
  add(
    'a ref that is taken',
    [409],
    posting(taken),
    patching(one.path, tag, taken),
    putting(one.path, tag, taken),
  )
  add('a move from cancelled', [409], patching(done.path, doneTag, { status: 'new' }))
  add('a cancelled shipment', [409], { path: `${done.path}/scans`, method: 'POST', json: scan })
  add(
    'an old tag',
    [412],
    patching(one.path, '"x"', { weightG: 1 }),
    putting(one.path, '"x"', {}),
    deleting(one.path, '"x"'),
  )
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    add('no If-Match', [428], {
      method,
      path: one.path,
      json:
        method === 'DELETE'
          ? undefined
          : { ref: 'TST-1', weightG: 1, status: 'new', depot: 'Vigo' },
    })
  }
  for (const [method, path] of [
    ['POST', '/shipments'],
    ['PUT', one.path],
    ['PATCH', one.path],
    ['POST', scans],
  ] as const) {
    add('Content-Type: text/plain', [415], {
      method,
      path,
      body: '{}',
      headers: { ...headers, ...asText },
    })
    for (const body of NOT_JSON)
      add(`the body ${body}`, [400], { method, path, body, headers: json })
    for (const body of NO_OBJECT)
      add(`the body ${body}`, [400, 422], { method, path, body, headers: json })
  }
  for (const [method, path] of [
    ['DELETE', '/shipments'],
    ['POST', one.path],
    ['DELETE', scans],
    ['PATCH', '/shipments'],
    ['PUT', scans],
  ] as const) {
    add('this method', [405], { method, path })
  }
  const clientErrors = [400, 404, 412, 422, 428]
  for (const id of ODD_IDS) {
    const path = `/shipments/${encodeURIComponent(id)}`
    add(`the id ${id}`, clientErrors, { path }, patching(path, tag, { weightG: 1 }), {
      path: `${path}/scans`,
      method: 'POST',
      json: scan,
    })
  }
  for (const query of [
    'status=lost',
    "status='",
    'depot=%27',
    'status=new&status=lost',
    'depot[x]=1',
  ]) {
    add(`?${query}`, [], { path: `/shipments?${query}` })
  }

  for (const { what, sending, statuses } of errors) {
    const answer = await a.send(sending)
    if (statuses.length > 0) expect(answer, `with ${what}`).toHaveStatus(...statuses)
    if (answer.status < 400) continue
    expectProblem(answer, what)
    expectNothingInside(answer, db)
  }
})

// ---------------------------------------------------------------- C11: two writes at once

test('C11 lets one of 20 changes with the same tag through', async () => {
  const { db, a, b } = await emptied()
  for (let turn = 0; turn < 3; turn++) {
    const { path } = await post(a)
    const tag = await tagOf(b, path)
    const requests = submission.fresh.list(20, (index) => ({
      to: index % 2 ? a : b,
      ...patching(path, tag, { weightG: 100 + index }),
    }))
    const answers = await race(requests)
    const winners = answers.filter(({ status }) => status === 200)
    const say = 'of 20 PATCH with the same ETag at once'
    expect(winners.length, `${say}, those answered with 200`).toBe(1)
    for (const answer of answers) if (answer !== winners[0]) expect(answer, say).toHaveStatus(412)
    const { rows } = await db.query(
      'select weight_g from shipments where ref is not null order by id desc limit 1',
    )
    expect(rows[0].weight_g, `the weight after ${say}`).toBe(100 + answers.indexOf(winners[0]!))
  }
})

test('C11 stores one of 12 shipments with the same ref', async () => {
  const { db, a, b } = await emptied()
  const ref = newRef()
  const answers = await race(
    submission.fresh.list(12, (index) => ({
      to: index % 2 ? a : b,
      ...posting({ ref, weightG: 1 + index }),
    })),
  )
  const statuses = answers.map(({ status }) => status).sort()
  expect(statuses, 'the answers to 12 POST with the same ref at once').toEqual([
    201,
    ...new Array(11).fill(409),
  ])
  expect((await db.query('select 1 from shipments')).rows.length, 'the rows of it').toBe(1)
})

/** A copy whose statements can be stopped, and another. */
const stoppable = shared(async () => {
  const world = await openShared()
  const between = await proxy(world.db.url)
  const [stopped, other] = await Promise.all([world.start(between.url), world.start()])
  return { world, between, stopped, other }
})

type Made = { path: string; tag: string }
type Race = {
  title: string
  pair(one: Made, two: Made): Pair
  judge(answers: Answers, shown: (path: string) => Promise<Answer>, one: Made): void | Promise<void>
}

const isDone = ({ status }: Answer) => status === 200 || status === 201 || status === 204

/** One of the two is done, the other refused with one of these. */
function expectOne({ first, second, when }: Answers, ...refusals: number[]): Answer {
  const done = [first, second].filter(isDone)
  const answers = `${first.request} was answered with ${first.status}, ${second.request} with ${second.status}`
  expect(done.length, `${when}: ${answers}. Requests that were carried out`).toBe(1)
  const refused = done[0] === first ? second : first
  expect(refused, when).toHaveStatus(...refusals)
  return done[0]!
}

const sameTag = (
  title: string,
  first: (one: Made) => Sending,
  second: (one: Made) => Sending,
): Race => ({
  title,
  pair: (one) => ({ first: first(one), second: second(one) }),
  async judge(answers, shown, { path }) {
    const { first, second } = answers
    const isDelete = [first, second].some(
      ({ request, status }) => request.startsWith('DELETE') && status === 204,
    )
    const winner = expectOne(answers, 412, ...(isDelete ? [404] : []))
    const left = await shown(path)
    if (isDelete) expect(left, answers.when).toHaveStatus(404)
    else
      expect(left.body, `GET ${path} ${answers.when}`).toMatchObject({
        weightG: winner.body.weightG,
      })
  },
})
const RACES: Race[] = [
  sameTag(
    'a PATCH during a PATCH',
    ({ path, tag }) => patching(path, tag, { weightG: 11 }),
    ({ path, tag }) => patching(path, tag, { weightG: 22 }),
  ),
  sameTag(
    'a PATCH during a PUT',
    ({ path, tag }) => putting(path, tag, { weightG: 11 }),
    ({ path, tag }) => patching(path, tag, { weightG: 22 }),
  ),
  sameTag(
    'a DELETE during a PATCH',
    ({ path, tag }) => patching(path, tag, { weightG: 11 }),
    ({ path, tag }) => deleting(path, tag),
  ),
  sameTag(
    'a PUT during a DELETE',
    ({ path, tag }) => deleting(path, tag),
    ({ path, tag }) => putting(path, tag, { weightG: 22 }),
  ),
  sameTag(
    'a cancellation during a move',
    ({ path, tag }) => patching(path, tag, { status: 'moving', weightG: 11 }),
    ({ path, tag }) => patching(path, tag, { status: 'cancelled', weightG: 22 }),
  ),
  {
    title: 'a POST during a POST with the same ref',
    pair() {
      const ref = newRef()
      return { first: posting({ ref }), second: posting({ ref }) }
    },
    judge: (answers) => void expectOne(answers, 409),
  },
  {
    title: 'a POST during a PATCH to the same ref',
    pair({ path, tag }) {
      const ref = newRef()
      return { first: patching(path, tag, { ref }), second: posting({ ref }) }
    },
    judge: (answers) => void expectOne(answers, 409),
  },
  {
    title: 'a PUT of one shipment during a PUT of another to the same ref',
    pair(one, two) {
      const ref = newRef()
      return {
        first: putting(one.path, one.tag, { ref }),
        second: putting(two.path, two.tag, { ref }),
      }
    },
    judge: (answers) => void expectOne(answers, 409),
  },
  {
    title: 'a DELETE during a scan',
    pair: ({ path, tag }) => ({
      first: { method: 'POST', path: `${path}/scans`, json: { kind: 'arrived', depot: 'Vigo' } },
      second: deleting(path, tag),
    }),
    judge({ first, second, when }) {
      expect(second, when).toHaveStatus(204)
      expect(first, when).toHaveStatus(201, 404)
    },
  },
]

for (const { title, pair, judge } of RACES) {
  test(`C11 lets one win: ${title}, between any two statements`, async () => {
    await openShared()
    const { world, between, stopped, other } = await stoppable()
    const make = async (): Promise<Made> => {
      const { path } = await post(other)
      return { path, tag: await tagOf(stopped, path) }
    }
    let one: Made
    const prepare = async () => {
      await world.empty()
      one = await make()
      return pair(one, await make())
    }
    await forEachGap(world, { stopped, other, between }, prepare, async (answers) =>
      judge(answers, (path) => other.send({ path }), one),
    )
  })
}

// ---------------------------------------------------------------- C12: no database

test('C12 answers 500 or 503 without a database, and goes on once it is back', async () => {
  const world = await openShared()
  await world.empty()
  const between = await proxy(world.db.url)
  const server = await world.start(between.url)
  const { path } = await post(server)
  const tag = await tagOf(server, path)
  const requests: Sending[] = [
    { path: '/shipments' },
    { path },
    posting(),
    patching(path, tag, { weightG: 1 }),
    deleting(path, tag),
    { path: `${path}/scans` },
  ]
  const expectAway = (answer: Answer) => {
    expect(answer, 'while the database is away').toHaveStatus(500, 503)
    expectProblem(answer, 'no database behind it')
    expectNothingInside(answer, world.db)
  }
  // First with nothing under way, then in the midst of a request.
  for (const sending of [undefined, { path }, patching(path, '"never-given"', { weightG: 2 })]) {
    if (sending) {
      const { work } = await stopAt(between, nth(1), () => server.send(sending))
      between.cut()
      const first = await work
      // Some try it again.
      if (first.status >= 500) expectAway(first)
    } else between.cut()
    for (const sending of requests) expectAway(await server.send(sending))
    between.heal()
    const status = async () => (await server.send({ path })).status
    const message = `GET ${path} once the database is back`
    await expect.poll(status, { timeout: 15_000, interval: 20, message }).toBe(200)
  }
  expect(
    await server.send(patching(path, tag, { weightG: 3 })),
    'once the database is back',
  ).toHaveStatus(200)
  const { body } = await server.send({ path: '/shipments' })
  expect(body?.length, 'the shipments once the database is back').toBe(1)
  await server.kill()
})
