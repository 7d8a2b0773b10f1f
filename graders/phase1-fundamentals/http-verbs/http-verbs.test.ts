import { expect, test } from 'vitest'
import {
  dribble,
  meanwhile,
  openSubmission,
  type ServerSubject,
  SubjectError,
  sharedUntilFailure,
} from '../../harness/index.ts'

const submission = openSubmission(import.meta)

/**
 * A list may hold lockers already, so the tests can share one server. Those that show a whole list where
 * they fail have one of their own, so that it is short.
 */
const running = sharedUntilFailure(
  () => submission.startServer(),
  (server) => server.kill(),
)

type Locker = { id: string; size: string; status: string; label?: string }

const SIZES = ['S', 'M', 'L'] as const
const STATUSES = ['free', 'occupied', 'broken'] as const

const taken = new Set<string>()

/** An id that PUT accepts for a new locker, and that no test has had. */
function freshId(): string {
  const { fresh } = submission
  const id = `${fresh.string(fresh.int(1, 3), 'QXZ')}-${fresh.int(100, 9999)}`
  if (taken.has(id)) return freshId()
  taken.add(id)
  return id
}

function freshLocker(): { size: string; status: string } {
  return { size: submission.fresh.pick(SIZES), status: submission.fresh.pick(STATUSES) }
}

/**
 * The path of a locker. POST's ids are the server's to choose: what may not stand in a path is
 * percent-encoded, and nothing else, as some servers compare ids without decoding them.
 */
function pathOf(id: string): string {
  const plain = (code: string) => decodeURIComponent(code)
  return `/lockers/${encodeURIComponent(id).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, plain)}`
}

/** The fields of the contract. A locker may have more, such as its age, which changes by itself. */
function contractOf(locker: Locker | null | undefined): Locker {
  const { id, size, status, label } = locker ?? ({} as Locker)
  return { id, size, status, label }
}

async function list(server: ServerSubject): Promise<Locker[]> {
  const answer = await server.http.get('/lockers')
  expect(answer).toHaveStatus(200)
  expect(answer).toBeJson()
  expect(answer.body, 'GET /lockers answers an array').toBeInstanceOf(Array)
  return answer.body.map(contractOf)
}

async function create(server: ServerSubject, body: object): Promise<Locker> {
  const answer = await server.http.post('/lockers').send(body)
  expect(answer).toHaveStatus(201)
  expect(answer).toBeJson()
  expect(answer.body, 'the answer to POST /lockers').toMatchObject({ ...body, status: 'free' })
  expect(answer.body, 'the new locker has an id').toHaveProperty('id')
  return answer.body
}

/** The ids that come next where a server counts them up, as far as PUT accepts them. */
function idsAfter(id: string): string[] {
  const [, letters = '', digits = ''] = /^(.*-)([0-9]+)$/.exec(id) ?? []
  return [1, 2, 3]
    .map((step) => letters + String(Number(digits) + step).padStart(digits.length, '0'))
    .filter((next) => /^[A-Z]{1,3}-[0-9]{1,4}$/.test(next))
}

async function expectGone(server: ServerSubject, id: string): Promise<void> {
  expect(await server.http.get(pathOf(id))).toBeJsonError(404)
}

test('C1 answers POST with 201 and the new locker, which is free', async () => {
  const server = await running()
  for (const size of SIZES) await create(server, { size })
})

test('C1 gives a Location that leads to the new locker', async () => {
  const server = await running()
  const made = await server.http.post('/lockers').send({ size: submission.fresh.pick(SIZES) })
  expect(made).toHaveStatus(201)
  expect(made.headers, 'POST /lockers answers with a Location header').toHaveProperty('location')
  const { pathname, search } = new URL(made.headers.location!, `${server.url}/lockers`)
  const found = await server.http.get(pathname + search)
  expect(found).toHaveStatus(200)
  expect(contractOf(found.body), 'what Location leads to').toEqual(contractOf(made.body))
})

meanwhile('C1 makes two lockers of two equal POSTs, and lists all by id', async () => {
  const server = await submission.startServer()
  const before = await list(server)
  const size = submission.fresh.pick(SIZES)
  const made = [await create(server, { size }), await create(server, { size })]
  // Neither the order in which they come, nor that of their numbers, is that of the list.
  const letters = submission.fresh.string(2, 'QXZ')
  for (const id of [
    `${letters}-9`,
    `${letters}-10`,
    `${letters[0]}-${submission.fresh.int(100, 9999)}`,
  ]) {
    await server.http.put(pathOf(id)).send(freshLocker())
    made.push({ id, size, status: '' })
  }
  const ids = (await list(server)).map((locker) => locker.id)
  const wanted = [...new Set([...before, ...made].map((locker) => locker.id))]
  expect(ids, 'GET /lockers, ordered by id').toEqual(wanted.sort((a, b) => (a < b ? -1 : 1)))
})

meanwhile('C1 never makes a new locker with the id of one that is there', async () => {
  const server = await submission.startServer()
  const { id } = await create(server, { size: 'S' })
  for (const next of idsAfter(String(id))) {
    await server.http.put(pathOf(next)).send({ size: 'L', status: 'broken' })
  }
  const before = await list(server)
  for (let more = 0; more < 4; more++) await create(server, { size: 'M' })
  const ids = before.map((locker) => locker.id)
  const after = await list(server)
  expect(
    after.filter((locker) => ids.includes(locker.id)),
    'the lockers that were there, after four more POSTs',
  ).toEqual(before)
  expect(after.length, 'how many lockers there are after four more POSTs').toBe(before.length + 4)
})

test('C2 answers 201 to a PUT of a new locker and keeps exactly what was sent', async () => {
  const server = await running()
  const id = freshId()
  const locker = { ...freshLocker(), label: submission.fresh.word() }
  expect(await server.http.put(pathOf(id)).send(locker)).toHaveStatus(201)
  const found = await server.http.get(pathOf(id))
  expect(found).toHaveStatus(200)
  expect(found.body, 'the locker, as GET gives it').toMatchObject({ id, ...locker })
})

test('C2 replaces a locker, also one that POST made; a label not sent is gone', async () => {
  const server = await running()
  const label = submission.fresh.word()
  const { id } = await create(server, { size: 'S', label })
  const next = { size: 'L', status: 'broken' }
  expect(await server.http.put(pathOf(id)).send(next)).toHaveStatus(200, 204)
  const found = await server.http.get(pathOf(id))
  expect(found.body, 'the locker after the PUT').toMatchObject({ id, ...next })
  expect(found.body.label ?? undefined, 'the label after a PUT without one').toBeUndefined()
})

test('C2 gives the same result when the same PUT is sent again', async () => {
  const server = await running()
  const id = freshId()
  const locker = freshLocker()
  await server.http.put(pathOf(id)).send(locker)
  const once = await list(server)
  expect(await server.http.put(pathOf(id)).send(locker)).toHaveStatus(200, 204)
  expect(await list(server), 'all lockers after the same PUT again').toEqual(once)
})

test('C2 refuses a PUT without size or status, and changes nothing', async () => {
  const server = await running()
  const id = freshId()
  const locker = { size: 'S', status: 'occupied' }
  await server.http.put(pathOf(id)).send(locker)
  for (const half of [{ size: 'L' }, { status: 'free' }, {}]) {
    expect(await server.http.put(pathOf(id)).send(half)).toBeValidationFailure()
    const found = await server.http.get(pathOf(id))
    expect(found.body, `after the refused PUT of ${JSON.stringify(half)}`).toMatchObject(locker)
  }
})

test('C2 refuses a new id that is not in the wall’s pattern', async () => {
  const server = await running()
  for (const id of ['a-1', 'ABCD-1', 'A-12345', 'A1', 'A-', '-1', 'A-1x']) {
    const answer = await server.http.put(pathOf(id)).send(freshLocker())
    expect(answer).toBeValidationFailure()
    expect(answer).toBeJsonError()
    await expectGone(server, id)
  }
})

test('C3 deletes a locker: 404 on its path, missing from the list', async () => {
  const server = await running()
  const kept = await create(server, { size: 'M' })
  const { id } = await create(server, { size: 'M' })
  const before = await list(server)
  expect(await server.http.delete(pathOf(id))).toHaveStatus(200, 204)
  await expectGone(server, id)
  const after = await list(server)
  const others = before.filter((locker) => locker.id !== id)
  expect(after, 'all lockers after the DELETE').toEqual(others)
  expect(
    after.map((locker) => locker.id),
    'the ids after the DELETE of another locker',
  ).toContain(kept.id)
})

test('C3 answers 404 or 204 to a second DELETE, and 404 to a locker nobody made', async () => {
  const server = await running()
  const { id } = await create(server, { size: 'M' })
  await server.http.delete(pathOf(id))
  const again = await server.http.delete(pathOf(id))
  expect(again).toHaveStatus(404, 204)
  if (again.status === 404) expect(again).toBeJsonError()
  await expectGone(server, freshId())
})

test('C4 changes nothing on GET and HEAD, whatever path they ask for', async () => {
  const server = await running()
  const { id } = await create(server, { size: 'S' })
  const missing = freshId()
  const before = await list(server)
  for (let round = 0; round < 5; round++) {
    await server.http.get('/lockers')
    await server.http.get(pathOf(id))
    await server.http.get(pathOf(missing))
    await server.http.get(`${pathOf(id)}/delete`)
    await server.http.head(pathOf(id))
  }
  expect(await list(server), 'all lockers after nothing but GET and HEAD').toEqual(before)
})

test('C4 answers HEAD as GET, without a body', async () => {
  const server = await running()
  const { id } = await create(server, { size: 'S' })
  for (const path of ['/lockers', pathOf(id)]) {
    const answer = await server.send({ method: 'HEAD', path })
    expect(answer).toHaveStatus(200)
    expect(answer).toBeJson()
    expect(answer.bytes.length, `bytes in the body of HEAD ${path}`).toBe(0)
  }
  expect(await server.send({ method: 'HEAD', path: pathOf(freshId()) })).toHaveStatus(404)
})

test('C5 answers a wrong method on a known path with 405 and Allow', async () => {
  const server = await running()
  const { id } = await create(server, { size: 'S' })
  const cases = [
    { path: '/lockers', wrong: ['PUT', 'PATCH', 'DELETE'], right: ['GET', 'POST'] },
    { path: pathOf(id), wrong: ['POST', 'PATCH'], right: ['GET', 'PUT', 'DELETE'] },
  ]
  for (const { path, wrong, right } of cases) {
    for (const method of wrong) {
      const answer = await server.send({ method, path, json: freshLocker() })
      expect(answer).toBeJsonError(405)
      const allow = (answer.headers.allow ?? '').split(',').map((name) => name.trim().toUpperCase())
      expect(allow, `Allow of ${method} ${path}`).toEqual(expect.arrayContaining(right))
    }
  }
})

test('C5 answers an unknown path with 404', async () => {
  const server = await running()
  const word = submission.fresh.word()
  const known = pathOf((await create(server, { size: 'S' })).id)
  for (const path of [`/${word}`, '/lockersx', `${known}/size`, `/${word}${known}`]) {
    expect(await server.http.get(path)).toBeJsonError(404)
  }
})

test('C5 finds the path behind a query string', async () => {
  const server = await running()
  const { id } = await create(server, { size: 'S' })
  expect(await server.http.get(`/lockers?${submission.fresh.word()}=1`)).toHaveStatus(200)
  expect(await server.http.get(`${pathOf(id)}?x=1`)).toHaveStatus(200)
})

test('C6 refuses a body that is not JSON with 400, and lives on', async () => {
  const server = await running()
  const headers = { 'Content-Type': 'application/json' }
  const before = await list(server)
  for (const body of ['{', '{"size":"M"', 'size=M', '{"size":M}']) {
    expect(await server.send({ method: 'POST', path: '/lockers', headers, body })).toBeJsonError(
      400,
    )
  }
  expect(await list(server), 'all lockers after refused POSTs').toEqual(before)
})

test('C6 refuses wrong fields, and JSON that is no object', async () => {
  const server = await running()
  const word = submission.fresh.word()
  const sizes = [{}, { size: 'XL' }, { size: 1 }, { size: null }]
  const labels = [{ text: word }, [word, word]].map((label) => ({ size: 'M', label }))
  for (const json of [...sizes, ...labels, [], null, 'M', 7]) {
    const answer = await server.send({ method: 'POST', path: '/lockers', json })
    expect(answer, `the answer to ${JSON.stringify(json)}`).toBeValidationFailure()
    expect(answer, `the answer to ${JSON.stringify(json)}`).toBeJsonError()
  }
  const put = await server.http.put(pathOf(freshId())).send({ size: 'M', status: 'lost' })
  expect(put).toBeValidationFailure()
  expect(put).toBeJsonError()
})

test('C6 refuses a body of another type with 415 or 400, and takes JSON with a charset', async () => {
  const server = await running()
  const post = (type: string) =>
    server.send({
      method: 'POST',
      path: '/lockers',
      headers: { 'Content-Type': type },
      body: '{"size":"M"}',
    })
  for (const type of ['text/plain', 'text/plain; application/json', 'application/jsonl']) {
    expect(await post(type), `a body of type ${type}`).toBeJsonError(415, 400)
  }
  const json = 'application/json; charset=utf-8'
  expect(await post(json), `a body of type ${json}`).toHaveStatus(201)
})

test('C6 refuses a body over 64 KiB with 413, and lives on', async () => {
  const server = await running()
  const { size, status } = freshLocker()
  const headers = { 'Content-Type': 'application/json' }
  for (const [method, path, json] of [
    ['POST', '/lockers', { size }],
    ['PUT', pathOf(freshId()), { size, status }],
  ] as const) {
    const locker = JSON.stringify(json)
    for (const bytes of [70 * 1024, 65_537]) {
      const sending = { method, path, headers, body: locker.padStart(bytes) }
      const answer = await server.send(sending).catch((error: unknown) => {
        // The contract lets a server hang up on a body that is too large.
        if (error instanceof SubjectError && error.fault === 'connection') return undefined
        throw error
      })
      if (answer) expect(answer, `a body of ${bytes} bytes`).toBeJsonError(413)
    }
    // The spaces come first, so that a last piece that is lost is missed.
    const sending = { method, path, headers, body: locker.padStart(65_536) }
    expect(await server.send(sending), 'a body of 65536 bytes').toHaveStatus(201)
  }
  await create(server, { size: 'M', label: 'y'.repeat(200) })
})

test('C7 reads a POST whole that arrives one byte at a time', async () => {
  const server = await running()
  const label = `Zürich→São ${submission.fresh.city()} 📦`
  const json = { size: 'L', label }
  const made = await dribble(server, { method: 'POST', path: '/lockers', json })
  expect(made).toHaveStatus(201)
  expect(made.body, 'the answer to a POST that came byte by byte').toMatchObject(json)
  const found = await server.http.get(pathOf(made.body.id))
  expect(found.body.label, 'the label that came byte by byte').toBe(label)
})

test('C8 sends JSON with letters of several bytes whole', async () => {
  const server = await running()
  const labels = ['Zürich→São', '東京ロッカー', '📦'.repeat(20), submission.fresh.city()]
  for (const label of labels) {
    const made = await create(server, { size: 'S', label })
    const found = await server.send({ path: pathOf(made.id) })
    expect(found.body, 'the answer must be whole, valid JSON').toMatchObject({ label })
  }
  const listed = (await list(server)).map((locker) => locker.label)
  expect(listed, 'the labels in GET /lockers').toEqual(expect.arrayContaining(labels))
})
