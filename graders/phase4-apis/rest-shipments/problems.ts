import { expect } from 'vitest'
import { type Answer, findLeaks, findStack, type PostgresDatabase } from '../../harness/index.ts'

/** What PostgreSQL and its drivers say, SQL, and paths of files. */
const INSIDE = [
  /duplicate key|violates (unique|check|foreign key|not-null)/i,
  /shipments_\w+|scans_\w+/,
  /invalid (input syntax|byte sequence)|out of range for type|SQLSTATE|relation "/i,
  /\bselect\b.+\bfrom\b|\binsert\s+into\b|\bupdate\s+"?shipments\b|\bdelete\s+from\b/i,
  /ECONN\w+|connection (refused|reset|terminated)|terminating connection|getaddrinfo/i,
  /node_modules|[\w/]+\.(?:[cm]?[jt]s|py|go|java|php|rb):\d+/,
]

/** Fails where an error shows something of the inside of the program. */
export function expectNothingInside(answer: Answer, db: PostgresDatabase): void {
  const { text, request } = answer
  const seen = `${JSON.stringify(answer.headers)}\n${text}`
  const { password, hostname, port } = new URL(db.url)
  const address = `${hostname}:${port}`
  const found = [
    findStack(seen),
    ...INSIDE.map((pattern) => pattern.exec(text)?.[0]),
    ...findLeaks({ "the database's password": password, "the database's name": db.name }, [
      { place: 'the answer', content: seen },
    ]),
    text.includes(address) ? address : undefined,
  ].find(Boolean)
  const message = `the answer of ${request} shows something of the inside: ${found}\n${text.slice(0, 400)}`
  expect(found === undefined, message).toBe(true)
}

/** Fails where an answer from 400 up is no problem document. */
export function expectProblem(answer: Answer, what: string): void {
  const { status, request, headers, body } = answer
  const say = (why: string) =>
    `${request} with ${what} was answered with ${status}: ${why}\n${answer.text.slice(0, 400)}`
  const type = String(headers['content-type'] ?? '')
  const isProblem = /^application\/problem\+json\s*(;|$)/i.test(type)
  expect(
    isProblem,
    say(`its Content-Type must be application/problem+json, came ${type || 'none'}`),
  ).toBe(true)
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  expect(isObject, say('its body must be a JSON object')).toBe(true)
  const hasTitle = typeof body.title === 'string' && body.title.trim() !== ''
  expect(hasTitle, say('it must have a text in title')).toBe(true)
  expect(
    body.status === status,
    say(`its status must be ${status}, as a number, came ${JSON.stringify(body.status)}`),
  ).toBe(true)
}

/** Fails where a refusal of bad fields does not name exactly these. */
export function expectFields(answer: Answer, fields: string[], what: string): void {
  const { errors } = answer.body ?? {}
  const say = (why: string) =>
    `${answer.request} with ${what} was answered with ${answer.status}: ${why}\n${answer.text.slice(0, 400)}`
  expect(Array.isArray(errors), say('it must have an array in errors')).toBe(true)
  const named = new Set((errors as unknown[]).map((one) => (one as { field?: unknown })?.field))
  const came = [...named].map((name) => JSON.stringify(name ?? null)).sort()
  const wanted = fields.map((name) => JSON.stringify(name)).sort()
  expect(
    came.join() === wanted.join(),
    say(
      `the fields in errors must be ${wanted.join(' and ')}, came ${came.join(' and ') || 'none'}`,
    ),
  ).toBe(true)
}
