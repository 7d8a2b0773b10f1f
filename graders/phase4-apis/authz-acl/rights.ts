export const PERMS = ['view', 'redirect', 'share'] as const
export type Perm = (typeof PERMS)[number]

export type Person = {
  /** The same in every program. */
  key: string
  id: string
  name: string
  token: string
}

export type Group = {
  key: string
  id: string
  name: string
  /** Ids of users. */
  members: Set<string>
}

export type Parcel = {
  key: string
  id: string
  ownerId: string
  destination: unknown
  label: string
  scans: { id: string; place: string }[]
  /** By whom they are for, such as `user:7`. */
  entries: Map<string, Set<Perm>>
}

/** All that the tables hold. */
export type Post = {
  users: Map<string, Person>
  groups: Map<string, Group>
  parcels: Map<string, Parcel>
  /** The parcel that the last request may have changed. */
  touched?: Parcel
}

/** Whether an entry is for a user: by their own id, or by a group they are in now. */
function isFor(to: string, { id }: Person, groups: Map<string, Group>): boolean {
  const [kind, whose] = to.split(':') as [string, string]
  return kind === 'user' ? whose === id : groups.get(whose)?.members.has(id) === true
}

/** What a user may do with a parcel, as far as entries and ownership say; worth nothing without `view`. */
export function permsOf({ groups }: Post, user: Person, parcel: Parcel): Set<Perm> {
  if (parcel.ownerId === user.id) return new Set(PERMS)
  return new Set(
    [...parcel.entries].flatMap(([to, perms]) => (isFor(to, user, groups) ? [...perms] : [])),
  )
}

export const mayView = (post: Post, user: Person, parcel: Parcel): boolean =>
  permsOf(post, user, parcel).has('view')

/** The parcels that a user may view, in the order of their ids. */
export const viewable = (post: Post, user: Person): Parcel[] =>
  inOrder(post).filter((parcel) => mayView(post, user, parcel))

/** All parcels, in the order of their ids. */
export const inOrder = ({ parcels }: Post): Parcel[] =>
  [...parcels.values()].sort((one, other) => Number(one.id) - Number(other.id))

export const byKey = <Item extends { key: string }>(
  items: Map<string, Item>,
  key: string,
): Item | undefined => [...items.values()].find((one) => one.key === key)
