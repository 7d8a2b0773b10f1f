import type { Fresh } from '../fresh.ts'
import {
  absences,
  bad,
  converted,
  type FieldRule,
  good,
  type Pool,
  type Sample,
  sample,
  upToTheServer,
  wrongTypes,
} from './sample.ts'

/** Names that every object has in JavaScript, Python or PHP: look-ups in plain objects find them. */
const NAMES_OF_OBJECTS = ['toString', '__proto__', 'constructor', '__class__']

export type TextRule = FieldRule & {
  /** In characters, which are code points; 0 by default. */
  min?: number
  max?: number
  /** In bytes of UTF-8, where the README counts bytes. */
  maxBytes?: number
  /** `refused` by default; `open` where the README leaves it to the server. */
  tooLong?: 'refused' | 'open'
  /** A text of nothing but blanks; kept like any other by default. */
  blank?: 'kept' | 'refused' | 'open'
  /** Ordinary values; a few words by default. */
  plain?: string[]
}

/** The letter e with an accent, once in one code point and once in two. */
const NFC = '\u00e9'
const NFD = 'e\u0301'

/**
 * Any Unicode text of `min` to `max` characters, kept as it came. U+0000 and lone surrogates are left
 * out: not every database and not every language can hold them.
 */
export function text(fresh: Fresh, field: TextRule): Pool {
  const { min = 0, max = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = field
  const { tooLong = 'refused', blank = 'kept' } = field
  const judge = (what: string, value: string): Sample => {
    const length = [...value].length
    const isBlank = value !== '' && value.trim() === ''
    if (length > max || Buffer.byteLength(value) > maxBytes) {
      return tooLong === 'open' ? upToTheServer(what, value) : bad(what, value)
    }
    if (length < min || (isBlank && blank === 'refused')) return bad(what, value)
    return isBlank && blank === 'open' ? upToTheServer(what, value) : good(what, value)
  }
  const word = fresh.word()
  const plain = field.plain ?? [word, `${fresh.name()} ${fresh.word()}`, fresh.city()]
  const fill = (char: string, count: number) => char.repeat(count)
  const edges = [
    judge('empty', ''),
    judge('one blank', ' '),
    judge('blanks at both ends', ` ${word}  `),
    judge('a newline at the end', `${word}\n`),
    judge('a tab inside', `${word}\t${word}`),
    judge('capitals', word.toUpperCase()),
    judge('letters of several bytes', 'Zürich→São'),
    judge('ideographs', '東京ロッカー'),
    judge('an accent in one code point (NFC)', `caf${NFC}`),
    judge('an accent in two code points (NFD)', `caf${NFD}`),
    judge('right-to-left text', 'שלום'),
    judge('an emoji of several code points', '👩‍👩‍👧'),
    judge('emoji', '📦🚚'),
    judge('quotes and backslashes', `"${word}" \\ '${word}'`),
    judge('markup', `<b>${word}</b> &amp; %20 +`),
    judge('a text that reads like a number', '007'),
    judge('a text that reads like null', 'null'),
    judge('a text that reads like JSON', '{"a":1}'),
    ...NAMES_OF_OBJECTS.map((name) => judge(`the name ${name}`, name)),
  ]
  if (Number.isFinite(max)) {
    edges.push(
      judge(`${max} letters`, fill('a', max)),
      judge(`${max + 1} letters`, fill('a', max + 1)),
      judge(`${max} letters of two bytes`, fill('ü', max)),
      judge(`${max} letters of three bytes`, fill('東', max)),
      judge(`${max} emoji`, fill('📦', max)),
      judge(`${max + 1} emoji`, fill('📦', max + 1)),
      judge(`${Math.floor(max / 2) + 1} emoji`, fill('📦', Math.floor(max / 2) + 1)),
      judge(`${max + 100} letters`, fill('a', max + 100)),
    )
  }
  if (Number.isFinite(maxBytes)) {
    edges.push(
      judge(`${maxBytes} bytes`, fill('a', maxBytes)),
      judge(`${maxBytes + 1} bytes`, fill('a', maxBytes + 1)),
      judge(`one byte too many, in letters of two`, fill('ü', Math.ceil((maxBytes + 1) / 2))),
      judge(`as many letters of two bytes as fit`, fill('ü', Math.floor(maxBytes / 2))),
    )
  }
  if (min > 0) {
    edges.push(judge(`${min} emoji`, fill('📦', min)), judge(`${min} letters`, fill('b', min)))
    if (min > 1) edges.push(judge(`${min - 1} letters`, fill('b', min - 1)))
  }
  return {
    rule: field.rule,
    plain: plain.map((value) => good('a word', value)),
    edges: [
      ...absences(field, ...(min === 0 ? [''] : [])),
      ...edges,
      ...wrongTypes(fresh),
      converted('a number', '7', '7'),
      converted('true', 'true', 'true', 'True', '1'),
      converted('a list of one', JSON.stringify([word]), word),
    ],
  }
}

export type ChoiceRule = FieldRule & { values: readonly string[] }

/** One of a few texts, spelled exactly so. */
export function oneOf(fresh: Fresh, field: ChoiceRule): Pool {
  const { values } = field
  const has = (value: string) => values.includes(value)
  const other = (what: string, value: string): Sample =>
    has(value) ? good(what, value) : bad(what, value)
  const first = values[0]!
  const swapped = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase()
  return {
    rule: field.rule,
    plain: values.map((value) => good(value, value)),
    edges: [
      ...absences(field),
      other('an unknown word', fresh.word()),
      other('empty', ''),
      other('other case', swapped),
      other('two in one', values.slice(0, 2).join('')),
      other('two with a comma', values.slice(0, 2).join(',')),
      other('its beginning', `${first}x`),
      // Some frameworks trim what they read.
      converted('a blank at the end', JSON.stringify(`${first} `), first),
      converted('a newline at the end', JSON.stringify(`${first}\n`), first),
      ...NAMES_OF_OBJECTS.map((name) => other(`the name ${name}`, name)),
      ...wrongTypes(fresh),
      bad('a number', 1),
      bad('0', 0),
      bad('true', true),
      bad('false', false),
      bad('a list of all', values),
      converted('a list of one', JSON.stringify([first]), first),
    ],
  }
}

export type IntegerRule = FieldRule & { min: number; max: number; plain?: number[] }

/** A whole number from `min` to `max`, both allowed, as a JSON number. */
export function integer(fresh: Fresh, field: IntegerRule): Pool {
  const { min, max } = field
  const fits = (value: number) => value >= min && value <= max
  const judge = (what: string, value: number): Sample =>
    fits(value) ? good(what, value) : bad(what, value)
  const inside = field.plain ?? fresh.list(3, () => fresh.int(min, Math.min(max, min + 1000)))
  const some = inside.find((value) => value !== 0) ?? inside[0]!
  // Not every language tells 5.0 from 5, and not every one takes it for a whole number.
  const asFloat = (what: string, json: string): Sample =>
    fits(Number(json)) ? converted(what, json, Number(json)) : sample(what, json, 'no')
  return {
    rule: field.rule,
    plain: inside.map((value) => good('a whole number', value)),
    edges: [
      ...absences(field, ...(fits(0) ? [0] : [])),
      judge('the least', min),
      judge('the most', max),
      judge('one below the least', min - 1),
      judge('one above the most', max + 1),
      judge('zero', 0),
      judge('minus one', -1),
      asFloat('a whole number with .0', `${some}.0`),
      asFloat('a whole number with an exponent', `${some}e0`),
      bad('a fraction', some + 0.5),
      bad('a fraction at the end', max - 0.5),
      ...(fits(2 ** 31) ? [good('2^31', 2 ** 31)] : [bad('2^31', 2 ** 31)]),
      ...(fits(2 ** 53)
        ? []
        : [bad('2^53', 2 ** 53), sample('2^53 + 1', '9007199254740993', 'no')]),
      ...(fits(2 ** 64) ? [] : [sample('2^64', '18446744073709551616', 'no')]),
      sample('1e309, too large for a double', '1e309', 'no'),
      converted('the number as a text', JSON.stringify(String(some)), some),
      bad('a word', fresh.word()),
      bad('a number and more', `${some}abc`),
      // Form frameworks read an empty text as "not given".
      field.optional ? converted('empty text', '""', undefined) : bad('empty text', ''),
      ...wrongTypes(fresh),
      fits(1) ? converted('true', 'true', 1) : bad('true', true),
      fits(0) ? converted('false', 'false', 0) : bad('false', false),
      converted('a list of one', JSON.stringify([some]), some),
    ],
  }
}

export type PatternRule = FieldRule & {
  /** Anchored at both ends. */
  pattern: RegExp
  /** Values that match, the simplest first; the ends of every count among them. */
  plain: string[]
  /** Values that do not match, beside those made from the plain ones. */
  broken?: string[]
}

/**
 * Returns texts that are nearly a text of the pattern: with a newline or a blank at an end, in other
 * case, with a letter more or less, with digits of another script. Some of them may match as well.
 */
export function nearMisses(plain: string): [what: string, text: string][] {
  const swapped = plain === plain.toUpperCase() ? plain.toLowerCase() : plain.toUpperCase()
  return [
    ['a newline at the end', `${plain}\n`],
    ['a blank at the end', `${plain} `],
    ['a blank at the beginning', ` ${plain}`],
    ['other case', swapped],
    ['one character more', `${plain}${plain.at(-1)}`],
    ['one character less', plain.slice(0, -1)],
    ['a letter more at the beginning', `x${plain}`],
    ['a letter more at the end', `${plain}x`],
    ['twice', plain + plain],
    [
      'digits of another script',
      plain.replaceAll(/[0-9]/g, (digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)]!),
    ],
    ['wide letters', plain.replaceAll(/[A-Za-z]/g, (letter) => wide(letter))],
    ['two lines', `${plain}\n${plain}`],
  ]
}

const wide = (letter: string) => String.fromCodePoint(letter.codePointAt(0)! + 0xfee0)

/** A text that matches a pattern from its beginning to its end. */
export function pattern(fresh: Fresh, field: PatternRule): Pool {
  const judge = ([what, value]: [string, string]): Sample => {
    const whole = field.pattern.exec(value)?.[0] === value
    if (whole) return good(what, value)
    // Some frameworks trim what they read.
    const trimmed = value.trim()
    const isTrimmed = trimmed !== value && field.pattern.exec(trimmed)?.[0] === trimmed
    return isTrimmed && !/[\n\r]/.test(value)
      ? converted(what, JSON.stringify(value), trimmed)
      : bad(what, value)
  }
  const [first, ...others] = field.plain as [string, ...string[]]
  return {
    rule: field.rule,
    plain: field.plain.map((value) => good('a text of the pattern', value)),
    edges: [
      ...absences(field),
      judge(['empty', '']),
      ...nearMisses(first).map(judge),
      ...others.flatMap((one) => nearMisses(one).slice(4, 6)).map(judge),
      ...(field.broken ?? []).map((value) => judge(['not of the pattern', value])),
      ...NAMES_OF_OBJECTS.map((name) => judge([`the name ${name}`, name])),
      ...wrongTypes(fresh),
      bad('true', true),
      converted('a number', '7', '7'),
      converted('a list of one', JSON.stringify([first]), first),
    ],
  }
}

/**
 * Other spellings of an id in a path, percent-encoded: none of them is the id.
 * @param id as it stands in a path where it is known
 */
export function otherSpellings(id: string): string[] {
  const number = /^[0-9]+$/.test(id)
  const spelled = number
    ? [`0${id}`, `${id}e0`, `${id}.0`, `+${id}`, `-${id}`, `0x${id}`, `${id}abc`, `${id}n`]
    : [id.toLowerCase(), id.toUpperCase(), `${id}x`, `x${id}`]
  const around = [` ${id}`, `${id} `, `${id}\n`, `${id}\t`, `"${id}"`, `${id},`, `${id};`]
  return [...spelled, ...around, ...NAMES_OF_OBJECTS]
    .filter((text) => text !== id)
    .map((text) => encodeURIComponent(text))
}
