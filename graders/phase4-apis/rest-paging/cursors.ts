const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Texts that no server gives as a cursor. */
export const GARBAGE = [
  '',
  ' ',
  'abc',
  'null',
  'undefined',
  'NaN',
  '-1',
  '{}',
  '[]',
  '.',
  '..',
  ',',
  '=',
  '====',
  'not a cursor',
  '漢字',
  "'",
  "' or '1'='1",
  'at > now()',
  '2026-03-08',
  'yesterday',
  '6f1c1d3e-94c4-4f0b-9d62-0a4e6b2a7c11',
  '9'.repeat(60),
  'A'.repeat(400),
  'e30',
  'e30=',
  base64({}),
  base64([]),
  base64(null),
  base64(7),
  base64('x'),
  base64({ at: 'x', id: 'y' }),
  base64(["'; select 1 --", {}]),
  base64({ offset: 20 }),
  `${base64({})}.${base64({})}`,
]

/** Values that are neither a time nor an id, nor any query's. */
const NONSENSE: unknown[] = [
  'x',
  "' or 1=1 --",
  {},
  [1],
  true,
  null,
  '2026-99-99T00:00:00Z',
  '99999999999999999999999999',
  1e300,
  '',
]

/** What stands in a cursor that is Base64 of JSON, in one of its parts between dots; undefined elsewhere. */
function read(text: string): { parts: string[]; at: number; value: object } | undefined {
  const parts = text.split('.')
  for (const [at, part] of parts.entries()) {
    try {
      const value: unknown = JSON.parse(Buffer.from(part, 'base64').toString('utf8'))
      if (typeof value === 'object' && value !== null) return { parts, at, value }
    } catch {}
  }
  return undefined
}

/** A cursor with nonsense in place of each value, in the encoding it came in; none where it is not Base64 of JSON. */
export function nonsensical(text: string): string[] {
  const known = read(text)
  if (!known) return []
  const { parts, at, value } = known
  const encoding = /[-_]/.test(text) || !/[+/=]/.test(text) ? 'base64url' : 'base64'
  const write = (other: unknown) =>
    parts.with(at, Buffer.from(JSON.stringify(other)).toString(encoding)).join('.')
  const isList = Array.isArray(value)
  const texts = NONSENSE.flatMap((nonsense) =>
    Object.keys(value).map((key) =>
      write(isList ? value.with(Number(key), nonsense) : { ...value, [key]: nonsense }),
    ),
  )
  return [...new Set([write({}), write([]), ...texts])].filter((other) => other !== text)
}

/** Another character of the same sort, so that a text of letters and digits stays one. */
function neighbour(char: string): string {
  if (/[0-8a-yA-Y]/.test(char)) return String.fromCharCode(char.charCodeAt(0) + 1)
  return char === '9' ? '8' : char === 'z' ? 'y' : char === 'Z' ? 'Y' : 'A'
}

/** The last digit of a value is another one: a place that is right in form, and was never given. */
function moved(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value !== 'string') return value
  return value.replace(/[0-9](?=[^0-9]*$)/, (digit) => (digit === '9' ? '8' : String(+digit + 1)))
}

/** A cursor that is Base64 of JSON, with another place in it: with the signature of the old one, and with none. */
function forged(text: string): string[] {
  const known = read(text)
  if (!known) return []
  const { parts, at, value } = known
  return Object.entries(value).flatMap(([key, one]) => {
    const isList = Array.isArray(value)
    const other = isList ? value.with(Number(key), moved(one)) : { ...value, [key]: moved(one) }
    const part = Buffer.from(JSON.stringify(other)).toString('base64url')
    const all = parts.with(at, part)
    return part === parts[at] ? [] : [all.join('.'), part, [part, ''].join('.')]
  })
}

/** A cursor with one thing changed, at many places. @param other another cursor */
export function bent(text: string, other: string): string[] {
  const places = Array.from({ length: 14 }, (_, step) => Math.floor((step * text.length) / 14))
  const half = text.length >> 1
  const texts = places.flatMap((place) => {
    const [before, char, after] = [text.slice(0, place), text[place]!, text.slice(place + 1)]
    return [before + neighbour(char) + after, before + after, `${before}${char}${char}${after}`]
  })
  // What stands before a signature, with another digit at its end.
  const bare = [...text.matchAll(/[^A-Za-z0-9]/g)].slice(0, 8).map(({ index }) => {
    return String(moved(text.slice(0, index)))
  })
  return [
    ...forged(text),
    ...new Set([...texts, ...bare]),
    ...[text.slice(0, -1), text.slice(0, -2), text.slice(0, half), text.slice(1), text.slice(half)],
    ...[`${text}0`, `${text}A`, `x${text}`, text + text],
    ...[text.slice(0, half) + other.slice(half), other.slice(0, half) + text.slice(half)],
    [...text].reverse().join(''),
  ]
    .map((one) => one.toWellFormed())
    .filter((one) => one !== text && one !== other && one !== '')
}
