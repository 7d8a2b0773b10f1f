import { type ChildProcess, spawn } from 'node:child_process'
import os from 'node:os'
import type { OpenRun } from '../../../graders/harness/open-run.ts'
import { register } from '../../../graders/harness/run.ts'
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

function entryOf(tally: Tally, id: string): Count {
  const entry = tally.get(id) ?? { passed: 0, errors: 0, runs: 0 }
  tally.set(id, entry)
  return entry
}

/** Adds a grading to the tally. Checks that were not run, for want of a service, do not count. */
export function count(tally: Tally, result: ExerciseResult, seed: number): void {
  // What keeps the grader from being loaded counts against all of its checks.
  const broken =
    result.verdict === 'error' && !result.checks.some(({ status }) => status === 'error')
  for (const check of result.checks) {
    if (check.status === 'not run') continue
    const one = entryOf(tally, check.id)
    one.runs += 1
    if (check.status === 'passed' && !broken) one.passed += 1
    else one.first ??= { seed, text: show({ ...result, checks: [check] }) }
    if (check.status === 'error' || broken) one.errors += 1
  }
}

/**
 * Adds a grading of a mistake to the tally: that its check fails is what must happen every time.
 * @param id the check that must catch it
 */
export function countCaught(tally: Tally, id: string, result: ExerciseResult, seed: number): void {
  const caught = result.checks.find((one) => one.id === id)
  if (caught?.status === 'not run') return
  const one = entryOf(tally, id)
  one.runs += 1
  if (caught?.status === 'failed') one.passed += 1
  else {
    one.first ??= { seed, text: show(result) }
    if (caught?.status !== 'passed') one.errors += 1
  }
}

/** What did not end every time as it must, and the first time that it did not. */
export type Irregular = { text: string; seed: number; detail: string }

/** @param words how the share is put, and the verb for what ended otherwise */
function irregular(
  tally: Tally,
  words: { share(id: string, share: string): string; otherwise: string },
): Irregular[] {
  return [...tally].flatMap(([id, { passed, errors, runs, first }]) => {
    if (passed === runs) return []
    const others = runs - passed
    const said = [
      others > errors && `${others - errors} ${words.otherwise}`,
      errors > 0 && `${errors} ended in an error of the kit`,
    ]
    const text = `${words.share(id, `${passed} of ${runs}`)} of the other ${others}: ${said.filter(Boolean).join(', ')}`
    return [{ text, seed: first!.seed, detail: first!.text }]
  })
}

/** How often a mistake escaped the check that must catch it, if it ever did. */
export function escapes(tally: Tally): Irregular[] {
  const share = (id: string, times: string) => `caught by ${id} ${times} times;`
  return irregular(tally, { share, otherwise: 'passed' })
}

/** The checks that did not pass every time, such as `C7 48 of 50, of the other 2: 2 failed`. */
export function unsteady(tally: Tally): Irregular[] {
  return irregular(tally, { share: (id, times) => `${id} ${times},`, otherwise: 'failed' })
}
