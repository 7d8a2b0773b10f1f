import { type Outcome, refused, type Step, id as sameId } from '../../harness/model/index.ts'
import type { Clerk, Customer, Desk, Parcel } from './world.ts'

/** What an answer must show of a customer. */
export const shownCustomer = ({ id, name, city }: Customer) => ({ id: sameId(id), name, city })

/** What an answer must show of a parcel. */
export const shownParcel = ({ id, sender, town, weightG }: Parcel) => ({
  ...{ id: sameId(id), sender, town, weightG },
})

export type Page = { search?: string; sort?: string; limit?: string }

const queryOf = (parameters: Record<string, string | undefined>) =>
  Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&')

export const customersPath = (page: Page): string => {
  const query = queryOf(page)
  return query ? `/customers?${query}` : '/customers'
}

export const idsPath = (ids: string): string => `/parcels?${queryOf({ ids })}`

const byId = <T extends { id: string }>(one: T, other: T) => Number(one.id) - Number(other.id)

/** The customers of a page, in its order. */
export function pageOf({ customers }: Desk, { search = '', sort = 'id', limit = '50' }: Page) {
  return [...customers.values()]
    .filter(({ name }) => name.includes(search))
    .sort((one, other) => {
      const texts = sort === 'id' ? 0 : compare(one[sort as 'name'], other[sort as 'name'])
      return texts || byId(one, other)
    })
    .slice(0, Number(limit))
    .map(shownCustomer)
}

/** By code point, which is the order of the bytes of UTF-8. */
const compare = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

export const parcelsOf = ({ parcels }: Desk, name: string) =>
  [...parcels.values()]
    .filter(({ sender }) => sender === name)
    .sort(byId)
    .map(shownParcel)

export const byIds = ({ parcels }: Desk, ids: string[]): Outcome => ({
  status: 200,
  body: [...parcels.values()]
    .filter(({ id }) => ids.includes(id))
    .sort(byId)
    .map(shownParcel),
})

export const forLogin = ({ name, password }: Pick<Clerk, 'name' | 'password'>) => ({
  ...{ name, password },
})

/** A login, which is right where a clerk has this name and this password. */
export function login(desk: Desk, body: object, rule: string): Step {
  const { name, password } = body as { name?: unknown; password?: unknown }
  const clerk = [...desk.clerks.values()].find(
    (one) => one.name === name && one.password === password,
  )
  return {
    request: { method: 'POST', path: '/login', json: JSON.stringify(body) },
    rule,
    outcomes: clerk
      ? [{ status: 200, body: { id: sameId(clerk.id), name: clerk.name } }]
      : // Some refuse an empty text before they look for it.
        [name === '' || password === '' ? refused(401, 400, 422) : refused(401)],
  }
}
