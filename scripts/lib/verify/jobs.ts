import { rmSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import { type OpenRun, plainRun } from '../../../graders/harness/open-run.ts'
import { type Grader, openGrader } from '../grade.ts'
import type { CheckResult, ExerciseResult } from '../report.ts'
import { buildVariant, listAlternatives, type Variant, VariantError } from '../variants.ts'
import { compareSection, makeSection, readSections, updateHint } from './feedback.ts'
import { caughtBy, judge } from './judge.ts'
import type { Job, Outcome } from './outcome.ts'
import { feedbackOf } from './stable.ts'

/** All variants of an exercise, or those with these names. */
export function listVariants(exercise: Exercise, mistakes: Mistake[], only?: string[]): Variant[] {
  const all: Variant[] = [
    { kind: 'starter', name: 'starter' },
    { kind: 'reference', name: 'reference' },
    ...listAlternatives(exercise).map((name): Variant => ({ kind: 'alternative', name })),
    ...mistakes.map((mistake): Variant => ({ kind: 'mistake', name: mistake.id, mistake })),
  ]
  return only ? all.filter((variant) => only.includes(variant.name)) : all
}

/** Whether a variant is a correct solution. */
export function isCorrect({ kind }: Variant): boolean {
  return kind === 'reference' || kind === 'alternative'
}

/**
 * The gradings of an exercise, once for each seed.
 * @param seeds.alternatives as many as of the reference by default
 * @param seeds.mistakes 1 by default; the starter is graded once
 */
export function listJobs(
  outcome: Outcome,
  variants: Variant[],
  seeds: { reference: number; alternatives?: number; mistakes?: number },
): Job[] {
  const times = {
    starter: 1,
    reference: seeds.reference,
    alternative: seeds.alternatives ?? seeds.reference,
    mistake: seeds.mistakes ?? 1,
  }
  return variants.flatMap((variant) =>
    Array.from({ length: times[variant.kind] }, (_, index) => ({
      outcome,
      variant,
      seed: index + 1,
    })),
  )
}

/** Grades one variant. Of a mistake only the check that must catch it is run, to its first failure. */
async function gradeVariant(
  run: OpenRun,
  grader: Grader,
  { outcome, variant, seed }: Job,
): Promise<ExerciseResult> {
  const { exercise } = outcome
  const root = path.join(run.dir, 'variants', `${exercise.slug}-${variant.name}-${seed}`)
  try {
    buildVariant(exercise, variant, root)
    const options = variant.mistake ? { only: [variant.mistake.check], bail: true } : {}
    const [result] = await grader.grade(
      { ...plainRun(run), seed, submission: root },
      [exercise],
      options,
    )
    return result!
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What to do with the texts that learners read; `lenient` only warns of one that has changed. */
type TextOptions = { update: boolean; lenient: boolean }

/** How often a mistake is graded, at most, whose text differs from the snapshot. */
const TRIES = 3

/**
 * Compares what a learner reads with the snapshot, or takes a new one. What differs is graded again:
 * a text that differs from itself says nothing about a change of the grader, and on a busy machine a
 * mistake may once fail for another reason, such as a server that is late.
 */
async function checkFeedback(
  outcome: Outcome,
  variant: Variant,
  first: ExerciseResult,
  { update, lenient }: TextOptions,
  again: () => Promise<ExerciseResult>,
): Promise<void> {
  const { exercise } = outcome
  const mistake = variant.mistake!
  const section = readSections(exercise).find(({ id }) => id === mistake.id)
  const texts: CheckResult[] = []
  let alike = 0
  let said: string | undefined
  for (let nth = 1; nth <= TRIES; nth++) {
    const failed = caughtBy(variant, nth === 1 ? first : await again())
    if (!failed) continue
    const differs = section ? compareSection(section, mistake, failed) : 'there is none'
    if (differs === undefined) {
      if (nth > 1) outcome.retried += 1
      return
    }
    said ??= differs
    if (!section && !update) break
    texts.push(failed)
    const text = feedbackOf(failed, section?.level ?? 'whole')
    const same = texts.filter((one) => feedbackOf(one, section?.level ?? 'whole') === text)
    alike = same.length
    // Two are enough to take a text, and all must agree to refuse one.
    if (nth < TRIES && (alike === 1 || !update)) continue
    if (update) {
      const kept = alike > 1 ? same : texts
      outcome.sections.push(makeSection(mistake, kept, section))
      return
    }
    break
  }
  if (!section) {
    outcome.problems.push({
      what: `feedback.md has no section for ${mistake.id}`,
      fix: updateHint(exercise.slug, mistake.id),
    })
    return
  }
  const steady = alike === TRIES
  // Of a text that is not kept whole, more may differ than was seen when it was taken.
  const list = steady && !lenient && section.level === 'whole' ? outcome.problems : outcome.warnings
  list.push({
    what: `${mistake.id} (${mistake.why}) reads another text than feedback.md has${steady ? '' : ', but not each time the same'}`,
    fix: `If the new text is the better one: ${updateHint(exercise.slug, mistake.id)}`,
    detail: said,
  })
}

async function runJob(run: OpenRun, grader: Grader, job: Job, texts: TextOptions): Promise<void> {
  const { outcome, variant, seed } = job
  const begun = performance.now()
  try {
    const grade = () => gradeVariant(run, grader, job)
    let result = await grade()
    let problem = judge(variant, result, seed)
    if (variant.mistake && problem && problem !== 'unjudged') {
      // A mistake in timing may hide once on a busy machine, which is told, and not twice.
      const again = await grade()
      if (judge(variant, again, seed) === undefined) {
        const what = `${variant.name} was caught at the second try only: ${problem.what}`
        outcome.warnings.push({ what, fix: 'Force the interleaving; do not hope for it.' })
        problem = undefined
        result = again
      }
    }
    const before = outcome.problems.length
    if (problem === 'unjudged') outcome.unjudged += 1
    else if (problem) outcome.problems.push(problem)
    else {
      if (variant.mistake) await checkFeedback(outcome, variant, result, texts, grade)
      if (outcome.problems.length === before) outcome.passed += 1
    }
  } catch (error) {
    if (!(error instanceof VariantError)) throw error
    outcome.problems.push({ what: error.message })
  } finally {
    outcome.ms += performance.now() - begun
  }
}

/**
 * Does all gradings, several at once.
 * @param onJob told when one has ended
 */
export async function runJobs(
  run: OpenRun,
  queue: Job[],
  options: { jobs: number } & TextOptions,
  onJob: (job: Job) => void,
): Promise<void> {
  await eachWithGrader(queue, options.jobs, async (grader, job) => {
    await runJob(run, grader, job, options)
    job.outcome.left -= 1
    onJob(job)
  })
}

/** The same for gradings whose results are the caller's to judge. */
export async function gradeJobs(
  run: OpenRun,
  queue: Job[],
  jobs: number,
  onResult: (job: Job, result: ExerciseResult, ms: number) => void,
): Promise<void> {
  await eachWithGrader(queue, jobs, async (grader, job) => {
    const begun = performance.now()
    const result = await gradeVariant(run, grader, job)
    onResult(job, result, performance.now() - begun)
  })
}

async function eachWithGrader(
  queue: Job[],
  count: number,
  work: (grader: Grader, job: Job) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    const grader = await openGrader()
    try {
      for (let job = queue.shift(); job; job = queue.shift()) await work(grader, job)
    } finally {
      await grader.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, queue.length) }, worker))
}
