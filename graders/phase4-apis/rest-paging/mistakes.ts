import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const ORDER = `     order by events.at \${order.direction}, events.id \${order.direction}`
const PLACE =
  'const place = `(${value(after.at)}::timestamptz, ${value(after.id)}::bigint)`\n    conditions.push(`(at, id) ${order.after} ${place}`)'
const NEXT = 'next: rows.length > limit ? cursorOf(last, query) : null,'
const ITEMS =
  'items: page.map((row) => Object.fromEntries(fields.map((name) => [name, row[name]]))),'
const SIGNED = `  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Refusal('this is no cursor of ours')
  }
`
const PARSED =
  "const [at, id, ownSort, ownKind] = JSON.parse(Buffer.from(text, 'base64url').toString())"
const OTHER_QUERY = 'if (ownSort !== sort || ownKind !== kind) {'
const LIMIT = `  if (!/^[0-9]+$/.test(text) || Number(text) < 1) {`
const MOST = 'return Math.min(Number(text), MOST)'
const KIND = 'if (kind !== null) conditions.push(`kind = ${value(kind)}`)'
const SORT_KNOWN = "  if (!SORTS.has(sort)) throw new Refusal('sort must be at or -at')\n"
const NO_FIELD =
  '  if (unknown !== undefined) throw new Refusal(`there is no field ${JSON.stringify(unknown)}`)\n'
const SIGN = `const sign = (text: string) =>
  createHmac('sha256', process.env.CURSOR_KEY ?? '')
    .update(text)
    .digest()`
const AFTER = 'const after = cursor === undefined ? undefined : placeOf(cursor, sort, kind)'

/** Reads the cursor without asking who has made it. */
const UNSIGNED = edit(SIGNED, '')

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'pages by OFFSET: what is stored or deleted before it moves the rest',
    rule: 'an event that is there during the whole walk | is shown exactly once, whatever is stored or deleted meanwhile',
    edits: [
      edit(PLACE, ''),
      edit(
        'limit ${value(limit + 1)}`',
        'limit ${value(limit + 1)} offset ${value(Number(after?.id ?? 0))}`',
      ),
      edit(
        NEXT,
        'next: rows.length > limit ? cursorOf({ ...last, id: String(Number(after?.id ?? 0) + limit) }, query) : null,',
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'goes on after the time alone, and loses the rest of those that have the same',
    rule: '`cursor=…` | a `next` that the server gave: the page that follows the one it came with',
    edits: [edit(PLACE, 'conditions.push(`at ${order.after} ${value(after.at)}::timestamptz`)')],
  },
  {
    id: 'W3',
    check: 'C1',
    why: 'the cursor is a Date, and loses the microseconds',
    rule: '`sort=at`, or none | the oldest first; of events with the same `at`, to the microsecond, the one with the lesser `id`',
    edits: [
      edit(
        'JSON.stringify([at, id, sort, kind])',
        'JSON.stringify([new Date(at), id, sort, kind])',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'gives a next wherever the page is full',
    rule: '`next`, where none follow | `null`, not missing; also where the last page is full',
    edits: [edit(NEXT, 'next: page.length === limit ? cursorOf(last, query) : null,')],
  },
  {
    id: 'W5',
    check: 'C7',
    why: 'puts the parameter sort into the SQL',
    rule: '`sort=` anything else | is refused',
    edits: [
      edit(SORT_KNOWN, ''),
      edit(
        'const order = SORTS.get(sort)!',
        "const order = SORTS.get(sort) ?? { after: '>', direction: 'asc' }",
      ),
      edit(
        ORDER,
        `     order by \${sort.startsWith('-') ? \`events.\${sort.slice(1)} desc, events.id desc\` : \`events.\${sort}, events.id\`}`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'trusts what stands in a cursor, and PostgreSQL refuses it with a 500',
    rule: 'the right form with nonsense in it | Base64 of JSON whose time is `"x"` or whose id is `{}`',
    edits: [UNSIGNED],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'gives a million events to somebody who asks for them',
    rule: '`limit` above 100 | is taken for 100, or refused',
    edits: [edit(MOST, 'return Number(text)')],
  },
  {
    id: 'W8',
    check: 'C5',
    why: 'writes the condition with OR, so that the index is read from its beginning',
    rule: '`limit=100`, any `sort`, with or without `kind`, anywhere in 200,000 events | 300 at most',
    edits: [
      edit(
        PLACE,
        `const [a, b] = [\`\${value(after.at)}::timestamptz\`, \`\${value(after.id)}::bigint\`]
    conditions.push(\`(at \${order.after} \${a} or (at = \${a} and id \${order.after} \${b}))\`)`,
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C5',
    why: 'counts all events for each page',
    rule: '`limit=100`, any `sort`, with or without `kind`, anywhere in 200,000 events | 300 at most',
    edits: [
      edit(
        '  const page = rows.slice(0, limit)\n',
        "  const page = rows.slice(0, limit)\n  await pool.query('select count(note) from events')\n",
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'ORDER BY id means the text that is selected as id, so that 10 comes before 9',
    rule: '`sort=at`, or none | the oldest first; of events with the same `at`, to the microsecond, the one with the lesser `id`',
    edits: [edit(ORDER, '     order by at ${order.direction}, id ${order.direction}')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: '-at turns the time around and not the id',
    rule: '`sort=-at` | exactly the other way round: the newest first; with the same `at`, the one with the greater `id`',
    edits: [
      edit(ORDER, '     order by events.at ${order.direction}, events.id'),
      edit(
        PLACE,
        `const [a, b] = [\`\${value(after.at)}::timestamptz\`, \`\${value(after.id)}::bigint\`]
    conditions.push(\`(at \${order.after} \${a} or (at = \${a} and id > \${b}))\`)`,
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'makes a number of the id, which has no room for its last digits',
    rule: '`id` | the column `id`, as a text or a number; of ids above 2^53 no digit is lost either',
    edits: [
      edit(
        'Object.fromEntries(fields.map((name) => [name, row[name]]))',
        "Object.fromEntries(fields.map((name) => [name, name === 'id' ? Number(row[name]) : row[name]]))",
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'the id in the cursor is a number',
    rule: 'an event that is there during the whole walk | is shown exactly once, whatever is stored or deleted meanwhile',
    edits: [
      edit('JSON.stringify([at, id, sort, kind])', 'JSON.stringify([at, Number(id), sort, kind])'),
      edit('${value(after.id)}::bigint', '${value(BigInt(after.id))}::bigint'),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'shows times in the zone of the database as if it were UTC',
    rule: '`at` | the column `at`, as ISO 8601 with an offset or `Z`, to the millisecond or finer',
    edits: [
      edit(
        ITEMS,
        "items: page.map((row) => Object.fromEntries(fields.map((name) => [name, name === 'at' ? local(String(row.at)) : row[name]]))),",
      ),
      edit(
        'const app = express()\n',
        'const local = (at: string) => new Date(Date.parse(at) + 20_700_000).toISOString()\n\nconst app = express()\n',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'shows times to the second',
    rule: '`at` | the column `at`, as ISO 8601 with an offset or `Z`, to the millisecond or finer',
    edits: [
      edit(
        ITEMS,
        "items: page.map((row) => Object.fromEntries(fields.map((name) => [name, name === 'at' ? `${row.at.slice(0, 19)}Z` : row[name]]))),",
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'trims kinds and depots',
    rule: '`kind`, `depot` | the columns, as they are',
    edits: [edit("['kind', 'kind'],", "['kind', 'trim(kind)'],")],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'names the parcel as the column is named',
    rule: '`parcel` | the column `parcel_code`',
    edits: [edit("['parcel', 'parcel_code'],", "['parcel_code', 'parcel_code'],")],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'an empty note becomes null',
    rule: '`note` | the column, or `null`',
    edits: [edit('[name, row[name]]', '[name, row[name] || null]')],
  },
  {
    id: 'W19',
    check: 'C7',
    why: 'lets the phone be chosen as a field',
    rule: '`phone` | a column that is private: no answer shows it, or lets anybody choose it',
    edits: [
      edit("  ['note', 'note'],\n", "  ['note', 'note'],\n  ['phone', 'phone'],\n"),
      edit(
        'return [...PROPERTIES.keys()]',
        "return [...PROPERTIES.keys()].filter((name) => name !== 'phone')",
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C7',
    why: 'selects everything, and shows it where no fields are chosen',
    rule: '`phone` | a column that is private: no answer shows it, or lets anybody choose it',
    edits: [edit("  ['note', 'note'],\n", "  ['note', 'note'],\n  ['phone', 'phone'],\n")],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'calls the list events',
    rule: '`GET /events` gets `200` and `{items, next}`.',
    edits: [edit('    items: page.map', '    events: page.map')],
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'matches kinds with ILIKE',
    rule: '`kind=…` | only events with exactly this kind; where there is none, an empty page',
    edits: [edit(KIND, 'if (kind !== null) conditions.push(`kind ilike ${value(kind)}`)')],
  },
  {
    id: 'W23',
    check: 'C6',
    why: 'refuses kinds that no event has',
    rule: '`kind=…` | only events with exactly this kind; where there is none, an empty page',
    edits: [
      edit(
        '  const page = rows.slice(0, limit)\n',
        "  const page = rows.slice(0, limit)\n  if (kind !== null && rows.length === 0 && !after) throw new Refusal('there is no such kind')\n",
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'takes parseInt for a check of the limit',
    rule: '`limit=` anything else | is refused: `0`, `-1`, `2.5`, `1e1`, `0x10`, `ten`, an empty text',
    edits: [
      edit(LIMIT, '  if (!(Number.parseInt(text, 10) >= 1)) {'),
      edit(MOST, 'return Math.min(Number.parseInt(text, 10), MOST)'),
    ],
  },
  {
    id: 'W25',
    check: 'C6',
    why: 'takes the default where the limit is wrong',
    rule: '`limit=` anything else | is refused: `0`, `-1`, `2.5`, `1e1`, `0x10`, `ten`, an empty text',
    edits: [
      edit(
        '    throw new Refusal(`limit must be a whole number from 1 to ${MOST}`)',
        '    return DEFAULT_LIMIT',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C6',
    why: 'gives 10 events where no limit is sent',
    rule: '`limit=…` | a whole number in the digits 0–9, from 1 to 100; 20 where none is sent',
    edits: [edit('const DEFAULT_LIMIT = 20', 'const DEFAULT_LIMIT = 10')],
  },
  {
    id: 'W27',
    check: 'C6',
    why: 'refuses a limit of 100',
    rule: '`limit=…` | a whole number in the digits 0–9, from 1 to 100; 20 where none is sent',
    edits: [edit('|| Number(text) < 1) {', '|| Number(text) < 1 || Number(text) >= MOST) {')],
  },
  {
    id: 'W28',
    check: 'C6',
    why: 'adds the id to whatever fields are chosen',
    rule: '`fields=…` | names of properties, with commas between: the items have these and no others',
    edits: [edit('  return names\n', "  return ['id', ...names]\n")],
  },
  {
    id: 'W29',
    check: 'C6',
    why: 'leaves out fields that it does not know',
    rule: 'a name in `fields` that is not in the table above, or is private | is refused; so is an empty `fields`',
    edits: [
      edit(NO_FIELD, ''),
      edit('  const unknown = names.find((name) => !PROPERTIES.has(name))\n', ''),
      edit('  return names\n', '  return names.filter((name) => PROPERTIES.has(name))\n'),
    ],
  },
  {
    id: 'W30',
    check: 'C6',
    why: 'takes an empty fields for all of them',
    rule: 'a name in `fields` that is not in the table above, or is private | is refused; so is an empty `fields`',
    edits: [
      edit(
        'if (text === undefined) return [...PROPERTIES.keys()]',
        'if (!text) return [...PROPERTIES.keys()]',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C6',
    why: 'makes the cursor of what is shown, which may have neither at nor id',
    rule: '`limit` and `fields` may differ from page to page of one walk.',
    edits: [
      edit(
        'const last = page.at(-1)!',
        "const last = Object.fromEntries(fields.map((name) => [name, page.at(-1)?.[name] ?? '0'])) as Row",
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'the limit belongs to the cursor',
    rule: '`limit` and `fields` may differ from page to page of one walk.',
    edits: [
      edit('{ sort, kind }: Query): string {', '{ sort, kind, limit }: Query): string {'),
      edit('JSON.stringify([at, id, sort, kind])', 'JSON.stringify([at, id, sort, kind, limit])'),
      edit(
        PARSED,
        "const [at, id, ownSort, ownKind, ownLimit] = JSON.parse(Buffer.from(text, 'base64url').toString())",
      ),
      edit('return { at, id }', 'return { at, id, limit: ownLimit } as Place'),
      edit(
        'const { sort, kind, limit, fields, after } = query',
        'const { sort, kind, fields, after } = query\n  const limit = (after as { limit?: number })?.limit ?? query.limit',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C4',
    why: 'compares the sort of the cursor with what was sent, where none is not at',
    rule: '`sort=at` and no `sort` are the same query.',
    edits: [
      edit(
        'placeOf(cursor, sort, kind)\n',
        "placeOf(cursor, textOf(request, 'sort') ?? '', kind)\n",
      ),
      edit(
        'return { sort, kind, limit, fields, after }',
        "return { sort, kind, limit, fields, after, own: textOf(request, 'sort') ?? '' } as Query",
      ),
      edit(
        'JSON.stringify([at, id, sort, kind])',
        'JSON.stringify([at, id, (rest as unknown as { own: string }).own, kind])',
      ),
      edit('{ sort, kind }: Query): string {', '{ kind, ...rest }: Query): string {'),
    ],
  },
  {
    id: 'W34',
    check: 'C6',
    why: 'gives one event less than was asked for',
    rule: '`items` | as many events as `limit` says; fewer only where no more follow',
    edits: [
      edit(
        'const page = rows.slice(0, limit)',
        'const page = rows.length > limit ? rows.slice(0, Math.max(1, limit - 1)) : rows',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C3',
    why: 'has a number for the next page',
    rule: '`next`, where more events follow | a text that is not empty. What is in it is up to you; clients send it back percent-encoded',
    edits: [edit(NEXT, 'next: rows.length > limit ? Number(last.id) : null,')],
  },
  {
    id: 'W36',
    check: 'C3',
    why: 'leaves next out where nothing follows',
    rule: '`next`, where none follow | `null`, not missing; also where the last page is full',
    edits: [edit(NEXT, 'next: rows.length > limit ? cursorOf(last, query) : undefined,')],
  },
  {
    id: 'W37',
    check: 'C2',
    why: 'keeps the id alone, and looks up its time: where the event has gone, the walk begins anew',
    rule: 'the events of a page | exist, and follow the last event of the page before in the order of the query',
    edits: [
      edit(
        PLACE,
        `const { rows: found } = await pool.query("select to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ') as at from events where id = $1", [after.id])
    const place = \`(\${value(found[0]?.at ?? (sort === 'at' ? '-infinity' : 'infinity'))}::timestamptz, \${value(after.id)}::bigint)\`
    conditions.push(\`(at, id) \${order.after} \${place}\`)`,
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C2',
    why: 'answers 400 where the last event of the page before has gone',
    rule: 'an event that is there during the whole walk | is shown exactly once, whatever is stored or deleted meanwhile',
    edits: [
      edit(
        'const place = `(',
        "const known = await pool.query('select 1 from events where id = $1', [after.id])\n    if (known.rows.length === 0) throw new Refusal('this cursor is too old')\n    const place = `(",
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C2',
    why: 'keeps pages that it has read for ten minutes',
    rule: 'the events of a page | exist, and follow the last event of the page before in the order of the query',
    edits: [
      edit(
        '    response.json(await pageOf(queryOf(request)))',
        '    const page = pages.get(request.url) ?? (await pageOf(queryOf(request)))\n    pages.set(request.url, page)\n    response.json(page)',
      ),
      edit(
        'const app = express()\n',
        'const pages = new Map<string, object>()\n\nconst app = express()\n',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C2',
    why: 'answers 404 to an empty page behind a cursor',
    rule: 'a walk on which all that follows is deleted | ends with an empty page, whose `next` is `null`',
    edits: [
      edit(
        '  const page = rows.slice(0, limit)\n',
        "  const page = rows.slice(0, limit)\n  if (after && rows.length === 0) throw Object.assign(new Error('no more'), { status: 404 })\n",
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C10',
    why: 'signs with a key of its own that each process makes',
    rule: 'a cursor | may be used again; works on every copy of the server, and after a restart',
    edits: [
      edit(
        SIGN,
        "const key = String(Math.random())\nconst sign = (text: string) => createHmac('sha256', key).update(text).digest()",
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'takes a cursor once, and forgets it',
    rule: 'a cursor | may be used again; works on every copy of the server, and after a restart',
    edits: [
      edit(
        "const [text = '', signature = ''] = cursor.split('.')\n",
        "if (used.has(cursor)) throw new Refusal('this cursor was used')\n  used.add(cursor)\n  const [text = '', signature = ''] = cursor.split('.')\n",
      ),
      edit('const app = express()\n', 'const used = new Set<string>()\n\nconst app = express()\n'),
    ],
  },
  {
    id: 'W43',
    check: 'C4',
    why: 'takes a cursor with any kind and sort',
    rule: 'given for another `kind` or another `sort`, or for none | `?kind=lost&cursor=` a `next` of `?kind=arrived`',
    edits: [edit(OTHER_QUERY, 'if (false) {')],
  },
  {
    id: 'W44',
    check: 'C4',
    why: 'looks at the kind of a cursor only where the request has one',
    rule: 'given for another `kind` or another `sort`, or for none | `?kind=lost&cursor=` a `next` of `?kind=arrived`',
    edits: [edit(OTHER_QUERY, 'if (ownSort !== sort || (kind !== null && ownKind !== kind)) {')],
  },
  {
    id: 'W45',
    check: 'C4',
    why: 'takes the empty text for no cursor',
    rule: 'a text that no server has given, the empty text too | `?cursor=abc`',
    edits: [edit(AFTER, 'const after = !cursor ? undefined : placeOf(cursor, sort, kind)')],
  },
  {
    id: 'W46',
    check: 'C4',
    why: 'begins anew where a cursor is wrong',
    rule: 'a text that no server has given, the empty text too | `?cursor=abc`',
    edits: [
      edit('placeOf(cursor, sort, kind)\n', 'begin(() => placeOf(cursor, sort, kind))\n'),
      edit(
        'const app = express()\n',
        'function begin<T>(read: () => T): T | undefined {\n  try {\n    return read()\n  } catch {\n    return undefined\n  }\n}\n\nconst app = express()\n',
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C8',
    why: 'checks the form of a cursor, and not who has made it',
    rule: 'a cursor in which somebody has changed, left out or added a character | `?cursor=WyIyMDI2LTAzLTA4VDA3`',
    edits: [
      edit(SIGNED, "  if (given.length === 0) throw new Refusal('this is no cursor')\n"),
      edit(
        PARSED,
        "let parsed: unknown[]\n  try {\n    parsed = JSON.parse(Buffer.from(text, 'base64url').toString())\n  } catch {\n    throw new Refusal('this is no cursor')\n  }\n  if (!Array.isArray(parsed) || typeof parsed[0] !== 'string' || Number.isNaN(Date.parse(parsed[0])) || !/^[0-9]{1,18}$/.test(String(parsed[1]))) throw new Refusal('this is no cursor')\n  const [at, id, ownSort, ownKind] = parsed as string[]",
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C9',
    why: 'answers 404 to a wrong method',
    rule: 'a path that the README names, with another method | `405` and `Allow`',
    edits: [
      edit(
        "response.status(405).set('Allow', 'GET, HEAD')",
        "response.status(404).set('Allow', 'GET, HEAD')",
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C9',
    why: 'refuses parameters that it does not know',
    rule: 'a parameter that the README does not name | is ignored',
    edits: [
      edit(
        "  const sort = textOf(request, 'sort') ?? 'at'\n",
        "  const known = ['sort', 'kind', 'limit', 'fields', 'cursor']\n  if (Object.keys(request.query).some((name) => !known.includes(name))) throw new Refusal('no such parameter')\n  const sort = textOf(request, 'sort') ?? 'at'\n",
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C9',
    why: 'joins a parameter that stands twice with a comma',
    rule: 'a parameter that stands twice | any of its values, or `400` or `422`',
    edits: [edit('  throw new Refusal(`${name} must stand there once`)', '  return String(value)')],
  },
  {
    id: 'W51',
    check: 'C3',
    why: 'asks whether any event follows, of whatever kind',
    rule: '`next`, where none follow | `null`, not missing; also where the last page is full',
    edits: [
      edit(
        '  const last = page.at(-1)!\n',
        "  const last = page.at(-1)!\n  const more = last && (await pool.query(`select 1 from events where (at, id) ${order.after} ($1, $2) limit 1`, [last.at ?? '', last.id])).rows.length > 0\n",
      ),
      edit(NEXT, 'next: more ? cursorOf(last, query) : null,'),
    ],
  },
  {
    id: 'W52',
    check: 'C8',
    why: 'looks at the signature only where there is one',
    rule: 'a cursor in which somebody has changed, left out or added a character | `?cursor=WyIyMDI2LTAzLTA4VDA3`',
    edits: [
      edit(
        '  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {',
        "  if (signature !== '' && (given.length !== wanted.length || !timingSafeEqual(given, wanted))) {",
      ),
      edit(
        PARSED,
        "let parsed\n  try {\n    parsed = JSON.parse(Buffer.from(text, 'base64url').toString())\n    if (!Array.isArray(parsed) || parsed.length !== 4 || !/^[0-9]+$/.test(parsed[1]) || Number.isNaN(Date.parse(parsed[0]))) throw new Error()\n  } catch {\n    throw new Refusal('no cursor')\n  }\n  const [at, id, ownSort, ownKind] = parsed",
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C6',
    why: 'an empty kind is no filter',
    rule: '`kind=` with nothing behind it | an empty page, or is refused',
    edits: [
      edit(
        "const kind = textOf(request, 'kind') ?? null",
        "const kind = textOf(request, 'kind') || null",
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C2',
    why: 'the time, and how many of that time were shown',
    rule: 'an event that is there during the whole walk | is shown exactly once, whatever is stored or deleted meanwhile',
    edits: [
      edit(PLACE, 'conditions.push(`at ${order.after}= ${value(after.at)}::timestamptz`)'),
      edit(
        'limit ${value(limit + 1)}`',
        'limit ${value(limit + 1)} offset ${value(Number(after?.id ?? 0))}`',
      ),
      edit(
        NEXT,
        'next: rows.length > limit ? cursorOf({ ...last, id: String(page.filter((row) => row.at === last.at).length + (after?.at === last.at ? Number(after.id) : 0)) }, query) : null,',
      ),
    ],
  },

  {
    id: 'W55',
    check: 'C8',
    why: 'the signature is of the time alone, so that the id can be changed',
    rule: 'a cursor in which somebody has changed, left out or added a character | `?cursor=WyIyMDI2LTAzLTA4VDA3`',
    edits: [
      edit(
        "return `${text}.${sign(text).toString('base64url')}`",
        "return `${text}.${sign(at).toString('base64url')}`",
      ),
      edit(
        '  const wanted = sign(text)\n',
        "  let parsed: unknown[] = []\n  try {\n    parsed = JSON.parse(Buffer.from(text, 'base64url').toString())\n  } catch {}\n  if (!Array.isArray(parsed) || !/^[0-9]{1,18}$/.test(String(parsed[1]))) throw new Refusal('this is no cursor of ours')\n  const wanted = sign(String(parsed[0]))\n",
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C2',
    why: 'begins with the last event again and leaves the first row out, whichever it is by then',
    rule: 'an event that is there during the whole walk | is shown exactly once, whatever is stored or deleted meanwhile',
    edits: [
      edit(
        'conditions.push(`(at, id) ${order.after} ${place}`)',
        'conditions.push(`(at, id) ${order.after}= ${place}`)',
      ),
      edit('limit ${value(limit + 1)}`', 'limit ${value(limit + 1)} offset ${after ? 1 : 0}`'),
    ],
  },
  {
    id: 'W57',
    check: 'C3',
    why: 'never asks for more than 100 events, and so does not see whether more than 100 follow',
    rule: '`next`, where more events follow | a text that is not empty. What is in it is up to you; clients send it back percent-encoded',
    edits: [edit('limit ${value(limit + 1)}`', 'limit ${value(Math.min(limit + 1, MOST))}`')],
  },
  {
    id: 'W58',
    check: 'C6',
    why: 'normalises the kind, so that one accent has one spelling',
    rule: '`kind=…` | only events with exactly this kind; where there is none, an empty page',
    edits: [
      edit(
        "const kind = textOf(request, 'kind') ?? null",
        "const kind = textOf(request, 'kind')?.normalize('NFC') ?? null",
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C4',
    why: 'takes a cursor without a kind with any kind',
    rule: 'given for another `kind` or another `sort`, or for none | `?kind=lost&cursor=` a `next` of `?kind=arrived`',
    edits: [edit(OTHER_QUERY, 'if (ownSort !== sort || (ownKind !== null && ownKind !== kind)) {')],
  },
  {
    id: 'W60',
    check: 'C7',
    why: 'looks the sort up in an object, which has a toString',
    rule: '`sort=` anything else | is refused',
    edits: [
      edit(
        SORT_KNOWN,
        "  if (!({ at: 1, '-at': 1 } as Record<string, unknown>)[sort]) throw new Refusal('sort must be at or -at')\n",
      ),
      edit(
        'const order = SORTS.get(sort)!',
        "const order = SORTS.get(sort) ?? { after: '>', direction: 'asc' }",
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C9',
    why: 'answers whatever is below /events, too',
    rule: 'a path that the README does not name | `404`',
    edits: [edit("  .route('/events')", "  .route(['/events', '/events/*rest'])")],
  },
  {
    id: 'W62',
    check: 'C10',
    why: 'keeps places in memory, and gives their numbers',
    rule: 'a cursor | may be used again; works on every copy of the server, and after a restart',
    edits: [
      edit(
        "return `${text}.${sign(text).toString('base64url')}`",
        "const name = `c${kept.size + 1}`\n  kept.set(name, `${text}.${sign(text).toString('base64url')}`)\n  return name",
      ),
      edit("cursor.split('.')", "(kept.get(cursor) ?? '').split('.')"),
      edit(
        'const app = express()\n',
        'const kept = new Map<string, string>()\n\nconst app = express()\n',
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C5',
    why: 'compares kinds by an expression that no index has',
    rule: '`limit=100`, any `sort`, with or without `kind`, anywhere in 200,000 events | 300 at most',
    edits: [edit(KIND, "if (kind !== null) conditions.push(`kind || '' = ${value(kind)}`)")],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
