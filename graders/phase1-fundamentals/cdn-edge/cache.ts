import type { Asked } from './edge.ts'
import type { Given } from './origin.ts'

// A cache by the book, as the README has it: obviously right, and slow. It knows no time; what it is
// given is either fresh for long, or not to be kept.

/** An answer that is kept, for requests whose headers of these names have these values. */
type Entry = {
  given: Given
  vary: [name: string, value: string][]
  /** Made for a HEAD: a cache may keep it for GET, or not. */
  maybe: boolean
}

/** What must come of a request. */
export type Expected =
  | { from: 'cache'; given: Given }
  | { from: 'origin' }
  /** Either is right. */
  | { from: 'either'; given: Given }

const KEPT_STATUSES = [200, 301, 404]

const headerOf = (asked: Asked, name: string) =>
  Object.entries(asked.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1] ?? ''

const keyOf = ({ host = 'a.test', path }: Asked) => `${host} ${path}`

/** True where an answer may be kept. Exported for the grader of one answer at a time. */
export function isKept({ status, headers, request }: Given): boolean {
  if (!KEPT_STATUSES.includes(status)) return false
  if (headers['set-cookie'] !== undefined || request.headers.authorization) return false
  const control = (headers['cache-control'] ?? '').toLowerCase()
  const directives = control.split(',').map((one) => one.trim())
  if (directives.some((one) => ['no-store', 'no-cache', 'private'].includes(one))) return false
  const seconds = (name: string) =>
    directives.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
  const age = seconds('s-maxage') ?? seconds('max-age')
  if (age !== undefined) return Number(age) > 0
  return headers.expires !== undefined && Date.parse(headers.expires) > Date.now()
}

export class BookCache {
  readonly #entries = new Map<string, Entry[]>()

  #find(asked: Asked): Entry | undefined {
    const entries = this.#entries.get(keyOf(asked)) ?? []
    return entries.find(({ vary }) =>
      vary.every(([name, value]) => headerOf(asked, name) === value),
    )
  }

  expects(asked: Asked): Expected {
    const { method = 'GET' } = asked
    if (method !== 'GET' && method !== 'HEAD') return { from: 'origin' }
    if (headerOf(asked, 'authorization')) return { from: 'origin' }
    const entry = this.#find(asked)
    if (!entry) return { from: 'origin' }
    const either = entry.maybe || method === 'HEAD'
    return { from: either ? 'either' : 'cache', given: entry.given }
  }

  /** The origin has answered a request. */
  learns(asked: Asked, given: Given): void {
    const { method = 'GET' } = asked
    if ((method !== 'GET' && method !== 'HEAD') || !isKept(given)) return
    const names = (given.headers.vary ?? '').toLowerCase().split(',')
    const vary = names
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name): [string, string] => [name, headerOf(asked, name)])
    const entries = this.#entries.get(keyOf(asked)) ?? []
    const old = this.#find(asked)
    // Where a HEAD finds an answer that a GET has made, that one may stay.
    if (old && method === 'HEAD') return
    const entry = { given, vary, maybe: method === 'HEAD' }
    this.#entries.set(keyOf(asked), [entry, ...entries.filter((one) => one !== old)])
  }
}
