import type { Evidence } from '../../../graders/harness/evidence.ts'

/** How the tests of one grading are to be run; reaches the runner through vitest's `provide`. */
export type TestPlan = {
  /** Names of tests to run first, in this order; the others follow as the grader has them. */
  order: string[]
  /** Only the tests of these checks; all where it is missing. */
  only?: string[]
  /** Nothing more is run after the first test that fails. */
  bail?: boolean
  /** The grader is loaded and then waits for `go`: see `Session.prime`. */
  gate?: boolean
}

/** One test, as it was seen to begin or end. Plain data: it crosses from the grader's process. */
export type SeenTest = {
  name: string
  state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** When it began, in ms since 1970, and how long it took, in ms. */
  startedAt: number
  durationMs: number
  /** Why it was skipped. */
  note?: string
  errors: TestError[]
  evidence: Evidence[]
  output: string
  /** A service that is to blame. */
  fault?: string
}

export type TestError = {
  name?: string
  message?: string
  diff?: string
  stacks?: { file: string; line: number }[]
  /** Set on the errors of vitest's own matchers. */
  __vitest_error_context__?: unknown
}

/** What the engine and the process that runs a grader say to each other, beside vitest. */
export type GraderMessage =
  /** Begin, with these tests first. */
  | { roadworks: 'go'; order: string[] }
  /** The grader is loaded: the tests that it will run. */
  | { roadworks: 'collected'; file: string; names: string[] }
  | { roadworks: 'ready' }
  | { roadworks: 'test started'; file: string; name: string }
  | { roadworks: 'test ended'; file: string; test: SeenTest }

export function isGraderMessage(message: unknown): message is GraderMessage {
  return typeof message === 'object' && message !== null && 'roadworks' in message
}

/** The check that a test belongs to: its name begins with the check's id. */
export function checkId(name: string): string {
  return name.split(' ')[0]!
}

/** Whether a test belongs to one of these checks; all do where none are named. */
export function isOf(only: string[] | undefined, name: string): boolean {
  return !only || only.includes(checkId(name))
}
