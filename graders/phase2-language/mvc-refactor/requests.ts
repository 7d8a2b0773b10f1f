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
  | { do: 'create'; fields: Fields }
  | { do: 'show' | 'deliver'; id: number }

export type Wanted = { status: number; location?: string; html?: string }

/** What is sent for it. */
export function sendingOf(request: Request): Sending {
  if (request.do === 'get') return { path: request.path }
  if (request.do === 'show') return { path: `/parcels/${request.id}` }
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const body = request.do === 'create' ? `${new URLSearchParams(request.fields)}` : ''
  const path = request.do === 'create' ? '/parcels' : `/parcels/${request.id}/deliver`
  return { method: 'POST', path, headers, body }
}

/** What the old server answers, and does. */
export function answerOf(depot: Depot, request: Request): Wanted {
  if (request.do === 'create') {
    const errors = errorsOf(request.fields)
    if (Object.keys(errors).length > 0) {
      return { status: 422, html: formPage(request.fields, errors) }
    }
    return { status: 303, location: `/parcels/${depot.create(request.fields).id}` }
  }
  if (request.do === 'get') {
    if (request.path === '/') return { status: 302, location: '/parcels' }
    if (request.path === '/parcels/new') return { status: 200, html: formPage({}, {}) }
    const [path, query] = request.path.split('?')
    if (path !== '/parcels') {
      return { status: 404, html: messagePage('Not found', 'There is no such page.') }
    }
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
  '/parcels?status=constructor',
  '/parcels?status=delivered&status=waiting',
  '/parcels/new',
  '/parcels/0',
  '/parcels/01',
  '/parcels/x',
  '/parcels/1/x',
  '/parcels/1/deliver',
  '/parcels/1234567890',
  '/nothing',
  '/parcels/',
)

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ do: fc.constant('get' as const), path: paths }),
  fc.record({ do: fc.constant('create' as const), fields: goodFields }),
  fc.record({ do: fc.constant('create' as const), fields: fc.oneof(anyFields, goodFields) }),
  fc.record({ do: fc.constant('show' as const), id: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant('deliver' as const), id: fc.integer({ min: 1, max: 4 }) }),
)

export const requests = fc.array(request, { maxLength: 14, size: 'max' })
