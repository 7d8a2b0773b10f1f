import type { Answer, ServerSubject } from '../../harness/index.ts'
import {
  type At,
  type ModelRequest,
  matching,
  type Operation,
  type Outcome,
  refused,
  type ServerModel,
  type Step,
} from '../../harness/model/index.ts'
import { inHeader, type Keys, readToken, signToken } from './tokens.ts'

/** A row of the table `users`. */
export type User = { id: number; email: string; password: string; hash: string }

type Account = User & { key: string }
/** What began with a login. */
type Family = {
  key: string
  account: Account
  /** The newest access token, and when it came (ms since 1970): it may live for a minute only. */
  access: string
  since: number
  /** The refresh token that is good; the last one that was, where the family is over. */
  newest: string
  used: string[]
  /** Why the family is over, in the README's words. */
  over?: string
}
type State = {
  accounts: Account[]
  families: Family[]
  /** Families that are over, looked at next. */
  next: Family[]
  turn: number
}

/** The rules of the README, in its words. */
const RULES = {
  login: 'The right password of an e-mail gets a token pair, each time anew.',
  wrong: 'A wrong password and an unknown e-mail get `401`.',
  lacking: 'On all three `POST` paths a field that is missing or an object gets `400` or `422`.',
  notJson: 'no JSON | `400`',
  me: '`GET /me` answers the `id`, as a number, and the `email` of the user in `sub`.',
  audience: '`iss` is `JWT_ISSUER`, and `aud` is or contains `JWT_AUDIENCE`.',
  time: 'There is an `exp` that has not passed, and no `nbf` that lies ahead, with a leeway of 60 s at most.',
  subject: 'There is a `sub`.',
  noList:
    'You keep no list of the tokens you have issued: one with the same header and claims and another `exp`, signed with your key, is as good as yours.',
  refresh: 'A refresh uses its token up, and answers with another one.',
  used: 'A refresh token that is used up gets `401`, without a period of grace.',
  over: 'When a used-up token comes again its whole family is over: the newest refresh token gets `401` too.',
  others: 'No other family is over then, not even one of the same user.',
  unknown: 'A refresh token that nobody issued gets `401`.',
  revoked: 'A revoked refresh token gets `401`: its family is over.',
  revokesOne: '`POST /token/revoke` ends no other family.',
  asBearer: 'A refresh token gets `401` as `Bearer`.',
  asRefresh: 'An access token gets `401` at `/token/refresh`.',
  refused: 'any refusal | changes nothing',
} as const

/** An access token is sent for so long: 60 s are the least that it lives. */
const YOUNG_MS = 20_000
const ENOUGH_FAMILIES = 8
const LEAST_MOVES = 40
/** Any answer but a 5xx. */
const ANY = [...Array(100).keys()].flatMap((code) => [200 + code, 400 + code])

const ALL_BUT_401 = [...Array(400).keys()].map((code) => 200 + code).filter((code) => code !== 401)

const PATH = { login: '/token', refresh: '/token/refresh', revoke: '/token/revoke' }
const posting = (path: string, json: object): ModelRequest => ({
  method: 'POST',
  path,
  json: JSON.stringify(json),
})
const refreshing = (refreshToken: string) => posting(PATH.refresh, { refreshToken })

const aText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const PAIR = {
  accessToken: matching('a text', aText),
  refreshToken: matching(
    'a text of 20 characters or more',
    (value) => aText(value) && [...value].length >= 20,
  ),
  expiresIn: matching(
    'a whole number from 60 to 900',
    (value) => Number.isInteger(value) && Number(value) >= 60 && Number(value) <= 900,
  ),
}

const meWith = (token: string): ModelRequest => ({
  path: '/me',
  headers: { Authorization: `Bearer ${inHeader(token)}` },
})

const challenged: Outcome = {
  ...refused(401),
  also({ headers }) {
    const challenge = String(headers['www-authenticate'] ?? '')
    if (/^Bearer(\s|,|$)/i.test(challenge)) return undefined
    const came = challenge === '' ? 'it is missing' : `came ${challenge}`
    return `WWW-Authenticate must begin with Bearer; ${came}`
  },
}

const isYoung = ({ since }: Family) => Date.now() - since < YOUNG_MS
const isLiving = ({ over }: Family) => over === undefined
const swapCase = (text: string) =>
  [...text]
    .map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()))
    .join('')

const TIMES = ['exp', 'nbf', 'iat']

/** Says which claims a token has. */
const shown = (claims: Record<string, unknown>, now: number) =>
  Object.entries(claims)
    .map(([name, value]) => {
      if (value === undefined) return `no ${name}`
      if (!TIMES.includes(name)) return `${name} is ${JSON.stringify(value)}`
      const ahead = Number(value) - now
      return ahead < 0 ? `${name} is ${-ahead} s ago` : `${name} is ${ahead} s ahead`
    })
    .join(', ')

export type Options = {
  /** Servers on one database with users whom only this program knows. */
  open(): Promise<{ servers: ServerSubject[]; users: User[]; close(): Promise<void> }>
  /** Random text, drawn from the seed. */
  random(): string
  keys: Keys
  issuer: string
  audience: string
  /** Puts all operations into one check: of what copies know of each other, say. */
  all?: string
}

/** Users, families of refresh tokens, and the access tokens of the newest. */
export function familyModel(options: Options): ServerModel<State> {
  const { keys, issuer, audience, all } = options
  const strange = [options.random(), options.random(), 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(43)]

  // ---------------------------------------------------------------- answers

  function paired(
    state: State,
    becomes: (pair: { accessToken: string; refreshToken: string }) => void,
  ): Outcome {
    return {
      status: [200, 201],
      body: PAIR,
      also(answer: Answer) {
        const { refreshToken } = answer.body
        const known = state.families.some(({ newest, used }) =>
          [newest, ...used].includes(refreshToken),
        )
        const complaint = 'the refresh token is one that was handed out before'
        return known ? { complaint, rule: RULES.refresh, check: all ?? 'C5' } : undefined
      },
      becomes: ({ body }) => becomes(body),
    }
  }

  const aboutMe = ({ account: { id, email } }: Family): Outcome => ({
    status: 200,
    body: { id, email },
  })

  function end(state: State, family: Family, rule: string): void {
    family.over = rule
    state.next.push(family)
  }

  // ---------------------------------------------------------------- steps

  function loggingIn(state: State, account: Account, at: At): Step {
    const { email, password } = account
    return {
      request: posting(PATH.login, { email, password }),
      rule: RULES.login,
      outcomes: [
        paired(state, ({ accessToken, refreshToken }) => {
          const since = Date.now()
          const family = { key: at.key, account, access: accessToken, since }
          state.families.push({ ...family, newest: refreshToken, used: [] })
        }),
      ],
    }
  }

  const refreshingOf = (state: State, family: Family, rule: string): Step => ({
    request: refreshing(family.newest),
    rule,
    outcomes: [
      paired(state, ({ accessToken, refreshToken }) => {
        family.used.push(family.newest)
        Object.assign(family, { newest: refreshToken, access: accessToken, since: Date.now() })
      }),
    ],
  })

  const lookAtMe = (family: Family): Step => ({
    request: meWith(family.access),
    rule: RULES.me,
    outcomes: [aboutMe(family)],
  })

  /** The family says why it is over; that a refusal changes nothing would be no reason here. */
  const lookAtDead = ({ newest, over = RULES.over }: Family): Step => {
    const check = all ?? (over === RULES.revoked ? 'C10' : 'C5')
    const also = () => ({ complaint: 'this refresh token must get 401', rule: over, check })
    return {
      request: refreshing(newest),
      rule: over,
      outcomes: [refused(401), { status: ALL_BUT_401, error: false, also }],
    }
  }

  const living = (state: State) => state.families.filter(isLiving)
  const usedOnes = (state: State) => living(state).filter(({ used }) => used.length > 0)

  /** A family that lives beside one of the same user that is over for this reason. */
  const besideDead = (state: State, rule: string) =>
    living(state).filter(({ account }) =>
      state.families.some((other) => other.account === account && other.over === rule),
    )

  // ---------------------------------------------------------------- access tokens, bent

  type Bent = { claims(now: number): Record<string, unknown>; right?: boolean; rule: string }
  const later = (now: number) => ({ exp: now + 300 })
  const bent: Bent[] = [
    { claims: later, right: true, rule: RULES.noList },
    { claims: (now) => ({ exp: now + 300, nbf: now - 10 }), right: true, rule: RULES.time },
    ...[audience, [audience], [audience, 'other'], ['other', audience]].map((aud) => ({
      claims: (now: number) => ({ ...later(now), aud }),
      right: true,
      rule: RULES.audience,
    })),
    ...[
      options.random(),
      `${audience}-${options.random()}`,
      `x${audience}`,
      `${audience} other`,
      audience.slice(0, -1),
      '',
      [],
      ['other', `${audience}x`],
      undefined,
    ].map((aud) => ({
      claims: (now: number) => ({ ...later(now), aud }),
      rule: RULES.audience,
    })),
    ...[
      `https://${options.random()}.example.test`,
      `${issuer}.evil.test`,
      `${issuer}/`,
      issuer.toUpperCase(),
      '',
      undefined,
    ].flatMap((iss) =>
      [{}, { aud: [audience] }].map((more) => ({
        claims: (now: number) => ({ ...later(now), iss, ...more }),
        rule: RULES.audience,
      })),
    ),
    ...[-65, -120, -86_400].map((exp) => ({
      claims: (now: number) => ({ iat: now - 90_000, nbf: now - 90_000, exp: now + exp }),
      rule: RULES.time,
    })),
    { claims: () => ({ exp: undefined }), rule: RULES.time },
    { claims: () => ({ exp: 1 }), rule: RULES.time },
    { claims: (now) => ({ exp: now + 800, nbf: now + 150 }), rule: RULES.time },
    { claims: (now) => ({ exp: now + 172_800, nbf: now + 86_400 }), rule: RULES.time },
    { claims: (now) => ({ ...later(now), sub: undefined }), rule: RULES.subject },
  ]

  const operations: Record<string, Operation<State>> = {
    // C1
    login: {
      check: 'C1',
      plain: ['by the way'],
      cases: ['now', 'now', 'now'],
      weight: 2,
      plan(state, when: string, at) {
        if (when === 'by the way' && living(state).length >= ENOUGH_FAMILIES) return undefined
        const account = at.pick(state.accounts)
        return account && loggingIn(state, account, at)
      },
    },
    me: {
      check: 'C1',
      plain: [0],
      cases: [0, 0, 0, 0],
      optional: true,
      plan(state, _: number, at) {
        const family = at.pick(living(state).filter(isYoung))
        return family && lookAtMe(family)
      },
    },

    // C3
    bent: {
      check: 'C3',
      cases: bent.map((_, index) => index),
      plan(state, index: number, at) {
        const family = at.pick(living(state))
        const parts = family && readToken(family.access)
        if (!parts) return undefined
        const { claims, right, rule } = bent[index]!
        const now = Math.floor(Date.now() / 1000)
        const other = claims(now)
        const token = signToken({ ...parts, claims: { ...parts.claims, ...other } }, keys)
        return {
          request: meWith(token),
          rule: `${rule}\nThe token is one of yours, signed again with your key: ${shown(other, now)}`,
          outcomes: [right ? aboutMe(family) : challenged],
        }
      },
    },

    // C5
    refresh: {
      check: 'C5',
      plain: [0],
      cases: [0, 0, 0, 0, 0],
      weight: 2,
      plan(state, _: number, at) {
        const family = at.pick(living(state))
        return family && refreshingOf(state, family, RULES.refresh)
      },
    },
    reuse: {
      check: 'C5',
      cases: ['last', 'first', 'last', 'first', 'last', 'first'],
      plan(state, which: string, at) {
        const family = at.pick(usedOnes(state))
        if (!family) return undefined
        return {
          request: refreshing(family.used.at(which === 'last' ? -1 : 0)!),
          rule: RULES.used,
          outcomes: [{ ...refused(401), becomes: () => end(state, family, RULES.over) }],
        }
      },
    },
    dead: {
      check: 'C5',
      cases: ['newest', 'used', 'newest', 'used'],
      plan(state, which: string, at) {
        const over = state.families.filter((one) => !isLiving(one))
        const family = at.pick(over.filter(({ used }) => which === 'newest' || used.length > 0))
        if (!family) return undefined
        if (which === 'newest') return lookAtDead(family)
        const request = refreshing(family.used.at(-1)!)
        return { request, rule: RULES.used, outcomes: [refused(401)] }
      },
    },
    refreshOther: {
      check: 'C5',
      cases: [0, 0, 0, 0],
      plan(state, _: number, at) {
        const family = at.pick(besideDead(state, RULES.over))
        return family && refreshingOf(state, family, RULES.others)
      },
    },
    unknown: {
      check: 'C5',
      cases: strange,
      plan: (_, token: string) => ({
        request: refreshing(token),
        rule: RULES.unknown,
        outcomes: [refused(401)],
      }),
    },

    // C6
    asBearer: {
      check: 'C6',
      cases: ['newest', 'newest', 'used', 'newest'],
      plan(state, which: string, at) {
        const family = at.pick(which === 'used' ? usedOnes(state) : living(state))
        if (!family) return undefined
        const request = meWith(which === 'used' ? family.used.at(-1)! : family.newest)
        return { request, rule: RULES.asBearer, outcomes: [challenged] }
      },
    },
    asRefresh: {
      check: 'C6',
      cases: ['refresh', 'refresh', 'refresh'],
      plan(state, _: string, at) {
        const family = at.pick(living(state))
        if (!family) return undefined
        const request = refreshing(family.access)
        return { request, rule: RULES.asRefresh, outcomes: [refused(401)] }
      },
    },

    // C9
    wrongLogin: {
      check: 'C9',
      cases: [
        'a wrong password',
        'another’s password',
        'a letter more',
        'a letter less',
        'other capitals',
        'the hash',
        'nothing',
        'an unknown e-mail',
        'an e-mail that begins right',
        'a pattern for an e-mail',
      ],
      plan(state, how: string, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const { email, password, hash } = account
        const other = state.accounts.find((one) => one !== account)!
        const json = {
          'a wrong password': { email, password: strange[0] },
          'another’s password': { email, password: other.password },
          'a letter more': { email, password: `${password}x` },
          'a letter less': { email, password: password.slice(0, -1) },
          'other capitals': { email, password: swapCase(password) },
          'the hash': { email, password: hash },
          nothing: { email, password: '' },
          'an unknown e-mail': { email: `nobody.${email}`, password },
          'a pattern for an e-mail': { email: `_${email.slice(1)}`, password },
          'an e-mail that begins right': { email: `${email}.test`, password },
        }[how]!
        // An empty text may break a rule of the server's own.
        const outcome = how === 'nothing' ? refused(401, 400, 422) : refused(401)
        return { request: posting(PATH.login, json), rule: RULES.wrong, outcomes: [outcome] }
      },
    },
    lacking: {
      check: 'C9',
      cases: Object.values(PATH).flatMap((path) =>
        ['nothing', 'an object', 'another field', 'one field', 'no JSON'].map((how) => ({
          path,
          how,
        })),
      ),
      plan(state, { path, how }: { path: string; how: string }, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const { email, password } = account
        const isLogin = path === PATH.login
        if (how === 'no JSON') {
          const headers = { 'Content-Type': 'application/json' }
          const request = { method: 'POST', path, headers, body: '{"email":' }
          return { request, rule: RULES.notJson, outcomes: [refused(400)] }
        }
        const json = {
          nothing: {},
          'an object': isLogin ? { email, password: {} } : { refreshToken: {} },
          'another field': isLogin ? { email: {}, password } : { token: 'x' },
          'one field': isLogin ? { email } : { email, password },
        }[how]!
        return { request: posting(path, json), rule: RULES.lacking, outcomes: [refused(400, 422)] }
      },
    },

    // C10
    revoke: {
      check: 'C10',
      cases: [0, 0, 0, 0],
      plan(state, _: number, at) {
        const family = at.pick(living(state))
        if (!family) return undefined
        return {
          request: posting(PATH.revoke, { refreshToken: family.newest }),
          rule: '`POST /token/revoke` `{refreshToken}` | `200` or `204`',
          outcomes: [{ status: [200, 204], becomes: () => end(state, family, RULES.revoked) }],
        }
      },
    },
    refreshBesideRevoked: {
      check: 'C10',
      cases: [0, 0, 0],
      plan(state, _: number, at) {
        const family = at.pick(besideDead(state, RULES.revoked))
        return family && refreshingOf(state, family, RULES.revokesOne)
      },
    },
    revokeOdd: {
      check: 'C10',
      cases: ['over', 'unknown', 'access', 'used', 'over'],
      plan(state, how: string, at) {
        const family = at.pick(
          how === 'used'
            ? usedOnes(state)
            : state.families.filter((one) => isLiving(one) === (how === 'access')),
        )
        if (how !== 'unknown' && !family) return undefined
        const refreshToken = {
          over: family?.newest,
          access: family?.access,
          used: family?.used.at(-1),
          unknown: strange[0],
        }[how]!
        return {
          request: posting(PATH.revoke, { refreshToken }),
          rule: RULES.revokesOne,
          outcomes: [
            {
              status: ANY,
              error: false,
              becomes() {
                // Whether that ends its family is up to the server.
                if (how === 'used') state.families = state.families.filter((one) => one !== family)
              },
            },
          ],
        }
      },
    },
  }

  const families = [
    'login',
    'me',
    'refresh',
    'reuse',
    'dead',
    'refreshOther',
    'revoke',
    'refreshBesideRevoked',
  ]
  const chosen = Object.entries(operations).filter(([name]) => !all || families.includes(name))
  return {
    async open() {
      const { servers, users, close } = await options.open()
      const accounts = users.map((user, index) => ({ ...user, key: `user-${index}` }))
      return { servers, state: { accounts, families: [], next: [], turn: 0 }, close }
    },
    operations: Object.fromEntries(
      chosen.map(([name, operation]) => [name, { ...operation, check: all ?? operation.check }]),
    ),
    leastMoves: LEAST_MOVES,
    observe(state) {
      const dead = state.next.shift()
      if (dead) return lookAtDead(dead)
      const young = living(state).filter(isYoung)
      state.turn += 1
      const family = young[state.turn % Math.max(young.length, 1)]
      return family && lookAtMe(family)
    },
  }
}
