import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const COUNTED =
  '  while (lockers.has(`NEW-${nextNumber}`)) nextNumber += 1\n  return `NEW-${nextNumber++}`'
const GET_ONE =
  "    case 'HEAD':\n      if (!known) throw new HttpError(404, `there is no locker ${id}`)\n      return"
const LOCATION = 'reply(response, 201, locker, { Location: `/lockers/${locker.id}` })'
const GONE = 'if (!lockers.delete(id)) throw new HttpError(404, `there is no locker ${id}`)'
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
const PARSE = `  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new HttpError(400, 'the body is not valid JSON')
  }
`
const IS_JSON = '!/^application\\/json\\s*(;|$)/i.test(type)'
const IS_OBJECT = `  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'the body must be a JSON object')
  }
`
const IS_LABEL = "typeof body.label !== 'string' || [...body.label].length > 200"
const IS_STATUS = `      if (!STATUSES.includes(body.status as string)) {
        throw new HttpError(400, 'status must be free, occupied or broken')
      }
`
const IS_NEW_ID = 'if (!known && !NEW_ID.test(id)) {'
const PUT_STATUS = 'status: body.status as Status, ...label }'
const NO_METHOD =
  "throw new HttpError(405, 'this path takes GET, HEAD and POST', { Allow: 'GET, HEAD, POST' })"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C7',
    why: 'parses each data event, as if a request always came in one piece',
    rule: 'A request may arrive in any number of pieces.',
    edits: [
      edit(
        `  const body = await readBody(request)
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))`,
        `  let value: unknown
  try {
    for await (const chunk of request) value = JSON.parse(chunk.toString('utf8'))`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'PUT merges into the old locker',
    rule: 'in a PUT, `status` is missing, or none of the three',
    edits: [
      edit(
        `    case 'PUT': {
      const body = await readJson(request)`,
        `    case 'PUT': {
      const body: Record<string, unknown> = { ...known, ...(await readJson(request)) }`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C1',
    why: 'POST answers 200 and does not say where the locker lives',
    rule: '`201` and the new locker, whose `status` is `free`',
    edits: [edit(LOCATION, 'reply(response, 200, locker)')],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'answers 404 to a wrong method',
    rule: '`405` and an `Allow` header that names the methods of that path',
    edits: [edit(NO_METHOD, "throw new HttpError(404, 'no such path')")],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'a GET of a locker that is not there creates it',
    rule: '`GET` and `HEAD` change nothing.',
    edits: [
      edit(
        GET_ONE,
        "    case 'HEAD':\n      if (!known) lockers.set(id, { id, size: 'M', status: 'free' })\n      return",
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C8',
    why: 'gives the length of the text, not of its bytes',
    rule: 'any Unicode text of up to 200 characters, given back exactly as it came',
    edits: [
      edit("'Content-Length': bytes.length", "'Content-Length': JSON.stringify(body).length"),
      edit('response.end(bytes)', 'response.end(bytes.toString())'),
    ],
  },
  {
    id: 'W7',
    check: 'C3',
    why: 'reads a field of the locker that is not there, and the whole server dies',
    rule: '`200` and the locker, or `404`',
    edits: [
      edit(GET_ONE, "    case 'HEAD':\n      setImmediate(() => known!.id.length)\n      return"),
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'PUT keeps the old label where none is sent',
    rule: 'the locker is then exactly what was sent: without `label` it has none',
    edits: [edit(PUT_STATUS, 'status: body.status as Status, label: known?.label, ...label }')],
  },
  {
    id: 'W9',
    check: 'C6',
    why: 'does not expect a body that cannot be parsed, and answers 500',
    rule: 'the body is not JSON',
    edits: [edit(PARSE, "  const value: unknown = JSON.parse(body.toString('utf8'))\n")],
  },
  {
    id: 'W10',
    check: 'C6',
    why: 'reads a body of any size',
    rule: 'the body of a POST or PUT is larger than 64 KiB (65,536 bytes)',
    edits: [
      edit(
        "  if (size > MOST_BYTES) throw new HttpError(413, 'the body is larger than 64 KiB')\n",
        '',
      ),
      edit('if (size <= MOST_BYTES) chunks.push', 'chunks.push'),
    ],
  },
  {
    id: 'W11',
    check: 'C6',
    why: 'compares the whole Content-Type, so that JSON with a charset is refused',
    rule: '`application/json; charset=utf-8` is JSON',
    edits: [edit(IS_JSON, "type !== 'application/json'")],
  },
  {
    id: 'W12',
    check: 'C6',
    why: 'looks for application/json anywhere in the Content-Type',
    rule: '`text/plain; application/json` and `application/jsonl` are not',
    edits: [edit(IS_JSON, "!type.includes('application/json')")],
  },
  {
    id: 'W13',
    check: 'C6',
    why: 'keeps as a label whatever is sent',
    rule: '`label` is an object or an array',
    edits: [
      edit(IS_LABEL, 'String(body.label).length > 200'),
      edit('return { label: body.label }', 'return { label: body.label as string }'),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'counts the ids of POST up, and overwrites a locker that PUT has put there',
    rule: 'each POST makes a new locker, with an `id` that no other locker has',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    edits: [edit('  while (lockers.has(`NEW-${nextNumber}`)) nextNumber += 1\n', '')],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'lists the lockers as they came, not by id',
    rule: 'the array is ordered by `id`, as `<` compares texts',
    edits: [edit('.sort((a, b) => (a.id < b.id ? -1 : 1))', '')],
  },
  {
    id: 'W16',
    check: 'C5',
    why: 'takes a longer path for that of the locker it begins with',
    rule: 'any other path',
    edits: [edit('([^/]+)$/.exec', '([^/]+)/.exec')],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'POST keeps a status that was sent with it',
    rule: 'the new locker, whose `status` is `free`',
    edits: [
      edit(
        "size, status: 'free', ...label }",
        "size, status: (body.status as Status) ?? 'free', ...label }",
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'Location leads from the root, and not to the locker',
    rule: 'a `Location` header leads to the new locker; it may be absolute or relative',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    edits: [edit('Location: `/lockers/${locker.id}`', 'Location: `/${locker.id}`')],
  },
  {
    id: 'W19',
    check: 'C1',
    why: 'takes the number of lockers for the next number, and after a DELETE that one is there',
    rule: 'each POST makes a new locker, with an `id` that no other locker has',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    edits: [edit(COUNTED, '  nextNumber = lockers.size + 1\n  return `NEW-${nextNumber}`')],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'answers every PUT with 200',
    rule: '`201` where there was no such locker, `200` or `204` where there was',
    edits: [edit('known ? 200 : 201', '200')],
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'takes the same PUT again for a conflict',
    rule: 'the same PUT again changes nothing more',
    edits: [
      edit(
        '      lockers.set(id, locker)\n      return reply(response, known',
        "      if (JSON.stringify(known) === JSON.stringify(locker)) throw new HttpError(409, 'the same again')\n      lockers.set(id, locker)\n      return reply(response, known",
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C3',
    why: 'DELETE only takes the locker out of service',
    rule: '`200` or `204`, and the locker is gone',
    edits: [edit(GONE, `${GONE}\n      lockers.set(id, { ...known!, status: 'broken' })`)],
  },
  {
    id: 'W23',
    check: 'C3',
    why: 'says 200 to the DELETE of a locker that is not there',
    rule: 'where there is no such locker: `404` or `204`',
    edits: [edit(GONE, 'if (!lockers.delete(id)) return reply(response, 200, { deleted: 0 })')],
  },
  {
    id: 'W24',
    check: 'C4',
    why: 'knows no HEAD of a single locker',
    rule: 'the status and headers of `GET`, and no body',
    edits: [
      edit(
        GET_ONE,
        GET_ONE.replace(
          "case 'HEAD':\n",
          "case 'HEAD':\n      if (request.method === 'HEAD') throw new HttpError(405, 'no HEAD', { Allow: 'GET, PUT, DELETE' })\n",
        ),
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C5',
    why: 'answers OPTIONS by itself',
    rule: 'another method on these paths, also `OPTIONS`',
    edits: [
      edit(
        `async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
`,
        `async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'OPTIONS') return reply(response, 204, undefined, { Allow: 'GET' })
`,
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C5',
    why: 'leaves Allow out',
    rule: '`405` and an `Allow` header that names the methods of that path',
    edits: [edit(NO_METHOD, "throw new HttpError(405, 'this path takes GET, HEAD and POST')")],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'sends JSON as plain text',
    rule: 'Answers with lockers have `Content-Type: application/json`.',
    edits: [edit("'application/json; charset=utf-8'", "'text/plain; charset=utf-8'")],
  },
  {
    id: 'W28',
    check: 'C6',
    why: 'puts the locker on the wall before it looks at the label',
    rule: 'Whatever is refused changes nothing, and gets a JSON error.',
    edits: [
      edit(
        '      const label = readLabel(body)\n      const locker: Locker = { id, size, status: body.status',
        "      lockers.set(id, { id, size, status: 'free' })\n      const label = readLabel(body)\n      const locker: Locker = { id, size, status: body.status",
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C6',
    why: 'answers errors with a bare text',
    rule: 'Whatever is refused changes nothing, and gets a JSON error.',
    edits: [edit('{ error: message }', 'message')],
  },
  {
    id: 'W30',
    check: 'C6',
    why: 'finds toString in the object of sizes, and takes ["S"] for S',
    rule: '`size` is missing, or none of the three',
    edits: [
      edit(
        '!SIZES.includes(body.size as string)',
        "!(String(body.size) in { S: 'small', M: 'medium', L: 'large' })",
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'takes a PUT without a status for one that frees the locker',
    rule: 'in a PUT, `status` is missing, or none of the three',
    edits: [edit(IS_STATUS, `      body.status ??= 'free'\n${IS_STATUS}`)],
  },
  {
    id: 'W32',
    check: 'C2',
    why: 'lets $ match before a newline, as Python and PHP do',
    rule: 'a PUT makes a **new** locker, and its id is not 1–3 capitals A–Z, a hyphen and 1–4 digits 0–9',
    edits: [
      edit('{1,3}-[0-9]{1,4}$/', '{1,3}-[0-9]{1,4}\\n?$/'),
      edit('item(match[1]!, request', 'item(decodeURIComponent(match[1]!), request'),
    ],
  },
  {
    id: 'W33',
    check: 'C2',
    why: 'looks at the pattern of ids in every PUT, and POST gives others',
    rule: 'A locker that is there can always be PUT, whatever its id',
    edits: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
      edit('return `NEW-${nextNumber++}`', 'return `locker-${nextNumber++}`'),
      edit(IS_NEW_ID, 'if (!NEW_ID.test(id)) {'),
    ],
  },
  {
    id: 'W34',
    check: 'C6',
    why: 'takes 64 KiB for 64,000 bytes',
    rule: 'the body of a POST or PUT is larger than 64 KiB (65,536 bytes)',
    edits: [edit('64 * 1024', '64 * 1000')],
  },
  {
    id: 'W35',
    check: 'C8',
    why: 'counts UTF-16 units, so that 101 emoji are too many',
    rule: 'any Unicode text of up to 200 characters, given back exactly as it came',
    edits: [edit('[...body.label].length > 200', 'body.label.length > 200')],
  },
  {
    id: 'W36',
    check: 'C8',
    why: 'normalises labels, so that an accent of its own is melted into its letter',
    rule: 'any Unicode text of up to 200 characters, given back exactly as it came',
    edits: [edit('return { label: body.label }', "return { label: body.label.normalize('NFC') }")],
  },
  {
    id: 'W37',
    check: 'C8',
    why: 'trims labels',
    rule: 'any Unicode text of up to 200 characters, given back exactly as it came',
    edits: [edit('return { label: body.label }', 'return { label: body.label.trim() }')],
  },
  {
    id: 'W38',
    check: 'C2',
    why: 'leaves lockers that are broken out of the list',
    rule: '`200` and an array of all lockers',
    edits: [
      edit(
        '[...lockers.values()].sort',
        "[...lockers.values()].filter(({ status }) => status !== 'broken').sort",
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C1',
    why: 'has no large lockers',
    rule: '`S`, `M` or `L`',
    edits: [edit("['S', 'M', 'L']", "['S', 'M', 'XL']")],
  },
  {
    id: 'W40',
    check: 'C2',
    why: 'calls a locker in use, not occupied',
    rule: '`free`, `occupied` or `broken`',
    edits: [edit("['free', 'occupied', 'broken']", "['free', 'in use', 'broken']")],
  },
  {
    id: 'W41',
    check: 'C6',
    why: 'reads fields of null, and answers 500',
    rule: 'The server goes on answering, whatever it was sent.',
    edits: [edit(IS_OBJECT, '')],
  },
  {
    id: 'W42',
    check: 'C5',
    why: 'takes the query string for a part of the path',
    rule: 'a parameter that the README does not name | is ignored',
    edits: [edit("request.url!.split('?')[0]!", 'request.url!')],
  },
  {
    id: 'W43',
    check: 'C8',
    why: 'takes an empty label for none',
    rule: 'any Unicode text of up to 200 characters, given back exactly as it came',
    edits: [edit('if (body.label === undefined) return {}', 'if (!body.label) return {}')],
  },
]
