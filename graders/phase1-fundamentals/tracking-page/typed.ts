import type { Fresh } from '../../harness/index.ts'
import { type Depot, FIELDS, type Field } from './form.ts'
import { hostileTexts } from './hostile.ts'

/** What is typed into a field, undefined where it is not sent; `open` where either answer passes. */
export type Typed = { value: string | undefined; ok: 'yes' | 'no' | 'open' }
export type Filled = Record<Field, Typed>

const yes = (...values: string[]): Typed[] => values.map((value) => ({ value, ok: 'yes' }))
const no = (...values: (string | undefined)[]): Typed[] =>
  values.map((value) => ({ value, ok: 'no' }))
const open = (...values: string[]): Typed[] => values.map((value) => ({ value, ok: 'open' }))

/** Scripts, accents and emoji, some of them beyond what one or two bytes can hold. */
export const SCRIPTS = [
  'Zürich → São Tomé',
  'Łódź Żółć',
  '東京ロッカー',
  'שלום עולם',
  'مرحبا بالعالم',
  'Привет, мир',
  'नमस्ते दुनिया',
  '📦🚚👩‍👩‍👧🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'caf\u00e9',
  'cafe\u0301',
  '𝒫𝑒𝓁𝒾𝒸𝒶𝓃',
  'a\u200bb\u2028c',
]

/** What may be typed into each field, the simplest first. */
export function typedFor(fresh: Fresh, depots: Depot[]): Record<Field, Typed[]> {
  const hostile = hostileTexts(fresh)
  const word = fresh.unique()
  const long = (char: string, count: number) => char.repeat(count)
  const id = depots[0]!.id
  return {
    name: [
      ...yes('A', '0', 'null', "O'Brien & Söhne", 'Ana+Lima 100%', 'a=b&c=d;e', `${word}  ${word}`),
      ...yes(` ${word} `, long('a', 80), long('ü', 80), long('📦', 80), '__proto__'),
      ...yes(...fresh.list(6, hostile)),
      ...no('', undefined, ' ', '   ', long('a', 81), long('📦', 81), long('ü', 120)),
    ],
    email: [
      ...yes(fresh.email(), 'a@b.example', 'ana.lima+faro_2@mail-1.example.test'),
      ...open('ana@localhost', 'ANA@Example.TEST', 'ü@exämple.test', `"${word}"@mail.example`),
      ...open(`${word}"onfocus="alert(1)@mail.example`, `<b>${word}</b>@mail.example`),
      ...no('', undefined, word, '@', 'ana@', '@mail.example', 'ana@b@mail.example'),
      ...no('ana lima@mail.example', 'ana@mail .example', 'ana@@mail.example', 'ana.mail.example'),
      ...no(...fresh.list(4, () => `${hostile()} @ ${word}`)),
    ],
    depot: [
      ...yes(...depots.map((depot) => depot.id)),
      ...no('', undefined, word, `${id}x`, id.slice(0, -1), id.toLowerCase(), depots[0]!.name),
      ...no('0', '1', '__proto__', 'toString', 'constructor'),
      ...no(...fresh.list(4, hostile)),
    ],
    note: [
      ...yes('', word, '0', `${word}\r\n${word}`, `${word}\r\n\r\n  ${word}`, 'a+b = 100% & more'),
      ...yes(long('b', 500), long('é', 500), long('🚚', 500), long('🚚', 251)),
      ...yes(...fresh.list(6, hostile)),
      { value: undefined, ok: 'yes' },
      ...no(long('b', 501), long('🚚', 501), long('東', 700)),
    ],
  }
}

/** Forms in which one field at a time is out of the ordinary, and some in which all are. */
export function formsFor(fresh: Fresh, depots: Depot[]): Filled[] {
  const pools = typedFor(fresh, depots)
  const plain = (): Filled => ordinaryForm(fresh, depots)
  const single = FIELDS.flatMap((field) =>
    pools[field].map((typed) => ({ ...plain(), [field]: typed })),
  )
  const mixed = fresh.list(14, () => {
    const one = (field: Field) => fresh.pick(pools[field])
    return { name: one('name'), email: one('email'), depot: one('depot'), note: one('note') }
  })
  const nothing = { value: undefined, ok: 'no' } as const
  return [
    { name: nothing, email: nothing, depot: nothing, note: { value: undefined, ok: 'yes' } },
    ...single,
    ...mixed,
  ]
}

/** A form that everybody would call right. */
export function ordinaryForm(fresh: Fresh, depots: Depot[]): Filled {
  return {
    name: { value: `${fresh.name()} ${fresh.unique()}`, ok: 'yes' },
    email: { value: fresh.email(), ok: 'yes' },
    depot: { value: fresh.pick(depots).id, ok: 'yes' },
    note: { value: fresh.oneIn(4) ? '' : `${fresh.unique()} ${fresh.word()}`, ok: 'yes' },
  }
}

export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** A form as a browser sends it. */
export function encoded(form: Filled): string {
  const body = new URLSearchParams()
  for (const field of FIELDS) {
    const { value } = form[field]
    if (value !== undefined) body.set(field, value)
  }
  return body.toString()
}

export const wrongFields = (form: Filled): Field[] =>
  FIELDS.filter((field) => form[field].ok === 'no')
export const openFields = (form: Filled): Field[] =>
  FIELDS.filter((field) => form[field].ok === 'open')
