import fc from 'fast-check'
import type * as Controllers from '../../../solutions/phase2-language/mvc-refactor/src/controllers/parcels.ts'
import {
  anyFields,
  errorsOf,
  type Fields,
  formPage,
  listPage,
  messagePage,
  type Parcel,
  parcelPage,
  typed,
} from './golden.ts'

export type FakeCall = {
  handler: keyof Controllers.Controller
  request: { params: { id?: string }; query: Record<string, string>; body: Fields }
  /** What the model gives, or the name, the message and the errors of what it rejects with. */
  model: {
    gives?: Parcel | Parcel[]
    name?: 'Invalid' | 'NotFound' | 'Conflict' | 'TypeError'
    message: string
    errors: Fields
  }
}

type Reply = { status?: number; html?: string; location?: string; rejects?: string }
export type PlayedCall = { asked: unknown[]; reply: Reply }

/** Runs in the learner's process, so it uses nothing from here. */
export async function playController(
  { parcelsController }: typeof Controllers,
  calls: FakeCall[],
): Promise<PlayedCall[]> {
  // All controllers first, and then all handlers: what they share by mistake is wrong for all but one.
  const ready = calls.map(({ handler, request, model }) => {
    const asked: unknown[] = []
    const thrown = Object.assign(new Error(model.message), {
      name: model.name,
      errors: model.errors,
    })
    const answer = (name: string) => async (given: unknown) => {
      asked.push([name, given])
      if (model.gives === undefined) throw thrown
      return structuredClone(model.gives)
    }
    const fake = {
      create: answer('create'),
      find: answer('find'),
      list: answer('list'),
      deliver: answer('deliver'),
    } as unknown as Controllers.Model
    const controller = parcelsController(fake)
    return async (): Promise<PlayedCall> => {
      try {
        const given = (await controller[handler](request as Controllers.Request)) as Reply
        const { status, html, location } = given
        const reply = { status, ...(html !== undefined && { html }), ...(location && { location }) }
        return { asked, reply }
      } catch (error) {
        const rejects = error === thrown ? 'the error of the model' : `${error}`
        return { asked, reply: { rejects } }
      }
    }
  })
  return structuredClone(await Promise.all(ready.map((play) => play())))
}

/** What the rules say. */
export function wantedReply({ handler, request, model }: FakeCall): PlayedCall {
  const { gives, name, message, errors } = model
  if (handler === 'form') return { asked: [], reply: { status: 200, html: formPage({}, {}) } }
  const { recipient = '', city = '', weight = '' } = request.body
  const values = { recipient, city, weight }
  const { status } = request.query
  const known = status === 'waiting' || status === 'delivered' ? status : undefined
  const id = Number(request.params.id)
  const asked = {
    create: ['create', values],
    index: ['list', known],
    show: ['find', id],
    deliver: ['deliver', id],
  }[handler]
  return { asked: [asked], reply: reply() }

  function reply(): Reply {
    if (gives === undefined) {
      if (handler === 'create' && name === 'Invalid') {
        return { status: 422, html: formPage(values, errors) }
      }
      if (name === 'NotFound') return { status: 404, html: messagePage('Not found', message) }
      if (name === 'Conflict') return { status: 409, html: messagePage('Conflict', message) }
      return { rejects: 'the error of the model' }
    }
    if (handler === 'index') return { status: 200, html: listPage(gives as Parcel[], known) }
    const parcel = gives as Parcel
    if (handler === 'show') return { status: 200, html: parcelPage(parcel) }
    return { status: 303, location: `/parcels/${parcel.id}` }
  }
}

const parcel = fc.record(
  {
    id: fc.integer({ min: 1, max: 99 }),
    recipient: typed,
    city: typed,
    weightG: fc.integer({ min: 1, max: 30_000 }),
    delivered: fc.boolean(),
  },
  { noNullPrototype: true },
)

const empty = { params: {}, query: {}, body: {} }

function call(
  handler: FakeCall['handler'],
  request: fc.Arbitrary<Partial<FakeCall['request']>>,
  gives: fc.Arbitrary<Parcel | Parcel[]>,
  names: FakeCall['model']['name'][],
): fc.Arbitrary<FakeCall> {
  return fc
    .record({
      request,
      gives: fc.option(gives, { nil: undefined, freq: 2 }),
      name: fc.constantFrom(...names),
      message: typed,
      errors: anyFields.map((fields) => ({ weight: 'No.', ...errorsOf(fields) })),
    })
    .map(({ request, gives, name, message, errors }) => {
      const model = gives === undefined ? { name, message, errors } : { gives, message, errors }
      return { handler, request: { ...empty, ...request }, model }
    })
}

const params = fc.record({ id: fc.constantFrom('1', '7', '123456789') }, { noNullPrototype: true })

/** The same call, of a model that gives the parcel that is asked for. */
function ofItsId(call: FakeCall): FakeCall {
  const { gives, ...model } = call.model
  if (gives === undefined) return call
  return {
    ...call,
    model: { gives: { ...(gives as Parcel), id: Number(call.request.params.id) }, ...model },
  }
}

/** Calls of all handlers, on models that give something or reject. */
export const fakeCalls: fc.Arbitrary<FakeCall> = fc.oneof(
  call(
    'index',
    fc
      .constantFrom({}, { status: 'waiting' }, { status: 'delivered' }, { status: 'lost' })
      .map((query) => ({ query: query as Record<string, string> })),
    fc.array(parcel, { maxLength: 3 }),
    ['TypeError'],
  ),
  call('form', fc.constant({}), parcel, ['TypeError']),
  call(
    'create',
    fc
      .record({ body: anyFields, more: fc.constantFrom<Fields>({}, { id: '9' } as Fields) })
      .map(({ body, more }) => ({ body: { ...more, ...body } })),
    parcel,
    ['Invalid', 'Invalid', 'TypeError'],
  ),
  call(
    'show',
    params.map((one) => ({ params: one })),
    parcel,
    ['NotFound', 'TypeError'],
  ).map(ofItsId),
  call(
    'deliver',
    params.map((one) => ({ params: one })),
    parcel,
    ['NotFound', 'Conflict', 'TypeError'],
  ).map(ofItsId),
)
