import type { Answer } from '../http.ts'
import type { At, Operation } from './moves.ts'
import { type ModelRequest, type Outcome, refused, type Step } from './step.ts'

/** A path of the contract, and what the house rules must know to send odd requests to it. */
export type Route<State> = {
  /** An existing path; undefined where the state has none. */
  path(state: State, at: At): string | undefined
  /** The methods of the contract, HEAD among them where there is GET. */
  methods: string[]
  /** How the contract answers GET there. */
  get?(state: State, path: string): Outcome[] | undefined
  /** Methods with a JSON body, each with the text of a right one. */
  bodies?: Record<string, string>
  /** Headers that a request with a body needs there as well, such as If-Match. */
  headers?(state: State, path: string): Record<string, string>
}

/** Odd requests that every server must get right, and the rule of HOUSE-RULES.md for each. */
export const HOUSE = {
  unknownPath: 'a path that the README does not name | `404`',
  otherMethod: 'a path that the README names, with another method | `405` and `Allow`',
  otherCase: 'other letters | as the path itself, or `404`',
  trailingSlash: 'a slash at the end | as without it, a redirect to that, or `404`',
  escapes: 'a malformed percent escape, or `%00` | `400` or `404`, with any body',
  query: 'a parameter that the README does not name | is ignored',
  malformed: 'no JSON | `400`',
  emptyBody: 'empty, where JSON is asked for | `400`, `415` or `422`',
  noObject: 'JSON that is no object | `400` or `422`',
  contentType: "a `Content-Type` that is not JSON's | `400`, `415` or `422`",
  head: '`HEAD`, where there is `GET` | as `GET`, without the body',
} as const

export type HouseRule = keyof typeof HOUSE

/** Bodies that are no JSON at all. */
export const NOT_JSON = [
  '{',
  '{"size":"M"',
  'size=M',
  '{"size":M}',
  "{'size':'M'}",
  '{"size":"M"}}',
  '{"size":"M",}',
  'null null',
  '[',
  '"',
  'undefined',
]

/** JSON that is no object. */
export const NO_OBJECT = ['[]', 'null', '"M"', '7', 'true', '[{}]', '""', '0', 'false']

/** Types that are not JSON's, although some look like it. */
export const NOT_JSON_TYPES = [
  'text/plain',
  'text/plain; application/json',
  'application/jsonl',
  'application/x-www-form-urlencoded',
  'text/html',
  'application/octet-stream',
]

/** Types that are JSON's. */
export const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON',
]

/** Methods that every server library can receive. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** The names of an Allow header, however many headers it came in. */
export function allowOf({ headers }: Answer): string[] {
  const { allow } = headers as { allow?: string | string[] }
  return [allow ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((name) => name.trim().toUpperCase())
    .filter(Boolean)
}

/** `405` with a JSON error, and an Allow header that names at least these methods. */
export const notAllowed = (methods: string[]): Outcome => ({
  status: 405,
  also(answer) {
    const allow = allowOf(answer)
    const lacking = methods.filter((method) => method !== 'HEAD' && !allow.includes(method))
    if (lacking.length === 0) return undefined
    const { allow: came } = answer.headers
    const names = lacking.join(', ')
    return came === undefined
      ? `there is no Allow header; it must name ${names}`
      : `the Allow header must name ${names} as well, came ${JSON.stringify(came)}`
  },
})

export type HouseOptions<State> = {
  routes: Record<string, Route<State>>
  /** The check that each rule belongs to; a rule without a check is not looked at. */
  checks: Partial<Record<HouseRule, string>>
  /** The words of the README where it has its own for a rule. */
  words?: Partial<Record<HouseRule, string>>
  /** Statuses that the README has in place of the house rule's, where something is refused. */
  statuses?: Partial<Record<'malformed' | 'noObject' | 'emptyBody' | 'contentType', number[]>>
  /** The README asks for `405` to OPTIONS too. */
  refusesOptions?: boolean
  /** Methods that get no 405, or are not tried at all; TRACE and CONNECT never are. */
  skipMethods?: string[]
  /** Paths that must be unknown, beside made ones. */
  unknown?: string[]
}

/**
 * Returns operations that send what the house rules speak of to the routes of a contract. Nothing in
 * them changes the state.
 * @example operations: { ...own, ...houseRules({ routes, checks: { unknownPath: 'C5', malformed: 'C6' } }) }
 */
export function houseRules<State>(options: HouseOptions<State>): Record<string, Operation<State>> {
  const { routes, checks, words = {}, statuses = {} } = options
  const operations: Record<string, Operation<State>> = {}
  const names = Object.keys(routes)

  /** Adds an operation for a rule, where a check asks for it. */
  function add<Value>(
    rule: HouseRule,
    cases: Value[],
    plan: (
      state: State,
      value: Value,
      at: At,
    ) => { request: ModelRequest; outcomes: Outcome[] } | undefined,
  ): void {
    const check = checks[rule]
    if (!check || cases.length === 0) return
    operations[`house: ${rule}`] = {
      check,
      cases,
      plan(state, value: Value, at): Step | undefined {
        const planned = plan(state, value, at)
        if (!planned) return undefined
        return { ...planned, rule: words[rule] ?? HOUSE[rule] }
      },
    }
  }

  const pathOf = (name: string, state: State, at: At) => routes[name]!.path(state, at)
  const read = names.filter((name) => routes[name]!.get)
  const written = names.flatMap((route) =>
    Object.keys(routes[route]!.bodies ?? {}).map((method) => ({ route, method })),
  )
  const sent = names.filter((name) => routes[name]!.methods.length > 0)

  const unknown = options.unknown ?? ['/', '/nothing-here', '/favicon.ico', '/index.html', '/api']
  add(
    'unknownPath',
    [
      ...unknown.flatMap((path) =>
        ['GET', 'POST', 'DELETE'].map((method) => ({ path, method, route: undefined })),
      ),
      ...read.flatMap((route) =>
        ['x', '/nothing-here/x'].map((path) => ({ route, path, method: 'GET' })),
      ),
    ],
    (state, { path, route, method }, at) => {
      const known = route === undefined ? '' : pathOf(route, state, at)
      if (known === undefined) return undefined
      // Behind an id it makes another one, which may not have the form of an id.
      const isId = path === 'x' && known.lastIndexOf('/') > 0
      const outcomes = [isId ? refused(404, 400, 422) : refused(404)]
      return { request: { method, path: known + path }, outcomes }
    },
  )

  const skipped = new Set(options.skipMethods)
  add(
    'otherMethod',
    sent.flatMap((route) =>
      METHODS.filter(
        (method) => !routes[route]!.methods.includes(method) && !skipped.has(method),
      ).map((method) => ({ route, method })),
    ),
    (state, { route, method }, at) => {
      const path = pathOf(route, state, at)
      if (path === undefined) return undefined
      const json = ['POST', 'PUT', 'PATCH'].includes(method)
        ? (Object.values(routes[route]!.bodies ?? {})[0] ?? '{}')
        : undefined
      const outcomes = [notAllowed(routes[route]!.methods)]
      if (method === 'OPTIONS' && !options.refusesOptions)
        outcomes.push({ status: [200, 204], error: false, json: false })
      return { request: { method, path, json }, outcomes }
    },
  )

  add(
    'query',
    [
      ...read.map((route) => ({ route, query: '?x=1' })),
      ...read.map((route) => ({ route, query: '?' })),
    ],
    (state, { route, query }, at) => {
      const path = pathOf(route, state, at)
      const outcomes = path === undefined ? undefined : routes[route]!.get!(state, path)
      return outcomes && { request: { path: `${path}${query}` }, outcomes }
    },
  )

  add('otherCase', read, (state, route, at) => {
    const path = pathOf(route, state, at)
    const outcomes = path === undefined ? undefined : routes[route]!.get!(state, path)
    const [, first = ''] = path?.split('/') ?? []
    const other = `/${first.toUpperCase()}${path?.slice(first.length + 1)}`
    return outcomes && { request: { path: other }, outcomes: [...outcomes, refused(404)] }
  })

  const redirect: Outcome = { status: [301, 302, 307, 308], error: false, json: false }
  add('trailingSlash', read, (state, route, at) => {
    const path = pathOf(route, state, at)
    const outcomes = path === undefined ? undefined : routes[route]!.get!(state, path)
    return (
      outcomes && { request: { path: `${path}/` }, outcomes: [...outcomes, redirect, refused(404)] }
    )
  })

  // Some answer before the program itself sees the request, with a text of their own.
  const byItself: Outcome = { status: [400, 404], error: false, json: false }
  add(
    'escapes',
    read.flatMap((route) =>
      ['%zz', '%', '%E0%A4%A', '%00', '%ff'].map((tail) => ({ route, tail })),
    ),
    (state, { route, tail }, at) => {
      const path = pathOf(route, state, at)
      return path === undefined
        ? undefined
        : { request: { path: `${path}${tail}` }, outcomes: [byItself] }
    },
  )

  add('head', read, (state, route, at) => {
    const path = pathOf(route, state, at)
    const outcomes = path === undefined ? undefined : routes[route]!.get!(state, path)
    return (
      outcomes && {
        request: { method: 'HEAD', path: path! },
        outcomes: outcomes.map((one) => ({ ...one, json: one.body !== undefined })),
      }
    )
  })

  /** Adds bodies that are refused by every method that takes one. */
  function addBodies<Value>(
    rule: keyof typeof statuses,
    values: Value[],
    make: (value: Value, right: string) => Omit<ModelRequest, 'path' | 'method'>,
    ...usual: number[]
  ): void {
    add(
      rule,
      written.flatMap((to) => values.map((value) => ({ ...to, value }))),
      (state, { route, method, value }, at) => {
        const path = pathOf(route, state, at)
        if (path === undefined) return undefined
        const body = make(value, routes[route]!.bodies![method]!)
        const headers = { ...routes[route]!.headers?.(state, path), ...body.headers }
        return {
          request: { method, path, ...body, headers },
          outcomes: [refused(...(statuses[rule] ?? usual))],
        }
      },
    )
  }
  addBodies('malformed', NOT_JSON, (json) => ({ json }), 400)
  addBodies('noObject', NO_OBJECT, (json) => ({ json }), 400, 422)
  addBodies(
    'emptyBody',
    ['application/json', undefined],
    (type) => (type ? { headers: { 'Content-Type': type }, body: '' } : {}),
    400,
    415,
    422,
  )
  addBodies(
    'contentType',
    NOT_JSON_TYPES,
    (type, json) => ({ headers: { 'Content-Type': type }, json }),
    400,
    415,
    422,
  )
  return operations
}
