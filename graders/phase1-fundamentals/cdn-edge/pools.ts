import fc from 'fast-check'
import type { Asked } from './edge.ts'
import { query } from './origin.ts'

const CONTROLS = [
  'max-age=600',
  'public, max-age=600',
  'Max-Age=600, must-revalidate',
  's-maxage=600',
  's-maxage=600, max-age=0',
  'max-age=600, s-maxage=0',
  'max-age=0',
  'no-store',
  'no-cache',
  'private',
  'private, max-age=600',
  'max-age=600, private',
  'no-store, max-age=600',
  'max-age=600, no-cache',
  'public',
]

export const DATE = 'Sun, 29 Nov 2026 09:00:00 GMT'

/** How the origin answers, as the query of a path. */
const answers = fc
  .record({
    'cache-control': fc.option(fc.constantFrom(...CONTROLS), { freq: 6, nil: undefined }),
    expires: fc.option(fc.constantFrom(600, -600), { freq: 1, nil: undefined }),
    status: fc.option(fc.constantFrom(301, 404, 500, 503), { freq: 1, nil: undefined }),
    'set-cookie': fc.option(fc.constantFrom('sid=1', 'theme=dark; Path=/'), {
      freq: 1,
      nil: undefined,
    }),
    vary: fc.option(fc.constantFrom('Accept-Language', 'X-Region', 'accept-language, x-region'), {
      freq: 1,
      nil: undefined,
    }),
    etag: fc.option(fc.constantFrom('v1', 'v2'), { freq: 1, nil: undefined }),
    'last-modified': fc.option(fc.constant(DATE), { freq: 1, nil: undefined }),
  })
  .map((all) => {
    const asked = Object.entries(all).filter(([, value]) => value !== undefined)
    const only = Object.fromEntries(asked) as Record<string, string | number>
    // Which of the two wins where an old Expires meets a max-age, no rule says.
    if (only['cache-control'] && only.expires === -600) delete only.expires
    return only
  })

const PATHS = ['/p', '/p', '/p', '/p/', '/P', '/a%2Fb', '/a/b', '/p%20q', '/caf%C3%A9', '/p.css']

/** One of a program's few resources: requests meet at them again and again. */
const resource = fc.record({
  path: fc.constantFrom(...PATHS),
  query: fc
    .tuple(answers, fc.constantFrom('', '', 'a=1&b=2', 'b=2&a=1'))
    .map(([answer, more]) => [query(answer).slice(1), more].filter(Boolean).join('&')),
})

const request = fc.record({
  resource: fc.nat({ max: 2 }),
  method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'POST'),
  host: fc.constantFrom('a.test', 'a.test', 'b.test'),
  headers: fc.record(
    {
      Authorization: fc.constantFrom('Bearer ada', 'Bearer grace'),
      'Accept-Language': fc.constantFrom('de', 'pt'),
      'X-Region': fc.constant('eu'),
      Cookie: fc.constantFrom('sid=ada', 'sid=grace'),
    },
    { requiredKeys: [] },
  ),
})

/** A program: requests by several users to several hosts, for three resources. */
export const program = fc
  .record({
    resources: fc.tuple(resource, resource, resource),
    requests: fc.array(request, { minLength: 2, maxLength: 14 }),
  })
  .map(({ resources, requests }) =>
    requests.map(({ resource, method, host, headers }): Asked => {
      const { path, query } = resources[resource]!
      const body = method === 'POST' ? { body: 'weight=7' } : {}
      return { method, host, headers, path: query ? `${path}?${query}` : path, ...body }
    }),
  )
