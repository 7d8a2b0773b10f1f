// Keeps count of what was sent, request by request, and compares it with the pages.
import { expect } from 'vitest'
import type { Answer } from '../../harness/index.ts'
import { type Metered, type Page, scrapeUntil } from './metered.ts'
import { type Numbers, risenCounters, risenHistograms, shown, shownPair } from './numbers.ts'
import { isPattern, type Kind, PATTERNS, type RouteKind, RULES } from './requests.ts'

/** Says what is wrong with a `route`; undefined where it may stand for one of these kinds. */
export function routeProblem(
  { routes }: Metered,
  kinds: RouteKind[],
  route: string,
): string | undefined {
  let problem: string | undefined
  for (const kind of kinds) {
    if (!isPattern(kind, route)) continue
    const known = routes.get(kind)
    if (known === undefined && kinds.length === 1) routes.set(kind, route)
    if (known === undefined || known === route) return undefined
    problem ??= `route=${JSON.stringify(route)}, and for another such path it was ${JSON.stringify(known)}`
  }
  return problem ?? `route=${JSON.stringify(route)}`
}

const methodOf = ({ request }: Kind) => request.method ?? 'GET'

const wantedRoute = (kinds: RouteKind[]) => kinds.map((kind) => PATTERNS[kind]).join(' or ')

/** What a kind of request should be counted as, for messages. */
const wanted = (kind: Kind, status: string) =>
  `{method="${methodOf(kind)}", route=${wantedRoute(kind.routes)}, status="${status}"}`

const listed = (lines: string[]) => (lines.length === 0 ? 'nothing' : lines.join('; '))

const risen = (before: Numbers, after: Numbers) =>
  listed(risenCounters(before, after).map((one) => `${shown(one)} by ${one.by}`))
const observed = (before: Numbers, after: Numbers) =>
  listed(risenHistograms(before, after).map((one) => `${shownPair(one)} by ${one.by}`))

/** Sends a request; its answer has one of the statuses of the API. */
export async function sendKind(metered: Metered, kind: Kind): Promise<Answer> {
  const { server, agent } = metered
  const answer = await server.send({ ...kind.request, agent, againIfClosed: true })
  expect(answer, 'by the API, which is as the starter has it').toHaveStatus(...kind.statuses)
  return answer
}

/** Fails unless exactly one counter has risen, by one, and has the labels of this request. */
function expectCounted(
  metered: Metered,
  kind: Kind,
  statuses: RegExp,
  status: string,
  what: string,
  before: Numbers,
  after: Numbers,
): void {
  const rises = risenCounters(before, after)
  const [one] = rises
  const say = (rule: string, why = '') =>
    `${what}: of http_requests_total one series must rise by 1, ${wanted(kind, status)}.${why}\nIt rose: ${risen(before, after)}.\nThe rule: ${rule}`
  if (rises.length !== 1 || one!.by !== 1) expect.fail(say(RULES.every))
  if (one!.method !== methodOf(kind)) expect.fail(say(RULES.method))
  if (!statuses.test(one!.status)) {
    expect.fail(say(statuses.test('aborted') ? RULES.aborted : RULES.status))
  }
  const problem = routeProblem(metered, kind.routes, one!.route)
  if (problem) expect.fail(say(kind.rule, ` It has ${problem}.`))
}

/** Fails unless one histogram has risen, by one, and has the labels of this request. */
function expectObserved(
  metered: Metered,
  kind: Kind,
  what: string,
  before: Numbers,
  after: Numbers,
): void {
  const rises = risenHistograms(before, after)
  const [one] = rises
  const say = `${what}: of http_request_duration_seconds one _count must rise by 1, that of {method="${methodOf(kind)}", route=${wantedRoute(kind.routes)}}.\nIt rose: ${observed(before, after)}.\nThe rule: ${RULES.histogram}`
  const fits =
    rises.length === 1 &&
    one!.by === 1 &&
    one!.method === methodOf(kind) &&
    routeProblem(metered, kind.routes, one!.route) === undefined
  if (!fits) expect.fail(say)
  const counted = risenCounters(before, after)
  // What the counter says is right or wrong by itself; the two must say the same.
  if (counted.length === 1 && counted[0]!.route !== one!.route) {
    expect.fail(`${say}\nhttp_requests_total has it under ${shownPair(counted[0]!)}.`)
  }
}

export type Looks = { counter?: boolean; histogram?: boolean }

/** How a request ends: with this answer, or with none. */
type End = { what: string; statuses: RegExp; status: string }

/** Once what has ended is on the page, expects it to have been counted once. @returns the page */
export async function expectOnce(
  metered: Metered,
  kind: Kind,
  end: End,
  before: Numbers,
  { counter = true, histogram = false }: Looks = {},
  seconds?: number,
): Promise<Page> {
  const isThere = ({ numbers }: Page) =>
    (!counter || numbers.total !== before.total) &&
    (!histogram || numbers.observed !== before.observed)
  await scrapeUntil(metered, isThere, seconds && seconds * 1000)
  // Once more: what counts twice may do so a moment later.
  const page = await metered.scrape()
  const { what, statuses, status } = end
  if (counter) expectCounted(metered, kind, statuses, status, what, before, page.numbers)
  if (histogram) expectObserved(metered, kind, what, before, page.numbers)
  return page
}

/** Sends one request and expects it to be counted once, as what it is. @returns the page afterwards */
export async function expectRequest(
  metered: Metered,
  kind: Kind,
  before: Numbers,
  looks: Looks = {},
): Promise<{ answer: Answer; numbers: Numbers }> {
  const answer = await sendKind(metered, kind)
  const body = kind.request.body === undefined ? '' : ` with the body ${kind.request.body}`
  const status = String(answer.status)
  const what = `${answer.request}${body} was answered with ${status}`
  const end = { what, status, statuses: new RegExp(`^${status}$`) }
  const page = await expectOnce(metered, kind, end, before, looks)
  return { answer, numbers: page.numbers }
}

/** As `expectRequest`, for what may stay uncounted: another request after it shows that nothing more comes. */
export async function expectAtMostOnce(
  metered: Metered,
  kind: Kind,
  before: Numbers,
): Promise<Numbers> {
  const answer = await sendKind(metered, kind)
  const last = await metered.server.send({ path: '/parcels', agent: metered.agent })
  const ofLast = JSON.stringify(['GET', metered.routes.get('all') ?? '/parcels', '200'])
  const countOf = (numbers: Numbers) => numbers.counters.get(ofLast)?.value ?? 0
  await scrapeUntil(metered, ({ numbers }) => countOf(numbers) > countOf(before))
  const { numbers } = await metered.scrape()
  const rises = risenCounters(before, numbers).filter(
    ({ method, route, status }) => JSON.stringify([method, route, status]) !== ofLast,
  )
  const fits = rises.every(
    (one) =>
      one.by === 1 &&
      one.method === methodOf(kind) &&
      one.status === String(answer.status) &&
      routeProblem(metered, kind.routes, one.route) === undefined,
  )
  if (!fits || rises.length > 1) {
    const status = String(answer.status)
    expect.fail(
      `${answer.request} was answered with ${status}, and ${last.request} with ${last.status}. For the first nothing of http_requests_total may rise, or ${wanted(kind, status)} by 1.\nIn all it rose: ${risen(before, numbers)}.\nThe rule: ${kind.rule}`,
    )
  }
  return numbers
}
