// Waits until the process that opened a run has ended, then removes all the run made.
// The pipe on standard input closes with that process, whatever ended it.
import { existsSync } from 'node:fs'
import { cleanRun } from './clean-run.ts'

const dir = process.argv[2]!
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {})
process.stdin.resume()
process.stdin.on('error', () => {})
process.stdin.on('close', async () => {
  // It goes last where a run was closed: then there is nothing left to do.
  if (!existsSync(dir)) process.exit(0)
  await cleanRun(dir, { again: true })
  // Workers of the run die a little after it, and may have made something meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 500))
  await cleanRun(dir)
  process.exit(0)
})
