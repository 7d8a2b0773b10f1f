import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const TYPE =
  'another JSON type than the table asks for | is refused: `"3"`, `[3]` and `true` are no 3, `"false"` and `0` are no `false`'
const NULL = '`null` | is refused, but where a table names it'
const TRIMMED =
  '*trimmed* text | loses spaces, tabs and line ends at both ends; then it is checked, kept and shown'
const AS_IT_CAME = 'any other text | is checked, kept and shown as it came: `" S"` is no `S`'
const ZERO = 'a text with the character U+0000 | is refused'
const DEPOT =
  '`depot` | two capitals A–Z, a hyphen, three capitals, a hyphen, two digits 0–9: `ES-VGO-01`'
const CONTACT = '`contact` | an e-mail address: trimmed, and kept in small letters'
const LABEL = '`label` | a trimmed text of 1 to 40 characters'
const BOXES = '`boxes` | a whole number from 1 to 500'
const SIZE = '`size` | `S`, `M` or `L`'
const EXPRESS = '`express` | `true` or `false`; `false` where it is missing'
const STOPS = '`stops` | a list of 1 to 10 objects with `depot`, `date` and `note`'
const STOP_DEPOT = '`depot` of a stop | as above'
const DATE =
  '`date` of a stop | a day that exists, from `2000-01-01` to `2099-12-31`, in this form'
const NOTE = '`note` of a stop | may be missing; a text of up to 100 characters'
const UNKNOWN = 'any other field, in the booking or in a stop | is refused'
const NAME = '`name` | a trimmed text of 1 to 80 characters'
const EMAIL = '`email` | as `contact`'
const BIRTHDAY =
  '`birthday` | a day that exists, from `1900-01-01` to `2099-12-31`, in this form; `null` clears it'
const NEWSLETTER = '`newsletter` | `true` or `false`'
const LANGUAGE = '`language` | `en`, `es` or `pt`'
const FOREIGN =
  'any other field, `id`, `role` and `balance` too | is ignored: nothing of it is stored or shown'
const NOTHING = 'All of them may be missing: `{}` changes nothing.'
const TAKEN =
  'letters A–Z, digits, `.`, `_`, `+` and `-`, then `@`, then two or more parts of letters and digits with dots between, the last of two letters or more | is taken'
const NO_ADDRESS =
  'no `@` or two, nothing on one side of it, a blank inside, letters beyond A–Z | is refused'
const DOTS =
  'a dot at the end, before the `@` or behind it, or two side by side; no dot behind the `@` | is refused'
const LONG = 'more than 254 characters | is refused'
const SETTING =
  'a name | a small letter a–z, then up to 29 letters A–Z, a–z or digits; `toString` is a name like any other'
const VALUE =
  'a value | a text of up to 200 characters, a whole number from -1000000 to 1000000, `true`, `false`, or an object of the same kind'
const MERGE =
  'an object for a name that holds an object | is merged into it: names that are not sent stay'
const REPLACE = 'any other value | replaces what the name holds, or adds the name'
const REMOVE = '`null` | removes the name, and is never stored'
const DEEP = 'more than 5 objects inside each other, the body included | is refused'
const Q =
  '`q` | a trimmed text of 1 to 50 characters. Depots are found whose name contains it, letter by letter'
const PAGE =
  '`page` | a whole number from 1 to 1000 in digits 0–9, 1 where it is missing; the answer has it as a number'
const TAGS =
  '`tags[]` | may stand there up to 5 times, each a text of 1 to 20 letters a–z; depots are found that have all of them'
const ITEMS =
  '`items` of the answer | 10 depots a page, ordered by `id`; beyond the end an empty list'
const OTHERS = 'anything else in them: `1e3`, `0x10`, `12abc`, an empty text | is refused'
const NO_CHANGE = 'whatever is refused above | gets `400` or `422`, and changes nothing'
const LIST =
  'its body | has, beside the text of a JSON error, a list `errors` with an object for each wrong field'
const PATH =
  '`path` in such an object | leads to the field: `"stops[2].date"`, `"stops.2.date"`, `"/stops/2/date"` or `["stops",2,"date"]`; of a query it begins with `q`, `page` or `tags`'
const ALL = 'each field that is wrong, missing or unknown | is named, all at once'
const NO_OTHER = 'a field that is right | is not named'
const INHERITED =
  'a name `__proto__`, `constructor` or `prototype`, anywhere in a body | is refused, without `errors` if you like, or ignored. No other request shows anything of it'
const LARGE = 'a body of more than 64 KiB | `400`, `413` or `422`; you may hang up'
const BUSY =
  'a request that is long, deep or wide to keep your program busy | is answered within 10 seconds, and others meanwhile'
const NO_500 = 'whatever comes | is never answered with `500` or above'

const TRIM = 'z.string().trim().min(1).max(max).refine(hasNoZero)'
const ADDRESS = 'z.string().trim().toLowerCase().pipe(z.email().max(254))'
const DAY = `z.iso.date().refine((value) => value >= first && value <= '2099-12-31')`
const CODE = '/^[A-Z]{2}-[A-Z]{3}-[0-9]{2}$/'
const SIZES = "z.enum(['S', 'M', 'L'])"
const BOOKED =
  '  const { depot, contact, label, boxes, size, express, stops } = checked(booking, bodyOf(request))\n'
const PATCHED = '  const patch = checked(profile, bodyOf(request))\n'
const PAGE_TEXT = '    .regex(/^[0-9]{1,4}$/)\n    .transform(Number)\n'
const WANTED = '  const wanted = checked(search, { q, page, tags: [tags].flat() })\n'
const OWN_NAMES = "    if (INHERITED.includes(name)) return wrong('is no name for a setting')\n"
const INNER = 'result.set(name, merged(isObject(old) ? old : {}, value))'
const TOO_DEEP = "return own.length < DEEPEST ? wrongsIn(value, own) : wrong('is too deep inside')"
const NO_OBJECT = "  if (!isObject(body)) throw new Refusal(422, 'the body must be a JSON object')\n"
const UNKNOWN_KEYS =
  "issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known' }))"
const ISSUE = '[{ path: issue.path, message: issue.message }]'
const SAID = '{ error: message, errors: more.errors }'

/** Addresses that match this, in place of the library's. */
const matching = (pattern: string) => [
  edit(ADDRESS, `z.string().trim().toLowerCase().regex(${pattern}).max(254)`),
]

/** Another merge: the whole function, in these words. */
const MERGED = `function merged(target: Settings, source: Settings): Settings {
  const result = new Map(Object.entries(target))
  for (const [name, value] of Object.entries(source)) {
    if (value === null) result.delete(name)
    else if (isObject(value)) {
      const old = result.get(name)
      result.set(name, merged(isObject(old) ? old : {}, value))
    } else result.set(name, value)
  }
  return Object.fromEntries(result)
}
`
const assigning = (isInner: string) =>
  edit(
    MERGED,
    `function merged(target: any, source: any): any {
  for (const name in source) {
    const value = source[name]
    if (value === null) delete target[name]
    else if (isObject(value)) {
      if (!(${isInner})) target[name] = {}
      merged(target[name], value)
    } else target[name] = value
  }
  return target
}
`,
  )

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C8',
    why: 'checks the body, and stores what came',
    rule: TRIMMED,
    edits: [
      edit(
        BOOKED,
        `  const body: any = bodyOf(request)
  checked(booking, body)
  const { depot, contact, label, boxes, size, express = false, stops } = body
`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'reads the page with parseInt, for which 12abc is 12',
    rule: OTHERS,
    edits: [edit(PAGE_TEXT, '    .transform((text) => Number.parseInt(text, 10))\n')],
  },
  {
    id: 'W3',
    check: 'C1',
    why: 'asks Date whether a day exists, for which 30 February is 2 March',
    rule: DATE,
    edits: [
      edit(
        DAY,
        "z.string().regex(/^\\d{4}-\\d\\d-\\d\\d$/).refine((value) => value >= first && value <= '2099-12-31' && !Number.isNaN(Date.parse(value)))",
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'merges with for…in and assignments: `__proto__` leads to the prototype of all objects',
    rule: INHERITED,
    edits: [edit(OWN_NAMES, '    if (INHERITED.includes(name)) return []\n'), assigning('isObject(target[name])')],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'checks addresses with a repetition inside a repetition, which tries all ways to divide a text',
    rule: BUSY,
    edits: matching('/^([a-z0-9]+[._+-]?)+@([a-z0-9]+\\.)+[a-z]{2,}$/'),
  },
  {
    id: 'W6',
    check: 'C2',
    why: 'names the first wrong field only',
    rule: ALL,
    edits: [edit('throw refuse(wrongsOf(error))', 'throw refuse(wrongsOf(error).slice(0, 1))')],
  },
  {
    id: 'W7',
    check: 'C4',
    why: 'converts to boolean, for which "false" is true',
    rule: TYPE,
    edits: [edit('express: z.boolean().default(false)', 'express: z.coerce.boolean().default(false)')],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'counts UTF-16 units: an emoji is two',
    rule: LABEL,
    edits: [edit(TRIM, 'z.string().trim().min(1).refine((value) => hasNoZero(value) && value.length <= max)')],
  },

  // ------------------------------------------------------------ bookings
  {
    id: 'W9',
    check: 'C1',
    why: 'looks at the beginning of a depot only',
    rule: DEPOT,
    edits: [edit(CODE, '/^[A-Z]{2}-[A-Z]{3}-[0-9]{2}/')],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'takes small letters in a depot',
    rule: DEPOT,
    edits: [edit(CODE, '/^[A-Z]{2}-[A-Z]{3}-[0-9]{2}$/i')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'lets a depot end where a line ends',
    rule: DEPOT,
    edits: [edit(CODE, '/^[A-Z]{2}-[A-Z]{3}-[0-9]{2}$/m')],
  },
  {
    id: 'W12',
    check: 'C8',
    why: 'keeps the capitals of an address',
    rule: CONTACT,
    edits: [edit(ADDRESS, 'z.string().trim().pipe(z.email().max(254))')],
  },
  {
    id: 'W13',
    check: 'C8',
    why: 'refuses an address with a blank behind it',
    rule: CONTACT,
    edits: [edit(ADDRESS, 'z.string().toLowerCase().pipe(z.email().max(254))')],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'takes labels of 41 characters',
    rule: LABEL,
    edits: [edit('label: trimmed(40)', 'label: trimmed(41)')],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'takes labels of nothing but blanks',
    rule: LABEL,
    edits: [edit(TRIM, 'z.string().min(1).max(max).refine(hasNoZero).trim()')],
  },
  {
    id: 'W16',
    check: 'C8',
    why: 'counts a label before it is trimmed',
    rule: TRIMMED,
    edits: [edit(TRIM, 'z.string().max(max).trim().min(1).refine(hasNoZero)')],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'takes 0 boxes',
    rule: BOXES,
    edits: [edit('z.int().min(1).max(500)', 'z.int().min(0).max(500)')],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'takes half a box, and lets the database be the judge of it',
    rule: BOXES,
    edits: [edit('z.int().min(1).max(500)', 'z.number().min(1).max(500)')],
  },
  {
    id: 'W19',
    check: 'C4',
    why: 'converts to a number: "3", "1e2", true and [3] are numbers then',
    rule: TYPE,
    edits: [edit('z.int().min(1).max(500)', 'z.coerce.number().int().min(1).max(500)')],
  },
  {
    id: 'W20',
    check: 'C1',
    why: 'takes small letters as sizes',
    rule: SIZE,
    edits: [edit(SIZES, `z.string().toUpperCase().pipe(${SIZES})`)],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'takes any part of "SML" as a size, nothing too',
    rule: SIZE,
    edits: [edit(SIZES, "z.string().refine((size) => 'SML'.includes(size))")],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'trims the size as well',
    rule: AS_IT_CAME,
    edits: [edit(SIZES, `z.string().trim().pipe(${SIZES})`)],
  },
  {
    id: 'W23',
    check: 'C8',
    why: 'asks for express',
    rule: EXPRESS,
    edits: [edit('express: z.boolean().default(false)', 'express: z.boolean()')],
  },
  {
    id: 'W24',
    check: 'C4',
    why: 'takes null for express, which the table refuses later',
    rule: NULL,
    edits: [
      edit('express: z.boolean().default(false)', 'express: z.boolean().nullable().default(false)'),
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'takes a booking without stops',
    rule: STOPS,
    edits: [edit('z.array(z.unknown()).min(1).max(10)', 'z.array(z.unknown()).max(10)')],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'takes any number of stops',
    rule: STOPS,
    edits: [edit('z.array(z.unknown()).min(1).max(10)', 'z.array(z.unknown()).min(1)')],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'takes one stop without a list',
    rule: TYPE,
    edits: [
      edit(
        'stops: z.array(z.unknown()).min(1).max(10).pipe(z.array(stop))',
        'stops: z.preprocess((stops) => (isObject(stops) ? [stops] : stops), z.array(stop).min(1).max(10))',
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'takes any text as the depot of a stop',
    rule: STOP_DEPOT,
    edits: [edit("  depot: code,\n  date: day('2000-01-01'),", "  depot: plain(20),\n  date: day('2000-01-01'),")],
  },
  {
    id: 'W29',
    check: 'C1',
    why: 'looks at the form of a day only',
    rule: DATE,
    edits: [
      edit(DAY, `z.string().regex(/^\\d{4}-\\d\\d-\\d\\d$/).refine((value) => value >= first && value <= '2099-12-31')`),
    ],
  },
  {
    id: 'W30',
    check: 'C1',
    why: 'takes days before 2000',
    rule: DATE,
    edits: [edit("date: day('2000-01-01')", "date: day('1900-01-01')")],
  },
  {
    id: 'W31',
    check: 'C1',
    why: 'asks for a note',
    rule: NOTE,
    edits: [edit('note: plain(100).optional()', 'note: plain(100)')],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'trims the note as well',
    rule: AS_IT_CAME,
    edits: [edit('note: plain(100).optional()', 'note: plain(100).trim().optional()')],
  },
  {
    id: 'W33',
    check: 'C4',
    why: 'takes null for a note',
    rule: NULL,
    edits: [edit('note: plain(100).optional()', 'note: plain(100).nullish()')],
  },
  {
    id: 'W34',
    check: 'C3',
    why: 'ignores unknown fields of a booking',
    rule: UNKNOWN,
    edits: [edit('const booking = z.strictObject({', 'const booking = z.object({')],
  },
  {
    id: 'W35',
    check: 'C3',
    why: 'ignores unknown fields of a stop',
    rule: UNKNOWN,
    edits: [edit('const stop = z.strictObject({', 'const stop = z.object({')],
  },
  {
    id: 'W36',
    check: 'C1',
    why: 'lets U+0000 through to the database, which refuses it',
    rule: ZERO,
    edits: [edit("(value: string) => !value.includes('\\0')", '(_value: string) => true')],
  },

  // ------------------------------------------------------------ the profile
  {
    id: 'W37',
    check: 'C3',
    why: 'stores every field that is sent: anybody becomes an administrator',
    rule: FOREIGN,
    edits: [edit(PATCHED, '  const patch = bodyOf(request)\n  checked(profile, patch)\n')],
  },
  {
    id: 'W38',
    check: 'C3',
    why: 'takes out what it knows to be harmful, and stores the rest',
    rule: FOREIGN,
    edits: [
      edit(
        PATCHED,
        '  const { role: _role, balance: _balance, ...patch } = checked(profile.loose(), bodyOf(request))\n',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C3',
    why: 'refuses unknown fields of a profile',
    rule: FOREIGN,
    edits: [edit('  .partial()\n', '  .strict()\n  .partial()\n')],
  },
  {
    id: 'W40',
    check: 'C3',
    why: 'shows in its answer what it has not stored',
    rule: FOREIGN,
    edits: [
      edit(
        '    Object.values(patch),\n  )\n  response.json(rows[0])\n',
        '    Object.values(patch),\n  )\n  response.json({ ...bodyOf(request), ...rows[0] })\n',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C1',
    why: 'takes names of 100 characters',
    rule: NAME,
    edits: [edit('name: trimmed(80)', 'name: trimmed(100)')],
  },
  {
    id: 'W42',
    check: 'C8',
    why: "takes the profile's address as it came",
    rule: EMAIL,
    edits: [edit('    email,\n', '    email: z.email().max(254),\n')],
  },
  {
    id: 'W43',
    check: 'C1',
    why: 'does not let anybody clear a birthday',
    rule: BIRTHDAY,
    edits: [edit("day('1900-01-01').nullable()", "day('1900-01-01')")],
  },
  {
    id: 'W44',
    check: 'C1',
    why: 'shows a birthday as an instant',
    rule: BIRTHDAY,
    edits: [edit('birthday::text as birthday', 'birthday')],
  },
  {
    id: 'W45',
    check: 'C4',
    why: 'takes "yes" and "0" for booleans',
    rule: NEWSLETTER,
    edits: [edit('newsletter: z.boolean()', 'newsletter: z.union([z.boolean(), z.stringbool()])')],
  },
  {
    id: 'W46',
    check: 'C1',
    why: 'takes any two letters as a language',
    rule: LANGUAGE,
    edits: [edit("z.enum(['en', 'es', 'pt'])", 'z.string().regex(/^[a-z]{2}$/i)')],
  },
  {
    id: 'W47',
    check: 'C8',
    why: 'refuses a patch that changes nothing',
    rule: NOTHING,
    edits: [
      edit(
        PATCHED,
        `${PATCHED}  if (Object.keys(patch).length === 0) throw new Refusal(422, 'nothing to change')\n`,
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C8',
    why: 'has a default for a field that a patch may leave out',
    rule: NOTHING,
    edits: [edit(PATCHED, '  const patch = { newsletter: false, ...checked(profile, bodyOf(request)) }\n')],
  },

  // ------------------------------------------------------------ addresses
  {
    id: 'W49',
    check: 'C1',
    why: 'asks for an @ and nothing more',
    rule: NO_ADDRESS,
    edits: matching('/@/'),
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'lets dots stand anywhere in an address',
    rule: DOTS,
    edits: matching('/^[a-z0-9._+-]+@[a-z0-9.-]+\\.[a-z]{2,}$/'),
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'knows no + in addresses',
    rule: TAKEN,
    edits: matching('/^[a-z0-9_-]+(\\.[a-z0-9_-]+)*@([a-z0-9-]+\\.)+[a-z]{2,}$/'),
  },
  {
    id: 'W52',
    check: 'C1',
    why: 'knows no last part of more than 3 letters',
    rule: TAKEN,
    edits: matching('/^[a-z0-9_+-]+(\\.[a-z0-9_+-]+)*@([a-z0-9-]+\\.)+[a-z]{2,3}$/'),
  },
  {
    id: 'W53',
    check: 'C1',
    why: 'takes addresses of any length',
    rule: LONG,
    edits: [edit(ADDRESS, 'z.string().trim().toLowerCase().pipe(z.email())')],
  },

  // ------------------------------------------------------------ settings
  {
    id: 'W54',
    check: 'C5',
    why: 'merges the first depth only',
    rule: MERGE,
    edits: [edit(INNER, 'result.set(name, merged({}, value))')],
  },
  {
    id: 'W55',
    check: 'C5',
    why: 'stores null',
    rule: REMOVE,
    edits: [
      edit(
        '    if (value === null) result.delete(name)\n    else if (isObject(value)) {',
        '    if (isObject(value)) {',
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C5',
    why: 'stores a new object as it came, with its nulls',
    rule: REMOVE,
    edits: [edit(INNER, 'result.set(name, isObject(old) ? merged(old, value) : (value as Settings))')],
  },
  {
    id: 'W57',
    check: 'C5',
    why: 'takes false, 0 and an empty text for nothing',
    rule: REPLACE,
    edits: [edit('    } else result.set(name, value)\n', '    } else if (value) result.set(name, value)\n')],
  },
  {
    id: 'W58',
    check: 'C5',
    why: 'does not put an object in the place of a text',
    rule: REPLACE,
    edits: [edit(INNER, 'if (isObject(old) || old === undefined) result.set(name, merged(old ?? {}, value))')],
  },
  {
    id: 'W59',
    check: 'C5',
    why: 'takes lists as settings',
    rule: VALUE,
    edits: [edit('    if (!isObject(value)) return wrong(', '    if (Array.isArray(value)) return []\n    if (!isObject(value)) return wrong(')],
  },
  {
    id: 'W60',
    check: 'C5',
    why: 'takes fractions as settings',
    rule: VALUE,
    edits: [edit('Number.isInteger(value) && Math.abs', 'Math.abs')],
  },
  {
    id: 'W61',
    check: 'C5',
    why: 'goes as deep as the body does',
    rule: DEEP,
    edits: [edit(TOO_DEEP, 'return wrongsIn(value, own)')],
  },
  {
    id: 'W62',
    check: 'C5',
    why: 'counts the objects without the body',
    rule: DEEP,
    edits: [edit(TOO_DEEP, TOO_DEEP.replace('own.length < DEEPEST', 'own.length <= DEEPEST'))],
  },
  {
    id: 'W63',
    check: 'C5',
    why: 'takes names of any length, and capitals in front',
    rule: SETTING,
    edits: [edit('/^[a-z][A-Za-z0-9]{0,29}$/', '/^[A-Za-z][A-Za-z0-9]*$/')],
  },
  {
    id: 'W64',
    check: 'C5',
    why: 'refuses every name that objects have of their own',
    rule: SETTING,
    edits: [edit('INHERITED.includes(name)', 'name in {}')],
  },
  {
    id: 'W65',
    check: 'C5',
    why: 'knows `__proto__`, and merges into the constructor of all objects',
    rule: INHERITED,
    edits: [
      edit(OWN_NAMES, "    if (name === 'constructor' || name === 'prototype') return []\n"),
      assigning("isObject(target[name]) || typeof target[name] === 'function'"),
    ],
  },
  {
    id: 'W66',
    check: 'C5',
    why: 'stores a setting that is called constructor',
    rule: INHERITED,
    edits: [edit("const INHERITED = ['__proto__', 'constructor', 'prototype']", "const INHERITED = ['__proto__']")],
  },
  {
    id: 'W67',
    check: 'C5',
    why: 'merges first, and refuses then',
    rule: NO_CHANGE,
    edits: [
      edit('  if (errors.length > 0) throw refuse(errors)\n', ''),
      edit(
        "    await client.query('commit')\n",
        "    await client.query('commit')\n    if (errors.length > 0) throw refuse(errors)\n",
      ),
    ],
  },

  // ------------------------------------------------------------ the search
  {
    id: 'W68',
    check: 'C8',
    why: 'searches for a text with the blanks around it',
    rule: Q,
    edits: [edit('q: trimmed(50)', 'q: z.string().min(1).max(50).refine(hasNoZero)')],
  },
  {
    id: 'W69',
    check: 'C1',
    why: 'takes small letters for capitals in a search',
    rule: Q,
    edits: [edit('strpos(name, $1) > 0', 'strpos(lower(name), lower($1)) > 0')],
  },
  {
    id: 'W70',
    check: 'C8',
    why: 'checks the page, and shows the text that came',
    rule: PAGE,
    edits: [edit('response.json({ page: wanted.page, items })', 'response.json({ page: page ?? 1, items })')],
  },
  {
    id: 'W71',
    check: 'C4',
    why: 'reads the page with Number, for which 1e3 and 0x10 are numbers',
    rule: OTHERS,
    edits: [edit(PAGE_TEXT, '    .transform(Number)\n')],
  },
  {
    id: 'W72',
    check: 'C1',
    why: 'takes page 0, and asks the database for what comes before the beginning',
    rule: PAGE,
    edits: [edit('z.int().min(1).max(1000)', 'z.int().max(1000)')],
  },
  {
    id: 'W73',
    check: 'C1',
    why: 'finds depots that have one of the tags',
    rule: TAGS,
    edits: [edit('tags @> $2::text[]', "(tags && $2::text[] or $2::text[] = '{}')")],
  },
  {
    id: 'W74',
    check: 'C1',
    why: 'takes any number of tags',
    rule: TAGS,
    edits: [edit('/^[a-z]{1,20}$/)).max(5)', '/^[a-z]{1,20}$/))')],
  },
  {
    id: 'W75',
    check: 'C1',
    why: 'finds nothing beyond the end, and says so with 404',
    rule: ITEMS,
    edits: [
      edit(
        '  response.json({ page: wanted.page, items })',
        "  if (items.length === 0) throw new Refusal(404, 'nothing is found')\n  response.json({ page: wanted.page, items })",
      ),
    ],
  },
  {
    id: 'W76',
    check: 'C4',
    why: 'takes a parameter for a text, and it stands there twice',
    rule: NO_500,
    edits: [edit(WANTED, WANTED.replace('{ q, page,', '{ q: (q as string | undefined)?.trim(), page,'))],
  },

  // ------------------------------------------------------------ refusals
  {
    id: 'W77',
    check: 'C2',
    why: 'has the errors in an object',
    rule: LIST,
    edits: [
      edit(
        SAID,
        "{ error: message, errors: more.errors && Object.fromEntries(more.errors.map(({ path, message }) => [path.join('.'), message])) }",
      ),
    ],
  },
  {
    id: 'W78',
    check: 'C2',
    why: 'says of a query only that it is not right',
    rule: LIST,
    edits: [
      edit(
        WANTED,
        `  const { data: wanted, error } = search.safeParse({ q, page, tags: [tags].flat() })
  if (error) throw new Refusal(400, 'the query is not right')
`,
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C2',
    why: 'names the list, and not what is wrong in it',
    rule: PATH,
    edits: [edit(ISSUE, '[{ path: issue.path.slice(0, 1), message: issue.message }]')],
  },
  {
    id: 'W80',
    check: 'C2',
    why: 'names a field without the way to it',
    rule: PATH,
    edits: [edit(ISSUE, '[{ path: issue.path.slice(-1), message: issue.message }]')],
  },
  {
    id: 'W81',
    check: 'C2',
    why: 'names an unknown field of a stop as if it were one of the booking',
    rule: PATH,
    edits: [edit(UNKNOWN_KEYS, "issue.keys.map((key) => ({ path: [key], message: 'is not known' }))")],
  },
  {
    id: 'W82',
    check: 'C2',
    why: 'names what holds the unknown fields, as the library does',
    rule: ALL,
    edits: [edit(UNKNOWN_KEYS, ISSUE)],
  },
  {
    id: 'W83',
    check: 'C2',
    why: 'looks at the stops once all else is right',
    rule: ALL,
    edits: [edit(BOOKED, `  checked(booking.omit({ stops: true }).loose(), bodyOf(request))\n${BOOKED}`)],
  },
  {
    id: 'W84',
    check: 'C2',
    why: 'names the first wrong setting only',
    rule: ALL,
    edits: [edit('throw refuse(errors)', 'throw refuse(errors.slice(0, 1))')],
  },
  {
    id: 'W85',
    check: 'C2',
    why: 'names a field that is right, too',
    rule: NO_OTHER,
    edits: [
      edit(
        'throw refuse(wrongsOf(error))',
        "throw refuse([...wrongsOf(error), { path: ['depot'], message: 'look at this again' }])",
      ),
    ],
  },
  {
    id: 'W86',
    check: 'C6',
    why: 'reads bodies of up to 10 MiB',
    rule: LARGE,
    edits: [edit("limit: '64kb'", "limit: '10mb'")],
  },
  {
    id: 'W87',
    check: 'C6',
    why: 'refuses bodies of 64 KiB',
    rule: LARGE,
    edits: [edit("limit: '64kb'", "limit: '32kb'")],
  },
  {
    id: 'W88',
    check: 'C6',
    why: 'checks names of settings with a repetition inside a repetition',
    rule: BUSY,
    edits: [edit('/^[a-z][A-Za-z0-9]{0,29}$/', '/^([a-z]+[A-Z0-9]*)+$/')],
  },
  {
    id: 'W89',
    check: 'C7',
    why: 'asks the database for any id, and its error becomes a 500',
    rule: NO_500,
    edits: [
      edit('  const isId = /^[1-9][0-9]{0,8}$/.test(id)\n', ''),
      edit('isId ? id : 0', 'id'),
    ],
  },
  {
    id: 'W90',
    check: 'C7',
    why: 'takes null for an object',
    rule: 'JSON that is no object | `400` or `422`',
    edits: [
      edit(NO_OBJECT, ''),
      edit('  return body\n}\n', '  return body as Record<string, unknown>\n}\n'),
    ],
  },
  {
    id: 'W91',
    check: 'C7',
    why: 'lets the error of JSON.parse become a 500',
    rule: 'no JSON | `400`',
    edits: [
      edit(
        "  try {\n    body = JSON.parse(request.body)\n  } catch {\n    throw new Refusal(400, 'the body is not valid JSON')\n  }\n",
        '  body = JSON.parse(request.body)\n',
      ),
    ],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
