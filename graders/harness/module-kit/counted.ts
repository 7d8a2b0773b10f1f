import type { EvaluateOptions, ModuleSubject } from '../subjects/module.ts'

/** What a call gave, and how often it read its argument. */
export type Counted<R> = {
  /** Missing where there were more reads than allowed: the call is ended at the first one too many. */
  result?: R
  /** Reads of list places and of fields; one more than allowed where the call was ended. */
  reads: number
}

/**
 * Runs a function in the learner's process, as `subject.evaluate` does, on an argument whose lists
 * and fields count how often they are read. Complexity is graded so without a clock.
 *
 * Lists stay real arrays and objects plain objects, so that they can be spread, sorted, cloned and
 * turned to JSON; each place and each field is a getter. Whatever is copied out of them is no longer
 * counted: a loop inside a loop over a copy is for a limit of CPU time to find.
 * @param fn may use nothing from around it; `count()` lets it count something else as a read, such
 * as a call of a function that it hands to the learner's code
 * @param argument plain data: objects and arrays
 * @param most how many reads are allowed
 * @throws SubjectError as `evaluate` does
 * @example
 *   const sum = ({ total }, rows) => total(rows)
 *   const { result, reads } = await evaluateCounted(subject, sum, rows, 20 * rows.length)
 */
export async function evaluateCounted<M, A, R>(
  subject: ModuleSubject<M>,
  fn: (module: M, argument: A, count: () => void) => R | Promise<R>,
  argument: A,
  most: number,
  options?: EvaluateOptions,
): Promise<Counted<Awaited<R>>> {
  const sent = { source: fn.toString(), argument, most }
  return (await subject.evaluate(runCounted, sent, options)) as Counted<Awaited<R>>
}

/** Runs in the learner's process, so it uses nothing from here. */
async function runCounted(
  module: unknown,
  { source, argument, most }: { source: string; argument: unknown; most: number },
): Promise<Counted<unknown>> {
  // biome-ignore lint/security/noGlobalEval: a function travels as its source, as in the driver
  const fn = globalThis.eval(`(${source})`) as (...given: unknown[]) => unknown
  let reads = 0
  let counting = true
  const count = () => {
    if (!counting) return
    reads += 1
    // Thrown again at every later read, whoever catches it.
    if (reads > most) throw new RangeError('the input was read too often')
  }
  const wrap = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const target: object = Array.isArray(value) ? [] : {}
    for (const [key, part] of Object.entries(value)) {
      let held = wrap(part)
      Object.defineProperty(target, key, {
        get() {
          count()
          return held
        },
        set(other: unknown) {
          held = other
        },
        enumerable: true,
        configurable: true,
      })
    }
    return target
  }
  const wrapped = wrap(argument)
  try {
    const result = await fn(module, wrapped, count)
    const total = reads
    // Sending the result reads it.
    counting = false
    return total > most ? { reads: total } : { result, reads: total }
  } catch (error) {
    counting = false
    if (reads > most) return { reads }
    throw error
  }
}
