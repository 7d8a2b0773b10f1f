import fc from 'fast-check'
import type { Sending } from '../../harness/index.ts'
import {
  anyFields,
  type Depot,
  errorsOf,
  type Fields,
  formPage,
  goodFields,
  listPage,
  MESSAGES,
  messagePage,
  parcelPage,
} from './golden.ts'

export type Request =
  | { do: 'get'; path: string }
  | { do: 'other'; method: string; path: string }
  /** `after` follows the fields in the body: other values of the same, or fields that nobody asks for. */
  | { do: 'create'; fields: Fields; after?: Record<string, string> }
  | { do: 'show' | 'deliver'; id: number }

export type Wanted = { status: number; location?: string; html?: string }

const NO_SUCH_PAGE = { status: 404, html: messagePage('Not found', 'There is no such page.') }

/** What is sent for it. */
export function sendingOf(request: Request): Sending {
  if (request.do === 'get') return { path: request.path }
  if (request.do === 'other') return { method: request.method, path: request.path }
  if (request.do === 'show') return { path: `/parcels/${request.id}` }
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  if (request.do !== 'create') {
    return { method: 'POST', path: `/parcels/${request.id}/deliver`, headers, body: '' }
  }
  const fields = [...Object.entries(request.fields), ...Object.entries(request.after ?? {})]
  return { method: 'POST', path: '/parcels', headers, body: `${new URLSearchParams(fields)}` }
}

/** What the old server answers, and does. */
export function answerOf(depot: Depot, request: Request): Wanted {
  if (request.do === 'create') {
    const fields = { ...request.after, ...request.fields }
    const errors = errorsOf(fields)
    if (Object.keys(errors).length > 0) return { status: 422, html: formPage(fields, errors) }
    return { status: 303, location: `/parcels/${depot.create(fields).id}` }
  }
  if (request.do === 'other') return NO_SUCH_PAGE
  if (request.do === 'get') {
    if (request.path === '/') return { status: 302, location: '/parcels' }
    if (request.path === '/parcels/new') return { status: 200, html: formPage({}, {}) }
    const [path, query] = request.path.split('?')
    if (path !== '/parcels') return NO_SUCH_PAGE
    const status = new URLSearchParams(query).get('status') ?? undefined
    return { status: 200, html: listPage(depot.list(status), status) }
  }
  const { id } = request
  const parcel = depot.find(id)
  if (!parcel) return { status: 404, html: messagePage('Not found', MESSAGES.unknown(id)) }
  if (request.do === 'show') return { status: 200, html: parcelPage(parcel) }
  if (parcel.delivered) return { status: 409, html: messagePage('Conflict', MESSAGES.twice(id)) }
  parcel.delivered = true
  return { status: 303, location: `/parcels/${id}` }
}

const paths = fc.constantFrom(
  '/',
  '/parcels',
  '/parcels',
  '/parcels?status=waiting',
  '/parcels?status=delivered',
  '/parcels?status=lost',
  '/parcels?status=',
  '/parcels?status=constructor',
  '/parcels?status=delivered&status=waiting',
  '/parcels/new',
  '/parcels/0',
  '/parcels/01',
  '/parcels/-1',
  '/parcels/1.0',
  '/parcels/1e0',
  '/parcels/x',
  '/parcels/1/x',
  '/parcels/1/deliver',
  '/parcels/1234567890',
  '/nothing',
  '/parcels/',
  '/Parcels',
)

const others = fc.constantFrom(
  ...['/', '/parcels', '/parcels/new', '/parcels/1'].flatMap((path) =>
    ['PUT', 'PATCH', 'DELETE'].map((method) => ({ method, path })),
  ),
  { method: 'POST', path: '/' },
  { method: 'POST', path: '/parcels/new' },
  { method: 'POST', path: '/parcels/1' },
  { method: 'PUT', path: '/parcels/1/deliver' },
)
const after = fc.constantFrom<Record<string, string>>(
  {},
  { recipient: 'Zoe' },
  { city: '' },
  { weight: '12' },
  { id: '9', delivered: 'true' },
)
const id = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(999_999_999) },
)

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ do: fc.constant('get' as const), path: paths }),
  others.map((one) => ({ do: 'other' as const, ...one })),
  fc.record({ do: fc.constant('create' as const), fields: goodFields }),
  fc.record({ do: fc.constant('create' as const), fields: fc.oneof(anyFields, goodFields), after }),
  fc.record({ do: fc.constant('show' as const), id }),
  fc.record({ do: fc.constant('deliver' as const), id }),
)

export const requests = fc.array(request, { maxLength: 14, size: 'max' })
