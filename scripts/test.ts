import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { ROOT } from '../graders/harness/paths.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'

/** The kit's own tests, and then every grader. */
const PARTS = [
  ['node_modules/vitest/vitest.mjs', 'run', 'scripts', 'graders/harness'],
  ['scripts/start.mjs', 'verify', '--seeds', '5', '--alternatives', '1', '--sample'],
]

await defineCommand(
  'test',
  "Runs the kit's own tests, then verify for every exercise. It takes long: npm run verify <exercise> grades one, npx vitest run <file> runs one file of tests.",
  (command) => command,
  () => {
    // The second part runs whatever the first has found: who waits so long wants to know all of it.
    const codes = PARTS.map(([script, ...args]) => {
      const options = { cwd: ROOT, stdio: 'inherit' } as const
      const { status } = spawnSync(process.execPath, [path.join(ROOT, script!), ...args], options)
      return status ?? EXIT.environment
    })
    return codes.find((code) => code !== EXIT.passed) ?? EXIT.passed
  },
)
