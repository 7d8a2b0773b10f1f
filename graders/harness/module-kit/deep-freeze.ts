import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { note } from '../evidence.ts'
import type { EvaluateOptions, ModuleSubject } from '../subjects/module.ts'

type Outcome = { result?: unknown; refused?: string; after?: unknown }

/**
 * Runs a function in the learner's process, as `subject.evaluate` does, on an argument that is
 * frozen through and through. Fails where the learner's code changes it, and shows what changed.
 *
 * A write that is refused is no proof of a change: after `Object.create(row)`, the new object cannot
 * take a property that the frozen row has. So the function then runs once more, on a copy that is
 * not frozen, and what counts is whether that copy is as it was.
 * @param fn may use nothing from around it, and lets errors of the learner's code out
 * @param argument plain data: objects and arrays; a Map or a typed array cannot be frozen
 * @param given the argument in a learner's words: "the rows"
 * @throws AssertionError where the argument was changed; SubjectError as `evaluate` does
 * @example
 *   const sums = await evaluateFrozen(subject, ({ total }, rows) => total(rows), rows, 'the rows')
 */
export async function evaluateFrozen<M, A, R>(
  subject: ModuleSubject<M>,
  fn: (module: M, argument: A) => R | Promise<R>,
  argument: A,
  given: string,
  options?: EvaluateOptions,
): Promise<Awaited<R>> {
  const sent = { source: fn.toString(), argument }
  const { result, refused, after } = await subject.evaluate(runFrozen, sent, options)
  if (refused !== undefined && !isDeepStrictEqual(after, argument)) {
    note('The change was made here', refused)
    const message = `${given} after the call, which must leave them as they were: work on a copy`
    expect(after, message).toEqual(argument)
  }
  return result as Awaited<R>
}

/** Runs in the learner's process, so it uses nothing from here. */
async function runFrozen(
  module: unknown,
  { source, argument }: { source: string; argument: unknown },
): Promise<Outcome> {
  // biome-ignore lint/security/noGlobalEval: a function travels as its source, as in the driver
  const fn = globalThis.eval(`(${source})`) as (module: unknown, argument: unknown) => unknown
  const copy = structuredClone(argument)
  const waiting: unknown[] = [argument]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) continue
    Object.freeze(value)
    for (const part of Object.values(value)) waiting.push(part)
  }
  try {
    return { result: await fn(module, argument) }
  } catch (error) {
    const refusal = /read only property|not extensible|Cannot (delete|redefine) property/
    if (!(error instanceof TypeError) || !refusal.test(error.message)) throw error
    const line = /([^\\/\s(]+\.[cm]?[jt]s:\d+):\d+/.exec(String(error.stack))?.[1]
    const result = await fn(module, copy)
    return { result, refused: `${line ?? 'unknown line'}: ${error.message}`, after: copy }
  }
}
