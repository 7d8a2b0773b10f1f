import { expect, test } from 'vitest'
import {
  type Answer,
  nth,
  openSubmission,
  proxy,
  type Sending,
  type ServerSubject,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { aclModel } from './acl-model.ts'
import { MISSING, makePost } from './people.ts'
import { byKey, type Parcel, type Perm, type Person, type Post } from './rights.ts'
import { headersOf, openWorld, type World } from './world.ts'

const submission = openSubmission(import.meta)
const openShared = openWorld(submission)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 gives owners everything, users and groups what their entries say, and everybody else nothing',
  C2: 'C2 asks the same for scans, labels and look-ups',
  C3: 'C3 answers 404 for every parcel that the caller may not view',
  C4: 'C4 lists exactly what the caller may view, in full pages, with the right total',
  C5: 'C5 goes by the rows as they are now, on both copies',
  C6: 'C6 lets nobody give away a permission that they do not have',
  C8: 'C8 checks tokens, fields and ids, and follows the house rules',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await openShared()
    const model = aclModel(submission, world)
    await expectAgreement(model, check, submission.fresh)
    await expectRows(world, model.last!)
  })
}

/** The tables hold what the answers said. */
async function expectRows({ db }: World, { parcels }: Post): Promise<void> {
  const wanted = [...parcels.values()].sort((one, other) => Number(one.id) - Number(other.id))
  const things = await db.query(
    'select id::text, owner_id::text as "ownerId", destination, label from parcels order by parcels.id',
  )
  expect(things.rows, 'the rows of parcels').toEqual(
    wanted.map(({ id, ownerId, destination, label }) => ({ id, ownerId, destination, label })),
  )
  const entries = await db.query(
    "select parcel_id || ' ' || kind || ':' || subject_id || ' ' || perm as row from parcel_acl",
  )
  const rows = wanted.flatMap(({ id, entries }) =>
    [...entries].flatMap(([to, perms]) => [...perms].map((perm) => `${id} ${to} ${perm}`)),
  )
  expect(entries.rows.map(({ row }) => row).sort(), 'the rows of parcel_acl').toEqual(rows.sort())
}

/** Fills the tables with people and parcels. */
async function filled() {
  const world = await openShared()
  const post = makePost(submission.fresh)()
  await world.fill(post)
  const person = (key: string): Person => byKey(post.users, key)!
  const parcel = (key: string): Parcel => byKey(post.parcels, key)!
  return { world, post, person, parcel }
}

// ---------------------------------------------------------------- C3: hidden, or not there?

/** Ways to have no permission to view a parcel. */
const HIDDEN = [
  'no entry at all',
  'user caller: redirect',
  'group crew: redirect and share',
  'an entry for somebody else',
  "an entry for the group with the caller's id",
]

type Try = { method: string; tail: string; json?: unknown; body?: string }
const TRIES: Try[] = [
  ...['', '/scans', '/label', '/acl', '/nothing-here'].map((tail) => ({ method: 'GET', tail })),
  ...['', '/scans', '/acl'].map((tail) => ({ method: 'HEAD', tail })),
  { method: 'PATCH', tail: '', json: { destination: 'Pier 1' } },
  { method: 'PATCH', tail: '', json: { destination: '' } },
  { method: 'PATCH', tail: '', json: {} },
  { method: 'PATCH', tail: '', body: '{' },
  { method: 'PUT', tail: '/acl/user:1', json: { perms: ['view'] } },
  { method: 'PUT', tail: '/acl/group:1', json: { perms: ['redirect', 'share'] } },
  { method: 'PUT', tail: '/acl/user:999999999', json: { perms: ['view'] } },
  { method: 'PUT', tail: '/acl/user:1', json: { perms: ['own'] } },
  { method: 'PUT', tail: '/acl/nobody', json: { perms: ['view'] } },
  { method: 'DELETE', tail: '/acl/user:1' },
  { method: 'DELETE', tail: '/acl/user:999999999' },
  { method: 'DELETE', tail: '' },
  { method: 'PUT', tail: '', json: { destination: 'Pier 1' } },
  { method: 'POST', tail: '/acl', json: { perms: ['view'] } },
]

/** An answer as lines that can be compared, with `{id}` in place of the id. */
function linesOf({ status, headers, text }: Answer, id: string): Map<string, string> {
  const plain = (value: unknown) => String(value).replaceAll(id, '{id}')
  const lines = new Map([['status', String(status)]])
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'date') lines.set(`the header ${name}`, plain(value))
  }
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch {
    fields = undefined
  }
  if (typeof fields !== 'object' || fields === null) return lines.set('the body', plain(text))
  for (const [name, value] of Object.entries(fields)) {
    lines.set(`the body's ${name}`, plain(JSON.stringify(value)))
  }
  return lines
}

/**
 * Fails where a hidden parcel's answer differs from one in which two missing ids agree: what differs between
 * those two is a time or a number of the request.
 */
function expectSame(request: string, before: Answer, seen: Answer, after: Answer, ids: string[]) {
  const [first, hidden, second] = [before, seen, after].map((answer, index) =>
    linesOf(answer, ids[index]!),
  ) as [Map<string, string>, Map<string, string>, Map<string, string>]
  const names = new Set([...first.keys(), ...second.keys(), ...hidden.keys()])
  for (const name of names) {
    if (first.get(name) !== second.get(name)) continue
    expect(
      hidden.get(name),
      `${request}, for a parcel that the caller may not view: ${name} must be as for an id that nothing has`,
    ).toBe(first.get(name))
  }
}

test('C3 gives a hidden parcel the same status, headers and body as an id that nothing has', async () => {
  const { world, person, parcel } = await filled()
  const [server] = (await world.copies()) as [ServerSubject, ServerSubject]
  const [one, other] = MISSING as [string, string]
  const headers = headersOf(person('caller'))
  for (const key of HIDDEN) {
    const { id } = parcel(key)
    for (const { method, tail, json, body } of TRIES) {
      const ask = (which: string): Promise<Answer> => {
        const typed = body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' }
        return server.send({ method, path: `/parcels/${which}${tail}`, json, body, headers: typed })
      }
      const before = await ask(one)
      const seen = await ask(id)
      const after = await ask(other)
      expectSame(`${method} /parcels/{id}${tail}`, before, seen, after, [one, id, other])
    }
  }
})

// ---------------------------------------------------------------- C5: what changes meanwhile

test('C5 counts every change from the next request on, on both copies', async () => {
  const { world, post, person, parcel } = await filled()
  const servers = (await world.copies()) as [ServerSubject, ServerSubject]
  const [a, b] = submission.fresh.shuffle(servers) as [ServerSubject, ServerSubject]
  const [owner, mover] = [person('owner'), person('mover')]
  const group = byKey(post.groups, 'movers')!.id
  const { id } = parcel('no entry at all')
  const headers = headersOf(mover)
  const listed = async (server: ServerSubject) => {
    const { body } = await server.send({ path: '/parcels?limit=100', headers })
    const items: { id?: unknown }[] = Array.isArray(body?.items) ? body.items : []
    return items.some((item) => String(item?.id) === id)
  }
  const look = async (may: Perm[], when: string) => {
    const isVisible = may.includes('view')
    for (const server of [a, b, a]) {
      for (const tail of ['', '/scans', '/label']) {
        const answer = await server.send({ path: `/parcels/${id}${tail}`, headers })
        expect(answer, when).toHaveStatus(isVisible ? 200 : 404)
      }
      const json = { destination: submission.fresh.city() }
      const patched = await server.send({ method: 'PATCH', path: `/parcels/${id}`, json, headers })
      const status = may.includes('redirect') ? 200 : 403
      expect(patched, when).toHaveStatus(isVisible ? status : 404)
      expect(await listed(server), `${when}, whether GET /parcels lists the parcel`).toBe(isVisible)
    }
  }
  const rows = (sql: string) => () => world.db.query(sql)
  const api =
    (server: ServerSubject, method: string, to: string, status: number, perms?: Perm[]) =>
    async () => {
      const path = `/parcels/${id}/acl/${to}`
      const json = perms && { perms }
      const answer = await server.send({ method, path, json, headers: headersOf(owner) })
      expect(answer, 'for the owner of the parcel').toHaveStatus(status)
    }
  const user = `user:${mover.id}`
  const acl = (to: string, subject: string, perm: Perm) =>
    rows(`insert into parcel_acl values (${id}, '${to}', ${subject}, '${perm}')`)
  const changes: [when: string, make: () => Promise<unknown>, may: Perm[]][] = [
    ['a row gives the user view', acl('user', mover.id, 'view'), ['view']],
    ['a row gives the user redirect', acl('user', mover.id, 'redirect'), ['view', 'redirect']],
    [
      'the row of redirect is deleted',
      rows(`delete from parcel_acl where parcel_id = ${id} and perm = 'redirect' and kind = 'user' and subject_id = ${mover.id}`),
      ['view'],
    ],
    [
      'the rows of the user are deleted',
      rows(`delete from parcel_acl where parcel_id = ${id} and kind = 'user' and subject_id = ${mover.id}`),
      [],
    ],
    ['one copy gives the user view', api(a, 'PUT', user, 200, ['view']), ['view']],
    ['the other copy adds redirect', api(b, 'PUT', user, 200, ['view', 'redirect']), ['view', 'redirect']],
    ['the first copy takes redirect', api(a, 'PUT', user, 200, ['view']), ['view']],
    ['the other copy deletes the entry', api(b, 'DELETE', user, 204), []],
    ['a group gets view that the user is not in', api(a, 'PUT', `group:${group}`, 200, ['view']), []],
    ['the user joins the group', rows(`insert into group_members values (${group}, ${mover.id})`), ['view']],
    ['the group gets redirect', acl('group', group, 'redirect'), ['view', 'redirect']],
    ['the user leaves the group', rows(`delete from group_members where user_id = ${mover.id}`), []],
    ['the user comes back', rows(`insert into group_members values (${group}, ${mover.id})`), ['view', 'redirect']],
    ['the entry of the group is deleted', api(b, 'DELETE', `group:${group}`, 204), []],
    ['the user buys the parcel', rows(`update parcels set owner_id = ${mover.id} where id = ${id}`), ['view', 'redirect', 'share']],
    ['the user sells the parcel', rows(`update parcels set owner_id = ${owner.id} where id = ${id}`), []],
  ]
  await look([], 'for a user whom no entry is for')
  for (const [when, make, may] of changes) {
    await make()
    await look(may, `after ${when}`)
  }
})

test('C5 takes a token as long as a user has it', async () => {
  const { world, person } = await filled()
  const servers = (await world.copies()) as [ServerSubject, ServerSubject]
  const caller = person('caller')
  const next = { ...caller, token: submission.fresh.string(20) }
  const look = async (who: Person, status: number, when: string) => {
    for (const server of [...servers, ...servers]) {
      const answer = await server.send({ path: '/parcels', headers: headersOf(who) })
      expect(answer, when).toHaveStatus(status)
    }
  }
  await look(caller, 200, 'with the token of a user')
  await look(next, 401, 'with a token that nobody has yet')
  await world.db.query('update users set token = $1 where id = $2', [next.token, caller.id])
  await look(caller, 401, 'with a token that its user has no more')
  await look(next, 200, 'with the new token of a user')
})

// ---------------------------------------------------------------- C7: statements

/** Statements that may come besides, such as one that checks a connection. */
const SLACK = 2
/** Parcels that the caller may view in each of these ways. */
const PARCELS = 100

/** A caller with many parcels: own ones, some by an entry and some by a group. */
function manyParcels(): Post {
  const post = makePost(submission.fresh)()
  const [caller, owner] = [byKey(post.users, 'caller')!, byKey(post.users, 'owner')!]
  const group = byKey(post.groups, 'crew')!
  const ways: [to: string, perms: Perm[]][][] = [
    [],
    [[`user:${caller.id}`, ['view']]],
    [[`group:${group.id}`, ['view', 'redirect']]],
    [
      [`user:${caller.id}`, ['view', 'share']],
      [`group:${group.id}`, ['view']],
    ],
  ]
  post.parcels = new Map(
    Array.from({ length: 3 * PARCELS }, (_, index): [string, Parcel] => {
      const id = String(2000 + index)
      // Of three, one is hidden.
      const entries = index % 3 === 0 ? [] : ways[index % ways.length]!
      const isOwn = index % 3 !== 0 && entries.length === 0
      return [
        id,
        {
          ...{ key: id, id, ownerId: isOwn ? caller.id : owner.id, destination: 'Pier 1' },
          ...{ label: id, scans: [] },
          entries: new Map(entries.map(([to, perms]) => [to, new Set(perms)])),
        },
      ]
    }),
  )
  return post
}

test('C7 sends as many statements for a hundred parcels as for a few', async () => {
  const world = await openShared()
  const post = manyParcels()
  await world.fill(post)
  const between = await proxy(world.db.url)
  const server = await world.start(between.url)
  const headers = headersOf(byKey(post.users, 'caller')!)
  const ids = async (): Promise<unknown[]> => {
    const { body } = await server.send({ path: `/parcels?limit=${PARCELS}`, headers })
    const items: { id?: unknown }[] = Array.isArray(body?.items) ? body.items : []
    return items.map((item) => item?.id)
  }
  const all = await ids()
  expect(all.length, `the items of GET /parcels?limit=${PARCELS}`).toBe(PARCELS)
  const list = (limit: number): Sending => ({ path: `/parcels?limit=${limit}`, headers })
  const lookup = (count: number): Sending => ({
    ...{ method: 'POST', path: '/parcels/lookup', json: { ids: all.slice(0, count) }, headers },
  })
  const pairs: [what: string, few: Sending, many: Sending][] = [
    ['GET /parcels', list(3), list(PARCELS)],
    ['POST /parcels/lookup', lookup(3), lookup(PARCELS)],
  ]
  for (const [what, few, many] of pairs) {
    const ask = async (sending: Sending) => expect(await server.send(sending)).toHaveStatus(200)
    // The first of each opens connections and prepares statements.
    await ask(few)
    await ask(many)
    const least = await between.during(() => ask(few))
    const most = await between.during(() => ask(many))
    const [example] = most.slice(-1)
    expect(
      most.length,
      `statements of ${what} for ${PARCELS} parcels, where 3 take ${least.length}; the last one is “${example?.text.replaceAll(/\s+/g, ' ').slice(0, 160)}”`,
    ).toBeLessThanOrEqual(least.length + SLACK)
  }
  await server.kill()
})

// ---------------------------------------------------------------- C9: an entry changes as a whole

/** Long enough for whatever another request may do meanwhile, on a slow machine. */
const PATIENCE = 15_000
/** More statements than a `PUT` has any reason to send. */
const MOST_STATEMENTS = 60

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

/** Two copies, of which one can be stopped, and a parcel whose entry for a friend is changed. */
async function changedEntry() {
  const { world, person, parcel } = await filled()
  const between = await proxy(world.db.url)
  const [stopped, other] = await Promise.all([world.start(between.url), world.start()])
  const [owner, friend] = [person('owner'), person('friend')]
  const { id } = parcel('no entry at all')
  const to = `user:${friend.id}`
  const put = (perms: Perm[]): Sending => ({
    ...{ method: 'PUT', path: `/parcels/${id}/acl/${to}`, json: { perms } },
    headers: headersOf(owner),
  })
  const begin = (perms: Perm[]) => world.setEntries(id, new Map([[to, new Set(perms)]]))
  const entry = async (): Promise<string> => {
    const { rows } = await world.db.query<{ perm: string }>(
      "select perm from parcel_acl where parcel_id = $1 and kind = 'user' and subject_id = $2 order by perm",
      [id, friend.id],
    )
    return rows.map(({ perm }) => perm).join(' and ')
  }
  /** Stops a `PUT` before each of its statements in turn, and has something else sent meanwhile. */
  async function throughout(
    first: Sending,
    second: Sending,
    start: () => Promise<unknown>,
    judge: (answers: [Answer, Answer], when: string) => Promise<void>,
  ): Promise<void> {
    for (let n = 1, over = false; !over; n++) {
      await start()
      const { at, work, release } = await stopAt(between, nth(n), () => stopped.send(first))
      const later = other.send(second)
      await settledOrWaiting(world, later).finally(release)
      const answers = await Promise.all([work, later])
      const text = at?.text.replaceAll(/\s+/g, ' ').trim().slice(0, 120)
      const when = at
        ? `where the second request came while the first was about to run “${text}”`
        : 'where the second request came after the first'
      await judge(answers, when)
      over = at === undefined
      expect(n, 'the statements of a PUT').toBeLessThan(MOST_STATEMENTS)
    }
  }
  const end = () => Promise.all([stopped.kill(), other.kill()])
  return { id, friend, put, begin, entry, throughout, end }
}

test('C9 shows nobody an entry that is half changed', async () => {
  const { id, friend, put, begin, throughout, end } = await changedEntry()
  const look: Sending = { path: `/parcels/${id}`, headers: headersOf(friend) }
  await throughout(
    put(['view', 'redirect']),
    look,
    () => begin(['view', 'share']),
    async ([first, second], when) => {
      expect(first, when).toHaveStatus(200)
      const why = `for somebody whose entry has view before and after the PUT, ${when}`
      expect(second, why).toHaveStatus(200)
    },
  )
  await end()
})

test('C9 leaves the permissions of one of two PUTs that come at once', async () => {
  const { put, begin, entry, throughout, end } = await changedEntry()
  // Where there is no entry yet, there is no row to wait for.
  for (const first of [[], ['view'], ['redirect', 'share']] as Perm[][]) {
    await throughout(
      put(['view', 'redirect']),
      put(['share', 'view']),
      () => begin(first),
      async (answers, when) => {
        for (const answer of answers) expect(answer, when).toHaveStatus(200)
        const right = ['redirect and view', 'share and view']
        expect(right, `the entry after a PUT of view and redirect and one of view and share, ${when}`).toContain(
          await entry(),
        )
      },
    )
  }
  await end()
})
