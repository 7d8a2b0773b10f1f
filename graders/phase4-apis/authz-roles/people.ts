import type { Fresh } from '../../harness/index.ts'
import { ROLES, type Role } from './matrix.ts'
import { STATUSES } from './requests.ts'
import type { Office, Parcel, Person } from './world.ts'

/** Every set of roles that the matrix is asked with: none, each, each two, and all. */
export const ROLE_SETS: readonly (readonly Role[])[] = [
  [],
  ...ROLES.map((role) => [role]),
  ...ROLES.flatMap((role, index) => ROLES.slice(index + 1).map((other) => [role, other])),
  ROLES,
]

export const keyOf = (roles: readonly Role[]): string => roles.join(' and ') || 'no role'

/** The one with all roles, who also looks at the state. */
export const ALL = keyOf(ROLES)

/** Whose roles change. */
export const MOVERS = ['mover 1', 'mover 2', 'mover 3']

/**
 * Makes the people and parcels that are there before a program begins: somebody for each set of roles, with parcels
 * that they send, that they carry, and that they do both to, whatever their roles are.
 */
export function makeOffice(fresh: Fresh): () => Office {
  const people: { key: string; roles: readonly Role[]; stays: boolean }[] = [
    ...ROLE_SETS.map((roles) => ({ key: keyOf(roles), roles, stays: true })),
    { key: 'another customer', roles: ['customer'], stays: true },
    { key: 'another courier', roles: ['courier'], stays: true },
    ...MOVERS.map((key, index) => ({
      ...{ key, stays: false },
      roles: [[], ['customer'], ['courier', 'dispatcher']][index] as Role[],
    })),
  ]
  // In another order each time, so that no id says what its user may do.
  const ids = fresh.shuffle(people.map((_, index) => String(index + 1)))
  const users: Person[] = people.map((one, index) => ({
    ...one,
    id: ids[index]!,
    name: fresh.name(),
  }))
  const idOf = (key: string) => users.find((one) => one.key === key)!.id
  const asked = new Set(ROLE_SETS.map(keyOf))
  const [sender, carrier] = [idOf('another customer'), idOf('another courier')]
  const parcel = (key: string, customerId: string, courierId: string | null, stays: boolean) => ({
    ...{ key, customerId, courierId, stays },
    ...{
      address: `${fresh.city()} ${fresh.int(1, 99)}`,
      status: fresh.pick(STATUSES),
    },
  })
  const parcels: Parcel[] = fresh
    .shuffle([
      ...users
        .filter(({ key }) => asked.has(key))
        .flatMap(({ key, id, roles }) => [
          parcel(`sent by ${key}`, id, carrier, true),
          parcel(`carried by ${key}`, sender, id, true),
          parcel(`sent and carried by ${key}`, id, id, true),
          // Those who may delete one, or give it away.
          ...(roles.some((role) => role !== 'courier')
            ? [
                parcel(`sent by ${key}, too`, id, null, false),
                parcel(`carried by ${key}, too`, sender, id, false),
              ]
            : []),
        ]),
      ...fresh.list(4, (index) => parcel(`spare ${index}`, sender, carrier, false)),
    ])
    .map((one, index) => ({ ...one, id: String(index + 1) }))
  return () => ({
    users: new Map(users.map((one) => [one.id, { ...one }])),
    parcels: new Map(parcels.map((one) => [one.id, { ...one }])),
  })
}

/** A few people of whom any may lose any role, for the rule of the last admin. */
export function makeSmallOffice(fresh: Fresh): () => Office {
  const sets: Role[][] = [['admin'], ['dispatcher', 'admin'], ['customer'], []]
  const ids = fresh.shuffle(sets.map((_, index) => String(index + 1)))
  const users: Person[] = sets.map((roles, index) => ({
    ...{ key: `user ${index}`, id: ids[index]!, name: fresh.name(), roles, stays: false },
  }))
  return () => ({
    users: new Map(users.map((one) => [one.id, { ...one }])),
    parcels: new Map(),
  })
}
