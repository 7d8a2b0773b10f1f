import type { Engine } from '../engine/engine.ts'
import type { Progress } from '../progress.ts'
import { nextTurn, openProven } from '../proven.ts'
import { writeSections } from './feedback.ts'
import { jobKey, listJobs, listVariants, runJobs } from './jobs.ts'
import type { Job, Options, Outcome } from './outcome.ts'
import { outcomeLine } from './print.ts'
import { copyStarter, staticProblems } from './rules.ts'
import { coldSample, hasTurn, isSample, partOf } from './sample.ts'
import { recordVerified, wasVerified } from './verified.ts'

/** Rule 1, then the gradings for rules 2 to 4. */
export async function gradeOnce(
  engine: Engine,
  outcomes: Outcome[],
  options: Options,
  progress: Progress,
): Promise<void> {
  const kept = openProven('verified')
  const turn = nextTurn()
  const keys = new Map<Job, string>()
  const queue: Job[] = []
  const whole = new Map<Outcome, Job[]>()
  for (const [index, outcome] of outcomes.entries()) {
    const { exercise, mistakes } = outcome
    if (options.update) copyStarter(exercise)
    const found = staticProblems(exercise, mistakes, { only: options.only, update: options.update })
    outcome.problems.push(...found.problems)
    outcome.warnings.push(...found.warnings.map((one) => ({ ...one, due: true })))
    if (outcome.problems.length === 0) outcome.passed += 1
    const seeds = { reference: options.seeds, alternatives: options.alternatives }
    const all = listJobs(outcome, listVariants(exercise, mistakes, options.only), seeds)
    const jobs = options.sample && wasVerified(exercise) ? partOf(all, turn) : all
    outcome.skipped = all.length - jobs.length
    if (!options.only && !options.lenient && outcome.skipped === 0) whole.set(outcome, jobs)
    for (const job of jobs) keys.set(job, jobKey(job, engine.run.services))
    const open = jobs.filter((job) => {
      if (!mayStand(options) || !kept.has(keys.get(job)!)) return true
      // Everything is seen again now and then: what a verdict rests on may be more than we know.
      return hasTurn(index, turn) && isSample(job, jobs)
    })
    outcome.kept = jobs.length - open.length
    outcome.passed += outcome.kept
    for (const job of options.cold ? open : coldSample(open, turn)) job.cold = true
    outcome.left = open.length
    queue.push(...open)
  }
  const good: Job[] = []
  await gradeQueue(engine, outcomes, queue, options, progress, (job) => {
    kept.add(keys.get(job)!)
    good.push(job)
  })
  // The sections that were written now are part of the key: what was seen is what stands there.
  if (options.update) for (const job of good) kept.add(jobKey(job, engine.run.services))
  // CI only looks: what it writes is thrown away, or would stand in nobody's commit.
  if (process.env.CI) return
  const today = new Date().toISOString().slice(0, 10)
  for (const [outcome, jobs] of whole) recordVerified(outcome, jobs, today)
}

/**
 * What was found right before may stand, unless somebody asks for it by name. That holds for a text
 * that is to be updated as well: the section is part of the key.
 */
function mayStand({ force, only, cold }: Options): boolean {
  return !force && !only && !cold
}

async function gradeQueue(
  engine: Engine,
  outcomes: Outcome[],
  queue: Job[],
  options: Options,
  progress: Progress,
  onGood: (job: Job) => void,
): Promise<void> {
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
  await runJobs(engine, queue, { jobs, update, lenient }, (job, good) => {
    done += 1
    if (good) onGood(job)
    if (job.outcome.left === 0) end(job.outcome)
    const broken = outcomes.reduce((sum, { problems }) => sum + problems.length, 0)
    const bad = broken > 0 ? ` · ${broken} failed` : ''
    progress.status(
      `${done}/${all} graded${bad} · ${job.outcome.exercise.slug} ${job.variant.name}`,
    )
  })
}
