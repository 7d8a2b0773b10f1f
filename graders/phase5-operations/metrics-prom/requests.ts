// Requests of every kind, and what may be counted of each.
import type { Fresh, Sending } from '../../harness/index.ts'

/** What the answer and the labels of a request may be. */
export type Kind = {
  request: Sending
  /** Statuses that the API may answer with. */
  statuses: number[]
  /** Kinds of routes that may be in its label. */
  routes: RouteKind[]
  /** The library may refuse it before the program sees it: then it need not be counted. */
  maybe?: boolean
  rule: string
}

export type RouteKind = 'all' | 'one' | 'label' | 'boom' | 'unknown'

/** How a pattern of each kind is described to a learner. */
export const PATTERNS: Record<RouteKind, string> = {
  all: '/parcels',
  one: '/parcels/:code (in any spelling)',
  label: '/parcels/:code/label (in any spelling)',
  boom: '/boom',
  unknown: '(your value for unknown paths)',
}

export const RULES = {
  every:
    'every request counts once, whatever its answer: `404`, `405`, `500`, malformed bodies, `HEAD`',
  method:
    '`method`: `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` and `OPTIONS` as they are; all other methods share one value',
  pattern: '`route`: the pattern of the path, with a placeholder for the code',
  noParcel: '`route` of a code that no parcel has: is the pattern too',
  unknown:
    '`route` of any path that the API does not have: is one value, not empty, and no pattern',
  status: '`status`: the three digits of the answer: `404`',
  aborted:
    'aborted: counts once, like any other; its `status` is `499`, `aborted` or any three digits',
  histogram: 'every request that is counted is observed once, under its `method` and `route`',
} as const

/** Without a slash at either end, which some frameworks leave out or put there. */
const bare = (route: string) => route.replace(/^\//, '').replace(/\/$/, '')

/** Whether a label's value can be the pattern of a kind; `unknown` is whatever is none of the others. */
export function isPattern(kind: RouteKind, route: string): boolean {
  const text = bare(route)
  const below = /^parcels\/(.+)$/.exec(text)?.[1]
  switch (kind) {
    case 'all':
      return text === 'parcels'
    case 'boom':
      return text === 'boom'
    case 'one':
      return below !== undefined && !below.endsWith('/label')
    case 'label':
      return below !== undefined && /.\/label$/.test(below)
    case 'unknown':
      return (
        route !== '' &&
        !(['all', 'boom', 'one', 'label'] as const).some((other) => isPattern(other, route))
      )
  }
}

/** The path to a parcel. */
export const pathTo = (code: string) => `/parcels/${encodeURIComponent(code)}`

const NO_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])
const withBody = (method: string, path: string): Sending =>
  NO_BODY.has(method) ? { method, path } : { method, path, json: { size: 'M' } }

const either: RouteKind[] = ['unknown']
const NOT_THERE = [404, 405, 501]

/** Codes that are no parcel's. */
export const oddCodes = (fresh: Fresh) => [
  fresh.unique('PEL-'),
  String(fresh.int(1, 99_999)),
  'constructor',
  '__proto__',
  'toString',
  'label',
  'parcels',
  '%20',
  'Z%C3%BCrich',
  ':code',
  '%7Bcode%7D',
  'a'.repeat(90),
]

/** Paths that the API does not have. */
export const oddPaths = (fresh: Fresh) => [
  '/',
  '/nothing-here',
  '/favicon.ico',
  '/parcel',
  '/parcelsx',
  '/boom/x',
  '/metrics',
  '/parcels/x/labels',
  '/parcels/x/label/y',
  '/parcels/x/y/label',
  `/${fresh.unique()}`,
  `/${fresh.unique()}/${fresh.int(1, 9999)}`,
]

/** Requests that meet no parcel, or any: those of parcels stand with the program that knows some. */
export function oddRequests(fresh: Fresh): Kind[] {
  const { every, unknown, noParcel, pattern } = RULES
  const kinds: Kind[] = []
  const add = (kind: Kind) => kinds.push(kind)
  for (const code of oddCodes(fresh)) {
    const path = `/parcels/${code}`
    // Refused for its form, as the house rules allow.
    const none = [404, 400, 422]
    add({ request: { path }, statuses: none, routes: ['one'], rule: noParcel })
    if (fresh.oneIn(3)) {
      const request = { method: 'DELETE', path }
      add({ request, statuses: none, routes: ['one'], rule: noParcel })
    }
    if (fresh.oneIn(3)) {
      const request = { path: `${path}/label` }
      add({ request, statuses: none, routes: ['label'], rule: noParcel })
    }
  }
  for (const path of oddPaths(fresh)) {
    add({ request: { path }, statuses: [404], routes: ['unknown'], rule: unknown })
  }
  for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const request = withBody(method, fresh.pick(oddPaths(fresh)))
    add({ request, statuses: NOT_THERE, routes: ['unknown'], rule: unknown })
  }
  // Another method than the path has: the pattern, or the value for unknown paths.
  const others: [RouteKind, string, string[]][] = [
    ['all', '/parcels', ['PUT', 'PATCH', 'DELETE']],
    ['one', '/parcels/x', ['POST', 'PUT', 'PATCH']],
    ['label', '/parcels/x/label', ['POST', 'DELETE']],
    ['boom', '/boom', ['POST', 'DELETE', 'PATCH']],
  ]
  for (const [kind, path, methods] of others) {
    for (const method of methods) {
      const request = withBody(method, path)
      add({ request, statuses: NOT_THERE, routes: [kind, ...either], rule: every })
    }
    const options = { method: 'OPTIONS', path }
    add({
      request: options,
      statuses: [200, 204, ...NOT_THERE],
      routes: [kind, ...either],
      rule: RULES.method,
    })
  }
  const json = { 'Content-Type': 'application/json' }
  const bodies: [string, Record<string, string>][] = [
    ['{"size":', json],
    ['size=M', json],
    ['', json],
    ['[]', json],
    ['null', json],
    ['"M"', json],
    ['{}', json],
    ['{"size":"XL"}', json],
    ['{"size":7}', json],
    ['{"size":"m"}', json],
    ['{"size":"M"', { 'Content-Type': 'text/plain' }],
    ['<size>M</size>', { 'Content-Type': 'application/xml' }],
  ]
  for (const [body, headers] of bodies) {
    add({
      request: { method: 'POST', path: '/parcels', body, headers },
      statuses: [400, 415, 422],
      routes: ['all', ...either],
      rule: every,
    })
  }
  for (const tail of ['%zz', '%E0%A4%A', '%']) {
    add({
      request: { path: `/parcels/${tail}` },
      statuses: [400, 404],
      routes: ['one', ...either],
      maybe: true,
      rule: every,
    })
  }
  add({ request: { path: '/boom' }, statuses: [500], routes: ['boom'], rule: every })
  add({
    request: { path: `/boom?x=${fresh.int(1, 99)}` },
    statuses: [500],
    routes: ['boom'],
    rule: pattern,
  })
  add({
    request: { method: 'HEAD', path: '/boom' },
    statuses: [500],
    routes: ['boom'],
    rule: every,
  })
  add({
    request: { path: `/nothing?page=${fresh.int(1, 99)}` },
    statuses: [404],
    routes: ['unknown'],
    rule: unknown,
  })
  return kinds
}

/** Requests that a healthy client sends, of a parcel that is there. */
export function plainRequests(fresh: Fresh, code: string): Kind[] {
  const { every, pattern } = RULES
  const path = pathTo(code)
  return [
    { request: { path: '/parcels' }, statuses: [200], routes: ['all'], rule: pattern },
    {
      request: { path: `/parcels?page=${fresh.int(1, 99)}` },
      statuses: [200],
      routes: ['all'],
      rule: pattern,
    },
    {
      request: { method: 'HEAD', path: '/parcels' },
      statuses: [200],
      routes: ['all'],
      rule: every,
    },
    { request: { path }, statuses: [200], routes: ['one'], rule: pattern },
    { request: { method: 'HEAD', path }, statuses: [200], routes: ['one'], rule: every },
    { request: { path: `${path}?x=1` }, statuses: [200], routes: ['one'], rule: pattern },
    { request: { path: `${path}/label` }, statuses: [200], routes: ['label'], rule: pattern },
    {
      request: { path: `${path}/label?ms=${fresh.int(1, 5)}` },
      statuses: [200],
      routes: ['label'],
      rule: pattern,
    },
  ]
}

/** A parcel is made. */
export const making = (size: string): Kind => ({
  request: { method: 'POST', path: '/parcels', json: { size } },
  statuses: [201],
  routes: ['all'],
  rule: RULES.every,
})

export const deleting = (code: string): Kind => ({
  request: { method: 'DELETE', path: pathTo(code) },
  statuses: [204, 200],
  routes: ['one'],
  rule: RULES.every,
})
