import { ROOT } from '../graders/harness/paths.ts'
import { importViolations } from './lib/imports.ts'

// A part of `npm run lint`: imports go one way, and in no circle.

const violations = importViolations(ROOT)
if (violations.length > 0) {
  process.stderr.write(`${violations.join('\n')}\n`)
  process.exitCode = 1
}
