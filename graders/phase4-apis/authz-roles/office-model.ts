import type { ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  houseRules,
  type Operation,
  type Outcome,
  otherSpellings,
  outcomesOf,
  refused,
  type ServerModel,
  type Step,
} from '../../harness/model/index.ts'
import {
  isAllowed,
  isOfParcel,
  isWrite,
  MATRIX,
  ROLES,
  type Role,
  type Row,
  reach,
  rowOf,
} from './matrix.ts'
import { ALL, keyOf, MOVERS, makeOffice, makeSmallOffice, ROLE_SETS } from './people.ts'
import {
  type Asked,
  adding,
  type Body,
  bodyPools,
  cellOf,
  doneAs,
  listOf,
  pathOf,
  STATUSES,
  shownParcel,
  shownUser,
} from './requests.ts'
import { CLAIMS, EXTRAS, HEADERS, ODD_PATHS, QUERIES, spellings } from './tricks.ts'
import type { Office, Parcel, Person, World } from './world.ts'

/** The rules of the README, in its words. */
export const RULES = {
  unauthenticated: 'no token, or one that is malformed, expired or not signed so | `401`',
  nobody: 'a token whose `sub` is the id of no user | `401`',
  claims:
    'a role | counts if it stands in `user_roles`, and only there: what the token, another header, the query or the body says of roles changes nothing',
  noId: 'the matrix allows it for every parcel or user, and none has the id | `404`',
  noOwnId: 'the matrix allows it for own parcels, and none has the id | `403` or `404`',
  forbiddenId: '… and no parcel or user has the id | `403` or `404`',
  unknown:
    'a path that is not in the matrix | `404`; below `/admin` also `403`, and without a token also `401`',
  method:
    'another method on a path of the matrix | `405`; also `403`, and without a token also `401`',
  head: '`HEAD` | is answered as `GET` is, to the same callers',
  spelling:
    'the path in other letters, with a slash too many, or with letters as percent escapes | the same as the path itself, a redirect, `400`, `403`, `404` or `405`; never more than the path itself gives',
  override:
    '`X-HTTP-Method-Override` and the like | give a caller nothing that the matrix does not allow; they may be ignored, or refused with `400`, `403`, `404` or `405`',
  name: '`name` | a text of 1 to 60 characters',
  address: '`address` | a text of 1 to 100 characters',
  status: '`status` | `waiting`, `moving` or `delivered`; any may follow any',
  courierId:
    '`courierId` | the id of a user who has the role `courier`, as `GET /couriers` gives it; otherwise `400`, `404`, `409` or `422`',
  roles:
    '`roles` | an array of `customer`, `courier`, `dispatcher` and `admin`, or an empty one. A role that stands there twice counts once, or is refused',
  others:
    'any other field | sets nothing: it is ignored, or the request refused with `400` or `422`',
  lastAdmin: 'a `PUT /users/{id}/roles` after which nobody would be admin | `409`',
  otherAdmin: 'any other, of oneself too | is carried out',
} as const

/** An id that nobody and nothing has. */
const NO_ID = '999999999'
const MOST_PARCELS = 100
const MOST_USERS = 24

/** Of rows whose field another row has as well, these values must do. */
const TELLING =
  /^(missing|null|empty|blanks at both ends|an accent in two|\d+ (letters|emoji)$|an object$|an empty list|a list of two)/
const WHOLE = new Set([
  ...['PATCH /me', 'POST /parcels', 'PUT /parcels/{id}/status', 'PUT /users/{id}/roles'],
])

/** How a caller stands to a parcel. */
const RELATIONS = ['sends it', 'carries it', 'neither', 'both'] as const
type Relation = (typeof RELATIONS)[number]
function stands({ id }: Person, { customerId, courierId }: Parcel): Relation {
  if (customerId !== id) return courierId === id ? 'carries it' : 'neither'
  return courierId === id ? 'both' : 'sends it'
}

/** Whether it deletes a parcel or gives it away: then it is not one that others need. */
const takes = ({ method, path }: Row) => method === 'DELETE' || path.endsWith('/courier')

/** Statuses of a refusal that may also come from a router which knows no such path. */
const NOTHING_MORE: Outcome = {
  ...{ status: [301, 302, 303, 307, 308, 400, 403, 404, 405, 422], error: false, json: false },
}

/** Whether courierId is sent as a number or as a text: as the server gives ids. */
type Form = 'number' | 'string'

/** The contract of the office. */
export function officeModel(
  submission: Submission,
  world: World,
): ServerModel<Office> & { last?: Office } {
  const { fresh } = submission
  const { tokens } = world
  const makeNew = makeOffice(fresh)
  const pools = bodyPools(fresh, RULES)
  let form: Form = 'number'

  const people = ({ users }: Office) => [...users.values()]
  const byKey = (office: Office, key: string) => people(office).find((one) => one.key === key)
  const courierOf = (office: Office, at: At) =>
    at.pick(people(office).filter(({ roles, stays }) => stays && roles.includes('courier')))
  const courierBody = (id: string) => ({ courierId: form === 'number' ? Number(id) : id })

  /** What a row is asked about: a parcel that the caller stands to so, or a user whose roles may change. */
  function target(
    office: Office,
    row: Row,
    caller: Person,
    relation: Relation | undefined,
    at: At,
  ) {
    if (isOfParcel(row)) {
      const parcel = at.pick(
        [...office.parcels.values()].filter(
          (one) =>
            (relation === undefined || stands(caller, one) === relation) &&
            !(takes(row) && one.stays && isAllowed(row, caller, one)),
        ),
      )
      return parcel && { parcel }
    }
    if (!row.path.startsWith('/users/')) return {}
    // Who may not do it tries it on themselves.
    const user = isAllowed(row, caller)
      ? at.pick(people(office).filter(({ stays }) => !stays))
      : caller
    return user && { user }
  }

  /** An ordinary body of a row; of one that the matrix forbids, the most that it could do. */
  function bodyOf(office: Office, row: Row, caller: Person, at: At): Body | undefined {
    if (row.path.endsWith('/courier')) {
      const courier = courierOf(office, at)
      if (!courier) return undefined
      const keeps = { courierId: courier.id }
      return { json: JSON.stringify(courierBody(courier.id)), ok: 'yes', keeps, what: '' }
    }
    if (row.path.endsWith('/roles') && !isAllowed(row, caller)) {
      return {
        json: JSON.stringify({ roles: ROLES }),
        ok: 'yes',
        keeps: { roles: ROLES },
        what: '',
      }
    }
    const plain = pools[row.request]?.plain
    if (!plain) return undefined
    return at.pick(plain.map((body, index) => ({ ...body, key: String(index) })))
  }

  /** A request of the matrix by this caller, with an ordinary body or another. */
  function asking(
    office: Office,
    row: Row,
    caller: Person,
    at: At,
    options: { relation?: Relation; body?: Body; rule?: string } = {},
  ): (Step & { asked: Asked; allowed: boolean }) | undefined {
    const about = target(office, row, caller, options.relation, at)
    if (!about) return undefined
    const body = options.body ?? bodyOf(office, row, caller, at)
    if (row.method !== 'GET' && row.method !== 'DELETE' && !body) return undefined
    const asked: Asked = { row, caller, ...about, keeps: body?.keeps ?? {} }
    const allowed = isAllowed(row, caller, asked.parcel)
    return {
      ...{ asked, allowed },
      request: {
        ...{ method: row.method, path: pathOf(asked), headers: tokens.header(caller.id) },
        json: body?.json,
      },
      rule: options.rule ?? cellOf(row, caller),
      outcomes: allowed ? [doneAs(office, asked, at)] : [refused(403)],
    }
  }

  // ------------------------------------------------------------ C1, C3 and C7: the matrix

  const relationsOf = (row: Row, set: readonly Role[]): (Relation | undefined)[] => {
    if (!isOfParcel(row)) return [undefined]
    // Where both is to be had: parcels that are neither deleted nor given away.
    const isTold = set.includes('customer') || set.includes('courier')
    return RELATIONS.filter((one) => one !== 'both' || (isTold && !takes(row)))
  }
  type Cell = { row: Row; who: string; relation?: Relation; ordinary?: boolean }
  const cellsOf = (rows: readonly Row[], sets = ROLE_SETS): Cell[] =>
    rows.flatMap((row) =>
      sets.flatMap((set) =>
        relationsOf(row, set).map((relation) => ({
          ...{ row, who: keyOf(set), relation },
        })),
      ),
    )
  const SINGLE = ROLE_SETS.filter(({ length }) => length < 2)
  const ordinary = (who: string, request: string, relation?: Relation): Cell => ({
    ...{ row: rowOf(request), who, relation, ordinary: true },
  })
  const ask = (office: Office, { row, who, relation }: Cell, at: At) => {
    const caller = byKey(office, who)
    return caller && asking(office, row, caller, at, { relation })
  }
  /** Whether ordinary moves have made enough. */
  const isFull = ({ users, parcels }: Office, { row: { request }, ordinary }: Cell) =>
    ordinary &&
    ((request === 'POST /parcels' && parcels.size >= MOST_PARCELS) ||
      (request === 'POST /users' && users.size >= MOST_USERS))
  const isDenied = ({ row, who, relation }: Cell) => {
    const roles = ROLE_SETS.find((set) => keyOf(set) === who)!
    const caller = { id: '1', roles }
    return !isAllowed(row, caller, {
      customerId: relation === 'sends it' || relation === 'both' ? '1' : '2',
      courierId: relation === 'carries it' || relation === 'both' ? '1' : '2',
    })
  }

  const matrix: Record<string, Operation<Office>> = {
    cell: {
      check: 'C1',
      plain: [
        ordinary('customer', 'POST /parcels'),
        ordinary('customer and dispatcher', 'POST /parcels'),
        ordinary('customer', 'PATCH /parcels/{id}', 'sends it'),
        ordinary('courier', 'PUT /parcels/{id}/status', 'carries it'),
        ordinary('dispatcher', 'PUT /parcels/{id}/courier'),
        ordinary('admin', 'DELETE /parcels/{id}'),
        ordinary('admin', 'PUT /users/{id}/roles'),
        ordinary('courier and admin', 'POST /users'),
        ordinary('no role', 'PATCH /me'),
      ],
      cases: cellsOf(MATRIX),
      // Spare parcels may have run out when their turn comes.
      optional: true,
      plan: (office, cell: Cell, at) => (isFull(office, cell) ? undefined : ask(office, cell, at)),
    },
    deniedWrite: {
      check: 'C7',
      cases: cellsOf(MATRIX.filter(isWrite), SINGLE).filter(isDenied),
      plan: ask,
    },
    newRoles: {
      check: 'C3',
      cases: MOVERS.flatMap((who) => ROLE_SETS.map((roles) => ({ who, roles }))),
      plan(office, { who, roles }: { who: string; roles: readonly Role[] }, at) {
        const [caller, user] = [byKey(office, 'admin'), byKey(office, who)]
        if (!caller || !user) return undefined
        const row = rowOf('PUT /users/{id}/roles')
        const asked = { row, caller, user, keeps: { roles } }
        return {
          request: {
            ...{ method: 'PUT', path: pathOf(asked), headers: tokens.header(caller.id) },
            json: JSON.stringify({ roles }),
          },
          rule: row.rule,
          outcomes: [doneAs(office, asked, at)],
        }
      },
    },
    cellOfMover: {
      check: 'C3',
      cases: MOVERS.flatMap((who) => [...MATRIX, ...MATRIX].map((row) => ({ row, who }))),
      plan: ask,
    },
  }

  // ------------------------------------------------------------ C2: claims

  const WANTED = [
    'GET /admin/users',
    'PUT /users/{id}/roles',
    'GET /admin/export',
    'DELETE /parcels/{id}',
    'PUT /parcels/{id}/courier',
    'GET /parcels/{id}',
  ].map(rowOf)
  type Claim = { row: Row; who: string; trick: number }
  const claimsOf = (tricks: readonly unknown[], rows = WANTED): Claim[] =>
    tricks.flatMap((_, trick) =>
      rows.map((row, index) => ({ row, trick, who: (trick + index) % 2 ? 'customer' : 'no role' })),
    )
  const claim = (office: Office, { row, who }: Claim, at: At) => {
    const caller = byKey(office, who)!
    const relation = isOfParcel(row) ? 'neither' : undefined
    const step = asking(office, row, caller, at, { relation, rule: RULES.claims })
    return step && { step, caller, root: byKey(office, 'admin')! }
  }

  const claims: Record<string, Operation<Office>> = {
    claimInToken: {
      check: 'C2',
      cases: claimsOf(CLAIMS),
      plan(office, asked: Claim, at) {
        const made = claim(office, asked, at)
        if (!made) return undefined
        const { step, caller, root } = made
        const headers = tokens.header(caller.id, CLAIMS[asked.trick]!(root.id))
        return { ...step, request: { ...step.request, headers } }
      },
    },
    claimInHeader: {
      check: 'C2',
      cases: claimsOf(HEADERS),
      plan(office, asked: Claim, at) {
        const made = claim(office, asked, at)
        if (!made) return undefined
        const { step, root } = made
        const headers = { ...step.request.headers, ...HEADERS[asked.trick]!(root.id) }
        return { ...step, request: { ...step.request, headers } }
      },
    },
    claimInQuery: {
      check: 'C2',
      cases: claimsOf(QUERIES),
      plan(office, asked: Claim, at) {
        const made = claim(office, asked, at)
        if (!made) return undefined
        const { step, root } = made
        const path = `${step.request.path}?${QUERIES[asked.trick]!(root.id)}`
        return { ...step, request: { ...step.request, path } }
      },
    },
    claimInBody: {
      check: 'C2',
      cases: claimsOf(
        CLAIMS,
        MATRIX.filter(({ method }) => /P/.test(method)),
      ).filter(isDenied),
      plan(office, asked: Claim, at) {
        const made = claim(office, asked, at)
        if (!made?.step.request.json) return undefined
        const { step, root } = made
        const fields = JSON.stringify(CLAIMS[asked.trick]!(root.id)).slice(1, -1)
        // Where a field stands twice, the last one counts.
        const json = `{${[fields, step.request.json!.slice(1, -1)].join(',')}}`
        const outcomes = [refused(403, 400, 422)]
        return { ...step, request: { ...step.request, json }, outcomes }
      },
    },
    lessInToken: {
      check: 'C2',
      cases: MATRIX.map((row, index) => ({ row, trick: index })),
      plan(office, { row, trick }: { row: Row; trick: number }, at) {
        const caller = byKey(office, ALL)!
        const step = asking(office, row, caller, at, { rule: RULES.claims })
        if (!step) return undefined
        const less = [{ role: 'customer' }, { roles: [] }, { roles: ['none'] }, { admin: false }]
        const headers = tokens.header(caller.id, less[trick % less.length])
        return { ...step, request: { ...step.request, headers } }
      },
    },
    whoAmI: {
      check: 'C2',
      cases: [
        ...HEADERS.map((_, header) => ({ header })),
        ...QUERIES.map((_, query) => ({ query })),
      ],
      plan(office, { header, query }: { header?: number; query?: number }, at) {
        const [caller, root] = [byKey(office, 'customer')!, byKey(office, 'admin')!]
        const step = asking(office, rowOf('GET /me'), caller, at, { rule: RULES.claims })!
        const more = header === undefined ? {} : HEADERS[header]!(root.id)
        const path = query === undefined ? '/me' : `/me?${QUERIES[query]!(root.id)}`
        return { ...step, request: { path, headers: { ...step.request.headers, ...more } } }
      },
    },
  }

  // ------------------------------------------------------------ C4: other spellings

  type Spelled = { row: Row; who: string; spelling: number }
  const SPELLED: Spelled[] = MATRIX.flatMap((row, index) =>
    spellings('/admin/users')
      .map((_, spelling) => {
        const denied = SINGLE.filter((roles) => reach(row, { roles }) !== '✔').map(keyOf)
        return { row, spelling, who: denied[(index + spelling) % Math.max(denied.length, 1)]! }
      })
      .filter(
        ({ who, spelling }) =>
          who !== undefined && (row.request === 'GET /admin/users' || (spelling + index) % 3 === 0),
      ),
  )

  const OVERRIDES = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method']
  const OVERRIDDEN = [
    // What is sent is allowed, what it would become is not.
    { sent: 'GET', meant: 'DELETE', who: 'courier', relation: 'carries it' },
    { sent: 'GET', meant: 'PATCH', who: 'courier', relation: 'carries it' },
    { sent: 'PATCH', meant: 'DELETE', who: 'dispatcher', relation: 'neither' },
    // What is sent is not allowed, what it would become is.
    { sent: 'DELETE', meant: 'GET', who: 'courier', relation: 'carries it' },
    { sent: 'PATCH', meant: 'GET', who: 'courier', relation: 'carries it' },
    { sent: 'DELETE', meant: 'PATCH', who: 'dispatcher', relation: 'neither' },
    { sent: 'DELETE', meant: 'HEAD', who: 'courier', relation: 'carries it' },
    { sent: 'DELETE', meant: 'OPTIONS', who: 'courier', relation: 'neither' },
    // Neither is.
    { sent: 'POST', meant: 'DELETE', who: 'customer', relation: 'neither' },
    { sent: 'POST', meant: 'PATCH', who: 'customer', relation: 'neither' },
    { sent: 'POST', meant: 'GET', who: 'customer', relation: 'neither' },
  ] as const
  type Overridden = (typeof OVERRIDDEN)[number] & { by: string }

  const spelled: Record<string, Operation<Office>> = {
    spelling: {
      check: 'C4',
      cases: SPELLED,
      plan(office, { row, who, spelling }: Spelled, at) {
        const caller = byKey(office, who)!
        const relation = isOfParcel(row) ? 'neither' : undefined
        const step = asking(office, row, caller, at, { relation, rule: RULES.spelling })
        if (!step || step.allowed) return step
        const path = spellings(step.request.path)[spelling]!
        return { ...step, request: { ...step.request, path }, outcomes: [NOTHING_MORE] }
      },
    },
    spellingUnknown: {
      check: 'C4',
      cases: SPELLED.filter(({ row }) => row.path.startsWith('/admin')),
      plan(office, { row, spelling }: Spelled, at) {
        const step = asking(office, row, byKey(office, ALL)!, at, { rule: RULES.spelling })!
        const path = spellings(step.request.path)[spelling]!
        const { status, ...more } = NOTHING_MORE
        const outcomes = [{ ...more, status: [...(status as number[]), 401] }]
        return { ...step, request: { method: row.method, path }, outcomes }
      },
    },
    head: {
      check: 'C4',
      cases: cellsOf(
        MATRIX.filter((row) => !isWrite(row)),
        SINGLE,
      ),
      plan(office, cell: Cell, at) {
        const step = ask(office, cell, at)
        if (!step) return undefined
        const outcomes = step.allowed ? [{ status: 200, json: true }] : step.outcomes
        return { request: { ...step.request, method: 'HEAD' }, rule: RULES.head, outcomes }
      },
    },
    override: {
      check: 'C4',
      cases: OVERRIDDEN.flatMap((one, index) =>
        OVERRIDES.filter((_, at) => at % 3 === 0 || (at + index) % 3 === 0).map((by) => ({
          ...one,
          by,
        })),
      ),
      plan(office, { sent, meant, who, relation, by }: Overridden, at) {
        const caller = byKey(office, who)!
        const parcels = [...office.parcels.values()].filter(
          (one) => stands(caller, one) === relation,
        )
        const parcel = at.pick(parcels)
        if (!parcel) return undefined
        const path = `/parcels/${parcel.id}`
        const headers = tokens.header(caller.id)
        const json = sent === 'GET' || sent === 'DELETE' ? undefined : '{"address":"Elsewhere 1"}'
        const request =
          by === '_method'
            ? { method: sent, path: `${path}?_method=${meant}`, headers, json }
            : { method: sent, path, headers: { ...headers, [by]: meant }, json }
        // Done is what the matrix allows of the two, and whichever it was must show.
        const done = [sent, meant].flatMap((method) => {
          const row = MATRIX.find((each) => each.request === `${method} /parcels/{id}`)
          if (!row || !isAllowed(row, caller, parcel)) return []
          const asked = { row, caller, parcel, keeps: { address: 'Elsewhere 1' } }
          return [doneAs(office, asked, at)]
        })
        const empty: Outcome = { status: [200, 204], error: false, json: false }
        const outcomes = [
          ...done,
          ...(meant === 'HEAD' || meant === 'OPTIONS' ? [empty] : []),
          refused(400, 403, 404, 405, 422),
        ]
        return { request, rule: RULES.override, outcomes }
      },
    },
  }

  // ------------------------------------------------------------ C5: fields that nobody asked for

  type Extra = { row: Row; extra: number; turn: number }
  const extras: Record<string, Operation<Office>> = {
    extra: {
      check: 'C5',
      cases: MATRIX.filter(({ method }) => /P/.test(method)).flatMap((row) =>
        EXTRAS.flatMap((_, extra) =>
          // Whose roles are about users is tried in turns.
          (/users$|me$/.test(row.path) ? [0, 3, 6] : [0]).map((turn) => ({ row, extra, turn })),
        ),
      ),
      plan(office, { row, extra, turn }: Extra, at) {
        // By one after the other of those who may.
        const callers = people(office).filter((one) => one.stays && reach(row, one) === '✔')
        const caller = callers[(extra + turn) % callers.length]
        const [other, user] = [
          byKey(office, 'another courier')!,
          byKey(office, 'another customer')!,
        ]
        const step = caller && asking(office, row, caller, at, { rule: RULES.others })
        if (!step?.request.json) return undefined
        const json = step.request.json
        const own = Object.keys(JSON.parse(json))
        const fields = EXTRAS[extra]!(other.id, user.id)
        // The row's own fields are no extras.
        if (own.some((name) => fields.includes(`"${name}":`))) return { ...step }
        return {
          ...step,
          request: { ...step.request, json: adding(json, fields) },
          outcomes: [...step.outcomes, refused(400, 422)],
        }
      },
    },
  }

  // ------------------------------------------------------------ C7: 401, 403 and 404

  const BAD_TOKENS = tokens.bad('1', NO_ID).length
  const missing: Record<string, Operation<Office>> = {
    badToken: {
      check: 'C7',
      cases: MATRIX.flatMap((row, index) =>
        Array.from({ length: BAD_TOKENS }, (_, bad) => ({ row, bad })).filter(
          ({ bad }) => bad < 4 || (bad + index) % 4 === 0,
        ),
      ),
      plan(office, { row, bad }: { row: Row; bad: number }, at) {
        const caller = byKey(office, ALL)!
        const token = tokens.bad(caller.id, NO_ID)[bad]!
        const isNobody = /does not exist|sub is/.test(token.what)
        const rule = `${isNobody ? RULES.nobody : RULES.unauthenticated}   (${token.what})`
        const step = asking(office, row, caller, at, { rule })
        if (!step) return undefined
        const path = token.query ? `${step.request.path}?${token.query}` : step.request.path
        const request = { ...step.request, path, headers: token.headers }
        return { ...step, request, outcomes: [refused(401)] }
      },
    },
    unknownPath: {
      check: 'C7',
      cases: ODD_PATHS.flatMap((request) =>
        ['no role', 'courier', 'admin', undefined].map((who) => ({ request, who })),
      ),
      plan(office, { request, who }: { request: string; who?: string }) {
        const [method, path] = request.split(' ') as [string, string]
        const headers = who === undefined ? {} : tokens.header(byKey(office, who)!.id)
        const statuses = [404, ...(path.startsWith('/admin') ? [403] : [])]
        const json = method === 'GET' || method === 'DELETE' ? undefined : '{}'
        return {
          request: { method, path, headers, json },
          rule: RULES.unknown,
          outcomes: [refused(...statuses, ...(who === undefined ? [401] : []))],
        }
      },
    },
    otherMethod: {
      check: 'C7',
      cases: [
        'DELETE /me',
        'PATCH /parcels',
        'PUT /admin/users',
        'GET /users',
        'DELETE /couriers',
      ].flatMap((request) => ['no role', 'courier', undefined].map((who) => ({ request, who }))),
      plan(office, { request, who }: { request: string; who?: string }) {
        const [method, path] = request.split(' ') as [string, string]
        const headers = who === undefined ? {} : tokens.header(byKey(office, who)!.id)
        const json = method === 'GET' || method === 'DELETE' ? undefined : '{}'
        return {
          request: { method, path, headers, json },
          rule: RULES.method,
          outcomes: [refused(405, 403, ...(who === undefined ? [401] : []))],
        }
      },
    },
    noId: {
      check: 'C7',
      cases: MATRIX.filter(({ path }) => path.includes('{id}')).flatMap((row) =>
        ROLE_SETS.map((set) => ({ row, who: keyOf(set) })),
      ),
      plan(office, { row, who }: Cell, at) {
        const caller = byKey(office, who)!
        const far = reach(row, caller)
        const rules = { '✔': RULES.noId, own: RULES.noOwnId, '–': RULES.forbiddenId }
        const step = asking(office, row, caller, at, { rule: rules[far] })
        if (!step) return undefined
        const path = row.path.replace('{id}', NO_ID)
        const outcomes = [far === '✔' ? refused(404) : refused(403, 404)]
        return { ...step, request: { ...step.request, path }, outcomes }
      },
    },
  }

  // ------------------------------------------------------------ C8: what is allowed is done

  const ROOT_ROWS = MATRIX.filter(({ request }) => pools[request])
  const allowed: Record<string, Operation<Office>> = {
    field: {
      check: 'C8',
      cases: ROOT_ROWS.flatMap((row) =>
        pools[row.request]!.edges.filter(
          ({ what }) => WHOLE.has(row.request) || TELLING.test(what),
        ).map((body) => ({ row, body })),
      ),
      plan(office, { row, body }: { row: Row; body: Body }, at) {
        const caller = byKey(office, ALL)!
        const step = asking(office, row, caller, at, { body, rule: body.rule })
        return step && { ...step, outcomes: outcomesOf(body, step.outcomes[0]!) }
      },
    },
    statusAfter: {
      check: 'C8',
      cases: STATUSES.flatMap((from) => STATUSES.map((to) => ({ from, to }))),
      plan(office, { from, to }: { from: string; to: string }, at) {
        const caller = byKey(office, 'dispatcher')!
        const row = rowOf('PUT /parcels/{id}/status')
        const parcel = at.pick([...office.parcels.values()].filter(({ status }) => status === from))
        if (!parcel) return undefined
        const asked: Asked = { row, caller, parcel, keeps: { status: to } }
        return {
          request: {
            ...{ method: row.method, path: pathOf(asked), headers: tokens.header(caller.id) },
            json: JSON.stringify({ status: to }),
          },
          rule: `${RULES.status}   (from ${from})`,
          outcomes: [doneAs(office, asked, at)],
        }
      },
    },
    otherCourier: {
      check: 'C8',
      cases: [
        'dispatcher',
        'no role',
        'no id',
        '"abc"',
        '-1',
        '0',
        '1.5',
        '{}',
        '[]',
        'null',
        'true',
        '""',
        '1e30',
        '',
      ],
      plan(office, what: string, at) {
        const caller = byKey(office, 'dispatcher')!
        const [row, person] = [rowOf('PUT /parcels/{id}/courier'), byKey(office, what)]
        // `true` reads as 1.
        if (what === 'true' && office.users.get('1')!.roles.includes('courier')) return undefined
        const json = person
          ? JSON.stringify(courierBody(person.id))
          : what === ''
            ? '{}'
            : `{"courierId":${what === 'no id' ? JSON.stringify(courierBody(NO_ID).courierId) : what}}`
        const body: Body = { json, ok: 'no', keeps: {}, what }
        const step = asking(office, row, caller, at, { body, rule: RULES.courierId })
        return step && { ...step, outcomes: [refused(400, 404, 409, 422)] }
      },
      optional: true,
    },
    oddId: {
      check: 'C8',
      cases: MATRIX.filter(({ path }) => path.includes('{id}')).flatMap((row, index) =>
        otherSpellings('7').flatMap((_, spelling) =>
          (spelling + index) % 3 === 0 ? [{ row, spelling }] : [],
        ),
      ),
      plan(office, { row, spelling }: Spelled, at) {
        const caller = byKey(office, ALL)!
        const rule =
          'an id that nothing has, in any form | `404`; where it does not have the form of an id, `400` or `422` as well'
        const step = asking(office, row, caller, at, { rule })
        if (!step) return undefined
        const { id } = (step.asked.parcel ?? step.asked.user)!
        const path = row.path.replace('{id}', otherSpellings(id)[spelling]!)
        return { ...step, request: { ...step.request, path }, outcomes: [refused(404, 400, 422)] }
      },
    },
  }

  // ------------------------------------------------------------ the house rules, by somebody who may do everything

  const house = houseRules<Office>({
    routes: Object.fromEntries(
      [...new Set(MATRIX.map(({ path }) => path))].map((path) => {
        const rows = MATRIX.filter((row) => row.path === path)
        const get = rows.find(({ method }) => method === 'GET')
        const bodies = rows.flatMap(({ request, method }) => {
          const plain = WHOLE.has(request) ? pools[request]!.plain[0] : undefined
          return plain ? [[method, plain.json]] : []
        })
        return [
          path,
          {
            methods: [...rows.map(({ method }) => method), ...(get ? ['HEAD'] : [])],
            path(office, at) {
              const about = target(office, rows[0]!, byKey(office, ALL)!, undefined, at)
              return about && pathOf({ row: rows[0]!, ...about })
            },
            get: get
              ? (office, own) => {
                  const parcel = office.parcels.get(own.split('/')[2] ?? '')
                  const asked = { row: get, caller: byKey(office, ALL)!, parcel, keeps: {} }
                  return [doneAs(office, asked, { key: '', pick: () => undefined })]
                }
              : undefined,
            bodies: Object.fromEntries(bodies),
          },
        ]
      }),
    ),
    checks: {
      unknownPath: 'C7',
      otherMethod: 'C8',
      query: 'C4',
      otherCase: 'C4',
      trailingSlash: 'C4',
      escapes: 'C4',
      malformed: 'C8',
      noObject: 'C8',
      emptyBody: 'C8',
      contentType: 'C8',
    },
    words: { unknownPath: RULES.unknown, otherMethod: RULES.method },
  })

  /** The same with a token, and with the statuses that this README has as well. */
  const byAll = (name: string, operation: Operation<Office>): Operation<Office> => ({
    ...operation,
    plan(office, value, at) {
      const step = operation.plan(office, value, at)
      if (!step) return undefined
      const { request } = step
      const headers = { ...tokens.header(byKey(office, ALL)!.id), ...request.headers }
      const isOpen = name === 'house: otherMethod' || request.path.startsWith('/admin')
      const outcomes =
        isOpen && !step.outcomes.some(({ status }) => status === 200)
          ? [...step.outcomes, refused(403)]
          : step.outcomes
      return { ...step, request: { ...request, headers }, outcomes }
    },
  })

  let servers: ServerSubject[] | undefined
  const model: ServerModel<Office> & { last?: Office } = {
    async open() {
      const state = makeNew()
      servers = await readyServers(world, state, servers)
      form = await formOf(servers[0]!, world, byKey(state, ALL)!)
      model.last = state
      return { servers, state, async close() {} }
    },
    // The matrix alone has hundreds of cases.
    ordinary: 1,
    operations: looking({
      ...matrix,
      ...claims,
      ...spelled,
      ...extras,
      ...missing,
      ...allowed,
      ...Object.fromEntries(Object.entries(house).map(([name, one]) => [name, byAll(name, one)])),
    }),
    observe: (office) => (office.hasWritten ? look(office, world, byKey(office, ALL)!) : undefined),
  }
  return model
}

/** The contract of the last admin, among few people. */
export function lastAdminModel(
  submission: Submission,
  world: World,
): ServerModel<Office> & { last?: Office } {
  const { fresh } = submission
  const { tokens } = world
  const makeNew = makeSmallOffice(fresh)
  const SETS: Role[][] = Array.from({ length: 2 ** ROLES.length }, (_, bits) =>
    ROLES.filter((_, index) => bits & (1 << index)),
  )
  const row = rowOf('PUT /users/{id}/roles')
  const admins = ({ users }: Office) =>
    [...users.values()].filter(({ roles }) => roles.includes('admin'))
  let servers: ServerSubject[] | undefined
  const model: ServerModel<Office> & { last?: Office } = {
    async open() {
      const state = makeNew()
      servers = await readyServers(world, state, servers)
      model.last = state
      return { servers, state, async close() {} }
    },
    operations: {
      setRoles: {
        check: 'C6',
        plain: SETS.filter((roles) => !roles.includes('admin')),
        cases: [...SETS, ...SETS, ...SETS].map((roles, index) => ({ roles, own: index % 2 === 0 })),
        plan(office, drawn: Role[] | { roles: Role[]; own: boolean }, at) {
          const { roles, own } = 'own' in drawn ? drawn : { roles: drawn, own: false }
          const caller = at.pick(admins(office))
          const user = own ? caller : at.pick([...office.users.values()])
          if (!caller || !user) return undefined
          const asked = { row, caller, user, keeps: { roles } }
          const isLast = !roles.includes('admin') && admins(office).every((one) => one === user)
          return {
            request: {
              ...{ method: 'PUT', path: pathOf(asked), headers: tokens.header(caller.id) },
              json: JSON.stringify({ roles }),
            },
            rule: isLast ? RULES.lastAdmin : RULES.otherAdmin,
            outcomes: [isLast ? refused(409) : doneAs(office, asked, at)],
          }
        },
      },
    },
    observe: (office) => look(office, world, admins(office)[0]!),
  }
  return model
}

/** Two copies on these rows: those of the last program, unless they have died or hold locks. */
async function readyServers(
  world: World,
  office: Office,
  known: ServerSubject[] | undefined,
): Promise<ServerSubject[]> {
  const isFit = known?.every(({ process }) => !process.exit) ?? true
  const servers = isFit ? (known ?? (await world.copies())) : await world.startTwo()
  try {
    await world.fill(office)
    return servers
  } catch (error) {
    if (!known) throw error
    await Promise.all(servers.map((server) => server.kill()))
    const others = await world.startTwo()
    await world.fill(office)
    return others
  }
}

/** How the server gives ids. */
async function formOf(server: ServerSubject, { tokens }: World, { id }: Person): Promise<Form> {
  const { body } = await server.send({ path: '/me', headers: tokens.header(id) })
  return typeof body?.id === 'string' ? 'string' : 'number'
}

/** The request that shows the whole state. */
function look({ users, parcels }: Office, { tokens }: World, { id }: Person): Step {
  return {
    request: { path: '/admin/export', headers: tokens.header(id) },
    rule: '`200` and `{users, parcels}`: an array of all users and one of all parcels',
    outcomes: [
      {
        status: 200,
        body: {
          users: listOf(users.values(), shownUser),
          parcels: listOf(parcels.values(), shownParcel),
        },
      },
    ],
  }
}

/** What only reads leaves nothing to look at: the look after the next write would see it. */
const looking = (
  operations: Record<string, Operation<Office>>,
): Record<string, Operation<Office>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        plan(office, value, at) {
          const step = operation.plan(office, value, at)
          const { method = 'GET', path = '', headers = {} } = step?.request ?? {}
          const mayBeMore =
            path.includes('_method') || Object.keys(headers).some((one) => /method/i.test(one))
          office.hasWritten = (method !== 'GET' && method !== 'HEAD') || mayBeMore
          return step
        },
      },
    ]),
  )
