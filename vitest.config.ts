import os from 'node:os'
import { defineConfig } from 'vitest/config'

// A bare `npx vitest run graders/<phase>/<slug>` works by itself; the commands under scripts/ use
// the same configuration.
export default defineConfig({
  test: {
    include: ['graders/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.roadworks/**', 'graders/*/*/{starter,alternatives}/**'],
    globalSetup: ['./graders/harness/global-setup.ts'],
    // CI adds up the kit's own tests from this file.
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.roadworks/kit-tests.json' }]]
      : ['default'],
    pool: 'forks',
    // Graders wait for servers more than they compute, so a second core's worth always helps.
    maxWorkers: Math.max(2, os.availableParallelism()),
    testTimeout: 90_000,
    hookTimeout: 90_000,
    teardownTimeout: 30_000,
  },
})
