import os from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { plainRun } from '../../../graders/harness/open-run.ts'
import type { Engine } from '../engine/engine.ts'
import type { Session } from '../engine/session.ts'
import type { Progress } from '../progress.ts'
import type { ExerciseResult } from '../report.ts'
import type { Ledger } from './ledger.ts'
import type { Job, Queue, Taken } from './queue.ts'

export type GradeAll = {
  engine: Engine
  ledger: Ledger
  queue: Queue
  jobs: Job[]
  exercises: Map<string, Exercise>
  seed: number
  /** How many gradings run at once; one more than there are cores by default. */
  lanes?: number
  progress: Progress
}

/**
 * Whether a failure may be the machine's, which had too much to do: a program that did not start, answer or
 * end in time. It is seen again alone before it counts.
 */
function looksLikeTime({ verdict, checks }: ExerciseResult): boolean {
  if (verdict !== 'failed') return false
  return checks.some(
    ({ status, error, message = '' }) =>
      status === 'failed' &&
      (/^Test timed out/.test(message) ||
        (error === 'SubjectError' && /\b(within|in time|timed? ?out|took)\b/i.test(message))),
  )
}

/** `2 min`, `40 s`: how long something is likely to take. */
function roughly(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

/**
 * Works off the jobs that the ledger lacks, several at once; each verdict is in the ledger before the job
 * leaves the queue, so whatever kills this process loses at most what was being graded.
 * @returns how many verdicts were found
 */
export async function gradeAll(options: GradeAll): Promise<number> {
  const { engine, ledger, queue, jobs, exercises, seed, progress } = options
  const lanes = Math.min(options.lanes ?? os.availableParallelism() + 1, jobs.length)
  await queue.fill(jobs)
  const begun = performance.now()
  const alone: Taken[] = []
  let open = jobs.length
  let found = 0

  const tell = (about: string) => {
    const done = jobs.length - open
    const left = done > 0 ? ` · ${roughly(((performance.now() - begun) / done) * open)} left` : ''
    progress.status(`${done}/${jobs.length} graded${left} · ${about}`)
  }
  const keep = async ({ job, done }: Taken, result: ExerciseResult) => {
    if (await ledger.record(job.key, result)) found += 1
    await done()
    open -= 1
    tell(`${job.key.exercise}: ${result.verdict}`)
  }
  const grade = async (session: Session, { job }: Taken): Promise<ExerciseResult> => {
    const run = { ...plainRun(engine.run), submission: job.folder, seed }
    return (await session.grade(run, [exercises.get(job.key.exercise)!]))[0]!
  }
  const judge = async (taken: Taken, result: ExerciseResult): Promise<void> => {
    const { verdict, reason = 'the grader came to no verdict' } = result
    if (verdict !== 'error' && verdict !== 'not run') return keep(taken, result)
    await ledger.attempt(taken.job.key, { verdict, reason })
    if (!(await taken.again())) open -= 1
  }

  tell('')
  const lane = async () => {
    const session = await engine.session({ workers: 1 })
    try {
      while (open > alone.length) {
        const taken = await queue.take()
        if (!taken) {
          await pause(200) // others are at work, or something waits to be tried again
          continue
        }
        const result = await grade(session, taken)
        if (looksLikeTime(result) && lanes > 1) alone.push(taken)
        else await judge(taken, result)
      }
    } finally {
      await session.close()
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (alone.length > 0) {
    const session = await engine.session({ workers: 1 })
    // What comes to no verdict here is left for the next run.
    for (const taken of alone) await judge(taken, await grade(session, taken))
    await session.close()
  }
  return found
}
