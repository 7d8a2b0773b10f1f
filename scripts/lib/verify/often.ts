import type { OpenRun } from '../../../graders/harness/open-run.ts'
import type { Progress } from '../progress.ts'
import { count, countCaught, escapes, startLoad, type Tally, unsteady } from './flaky.ts'
import { gradeJobs, isCorrect, listJobs, listVariants } from './jobs.ts'
import type { Options, Outcome } from './outcome.ts'
import { outcomeLine } from './print.ts'

/**
 * Correct solutions, again and again on a busy machine: which checks depend on luck? Mistakes that
 * `--only` names, too: each must be caught every time.
 */
export async function gradeOften(
  run: OpenRun,
  outcomes: Outcome[],
  options: Options,
  progress: Progress,
): Promise<void> {
  const tallies = new Map<Outcome, Map<string, Tally>>()
  const queue = outcomes.flatMap((outcome) => {
    const variants = listVariants(outcome.exercise, outcome.mistakes, options.only).filter(
      (variant) => isCorrect(variant) || (variant.mistake && options.only),
    )
    tallies.set(outcome, new Map(variants.map(({ name }) => [name, new Map()])))
    outcome.left = variants.length * options.flaky!
    return listJobs(outcome, variants, { reference: options.flaky!, mistakes: options.flaky! })
  })
  const end = (outcome: Outcome) => {
    for (const [name, tally] of tallies.get(outcome)!) {
      const found = outcome.mistakes.some(({ id }) => id === name)
        ? escapes(tally)
        : unsteady(tally)
      if (found.length === 0 && tally.size > 0) outcome.passed += 1
      for (const { text, seed, detail } of found) {
        const rerun = `npm run verify -- ${outcome.exercise.slug} --only ${name} --seeds ${seed}`
        outcome.problems.push({
          what: `${name}: ${text}`,
          fix: `Seed ${seed} was the first that failed; ${rerun} grades it once more.`,
          detail,
        })
      }
    }
    progress.line(outcomeLine(outcome))
  }
  const all = queue.length
  let done = 0
  const endLoad = startLoad(run)
  try {
    await gradeJobs(run, queue, options.jobs, (job, result, ms) => {
      const { outcome, variant, seed } = job
      const tally = tallies.get(outcome)!.get(variant.name)!
      if (variant.mistake) countCaught(tally, variant.mistake.check, result, seed)
      else count(tally, result, seed)
      outcome.ms += ms
      outcome.left -= 1
      done += 1
      if (result.verdict === 'not run') outcome.unjudged += 1
      if (outcome.left === 0) end(outcome)
      progress.status(`${done}/${all} graded · ${outcome.exercise.slug} ${variant.name} ${seed}`)
    })
  } finally {
    endLoad()
  }
}
