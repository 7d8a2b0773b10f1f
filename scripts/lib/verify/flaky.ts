import { type ChildProcess, spawn } from 'node:child_process'
import os from 'node:os'
import { type OpenRun, register } from '../../../graders/harness/run.ts'
import type { ExerciseResult } from '../report.ts'
import { show } from './judge.ts'

/** Keeps one core busy until its parent is gone, however that ended. */
const SPIN = `
const parent = process.ppid
for (;;) {
  for (let i = 0; i < 1e7; i++);
  if (process.ppid !== parent) process.exit()
}`

/**
 * Keeps every core of the machine busy, so that what depends on speed shows.
 * @returns ends it
 */
export function startLoad(run: OpenRun, cores = os.availableParallelism()): () => void {
  const children: ChildProcess[] = Array.from({ length: cores }, () => {
    const child = spawn(process.execPath, ['-e', SPIN], { stdio: 'ignore' })
    // The end of the run ends it as well, and so does the reaper.
    if (child.pid) register(run, { type: 'process', pid: child.pid })
    return child
  })
  return () => {
    for (const child of children) child.kill('SIGKILL')
  }
}

type Count = {
  passed: number
  errors: number
  runs: number
  first?: { seed: number; text: string }
}

/** How often each check of a variant passed. */
export type Tally = Map<string, Count>

/** Adds a grading to the tally. Checks that were not run, for want of a service, do not count. */
export function count(tally: Tally, result: ExerciseResult, seed: number): void {
  // What keeps the grader from being loaded counts against all of its checks.
  const broken =
    result.verdict === 'error' && !result.checks.some(({ status }) => status === 'error')
  for (const check of result.checks) {
    if (check.status === 'not run') continue
    const one = tally.get(check.id) ?? { passed: 0, errors: 0, runs: 0 }
    tally.set(check.id, one)
    one.runs += 1
    if (check.status === 'passed' && !broken) one.passed += 1
    else one.first ??= { seed, text: show({ ...result, checks: [check] }) }
    if (check.status === 'error' || broken) one.errors += 1
  }
}

/** The checks that did not pass every time, such as `C7 48 of 50, of the other 2: 2 failed`. */
export function unsteady(tally: Tally): { text: string; seed: number; detail: string }[] {
  return [...tally].flatMap(([id, { passed, errors, runs, first }]) => {
    if (passed === runs) return []
    const others = runs - passed
    const said = [
      others > errors && `${others - errors} failed`,
      errors > 0 && `${errors} ended in an error of the kit`,
    ]
    const text = `${id} ${passed} of ${runs}, of the other ${others}: ${said.filter(Boolean).join(', ')}`
    return [{ text, seed: first!.seed, detail: first!.text }]
  })
}
