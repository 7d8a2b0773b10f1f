import http from 'node:http'
import { expect, test } from 'vitest'
import {
  type Answer,
  findLeaks,
  meanwhile,
  openSubmission,
  race,
  type Sending,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { type Held, holdAnswer, holdUpload } from './held.ts'
import {
  brokenRule,
  isRequestLine,
  LEVELS,
  type Level,
  type Line,
  levelOf,
  shown,
  timeOf,
} from './lines.ts'
import {
  expectLevel,
  expectLine,
  failWith,
  type Kind,
  kindsOf,
  makeCustomer,
  makeParcel,
  RULES,
  sendKind,
  told,
} from './requests.ts'
import { failing, newId, openWorld, posting, type Sent, type World } from './world.ts'

const submission = openSubmission(import.meta)

const GOOD_ID = /^[A-Za-z0-9_-]{8,64}$/

/** One server for most tests, which writes all that it can. */
const open = sharedUntilFailure(
  () => openWorld(submission, 'debug'),
  (world) => world.close(),
)

/** Runs jobs in some lanes, each with a connection of its own that stays open. */
async function inLanes<T>(
  lanes: number,
  jobs: T[],
  run: (job: T, agent: http.Agent) => Promise<unknown>,
): Promise<void> {
  const queue = [...jobs]
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      try {
        for (let job = queue.shift(); job !== undefined; job = queue.shift()) await run(job, agent)
      } finally {
        agent.destroy()
      }
    }),
  )
}

/** Every line is one, and has what each must have. */
function expectLines({ lines, startedAt }: World, from = 0): void {
  for (const line of lines.all.slice(from)) {
    const rule = brokenRule(line, startedAt)
    if (!rule) continue
    expect.fail(`stdout has this line:\n${shown([line])}\nIt breaks the rule: ${rule}`)
  }
}

/** Plays requests one after the other, each with its line. */
async function playOneByOne(world: World, kinds: Kind[]): Promise<{ sent: Sent; line: Line }[]> {
  const played: { sent: Sent; line: Line }[] = []
  for (const kind of kinds) {
    const sent = await sendKind(world, kind)
    await world.requestLines(sent.id)
    played.push({ sent, line: expectLine(world, sent, kind) })
  }
  return played
}

// ---------------------------------------------------------------- C1: the lines

test('C1 writes nothing to stdout but JSON objects, each with time, level and msg', async () => {
  const world = await open()
  const customer = await makeCustomer(world, submission)
  const kinds = kindsOf(submission.fresh, await makeParcel(world), customer)
  for (const kind of kinds) await sendKind(world, kind)
  await world.flush()
  expectLines(world)
  if (world.lines.all.length === 0) {
    expect.fail(`stdout is empty after ${kinds.length} requests.\nThe rule: ${RULES.one}`)
  }
})

test('C1 writes one line for each request, with method, path, status, duration and user', async () => {
  const world = await open()
  const { fresh } = submission
  const customer = await makeCustomer(world, submission)
  const other = await makeCustomer(world, submission)
  const code = await makeParcel(world)
  const kinds = [...kindsOf(fresh, code, customer), ...kindsOf(fresh, code, other)]
  const played = await playOneByOne(world, fresh.shuffle(kinds))
  // Whatever comes late has come by the time that another request has its line.
  await world.flush()
  for (const { sent } of played) expectLine(world, sent, {})
  const nameless = world.lines.all.filter(
    (line) => isRequestLine(line) && !GOOD_ID.test(String(line.fields!.requestId)),
  )
  if (nameless.length > 0) {
    const asked = 'each line with "durationMs" must have the requestId of its request'
    failWith(`after ${played.length} requests`, asked, RULES.requestId, nameless)
  }
})

test('C1 loses and doubles none of the lines of 500 requests', async () => {
  const world = await open()
  const { fresh } = submission
  const customer = await makeCustomer(world, submission)
  const kinds = kindsOf(fresh, await makeParcel(world), customer)
  const jobs = fresh.list(500, () => ({ id: newId(submission), kind: fresh.pick(kinds) }))
  const all: { sent: Sent; kind: Kind }[] = []
  await inLanes(20, jobs, async ({ id, kind }, agent) => {
    const sent = await world.send(kind.sending, { id, agent })
    expect(sent.answer, 'by the API, which is as the starter has it').toHaveStatus(...kind.statuses)
    all.push({ sent, kind })
  })
  await world.allWritten(jobs.map(({ id }) => id))
  await world.flush()
  for (const { sent, kind } of all) expectLine(world, sent, kind)
  expectLines(world)
})

test('C1 leaves GET /livez out', async () => {
  const world = await open()
  await world.flush()
  const from = world.lines.all.length
  const ids: string[] = []
  for (const path of ['/livez', '/livez?x=1', '/livez', '/livez']) {
    const { id, answer } = await world.send({ path })
    expect(answer, 'by the API, which is as the starter has it').toHaveStatus(200)
    ids.push(id)
  }
  await world.flush()
  const about = world.lines.all.slice(from).filter(({ text }) => {
    return text.includes('/livez') || ids.some((id) => text.includes(id))
  })
  if (about.length > 0) failWith('GET /livez', 'nothing may tell of it', RULES.livez, about)
})

// ---------------------------------------------------------------- C2: ids

const LOADING =
  'before a parcel is read from the database: `msg` is `loading parcel`, the level `debug`, `code` the one in the path, decoded'
const LOADED =
  'after that: `msg` is `parcel loaded`, the level `debug`, with `code`, and `found`, `true` or `false`'

/** The two lines of the data layer, which one request for a parcel has. */
function expectDataLines(world: World, id: string, code: string, found: boolean): void {
  const own = world.lines.of(id)
  const what = `GET /parcels/${encodeURIComponent(code)} with X-Request-Id: ${id}`
  const withMsg = (msg: string) => own.filter(({ fields }) => fields!.msg === msg)
  for (const [msg, rule] of [
    ['loading parcel', LOADING],
    ['parcel loaded', LOADED],
  ] as const) {
    const lines = withMsg(msg)
    const elsewhere = world.lines
      .having({ msg, code })
      .filter(({ fields }) => fields!.requestId !== id)
    if (lines.length === 0 && elsewhere.length > 0) {
      failWith(what, `the line "${msg}" must have its requestId`, RULES.requestId, elsewhere)
    }
    if (lines.length !== 1) {
      failWith(what, `it must have one line "${msg}", and has ${lines.length}`, rule, own)
    }
    if (lines[0]!.fields!.code !== code) {
      const whose = world.lines.having({ msg, code })
      const isStrange = whose.length > 0
      const asked = `"code" of its line "${msg}" must be ${JSON.stringify(code)}`
      failWith(what, asked, isStrange ? RULES.requestId : rule, [...lines, ...whose])
    }
    if (levelOf(lines[0]!) !== LEVELS.debug) {
      failWith(what, `the level of "${msg}" must be debug`, rule, lines)
    }
  }
  const [loaded] = withMsg('parcel loaded')
  if (loaded!.fields!.found !== found) {
    failWith(what, `"found" must be ${found}`, LOADED, [loaded!])
  }
  const order = own.map(({ fields }) => fields!.msg)
  if (order.indexOf('loading parcel') > order.indexOf('parcel loaded')) {
    failWith(what, '"loading parcel" must come before "parcel loaded"', LOADED, own)
  }
}

test('C2 gives each of 100 requests at once the lines that are its own', async () => {
  const world = await open()
  const { fresh } = submission
  const codes: string[] = []
  await inLanes(10, fresh.list(30, () => fresh.city()), async (town) => {
    codes.push(await makeParcel(world, town))
  })
  const jobs = fresh.shuffle([
    ...codes.map((code) => ({ code, found: true, id: newId(submission) })),
    ...fresh.list(70, () => ({ code: fresh.unique(), found: false, id: newId(submission) })),
  ])
  const requests = jobs.map(({ code, id }, index) => ({
    to: world.server,
    path: `/parcels/${code}${index % 10 === 0 ? '/label?ms=20' : ''}`,
    headers: { 'X-Request-Id': id },
  }))
  const answers = await race(requests)
  await world.allWritten(jobs.map(({ id }) => id))
  await world.flush()
  for (const [index, { code, found, id }] of jobs.entries()) {
    const answer = answers[index]!
    const [path = ''] = requests[index]!.path.split('?')
    expect(answer, 'by the API, which is as the starter has it').toHaveStatus(found ? 200 : 404)
    const sent: Sent = { id, sending: { path }, answer, ms: 60_000 }
    expectDataLines(world, id, code, found)
    expectLine(world, sent, { userId: null })
  }
})

const ID_RULES = {
  good: '`X-Request-Id` with 8 to 64 letters `A–Z` `a–z`, digits, `_` or `-`: is the `requestId`',
  other: 'any other, or none: you make one of that form, another one for each request',
  answer: 'the answer: carries it as `X-Request-Id`',
}

/** Sends requests with this X-Request-Id, or none, and returns the ids that came back. */
async function idsOf(world: World, header: string | undefined, sendings: Sending[]) {
  const ids: { id: string; what: string; answer: Answer }[] = []
  for (const sending of sendings) {
    const headers = { ...sending.headers, ...(header !== undefined && { 'X-Request-Id': header }) }
    const answer = await world.server.send({ ...sending, headers })
    const how = header === undefined ? 'without X-Request-Id' : `with X-Request-Id: ${header}`
    const what = `${answer.request} ${how}, answered with ${answer.status}`
    const id = answer.headers['x-request-id']
    if (typeof id !== 'string') {
      expect.fail(`${what}: the answer has none.\nThe rule: ${ID_RULES.answer}`)
    }
    ids.push({ id, what, answer })
  }
  return ids
}

test('C2 takes the X-Request-Id that was sent, where it has the right form, and makes others', async () => {
  const world = await open()
  const { fresh } = submission
  const code = await makeParcel(world)
  const kinds: Sending[] = [
    { path: `/parcels/${code}` },
    { path: '/nothing-here' },
    failing(code),
    { method: 'POST', path: '/parcels', body: '{', headers: { 'Content-Type': 'application/json' } },
  ]
  const good = [
    fresh.string(8),
    fresh.string(64),
    `${fresh.string(6).toUpperCase()}_-_${fresh.string(9)}`,
    `--------${fresh.string(4)}`,
  ]
  for (const header of good) {
    for (const { id, what } of await idsOf(world, header, kinds)) {
      const rule = `${ID_RULES.good}; ${ID_RULES.answer}`
      expect(id, `X-Request-Id of the answer: ${what}. The rule: ${rule}`).toBe(header)
    }
    const written = () => world.lines.of(header).filter(isRequestLine)
    await world.until(() => written().length >= kinds.length)
    if (written().length !== kinds.length) {
      const what = `${kinds.length} requests with X-Request-Id: ${header}`
      failWith(what, 'each must have its line', ID_RULES.good, world.lines.all.slice(-3))
    }
  }
  const bad = [
    undefined,
    fresh.string(7),
    fresh.string(65),
    `${fresh.string(6)} ${fresh.string(6)}`,
    `${fresh.string(8)};x=1`,
    `{"${fresh.string(8)}":1}`,
    `${fresh.string(8)}\u00e9`,
    `${fresh.string(10)}.${fresh.string(4)}`,
  ]
  const seen = new Set<string>()
  for (const header of bad) {
    for (const { id, what, answer } of await idsOf(world, header, kinds)) {
      const isOwn = GOOD_ID.test(id) && !seen.has(id) && id !== header
      const again = seen.has(id) ? ', as that of another one' : ''
      if (!isOwn) expect.fail(`${what}: the answer has ${id}${again}.\nThe rule: ${ID_RULES.other}`)
      seen.add(id)
      const lines = await world.requestLines(id)
      if (lines.length !== 1 || lines[0]!.fields!.status !== answer.status) {
        const asked = `one line must have "requestId":"${id}", as the answer has`
        failWith(what, asked, ID_RULES.answer, lines.length > 0 ? lines : world.lines.all.slice(-3))
      }
    }
  }
})

// ---------------------------------------------------------------- C3: secrets

test('C3 writes no secret to stdout or stderr', async () => {
  // One of its own: what it prints is searched from the beginning.
  const world = await openWorld(submission, 'debug')
  const { fresh } = submission
  const code = await makeParcel(world)
  const customer = await makeCustomer(world, submission)
  const json = { 'Content-Type': 'application/json' }
  const secrets: Record<string, string> = {
    'the password of POST /customers and POST /login': customer.password,
    'the token that POST /login made': customer.token,
    'the e-mail of a customer': customer.email,
    BANK_KEY: world.bankKey,
  }
  /** A value that must not be written. */
  const secret = (what: string, value = fresh.string(14)): string => {
    secrets[what] = value
    return value
  }
  const card = (what: string, last: number) => {
    return secret(what, `4${fresh.string(14, '0123456789')}${last}`)
  }
  const { email, password, token } = customer
  const bearer = (value: string) => ({ Authorization: `Bearer ${value}` })
  const sendings: Sending[] = [
    posting('/customers', { email, password: secret('the password of a POST /customers that got 409') }),
    posting('/login', { email, password: secret('the wrong password of a POST /login') }),
    posting('/login', {
      email: secret('the e-mail of a POST /login for nobody', fresh.email()),
      password: secret('the password of a POST /login for nobody'),
    }),
    // A parser's message shows the place.
    {
      method: 'POST',
      path: '/login',
      body: `{"password":${secret('a password in a malformed body', `z${fresh.string(8)}`)}`,
      headers: json,
    },
    {
      method: 'POST',
      path: '/login',
      body: `{"email":"${email}","password":"${secret('a password in a longer malformed body')}",}`,
      headers: json,
    },
    posting('/login', { email, password: [secret('a password in a list')] }),
    posting('/login', { email, credentials: { password: secret('a password one level deeper') } }),
    posting('/parcels', { town: '', password: secret('a password sent to POST /parcels') }),
    { path: '/me', headers: bearer(token) },
    { path: `/me?token=${token}` },
    { path: '/me', headers: bearer(secret('a wrong token in Authorization')) },
    { path: `/me?token=${secret('a wrong token in a query')}` },
    { path: `/nothing-here?a=1&token=${secret('a token in the query of an unknown path')}` },
    { path: `/parcels/${fresh.unique()}?token=${secret('a token in the query of a 404')}` },
    { ...failing(code), path: `/parcels/${code}/pay?token=${secret('a token in the query of a 500')}` },
    { ...failing(code), headers: bearer(token) },
    { ...failing(code), headers: bearer(secret('a wrong token in Authorization, with a 500')) },
    {
      path: `/parcels/${code}`,
      headers: {
        Cookie: `session=${secret('a cookie')}; theme=dark`,
        Authorization: `Basic ${secret('a value of Authorization')}`,
      },
    },
    {
      path: '/nothing-here',
      headers: { Cookie: `session=${secret('a cookie of a 404')}`, ...bearer(token) },
    },
    { ...failing(code), headers: { Cookie: `session=${secret('a cookie of a 500')}` } },
    posting(`/parcels/${code}/pay`, { card: { number: card('a card number', 1) } }),
    posting(`/parcels/${code}/pay`, { card: { number: card('a card number, the bank being away', 0) } }),
    posting(`/parcels/${code}/pay`, {
      order: { payment: { card: { number: card('a card number deep in a body that got 422', 3) } } },
    }),
    posting(`/parcels/${code}/pay`, { card: { number: Number(card('a card number as a JSON number', 2)) } }),
    posting(`/parcels/${fresh.unique()}/pay`, {
      card: { number: card('a card number for a parcel that nobody has', 4) },
    }),
    {
      method: 'POST',
      path: `/parcels/${code}/pay`,
      body: `{"card":{"number":"${card('a card number in a malformed body', 5)}"}`,
      headers: json,
    },
  ]
  const sent: Sent[] = []
  for (const sending of fresh.shuffle(sendings)) sent.push(await world.send(sending))
  await world.allWritten(sent.map(({ id }) => id))
  await world.flush()
  const places = [
    ...world.lines.all.map(({ text }) => ({ place: `this line of stdout:\n  ${text}`, content: text })),
    { place: 'stdout, after its last newline', content: world.lines.rest },
    { place: 'what it wrote to stdout and stderr', content: world.server.output() },
  ]
  const leaks = findLeaks(secrets, places)
  if (leaks.length > 0) {
    const rule =
      'They stand nowhere in stdout or stderr, neither as they are nor in base64, hex or URL-encoded'
    const more = leaks.length > 1 ? `\n(${leaks.length} such places in all.)` : ''
    expect.fail(`There is ${leaks[0]}${more}\nThe rule: ${rule}.`)
  }
  // Silence is no answer: each request has its line all the same.
  for (const one of sent) expectLine(world, one, {})
})

// ---------------------------------------------------------------- C4: levels, errors, failed logins

test('C4 gives each answer its level, and each error its stack, once', async () => {
  const world = await open()
  const { fresh } = submission
  const customer = await makeCustomer(world, submission)
  const code = await makeParcel(world)
  const kinds = kindsOf(fresh, code, customer)
  const played = await playOneByOne(world, fresh.shuffle([...kinds, ...kinds]))
  await world.flush()
  for (const { sent, line } of played) expectLevel(world, sent, line)
})

const CREATED =
  'a parcel is made: `msg` is `parcel created`, the level `info`, with `code` and `town`'

test('C4 tells of each parcel that is made', async () => {
  const world = await open()
  const { fresh } = submission
  for (const town of fresh.list(5, () => fresh.city())) {
    const sent = await sendKind(world, { sending: posting('/parcels', { town }), statuses: [201] })
    await world.requestLines(sent.id)
    const lines = world.lines.of(sent.id).filter(({ fields }) => fields!.msg === 'parcel created')
    const { code } = sent.answer.body
    const isRight =
      lines.length === 1 &&
      lines[0]!.fields!.code === code &&
      lines[0]!.fields!.town === town &&
      levelOf(lines[0]!) === LEVELS.info
    if (isRight) continue
    const asked = `one line must have {"msg":"parcel created","code":"${code}","town":"${town}"} and the level info`
    failWith(told(sent), asked, CREATED, lines.length > 0 ? lines : world.lines.of(sent.id))
  }
  const refused = await sendKind(world, { sending: posting('/parcels', {}), statuses: [400, 422] })
  await world.requestLines(refused.id)
  const lines = world.lines.of(refused.id).filter(({ fields }) => fields!.msg === 'parcel created')
  if (lines.length > 0) failWith(told(refused), 'no parcel was made', CREATED, lines)
})

const FAILED =
  '`401` for `POST /login`: one line, its own or the request’s, has `event: "login_failed"` and the level `warn` or `info`'
const WHOSE =
  'with `emailDomain`, what stands after the `@`, or `emailHash`, a text that is the same for the same e-mail only'

test('C4 tells of each login that fails, and whose it was by domain or hash', async () => {
  const world = await open()
  const { fresh } = submission
  const customer = await makeCustomer(world, submission)
  const domain = () => `${fresh.unique()}.example`
  const emails = [customer.email, `${fresh.word()}@${domain()}`, `${fresh.word()}@${domain()}`]
  // At once, for the hash of a password takes a while, and whose request it was is easily forgotten.
  const sent = await Promise.all(
    [...emails, ...emails].map((email) =>
      sendKind(world, {
        sending: posting('/login', { email, password: fresh.string(12) }),
        statuses: [401],
      }),
    ),
  )
  const hashes = new Map<string, Set<string>>()
  for (const one of sent) {
    const { email } = one.sending.json as { email: string }
    await world.requestLines(one.id)
    const own = world.lines.of(one.id)
    const lines = own.filter(({ fields }) => fields!.event === 'login_failed')
    if (lines.length !== 1) {
      const asked = `one line must have "event":"login_failed" and its requestId, and ${lines.length} have`
      failWith(told(one), asked, FAILED, own)
    }
    const [line] = lines
    const level = levelOf(line!)
    if (level !== LEVELS.warn && level !== LEVELS.info) {
      failWith(told(one), 'its level must be warn or info', FAILED, lines)
    }
    const { emailDomain, emailHash } = line!.fields!
    const of = email.split('@')[1]!
    const byDomain = typeof emailDomain === 'string' && emailDomain.toLowerCase() === of
    const byHash = typeof emailHash === 'string' && emailHash.length >= 4
    if (!byDomain && !byHash) {
      failWith(told(one), `"emailDomain" must be "${of}", or "emailHash" a text`, WHOSE, lines)
    }
    if (byHash) hashes.set(email, (hashes.get(email) ?? new Set<string>()).add(emailHash))
  }
  const sets = [...hashes.values()]
  const different = new Set(sets.flatMap((set) => [...set]))
  if (sets.some((set) => set.size > 1) || different.size < sets.length) {
    const lines = world.lines.having({ event: 'login_failed' })
    failWith('six failed logins of three e-mails', '"emailHash" tells them apart', WHOSE, lines)
  }
  const good = await sendKind(world, {
    sending: posting('/login', { email: customer.email, password: customer.password }),
    statuses: [200],
  })
  await world.requestLines(good.id)
  const lines = world.lines.of(good.id).filter(({ fields }) => fields!.event === 'login_failed')
  if (lines.length > 0) failWith(told(good), 'it has not failed', FAILED, lines)
})

// ---------------------------------------------------------------- C5: hostile text

const TEXTS =
  'what people send: stands in its field as the text that it is: quotes, newlines and escape sequences make no lines and change none'

const MOST_PATH = 95

test('C5 keeps newlines, quotes, escape sequences and JSON inside one line', async () => {
  const world = await open()
  const { fresh } = submission
  const mark = fresh.unique('forged')
  const forged = `{"time":"2026-03-29T10:00:00.000Z","level":"error","msg":"${mark}","durationMs":1}`
  const texts = [
    `Cork\n${forged}`,
    `Cork\r\n${forged}\r\n`,
    `"}\n${forged}\n{"a":"`,
    `Cork\n{"${mark}":1}`,
    'Cork","level":"fatal","x":"',
    '\u001b[2J\u001b[31mCork\u001b[0m',
    '\u0007\b\f\v\u001b]0;title\u0007',
    'Cork\\nLimerick \\u001b',
    'Cork\u2028Limerick\u2029\u0085',
    '\u202eCork',
    '%s %d %j %o %O %c %%',
    '{jndi:ldap:example.test} {} {0} {{7*7}}',
    '__proto__',
    '📦 Zürich → São Tomé',
  ]
  const from = world.lines.all.length
  for (const town of fresh.shuffle(texts)) {
    const sent = await sendKind(world, { sending: posting('/parcels', { town }), statuses: [201] })
    await world.requestLines(sent.id)
    const lines = world.lines.of(sent.id).filter(({ fields }) => fields!.msg === 'parcel created')
    if (lines.length !== 1 || lines[0]!.fields!.town !== town) {
      const asked = `"town" of the line "parcel created" must be ${JSON.stringify(town)}`
      const came = lines.length > 0 ? lines : world.lines.all.slice(-4)
      failWith(told(sent), asked, TEXTS, came)
    }
    const id = newId(submission)
    const path = `/parcels/${encodeURIComponent(town)}`
    // Some routers take no longer values from a path.
    if (path.length > MOST_PATH) continue
    const asked = await world.send({ path }, { id })
    expect(asked.answer, 'by the API, which is as the starter has it').toHaveStatus(404, 400, 422)
    await world.requestLines(id)
    // What a server refuses for its form is not looked for.
    if (asked.answer.status === 404) expectDataLines(world, id, town, false)
    expectLine(world, asked, { userId: null })
  }
  await world.flush()
  expectLines(world, from)
  const wrong = world.lines.all.filter(
    ({ fields }) => fields!.msg === mark || Object.hasOwn(fields!, mark),
  )
  if (wrong.length > 0) failWith('a town with a newline and JSON', 'it must make no line', TEXTS, wrong)
})

// ---------------------------------------------------------------- C6: LOG_LEVEL

const LEVEL_RULES = {
  below: '`LOG_LEVEL` is `debug`, `info`, `warn` or `error`: lines below it are not written',
  others: '`LOG_LEVEL` is `debug`, `info`, `warn` or `error`: all others are',
  none: 'no `LOG_LEVEL`: is `info`',
}

/** A line that the contract asks for, without what differs each time. */
type Said = { line: string; level: number }

const NAMED = ['loading parcel', 'parcel loaded', 'parcel created']

/** The line as far as the contract asks for it; nothing of those that it does not ask for. */
function saidIn(line: Line): Said[] {
  const { msg, event } = line.fields!
  const level = levelOf(line)!
  if (isRequestLine(line)) return [{ line: 'the line of the request', level }]
  if (event === 'login_failed') return [{ line: event, level }]
  return NAMED.includes(String(msg)) ? [{ line: String(msg), level }] : []
}

/** Plays the same requests on any server, and returns what it said of each. */
async function saidBy(level: Level | undefined): Promise<{ what: string; said: Said[] }[]> {
  const world = await openWorld(submission, level)
  const { fresh } = submission
  const code = await makeParcel(world)
  const nobody = { email: fresh.email(), password: fresh.string(12) }
  const kinds: Kind[] = [
    { sending: { path: `/parcels/${code}` }, statuses: [200] },
    { sending: { path: '/parcels/nothing' }, statuses: [404] },
    { sending: posting('/parcels', { town: 'Cork' }), statuses: [201] },
    { sending: posting('/login', nobody), statuses: [401] },
    { sending: failing(code), statuses: [500] },
    { sending: { path: '/livez' }, statuses: [200] },
  ]
  const sent: Sent[] = []
  for (const kind of kinds) sent.push(await sendKind(world, kind))
  await world.flush(failing(code))
  expectLines(world)
  const least = LEVELS[level ?? 'info']
  const low = world.lines.all.filter((line) => levelOf(line)! < least)
  const set = level ? `LOG_LEVEL=${level}` : 'no LOG_LEVEL'
  if (low.length > 0) {
    const rule = level ? LEVEL_RULES.below : `${LEVEL_RULES.none}. ${LEVEL_RULES.below}`
    failWith(`with ${set}`, 'these lines must not be there', rule, low)
  }
  const said = sent.map((one) => ({
    what: `${told(one)}, with ${set}`,
    said: world.lines.of(one.id).flatMap(saidIn),
  }))
  await world.close()
  return said
}

meanwhile('C6 writes the lines of its level and above, and no others', async () => {
  const all = await saidBy('debug')
  for (const level of ['info', undefined, 'warn', 'error'] as const) {
    const least = LEVELS[level ?? 'info']
    const some = await saidBy(level)
    for (const [index, { what, said }] of some.entries()) {
      const wanted = all[index]!.said.filter((one) => one.level >= least)
      const rule = level ? LEVEL_RULES.others : LEVEL_RULES.none
      const say = `${what}: its lines must be those that LOG_LEVEL=debug has from ${level ?? 'info'} on. The rule: ${rule}`
      expect(said, say).toEqual(wanted)
    }
    // One that says nothing on any level would agree with itself.
    const [found, , made, , failed] = some.map(({ said }) => said)
    const must = (holds: boolean, what: string) => {
      if (!holds) expect.fail(`with ${level ? `LOG_LEVEL=${level}` : 'no LOG_LEVEL'}, ${what}.`)
    }
    must(failed!.length > 0, `a 500 must have its line. The rule: ${LEVEL_RULES.others}`)
    if (least > LEVELS.info) continue
    const rule = level ? LEVEL_RULES.others : LEVEL_RULES.none
    must(found!.length > 0, `a 200 must have its line. The rule: ${rule}`)
    must(made!.length > 1, `a new parcel must have its line. The rule: ${rule}`)
  }
  const names = all[0]!.said.map(({ line }) => line)
  const what = `the lines of GET /parcels/{code} with LOG_LEVEL=debug. The rule: ${LOADING}`
  expect(names, what).toContain('loading parcel')
})

// ---------------------------------------------------------------- C7: the end

/** How long a program may take to end: the house rules give it 5 s. */
const END = 6000

type Exit = Awaited<World['server']['process']['exited']>

/** Waits until the process has ended. @returns how it ended; undefined where it is still there */
async function endOf({ server }: World): Promise<Exit | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, END, undefined)
  })
  const exit = await Promise.race([server.process.exited, late])
  clearTimeout(timer)
  return exit
}

/** What it wrote last may come a moment after its end is known. */
const lastWords = ({ lines, until }: World, ids: { id: string }[]) =>
  until(() => ids.every(({ id }) => lines.of(id).some(isRequestLine)), 500)

/** Requests of all kinds in lanes, each with its answer. */
async function traffic(world: World, code: string, count: number): Promise<Sent[]> {
  const { fresh } = submission
  const sendings: Sending[] = [
    { path: `/parcels/${code}` },
    { path: `/parcels/${code}?x=1` },
    { path: '/parcels/nothing' },
    { path: '/nothing-here' },
    posting('/parcels', { town: 'Cork' }),
    { path: '/me' },
  ]
  const jobs = fresh.list(count, () => ({ id: newId(submission), sending: fresh.pick(sendings) }))
  const sent: Sent[] = []
  await inLanes(10, jobs, async ({ id, sending }, agent) => {
    sent.push(await world.send(sending, { id, agent }))
  })
  return sent
}

const SIGTERM =
  'SIGTERM: every request whose head had come has its line, and every line is out before the process ends'

meanwhile('C7 has every line out when it ends after SIGTERM', { waits: 3 }, async () => {
  for (const moment of ['at once', 'with requests under way']) {
    const world = await openWorld(submission, 'debug')
    const code = await makeParcel(world)
    const held: Held[] = []
    const sent = await traffic(world, code, 200)
    if (moment !== 'at once') {
      for (const ms of [600, 800, 1000]) {
        const path = `/parcels/${code}/label?ms=${ms}`
        held.push(holdAnswer(world.server, newId(submission), path))
      }
      // They are surely under way.
      await world.until(() => held.every(({ id }) => world.lines.of(id).length > 0))
    }
    world.server.process.signal('SIGTERM')
    await endOf(world)
    await lastWords(world, [...sent, ...held])
    await world.close()
    const count = ({ id }: { id: string }) => world.lines.of(id).filter(isRequestLine).length
    const say = (which: string, lost: number, of: number) =>
      `SIGTERM ${moment === 'at once' ? 'just after 200 answers' : 'with three slow answers under way'}: ${lost} of the ${of} ${which} have no line, or more than one.\nThe rule: ${SIGTERM}`
    const lost = sent.filter((one) => count(one) !== 1).length
    if (lost > 0) expect.fail(say('requests that were answered', lost, sent.length))
    const lostHeld = held.filter((one) => count(one) !== 1).length
    if (lostHeld > 0) expect.fail(say('requests that were under way', lostHeld, held.length))
    expectLines(world)
    if (world.lines.rest !== '') {
      expect.fail(`stdout ends in the midst of a line:\n  ${world.lines.rest}\nThe rule: ${SIGTERM}`)
    }
  }
})

const CRASH = {
  ends: 'uncaught error: the process ends, with another code than 0',
  before: 'uncaught error: all lines from before are out',
  line: 'uncaught error: and one more, `fatal` or `error`, with its `err` as above and without `durationMs`',
}

meanwhile('C7 has every line out after an uncaught error, and one for the error', async () => {
  const world = await openWorld(submission, 'info')
  const code = await makeParcel(world)
  const sent = await traffic(world, code, 100)
  const from = world.lines.all.length
  const crash = await world.send({ method: 'POST', path: '/crash' })
  expect(crash.answer, 'by the API, which is as the starter has it').toHaveStatus(202)
  const exit = await endOf(world)
  if (!exit || exit.code === 0) {
    const how = exit ? 'ended with code 0' : `was still there ${END / 1000} s later`
    expect.fail(`POST /crash was answered with 202, and the process ${how}.\nThe rule: ${CRASH.ends}`)
  }
  sent.push(crash)
  await lastWords(world, sent)
  await world.close()
  const lost = sent.filter(({ id }) => world.lines.of(id).filter(isRequestLine).length !== 1)
  if (lost.length > 0) {
    const last = lost.at(-1)!
    expect.fail(
      `${lost.length} of the ${sent.length} requests that were answered before the crash have no line, or more than one, such as ${told(last)}.\nThe rule: ${CRASH.before}`,
    )
  }
  expectLines(world)
  const errors = world.lines.all
    .slice(from)
    .filter((line) => levelOf(line)! >= LEVELS.error && !isRequestLine(line))
  const stackOf = ({ fields }: Line): unknown => (fields!.err as { stack?: unknown } | null)?.stack
  const isTold = errors.some((line) => /\S\s*\n\s*\S/.test(String(stackOf(line) ?? '')))
  if (!isTold) {
    const asked = 'one line, fatal or error, must have "err" with the stack of the uncaught error'
    const came = errors.length > 0 ? errors : world.lines.all.slice(-2)
    failWith('POST /crash', asked, CRASH.line, came)
  }
})

// ---------------------------------------------------------------- C8: durations

/** Says what is wrong with the duration of a request; undefined where it is right. */
function wrongDuration(line: Line, least: number, most: number, what: string): string | undefined {
  const duration = Number(line.fields!.durationMs)
  if (duration >= least && duration <= most * 1.2 + 20) return undefined
  return `${what}: "durationMs" must be between ${Math.floor(least)} and ${Math.ceil(most * 1.2 + 20)}, for the client waited ${Math.round(most)} ms, and is ${duration}.\nThe rule: ${RULES.duration}\nIts line:\n${shown([line])}`
}

/** A busy machine may be late once, or twice. */
const TRIES = 3

test('C8 measures from the arrival of a request to the end of its answer', async () => {
  const world = await open()
  const code = await makeParcel(world)
  const slow = async (ms: number) => {
    const held = holdAnswer(world.server, newId(submission), `/parcels/${code}/label?ms=${ms}`)
    return { held, end: await held.finish(), least: ms * 0.8 - 20 }
  }
  const upload = async (hold: number) => {
    const held = holdUpload(world.server, newId(submission))
    await world.until(() => held.ms() >= hold, hold + 2000)
    const before = held.ms()
    // On a busy machine the head may lie there for a while before the server sees it.
    return { held, end: await held.finish(), least: before * 0.6 }
  }
  let wrong: string | undefined
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    wrong = undefined
    for (const { held, end, least } of await Promise.all([slow(250), slow(700), upload(600)])) {
      const lines = await world.requestLines(held.id)
      if (lines.length !== 1) failWith(held.what, 'it must have one line', RULES.one, lines)
      wrong ??= wrongDuration(lines[0]!, least, end.ms, held.what)
    }
    if (!wrong) return
  }
  expect.fail(wrong!)
})

meanwhile('C8 says when each line was written', { waits: 3 }, async () => {
  const world = await openWorld(submission, 'debug')
  const code = await makeParcel(world)
  const begun = Date.now()
  const held = holdAnswer(world.server, newId(submission), `/parcels/${code}/label?ms=3000`)
  await held.finish()
  const [line] = await world.requestLines(held.id)
  const [first] = world.lines.of(held.id)
  if (!line || !first) expect.fail(`${held.what} has no line.\nThe rule: ${RULES.one}`)
  const [from, to] = [timeOf(first) ?? 0, timeOf(line) ?? 0]
  // A clock that is read in whole seconds loses one, and three have passed between the two.
  if (from < begun - 1500 || to < from + 1500 || to > line.cameAt + 1500) {
    failWith(
      `${held.what}, sent at ${new Date(begun).toISOString()}`,
      'the times of its lines must be when they were written',
      '`time`: when it was written: ISO 8601 with `Z` or an offset, or milliseconds since 1970',
      world.lines.of(held.id),
    )
  }
})

// ---------------------------------------------------------------- C9: aborted requests

const ABORTED = {
  once: 'aborted: a request whose client hangs up has one line too, at once or when its answer would have been sent',
  how: '… it has `aborted: true`, the level `info` or `warn`, and any `status` or none; all others have no `aborted`, or `false`',
}

meanwhile('C9 writes one line for a request whose client hangs up, and says so', { waits: 2 }, async () => {
  const world = await openWorld(submission, 'debug')
  const code = await makeParcel(world)
  const waiting = (ms: number) =>
    holdAnswer(world.server, newId(submission), `/parcels/${code}/label?ms=${ms}`)
  const aborted: { held: Held; when: string }[] = []
  for (const how of ['close', 'reset'] as const) {
    const held = waiting(1500)
    // It is surely under way.
    const isThere = await world.until(() =>
      world.lines.of(held.id).some(({ fields }) => fields!.msg === 'parcel loaded'),
    )
    if (!isThere) failWith(held.what, 'it must have a line "parcel loaded"', LOADED, [])
    held.abort(how)
    aborted.push({ held, when: 'while it waited for the answer' })
  }
  for (let number = 0; number < 2; number++) {
    const held = holdUpload(world.server, newId(submission))
    await world.flush()
    // Politely: what was sent before a reset may never be seen.
    held.abort('close')
    aborted.push({ held, when: 'in the midst of its body' })
  }
  const other = waiting(1700)
  await world.allWritten(aborted.map(({ held }) => held.id), 15_000)
  // By then the answers would have been sent.
  await other.finish()
  await world.requestLines(other.id)
  await world.flush()
  for (const { held, when } of aborted) {
    const lines = world.lines.of(held.id).filter(isRequestLine)
    const what = `${held.what}, whose client hung up ${when}`
    if (lines.length !== 1) {
      const asked = `it must have one line with "durationMs", and has ${lines.length}`
      failWith(what, asked, ABORTED.once, world.lines.of(held.id))
    }
    const [line] = lines
    if (line!.fields!.aborted !== true) {
      failWith(what, '"aborted" must be true', ABORTED.how, lines)
    }
    const level = levelOf(line!)
    if (level !== LEVELS.info && level !== LEVELS.warn) {
      failWith(what, 'its level must be info or warn', ABORTED.how, lines)
    }
  }
  const [line] = world.lines.of(other.id).filter(isRequestLine)
  const isPlain = !line!.fields!.aborted && line!.fields!.status === 200
  if (!isPlain) failWith(other.what, 'it was answered with 200', RULES.notAborted, [line!])
  expectLines(world)
})
