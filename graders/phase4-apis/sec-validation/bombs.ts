import type { Sending } from '../../harness/index.ts'

/** A request that could keep a program busy. */
export type Bomb = {
  what: string
  sending: Sending
  /** It has more than 64 KiB: the server may hang up. */
  isLarge?: boolean
}

const LIMIT = 64 * 1024
/** Long, and with the rest of a body below the limit. */
const LONG = 60_000

const right = {
  ...{ depot: 'ES-VGO-01', contact: 'ada@example.com', label: 'Books', boxes: 3, size: 'M' },
  stops: [{ depot: 'PT-OPO-02', date: '2026-12-24' }],
}

const sendingOf = (method: string, path: string, body: string): Sending => ({
  ...{ method, path, body, headers: { 'Content-Type': 'application/json' } },
})
const booking = (fields: object) =>
  sendingOf('POST', '/bookings', JSON.stringify({ ...right, ...fields }))
const stop = (fields: object) => booking({ stops: [{ ...right.stops[0], ...fields }] })
const profile = (fields: object) => sendingOf('PATCH', '/profile', JSON.stringify(fields))
const settings = (document: object) =>
  sendingOf('POST', '/imports/json', JSON.stringify(document))

/** Texts that patterns with repetitions inside repetitions try in all ways there are. */
function texts(length: number): Record<string, string> {
  const of = (part: string) => part.repeat(Math.floor(length / part.length))
  return {
    letters: of('a'),
    'letters and an exclamation mark': `${of('a')}!`,
    'letters, an @ and letters': `${'a'.repeat(length / 2)}@${'a'.repeat(length / 2)}`,
    'letters with dots': of('a.'),
    'an address and many parts': `ada@${of('a.')}`,
    'an address and many letters': `ada@${of('a')}`,
    'an address, many parts and an !': `ada@${of('aa.')}!`,
    'many @': of('@'),
    'letters with hyphens': `${of('a-')}!`,
    'letters with _': `a@${of('a_')}!`,
    capitals: `${of('A')}!`,
    'capitals with hyphens': `${of('ES-')}!`,
    digits: `${of('0')}x`,
    'digits with hyphens': `${of('2026-')}x`,
    'blanks in the middle': `x${of(' ')}x`,
    // In JSON each line end has two characters.
    'line ends in the middle': `x${'\n'.repeat(length / 2)}x`,
    'blanks and tabs': `x${' \t'.repeat(length / 4)}x`,
  }
}

const PLACES: Record<string, (text: string) => Sending> = {
  depot: (depot) => booking({ depot }),
  contact: (contact) => booking({ contact }),
  label: (label) => booking({ label }),
  boxes: (boxes) => booking({ boxes }),
  size: (size) => booking({ size }),
  'the date of a stop': (date) => stop({ date }),
  'the depot of a stop': (depot) => stop({ depot }),
  'the note of a stop': (note) => stop({ note }),
  name: (name) => profile({ name }),
  email: (email) => profile({ email }),
  birthday: (birthday) => profile({ birthday }),
  language: (language) => profile({ language }),
  'a setting': (text) => settings({ a: text }),
  'the name of a setting': (text) => settings({ [text]: 1 }),
}

/** Each text in each place, as long as it may be there. */
export function longTexts(): Bomb[] {
  const all = Object.entries(texts(LONG))
  const bodies = Object.entries(PLACES).flatMap(([place, sendingTo]) =>
    all.map(([what, text]) => ({
      ...{ what: `${text.length} characters (${what}) in ${place}`, sending: sendingTo(text) },
    })),
  )
  const encoded = (name: string, text: string): Sending => ({
    path: `/search?${name === 'q' ? '' : 'q=Vigo&'}${name}=${encodeURIComponent(text)}`,
  })
  // A URL is shorter than a body.
  const queries = ['q', 'page', 'tags[]'].flatMap((name) =>
    ['letters', 'digits', 'blanks in the middle'].map((what) => ({
      what: `2000 characters (${what}) in ${name}`,
      sending: encoded(name, texts(2000)[what]!),
    })),
  )
  return [...bodies, ...queries]
}

/** JSON that is deep, wide or large. */
export function shapes(): Bomb[] {
  const deepList = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const deepObject = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  const inBooking = (name: string, json: string) => {
    const body = JSON.stringify({ ...right, [name]: 0 })
    return sendingOf(
      'POST',
      '/bookings',
      body.replace(`"${name}":0`, () => `"${name}":${json}`),
    )
  }
  const many = (count: number, of: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => of(index)).join(',')
  const unknown = many(4000, (index) => `"U${index}":1`)
  const blanks = ' '.repeat(LIMIT)
  return [
    { what: 'a list 30 000 deep', sending: sendingOf('POST', '/bookings', deepList(30_000)) },
    { what: 'a label 30 000 deep', sending: inBooking('label', deepList(30_000)) },
    { what: 'stops 30 000 deep', sending: inBooking('stops', deepList(30_000)) },
    { what: 'stops 9000 objects deep', sending: inBooking('stops', deepObject(9_000)) },
    { what: 'an unknown field 9000 deep', sending: inBooking('x', deepObject(9_000)) },
    { what: 'settings 10 000 deep', sending: sendingOf('POST', '/imports/json', deepObject(10_000)) },
    { what: 'a name 30 000 deep', sending: sendingOf('PATCH', '/profile', `{"name":${deepList(30_000)}}`) },
    { what: '25 000 stops', sending: inBooking('stops', `[${many(25_000, () => '1')}]`) },
    { what: '15 000 empty stops', sending: inBooking('stops', `[${many(15_000, () => '{}')}]`) },
    { what: '4000 unknown fields', sending: sendingOf('POST', '/bookings', `{${unknown}}`) },
    { what: '4000 wrong settings', sending: sendingOf('POST', '/imports/json', `{${unknown}}`) },
    { what: 'a number of 60 000 digits', sending: inBooking('boxes', '1'.repeat(LONG)) },
    { what: 'an exponent of 60 000 digits', sending: inBooking('boxes', `1e${'9'.repeat(LONG)}`) },
    { what: '900 tags', sending: { path: `/search?q=Vigo${'&tags[]=a'.repeat(900)}` } },
    { what: 'brackets in brackets', sending: { path: `/search?q${'[a]'.repeat(2000)}=1` } },
    {
      what: 'a list 50 000 deep',
      sending: sendingOf('POST', '/imports/json', deepList(50_000)),
      isLarge: true,
    },
    {
      what: 'a million stops',
      sending: inBooking('stops', `[${'1,'.repeat(999_999)}1]`),
      isLarge: true,
    },
    {
      what: '100 000 letters in contact',
      sending: booking({ contact: `${'a'.repeat(100_000)}!` }),
      isLarge: true,
    },
    {
      what: 'a right booking and 64 KiB of blanks',
      sending: sendingOf('POST', '/bookings', JSON.stringify(right) + blanks),
      isLarge: true,
    },
    {
      what: 'right settings and 64 KiB of blanks',
      sending: sendingOf('POST', '/imports/json', `{"big":1${blanks}}`),
      isLarge: true,
    },
  ]
}

/** A right booking of exactly as many bytes as there may be. */
export function largest(): Sending {
  const json = JSON.stringify(right)
  return sendingOf('POST', '/bookings', json.padEnd(LIMIT))
}
