import { resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  findStack,
  meanwhile,
  type Sending,
  type ServerSubject,
  SubjectError,
  type Submission,
  sharedUntilFailure,
} from '../index.ts'
import { expectAgreement } from '../model/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../probes/junk.ts'
import { parcelsModel } from './model.ts'
import * as pricing from './pricing.ts'
import { sendLarge } from './send-large.ts'

type Fields = { to: string; weightG: number; status: string }
type Parcel = Fields & { code: string | number }

const LIMIT = 100 * 1024
const ID = /^[A-Za-z0-9_-]{8,64}$/
/** For tests in which a computer with much else to do may miss the second that a price may take. */
const patient = { retry: 1 }

/**
 * The checks of the contract of parcels, which several exercises have.
 * @param idOf the id that a check of express-parcels has in the exercise
 * @returns what further checks of such a server need
 */
export function parcelsChecks(
  submission: Submission,
  idOf: (check: string) => string = (check) => check,
) {
  const named = (title: string) => title.replace(/^C\d/, idOf)

  function freshFields(): { to: string; weightG: number } {
    const { fresh } = submission
    return { to: `${fresh.name()}, ${fresh.city()}`, weightG: fresh.int(2, 29_999) }
  }

  /** Starts the server with a pricing service that does as told, for a test that needs both to itself. */
  async function startOwn(reaction: pricing.Reaction = pricing.price(1)) {
    const service = await pricing.startPricing(reaction)
    const server = await submission.startServer({ env: { PRICING_URL: service.url } })
    return { server, service }
  }

  const common = sharedUntilFailure(startOwn, async ({ server, service }) => {
    await server.kill()
    await service.stop()
  })

  /** The server and the pricing service that most tests share, which goes on running and does as told. */
  async function withPricing(reaction: pricing.Reaction = pricing.price(1)) {
    const { server, service } = await common()
    service.react(reaction)
    return { server, service }
  }

  /** For tests that ask for no price. The address is always set: a server may insist on its settings. */
  const commonServer = async () => (await withPricing()).server

  const pathOf = (code: string | number) => `/parcels/${encodeURIComponent(code)}`

  async function create(server: ServerSubject, fields = freshFields()): Promise<Parcel> {
    const made = await server.http.post('/parcels').send(fields)
    expect(made).toHaveStatus(201)
    expect(made).toBeJson()
    return parcelIn(made, fields)
  }

  /** The new parcel in the answer to a POST of these fields, without what the contract does not know. */
  function parcelIn(made: { body: any }, fields: object): Parcel {
    expect(made.body, 'the answer to POST /parcels').toMatchObject({ ...fields, status: 'new' })
    const { code, to, weightG, status } = made.body
    expect(['string', 'number'], 'the type of the new parcel’s code').toContain(typeof code)
    return { code, to, weightG, status }
  }

  async function list(server: ServerSubject, query = ''): Promise<Parcel[]> {
    const found = await server.http.get(`/parcels${query}`)
    expect(found).toHaveStatus(200)
    expect(found).toBeJson()
    expect(found.body, `GET /parcels${query} answers an array`).toBeInstanceOf(Array)
    return found.body
  }

  /** Remembers the parcels of other tests. @returns the others that there are, when it is called */
  async function listNew(server: ServerSubject): Promise<(query?: string) => Promise<Parcel[]>> {
    const old = new Set(codesOf(await list(server)))
    return async (query) =>
      (await list(server, query)).filter((parcel) => !old.has(String(parcel?.code)))
  }

  const codesOf = (parcels: Parcel[]) => parcels.map((parcel) => String(parcel?.code)).sort()

  async function expectParcel(server: ServerSubject, parcel: Parcel, when: string): Promise<void> {
    const found = await server.http.get(pathOf(parcel.code))
    expect(found, when).toHaveStatus(200)
    expect(found.body, `GET ${pathOf(parcel.code)} ${when}`).toMatchObject(parcel)
  }

  const json = { 'Content-Type': 'application/json' }

  /** A valid parcel, blown up to so many bytes with spaces. */
  const padded = (bytes: number) => {
    const text = JSON.stringify(freshFields())
    return text + ' '.repeat(bytes - Buffer.byteLength(text))
  }

  /** One request for each kind of answer the contract knows: 200, 201, 400, 404, 413, 500 and 502. */
  function allKinds(code: string | number): Sending[] {
    const post = { method: 'POST', path: '/parcels' }
    return [
      { path: '/parcels' },
      { path: pathOf(code) },
      { ...post, json: freshFields() },
      { ...post, json: { ...freshFields(), weightG: 0 } },
      { ...post, headers: json, body: '{"to":' },
      { path: `/${submission.fresh.word()}` },
      { path: `/parcels/${submission.fresh.unique()}` },
      { ...post, headers: json, body: padded(128 * 1024) },
      { path: '/boom' },
      { path: `${pathOf(code)}/quote` },
    ]
  }

  /** Asks for a quote that has to come within 5 s, whatever the pricing service does. */
  async function quote(server: ServerSubject, { code }: Parcel, when: string): Promise<Answer> {
    try {
      return await server.send({ path: `${pathOf(code)}/quote`, timeout: 5000 })
    } catch (error) {
      if (!(error instanceof SubjectError) || error.fault !== 'no-answer') throw error
      return expect.fail(
        `GET ${pathOf(code)}/quote, ${when}: no answer within 5 s, expected after 1 s`,
      )
    }
  }

  // ------------------------------------------------------------------------------- C1, C2, C4, C5, C7

  const REQUIREMENTS: [check: string, requirement: string][] = [
    ['C1', 'creates, reads, changes and deletes parcels, and gives no code twice'],
    ['C2', 'filters by status, and refuses invalid parcels and filters'],
    ['C4', 'answers unknown paths and odd bodies with a JSON error'],
    ['C5', 'hands on the price for the weight of the parcel, and 502 for what is none'],
    ['C7', 'knows no parcels but those that were made'],
  ]
  const ids = {
    life: idOf('C1'),
    filters: idOf('C2'),
    errors: idOf('C4'),
    prices: idOf('C5'),
    junk: idOf('C7'),
  }

  /** Hundreds of requests one after the other: a server that thinks for a tenth of a second needs a minute. */
  const unhurried = { timeout: 300_000 }

  for (const [id, group] of Map.groupBy(REQUIREMENTS, ([check]) => idOf(check))) {
    const requirement = group.map(([, requirement]) => requirement).join('; ')
    test(`${id} ${requirement}`, unhurried, async () => {
      await expectAgreement(parcelsModel(submission, common, ids), id, submission.fresh)
    })
  }

  test(named('C1 answers POST with a Location that leads to the new parcel'), async () => {
    const server = await commonServer()
    const fields = freshFields()
    const made = await server.http.post('/parcels').send(fields)
    expect(made).toHaveStatus(201)
    const first = parcelIn(made, fields)
    const location = made.headers.location ?? ''
    expect(location, 'the Location header of the answer to POST /parcels').not.toBe('')
    const base = `${server.url}/parcels`
    expect(URL.canParse(location, base), `Location "${location}" is a URL or a path`).toBe(true)
    const { pathname, search } = new URL(location, base)
    const found = await server.http.get(pathname + search)
    expect(found).toHaveStatus(200)
    expect(found.body, `GET of the Location ${location}`).toMatchObject(first)
  })

  // ---------------------------------------------------------------------------------------------- C3

  test(named('C3 repeats the client’s X-Request-Id on answers of every kind'), async () => {
    const { fresh } = submission
    const { server } = await withPricing(pricing.answer(500, '{}'))
    const { code } = await create(server)
    const letters = 'ABCXYZabcxyz019_-'
    const kinds = allKinds(code)
    // Both ends of the range, whatever the seed.
    const lengths = fresh.shuffle(
      kinds.map((_, index) => [8, 64, 9, fresh.int(10, 63)][index % 4]!),
    )
    for (const [index, sending] of kinds.entries()) {
      const id = fresh.string(lengths[index]!, letters)
      const headers = { ...sending.headers, 'X-Request-Id': id }
      const answer = await sendLarge(server, { ...sending, headers })
      const what = `X-Request-Id of the ${answer.status} to ${answer.request}, sent: ${id}`
      expect(answer.headers['x-request-id'] ?? '(none)', what).toBe(id)
    }
  })

  test(
    named('C3 makes a new X-Request-Id for each request that has none, or one of another form'),
    async () => {
      const { server } = await withPricing(pricing.answer(500, '{}'))
      const { code } = await create(server)
      const seen = new Set<unknown>()
      const kinds = allKinds(code)
      for (const sending of kinds) {
        const answer = await sendLarge(server, sending)
        const id = answer.headers['x-request-id']
        expect(id ?? '(none)', `X-Request-Id of the ${answer.status} to ${answer.request}`).toMatch(
          ID,
        )
        seen.add(id)
      }
      expect(seen.size, `different ids of ${kinds.length} requests`).toBe(kinds.length)

      const { fresh } = submission
      const bad = [
        fresh.string(7),
        fresh.string(65),
        fresh.string(300),
        `${fresh.word()} ${fresh.word()}`,
        `${fresh.word()}.${fresh.word()}`,
        `<b>${fresh.word()}</b>`,
        `${fresh.word()};${fresh.word()}`,
      ]
      for (const sent of bad) {
        const answer = await server.send({ path: '/parcels', headers: { 'X-Request-Id': sent } })
        const id = answer.headers['x-request-id'] ?? '(none)'
        expect(id, `X-Request-Id of the answer, sent: ${sent}`).not.toBe(sent)
        expect(id, `X-Request-Id of the answer, sent: ${sent}`).toMatch(ID)
      }
    },
  )

  // ---------------------------------------------------------------------------------------------- C4

  test(named('C4 answers unknown paths, codes and methods with a JSON error'), async () => {
    const server = await commonServer()
    const word = submission.fresh.word()
    const parcel = await create(server)
    for (const unknown of [
      `/${word}`,
      `/${word}/${parcel.code}`,
      `${pathOf(parcel.code)}/${word}`,
    ]) {
      expect(await server.http.get(unknown)).toBeJsonError(404)
      expect(await server.http.post(unknown).send(freshFields())).toBeJsonError(404)
    }
    const nobody = `/parcels/${submission.fresh.unique()}`
    expect(await server.http.get(nobody)).toBeJsonError(404)
    expect(await server.http.get(`${nobody}/quote`)).toBeJsonError(404)
    expect(await server.http.patch(nobody).send({ status: 'moving' })).toBeJsonError(404)
    expect(await server.http.put('/parcels').send(freshFields())).toBeJsonError(404, 405)
    expect(await server.http.put(pathOf(parcel.code)).send(freshFields())).toBeJsonError(404, 405)
    await expectParcel(server, parcel, 'after all this')
  })

  test(named('C4 answers a body that it cannot use with a JSON error'), async () => {
    const server = await commonServer()
    const parcel = await create(server)
    const targets = [
      { method: 'POST', path: '/parcels' },
      { method: 'PATCH', path: pathOf(parcel.code) },
    ]
    for (const target of targets) {
      for (const body of ['{"to":', 'to=Lima&weightG=5', '{to:"Lima"}', '{"to":"Lima",}', '<p>']) {
        expect(
          await server.send({ ...target, headers: json, body }),
          `with the body ${body}`,
        ).toBeJsonError(400)
      }
      expect(await server.send({ ...target, json: { weightG: -1 } })).toBeJsonError(400, 422)
    }
    const post = targets[0]!
    expect(await server.send({ ...post, headers: json, body: '' })).toBeJsonError(400, 422)
    const headers = { 'Content-Type': 'text/plain' }
    expect(await server.send({ ...post, headers, body: 'Lima' })).toBeJsonError(400, 415, 422)
    await expectParcel(server, parcel, 'after refused bodies')
  })

  test(named('C4 answers a body of 128 KiB with 413, takes one of 64 KiB'), async () => {
    const server = await commonServer()
    const listed = await listNew(server)
    const parcel = await create(server)
    const post = { method: 'POST', path: '/parcels', headers: json }
    expect(await sendLarge(server, { ...post, body: padded(128 * 1024) })).toBeJsonError(413)
    expect(await listed(), 'GET /parcels after the 413').toHaveLength(1)
    expect(await sendLarge(server, { ...post, body: padded(64 * 1024) })).toHaveStatus(201)
    await expectParcel(server, parcel, 'after the 413')
  })

  test(
    named('C4 answers /boom and /boom-async with a JSON 500, and lives on with all parcels'),
    async () => {
      const server = await commonServer()
      const parcel = await create(server)
      for (const boom of ['/boom', '/boom-async', '/boom-async', '/boom']) {
        expect(await server.http.get(boom)).toBeJsonError(500)
        await expectParcel(server, parcel, `after GET ${boom}`)
      }
    },
  )

  test(named('C4 answers with a JSON error when the pricing service fails'), patient, async () => {
    const { server } = await withPricing(pricing.answer(500, '<h1>down</h1>', 'text/html'))
    const parcel = await create(server)
    expect(await quote(server, parcel, 'the pricing service answers 500')).toBeJsonError(502)
  })

  // ---------------------------------------------------------------------------------------------- C5

  test(
    named('C5 answers 502 when the pricing service gives no usable answer, or is not there'),
    patient,
    async () => {
      const { server, service } = await startOwn()
      const parcel = await create(server)
      const cents = submission.fresh.int(100, 90_000)
      const failures: Record<string, pricing.Reaction> = {
        'a closed connection': pricing.hangUp,
        'a connection closed half-way': pricing.breakOff,
      }
      for (const [what, reaction] of Object.entries(failures)) {
        service.react(reaction)
        const answer = await quote(server, parcel, `the pricing service answers ${what}`)
        expect(answer, `the pricing service answers ${what}`).toHaveStatus(502)
        service.react(pricing.price(cents))
        const again = await quote(server, parcel, 'the pricing service is well again')
        expect(again, `the pricing service is well again after ${what}`).toHaveStatus(200)
        expect(again.body, `the pricing service said ${cents} cents`).toMatchObject({ cents })
      }
      await service.stop()
      const refused = await quote(server, parcel, 'the pricing service refuses the connection')
      expect(refused, 'the pricing service refuses the connection').toHaveStatus(502)
    },
  )

  test(named('C5 waits for a price that takes 0.2 seconds'), patient, async () => {
    const cents = submission.fresh.int(100, 90_000)
    const { server } = await withPricing(pricing.priceAfter(200, cents))
    const answer = await quote(server, await create(server), 'the price comes after 0.2 s')
    expect(answer).toHaveStatus(200)
    expect(answer.body, 'the price that came after 0.2 s').toMatchObject({ cents })
  })

  meanwhile(
    named('C5 answers a JSON 504 when the pricing service does not answer'),
    { waits: 1 },
    async () => {
      const { server } = await startOwn(pricing.silence)
      const answer = await quote(server, await create(server), 'the pricing service is silent')
      expect(answer, 'the pricing service is silent').toBeJsonError(504)
    },
  )

  // ---------------------------------------------------------------------------------------------- C6

  meanwhile(named('C6 shows no stack trace, no file path and no X-Powered-By'), async () => {
    const { server, service } = await startOwn()
    const { code } = await create(server)
    await service.stop()
    const folder = resolve(submission.file('.'))
    const others = [{ path: '/boom-async' }, { path: '/parcels/%E0%A4%A' }]
    for (const sending of [...allKinds(code), ...others]) {
      const answer = await sendLarge(server, sending)
      const what = `the ${answer.status} to ${answer.request}`
      expect(answer.headers['x-powered-by'], `X-Powered-By of ${what}`).toBeUndefined()
      if (answer.status < 400) continue
      // In JSON a stack's lines and quotes are escaped.
      const text = answer.text.replaceAll('\\n', '\n').replaceAll('\\"', '"')
      expect(findStack(text), `a stack trace in ${what}`).toBeUndefined()
      for (const trace of [folder, 'node_modules', 'file://', 'Traceback']) {
        expect(text.includes(trace) ? text : '', `"${trace}" in ${what}`).toBe('')
      }
    }
  })

  // ---------------------------------------------------------------------------------------------- C7

  test(named('C7 answers junk in paths, queries and bodies with anything but a 5xx'), async () => {
    const { server } = await withPricing()
    const parcel = await create(server)
    const victim = await create(server)
    const text = junkText.map((each) => encodeURIComponent(each.toWellFormed()))
    const code = fc.oneof(text, fc.constantFrom('%', '%E0%A4%A', '%2F', '..', 'a%00b', '%C0%80'))
    const body = junkJson(['to', 'weightG', 'status', 'code'])
    const type = fc.constantFrom(
      'application/json',
      'application/json; charset=x',
      'text/plain',
      '/',
    )
    const junk: fc.Arbitrary<Sending> = fc.oneof(
      code.map((each) => ({ path: `/parcels/${each}` })),
      code.map((each) => ({ path: `/parcels/${each}/quote` })),
      code.map((each) => ({ path: `/parcels?status=${each}&status[${each}]=${each}` })),
      body.map((each) => ({ method: 'POST', path: '/parcels', json: each })),
      body.map((each) => ({ method: 'PATCH', path: pathOf(victim.code), json: each })),
      fc.record({ type, body: junkBody }).map((each) => ({
        method: 'POST',
        path: '/parcels',
        headers: { 'Content-Type': each.type },
        body: each.body,
      })),
    )
    await survivesJunk(server, junk, {
      seed: submission.seed,
      healthy: () => expectParcel(server, parcel, 'after the junk'),
    })
    const deep = '['.repeat(50_000) + ']'.repeat(50_000)
    const nested = await server.send({
      method: 'POST',
      path: '/parcels',
      headers: json,
      body: deep,
    })
    expect(nested, 'an array in an array, 50,000 deep').toHaveStatus(400, 422)
    const codes = codesOf(await list(server))
    expect(codes, 'GET /parcels after the junk').toEqual(
      expect.arrayContaining(codesOf([parcel, victim])),
    )
  })

  test(named('C7 takes 102400 bytes and not one more, also without a Content-Length'), async () => {
    const server = await commonServer()
    const listed = await listNew(server)
    const post = { method: 'POST', path: '/parcels' }
    const chunked = { ...json, 'Transfer-Encoding': 'chunked' }
    for (const headers of [json, chunked]) {
      const how = headers === chunked ? 'without Content-Length' : 'with Content-Length'
      const full = await sendLarge(server, { ...post, headers, body: padded(LIMIT) })
      expect(full, `${LIMIT} bytes ${how}`).toHaveStatus(201)
      const more = await sendLarge(server, { ...post, headers, body: padded(LIMIT + 1) })
      expect(more, `${LIMIT + 1} bytes ${how}`).toHaveStatus(413)
    }
    expect(await listed(), 'GET /parcels').toHaveLength(2)
  })

  // ---------------------------------------------------------------------------------------------- C8

  meanwhile(
    named('C8 answers 504 when the price stops half-way or drips in'),
    { waits: 1 },
    async () => {
      const { server, service } = await startOwn()
      const parcel = await create(server)
      const slow = { 'stops half-way': pricing.stall, 'drips in': pricing.drip }
      const waiting: [string, Promise<Answer>][] = []
      for (const [what, reaction] of Object.entries(slow)) {
        const before = service.asked.length
        service.react(reaction)
        const answer = quote(server, parcel, `the price ${what}`)
        answer.catch(() => {}) // until it is awaited below
        waiting.push([what, answer])
        await expect.poll(() => service.asked.length, { timeout: 15_000 }).toBeGreaterThan(before)
      }
      for (const [what, answer] of waiting) {
        expect(await answer, `the price ${what}`).toHaveStatus(504)
      }
      await expectNoneOpen(service)
    },
  )

  meanwhile(
    named('C8 gives up 200 slow quotes for good, and serves others meanwhile'),
    { waits: 2 },
    async () => {
      const { server, service } = await startOwn(pricing.silence)
      const parcel = await create(server)
      const path = `${pathOf(parcel.code)}/quote`
      const outcomes = submission.fresh.list(200, () =>
        server.send({ path }).then(
          (answer) => `${answer.status}`,
          (error: Error) => error.message,
        ),
      )
      await expect.poll(() => service.asked.length, { timeout: 15_000 }).toBeGreaterThan(0)
      const other = server.send({ path: pathOf(parcel.code), timeout: 10_000 })
      const { status } = await other.catch(() => ({ status: 'no answer within 10 s' }))
      expect(status, 'a GET of the parcel while 200 quotes wait').toBe(200)
      const different = [...new Set(await Promise.all(outcomes))]
      expect(different, 'what came of 200 quotes').toEqual(['504'])
      await expectNoneOpen(service)
    },
  )

  async function expectNoneOpen(service: pricing.Pricing): Promise<void> {
    const message =
      'requests that the pricing service still has open, after all quotes were answered'
    await expect.poll(() => service.open, { timeout: 15_000, interval: 20, message }).toBe(0)
  }

  return { common, create, expectParcel, list, listNew, pathOf, quote, startOwn }
}
