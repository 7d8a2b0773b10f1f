import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import {
  type Answer,
  meanwhile,
  nth,
  openSubmission,
  race,
  type Sending,
  shared,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { parcelModel } from './parcel-model.ts'
import {
  type Copy,
  changing,
  creating,
  expectList,
  expectParcel,
  expectTracked,
  listing,
  type Parcel,
  sendInTrouble,
  sharedWorlds,
  statementsDuring,
  TTL,
  track,
  tracking,
  type User,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)
const worlds = sharedWorlds(submission)

/** For what happens at once, unless the machine is busy. */
const PATIENT = { timeout: 15_000, interval: 5 }

/** For tests that a server's own time limits for Redis could fail on a very busy machine. */
const AGAIN = { retry: 1 }

/** Waits for a promise, but no longer than so many ms: a correct server may make it wait. */
const forAWhile = (promise: Promise<unknown>, ms = 1500) => Promise.race([promise, pause(ms)])

/**
 * Reads all the time until what is wanted is there: every read that starts so many ms from now must show it. One
 * read may have asked Postgres because Redis was slow on a busy machine, so it must be there some times in a row.
 */
async function expectWithin(
  ms: number,
  read: () => Promise<unknown>,
  wanted: unknown,
  what: string,
  { begun = performance.now(), times = 3 } = {},
) {
  let inRow = 0
  while (inRow < times) {
    const isLate = performance.now() - begun > ms
    const came = await read()
    if (isLate) expect(came, `${what}, read more than ${ms / 1000} s later`).toEqual(wanted)
    inRow = isDeepStrictEqual(came, wanted) ? inRow + 1 : 0
    await pause(50)
  }
}

async function expectHit(copy: Copy, code: string, when: string): Promise<void> {
  const statements = await statementsDuring([copy], () => track(copy, code))
  expect(statements, `statements of GET /track/${code} on ${copy.name} ${when}`).toEqual([])
}

test('C1 answers the second read of a code without a statement', AGAIN, async () => {
  const { world, a } = await worlds.calm()
  const parcel = await world.stored(await world.user())
  expectParcel(await track(a, parcel.code), parcel, 'read for the first time')
  await expectHit(a, parcel.code, 'when it is read again')
  expectParcel(await track(a, parcel.code), parcel, 'read from the cache')
})

test('C1 keeps an answer for half of CACHE_TTL_SECONDS at least', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const parcel = await world.stored(await world.user())
  await expectTracked([a], parcel, 'read for the first time')
  await world.age(TTL / 2 - 10)
  for (const copy of [a, b]) {
    const when = `with CACHE_TTL_SECONDS=${TTL}, when its keys are ${TTL / 2 - 10} s older`
    await expectHit(copy, parcel.code, when)
  }
})

test('C2 shares one cache: what A has read costs B no statement', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const parcel = await world.stored(await world.user())
  await expectTracked([a], parcel, 'read for the first time')
  await expectHit(b, parcel.code, 'after A has read it')
})

test('C2 takes what is right, and shows it at once on both copies', () =>
  expectAgreement(parcelModel(submission, worlds.calm), 'C2', submission.fresh))

test('C2 lists all parcels of a user, however many', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const parcels = submission.fresh.list(210, () => world.parcel({ destination: 'Delft' }))
  await world.insertAll(parcels, owner)
  for (const copy of [a, b]) {
    expectList(await copy.server.send(listing(owner)), parcels, `of 210 parcels on ${copy.name}`)
  }
})

test('C3 needs at most 4 statements for 50 cold reads at once on two copies', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const parcel = await world.stored(await world.user())
  for (const copy of [a, b]) copy.postgres.delay(150)
  const rush = async (code: string, what: string, check: (answer: Answer) => void) => {
    let answers: Answer[] = []
    const reads = Array.from({ length: 50 }, (_, index) => ({
      to: index % 2 ? a.server : b.server,
      ...tracking(code),
    }))
    const statements = await statementsDuring([a, b], async () => {
      answers = await race(reads)
    })
    for (const answer of answers) check(answer)
    const message = `statements for 50 reads of ${what}:\n${[...new Set(statements)].join('\n')}`
    expect(statements.length, message).toBeLessThanOrEqual(4)
  }
  await rush(parcel.code, 'one code', (answer) => expectParcel(answer, parcel, 'in a rush'))
  await rush(world.code(), 'one unknown code', (answer) => expect(answer).toBeJsonError(404))
})

/** Tells later which keys have come since, for codes nobody knows. */
async function keysMadeFrom(world: World, copies: Copy[], user?: User) {
  // What a server keeps once for all codes, and of a user, is there after this.
  for (const copy of copies) {
    await track(copy, world.code())
    if (user) await copy.server.send(changing(user, world.code(), 'delivered'))
  }
  const before = new Set((await world.cache.keys()).map(({ key }) => key))
  return async () => (await world.cache.keys()).filter(({ key }) => !before.has(key))
}

function expectBrief(key: string, ttl: number): void {
  const message = `${key}, made for an unknown code, `
  expect(ttl, `${message}never expires`).not.toBe(-1)
  expect(ttl, `${message}expires too late: in so many ms`).toBeLessThanOrEqual(6000)
}

test('C4 remembers an unknown code, for 5 s at most', AGAIN, async () => {
  const { world, a } = await worlds.calm()
  const owner = await world.user()
  const code = world.code('PEL-')
  const made = await keysMadeFrom(world, [a])
  expect(await track(a, code)).toBeJsonError(404)
  await world.age(1)
  await expectHit(a, code, 'when an unknown code is read again, its keys 1 s older')
  const parcel = await world.stored(owner, { code })
  // What is in Redis by now must be gone in 5 s. We let that time pass at once; what the copy keeps
  // elsewhere gets its 5 s.
  for (const { key, ttl } of await made()) {
    expectBrief(key, ttl)
    await world.cache.client.del(key)
  }
  const read = async () => (await track(a, code)).status
  await expectWithin(
    6000,
    read,
    200,
    `the status of GET /track/${code}, which was unknown and is stored with SQL`,
  )
  await expectTracked([a], parcel, 'once it is known')
})

test('C4 forgets on both copies that a code was unknown as soon as it is created', () =>
  expectAgreement(parcelModel(submission, worlds.calm), 'C4', submission.fresh))

/** Reads a parcel, an unknown code and a list that are in the cache, after it was spoilt. */
async function expectRightDespite(
  garbage: string | { list: string },
  world: World,
  copies: Copy[],
) {
  const owner = await world.user()
  const parcel = await world.stored(owner)
  const unknown = world.code()
  await track(copies[0]!, parcel.code)
  await track(copies[0]!, unknown)
  await copies[0]!.server.send(listing(owner))
  await world.plant(garbage)
  const when = `where Redis holds ${JSON.stringify(garbage)}`
  for (const copy of copies) {
    expectParcel(await track(copy, parcel.code), parcel, `on ${copy.name} ${when}`)
    expect(await track(copy, unknown)).toBeJsonError(404)
    expectList(await copy.server.send(listing(owner)), [parcel], `on ${copy.name} ${when}`)
  }
}

test('C5 answers right when values in Redis are no JSON', async () => {
  const { world, a, b } = await worlds.calm()
  const word = submission.fresh.unique()
  for (const garbage of [word, `{"code":"${word}`, `\0${word}\r\n`]) {
    await expectRightDespite(garbage, world, [a, b])
  }
})

/**
 * Sends a read and keeps the answer to its nth statement back. The statement has run by then.
 * @param cold nobody has read or written what is read, so that it takes a statement at least
 * @returns the answer to come; undefined where the read takes fewer statements
 */
async function stalled(copy: Copy, sending: Sending, statement: number, cold = true) {
  const begin = () => copy.server.send(sending)
  const { at, work: answer, release } = await stopAt(copy.postgres, nth(statement), begin)
  if (at) copy.answers.shut()
  release()
  if (!at) {
    const { request, status } = await answer
    const message = `statements for ${request} on ${copy.name}, read cold and answered ${status}`
    if (cold) expect(statement - 1, message).toBeGreaterThan(0)
    return undefined
  }
  const message = 'Postgres has answered the statement'
  await expect.poll(() => copy.answers.keeping, { ...PATIENT, message }).toBe(true)
  return { answer }
}

const DAY = 24 * 3600 * 1000

test('C6 starts every key with pelican: and lets every key expire', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const parcel = await world.stored(owner)
  const other = await world.stored(owner)
  let wrong: string | undefined
  let doing = ''
  const look = async () => {
    if (wrong !== undefined) return
    for (const { key, ttl } of await world.cache.keys()) {
      const when = `seen during ${doing}, between two commands of a copy or after them`
      if (!key.startsWith('pelican:'))
        wrong = `The key ${key} does not begin with pelican:, ${when}.`
      else if (ttl === -1) wrong = `The key ${key} never expires, ${when}.`
      else if (ttl > DAY)
        wrong = `The key ${key} expires in ${ttl} ms; 24 hours are the most, ${when}.`
    }
  }
  const requests: [Copy, Sending][] = [
    [a, tracking(parcel.code)],
    [b, tracking(parcel.code)],
    [b, tracking(world.code())],
    [a, listing(owner)],
    [b, changing(owner, parcel.code, world.otherStatus(parcel))],
    [a, creating(owner, world.parcel())],
    [a, tracking(parcel.code)],
    [a, listing(owner)],
  ]
  const stop = [a, b].map((copy) => copy.redisAnswers.watch(look))
  for (const [copy, sending] of requests) {
    doing = `${sending.method ?? 'GET'} ${sending.path}`
    await copy.server.send(sending)
    await look()
  }
  // Also what is there only while Postgres is being asked.
  for (const end of stop) end()
  doing = `GET /track/${other.code}, while Postgres was being asked`
  const cold = await stalled(a, tracking(other.code), 1)
  await look()
  a.answers.open()
  expectParcel(await cold!.answer, other, 'read for the first time')
  if (wrong) expect.fail(wrong)
})

test('C7 refuses what is not valid, and strangers, and shows users their own lists', () =>
  expectAgreement(parcelModel(submission, worlds.calm), 'C7', submission.fresh))

test('C7 reaches no other entry through a text that is sent as a code', async () => {
  const { world, a } = await worlds.calm()
  const owner = await world.user()
  const parcel = await world.stored(owner)
  await track(a, parcel.code)
  await track(a, world.code())
  expectList(await a.server.send(listing(owner)), [parcel], 'before')
  // What a key looks like behind its prefix is what an attacker would try.
  const texts = new Set([
    '*',
    'pelican:*',
    `x:me:${owner.id}`,
    `me:${owner.id}`,
    '__proto__',
    '..:x',
    // Nearly codes.
    `${parcel.code}*`,
    `${parcel.code}x`,
    `:${parcel.code}`,
    parcel.code.toLowerCase(),
    parcel.code.slice(0, 3),
    parcel.code.padEnd(33, 'X'),
  ])
  for (const { key } of await world.cache.keys()) {
    const parts = key.split(':')
    for (let from = 0; from < parts.length; from++) texts.add(parts.slice(from).join(':'))
  }
  for (const text of texts) {
    if (/^[A-Z0-9-]{4,32}$/.test(text) || text === '') continue // may well be a code
    if (encodeURIComponent(text).length > 100) continue // some routers take no more
    expect(await track(a, text)).toBeJsonError(404, 400, 422)
    const stolen = await a.server.send(creating(owner, world.parcel({ code: text })))
    expect(stolen).toBeValidationFailure()
    expect(stolen).toBeJsonError()
  }
  await expectTracked([a], parcel, 'after all that')
  expectList(await a.server.send(listing(owner)), [parcel], 'after all that')
})

test('C7 keeps a list and the parcels apart whose codes are the user’s id and token', async () => {
  const { world, a, b } = await worlds.calm()
  const [other, first, second] = [
    await world.user(),
    await world.codelikeUser(),
    await world.codelikeUser(),
  ]
  for (const [user, listFirst] of [
    [first, true],
    [second, false],
  ] as const) {
    const own = await world.stored(user)
    const byId = await world.stored(other, { code: String(user.id) })
    const byToken = await world.stored(other, { code: user.token })
    const when = `where the user’s id is ${user.id} and the token ${user.token}`
    const lists = async () => {
      for (const copy of [a, b]) expectList(await copy.server.send(listing(user)), [own], when)
    }
    if (listFirst) await lists()
    for (const parcel of [byId, byToken]) await expectTracked([a, b], parcel, when)
    await lists()
  }
})

test('C7 forgets only the parcel that is written', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const short = await world.stored(owner)
  const long = await world.stored(owner, { code: `${short.code}7` })
  await expectTracked([a, b], short, 'at first')
  await expectTracked([a, b], long, 'at first')
  expect(await b.server.send(changing(owner, short.code, world.otherStatus(short)))).toHaveStatus(
    200,
  )
  await expectHit(a, long.code, `after a PATCH of ${short.code}`)
  expect(await b.server.send(creating(owner, world.parcel()))).toHaveStatus(201)
  await expectHit(b, long.code, 'after a POST of another code')
  const destination = 'Faro'
  const refusals: [Sending, ...number[]][] = [
    [creating(owner, { code: short.code, destination }), 409],
    [creating(owner, { code: world.code(), destination: '' }), 400, 422],
    [changing(owner, short.code, 'eaten'), 400, 422],
    [changing(owner, world.code(), 'delivered'), 404],
  ]
  for (const [refused, ...statuses] of refusals) {
    const answer = await a.server.send(refused)
    expect(answer).toBeJsonError(...statuses)
    await expectHit(a, long.code, `after ${answer.request} was answered with ${answer.status}`)
  }
  for (const text of ['*', `${long.code.slice(0, 3)}*`]) {
    const refused = await a.server.send(changing(owner, text, 'delivered'))
    expect(refused).toBeJsonError(404, 400, 422)
    await expectHit(a, long.code, `after a PATCH of the code ${text}`)
  }
})

/** @param written what is read is to be something that was written before: it may be in the cache */
type Story = (written: boolean) => Promise<{
  read: Sending
  write: Sending
  check(answer: Answer, when: string): void
}>

/** True where the promise has been fulfilled by now. */
const isOver = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), pause(0).then(() => false)])

/** Starts a read on a copy whose Postgres keeps its answers back, and waits until it is under way. */
async function joinIn(copy: Copy, read: Sending): Promise<{ answer: Promise<Answer> }> {
  const asked = copy.postgres.statements.length
  const answer = copy.server.send(read)
  // It asks Postgres, too. If it does not, it gets the time to join a read that did.
  const late = performance.now() + 1500
  while (copy.postgres.statements.length === asked && performance.now() < late) await pause(5)
  return { answer }
}

/**
 * A reader on B reads the old row and is slow. Meanwhile the write is answered on A. Whoever reads
 * from then on must get the new row: after the slow reader has stored what it read, and also while
 * it still waits. A read may take several statements: each is the slow one once.
 */
async function expectNoOldValue(
  { world, a, b }: { world: World; a: Copy; b: Copy },
  story: Story,
): Promise<void> {
  for (const joined of [false, true]) {
    for (let statement = 1; statement <= 4; statement++) {
      const { read, write, check } = await story(joined)
      const slow = await stalled(b, read, statement, !joined)
      if (!slow) break
      const written = a.server.send(write)
      // A server whose writers wait for its readers is right, too.
      await forAWhile(written, 3000)
      // What B loads and stores meanwhile has nothing to do with it.
      const other = await world.stored(await world.user())
      await forAWhile(track(b, other.code), 500)
      const second = joined && (await isOver(written)) ? await joinIn(b, read) : undefined
      b.answers.open()
      expect(await written).toHaveStatus(200, 201)
      await slow.answer
      if (second) check(await second.answer, 'started after the write, while a slow read went on')
      for (const copy of [b, a]) {
        check(await copy.server.send(read), `on ${copy.name} after a slow read has ended`)
      }
    }
  }
}

/** A parcel, changed before or not: what a server leaves in Redis at a write is there already. */
async function storedAnd(written: boolean, world: World, copy: Copy, owner: User): Promise<Parcel> {
  const parcel = await world.stored(owner)
  if (!written) return parcel
  parcel.status = world.otherStatus(parcel)
  expect(await copy.server.send(changing(owner, parcel.code, parcel.status))).toHaveStatus(200)
  return parcel
}

test('C9 lets no slow reader bring back the old status', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  await expectNoOldValue({ world, a, b }, async (written) => {
    const parcel = await storedAnd(written, world, a, owner)
    const status = world.otherStatus(parcel)
    return {
      read: tracking(parcel.code),
      write: changing(owner, parcel.code, status),
      check: (answer, when) => expectParcel(answer, { ...parcel, status }, when),
    }
  })
})

test('C9 lets no slow reader bring back that a code was unknown', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  await expectNoOldValue({ world, a, b }, async () => {
    const parcel = world.parcel({ status: 'registered' })
    return {
      read: tracking(parcel.code),
      write: creating(owner, parcel),
      check: (answer, when) => expectParcel(answer, parcel, when),
    }
  })
})

test('C9 lets no slow reader bring back an old list', async () => {
  const { world, a, b } = await worlds.calm()
  await expectNoOldValue({ world, a, b }, async (written) => {
    const owner = await world.user()
    const parcel = await storedAnd(written, world, a, owner)
    const status = world.otherStatus(parcel)
    return {
      read: listing(owner),
      write: changing(owner, parcel.code, status),
      check: (answer, when) => expectList(answer, [{ ...parcel, status }], when),
    }
  })
  await expectNoOldValue({ world, a, b }, async () => {
    const owner = await world.user()
    const [parcel, made] = [await world.stored(owner), world.parcel({ status: 'registered' })]
    return {
      read: listing(owner),
      write: creating(owner, made),
      check: (answer, when) => expectList(answer, [parcel, made], when),
    }
  })
})

test('C9 brings back no old value when keys expire one after the other', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const parcels = [
    await world.stored(owner),
    await world.stored(owner),
    await world.stored(owner),
  ] as const
  const [again, , late] = parcels
  const expectAll = async (when: string) => {
    for (const parcel of parcels.slice(0, 2)) await expectTracked([a, b], parcel, when)
    for (const copy of [a, b]) {
      expectList(await copy.server.send(listing(owner)), [...parcels], `on ${copy.name} ${when}`)
    }
  }
  await expectAll('before the PATCHes')
  for (const parcel of parcels) {
    parcel.status = world.otherStatus(parcel)
    expectParcel(await a.server.send(changing(owner, parcel.code, parcel.status)), parcel, 'on A')
  }
  // The one is loaded again before the time passes, the other is not.
  await expectTracked([b], again, 'after the PATCH')
  const half = TTL / 2 - 10
  await world.age(half)
  await expectAll(`when keys are ${half} s older than at the PATCH`)
  // The third is loaded when all that is kept of the PATCH is nearly over; that must not make its entry short-lived.
  const whole = TTL + 10
  await world.age(whole - half)
  const when = `when keys are ${whole} s older than at the PATCH`
  const loaded = await statementsDuring([a], () => expectTracked([a], late, when))
  if (loaded.length === 0) return // somebody's clock of their own did not believe ours
  await world.age(half)
  for (const copy of [a, b]) {
    await expectHit(copy, late.code, `read ${half} s ago, and changed ${whole} s before that`)
  }
})

/** A server that takes a command for lost after so few ms has no patience with Redis at all. */
const HELD = 60

test('C9 answers a write when the cache has heard of it, and not before', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  for (let command = 1; command <= 4; command++) {
    const parcel = await world.stored(owner)
    await expectTracked([a, b], parcel, 'before the PATCH')
    await b.server.send(listing(owner))
    const status = world.otherStatus(parcel)
    const hold = a.redis.hold(nth(command))
    let held: string | undefined
    const caught = hold.caught(60_000).then(({ text }) => {
      held = text
    })
    caught.catch(() => {}) // there may be no such command
    const written = a.server.send(changing(owner, parcel.code, status))
    await Promise.race([caught, written])
    const begun = performance.now()
    const answered = await Promise.race([written.then(() => true), pause(HELD).then(() => false)])
    // On a busy machine that was longer, and the server may have given Redis up.
    if (answered && performance.now() - begun < HELD * 2) {
      const wanted = { ...parcel, status }
      await expectTracked(
        [b],
        wanted,
        'after A has answered a PATCH, whose command to Redis is late',
      )
      const list = await b.server.send(listing(owner))
      const found = list.body?.parcels?.find?.(({ code }: Parcel) => code === parcel.code)
      const message = `${list.request} on B after A has answered a PATCH, whose command to Redis is late`
      expect(found, message).toMatchObject(wanted)
    }
    hold.release()
    expect(await written).toHaveStatus(200)
    if (held === undefined) break
  }
})

test('C9 takes one of two POSTs of one code at once, and answers the other with 409', async () => {
  const { world, a, b } = await worlds.calm()
  const [first, second] = [await world.user(), await world.user()]
  for (let statement = 1; statement <= 4; statement++) {
    const parcel = world.parcel({ status: 'registered' })
    const other = { ...parcel, destination: submission.fresh.unique() }
    const begin = () => a.server.send(creating(first, parcel))
    const { at, work, release } = await stopAt(a.postgres, nth(statement), begin)
    if (!at) {
      release()
      expect(await work).toHaveStatus(201)
      break
    }
    const overtaking = b.server.send(creating(second, other))
    await forAWhile(overtaking)
    release()
    const answers = [await work, await overtaking]
    const message = `statuses of POST /parcels with one code on A and B, where B’s came while A’s had reached: ${at.text}`
    expect(answers.map(({ status }) => status).sort(), message).toEqual([201, 409])
    expect(answers.find(({ status }) => status === 409)).toBeJsonError(409)
    const kept = answers[0]!.status === 201 ? parcel : other
    await expectTracked([a, b], kept, 'after two POSTs of its code')
  }
})

/** Runs a write on a copy and stops before each of its statements until `meanwhile` is over. */
async function stepwise(
  copy: Copy,
  sending: Sending,
  meanwhile: (release: () => void) => Promise<void>,
): Promise<Answer> {
  let over = false
  let hold = copy.postgres.hold(() => true)
  const answer = copy.server.send(sending).finally(() => {
    over = true
  })
  for (;;) {
    await Promise.race([hold.caught(), answer])
    if (over) break
    const held = hold
    hold = copy.postgres.hold(() => true)
    await meanwhile(() => held.release())
    held.release()
  }
  hold.release()
  return answer
}

test('C9 lets no reader bring back the old status during a slow commit', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const parcel = await world.stored(owner)
  await expectTracked([a, b], parcel, 'before the PATCH')
  parcel.status = world.otherStatus(parcel)
  const answer = await stepwise(a, changing(owner, parcel.code, parcel.status), async () => {
    await forAWhile(track(b, parcel.code))
    await forAWhile(b.server.send(listing(owner)))
  })
  expectParcel(answer, parcel, 'on A')
  const when = 'when reads on B went on during a slow PATCH on A'
  await expectTracked([b, a], parcel, when)
  for (const copy of [b, a]) expectList(await copy.server.send(listing(owner)), [parcel], when)
})

test('C9 lets no reader bring back during a slow POST that a code was unknown', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const parcel = world.parcel({ status: 'registered' })
  const answer = await stepwise(a, creating(owner, parcel), async () => {
    await forAWhile(track(b, parcel.code))
    await forAWhile(b.server.send(listing(owner)))
  })
  expect(answer).toHaveStatus(201)
  const when = 'when reads on B went on during a slow POST on A'
  await expectTracked([b, a], parcel, when)
  for (const copy of [b, a]) expectList(await copy.server.send(listing(owner)), [parcel], when)
})

test('C9 ends with the newest status when two writes overtake each other', async () => {
  const { world, a, b } = await worlds.calm()
  const owner = await world.user()
  const parcel = await world.stored(owner, { status: 'registered' })
  await expectTracked([a, b], parcel, 'before the writes')
  let later: Promise<Answer> | undefined
  const first = changing(owner, parcel.code, 'in_transit')
  const earlier = await stepwise(a, first, async (release) => {
    if (later) return
    a.answers.shut()
    release()
    const message = 'Postgres has answered the statement'
    await expect.poll(() => a.answers.keeping, { ...PATIENT, message }).toBe(true)
    // A has written, and waits to hear so: the moment for B to write, too.
    if ((await world.rowOf(parcel.code)).status === 'in_transit') {
      later = b.server.send(changing(owner, parcel.code, 'delivered'))
      await forAWhile(later)
    }
    a.answers.open()
  })
  expect(earlier).toHaveStatus(200)
  if (later) expect(await later).toHaveStatus(200)
  const when = 'after PATCHes on A and B, of which A’s took longer to be answered'
  await expectTracked([a, b], await world.rowOf(parcel.code), when)
})

test('C12 does not serve JSON of another shape', async () => {
  const { world, a, b } = await worlds.calm()
  const word = submission.fresh.unique()
  for (const planted of [
    { [word]: word },
    [word],
    [[word, word]],
    word,
    submission.fresh.int(7, 999),
  ]) {
    await expectRightDespite(JSON.stringify(planted), world, [a, b])
  }
})

test('C12 answers right when keys hold another type', async () => {
  const { world, a, b } = await worlds.calm()
  await expectRightDespite({ list: submission.fresh.unique() }, world, [a, b])
})

/** What all keys take. */
const bytesOf = async (world: World) =>
  (await world.cache.keys()).reduce((sum, key) => sum + key.bytes, 0)

test('C13 stays small under 400 unknown codes, and for 5 s only', async () => {
  const { world, a, b } = await worlds.calm()
  const user = await world.user()
  const made = await keysMadeFrom(world, [a, b], user)
  const before = await bytesOf(world)
  const codes = submission.fresh.list(400, () => world.code('JUNK-'))
  for (let from = 0; from < codes.length; from += 50) {
    const some = codes.slice(from, from + 50)
    const answers = await Promise.all(some.map((code, index) => track(index % 2 ? a : b, code)))
    for (const answer of answers) expect(answer).toHaveStatus(404)
  }
  const bytes = (await bytesOf(world)) - before
  expect(bytes, 'bytes in Redis for 400 unknown codes').toBeLessThanOrEqual(512 * 400)
  for (const { key, ttl } of await made()) expectBrief(key, ttl)
})

test('C13 keeps nothing of codes that are refused', async () => {
  const { world, a, b } = await worlds.calm()
  const user = await world.user()
  const made = await keysMadeFrom(world, [a, b], user)
  const before = await bytesOf(world)
  for (const copy of [a, b]) {
    expect(await copy.server.send(changing(user, world.code(), 'delivered'))).toBeJsonError(404)
    const nowhere = creating(user, { code: world.code(), destination: '' })
    expect(await copy.server.send(nowhere)).toBeJsonError(400, 422)
    // No code has this length, and some routers do not even look at it.
    const long = await track(copy, submission.fresh.string(3000, 'ABCDEFGHJKLMNPQRSTUVWXYZ'))
    expect(long).toHaveStatus(404, 400, 422, 414, 431)
  }
  const bytes = (await bytesOf(world)) - before
  expect(bytes, 'bytes in Redis for six refused codes').toBeLessThanOrEqual(512 * 6)
  for (const { key, ttl } of await made()) expectBrief(key, ttl)
})

// Tests that wait, each in a world of its own or with rows of its own, beside the others and one another.
// Starting a copy costs most of what a test costs, so two that disturb nothing share one.

/** A copy whose answers live as shortly as they may. */
const shortLived = shared(async () => {
  const world = await worlds.own()
  const a = await world.copy('A', { ttl: 1 })
  await world.settled(a)
  return { world, a }
})

meanwhile(
  'C1 looks again when CACHE_TTL_SECONDS are over, although it is read all the time',
  { waits: 2 },
  async () => {
    worlds.needServices()
    const { world, a } = await shortLived()
    const owner = await world.user()
    const parcel = await world.stored(owner)
    expectParcel(await track(a, parcel.code), parcel, 'read for the first time')
    expectList(await a.server.send(listing(owner)), [parcel], 'read for the first time')
    const status = world.otherStatus(parcel)
    await world.db.query('update parcels set status = $2 where code = $1', [parcel.code, status])
    const read = async () => ({
      '/track': (await track(a, parcel.code)).body?.status,
      '/me/parcels': (await a.server.send(listing(owner))).body?.parcels?.[0]?.status,
    })
    const wanted = { '/track': status, '/me/parcels': status }
    const what = 'with CACHE_TTL_SECONDS=1, the status that was changed with SQL'
    await expectWithin(2000, read, wanted, what)
  },
)

meanwhile(
  'C4 remembers an unknown code no longer than CACHE_TTL_SECONDS',
  { waits: 2 },
  async () => {
    worlds.needServices()
    const { world, a } = await shortLived()
    const owner = await world.user()
    const code = world.code('PEL-')
    expect(await track(a, code)).toBeJsonError(404)
    await world.stored(owner, { code })
    const read = async () => (await track(a, code)).status
    const what = `with CACHE_TTL_SECONDS=1, the status of GET /track/${code}, which was unknown and is stored with SQL`
    await expectWithin(2000, read, 200, what)
  },
)

/** How many unknown codes a copy is asked for at once, before it has its peace. */
const UNKNOWN = 100
/** Then only what it knows is asked, once in so long, and another unknown code after each time. */
const QUIET = { turns: 4, ms: 2200 }

/** What is to be seen of a copy that hardly anybody asks. */
const leftAlone = shared(async () => {
  const world = await worlds.own()
  const a = await world.copy('A')
  await world.settled(a)
  const parcel = await world.stored(await world.user())
  await expectTracked([a], parcel, 'read for the first time')
  const before = await bytesOf(world)
  for (let turn = 0; turn < UNKNOWN; turn++) expect(await track(a, world.code())).toHaveStatus(404)
  /** What it has asked Postgres while nobody asked for more than it knew. */
  const unasked: string[] = []
  const ofHits: string[][] = []
  for (let turn = 0; turn < QUIET.turns; turn++) {
    const hit = () => expectTracked([a], parcel, 'read again')
    ofHits.push(await statementsDuring([a], hit))
    unasked.push(...(await statementsDuring([a], () => pause(QUIET.ms))))
    await track(a, world.code())
  }
  // One or the other may have found Redis slow on a busy machine.
  if (ofHits.every((statements) => statements.length > 0)) unasked.push(...ofHits.flat())
  return { unasked, bytes: (await bytesOf(world)) - before }
})

meanwhile(
  'C1 asks Postgres for answers alone: a copy that is asked for what it knows runs no statement',
  { waits: 12 },
  async () => {
    worlds.needServices()
    const { unasked } = await leftAlone()
    const seconds = (QUIET.turns * QUIET.ms) / 1000
    const message = `statements in ${seconds} s in which one code was read ${QUIET.turns} times that was in the cache`
    expect(unasked, message).toEqual([])
  },
)

// It waits for what the one before has begun, and needs no place of its own for that.
meanwhile('C13 keeps nothing of unknown codes after 6 s, though others are asked for', async () => {
  worlds.needServices()
  const { bytes } = await leftAlone()
  const message = `bytes in Redis more than 6 s after ${UNKNOWN} unknown codes were asked for, with three others since`
  expect(bytes, message).toBeLessThanOrEqual(3 * 512)
})

/**
 * Every kind of request, while Redis is in trouble: right, and in time.
 * @returns the user and the parcels that were written
 */
async function expectRightInTrouble(world: World, [a, b]: [Copy, Copy], trouble: () => void) {
  const [owner, courier] = [await world.user(), await world.user()]
  const known = await world.stored(owner)
  const cold = await world.stored(owner)
  const moved = await world.stored(owner)
  const made = world.parcel({ status: 'registered' })
  for (const copy of [a, b]) {
    await expectTracked([copy], known, 'before the trouble')
    await expectTracked([copy], moved, 'before the trouble')
    expectList(await copy.server.send(listing(owner)), [known, cold, moved], 'before the trouble')
  }
  trouble()
  const when = 'while Redis is in trouble'
  const each = (copies: Copy[], sending: Sending, check: (answer: Answer) => void) =>
    copies.map(async (copy) => check(await sendInTrouble(copy, sending)))
  const status = world.otherStatus(moved)
  await Promise.all([
    ...each([a, b], tracking(known.code), (answer) => expectParcel(answer, known, when)),
    ...each([a, b], tracking(cold.code), (answer) => expectParcel(answer, cold, when)),
    ...each([a, b], tracking(world.code()), (answer) => expect(answer).toBeJsonError(404)),
    ...each([a], changing(courier, moved.code, status), (answer) =>
      expect(answer).toHaveStatus(200),
    ),
    ...each([b], creating(owner, made), (answer) => expect(answer).toHaveStatus(201)),
  ])
  moved.status = status
  const written = `${when}, after the write was answered`
  await Promise.all([
    ...each([a, b], tracking(moved.code), (answer) => expectParcel(answer, moved, written)),
    ...each([a, b], tracking(made.code), (answer) => expectParcel(answer, made, written)),
    ...each([a, b], listing(owner), (answer) =>
      expectList(answer, [known, cold, moved, made], written),
    ),
  ])
  return { owner, written: [moved, made] }
}

/** Soon after Redis is back, both copies show what was written meanwhile, and go on doing so. */
async function expectMadeUpFor(copies: Copy[], owner: User, written: Parcel[], begun: number) {
  const statuses = async (copy: Copy) => {
    const tracks = await Promise.all(written.map(({ code }) => track(copy, code)))
    const list = await copy.server.send(listing(owner))
    const listed = (code: string) => list.body?.parcels?.find?.((one: Parcel) => one?.code === code)
    return [
      [`/track on ${copy.name}`, tracks.map(({ body }) => body?.status)],
      [`/me/parcels on ${copy.name}`, written.map(({ code }) => listed(code)?.status)],
    ]
  }
  const read = async () =>
    Object.fromEntries((await Promise.all(copies.map((copy) => statuses(copy)))).flat())
  const status = written.map((parcel) => parcel.status)
  const wanted = Object.fromEntries(
    copies.flatMap(({ name }) => [
      [`/track on ${name}`, status],
      [`/me/parcels on ${name}`, status],
    ]),
  )
  const what = 'when Redis is back, the status of what was written meanwhile'
  await expectWithin(12_000, read, wanted, what, { begun, times: 8 })
}

meanwhile('C5 answers right within 1.5 s while Redis is down', { ...AGAIN, waits: 1 }, async () => {
  const world = await worlds.own()
  const twins = await world.twins()
  await expectRightInTrouble(world, twins, () => {
    for (const copy of twins) copy.redis.cut()
  })
})

meanwhile(
  'C8 answers 5xx while Postgres is cut, and remembers nothing of it',
  { ...AGAIN, waits: 1 },
  async () => {
    const world = await worlds.own()
    const a = await world.copy('A')
    await world.settled(a)
    const owner = await world.user()
    const [hot, cold, other] = [
      await world.stored(owner),
      await world.stored(owner),
      await world.stored(owner),
    ]
    await expectTracked([a], hot, 'before Postgres is cut')
    a.postgres.cut()
    for (let round = 0; round < 2; round++) {
      const needy = [
        tracking(cold.code),
        listing(owner),
        creating(owner, world.parcel()),
        changing(owner, cold.code, cold.status),
      ]
      const answers = needy.map((sending) => a.server.send({ ...sending, timeout: 15_000 }))
      for (const answer of await Promise.all(answers)) {
        const message = `the status of ${answer.request} while Postgres is cut`
        expect(answer.status, message).toBeGreaterThanOrEqual(500)
        expect(answer).toBeJsonError()
      }
      await expectTracked([a], hot, 'in the cache while Postgres is cut')
    }
    a.postgres.heal()
    const read = async () => (await track(a, other.code)).status
    await expectWithin(
      8000,
      read,
      200,
      'after Postgres is back, the status of a code nobody has read',
    )
    await expectTracked([a], cold, 'after Postgres is back')
    await expectHit(a, cold.code, 'when it is read again after Postgres is back')
  },
)

meanwhile(
  'C10 answers right within 1.5 s while Redis is slow or silent, then caches again',
  { ...AGAIN, waits: 3 },
  async () => {
    const world = await worlds.own()
    const twins = await world.twins()
    const [a] = twins
    for (const trouble of ['slow', 'silent']) {
      const { owner, written } = await expectRightInTrouble(world, twins, () => {
        for (const { redis } of twins) trouble === 'slow' ? redis.delay(10_000) : redis.blackhole()
      })
      // A’s connections end with the silence, and what A has sent is lost; B’s go on.
      if (trouble === 'silent') a.redis.cut()
      for (const copy of twins) copy.redis.heal()
      const begun = performance.now()
      const settled = await Promise.all(twins.map((copy) => world.settled(copy)))
      for (const [index, { name }] of twins.entries()) {
        const message = `${name} answers from the cache again 10 s after Redis was ${trouble}`
        expect(settled[index], message).toBe(true)
      }
      await expectMadeUpFor(twins, owner, written, begun)
    }
  },
)

meanwhile(
  'C11 makes up for a write during an outage within 10 s of its end',
  { waits: 8 },
  async () => {
    const world = await worlds.own()
    const [a, b] = await world.twins()
    const owner = await world.user()
    const parcel = await world.stored(owner)
    for (const copy of [a, b]) {
      await expectTracked([copy], parcel, 'before the outage')
      await copy.server.send(listing(owner))
    }
    for (const copy of [a, b]) copy.redis.cut()
    parcel.status = world.otherStatus(parcel)
    const answer = await a.server.send(changing(owner, parcel.code, parcel.status))
    expectParcel(answer, parcel, 'on A while Redis is down')
    // Longer than a server holds out that tries a few times only to tell Redis.
    const end = performance.now() + 6000
    while (performance.now() < end) {
      await expectTracked([a, b], parcel, 'while Redis is down')
      await pause(250)
    }
    for (const copy of [a, b]) copy.redis.heal()
    const begun = performance.now()
    await Promise.all([world.settled(a), world.settled(b)])
    await expectMadeUpFor([a, b], owner, [parcel], begun)
    for (const copy of [a, b]) {
      const again = async () => statementsDuring([copy], () => track(copy, parcel.code))
      const what = `statements of GET /track/${parcel.code} on ${copy.name}, once the write shows`
      await expectWithin(10_000, again, [], what)
    }
  },
)

meanwhile(
  'C10 starts while Redis is down or silent, and caches when it is back',
  { ...AGAIN, waits: 6 },
  async () => {
    const world = await worlds.own()
    const parcel = await world.stored(await world.user())
    const copies = await Promise.all([
      world.copy('A', { before: (redis) => redis.cut() }),
      world.copy('B', { before: (redis) => redis.blackhole() }),
    ])
    // Longer than a server holds out that tries a few times only.
    const end = performance.now() + 5000
    while (performance.now() < end) {
      await expectTracked(copies, parcel, 'when it was started without Redis')
      await pause(500)
    }
    for (const copy of copies) copy.redis.heal()
    for (const copy of copies) {
      const settled = await world.settled(copy)
      expect(settled, `${copy.name} answers from the cache 10 s after Redis came`).toBe(true)
    }
  },
)
