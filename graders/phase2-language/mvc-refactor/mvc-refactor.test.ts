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
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { code } from '../../harness/module-kit/code.ts'
import { type FakeCall, fakeCalls, playController, wantedReply } from './fakes.ts'
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
import { guardOf } from './guard.ts'
import { circle, FORBIDDEN, forbiddenImports, readImports } from './imports.ts'
import { answerOf, type Request, requests, sendingOf } from './requests.ts'

const submission = openSubmission(import.meta)

const database = shared(async () => {
  const db = await postgres()
  const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
  await db.query(readFileSync(schema, 'utf8'))
  return db
})
const startServer = sharedUntilFailure(
  async () => submission.startServer({ env: { DATABASE_URL: (await database()).url } }),
  (server) => server.kill(),
)
const loadModel = sharedUntilFailure(
  async () => {
    const services = { DATABASE_URL: (await database()).url, ...guardOf('src/models/') }
    return submission.loadModule<typeof Models>('src/models/parcels.ts', { services })
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
    before.push(`  ${sending.method ?? 'GET'} ${sending.path} ${sending.body ?? ''}`.trimEnd())
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
        const keep = globalThis as { pool?: any }
        if (!keep.pool) {
          const { createRequire } = process.getBuiltinModule('node:module')
          const { Pool } = createRequire(process.argv[2]!)('pg')
          keep.pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 2 })
        }
        const db = keep.pool
        const fields = ({ id, recipient, city, weightG, delivered }: any) => {
          return { id, recipient, city, weightG, delivered }
        }
        const gave: unknown[] = []
        for (const call of program) {
          try {
            if (call.do === 'create') gave.push(fields(await create(db, call.fields)))
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
        const { do: name, ...rest } = call
        before.push(`  ${name}(db, ${Object.values(rest).map(code).join('')})`)
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
    data: fc.record({ values: anyFields, errors: anyFields }, { noNullPrototype: true }),
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

async function expectReplies(load: typeof loadController, list: FakeCall[]): Promise<void> {
  const seen = await (await load()).evaluate(playController, list)
  for (const [at, call] of list.entries()) {
    const { handler, request, model } = call
    const played = seen?.[at]
    const wanted = wantedReply(call)
    const html = played?.reply?.html
    const facts = {
      'what the model is asked': played?.asked,
      'what the handler gives': played && {
        ...played.reply,
        ...(typeof html === 'string' && { html: normal(html) }),
      },
    }
    const right = {
      'what the model is asked': wanted.asked,
      'what the handler gives': {
        ...wanted.reply,
        ...(wanted.reply.html !== undefined && { html: normal(wanted.reply.html) }),
      },
    }
    const when = `for ${handler}(${code(request)}), with a model of the grader that ${model.gives ? `gives ${code(model.gives)}` : `rejects with an Error named '${model.name}'`}\n`
    expectFacts(facts, right, when)
  }
}

test('C4 asks the model that it was given and replies as the old server, in 300 random calls', async () => {
  await forAll(submission.fresh, fakeCalls, 300, (...list) => expectReplies(loadController, list))
})

for (const { folder, rule, not } of FORBIDDEN) {
  test(`C5 has no forbidden import in ${folder}`, async () => {
    const imports = await readImports(submission)
    const found = forbiddenImports(imports, folder, not)
    expect(found, `${rule} Those that are there, directly or by way of others`).toEqual([])
  })
}

test('C5 has no circle of imports', async () => {
  const found = circle(await readImports(submission))
  expect(found, 'No file imports itself by way of others. The circle that is there').toBe(undefined)
})

test('C6 sends nothing to PostgreSQL from a controller with a model of the grader', async () => {
  requireService('postgres')
  const between = await proxy((await database()).url)
  const load = async () =>
    submission.loadModule<typeof Controllers>('src/controllers/parcels.ts', {
      services: { DATABASE_URL: between.url },
    })
  const subject = await load()
  const list = fc.sample(fakeCalls, { seed: submission.fresh.int(0, 2 ** 31 - 1), numRuns: 60 })
  const statements = await between.during(async () => {
    await expectReplies(async () => subject, list)
  })
  const texts = [...new Set(statements.map(({ text }) => text))]
  const rule =
    'A controller asks the model it was given. The statements that reached PostgreSQL meanwhile'
  expect(texts, rule).toEqual([])
})
