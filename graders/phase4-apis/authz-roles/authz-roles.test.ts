import { expect, test } from 'vitest'
import {
  type Answer,
  nth,
  openSubmission,
  proxy,
  race,
  type Sending,
  type ServerSubject,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { ROLES, type Role, rowOf } from './matrix.ts'
import { lastAdminModel, officeModel } from './office-model.ts'
import { type Office, openWorld, type Parcel, type Person, type World } from './world.ts'

const submission = openSubmission(import.meta)
const openShared = openWorld(submission)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 allows every cell of the matrix that has ✔, own parcels where it has own, and nothing else',
  C2: 'C2 takes roles from user_roles alone, whatever a token, header, query or body claims',
  C3: 'C3 asks for the roles anew with each request, on both copies',
  C4: 'C4 gives no other spelling of a path or method more than the request itself',
  C5: 'C5 sets only the fields that a request is for',
  C6: 'C6 keeps the last admin, and lets every other change of roles through',
  C7: 'C7 tells 401, 403 and 404 apart, and changes nothing that it refuses',
  C8: 'C8 does what is allowed, with right fields and ids, and follows the house rules',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await openShared()
    const make = check === 'C6' ? lastAdminModel : officeModel
    const model = make(submission, world)
    try {
      await expectAgreement(model, check, submission.fresh)
    } catch (error) {
      // A learner prints the same tokens with a command, which also says whose they are.
      if (error instanceof Error) error.message = world.tokens.readable(error.message)
      throw error
    }
    await expectRows(world, model.last!)
  })
}

/** The tables hold what the answers said. */
async function expectRows({ db }: World, { users, parcels }: Office): Promise<void> {
  const people = await db.query(
    `select id::text, name, array(select role from user_roles where user_id = users.id order by role) as roles
     from users order by users.id`,
  )
  const wanted = [...users.values()]
    .sort((one, other) => Number(one.id) - Number(other.id))
    .map(({ id, name, roles }) => ({ id, name, roles: [...roles].sort() }))
  expect(people.rows, 'the rows of users, with their roles').toEqual(wanted)
  const things = await db.query(
    `select id::text, customer_id::text as "customerId", courier_id::text as "courierId", address, status
     from parcels order by parcels.id`,
  )
  const expected = [...parcels.values()]
    .sort((one, other) => Number(one.id) - Number(other.id))
    .map(({ id, customerId, courierId, address, status }) => ({
      ...{ id, customerId, courierId, address, status },
    }))
  expect(things.rows, 'the rows of parcels').toEqual(expected)
}

// ---------------------------------------------------------------- C3: roles that other programs change

/** A user who begins without roles, an admin, and two copies of the server. */
async function newcomer() {
  const world = await openShared()
  const [a, b] = (await world.copies()) as [ServerSubject, ServerSubject]
  const { fresh } = submission
  const [id, admin] = fresh.shuffle(['1', '2']) as [string, string]
  const person = (key: string, own: string, roles: Role[]): Person => ({
    ...{ key, id: own, name: fresh.name(), roles, stays: true },
  })
  const parcel = (own: string, customerId: string, courierId: string): Parcel => ({
    ...{ key: own, id: own, customerId, courierId, address: fresh.city(), status: 'waiting' },
    stays: true,
  })
  const users = [person('newcomer', id, []), person('admin', admin, ['admin'])]
  const parcels = [parcel('1', id, admin), parcel('2', admin, id)]
  await world.fill({
    users: new Map(users.map((one) => [one.id, one])),
    parcels: new Map(parcels.map((one) => [one.id, one])),
  })
  return { world, a, b, id, admin }
}

/** A request for each role that no other role allows, and how it is answered. */
const TELLING: Record<Role, { request: string; path: string; json?: object; status: number }> = {
  customer: {
    request: 'PATCH /parcels/{id}',
    path: '/parcels/1',
    json: { address: 'Pier 1' },
    status: 200,
  },
  courier: {
    request: 'PUT /parcels/{id}/status',
    path: '/parcels/2/status',
    json: { status: 'moving' },
    status: 200,
  },
  dispatcher: {
    request: 'PATCH /parcels/{id}',
    path: '/parcels/2',
    json: { address: 'Pier 2' },
    status: 200,
  },
  admin: { request: 'GET /admin/export', path: '/admin/export', status: 200 },
}

test('C3 counts a change in user_roles by another program from the next request on', async () => {
  const { world, a, b, id } = await newcomer()
  const headers = world.tokens.header(id)
  for (const role of submission.fresh.shuffle([...ROLES, ...ROLES])) {
    const { request, path, json, status } = TELLING[role]
    const sending: Sending = { method: rowOf(request).method, path, json, headers }
    const look = async (wanted: number, when: string) => {
      for (const server of [a, b, a]) expect(await server.send(sending), when).toHaveStatus(wanted)
    }
    await look(403, `for a user without roles`)
    await world.db.query('insert into user_roles values ($1, $2)', [id, role])
    await look(status, `once another program has made the caller ${role}`)
    await world.db.query('delete from user_roles where user_id = $1', [id])
    await look(403, `once another program has taken the role ${role} from the caller`)
  }
})

test('C3 counts a change by PUT /users/{id}/roles on the other copy too', async () => {
  const { world, a, b, id, admin } = await newcomer()
  const headers = world.tokens.header(id)
  const give = async (server: ServerSubject, roles: Role[]) => {
    const path = `/users/${id}/roles`
    const sending = { method: 'PUT', path, json: { roles }, headers: world.tokens.header(admin) }
    expect(await server.send(sending)).toHaveStatus(200)
  }
  for (const role of ROLES) {
    const { request, path, json, status } = TELLING[role]
    const sending: Sending = { method: rowOf(request).method, path, json, headers }
    const look = async (wanted: number, when: string) => {
      for (const server of [b, a]) expect(await server.send(sending), when).toHaveStatus(wanted)
    }
    await look(403, 'for a user without roles')
    await give(a, [role])
    await look(status, `once an admin has made the caller ${role} through the first copy`)
    await give(b, [])
    await look(403, `once an admin has taken the role ${role} through the second copy`)
  }
})

test('C3 takes no token of a user who has been deleted', async () => {
  const { world, a, b, id } = await newcomer()
  const headers = world.tokens.header(id)
  for (const server of [a, b]) {
    expect(await server.send({ path: '/me', headers })).toHaveStatus(200)
  }
  await world.db.query('delete from parcels')
  await world.db.query('delete from users where id = $1', [id])
  for (const server of [a, b]) {
    const answer = await server.send({ path: '/me', headers })
    expect(answer, 'with the token of a user who was deleted').toHaveStatus(401)
  }
})

// ---------------------------------------------------------------- C9: two admins at once

/** Two admins, each of whom takes the role from the other. */
async function twoAdmins(world: World) {
  const ids = submission.fresh.shuffle(['1', '2']) as [string, string]
  const users = ids.map(
    (id): Person => ({
      ...{ key: id, id, name: submission.fresh.name(), roles: ['admin'], stays: false },
    }),
  )
  await world.fill({ users: new Map(users.map((one) => [one.id, one])), parcels: new Map() })
  const demote = (by: string, whom: string): Sending => ({
    ...{ method: 'PUT', path: `/users/${whom}/roles`, json: { roles: ['customer'] } },
    headers: world.tokens.header(by),
  })
  return [demote(ids[0], ids[1]), demote(ids[1], ids[0])] as const
}

async function expectAnAdmin({ db }: World, answers: Answer[], when: string): Promise<void> {
  const came = answers.map(({ request, status }) => `${request}: ${status}`).join(', ')
  const { rows } = await db.query("select user_id from user_roles where role = 'admin'")
  expect(rows.length, `admins that are left ${when} (${came})`).toBeGreaterThan(0)
  for (const answer of answers) expect(answer, when).toHaveStatus(200, 403, 409)
  const done = answers.filter(({ status }) => status === 200)
  expect(done.length, `of the two requests, those answered with 200, ${when} (${came})`).toBe(1)
}

test('C9 leaves an admin where two demote each other at once, through two copies', async () => {
  const world = await openShared()
  const [a, b] = (await world.copies()) as [ServerSubject, ServerSubject]
  for (let turn = 0; turn < 12; turn++) {
    const [first, second] = await twoAdmins(world)
    const answers = await race([
      { to: a, ...first },
      { to: b, ...second },
    ])
    await expectAnAdmin(world, answers, 'after two admins have demoted each other at once')
  }
})

test('C9 leaves an admin wherever the second demotion comes between two statements of the first', async () => {
  const world = await openShared()
  const between = await proxy(world.db.url)
  const [stopped, other] = await Promise.all([world.start(between.url), world.start()])
  for (let n = 1, over = false; !over; n++) {
    const [first, second] = await twoAdmins(world)
    const { at, work, release } = await stopAt(between, nth(n), () => stopped.send(first))
    const later = other.send(second)
    await settledOrWaiting(world, later).finally(release)
    const answers = await Promise.all([work, later])
    const text = at?.text.replaceAll(/\s+/g, ' ').trim().slice(0, 120)
    const when = at
      ? `where the second request came while the first was about to run “${text}”`
      : 'where the second request came after the first'
    await expectAnAdmin(world, answers, when)
    over = at === undefined
    expect(n, `the statements of ${first.method} ${first.path}`).toBeLessThan(60)
  }
  await Promise.all([stopped.kill(), other.kill()])
})

/** Long enough for whatever another request may do meanwhile, on a slow machine. */
const PATIENCE = 15_000

/** Waits until a request is answered, or some statement waits for a lock. */
async function settledOrWaiting({ db }: World, work: Promise<unknown>): Promise<void> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  void work.then(settle, settle)
  const deadline = performance.now() + PATIENCE
  while (!isSettled && performance.now() < deadline) {
    if ((await db.waiting()) > 0) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
