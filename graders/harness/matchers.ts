import { STATUS_CODES } from 'node:http'
import { chai, expect } from 'vitest'
import { printable } from './evidence.ts'

/** What supertest's responses and our own answers have in common. */
type AnswerLike = {
  status: number
  headers: Record<string, unknown>
  text?: string
  body?: unknown
  /** Our own answers carry `GET /path`; supertest's carry their request. */
  request?: string | { method?: string; url?: string }
}

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The answer has one of these statuses. */
    toHaveStatus(...statuses: number[]): R
    /**
     * The body is a JSON object with a non-empty string in `error`, `message`, `title` or `detail`,
     * and the status is one of these, or any from 400 up where none is given.
     */
    toBeJsonError(...statuses: number[]): R
    /** 400 or 422, as the kit's rules allow for input that is well-formed but wrong. */
    toBeValidationFailure(): R
    /** The Content-Type is JSON: `application/json` or `application/…+json`, any parameters. */
    toBeJson(): R
  }
}

function nameOf(answer: AnswerLike): string {
  const { request } = answer
  if (typeof request === 'string') return request
  if (!request?.method) return 'the request'
  const url = request.url ?? ''
  return `${request.method} ${url.replace(/^https?:\/\/[^/]+/, '')}`
}

function status(code: number): string {
  return `${code} ${STATUS_CODES[code] ?? ''}`.trim()
}

type Outcome = { pass: boolean; message(): string }

/**
 * A custom matcher's own failure reads as any Error; as an AssertionError it can be told from a
 * fault of the grader.
 */
function settle(this: { isNot?: boolean; assertion?: object }, outcome: Outcome): Outcome {
  if (outcome.pass || this.isNot) return outcome
  // What a grader gave as `expect(answer, 'why')`; vitest itself would put it in front, too.
  const why: unknown = this.assertion && chai.util.flag(this.assertion, 'message')
  const message = why ? `${why}: ${outcome.message()}` : outcome.message()
  throw Object.assign(new Error(message), { name: 'AssertionError' })
}

function checkStatus(answer: AnswerLike, statuses: number[]): Outcome {
  const pass = statuses.includes(answer.status)
  const wanted = statuses.map(status).join(' or ')
  const body = printable(answer.text ?? '', 300).trim()
  return {
    pass,
    message: () =>
      `${nameOf(answer)} answered ${status(answer.status)}, expected ${pass ? 'anything but ' : ''}${wanted}${body && !pass ? `\n${body}` : ''}`,
  }
}

const isJsonType = (answer: AnswerLike) =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(String(answer.headers['content-type'] ?? ''))

function errorText(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const { error, message, title, detail } = body as Record<string, unknown>
  return [error, message, title, detail].find(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  )
}

function checkJson(answer: AnswerLike): Outcome {
  const type = JSON.stringify(answer.headers['content-type'] ?? null)
  const shown = printable(answer.text ?? '', 300).trim()
  return {
    pass: isJsonType(answer),
    message: () =>
      `${nameOf(answer)} answered ${status(answer.status)} with Content-Type ${type}, expected application/json\n${shown}`.trim(),
  }
}

function checkJsonError(answer: AnswerLike, statuses: number[]): Outcome {
  if (statuses.length > 0 && !statuses.includes(answer.status)) return checkStatus(answer, statuses)
  if (answer.status < 400) {
    return {
      pass: false,
      message: () => `${nameOf(answer)} answered ${status(answer.status)}, expected an error`,
    }
  }
  if (!isJsonType(answer)) return checkJson(answer)
  const shown = printable(answer.text ?? '', 300).trim() || '(an empty body)'
  return {
    pass: errorText(answer.body) !== undefined,
    message: () =>
      `${nameOf(answer)} answered ${status(answer.status)}: the body must be a JSON object with a text in error, message, title or detail\n${shown}`,
  }
}

expect.extend({
  toHaveStatus(answer: AnswerLike, ...statuses: number[]) {
    return settle.call(this, checkStatus(answer, statuses))
  },
  toBeValidationFailure(answer: AnswerLike) {
    return settle.call(this, checkStatus(answer, [400, 422]))
  },
  toBeJson(answer: AnswerLike) {
    return settle.call(this, checkJson(answer))
  },
  toBeJsonError(answer: AnswerLike, ...statuses: number[]) {
    return settle.call(this, checkJsonError(answer, statuses))
  },
})
