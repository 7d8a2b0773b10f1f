import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const OF_USER = "  where (kind = 'user' and subject_id = $1)\n"
const OF_GROUPS =
  "     or (kind = 'group' and subject_id in (select group_id from group_members where user_id = $1))`"
const IS_VISIBLE =
  "`(owner_id = $1 or id in (select parcel_id from (${GIVEN}) as given where perm = 'view'))`"
const CALLER = "  const { rows } = await pool.query('select id from users where token = $1', [token])\n"
const NOBODY = "  if (!rows[0]) throw new Refusal(401, 'a token is needed that a user has')\n"
const OWN = '  const perms = parcel.ownerId === caller.id ? PERMS : given\n'
const HIDDEN = "  if (!perms.includes('view')) throw nothing()\n"
const LACKING = '  if (!perms.includes(needed)) throw new Refusal(403, `this needs ${needed}`)\n'
const ACCESS = '/** The parcel of the path and what the caller may do with it;'
const LIST = `  const { rows: items } = await pool.query(
    \`select \${PARCEL} from parcels where \${VISIBLE} and id > $2::bigint order by id limit $3\`,
    [caller.id, after, limit],
  )
`
const COUNT = '`select count(*)::int as total from parcels where ${VISIBLE}`'
const ANSWERED = '  response.json({ items, total: counted[0].total })\n'
const LIMIT = '  limit: digits.transform(Number).pipe(z.int().min(1).max(100)).default(20),\n'
const AFTER = '  after: digits.transform(Number).pipe(z.int()).default(0),\n'
const IDS = 'const forLookup = z.object({ ids: z.array(z.int()).max(1000) })'
const LOOKUP = `  const { rows } = await pool.query(
    \`select \${PARCEL} from parcels where \${VISIBLE} and id = any($2::bigint[])\`,
    [caller.id, ids],
  )
`
const FOUND = '  response.json(rows)\n'
const SCANS = `on('GET /parcels/:id/scans', async (asked) => {
  const { parcel } = await access(pool, asked, 'view')
`
const LABEL = `on('GET /parcels/:id/label', async (asked) => {
  const { parcel } = await access(pool, asked, 'view')
`
const PATCH = `  const { destination } = forPatch.parse(asked.request.body)
  const { parcel } = await access(pool, asked, 'redirect')
`
const LENGTH = "value !== '' && [...value].length <= 100"
const ACL = `on('GET /parcels/:id/acl', async (asked) => {
  const { parcel } = await access(pool, asked, 'share')
`
const ENTRIES = '     from parcel_acl where parcel_id = $1 group by kind, subject_id`'
const FOR_PUT = 'const forPut = z.object({ perms: z.array(z.enum(PERMS)).min(1) })'
const WANTED = 'const wanted = [...new Set(forPut.parse(asked.request.body).perms)]'
const MORE = '    const more = wanted.filter((perm) => !perms.includes(perm))\n'
const KNOWN = '    if (!known[0]) throw new Refusal(404, `no ${kind} has this id`)\n'
const CLEARED = `    await db.query(
      'delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3',
      entry,
    )
`
const INSERTED = '       select $1::int, $2::text, $3::int, unnest($4::text[])`'
const DELETED = `      'delete from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3 returning perm',
`
const DELETABLE = `    const { parcel } = await access(db, asked, 'share')
    const { rows } = await db.query(
`
const NO_ENTRY = "    if (rows.length === 0) throw new Refusal(404, 'there is no such entry')\n"
const SUBJECT = "  if (!kind || !id || !isId(id)) throw new Refusal(404, 'no user and no group is called so')\n"
const BEGIN = "    await client.query('begin')\n"
const LOCK =
  "    await client.query('select 1 from parcels where id = $1 for update', [isId(id) ? id : 0])\n"
const COMMIT = "    await client.query('commit')\n"

/** A parcel that is looked up without a question; for handlers that have `asked`. */
const UNASKED = `  const which = String(asked.request.params.id)
  const { rows: found } = await pool.query('select id from parcels where id = $1', [
    isId(which) ? which : 0,
  ])
  if (!found[0]) throw nothing()
  const parcel: { id: number } = found[0]
`

const OWNER = 'the owner | has all three permissions, whatever the entries say'
const USER = 'an entry for `user:7` | gives its permissions to the user 7'
const GROUP =
  'an entry for `group:7` | gives its permissions to the users who are in the group 7 at that moment'
const BARE = '`redirect` or `share` without `view` | is worth nothing until `view` is there as well'
const ITSELF = 'a permission | gives itself and no other'
const NOW = 'a change of rows by another copy or another program | counts from the next request on'
const UNAUTHENTICATED = 'no token, or one that no user has | `401`'
const NOT_SHOWN = 'the caller may not view the parcel: it is *hidden* | `404`, and never `403`'
const SAME =
  'the same request for a hidden parcel and for an id that nothing has | the same status, the same headers and the same body, but for the id, times and request numbers'
const FORBIDDEN =
  'the caller may view the parcel, and lacks the permission that the request needs | `403`'
const PERMS =
  '`perms` | an array of one or more of `view`, `redirect` and `share`. One that stands there twice counts once, or is refused'
const NOT_MORE =
  '`perms` has one that the caller does not have for this parcel | `403`, even if the entry has it already'
const WHOM =
  'who gets an entry | any user or group: the caller, the owner and the caller’s own groups as well'
const NO_SUBJECT = '`{to}` names no user and no group | `400`, `404` or `422`'
const TAKING =
  'taking away | a caller with `share` may take any permission from any entry, by `PUT` and by `DELETE`, whether they have it or not'
const LIMITS = '`limit` in the query | 1 to 100; 20 where none is sent'
const AFTERS =
  '`after` in the query | an id: only parcels with a greater one are listed, whether something has it or not, hidden or not. Anything but digits: `400` or `422`'
const ITEMS =
  '`items` | the parcels that the caller may view, in the order of their ids. There are as many as `limit` says; fewer only where no more follow'
const TOTAL = '`total` | how many parcels the caller may view, whatever `limit` and `after` are'
const ALL_IDS = '`ids` in a look-up | an array of 0 to 1,000 ids as `GET /parcels` gives them'
const ONLY_FOUND =
  'the answer to a look-up | of these, the parcels that the caller may view, each once; the other ids are left out'
const ODD_IDS =
  'something among the `ids` that is no id | is left out, or the request is refused with `400` or `422`'
const STATEMENTS =
  'a list or a look-up with many parcels | takes as many statements to the database as one with few'
const DESTINATION = '`destination` | a text of 1 to 100 characters'
const TWO_AT_ONCE =
  'two `PUT`s of one entry at once | both get `200`, and the entry then has the permissions of one of the two: not more, and not fewer'
const MEANWHILE =
  'a request while an entry is being changed | is answered by the old entry or by the new one; a caller who has a permission by both keeps it all the time'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'asks for permission at /parcels/{id} alone, and not below it',
    rule: "`GET /parcels/{id}/scans` | `view` | | `200` and an array of the parcel's scans, `{id, place}` each, in the order of their ids",
    edits: [edit(SCANS, `on('GET /parcels/:id/scans', async (asked) => {\n${UNASKED}`)],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'takes a page of all parcels and leaves out what is hidden: pages are nearly empty',
    rule: ITEMS,
    edits: [
      edit(
        LIST,
        `  const { rows: page } = await pool.query(
    \`select \${PARCEL} from parcels where id > $1::bigint order by id limit $2\`,
    [after, limit],
  )
  const { rows: visible } = await pool.query(\`select id from parcels where \${VISIBLE}\`, [caller.id])
  const items = page.filter(({ id }) => visible.some((one) => one.id === id))
`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'answers 403 for a hidden parcel: so it says that it exists',
    rule: NOT_SHOWN,
    edits: [edit(HIDDEN, HIDDEN.replace('nothing()', "new Refusal(403, 'this is not your parcel')"))],
  },
  {
    id: 'W4',
    check: 'C4',
    why: 'counts all parcels for the total, hidden ones too',
    rule: TOTAL,
    edits: [edit(COUNT, '`select count(*)::int as total from parcels where $1::int > 0`')],
  },
  {
    id: 'W5',
    check: 'C7',
    why: 'asks the database about each parcel of a list by itself',
    rule: STATEMENTS,
    edits: [
      edit(
        LIST,
        `  const { rows: all } = await pool.query(
    \`select \${PARCEL} from parcels where id > $1::bigint order by id\`,
    [after],
  )
  const items: Parcel[] = []
  for (const parcel of all) {
    if (items.length === limit) break
    const { rows } = await pool.query(\`select 1 from parcels where \${VISIBLE} and id = $2\`, [
      caller.id,
      parcel.id,
    ])
    if (rows[0]) items.push(parcel)
  }
`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C1',
    why: 'lets any permission show the parcel, as if view came with each',
    rule: BARE,
    edits: [
      edit(HIDDEN, '  if (perms.length === 0) throw nothing()\n'),
      edit(LACKING, LACKING.replace('if (', "if (needed !== 'view' && ")),
    ],
  },
  {
    id: 'W7',
    check: 'C5',
    why: 'keeps in memory what somebody may do with a parcel, once it was read',
    rule: NOW,
    edits: [
      edit(ACCESS, `const known = new Map<string, readonly Perm[]>()\n\n${ACCESS}`),
      edit(
        OWN,
        `  const key = \`\${caller.id} \${parcel.id}\`
  const perms = known.get(key) ?? (parcel.ownerId === caller.id ? PERMS : given)
  known.set(key, perms)
`,
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C6',
    why: 'lets who may share give away everything',
    rule: NOT_MORE,
    edits: [edit(MORE, '    const more: Perm[] = []\n')],
  },

  // ------------------------------------------------------------ requests
  {
    id: 'W9',
    check: 'C1',
    why: 'answers with the parcel as the row has it, with owner_id in place of ownerId',
    rule: '`GET /parcels/{id}` | `view` | | `200` and the parcel',
    edits: [
      edit(
        '  asked.response.json(parcel)\n',
        '  const { ownerId: owner_id, ...more } = parcel\n  asked.response.json({ ...more, owner_id })\n',
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'lists the scans by their places',
    rule: "`GET /parcels/{id}/scans` | `view` | | `200` and an array of the parcel's scans, `{id, place}` each, in the order of their ids",
    edits: [edit('order by scans.id', 'order by place')],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'prints the label of any parcel whose id somebody tries',
    rule: '`GET /parcels/{id}/label` | `view` | | `200` and `{label}`',
    edits: [edit(LABEL, `on('GET /parcels/:id/label', async (asked) => {\n${UNASKED}`)],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'lets everybody redirect who may view',
    rule: '`PATCH /parcels/{id}` | `redirect` | `{destination}` | `200` and the parcel',
    edits: [edit(PATCH, PATCH.replace("asked, 'redirect'", "asked, 'view'"))],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'shows the list of entries to everybody who may view',
    rule: "`GET /parcels/{id}/acl` | `share` | | `200` and an array of the parcel's entries, in any order",
    edits: [edit(ACL, ACL.replace("asked, 'share'", "asked, 'view'"))],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'leaves the entries of groups out of the list',
    rule: "`GET /parcels/{id}/acl` | `share` | | `200` and an array of the parcel's entries, in any order",
    edits: [edit(ENTRIES, ENTRIES.replace('= $1', "= $1 and kind = 'user'"))],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'lets nobody share but the owner',
    rule: '`PUT /parcels/{id}/acl/{to}` | `share` | `{perms}` | `200` and the entry, which then has exactly these permissions',
    edits: [
      edit(
        MORE,
        `    if (parcel.ownerId !== asked.caller.id) throw new Refusal(403, 'only the owner may share')\n${MORE}`,
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'adds to what the entry has, and takes nothing away',
    rule: '`PUT /parcels/{id}/acl/{to}` | `share` | `{perms}` | `200` and the entry, which then has exactly these permissions',
    edits: [
      edit(CLEARED, ''),
      edit(INSERTED, INSERTED.replace('`', '\n       on conflict do nothing`')),
    ],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'deletes the entries of all users with the one',
    rule: '`DELETE /parcels/{id}/acl/{to}` | `share` | | `204`, and the entry is gone',
    edits: [edit(DELETED, DELETED.replace('subject_id = $3', '$3::int > 0'))],
  },
  {
    id: 'W18',
    check: 'C4',
    why: 'answers with the parcels alone, without a total',
    rule: '`GET /parcels` | | | `200` and `{items, total}`, as [below](#lists-and-look-ups)',
    edits: [edit(ANSWERED, '  response.json(items)\n')],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'wraps the array of a look-up into an object, as lists do',
    rule: '`POST /parcels/lookup` | | `{ids}` | `200` and an array of parcels, in any order',
    edits: [edit(FOUND, '  response.json({ items: rows, total: rows.length })\n')],
  },

  // ------------------------------------------------------------ permissions
  {
    id: 'W20',
    check: 'C1',
    why: 'goes by an entry for the owner, where there is one, in place of the ownership',
    rule: OWNER,
    edits: [edit(OWN, OWN.replace('caller.id ?', 'caller.id && given.length === 0 ?'))],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'takes the entry of a group for that of the user with the same id',
    rule: USER,
    edits: [edit(OF_USER, '  where (subject_id = $1)\n')],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'takes the entry of a user for that of the group with the same id',
    rule: GROUP,
    edits: [edit(OF_GROUPS, OF_GROUPS.replace("kind = 'group' and ", ''))],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'looks at the entries of users only',
    rule: GROUP,
    edits: [edit(OF_GROUPS, OF_GROUPS.replace("kind = 'group'", "kind = 'none'"))],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'forgets the groups as soon as the user has an entry of their own',
    rule: 'several entries for a caller | add up',
    edits: [
      edit(
        OF_GROUPS,
        `     or (kind = 'group' and subject_id in (select group_id from group_members where user_id = $1)
         and not exists (select 1 from parcel_acl as own
           where own.parcel_id = parcel_acl.parcel_id and own.kind = 'user' and own.subject_id = $1))\``,
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'looks at one of the entries only, whichever comes first',
    rule: 'several entries for a caller | add up',
    edits: [
      edit(
        OF_GROUPS,
        `     or (kind = 'group' and subject_id = (select min(group_id) from group_members
         join parcel_acl as own on own.kind = 'group' and own.subject_id = group_id
         where user_id = $1 and own.parcel_id = parcel_acl.parcel_id))\``,
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'lets who may share redirect as well',
    rule: ITSELF,
    edits: [edit(LACKING, LACKING.replace('(needed))', "(needed) && !perms.includes('share'))"))],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'redirects for who has redirect, and never asks for view',
    rule: BARE,
    edits: [
      edit(
        HIDDEN,
        "  if (!perms.includes('view') && (needed !== 'redirect' || !perms.includes(needed))) throw nothing()\n",
      ),
    ],
  },

  // ------------------------------------------------------------ who is calling
  {
    id: 'W28',
    check: 'C8',
    why: 'answers 403 where there is no right token',
    rule: UNAUTHENTICATED,
    edits: [edit(NOBODY, NOBODY.replace('401', '403'))],
  },
  {
    id: 'W29',
    check: 'C8',
    why: 'compares tokens by LIKE: a percent sign is everybody’s',
    rule: UNAUTHENTICATED,
    edits: [edit(CALLER, CALLER.replace('token = $1', 'token like $1'))],
  },
  {
    id: 'W30',
    check: 'C5',
    why: 'keeps in memory whose a token is',
    rule: NOW,
    edits: [
      edit(
        'async function callerOf(',
        'const callers = new Map<string, User>()\n\nasync function callerOf(',
      ),
      edit(
        CALLER,
        `  const known = callers.get(token)\n  if (known) return known\n${CALLER}`,
      ),
      edit(`${NOBODY}  return rows[0]\n`, `${NOBODY}  callers.set(token, rows[0])\n  return rows[0]\n`),
    ],
  },

  // ------------------------------------------------------------ refusals
  {
    id: 'W31',
    check: 'C3',
    why: 'says in the body of the 404 that the parcel is somebody else’s',
    rule: SAME,
    edits: [edit(HIDDEN, HIDDEN.replace('nothing()', "new Refusal(404, 'you may not view this parcel')"))],
  },
  {
    id: 'W32',
    check: 'C3',
    why: 'sends a header about the parcel before it asks for permission',
    rule: SAME,
    edits: [edit(OWN, `  request.res?.set('X-Parcel-Owner', String(parcel.ownerId))\n${OWN}`)],
  },
  {
    id: 'W33',
    check: 'C3',
    why: 'looks whether the parcel exists, then at the body, and only then for permission',
    rule: SAME,
    edits: [
      edit(
        PATCH,
        `${UNASKED.replace('  const parcel: { id: number } = found[0]\n', '')}${PATCH}`,
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C1',
    why: 'answers 404 also to callers who may view the parcel',
    rule: FORBIDDEN,
    edits: [edit(LACKING, '  if (!perms.includes(needed)) throw nothing()\n')],
  },
  {
    id: 'W35',
    check: 'C1',
    why: 'asks for permission when the destination is written already',
    rule: 'any refusal | changes nothing',
    edits: [
      edit(
        PATCH,
        `  const { destination } = forPatch.parse(asked.request.body)
  const which = String(asked.request.params.id)
  await pool.query('update parcels set destination = $2 where id = $1', [
    isId(which) ? which : 0,
    destination,
  ])
  const { parcel } = await access(pool, asked, 'redirect')
`,
      ),
    ],
  },

  // ------------------------------------------------------------ sharing
  {
    id: 'W36',
    check: 'C6',
    why: 'lets sharers give again what the entry has already',
    rule: NOT_MORE,
    edits: [
      edit(
        MORE,
        `    const { rows: before } = await db.query(
      'select perm from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3',
      [parcel.id, kind, id],
    )
    const old: Perm[] = before.map(({ perm }) => perm)
    const more = wanted.filter((perm) => !perms.includes(perm) && !old.includes(perm))
`,
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'lets sharers give themselves what they do not have',
    rule: NOT_MORE,
    edits: [
      edit(
        MORE,
        MORE.replace(
          'wanted.filter',
          "kind === 'user' && Number(id) === asked.caller.id ? [] : wanted.filter",
        ),
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C6',
    why: 'looks at what is given to users only, and not to groups',
    rule: NOT_MORE,
    edits: [edit(MORE, MORE.replace('wanted.filter', "kind === 'group' ? [] : wanted.filter"))],
  },
  {
    id: 'W39',
    check: 'C6',
    why: 'leaves out what a sharer does not have, and says 200',
    rule: NOT_MORE,
    edits: [
      edit(
        MORE,
        `    const more: Perm[] = []
    for (const perm of [...wanted]) if (!perms.includes(perm)) wanted.splice(wanted.indexOf(perm), 1)
`,
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C6',
    why: 'refuses an entry for the caller themself',
    rule: WHOM,
    edits: [
      edit(
        MORE,
        `    if (kind === 'user' && Number(id) === asked.caller.id) throw new Refusal(422, 'that is you')\n${MORE}`,
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C8',
    why: 'makes entries for users who do not exist',
    rule: NO_SUBJECT,
    edits: [edit(KNOWN, "    if (!known[0] && kind === 'group') throw new Refusal(404, 'no group has this id')\n")],
  },
  {
    id: 'W42',
    check: 'C8',
    why: 'dies of ids that are too long for the column',
    rule: NO_SUBJECT,
    edits: [edit(SUBJECT, SUBJECT.replace('!isId(id)', '!/^[1-9][0-9]*$/.test(id)'))],
  },
  {
    id: 'W43',
    check: 'C6',
    why: 'lets sharers delete an entry only if they have all that it gives',
    rule: TAKING,
    edits: [
      edit(
        DELETABLE,
        `    const { parcel, perms } = await access(db, asked, 'share')
    const { rows: given } = await db.query(
      'select perm from parcel_acl where parcel_id = $1 and kind = $2 and subject_id = $3',
      [parcel.id, kind, id],
    )
    if (given.some(({ perm }) => !perms.includes(perm))) throw new Refusal(403, 'it has more than you')
    const { rows } = await db.query(
`,
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C8',
    why: 'answers 204 where there was nothing to delete',
    rule: '`DELETE` of an entry that is not there | `404`',
    edits: [edit(NO_ENTRY, '')],
  },
  {
    id: 'W45',
    check: 'C8',
    why: 'takes an empty list of permissions',
    rule: PERMS,
    edits: [edit(FOR_PUT, FOR_PUT.replace('.min(1)', ''))],
  },
  {
    id: 'W46',
    check: 'C8',
    why: 'dies of a permission that stands twice',
    rule: PERMS,
    edits: [edit(WANTED, 'const wanted = forPut.parse(asked.request.body).perms')],
  },

  // ------------------------------------------------------------ lists and look-ups
  {
    id: 'W47',
    check: 'C4',
    why: 'lists what the caller owns, and not what others have shared',
    rule: ITEMS,
    edits: [edit(IS_VISIBLE, "'owner_id = $1'")],
  },
  {
    id: 'W48',
    check: 'C4',
    why: 'lists parcels for which the caller has any permission, without view too',
    rule: ITEMS,
    edits: [edit(IS_VISIBLE, IS_VISIBLE.replace(" where perm = 'view'", ''))],
  },
  {
    id: 'W49',
    check: 'C4',
    why: 'joins the entries: a parcel that is shared twice is listed twice',
    rule: ITEMS,
    edits: [
      edit(
        LIST,
        `  const { rows: items } = await pool.query(
    \`select \${PARCEL} from parcels left join (\${GIVEN}) as given on parcel_id = id and perm = 'view'
     where (owner_id = $1 or perm is not null) and id > $2::bigint order by id limit $3\`,
    [caller.id, after, limit],
  )
`,
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C4',
    why: 'gives the length of the page for the total',
    rule: TOTAL,
    edits: [edit(ANSWERED, ANSWERED.replace('counted[0].total', 'items.length'))],
  },
  {
    id: 'W51',
    check: 'C4',
    why: 'counts only what follows after',
    rule: TOTAL,
    edits: [edit(COUNT, COUNT.replace('${VISIBLE}', '${VISIBLE} and id > ${after}'))],
  },
  {
    id: 'W52',
    check: 'C4',
    why: 'begins with the parcel that after names',
    rule: AFTERS,
    edits: [edit('id > $2::bigint', 'id >= $2::bigint')],
  },
  {
    id: 'W53',
    check: 'C4',
    why: 'refuses an after that names a hidden parcel or none',
    rule: AFTERS,
    edits: [
      edit(
        LIST,
        `  if (after > 0) {
    const { rows } = await pool.query(\`select 1 from parcels where \${VISIBLE} and id = $2::bigint\`, [
      caller.id,
      after,
    ])
    if (!rows[0]) throw nothing()
  }
${LIST}`,
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C8',
    why: 'begins from the front where after is no number',
    rule: AFTERS,
    edits: [edit(AFTER, AFTER.replace('.default(0)', '.default(0).catch(0)'))],
  },
  {
    id: 'W55',
    check: 'C4',
    why: 'dies of an after that is too large for the column',
    rule: '`after` beyond every id | no `items`; from 2^31 on also `400` or `422`',
    edits: [edit('id > $2::bigint', 'id > $2::int')],
  },
  {
    id: 'W56',
    check: 'C4',
    why: 'lists a hundred parcels where no limit is sent',
    rule: LIMITS,
    edits: [edit(LIMIT, LIMIT.replace('default(20)', 'default(100)'))],
  },
  {
    id: 'W57',
    check: 'C8',
    why: 'takes any limit, however large',
    rule: LIMITS,
    edits: [edit(LIMIT, LIMIT.replace('.max(100)', ''))],
  },
  {
    id: 'W58',
    check: 'C8',
    why: 'refuses look-ups of more than a hundred ids',
    rule: ALL_IDS,
    edits: [edit(IDS, IDS.replace('1000', '100'))],
  },
  {
    id: 'W59',
    check: 'C8',
    why: 'looks up any number of ids',
    rule: ALL_IDS,
    edits: [edit(IDS, IDS.replace('.max(1000)', ''))],
  },
  {
    id: 'W60',
    check: 'C2',
    why: 'looks up any parcel, without a question',
    rule: ONLY_FOUND,
    edits: [edit(LOOKUP, LOOKUP.replace('${VISIBLE}', '$1::int > 0'))],
  },
  {
    id: 'W61',
    check: 'C2',
    why: 'refuses the whole look-up for one id that the caller may not view',
    rule: ONLY_FOUND,
    edits: [edit(FOUND, `  if (rows.length < new Set(ids).size) throw nothing()\n${FOUND}`)],
  },
  {
    id: 'W62',
    check: 'C2',
    why: 'answers with a parcel as often as its id was sent',
    rule: ONLY_FOUND,
    edits: [edit(FOUND, '  response.json(ids.flatMap((id) => rows.filter((row) => row.id === id)))\n')],
  },
  {
    id: 'W63',
    check: 'C8',
    why: 'hands whatever stands among the ids to the database',
    rule: ODD_IDS,
    edits: [edit(IDS, IDS.replace('z.int()', 'z.any()'))],
  },
  {
    id: 'W64',
    check: 'C7',
    why: 'looks up one id after the other',
    rule: STATEMENTS,
    edits: [
      edit(
        LOOKUP,
        `  const rows: Parcel[] = []
  for (const id of new Set(ids)) {
    const { rows: found } = await pool.query(
      \`select \${PARCEL} from parcels where \${VISIBLE} and id = $2::bigint\`,
      [caller.id, id],
    )
    rows.push(...found)
  }
`,
      ),
    ],
  },

  // ------------------------------------------------------------ fields, ids and methods
  {
    id: 'W65',
    check: 'C8',
    why: 'counts the units of UTF-16 in place of characters',
    rule: DESTINATION,
    edits: [edit(LENGTH, LENGTH.replace('[...value].length', 'value.length'))],
  },
  {
    id: 'W66',
    check: 'C8',
    why: 'takes 01000 for 1000',
    rule: 'only its own spelling is the id',
    edits: [edit('/^[1-9][0-9]{0,9}$/.test(text)', '/^[0-9]{1,10}$/.test(text)')],
  },
  {
    id: 'W67',
    check: 'C8',
    why: 'answers 404 to another method',
    rule: 'a path that the README names, with another method | `405` and `Allow`',
    edits: [
      edit(
        "throw new Refusal(405, `this path takes ${names.join(', ')}`)",
        "throw new Refusal(404, `this path takes ${names.join(', ')}`)",
      ),
    ],
  },

  // ------------------------------------------------------------ at the same time
  {
    id: 'W68',
    check: 'C9',
    why: 'deletes the old permissions and adds the new ones without a transaction',
    rule: MEANWHILE,
    edits: [edit(BEGIN, ''), edit(LOCK, ''), edit(COMMIT, '')],
  },
  {
    id: 'W69',
    check: 'C9',
    why: 'has a transaction, in which two changes do not wait for each other',
    rule: TWO_AT_ONCE,
    edits: [edit(LOCK, '')],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
