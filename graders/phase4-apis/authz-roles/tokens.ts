import { createHmac } from 'node:crypto'
import type { Fresh } from '../../harness/index.ts'

type Claims = Record<string, unknown>

/** In 2100: tokens are the same in every run of a seed. */
const LATE = 4_102_444_800
/** In 2020. */
const PAST = 1_577_836_800

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function sign(header: object, claims: Claims, secret: string, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}

/** A token that is none, as a caller would send it. */
export type BadToken = { what: string; headers: Record<string, string>; query?: string }

/** Makes the tokens of a run, and knows how a learner makes the same ones. */
export class Tokens {
  readonly secret: string
  /** The command for each token that was made. */
  readonly #commands = new Map<string, string>()

  constructor(fresh: Fresh) {
    this.secret = fresh.string(40)
  }

  /** A right token of a user. @param claims that it has besides `sub` and `exp` */
  of(user: string, claims: Claims = {}): string {
    const token = sign(
      { alg: 'HS256', typ: 'JWT' },
      { ...claims, sub: user, exp: LATE },
      this.secret,
    )
    const more = Object.keys(claims).length > 0 ? ` '${JSON.stringify(claims)}'` : ''
    this.#commands.set(token, `$(node token.ts ${user}${more})`)
    return token
  }

  /** The header of a right token. */
  header(user: string, claims?: Claims): Record<string, string> {
    return { Authorization: `Bearer ${this.of(user, claims)}` }
  }

  /** A message with the tokens as commands that print them. */
  readable(message: string): string {
    return message.replaceAll(/'Authorization: Bearer ([\w.-]+)'/g, (whole, token: string) => {
      const command = this.#commands.get(token)
      return command ? `"Authorization: Bearer ${command}"` : whole
    })
  }

  /** What must be answered with 401. @param user who would be the caller @param nobody an id that no user has */
  bad(user: string, nobody: string): BadToken[] {
    const header = { alg: 'HS256', typ: 'JWT' }
    const claims = { sub: user, exp: LATE }
    const right = this.of(user)
    const [head, payload, signature] = right.split('.') as [string, string, string]
    const bearer = (what: string, token: string): BadToken => ({
      what,
      headers: { Authorization: `Bearer ${token}` },
    })
    const own = (what: string, sub: unknown) =>
      bearer(what, sign(header, { sub, exp: LATE }, this.secret))
    return [
      { what: 'no token', headers: {} },
      bearer('a token that is expired', sign(header, { sub: user, exp: PAST }, this.secret)),
      bearer('a token signed with another secret', sign(header, claims, `${this.secret}x`)),
      own('a token of a user who does not exist', nobody),
      bearer('a token with another payload', `${head}.${encode({ ...claims, x: 1 })}.${signature}`),
      bearer('a token without its signature', `${head}.${payload}.`),
      bearer('a token with alg none', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`),
      bearer('a token with half of its signature', right.slice(0, -20)),
      bearer('a text that is no token', 'abc'),
      bearer("the user's id in place of a token", user),
      own('a token whose sub is no id', 'abc'),
      own('a token whose sub is SQL', `${user} or 1=1`),
      own('a token whose sub is a long number', '9'.repeat(25)),
      bearer('a token without a sub', sign(header, { exp: LATE }, this.secret)),
      { what: 'a token under another scheme', headers: { Authorization: `Basic ${right}` } },
      { what: 'a token in the query', headers: {}, query: `access_token=${right}&token=${right}` },
      { what: 'a token in another header', headers: { 'X-Access-Token': right } },
    ]
  }
}
