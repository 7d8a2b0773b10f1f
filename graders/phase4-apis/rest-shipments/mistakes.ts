import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const LOCATION = '    response.location(`/shipments/${rows[0]!.id}`)\n'
const TAG = 'const tagOf = ({ version }: Row) => `"${version}"`'
const INSERT =
  "'insert into shipments (ref, weight_g, depot, note) values ($1, $2, $3, $4) returning *',"
const VALUES = '        [ref, weightG, depot, note],'
const ORDER = '($2::text is null or depot = $2) order by id`'
const LEGAL = 'if (wanted.status !== old.status && !MOVES[old.status].includes(wanted.status)) {'
const LOCKED = 'select * from shipments where id = $1 for update'
const KNOWN = `if (known !== undefined && names(known.replaceAll('W/"', '"'), tagOf(row))) {`
const NOT_MODIFIED = "response.status(304).set('ETag', tagOf(row)).end()"
const BLIND =
  "if (header === undefined) throw new Problem(428, 'send If-Match with the ETag that you have read')"
const STALE = 'if (!names(header, tagOf(row))) {'
const NAMES = `  header.trim() === '*' || header.match(/(W\\/)?"[^"]*"/g)?.includes(tag) === true`

const PATCH_NOTE = 'forPut.extend({ note: text(0, 500).nullable() }).partial()'
const PATCHED =
  'return store(client, old, { ref, weightG: old.weight_g, status, depot, note, ...patch })'
const IS_ID =
  'const isId = /^(0|-?[1-9][0-9]{0,18})$/.test(id) && BigInt(id) <= MOST && BigInt(id) >= -MOST'
const NO_ID = "if (!isId) throw new Problem(404, 'no shipment has this id')"
const TYPES =
  "if (type !== 'application/json' && !isPatch) throw new Problem(415, 'the body must be JSON')"
const SENT = `  const body = JSON.stringify({ title, status, errors: more.errors })
  response.status(status).set('Content-Type', 'application/problem+json').end(body)`
const ERRORS =
  'const errors = error.issues.map(({ path, message }) => ({ field: String(path[0]), message }))'
const CANCELLED =
  "    if (status === 'cancelled') throw new Problem(409, 'this shipment is cancelled')\n"
const TAKEN = "  if (code === '23505') return new Problem(409, 'another shipment has this ref')\n"
const WRONG = "problem = new Problem(500, 'something went wrong on our side')"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'answers errors with 200 and {"error": …}',
    rule: '`POST`, `PUT` or `PATCH` with a `ref` that another shipment has | `409`',
    edits: [edit(SENT, '  response.status(200).json({ error: title, errors: more.errors })')],
  },
  {
    id: 'W2',
    check: 'C5',
    why: 'leaves it to PostgreSQL what an id is, whose error becomes a 500',
    rule: 'an id of another form, or beyond `bigint` | `404`, `400` or `422`',
    edits: [edit(`  ${IS_ID}\n  ${NO_ID}\n`, '')],
  },
  {
    id: 'W3',
    check: 'C11',
    why: 'compares the version, and updates by id alone',
    rule: 'Of several writes with one tag at the same time exactly one succeeds; the others get `412`, or `404` where it was a `DELETE`.',
    edits: [edit(LOCKED, 'select * from shipments where id = $1')],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'makes the ETag of the id, so that it never changes',
    rule: 'a change of the shipment | changes the `ETag`, also where it changes a field back; what changes nothing may leave it',
    edits: [edit(TAG, 'const tagOf = ({ id }: Row) => `"${id}"`')],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'PATCH takes null for "not sent"',
    rule: '`null` clears `note`; for any other field it is refused',
    edits: [
      edit(
        PATCHED,
        `return store(client, old, {
        ...{ ref: patch.ref ?? ref, weightG: patch.weightG ?? old.weight_g, status: patch.status ?? status },
        ...{ depot: patch.depot ?? depot, note: patch.note ?? note },
      })`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'answers 404 to a wrong method',
    rule: 'another method on these paths | `405` and an `Allow` header with the methods of that path',
    edits: [
      edit(
        'throw new Problem(405, `this path takes ${allow}`, { allow })',
        "throw new Problem(404, 'there is nothing here', { allow })",
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C2',
    why: 'lets any status become any other',
    rule: 'Any other move, by `PUT` or `PATCH`, gets `409`.',
    edits: [edit(LEGAL, 'if (false) {')],
  },
  {
    id: 'W8',
    check: 'C7',
    why: 'passes on what the driver says',
    rule: 'the text of an error | shows nothing of the inside: no SQL, no names of constraints, no words or address of the database, no stack trace, no file',
    edits: [
      edit(
        "return new Problem(409, 'another shipment has this ref')",
        'return new Problem(409, (error as Error).message)',
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'gives a new id with each change',
    rule: '`id` | the column `id`, as a text or a number; it never changes',
    edits: [edit('id: row.id,\n  ref: row.ref', 'id: `${row.id}-${row.version}`,\n  ref: row.ref')],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'has no anchor at the end of the pattern of refs',
    rule: '`ref` | 3 capitals A–Z, a hyphen and 1 to 8 digits 0–9: `^[A-Z]{3}-[0-9]{1,8}$`',
    edits: [edit('/^[A-Z]{3}-[0-9]{1,8}$/', '/^[A-Z]{3}-[0-9]{1,8}/')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'takes a weight of 30,001, and lets the table refuse it',
    rule: '`weightG` | a whole number from 1 to 30000',
    edits: [edit('.max(30_000)', '.max(30_001)')],
  },
  {
    id: 'W12',
    check: 'C4',
    why: 'a PATCH may bring any status, and the table refuses it with a 500',
    rule: '`status` | `new`, `moving`, `delivered` or `cancelled`',
    edits: [
      edit(
        '{ note: text(0, 500).nullable() }',
        '{ note: text(0, 500).nullable(), status: z.string() as unknown as z.ZodType<Status> }',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'counts UTF-16 units, so that 31 emoji are too long for a depot',
    rule: '`depot` | a text of 1 to 60 characters',
    edits: [
      edit(
        '[...value].length >= min && [...value].length <= max',
        'value.length >= min && value.length <= max',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'stores no note where the text is empty',
    rule: '`note` | a text of up to 500 characters, or `null`',
    edits: [edit(VALUES, '        [ref, weightG, depot, note || null],')],
  },
  {
    id: 'W15',
    check: 'C8',
    why: 'a change moves createdAt too',
    rule: '`createdAt` | when it was stored; it never changes',
    edits: [edit('updated_at = now()', 'updated_at = now(), created_at = now()')],
  },
  {
    id: 'W16',
    check: 'C8',
    why: 'never touches updatedAt',
    rule: '`updatedAt` | when it was changed last',
    edits: [edit(', updated_at = now()', '')],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'leaves the order of the list to the database',
    rule: '`GET /shipments` | `200` and an array of all shipments, ordered by `id` as a number',
    edits: [edit(ORDER, '($2::text is null or depot = $2)`')],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'sorts ids as texts',
    rule: '`GET /shipments` | `200` and an array of all shipments, ordered by `id` as a number',
    edits: [edit(ORDER, '($2::text is null or depot = $2) order by id::text`')],
  },
  {
    id: 'W19',
    check: 'C8',
    why: 'an unknown status is no filter, and all shipments come',
    rule: '`GET /shipments?status=…` | those with this status; for a status that does not exist an empty array, `400` or `422`',
    edits: [
      edit(
        'status: z.enum(STATUSES).optional(), depot',
        'status: z.enum(STATUSES).optional().catch(undefined), depot',
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C8',
    why: 'looks for depots with LIKE',
    rule: '`GET /shipments?depot=…` | those with exactly this depot, or an empty array; with `status` too, those that fit both',
    edits: [edit('or depot = $2)', 'or depot like $2)')],
  },
  {
    id: 'W21',
    check: 'C8',
    why: 'with two filters lists what fits either',
    rule: '`GET /shipments?depot=…` | those with exactly this depot, or an empty array; with `status` too, those that fit both',
    edits: [
      edit(
        'where ($1::text is null or status = $1) and ($2::text is null or depot = $2)',
        'where ($1::text is null and $2::text is null) or status = $1 or depot = $2',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'POST takes the status from the body',
    rule: '`POST /shipments` | `201` and the new shipment; its `status` is `new`, and its `note` is `null` where none is sent',
    edits: [
      edit(
        INSERT,
        "'insert into shipments (ref, weight_g, depot, note, status) values ($1, $2, $3, $4, $5) returning *',",
      ),
      edit(
        VALUES,
        "        [ref, weightG, depot, note, JSON.parse(request.body).status === 'delivered' ? 'delivered' : 'new'],",
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'POST does not say where the shipment is',
    rule: '| a `Location` header leads to it; it may be absolute or relative',
    edits: [edit(LOCATION, '')],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'Location leads to a path that does not exist',
    rule: '| a `Location` header leads to it; it may be absolute or relative',
    edits: [edit('response.location(`/shipments/', 'response.location(`/shipment/')],
  },
  {
    id: 'W25',
    check: 'C3',
    why: 'GET leaves out the note',
    rule: '`GET /shipments/{id}` | `200` and the shipment',
    edits: [
      edit(
        '.json(shown(row))',
        '.json(status === 200 ? { ...shown(row), note: null } : shown(row))',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C4',
    why: 'PUT keeps the note where none is sent',
    rule: '`PUT /shipments/{id}` | `200` and the shipment, which is then what was sent: all fields are required but `note`, which is `null` where it is not sent',
    edits: [
      edit(
        'change(request, (client, old) => store(client, old, wanted))',
        "change(request, (client, old) =>\n      store(client, old, 'note' in JSON.parse(request.body) ? wanted : { ...wanted, note: old.note }),\n    )",
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'PUT merges: what is not sent stays',
    rule: '`PUT /shipments/{id}` | `200` and the shipment, which is then what was sent: all fields are required but `note`, which is `null` where it is not sent',
    edits: [
      edit('const wanted = bodyOf(request, forPut)', 'const sent = bodyOf(request, forPatch)'),
      edit(
        'change(request, (client, old) => store(client, old, wanted))',
        'change(request, (client, old) =>\n      store(client, old, { ...shown(old), ...sent }),\n    )',
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C4',
    why: 'PATCH empties the note where none is sent',
    rule: '`PATCH /shipments/{id}` | `200` and the shipment, changed by a JSON Merge Patch: a field that is not sent stays',
    edits: [edit(PATCH_NOTE, `forPut.partial()`)],
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'PATCH knows application/json only',
    rule: '| the body is `application/merge-patch+json` or `application/json`',
    edits: [
      edit(
        TYPES,
        "if (type !== 'application/json' || isPatch) throw new Problem(415, 'the body must be JSON')",
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'DELETE only marks the shipment as cancelled',
    rule: '`DELETE /shipments/{id}` | `204`; the shipment and its scans are gone',
    edits: [
      edit(
        "'delete from shipments where id = $1', [id]",
        '"update shipments set status = \'cancelled\' where id = $1", [id]',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C4',
    why: 'DELETE answers 200 with an empty object',
    rule: '`DELETE /shipments/{id}` | `204`; the shipment and its scans are gone',
    edits: [edit('response.status(204).end()', 'response.json({})')],
  },
  {
    id: 'W32',
    check: 'C4',
    why: 'forgets that a change can meet a ref that is taken: 500',
    rule: '`POST`, `PUT` or `PATCH` with a `ref` that another shipment has | `409`',
    edits: [edit('    throw fromDatabase(error)\n  } finally {', '    throw error\n  } finally {')],
  },
  {
    id: 'W33',
    check: 'C2',
    why: 'a new shipment cannot be cancelled',
    rule: '`new` | `moving`, `cancelled`',
    edits: [edit("new: ['moving', 'cancelled'],", "new: ['moving'],")],
  },
  {
    id: 'W34',
    check: 'C2',
    why: 'a new shipment can be delivered',
    rule: '`new` | `moving`, `cancelled`',
    edits: [edit("new: ['moving', 'cancelled'],", "new: ['moving', 'cancelled', 'delivered'],")],
  },
  {
    id: 'W35',
    check: 'C2',
    why: 'a moving shipment cannot be cancelled',
    rule: '`moving` | `delivered`, `cancelled`',
    edits: [edit("moving: ['delivered', 'cancelled'],", "moving: ['delivered'],")],
  },
  {
    id: 'W36',
    check: 'C2',
    why: 'a delivered shipment can be cancelled',
    rule: '`delivered`, `cancelled` | nothing',
    edits: [edit('delivered: [],', "delivered: ['cancelled'],")],
  },
  {
    id: 'W37',
    check: 'C2',
    why: 'refuses the status that a shipment has already',
    rule: 'The same status again is no move, and is fine.',
    edits: [edit(LEGAL, 'if (!MOVES[old.status].includes(wanted.status)) {')],
  },
  {
    id: 'W38',
    check: 'C2',
    why: 'checks the move in PATCH only',
    rule: 'Any other move, by `PUT` or `PATCH`, gets `409`.',
    edits: [
      edit(
        'async function store(client: pg.PoolClient, old: Row, wanted: z.infer<typeof forPut>) {',
        'async function store(client: pg.PoolClient, old: Row, wanted: z.infer<typeof forPut>, isPut = false) {',
      ),
      edit(
        LEGAL,
        'if (!isPut && wanted.status !== old.status && !MOVES[old.status].includes(wanted.status)) {',
      ),
      edit('store(client, old, wanted))', 'store(client, old, wanted, true))'),
    ],
  },
  {
    id: 'W39',
    check: 'C4',
    why: 'a delivered or cancelled shipment cannot be changed at all',
    rule: 'Everything but the status can be changed in every status.',
    edits: [
      edit(
        LEGAL,
        'if (MOVES[old.status].length === 0 || (wanted.status !== old.status && !MOVES[old.status].includes(wanted.status))) {',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C3',
    why: 'counts versions in the memory of each copy',
    rule: '`GET` of one shipment | has an `ETag`, strong or weak, that is the same on all copies of the server and after a restart',
    edits: [
      edit(
        TAG,
        'const begun = process.hrtime.bigint()\nconst tagOf = ({ version }: Row) => `"${begun}-${version}"`',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C3',
    why: 'an ETag without its quotes',
    rule: '`GET` of one shipment | has an `ETag`, strong or weak, that is the same on all copies of the server and after a restart',
    edits: [
      edit(TAG, 'const tagOf = ({ version }: Row) => version'),
      edit(NAMES, '  header.trim() === tag'),
    ],
  },
  {
    id: 'W42',
    check: 'C3',
    why: 'makes the ETag of the fields alone: with the old note the old tag is back',
    rule: 'a change of the shipment | changes the `ETag`, also where it changes a field back; what changes nothing may leave it',
    edits: [
      edit("import pg from 'pg'", "import { createHash } from 'node:crypto'\nimport pg from 'pg'"),
      edit(
        TAG,
        `const tagOf = ({ ref, weight_g, status, depot, note }: Row) => {
  const text = JSON.stringify([ref, weight_g, status, depot, note])
  return \`"\${createHash('sha256').update(text).digest('hex')}"\`
}`,
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C3',
    why: 'makes the ETag of the second of the last change',
    rule: 'a change of the shipment | changes the `ETag`, also where it changes a field back; what changes nothing may leave it',
    edits: [
      edit(
        TAG,
        'const tagOf = ({ updated_at }: Row) => `"${Math.floor(updated_at.getTime() / 1000)}"`',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C3',
    why: 'knows no If-None-Match',
    rule: '`GET` with `If-None-Match` and the current tag | `304` without a body, and the `ETag`',
    edits: [
      edit(
        KNOWN,
        "delete request.headers['if-none-match'] // which Express would see\n    if (known === 'never') {",
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C3',
    why: 'a 304 without its ETag',
    rule: '`GET` with `If-None-Match` and the current tag | `304` without a body, and the `ETag`',
    edits: [edit(NOT_MODIFIED, 'response.status(304).end()')],
  },
  {
    id: 'W46',
    check: 'C3',
    why: 'any If-None-Match gets 304',
    rule: '`GET` with another tag in `If-None-Match` | `200` and the shipment',
    edits: [edit(KNOWN, 'if (known !== undefined) {')],
  },
  {
    id: 'W47',
    check: 'C3',
    why: 'writes without If-Match',
    rule: '`PUT`, `PATCH` or `DELETE` without `If-Match` | `428`',
    edits: [edit(BLIND, 'if (header === undefined) return')],
  },
  {
    id: 'W48',
    check: 'C3',
    why: 'a DELETE needs no If-Match',
    rule: '`PUT`, `PATCH` or `DELETE` without `If-Match` | `428`',
    edits: [
      edit(BLIND, `if (header === undefined && request.method === 'DELETE') return\n  ${BLIND}`),
    ],
  },
  {
    id: 'W49',
    check: 'C3',
    why: 'answers 409 to an old tag',
    rule: '… with an `If-Match` that is not the current tag | `412`',
    edits: [edit("throw new Problem(412, 'somebody", "throw new Problem(409, 'somebody")],
  },
  {
    id: 'W50',
    check: 'C3',
    why: 'takes any tag up to the current version',
    rule: '… with an `If-Match` that is not the current tag | `412`',
    edits: [edit(STALE, "if (Number(header.replaceAll('\"', '')) > Number(row.version)) {")],
  },
  {
    id: 'W51',
    check: 'C4',
    why: 'compares weakly made tags strictly: what GET gave never fits',
    rule: '… with `If-Match` and the tag as `GET` gave it | the request is carried out',
    edits: [
      edit(TAG, 'const tagOf = ({ version }: Row) => `W/"${version}"`'),
      edit(STALE, "if (header.startsWith('W/') || !names(header, tagOf(row))) {"),
      edit(KNOWN, 'if (known !== undefined && names(known, tagOf(row))) {'),
    ],
  },
  {
    id: 'W52',
    check: 'C10',
    why: 'takes the whole header for one tag',
    rule: 'a tag with commas between several, in both headers | each of them counts',
    edits: [edit(NAMES, "  header.trim() === '*' || header.trim() === tag")],
  },
  {
    id: 'W53',
    check: 'C10',
    why: 'does not know *',
    rule: '`*` | fits every shipment that exists: `If-Match: *` writes, `If-None-Match: *` gets `304`',
    edits: [edit(NAMES, `  header.match(/(W\\/)?"[^"]*"/g)?.includes(tag) === true`)],
  },
  {
    id: 'W54',
    check: 'C10',
    why: 'compares If-None-Match strictly',
    rule: '`W/` before a tag in `If-None-Match` | makes no difference: `W/"3"` is `"3"`',
    edits: [
      edit(
        KNOWN,
        "delete request.headers['if-none-match'] // which Express would see\n    if (known !== undefined && names(known, tagOf(row))) {",
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C11',
    why: 'looks whether a ref is taken, and has no answer when it is taken a moment later',
    rule: 'Of two writes at the same time that bring the same `ref`, the second gets `409`.',
    edits: [
      edit(TAKEN, ''),
      edit(
        '    const { rows } = await pool\n      .query<Row>(',
        "    const taken = await pool.query('select 1 from shipments where ref = $1', [ref])\n    if (taken.rows[0]) throw new Problem(409, 'another shipment has this ref')\n    const { rows } = await pool\n      .query<Row>(",
      ),
      edit(
        '  const { ref, weightG, status, depot, note } = wanted\n',
        "  const { ref, weightG, status, depot, note } = wanted\n  const taken = await client.query('select 1 from shipments where ref = $1 and id <> $2', [ref, old.id])\n  if (taken.rows[0]) throw new Problem(409, 'another shipment has this ref')\n",
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C9',
    why: 'lists the newest scan first',
    rule: '`GET /shipments/{id}/scans` | `200` and an array of `{id, kind, depot, at}`, the oldest (by `id`) first',
    edits: [
      edit("where shipment_id = $1 order by id'", "where shipment_id = $1 order by id desc'"),
    ],
  },
  {
    id: 'W57',
    check: 'C9',
    why: 'lists the scans of all shipments',
    rule: '`GET /shipments/{id}/scans` | `200` and an array of `{id, kind, depot, at}`, the oldest (by `id`) first',
    edits: [edit("where shipment_id = $1 order by id'", "where $1::bigint > 0 order by id'")],
  },
  {
    id: 'W58',
    check: 'C9',
    why: 'gives the time of a scan without an offset',
    rule: '`POST /shipments/{id}/scans` | `201` and the scan. `at` is now',
    edits: [
      edit(
        '({ id, kind, depot, at })',
        "({ id, kind, depot, at: at.toISOString().replace('Z', '') })",
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C9',
    why: 'knows no kind damaged',
    rule: '`kind` in its body | `arrived`, `departed` or `damaged`',
    edits: [edit("z.enum(['arrived', 'departed', 'damaged'])", "z.enum(['arrived', 'departed'])")],
  },
  {
    id: 'W60',
    check: 'C9',
    why: 'takes a scan without a depot, and stores an empty one',
    rule: '`depot` in its body | a text of 1 to 60 characters, as above',
    edits: [
      edit("'damaged']), depot: text(1, 60) })", "'damaged']), depot: text(0, 60).default('') })"),
    ],
  },
  {
    id: 'W61',
    check: 'C9',
    why: 'stores scans of cancelled shipments',
    rule: '`POST` for a cancelled shipment | `409`',
    edits: [edit(CANCELLED, '')],
  },
  {
    id: 'W62',
    check: 'C9',
    why: 'stores no scan of a delivered shipment',
    rule: '`POST /shipments/{id}/scans` | `201` and the scan. `at` is now',
    edits: [edit("if (status === 'cancelled') throw", 'if (MOVES[status].length === 0) throw')],
  },
  {
    id: 'W63',
    check: 'C11',
    why: 'has no answer where the shipment is deleted before its scan is stored',
    rule: 'a scan that comes while its shipment is deleted | `404`, or both succeed',
    edits: [
      edit(
        "  if (code === '23503') return new Problem(404, 'this shipment has just been deleted')\n",
        '',
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C9',
    why: 'a scan raises the version of its shipment',
    rule: 'A scan changes neither the shipment nor its `ETag`, and needs no `If-Match`.',
    edits: [
      edit(
        '    response.status(201).json(shownScan(rows[0]!))',
        "    await pool.query('update shipments set version = version + 1 where id = $1', [id])\n    response.status(201).json(shownScan(rows[0]!))",
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C9',
    why: 'gives an empty list for the scans of nothing',
    rule: 'no shipment has the id, on all three paths | `404`; with `If-Match` also `412`, and without a required one also `428`',
    edits: [
      edit(
        'const { id } = await find(idOf(request))\n    const sql',
        'const id = idOf(request)\n    const sql',
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C5',
    why: 'makes a number of the id, whatever stands behind it',
    rule: 'an id of another form, or beyond `bigint` | `404`, `400` or `422`',
    edits: [
      edit(
        IS_ID,
        'const number = Number.parseInt(id, 10)\n  const isId = number > 0 && number < Number(MOST)',
      ),
      edit(
        '  return id\n}\n\n// ------------------------------------------------------------ tags',
        '  return String(number)\n}\n\n// ------------------------------------------------------------ tags',
      ),
    ],
  },
  {
    id: 'W67',
    check: 'C5',
    why: 'holds ids in doubles',
    rule: 'ids above 2^53 | are ids like any other: no digit is lost',
    edits: [
      edit(
        '  return id\n}\n\n// ------------------------------------------------------------ tags',
        '  return BigInt(Number(id)).toString()\n}\n\n// ------------------------------------------------------------ tags',
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C5',
    why: 'gives the id as a double',
    rule: 'ids above 2^53 | are ids like any other: no digit is lost',
    edits: [edit('id: row.id,\n  ref: row.ref', 'id: Number(row.id),\n  ref: row.ref')],
  },
  {
    id: 'W69',
    check: 'C6',
    why: 'a 405 without Allow',
    rule: 'another method on these paths | `405` and an `Allow` header with the methods of that path',
    edits: [edit("  if (more.allow) response.set('Allow', more.allow)\n", '')],
  },
  {
    id: 'W70',
    check: 'C6',
    why: 'reads any body as JSON',
    rule: 'a `POST`, `PUT` or `PATCH` whose `Content-Type` is not JSON | `415`',
    edits: [
      edit(
        "express.text({ type: ['application/json', 'application/merge-patch+json'] })",
        'express.text({ type: () => true })',
      ),
      edit(`  ${TYPES}\n`, '  if (isPatch && !type) return schema.parse({})\n'),
    ],
  },
  {
    id: 'W71',
    check: 'C7',
    why: 'errors are JSON, and no problem documents',
    rule: 'every answer from `400` up | is `application/problem+json`, an object with a text in `title` and its own code, as a number, in `status`',
    edits: [edit(SENT, '  response.status(status).json({ title, status, errors: more.errors })')],
  },
  {
    id: 'W72',
    check: 'C7',
    why: 'gives the status as a text',
    rule: 'every answer from `400` up | is `application/problem+json`, an object with a text in `title` and its own code, as a number, in `status`',
    edits: [
      edit(
        'JSON.stringify({ title, status, errors',
        'JSON.stringify({ title, status: String(status), errors',
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C7',
    why: 'stops at the first bad field',
    rule: 'a body with bad fields, `400` or `422` | has `errors` too: an array of objects, each with the name of a field in `field`; every bad field is there, and no good one',
    edits: [edit(ERRORS, ERRORS.replace('error.issues.map', 'error.issues.slice(0, 1).map'))],
  },
  {
    id: 'W74',
    check: 'C7',
    why: 'says what is wrong, and not with which field',
    rule: 'a body with bad fields, `400` or `422` | has `errors` too: an array of objects, each with the name of a field in `field`; every bad field is there, and no good one',
    edits: [
      edit(
        ERRORS,
        'const errors = error.issues.map(({ message }) => ({ field: message, message }))',
      ),
    ],
  },
  {
    id: 'W75',
    check: 'C12',
    why: 'has no ear for a connection that breaks: the pool ends the process',
    rule: 'the database is away | `500` or `503`; once it is back, all is as before',
    edits: [edit("pool.on('error', (error) => console.error(error.message))\n", '')],
  },
  {
    id: 'W76',
    check: 'C12',
    why: 'tells everybody where the database is',
    rule: 'the text of an error | shows nothing of the inside: no SQL, no names of constraints, no words or address of the database, no stack trace, no file',
    edits: [
      edit(
        WRONG,
        'problem = new Problem(500, `error: ${error.message || error.errors?.[0]?.message}`)',
      ),
    ],
  },
  {
    id: 'W77',
    check: 'C12',
    why: 'has an ear for idle connections only: one that breaks in a transaction ends the process',
    rule: 'the database is away | `500` or `503`; once it is back, all is as before',
    edits: [
      edit(
        "pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))\n",
        '',
      ),
    ],
  },
  {
    id: 'W78',
    check: 'C3',
    why: 'looks for the tag anywhere in If-Match, so that "13" fits "3"',
    rule: '… with an `If-Match` that is not the current tag | `412`',
    edits: [edit(STALE, "if (header !== '*' && !header.includes(row.version)) {")],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
