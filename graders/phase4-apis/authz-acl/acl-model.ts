import type { ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  houseRules,
  type Operation,
  otherSpellings,
  outcomesOf,
  refused,
  type ServerModel,
  type Step,
} from '../../harness/model/index.ts'
import {
  isHidden,
  isSharer,
  looseKey,
  MISSING,
  MOVING,
  makePost,
  NO_ID,
  PERM_SETS,
  RELATIONS,
  type Relation,
} from './people.ts'
import {
  type Asked,
  asking,
  type Form,
  listing,
  lookingUp,
  patchBodies,
  putBodies,
  REQUESTS,
  type RequestName,
  ROWS,
} from './requests.ts'
import {
  byKey,
  inOrder,
  mayView,
  type Parcel,
  type Perm,
  type Person,
  type Post,
  viewable,
} from './rights.ts'
import { RULES } from './rules.ts'
import { headersOf, type World } from './world.ts'

/** The contract of the server. */
export function aclModel(
  submission: Submission,
  world: World,
): ServerModel<Post> & { last?: Post } {
  const { fresh } = submission
  const makeNew = makePost(fresh)
  const pristine = makeNew()
  const forPatch = patchBodies(fresh)
  const forPut = putBodies(fresh)
  let form: Form = 'number'

  const person = (post: Post, key: string): Person => byKey(post.users, key)!
  const parcelOf = (post: Post, key: string): Parcel => byKey(post.parcels, key)!
  const ownerOf = (post: Post, { ownerId }: Parcel): Person => post.users.get(ownerId)!
  /** `user friend` as `user:7`. */
  const toOf = (post: Post, who: string): string => {
    const [kind, key] = who.split(' ') as ['user' | 'group', string]
    return `${kind}:${byKey<{ key: string; id: string }>(kind === 'user' ? post.users : post.groups, key)!.id}`
  }
  const asId = (id: string) => (form === 'number' ? id : JSON.stringify(id))
  const keyed = (bodies: Body[]) => bodies.map((body, index) => ({ ...body, key: String(index) }))

  /** What a request needs besides a caller and a parcel, with ordinary values. */
  function ordinary(post: Post, name: RequestName, at: At): Partial<Asked> {
    if (name === 'put') return { to: toOf(post, 'user friend'), perms: ['view'] }
    if (name === 'delete') return { to: toOf(post, 'user friend') }
    if (name !== 'patch') return {}
    const body = at.pick(keyed(forPatch.plain))!
    return { json: body.json, destination: body.keeps.destination }
  }

  // ------------------------------------------------------------ C1, C2, C3: how the caller stands to a parcel

  type Cell = { relation: Relation; name: RequestName }
  const cellsOf = (names: readonly RequestName[], relations = RELATIONS): Cell[] =>
    relations.flatMap((relation) => names.map((name) => ({ relation, name })))
  const relationOf = (key: string) => RELATIONS.find((one) => one.key === key)!

  const askCell = (post: Post, { relation, name }: Cell, at: At, key = relation.key) =>
    asking(post, {
      ...{ name, caller: person(post, 'caller'), parcel: parcelOf(post, key) },
      ...ordinary(post, name, at),
    })

  /** Whether a hidden parcel is told from a missing one is C3's matter. */
  function leniently(post: Post, cell: Cell, at: At): Step {
    const { decision, rule, outcomes, request } = askCell(post, cell, at)
    const { relation } = cell
    const decided = decision === 'hidden' || decision === 'done' ? relation.rule : rule
    const { id } = person(post, 'caller')
    return {
      request,
      rule: `${decided}   (the caller is user ${id}: ${relation.key})`,
      outcomes: decision === 'hidden' ? [refused(403, 404)] : outcomes,
    }
  }

  const MATRIX = ['read', 'patch', 'acl', 'put', 'delete'] as const
  const standing: Record<string, Operation<Post>> = {
    cell: {
      check: 'C1',
      plain: [
        { relation: relationOf('owner'), name: 'read' },
        { relation: relationOf('owner'), name: 'patch' },
        { relation: relationOf('owner'), name: 'put' },
        { relation: relationOf('owner'), name: 'acl' },
        { relation: relationOf('user caller: view'), name: 'read' },
        { relation: relationOf('group crew: view and share'), name: 'put' },
        { relation: relationOf('group crew: view and redirect'), name: 'patch' },
      ] satisfies Cell[],
      cases: cellsOf(MATRIX),
      plan: leniently,
    },
    nested: {
      check: 'C2',
      cases: cellsOf(['scans', 'label']),
      plan: leniently,
    },
    lookupOfOne: {
      check: 'C2',
      cases: RELATIONS,
      plan(post, relation: Relation) {
        const caller = person(post, 'caller')
        const { id } = parcelOf(post, relation.key)
        const step = lookingUp(post, caller, [asId(id)])
        return { ...step, rule: `${step.rule}   (the caller is user ${caller.id}: ${relation.key})` }
      },
    },
    hidden: {
      check: 'C3',
      cases: cellsOf(REQUESTS, RELATIONS.filter(isHidden)),
      plan: (post, cell: Cell, at) => askCell(post, cell, at),
    },
    hiddenHead: {
      check: 'C3',
      cases: cellsOf(['read', 'scans', 'label', 'acl'], RELATIONS.filter(isHidden)),
      plan(post, cell: Cell, at) {
        const step = askCell(post, cell, at)
        return { ...step, request: { ...step.request, method: 'HEAD' } }
      },
    },
    hiddenFromOutsider: {
      check: 'C3',
      cases: REQUESTS.flatMap((name) => [1, 2, 3].map((turn) => ({ name, turn }))),
      plan(post, { name }: { name: RequestName; turn: number }, at) {
        const parcel = at.pick([...post.parcels.values()])
        if (!parcel) return undefined
        const caller = person(post, 'outsider')
        return asking(post, { name, caller, parcel, ...ordinary(post, name, at) })
      },
    },
  }

  // ------------------------------------------------------------ C2 and C4: look-ups and lists

  const WHO = ['caller', 'owner', 'stranger', 'mover', 'outsider'] as const
  type Mixed = { who: string; every: number; from: number; missing?: boolean; twice?: boolean }
  const MIXED: Mixed[] = WHO.flatMap((who, index) => [
    { who, every: 40, from: index },
    { who, every: 12, from: index, missing: true },
    { who, every: 5, from: index, twice: true },
    { who, every: 2, from: index % 2, missing: true, twice: true },
  ])
  type Page = { who: string; limit?: number; after?: 'hidden' | 'own' | 'missing' | 'last' }
  const AFTER = [undefined, 'hidden', 'own', 'missing', 'last'] as const
  const PAGES: Page[] = WHO.flatMap((who) =>
    [undefined, 1, 2, 7, 20, 50, 100].flatMap((limit) =>
      // Who may view nothing has nothing to begin behind.
      AFTER.filter((after) => who !== 'outsider' || (after !== 'own' && after !== 'last')).map(
        (after) => ({ who, limit, after }),
      ),
    ),
  )

  /** An id for `after`; undefined where the caller has no such parcel. */
  function markOf(post: Post, caller: Person, { after }: Page, at: At): string | undefined {
    const own = viewable(post, caller)
    if (after === 'last') return own.at(-1)?.id
    if (after === 'own') return at.pick(own)?.id
    const hidden = inOrder(post).filter((parcel) => !mayView(post, caller, parcel))
    const parcel = at.pick(hidden.length > 0 ? hidden : own)
    return after === 'missing' && parcel ? String(Number(parcel.id) + 1) : parcel?.id
  }

  const lists: Record<string, Operation<Post>> = {
    lookup: {
      check: 'C2',
      cases: MIXED,
      plan(post, { who, every, from, missing, twice }: Mixed) {
        const ids = inOrder(post)
          .filter((_, index) => index % every === from)
          .map(({ id }) => id)
        const all = [...ids, ...(missing ? MISSING : []), ...(twice ? ids.slice(0, 9) : [])]
        return lookingUp(post, person(post, who), all.map(asId))
      },
    },
    page: {
      check: 'C4',
      plain: [{ who: 'caller' }, { who: 'owner', limit: 3 }],
      cases: PAGES,
      plan(post, page: Page, at) {
        const caller = person(post, page.who)
        if (page.after === undefined) return listing(post, caller, { limit: page.limit })
        const after = markOf(post, caller, page, at)
        return after === undefined ? undefined : listing(post, caller, { limit: page.limit, after })
      },
    },
    beyond: {
      check: 'C4',
      cases: ['9999', '1999999999', '2147483647', '2147483648', '99999999999', `9${'0'.repeat(25)}`],
      plan(post, after: string) {
        const caller = person(post, 'caller')
        const step = listing(post, caller, { after })
        const isLarge = Number(after) >= 2 ** 31
        const outcomes = [...step.outcomes, ...(isLarge ? [refused(400, 422)] : [])]
        return { ...step, rule: RULES.beyond, outcomes }
      },
    },
  }

  // ------------------------------------------------------------ C5: what changes meanwhile

  const KINDS = ['joins', 'given', 'leaves', 'taken', 'bought', 'sold'] as const
  const LOOKS = ['read', 'scans', 'patch', 'list', 'lookup'] as const
  type Outside = { kind: (typeof KINDS)[number]; look: (typeof LOOKS)[number]; key: string }

  /** Has another program change rows, and the model with them. @returns its SQL */
  function change(post: Post, parcel: Parcel, kind: Outside['kind']): string {
    const mover = person(post, 'mover')
    const group = byKey(post.groups, 'movers')!
    const to = `user:${mover.id}`
    switch (kind) {
      case 'joins':
        group.members.add(mover.id)
        return `insert into group_members values (${group.id}, ${mover.id}) on conflict do nothing`
      case 'leaves':
        group.members.delete(mover.id)
        return `delete from group_members where group_id = ${group.id} and user_id = ${mover.id}`
      case 'given':
        parcel.entries.set(to, new Set(['view', ...(parcel.entries.get(to) ?? [])]))
        return `insert into parcel_acl values (${parcel.id}, 'user', ${mover.id}, 'view') on conflict do nothing`
      case 'taken':
        parcel.entries.delete(to)
        return `delete from parcel_acl where parcel_id = ${parcel.id} and kind = 'user' and subject_id = ${mover.id}`
      case 'bought':
        parcel.ownerId = mover.id
        return `update parcels set owner_id = ${mover.id} where id = ${parcel.id}`
      case 'sold':
        parcel.ownerId = person(post, 'owner').id
        return `update parcels set owner_id = ${parcel.ownerId} where id = ${parcel.id}`
    }
  }

  /** Looks at a parcel as the mover. */
  function lookOf(post: Post, parcel: Parcel, look: Outside['look'], at: At): Step {
    const caller = person(post, 'mover')
    if (look === 'list') return listing(post, caller, { limit: 100 })
    if (look === 'lookup') {
      return lookingUp(post, caller, MOVING.map((key) => asId(parcelOf(post, key).id)))
    }
    return asking(post, { name: look, caller, parcel, ...ordinary(post, look, at) })
  }

  const changes: Record<string, Operation<Post>> = {
    outside: {
      check: 'C5',
      cases: MOVING.flatMap((key) =>
        KINDS.flatMap((kind) => LOOKS.map((look) => ({ key, kind, look }))),
      ),
      plan(post, { key, kind, look }: Outside, at) {
        const parcel = parcelOf(post, key)
        const sql = change(post, parcel, kind)
        const step = lookOf(post, parcel, look, at)
        const before = { what: [`in Postgres: ${sql};`], run: () => world.db.query(sql) }
        return { ...step, before, rule: RULES.now }
      },
    },
    give: {
      check: 'C5',
      cases: MOVING.flatMap((key) =>
        ['user mover', 'group movers'].flatMap((who) =>
          PERM_SETS.map((perms) => ({ key, who, perms })),
        ),
      ),
      plan(post, { key, who, perms }: { key: string; who: string; perms: readonly Perm[] }) {
        const parcel = parcelOf(post, key)
        const caller = ownerOf(post, parcel)
        return asking(post, { name: 'put', caller, parcel, to: toOf(post, who), perms })
      },
    },
    take: {
      check: 'C5',
      cases: MOVING.flatMap((key) =>
        ['user mover', 'group movers', 'user mover'].map((who) => ({ key, who })),
      ),
      plan(post, { key, who }: { key: string; who: string }) {
        const parcel = parcelOf(post, key)
        const caller = ownerOf(post, parcel)
        return asking(post, { name: 'delete', caller, parcel, to: toOf(post, who) })
      },
    },
    moverAsks: {
      check: 'C5',
      cases: MOVING.flatMap((key) =>
        [...LOOKS, ...LOOKS, ...LOOKS, ...LOOKS].map((look) => ({ key, look })),
      ),
      plan(post, { key, look }: Omit<Outside, 'kind'>, at) {
        return { ...lookOf(post, parcelOf(post, key), look, at), rule: RULES.now }
      },
    },
  }

  // ------------------------------------------------------------ C6: giving away

  const SHARERS = RELATIONS.filter(isSharer)
  const TARGETS = [
    'user friend',
    'user caller',
    'group crew',
    'user owner',
    'group friends',
    'group office',
  ]
  type Share = { relation: Relation; perms: readonly Perm[]; who: string }
  const SHARES: Share[] = SHARERS.flatMap((relation, one) =>
    PERM_SETS.flatMap((perms, two) =>
      TARGETS.filter((_, three) => three < 2 || (one + two + three) % 3 === 0).map((who) => ({
        ...{ relation, perms, who },
      })),
    ),
  )

  /** Another program sets a parcel's entries back to those it had first. */
  function setBack(parcel: Parcel): Step['before'] {
    const first = parcelOf(pristine, parcel.key).entries
    parcel.entries = new Map([...first].map(([to, perms]) => [to, new Set(perms)]))
    const told = [...first].map(([to, perms]) => `${to} ${[...perms].join(' and ')}`)
    return {
      what: [`in Postgres: the entries of parcel ${parcel.id} are now ${told.join('; ')}`],
      run: () => world.setEntries(parcel.id, first),
    }
  }

  const sharing: Record<string, Operation<Post>> = {
    share: {
      check: 'C6',
      cases: SHARES,
      plan(post, { relation, perms, who }: Share) {
        const parcel = parcelOf(post, looseKey(relation))
        const before = setBack(parcel)
        const caller = person(post, 'caller')
        const step = asking(post, { name: 'put', caller, parcel, to: toOf(post, who), perms })
        return { ...step, before, rule: step.decision === 'more' ? RULES.more : RULES.whom }
      },
    },
    takeAway: {
      check: 'C6',
      cases: SHARERS.flatMap((relation) =>
        ['user friend', 'user caller', 'group crew'].map((who) => ({ relation, who })),
      ),
      plan(post, { relation, who }: Omit<Share, 'perms'>) {
        const parcel = parcelOf(post, looseKey(relation))
        const before = setBack(parcel)
        const caller = person(post, 'caller')
        const step = asking(post, { name: 'delete', caller, parcel, to: toOf(post, who) })
        return { ...step, before, rule: step.decision === 'noEntry' ? RULES.noEntry : RULES.taking }
      },
    },
    takeSome: {
      check: 'C6',
      cases: SHARERS.flatMap((relation) => [1, 2].map((turn) => ({ relation, turn }))),
      plan(post, { relation }: { relation: Relation; turn: number }) {
        const parcel = parcelOf(post, looseKey(relation))
        const before = setBack(parcel)
        const caller = person(post, 'caller')
        const [to, perms] = [toOf(post, 'user friend'), ['view'] as const]
        return { ...asking(post, { name: 'put', caller, parcel, to, perms }), before, rule: RULES.taking }
      },
    },
    // Who may not share at all: with `share` alone, or with everything but it.
    noShare: {
      check: 'C6',
      cases: RELATIONS.filter((relation) => !isSharer(relation)).flatMap((relation) =>
        ['user friend', 'user caller', 'group crew'].map((who, index) => ({
          ...{ relation, who, perms: [['view'], ['view', 'share'], ['redirect']][index] as Perm[] },
        })),
      ),
      plan(post, { relation, perms, who }: Share) {
        const caller = person(post, 'caller')
        const parcel = parcelOf(post, relation.key)
        const step = asking(post, { name: 'put', caller, parcel, to: toOf(post, who), perms })
        return step.decision === 'hidden' ? { ...step, outcomes: [refused(403, 404)] } : step
      },
    },
  }

  // ------------------------------------------------------------ C8: tokens, fields and ids

  const TOKENS: [what: string, headers: (token: string, id: string) => Record<string, string>][] = [
    ['no token', () => ({})],
    ['a token that no user has', (token) => ({ Authorization: `Bearer ${token}x` })],
    ['the beginning of a token', (token) => ({ Authorization: `Bearer ${token.slice(0, -2)}` })],
    ['a token in capitals', (token) => ({ Authorization: `Bearer ${token.toUpperCase()}` })],
    ['the id of a user', (_, id) => ({ Authorization: `Bearer ${id}` })],
    ['a pattern', () => ({ Authorization: 'Bearer %' })],
    ['SQL', () => ({ Authorization: "Bearer ' or '1'='1" })],
    ['a token under another scheme', (token) => ({ Authorization: `Basic ${token}` })],
    ['a token in another header', (token) => ({ 'X-Token': token, 'X-Access-Token': token })],
    ['the id in another header', (_, id) => ({ 'X-User-Id': id, 'X-User': id })],
  ]
  const TOKENLESS = ['read', 'patch', 'put', 'delete', 'acl', 'list', 'lookup'] as const

  const fields: Record<string, Operation<Post>> = {
    badToken: {
      check: 'C8',
      cases: TOKENS.flatMap((_, token) =>
        TOKENLESS.filter((_name, at) => token < 2 || (token + at) % 3 === 0).map((name) => ({
          ...{ name, token },
        })),
      ),
      plan(post, { name, token }: { name: (typeof TOKENLESS)[number]; token: number }, at) {
        const caller = person(post, 'caller')
        const parcel = parcelOf(post, 'owner')
        const [what, headers] = TOKENS[token]!
        const step =
          name === 'list'
            ? listing(post, caller)
            : name === 'lookup'
              ? lookingUp(post, caller, [asId(parcel.id)])
              : asking(post, { name, caller, parcel, ...ordinary(post, name, at) })
        return {
          request: { ...step.request, headers: headers(caller.token, caller.id) },
          rule: `${RULES.unauthenticated}   (${what})`,
          outcomes: [refused(401)],
        }
      },
    },
    destination: {
      check: 'C8',
      cases: forPatch.edges,
      plan(post, body: Body) {
        const parcel = parcelOf(post, 'owner')
        const { destination } = body.keeps
        const asked = { caller: person(post, 'caller'), parcel, destination, json: body.json }
        const step = asking(post, { name: 'patch', ...asked })
        const outcomes = outcomesOf(body, step.outcomes[0]!)
        return { ...step, rule: RULES.destination, outcomes }
      },
    },
    perms: {
      check: 'C8',
      cases: forPut.edges,
      plan(post, body: Body) {
        const parcel = parcelOf(post, 'owner')
        const perms = (body.keeps.perms ?? []) as Perm[]
        const to = toOf(post, 'group friends')
        const asked = { caller: person(post, 'caller'), parcel, to, perms, json: body.json }
        const step = asking(post, { name: 'put', ...asked })
        const outcomes = outcomesOf(body, step.outcomes[0]!)
        return { ...step, rule: RULES.perms, outcomes }
      },
    },
    nobody: {
      check: 'C8',
      cases: (['put', 'delete'] as const).flatMap((name) =>
        [
          ...[`user:${NO_ID}`, `group:${NO_ID}`, `user:${'9'.repeat(25)}`, 'user:', 'user', 'group:x'],
          ...['user:{id}x', 'user:0{id}', 'user:-{id}', 'user:{id}.0', 'user:{id}%20', 'user:%20{id}'],
          ...['users:{id}', 'courier:{id}', '{id}', ':{id}', 'user:{id}:{id}', 'user:{id},group:{id}'],
          ...['user:*', 'user:all', 'user:null', 'user:toString', '__proto__:{id}', "user:'or'1"],
        ].map((to) => ({ name, to })),
      ),
      plan(post, { name, to }: { name: 'put' | 'delete'; to: string }) {
        const parcel = parcelOf(post, 'owner')
        const { id } = person(post, 'friend')
        const perms: Perm[] | undefined = name === 'put' ? ['view'] : undefined
        const asked = { caller: person(post, 'caller'), parcel, to: to.replaceAll('{id}', id) }
        const step = asking(post, { name, ...asked, perms })
        return { ...step, rule: RULES.nobody, outcomes: [refused(400, 404, 422)] }
      },
    },
    noEntry: {
      check: 'C8',
      cases: ['user outsider', 'group empty', 'group owners', 'user namesake'],
      plan(post, who: string) {
        const parcel = parcelOf(post, 'owner')
        const asked = { caller: person(post, 'caller'), parcel, to: toOf(post, who) }
        return asking(post, { name: 'delete', ...asked })
      },
    },
    noId: {
      check: 'C8',
      cases: REQUESTS.flatMap((name) => [...MISSING, NO_ID].map((id) => ({ name, id }))),
      plan(post, { name, id }: { name: RequestName; id: string }, at) {
        const parcel = { ...parcelOf(post, 'owner'), id }
        const asked = { caller: person(post, 'caller'), parcel, ...ordinary(post, name, at) }
        const step = asking(post, { name, ...asked })
        return { ...step, rule: RULES.noId, outcomes: [refused(404)] }
      },
    },
    oddId: {
      check: 'C8',
      cases: REQUESTS.flatMap((name, one) =>
        otherSpellings('1000').flatMap((_, spelling) =>
          (spelling + one) % 3 === 0 ? [{ name, spelling }] : [],
        ),
      ),
      plan(post, { name, spelling }: { name: RequestName; spelling: number }, at) {
        const own = parcelOf(post, 'owner')
        const parcel = { ...own, id: otherSpellings(own.id)[spelling]! }
        const asked = { caller: person(post, 'caller'), parcel, ...ordinary(post, name, at) }
        const step = asking(post, { name, ...asked })
        return { ...step, rule: RULES.noId, outcomes: [refused(404, 400, 422)] }
      },
    },
    limit: {
      check: 'C8',
      cases: ['1', '100', '0', '101', '-1', '1.5', '1e1', 'abc', '', '9223372036854775808', '20x'],
      plan(post, limit: string) {
        const isRight = limit === '1' || limit === '100'
        const step = listing(post, person(post, 'owner'), { limit: isRight ? Number(limit) : 1 })
        const request = { ...step.request, path: `/parcels?limit=${limit}` }
        return { request, rule: RULES.limit, outcomes: isRight ? step.outcomes : [refused(400, 422)] }
      },
    },
    after: {
      check: 'C8',
      cases: ['abc', '', '-1', '1.5', '1000x', "1'", '%20'],
      plan(post, after: string) {
        const headers = headersOf(person(post, 'owner'))
        const request = { path: `/parcels?after=${after}`, headers }
        return { request, rule: RULES.after, outcomes: [refused(400, 422)] }
      },
    },
    oddIds: {
      check: 'C8',
      cases: ['"abc"', '-1', '1.5', 'null', '{}', '[]', '""', '1e30', '9007199254740993', '"1 or 1=1"'],
      plan(post, odd: string) {
        const step = lookingUp(post, person(post, 'caller'), [asId(parcelOf(post, 'owner').id)])
        const json = step.request.json!.replace(']', `,${odd}]`)
        const outcomes = [...step.outcomes, refused(400, 422)]
        return { request: { ...step.request, json }, rule: RULES.oddIds, outcomes }
      },
    },
    noIds: {
      check: 'C8',
      cases: ['{}', '{"ids":null}', '{"ids":{}}', '{"id":[1000]}'],
      plan(post, json: string) {
        const { request } = lookingUp(post, person(post, 'caller'), [])
        return { request: { ...request, json }, rule: RULES.ids, outcomes: [refused(400, 422)] }
      },
    },
    manyIds: {
      check: 'C8',
      cases: [0, 999, 1000, 1001, 1500],
      plan(post, count: number) {
        const all = inOrder(post).map(({ id }) => Number(id))
        // From the last on, for servers which read some of them only.
        const ids = Array.from({ length: count }, (_, index) =>
          index < count - all.length ? 5000 + index : all[index - Math.max(count - all.length, 0)]!,
        )
        const step = lookingUp(post, person(post, 'caller'), ids.map(String).map(asId))
        const outcomes = count > 1000 ? [refused(400, 422)] : step.outcomes
        return { ...step, rule: RULES.ids, outcomes }
      },
    },
  }

  // ------------------------------------------------------------ the house rules, by an owner

  const GETS = ['read', 'scans', 'label', 'acl'] as const
  const pathOf = (name: RequestName) => (post: Post, at: At) => {
    const { id: owner } = person(post, 'owner')
    const parcel = at.pick([...post.parcels.values()].filter(({ ownerId }) => ownerId === owner))
    const to = toOf(post, 'user friend')
    return parcel && ROWS[name].path.replace('{id}', parcel.id).replace('{to}', to)
  }
  const getOf = (name: RequestName) => (post: Post, path: string) => {
    const parcel = post.parcels.get(path.split('/')[2] ?? '')
    return parcel && asking(post, { name, caller: ownerOf(post, parcel), parcel }).outcomes
  }
  const house = houseRules<Post>({
    routes: {
      list: {
        path: () => '/parcels',
        methods: ['GET', 'HEAD'],
        get: (post) => listing(post, person(post, 'owner')).outcomes,
      },
      ...Object.fromEntries(
        GETS.map((name) => [
          name,
          {
            path: pathOf(name),
            methods: name === 'read' ? ['GET', 'HEAD', 'PATCH'] : ['GET', 'HEAD'],
            get: getOf(name),
            bodies: name === 'read' ? { PATCH: '{"destination":"Elsewhere 1"}' } : undefined,
          },
        ]),
      ),
      entry: {
        path: pathOf('put'),
        methods: ['PUT', 'DELETE'],
        bodies: { PUT: '{"perms":["view","redirect"]}' },
      },
      // Another method on it may be about a parcel with the id "lookup".
      lookup: { path: () => '/parcels/lookup', methods: [], bodies: { POST: '{"ids":[1000]}' } },
    },
    checks: {
      unknownPath: 'C8',
      otherMethod: 'C8',
      query: 'C8',
      otherCase: 'C8',
      trailingSlash: 'C8',
      escapes: 'C8',
      malformed: 'C8',
      noObject: 'C8',
      emptyBody: 'C8',
      contentType: 'C8',
      head: 'C8',
    },
  })

  const byOwner = (operation: Operation<Post>): Operation<Post> => ({
    ...operation,
    plan(post, value, at) {
      const step = operation.plan(post, value, at)
      if (!step) return undefined
      const { request } = step
      const headers = { ...headersOf(person(post, 'owner')), ...request.headers }
      return { ...step, request: { ...request, headers } }
    },
  })

  let servers: ServerSubject[] | undefined
  const model: ServerModel<Post> & { last?: Post } = {
    async open() {
      const state = makeNew()
      servers = await readyServers(world, state, servers)
      form = await formOf(servers[0]!, state)
      model.last = state
      return { servers, state, async close() {} }
    },
    // The ways to stand to a parcel alone make hundreds of cases.
    ordinary: 1,
    operations: looking({
      ...standing,
      ...lists,
      ...changes,
      ...sharing,
      ...fields,
      ...Object.fromEntries(Object.entries(house).map(([name, one]) => [name, byOwner(one)])),
    }),
    observe(post) {
      const parcel = post.touched
      if (!parcel) return undefined
      const caller = ownerOf(post, parcel)
      return [
        asking(post, { name: 'read', caller, parcel }),
        asking(post, { name: 'acl', caller, parcel }),
      ]
    },
  }
  return model
}

/** Two copies on these rows: those of the last program, unless they have died or hold locks. */
async function readyServers(
  world: World,
  post: Post,
  known: ServerSubject[] | undefined,
): Promise<ServerSubject[]> {
  const isFit = known?.every(({ process }) => !process.exit) ?? true
  const servers = isFit ? (known ?? (await world.copies())) : await world.startTwo()
  try {
    await world.fill(post)
    return servers
  } catch (error) {
    if (!known) throw error
    await Promise.all(servers.map((server) => server.kill()))
    const others = await world.startTwo()
    await world.fill(post)
    return others
  }
}

/** How the server gives ids. */
async function formOf(server: ServerSubject, post: Post): Promise<Form> {
  const parcel = byKey(post.parcels, 'owner')!
  const headers = headersOf(post.users.get(parcel.ownerId)!)
  const { body } = await server.send({ path: `/parcels/${parcel.id}`, headers })
  return typeof body?.id === 'string' ? 'string' : 'number'
}

/** Remembers which parcel a request may have changed: what only reads leaves nothing to look at. */
const looking = (
  operations: Record<string, Operation<Post>>,
): Record<string, Operation<Post>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        plan(post, value, at) {
          const step = operation.plan(post, value, at)
          const { method = 'GET', path = '' } = step?.request ?? {}
          const isWrite = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
          post.touched = isWrite ? post.parcels.get(path.split(/[/?]/)[2] ?? '') : undefined
          return step
        },
      } satisfies Operation<Post>,
    ]),
  )

