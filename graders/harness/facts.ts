import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/**
 * Compares facts one by one, so that the message is about the first that is wrong.
 * @param seen what came from the learner's process: anything at all
 * @param when ends each message: "size *after …*"
 */
export function expectFacts<Fact extends string>(
  seen: Partial<Record<Fact, unknown>> | undefined,
  wanted: Record<Fact, unknown>,
  when: string,
): void {
  for (const fact of Object.keys(wanted) as Fact[]) {
    if (isDeepStrictEqual(seen?.[fact], wanted[fact])) continue
    expect(seen?.[fact], `${fact} ${when}`).toEqual(wanted[fact])
  }
}
