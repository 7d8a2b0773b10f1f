import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  openSubmission,
  type Sending,
  type ServerSubject,
  SubjectError,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import { type Bomb, largest, longTexts, shapes } from './bombs.ts'
import { deskModel } from './desk-model.ts'
import { expectPaths } from './paths.ts'
import { imports } from './settings.ts'
import { forBooking, forProfile, type Path, type Sent } from './values.ts'
import { expectRows, makeDesk, openWorld } from './world.ts'

const submission = openSubmission(import.meta)
const openShared = openWorld(submission)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 takes what the tables allow, to the ends of every range, and nothing beyond',
  C3: 'C3 lets nobody set a field that is not theirs to set',
  C4: 'C4 refuses values of another type, in bodies and in queries',
  C5: 'C5 merges settings, and is not changed by what it merges',
  C7: 'C7 follows the house rules',
  C8: 'C8 keeps what was checked: trimmed, in small letters, as numbers',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await openShared()
    // What has spoilt a program would stay in it.
    const model = deskModel(submission, world, check === 'C5')
    await expectAgreement(model, check, submission.fresh)
    await expectRows(world, model.last!)
  })
}

// ---------------------------------------------------------------- C2: all errors at once

/** A server of the test's own, and the usual rows. */
async function opened() {
  const world = await openShared()
  const desk = makeDesk(submission.fresh)()
  await world.fill(desk)
  return { world, desk, server: await world.start() }
}

/** What is wrong, and where. */
type Refusable = { what: string; sending: Sending; wrong: Path[]; isQuery?: boolean }

const short = (text: string) => (text.length > 160 ? `${text.slice(0, 120)}…` : text)

const sent = (method: string, path: string, json: string, wrong: Path[]): Refusable => ({
  ...{ what: short(json), wrong },
  sending: { method, path, body: json, headers: { 'Content-Type': 'application/json' } },
})

async function expectAllNamed(server: ServerSubject, list: Refusable[]): Promise<void> {
  let refused = 0
  for (const { what, sending, wrong, isQuery } of list) {
    const answer = await server.send(sending)
    // Whether it is refused at all is a matter of other checks.
    if (answer.status < 400) continue
    refused += 1
    expect(answer, `with ${what}`).toBeJsonError(400, 422)
    expectPaths(answer, wrong, what, isQuery)
  }
  expect(
    refused,
    `of ${list.length} requests with something wrong, those that were refused`,
  ).toBeGreaterThan(list.length / 2)
}

const noneOf = (bodies: Sent[]) => bodies.filter(({ ok }) => ok === 'no')

test('C2 names the wrong field of a body, by its path', async () => {
  const { server } = await opened()
  const { fresh } = submission
  await expectAllNamed(server, [
    ...noneOf(forBooking(fresh).edges).map(({ json, path }) =>
      sent('POST', '/bookings', json, [path]),
    ),
    ...noneOf(forProfile(fresh).edges).map(({ json, path }) =>
      sent('PATCH', '/profile', json, [path]),
    ),
    ...imports(fresh).edges.flatMap(({ ok, json, wrong }) =>
      ok || !wrong ? [] : sent('POST', '/imports/json', json, [wrong]),
    ),
  ])
})

test('C2 names all that is wrong at once, and nothing that is right', async () => {
  const { server } = await opened()
  const stop = { depot: 'PT-OPO-02', date: '2026-12-24' }
  const right = {
    ...{ depot: 'ES-VGO-01', contact: 'ada@example.com', label: 'Books', boxes: 3, size: 'M' },
    stops: [stop],
  }
  const book = (fields: object, ...wrong: Path[]) =>
    sent('POST', '/bookings', JSON.stringify({ ...right, ...fields }), wrong)
  const patch = (fields: object, ...wrong: Path[]) =>
    sent('PATCH', '/profile', JSON.stringify(fields), wrong)
  const merge = (document: object, ...wrong: Path[]) =>
    sent('POST', '/imports/json', JSON.stringify(document), wrong)
  const search = (query: string, ...names: string[]): Refusable => ({
    ...{ what: query || 'no query', sending: { path: `/search?${query}` }, isQuery: true },
    wrong: names.map((name) => [name]),
  })
  const needed = ['depot', 'contact', 'label', 'boxes', 'size', 'stops']
  await expectAllNamed(server, [
    sent('POST', '/bookings', '{}', needed.map((name) => [name])),
    book({ boxes: 0, size: 'XL' }, ['boxes'], ['size']),
    book({ depot: 'x', label: '' }, ['depot'], ['label']),
    book({ contact: 'x', express: 'no', boxes: '3' }, ['contact'], ['express'], ['boxes']),
    book({ label: null, size: null, stops: null }, ['label'], ['size'], ['stops']),
    book({ boxes: 501, paid: true }, ['boxes'], ['paid']),
    book({ paid: true, role: 'admin', id: 1 }, ['paid'], ['role'], ['id']),
    book({ stops: [{}] }, ['stops', 0, 'depot'], ['stops', 0, 'date']),
    book(
      { stops: [stop, { ...stop, date: '2026-02-30' }, stop, { ...stop, depot: 'x' }] },
      ...[['stops', 1, 'date'] as Path, ['stops', 3, 'depot'] as Path],
    ),
    book(
      { boxes: 1.5, stops: [{ ...stop, note: 7 }, 'x', { ...stop, late: true }] },
      ...[['boxes'], ['stops', 0, 'note'], ['stops', 1], ['stops', 2, 'late']] as Path[],
    ),
    book(
      { stops: Array.from({ length: 10 }, () => ({ ...stop, date: 'today' })), label: 7 },
      ...Array.from({ length: 10 }, (_, index): Path => ['stops', index, 'date']),
      ['label'],
    ),
    book(
      { stops: [stop, { ...stop, paid: 1, role: 2 }], colour: 'red' },
      ...[['stops', 1, 'paid'], ['stops', 1, 'role'], ['colour']] as Path[],
    ),
    book({ stops: [], express: 1 }, ['stops'], ['express']),
    sent(
      'POST',
      '/bookings',
      '{"depot":7,"contact":[],"label":{},"boxes":true,"size":0,"express":null,"stops":"x","more":1}',
      [...needed, 'express', 'more'].map((name) => [name]),
    ),
    patch({ name: '', email: 'x' }, ['name'], ['email']),
    patch(
      { name: 7, email: null, birthday: '1899-12-31', newsletter: 'true', language: 'xx' },
      ...['name', 'email', 'birthday', 'newsletter', 'language'].map((name): Path => [name]),
    ),
    patch({ name: 'Ada', language: 'EN', birthday: '2026-02-29' }, ['language'], ['birthday']),
    patch({ role: 'admin', newsletter: 0, id: 3 }, ['newsletter']),
    merge({ Bad: 1, good: 1, list: [1] }, ['Bad'], ['list']),
    merge(
      { theme: { Bad: 1, dark: true, print: { width: 0.5, height: 7 } }, retries: 1e7 },
      ...[['theme', 'Bad'], ['theme', 'print', 'width'], ['retries']] as Path[],
    ),
    merge({ a: { b: [] }, c: { d: { e: 'x'.repeat(201) } } }, ['a', 'b'], ['c', 'd', 'e']),
    search('', 'q'),
    search('q=', 'q'),
    search('q=Vigo&page=0', 'page'),
    search('page=1e3', 'q', 'page'),
    search('q=&page=x', 'q', 'page'),
    search('q=Vigo&tags[]=Night', 'tags'),
    search('q=Vigo&tags[]=night&tags[]=&page=2', 'tags'),
    search(`q=${'a'.repeat(51)}&page=1001&tags[]=1`, 'q', 'page', 'tags'),
    search(`q=Vigo&page=-1${'&tags[]=a'.repeat(6)}`, 'page', 'tags'),
  ])
})

// ---------------------------------------------------------------- C6: long, deep and wide

/** An answer may take so long, in ms, on any machine; a right one takes a few. */
const PATIENCE = 10_000

const QUICK =
  'a request that is long, deep or wide to keep your program busy | is answered within 10 seconds, and others meanwhile'
const LARGE = 'a body of more than 64 KiB | `400`, `413` or `422`; you may hang up'

async function answerTo(server: ServerSubject, { sending, isLarge }: Bomb) {
  return server.send({ ...sending, timeout: PATIENCE }).catch((error: unknown) => {
    if (isLarge && error instanceof SubjectError && error.fault === 'connection') return undefined
    throw error
  })
}

/** Sends each while somebody else asks for the settings. */
async function expectQuick(server: ServerSubject, bombs: Bomb[]): Promise<void> {
  for (const bomb of bombs) {
    const say = (error: unknown): never => {
      if (error instanceof SubjectError) {
        throw new SubjectError(error.fault, `${error.message}\nSent: ${bomb.what}\nThe rule: ${QUICK}`)
      }
      throw error
    }
    const answer = await answerTo(server, bomb).catch(say)
    const rule = bomb.isLarge ? LARGE : QUICK
    // A URL may be longer than a server takes.
    const statuses = bomb.sending.method ? [400, 413, 422] : [400, 414, 422, 431]
    if (answer) expect(answer, `with ${bomb.what} (${rule})`).toHaveStatus(...statuses)
    const other = await server.send({ path: '/settings', timeout: PATIENCE }).catch(say)
    expect(other, `after ${bomb.what}`).toHaveStatus(200)
  }
}

test('C6 answers long texts soon, and others after them', async () => {
  const { world, desk, server } = await opened()
  await expectQuick(server, submission.fresh.shuffle(longTexts()))
  await expectRows(world, desk)
})

test('C6 refuses JSON that is too deep, too wide or too large, and takes 64 KiB', async () => {
  const { world, desk, server } = await opened()
  await expectQuick(server, submission.fresh.shuffle(shapes()))
  await expectRows(world, desk)
  const answer = await server.send(largest())
  expect(answer, `with a right booking of exactly 64 KiB (${LARGE})`).toHaveStatus(201)
})

test('C6 answers others while it reads what is long', async () => {
  const { server } = await opened()
  const bombs = submission.fresh.shuffle([...longTexts(), ...shapes()]).slice(0, 40)
  const all = Promise.allSettled(bombs.map((bomb) => answerTo(server, bomb)))
  const others = await Promise.allSettled(
    submission.fresh.list(10, () => server.send({ path: '/settings', timeout: PATIENCE })),
  )
  await all
  for (const other of others) {
    if (other.status === 'rejected') throw other.reason
    const say = `while ${bombs.length} requests that are long, deep or wide are sent`
    expect(other.value, `${say} (${QUICK})`).toHaveStatus(200)
  }
})

// ---------------------------------------------------------------- C7: junk

/** Without half a surrogate pair, which is never sent. */
const sendable = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (_, part) => (typeof part === 'string' ? part.toWellFormed() : part)),
  )

test('C7 answers junk with a 4xx, and works afterwards', async () => {
  const { server } = await opened()
  const text = junkText.map((one) => encodeURIComponent(sendable(one)))
  const fields = ['depot', 'contact', 'label', 'boxes', 'size', 'express', 'stops', 'date', 'note']
  const bodies = fc.oneof(
    junkJson([...fields, 'name', 'email', 'birthday', 'newsletter', 'language', 'a']).map(
      (value) => ({ json: sendable(value) }),
    ),
    junkBody.map((body) => ({ headers: { 'Content-Type': 'application/json' }, body })),
  )
  const routes = [
    ['POST', '/bookings'],
    ['PATCH', '/profile'],
    ['POST', '/imports/json'],
  ] as const
  const requests: fc.Arbitrary<Sending> = fc.oneof(
    fc
      .tuple(fc.constantFrom(...routes), bodies)
      .map(([[method, path], body]): Sending => ({ method, path, ...body })),
    fc
      .tuple(fc.constantFrom('q', 'page', 'tags[]', 'q[]', 'page[x]', 'x'), text, text)
      .map(([name, one, other]): Sending => ({ path: `/search?${name}=${one}&${other}` })),
    text.map((id): Sending => ({ path: `/bookings/${id}` })),
  )
  await survivesJunk(server, requests, {
    seed: submission.seed,
    runs: 600,
    healthy: async () => {
      expect(await server.send(largest()), 'after the junk').toHaveStatus(201)
      expect(await server.send({ path: '/profile' }), 'after the junk').toHaveStatus(200)
    },
  })
})
