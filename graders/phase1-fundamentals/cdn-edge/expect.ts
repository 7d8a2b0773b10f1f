import { expect } from 'vitest'
import type { Expected } from './cache.ts'
import { type Asked, type Seen, shown } from './edge.ts'
import type { Given } from './origin.ts'

/** What `X-Cache` contains where the origin made the answer. */
export const MADE = /MISS|EXPIRED|BYPASS/

/** Says what an answer of the origin is like. */
export function sayGiven({ status, headers, body }: Given): string {
  const told = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${status}, ${told.join(', ')}: ${body.trim()}`
}

/** Fails where an answer did not come from where it should, or is another one. */
export function expectFrom(seen: Seen, expected: Expected, asked: Asked, told: string): void {
  const isFromCache =
    expected.from === 'cache' || (expected.from === 'either' && seen.given.length === 0)
  const { method = 'GET' } = asked
  if (isFromCache) {
    expect(seen.given.length, `${told}\nHow often the origin was asked`).toBe(0)
    expectSame(seen, expected.given!, asked, told)
    if (method === 'GET') expect(seen.xCache, `${told}\nIts X-Cache`).toContain('HIT')
    return
  }
  expect(seen.given.length, `${told}\nHow often the origin was asked`).toBe(1)
  const [given] = seen.given
  expectSame(seen, given!, asked, told)
  expectPassedOn(given!, asked, told)
  if (method === 'GET') {
    expect(seen.xCache, `${told}\nIts X-Cache`).toMatch(MADE)
    expect(seen.xCache, `${told}\nIts X-Cache`).not.toContain('HIT')
  }
}

/** Fails where the client did not get this answer of the origin's. */
export function expectSame({ answer }: Seen, given: Given, asked: Asked, told: string): void {
  const from = `${told}\nThe origin's answer is ${sayGiven(given)}`
  expect(answer.status, `${from}\nThe status that the client got`).toBe(given.status)
  const isHead = asked.method === 'HEAD'
  expect(answer.text, `${from}\nThe body that the client got`).toBe(isHead ? '' : given.body)
  for (const [name, value] of Object.entries(given.headers)) {
    const seen = answer.headers[name]
    const one = Array.isArray(seen) ? seen.join('\n') : seen
    expect(one, `${from}\nThe ${name} that the client got`).toBe(value)
  }
}

/** Fails where the origin got something else than the client sent. */
function expectPassedOn({ request }: Given, asked: Asked, told: string): void {
  expect(request.path, `${told}\nThe path and query that the origin got`).toBe(asked.path)
  expect(request.headers.host, `${told}\nThe Host that the origin got`).toBe(asked.host ?? 'a.test')
  expect(request.body.toString(), `${told}\nThe body that the origin got`).toBe(asked.body ?? '')
  const { method = 'GET' } = asked
  // A HEAD may be asked for as a GET, so that there is something to keep.
  const right = method === 'HEAD' ? ['HEAD', 'GET'] : [method]
  expect(right, `${told}\nThe method that the origin got`).toContain(request.method)
}

/** A program of requests, the last of which went wrong. */
export function sayProgram(asked: Asked[], rule: string): string {
  return `${rule}\n${asked.map((one) => shown(one)).join('\n')}`
}
