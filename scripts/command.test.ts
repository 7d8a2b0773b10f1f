import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { ROOT } from '../graders/harness/paths.ts'

/** Runs `npm run list -- --json` into another program. */
function listInto(reader: string) {
  const env = { ...process.env, VITEST: undefined, INIT_CWD: undefined }
  const command = `"$0" scripts/list.ts --json | (${reader})`
  return spawnSync('sh', ['-c', command, process.execPath], { cwd: ROOT, env, encoding: 'utf8' })
}

test('what a command prints is whole, however late its reader is', { timeout: 60_000 }, () => {
  const { stdout } = listInto('sleep 1; cat')
  // More than a pipe holds: else this could not fail.
  expect(stdout.length).toBeGreaterThan(65_536)
  expect(JSON.parse(stdout).length).toBeGreaterThan(40)
})

test('a reader that goes away ends it without a stack trace', { timeout: 60_000 }, () => {
  expect(listInto('exec head -c 10').stderr).not.toContain('EPIPE')
})
