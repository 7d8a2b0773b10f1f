import { expect, test } from 'vitest'
import { forAll, meanwhile, openSubmission, shared } from '../../harness/index.ts'
import { BookCache } from './cache.ts'
import { type Asked, type Edge, openEdge, type Seen, shown } from './edge.ts'
import { expectFrom, expectSame, MADE, sayProgram } from './expect.ts'
import { type Given, query } from './origin.ts'
import { DATE, program } from './pools.ts'

// nginx runs with the learner's file, before an origin of ours. The query of a path says how the origin
// answers, and each of its answers has a number: it can be seen who got which.
const submission = openSubmission(import.meta)

const edge = shared(() => openEdge(submission))

/** A path that nobody has asked for yet. */
const freshPath = (name: string) => `/${name}-${submission.fresh.string(8)}`

/** Sends requests one after the other, and compares each with what a cache by the book does. */
async function play(opened: Edge, asked: Asked[], rule: string): Promise<void> {
  const book = new BookCache()
  for (const [at, one] of asked.entries()) {
    const expected = book.expects(one)
    const seen = await opened.ask(one)
    expectFrom(seen, expected, one, sayProgram(asked.slice(0, at + 1), rule))
    for (const given of seen.given) book.learns(one, given)
  }
}

// ---------------------------------------------------------------- from the cache

const KEPT: Record<string, string | number>[] = [
  { 'cache-control': 'max-age=600' },
  { 'cache-control': 'public, s-maxage=600, max-age=0', etag: 'v1' },
  { expires: 600 },
  { 'cache-control': 'max-age=600', status: 404 },
  { 'cache-control': 'max-age=600', status: 301 },
]

test.each(KEPT)('C1 answers from the cache the second time: %j', async (asked) => {
  const path = freshPath('map') + query(asked)
  const rule = 'a fresh answer comes from the cache, and the origin is not asked'
  await play(await edge(), [{ path }, { path }, { path }], rule)
})

test('C1 keeps nothing that does not say for how long', async () => {
  const rule = 'an answer with neither a max-age or s-maxage nor Expires is not kept'
  const silent: Record<string, string | number>[] = [
    {},
    { 'cache-control': 'public' },
    { status: 404 },
    { status: 301 },
  ]
  for (const asked of silent) {
    const path = freshPath('plain') + query(asked)
    await play(await edge(), [{ path }, { path }], rule)
  }
})

const FRESH = { 'cache-control': 'max-age=600' }

test('C2 keeps hosts, paths and queries apart', async () => {
  const path = freshPath('logo')
  const kept = query(FRESH)
  const rule = 'host, path and query are the key, byte by byte'
  const hosts = ['a.test', 'b.test', 'c.test', 'a.test', 'b.test'].map((host) => ({
    host,
    path: path + kept,
  }))
  await play(await edge(), hosts, rule)
  const paths = ['/x%2Fy', '/x/y', '/X/y', '/x/y/', '/x%2fy', '/x/y'].map((rest) => ({
    path: path + rest + kept,
  }))
  await play(await edge(), paths, rule)
  const queries = ['&a=1&b=2', '&b=2&a=1', '&a=1', '&a=1&b=2', ''].map((rest) => ({
    path: `${path}.svg${kept}${rest}`,
  }))
  await play(await edge(), queries, rule)
})

test.each(['Accept-Language', 'X-Region'])('C2 keeps an answer with Vary: %s', async (name) => {
  const path = freshPath('menu') + query({ ...FRESH, vary: name })
  const values = ['de', 'pt', 'de', 'pt'].map((one) => ({ path, headers: { [name]: one } }))
  const rule = 'an answer with Vary is for requests whose headers of these names are the same'
  await play(await edge(), [...values, { path }, { path }], rule)
})

test('C2 hands all methods but GET and HEAD to the origin', async () => {
  const path = freshPath('parcels') + query(FRESH)
  const others = ['POST', 'PUT', 'DELETE'].map((method) => ({ path, method, body: `${method} 7` }))
  const all = [{ path }, ...others, ...others, { path }]
  await play(await edge(), all, 'all methods but GET and HEAD go to the origin, body and all')
})

// ---------------------------------------------------------------- private

const PRIVATE: Record<string, string>[] = [
  { 'cache-control': 'private, max-age=600' },
  { 'cache-control': 'no-store' },
  { 'cache-control': 'max-age=600, no-cache' },
  { 'cache-control': 'max-age=600', 'set-cookie': 'sid=1; HttpOnly' },
]

test.each(PRIVATE)('C3 gives nobody what was made for another: %j', async (asked) => {
  const path = freshPath('me') + query(asked)
  const users = ['ada', 'grace', 'ada'].map((user) => ({
    path,
    headers: { Cookie: `sid=${user}` },
  }))
  await play(await edge(), users, 'such an answer is not kept')
})

test('C3 keeps no answer to a request with Authorization, and answers none from the cache', async () => {
  const path = freshPath('me') + query(FRESH)
  const ada = { path, headers: { Authorization: 'Bearer ada' } }
  const grace = { path, headers: { Authorization: 'Bearer grace' } }
  const rule = 'a request with Authorization goes to the origin, and its answer is not kept'
  await play(await edge(), [ada, grace, { path }, ada, grace, { path }], rule)
})

// ---------------------------------------------------------------- a crowd

/** After so long, in ms, nginx lets those who wait for another's answer through: 5 s, unless told. */
const PATIENCE = 4000

/** Sends a crowd for one slow answer. @returns undefined where the machine was too slow to tell */
async function crowd(opened: Edge, asked: Asked, path: string) {
  const begun = Date.now()
  const release = opened.origin.hold()
  const all = Array.from({ length: 20 }, () => opened.ask(asked))
  await expect.poll(() => opened.origin.asked(path).length, { timeout: 20_000 }).toBeGreaterThan(0)
  // Two who come later and are through: by then nginx has read what the crowd sent.
  for (let round = 0; round < 2; round++) await opened.ask({ path: freshPath('behind') })
  release()
  const seen = await Promise.all(all)
  return Date.now() - begun < PATIENCE ? seen : undefined
}

test('C4 asks the origin once for many who ask at the same time', async () => {
  const opened = await edge()
  for (let tries = 0; tries < 10; tries++) {
    const path = freshPath('slow')
    const asked = { path: path + query(FRESH) }
    const seen = await crowd(opened, asked, path)
    if (!seen) continue
    const told = `20 times at once: ${shown(asked)}`
    const given = opened.origin.asked(path)
    const bodies = given.map(({ body }) => body)
    for (const { answer } of seen) {
      expect(answer.status, `${told}\nThe status that each of them got`).toBe(200)
      expect(bodies, `${told}\nThe body that each of them got`).toContain(answer.text)
    }
    expect(given.length, `${told}\nHow often the origin was asked`).toBeLessThanOrEqual(2)
    return
  }
  throw new Error(`This machine is too slow: 20 requests took over ${PATIENCE} ms, ten times.`)
})

// ---------------------------------------------------------------- what has expired

/** Kept for a second. */
const SHORT = { 'cache-control': 'max-age=1' }

/** How long an answer with `max-age=1` may take to expire, in ms. */
const EXPIRES_WITHIN = 15_000

/**
 * Asks again and again until an answer is none of the fresh ones that were kept.
 * @returns that one
 */
async function untilExpired(opened: Edge, asked: Asked, first: Given): Promise<Seen> {
  const told = `${shown(asked)}\nand again until max-age=1 is over`
  const deadline = Date.now() + EXPIRES_WITHIN
  for (;;) {
    const { answer, xCache, given } = await opened.ask(asked)
    if (given.length > 0 || !xCache.includes('HIT')) return { answer, xCache, given }
    expectSame({ answer, xCache, given }, first, asked, told)
    const isOver = Date.now() > deadline
    expect(isOver, `${told}\nIt is still served, ${EXPIRES_WITHIN / 1000} s later`).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Has an answer kept for a second. */
async function keep(opened: Edge, asked: Asked): Promise<Given> {
  const { given } = await opened.ask(asked)
  expect(given.length, `${shown(asked)}\nHow often the origin was asked`).toBe(1)
  return given[0]!
}

/** Fails where the client did not get the expired answer. */
function expectStale(seen: Seen, first: Given, asked: Asked, told: string): void {
  expectSame(seen, first, asked, told)
  expect(seen.xCache, `${told}\nIts X-Cache`).toMatch(/STALE|UPDATING/)
}

for (const status of [500, 502, 503, 504]) {
  meanwhile(`C5 serves what it has when the origin answers ${status}`, { waits: 2 }, async () => {
    const opened = await edge()
    const path = freshPath('news')
    const asked = { path: path + query(SHORT) }
    const first = await keep(opened, asked)
    opened.origin.change(path, { status })
    const told = `${shown(asked)}\nonce it has expired, while the origin answers ${status}`
    expectStale(await untilExpired(opened, asked, first), first, asked, told)
    expectStale(await opened.ask(asked), first, asked, told)
  })
}

meanwhile('C5 serves what it has when the origin is gone', { waits: 2 }, async () => {
  const opened = await openEdge(submission)
  const asked = { path: freshPath('news') + query(SHORT) }
  const first = await keep(opened, asked)
  await opened.origin.stop()
  const told = `${shown(asked)}\nonce it has expired, while nothing listens at $ORIGIN_PORT`
  expectStale(await untilExpired(opened, asked, first), first, asked, told)
  const other = await opened.ask({ path: freshPath('unknown') })
  const status = other.answer.status
  expect([502, 503, 504], 'what is not in the cache, while the origin is gone').toContain(status)
})

for (const [header, validator, name] of [
  ['if-none-match', { etag: 'v1' }, 'ETag'],
  ['if-modified-since', { 'last-modified': DATE }, 'Last-Modified'],
] as const) {
  meanwhile(`C6 asks whether it has changed, by ${name}`, { waits: 2 }, async () => {
    const opened = await edge()
    const path = freshPath('price')
    const asked = { path: path + query({ ...SHORT, ...validator }) }
    const first = await keep(opened, asked)
    const headers = { ...first.headers, 'cache-control': 'max-age=600' }
    opened.origin.change(path, { headers })
    const seen = await untilExpired(opened, asked, first)
    const told = `${shown(asked)}\nonce it has expired`
    expect(seen.given.length, `${told}\nHow often the origin was asked`).toBe(1)
    const sent = seen.given[0]!.request.headers[header] ?? '(none)'
    const wanted = header === 'if-none-match' ? '"v1"' : DATE
    expect(sent, `${told}\nThe ${header} that the origin got`).toBe(wanted)
    const after = `${told}, and the origin said 304`
    expect(seen.answer.status, `${after}\nThe status that the client got`).toBe(200)
    expect(seen.answer.text, `${after}\nThe body that the client got`).toBe(first.body)
    expect(seen.xCache, `${after}\nIts X-Cache`).toContain('REVALIDATED')
    const next = await opened.ask(asked)
    const again = `${after} with max-age=600; the next request`
    expect(next.given.length, `${again}\nHow often the origin was asked`).toBe(0)
    expect(next.answer.text, `${again}\nThe body that the client got`).toBe(first.body)
    expect(next.xCache, `${again}\nIts X-Cache`).toContain('HIT')
  })
}

meanwhile('C6 replaces an expired answer that has changed', { waits: 2 }, async () => {
  const opened = await edge()
  const path = freshPath('price')
  const asked = { path: path + query({ ...SHORT, etag: 'v1' }) }
  const first = await keep(opened, asked)
  opened.origin.change(path, {
    etag: '"v2"',
    headers: { ...first.headers, etag: '"v2"', 'cache-control': 'max-age=600' },
  })
  const seen = await untilExpired(opened, asked, first)
  const told = `${shown(asked)}\nonce it has expired, and the origin has another answer`
  expect(seen.given.length, `${told}\nHow often the origin was asked`).toBe(1)
  expectSame(seen, seen.given[0]!, asked, told)
  expect(seen.xCache, `${told}\nIts X-Cache`).toMatch(MADE)
  const next = await opened.ask(asked)
  expect(next.given.length, `${told}; the next request\nHow often the origin was asked`).toBe(0)
  expectSame(next, seen.given[0]!, asked, `${told}; the next request`)
})

// ---------------------------------------------------------------- clients that have it

const CONDITIONS: [headers: Record<string, string>, status: number][] = [
  [{ 'If-None-Match': '"v1"' }, 304],
  [{ 'If-None-Match': '"v0", "v1"' }, 304],
  [{ 'If-None-Match': 'W/"v1"' }, 304],
  [{ 'If-None-Match': '"v2"' }, 200],
  [{ 'If-Modified-Since': DATE }, 304],
  [{ 'If-Modified-Since': 'Sat, 28 Nov 2026 09:00:00 GMT' }, 200],
  [{ 'If-None-Match': '"v2"', 'If-Modified-Since': DATE }, 200],
]

test.each(CONDITIONS)('C7 answers a client that asks with %j', async (headers, status) => {
  const opened = await edge()
  const path = freshPath('app') + query({ ...FRESH, etag: 'v1', 'last-modified': DATE })
  const first = await keep(opened, { path })
  const asked = { path, headers }
  const seen = await opened.ask(asked)
  const { answer, given } = seen
  const told = `a client that has the kept answer already gets 304\n${shown({ path })}\n${shown(asked)}`
  expect(answer.status, `${told}\nThe status`).toBe(status)
  if (status === 200) expectSame(seen, first, asked, told)
  else expect(answer.text, `${told}\nThe body`).toBe('')
  expect(given.length, `${told}\nHow often the origin was asked the second time`).toBe(0)
})

// ---------------------------------------------------------------- errors

test.each([500, 502, 503, 504])('C8 asks again after a %i', async (status) => {
  const opened = await edge()
  const path = freshPath('quote')
  const asked = { path: path + query({ status }) }
  const rule = 'an error of the origin is not kept'
  await play(opened, [asked], rule)
  opened.origin.change(path, { status: 200 })
  await play(opened, [asked], `${rule}: it answers 200 by now`)
})

test('C9 keeps no error that says it may be kept', async () => {
  const opened = await edge()
  for (const status of [500, 503]) {
    const path = freshPath('quote') + query({ ...FRESH, status })
    await play(opened, [{ path }, { path }], 'an answer with 500 or above is not kept')
  }
})

test('C9 gives a GET after a HEAD the whole answer', async () => {
  const path = freshPath('head') + query(FRESH)
  const rule = 'a GET after a HEAD gets the whole'
  await play(await edge(), [{ path, method: 'HEAD' }, { path }, { path, method: 'HEAD' }], rule)
})

test('C9 agrees with a cache by the book', async () => {
  const opened = await edge()
  let number = 0
  const rule = 'requests one after the other; the last is answered otherwise than by the rules'
  await forAll(submission.fresh, program, 60, async (...programs) => {
    for (const one of programs) {
      number += 1
      const own = one.map((asked) => ({ ...asked, path: `/r${number}${asked.path}` }))
      await play(opened, own, rule)
    }
  })
})
