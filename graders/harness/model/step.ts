import type { Answer } from '../http.ts'
import { describe, difference } from './match.ts'

/** One request of a program. */
export type ModelRequest = {
  /** GET by default. */
  method?: string
  /** As it is sent: percent-encoded where it must be. */
  path: string
  headers?: Record<string, string>
  /** JSON text, sent with its Content-Type unless one is given. */
  json?: string
  /** Anything else, sent without a Content-Type unless one is given. */
  body?: string | Buffer
  /**
   * The name of the browser whose cookies are in `headers.Cookie`: commands show `-b` and `-c` with a
   * file of that name in place of the header, so that they can be pasted whatever the cookies' values are.
   */
  jar?: string
  /** On a connection of its own: for requests after which a server may hang up. */
  alone?: boolean
}

/** What is wrong with an answer, where that is another rule's matter than the step's. */
export type Complaint = { complaint: string; rule: string; check: string }

/** One way in which a server may answer. */
export type Outcome = {
  /** Any of these. */
  status: number | number[]
  /** Compared by `difference`; undefined: not looked at. */
  body?: unknown
  /** The answer has the Content-Type of JSON; by default where `body` is given. */
  json?: boolean
  /** A JSON error, as the house rules say; by default where every status is 400 or above. */
  error?: boolean
  /** Says what else is wrong with an answer of that status, by which rule; undefined where nothing is. */
  also?(answer: Answer): string | Complaint | undefined
  /** The connection may be closed without an answer in place of this one. */
  orHangUp?: boolean
  /** What becomes of the model. */
  becomes?(answer: Answer): void
}

/** A request, and how the contract says that it is answered. */
export type Step = {
  request: ModelRequest
  /** What another program does just before the request: SQL that changes rows, for example. */
  before?: {
    /** Shown above the command, a line each. */
    what: string[]
    run(): Promise<unknown>
  }
  /** The rule that says so, in the README's words. */
  rule: string
  /** Where one status stands in two outcomes, the first that fits is taken. */
  outcomes: Outcome[]
  /** A look at the state that messages show, since later requests send what it told, such as a tag. */
  tells?: boolean
}

/** A JSON error with one of these statuses, after which nothing has changed. */
export const refused = (...status: number[]): Outcome => ({ status })

/** What became of a step. */
export type Verdict = { outcome: Outcome } | { complaint: string | Complaint }

const statusesOf = ({ status }: Outcome): number[] => [status].flat()

/** Says what answers would do: "200 or 204". */
export function expectedOf(step: Step): string {
  const statuses = [...new Set(step.outcomes.flatMap(statusesOf))]
  const hangUp = step.outcomes.some(({ orHangUp }) => orHangUp) ? ', or a closed connection' : ''
  return `${statuses.join(' or ')}${hangUp}`
}

const isJsonType = (type: unknown) =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(String(type ?? ''))

function errorText(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false
  const { error, message, title, detail } = body as Record<string, unknown>
  return [error, message, title, detail].some(
    (text) => typeof text === 'string' && text.trim() !== '',
  )
}

/** What is wrong with an answer whose status is one of the outcome's; undefined where nothing is. */
function complaintOf(
  outcome: Outcome,
  answer: Answer,
  isHead: boolean,
): string | Complaint | undefined {
  const statuses = statusesOf(outcome)
  const isError = outcome.error ?? statuses.every((status) => status >= 400)
  const asJson = outcome.json ?? (isError || outcome.body !== undefined)
  if (isHead && answer.bytes.length > 0) {
    return `HEAD is answered without a body, came ${answer.bytes.length} bytes`
  }
  const type = answer.headers['content-type']
  // A HEAD that is refused may say less than the GET beside it.
  if (isHead ? outcome.json && !isJsonType(type) : asJson && !isJsonType(type)) {
    return `the Content-Type must be JSON, came ${describe(type)}`
  }
  if (asJson && !isHead && answer.body === undefined) return 'the body must be whole, valid JSON'
  if (isError && !isHead && !errorText(answer.body)) {
    return 'the body must be a JSON object with a text in error, message, title or detail'
  }
  if (outcome.body !== undefined && !isHead) {
    const found = difference(outcome.body, answer.body)
    if (found) return `in the body, ${found}`
  }
  return outcome.also?.(answer)
}

/** Finds the outcome that the answer is, or says why it is none. */
export function judgeAnswer(step: Step, answer: Answer): Verdict {
  const isHead = step.request.method === 'HEAD'
  let complaint: string | Complaint | undefined
  for (const outcome of step.outcomes) {
    if (!statusesOf(outcome).includes(answer.status)) continue
    const wrong = complaintOf(outcome, answer, isHead)
    if (wrong === undefined) return { outcome }
    complaint ??= wrong
  }
  return { complaint: complaint ?? `expected ${expectedOf(step)}` }
}
