import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const OWN = 'const isOwn = owner !== undefined && parcel[owner] === caller.id'
const OWNER_OF_COURIER = "  courier: 'courierId',\n"
const VERIFIED = "sub = String(jwt.verify(token!, secret!, { algorithms: ['HS256'] }).sub)"
const TOKEN = "const token = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1]"
const NOBODY =
  "  if (!rows[0]) throw new Refusal(401, 'a valid token is needed')\n  return rows[0]\n}\n\n// ------------------------------------------------------------ routes"
const CALLER = 'const caller = await callerOf(request)'
const GUARD = "if (row !== 'everybody' && !caller.roles.some((role) => grants[role])) {"
const DENIED = "throw new Refusal(403, 'none of your roles may do this')"
const NO_PARCEL = "if (!rows[0]) throw new Refusal(404, 'no parcel has this id')"
const FOREIGN = "throw new Refusal(403, 'your roles may do this to other parcels only')"
const PATCHED = "await change(asked, await parcelOf(asked), 'address', address)"
const DELETED = '  const { id } = await parcelOf(asked)\n'
const LOCK = "  await client.query('lock table user_roles in share row exclusive mode')\n"
const LAST = "if (admins.length === 0) throw new Refusal(409, 'somebody must be admin')"
const RENAMED =
  "  await pool.query('update users set name = $2 where id = $1', [caller.id, name])\n  response.json({ ...caller, name })"
const PARSER = 'app.use(express.json())\n'

const CLAIMS =
  'a role | counts if it stands in `user_roles`, and only there: what the token, another header, the query or the body says of roles changes nothing'
const OTHERS =
  'any other field | sets nothing: it is ignored, or the request refused with `400` or `422`'
const NOW =
  'a change in `user_roles`, also by another program | counts from the next request on, on all copies'
const UNAUTHENTICATED = 'no token, or one that is malformed, expired or not signed so | `401`'
const NOTHING_CHANGES = 'any request that is refused | changes nothing'
const SPELLING =
  'the path in other letters, with a slash too many, or with letters as percent escapes | the same as the path itself, a redirect, `400`, `403`, `404` or `405`; never more than the path itself gives'
const LAST_ADMIN = 'a `PUT /users/{id}/roles` after which nobody would be admin | `409`'

/** A cell or more of the matrix that says something else. */
const cells = (
  id: string,
  why: string,
  request: string,
  old: string,
  text: string,
  rule: string,
) => ({
  ...{ id, why, check: 'C1', rule },
  edits: [edit(`  '${request}': ${old},\n`, `  '${request}': ${text},\n`)],
})

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'trusts the role that the token claims',
    rule: CLAIMS,
    edits: [
      edit(
        VERIFIED,
        "const claims = jwt.verify(token!, secret!, { algorithms: ['HS256'] }) as jwt.JwtPayload\n    sub = String(claims.sub)\n    claimed = [claims.role ?? []].flat()",
      ),
      edit("  let sub = ''\n", "  let sub = ''\n  let claimed: Role[] = []\n"),
      edit(
        NOBODY,
        NOBODY.replace(
          'return rows[0]',
          'return { ...rows[0], roles: [...rows[0].roles, ...claimed] }',
        ),
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C3',
    why: 'keeps the roles of a user in memory, once they were read',
    rule: NOW,
    edits: [
      edit(
        '/** The caller and their roles,',
        'const known = new Map<number, Role[]>()\n\n/** The caller and their roles,',
      ),
      edit(
        NOBODY,
        NOBODY.replace(
          'return rows[0]',
          'const roles = known.get(rows[0].id) ?? rows[0].roles\n  known.set(rows[0].id, roles)\n  return { ...rows[0], roles }',
        ),
      ),
    ],
  },
  cells(
    ...(['W3', 'forgets the check of one route', 'GET /admin/export'] as const),
    "{ admin: 'all' }",
    "'everybody'",
    '`GET /admin/export` | – | – | – | ✔',
  ),
  {
    id: 'W4',
    check: 'C7',
    why: 'asks whether the parcel is their own when the address is written already',
    rule: NOTHING_CHANGES,
    edits: [
      edit(
        PATCHED,
        `await pool.query('update parcels set address = $2 where id = $1', [idOf(asked), address])
  ${PATCHED}`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'guards what begins with /admin, and the router knows other spellings of it',
    rule: SPELLING,
    edits: [
      edit(
        GUARD,
        `const isGuarded = !route.includes('/admin') || request.path.startsWith('/admin')\n    ${GUARD.replace("(row !== 'everybody'", "(isGuarded && row !== 'everybody'")}`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C5',
    why: 'takes over whatever stands in the body of PATCH /me, roles too',
    rule: OTHERS,
    edits: [
      edit(
        RENAMED,
        `  const me = { ...caller, ...request.body, name }
  await pool.query('update users set name = $2 where id = $1', [caller.id, name])
  if (Array.isArray(me.roles)) {
    await pool.query('delete from user_roles where user_id = $1', [caller.id])
    await pool.query('insert into user_roles select $1, unnest($2::text[])', [caller.id, me.roles])
  }
  response.json({ ...me, id: caller.id })`,
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C7',
    why: 'answers 403 where there is no token',
    rule: UNAUTHENTICATED,
    edits: [edit(NOBODY, NOBODY.replace('401', '403'))],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'looks at the first role of a user only',
    rule: 'a user with several roles | may do what any one of them may',
    edits: [
      edit(
        GUARD,
        `caller.roles = caller.roles.slice(0, route === 'GET /me' ? 9 : 1)\n    ${GUARD}`,
      ),
    ],
  },

  // ------------------------------------------------------------ the matrix, row by row
  cells(
    ...(['W9', 'asks for a role that an admin does not have', 'GET /me'] as const),
    "'everybody'",
    "{ customer: 'all', courier: 'all', dispatcher: 'all' }",
    '`GET /me` | ✔ | ✔ | ✔ | ✔',
  ),
  cells(
    ...(['W10', 'lets customers alone change their name', 'PATCH /me'] as const),
    "'everybody'",
    "{ customer: 'all' }",
    '`PATCH /me` | ✔ | ✔ | ✔ | ✔',
  ),
  cells(
    ...(['W11', 'lets dispatchers post parcels of their own', 'POST /parcels'] as const),
    "{ customer: 'all' }",
    "{ customer: 'all', dispatcher: 'all' }",
    '`POST /parcels` | ✔ | – | – | –',
  ),
  cells(
    ...(['W12', 'shows couriers the list of all parcels', 'GET /parcels'] as const),
    "{ customer: 'own', courier: 'own', dispatcher: 'all', admin: 'all' }",
    "{ customer: 'own', courier: 'all', dispatcher: 'all', admin: 'all' }",
    '`GET /parcels` | own | own | ✔ | ✔',
  ),
  cells(
    ...(['W13', 'shows a customer any parcel whose id they try', 'GET /parcels/{id}'] as const),
    "{ customer: 'own', courier: 'own', dispatcher: 'all', admin: 'all' }",
    "{ customer: 'all', courier: 'own', dispatcher: 'all', admin: 'all' }",
    '`GET /parcels/{id}` | own | own | ✔ | ✔',
  ),
  cells(
    ...(['W14', 'lets admins do everything', 'PATCH /parcels/{id}'] as const),
    "{ customer: 'own', dispatcher: 'all' }",
    "{ customer: 'own', dispatcher: 'all', admin: 'all' }",
    '`PATCH /parcels/{id}` | own | – | ✔ | –',
  ),
  cells(
    ...(['W15', 'lets a courier delete what they carry', 'DELETE /parcels/{id}'] as const),
    "{ customer: 'own', admin: 'all' }",
    "{ customer: 'own', courier: 'own', admin: 'all' }",
    '`DELETE /parcels/{id}` | own | – | – | ✔',
  ),
  cells(
    ...([
      'W16',
      'lets a customer call their own parcel delivered',
      'PUT /parcels/{id}/status',
    ] as const),
    "{ courier: 'own', dispatcher: 'all' }",
    "{ customer: 'own', courier: 'own', dispatcher: 'all' }",
    '`PUT /parcels/{id}/status` | – | own | ✔ | –',
  ),
  cells(
    ...([
      'W17',
      'lets a courier hand their parcel to another',
      'PUT /parcels/{id}/courier',
    ] as const),
    "{ dispatcher: 'all' }",
    "{ courier: 'own', dispatcher: 'all' }",
    '`PUT /parcels/{id}/courier` | – | – | ✔ | –',
  ),
  cells(
    ...(['W18', 'shows couriers the list of couriers', 'GET /couriers'] as const),
    "{ dispatcher: 'all', admin: 'all' }",
    "{ courier: 'all', dispatcher: 'all', admin: 'all' }",
    '`GET /couriers` | – | – | ✔ | ✔',
  ),
  cells(
    ...(['W19', 'lets admins alone add users', 'POST /users'] as const),
    "{ dispatcher: 'all', admin: 'all' }",
    "{ admin: 'all' }",
    '`POST /users` | – | – | ✔ | ✔',
  ),
  cells(
    ...(['W20', 'lets dispatchers give roles', 'PUT /users/{id}/roles'] as const),
    "{ admin: 'all' }",
    "{ dispatcher: 'all', admin: 'all' }",
    '`PUT /users/{id}/roles` | – | – | – | ✔',
  ),
  cells(
    ...(['W21', 'shows dispatchers the list of users', 'GET /admin/users'] as const),
    "{ admin: 'all' }",
    "{ dispatcher: 'all', admin: 'all' }",
    '`GET /admin/users` | – | – | – | ✔',
  ),
  {
    id: 'W22',
    check: 'C1',
    why: 'takes every parcel that has to do with the caller for a customer’s own',
    rule: '“own” for a customer | parcels whose `customerId` is the caller',
    edits: [
      edit(
        OWN,
        'const isOwn = owner !== undefined && [parcel.customerId, parcel.courierId].includes(caller.id)',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'takes what a courier sends for what they carry',
    rule: '“own” for a courier | parcels whose `courierId` is the caller',
    edits: [edit(OWNER_OF_COURIER, "  courier: 'customerId',\n")],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'takes a user without roles for a customer',
    rule: 'a user without roles | may use `/me`, and nothing else',
    edits: [
      edit(
        GUARD,
        `if (caller.roles.length === 0 && row !== 'everybody') caller.roles = ['customer']\n    ${GUARD}`,
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'lets who is named in a parcel see it, whatever their roles are now',
    rule: 'the matrix does not allow it | `403`',
    edits: [
      edit(
        GUARD,
        `const named = await pool.query('select 1 from parcels where id = $1 and $2 in (customer_id, courier_id)', [isId(String(request.params.id)) ? request.params.id : 0, caller.id])
    if (named.rows[0]) {
      await handle({ request, response, caller: { ...caller, roles: ['dispatcher'] }, grants })
      return
    }
    ${GUARD}`,
      ),
    ],
  },

  // ------------------------------------------------------------ who is calling
  {
    id: 'W26',
    check: 'C7',
    why: 'decodes the token and never verifies it',
    rule: UNAUTHENTICATED,
    edits: [edit(VERIFIED, 'sub = String((jwt.decode(token!) as jwt.JwtPayload).sub)')],
  },
  {
    id: 'W27',
    check: 'C7',
    why: 'takes expired tokens',
    rule: UNAUTHENTICATED,
    edits: [edit(VERIFIED, VERIFIED.replace("['HS256']", "['HS256'], ignoreExpiration: true"))],
  },
  {
    id: 'W28',
    check: 'C7',
    why: 'takes tokens from the query as well',
    rule: UNAUTHENTICATED,
    edits: [edit(TOKEN, `${TOKEN} ?? String(request.query.token ?? '')`)],
  },
  {
    id: 'W29',
    check: 'C7',
    why: 'takes somebody who is in no table for a user without roles',
    rule: 'a token whose `sub` is the id of no user | `401`',
    edits: [
      edit(
        NOBODY,
        NOBODY.replace(
          'if (!rows[0]) throw',
          "if (!rows[0] && isId(sub)) return { id: Number(sub), name: 'unknown', roles: [] }\n  if (!rows[0]) throw",
        ),
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C2',
    why: 'lets a header name the role, as a gateway would set it',
    rule: CLAIMS,
    edits: [
      edit(
        GUARD,
        `const said = request.get('x-role') as Role | undefined\n    if (said) caller.roles = [...caller.roles, said]\n    ${GUARD}`,
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'takes the role from the query, left from an afternoon of debugging',
    rule: CLAIMS,
    edits: [
      edit(
        GUARD,
        `const said = request.query.role as Role | undefined\n    if (said) caller.roles = [...caller.roles, said]\n    ${GUARD}`,
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C2',
    why: 'looks the caller up by the id in another header',
    rule: CLAIMS,
    edits: [
      edit(
        NOBODY,
        NOBODY.replace(
          '  return rows[0]\n',
          "  const other = request.get('x-user-id')\n  if (!other) return rows[0]\n  return (await pool.query<User>(`${USER} where id = $1`, [other])).rows[0]!\n",
        ),
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C3',
    why: 'reads the roles again only when this copy has changed them itself',
    rule: NOW,
    edits: [
      edit(
        '/** The caller and their roles,',
        'const known = new Map<number, Role[]>()\n\n/** The caller and their roles,',
      ),
      edit(
        NOBODY,
        NOBODY.replace(
          'return rows[0]',
          'const roles = known.get(rows[0].id) ?? rows[0].roles\n  known.set(rows[0].id, roles)\n  return { ...rows[0], roles }',
        ),
      ),
      edit("  await client.query('commit')\n", "  await client.query('commit')\n  known.clear()\n"),
    ],
  },

  // ------------------------------------------------------------ refusals
  {
    id: 'W34',
    check: 'C1',
    why: 'answers 401 to callers whose roles are not enough',
    rule: 'the matrix does not allow it | `403`',
    edits: [edit(DENIED, "throw new Refusal(401, 'none of your roles may do this')")],
  },
  {
    id: 'W35',
    check: 'C1',
    why: 'answers 404 for parcels that are not the caller’s own',
    rule: 'the matrix does not allow it | `403`',
    edits: [edit(FOREIGN, "throw new Refusal(404, 'no parcel has this id')")],
  },
  {
    id: 'W36',
    check: 'C7',
    why: 'reads the parcel before it asks for roles, and dies of one that is not there',
    rule: '… and no parcel or user has the id | `403` or `404`',
    edits: [
      edit(
        GUARD,
        `if (path.startsWith('/parcels/:id') && !caller.roles.includes('admin') && !caller.roles.includes('dispatcher')) {
      const { rows } = await pool.query<Parcel>('select id from parcels where id = $1', [isId(String(request.params.id)) ? request.params.id : 0])
      if (rows[0]!.id < 0) return
    }
    ${GUARD}`,
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C7',
    why: 'answers 403 where there is no such parcel, to dispatchers too',
    rule: 'the matrix allows it for every parcel or user, and none has the id | `404`',
    edits: [edit(NO_PARCEL, "if (!rows[0]) throw new Refusal(403, 'not your parcel')")],
  },
  {
    id: 'W38',
    check: 'C7',
    why: 'says 204 to a customer who deletes a parcel that is not there',
    rule: 'the matrix allows it for own parcels, and none has the id | `403` or `404`',
    edits: [
      edit(
        DELETED,
        `  const there = await pool.query('select 1 from parcels where id = $1', [idOf(asked)])
  if (!there.rows[0] && !asked.caller.roles.includes('admin')) {
    asked.response.status(204).end()
    return
  }
${DELETED}`,
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C7',
    why: 'denies paths that do not exist',
    rule: 'a path that is not in the matrix | `404`; below `/admin` also `403`, and without a token also `401`',
    edits: [
      edit(
        "throw new Refusal(404, 'there is nothing here')",
        "throw new Refusal(403, 'there is nothing here')",
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C8',
    why: 'answers 404 to another method',
    rule: 'another method on a path of the matrix | `405`; also `403`, and without a token also `401`',
    edits: [
      edit(
        "throw new Refusal(405, `this path takes ${names.join(', ')}`)",
        "throw new Refusal(404, `this path takes ${names.join(', ')}`)",
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C7',
    why: 'sends 403 and goes on: the parcel is deleted all the same',
    rule: NOTHING_CHANGES,
    edits: [
      edit(
        DELETED,
        `  const id = idOf(asked)
  const { rows } = await pool.query<Parcel>(\`select \${PARCEL} from parcels where id = $1\`, [id])
  if (!rows[0]) throw new Refusal(404, 'no parcel has this id')
  if (!mayTouch(asked.caller, asked.grants, rows[0])) asked.response.status(403).json({ error: 'not yours' })
`,
      ),
      edit(
        '  asked.response.status(204).end()\n',
        '  if (!asked.response.headersSent) asked.response.status(204).end()\n',
      ),
    ],
  },

  // ------------------------------------------------------------ other spellings
  {
    id: 'W42',
    check: 'C4',
    why: 'answers HEAD before it asks who is calling',
    rule: '`HEAD` | is answered as `GET` is, to the same callers',
    edits: [
      edit(
        CALLER,
        `if (request.method === 'HEAD') {\n      response.status(200).json({})\n      return\n    }\n    ${CALLER}`,
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C4',
    why: 'asks for the rights of the method that was sent, and does what the override says',
    rule: '`X-HTTP-Method-Override` and the like | give a caller nothing that the matrix does not allow; they may be ignored, or refused with `400`, `403`, `404` or `405`',
    edits: [
      edit(
        PARSER,
        `${PARSER}app.use((request, response, next) => {
  response.locals.sent = request.method
  request.method = request.get('x-http-method-override') ?? request.method
  next()
})
`,
      ),
      edit(
        "    const grants = row === 'everybody' ? {} : row\n",
        "    const sent = MATRIX[`${response.locals.sent} ${path.replace(':id', '{id}')}`] ?? row\n    const grants = sent === 'everybody' ? {} : sent\n",
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C4',
    why: 'leaves out the guard where the path has a slash at its end',
    rule: SPELLING,
    edits: [
      edit(
        GUARD,
        GUARD.replace(
          "(row !== 'everybody'",
          "(!request.path.endsWith('/') && row !== 'everybody'",
        ),
      ),
    ],
  },

  // ------------------------------------------------------------ fields
  {
    id: 'W45',
    check: 'C8',
    why: 'counts the units of UTF-16 in place of characters',
    rule: '`name` | a text of 1 to 60 characters',
    edits: [
      edit(
        'const forName = z.object({ name: text(60) })',
        'const forName = z.object({ name: z.string().refine(({ length }) => length > 0 && length <= 60) })',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C8',
    why: 'takes an empty address',
    rule: '`address` | a text of 1 to 100 characters',
    edits: [
      edit(
        'const forAddress = z.object({ address: text(100) })',
        "const forAddress = z.object({ address: text(100).or(z.literal('')) })",
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C8',
    why: 'takes no way back from delivered to waiting',
    rule: '`status` | `waiting`, `moving` or `delivered`; any may follow any',
    edits: [
      edit(
        "  await change(asked, await parcelOf(asked), 'status', status)",
        "  const parcel = await parcelOf(asked)\n  if (parcel.status === 'delivered' && status === 'waiting') throw new Refusal(409, 'it is delivered')\n  await change(asked, parcel, 'status', status)",
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C8',
    why: 'gives a parcel to anybody as its courier',
    rule: '`courierId` | the id of a user who has the role `courier`, as `GET /couriers` gives it; otherwise `400`, `404`, `409` or `422`',
    edits: [edit("where user_id = $1::bigint and role = 'courier'", 'where user_id = $1::bigint')],
  },
  {
    id: 'W49',
    check: 'C8',
    why: 'dies of a role that stands twice',
    rule: '`roles` | an array of `customer`, `courier`, `dispatcher` and `admin`, or an empty one. A role that stands there twice counts once, or is refused',
    edits: [edit('[id, [...new Set(roles)]]', '[id, roles]')],
  },
  {
    id: 'W50',
    check: 'C5',
    why: 'gives a new user the roles that the body asks for',
    rule: OTHERS,
    edits: [
      edit(
        "    [name],\n  )\n  response.status(201).json({ id: rows[0]!.id, name, roles: ['customer'] })",
        `    [name],
  )
  const roles = Array.isArray(request.body.roles) ? request.body.roles : ['customer']
  await pool.query('delete from user_roles where user_id = $1', [rows[0]!.id])
  await pool.query('insert into user_roles select $1, unnest($2::text[])', [rows[0]!.id, roles])
  response.status(201).json({ id: rows[0]!.id, name, roles })`,
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C5',
    why: 'posts a parcel in the name of whoever the body names',
    rule: OTHERS,
    edits: [
      edit('    [caller.id, address],\n', '    [request.body.customerId ?? caller.id, address],\n'),
    ],
  },
  {
    id: 'W52',
    check: 'C5',
    why: 'lets a change of the address change the status as well',
    rule: OTHERS,
    edits: [
      edit(
        PATCHED,
        `const parcel = await parcelOf(asked)
  const { status } = asked.request.body
  if (typeof status === 'string') await pool.query('update parcels set status = $2 where id = $1', [parcel.id, status])
  await change(asked, parcel, 'address', address)`,
      ),
    ],
  },

  // ------------------------------------------------------------ the last admin
  {
    id: 'W53',
    check: 'C6',
    why: 'takes the role from the last admin',
    rule: LAST_ADMIN,
    edits: [edit(LAST, '')],
  },
  {
    id: 'W54',
    check: 'C6',
    why: 'forbids admins to give their own role back',
    rule: 'any other, of oneself too | is carried out',
    edits: [
      edit(
        '  const id = idOf(asked)\n  const client',
        "  const id = idOf(asked)\n  if (Number(id) === asked.caller.id && !roles.includes('admin')) throw new Refusal(409, 'not yourself')\n  const client",
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C9',
    why: 'counts the admins without a lock: two that demote each other both find another one',
    rule: 'two admins at once, each of whom takes the role from the other | one of them stays admin and gets `200`; the other gets `403` or `409`',
    edits: [edit(LOCK, '')],
  },
  {
    id: 'W56',
    check: 'C1',
    why: 'adds roles, and takes none away',
    rule: '`200` and the user, who then has exactly these roles',
    edits: [
      edit(
        "  await client.query('delete from user_roles where user_id = $1', [id])\n",
        "  if (roles.length === 0) await client.query('delete from user_roles where user_id = $1', [id])\n",
      ),
      edit(
        'from users where id = $1`,\n    [id,',
        'from users where id = $1 on conflict do nothing`,\n    [id,',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C1',
    why: 'lists couriers by the parcels that they carry',
    rule: '`200` and an array, in any order: the users who have the role `courier`',
    edits: [
      edit(
        "response.json((await allUsers()).filter(({ roles }) => roles.includes('courier')))",
        'const { rows } = await pool.query<User>(`${USER} where id in (select courier_id from parcels) order by id`)\n  response.json(rows)',
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C1',
    why: 'shows a customer who is a courier only the parcels that they send',
    rule: '`200` and an array, in any order: the parcels that `GET /parcels/{id}` shows the caller',
    edits: [
      edit(
        'response.json(rows.filter((parcel) => mayTouch(caller, grants, parcel)))',
        "const isCustomer = caller.roles.includes('customer')\n  const own = isCustomer ? { ...grants, courier: undefined } : grants\n  response.json(rows.filter((parcel) => mayTouch(caller, own, parcel)))",
      ),
    ],
  },

  // ------------------------------------------------------------ from blind rounds
  {
    id: 'W59',
    check: 'C1',
    why: 'lists what the caller both sends and carries twice',
    rule: '`200` and an array, in any order: the parcels that `GET /parcels/{id}` shows the caller',
    edits: [
      edit(
        'response.json(rows.filter((parcel) => mayTouch(caller, grants, parcel)))',
        "if (caller.roles.some((role) => grants[role] === 'all')) response.json(rows)\n  else response.json([...rows.filter((one) => caller.roles.includes('customer') && one.customerId === caller.id), ...rows.filter((one) => caller.roles.includes('courier') && one.courierId === caller.id)])",
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C5',
    why: 'lets an admin add a user with roles, in a request that is not for that',
    rule: OTHERS,
    edits: [
      edit(
        "on('POST /users', async ({ request, response }) => {",
        "on('POST /users', async ({ request, response, caller }) => {",
      ),
      edit(
        "  response.status(201).json({ id: rows[0]!.id, name, roles: ['customer'] })",
        "  const roles = caller.roles.includes('admin') && Array.isArray(request.body.roles) ? request.body.roles : ['customer']\n  await pool.query('delete from user_roles where user_id = $1', [rows[0]!.id])\n  await pool.query('insert into user_roles select $1, unnest($2::text[])', [rows[0]!.id, roles])\n  response.status(201).json({ id: rows[0]!.id, name, roles })",
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C5',
    why: 'lets an admin rename somebody else by an id in the body',
    rule: OTHERS,
    edits: [
      edit(
        "where id = $1', [caller.id, name])",
        "where id = $1', [caller.roles.includes('admin') ? (request.body.id ?? caller.id) : caller.id, name])",
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'shows couriers only what is not delivered yet',
    rule: '“own” for a courier | parcels whose `courierId` is the caller',
    edits: [
      edit(
        OWN,
        "const isOwn = owner !== undefined && parcel[owner] === caller.id && (role !== 'courier' || parcel.status !== 'delivered')",
      ),
    ],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
