import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type * as Controllers from '../../../solutions/phase2-language/mvc-refactor/src/controllers/parcels.ts'
import type * as Models from '../../../solutions/phase2-language/mvc-refactor/src/models/parcels.ts'
import type * as Views from '../../../solutions/phase2-language/mvc-refactor/src/views/parcels.ts'
import {
  expectFacts,
  forAll,
  openSubmission,
  postgres,
  proxy,
  requireService,
  type Sending,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'
import { type FakeCall, fakeCalls, type PlayedCall, playController, wantedReply } from './fakes.ts'
import {
  anyFields,
  Depot,
  errorsOf,
  type Fields,
  formPage,
  goodFields,
  HOSTILE,
  listPage,
  MESSAGES,
  messagePage,
  normal,
  type Parcel,
  parcelPage,
  typed,
} from './golden.ts'
import { guardOf, ownHandlers } from './guard.ts'
import { circle, FORBIDDEN, forbiddenImports, reached, readImports } from './imports.ts'
import { answerOf, type Request, requests, sendingOf } from './requests.ts'

const submission = openSubmission(import.meta)

const database = shared(async () => {
  const db = await postgres()
  const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
  await db.query(readFileSync(schema, 'utf8'))
  return db
})
/** Where modules find the database: those that look for one of their own look for DATABASE_URL. */
const GIVEN = 'GIVEN_DATABASE'
const startServer = sharedUntilFailure(
  async () => submission.startServer({ env: { DATABASE_URL: (await database()).url } }),
  (server) => server.kill(),
)
const loadModel = sharedUntilFailure(
  async () => {
    const services = { [GIVEN]: (await database()).url, ...guardOf('src/models/') }
    const model = await submission.loadModule<typeof Models>('src/models/parcels.ts', { services })
    await model.evaluate((_, given) => {
      const { createRequire } = process.getBuiltinModule('node:module')
      const { Pool } = createRequire(process.argv[2]!)('pg')
      const pool = new Pool({ connectionString: process.env[given], max: 2 })
      Object.assign(globalThis, { pool })
    }, GIVEN)
    return model
  },
  (subject) => subject.kill(),
)
const loadViews = sharedUntilFailure(
  () =>
    submission.loadModule<typeof Views>('src/views/parcels.ts', {
      services: guardOf('src/views/'),
    }),
  (subject) => subject.kill(),
)
const loadController = sharedUntilFailure(
  () =>
    submission.loadModule<typeof Controllers>('src/controllers/parcels.ts', {
      services: guardOf('src/controllers/'),
    }),
  (subject) => subject.kill(),
)

async function empty(): Promise<void> {
  requireService('postgres')
  await (await database()).query('truncate parcels restart identity')
}

const OLD = 'Each request is answered as by the old server.'
const FAILS = "The request gets the old server's page with 500, and the server goes on."
const WAY =
  'The five routes are answered by the handlers of parcelsController, with a model on your database.'

test('C1 answers as the old server does, in 60 random programs of requests', async () => {
  await forAll(submission.fresh, requests, 60, async (...programs) => {
    for (const program of programs) await expectAnswers(program)
  })
})

async function expectAnswers(program: Request[]): Promise<void> {
  await empty()
  const server = await startServer()
  const depot = new Depot()
  const before: string[] = []
  for (const request of program) {
    const sending = sendingOf(request)
    const wanted = answerOf(depot, request)
    const answer = await server.send(sending)
    before.push(`  ${told(sending)}`)
    const facts = {
      'the status': answer.status,
      Location: answer.headers.location,
      'the page': wanted.html === undefined ? undefined : normal(answer.text),
      'the Content-Type': wanted.html === undefined ? undefined : contentType(answer.headers),
    }
    const when = `of the last of these requests, on an empty table. ${OLD}\n${before.join('\n')}\n`
    const right = {
      'the status': wanted.status,
      Location: wanted.location,
      'the page': wanted.html === undefined ? undefined : normal(wanted.html),
      'the Content-Type': wanted.html === undefined ? undefined : 'text/html;charset=utf-8',
    }
    expectFacts(facts, right, when)
  }
}

test('C1 answers 500 with the page of an error while the database fails, and goes on', async () => {
  await empty()
  const db = await database()
  // A server of its own, for what it prints about the failure would stand below other failures.
  const server = await submission.startServer({ env: { DATABASE_URL: db.url } })
  const create = {
    do: 'create' as const,
    fields: { recipient: 'Ann', city: 'Lima', weight: '7' },
  }
  const all: Request[] = [
    { do: 'get', path: '/parcels' },
    create,
    { do: 'show', id: 1 },
    { do: 'deliver', id: 1 },
  ]
  await db.query('alter table parcels rename to elsewhere')
  try {
    for (const request of all) {
      const sending = sendingOf(request)
      const answer = await server.send(sending)
      const facts = {
        'the status': answer.status,
        'the page': normal(answer.text),
        'the Content-Type': contentType(answer.headers),
      }
      const right = {
        'the status': 500,
        'the page': normal(messagePage('Error', 'Something went wrong.')),
        'the Content-Type': 'text/html;charset=utf-8',
      }
      const when = `of ${told(sending)}, where the database has no table any more. ${FAILS}\n`
      expectFacts(facts, right, when)
    }
  } finally {
    await db.query('alter table elsewhere rename to parcels')
  }
  const { status } = await server.send(sendingOf(create))
  const when = `of POST /parcels, once the database works again. ${FAILS}\n`
  expectFacts({ 'the status': status }, { 'the status': 303 }, when)
})

test('C1 has its routes answered by the handlers of parcelsController, on its database', async () => {
  await empty()
  const db = await database()
  const env = { DATABASE_URL: db.url, ...ownHandlers() }
  const server = await submission.startServer({ env })
  const parcel = { id: 1, recipient: 'Ann', city: 'Lima', weightG: 7, delivered: false }
  const fields = { recipient: 'Ann', city: 'Lima', weight: '7' }
  const wrong = { ...fields, weight: '0' }
  const routes: [Request, handler: string, given: object, gives: unknown][] = [
    [{ do: 'get', path: '/parcels/new' }, 'form', {}, null],
    [{ do: 'create', fields }, 'create', { body: fields }, parcel],
    [{ do: 'create', fields: wrong }, 'create', { body: wrong }, { rejects: 'Invalid' }],
    [
      { do: 'get', path: '/parcels?status=waiting' },
      'index',
      { query: { status: 'waiting' } },
      [parcel],
    ],
    [{ do: 'show', id: 1 }, 'show', { params: { id: '1' } }, parcel],
    [{ do: 'show', id: 2 }, 'show', { params: { id: '2' } }, { rejects: 'NotFound' }],
    [{ do: 'deliver', id: 1 }, 'deliver', { params: { id: '1' } }, { ...parcel, delivered: true }],
    [{ do: 'deliver', id: 1 }, 'deliver', { params: { id: '1' } }, { rejects: 'Conflict' }],
  ]
  for (const [request, handler, given, gives] of routes) {
    const sending = sendingOf(request)
    const answer = await server.send(sending)
    const seen = jsonOf(answer.text)
    const facts = {
      'the handler that answers': seen?.handler,
      'what it was given': partOf(seen, given),
      'what its model gives': partOf(seen?.gives, gives),
    }
    const right = {
      'the handler that answers': handler,
      'what it was given': given,
      'what its model gives': gives,
    }
    const when = `for ${told(sending)}, with handlers of the grader in the place of those in src/controllers/parcels.ts. ${WAY}\n`
    expectFacts(facts, right, when)
  }
})

function jsonOf(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Of something, what something else has too: answers may have more. */
function partOf(seen: any, like: unknown): unknown {
  if (Array.isArray(like) && Array.isArray(seen))
    return seen.map((one, at) => partOf(one, like[at]))
  if (typeof like !== 'object' || !like || typeof seen !== 'object' || !seen) return seen
  return Object.fromEntries(
    Object.entries(like).map(([name, value]) => [name, partOf(seen[name], value)]),
  )
}

function told({ method = 'GET', path, body = '' }: Sending): string {
  return `${method} ${path} ${body}`.trimEnd()
}

function contentType(headers: Record<string, unknown>): string {
  return String(headers['content-type']).toLowerCase().replaceAll(/[\s"]/g, '')
}

type Call =
  | { do: 'create'; fields: Required<Fields> }
  | { do: 'find' | 'deliver'; id: number }
  | { do: 'list'; status?: 'waiting' | 'delivered' }

const wholeFields = anyFields.map((fields): Required<Fields> => {
  return { recipient: '', city: '', weight: '', ...fields }
})
const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('create' as const), fields: goodFields }),
    fc.record({ do: fc.constant('create' as const), fields: fc.oneof(goodFields, wholeFields) }),
    fc.record({
      do: fc.constantFrom('find' as const, 'deliver' as const),
      id: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record(
      { do: fc.constant('list' as const), status: fc.constantFrom('waiting', 'delivered') },
      { requiredKeys: ['do'], noNullPrototype: true },
    ) as fc.Arbitrary<Call>,
  ),
  { maxLength: 16, size: 'max' },
)

/** What the model is to give, or how it is to reject. */
function modelGives(depot: Depot, call: Call): unknown {
  if (call.do === 'create') {
    const errors = errorsOf(call.fields)
    if (Object.keys(errors).length > 0) return { rejects: 'Invalid', errors }
    return { ...depot.create(call.fields) }
  }
  if (call.do === 'list') return depot.list(call.status).map((parcel) => ({ ...parcel }))
  const parcel = depot.find(call.id)
  if (!parcel) return { rejects: 'NotFound', message: MESSAGES.unknown(call.id) }
  if (call.do === 'deliver') {
    if (parcel.delivered) return { rejects: 'Conflict', message: MESSAGES.twice(call.id) }
    parcel.delivered = true
  }
  return { ...parcel }
}

test('C2 keeps, finds, lists and delivers parcels in PostgreSQL, in 60 random programs', async () => {
  await forAll(submission.fresh, calls, 60, async (...programs) => {
    for (const program of programs) {
      await empty()
      const model = await loadModel()
      const seen = await model.evaluate(async (module, program) => {
        const { create, find, list, deliver } = module
        const { pool } = globalThis as { pool?: any }
        const db = { query: (...given: unknown[]) => pool.query(...given) }
        const fields = ({ id, recipient, city, weightG, delivered }: any) => {
          return { id, recipient, city, weightG, delivered }
        }
        const gave: unknown[] = []
        for (const call of program) {
          try {
            if (call.do === 'create') gave.push(fields(await create(db, { ...call.fields })))
            else if (call.do === 'list') gave.push((await list(db, call.status)).map(fields))
            else gave.push(fields(await (call.do === 'find' ? find : deliver)(db, call.id)))
          } catch (error: any) {
            const { name, message, errors } = error ?? {}
            if (!(error instanceof Error)) gave.push(`no Error: ${error}`)
            else if (name === 'Invalid') gave.push({ rejects: name, errors: { ...errors } })
            else gave.push({ rejects: name, message })
          }
        }
        return gave
      }, program)
      const depot = new Depot()
      const before: string[] = []
      for (const [at, call] of program.entries()) {
        const given =
          call.do === 'create' ? call.fields : call.do === 'list' ? call.status : call.id
        before.push(`  ${call.do}(db, ${code(given)})`)
        const fact = 'what the last call gives'
        const when = `in\n${before.join('\n')}\n`
        expectFacts({ [fact]: seen?.[at] }, { [fact]: modelGives(depot, call) }, when)
      }
      const { rows } = await (await database()).query(
        'select id, recipient, city, weight_g, delivered_at is not null as delivered from parcels order by id',
      )
      const kept = 'the rows of the table'
      const right = depot.parcels.map(({ weightG, ...rest }) => ({ ...rest, weight_g: weightG }))
      expectFacts({ [kept]: rows }, { [kept]: right }, `after\n${before.join('\n')}\n`)
    }
  })
})

test('C2 delivers once where it is called twice at the same time', async () => {
  await empty()
  const model = await loadModel()
  const seen = await model.evaluate(async ({ deliver }) => {
    const { pool } = globalThis as { pool?: any }
    const outcome = async (work: Promise<unknown>) => {
      return work.then(
        () => 'resolves',
        (error) => `rejects with ${error?.name}`,
      )
    }
    const all: string[][] = []
    // Once for each gap after a statement of the first call: there the second one runs.
    for (let gap = 1; gap < 10; gap++) {
      const text = "insert into parcels (recipient, city, weight_g) values ('', '', 1) returning id"
      const [{ id }] = (await pool.query(text)).rows
      let second: Promise<string> | undefined
      const secondDb = { query: (...given: unknown[]) => ask(given) }
      let asking = 0
      const ask = async (given: unknown[]) => {
        asking += 1
        return pool.query(...given).finally(() => {
          asking -= 1
        })
      }
      let asked = 0
      const query = async (...given: unknown[]) => {
        const answer = await pool.query(...given)
        asked += 1
        if (asked !== gap) return answer
        let over = false
        second = outcome(deliver(secondDb, id)).finally(() => {
          over = true
        })
        // It may wait for the first one; then it asks for nothing.
        for (let quiet = 0; !over && quiet < 50; quiet = asking > 0 ? 0 : quiet + 1) {
          await new Promise((resolve) => setImmediate(resolve))
        }
        return answer
      }
      const first = await outcome(deliver({ query }, id))
      if (!second) break
      all.push([first, await second].sort())
    }
    return all
  }, undefined)
  for (const [at, two] of (seen ?? []).entries()) {
    const fact = 'what two calls of deliver(db, id) give'
    const when = `where the second one runs after statement ${at + 1} of the first\n`
    expectFacts({ [fact]: two }, { [fact]: ['rejects with Conflict', 'resolves'] }, when)
  }
})

const parcel: fc.Arbitrary<Parcel> = fc.record(
  {
    id: fc.integer({ min: 1, max: 999 }),
    recipient: typed,
    city: typed,
    weightG: fc.integer({ min: 1, max: 30_000 }),
    delivered: fc.boolean(),
  },
  { noNullPrototype: true },
)

const anyErrors = fc.record(
  { recipient: typed, city: typed, weight: typed },
  { requiredKeys: [], noNullPrototype: true },
)

type Shown = { view: keyof typeof Views; data: any }

const shown: fc.Arbitrary<Shown> = fc.oneof(
  fc.record({
    view: fc.constant('listPage' as const),
    data: fc.record(
      {
        parcels: fc.array(parcel, { maxLength: 3 }),
        status: fc.constantFrom('waiting', 'delivered'),
      },
      { requiredKeys: ['parcels'], noNullPrototype: true },
    ),
  }),
  fc.record({
    view: fc.constant('formPage' as const),
    data: fc.record({ values: anyFields, errors: anyErrors }, { noNullPrototype: true }),
  }),
  fc.record({
    view: fc.constant('parcelPage' as const),
    data: fc.record({ parcel }, { noNullPrototype: true }),
  }),
  fc.record({
    view: fc.constant('messagePage' as const),
    data: fc.record(
      { title: fc.constantFrom('Gone', ...HOSTILE), message: typed },
      { noNullPrototype: true },
    ),
  }),
)

function goldenPage({ view, data }: Shown): string {
  if (view === 'listPage') return listPage(data.parcels, data.status)
  if (view === 'formPage') return formPage(data.values, data.errors)
  if (view === 'parcelPage') return parcelPage(data.parcel)
  return messagePage(data.title, data.message)
}

test('C3 returns the pages of the old server for 400 random data, twice the same', async () => {
  await forAll(submission.fresh, shown, 400, async (...list) => {
    const seen = await (await loadViews()).evaluate((views, list) => {
      return list.map(({ view, data }) => {
        const copy = structuredClone(data)
        const show = (given: any) => {
          try {
            const text: unknown = (views[view] as (data: any) => unknown)(given)
            return typeof text === 'string'
              ? text
              : `no text, but ${Object.prototype.toString.call(text)}`
          } catch (error) {
            return `it threw ${error}`
          }
        }
        const once = show(data)
        const changed = JSON.stringify(data) !== JSON.stringify(copy)
        return { once, twice: show(copy), changed }
      })
    }, list)
    for (const [at, one] of list.entries()) {
      const { once, twice, changed } = seen?.[at] ?? {}
      const page = normal(goldenPage(one))
      const facts = {
        'the page': once === undefined ? undefined : normal(once),
        'the same page once more': twice === undefined ? undefined : normal(twice),
        'whether the data was changed': changed,
      }
      const wanted = {
        'the page': page,
        'the same page once more': page,
        'whether the data was changed': false,
      }
      const when = `of ${one.view}(${code(one.data)}). Views return the page of the old server, and escape each text.\n`
      expectFacts(facts, wanted, when)
    }
  })
})

async function expectReplies(list: FakeCall[]): Promise<void> {
  const seen = await (await loadController()).evaluate(playController, list)
  for (const [at, call] of list.entries()) {
    const { handler, request, model } = call
    const played = seen?.[at]
    const wanted = wantedReply(call)
    const among = list.length > 1 ? `, among ${list.length} calls at the same time` : ''
    const does = model.gives
      ? `gives ${code(model.gives)}`
      : `rejects with an Error named '${model.name}'`
    const when = `for ${handler}(${code(request)})${among}, with a model of the grader that ${does}\n`
    expectFacts(factsOf(played), factsOf(wanted), when)
  }
}

function factsOf(played: PlayedCall | undefined) {
  const { rejects, status, location, html } = played?.reply ?? {}
  return {
    'what the model is asked': played?.asked,
    'what the handler rejects with': rejects,
    'the status': status,
    'the location': location,
    'the page': typeof html === 'string' ? normal(html) : html,
  }
}

test('C4 asks the model that it was given and replies as the old server, in 300 random calls', async () => {
  await forAll(submission.fresh, fakeCalls, 300, (...list) => expectReplies(list))
})

for (const { folder, rule, not } of FORBIDDEN) {
  test(`C5 has no forbidden import in ${folder}`, async () => {
    const imports = await readImports(submission)
    const found = forbiddenImports(imports, folder, not)
    expect(found, `${rule} Those that are there, directly or by way of others`).toEqual([])
  })
}

test('C5 has controllers that take their pages from src/views', async () => {
  const found = reached(await readImports(submission), ['src/controllers/parcels.ts'])
  const rule = 'The pages come from src/views/. What src/controllers/parcels.ts imports'
  expect(found.some((file) => file.startsWith('src/views/')) ? 'views' : found, rule).toBe('views')
})

test('C5 has no circle of imports', async () => {
  const found = circle(await readImports(submission))
  expect(found, 'No file imports itself by way of others. The circle that is there').toBe(undefined)
})

test('C6 sends nothing to PostgreSQL from a controller with a model of the grader', async () => {
  requireService('postgres')
  const between = await proxy((await database()).url)
  const subject = await submission.loadModule<typeof Controllers>('src/controllers/parcels.ts', {
    services: { DATABASE_URL: between.url },
  })
  const list = fc.sample(fakeCalls, { seed: submission.fresh.int(0, 2 ** 31 - 1), numRuns: 60 })
  const statements = await between.during(async () => {
    await subject.evaluate(playController, list)
  })
  const texts = [...new Set(statements.map(({ text }) => text))]
  const rule =
    'A controller asks the model it was given. The statements that reached PostgreSQL meanwhile'
  expect(texts, rule).toEqual([])
})
