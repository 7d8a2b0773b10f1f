import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'

// The page may start the learner's programs and bring starters back, so nobody but the learner may use it:
// not another user of the machine, who does not know the token, and not a page of another origin that the
// same browser shows, which has neither the cookie nor the right Origin.

const COOKIE = 'roadworks'

const sameText = (a: string, b: string) => {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

/** What a browser may load into the page: what this server sends, and nothing that stands in a text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The origin under which a Codespace shows a port, where this is one. */
function forwardedOrigin(port: number, env = process.env): string | undefined {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain } = env
  return name && domain ? `https://${name}-${port}.${domain}` : undefined
}

/**
 * Guards every request: a Host and an Origin that are this page's own, and the token, which comes in the
 * first URL and stays in a cookie.
 * @param port asked for with each request: it is known when the server listens
 * @returns the token, and what goes before every route
 */
export function openGuard(port: () => number): { token: string; guard: RequestHandler } {
  const token = randomBytes(24).toString('base64url')
  const guard: RequestHandler = (request, response, next) => {
    response.set({
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    })
    const refuse = (why: string) => void response.status(403).type('text').send(`${why}\n`)
    const forwarded = forwardedOrigin(port())
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`]
    if (forwarded) hosts.push(new URL(forwarded).host)
    if (!hosts.includes(request.headers.host ?? ''))
      return refuse('This is not the page of that host.')
    const { origin } = request.headers
    const own = [...hosts.map((host) => `http://${host}`), ...(forwarded ? [forwarded] : [])]
    if (origin !== undefined && !own.includes(origin))
      return refuse('Another page may not ask here.')

    const given = request.path === '/' ? request.query.token : undefined
    if (typeof given === 'string' && sameText(given, token)) {
      response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'strict', secure: !!forwarded })
      // The token must stay in no history and no bookmark.
      return response.redirect('./')
    }
    const cookies = (request.headers.cookie ?? '').split(/;\s*/)
    const cookie = cookies.find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
    if (cookie === undefined || !sameText(cookie, token))
      return refuse('Open the address that npm run map has printed: it carries a token.')
    next()
  }
  return { token, guard }
}
