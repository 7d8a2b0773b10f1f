import type { Fresh } from '../../harness/index.ts'
import {
  allById,
  bad,
  bodies,
  good,
  inAnyOrder,
  type Outcome,
  type Pool,
  refused,
  type Step,
  id as sameId,
  sample,
  text,
} from '../../harness/model/index.ts'
import { PERMS, type Parcel, type Perm, type Person, type Post, permsOf, viewable } from './rights.ts'
import { RULES } from './rules.ts'
import { headersOf } from './world.ts'

/** A request about one parcel, as the README has it. */
type Row = { method: string; path: string; needs: Perm; rule: string }

const row = (method: string, tail: string, needs: Perm, more: string): Row => ({
  ...{ method, needs, path: `/parcels/{id}${tail}` },
  rule: `\`${method} /parcels/{id}${tail}\` | \`${needs}\` | ${more}`,
})

export const ROWS = {
  read: row('GET', '', 'view', '| `200` and the parcel'),
  scans: row(
    ...(['GET', '/scans', 'view'] as const),
    "| `200` and an array of the parcel's scans, `{id, place}` each, in the order of their ids",
  ),
  label: row('GET', '/label', 'view', '| `200` and `{label}`'),
  patch: row('PATCH', '', 'redirect', '`{destination}` | `200` and the parcel'),
  acl: row('GET', '/acl', 'share', "| `200` and an array of the parcel's entries, in any order"),
  put: row(
    ...(['PUT', '/acl/{to}', 'share'] as const),
    '`{perms}` | `200` and the entry, which then has exactly these permissions',
  ),
  delete: row('DELETE', '/acl/{to}', 'share', '| `204`, and the entry is gone'),
}
export type RequestName = keyof typeof ROWS
export const REQUESTS = Object.keys(ROWS) as RequestName[]

/** What an answer must show of a parcel. */
export const shownParcel = ({ id, ownerId, destination }: Parcel) => ({
  ...{ id: sameId(id), ownerId: sameId(ownerId), destination },
})

const listOf = (parcels: Parcel[]) =>
  allById(new Map(parcels.map((parcel) => [parcel.id, shownParcel(parcel)])))

const shownEntry = (to: string, perms: Iterable<Perm>) => ({ to, perms: inAnyOrder(...perms) })

/** A request about a parcel that is about to be sent. */
export type Asked = {
  name: RequestName
  caller: Person
  parcel: Parcel
  /** Whom an entry is for, as `user:7`. */
  to?: string
  /** The permissions that a server which does it keeps. */
  perms?: readonly Perm[]
  /** The destination that a server which does it keeps: a value or a matcher. */
  destination?: unknown
  /** The text of the body, where it is not just that. */
  json?: string
}

/** How a request is answered that nothing forbids, and what becomes of the parcel. */
function doneAs({ name, parcel, to = '', perms = [], destination }: Asked): Outcome {
  switch (name) {
    case 'read':
      return { status: 200, body: shownParcel(parcel) }
    case 'scans':
      return { status: 200, body: parcel.scans.map(({ id, place }) => ({ id: sameId(id), place })) }
    case 'label':
      return { status: 200, body: { label: parcel.label } }
    case 'patch':
      return {
        status: 200,
        body: shownParcel({ ...parcel, destination }),
        // Of a value that is left to the server only what it has shown is known.
        becomes: ({ body }) => void Object.assign(parcel, { destination: body.destination }),
      }
    case 'acl': {
      const entries = [...parcel.entries].map(([to, own]) => [to, shownEntry(to, own)] as const)
      return { status: 200, body: allById(new Map(entries), 'to') }
    }
    case 'put':
      return {
        status: 200,
        body: shownEntry(to, perms),
        becomes: () => void parcel.entries.set(to, new Set(perms)),
      }
    case 'delete':
      return { status: 204, json: false, becomes: () => void parcel.entries.delete(to) }
  }
}

/** What decides how a request is answered. */
type Decision = 'hidden' | 'forbidden' | 'more' | 'noEntry' | 'done'

function decide(post: Post, { name, caller, parcel, to, perms = [] }: Asked): Decision {
  const held = permsOf(post, caller, parcel)
  if (!held.has('view')) return 'hidden'
  if (!held.has(ROWS[name].needs)) return 'forbidden'
  if (perms.some((perm) => !held.has(perm))) return 'more'
  return name === 'delete' && !parcel.entries.has(to!) ? 'noEntry' : 'done'
}

const STATUS = { hidden: 404, forbidden: 403, more: 403, noEntry: 404 }

/** Makes a request about a parcel, and says how the rules have it answered. */
export function asking(post: Post, asked: Asked): Step & { decision: Decision } {
  const { name, caller, parcel, to = '', perms, destination } = asked
  const { method, path, rule } = ROWS[name]
  const decision = decide(post, asked)
  const body = name === 'put' ? { perms } : name === 'patch' ? { destination } : undefined
  return {
    decision,
    request: {
      ...{ method, path: path.replace('{id}', parcel.id).replace('{to}', to) },
      headers: headersOf(caller),
      json: asked.json ?? (body && JSON.stringify(body)),
    },
    rule: decision === 'done' ? rule : RULES[decision],
    outcomes: [decision === 'done' ? doneAs(asked) : refused(STATUS[decision])],
  }
}

/** How a server gives ids: as numbers or as texts. */
export type Form = 'number' | 'string'

/** A page of the caller's list. @param limit undefined: none is sent @param after an id */
export function listing(
  post: Post,
  caller: Person,
  { limit, after }: { limit?: number; after?: string } = {},
): Step {
  const all = viewable(post, caller)
  const items = all.filter(({ id }) => Number(id) > Number(after ?? 0)).slice(0, limit ?? 20)
  const query = [
    ...(limit === undefined ? [] : [`limit=${limit}`]),
    ...(after === undefined ? [] : [`after=${after}`]),
  ].join('&')
  return {
    request: { path: `/parcels${query && `?${query}`}`, headers: headersOf(caller) },
    rule: RULES.items,
    outcomes: [{ status: 200, body: { items: items.map(shownParcel), total: all.length } }],
  }
}

/** A look-up. @param ids those of parcels and others, each as JSON */
export function lookingUp(post: Post, caller: Person, ids: string[]): Step {
  const asked = new Set(ids.map((id) => id.replaceAll('"', '')))
  return {
    request: {
      ...{ method: 'POST', path: '/parcels/lookup', headers: headersOf(caller) },
      json: `{"ids":[${ids.join(',')}]}`,
    },
    rule: RULES.found,
    outcomes: [
      { status: 200, body: listOf(viewable(post, caller).filter(({ id }) => asked.has(id))) },
    ],
  }
}

// ---------------------------------------------------------------- bodies

/** Lists of permissions, and what is none. */
function permsPool(): Pool {
  const perms = (...list: Perm[]) => good(list.join(' and '), list)
  const twice = (...list: Perm[]) =>
    sample('a permission twice', JSON.stringify(list), 'open', [...new Set(list)])
  return {
    rule: RULES.perms,
    plain: [perms('view'), perms('view', 'redirect'), perms('share'), perms(...PERMS)],
    edges: [
      ...[perms('share', 'redirect', 'view'), perms('redirect'), perms('redirect', 'view')],
      sample('missing', undefined, 'no'),
      ...[bad('null', null), bad('an object', {}), bad('a number', 7), bad('true', true)],
      bad('an empty list', []),
      bad('a word that is no permission', ['own']),
      bad('a permission and a word that is none', ['view', 'own']),
      ...[bad('other case', ['View']), bad('a newline', ['view\nshare'])],
      ...[bad('an empty text', ['']), bad('null in it', [null]), bad('a number in it', [1])],
      ...[bad('an object in it', [{}]), bad('a list of two in it', [['view', 'share']])],
      ...[bad('a star', ['*']), bad('all', ['all'])],
      ...['toString', '__proto__', 'constructor'].map((name) => bad(`the name ${name}`, [name])),
      bad('an object of permissions', { view: true }),
      twice('view', 'view'),
      twice('share', 'view', 'share'),
      sample('a permission that is in no list', '"view"', 'open', ['view']),
      bad('a text with two permissions', 'view,share'),
    ],
  }
}

export const patchBodies = (fresh: Fresh) =>
  bodies(fresh, { destination: text(fresh, { min: 1, max: 100, rule: RULES.destination }) })

export const putBodies = (fresh: Fresh) => bodies(fresh, { perms: permsPool() })
