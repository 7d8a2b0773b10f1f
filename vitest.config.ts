import os from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { forgetClientOptions } from './graders/harness/client-options.mjs'
import { KEPT, keepCompiled } from './graders/harness/kept.mjs'
import { reachLoopback } from './graders/harness/loopback.mjs'
import { atOnce } from './scripts/test/at-once.ts'

/** What waits longest begins first: hostile submissions, for time limits. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isHostile = ({ moduleId }: TestSpecification) => moduleId.includes('/scripts/hostile/')
    const sorted = await super.sort(files)
    return [...sorted.filter(isHostile), ...sorted.filter((file) => !isHostile(file))]
  }
}

// For the workers of a bare `npx vitest`, too.
keepCompiled()
reachLoopback()
forgetClientOptions()

// A bare `npx vitest run graders/<phase>/<slug>` works by itself; the commands under scripts/ use
// the same configuration.
export default defineConfig(({ mode }) => ({
  test: {
    include: ['graders/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.roadworks/**', 'graders/*/*/{starter,alternatives}/**'],
    globalSetup: ['./graders/harness/global-setup.ts'],
    // CI adds up the kit's own tests from this file.
    reporters: [
      'default',
      ...(process.env.CI
        ? [['json', { outputFile: '.roadworks/kit-tests.json' }] satisfies [string, object]]
        : []),
      ...(mode === 'stress' ? [atOnce] : []),
    ],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // Its usual place is below node_modules, where subjects may read; graders hold the answers.
    fsModuleCachePath: path.join(KEPT, 'vitest'),
    // Graders wait for servers more than they compute.
    maxWorkers: os.availableParallelism() + 1,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    teardownTimeout: 30_000,
  },
}))
