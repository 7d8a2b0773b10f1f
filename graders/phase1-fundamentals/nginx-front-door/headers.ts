import { expect } from 'vitest'
import type { Answer } from '../../harness/index.ts'

export const HSTS = 'Strict-Transport-Security'

/** Fails where an answer does not have the header once, for a year at least. */
export function expectHsts(answer: Answer, request: string): void {
  const values = valuesOf(answer, HSTS)
  const told = `every answer over HTTPS has one ${HSTS}\n${request}\nanswers ${answer.status}`
  expect(values.length, `${told}. How many of these headers it has`).toBe(1)
  const seconds = hstsSeconds(values[0]!)
  expect(seconds, `${told} with "${values[0]}". The max-age`).toBeGreaterThanOrEqual(31_536_000)
}

function valuesOf({ rawHeaders }: Answer, name: string): string[] {
  return rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name.toLowerCase(),
  )
}

/** Returns the max-age of a header in the form of RFC 6797; 0 where it has another form. */
function hstsSeconds(value: string): number {
  const directives = value.split(';').map((one) => one.trim())
  const form = /^[\w-]+(\s*=\s*("[^"]*"|[\w-]+))?$/
  if (!directives.every((one) => one === '' || form.test(one))) return 0
  const ages = directives.filter((one) => /^max-age\s*=/i.test(one))
  return ages.length === 1 ? Number(/=\s*"?(\d+)"?$/.exec(ages[0]!)?.[1] ?? 0) : 0
}

/** The directives of `Cache-Control`; several headers say the same as one. */
export function cacheControl(answer: Answer): string[] {
  const value = String(answer.headers['cache-control'] ?? '')
  return value.split(',').map((one) => one.trim().toLowerCase())
}

/** Fails where browsers would not keep a file for a year. */
export function expectKept(answer: Answer, request: string): void {
  const found = cacheControl(answer)
  const seen = answer.headers['cache-control'] ?? '(none)'
  const told = `a file is kept for a year\n${request}\nhas Cache-Control: ${seen}. Its directives`
  expect(found, told).toContain('max-age=31536000')
  expect(found, told).toContain('immutable')
  const others = found.filter((one) => /^(max-age=|no-store|no-cache)/.test(one))
  expect(others, told).toEqual(['max-age=31536000'])
}

/** A version of nginx, in a header or a page. */
const VERSION = /nginx\/\d[\d.]*/

/** Fails where an answer tells which nginx this is. */
export function expectNoVersion(answer: Answer, request: string): void {
  const told = `no answer names the version of nginx\n${request}\nanswers ${answer.status}`
  const server = VERSION.exec(String(answer.headers.server ?? ''))?.[0] ?? '(none)'
  expect(server, `${told}. The version in its header Server`).toBe('(none)')
  const page = VERSION.exec(answer.text)?.[0] ?? '(none)'
  expect(page, `${told}. The version in its page`).toBe('(none)')
}
