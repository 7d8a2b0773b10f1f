import { isDeepStrictEqual } from 'node:util'

const MATCHER = Symbol('matcher')

/** Something expected that is not one exact value. */
export type Matcher = {
  [MATCHER]: true
  what: string
  test(value: unknown): boolean
  /** Says what differs, where that is more than the value as a whole. */
  explain?(value: unknown, path: string): string | undefined
}

/** A matcher of one's own. @param what ends "expected …" */
export const matching = (what: string, test: (value: unknown) => boolean): Matcher => ({
  [MATCHER]: true,
  what,
  test,
})

/** Whatever is there, or nothing. */
export const anything = matching('anything', () => true)

/** Missing, or null. The same as `undefined` in an expected object. */
export const missing = matching('nothing (missing or null)', (value) => value == null)

/** Ids are opaque: a number and its text are the same. */
export const id = (wanted: string): Matcher =>
  matching(JSON.stringify(wanted), (value) => isId(value) && String(value) === wanted)

const isId = (value: unknown) => typeof value === 'string' || typeof value === 'number'

/** An id that the server has chosen: a text or a number. */
export const someId = matching('an id (a text or a number)', (value) => isId(value) && value !== '')

/** The same instant, in any ISO 8601 form with an offset or a Z. */
export const instant = (wanted: Date): Matcher =>
  matching(
    wanted.toISOString(),
    (value) =>
      typeof value === 'string' &&
      /(?:Z|[+-]\d\d:?\d\d)$/i.test(value) &&
      new Date(value).getTime() === wanted.getTime(),
  )

/** Any of these, each a value or a matcher. */
export const oneOfThese = (...wanted: unknown[]): Matcher =>
  matching(wanted.map(describe).join(' or '), (value) =>
    wanted.some((one) => difference(one, value) === undefined),
  )

/** The items in any order. */
export const inAnyOrder = (...wanted: unknown[]): Matcher =>
  matching(`${describe(wanted)}, in any order`, (value) => {
    if (!Array.isArray(value) || value.length !== wanted.length) return false
    const left = [...value]
    return wanted.every((one) => {
      const at = left.findIndex((item) => difference(one, item) === undefined)
      if (at >= 0) left.splice(at, 1)
      return at >= 0
    })
  })

/**
 * A list of objects in any order, told apart by their ids: what differs is said of one of them.
 * @param items by the id of each
 * @param field where the id stands; `id` by default
 */
export const allById = (items: ReadonlyMap<string, object>, field = 'id'): Matcher => {
  const explain = (value: unknown, path: string): string | undefined => {
    if (!Array.isArray(value))
      return `${path && `${path}: `}expected a list, came ${describe(value)}`
    const given = Map.groupBy(value, (item) => String(item?.[field]))
    for (const [id, item] of items) {
      const [own, twin] = given.get(id) ?? []
      if (own === undefined) return `${id} is missing from the list; expected ${describe(item)}`
      if (twin !== undefined) return `${id} stands twice in the list`
      const found = difference(item, own, id)
      if (found) return found
    }
    const surplus = [...given.keys()].find((id) => !items.has(id))
    return surplus === undefined ? undefined : `${surplus} is in the list, and must not be`
  }
  const test = (value: unknown) => explain(value, '') === undefined
  return { ...matching(`a list of ${items.size} with these ${field}s`, test), explain }
}

export const isMatcher = (value: unknown): value is Matcher =>
  typeof value === 'object' && value !== null && MATCHER in value

/**
 * Compares what a server gave with what is expected. Objects may have more properties than expected;
 * lists must be the same, item by item; `undefined` stands for missing or null.
 * @returns the first thing that differs, as `[1].label: expected "a", came "b"`; undefined where nothing does
 */
export function difference(wanted: unknown, given: unknown, path = ''): string | undefined {
  const differs = () =>
    `${path ? `${path}: ` : ''}expected ${describe(wanted, given)}, came ${describe(given, wanted)}`
  if (wanted === undefined) return given == null ? undefined : differs()
  if (isMatcher(wanted)) {
    if (wanted.explain) return wanted.explain(given, path)
    return wanted.test(given) ? undefined : differs()
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(given)) return differs()
    for (const [index, item] of wanted.entries()) {
      if (index >= given.length) {
        return `${path}[${index}]: expected ${describe(item)}, came nothing: the list has ${given.length} items, expected ${wanted.length}`
      }
      const inner = difference(item, given[index], `${path}[${index}]`)
      if (inner) return inner
    }
    if (given.length === wanted.length) return undefined
    return `${path}[${wanted.length}]: expected the end of the list, came ${describe(given[wanted.length])}`
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return differs()
    for (const [name, inner] of Object.entries(wanted)) {
      // A name such as toString is found in every object, but belongs to few.
      const own = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined
      const found = difference(inner, own, path ? `${path}.${name}` : name)
      if (found) return found
    }
    return undefined
  }
  if (typeof wanted === 'number' && wanted === given) return undefined
  return isDeepStrictEqual(wanted, given) ? undefined : differs()
}

const LONGEST = 160

/**
 * A value as a message shows it. Texts that look alike, such as é in its two spellings, are told
 * apart by their code points.
 * @param beside what it is compared with
 */
export function describe(value: unknown, beside?: unknown): string {
  if (value === undefined) return 'nothing'
  if (isMatcher(value)) return value.what
  const alike =
    typeof value === 'string' &&
    typeof beside === 'string' &&
    value !== beside &&
    value.normalize('NFC') === beside.normalize('NFC')
  if (alike) return `${JSON.stringify(value)} (${escaped(value)})`
  if (typeof value === 'string') return shorten(inJson(value))
  return shorten(
    JSON.stringify(value, (_, inner) => (isMatcher(inner) ? `<${inner.what}>` : inner)),
  )
}

/** Accents that stand by themselves are shown by their numbers: with their letter they look like one. */
const inJson = (text: string) =>
  JSON.stringify(text).replaceAll(/\p{M}/gu, (mark) => `\\u${hex(mark)}`)

const hex = (text: string) => text.codePointAt(0)!.toString(16).padStart(4, '0')

const escaped = (text: string) =>
  shorten(
    `"${[...text].map((char) => (/[ -~]/.test(char) ? char : `\\u{${hex(char)}}`)).join('')}"`,
  )

function shorten(text: string): string {
  const chars = [...text]
  if (chars.length <= LONGEST) return text
  const half = LONGEST / 2
  return `${chars.slice(0, half).join('')}…${chars.slice(-half).join('')} (${chars.length} characters)`
}
