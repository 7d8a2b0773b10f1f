import type { Fresh } from '../../harness/index.ts'
import {
  type At,
  allById,
  type Body,
  bad,
  bodies,
  good,
  inAnyOrder,
  type ModelRequest,
  type Outcome,
  oneOf,
  type Pool,
  type Sample,
  id as sameId,
  sample,
  someId,
  text,
} from '../../harness/model/index.ts'
import { isAllowed, ROLES, type Role, type Row, reach } from './matrix.ts'
import type { Office, Parcel, Person } from './world.ts'

/** What an answer must show of a user. */
export const shownUser = ({ id, name, roles }: Pick<Person, 'id' | 'name' | 'roles'>) => ({
  ...{ id: sameId(id), name, roles: inAnyOrder(...roles) },
})

/** What an answer must show of a parcel. */
export const shownParcel = ({ id, customerId, courierId, address, status }: Parcel) => ({
  ...{ id: sameId(id), customerId: sameId(customerId), address, status },
  courierId: courierId === null ? undefined : sameId(courierId),
})

export const listOf = <Item extends { id: string }>(
  items: Iterable<Item>,
  show: (item: Item) => object,
) => allById(new Map([...items].map((item) => [item.id, show(item)])))

/** A request of the matrix that is about to be sent. */
export type Asked = {
  row: Row
  caller: Person
  /** Of rows with an id. */
  parcel?: Parcel
  user?: Person
  /** What a server that does it keeps of the body. */
  keeps: Record<string, any>
}

/** How a request is answered that the matrix allows, and what becomes of the office. */
export function doneAs(office: Office, asked: Asked, at: At): Outcome {
  const { row, caller, parcel, user, keeps } = asked
  const { users, parcels } = office
  const all = () => [...users.values()]
  const ofParcel = (changes: Partial<Parcel>): Outcome => ({
    status: 200,
    body: shownParcel({ ...parcel!, ...changes }),
    // Of a value that is left to the server only what it has shown is known.
    becomes: ({ body: { address, status } }) =>
      void Object.assign(parcel!, changes, { address, status }),
  })
  switch (row.request) {
    case 'GET /me':
      return { status: 200, body: shownUser(caller) }
    case 'PATCH /me':
      return {
        status: 200,
        body: shownUser({ ...caller, name: keeps.name }),
        becomes: ({ body }) => void Object.assign(caller, { name: body.name }),
      }
    case 'POST /parcels':
      return {
        status: 201,
        body: {
          ...{ id: someId, customerId: sameId(caller.id), courierId: undefined },
          ...{ address: keeps.address, status: 'waiting' },
        },
        also: ({ body: { id } }) =>
          parcels.has(String(id)) ? `the id ${id} is that of another parcel` : undefined,
        becomes({ body: { id, address } }) {
          parcels.set(String(id), {
            ...{ key: at.key, id: String(id), customerId: caller.id, courierId: null },
            ...{ address, status: 'waiting', stays: false },
          })
        },
      }
    case 'GET /parcels':
      return {
        status: 200,
        body: listOf(
          [...parcels.values()].filter((one) => isAllowed(row, caller, one)),
          shownParcel,
        ),
      }
    case 'GET /parcels/{id}':
      return { status: 200, body: shownParcel(parcel!) }
    case 'PATCH /parcels/{id}':
      return ofParcel({ address: keeps.address })
    case 'DELETE /parcels/{id}':
      return { status: 204, json: false, becomes: () => void parcels.delete(parcel!.id) }
    case 'PUT /parcels/{id}/status':
      return ofParcel({ status: keeps.status })
    case 'PUT /parcels/{id}/courier':
      return ofParcel({ courierId: String(keeps.courierId) })
    case 'GET /couriers':
      return {
        status: 200,
        body: listOf(
          all().filter(({ roles }) => roles.includes('courier')),
          ({ id, name }) => ({ id: sameId(id), name }),
        ),
      }
    case 'POST /users':
      return {
        status: 201,
        body: { id: someId, name: keeps.name, roles: ['customer'] },
        also: ({ body: { id } }) =>
          users.has(String(id)) ? `the id ${id} is that of another user` : undefined,
        becomes({ body: { id, name } }) {
          users.set(String(id), {
            ...{ key: at.key, id: String(id), name, roles: ['customer'], stays: false },
          })
        },
      }
    case 'PUT /users/{id}/roles':
      return {
        status: 200,
        body: shownUser({ ...user!, roles: keeps.roles ?? [] }),
        becomes: () => void Object.assign(user!, { roles: keeps.roles }),
      }
    case 'GET /admin/users':
      return { status: 200, body: listOf(all(), shownUser) }
    case 'GET /admin/export':
      return {
        status: 200,
        body: { users: listOf(all(), shownUser), parcels: listOf(parcels.values(), shownParcel) },
      }
    default:
      throw new Error(`${row.request} is no row of the matrix`)
  }
}

export const pathOf = ({ row, parcel, user }: Pick<Asked, 'row' | 'parcel' | 'user'>): string =>
  row.path.replace('{id}', encodeURIComponent((parcel ?? user)?.id ?? ''))

/** Says who asks, for the text of a rule: `admin: –`. */
export function cellOf(row: Row, caller: Person): string {
  const names = caller.roles.join(' and ') || 'no role'
  return `${row.rule}   (the caller, user ${caller.id}, has ${names}: ${reach(row, caller)})`
}

export const STATUSES = ['waiting', 'moving', 'delivered'] as const

export type Bodies = { plain: Body[]; edges: Body[] }

/** Texts that are no roles, and lists that are none of roles. */
function rolesPool(rule: string): Pool {
  const roles = (list: readonly Role[]) => good(list.join(' and ') || 'no roles', list)
  const twice = (list: Role[]) =>
    sample('a role twice', JSON.stringify(list), 'open', [...new Set(list)])
  return {
    rule,
    plain: [roles(['courier']), roles(['customer', 'dispatcher']), roles([]), roles(['admin'])],
    edges: [
      ...[roles(ROLES), roles([]), roles([...ROLES].reverse()), roles(['customer'])],
      sample('missing', undefined, 'no'),
      ...[bad('null', null), bad('an object', {}), bad('a number', 7), bad('true', true)],
      bad('a word that is no role', ['boss']),
      bad('a role and a word that is none', ['courier', 'boss']),
      ...[bad('other case', ['Courier']), bad('a newline', ['admin\nboss'])],
      ...[bad('an empty text', ['']), bad('null in it', [null]), bad('a number in it', [1])],
      ...[bad('an object in it', [{}]), bad('a list of two in it', [['courier', 'customer']])],
      ...['toString', '__proto__', 'constructor'].map((name) => bad(`the name ${name}`, [name])),
      twice(['courier', 'courier']),
      twice(['customer', 'courier', 'customer']),
      sample('a role that is in no list', '"courier"', 'open', ['courier']),
      bad('a text with two roles', 'courier,customer'),
    ],
  }
}

/** What may stand in the body of each row that has one. */
export function bodyPools(
  fresh: Fresh,
  rules: Record<'name' | 'address' | 'status' | 'roles', string>,
): Record<string, Bodies> {
  const name = text(fresh, { min: 1, max: 60, rule: rules.name })
  const address = text(fresh, { min: 1, max: 100, rule: rules.address })
  const status = oneOf(fresh, {
    values: STATUSES,
    rule: rules.status,
  })
  return {
    'PATCH /me': bodies(fresh, { name }),
    'POST /users': bodies(fresh, { name }),
    'POST /parcels': bodies(fresh, { address }),
    'PATCH /parcels/{id}': bodies(fresh, { address }),
    'PUT /parcels/{id}/status': bodies(fresh, { status }),
    'PUT /users/{id}/roles': bodies(fresh, { roles: rolesPool(rules.roles) }),
  }
}

/** Puts fields behind those of a JSON object. */
export function adding(json: string, fields: string): string {
  const own = json.slice(1, -1)
  return `{${[own, fields].filter(Boolean).join(',')}}`
}

export type { Body, ModelRequest, Sample }
