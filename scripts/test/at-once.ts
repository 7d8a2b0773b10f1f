import type { Reporter, TestCase } from 'vitest/node'

/** Prints how each test ended as soon as it has, for runs that take long: vitest keeps failures to the end. */
export const atOnce: Reporter = {
  onTestCaseResult(test: TestCase) {
    const result = test.result()
    if (result.state === 'skipped') return
    process.stderr.write(`${result.state}: ${test.fullName}\n`)
    for (const { stack, message, diff } of result.errors ?? []) {
      process.stderr.write(`${[stack ?? message, diff].filter(Boolean).join('\n')}\n`)
    }
  },
}
