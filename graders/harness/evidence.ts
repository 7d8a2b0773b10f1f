import { stripVTControlCharacters } from 'node:util'
import { currentScope } from './scope.ts'

/** One thing that shows why a check failed: a request with its answer, a query with its rows. */
export type Evidence = { title: string; text: string }

declare module 'vitest' {
  interface TaskMeta {
    /** What the learner's program was sent and what it answered, newest last. */
    evidence?: Evidence[]
    /** What the learner's program printed. */
    output?: string
    /** Set where a service, not the learner's program, is to blame. */
    fault?: string
  }
}

const MOST_KEPT = 200

/** Notes something a learner would want to see if the test fails. */
export function note(title: string, text: string): void {
  const { evidence } = currentScope()
  evidence.push({ title: printable(title, 300), text: printable(text, 4000) })
  if (evidence.length > MOST_KEPT) evidence.shift()
}

/** Forgets what was noted. */
export function clearEvidence(): void {
  currentScope().evidence = []
}

/** The last things noted, oldest first. */
export function lastEvidence(count: number): Evidence[] {
  return currentScope().evidence.slice(-count)
}

/**
 * Makes bytes from a learner's program fit to print: no escape sequences, no control characters
 * but newline and tab, no characters that change the direction of text, no more than so many.
 * @param limit characters; the middle is left out where there are more
 */
export function printable(text: string, limit = 16_384): string {
  const clean = stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  if (clean.length <= limit) return clean
  const half = Math.floor(limit / 2)
  return `${clean.slice(0, half)}\n[… ${clean.length - 2 * half} characters left out …]\n${clean.slice(-half)}`
}
