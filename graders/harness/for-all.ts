import type fc from 'fast-check'
import type { Fresh } from './fresh.ts'
import { SubjectError } from './subjects/errors.ts'

/** Inputs that go to the learner's program in one call: a call costs about a millisecond. */
const BATCH = 250

/** For how long a smaller input is looked for, in milliseconds: some programs fail by making us wait. */
const SHRINK_MS = 20_000

/**
 * Tries many drawn inputs, in batches; where a batch fails, looks for the smallest input that does,
 * for up to 20 seconds, and throws what `check` says of that one.
 * @param fresh where the draw's seed comes from: `submission.fresh`
 * @param runs how many inputs
 * @param check throws where an input of the batch goes wrong; called with one input while shrinking
 * @example await forAll(submission.fresh, fc.array(fc.nat()), 500, (...lists) => expectSorted(lists))
 */
export async function forAll<T>(
  fresh: Fresh,
  drawn: fc.Arbitrary<T>,
  runs: number,
  check: (...inputs: T[]) => Promise<void>,
): Promise<void> {
  // Loaded where it is used: every grader imports the harness, and few of them draw inputs.
  const { asyncProperty, check: tryAll, sample } = await import('fast-check')
  const seed = fresh.int(0, 2 ** 31 - 1)
  const inputs = sample(drawn, { seed, numRuns: runs })
  try {
    while (inputs.length > 0) await check(...inputs.splice(0, BATCH))
  } catch (error) {
    // A program that is gone fails whatever it is given: nothing to be made smaller.
    if (error instanceof SubjectError) throw error
    const property = asyncProperty(drawn, (input) => check(input))
    const { errorInstance } = await tryAll(property, {
      seed,
      numRuns: runs,
      interruptAfterTimeLimit: SHRINK_MS,
    })
    throw errorInstance ?? error
  }
}
