import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  findLeaks,
  findStack,
  openSubmission,
  proxy,
  type Sending,
  type ServerSubject,
} from '../../harness/index.ts'
import { curl } from '../../harness/model/curl.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import {
  type Attack,
  HARMS,
  IDS,
  LIMITS,
  LOGIN_NAMES,
  LOGIN_PASSWORDS,
  PATH_IDS,
  SEARCHES,
  SLEEPS,
  SORTS,
  STORED,
  toldOf,
} from './attacks.ts'
import { deskModel } from './desk-model.ts'
import { customersPath, idsPath } from './requests.ts'
import { type Desk, digestOf, makeDesk, openWorld, tablesOf, type World } from './world.ts'

const submission = openSubmission(import.meta)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 stores, finds, sorts and shows what honest people send, with all its signs',
  C2: 'C2 lets nobody log in without the password',
  C3: 'C3 takes whatever is searched for or stored for a text',
  C5: 'C5 takes only columns, limits and ids where they are asked for',
  C6: 'C6 takes a stored name for a text when it uses it again',
  C8: 'C8 follows the house rules',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await openWorld(submission)
    const model = deskModel(submission, world)
    await expectAgreement(model, check, submission.fresh)
    await expectRows(world, model.last!)
  })
}

/** The tables hold what the answers said. */
async function expectRows({ db }: World, { clerks, customers, parcels }: Desk): Promise<void> {
  const byId = (one: { id: string }, other: { id: string }) => Number(one.id) - Number(other.id)
  const rowsOf = async (sql: string) => (await db.query(sql)).rows
  const people = await rowsOf(
    'select id::text, name, city, note from customers order by customers.id',
  )
  const wanted = [...customers.values()].sort(byId).map(({ key: _, ...row }) => row)
  expect(people, 'the rows of customers').toEqual(wanted)
  const things = await rowsOf(
    'select id::text, sender, town, weight_g as "weightG" from parcels order by parcels.id',
  )
  const expected = [...parcels.values()].sort(byId).map(({ key: _, ...row }) => row)
  expect(things, 'the rows of parcels').toEqual(expected)
  const staff = await rowsOf('select id::text, name, salt, digest from clerks order by clerks.id')
  const known = [...clerks.values()]
    .sort(byId)
    .map((one) => ({ id: one.id, name: one.name, salt: one.salt, digest: digestOf(one) }))
  expect(staff, 'the rows of clerks').toEqual(known)
}

// ---------------------------------------------------------------- C4 and C7: each attack alone

/** An attack on one value, and the request that carries it. */
type Strike = Attack & { value: string; sending: Sending; stored?: string }

/** A customer whose name is the attack has this id. */
const STORED_ID = 900

const posting = (path: string, json: object): Sending => ({ method: 'POST', path, json })

/** Requests that carry these texts, by the value that they stand in. */
function strikes(clerk: string, attacks: Partial<Record<string, Attack[]>>): Strike[] {
  const carry: Record<string, (text: string) => Sending> = {
    name: (text) => posting('/login', { name: text, password: 'x' }),
    password: (text) => posting('/login', { name: clerk, password: text }),
    search: (search) => ({ path: customersPath({ search }) }),
    sort: (sort) => ({ path: customersPath({ sort }) }),
    limit: (limit) => ({ path: customersPath({ limit }) }),
    ids: (ids) => ({ path: idsPath(ids) }),
    id: (id) => ({ path: `/customers/${encodeURIComponent(id)}/parcels` }),
    stored: () => ({ path: `/customers/${STORED_ID}/parcels` }),
    newName: (name) => posting('/customers', { name, city: 'Vigo' }),
    city: (city) => posting('/customers', { name: 'Ada', city }),
  }
  return Object.entries(attacks).flatMap(([value, list = []]) =>
    list.map((one) => ({
      ...{ ...one, value, sending: carry[value]!(one.text) },
      stored: value === 'stored' ? one.text : undefined,
    })),
  )
}

/** What was sent, for the message of a failure. */
function told(strike: Strike): string {
  const { value, sending, stored } = strike
  const { method, path, json } = sending
  const command = curl({
    method,
    path,
    json: json === undefined ? undefined : JSON.stringify(json),
  })
  const named =
    stored === undefined
      ? ''
      : `# with a customer whose id is ${STORED_ID} and whose name is ${JSON.stringify(stored)}\n`
  const where =
    { stored: 'the stored name', newName: 'the `name` of a new customer' }[value] ?? `\`${value}\``
  return `In ${where}, ${toldOf(strike)}:\n\n${named}${command}`
}

/** Of a statement, where nothing that was sent looks like one. */
const STATEMENT =
  /\bselect\s[\s\S]*\sfrom\s+["'`]?(?:clerks|customers|parcels)\b|\binsert\s+into\s/i

/** A world with rows and a server; its first clerk, too. */
async function opened() {
  const world = await openWorld(submission)
  const desk = makeDesk(submission.fresh)()
  await world.fill(desk)
  const server = await world.start()
  return { world, desk, server, clerk: [...desk.clerks.values()][0]!.name }
}

/** Puts the attack where the request will find it. */
async function prepare({ db }: World, { stored }: Strike): Promise<void> {
  if (stored === undefined) return
  await db.query(
    `insert into customers (id, name, city) values ($1, $2, 'Vigo')
     on conflict (id) do update set name = $2`,
    [STORED_ID, stored],
  )
}

/** Connections to the database in which pg_sleep runs. */
const sleepers = async ({ db }: World): Promise<number[]> => {
  const { rows } = await db.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
  )
  return rows.map(({ pid }) => pid)
}

/** Whether the database runs pg_sleep while a request is answered; it is woken then. */
async function makesSleep(world: World, server: ServerSubject, sending: Sending): Promise<boolean> {
  let isSettled = false
  const work = server.send(sending).then(
    () => undefined,
    (error: unknown) => error,
  )
  void work.then(() => {
    isSettled = true
  })
  let pids: number[] = []
  while (!isSettled && pids.length === 0) {
    pids = await sleepers(world)
    if (pids.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  if (pids.length === 0) {
    const error = await work
    if (error) throw error
    return false
  }
  await world.db.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids])
  return true
}

test('C4 lets nobody make the database wait', async () => {
  const { world, server, clerk } = await opened()
  for (const strike of submission.fresh.shuffle(strikes(clerk, SLEEPS))) {
    await prepare(world, strike)
    if (!(await makesSleep(world, server, strike.sending))) continue
    const rule = 'functions, such as `pg_sleep` | are never run for it'
    expect.fail(`The database runs pg_sleep for a request.\nThe rule: ${rule}\n\n${told(strike)}`)
  }
})

/** What drivers and databases say, and nobody else: `column "x" does not exist` may be a program's own. */
const WORDS =
  /syntax error|\bat or near\b|unterminated|SQLSTATE|\b(?:42601|42P01|42P10|42703|42804|42809|42846|42883|2201W|22P02|22003|22023|08006|08P01|57P01)\b|invalid input syntax|invalid byte sequence|relation \\?"|operator does not exist|malformed array literal|LIMIT must not be|argument of LIMIT|ORDER BY position|cannot cast type|cannot insert multiple commands|bind message supplies|could not determine data type|non-integer constant in|each UNION|division by zero|out of range for type|\bpsycopg|\bsqlalchemy|Sequelize\w*Error|QueryFailedError|DrizzleQueryError|DatabaseError|\bPG::|ECONN(?:REFUSED|RESET)|EPIPE|Connection (?:terminated|reset|refused)|Connection(?:Reset|Refused)?Error\b|BrokenPipe|OperationalError|InterfaceError|Connection(?:Reset|Closed)Exception|PSQLException|terminating connection|server closed the connection|socket hang up|timeout exceeded when trying to connect/i

const OWN_ROWS =
  'the answer | shows the rows that the table above asks for, and no others; nowhere `note`, `salt` or `digest`'
const SILENCE =
  'an error, from `400` up | has no words of the database or its driver: no SQL, message, error code, address or stack trace'

/** An answer gives nothing away. */
function expectSilence({ secrets, addresses }: World, answer: Answer, what: string): void {
  const content = `${answer.text}\n${JSON.stringify(answer.headers)}`
  const named = Object.fromEntries(secrets.map((secret, index) => [`secret ${index}`, secret]))
  const leaks = findLeaks(named, [{ place: 'the answer', content }])
  const shown = `  # came: ${answer.status} ${answer.text.slice(0, 300)}`
  if (leaks.length > 0) {
    expect.fail(
      `${answer.request} shows what stands in columns or tables that nobody may see.\nThe rule: ${OWN_ROWS}\n\n${what}\n${shown}`,
    )
  }
  if (answer.status < 400) {
    const row = [answer.body].flat()[0] ?? {}
    const column = ['note', 'salt', 'digest'].find((name) => Object.hasOwn(Object(row), name))
    if (column !== undefined) {
      expect.fail(
        `${answer.request} shows the column ${column}.\nThe rule: ${OWN_ROWS}\n\n${what}\n${shown}`,
      )
    }
    return
  }
  const found =
    WORDS.exec(answer.text)?.[0] ??
    [...addresses].find((address) => answer.text.includes(address)) ??
    findStack(answer.text)
  if (found === undefined) return
  expect.fail(
    `${answer.request} answered ${answer.status}, with words of the database or its driver: ${JSON.stringify(found)}\nThe rule: ${SILENCE}\n\n${what}\n${shown}`,
  )
}

test('C7 leaves every row of every table as it is, whatever is sent', async () => {
  const { world, server, clerk } = await opened()
  for (const strike of submission.fresh.shuffle(strikes(clerk, HARMS))) {
    await prepare(world, strike)
    const before = await tablesOf(world)
    const answer = await server.send(strike.sending)
    const after = await tablesOf(world)
    const mayGrow = ['newName', 'city'].includes(strike.value) && answer.status === 201
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    const changed = [...names].filter(
      (name) => before[name] !== after[name] && !(mayGrow && name.endsWith('customers')),
    )
    if (changed.length > 0) {
      const rule = 'the tables | change by `POST /customers` only, which adds one row'
      expect.fail(
        `A request has changed tables: ${changed.join(', ')}\nThe rule: ${rule}\n\n${told(strike)}\n  # came: ${answer.status} ${answer.text.slice(0, 300)}`,
      )
    }
    expectSilence(world, answer, told(strike))
  }
})

test('C7 shows nothing of the database in any answer to an attack', async () => {
  const { world, desk, server, clerk } = await opened()
  const [known] = [...desk.clerks.values()]
  const honest = [
    posting('/login', { name: clerk, password: known!.password }),
    posting('/customers', { name: 'Ada', city: 'Vigo' }),
    { path: customersPath({ limit: '500' }) },
    { path: '/customers/1/parcels' },
    { path: idsPath('1,2,3') },
    ...['{', '[]'].map((body) => ({
      ...{ method: 'POST', path: '/customers', body },
      headers: { 'Content-Type': 'application/json' },
    })),
    { method: 'DELETE', path: '/customers' },
    { path: '/nothing-here' },
  ]
  for (const sending of honest) {
    expectSilence(world, await server.send(sending), 'Nothing here is an attack.')
  }
  const corpus = {
    ...{ name: LOGIN_NAMES, password: LOGIN_PASSWORDS, search: SEARCHES, stored: STORED },
    ...{ sort: SORTS, limit: LIMITS, ids: IDS, id: PATH_IDS, newName: STORED },
    city: STORED,
  }
  for (const strike of submission.fresh.shuffle(strikes(clerk, corpus))) {
    await prepare(world, strike)
    expectSilence(world, await server.send(strike.sending), told(strike))
  }
})

test('C7 says nothing of a database that is away, and goes on once it is back', async () => {
  const world = await openWorld(submission)
  await world.fill(makeDesk(submission.fresh)())
  const between = await proxy(world.db.url)
  const server = await world.start(between.url)
  const honest = strikes('ada', {
    ...{ name: [{ idea: '', text: 'ada' }], search: [{ idea: '', text: 'a' }] },
    ...{ ids: [{ idea: '', text: '1' }], id: [{ idea: '', text: '1' }] },
    ...{ city: [{ idea: '', text: 'Vigo' }] },
  }).map(({ sending }) => sending)
  for (const sending of honest) expect((await server.send(sending)).status).toBeLessThan(500)
  between.cut()
  for (const sending of honest) {
    const answer = await server.send(sending)
    expect(answer, 'while the database is away').toBeJsonError(500, 503)
    expectSilence(world, answer, 'while the database is away')
    const statement = STATEMENT.exec(answer.text)?.[0]
    if (statement !== undefined) {
      expect.fail(
        `${answer.request} answered ${answer.status} with SQL while the database is away: ${JSON.stringify(statement)}\nThe rule: ${SILENCE}`,
      )
    }
  }
  between.heal()
  const status = async () => (await server.send({ path: '/customers' })).status
  await expect
    .poll(status, {
      timeout: 15_000,
      interval: 50,
      message: 'GET /customers once the database is back',
    })
    .toBe(200)
})

// ---------------------------------------------------------------- C8: junk

/** Without what is never sent: U+0000 and half a surrogate pair. */
const sendable = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      typeof part === 'string' ? part.toWellFormed().replaceAll('\0', ' ') : part,
    ),
  )

test('C8 answers junk with a 4xx, and works afterwards', async () => {
  const { world, desk, server } = await opened()
  const text = junkText.map((one) => encodeURIComponent(sendable(one)))
  const bodies = fc.oneof(
    junkJson(['name', 'password', 'city']).map((value) => ({ json: sendable(value) })),
    junkBody.map((body) => ({ headers: { 'Content-Type': 'application/json' }, body })),
  )
  const requests: fc.Arbitrary<Sending> = fc.oneof(
    fc
      .tuple(fc.constantFrom('/login', '/customers'), bodies)
      .map(([path, body]): Sending => ({ method: 'POST', path, ...body })),
    fc
      .tuple(fc.constantFrom('search', 'sort', 'limit', 'ids', 'x'), text, text)
      .map(([name, one, other]): Sending => {
        const path = name === 'ids' ? '/parcels' : '/customers'
        return { path: `${path}?${name}=${one}&${other}` }
      }),
    text.map((id): Sending => ({ path: `/customers/${id}/parcels` })),
  )
  await survivesJunk(server, requests, {
    seed: submission.seed,
    healthy: async () => {
      const clerk = [...desk.clerks.values()][0]!
      const { name, password } = clerk
      expect(await server.send(posting('/login', { name, password }))).toHaveStatus(200)
      const { rows } = await world.db.query('select count(*)::int as n from parcels')
      expect(rows[0].n, 'the parcels that are left').toBe(desk.parcels.size)
    },
  })
})
