import type { OpenRun } from '../../../graders/harness/open-run.ts'
import type { Progress } from '../progress.ts'
import { changedFiles, isTouched, sampleMistakes, turnOfCommit, UNCHANGED } from './changed.ts'
import { writeSections } from './feedback.ts'
import { listJobs, listVariants, runJobs } from './jobs.ts'
import type { Job, Options, Outcome } from './outcome.ts'
import { outcomeLine } from './print.ts'
import { copyStarter, staticProblems } from './rules.ts'

/** Rule 1, then the gradings for rules 2 to 4. */
export async function gradeOnce(
  run: OpenRun,
  outcomes: Outcome[],
  options: Options,
  progress: Progress,
): Promise<void> {
  const queue: Job[] = []
  const changed = options.changedSince ? await changedFiles(options.changedSince) : undefined
  const turn = changed ? await turnOfCommit() : 0
  for (const outcome of outcomes) {
    const { exercise, mistakes } = outcome
    if (options.update) copyStarter(exercise)
    const found = staticProblems(exercise, mistakes, { only: options.only, update: options.update })
    outcome.problems.push(...found.problems)
    outcome.warnings.push(...found.warnings)
    if (outcome.problems.length === 0) outcome.passed += 1
    const all = { reference: options.seeds, alternatives: options.alternatives }
    const isSampled = changed && !isTouched(exercise, changed)
    // What is asked for by name is always graded.
    const graded = isSampled && !options.only ? sampleMistakes(mistakes, turn) : mistakes
    const jobs = listJobs(
      outcome,
      listVariants(exercise, graded, options.only),
      isSampled ? UNCHANGED : all,
    )
    outcome.left = jobs.length
    queue.push(...jobs)
  }
  const end = (outcome: Outcome) => {
    const { exercise, mistakes, sections } = outcome
    if (options.update && mistakes.length > 0) writeSections(exercise, mistakes, sections)
    progress.line(outcomeLine(outcome))
  }
  for (const outcome of outcomes) if (outcome.left === 0) end(outcome)
  const all = queue.length
  let done = 0
  progress.status(`0/${all} graded`)
  const { jobs, update = false, lenient = false } = options
  await runJobs(run, queue, { jobs, update, lenient }, (job) => {
    done += 1
    if (job.outcome.left === 0) end(job.outcome)
    const broken = outcomes.reduce((sum, { problems }) => sum + problems.length, 0)
    const bad = broken > 0 ? ` · ${broken} failed` : ''
    progress.status(
      `${done}/${all} graded${bad} · ${job.outcome.exercise.slug} ${job.variant.name}`,
    )
  })
}
