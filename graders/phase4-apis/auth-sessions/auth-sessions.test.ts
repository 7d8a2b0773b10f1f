import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  findLeaks,
  meanwhile,
  nth,
  openSubmission,
  race,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  shared,
  sharedUntilFailure,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import { setCookiesOf, wrongAttribute } from './cookies.ts'
import { findFastDigest, sameForBoth } from './digests.ts'
import { sessionModel } from './session-model.ts'
import { Browser, type Credentials, loggedIn, posting, register, World } from './world.ts'

const submission = openSubmission(import.meta)

const commonWorld = shared(() => World.open(submission))
const commonPair = sharedUntilFailure(
  async () => (await commonWorld()).pair(),
  async (copies) => {
    for (const copy of copies) await copy.kill()
  },
)

/** The two copies that most tests share; new ones where one of them has died. */
async function twins() {
  const servers = await commonPair()
  if (!servers.some(({ process }) => process.exit)) return { servers, close: async () => {} }
  const own = await (await commonWorld()).pair()
  const close = async () => {
    for (const copy of own) await copy.kill()
  }
  return { servers: own, close }
}

// ---------------------------------------------------------------- the contract, as a model

const REQUIREMENTS = {
  C1: 'C1 registers, logs in, and says who is logged in, on both copies',
  C2: 'C2 begins a new session with each login, whatever cookie was there before',
  C3: 'C3 ends one session with a logout, for the server too',
  C6: 'C6 refuses what is nearly a password',
  C9: 'C9 ends all other sessions of an account with a new password',
  C10: 'C10 refuses a POST from a foreign origin, and changes nothing then',
  C12: 'C12 answers odd requests by the house rules',
}

/** A password may cost a slow or busy machine a second, and a program has dozens. */
const PATIENT = { timeout: 300_000 }

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, PATIENT, async () => {
    await commonWorld() // says what is missing, where there is no service
    await expectAgreement(sessionModel(submission, twins), check, submission.fresh)
  })
}

test('C2 makes cookies that nobody can guess', async () => {
  const { servers } = await twins()
  const who = (await commonWorld()).somebody()
  await register(servers[0]!, who)
  const cookies: string[] = []
  for (const server of [...servers, ...servers]) {
    const browser = new Browser()
    await browser.login(server, who)
    cookies.push(browser.jar.header('/')!)
  }
  const rule = 'Nobody can guess a session’s cookie: it holds 16 random characters or more.'
  for (const [index, cookie] of cookies.entries()) {
    for (const other of cookies.slice(0, index)) {
      const differing = [...cookie].filter((char, at) => char !== other[at]).length
      const shown = `two logins one after the other gave\n  ${other}\n  ${cookie}\n`
      // Of 16 random characters some are the same by chance.
      if (differing < 8) expect.fail(`${shown}${differing} characters differ. The rule: ${rule}`)
    }
  }
})

// ---------------------------------------------------------------- C4 what a login tells

/** Every value of a body that is JSON, by where it stands; of any other body the text itself. */
function leavesOf({ text, body }: Answer): Map<string, string> {
  const leaves = new Map<string, string>()
  const walk = (at: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) leaves.set(at, JSON.stringify(value))
    else for (const [key, inner] of Object.entries(value)) walk(`${at}/${key}`, inner)
  }
  walk('body', body && typeof body === 'object' ? body : text)
  return leaves
}

/**
 * What somebody who tries e-mails can compare: not what differs each time, such as a time or the number of
 * the request.
 * @param again another answer to the same request
 */
function seen(answer: Answer, again: Answer) {
  const others = leavesOf(again)
  const leaves = [...leavesOf(answer)].map(([at, value]) => [
    at,
    others.get(at) === value ? value : 'differs each time',
  ])
  const { status, headers } = answer
  return { status, body: Object.fromEntries(leaves), headers: Object.keys(headers).sort() }
}

test('C4 gives the same answer to an unknown e-mail and to a wrong password', async () => {
  const { servers } = await twins()
  const world = await commonWorld()
  const [who, nobody] = [world.somebody(), world.somebody()]
  await register(servers[0]!, who)
  for (const server of servers) {
    const twice = async (json: object) => {
      const first = await server.send(posting('/login', json))
      return [first, await server.send(posting('/login', json))] as const
    }
    const wrong = await twice({ ...who, password: nobody.password })
    const unknown = await twice(nobody)
    expect(wrong[0], 'with a wrong password').toHaveStatus(401)
    const what =
      'the answer of POST /login to an unknown e-mail, beside that to a wrong password. The rule: Both get the same answer: status, body, and names of headers'
    expect(seen(...unknown), what).toEqual(seen(...wrong))
  }
})

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

async function timesOfLogins(server: ServerSubject, known: Credentials, nobody: Credentials) {
  const times = { known: [] as number[], unknown: [] as number[] }
  const time = async (list: number[], email: string) => {
    const begun = performance.now()
    await server.send(posting('/login', { email, password: nobody.password }))
    list.push(performance.now() - begun)
  }
  // In turn, so that what else the machine does meets both alike.
  for (let turn = 0; turn < 5; turn++) {
    await time(times.known, known.email)
    await time(times.unknown, `${turn}.${nobody.email}`)
  }
  return { known: median(times.known), unknown: median(times.unknown) }
}

test('C4 takes about as long for an unknown e-mail as for a wrong password', async () => {
  const { servers } = await twins()
  const world = await commonWorld()
  const [who, nobody] = [world.somebody(), world.somebody()]
  await register(servers[0]!, who)
  // A difference of a few ms is noise, however large the factor.
  const differ = ({ known, unknown }: { known: number; unknown: number }) =>
    Math.max(known, unknown) > 3 * Math.min(known, unknown) && Math.abs(known - unknown) > 8
  let times = await timesOfLogins(servers[0]!, who, nobody)
  for (let again = 0; again < 3 && differ(times); again++) {
    times = await timesOfLogins(servers[0]!, who, nobody)
  }
  if (!differ(times)) return
  const ms = (value: number) => `${value.toFixed(1)} ms`
  expect.fail(
    `POST /login took ${ms(times.known)} with a wrong password and ${ms(times.unknown)} with an unknown e-mail (medians of 5, measured four times). The rule: Both take about as long: the medians of several tries differ by less than a factor of 3.`,
  )
})

// ---------------------------------------------------------------- C5 passwords at rest

/** Every value of every key, as text. */
async function valuesOf({ redis }: World): Promise<string> {
  const texts: string[] = []
  for (const { key, type } of await redis.keys()) {
    const { client } = redis
    const value =
      type === 'string'
        ? await client.get(key)
        : type === 'hash'
          ? await client.hgetall(key)
          : type === 'list'
            ? await client.lrange(key, 0, -1)
            : type === 'set'
              ? await client.smembers(key)
              : type === 'zset'
                ? await client.zrange(key, '0', '-1')
                : ''
    texts.push(`${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  }
  return texts.join('\n')
}

meanwhile('C5 stores passwords as slow hashes with salts of their own', async () => {
  const world = await World.open(submission)
  const server = await world.start()
  const [first, one, two] = [world.somebody(), world.somebody(), world.somebody()]
  // It does all that the others do: what a login leaves in the database is known by then.
  await loggedIn(server, first)
  const before = await world.db.dump()
  const { password } = one
  await loggedIn(server, one)
  const withOne = await world.db.dump()
  const browser = await loggedIn(server, { ...two, password })
  const withTwo = await world.db.dump()
  await browser.expectMe(server, two, 'after a login')
  const dump = `${withTwo}\n${await valuesOf(world)}`

  const found = findFastDigest(dump, password, [one.email, two.email, 'pepper', 'salt', 'secret'])
  if (found) {
    expect.fail(
      `The password is stored as a fast digest: ${found.how}. The rule: Passwords are stored as slow hashes.`,
    )
  }
  const same = sameForBoth(before, withOne, withTwo)
  if (same) {
    expect.fail(
      `Two accounts with one password have this in common in the database: ${same.slice(0, 60)}. The rule: Each hash has a salt of its own.`,
    )
  }
})

meanwhile('C5 shows a password nowhere: database, Redis, answers, output', async () => {
  const world = await World.open(submission)
  const server = await world.start()
  const who = world.somebody()
  const next = world.somebody().password
  const wrong = world.somebody().password
  const browser = new Browser()
  const answers = [
    await server.send(posting('/register', who)),
    await browser.login(server, who),
    await browser.send(server, { path: '/me' }),
    await server.send(posting('/login', { ...who, password: wrong })),
    await server.send(posting('/register', who)),
    await browser.send(server, posting('/password', { old: wrong, new: next })),
    await browser.send(server, posting('/password', { old: who.password, new: next })),
    await server.send({
      ...posting('/login'),
      headers: { 'Content-Type': 'application/json' },
      body: `{"email":"${who.email}","password":"${next}"`,
    }),
    await browser.send(server, posting('/logout')),
  ]
  expect(answers[6], 'with the right old password').toHaveStatus(200, 204)
  const again = await loggedIn(server, { ...who, email: `a.${who.email}`, password: next })
  await again.expectMe(server, { ...who, email: `a.${who.email}` }, 'after a login')
  const [rows, values] = [await world.db.dump(), await valuesOf(world)]
  await server.stop() // what it prints may come after its answer
  const places = {
    'the database': rows,
    Redis: values,
    'an answer': answers.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'),
    'what the process prints': server.output(),
  }
  const found = findLeaks(
    { 'a password': who.password, 'a new password': next, 'a wrong password': wrong },
    Object.entries(places).map(([place, content]) => ({ place, content })),
  )
  if (found.length > 0) expect.fail(`Found ${found.join(', and ')}.`)
})

// ---------------------------------------------------------------- C7 cookies over HTTPS

test('C7 sets HttpOnly, SameSite and Path, and Secure over HTTPS alone', async () => {
  const world = await commonWorld()
  const { servers } = await twins()
  const behind = await world.start({ TRUST_PROXY: '1' })
  const who = world.somebody()
  await register(behind, who)
  const cases = [
    { server: behind, https: true, headers: { 'X-Forwarded-Proto': 'https' } },
    { server: behind, https: false, headers: { 'X-Forwarded-Proto': 'http' } },
    { server: behind, https: false, headers: {} },
    { server: servers[0]!, https: false, headers: { 'X-Forwarded-Proto': 'https' } },
    { server: servers[1]!, https: false, headers: {} },
  ]
  for (const { server, https, headers } of cases) {
    const proxy = server === behind ? 'TRUST_PROXY=1' : 'no TRUST_PROXY'
    const when = `with ${proxy} and ${'X-Forwarded-Proto' in headers ? `X-Forwarded-Proto: ${headers['X-Forwarded-Proto']}` : 'no X-Forwarded-Proto'}`
    const browser = new Browser({ https, headers: headers as Record<string, string> })
    const answers = [await browser.send(server, { path: '/me' })]
    answers.push(await browser.send(server, posting('/login', who)))
    answers.push(await browser.send(server, { path: '/me' }))
    const next = `${who.password}${cases.length}`
    answers.push(await browser.send(server, posting('/password', { old: who.password, new: next })))
    who.password = next
    expect(answers[1], when).toHaveStatus(200)
    expect(setCookiesOf(answers[1]!).length, `cookies of POST /login ${when}`).toBeGreaterThan(0)
    for (const answer of answers) {
      for (const cookie of setCookiesOf(answer)) {
        const wrong = wrongAttribute(cookie, https)
        if (wrong) expect.fail(`${answer.request} ${when}: ${wrong}`)
      }
    }
    await browser.expectMe(server, who, `in a browser that logged in ${when}`)
  }
})

// ---------------------------------------------------------------- C8 idle time

/**
 * Logs in, and uses the session for more than twice its idle time.
 * @returns false where the machine was too slow for that
 */
async function keptAwake(
  server: ServerSubject,
  browser: Browser,
  who: Credentials,
  seconds: number,
): Promise<boolean> {
  const pause = seconds * 300
  const idle = `SESSION_IDLE_SECONDS=${seconds}`
  let last = performance.now()
  await browser.login(server, who)
  for (let used = 0; used < 8; used++) {
    if (used > 0) await new Promise((resolve) => setTimeout(resolve, pause))
    const cookie = browser.jar.header('/me')
    const begun = performance.now()
    const answer = await browser.send(server, { path: '/me' })
    // A second less is allowed, so a pause must be shorter than that.
    if (performance.now() - last > (seconds - 1) * 900) return false
    last = begun
    const forgotten = cookie ? '' : ' (the browser has no cookie any more, by Max-Age or Expires)'
    const when = `with a request each ${pause / 1000} s, ${(used * pause) / 1000} s after the login, and ${idle}${forgotten}`
    expect(answer, when).toHaveStatus(200)
    expect(String(answer.body?.email).toLowerCase(), when).toBe(who.email)
  }
  return true
}

meanwhile(
  'C8 keeps a session while it is used, and ends it SESSION_IDLE_SECONDS after that',
  { waits: 9 },
  async () => {
    const world = await World.open(submission)
    // On a busy machine a pause may last too long to say anything.
    for (const seconds of [2, 4, 10]) {
      const server = await world.start({ SESSION_IDLE_SECONDS: String(seconds) })
      const who = world.somebody()
      const [left, used] = [await loggedIn(server, who), new Browser()]
      const cookies = [left.jar.header('/me')!]
      if (!(await keptAwake(server, used, who, seconds))) {
        await server.kill()
        continue
      }
      const when = `with SESSION_IDLE_SECONDS=${seconds}`
      const later = await server.send({ path: '/me', headers: { Cookie: cookies[0]! } })
      expect(later, `${seconds * 2.1} s after a login ${when}`).toHaveStatus(401)
      cookies.push(used.jar.header('/me')!)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 1100))
      for (const Cookie of cookies) {
        const answer = await server.send({ path: '/me', headers: { Cookie } })
        expect(answer, `${seconds + 1} s after the last request, ${when}`).toHaveStatus(401)
      }
      return
    }
  },
)

// ---------------------------------------------------------------- C11 Redis

meanwhile(
  'C11 keeps sessions in Redis alone: across a kill, and not without it',
  { waits: 2 },
  async () => {
    const world = await World.open(submission)
    const [a, b] = await world.pair()
    const who = world.somebody()
    const browser = await loggedIn(a, who)
    const other = new Browser()
    await other.login(b, who)
    const changed = { ...who, password: world.somebody().password }
    expect(
      await browser.send(b, posting('/password', { old: who.password, new: changed.password })),
    ).toHaveStatus(200, 204)
    await other.login(a, changed)
    // Before any further request of this session: it may set the expiry again.
    for (const { key, ttl } of await world.redis.keys()) {
      const rule = `the time to live of the key ${key} in ms. The rule: Every key in Redis has an expiry.`
      expect(ttl, rule).toBeGreaterThan(0)
    }
    await browser.expectMe(b, who, 'after a new password')
    await Promise.all([a.kill(), b.kill()])
    const again = [await a.restart(), await b.restart()]
    for (const server of again) {
      await browser.expectMe(server, who, 'after a kill and a new start of both copies')
      await other.expectMe(server, who, 'after a kill and a new start of both copies')
    }
    await new Browser().login(again[1]!, changed)

    await world.redis.client.flushdb()
    for (const server of again) {
      // One from before the new password, and one from after it.
      for (const one of [browser, other]) {
        const answer = await server.send(one.signed({ path: '/me' }))
        expect(answer, 'after Redis was emptied. The rule: all sessions are over').toHaveStatus(401)
      }
    }
    await new Browser().login(again[0]!, changed)
  },
)

// ---------------------------------------------------------------- C13 two at once

/**
 * Waits until some work is over, or waits itself for a lock that stopped work holds: one of PostgreSQL's, or
 * one of the program's own, which cannot be seen and is given 5 s.
 */
async function overOrWaiting(world: World, work: Promise<unknown>): Promise<void> {
  let over = false
  void work.finally(() => (over = true)).catch(() => {})
  const done = async () => over || (await world.db.waiting()) > 0
  await expect
    .poll(done, { timeout: 5_000, interval: 30 })
    .toBe(true)
    .catch(() => {})
}

type Meeting = { slow: Answer; quick: Answer; when: string }

/**
 * Has one request stopped at each of its statements in turn while another one
 * is made on the other copy.
 * @param round makes both requests, and looks at what came of them
 */
async function atEachStatement(
  world: World,
  services: Record<string, ServiceProxy>,
  round: (
    meet: (slow: () => Promise<Answer>, quick: () => Promise<Answer>) => Promise<Meeting>,
  ) => Promise<void>,
): Promise<void> {
  for (const [service, between] of Object.entries(services)) {
    for (let n = 1, over = false; !over && n < 12; n++) {
      await round(async (slow, quick) => {
        const { at, work, release } = await stopAt(between, nth(n), slow)
        over = at === undefined
        const second = quick()
        if (at) await overOrWaiting(world, second)
        release()
        const [slowAnswer, quickAnswer] = await Promise.all([work, second])
        const text = at?.text.replaceAll(/\s+/g, ' ').slice(0, 80)
        const when = at
          ? `, the first one stopped at its statement ${n} to ${service} (${text})`
          : ''
        return { slow: slowAnswer, quick: quickAnswer, when }
      })
    }
  }
}

const is2xx = ({ status }: Answer) => status >= 200 && status < 300

/** Two copies; A can be stopped at its statements to these services. */
type RaceWorld = {
  world: World
  a: ServerSubject
  b: ServerSubject
  postgres: Record<string, ServiceProxy>
  both: Record<string, ServiceProxy>
}

async function raceWorld(): Promise<RaceWorld> {
  const world = await World.open(submission)
  const slow = await world.proxied()
  const other = await world.start()
  const { server, toPostgres, toRedis } = slow
  const both = { Postgres: toPostgres, Redis: toRedis }
  return { world, a: server, b: other, postgres: { Postgres: toPostgres }, both }
}

/** One account comes of two registrations at once. */
async function twoRegistrations({ world, a, b, postgres }: RaceWorld): Promise<void> {
  await atEachStatement(world, postgres, async (meet) => {
    const who = world.somebody()
    const other = { ...world.somebody(), email: who.email.toUpperCase() }
    const {
      slow: first,
      quick,
      when,
    } = await meet(
      () => a.send(posting('/register', who)),
      () => b.send(posting('/register', other)),
    )
    const statuses = [first.status, quick.status].sort()
    expect(statuses, `two registrations of one e-mail at once${when}`).toEqual([201, 409])
    await new Browser().login(a, first.status === 201 ? who : other)
  })
  const who = world.somebody()
  const four = [a, b, a, b].map((to) => ({ to, ...posting('/register', who) }))
  const statuses = (await race(four)).map(({ status }) => status).sort()
  expect(statuses, 'four registrations of one e-mail at once').toEqual([201, 409, 409, 409])
}

/** No session comes back that was logged out meanwhile. */
async function logoutBesideMe({ world, a, b, both }: RaceWorld): Promise<void> {
  const who = world.somebody()
  await register(a, who)
  await atEachStatement(world, both, async (meet) => {
    const browser = new Browser()
    await browser.login(b, who)
    const me = browser.signed({ path: '/me' })
    const { quick, when } = await meet(
      () => a.send(me),
      () => b.send(browser.signed(posting('/logout'))),
    )
    expect(quick).toHaveStatus(200, 204)
    for (const server of [a, b]) {
      expect(await server.send(me), `GET /me after a logout beside a GET /me${when}`).toHaveStatus(
        401,
      )
    }
  })
}

/** A new password ends what was begun with the old one. */
async function loginBesideChange({ world, a, b, both }: RaceWorld): Promise<void> {
  const who = world.somebody()
  const browser = await loggedIn(b, who)
  await atEachStatement(world, both, async (meet) => {
    const late = new Browser()
    const next = world.somebody().password
    const old = who.password
    const { slow: login, when } = await meet(
      () => late.send(a, posting('/login', who)),
      async () => {
        const answer = await browser.send(b, posting('/password', { old, new: next }))
        expect(answer, 'with the right old password').toHaveStatus(200, 204)
        return answer
      },
    )
    who.password = next
    expect([200, 401], `the status of a login beside a change of password${when}`).toContain(
      login.status,
    )
    const about = `GET /me by a login with the old password, after the change${when}`
    for (const server of [a, b]) await late.expectNobody(server, about)
    await browser.expectMe(b, who, `in the browser that changed the password${when}`)
  })
}

/** One of two changes of a password at once succeeds. */
async function twoChanges({ world, a, b, postgres }: RaceWorld): Promise<void> {
  const who = world.somebody()
  await register(a, who)
  await atEachStatement(world, postgres, async (meet) => {
    const browsers = [new Browser(), new Browser()] as const
    await browsers[0].login(a, who)
    await browsers[1].login(b, who)
    const old = who.password
    const nexts = [world.somebody().password, world.somebody().password]
    const change = (index: 0 | 1, to: ServerSubject) => () =>
      browsers[index].send(to, posting('/password', { old, new: nexts[index] }))
    const { slow: first, quick, when } = await meet(change(0, a), change(1, b))
    const statuses = [first, quick].map(({ status }) => status)
    const what = `two changes of a password with the same "old" at once${when}; the statuses`
    const right = [first, quick].filter(is2xx).length
    expect(right, `${what} are ${statuses.join(' and ')}; successes`).toBeLessThanOrEqual(1)
    for (const refusal of statuses.filter((status) => status >= 300)) {
      expect([401, 403, 409], `${what} are ${statuses.join(' and ')}; a refusal`).toContain(refusal)
    }
    if (right === 0) return
    const winner = is2xx(first) ? 0 : 1
    who.password = nexts[winner]!
    await browsers[winner].expectMe(b, who, `in the browser whose change succeeded${when}`)
    await browsers[1 - winner]!.expectNobody(
      b,
      `in the browser whose change did not succeed${when}`,
    )
  })
}

meanwhile(
  'C13 holds when two requests arrive at once, on two copies',
  { waits: 6, ...PATIENT },
  async () => {
    const here = await raceWorld()
    await twoRegistrations(here)
    await logoutBesideMe(here)
    await loginBesideChange(here)
    await twoChanges(here)
  },
)

// ---------------------------------------------------------------- C14 junk

const headerText = junkText.map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, '?').slice(0, 4000))
/** The house rules: U+0000 and half a surrogate pair are never sent. */
const sendable = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null)
      .replaceAll('\\u0000', '')
      .replaceAll(/\\ud[89a-f]../gi, ''),
  )

const junk = (cookieNames: string[]) => {
  const bodies = fc.oneof(
    junkJson(['email', 'password', 'old', 'new']).map((value) => ({ json: sendable(value) })),
    junkBody.map((body) => ({ headers: { 'Content-Type': 'application/json' }, body })),
  )
  const routes = fc.constantFrom('/register', '/login', '/password', '/logout')
  return fc.oneof(
    fc.tuple(routes, bodies).map(([path, body]): Sending => ({ method: 'POST', path, ...body })),
    fc
      .tuple(
        fc.constantFrom('/me', '/logout'),
        fc.constantFrom(...cookieNames),
        headerText,
        headerText,
      )
      .map(([path, name, value, more]): Sending => {
        const Cookie = `${name}=${value}; ${more}`
        return { method: path === '/me' ? 'GET' : 'POST', path, headers: { Cookie } }
      }),
    fc.tuple(fc.constantFrom('/me', '/logout'), headerText).map(
      ([path, Origin]): Sending => ({
        method: path === '/me' ? 'GET' : 'POST',
        path,
        headers: { Origin },
      }),
    ),
  )
}

test('C14 answers junk with a 4xx, and works afterwards', async () => {
  const world = await commonWorld()
  const { servers } = await twins()
  const [server] = servers
  const who = world.somebody()
  const login = await (async () => {
    await register(server!, who)
    return new Browser().login(server!, who)
  })()
  const names = setCookiesOf(login).map(({ name }) => name)
  await survivesJunk(server!, junk(names), {
    seed: submission.seed,
    runs: 120,
    healthy: async () => {
      const browser = await loggedIn(server!, world.somebody())
      await browser.send(server!, posting('/logout'))
      await browser.expectNobody(server!, 'after a logout')
    },
  })
})

test('C14 answers odd cookies with 401', async () => {
  const { servers } = await twins()
  const world = await commonWorld()
  const who = world.somebody()
  const browser = await loggedIn(servers[0]!, who)
  const cookies = browser.jar.header('/me')!
  /** All of the browser's cookies, each one bent. */
  const bent = (bend: (name: string, value: string) => string) =>
    cookies
      .split('; ')
      .map((pair) => bend(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)))
      .join('; ')
  const odd = [
    bent((name) => `${name}=`),
    bent((name) => name),
    bent((_, value) => `=${value}`),
    bent((name) => `${name}="`),
    bent((name) => `${name}=%E0%A4%A`),
    bent((name) => `${name}=%`),
    bent((name) => `${name}=__proto__`),
    bent((name) => `${name}=*`),
    bent((name) => `${name}=null; ${name}=undefined`),
    bent((name, value) => `${name}=${value.slice(0, -8)}`),
    bent((name) => `${name}=${'a'.repeat(5000)}`),
    bent((name, value) => `x${name}=${value}`),
    bent((name, value) => `${name}x=${value}`),
    bent((name) => `; ; ${name}`),
  ]
  for (const Cookie of odd) {
    for (const server of servers) {
      const answer = await server.send({ path: '/me', headers: { Cookie } })
      expect(answer, `with Cookie: ${Cookie.slice(0, 120)}`).toHaveStatus(401)
    }
  }
  const among = `a=1; theme=%; ${cookies}; b="c d"`
  const answer = await servers[1]!.send({ path: '/me', headers: { Cookie: among } })
  expect(answer, `with the session’s cookie among others: ${among}`).toHaveStatus(200)
})
