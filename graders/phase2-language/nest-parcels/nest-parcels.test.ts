import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { type Answer, meanwhile, openSubmission, type Sending } from '../../harness/index.ts'
import { parcelsChecks } from '../../harness/parcels/checks.ts'
import * as pricing from '../../harness/parcels/pricing.ts'

const submission = openSubmission(import.meta)

/** What express-parcels asks of a newcomer is C1, and what it asks of a senior is C8. */
const { common, create, expectParcel, list, listNew, pathOf, quote, startOwn } = parcelsChecks(
  submission,
  (check) => (check === 'C7' || check === 'C8' ? 'C8' : 'C1'),
)

const server = async () => (await common()).server

/** Plain words, none of them a field. */
const strangers = () =>
  submission.fresh.shuffle(['note', 'price', 'ID', 'weight', 'To', 'statuses'])

/** The entries of the list of errors, in `message` or `errors`. */
function entriesOf({ body }: Answer): string[] {
  const lists = [body?.message, body?.errors].filter((one) => Array.isArray(one))
  return lists.flat().map(String)
}

const names = (entry: string, field: string) => new RegExp(`\\b${field}\\b`).test(entry)

const NAMED =
  'A body that is refused for its fields gets a list of texts in message or errors: at least one text for each field that is wrong, with its name.'

function expectNamed(answer: Answer, fields: string[], when: string): void {
  const entries = entriesOf(answer)
  const text = `the list of errors ${when}. ${NAMED}\nIt is ${JSON.stringify(entries)}, in ${answer.text}\n`
  const missing = fields.filter((field) => !entries.some((entry) => names(entry, field)))
  expect(missing, `fields that are missing in ${text}`).toEqual([])
  expect(entries.length, `how many texts are in ${text}`).toBeGreaterThanOrEqual(fields.length)
}

// ---------------------------------------------------------------------------------------------- C2

test('C2 answers 400 to a property that is not named, says which, and keeps nothing', async () => {
  const to = await server()
  const parcel = await create(to)
  const listed = await listNew(to)
  for (const stranger of ['status', 'code', ...strangers()]) {
    const json = { to: 'Lima', weightG: 5, [stranger]: 'new' }
    const answer = await to.send({ method: 'POST', path: '/parcels', json })
    const when = `to POST /parcels ${JSON.stringify(json)}`
    expect(answer, `the answer ${when}`).toBeJsonError(400)
    expectNamed(answer, [stranger], when)
  }
  expect(await listed(), 'the parcels that were kept').toEqual([])
  for (const stranger of ['code', ...strangers()]) {
    const json = { weightG: 7, [stranger]: 5 }
    const answer = await to.send({ method: 'PATCH', path: pathOf(parcel.code), json })
    const when = `to PATCH of a parcel, ${JSON.stringify(json)}`
    expect(answer, `the answer ${when}`).toBeJsonError(400)
    expectNamed(answer, [stranger], when)
  }
  await expectParcel(to, parcel, 'after each PATCH was refused')
})

// ---------------------------------------------------------------------------------------------- C3

test('C3 names all fields that are wrong at once', async () => {
  const to = await server()
  const { code } = await create(to)
  const [stranger = '', other = ''] = strangers()
  const cases: [Sending['method'], body: object, wrong: string[]][] = [
    ['POST', {}, ['to', 'weightG']],
    ['POST', { to: '', weightG: 0 }, ['to', 'weightG']],
    ['POST', { to: 7, weightG: '5' }, ['to', 'weightG']],
    ['POST', { to: null, weightG: null }, ['to', 'weightG']],
    ['POST', { weightG: 30_001, [stranger]: 1 }, ['to', 'weightG', stranger]],
    ['POST', { to: 'Lima', weightG: 5, [stranger]: 1, [other]: {} }, [stranger, other]],
    ['PATCH', { to: 'x'.repeat(201), weightG: 1.5, status: 'lost' }, ['to', 'weightG', 'status']],
    ['PATCH', { status: null, to: [] }, ['status', 'to']],
    ['PATCH', { weightG: -1, [stranger]: null }, ['weightG', stranger]],
  ]
  for (const [method, json, wrong] of cases) {
    const path = method === 'POST' ? '/parcels' : pathOf(code)
    const answer = await to.send({ method, path, json })
    const when = `to ${method} ${method === 'POST' ? path : 'of a parcel,'} ${JSON.stringify(json).slice(0, 80)}`
    expect(answer, `the answer ${when}`).toBeJsonError(400, 422)
    expectNamed(answer, wrong, when)
  }
})

// ---------------------------------------------------------------------------------------------- C4

test('C4 takes a limit of 1 to 100, and refuses what is no whole number', async () => {
  const { server: to } = await startOwn()
  for (const limit of ['1', '100']) {
    expect(await list(to, `?limit=${limit}`), `GET /parcels?limit=${limit} of none`).toEqual([])
  }
  const codes: string[] = []
  for (let at = 0; at < 103; at++) codes.push(String((await create(to)).code))
  for (const code of codes.slice(0, 4)) {
    await to.send({ method: 'PATCH', path: pathOf(code), json: { status: 'moving' } })
  }
  const found: [query: string, most: number][] = [
    ['?limit=5', 5],
    ['?limit=1', 1],
    ['?limit=12', 12],
    ['?limit=100', 100],
    ['', 103],
    ['?status=moving&limit=3', 3],
    ['?status=moving&limit=50', 4],
    ['?limit=7&status=new', 7],
  ]
  for (const [query, count] of found) {
    const parcels = await list(to, query)
    const known = new Set(
      parcels.map(({ code }) => String(code)).filter((code) => codes.includes(code)),
    )
    expect(
      known.size,
      `different parcels of GET /parcels${query}, where there are 103, four of them moving`,
    ).toBe(count)
    expect(parcels.length, `how long the list of GET /parcels${query} is`).toBe(count)
  }
  const wrong = [
    '0',
    '101',
    '5abc',
    'abc',
    '',
    '-1',
    '1.5',
    '1e1',
    '0x5',
    'null',
    '1000',
    '5,6',
    'NaN',
  ]
  for (const limit of wrong) {
    const answer = await to.send({ path: `/parcels?limit=${limit}` })
    expect(answer, `GET /parcels?limit=${limit}`).toBeJsonError(400, 422)
  }
})

// ---------------------------------------------------------------------------------------------- C5

test('C5 answers 999 cents with PRICING_MODE=fixed, and never asks the pricing service', async () => {
  const service = await pricing.startPricing(pricing.price(1))
  const env = { PRICING_URL: service.url, PRICING_MODE: 'fixed' }
  const to = await submission.startServer({ env })
  for (let at = 0; at < 3; at++) {
    const answer = await quote(to, await create(to), 'PRICING_MODE is fixed')
    expect(answer, 'a quote with PRICING_MODE=fixed').toHaveStatus(200)
    expect(answer.body, 'a quote with PRICING_MODE=fixed').toMatchObject({ cents: 999 })
  }
  const nobody = { path: `/parcels/${submission.fresh.unique()}/quote` }
  expect(await to.send(nobody), 'a quote for a code that no parcel has').toBeJsonError(404)
  expect(service.asked, 'what the pricing service was asked with PRICING_MODE=fixed').toEqual([])
})

// ---------------------------------------------------------------------------------------------- C6

meanwhile('C6 finishes a running request after SIGTERM, and ends with exit code 0', async () => {
  const cents = submission.fresh.int(100, 90_000)
  let release = (): void => {}
  const { server: to, service } = await startOwn((response, request) => {
    release = () => pricing.price(cents)(response, request)
  })
  const parcel = await create(to)
  const running = to.send({ path: `${pathOf(parcel.code)}/quote` })
  running.catch(() => {}) // until it is awaited below
  await expect.poll(() => service.asked.length, { timeout: 15_000, interval: 5 }).toBe(1)
  const ended = to.stop(20_000)
  await closing(to.port)
  release()
  const rule = 'After SIGTERM the requests that run are still answered.'
  const answer = await running.catch((error: Error) => error.message)
  expect(
    typeof answer === 'string' ? answer : answer.status,
    `a quote that was running. ${rule}`,
  ).toBe(200)
  expect((answer as Answer).body, `a quote that was running. ${rule}`).toMatchObject({ cents })
  const { code, signal } = await ended
  expect({ code, signal }, 'how the process ended after SIGTERM').toEqual({ code: 0, signal: null })
})

/** Until nobody listens there any more; a server may also go on listening, and a price may not take a second. */
async function closing(port: number): Promise<void> {
  const deadline = performance.now() + 300
  while (performance.now() < deadline) {
    const socket = connect(port, '127.0.0.1')
    const refused = await once(socket, 'connect').then(
      () => false,
      () => true,
    )
    socket.destroy()
    if (refused) return
  }
}

// ---------------------------------------------------------------------------------------------- C7

test('C7 exports all parcels as NDJSON, a line each', async () => {
  const { server: to } = await startOwn()
  const get = () => to.send({ path: '/parcels/export' })
  expect((await get()).text.trim(), 'the export of no parcels').toBe('')
  const texts = ['a\nb', 'a\r\nb', '\u2028', '"', '\\n', '{', '📦'.repeat(200)]
  const made = []
  for (const text of texts) made.push(await create(to, { to: text, weightG: 5 }))
  for (let at = 0; at < 300; at++) made.push(await create(to))
  await to.send({ method: 'DELETE', path: pathOf(made.pop()!.code) })
  const moved = made[3]!
  await to.send({ method: 'PATCH', path: pathOf(moved.code), json: { status: 'moving' } })
  moved.status = 'moving'
  const answer = await get()
  expect(answer, 'GET /parcels/export').toHaveStatus(200)
  expect(answer.headers['content-type'], 'the Content-Type of the export').toMatch(
    /^application\/x-ndjson *(;|$)/i,
  )
  const rule = 'It has no Content-Length, for it begins before its end is known.'
  expect(answer.headers['content-length'], `Content-Length of the export. ${rule}`).toBeUndefined()
  const lines = answer.text.replace(/\r?\n$/, '').split('\n')
  const parsed = lines.map((line) => {
    try {
      return JSON.parse(line)
    } catch {
      return expect.fail(`A line of the export is no JSON: ${line.slice(0, 200)}`)
    }
  })
  const byCode = (parcels: any[]) =>
    parcels
      .map(({ code, to, weightG, status }) => ({ code: String(code), to, weightG, status }))
      .sort((a, b) => (a.code < b.code ? -1 : 1))
  expect(byCode(parsed), 'the parcels of the export').toEqual(byCode(made))
})
