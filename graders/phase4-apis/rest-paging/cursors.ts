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

/** A cursor with one thing changed, at many places. @param other another cursor */
export function bent(text: string, other: string): string[] {
  const places = Array.from({ length: 24 }, (_, step) => Math.floor((step * text.length) / 24))
  const half = text.length >> 1
  const texts = places.flatMap((place) => {
    const [before, char, after] = [text.slice(0, place), text[place]!, text.slice(place + 1)]
    return [before + neighbour(char) + after, before + after, `${before}${char}${char}${after}`]
  })
  return [
    ...[...new Set(texts)],
    ...[text.slice(0, -1), text.slice(0, -2), text.slice(0, half), text.slice(1), text.slice(half)],
    ...[`${text}0`, `${text}A`, `x${text}`, text + text],
    ...[text.slice(0, half) + other.slice(half), other.slice(0, half) + text.slice(half)],
    ...[...new Array(1)].map(() => [...text].reverse().join('')),
  ].filter((one) => one !== text && one !== other)
}
