import type { Evidence } from '../evidence.ts'

/** What went wrong with a subject, as opposed to a wrong answer of it. */
export type SubjectFault =
  | 'crash' // it ended by itself, or its code threw
  | 'syntax' // Node could not read a file of it
  | 'build' // it could not be built
  | 'no-answer' // it did not answer in time, or never listened
  | 'connection' // it closed the connection without an answer
  | 'limit' // it used more time, memory or output than it may
  | 'missing' // a file of it is not there

/**
 * Thrown where the learner's program did not behave like a program: it crashed, hung, or closed the
 * connection. It is the learner's fault, never the kit's; the message is for the learner.
 */
export class SubjectError extends Error {
  override name = 'SubjectError'
  readonly fault: SubjectFault
  /** What shows it, where that is not noted already. */
  readonly evidence?: Evidence
  constructor(fault: SubjectFault, message: string, evidence?: Evidence) {
    super(message)
    this.fault = fault
    this.evidence = evidence
  }
}
