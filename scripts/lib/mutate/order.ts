import path from 'node:path'
import type { Mutant } from './mutant.ts'

/** A test of the grader, as it was seen when the reference was graded. */
export type SeenTest = {
  name: string
  startedAt: number
  durationMs: number
  /** Ids of mutants whose place the reference passed in this test. */
  covered: Set<string>
}

/** Knows which tests have killed what, and so which to try first. */
export type Order = {
  /** All tests, the one with the best chance for its time first. */
  of(mutant: Mutant, lastKiller?: string): string[]
  learn(mutant: Mutant, killer: string): void
}

/** Every test costs this much beside its own time, in seconds. */
const OVERHEAD = 0.1

export function openOrder(tests: SeenTest[], switches: number): Order {
  const kills: { file: string; line: number; killer: string }[] = []
  return {
    learn(mutant, killer) {
      kills.push({ file: mutant.file, line: mutant.line, killer })
    },
    of(mutant, lastKiller) {
      const id = 'id' in mutant.make ? mutant.make.id : undefined
      const near = new Map<string, number>()
      for (const { file, line, killer } of kills) {
        if (file !== mutant.file) continue
        const weight = 1 / (1 + Math.abs(line - mutant.line))
        near.set(killer, (near.get(killer) ?? 0) + weight)
      }
      // Several files, such as q1.sql and q2.sql: tests say whom they are about.
      const stem = path.parse(mutant.file).name
      const chance = ({ name, covered }: SeenTest): number => {
        if (name === lastKiller) return 1000
        const reached = id === undefined || covered.has(id) ? 1 : 0.02
        // A test that passes few places is about them.
        const special = id === undefined ? 0 : 1 - covered.size / Math.max(1, switches)
        const named = name.split(/\W+/).includes(stem) ? 1 : 0
        return reached * (0.2 + special + named + 3 * (near.get(name) ?? 0))
      }
      return tests
        .map((test) => ({
          name: test.name,
          worth: chance(test) / (OVERHEAD + test.durationMs / 1000),
        }))
        .sort((a, b) => b.worth - a.worth)
        .map(({ name }) => name)
    },
  }
}
