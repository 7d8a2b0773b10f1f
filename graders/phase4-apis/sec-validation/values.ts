import type { Fresh } from '../../harness/index.ts'
import {
  bad,
  good,
  integer,
  oneOf,
  type Pool,
  pattern,
  type Sample,
  sample,
  text,
} from '../../harness/model/index.ts'

/** Leads to a field of a body. */
export type Path = (string | number)[]

/** A value for a field, the check that it belongs to, and where it is odd. */
export type Tried = Sample & {
  check: 'C1' | 'C4' | 'C8'
  /** Below the field, where it is a list. */
  below: Path
  /** Where it is not the field's. */
  rule?: string
}
type Field = { rule: string; plain: Sample[]; edges: Tried[]; optional: boolean }

/** A body with one odd field. */
export type Sent = {
  json: string
  ok: Sample['ok']
  /** What is kept of each field: a value; undefined where the field is not sent. */
  keeps: Record<string, unknown>
  what: string
  rule: string
  check: string
  /** Leads to the odd field. */
  path: Path
}

/** The rules of the README, in its words. */
export const FIELD_RULES = {
  type: 'another JSON type than the table asks for | is refused: `"3"`, `[3]` and `true` are no 3, `"false"` and `0` are no `false`',
  null: '`null` | is refused, but where a table names it',
  trimmed:
    '*trimmed* text | loses spaces, tabs and line ends at both ends; then it is checked, kept and shown',
  asItCame: 'any other text | is checked, kept and shown as it came: `" S"` is no `S`',
  zero: 'a text with the character U+0000 | is refused',
  depot:
    '`depot` | two capitals A–Z, a hyphen, three capitals, a hyphen, two digits 0–9: `ES-VGO-01`',
  contact: '`contact` | an e-mail address: trimmed, and kept in small letters',
  label: '`label` | a trimmed text of 1 to 40 characters',
  boxes: '`boxes` | a whole number from 1 to 500',
  size: '`size` | `S`, `M` or `L`',
  express: '`express` | `true` or `false`; `false` where it is missing',
  stops: '`stops` | a list of 1 to 10 objects with `depot`, `date` and `note`',
  stopDepot: '`depot` of a stop | as above',
  date: '`date` of a stop | a day that exists, from `2000-01-01` to `2099-12-31`, in this form',
  note: '`note` of a stop | may be missing; a text of up to 100 characters',
  name: '`name` | a trimmed text of 1 to 80 characters',
  email: '`email` | as `contact`',
  birthday:
    '`birthday` | a day that exists, from `1900-01-01` to `2099-12-31`, in this form; `null` clears it',
  newsletter: '`newsletter` | `true` or `false`',
  language: '`language` | `en`, `es` or `pt`',
} as const

/** What `trimmed` takes away. */
export const strip = (value: string): string => value.replace(/^[ \t\r\n]+/, '').trimEnd()

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value

const valueOf = ({ json }: Sample): unknown => (json === undefined ? undefined : JSON.parse(json))

/** These cannot be told from a whole number in every language. */
const FLOATS = /^a whole number with/

/**
 * A field of a pool: nothing is converted, and `null` is no other word for missing.
 * @param more values that the pool does not have
 */
function fieldOf(pool: Pool, more: Sample[] = [], read: (one: Sample) => Sample = (x) => x): Field {
  const usual = typeOf(valueOf(pool.plain[0]!))
  const strict = (one: Sample): Sample =>
    one.ok === 'open' && !FLOATS.test(one.what) ? sample(one.what, one.json, 'no') : one
  const edges = [...pool.edges, ...more].map((one): Tried => {
    const made = read(strict(one))
    const value = valueOf(made)
    const isMissing = made.json === undefined
    const isKept = value === made.keeps || typeof value !== 'string' || made.ok !== 'yes'
    const isType = isMissing || typeOf(value) === usual || made.ok === 'yes'
    return { ...made, below: [], check: !isType ? 'C4' : isKept ? 'C1' : 'C8' }
  })
  return {
    rule: pool.rule,
    plain: pool.plain.map(read),
    edges,
    optional: edges.some(({ json, ok }) => json === undefined && ok === 'yes'),
  }
}

const ZERO = ['a\0b', '\0', 'ab\0'].map((value) => bad('the character U+0000', value))

const texts = (fresh: Fresh, rule: string, max: number, more: { optional?: boolean } = {}) =>
  fieldOf(text(fresh, { rule, max, ...more }), ZERO)

/** A text without what stands around it. */
function trimmed(fresh: Fresh, rule: string, max: number, more: { optional?: boolean } = {}) {
  const word = fresh.word()
  const around = [
    good('blanks in front', `  ${word}`),
    good('a tab and a line end at the end', `${word}\t\r\n`),
    good('a line end in front', `\n${word}`),
    good('a blank inside', `${word} ${word}`),
    good(`${max} letters between blanks`, `  ${'a'.repeat(max)}  `),
    good(`${max} emoji between blanks`, ` ${'📦'.repeat(max)} `),
    good(`${max + 1} letters between blanks`, ` ${'a'.repeat(max + 1)} `),
    good('nothing but blanks', '   '),
    good('nothing but tabs and line ends', '\t\r\n'),
  ]
  return fieldOf(text(fresh, { rule, min: 1, max, ...more }), [...around, ...ZERO], (one) => {
    const value = valueOf(one)
    if (typeof value !== 'string' || value.includes('\0')) return one
    const kept = strip(value)
    const { length } = [...kept]
    return sample(one.what, one.json, length >= 1 && length <= max ? 'yes' : 'no', kept)
  })
}

/** What is no text at all. */
const noTexts = (right: string) => [
  ...[bad('a number', 7), bad('true', true), bad('an object', {}), bad('an empty list', [])],
  ...[bad('a list of one', [right]), bad('a list of two', [right, right])],
]

const missing = (optional: boolean) => sample('missing', undefined, optional ? 'yes' : 'no')

function email(fresh: Fresh, rule: string, optional = false): Field {
  const long = (last: number) =>
    `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(last)}.com`
  const taken = {
    'the shortest': 'a@b.co',
    'dots, _, + and - before the @': 'x_y-z.b+parcels@example.com',
    'many parts': 'first.last@a1.b2.mail.example.org',
    'digits alone before the @': '42@example.com',
    'a long last part': 'ada@example.international',
    '64 letters before the @': `${'a'.repeat(64)}@example.com`,
    '254 characters': long(57),
    capitals: 'Ada.Lovelace@Example.COM',
    'blanks at both ends': '  ada@example.com ',
    'a line end at the end': 'ada@example.com\n',
    'a tab in front, and capitals': '\tADA@EXAMPLE.COM',
    '254 characters between blanks': ` ${long(57)} `,
  }
  const refused = {
    'no @': 'ada.example.com',
    'no dot behind the @': 'ada@example',
    'nothing before the @': '@example.com',
    'nothing behind the @': 'ada@',
    'the @ alone': '@',
    'two @ side by side': 'ada@@example.com',
    'two @': 'ada@mail@example.com',
    'two addresses': 'ada@example.com,bo@example.com',
    'a blank before the @': 'ada lovelace@example.com',
    'a blank behind the @': 'ada@exam ple.com',
    'a line end inside': 'ada@example.com\nbo',
    'an accent before the @': 'adá@example.com',
    'an accent behind the @': 'ada@exámple.com',
    ideographs: 'ada@例え.jp',
    'a dot before the @': 'ada.@example.com',
    'a dot behind the @': 'ada@.example.com',
    'a dot at the end': 'ada@example.com.',
    'two dots before the @': 'a..da@example.com',
    'two dots behind the @': 'ada@example..com',
    '255 characters': long(58),
    'a name and an address': 'Ada <ada@example.com>',
    empty: '',
    'nothing but blanks': '  ',
    'the character U+0000': 'ada\0@example.com',
  }
  const kept = (value: string) => strip(value).toLowerCase()
  return fieldOf({
    rule,
    plain: ['ada@example.com', 'bo.li+parcels@mail.example.co', `${fresh.word()}@pelican.org`].map(
      (value) => good('an address', value),
    ),
    edges: [
      ...[missing(optional), bad('null', null)],
      ...Object.entries(taken).map(([what, value]) =>
        sample(what, JSON.stringify(value), 'yes', kept(value)),
      ),
      ...Object.entries(refused).map(([what, value]) => bad(what, value)),
      ...noTexts('ada@example.com'),
    ],
  })
}

/** Days from the first of January of a year on. */
function day(rule: string, first: number, more: { optional?: boolean; nullable?: boolean } = {}) {
  const taken = [
    ...[`${first}-01-01`, '2099-12-31', '2000-02-29', '2024-02-29', '2026-02-28', '2096-02-29'],
    ...['2026-01-31', '2026-03-31', '2026-04-30', '2026-08-31', '2026-09-30', '2026-12-31'],
  ]
  const refused = [
    ...['2026-02-30', '2026-02-29', '2025-02-29', '2026-02-31', '2026-04-31', '2026-06-31'],
    ...['2026-09-31', '2026-11-31', '2026-13-01', '2026-00-10', '2026-01-00', '2026-01-32'],
    ...[`${first - 1}-12-31`, '2100-01-01', '2100-02-29', '1900-02-29', '0000-01-01', '9999-12-31'],
    ...['26-12-24', '2026-1-2', '2026-12-4', '20261224', '2026-12', '2026', '24-12-2026'],
    ...['2026/12/24', '12/24/2026', '2026-12-24T00:00:00Z', '2026-12-24 00:00', '2026-W52-4'],
    ...['2026-358', '+2026-12-24', '-2026-12-24', '02026-12-24', '2026-12-24Z', '2026-12-024'],
    ...[' 2026-12-24', '2026-12-24 ', '2026-12-24\n', '\n2026-12-24', '2026-12-24\0'],
    ...['2026–12–24', '٢٠٢٦-١٢-٢٤', 'today', 'Dec 24, 2026', 'Invalid Date', '', 'null'],
  ]
  return fieldOf({
    rule,
    plain: ['2026-12-24', '2025-07-01', '2030-10-31'].map((value) => good('a day', value)),
    edges: [
      missing(more.optional === true),
      more.nullable ? sample('null', 'null', 'yes', null) : bad('null', null),
      ...taken.map((value) => good('a day that exists', value)),
      ...refused.map((value) => bad('no such day', value)),
      ...[bad('a number', 20261224), bad('milliseconds', 1766534400000)],
      ...noTexts('2026-12-24'),
    ],
  })
}

function trueOrFalse(rule: string): Field {
  const no = ['true', 'false', 'yes', 'on', '1', '0', '', 1, 0, [], [true], [false], {}]
  return fieldOf({
    rule,
    plain: [good('true', true), good('false', false)],
    edges: [
      ...[missing(true), bad('null', null), good('true', true), good('false', false)],
      ...no.map((value) => bad(`no boolean (${JSON.stringify(value)})`, value)),
    ],
  })
}

function code(fresh: Fresh, rule: string): Field {
  const pool = pattern(fresh, {
    pattern: /^[A-Z]{2}-[A-Z]{3}-[0-9]{2}$/,
    plain: ['ES-VGO-01', 'PT-OPO-99', 'ZZ-AAA-00'],
    broken: [
      ...['E-VGO-01', 'ESP-VGO-01', 'ES-VG-01', 'ES-VGOO-01', 'ES-VGO-1', 'ES-VGO-001', 'ESVGO01'],
      ...['ES_VGO_01', 'ES-VGO-', '-VGO-01', 'ES--01', 'ES-VGO-0a', 'ES–VGO–01', 'ÉS-VGO-01'],
      ...['ES-VGO-01,PT-OPO-99', 'Depot ES-VGO-01', 'ES-VG0-01', 'ES-VGO-01\0'],
    ],
    rule,
  })
  return fieldOf(pool)
}

function boxes(fresh: Fresh): Field {
  const asTexts = ['1e2', '0x10', '12abc', 'NaN', 'Infinity', ' 3', '3.0', '٣', '3;', '']
  return fieldOf(integer(fresh, { min: 1, max: 500, rule: FIELD_RULES.boxes }), [
    ...asTexts.map((value) => bad(`the text ${JSON.stringify(value)}`, value)),
    sample('minus zero', '-0', 'no'),
    sample('the most and a little', '500.0000001', 'no'),
    sample('one digit and more zeros than fit', `1${'0'.repeat(400)}`, 'no'),
    bad('a list in a list', [[3]]),
    bad('an object that looks like a number', { valueOf: 3 }),
  ])
}

/** A choice of texts; a text of other letters is a matter of C1. */
const choice = (fresh: Fresh, rule: string, values: string[]) =>
  fieldOf(oneOf(fresh, { rule, values }))

/** As the field, but one that may be missing. */
const optional = (field: Field): Field => ({
  ...field,
  optional: true,
  edges: field.edges.map((one) =>
    one.json === undefined ? { ...one, ok: 'yes', keeps: undefined } : one,
  ),
})

const objectOf = (fields: Record<string, Sample>): string =>
  `{${Object.entries(fields)
    .flatMap(([name, { json }]) => (json === undefined ? [] : `${JSON.stringify(name)}:${json}`))
    .join(',')}}`

const keepsOf = (fields: Record<string, Sample>) =>
  Object.fromEntries(Object.entries(fields).map(([name, { keeps }]) => [name, keeps]))

export type Bodies = { plain: Sent[]; edges: Sent[] }

/** Bodies of these fields, one odd field each. */
function bodiesOf(fresh: Fresh, fields: Record<string, Field>): Bodies {
  const names = Object.keys(fields)
  const none = sample('missing', undefined, 'yes')
  const ordinary = (isFull: boolean) =>
    Object.fromEntries(
      names.map((name) => {
        const { optional, plain } = fields[name]!
        return [name, optional && !isFull ? none : fresh.pick(plain)]
      }),
    )
  const plain = (values: Record<string, Sample>): Sent => ({
    ...{ json: objectOf(values), ok: 'yes', keeps: keepsOf(values), what: 'an ordinary body' },
    ...{ rule: '', check: 'C1', path: [] },
  })
  return {
    plain: fresh.list(8, (index) => plain(ordinary(index % 2 === 1))),
    edges: names.flatMap((name) => {
      const { edges, rule } = fields[name]!
      return edges.map((edge): Sent => {
        const { ok, what, check, below } = edge
        const values = { ...ordinary(false), [name]: edge }
        return {
          ...{ json: objectOf(values), ok, keeps: keepsOf(values), what: `${name}: ${what}` },
          ...{ rule: ruleOf(edge, rule), check, path: [name, ...below] },
        }
      })
    }),
  }
}

/** The rule that a value is about: its field's, or one for every field. */
function ruleOf({ what, check, json, rule: own }: Tried, rule: string): string {
  if (own !== undefined) return own
  if (json === 'null') return `${FIELD_RULES.null}\n  ${rule}`
  if (/U\+0000/.test(what)) return `${FIELD_RULES.zero}\n  ${rule}`
  if (check === 'C4') return `${FIELD_RULES.type}\n  ${rule}`
  if (check === 'C8' && json !== undefined) return `${FIELD_RULES.trimmed}\n  ${rule}`
  return rule
}

/** Lists of stops: long and short ones, and one odd field in the second of two. */
function stops(fresh: Fresh): Field {
  const items = bodiesOf(fresh, {
    depot: code(fresh, FIELD_RULES.stopDepot),
    date: day(FIELD_RULES.date, 2000),
    note: texts(fresh, FIELD_RULES.note, 100, { optional: true }),
  })
  const list = (what: string, ok: Sample['ok'], sent: Sent[]) =>
    sample(what, `[${sent.map(({ json }) => json).join(',')}]`, ok, [
      ...sent.map(({ keeps }) => keeps),
    ])
  const some = (length: number) => fresh.list(length, () => fresh.pick(items.plain))
  const first = items.plain[0]!
  const rule = FIELD_RULES.stops
  const pool: Pool = {
    rule,
    plain: [1, 2, 3].map((length) => list(`${length} stops`, 'yes', some(length))),
    edges: [
      ...[missing(false), bad('null', null)],
      ...[1, 9, 10].map((length) => list(`${length} stops`, 'yes', some(length))),
      ...[0, 11, 12, 100].map((length) => list(`${length} stops`, 'no', some(length))),
      ...[bad('a text', 'PT-OPO-02'), bad('a number', 1), bad('true', true), bad('an object', {})],
      sample('a stop without a list', first.json, 'no'),
      sample('an object that looks like a list', `{"0":${first.json},"length":1}`, 'no'),
      sample('a list as a text', JSON.stringify(`[${first.json}]`), 'no'),
    ],
  }
  const odd = items.edges.map((item): Tried => ({
    ...sample(`the second stop's ${item.what}`, `[${first.json},${item.json}]`, item.ok, [
      ...[first.keeps, item.keeps],
    ]),
    ...{ check: item.check as 'C1', below: [1, ...item.path], rule: item.rule },
  }))
  const noObjects = [null, 7, 'PT-OPO-02', true, [], [{}]].map((value): Tried => {
    const json = `[${first.json},${JSON.stringify(value)}]`
    const what = `the second stop is ${JSON.stringify(value)}`
    return { ...sample(what, json, 'no'), check: 'C4', below: [1] }
  })
  const field = fieldOf(pool)
  return { ...field, edges: [...field.edges, ...odd, ...noObjects] }
}

/** Bodies of `POST /bookings`. */
export const forBooking = (fresh: Fresh): Bodies =>
  bodiesOf(fresh, {
    depot: code(fresh, FIELD_RULES.depot),
    contact: email(fresh, FIELD_RULES.contact),
    label: trimmed(fresh, FIELD_RULES.label, 40),
    boxes: boxes(fresh),
    size: choice(fresh, FIELD_RULES.size, ['S', 'M', 'L']),
    express: withDefault(trueOrFalse(FIELD_RULES.express)),
    stops: stops(fresh),
  })

/** That something else is kept where the field is missing, is a matter of C8. */
const withDefault = (field: Field): Field => ({
  ...field,
  edges: field.edges.map((one) => (one.json === undefined ? { ...one, check: 'C8' } : one)),
})

/** Bodies of `PATCH /profile`: all fields may be missing. */
export const forProfile = (fresh: Fresh): Bodies =>
  bodiesOf(fresh, {
    name: trimmed(fresh, FIELD_RULES.name, 80, { optional: true }),
    email: email(fresh, FIELD_RULES.email, true),
    birthday: day(FIELD_RULES.birthday, 1900, { optional: true, nullable: true }),
    newsletter: trueOrFalse(FIELD_RULES.newsletter),
    language: optional(choice(fresh, FIELD_RULES.language, ['en', 'es', 'pt'])),
  })
