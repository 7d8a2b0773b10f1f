import type { Answer, ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  type Complaint,
  houseRules,
  type ModelRequest,
  matching,
  type Operation,
  type Outcome,
  refused,
  type ServerModel,
  type Step,
  text,
} from '../../harness/model/index.ts'
import { Jar, setCookiesOf, wrongAttribute } from './cookies.ts'
import { originOf } from './world.ts'

type Account = {
  key: string
  email: string
  password: string
  /** Passwords that it had before. */
  former: string[]
  /** Set where nobody has logged in with this password yet. */
  untried?: boolean
  /** Set where a change was refused: what must still be as it was. */
  refused?: { instead?: string }
}
/** A browser that is logged in. */
type Browser = { key: string; jar: Jar; account: Account }
/** Cookies that must not be logged in, or not to this account. */
type Dead = {
  key: string
  cookie: string
  rule: string
  check: string
  account?: Account
  /** The file that commands have the cookie in. */
  jar?: string
}
/** What is looked at after a step. */
type Look = { browser: Browser } | { dead: Dead }

type State = {
  /** In every e-mail of this copy of the model, for accounts of others are still there. */
  tag: number
  accounts: Account[]
  browsers: Browser[]
  dead: Dead[]
  /** E-mails that a refused request did not register. */
  free: { key: string; email: string }[]
  /** Browsers that have been given a cookie before a login. */
  visitors: { key: string; jar: Jar; account: Account }[]
  /** Looked at next, before the turn of all others. */
  next: Look[]
  turn: number
  /** The last operation. */
  last: { rule: string; check: string }
  /** The names of the cookies that a login sets. */
  cookieNames: string[]
}

/** The rules of the README, in its words. */
const RULES = {
  register: '`POST /register` `{email, password}` | `201`',
  login: '`POST /login` `{email, password}` | `200` and a session cookie',
  me: '`GET /me` | `200` `{email}`',
  email:
    'An `email` of letters, digits and `.` `_` `+` `-`, with one `@` before a domain name, is taken.',
  badEmail:
    'An `email` is refused where nothing stands before or behind its `@`, where it has no `@` or a blank inside, or more than 254 characters.',
  capitals: 'Capitals do not matter in an e-mail: there is one account for all spellings.',
  taken: 'An e-mail that has an account gets `409`.',
  password: 'A password has 10 to 128 characters, of any kind.',
  counts:
    'Every character of a password counts, however long it is, and so do blanks and capitals.',
  wrong: 'A wrong password and an unknown e-mail get `401`.',
  newId: 'A login begins a session with a **new** id, whatever cookie came with it.',
  planted:
    'A cookie that was there before a login, from your server or made up, is not logged in to that account afterwards.',
  many: 'An account may be logged in from many browsers at once.',
  attributes: 'It has `HttpOnly`, `SameSite=Lax` or `SameSite=Strict`, `Path=/`, and no `Domain`.',
  plainHttp:
    'Otherwise it has no `Secure`, whatever the header says: a browser would throw the cookie away.',
  both: 'Sessions live in Redis: both copies know them, and they outlive a kill of both copies.',
  without: 'Without a session, `GET /me` and `POST /password` get `401`.',
  logout: 'A logout ends its session on the server: the old cookie, sent again, gets `401`.',
  logoutOther: 'A logout ends no other session, not even of the same account.',
  logoutNobody: '`POST /logout` without a session gets `200`, `204` or `401`.',
  change: 'From then on the new password logs in, and the old one does not.',
  others: 'All **other** sessions of the account are over.',
  own: 'The session that asked goes on, maybe with another cookie.',
  wrongOld: 'A wrong `old` gets `401` or `403`.',
  newRule: '`new` follows the rule for passwords.',
  foreign: 'A `POST` with an `Origin` that is not exactly `APP_ORIGIN` gets `403`.',
  ownOrigin: 'A `POST` without `Origin`, or with `APP_ORIGIN`, is answered as usual.',
  getOrigin: '`GET` is answered as usual from everywhere.',
  missing: 'a validation failure: a field is missing, or breaks its rule | `400` or `422`',
  refused: 'any refusal | changes nothing',
} as const

/** Programs are short: a password costs its server a tenth of a second. */
const LEAST_MOVES = 24
/** And so are tries to find a shorter one. */
const MOST_PLAYS = 12
/** So many accounts and browsers ordinary moves make; with fewer browsers nobody logs out by the way. */
const ENOUGH_ACCOUNTS = 3
const ENOUGH_BROWSERS = 4
const FEW_BROWSERS = 3

const PATH = { register: '/register', login: '/login', logout: '/logout', password: '/password' }
type Route = keyof typeof PATH

let copies = 0

const jarOf = ({ key }: { key: string }) => `jar-${key.slice(1)}`

/** Any spelling of capitals will do. */
const sameEmail = (email: string) =>
  matching(
    JSON.stringify(email),
    (value) => typeof value === 'string' && value.toLowerCase() === email.toLowerCase(),
  )

const swapCase = (text: string) =>
  [...text]
    .map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()))
    .join('')

/** The longest beginning that fits into so many bytes, in whole characters. */
function firstBytes(text: string, most: number): string {
  let end = 0
  let size = 0
  for (const char of text) {
    size += Buffer.byteLength(char)
    if (size > most) break
    end += char.length
  }
  return text.slice(0, end)
}

/** Texts that are nearly a password. */
const NEARLY: Record<string, (password: string) => string> = {
  'the first 72 bytes': (password) => firstBytes(password, 72),
  'the first 72 bytes, and another end': (password) => firstBytes(password, 72).padEnd(100, '#'),
  'another last character': (password) => `${[...password].slice(0, -1).join('')}#`,
  'no last character': (password) => [...password].slice(0, -1).join(''),
  'no first character': (password) => [...password].slice(1).join(''),
  'one character more': (password) => `${password}#`,
  'a blank at the end': (password) => `${password} `,
  'a blank at the beginning': (password) => ` ${password}`,
  'no blanks at the ends': (password) => password.trim(),
  'other capitals': swapCase,
  'the first 64 characters': (password) => [...password].slice(0, 64).join(''),
}

/** Origins that are not the website's. */
function foreignOrigins(own: string): string[] {
  const { host, hostname } = new URL(own)
  return [
    'https://evil.example',
    'null',
    `http://${host}`,
    `${own}:8443`,
    `${own}.evil.example`,
    `https://evil-${hostname}`,
    `https://evil.${hostname}`,
    `${own}@evil.example`,
    `https://evil.example/${own}`,
    `${own}/`,
    hostname,
    'http://localhost:3000',
    '*',
  ]
}

/** @param pair two copies that run */
export function sessionModel(
  submission: Submission,
  pair: () => Promise<{ servers: ServerSubject[]; close(): Promise<void> }>,
): ServerModel<State> {
  const { fresh } = submission
  const own = originOf(submission)
  const domain = `${fresh.word()}.example.com`
  const words = fresh.list(6, () => fresh.word())
  const passwords = fresh.list(8, () => `${fresh.word()} ${fresh.string(10)}`)
  const longBegin = fresh.string(76)
  const madeUp = fresh.string(32)

  const emailOf = ({ tag }: State, key: string) =>
    `${words[Number(key.slice(1)) % words.length]}${key.slice(1)}.${tag}@${domain}`

  // ---------------------------------------------------------------- answers

  /** What is wrong with the cookies of an answer. */
  function cookieFault(answer: Answer): Complaint | undefined {
    for (const cookie of setCookiesOf(answer)) {
      const complaint = wrongAttribute(cookie, false)
      const rule = complaint?.includes('not have Secure') ? RULES.plainHttp : RULES.attributes
      if (complaint) return { complaint, rule, check: 'C7' }
    }
    return undefined
  }

  /** Outcomes of a request with a browser's cookies: it keeps those that come, whatever the answer is. */
  const kept = (jar: Jar, outcomes: Outcome[]): Outcome[] =>
    outcomes.map((outcome) => ({
      ...outcome,
      also: (answer) => cookieFault(answer) ?? outcome.also?.(answer),
      becomes(answer) {
        jar.take(answer)
        outcome.becomes?.(answer)
      },
    }))

  function signed(browser: { key: string; jar: Jar } | undefined, request: ModelRequest) {
    const cookie = browser?.jar.header(request.path)
    const headers = cookie ? { ...request.headers, Cookie: cookie } : request.headers
    return browser ? { ...request, headers, jar: jarOf(browser) } : request
  }

  const post = (route: Route, json?: object): ModelRequest => ({
    method: 'POST',
    path: PATH[route],
    json: json && JSON.stringify(json),
  })

  // ---------------------------------------------------------------- what becomes of the state

  function kill(state: State, browser: Browser, why: { rule: string; check: string }): void {
    state.browsers = state.browsers.filter((other) => other !== browser)
    bury(state, `${browser.key}-old`, browser.jar.header('/me'), { ...why, jar: jarOf(browser) })
  }

  function bury(
    state: State,
    key: string,
    cookie: string | undefined,
    why: { rule: string; check: string; account?: Account; jar?: string },
  ): void {
    if (!cookie) return
    const dead = { ...why, key, cookie }
    state.dead = [...state.dead.slice(-7), dead]
    state.next.push({ dead })
  }

  const othersOf = ({ browsers }: State, browser: Browser) =>
    browsers.filter((other) => other !== browser && other.account === browser.account)

  // ---------------------------------------------------------------- steps

  function registering(
    state: State,
    account: Omit<Account, 'former'>,
    check: string,
    headers?: Record<string, string>,
  ): Step {
    const { email, password } = account
    const rule = RULES.register
    state.last = { rule, check }
    return {
      request: { ...post('register', { email, password }), headers },
      rule,
      outcomes: kept(new Jar(), [
        {
          status: 201,
          becomes: () => void state.accounts.push({ ...account, former: [], untried: true }),
        },
      ]),
    }
  }

  /** A right login, with a new browser or one that has cookies already. */
  function loggingIn(
    state: State,
    account: Account,
    at: At,
    how: {
      check: string
      rule?: string
      email?: string
      jar?: Jar
      key?: string
      headers?: Record<string, string>
    },
  ): Step {
    const { email = account.email, jar = new Jar(), key = at.key, check, rule = RULES.login } = how
    const browser: Browser = { key, jar, account }
    const planted = jar.header('/login')
    state.last = { rule, check }
    const request = post('login', { email, password: account.password })
    return {
      request: signed(browser, { ...request, headers: how.headers }),
      rule,
      outcomes: kept(jar, [
        {
          status: 200,
          also(answer) {
            const values = setCookiesOf(answer).filter(({ value }) => value !== '')
            if (values.length === 0) {
              return { complaint: 'no cookie came with it', rule: RULES.login, check: 'C1' }
            }
            const isNew = values.some(({ value }) => !planted?.includes(value))
            const complaint = 'the session must have a new id; came the cookie that was sent'
            return isNew ? undefined : { complaint, rule: RULES.newId, check: 'C2' }
          },
          becomes(answer) {
            account.untried = false
            state.cookieNames = setCookiesOf(answer).map(({ name }) => name)
            state.browsers.push(browser)
            state.next.push({ browser })
          },
        },
      ]),
    }
  }

  const aboutMe = ({ account }: Browser): Outcome => ({
    status: 200,
    body: { email: sameEmail(account.email) },
  })

  const loggingOut = (state: State, browser: Browser, headers?: Record<string, string>): Step => {
    state.last = { rule: RULES.logoutOther, check: 'C3' }
    const before = browser.jar.header('/logout')
    return {
      request: signed(browser, { ...post('logout'), headers }),
      rule: '`POST /logout` | `200` or `204`',
      outcomes: kept(browser.jar, [
        {
          status: [200, 204],
          becomes() {
            const why = { rule: RULES.logout, check: 'C3' }
            kill(state, browser, why)
            // `kill` has seen what the browser keeps; what it had is what matters.
            bury(state, `${browser.key}-before`, before, why)
            state.next.push(...othersOf(state, browser).map((other) => ({ browser: other })))
          },
        },
      ]),
    }
  }

  function changing(
    state: State,
    browser: Browser,
    next: string,
    headers?: Record<string, string>,
  ): Step {
    const { account, jar } = browser
    state.last = { rule: RULES.own, check: 'C9' }
    return {
      request: signed(browser, {
        ...post('password', { old: account.password, new: next }),
        headers,
      }),
      rule: '`POST /password` `{old, new}` | `200` or `204`',
      outcomes: kept(jar, [
        {
          status: [200, 204],
          becomes() {
            account.former.push(account.password)
            account.password = next
            account.untried = true
            account.refused = undefined
            const why = { rule: RULES.others, check: 'C9' }
            for (const other of othersOf(state, browser)) kill(state, other, why)
            state.next.push({ browser })
          },
        },
      ]),
    }
  }

  const newPassword = (at: At) =>
    `${passwords[Number(at.key.slice(1)) % passwords.length]}${at.key}`

  /** A step that is refused, and a look at what it must not have changed. */
  function refusing(
    state: State,
    browser: Browser | undefined,
    how: { request: ModelRequest; rule: string; check: string; statuses: number[] },
  ): Step {
    const { request, rule, check, statuses } = how
    state.last = { rule: RULES.refused, check }
    if (browser) state.next.push({ browser })
    const jar = browser?.jar ?? new Jar()
    const outcome: Outcome = {
      ...refused(...statuses),
      becomes() {
        // A stranger's browser has nothing in it that is logged in.
        if (!browser)
          bury(state, `${check}-refused-${state.turn}`, jar.header('/me'), {
            rule: RULES.refused,
            check,
          })
      },
    }
    return { request: signed(browser, request), rule, outcomes: kept(jar, [outcome]) }
  }

  // ---------------------------------------------------------------- values

  type Registration = {
    email(unique: string): unknown
    password: unknown
    ok: boolean
    rule: string
  }
  const usual = (unique: string) => unique
  const [plainPassword] = passwords as [string, ...string[]]
  const local = (unique: string) => unique.split('@')[0]!
  const emails = [
    { email: (unique: string) => `A.b_c+D-1.${local(unique)}@Sub-1.Example.COM`, ok: true },
    { email: (unique: string) => `0${local(unique)}@a.bc.${domain}`, ok: true },
    { email: (unique: string) => local(unique), ok: false },
    { email: (unique: string) => `@${unique}.example.com`, ok: false },
    { email: (unique: string) => `${local(unique)}@`, ok: false },
    { email: () => '@', ok: false },
    { email: () => '', ok: false },
    { email: (unique: string) => `a ${unique}`, ok: false },
    { email: (unique: string) => unique.replace('@', '@a b.'), ok: false },
    { email: (unique: string) => `${local(unique)}@${'a.'.repeat(200)}${domain}`, ok: false },
    {
      email: (unique: string) => `${local(unique)}@${'abcdefghi.'.repeat(24)}${domain}`,
      ok: false,
    },
  ].map(
    (each): Registration => ({
      ...each,
      password: plainPassword,
      rule: each.ok ? RULES.email : RULES.badEmail,
    }),
  )

  const edgesOfPassword = text(fresh, { min: 10, max: 128, rule: RULES.password }).edges
  const judged: Registration[] = edgesOfPassword
    // What reads as a text of too few characters is refused, or taken for missing.
    .filter(({ ok, json }) => ok === 'no' && json !== undefined)
    .filter(
      ({ json }, index) => index % 3 === 0 || /letters|emoji/.test(json!) || json!.length > 300,
    )
    .map(({ json }) => ({
      email: usual,
      password: JSON.parse(json!),
      ok: false,
      rule: RULES.password,
    }))
  const accepted: Registration[] = [
    'a'.repeat(128),
    'ü'.repeat(128),
    '📦'.repeat(128),
    '📦'.repeat(10),
    'b'.repeat(10),
    `  ${fresh.string(9)}  `,
    `"${fresh.word()}" \\ <b>&amp;%20 $1`,
    'Zürich→São 東京',
  ].map((password) => ({ email: usual, password, ok: true, rule: RULES.password }))
  const short: Registration[] = [
    '📦'.repeat(9),
    'x'.repeat(9),
    'x'.repeat(129),
    '📦'.repeat(129),
  ].map((password) => ({ email: usual, password, ok: false, rule: RULES.password }))
  const absent = [
    { email: () => undefined, password: plainPassword },
    { email: usual, password: undefined },
    { email: () => ({}), password: plainPassword },
    { email: usual, password: {} },
    { email: usual, password: [] },
  ].map((each): Registration => ({ ...each, ok: false, rule: RULES.missing }))

  const registeringEdge = (check: string, cases: Registration[]): Operation<State> => ({
    check,
    cases,
    plan(state, { email, password, ok, rule }: Registration, at) {
      const account = { key: at.key, email: email(emailOf(state, at.key)), password }
      if (ok) {
        const right = account as { key: string; email: string; password: string }
        return { ...registering(state, right, check), rule }
      }
      const request = post('register', { email: account.email, password })
      return refusing(state, undefined, { request, rule, check, statuses: [400, 422] })
    },
  })

  const untried = (state: State, at: At) => at.pick(state.accounts.filter((one) => one.untried))

  const operations: Record<string, Operation<State>> = {
    // C1
    register: {
      check: 'C1',
      plain: [0],
      cases: [0],
      plan(state, _: number, at) {
        if (state.accounts.length >= ENOUGH_ACCOUNTS) return undefined
        const password = passwords[Number(at.key.slice(1)) % passwords.length]!
        return registering(state, { key: at.key, email: emailOf(state, at.key), password }, 'C1')
      },
    },
    login: {
      check: 'C1',
      plain: [0],
      cases: [0, 0],
      plan(state, _: number, at) {
        if (state.browsers.length >= ENOUGH_BROWSERS) return undefined
        const account = at.pick(state.accounts)
        return account && loggingIn(state, account, at, { check: 'C1' })
      },
    },
    me: {
      check: 'C1',
      plain: [0],
      cases: [0, 0, 0],
      // It costs no password.
      weight: 8,
      plan(state, _: number, at) {
        const browser = at.pick(state.browsers)
        if (!browser) return undefined
        state.last = { rule: RULES.me, check: 'C1' }
        const outcomes = kept(browser.jar, [aboutMe(browser)])
        return { request: signed(browser, { path: '/me' }), rule: RULES.me, outcomes }
      },
    },
    loginNew: {
      check: 'C1',
      optional: true,
      cases: accepted.map((_, index) => index),
      plan(state, _: number, at) {
        const account = untried(state, at)
        return account && loggingIn(state, account, at, { check: 'C1' })
      },
    },
    registerOdd: registeringEdge('C1', [...emails, ...accepted, ...short, ...judged.slice(0, 8)]),
    registerAgain: {
      check: 'C1',
      cases: ['as it is', 'in capitals', 'as it is', 'in other capitals'],
      plan(state, spelled: string, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const email = spell(account.email, spelled)
        const rule = spelled === 'as it is' ? RULES.taken : RULES.capitals
        const request = post('register', { email, password: newPassword(at) })
        account.untried = true
        return refusing(state, undefined, { request, rule, check: 'C1', statuses: [409] })
      },
    },
    loginSpelled: {
      check: 'C1',
      cases: ['in capitals', 'in other capitals'],
      plan(state, spelled: string, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const email = spell(account.email, spelled)
        return loggingIn(state, account, at, { check: 'C1', rule: RULES.capitals, email })
      },
    },
    loginWrong: {
      check: 'C1',
      cases: ['wrong password', 'unknown e-mail', "another's password", 'too short'],
      plan(state, how: string, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const { email, password } = account
        const other = state.accounts.find((one) => one.password !== password)
        if (how === "another's password" && !other) return undefined
        const json = {
          'wrong password': { email, password: `${plainPassword}#` },
          'unknown e-mail': { email: `nobody.${email}`, password },
          "another's password": { email, password: other?.password },
          'too short': { email, password: 'x' },
        }[how]!
        const statuses = how === 'too short' ? [401, 400, 422] : [401]
        const rule = RULES.wrong
        return refusing(state, undefined, {
          request: post('login', json),
          rule,
          check: 'C1',
          statuses,
        })
      },
    },
    nobody: {
      check: 'C1',
      cases: ['no cookie', 'made up', 'e-mail', 'id'],
      plan(state, how: string, at) {
        const account = at.pick(state.accounts)
        const [name = 'session'] = state.cookieNames
        if (how === 'e-mail' && !account) return undefined
        const value = { 'made up': madeUp, 'e-mail': account?.email, id: '1' }[how]
        const headers = value === undefined ? undefined : { Cookie: `${name}=${value}` }
        const rule = RULES.without
        const request = { path: '/me', headers }
        return refusing(state, undefined, { request, rule, check: 'C1', statuses: [401] })
      },
    },

    // C2
    planted: {
      check: 'C2',
      cases: ['made up', 'logged out', "another's", 'made up', 'logged out', 'its own'],
      plan(state, how: string, at) {
        const account = at.pick(state.accounts)
        const [name] = state.cookieNames
        if (!account || !name) return undefined
        const dead = at.pick(state.dead)
        const live = at.pick(
          state.browsers.filter((one) => (one.account === account) === (how === 'its own')),
        )
        const cookie = {
          'made up': `${name}=${madeUp}${at.key.slice(1)}`,
          'logged out': dead?.cookie,
          "another's": live?.jar.header('/login'),
          'its own': live?.jar.header('/login'),
        }[how]
        if (!cookie) return undefined
        const jar = new Jar()
        for (const pair of cookie.split('; ')) {
          const at = pair.indexOf('=')
          jar.plant(pair.slice(0, at), pair.slice(at + 1))
        }
        const step = loggingIn(state, account, at, { check: 'C2', rule: RULES.newId, jar })
        const { jar: _, ...request } = step.request
        // The jar's file does not hold what was planted: the command shows it.
        return andThen({ ...step, request }, () => {
          // Whether the other session goes on is up to the server; whose it is, is not.
          if (live) state.browsers = state.browsers.filter((one) => one !== live)
          if (how === 'its own') return
          const account = how === "another's" ? live?.account : undefined
          bury(state, `${at.key}-planted`, cookie, { rule: RULES.planted, check: 'C2', account })
        })
      },
    },
    visit: {
      check: 'C2',
      cases: ['GET /me', 'POST /login', 'GET /me'],
      plan(state, how: string, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const visitor = { key: at.key, jar: new Jar(), account }
        const password = `${plainPassword}#`
        const isLogin = how === 'POST /login'
        const request = isLogin
          ? post('login', { email: account.email, password })
          : { path: '/me' }
        const rule = isLogin ? RULES.wrong : RULES.without
        state.last = { rule, check: 'C2' }
        const outcome: Outcome = {
          ...refused(401),
          // Where a server hands out no cookies before a login, nobody can plant them.
          becomes: () => void (visitor.jar.header('/login') && state.visitors.push(visitor)),
        }
        return { request: signed(visitor, request), rule, outcomes: kept(visitor.jar, [outcome]) }
      },
    },
    loginAsVisitor: {
      check: 'C2',
      optional: true,
      cases: [0, 1, 2],
      plan(state, _: number, at) {
        const visitor = at.pick(state.visitors)
        if (!visitor) return undefined
        state.visitors = state.visitors.filter((one) => one !== visitor)
        const { key, jar, account } = visitor
        const before = jar.header('/login')
        const step = loggingIn(state, account, at, { check: 'C2', rule: RULES.newId, jar, key })
        const why = { rule: RULES.planted, check: 'C2' }
        return andThen(step, () => bury(state, `${key}-planted`, before, why))
      },
    },

    // C3
    logout: {
      check: 'C3',
      plain: ['by the way'],
      cases: ['now', 'now', 'now', 'now', 'now'],
      plan(state, when: string, at) {
        if (when === 'by the way' && state.browsers.length < FEW_BROWSERS) return undefined
        const browser = at.pick(state.browsers)
        return browser && loggingOut(state, browser)
      },
    },
    loginAgain: {
      check: 'C3',
      cases: [0, 1, 2, 3],
      plan(state, _: number, at) {
        if (state.browsers.length >= ENOUGH_BROWSERS) return undefined
        const browser = at.pick(state.browsers)
        return browser && loggingIn(state, browser.account, at, { check: 'C3', rule: RULES.many })
      },
    },
    replay: {
      check: 'C3',
      cases: ['GET', 'POST', 'GET', 'POST'],
      plan(state, method: string, at) {
        const dead = at.pick(state.dead.filter(({ account }) => !account))
        const account = at.pick(state.accounts)
        if (!dead || !account) return undefined
        const headers = { Cookie: dead.cookie }
        const request =
          method === 'GET'
            ? { path: '/me', headers }
            : { ...post('password', { old: account.password, new: newPassword(at) }), headers }
        const { rule } = dead
        return refusing(state, undefined, { request, rule, check: 'C3', statuses: [401] })
      },
    },
    logoutNobody: {
      check: 'C3',
      cases: ['no cookie', 'old cookie', 'made up'],
      plan(state, how: string, at) {
        const dead = at.pick(state.dead.filter(({ account }) => !account))
        if (how === 'old cookie' && !dead) return undefined
        const [name = 'session'] = state.cookieNames
        const cookie = { 'old cookie': dead?.cookie, 'made up': `${name}=${madeUp}` }[how]
        const headers = cookie ? { Cookie: cookie } : undefined
        state.last = { rule: RULES.logoutNobody, check: 'C3' }
        return {
          request: { ...post('logout'), headers },
          rule: RULES.logoutNobody,
          outcomes: kept(new Jar(), [{ status: [200, 204] }, refused(401)]),
        }
      },
    },

    // C6
    registerLong: {
      check: 'C6',
      cases: [0, 1],
      plan(state, which: number, at) {
        const password =
          which === 0 ? `${longBegin}${fixedEnd(at)}` : `  ${'Zürich→'.repeat(9)}${at.key}  `
        return registering(state, { key: at.key, email: emailOf(state, at.key), password }, 'C6')
      },
    },
    nearly: {
      check: 'C6',
      cases: Object.keys(NEARLY),
      plan(state, how: string, at) {
        const near = (password: string) => NEARLY[how]!(password)
        // Some are nearly a password of one kind only.
        const fitting = state.accounts.filter(({ password }) => {
          const size = [...near(password)].length
          return near(password) !== password && size >= 10 && size <= 128
        })
        const account = at.pick(fitting)
        if (!account) return undefined
        const request = post('login', { email: account.email, password: near(account.password) })
        const rule = RULES.counts
        return refusing(state, undefined, { request, rule, check: 'C6', statuses: [401] })
      },
    },

    // C9
    change: {
      check: 'C9',
      plain: [0],
      cases: [0, 1, 2],
      plan(state, _: number, at) {
        // The others are gone afterwards, so this does not happen often.
        const browser = at.pick(state.browsers.filter((one) => othersOf(state, one).length > 0))
        return browser && changing(state, browser, newPassword(at))
      },
    },
    loginToo: {
      check: 'C9',
      cases: [0, 1, 2, 3],
      plan(state, _: number, at) {
        if (state.browsers.length >= ENOUGH_BROWSERS) return undefined
        const browser = at.pick(state.browsers)
        return browser && loggingIn(state, browser.account, at, { check: 'C9', rule: RULES.many })
      },
    },
    loginOld: {
      check: 'C9',
      cases: [0, 1, 2],
      plan(state, _: number, at) {
        const account = at.pick(state.accounts.filter(({ former }) => former.length > 0))
        if (!account) return undefined
        const request = post('login', { email: account.email, password: account.former.at(-1) })
        const rule = RULES.change
        return refusing(state, undefined, { request, rule, check: 'C9', statuses: [401] })
      },
    },
    loginChanged: {
      check: 'C9',
      cases: [0, 1],
      plan(state, _: number, at) {
        const changed = ({ former, untried }: Account) => former.length > 0 && untried
        const account = at.pick(state.accounts.filter(changed))
        return account && loggingIn(state, account, at, { check: 'C9', rule: RULES.change })
      },
    },
    changeOdd: {
      check: 'C9',
      cases: [
        'wrong old',
        'old in capitals',
        'former',
        'short',
        'long',
        'short emoji',
        'no old',
        'no new',
        'object',
        'no session',
        'long emoji',
        '10 letters',
      ],
      plan(state, how: string, at) {
        const browser = at.pick(state.browsers)
        if (!browser) return undefined
        const { password: old, former } = browser.account
        const next = newPassword(at)
        if (how === 'former' && former.length === 0) return undefined
        if (how === 'long emoji') return changing(state, browser, '📦'.repeat(128))
        if (how === '10 letters') return changing(state, browser, at.key.padEnd(10, 'x'))
        const wrong = { rule: RULES.wrongOld, statuses: [401, 403] }
        const broken = { rule: RULES.newRule, statuses: [400, 422] }
        const lacking = { rule: RULES.missing, statuses: [400, 422] }
        const { json, ...answer } = {
          // One that breaks the rule for passwords might be refused as such.
          'wrong old': {
            ...wrong,
            json: { old: [...old].length < 128 ? `${old}#` : `${plainPassword}#`, new: next },
          },
          'old in capitals': { ...wrong, json: { old: swapCase(old), new: next } },
          former: { ...wrong, json: { old: former.at(-1), new: next } },
          short: { ...broken, json: { old, new: 'x'.repeat(9) } },
          long: { ...broken, json: { old, new: 'x'.repeat(129) } },
          'short emoji': { ...broken, json: { old, new: '📦'.repeat(9) } },
          'no old': { ...lacking, json: { new: next } },
          'no new': { ...lacking, json: { old } },
          object: { ...lacking, json: { old, new: {} } },
          'no session': { rule: RULES.without, statuses: [401], json: { old, new: next } },
        }[how]!
        if (how === 'old in capitals' && swapCase(old) === old) return undefined
        if (how !== 'no session') browser.account.refused = { instead: next }
        const sender = how === 'no session' ? undefined : browser
        return refusing(state, sender, { request: post('password', json), ...answer, check: 'C9' })
      },
    },

    // C10
    foreign: {
      check: 'C10',
      cases: (['register', 'login', 'logout', 'password'] as const).flatMap((route) =>
        fresh
          .shuffle(foreignOrigins(own))
          .slice(0, route === 'logout' ? 13 : 6)
          .map((origin) => ({ route, origin })),
      ),
      plan(state, { route, origin }: { route: Route; origin: string }, at) {
        const headers = { Origin: origin }
        const browser = at.pick(state.browsers)
        const account = at.pick(state.accounts)
        if (!browser || !account) return undefined
        const next = newPassword(at)
        const email = emailOf(state, at.key)
        const json = {
          register: { email, password: plainPassword },
          login: { email: account.email, password: account.password },
          logout: undefined,
          password: { old: browser.account.password, new: next },
        }[route]
        if (route === 'register') state.free.push({ key: at.key, email })
        if (route === 'password') browser.account.refused = { instead: next }
        return refusing(state, route === 'logout' || route === 'password' ? browser : undefined, {
          request: { ...post(route, json), headers },
          rule: RULES.foreign,
          check: 'C10',
          statuses: [403],
        })
      },
    },
    ownOrigin: {
      check: 'C10',
      cases: ['logout', 'login', 'register', 'password'] as Route[],
      plan(state, route: Route, at) {
        const headers = { Origin: own }
        const browser = at.pick(state.browsers)
        const account = at.pick(state.accounts)
        if (!browser || !account) return undefined
        const fresh = { key: at.key, email: emailOf(state, at.key), password: plainPassword }
        const step = {
          register: () => registering(state, fresh, 'C10', headers),
          login: () => loggingIn(state, account, at, { check: 'C10', headers }),
          logout: () => loggingOut(state, browser, headers),
          password: () => changing(state, browser, newPassword(at), headers),
        }[route]()
        return { ...step, rule: RULES.ownOrigin }
      },
    },
    foreignGet: {
      check: 'C10',
      cases: foreignOrigins(own).slice(0, 3),
      plan(state, origin: string, at) {
        const browser = at.pick(state.browsers)
        if (!browser) return undefined
        state.last = { rule: RULES.getOrigin, check: 'C10' }
        const request = signed(browser, { path: '/me', headers: { Origin: origin } })
        return { request, rule: RULES.getOrigin, outcomes: kept(browser.jar, [aboutMe(browser)]) }
      },
    },
    registerFree: {
      check: 'C10',
      cases: [0, 1],
      plan(state, _: number, at) {
        const free = at.pick(state.free)
        if (!free) return undefined
        state.free = state.free.filter((one) => one !== free)
        const account = { key: at.key, email: free.email, password: plainPassword }
        return { ...registering(state, account, 'C10'), rule: RULES.refused }
      },
    },
    ...(['C9', 'C10'] as const).reduce<Record<string, Operation<State>>>((all, check) => {
      all[`after a refused change (${check})`] = {
        check,
        optional: true,
        cases: ['old', 'new', 'old'],
        plan(state, which: string, at) {
          const account = at.pick(state.accounts.filter((one) => one.refused?.instead))
          if (!account) return undefined
          if (which === 'old') return loggingIn(state, account, at, { check, rule: RULES.refused })
          const json = { email: account.email, password: account.refused!.instead }
          const rule = RULES.refused
          return refusing(state, undefined, {
            request: post('login', json),
            rule,
            check,
            statuses: [401],
          })
        },
      }
      return all
    }, {}),

    // C12
    registerLacking: registeringEdge('C12', absent),
    loginLacking: {
      check: 'C12',
      cases: [
        'nothing',
        'no password',
        'no e-mail',
        'an object',
        'a list',
        'an object for the e-mail',
      ],
      plan(state, how: string, at) {
        const account = at.pick(state.accounts)
        if (!account) return undefined
        const { email, password } = account
        const json = {
          nothing: {},
          'no password': { email },
          'no e-mail': { password },
          'an object': { email, password: {} },
          'a list': { email, password: [] },
          'an object for the e-mail': { email: {}, password },
        }[how]!
        const rule = RULES.missing
        return refusing(state, undefined, {
          request: post('login', json),
          rule,
          check: 'C12',
          statuses: [401, 400, 422],
        })
      },
    },
    head: {
      check: 'C12',
      cases: ['HEAD', 'GET ?x=1', 'HEAD'],
      plan(state, how: string, at) {
        const browser = at.pick(state.browsers)
        if (!browser) return undefined
        const [method, query = ''] = how.split(' ')
        const rule =
          method === 'HEAD'
            ? '`HEAD`, where there is `GET` | as `GET`, without the body'
            : 'a parameter that the README does not name | is ignored'
        state.last = { rule, check: 'C12' }
        const request = signed(browser, { method, path: `/me${query}` })
        return { request, rule, outcomes: kept(browser.jar, [{ ...aboutMe(browser), json: true }]) }
      },
    },
    ...houseRules<State>({
      routes: {
        register: {
          path: () => '/register',
          methods: ['POST'],
          bodies: { POST: JSON.stringify({ email: `odd@${domain}`, password: plainPassword }) },
        },
        login: {
          path: () => '/login',
          methods: ['POST'],
          bodies: { POST: JSON.stringify({ email: `odd@${domain}`, password: plainPassword }) },
        },
        logout: { path: () => '/logout', methods: ['POST'] },
        password: { path: () => '/password', methods: ['POST'] },
        me: { path: () => '/me', methods: ['GET', 'HEAD'], get: () => [refused(401)] },
      },
      checks: {
        unknownPath: 'C12',
        otherMethod: 'C12',
        otherCase: 'C12',
        trailingSlash: 'C12',
        escapes: 'C12',
        malformed: 'C12',
        noObject: 'C12',
        emptyBody: 'C12',
        contentType: 'C12',
        head: 'C12',
      },
      // What answers there may well be nobody's session.
      unknown: ['/', '/nothing-here', '/session', '/users', '/logged-in'],
    }),
  }

  // ---------------------------------------------------------------- looks

  function lookAtBrowser(state: State, browser: Browser): Step {
    const { rule, check } = state.last
    return {
      request: signed(browser, { path: '/me' }),
      rule,
      outcomes: kept(browser.jar, [
        aboutMe(browser),
        {
          ...refused(401),
          also: () => ({
            complaint: `the session of ${browser.account.email} must go on there, and is not known`,
            rule: check === 'C1' ? RULES.both : rule,
            check,
          }),
        },
      ]),
    }
  }

  function lookAtDead({ cookie, rule, check, account, jar }: Dead): Step {
    const outcomes: Outcome[] = [
      refused(401),
      {
        status: 200,
        also({ body }) {
          const email = String(body?.email)
          const isOwn = account && email.toLowerCase() === account.email.toLowerCase()
          const complaint = `this old cookie must not be logged in, and is, as ${email}`
          return isOwn ? undefined : { complaint, rule, check }
        },
      },
    ]
    return {
      request: { path: '/me', headers: { Cookie: cookie }, jar },
      rule,
      outcomes: kept(new Jar(), outcomes),
    }
  }

  return {
    async open() {
      const { servers, close } = await pair()
      copies += 1
      const state: State = {
        tag: copies,
        accounts: [],
        browsers: [],
        dead: [],
        free: [],
        visitors: [],
        next: [],
        turn: 0,
        last: { rule: RULES.me, check: 'C1' },
        cookieNames: [],
      }
      return { servers, state, close }
    },
    operations,
    leastMoves: LEAST_MOVES,
    mostPlays: MOST_PLAYS,
    observe(state) {
      const isThere = (look: Look) => 'dead' in look || state.browsers.includes(look.browser)
      state.next = state.next.filter(isThere)
      const all: Look[] = [
        ...state.browsers.map((browser) => ({ browser })),
        ...state.dead.map((dead) => ({ dead })),
      ]
      state.turn += 1
      const look = state.next.shift() ?? all[state.turn % Math.max(all.length, 1)]
      if (!look) return undefined
      return 'browser' in look ? lookAtBrowser(state, look.browser) : lookAtDead(look.dead)
    },
  }
}

/** A step after whose right answer something else becomes of the model. */
const andThen = (step: Step, becomes: () => void): Step => ({
  ...step,
  outcomes: step.outcomes.map((outcome) => ({
    ...outcome,
    becomes(answer) {
      outcome.becomes?.(answer)
      becomes()
    },
  })),
})

const spell = (email: string, how: string) =>
  how === 'as it is' ? email : how === 'in capitals' ? email.toUpperCase() : swapCase(email)

const fixedEnd = (at: At) => at.key.padStart(24, '-')
