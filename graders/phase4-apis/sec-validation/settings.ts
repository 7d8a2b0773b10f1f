import type { Fresh } from '../../harness/index.ts'
import type { Path } from './values.ts'
import type { Settings } from './world.ts'

/** A body of `POST /imports/json`. */
export type Import = {
  what: string
  json: string
  ok: boolean
  rule: string
  /** Where it is wrong, if that can be said in one way. */
  wrong?: Path
}

/** The rules of the README, in its words. */
export const SETTING_RULES = {
  name: 'a name | a small letter a–z, then up to 29 letters A–Z, a–z or digits; `toString` is a name like any other',
  value:
    'a value | a text of up to 200 characters, a whole number from -1000000 to 1000000, `true`, `false`, or an object of the same kind',
  merge:
    'an object for a name that holds an object | is merged into it: names that are not sent stay',
  replace: 'any other value | replaces what the name holds, or adds the name',
  remove: '`null` | removes the name, and is never stored',
  deep: 'more than 5 objects inside each other, the body included | is refused',
} as const

/** So many objects inside each other. */
const nested = (depth: number, last = '1'): string =>
  `${'{"a":'.repeat(depth)}${last}${'}'.repeat(depth)}`

/** All that is sent to be merged. The settings have a `theme` with a `print` in it. */
export function imports(fresh: Fresh): { plain: Import[]; edges: Import[] } {
  const { name, value, merge, replace, remove, deep } = SETTING_RULES
  const yes = (what: string, rule: string, document: unknown): Import => ({
    ...{ what, json: JSON.stringify(document), ok: true, rule },
  })
  const no = (what: string, rule: string, document: unknown, wrong?: Path): Import => ({
    ...{ what, json: JSON.stringify(document), ok: false, rule, wrong },
  })
  const words = [fresh.word(), fresh.word(), fresh.word()] as const
  const plain = [
    yes('a new name', replace, { [words[0]]: words[1] }),
    yes('a name inside', merge, { theme: { colour: words[1] } }),
    yes('two depths at once', merge, { theme: { print: { width: fresh.int(1, 99) } }, retries: 5 }),
    yes('one that goes', remove, { theme: { dark: null } }),
    yes('all of an object', merge, { theme: { print: { width: 1, height: 2 }, colour: 'red' } }),
    yes('nothing', merge, {}),
  ]
  const legalNames = [
    ...['a', 'Z'.padStart(2, 'a'), `a${'b'.repeat(29)}`, `z${'9'.repeat(29)}`, 'camelCase2'],
    ...['toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', 'length', 'name', 'then', 'toJSON'],
    ...['keys', 'items', 'null', 'undefined', 'true', 'id', 'path', 'express', 'role'],
  ]
  const illegalNames = [
    ...['A', 'Name', '1a', '1', '0', '-1', `a${'b'.repeat(30)}`, `a${'b'.repeat(300)}`, 'with-hyphen'],
    ...['with_line', 'a b', ' a', 'a ', 'a\n', '\na', 'é', 'né', 'ａ', 'a$', '$set', '', 'a\0'],
  ]
  const legalValues = {
    ...{ 'an empty text': '', '200 letters': 'a'.repeat(200), '200 emoji': '📦'.repeat(200) },
    ...{ '101 emoji': '📦'.repeat(101), 'blanks around a text': '  a ', 'the text null': 'null' },
    ...{ 'the text 1': '1', 'the text true': 'true', 'a text in NFD': 'cafe\u0301', zero: 0 },
    ...{ 'the most': 1_000_000, 'the least': -1_000_000, 'minus one': -1, true: true },
    ...{ false: false, 'an empty object': {}, 'an object': { b: { c: 1 } } },
  }
  const illegalValues = {
    ...{ '201 letters': 'a'.repeat(201), '201 emoji': '📦'.repeat(201), 'U+0000': 'a\0b' },
    ...{ 'one more than the most': 1_000_001, 'one less than the least': -1_000_001 },
    ...{ 'a fraction': 0.5, 'a large fraction': 999_999.5, '2^53': 2 ** 53, 'an empty list': [] },
    ...{ 'a list': [1], 'a list of objects': [{ b: 1 }] },
  }
  const legal = [
    ...legalNames.flatMap((one) => [
      yes(`the name ${one}`, name, { [one]: 'x' }),
      yes(`the name ${one}, inside`, name, { theme: { [one]: { b: 1 } } }),
    ]),
    ...Object.entries(legalValues).flatMap(([what, one]) => [
      yes(what, value, { a: one }),
      yes(`${what}, inside`, value, { theme: { print: { width: one } } }),
    ]),
    yes('an object in place of a text', replace, { greeting: { morning: 'Hola' } }),
    yes('a text in place of an object', replace, { theme: 'dark' }),
    yes('false in place of an object', replace, { theme: { print: false } }),
    yes('zero in place of an object', replace, { theme: 0 }),
    yes('an empty object for an object', merge, { theme: {} }),
    yes('an empty object for a number', replace, { retries: {} }),
    yes('null for an object', remove, { theme: null }),
    yes('null for a name that is not there', remove, { nothing: null }),
    yes('null inside a new object', remove, { fresh: { gone: null, kept: 1 } }),
    yes('null deep inside a new object', remove, { fresh: { inner: { gone: null } } }),
    yes('null inside an object in place of a text', remove, { greeting: { gone: null } }),
    yes('null and a value side by side', remove, { retries: null, greeting: 'Bom dia' }),
    ...[1, 4, 5].map((depth): Import => {
      return { what: `${depth} objects`, json: nested(depth), ok: true, rule: deep }
    }),
    { what: '5 objects, the last empty', json: nested(4, '{}'), ok: true, rule: deep },
    { what: '5 objects and null', json: nested(5, 'null'), ok: true, rule: deep },
  ]
  const illegal = [
    ...illegalNames.flatMap((one) => {
      // Others could be written in several ways.
      const isPlain = /^[A-Za-z0-9_-]+$/.test(one)
      const what = `the name ${JSON.stringify(one)}`
      return [
        no(what, name, { [one]: 1 }, isPlain ? [one] : undefined),
        no(`${what}, inside`, name, { theme: { [one]: 1 } }, isPlain ? ['theme', one] : undefined),
      ]
    }),
    ...Object.entries(illegalValues).flatMap(([what, one]) => [
      no(what, value, { a: one }, ['a']),
      no(`${what}, inside`, value, { theme: { print: { width: one } } }, ['theme', 'print', 'width']),
    ]),
    { what: '1e309', json: '{"a":1e309}', ok: false, rule: value, wrong: ['a'] },
    no('a right value beside a wrong one', value, { retries: 9, greeting: 0.5 }, ['greeting']),
    ...[6, 7, 20].map((depth): Import => {
      return { what: `${depth} objects`, json: nested(depth), ok: false, rule: deep }
    }),
    { what: '6 objects, the last empty', json: nested(5, '{}'), ok: false, rule: deep },
  ]
  return { plain, edges: [...legal, ...illegal] }
}

export const documentOf = ({ json }: Import): Settings => JSON.parse(json)
