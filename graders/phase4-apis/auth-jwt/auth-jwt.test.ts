import http from 'node:http'
import type { AddressInfo } from 'node:net'
import bcrypt from 'bcryptjs'
import fc from 'fast-check'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import {
  type Answer,
  cleanup,
  Fresh,
  findLeaks,
  meanwhile,
  openSubmission,
  type PostgresDatabase,
  postgres,
  proxy,
  race,
  requireService,
  type Sending,
  type ServerSubject,
  SubjectError,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import { familyModel, type User } from './family-model.ts'
import {
  forgeries,
  inHeader,
  jwksOf,
  type Keys,
  makeKeys,
  type Parts,
  readToken,
  signToken,
} from './tokens.ts'

const submission = openSubmission(import.meta)

type Pair = { accessToken: string; refreshToken: string; expiresIn: number }

// ---------------------------------------------------------------- what the tests share

/** The server's keys, and others that take their place or try to. RSA keys cannot be seeded. */
const keys = shared(async () => {
  const [own, next, foreign] = await Promise.all([makeKeys(), makeKeys(), makeKeys()])
  return { own, next, foreign } as Record<'own' | 'next' | 'foreign', Keys>
})

/** A database with the table that is there before the server starts. */
async function withUsers(): Promise<PostgresDatabase> {
  requireService('postgres')
  const db = await postgres()
  await db.query(`create table users (
    id            integer primary key,
    email         text not null unique,
    password_hash text not null
  )`)
  return db
}

const commonDatabase = shared(withUsers)

async function database(): Promise<PostgresDatabase> {
  requireService('postgres')
  return commonDatabase()
}

/** A new row in `users`; the contract lets rows come while a server runs. */
async function freshUser(db: PostgresDatabase): Promise<User> {
  const { fresh } = submission
  const user = {
    id: fresh.int(1000, 2 ** 31 - 1),
    email: fresh.email(),
    password: fresh.string(20),
  }
  const hash = bcrypt.hashSync(user.password, 4)
  try {
    await db.query('insert into users values ($1, $2, $3)', [user.id, user.email, hash])
  } catch (error) {
    // Nobody but the program could have dropped or changed the table, which was there when it started.
    if (!(error as { code?: string }).code?.startsWith('42')) throw error
    const why = (error as Error).message
    throw new SubjectError(
      'crash',
      `The table users is not as it was before the program ran: ${why}`,
    )
  }
  return { ...user, hash }
}

/** What tokens are issued by and for; the same in the whole run. */
function names(): { issuer: string; audience: string } {
  const fresh = new Fresh(submission.seed, 'auth-jwt: issuer and audience')
  return { issuer: `https://${fresh.unique()}.example.test`, audience: fresh.unique('api-') }
}

async function settings(url: string, pair?: Keys): Promise<Record<string, string>> {
  const { issuer, audience } = names()
  const { privatePem, publicPem } = pair ?? (await keys()).own
  return {
    DATABASE_URL: url,
    JWT_PRIVATE_KEY: privatePem,
    JWT_PUBLIC_KEY: publicPem,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
  }
}

async function start(db: PostgresDatabase): Promise<ServerSubject> {
  return submission.startServer({ env: await settings(db.url) })
}

const commonServer = sharedUntilFailure(
  async () => start(await commonDatabase()),
  (server) => server.kill(),
)

/** The server that most tests share, which none of them stops, and its database. */
async function common() {
  const db = await database()
  return { db, server: await commonServer() }
}

/** A server and a database for one test, which may stop it, and may run beside others. */
async function ownServer() {
  const db = await withUsers()
  return { db, server: await start(db) }
}

/** A user who has logged in at a server. */
async function loggedIn(at: typeof common = common) {
  const { db, server } = await at()
  const user = await freshUser(db)
  return { db, user, server, pair: await login(server, user) }
}

// ---------------------------------------------------------------- requests and what they must give

function pairOf(answer: Answer): Pair {
  expect(answer).toHaveStatus(200, 201)
  expect(answer).toBeJson()
  const { accessToken, refreshToken, expiresIn } = answer.body ?? {}
  const say = (field: string) => `${field} in the answer of ${answer.request}`
  expect(accessToken, say('accessToken')).toBeTypeOf('string')
  expect(refreshToken, say('refreshToken')).toBeTypeOf('string')
  expect(refreshToken.length, `the length of ${say('refreshToken')}`).toBeGreaterThanOrEqual(20)
  expect(expiresIn, say('expiresIn')).toSatisfy(Number.isInteger, 'a whole number')
  return answer.body
}

async function login(server: ServerSubject, { email, password }: User): Promise<Pair> {
  return pairOf(await server.send({ method: 'POST', path: '/token', json: { email, password } }))
}

const refreshing = (refreshToken: string): Sending => ({
  method: 'POST',
  path: '/token/refresh',
  json: { refreshToken },
})

async function refresh(server: ServerSubject, token: string, what?: string): Promise<Pair> {
  const answer = await server.send(refreshing(token))
  if (what) expect(answer, `with ${what}`).toHaveStatus(200, 201)
  return pairOf(answer)
}

async function expectDead(server: ServerSubject, token: string, what: string): Promise<void> {
  const answer = await server.send(refreshing(token))
  expect(answer, `with ${what}`).toHaveStatus(401)
  expect(answer).toBeJsonError(401)
}

function me(server: ServerSubject, token?: string, scheme = 'Bearer'): Promise<Answer> {
  const headers = token ? { Authorization: `${scheme} ${inHeader(token)}` } : undefined
  return server.send({ path: '/me', headers })
}

async function expectMe(
  server: ServerSubject,
  token: string,
  user: User,
  what = 'the access token',
): Promise<void> {
  const answer = await me(server, token)
  expect(answer, `with ${what}`).toHaveStatus(200)
  expect(answer).toBeJson()
  const { id, email } = answer.body ?? {}
  const { id: wantedId, email: wantedEmail } = user
  expect({ id, email }, `the body of GET /me with ${what}`).toEqual({
    id: wantedId,
    email: wantedEmail,
  })
}

async function expectRefused(
  server: ServerSubject,
  token: string | undefined,
  what: string,
  scheme?: string,
) {
  const answer = await me(server, token, scheme)
  expect(answer, `with ${what}`).toHaveStatus(401)
  const challenge = answer.headers['www-authenticate'] ?? ''
  expect(challenge, `WWW-Authenticate of GET /me with ${what}`).toMatch(/^Bearer(\s|,|$)/i)
  expect(answer).toBeJsonError(401)
}

/** The header and claims of an access token. */
function partsOf({ accessToken }: Pair): Parts {
  const parts = readToken(accessToken)
  if (!parts) return expect.fail(`accessToken is not a JWT: ${accessToken.slice(0, 80)}`)
  return parts
}

async function jwks(server: ServerSubject): Promise<JSONWebKeySet> {
  const answer = await server.send({ path: '/.well-known/jwks.json' })
  expect(answer).toHaveStatus(200)
  expect(answer).toBeJson()
  const list = answer.body?.keys
  expect(list, '"keys" in the JWKS').toBeInstanceOf(Array)
  for (const key of list) {
    expect(key, 'a key in the JWKS').toMatchObject({
      kty: 'RSA',
      kid: expect.stringMatching(/./),
      n: expect.any(String),
      e: expect.any(String),
    })
  }
  const kids = list.map((key: { kid: string }) => key.kid)
  expect(new Set(kids).size, `different kids among ${kids.join(', ')}`).toBe(kids.length)
  return answer.body
}

/** Checks a token as another service would: with the JWKS alone. */
async function verify(token: string, set: JSONWebKeySet, what: string): Promise<JWTPayload> {
  const { issuer, audience } = names()
  try {
    // jose rounds its own time down, and so an nbf with a fraction, or rounded up, would lie ahead.
    const options = { issuer, audience, algorithms: ['RS256'], clockTolerance: 5 }
    return (await jwtVerify(token, createLocalJWKSet(set), options)).payload
  } catch (error) {
    return expect.fail(`${what} does not verify with the JWKS: ${(error as Error).message}`)
  }
}

const seconds = () => Math.floor(Date.now() / 1000)

// ---------------------------------------------------------------- the contract, as a model

/** Few, so that each has many families. */
const USERS = 2

/** Users whom nobody else knows, on servers that run. */
async function withNewUsers(
  db: PostgresDatabase,
  servers: ServerSubject[],
  close = async () => {},
) {
  const users: User[] = []
  for (let index = 0; index < USERS; index++) users.push(await freshUser(db))
  return { servers, users, close }
}

/** The server that most tests share; a new one where that has died. */
async function oneServer() {
  const { db, server } = await common()
  if (!server.process.exit) return withNewUsers(db, [server])
  const own = await start(db)
  return withNewUsers(db, [own], async () => void (await own.kill()))
}

const modelOf = async (open: typeof oneServer, all?: string) =>
  familyModel({
    open,
    random: () => submission.fresh.string(24),
    keys: (await keys()).own,
    ...names(),
    all,
  })

const REQUIREMENTS = {
  C1: 'C1 answers a right password with a token pair whose access token opens /me',
  C3: 'C3 believes a rightly signed token, and none that is wrong in exp, nbf, iss, aud or sub',
  C5: 'C5 exchanges a refresh token once, and ends its family, and no other, at a second use',
  C6: 'C6 refuses a refresh token as Bearer, and an access token for a refresh',
  C9: 'C9 answers 401 to wrong passwords, 400 or 422 where a field is missing or an object',
  C10: 'C10 ends the family of a revoked refresh token, and no other',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    await database() // says what is missing, where there is no service
    await expectAgreement(await modelOf(oneServer), check, submission.fresh)
  })
}

// ---------------------------------------------------------------- the other checks

test('C1 signs tokens that verify with the JWKS and carry iss, aud, sub, iat and exp', async () => {
  const { db, server } = await common()
  const user = await freshUser(db)
  const before = seconds()
  const pair = await login(server, user)
  const after = seconds()
  const { header, claims } = partsOf(pair)
  expect(header.alg, 'alg in the header of the access token').toBe('RS256')
  const set = await jwks(server)
  const kids = set.keys.map((key) => key.kid)
  expect(kids, "the JWKS's kids hold the kid of the access token").toContain(header.kid)
  await verify(pair.accessToken, set, 'The access token')

  expect(claims.iss, 'iss').toBe(names().issuer)
  expect([claims.aud].flat(), 'aud').toContain(names().audience)
  expect(claims.sub, 'sub, the id as a string').toBe(String(user.id))
  expect(claims.iat, 'iat, in seconds').toSatisfy(
    (iat) => iat >= before - 60 && iat <= after + 60,
    `a number near ${after}`,
  )
  expect(pair.expiresIn, 'expiresIn').toBeGreaterThanOrEqual(60)
  expect(pair.expiresIn, 'expiresIn').toBeLessThanOrEqual(900)
  expect(claims.exp, 'exp, in seconds').toSatisfy(
    (exp) => exp >= before + pair.expiresIn - 2 && exp <= after + pair.expiresIn + 2,
    `expiresIn (${pair.expiresIn}) seconds from now (${after})`,
  )
})

test('C2 refuses forged tokens with 401, and asks nobody for keys', async () => {
  const { own, foreign } = await keys()
  const { db, server, user, pair } = await loggedIn()
  const victim = await freshUser(db)
  const { kid } = partsOf(pair).header
  const asked: string[] = []
  const attacker = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(jwksOf(foreign, [String(kid), 'mine'])))
  })
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve))
  cleanup(() => void attacker.close())
  const url = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/jwks.json`

  await expectMe(server, pair.accessToken, user)
  for (const [what, token] of forgeries(pair.accessToken, own, foreign, url, String(victim.id))) {
    await expectRefused(server, token, `a forged token: ${what}`)
    expect(asked, `requests to the URL in a forged token: ${what}`).toEqual([])
  }
  await expectMe(server, pair.accessToken, user, 'the honest token after the forged ones')
})

test('C2 answers 401 and WWW-Authenticate to a request without a token, or with no JWT', async () => {
  const { server } = await common()
  await expectRefused(server, undefined, 'no Authorization header')
  for (const token of ['x', 'a.b.c', '..', submission.fresh.string(40)]) {
    await expectRefused(server, token, `Bearer ${token}`)
  }
  const basic = `Basic ${Buffer.from('ada:secret').toString('base64')}`
  const answer = await server.send({ path: '/me', headers: { Authorization: basic } })
  expect(answer).toBeJsonError(401)
})

meanwhile(
  'C4 accepts and publishes the current and the previous key, and no other',
  { waits: 2 },
  async () => {
    const { own, next, foreign } = await keys()
    const { db, server, user, pair: first } = await loggedIn(ownServer)
    await verify(first.accessToken, await jwks(server), 'The access token')
    await server.stop()
    const change = async (current: Keys, previous: Keys) => {
      const env = await settings(db.url, current)
      env.JWT_PREVIOUS_PUBLIC_KEY = previous.publicPem
      return submission.startServer({ env })
    }

    const once = await change(next, own)
    await expectMe(once, first.accessToken, user, 'a token from before the change of keys')
    const second = await login(once, user)
    await expectMe(once, second.accessToken, user, 'a token of the new key')
    const set = await jwks(once)
    await verify(second.accessToken, set, 'A token of the new key')
    await verify(first.accessToken, set, 'A token of the previous key')
    const unknown = signToken(partsOf(second), foreign)
    await expectRefused(once, unknown, 'a token of a key that was never configured')
    await once.stop()

    const twice = await change(foreign, next)
    await expectMe(
      twice,
      second.accessToken,
      user,
      'a token of the key that is now the previous one',
    )
    await expectRefused(twice, first.accessToken, 'a token of the key before the previous one')
  },
)

test('C7 publishes no private member of a key', async () => {
  const { server } = await common()
  const set = await jwks(server)
  for (const key of set.keys) {
    const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].filter((name) => name in key)
    expect(secret.join(' '), 'private members of a key in the JWKS').toBe('')
  }
  expect(JSON.stringify(set), 'the text of the JWKS').not.toContain('PRIVATE KEY')
})

test('C7 lets no secret into the access token, and no refresh token into the database', async () => {
  const { db, server, user, pair } = await loggedIn()
  const next = await refresh(server, pair.refreshToken)
  const refreshTokens = {
    'a used refresh token': pair.refreshToken,
    'a live refresh token': next.refreshToken,
  }
  const secrets = { 'the password': user.password, 'the hash': user.hash, ...refreshTokens }
  const readable = [pair, next].map((each) => {
    return { place: 'the access token', content: JSON.stringify(partsOf(each)) }
  })
  expectNoLeaks(findLeaks(secrets, readable))

  const dump = await db.dump()
  expectNoLeaks(findLeaks(refreshTokens, [{ place: 'the database', content: dump }]))
  for (const [what, token] of Object.entries(refreshTokens)) {
    const found = bytesOf(token).some((hex) => dump.includes(hex))
    expectNoLeaks(found ? [`the bytes of ${what} in the database`] : [])
  }
})

function expectNoLeaks(found: string[]): void {
  if (found.length > 0) expect.fail(`Found ${[...new Set(found)].join(', and ')}.`)
}

/** What a dump shows, in hex, of a bytea column with the bytes a token's text stands for, or with its encodings. */
function bytesOf(token: string): string[] {
  const text = Buffer.from(token)
  const encoded = (['hex', 'base64', 'base64url'] as const).map((as) => text.toString(as))
  return [
    /^[0-9a-f]+$/i.test(token) ? [token.toLowerCase()] : [],
    /^[\w+/=-]+$/.test(token) ? [Buffer.from(token, 'base64url').toString('hex')] : [],
    encoded.map((each) => Buffer.from(each).toString('hex')),
  ].flat()
}

meanwhile(
  'C11 lets at most one of ten simultaneous refreshes on two copies succeed',
  { waits: 4 },
  async () => {
    const db = await withUsers()
    const user = await freshUser(db)
    // Each statement arrives late, so that looking and acting lie far apart where they are two steps.
    const slow = await proxy(db.url)
    const env = await settings(slow.url)
    const copies = [await submission.startServer({ env }), await submission.startServer({ env })]
    // Opens database connections, so that later all requests wait for the same thing.
    const warm = await Promise.all(
      Array.from({ length: 10 }, (_, i) => login(copies[i % 2]!, user)),
    )
    slow.delay(60)
    for (const { refreshToken } of warm.slice(0, 2)) {
      const requests = warm.map((_, i) => ({ to: copies[i % 2]!, ...refreshing(refreshToken) }))
      const answers = await race(requests)
      const statuses = answers.map(({ status }) => status)
      const winners = statuses.filter((status) => status === 200 || status === 201).length
      const all = `the answers: ${statuses.join(' ')}`
      expect(winners, `successes among ten uses of one refresh token; ${all}`).toBeLessThanOrEqual(
        1,
      )
      const others = statuses.filter((status) => ![200, 201, 401].includes(status))
      expect(others, `answers that are neither a success nor 401; ${all}`).toEqual([])
    }
  },
)

test('C12 knows on each copy what happened on the other', async () => {
  const { db, server: a } = await common()
  const b = await start(db)
  const open = () => withNewUsers(db, [a, b])
  await expectAgreement(await modelOf(open, 'C12'), 'C12', submission.fresh)
})

meanwhile(
  'C12 knows after SIGKILL and a restart which refresh tokens are good',
  { waits: 1 },
  async () => {
    const { server, user, pair: first } = await loggedIn(ownServer)
    const other = await login(server, user)
    const second = await refresh(server, first.refreshToken)
    const restarted = await server.restart()
    await expectMe(restarted, first.accessToken, user, 'an access token from before the restart')
    await refresh(restarted, other.refreshToken)
    const third = await refresh(restarted, second.refreshToken)
    await expectDead(restarted, first.refreshToken, 'a token that was used up before the restart')
    await expectDead(restarted, third.refreshToken, "the family's newest token after that")

    const { signal } = await restarted.stop(20_000)
    expect(signal, 'what ended the server; 20 s after SIGTERM it still ran').not.toBe('SIGKILL')
  },
)

meanwhile(
  'C13 starts twice at the same moment on a database without its tables',
  { waits: 1 },
  async () => {
    const db = await withUsers()
    const user = await freshUser(db)
    const letGo = await holdNewTables(db)
    const starting = Promise.allSettled([start(db), start(db)])
    let ended = false
    void starting.then(() => {
      ended = true
    })
    // Once one waits the other has 10 s to come to it, too; on a busy machine both take a while to start.
    let since: number | undefined
    const bothWait = async () => {
      if (ended) return true
      const waiting = await db.waiting()
      if (waiting > 0) since ??= performance.now()
      return waiting >= 2 || (since !== undefined && performance.now() - since > 10_000)
    }
    // After 20 s it is let go all the same: a copy has 30 s to listen. One that makes its tables later
    // has nothing to wait for.
    await expect
      .poll(bothWait, { timeout: 20_000, interval: 20 })
      .toBe(true)
      .catch(() => {})
    await letGo()
    const copies = (await starting).map((outcome) => {
      if (outcome.status === 'fulfilled') return outcome.value
      const { reason } = outcome
      if (!(reason instanceof SubjectError)) throw reason
      return expect.fail(
        `Of two copies started at the same moment one did not start: ${reason.message}`,
      )
    })
    const json = { email: user.email, password: user.password }
    const sending = { method: 'POST', path: '/token', json }
    const pairs = (await race(copies.map((to) => ({ to, ...sending })))).map(pairOf)
    await refresh(copies[0]!, pairs[1]!.refreshToken)
    await refresh(copies[1]!, pairs[0]!.refreshToken)
  },
)

/**
 * From now on everybody can look whether a table exists, and nobody can add one until the returned
 * function is called: so all copies look before one acts. Without the right to do this (on a
 * managed server) the copies just start together.
 */
async function holdNewTables(db: PostgresDatabase): Promise<() => Promise<void>> {
  await db.query('reset role')
  await db.query('begin')
  try {
    await db.query('lock table pg_catalog.pg_class in share mode')
  } catch {
    await db.query('rollback')
  }
  return async () => {
    await db.query('rollback')
    await db.query(`set role "${db.name}"`)
  }
}

const text = junkText.map((each) => each.replaceAll(/[^\t\x20-\x7e]/g, '?'))
const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')
const junkJwt = fc
  .tuple(junkJson(['alg', 'kid', 'typ', 'crit', 'jwk']), junkJson(['sub', 'exp', 'aud']), text)
  .map(([header, claims, tail]) => `${json(header)}.${json(claims)}.${tail}`)
const bodies = fc.oneof(
  junkJson(['email', 'password', 'refreshToken']).map((value) => ({ json: value })),
  junkBody.map((body) => ({ headers: { 'Content-Type': 'application/json' }, body })),
)
const junk = fc.oneof(
  fc
    .tuple(fc.constantFrom('/token', '/token/refresh', '/token/revoke'), bodies)
    .map(([path, body]): Sending => ({ method: 'POST', path, ...body })),
  fc
    .tuple(fc.constantFrom('Bearer ', 'bearer ', 'Bearer', 'Basic ', ''), fc.oneof(text, junkJwt))
    .map(([scheme, token]): Sending => {
      return { path: '/me', headers: { Authorization: `${scheme}${token}`.slice(0, 8000) } }
    }),
)

test('C15 answers 4xx to odd values and to junk, and works afterwards', async () => {
  const db = await database()
  const user = await freshUser(db)
  const { email, password } = user
  const server = await start(db)
  const odd = ['\0', `${submission.fresh.word()}\0`, 7, null, [], [1, 2], true, 'x'.repeat(200_000)]
  const cases = odd.flatMap((value): [string, unknown][] => [
    ['/token', { email: value, password }],
    ['/token', { email, password: value }],
    ['/token/refresh', { refreshToken: value }],
    ['/token/revoke', { refreshToken: value }],
  ])
  const whole = [null, [], 'x', 7].map((value): [string, unknown] => ['/token/refresh', value])
  // More than 64 KiB, and less than what frameworks allow by themselves.
  const large: [string, unknown] = ['/token', { note: 'x'.repeat(80_000), email, password }]
  for (const [path, value] of [...cases, ...whole, large]) {
    const text = JSON.stringify(value)
    const tooLarge = text.length > 65_536
    const shown = tooLarge ? `${text.slice(0, 80)}… (${text.length} bytes, more than 64 KiB)` : text
    const answer = await server.send({ method: 'POST', path, json: value }).catch((error) => {
      // The contract lets a server hang up on a body that is too large.
      const hungUp = error instanceof SubjectError && error.fault === 'connection'
      if (hungUp && tooLarge) return undefined
      throw error
    })
    if (!answer) continue
    // Revoking what nobody knows may succeed.
    const least = path === '/token/revoke' ? 200 : 400
    expect(answer.status, `the status of POST ${path} ${shown}`).toBeGreaterThanOrEqual(least)
    expect(answer.status, `the status of POST ${path} ${shown}`).toBeLessThan(500)
  }
  await survivesJunk(server, junk, {
    seed: submission.seed,
    runs: 100,
    healthy: async () => {
      const pair = await login(server, user)
      await expectMe(server, pair.accessToken, user)
      await refresh(server, pair.refreshToken)
    },
  })
})

test('C15 answers 401 to a good token under a scheme that is not Bearer', async () => {
  const { server, user, pair } = await loggedIn()
  await expectMe(server, pair.accessToken, user)
  for (const scheme of ['Basic', 'Token', 'XBearer', 'Basic Bearer']) {
    const what = `a good access token after "${scheme}" for "Bearer"`
    await expectRefused(server, pair.accessToken, what, scheme)
  }
})

// The checks of a start that must fail come last: a server that then neither listens nor ends is
// not started again by the harness.

/** Starts a server that must end by itself within 10 s, with an exit code other than 0. */
async function expectNoStart(env: Record<string, string>, what: string): Promise<void> {
  let outcome = await startAndEnd(env)
  // A program that ends after an answer is looked at again: where it never listened, another
  // program on this machine may have taken its port and answered in its place.
  if (outcome.startsWith('It answered')) outcome = await startAndEnd(env)
  if (!/exited with code (?!0\b)\d+/.test(outcome)) {
    expect.fail(`Started with ${what}, it must end with an exit code other than 0. ${outcome}`)
  }
}

/** Tries all at once; of those that go wrong the first in the list is shown, not the quickest. */
async function expectNoStarts(tries: [env: Record<string, string>, what: string][]): Promise<void> {
  const outcomes = await Promise.allSettled(tries.map((each) => expectNoStart(...each)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/** Says in words how the start of a server went. */
async function startAndEnd(env: Record<string, string>): Promise<string> {
  try {
    const server = await submission.startServer({ env })
    const late = setTimeout(() => void server.kill(), 10_000)
    const { code } = await server.process.exited
    clearTimeout(late)
    return code === null ? 'The server runs.' : `It answered before it ended with code ${code}.`
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error
    return error.message
  }
}

const NEEDED = ['JWT_PRIVATE_KEY', 'JWT_PUBLIC_KEY', 'JWT_ISSUER', 'JWT_AUDIENCE']

meanwhile('C8 does not start when one of its four variables is missing or empty', async () => {
  const all = await settings((await withUsers()).url)
  for (const name of NEEDED) {
    const { [name]: _, ...rest } = all
    await expectNoStarts([
      [rest, `no ${name}`],
      [{ ...rest, [name]: '' }, `an empty ${name}`],
    ])
  }
})

meanwhile('C14 does not start with a key that cannot be read', async () => {
  const all = await settings((await withUsers()).url)
  for (const name of NEEDED.slice(0, 2)) {
    const framed = (all[name] ?? '').replaceAll(/^[^-].*$/gm, submission.fresh.string(64))
    await expectNoStarts([
      [{ ...all, [name]: submission.fresh.word() }, `${name} that is no PEM`],
      [{ ...all, [name]: framed }, `${name} with a PEM frame around no key`],
    ])
  }
})
