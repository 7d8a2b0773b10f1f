import type { Fresh } from '../../harness/index.ts'
import { type Group, PERMS, type Parcel, type Perm, type Person, type Post } from './rights.ts'

/** Every set of permissions but the empty one. */
export const PERM_SETS: readonly (readonly Perm[])[] = Array.from({ length: 7 }, (_, index) =>
  PERMS.filter((_perm, bit) => (index + 1) & (1 << bit)),
)

const OWNER = 'the owner | has all three permissions, whatever the entries say'
const USER = 'an entry for `user:7` | gives its permissions to the user 7'
const GROUP =
  'an entry for `group:7` | gives its permissions to the users who are in the group 7 at that moment'
const BOTH = 'several entries for a caller | add up'
const BARE = '`redirect` or `share` without `view` | is worth nothing until `view` is there as well'

/** A way in which the caller stands to a parcel. */
export type Relation = {
  key: string
  owns?: boolean
  /** For whom, by keys of users and groups, and what. */
  entries: readonly (readonly [to: string, perms: readonly Perm[]])[]
  /** What the caller has by it. */
  has: readonly Perm[]
  /** The rule that decides, as the README has it. */
  rule: string
}

const named = (perms: readonly Perm[]) => perms.join(' and ')
const ruled = (perms: readonly Perm[], rule: string) => (perms.includes('view') ? rule : BARE)

const alone = (who: string, perms: readonly Perm[], rule: string): Relation => ({
  key: `${who}: ${named(perms)}`,
  entries: [[who, perms]],
  has: perms,
  rule: ruled(perms, rule),
})

const together = (...entries: [to: string, perms: readonly Perm[]][]): Relation => {
  const has = PERMS.filter((perm) => entries.some(([, perms]) => perms.includes(perm)))
  return {
    key: entries.map(([to, perms]) => `${to}: ${named(perms)}`).join(', '),
    entries,
    has,
    rule: ruled(has, BOTH),
  }
}

const none = (key: string, rule: string, ...entries: [to: string, perms: readonly Perm[]][]) => ({
  ...{ key, rule, entries, has: [] },
})

/** Of each there is a parcel on which nobody changes how the caller stands to it. */
export const RELATIONS: readonly Relation[] = [
  { key: 'owner', owns: true, entries: [], has: PERMS, rule: OWNER },
  ...PERM_SETS.map((perms) => alone('user caller', perms, USER)),
  ...PERM_SETS.map((perms) => alone('group crew', perms, GROUP)),
  {
    key: 'owner with an entry for view',
    owns: true,
    entries: [['user caller', ['view']]],
    has: PERMS,
    rule: OWNER,
  },
  none('no entry at all', USER),
  together(['user caller', ['view']], ['group crew', ['redirect']]),
  together(['user caller', ['redirect']], ['group crew', ['view']]),
  together(['user caller', ['share']], ['group crew', ['view', 'redirect']]),
  together(['user caller', ['view', 'share']], ['group crew', ['redirect']]),
  together(['user caller', ['view']], ['group office', ['view', 'share']]),
  together(['user caller', ['redirect']], ['group office', ['share']]),
  together(['group crew', ['view']], ['group office', ['redirect']]),
  together(['group crew', ['share']], ['group office', ['view']]),
  none('an entry for somebody else', USER, ['user stranger', PERMS]),
  none('an entry for a group of others', GROUP, ['group friends', PERMS]),
  none('an entry for an empty group', GROUP, ['group empty', PERMS]),
  // Users and groups have ids of their own.
  none("an entry for the group with the caller's id", GROUP, ['group elsewhere', PERMS]),
  none("an entry for the user with the id of the caller's group", USER, ['user namesake', PERMS]),
]

export const isHidden = ({ has }: Relation): boolean => !has.includes('view')
export const isSharer = ({ has }: Relation): boolean =>
  has.includes('view') && has.includes('share')

/** The parcel that a relation is tried on by programs which may change it. */
export const looseKey = (relation: Relation): string => `loose, ${relation.key}`

/** How many parcels of others there are, so that nine in ten are hidden from the caller. */
const OTHERS = 200
/** Parcels whose entries and owners change. */
export const MOVING = ['moving 1', 'moving 2', 'moving 3', 'moving 4']

/** Ids have four digits, and of three in a row one is taken. */
const FIRST_ID = 1000
const STEP = 3
/** Ids that no parcel has, of as many digits. */
export const MISSING = ['1001', '1400', '1403', '1202']
/** An id that no user, no group and no parcel has. */
export const NO_ID = '999999999'

const USERS = [
  'caller',
  'owner',
  'stranger',
  'friend',
  'mover',
  'outsider',
  'namesake',
  'colleague',
]
const MEMBERS: Record<string, string[]> = {
  crew: ['caller', 'colleague'],
  office: ['caller', 'friend'],
  elsewhere: ['stranger', 'colleague'],
  friends: ['friend', 'stranger'],
  movers: ['colleague'],
  empty: [],
  'mover-like': ['stranger'],
  owners: ['owner'],
}

/** Ids from 1 on, for users as for groups, so that one may be taken for the other. */
function idsOf(fresh: Fresh): { user(key: string): string; group(key: string): string } {
  const ids = fresh.shuffle(USERS.map((_, index) => String(index + 1)))
  const users = new Map(USERS.map((key, index) => [key, ids[index]!]))
  const user = (key: string) => users.get(key)!
  const groups = new Map([
    ['elsewhere', user('caller')],
    ['crew', user('namesake')],
    ['mover-like', user('mover')],
  ])
  const left = ids.filter((id) => ![...groups.values()].includes(id))
  for (const key of Object.keys(MEMBERS)) {
    if (!groups.has(key)) groups.set(key, left.pop()!)
  }
  return { user, group: (key) => groups.get(key)! }
}

/** Makes the people, groups and parcels that are there before a program begins. */
export function makePost(fresh: Fresh): () => Post {
  const ids = idsOf(fresh)
  const users: Person[] = USERS.map((key) => ({
    ...{ key, id: ids.user(key), name: fresh.name(), token: `${key}-${fresh.string(12)}` },
  }))
  const groups = Object.entries(MEMBERS).map(([key, members]) => ({
    ...{ key, id: ids.group(key), name: fresh.word(), members: members.map(ids.user) },
  }))
  /** `user caller` as `user:7`. */
  const toOf = (who: string) => {
    const [kind, key] = who.split(' ') as ['user' | 'group', string]
    return `${kind}:${ids[kind](key)}`
  }
  type Plan = {
    key: string
    owner: string
    entries: readonly (readonly [to: string, perms: readonly Perm[]])[]
  }
  // Somebody always has an entry that the others may change.
  const friend = ['user friend', ['view', 'redirect']] as const
  const plans: Plan[] = [
    ...RELATIONS.flatMap((relation) => {
      const { key, owns, entries } = relation
      const owner = owns ? 'caller' : 'owner'
      const own = { key, owner, entries: [...entries, friend] }
      return isSharer(relation) ? [own, { ...own, key: looseKey(relation) }] : [own]
    }),
    ...MOVING.map((key, index) => ({
      ...{ key, owner: 'owner' },
      entries: [
        ['group movers', PERM_SETS[index * 2]!],
        ...(index % 2 ? [['user mover', ['view']] as const] : []),
      ] as Plan['entries'],
    })),
    ...fresh.list(OTHERS, (index): Plan => {
      const owner = fresh.pick(['owner', 'stranger', 'friend', 'colleague'])
      const given = [
        [],
        [['user stranger', fresh.pick(PERM_SETS)]],
        [['group friends', fresh.pick(PERM_SETS)]],
        [['group elsewhere', ['view']]],
        [['user namesake', ['view', 'share']]],
        [['user caller', ['redirect']]],
        [['group crew', ['share', 'redirect']]],
        [['user colleague', ['view']], friend],
      ] as Plan['entries'][]
      return { key: `other ${index}`, owner, entries: given[index % given.length]! }
    }),
  ]
  let scans = 0
  const parcels = fresh.shuffle(plans).map(({ key, owner, entries }, index) => ({
    key,
    id: String(FIRST_ID + STEP * index),
    ownerId: ids.user(owner),
    destination: `${fresh.city()} ${fresh.int(1, 99)}`,
    label: fresh.unique('label '),
    scans: fresh.list(index % 4, () => ({ id: String(++scans), place: fresh.city() })),
    entries: entries.map(([to, perms]) => [toOf(to), perms] as const),
  }))
  const copyOf = ({ entries, scans: seen, ...parcel }: (typeof parcels)[number]): Parcel => ({
    ...parcel,
    scans: [...seen],
    entries: new Map(entries.map(([to, perms]) => [to, new Set(perms)])),
  })
  const asGroup = ({ members, ...group }: (typeof groups)[number]): Group => ({
    ...group,
    members: new Set(members),
  })
  return () => ({
    users: new Map(users.map((one) => [one.id, { ...one }])),
    groups: new Map(groups.map((one) => [one.id, asGroup(one)])),
    parcels: new Map(parcels.map((one) => [one.id, copyOf(one)])),
  })
}
