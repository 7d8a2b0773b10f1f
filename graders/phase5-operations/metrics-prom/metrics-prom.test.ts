import { rmSync } from 'node:fs'
import http from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  openSubmission,
  promtool,
  requireService,
  type Sending,
  SubjectError,
  send,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import { familyOf, keyOf } from './exposition.ts'
import { type Held, holdAnswer, holdUpload } from './held.ts'
import { expectAtMostOnce, expectOnce, expectRequest, sendKind } from './ledger.ts'
import {
  inFlight,
  type Metered,
  type Page,
  pageOf,
  residentBytes,
  sampleOf,
  scrapeUntil,
  settled,
  startMetered,
  writeQueue,
} from './metered.ts'
import {
  histogramProblems,
  type Numbers,
  notCumulative,
  pairOf,
  risingSeries,
  shownPair,
} from './numbers.ts'
import { findPrometheus, scrapedBy } from './prometheus.ts'
import {
  deleting,
  type Kind,
  making,
  oddPaths,
  oddRequests,
  pathTo,
  plainRequests,
  RULES,
} from './requests.ts'

const submission = openSubmission(import.meta)

/** One server for most tests: counters rise, and each test begins with what it finds. */
const open = sharedUntilFailure(
  () => startMetered(submission),
  (metered) => metered.close(),
)

const SIZES = ['S', 'M', 'L']

/** A new parcel's code. */
async function make(metered: Metered, size = 'M'): Promise<string> {
  const { body } = await sendKind(metered, making(size))
  expect(body, 'POST /parcels must be answered with {code, size}').toMatchObject({ size })
  return String(body.code)
}

const MOST_SHOWN = 3

/** Fails with the first of the problems, where there are any. */
function expectNone(what: string, problems: string[]): void {
  if (problems.length === 0) return
  const more = problems.length - MOST_SHOWN
  const first = problems.slice(0, MOST_SHOWN).map((problem) => `  ${problem}`)
  expect.fail([`${what}:`, ...first, ...(more > 0 ? [`  … and ${more} more`] : [])].join('\n'))
}

/** Fails where the text of a page breaks the format. */
const expectReadable = ({ problems }: Page, what: string) =>
  expectNone(
    what,
    problems.map(({ text }) => text),
  )

/** Fails with this message alone. */
function expectThat(holds: boolean, message: string): void {
  if (!holds) expect.fail(message)
}

/** What is another number, or there on one side alone. */
function differences(wanted: Map<string, number>, came: Map<string, number>): string[] {
  const keys = new Set([...wanted.keys(), ...came.keys()])
  return [...keys].flatMap((key) => {
    const [should, is] = [wanted.get(key), came.get(key)]
    return Object.is(should, is)
      ? []
      : [`${key} must be ${should ?? 'missing'}, and is ${is ?? 'missing'}`]
  })
}

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

// ---------------------------------------------------------------- C1: the page

const TYPES: Record<string, string> = {
  http_requests_total: 'counter',
  http_request_duration_seconds: 'histogram',
  http_requests_in_flight: 'gauge',
  parcels_created_total: 'counter',
  queue_depth: 'gauge',
  process_cpu_seconds_total: 'counter',
  process_resident_memory_bytes: 'gauge',
  process_start_time_seconds: 'gauge',
}

/** A page with a sample of everything. */
async function fullPage(metered: Metered): Promise<Page> {
  for (const size of SIZES) await make(metered, size)
  for (const kind of plainRequests(submission.fresh, await make(metered))) {
    await sendKind(metered, kind)
  }
  return settled(metered)
}

test('C1 shows every metric of the table in Prometheus’ text format, with HELP and TYPE', async () => {
  const metered = await open()
  const page = await fullPage(metered)
  const ofOrder = page.problems.filter(({ about }) => about === 'order')
  const problems = page.problems.filter(({ about }) => about !== 'order')
  expectReadable({ ...page, problems }, 'the text of /metrics is not Prometheus’ format')
  const type = page.answer.headers['content-type'] ?? '(none)'
  expect(type, 'the Content-Type of /metrics must be text/plain').toMatch(/^text\/plain\s*(;|$)/i)
  const has = new Set(page.samples.map(({ name }) => familyOf(name, page.types)))
  for (const [name, wanted] of Object.entries(TYPES)) {
    expectThat(has.has(name), `/metrics has no sample of ${name}.`)
    expect(page.types.get(name) ?? '(none)', `# TYPE ${name}`).toBe(wanted)
    const help = page.helps.get(name)?.trim() ?? ''
    expect(help, `there must be a # HELP ${name} with some words`).not.toBe('')
  }
  // Without types, nobody can say which samples belong together.
  expectReadable({ ...page, problems: ofOrder }, 'the samples of one metric stand together')
  for (const query of ['?x=1', '?name%5B%5D=queue_depth', '?']) {
    const answer = await send(metered.metrics, { path: `/metrics${query}` })
    expect(answer, '`GET /metrics` on `METRICS_PORT`, with any query').toHaveStatus(200)
  }
})

test('C1 gives Prometheus’ own programs a page that they read', async () => {
  requireService('prometheus')
  const metered = await open()
  const { text } = await fullPage(metered)
  const folder = submission.temporaryFolder('promtool')
  const { code, out, error } = await promtool(['check', 'metrics'], folder, { input: text })
  const said = `${out}\n${error}`.split('\n').filter((line) => line.trim() !== '')
  // It also has opinions on names; those of other metrics are none of ours.
  const ours = said.filter((line) => Object.keys(TYPES).includes(line.split(' ')[0]!))
  const wrong = code === 0 || code === 3 ? ours : said
  expect(wrong, 'what promtool check metrics says of the page').toEqual([])
  if (!findPrometheus()) return
  const asked = await scrapedBy(submission, metered, {
    up: 'up',
    requests: 'sum(http_requests_total)',
    observed: 'sum(http_request_duration_seconds_count)',
    quantile:
      'histogram_quantile(0.5, sum by (le) (http_request_duration_seconds_bucket)) > bool 0',
    created: 'sum(parcels_created_total)',
    inFlight: 'http_requests_in_flight',
  })
  const { numbers } = await metered.scrape()
  const made = [...numbers.created.values()].reduce((sum, value) => sum + value, 0)
  expect(asked, 'what a real Prometheus answers that has scraped /metrics').toEqual({
    up: 1,
    requests: numbers.total,
    observed: numbers.observed,
    quantile: 1,
    created: made,
    inFlight: 0,
  })
})

// ---------------------------------------------------------------- C2: the counter

/** A program of requests, each with the parcel that it needs. */
async function playAll(
  metered: Metered,
  expectOne: (kind: Kind, before: Numbers) => Promise<{ answer?: Answer; numbers: Numbers }>,
  odd: Kind[],
  rounds: number,
): Promise<void> {
  const { fresh } = submission
  let { numbers } = await settled(metered)
  const next = async (kind: Kind) => {
    const result = await expectOne(kind, numbers)
    numbers = result.numbers
    return result.answer
  }
  const codes: string[] = []
  const post = async (size: string) => {
    const answer = await next(making(size))
    codes.push(String(answer!.body.code))
  }
  // One of each first, so that the values of `route` are known.
  for (const size of SIZES) await post(size)
  for (const kind of plainRequests(fresh, codes[0]!)) await next(kind)
  await next({ request: { path: '/boom' }, statuses: [500], routes: ['boom'], rule: RULES.every })
  const jobs: (() => Promise<unknown>)[] = odd.map((kind) => () => next(kind))
  for (let round = 0; round < rounds; round++) {
    for (const size of SIZES) jobs.push(() => post(size))
    for (let index = 0; index < 8; index++) {
      jobs.push(() => next(plainRequests(fresh, fresh.pick(codes))[index]!))
    }
    jobs.push(async () => {
      const code = codes.shift()!
      if (codes.length === 0) await post('L')
      await next(deleting(code))
      const gone = { statuses: [404], rule: RULES.noParcel }
      await next({ ...gone, request: { path: pathTo(code) }, routes: ['one'] })
      await next({ ...gone, request: { path: `${pathTo(code)}/label` }, routes: ['label'] })
      await next({ ...gone, request: { method: 'DELETE', path: pathTo(code) }, routes: ['one'] })
    })
  }
  for (const job of fresh.shuffle(jobs)) await job()
}

test('C2 counts each request once, by method, route and status', async () => {
  const metered = await open()
  const odd = oddRequests(submission.fresh)
  await playAll(
    metered,
    async (kind, before) =>
      kind.maybe
        ? { numbers: await expectAtMostOnce(metered, kind, before) }
        : expectRequest(metered, kind, before),
    odd,
    3,
  )
})

test('C2 loses and doubles none of 300 requests at once', async () => {
  const metered = await open()
  const { fresh } = submission
  const codes = [await make(metered, 'S'), await make(metered, 'L')]
  const unknown: Kind[] = oddPaths(fresh).map((path) => ({
    request: { path },
    statuses: [404],
    routes: ['unknown'],
    rule: RULES.every,
  }))
  const kinds: Kind[] = [
    ...codes.flatMap((code) => plainRequests(fresh, code)),
    ...SIZES.map(making),
    ...unknown,
    {
      request: { path: `/parcels/${fresh.unique()}` },
      statuses: [404],
      routes: ['one'],
      rule: RULES.every,
    },
    { request: { path: '/boom' }, statuses: [500], routes: ['boom'], rule: RULES.every },
  ]
  // The first of each kind tells what its route is called.
  let { numbers: before } = await settled(metered)
  for (const kind of kinds) before = (await expectRequest(metered, kind, before)).numbers
  const wanted = new Map([...before.counters].map(([key, { value }]) => [key, value]))
  const jobs = fresh.list(300, () => fresh.pick(kinds))
  await inLanes(20, jobs, async (kind, agent) => {
    const answer = await metered.server.send({ ...kind.request, agent, againIfClosed: true })
    expect(answer).toHaveStatus(...kind.statuses)
    const route = metered.routes.get(kind.routes[0]!)
    const key = JSON.stringify([kind.request.method ?? 'GET', route, String(answer.status)])
    wanted.set(key, (wanted.get(key) ?? 0) + 1)
  })
  const total = [...wanted.values()].reduce((sum, value) => sum + value, 0)
  await scrapeUntil(metered, ({ numbers }) => numbers.total >= total)
  const { numbers } = await metered.scrape()
  const came = new Map([...numbers.counters].map(([key, { value }]) => [key, value]))
  expectNone(
    `After 300 requests at once, http_requests_total by [method, route, status] (${RULES.every})`,
    differences(wanted, came),
  )
})

// ---------------------------------------------------------------- C3: cardinality

const MOST_NEW = 20
const KNOWN_TO_NODE = 'PROPFIND MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH PURGE MERGE LINK ACL BIND'

/** Requests of every shape that a page must know beforehand. */
function warming(fresh: typeof submission.fresh, code: string): Sending[] {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE', 'BREW']
  const paths = ['/nothing', '/parcels', '/parcels/x', pathTo(code), '/parcels/x/label', '/boom']
  const json = { size: 'XL' }
  return [
    ...methods.flatMap((method) =>
      paths
        .filter((path) => method !== 'DELETE' || path !== pathTo(code))
        .map((path) => ({
          method,
          path,
          json: ['POST', 'PUT', 'PATCH'].includes(method) ? json : undefined,
        })),
    ),
    { path: `${pathTo(code)}/label` },
    { path: '/parcels/%zz' },
    {
      method: 'POST',
      path: '/parcels',
      body: '{',
      headers: { 'Content-Type': 'application/json' },
    },
    ...SIZES.map((size) => ({ method: 'POST', path: '/parcels', json: { size } })),
    { method: 'DELETE', path: `/parcels/${fresh.unique()}` },
    { path: '/parcels/' },
    { path: '/PARCELS' },
    { path: '/nothing/' },
  ]
}

function flood(fresh: typeof submission.fresh, codes: string[]): Sending[] {
  const word = () => fresh.unique()
  const codesAsked = fresh.list(1000, (index) => {
    const code = index % 20 === 0 ? fresh.pick(codes) : word()
    const tail = ['', '', '/label', `?at=${word()}`][index % 4]!
    const method = index % 20 !== 0 && index % 7 === 0 ? 'DELETE' : 'GET'
    const isLabel = tail === '/label'
    return { method: isLabel ? 'GET' : method, path: `/parcels/${code}${tail}` }
  })
  const paths = fresh.list(1000, (index): Sending => {
    const path = fresh.pick([
      `/${word()}`,
      `/${word()}/${fresh.int(1, 1e6)}`,
      `/${word()}.php?id=${word()}`,
      `/parcels/${word()}/${word()}`,
      `/parcels/${word()}/label/${word()}`,
      `/boom/${word()}`,
    ])
    const method = fresh.pick(['GET', 'GET', 'GET', 'HEAD', 'DELETE'])
    const headers = {
      'User-Agent': `${word()}/${index}`,
      'X-Forwarded-For': `10.0.${fresh.int(0, 255)}.${fresh.int(0, 255)}`,
      Referer: `http://${word()}.example.test/`,
    }
    return { method, path, headers }
  })
  const methods = [
    ...KNOWN_TO_NODE.split(' '),
    ...fresh.list(25, () => fresh.word(2).toUpperCase()),
  ]
  const oddMethods = methods.flatMap((method) =>
    ['/nothing', '/parcels', '/parcels/x'].map((path) => ({ method, path })),
  )
  const sizes = fresh.list(100, () => ({
    method: 'POST',
    path: '/parcels',
    json: { size: word() },
  }))
  return fresh.shuffle([...codesAsked, ...paths, ...oddMethods, ...sizes])
}

test('C3 makes no series of codes, paths, methods, sizes and headers', async () => {
  // One of its own: the page has grown long afterwards, and others read it again and again.
  const metered = await startMetered(submission)
  const { fresh } = submission
  const codes = [await make(metered), await make(metered, 'L')]
  const [known = ''] = codes
  const sent = async (sending: Sending, agent?: http.Agent) => {
    const isOdd = !/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(sending.method ?? 'GET')
    const how = isOdd ? {} : { agent, againIfClosed: true }
    await metered.server.send({ ...sending, ...how }).catch((error: unknown) => {
      // A server that does not know a method may hang up.
      if (!(isOdd && error instanceof SubjectError && error.fault === 'connection')) throw error
    })
  }
  await inLanes(4, warming(fresh, known), sent)
  const before = await settled(metered)
  await inLanes(8, flood(fresh, codes), sent)
  const after = await settled(metered)
  const had = new Set(before.samples.map(keyOf))
  const added = after.samples.map(keyOf).filter((key) => !had.has(key))
  if (added.length <= MOST_NEW) return
  // Buckets say the same as their counts, at length.
  const telling = added.filter((key) => !/_(bucket|sum|created)\{/.test(key))
  const shown = (telling.length > 0 ? telling : added).slice(0, 8).join('\n  ')
  expect.fail(
    `After requests of every shape, 1,000 more codes, 1,000 more paths, odd methods, sizes and headers added ${added.length} lines to /metrics, of ${MOST_NEW} at most. Some of them:\n  ${shown}`,
  )
})

// ---------------------------------------------------------------- C4: the histogram

test('C4 observes each request once, in buckets that hold all below', async () => {
  const metered = await open()
  const { fresh } = submission
  const odd = fresh.shuffle(oddRequests(fresh).filter(({ maybe }) => !maybe))
  await playAll(
    metered,
    (kind, before) => expectRequest(metered, kind, before, { counter: false, histogram: true }),
    odd.slice(0, 40),
    1,
  )
  const page = await metered.scrape()
  expectNone('the buckets on the page', histogramProblems(page.numbers))
  expectNone('buckets that do not hold what smaller ones hold', notCumulative(page.numbers))
})

const seconds = (value: number) => `${Number(value.toFixed(4))} s`

/** Bounds on what was observed, in seconds, by the grader's clock. */
type Span = { least: number; most: number }

/** Where a number was rounded on the page, or a timer was early. */
const SLACK = 0.002

/** Expects one observation within bounds, and each bucket to hold it or not as its `le` says. */
function expectSpan(
  what: string,
  { least, most }: Span,
  before: Numbers,
  after: Numbers,
  pair: { method: string; route: string },
): void {
  const key = pairOf(pair)
  const [old, now] = [before.histograms.get(key), after.histograms.get(key)]
  const name = `http_request_duration_seconds${shownPair(pair)}`
  const rise = (now?.sum ?? 0) - (old?.sum ?? 0)
  const say = `${what}: by the grader’s clock that took ${seconds(least)} to ${seconds(most)}. The rule: in seconds, from the arrival of the request's head to the end of its answer`
  const isWithin = rise >= least - SLACK && rise <= most + SLACK
  if (!isWithin) expect.fail(`${say}\nThe _sum of ${name} rose by ${Number(rise.toFixed(6))}.`)
  const wrong = [...(now?.buckets ?? [])].flatMap(([le, held]) => {
    const by = held - (old?.buckets.get(le) ?? 0)
    if (Math.abs(rise - le) <= SLACK) return []
    const wanted = rise <= le ? 1 : 0
    return by === wanted
      ? []
      : [`le="${le === Infinity ? '+Inf' : le}" rose by ${by}, not ${wanted}`]
  })
  expect(
    wrong,
    `${what}: the _sum of ${name} rose by ${Number(rise.toFixed(6))}, so each bucket from there on must rise by 1`,
  ).toEqual([])
}

/** The values of `route`, as the histogram has them. */
async function learnRoutes(metered: Metered, code: string): Promise<Numbers> {
  let { numbers } = await settled(metered)
  const looks = { counter: false, histogram: true }
  for (const kind of [...plainRequests(submission.fresh, code), making('M')]) {
    numbers = (await expectRequest(metered, kind, numbers, looks)).numbers
  }
  return numbers
}

test('C4 measures in seconds, from a request’s head to the end of its answer', async () => {
  const metered = await open()
  const { fresh } = submission
  const code = await make(metered)
  let before = await learnRoutes(metered, code)
  const observe = async () => {
    const from = before.observed
    const { numbers } = await scrapeUntil(metered, ({ numbers }) => numbers.observed > from)
    return { numbers, at: performance.now() }
  }
  const path = `${pathTo(code)}/label`
  const waits = [fresh.int(20, 90), fresh.int(110, 240), fresh.int(300, 480), fresh.int(520, 700)]
  for (const ms of [0, ...waits]) {
    const sentAt = performance.now()
    const answer = await metered.server.send({ path: `${path}?ms=${ms}` })
    expect(answer).toHaveStatus(200)
    const { numbers, at } = await observe()
    const span = { least: ms / 1000, most: (at - sentAt) / 1000 }
    const route = metered.routes.get('label')!
    expectSpan(answer.request, span, before, numbers, { method: 'GET', route })
    before = numbers
  }
  // The body of a request comes late.
  const held = holdUpload(metered)
  // Only what is surely there can be measured from.
  const there = await scrapeUntil(metered, (page) => inFlight(page) === 1, 3000)
  const arrived = inFlight(there) === 1 ? performance.now() : undefined
  await new Promise((resolve) => setTimeout(resolve, fresh.int(300, 450)))
  const least = arrived === undefined ? 0 : (performance.now() - arrived) / 1000
  expect(await held.finish(), `the status of ${held.what}, once the rest had come`).toBe(201)
  const { numbers, at } = await observe()
  const what = 'POST /parcels whose body came late'
  const pair = { method: 'POST', route: metered.routes.get('all')! }
  expectSpan(what, { least, most: (at - held.sentAt) / 1000 }, before, numbers, pair)
})

test('C4 keeps the times of requests apart that overlap', async () => {
  const metered = await open()
  const { fresh } = submission
  const code = await make(metered)
  const before = await learnRoutes(metered, code)
  const ms = fresh.int(400, 600)
  const from = performance.now()
  const slow = fresh.list(4, () => holdAnswer(metered, `${pathTo(code)}/label?ms=${ms}`))
  let quick = 0
  let quickMost = 0
  while (quick < 80 && !slow.some((held) => held.isOver())) {
    const sentAt = performance.now()
    expect(await metered.server.send({ path: pathTo(code) })).toHaveStatus(200)
    quickMost += (performance.now() - sentAt) / 1000
    quick += 1
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const held of slow) expect(await held.finish(), `the status of ${held.what}`).toBe(200)
  const wanted = before.observed + slow.length + quick
  const { numbers } = await scrapeUntil(metered, ({ numbers }) => numbers.observed >= wanted)
  const most = (performance.now() - from) / 1000
  const sumOf = (kind: 'one' | 'label', of: Numbers) =>
    of.histograms.get(pairOf({ method: 'GET', route: metered.routes.get(kind)! }))?.sum ?? 0
  const rise = (kind: 'one' | 'label') => sumOf(kind, numbers) - sumOf(kind, before)
  const story = `4 labels with ms=${ms} at once, and ${quick} quick GET of a parcel meanwhile`
  const least = (4 * ms) / 1000
  expectThat(
    rise('label') >= least - 4 * SLACK && rise('label') <= 4 * most,
    `${story}: the _sum of the labels must rise by ${seconds(least)} to ${seconds(4 * most)}, and rose by ${seconds(rise('label'))}`,
  )
  // An answer is over for the server a moment after it is for the client.
  const room = quickMost + quick * 0.1
  expectThat(
    rise('one') >= 0 && rise('one') <= room,
    `${story}: the _sum of the quick ones must rise by ${seconds(room)} at most, and rose by ${seconds(rise('one'))}`,
  )
})

// ---------------------------------------------------------------- C5: in flight

const IN_FLIGHT =
  'a request is in flight from the arrival of its head, before its body is there, to its end'
const NONE =
  'in flight is `0` where there is none, on the first page too; a connection that is kept open is no request'
const ABORTED =
  'a request whose client hangs up is over then, or when its answer would have been sent'

async function expectInFlight(
  metered: Metered,
  wanted: number,
  when: string,
  rule: string,
  ms?: number,
): Promise<void> {
  const page = await scrapeUntil(metered, (seen) => inFlight(seen) === wanted, ms)
  const came = inFlight(page)
  if (came === wanted) return
  expect.fail(
    `${when}: http_requests_in_flight must be ${wanted}, and is ${came ?? 'not on the page'}.\nThe rule: ${rule}`,
  )
}

/** A slow answer that is surely under way; one that was over before anybody looked is asked for again. */
async function holdSurely(metered: Metered, path: string, wanted: number): Promise<Held> {
  for (let tries = 1; ; tries++) {
    const held = holdAnswer(metered, path)
    await scrapeUntil(metered, (page) => inFlight(page) === wanted || held.isOver())
    if (!held.isOver() || tries === 3) return held
  }
}

test('C5 shows 0 on the first page', async () => {
  const metered = await startMetered(submission)
  await expectInFlight(metered, 0, 'before any request', NONE)
})

test('C5 rises with each request and falls with each answer', async () => {
  const metered = await open()
  await settled(metered)
  await expectInFlight(metered, 0, 'with no request', NONE)
  const held: Held[] = []
  for (let number = 1; number <= 5; number++) {
    held.push(holdUpload(metered, SIZES[number % 3]))
    await expectInFlight(metered, number, `with ${number} × ${held[0]!.what}`, IN_FLIGHT)
  }
  while (held.length > 0) {
    const one = held.shift()!
    expect(await one.finish(), `the status of ${one.what}, once the rest had come`).toBe(201)
    const when = `once the rest of one had come, which was answered, with ${held.length} still held`
    await expectInFlight(metered, held.length, when, IN_FLIGHT)
  }
  // Their connections are still open.
  const code = await make(metered)
  const slow = await holdSurely(metered, `${pathTo(code)}/label?ms=800`, 1)
  if (!slow.isOver()) await expectInFlight(metered, 1, `during ${slow.what}`, IN_FLIGHT)
  await slow.finish()
  await expectInFlight(metered, 0, `after the answer to ${slow.what}`, NONE)
  for (const kind of submission.fresh.shuffle(oddRequests(submission.fresh)).slice(0, 45)) {
    const answer = await sendKind(metered, kind)
    const when = `after ${answer.request}, which was answered with ${answer.status}`
    await expectInFlight(metered, 0, when, NONE)
  }
})

test('C5 falls where clients hang up', async () => {
  const metered = await open()
  await settled(metered)
  const code = await make(metered)
  await expectInFlight(metered, 0, 'with no request', NONE)
  for (const how of ['close', 'reset'] as const) {
    const uploads = [holdUpload(metered), holdUpload(metered), holdUpload(metered)]
    await expectInFlight(metered, 3, `with 3 × ${uploads[0]!.what}`, IN_FLIGHT)
    for (const one of uploads) one.abort(how)
    const gone = `after the clients of 3 × ${uploads[0]!.what} hung up`
    await expectInFlight(metered, 0, gone, ABORTED, 15_000)
    const slow = await holdSurely(metered, `${pathTo(code)}/label?ms=1200`, 1)
    slow.abort(how)
    await expectInFlight(metered, 0, `after the client of ${slow.what} hung up`, ABORTED, 15_000)
  }
  const held = holdUpload(metered)
  await expectInFlight(metered, 1, `with one ${held.what}, after others had hung up`, IN_FLIGHT)
  await held.finish()
  await expectInFlight(metered, 0, 'after its answer', NONE)
})

// ---------------------------------------------------------------- C6: parcels, queue, process

const bySize = ({ created }: Numbers) =>
  Object.fromEntries([...created].filter(([, value]) => value !== 0))

test('C6 counts the parcels that are made, by size', async () => {
  const metered = await open()
  const { fresh } = submission
  const wanted: Record<string, number> = bySize((await settled(metered)).numbers)
  const codes: string[] = []
  const look = async (after: string) => {
    const isRight = ({ numbers }: Page) =>
      SIZES.every((size) => (numbers.created.get(size) ?? 0) === (wanted[size] ?? 0))
    const { numbers } = await scrapeUntil(metered, isRight)
    expect(bySize(numbers), `parcels_created_total by size, after ${after}`).toEqual(wanted)
  }
  const refused: unknown[] = ['XL', 's', '', 7, null, 'constructor', undefined, ['XL'], 'S '].map(
    (size) => ({ size }),
  )
  for (let turn = 0; turn < 40; turn++) {
    const move = fresh.int(1, 4)
    if (turn % 4 === 3) {
      const json = refused[Math.floor(turn / 4) % refused.length]
      const answer = await metered.server.send({ method: 'POST', path: '/parcels', json })
      expect(answer).toBeValidationFailure()
      await look(`${answer.request} with ${JSON.stringify(json)}, which was refused`)
    } else if (move === 4 && codes.length > 0) {
      const answer = await sendKind(metered, deleting(codes.pop()!))
      await look(answer.request)
    } else {
      const size = fresh.pick(SIZES)
      codes.push(await make(metered, size))
      wanted[size] = (wanted[size] ?? 0) + 1
      await look(`POST /parcels with {"size":"${size}"}`)
    }
  }
  await sendKind(metered, deleting(codes[0]!))
  await look('DELETE of a parcel')
})

test('C6 reads the queue’s file at each scrape', async () => {
  const metered = await open()
  const { fresh } = submission
  const depths = [1, 0, fresh.int(2, 99), fresh.int(100, 99_999), 0, fresh.int(5, 50), 1_000_000]
  for (const depth of [...depths, ...fresh.list(12, () => fresh.int(0, 500))]) {
    writeQueue(metered.queueFile, fresh.oneIn() ? `${depth}\n` : String(depth))
    const page = await metered.scrape()
    const say = `queue_depth, just after ${depth} was written to QUEUE_FILE. The rule: the file is read at each scrape`
    expect(sampleOf(page, 'queue_depth') ?? 'not on the page', say).toBe(depth)
  }
})

test('C6 says what the process has used, and since when', async () => {
  const metered = await startMetered(submission)
  const answered = Date.now()
  const first = await metered.scrape()
  const start = sampleOf(first, 'process_start_time_seconds') ?? Number.NaN
  // Its clock is the grader's; a second is what is lost where a value is rounded.
  const [from, to] = [metered.startedAt / 1000 - 2, answered / 1000 + 2]
  expectThat(
    start >= from && start <= to,
    `process_start_time_seconds is ${start}; the process was started between ${from} and ${to}, in seconds since 1970`,
  )
  const memory = sampleOf(first, 'process_resident_memory_bytes') ?? Number.NaN
  const real = residentBytes(metered.metrics.port)
  const plausible = real.length > 0 ? real : [64 * 1024 ** 2]
  const room = real.length > 0 ? 2.5 : 40
  expectThat(
    plausible.some((bytes) => memory >= bytes / room && memory <= bytes * room),
    `process_resident_memory_bytes is ${memory}; the resident memory of the process is about ${plausible.join(' or ')} bytes`,
  )
  const cpuOf = (page: Page) => sampleOf(page, 'process_cpu_seconds_total') ?? Number.NaN
  const before = cpuOf(first)
  let after = before
  for (let round = 0; round < 30 && !(after > before + 0.02); round++) {
    const jobs = Array.from({ length: 100 }, () => ({ path: '/parcels' }))
    await inLanes(4, jobs, (sending, agent) =>
      metered.server.send({ ...sending, agent, againIfClosed: true }),
    )
    after = cpuOf(await metered.scrape())
  }
  // Time that passes is no CPU time.
  const waited = await metered.server.send({ path: `${pathTo(await make(metered))}/label?ms=1000` })
  expect(waited).toHaveStatus(200)
  after = cpuOf(await metered.scrape())
  const most = (await metered.server.process.cpuSeconds()) * 1.2 + 0.2
  expectThat(
    after > before && after <= most,
    `process_cpu_seconds_total was ${before} at first and ${after} after some hundred requests; it must rise with the CPU time that the process has used, which was less than ${most.toFixed(1)} s`,
  )
  const later = sampleOf(await metered.scrape(), 'process_start_time_seconds')
  expect(
    Math.abs((later ?? Number.NaN) - start),
    'how far process_start_time_seconds has moved',
  ).toBeLessThanOrEqual(1)
})

// ---------------------------------------------------------------- C7: the ports

test('C7 keeps /metrics off the public port, and the API off the other', async () => {
  const metered = await open()
  const { server, metrics } = metered
  const { port } = metrics
  const code = await make(metered)
  let { numbers } = await settled(metered)
  const asked: Sending[] = [
    { path: '/metrics' },
    { path: '/metrics?x=1' },
    { path: '/metrics', headers: { Accept: 'text/plain; version=0.0.4' } },
    { path: '/metrics', headers: { Host: `127.0.0.1:${port}`, 'User-Agent': 'Prometheus/3.5.0' } },
    { method: 'HEAD', path: '/metrics' },
  ]
  for (const request of asked) {
    const kind: Kind = { request, statuses: [404], routes: ['unknown'], rule: RULES.unknown }
    const answer = await server.send(request)
    expect(answer, '`/metrics` on `PORT` is `404`').toHaveStatus(404)
    expect(answer.text, 'what PORT shows at /metrics').not.toMatch(/http_requests_total|# TYPE/)
    const statuses = /^404$/
    const what = `${answer.request} on PORT was answered with 404`
    numbers = (await expectOnce(metered, kind, { what, status: '404', statuses }, numbers)).numbers
  }
  const post = await send(metrics, { method: 'POST', path: '/parcels', json: { size: 'M' } })
  expect(
    post.status,
    'the status of POST /parcels on METRICS_PORT: the API is on PORT alone',
  ).not.toBe(201)
  for (const path of ['/', '/parcels', '/boom', '/nothing-here', pathTo(code)]) {
    const { status, headers } = await send(metrics, { path })
    const isApi = status === 500 || (status < 400 && /json/.test(headers['content-type'] ?? ''))
    expect(
      isApi,
      `GET ${path} on METRICS_PORT is answered by the API, which is on PORT alone`,
    ).toBe(false)
  }
  const page = await settled(metered)
  expect(
    page.numbers.total,
    'http_requests_total, all together, after requests to METRICS_PORT alone, which count nowhere',
  ).toBe(numbers.total)
})

// ---------------------------------------------------------------- C8: scrapes

/** What differs between two pages of all that a scrape must not change. */
function changes(before: Page, after: Page): string[] {
  const still = ({ samples }: Page) =>
    new Map(
      samples
        .filter(({ name }) => /^(http_request|parcels_created|queue_depth)/.test(name))
        .map((sample) => [keyOf(sample), sample.value]),
    )
  return differences(still(before), still(after))
}

async function scrapeAtOnce({ metrics }: Metered, count: number): Promise<Page[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => send(metrics, { path: '/metrics' })),
  )
  for (const answer of answers) {
    expect(answer, `one of ${count} scrapes at once`).toHaveStatus(200)
  }
  return answers.map(pageOf)
}

test('C8 shows the same on ten pages at once, and counts on', async () => {
  const metered = await open()
  const { fresh } = submission
  for (let round = 0; round < 3; round++) {
    const code = await make(metered, fresh.pick(SIZES))
    const before = await settled(metered)
    for (const page of await scrapeAtOnce(metered, 10)) {
      expectNone('one of ten pages at once, with no request between', changes(before, page))
    }
    // And they have broken nothing.
    let { numbers } = before
    for (const kind of [...plainRequests(fresh, code), making('S')]) {
      numbers = (await expectRequest(metered, kind, numbers, { histogram: true })).numbers
    }
  }
})

test('C8 never falls, whatever comes between the pages', async () => {
  const metered = await open()
  const { fresh } = submission
  await settled(metered)
  let last: Page | undefined
  const look = (page: Page) => {
    expectNone('the buckets on a page that came during requests', histogramProblems(page.numbers))
    const rising = risingSeries(page)
    for (const [key, value] of last ? risingSeries(last) : []) {
      const now = rising.get(key)
      const fell = now === undefined || now < value
      expectThat(!fell, `${key} was ${value}, and on a later page ${now ?? 'missing'}`)
    }
    last = page
  }
  const codes: string[] = []
  const jobs = fresh.list(200, (index) => index)
  let over = false
  const traffic = inLanes(6, jobs, async (index, agent) => {
    const how = { agent, againIfClosed: true }
    const size = SIZES[index % 3]!
    if (index % 5 === 4 && codes.length > 0) {
      return metered.server.send({ ...deleting(codes.shift()!).request, ...how })
    }
    if (index % 5 === 3) return metered.server.send({ path: `/parcels/x${index}`, ...how })
    const made = await metered.server.send({ ...making(size).request, ...how })
    if (made.status === 201) codes.push(String(made.body.code))
  }).finally(() => {
    over = true
  })
  while (!over) look(await metered.scrape())
  await traffic
  while (codes.length > 0) {
    await metered.server.send(deleting(codes.shift()!).request)
    if (codes.length % 10 === 0) look(await metered.scrape())
  }
  look(await settled(metered))
})

// ---------------------------------------------------------------- C9: aborted requests

/** How a client comes to hang up: in the midst of a request that is surely under way. */
type Way = { kind: Kind; what: string; hold(): Promise<Held | undefined> }

/** Ways to hang up, with a slow answer at this path. */
function waysToHangUp(metered: Metered, path: string): Way[] {
  const upload: Kind = {
    request: { method: 'POST', path: '/parcels' },
    statuses: [],
    routes: ['all', 'unknown'],
    rule: RULES.pattern,
  }
  const label: Kind = { request: { path }, statuses: [], routes: ['label'], rule: RULES.pattern }
  const again = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${metered.server.port}\r\n\r\n`
  return [
    { kind: upload, what: 'while it sent its body', hold: async () => holdUpload(metered) },
    { kind: label, what: 'while it waited', hold: () => holdSurely(metered, path, 1) },
    {
      kind: label,
      what: 'while it waited for its second answer on the connection',
      async hold() {
        const first = holdUpload(metered)
        await first.finish()
        await settled(metered)
        return first.again(again) ? first : undefined
      },
    },
  ]
}

test('C9 counts a request once whose client hangs up', async () => {
  const metered = await open()
  const code = await make(metered)
  await learnRoutes(metered, code)
  const path = `${pathTo(code)}/label?ms=1000`
  const looks = { counter: true, histogram: true }
  const rose = ({ numbers }: Page, since: Page) => [
    numbers.total - since.numbers.total,
    numbers.observed - since.numbers.observed,
  ]
  const never =
    'how much http_requests_total and the _count of http_request_duration_seconds rose later, without another request'
  for (const { kind, what, hold } of waysToHangUp(metered, path)) {
    for (const how of ['close', 'reset'] as const) {
      await settled(metered)
      const held = await hold()
      if (!held) continue
      const before = await scrapeUntil(metered, (page) => inFlight(page) === 1)
      expect(
        inFlight(before) ?? 'not on the page',
        `http_requests_in_flight while a request is under way whose client is to hang up ${what}`,
      ).toBe(1)
      held.abort(how)
      const end = {
        what: `${kind.request.method ?? 'GET'} ${kind.request.path}, whose client hung up ${what}`,
        status: '499, aborted, or any three digits',
        statuses: /^(\d{3}|aborted)$/,
      }
      const page = await expectOnce(metered, kind, end, before.numbers, looks, 15)
      expect(rose(await settled(metered), page), `${end.what}, and was counted: ${never}`).toEqual([
        0, 0,
      ])
    }
  }
  // When the answers would have been sent.
  const last = await metered.scrape()
  await scrapeUntil(metered, (page) => page.numbers.total > last.numbers.total, 1200)
  const story = 'after clients had hung up that waited for answers'
  const page = await metered.scrape()
  expect(rose(page, last), `${story}: ${never}`).toEqual([0, 0])
  expectNone(`the buckets ${story}`, histogramProblems(page.numbers))
})

// ---------------------------------------------------------------- C10: junk

test('C10 survives junk on both ports', async () => {
  const metered = await startMetered(submission)
  const { server, metrics } = metered
  const code = await make(metered)
  const text = junkText.map((one) => encodeURIComponent(one.toWellFormed()))
  const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD')
  const path = fc.oneof(
    text.map((one) => `/parcels/${one}`),
    text.map((one) => `/parcels/${one}/label`),
    text.map((one) => `/${one}`),
    text.map((one) => `/parcels?${one}=${one}`),
    text.map((one) => `${pathTo(code)}/label?ms=${one.slice(0, 1)}`),
  )
  const noBody = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])
  const anything: fc.Arbitrary<Sending> = fc
    .tuple(
      method,
      path,
      fc.oneof(junkJson(['size']), fc.constant({ size: 'M' })),
      junkBody,
      fc.boolean(),
    )
    .map(([method, path, json, body, isJson]) => {
      // The parcel is still needed, and a PUT of it would be none of ours.
      if (noBody.has(method)) return { method, path }
      const headers = { 'Content-Type': 'application/json' }
      return isJson ? { method, path, json } : { method, path, body, headers }
    })
  const healthy = async () => expectReadable(await metered.scrape(), '/metrics after junk')
  const seed = submission.seed
  const before = (await settled(metered)).numbers
  await survivesJunk(server, anything, {
    seed,
    runs: 150,
    healthy,
  })
  const onMetrics = fc.oneof(
    fc
      .tuple(
        method,
        fc.oneof(
          text.map((one) => `/metrics?${one}`),
          text.map((one) => `/${one}`),
        ),
      )
      .map(([method, path]): Sending => ({ method, path })),
    // By GET alone: some libraries answer what they cannot read themselves, HEAD with a body, too.
    fc
      .constantFrom('/metrics?%', '/%zz', '/metrics?a=%E0%A4%A', '/metrics/%')
      .map((path): Sending => ({ path })),
  )
  await survivesJunk(metrics, onMetrics, {
    seed,
    runs: 60,
    healthy,
  })
  const { numbers } = await settled(metered)
  expect(
    numbers.total,
    'http_requests_total, all together, after 150 requests with junk',
  ).toBeGreaterThan(before.total)
  let last = numbers
  for (const kind of [...plainRequests(submission.fresh, code), making('L')]) {
    last = (await expectRequest(metered, kind, last, { histogram: true })).numbers
  }
})

test('C10 leaves queue_depth out where the file has no number', async () => {
  const metered = await startMetered(submission)
  const { queueFile } = metered
  writeQueue(queueFile, '41\n')
  const whole = await metered.scrape()
  const others = ({ samples, types }: Page) => {
    const has = new Set(samples.map(({ name }) => familyOf(name, types)))
    return Object.keys(TYPES).filter((name) => name !== 'queue_depth' && has.has(name))
  }
  const broken: [string, string | undefined][] = [
    ['is missing', undefined],
    ['is empty', ''],
    ['holds a newline alone', '\n'],
    ['holds "many"', 'many\n'],
    ['holds "7 jobs"', '7 jobs\n'],
    ['holds "12.5"', '12.5\n'],
    ['holds "null"', 'null'],
  ]
  for (const [what, text] of submission.fresh.shuffle(broken)) {
    if (text === undefined) rmSync(queueFile)
    else writeQueue(queueFile, text)
    const page = await metered.scrape()
    const depth = sampleOf(page, 'queue_depth')
    const say = `queue_depth where QUEUE_FILE ${what}: it has no sample, or NaN`
    expect(depth === undefined || Number.isNaN(depth) ? 'none' : depth, say).toBe('none')
    expect(others(page), `the other metrics where QUEUE_FILE ${what}`).toEqual(others(whole))
    expectReadable(page, `/metrics where QUEUE_FILE ${what}`)
    const depthAgain = submission.fresh.int(1, 500)
    writeQueue(queueFile, `${depthAgain}\n`)
    const again = sampleOf(await metered.scrape(), 'queue_depth')
    expect(again ?? 'not on the page', 'queue_depth, once there is a number again').toBe(depthAgain)
  }
})
