// Requests of every kind, with the answers the API gives, and what the line of each must hold.
import { expect } from 'vitest'
import type { Fresh, Sending, Submission } from '../../harness/index.ts'
import { isRequestLine, LEVELS, type Line, levelOf, shown } from './lines.ts'
import { type Customer, failing, posting, type Sent, type World } from './world.ts'

/** A request, the statuses that the API answers it with, and whose token it has. */
export type Kind = {
  sending: Sending
  statuses: number[]
  /** The customer's id; null where there is no good token; undefined where either may stand there. */
  userId?: string | null
}

export const RULES = {
  one: 'one line: for each request, whatever its answer, once it is over',
  method: '`method`: as it was sent',
  path: '`path`: what was sent before the `?`, as it came or decoded',
  status: '`status`: the answer’s, a number',
  duration:
    '`durationMs`: a number: milliseconds from the arrival of the request’s head, before its body, to the end of its answer',
  userId:
    '`userId`: the `id` of the customer, where the request has a good token; else it is missing or `null`',
  level: '`level`: `info` below 400; `warn` or `info` from 400; `error` from 500',
  stack:
    '`err`: from 500: an object whose `stack` is the stack trace of the error, several lines in one text',
  once: 'an error stands in the log once: no other line of the request has `err` or the level `error`',
  notAborted:
    'aborted: it has `aborted: true`, the level `info` or `warn`, and any `status` or none; all others have no `aborted`, or `false`',
  requestId:
    '`requestId`: is on each line that is written while a request is served, however deep in the code; it is that request’s, however many run at once',
  livez: '`GET /livez`: has no line, on any level',
} as const

/** A request in words, with its body where it has one. */
export function told({ sending, answer }: Sent): string {
  const body = sending.json === undefined ? sending.body : JSON.stringify(sending.json)
  const withBody = body === undefined ? '' : ` with the body ${String(body).slice(0, 200)}`
  return `${answer.request}${withBody} was answered with ${answer.status}`
}

/** Fails with what was sent, the rule, and the lines that came. */
export function failWith(what: string, asked: string, rule: string, lines: Line[]): never {
  return expect.fail(`${what}: ${asked}.\nThe rule: ${rule}\nThe lines that came:\n${shown(lines)}`)
}

/** The API gives this answer, as the starter does. */
export async function sendKind(world: World, { sending, statuses }: Kind): Promise<Sent> {
  const sent = await world.send(sending)
  expect(sent.answer, 'by the API, which is as the starter has it').toHaveStatus(...statuses)
  return sent
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const isNothing = (value: unknown) => value === undefined || value === null

/** A request's line: exactly one, with all its fields. Where it says something is another check's, or not. */
export function expectLine(world: World, sent: Sent, { userId }: Pick<Kind, 'userId'>): Line {
  const { id, sending, answer, ms } = sent
  const what = told(sent)
  const own = world.lines.of(id)
  const found = own.filter(isRequestLine)
  if (found.length !== 1) {
    const asked = `stdout must have one line with "durationMs" and "requestId":"${id}", and has ${found.length}`
    const alike = own.length > 0 ? own : world.lines.all.slice(-3)
    failWith(what, asked, RULES.one, alike)
  }
  const [line] = found
  const fields = line!.fields!
  const must = (holds: boolean, asked: string, rule: string) => {
    if (!holds) failWith(what, asked, rule, [line!])
  }
  const method = sending.method ?? 'GET'
  must(fields.method === method, `"method" must be "${method}"`, RULES.method)
  const path = sending.path.split('?')[0]!
  must(
    fields.path === path || fields.path === decoded(path),
    `"path" must be ${JSON.stringify(path)}`,
    RULES.path,
  )
  must(fields.status === answer.status, `"status" must be ${answer.status}`, RULES.status)
  const { durationMs } = fields
  must(
    // A busy machine may stop the server between the answer and its line; C8 looks closer.
    typeof durationMs === 'number' && durationMs >= 0 && durationMs <= ms + 5000,
    `"durationMs" must be a number, and about the ${Math.ceil(ms)} that the client waited at most`,
    RULES.duration,
  )
  if (userId === null) {
    must(isNothing(fields.userId), '"userId" must be missing, or null', RULES.userId)
  } else if (userId !== undefined) {
    must(
      !isNothing(fields.userId) && String(fields.userId) === userId,
      `"userId" must be ${userId}`,
      RULES.userId,
    )
  }
  must(
    isNothing(fields.aborted) || fields.aborted === false,
    '"aborted" must be missing, or false',
    RULES.notAborted,
  )
  return line!
}

/** The level of a request's line, and the error of one that failed. */
export function expectLevel(world: World, sent: Sent, line: Line): void {
  const { status } = sent.answer
  const what = told(sent)
  const level = levelOf(line)!
  const { info, warn, error } = LEVELS
  const right: number[] = status >= 500 ? [error] : status >= 400 ? [info, warn] : [info]
  if (!right.includes(level)) {
    const names = status >= 500 ? 'error' : status >= 400 ? 'warn or info' : 'info'
    failWith(what, `the level of its line must be ${names}`, RULES.level, [line])
  }
  if (status < 500) return
  const { err } = line.fields!
  const stack = typeof err === 'object' && err !== null && (err as { stack?: unknown }).stack
  if (typeof stack !== 'string' || !stack.trim().includes('\n')) {
    failWith(what, 'its line must have "err" with a "stack" of several lines', RULES.stack, [line])
  }
  const own = world.lines.of(sent.id)
  const others = own.filter(
    (other) => other !== line && (levelOf(other)! >= error || !isNothing(other.fields!.err)),
  )
  if (others.length > 0) {
    failWith(what, 'one line alone must tell of the error', RULES.once, [line, ...others])
  }
}

// ---------------------------------------------------------------- fixtures

export async function makeParcel(world: World, town = 'Cork'): Promise<string> {
  const { answer } = await sendKind(world, {
    sending: posting('/parcels', { town }),
    statuses: [201],
  })
  return String(answer.body?.code)
}

/** Somebody who has logged in. */
export async function makeCustomer(world: World, { fresh }: Submission): Promise<Customer> {
  const email = fresh.email()
  const password = fresh.string(14)
  const made = await sendKind(world, {
    sending: posting('/customers', { email, password }),
    statuses: [201],
  })
  const { answer } = await sendKind(world, {
    sending: posting('/login', { email, password }),
    statuses: [200],
  })
  return { id: String(made.answer.body?.id), email, password, token: String(answer.body?.token) }
}

/** A path that the API does not have. */
const unknownPath = (fresh: Fresh) =>
  fresh.pick(['/', '/nothing-here', '/favicon.ico', `/${fresh.unique()}/x`, '/Z%C3%BCrich'])

/** A request of each kind, but those that cost a slow hash and those that end the process. */
export function kindsOf(fresh: Fresh, code: string, { id, token }: Customer): Kind[] {
  const path = `/parcels/${code}`
  const bearer = { Authorization: `Bearer ${token}` }
  const wrong = { Authorization: `Bearer ${fresh.string(32)}` }
  const json = { 'Content-Type': 'application/json' }
  const none = { userId: null }
  return [
    { sending: { path }, statuses: [200], ...none },
    { sending: { path: `${path}?x=${fresh.word()}&y=1` }, statuses: [200], ...none },
    { sending: { path: `${path}?` }, statuses: [200], ...none },
    { sending: { method: 'HEAD', path }, statuses: [200], ...none },
    { sending: { path: `/parcels/${fresh.unique()}` }, statuses: [404], ...none },
    { sending: { path: `${path}/label?ms=${fresh.int(1, 9)}` }, statuses: [200], ...none },
    { sending: posting('/parcels', { town: fresh.city() }), statuses: [201], ...none },
    { sending: posting('/parcels', {}), statuses: [400, 422], ...none },
    {
      sending: { method: 'POST', path: '/parcels', body: '{"town":', headers: json },
      statuses: [400],
      ...none,
    },
    { sending: { method: 'DELETE', path: '/parcels' }, statuses: [404, 405], ...none },
    { sending: { path: unknownPath(fresh) }, statuses: [404], ...none },
    { sending: { path: `${unknownPath(fresh)}?page=${fresh.int(1, 9)}` }, statuses: [404], ...none },
    {
      sending: posting(`${path}/pay`, { card: { number: '4111111111111111' } }),
      statuses: [200],
      ...none,
    },
    { sending: failing(code), statuses: [500], ...none },
    { sending: { ...failing(code), headers: bearer }, statuses: [500], userId: id },
    { sending: { path: '/me', headers: bearer }, statuses: [200], userId: id },
    { sending: { path: `/me?token=${token}` }, statuses: [200], userId: id },
    { sending: { path: '/me' }, statuses: [401], ...none },
    { sending: { path: '/me', headers: wrong }, statuses: [401], ...none },
    { sending: { path: `/me?token=${fresh.string(32)}` }, statuses: [401], ...none },
    { sending: { path, headers: bearer }, statuses: [200], userId: id },
    {
      sending: { ...posting('/parcels', { town: fresh.city() }), headers: bearer },
      statuses: [201],
      userId: id,
    },
    { sending: { path: '/nothing-here', headers: bearer }, statuses: [404], userId: id },
  ]
}
