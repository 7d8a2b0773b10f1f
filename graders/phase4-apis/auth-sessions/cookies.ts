import type { Answer } from '../../harness/index.ts'

/** One `Set-Cookie` header. */
export type SetCookie = {
  name: string
  value: string
  /** By lower-case name; flags have an empty text. Of two of one name the last counts, as in browsers. */
  attributes: Map<string, string>
  /** The header as it came. */
  line: string
}

/** Reads a `Set-Cookie` header as RFC 6265, section 5.2, has browsers do it. */
export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';')
  const [name, value] = cut(pair)
  const attributes = rest.map(cut).map(([key, text]) => [key.toLowerCase(), text] as const)
  return { name, value, attributes: new Map(attributes), line }
}

function cut(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 0) return [text.trim(), '']
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

export const setCookiesOf = ({ headers }: Answer): SetCookie[] =>
  (headers['set-cookie'] ?? []).map(parseSetCookie)

/** When a cookie ends, in ms since 1970; undefined where it lives as long as the browser. */
function endOf({ attributes }: SetCookie): number | undefined {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) {
    return Number(maxAge) <= 0 ? 0 : Date.now() + Number(maxAge) * 1000
  }
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? undefined : expires
}

/** The server tells the browser to forget this cookie. */
export const forgets = (cookie: SetCookie): boolean => (endOf(cookie) ?? Infinity) <= Date.now()

/**
 * What is wrong with a cookie's attributes by the README; undefined where nothing is.
 * @param https whether the request came over HTTPS, as far as the server may believe
 */
export function wrongAttribute(cookie: SetCookie, https: boolean): string | undefined {
  // One that is forgotten holds nothing.
  if (forgets(cookie)) return undefined
  const { attributes, line } = cookie
  const shown = `\n  Set-Cookie: ${line}`
  if (!attributes.has('httponly')) return `the cookie must have HttpOnly:${shown}`
  if (!/^(lax|strict)$/i.test(attributes.get('samesite') ?? '')) {
    return `the cookie must have SameSite=Lax or SameSite=Strict:${shown}`
  }
  if (attributes.get('path') !== '/') return `the cookie must have Path=/:${shown}`
  if (attributes.get('domain')) return `the cookie must have no Domain:${shown}`
  if (https && !attributes.has('secure')) {
    return `TRUST_PROXY is 1 and X-Forwarded-Proto is https, so the cookie must have Secure:${shown}`
  }
  if (!https && attributes.has('secure')) {
    return `the request did not come over HTTPS (by X-Forwarded-Proto, with TRUST_PROXY=1), so the cookie must not have Secure:${shown}`
  }
  return undefined
}

type Kept = { value: string; path: string; secure: boolean; end?: number }

/** The cookies of one browser for one site, kept as a browser keeps them. */
export class Jar {
  readonly #kept = new Map<string, Kept>()

  /** Takes the cookies of an answer. */
  take(answer: Answer, https = false): void {
    for (const cookie of setCookiesOf(answer)) {
      const { name, value, attributes } = cookie
      const secure = attributes.has('secure')
      const given = attributes.get('path')
      // All paths of the contract lie at the top, so the default path is the root.
      const path = given?.startsWith('/') ? given : '/'
      if (secure && !https) continue
      if (/^__(host|secure)-/i.test(name) && !secure) continue
      if (/^__host-/i.test(name) && (path !== '/' || attributes.get('domain'))) continue
      const key = `${path} ${name}`
      if (forgets(cookie)) this.#kept.delete(key)
      else this.#kept.set(key, { value, path, secure, end: endOf(cookie) })
    }
  }

  /** Plants a cookie, as a stranger might do it. */
  plant(name: string, value: string): void {
    this.#kept.set(`/ ${name}`, { value, path: '/', secure: false })
  }

  /** The value of the `Cookie` header for a path; undefined where there is none. */
  header(path: string, https = false): string | undefined {
    const sent = [...this.#kept].filter(([, kept]) => {
      const isBelow =
        path === kept.path || path.startsWith(kept.path.endsWith('/') ? kept.path : `${kept.path}/`)
      return isBelow && (https || !kept.secure) && (kept.end ?? Infinity) > Date.now()
    })
    // The longest path first, as browsers do.
    sent.sort(([, a], [, b]) => b.path.length - a.path.length)
    const pairs = sent.map(([key, { value }]) => `${key.slice(key.indexOf(' ') + 1)}=${value}`)
    return pairs.length > 0 ? pairs.join('; ') : undefined
  }
}
