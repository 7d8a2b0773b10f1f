import { expect } from 'vitest'

/** What is wrong with a page, by which rule, and which check that rule belongs to. */
export type Wrong = { complaint: string; rule: string; check: string }

/** Fails with the first of these that belongs to the check: others are for their own tests to say. */
export function expectNone(
  wrongs: Iterable<Wrong>,
  check: string,
  request: string,
  seen = '',
): void {
  for (const { complaint, rule, check: own } of wrongs) {
    if (own === check) expect.fail(`${request}: ${complaint}\nThe rule: ${rule}${seen}`)
  }
}
