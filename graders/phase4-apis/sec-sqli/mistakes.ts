import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const CUSTOMER =
  '`name`, `city` of a customer | a text of 1 to 200 characters, stored and shown as it came'
const LOGIN =
  '`name`, `password` of a login | texts, compared whole and letter by letter; where no clerk has both: `401`'
const SEARCH =
  '`search` | a text. Customers are found whose name contains it, letter by letter: `a` is not `A`'
const WILDCARDS = '`%`, `_` and `\\` in it | stand for themselves'
const NO_SEARCH = '… no `search`, or an empty one | finds all customers'
const SORT =
  '`sort` | `id`, `name` or `city`; `id` where it is missing. Texts are ordered by code point'
const TIES = '… equal names or cities | ordered by `id`'
const LIMIT =
  '`limit` | a whole number from 1 to 500, in digits 0–9; the first so many customers are shown, 50 where it is missing'
const IDS = '`ids` | 1 to 50 whole numbers in digits 0–9, with commas between, and nothing else'
const LACKING = '… an id that no parcel has | is left out'
const TWICE = '… an id that stands twice | is shown once'
const OTHERS =
  'anything else in `sort`, `limit` or `ids`, and no `ids` | `400` or `422`: `name desc`, `1e1`, `0x10`, `5abc`, `1,,2`, an empty text'
const NO_ID = '`{id}` that no customer has | `404`'
const PARCELS =
  "`200` and an array of the parcels whose `sender` is exactly the customer's name, ordered by `id`"
const IS_TEXT =
  'text that looks like SQL, in a body, a search or a row | is text: it is stored, found and compared like any other'
const OWN_ROWS =
  'the answer | shows the rows that the table above asks for, and no others; nowhere `note`, `salt` or `digest`'
const TABLES = 'the tables | change by `POST /customers` only, which adds one row'
const FUNCTIONS = 'functions, such as `pg_sleep` | are never run for it'
const SILENCE =
  'an error, from `400` up | has no words of the database or its driver: no SQL, message, error code, address or stack trace'
const AWAY =
  'the database is away | `500` or `503` within 10 seconds; once it is back, all is as before'

const LOGIN_NAME = 'where name = $1 and digest'
const LOGIN_PASSWORD = "convert_to(salt || $2, 'UTF8')"
const LOGIN_VALUES = "[textOf(request, 'name'), textOf(request, 'password')]"
const FIND = 'where strpos(name, $1) > 0'
const FIND_VALUES = "[parameterOf(request, 'search'), limitOf(request)]"
const SENDER = '     where sender = $1\n'
const ANY = 'where id = any($1::bigint[])'
const FIND_SORT = 'const sort = SORTS.find((column) => column === wanted)'
const LIMIT_BODY = `  const text = parameterOf(request, 'limit', '50')
  const limit = Number(text)
  if (/^[0-9]{1,3}$/.test(text) && limit >= 1 && limit <= 500) return limit
  throw new Refusal(400, 'limit must be a whole number from 1 to 500')
`
const IDS_CHECK = 'if (ids.length <= 50 && ids.every((id) => /^[0-9]{1,18}$/.test(id))) return ids'
const SHORT = 'if (length >= 1 && length <= 200) return text'

/** What is searched for becomes a part of the statement, in these words. */
const searching = (condition: string) => [
  edit(FIND, `where \${finding(parameterOf(request, 'search'))}`),
  edit(
    "     limit $2`,\n    [parameterOf(request, 'search'), limitOf(request)],",
    '     limit $1`,\n    [limitOf(request)],',
  ),
  edit(
    "app.get('/customers', async",
    `const finding = (search: string) => ${condition}\n\napp.get('/customers', async`,
  ),
]

/** The stored name becomes a part of the statement, in these words. */
const sending = (condition: string) => [
  edit(SENDER, `     where ${condition}\n`),
  edit('     order by id`,\n    [customer.name],\n', '     order by id`,\n'),
]

/** The limit becomes a part of the statement. */
const limiting = (check: string) => [
  edit(
    "     limit $2`,\n    [parameterOf(request, 'search'), limitOf(request)],",
    "     limit ${limitOf(request)}`,\n    [parameterOf(request, 'search')],",
  ),
  edit('function limitOf(request: Request): number', 'function limitOf(request: Request): string'),
  edit(LIMIT_BODY, `  const limit = parameterOf(request, 'limit', '50')\n${check}  return limit\n`),
]

/** The ids become a part of the statement. */
const listing = (check: string) => [
  edit(ANY, 'where id in (${idsOf(request)})'),
  edit('     order by id`,\n    [idsOf(request)],\n', '     order by id`,\n'),
  edit(IDS_CHECK, check),
]

/** Another statement comes before a customer is stored; what becomes of it, nobody asks. */
const knowing = (statement: string) => [
  edit(
    "app.post('/customers', async (request, response) => {\n",
    `app.post('/customers', async (request, response) => {\n  await pool.query(\`${statement}\`).catch(() => {})\n`,
  ),
]

/** What a customer is looked up by. */
const customerById = (statement: string) => [
  edit(
    `pool.query('select name from customers where id = $1', [
    isId ? id : 0,
  ])`,
    `pool.query(${statement})`,
  ),
  edit('  const isId = /^[1-9][0-9]{0,8}$/.test(id)\n', ''),
]

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'refuses texts with words or signs of SQL',
    rule: CUSTOMER,
    edits: [
      edit(
        SHORT,
        `if (/\\b(select|union|drop|insert|delete|update)\\b|--|;/i.test(text)) throw new Refusal(422, 'forbidden characters')\n  ${SHORT}`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C5',
    why: 'has care for quotes, and a limit needs none',
    rule: OTHERS,
    edits: limiting("  if (limit.includes(\"'\")) throw new Refusal(400, 'no quotes, please')\n"),
  },
  {
    id: 'W3',
    check: 'C5',
    why: 'has parameters for values, and leaves the sort column to the caller',
    rule: OTHERS,
    edits: [edit(FIND_SORT, 'const sort = wanted')],
  },
  {
    id: 'W4',
    check: 'C6',
    why: 'trusts a name because it comes from a table',
    rule: IS_TEXT,
    edits: sending("sender = '${customer.name}'"),
  },
  {
    id: 'W5',
    check: 'C1',
    why: 'takes quotes out of names',
    rule: CUSTOMER,
    edits: [edit(SHORT, "if (length >= 1 && length <= 200) return text.replaceAll(\"'\", '')")],
  },
  {
    id: 'W6',
    check: 'C5',
    why: 'reads the limit with parseInt, and sends NaN to the database',
    rule: OTHERS,
    edits: [
      edit(LIMIT_BODY, "  return Number.parseInt(parameterOf(request, 'limit', '50'), 10)\n"),
    ],
  },
  {
    id: 'W7',
    check: 'C1',
    why: 'lets the wildcards of the search be wildcards',
    rule: WILDCARDS,
    edits: [edit(FIND, "where name like '%' || $1 || '%'")],
  },

  // ------------------------------------------------------------ a hole that was left open
  {
    id: 'W8',
    check: 'C2',
    why: 'leaves the login as it was',
    rule: IS_TEXT,
    edits: [
      edit(LOGIN_NAME, "where name = '${textOf(request, 'name')}' and digest"),
      edit(LOGIN_PASSWORD, "convert_to(salt || '${textOf(request, 'password')}', 'UTF8')"),
      edit(`\`,\n    ${LOGIN_VALUES},\n`, '`,\n'),
    ],
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'puts the password of a login into the statement',
    rule: IS_TEXT,
    edits: [
      edit(LOGIN_PASSWORD, "convert_to(salt || '${textOf(request, 'password')}', 'UTF8')"),
      edit(LOGIN_VALUES, "[textOf(request, 'name')]"),
    ],
  },
  {
    id: 'W10',
    check: 'C3',
    why: 'puts the search into the statement',
    rule: IS_TEXT,
    edits: searching("`name like '%${search}%'`"),
  },
  {
    id: 'W11',
    check: 'C5',
    why: 'puts the ids into the statement, and looks at nothing',
    rule: IDS,
    edits: listing('return ids'),
  },
  {
    id: 'W12',
    check: 'C7',
    why: 'puts ids into the statement that begin with a digit: a second statement comes behind',
    rule: TABLES,
    edits: listing('if (/^[0-9]/.test(ids[0]!)) return ids'),
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'puts ids into the statement that begin with a digit',
    rule: FUNCTIONS,
    edits: listing('if (/^[0-9]/.test(ids[0]!)) return ids'),
  },
  {
    id: 'W14',
    check: 'C7',
    why: 'puts the search into the statement: a union shows other tables',
    rule: OWN_ROWS,
    edits: searching("`name like '%${search}%'`"),
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'trusts a stored name: it can hold a function as well',
    rule: FUNCTIONS,
    edits: sending("sender = '${customer.name}'"),
  },

  // ------------------------------------------------------------ clever texts
  {
    id: 'W16',
    check: 'C3',
    why: 'takes words of SQL out of the search, and puts the rest into the statement',
    rule: IS_TEXT,
    edits: searching("`name like '%${search.replaceAll(/select|union|drop|insert|--|;/gi, '')}%'`"),
  },
  {
    id: 'W17',
    check: 'C3',
    why: 'finds nothing where the search looks like an attack',
    rule: IS_TEXT,
    edits: [edit(FIND, "where strpos(name, $1) > 0 and $1 !~* '(union|select|or) |--'")],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'puts the search between dollar signs',
    rule: IS_TEXT,
    edits: searching('`strpos(name, $$${search}$$) > 0`'),
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'puts a backslash before each quote of the name, which the database does not know',
    rule: IS_TEXT,
    edits: [
      edit(
        LOGIN_NAME,
        "where name = '${textOf(request, 'name').replaceAll(\"'\", \"\\\\\\\\'\")}' and digest",
      ),
      edit(LOGIN_PASSWORD, "convert_to(salt || $1, 'UTF8')"),
      edit(LOGIN_VALUES, "[textOf(request, 'password')]"),
    ],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'doubles quotes in a text in which backslashes count, too',
    rule: IS_TEXT,
    edits: [
      edit(
        LOGIN_NAME,
        "where name = E'${textOf(request, 'name').replaceAll(\"'\", \"''\")}' and digest",
      ),
      edit(LOGIN_PASSWORD, "convert_to(salt || $1, 'UTF8')"),
      edit(LOGIN_VALUES, "[textOf(request, 'password')]"),
    ],
  },
  {
    id: 'W21',
    check: 'C6',
    why: 'doubles the quotes of a stored name in a text in which backslashes count, too',
    rule: IS_TEXT,
    edits: sending("sender = E'${customer.name.replaceAll(\"'\", \"''\")}'"),
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'makes one quote of a stored name two, and only the first',
    rule: IS_TEXT,
    edits: sending("sender = '${customer.name.replace(\"'\", \"''\")}'"),
  },
  {
    id: 'W23',
    check: 'C6',
    why: 'compares a stored name as a pattern',
    rule: PARCELS,
    edits: [edit(SENDER, '     where sender like $1\n')],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'doubles quotes, and stores them doubled',
    rule: CUSTOMER,
    edits: [edit(SHORT, 'if (length >= 1 && length <= 200) return text.replaceAll("\'", "\'\'")')],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'stores names as HTML',
    rule: CUSTOMER,
    edits: [
      edit(
        SHORT,
        "if (length >= 1 && length <= 200) return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')",
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'decodes the search a second time',
    rule: SEARCH,
    edits: [
      edit(FIND_VALUES, "[decodeURIComponent(parameterOf(request, 'search')), limitOf(request)]"),
    ],
  },

  // ------------------------------------------------------------ columns
  {
    id: 'W27',
    check: 'C5',
    why: 'looks the column up in a plain object, which knows the constructor',
    rule: OTHERS,
    edits: [
      edit(
        FIND_SORT,
        "const columns: Record<string, string> = { id: 'id', name: 'name', city: 'city' }\n  const sort = columns[wanted]",
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C5',
    why: 'looks at the beginning of the sort column',
    rule: OTHERS,
    edits: [edit(FIND_SORT, 'const sort = /^(id|name|city)/.test(wanted) ? wanted : undefined')],
  },
  {
    id: 'W29',
    check: 'C5',
    why: 'has a pattern for the column whose ends are those of a line',
    rule: OTHERS,
    edits: [edit(FIND_SORT, 'const sort = /^(id|name|city)$/m.test(wanted) ? wanted : undefined')],
  },
  {
    id: 'W30',
    check: 'C5',
    why: 'takes any word for a column',
    rule: OTHERS,
    edits: [edit(FIND_SORT, 'const sort = /^[a-z]+$/.test(wanted) ? wanted : undefined')],
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'takes every column that the table has',
    rule: OTHERS,
    edits: [
      edit(
        "const SORTS = ['id', 'name', 'city'] as const",
        "const SORTS = ['id', 'name', 'city', 'note'] as const",
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C5',
    why: 'takes a column in capitals',
    rule: OTHERS,
    edits: [
      edit(FIND_SORT, 'const sort = SORTS.find((column) => column === wanted.toLowerCase())'),
    ],
  },
  {
    id: 'W33',
    check: 'C5',
    why: 'sorts by the id where the column is none',
    rule: OTHERS,
    edits: [edit(FIND_SORT, "const sort = SORTS.find((column) => column === wanted) ?? 'id'")],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'looks at the first of two columns, and takes the last',
    rule: OTHERS,
    edits: [
      edit(
        "  const wanted = parameterOf(request, 'sort', 'id')\n",
        "  const all = [request.query.sort ?? 'id'].flat().map(String)\n  const wanted = all[0]\n",
      ),
      edit('  return sort\n}\n\nfunction limitOf', '  return all.at(-1)!\n}\n\nfunction limitOf'),
    ],
  },

  // ------------------------------------------------------------ numbers
  {
    id: 'W35',
    check: 'C5',
    why: 'takes every number that JavaScript can read for a limit',
    rule: LIMIT,
    edits: [
      edit(
        'if (/^[0-9]{1,3}$/.test(text) && limit >= 1',
        'if (Number.isInteger(limit) && limit >= 1',
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C5',
    why: 'shows 50 customers where the limit is none',
    rule: OTHERS,
    edits: [
      edit("  throw new Refusal(400, 'limit must be a whole number from 1 to 500')", '  return 50'),
    ],
  },
  {
    id: 'W37',
    check: 'C5',
    why: 'shows 500 customers where the limit is more',
    rule: OTHERS,
    edits: [
      edit(
        'if (/^[0-9]{1,3}$/.test(text) && limit >= 1 && limit <= 500) return limit',
        'if (/^[0-9]+$/.test(text) && limit >= 1) return Math.min(limit, 500)',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C5',
    why: 'reads ids with parseInt, which stops at the first sign that is no digit',
    rule: IDS,
    edits: [
      edit(
        IDS_CHECK,
        'const numbers = ids.map((id) => Number.parseInt(id, 10))\n  if (ids.length <= 50 && numbers.every((id) => id >= 0)) return numbers.map(String)',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C5',
    why: 'leaves out what is no id',
    rule: OTHERS,
    edits: [
      edit(IDS_CHECK, 'if (ids.length <= 50) return ids.filter((id) => /^[0-9]{1,18}$/.test(id))'),
    ],
  },
  {
    id: 'W40',
    check: 'C5',
    why: 'takes commas that have nothing between them',
    rule: IDS,
    edits: [
      edit(
        "parameterOf(request, 'ids').split(',')",
        "parameterOf(request, 'ids').split(',').filter(Boolean)",
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C5',
    why: 'takes any number of ids',
    rule: IDS,
    edits: [edit('if (ids.length <= 50 && ', 'if (')],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'has an integer of the database for ids that are larger',
    rule: LACKING,
    edits: [edit(ANY, 'where id = any($1::int[])')],
  },

  // ------------------------------------------------------------ errors
  {
    id: 'W43',
    check: 'C7',
    why: 'sends the message of the driver',
    rule: SILENCE,
    edits: [
      edit(
        "response.status(500).json({ error: 'something went wrong on our side' })",
        'response.status(500).json({ error: message })',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C7',
    why: 'sends the stack with a message of its own',
    rule: SILENCE,
    edits: [
      edit(
        "json({ error: 'something went wrong on our side' })",
        "json({ error: 'something went wrong on our side', stack: error.stack })",
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C7',
    why: 'finds no customers where the database is away',
    rule: AWAY,
    edits: [
      edit(
        "    [parameterOf(request, 'search'), limitOf(request)],\n  )\n",
        "    [parameterOf(request, 'search'), limitOf(request)],\n  ).catch(() => ({ rows: [] }))\n",
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C7',
    why: 'ends when a connection to the database breaks',
    rule: AWAY,
    edits: [
      edit(
        "pool.on('error', (error) => console.error(error.message))",
        "pool.on('error', () => process.exit(1))",
      ),
    ],
  },

  // ------------------------------------------------------------ honest requests
  {
    id: 'W47',
    check: 'C1',
    why: 'takes a for A in a search',
    rule: SEARCH,
    edits: [edit(FIND, 'where strpos(lower(name), lower($1)) > 0')],
  },
  {
    id: 'W48',
    check: 'C1',
    why: 'finds nothing where nothing is searched for',
    rule: NO_SEARCH,
    edits: [edit(FIND, "where strpos(name, $1) > 0 and $1 <> ''")],
  },
  {
    id: 'W49',
    check: 'C1',
    why: 'escapes the wildcards, and forgets the sign that escapes them',
    rule: WILDCARDS,
    edits: [
      edit(FIND, "where name like '%' || $1 || '%'"),
      edit(
        FIND_VALUES,
        "[parameterOf(request, 'search').replaceAll(/[%_]/g, '\\\\$&'), limitOf(request)]",
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'sorts without regard to capitals',
    rule: SORT,
    edits: [
      edit(
        '  return sort\n}\n\nfunction limitOf',
        "  return sort === 'id' ? sort : `lower(${sort})`\n}\n\nfunction limitOf",
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'shows the newest of equal customers first',
    rule: TIES,
    edits: [
      edit('     order by ${sortOf(request)}, id\n', '     order by ${sortOf(request)}, id desc\n'),
    ],
  },
  {
    id: 'W52',
    check: 'C1',
    why: 'shows 100 customers where no limit is given',
    rule: LIMIT,
    edits: [edit("parameterOf(request, 'limit', '50')", "parameterOf(request, 'limit', '100')")],
  },
  {
    id: 'W53',
    check: 'C1',
    why: 'takes no limit of more than 100',
    rule: LIMIT,
    edits: [edit('limit <= 500', 'limit <= 100')],
  },
  {
    id: 'W54',
    check: 'C1',
    why: 'shows parcels in the order in which they were asked for',
    rule: '`200` and an array of the parcels with these ids, ordered by `id`',
    edits: [
      edit(
        '     order by id`,\n    [idsOf(request)],',
        '     order by array_position($1::bigint[], id::bigint)`,\n    [idsOf(request)],',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C1',
    why: 'refuses a list of ids of which one is no parcel',
    rule: LACKING,
    edits: [
      edit(
        '    [idsOf(request)],\n  )\n',
        "    [idsOf(request)],\n  )\n  if (rows.length < new Set(idsOf(request)).size) throw new Refusal(404, 'no parcel has one of these ids')\n",
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C1',
    why: 'shows a parcel as often as its id stands there',
    rule: TWICE,
    edits: [
      edit(
        'from parcels\n     where id = any($1::bigint[])',
        'from parcels join unnest($1::bigint[]) as asked (asked) on asked = id',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C1',
    why: 'shows no parcels where there is no such customer',
    rule: NO_ID,
    edits: [
      edit(
        "  if (!customer) throw new Refusal(404, 'no customer has this id')\n",
        '  if (!customer) {\n    response.json([])\n    return\n  }\n',
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C1',
    why: 'finds the parcels of a name without regard to capitals',
    rule: PARCELS,
    edits: [edit(SENDER, '     where lower(sender) = lower($1)\n')],
  },
  {
    id: 'W59',
    check: 'C1',
    why: 'finds clerks without regard to capitals',
    rule: LOGIN,
    edits: [edit(LOGIN_NAME, 'where lower(name) = lower($1) and digest')],
  },
  {
    id: 'W60',
    check: 'C1',
    why: 'lets the name of a clerk be a pattern',
    rule: LOGIN,
    edits: [edit(LOGIN_NAME, 'where name like $1 and digest')],
  },
  {
    id: 'W61',
    check: 'C1',
    why: 'counts the units of UTF-16 in place of characters',
    rule: CUSTOMER,
    edits: [edit('const { length } = [...text]', 'const { length } = text')],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'stores a name once only',
    rule: TABLES,
    edits: [
      edit(
        "app.post('/customers', async (request, response) => {\n",
        "app.post('/customers', async (request, response) => {\n  const known = await pool.query('select id, name, city from customers where name = $1', [request.body?.name])\n  if (known.rows[0]) {\n    response.status(201).json({ ...known.rows[0], city: request.body.city })\n    return\n  }\n",
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C8',
    why: 'dies of a body that is missing',
    rule: 'empty, where JSON is asked for | `400`, `415` or `422`',
    edits: [
      edit(
        'const value: unknown = request.body?.[field]',
        'const value: unknown = request.body[field]',
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C8',
    why: 'answers 404 to another method',
    rule: 'a path that the README names, with another method | `405` and `Allow`',
    edits: [
      edit(
        '    throw new Refusal(405, `this path takes ${methods}`)',
        "    throw new Refusal(404, 'there is nothing here')",
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C1',
    why: 'trims names',
    rule: CUSTOMER,
    edits: [edit(SHORT, 'if (length >= 1 && length <= 200) return text.trim()')],
  },
  {
    id: 'W66',
    check: 'C1',
    why: 'takes blanks from the end of a password',
    rule: LOGIN,
    edits: [edit(LOGIN_PASSWORD, "convert_to(salt || rtrim($2), 'UTF8')")],
  },
  {
    id: 'W67',
    check: 'C5',
    why: "puts a customer's id into the statement",
    rule: NO_ID,
    edits: customerById('`select name from customers where id = ${id}`'),
  },
  {
    id: 'W68',
    check: 'C7',
    why: "puts a customer's id into the statement: a second statement comes behind",
    rule: TABLES,
    edits: customerById('`select name from customers where id = ${id}`'),
  },
  {
    id: 'W69',
    check: 'C4',
    why: "puts a customer's id into the statement: a function may stand there",
    rule: FUNCTIONS,
    edits: customerById('`select name from customers where id = ${id}`'),
  },
  {
    id: 'W70',
    check: 'C5',
    why: 'takes blanks from both ends of the sort column',
    rule: OTHERS,
    edits: [edit(FIND_SORT, 'const sort = SORTS.find((column) => column === wanted.trim())')],
  },
  {
    id: 'W71',
    check: 'C5',
    why: 'takes a limit with a sign or with blanks around it',
    rule: LIMIT,
    edits: [edit('/^[0-9]{1,3}$/.test(text)', '/^\\s*[+]?[0-9]{1,3}\\s*$/.test(text)')],
  },
  {
    id: 'W72',
    check: 'C5',
    why: 'takes blanks between the ids',
    rule: IDS,
    edits: [edit(IDS_CHECK, IDS_CHECK.replace('/^[0-9]{1,18}$/', '/^\\s*[0-9]{1,18}\\s*$/'))],
  },
  {
    id: 'W73',
    check: 'C7',
    why: "refuses what the database refuses, in the database's words",
    rule: SILENCE,
    edits: [
      edit(FIND_SORT, 'const sort = wanted'),
      edit(
        '  const { status, message } = error as { status?: number; message: string }\n',
        '  const { message } = error\n  const status = error.severity ? 400 : error.status\n',
      ),
    ],
  },
  {
    id: 'W74',
    check: 'C8',
    why: 'sends two searches to the database as a list',
    rule: 'a parameter that stands twice | any of its values, or `400` or `422`',
    edits: [edit(FIND_VALUES, "[request.query.search ?? '', limitOf(request)]")],
  },
  {
    id: 'W75',
    check: 'C7',
    why: 'shows all columns of the customers, the note as well',
    rule: OWN_ROWS,
    edits: [
      edit(
        '`select id, name, city from customers\n     where',
        '`select * from customers\n     where',
      ),
    ],
  },
  {
    id: 'W76',
    check: 'C7',
    why: 'shows all columns of the clerk who has logged in',
    rule: OWN_ROWS,
    edits: [edit('`select id, name from clerks', '`select * from clerks')],
  },
  {
    id: 'W77',
    check: 'C7',
    why: 'shows all columns of a new customer',
    rule: OWN_ROWS,
    edits: [edit('values ($1, $2) returning id, name, city', 'values ($1, $2) returning *')],
  },
  {
    id: 'W78',
    check: 'C5',
    why: 'counts an id that stands there often once',
    rule: IDS,
    edits: [
      edit(
        "parameterOf(request, 'ids').split(',')",
        "[...new Set(parameterOf(request, 'ids').split(','))]",
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C7',
    why: 'tells which statement could not be run',
    rule: SILENCE,
    edits: [
      edit(
        '     where id = any($1::bigint[])\n     order by id`,\n    [idsOf(request)],\n  )\n',
        "     where id = any($1::bigint[])\n     order by id`,\n    [idsOf(request)],\n  ).catch(() => {\n    throw new Refusal(503, 'could not run: SELECT id, sender FROM parcels')\n  })\n",
      ),
      edit('if (status && status >= 400 && status < 500)', 'if (status)'),
    ],
  },
  {
    id: 'W80',
    check: 'C7',
    why: 'looks for equal names with a statement that holds the name, and hides its errors',
    rule: TABLES,
    edits: knowing("select 1 from customers where name = '${request.body?.name}'"),
  },
  {
    id: 'W81',
    check: 'C4',
    why: 'looks for equal names with a statement that holds the name: a function may stand there',
    rule: FUNCTIONS,
    edits: knowing("select 1 from customers where name = '${request.body?.name}'"),
  },
  {
    id: 'W82',
    check: 'C7',
    why: 'sends the stack where the body is no JSON',
    rule: SILENCE,
    edits: [
      edit(
        'response.status(status).json({ error: message })',
        'response.status(status).json(error instanceof Refusal ? { error: message } : { error: message, stack: error.stack })',
      ),
    ],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
