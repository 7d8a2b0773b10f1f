/** What is inside a value, and where; values of BSON's own types are taken whole. */
function* inside(value: unknown, path: string): Generator<{ value: unknown; path: string }> {
  yield { value, path }
  if (Array.isArray(value)) {
    for (const each of value) yield* inside(each, `${path}[]`)
  } else if (isDocument(value)) {
    for (const [name, each] of Object.entries(value)) yield* inside(each, `${path}.${name}`)
  }
}

function isDocument(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

/** As what some documents hold an instant, at whatever depth: `date`, `string` or `number`. */
export function typesOf(at: string, documents: unknown[]): string[] {
  const instant = Date.parse(at)
  const types = new Set<string>()
  for (const { value } of documents.flatMap((document) => [...inside(document, '')])) {
    if (value instanceof Date && value.getTime() === instant) types.add('date')
    if (typeof value === 'string' && Date.parse(value) === instant) types.add('string')
    if (value === instant || value === instant / 1000) types.add('number')
  }
  return [...types]
}

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
