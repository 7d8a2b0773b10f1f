/** What is inside a value, and where; values of BSON's own types are taken whole. */
function* inside(value: unknown, path: string): Generator<{ value: unknown; path: string }> {
  yield { value, path }
  if (Array.isArray(value)) {
    for (const each of value) yield* inside(each, `${path}[]`)
  } else if (isDocument(value)) {
    for (const [name, each] of Object.entries(value)) {
      yield { value: name, path }
      yield* inside(each, `${path}.${name}`)
    }
  }
}

function isDocument(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

/** All BSON dates in some documents, in ms since 1970. */
export function datesIn(documents: unknown[]): Set<number> {
  const all = documents.flatMap((document) => [...inside(document, '')])
  return new Set(all.flatMap(({ value }) => (value instanceof Date ? [value.getTime()] : [])))
}

/**
 * All texts in some documents, and the names of their fields; of `PEL-1001/e-1` its beginnings and its
 * ends as well, since an id may be made of two.
 */
export function textsIn(documents: unknown[]): Set<string> {
  const all = documents.flatMap((document) => [...inside(document, '')])
  return new Set(all.flatMap(({ value }) => (typeof value === 'string' ? partsOf(value) : [])))
}

const partsOf = (text: string): string[] => [
  text,
  ...Array.from(text.matchAll(/\W+/g), ({ 0: mark, index }) => [
    text.slice(0, index),
    text.slice(index + mark.length),
  ]).flat(),
]

/** The list or object with the most entries in some documents. */
export function largestIn(documents: unknown[]): { path: string; size: number } {
  let largest = { path: 'the document', size: 0 }
  for (const document of documents) {
    for (const { value, path } of inside(document, '')) {
      if (!Array.isArray(value) && !isDocument(value)) continue
      const size = Object.keys(value).length
      if (size > largest.size) largest = { path: path.slice(1) || 'the document', size }
    }
  }
  return largest
}
