import { rmSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import { plainRun } from '../../../graders/harness/open-run.ts'
import { isRunning, type Services } from '../../../graders/harness/services/types.ts'
import { graderHash, keyOf, submissionHash } from '../content.ts'
import type { Engine } from '../engine/engine.ts'
import type { Session } from '../engine/session.ts'
import type { CheckResult, ExerciseResult } from '../report.ts'
import {
  buildVariant,
  listAlternatives,
  type Variant,
  VariantError,
  variantFolders,
} from '../variants.ts'
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

/**
 * Returns the key under which a grading that ended as it must is kept: all that its outcome rests on,
 * and none that it does not.
 * @param services who runs each service the exercise needs: another version is another grading
 */
export function jobKey({ outcome, variant, seed }: Job, services: Services): string {
  const { exercise } = outcome
  const { mistake } = variant
  const from = exercise.needs.map((name) => {
    const state = services[name]
    return isRunning(state) ? `${name} ${state.provider} ${state.version}` : `${name} missing`
  })
  const section = mistake && readSections(exercise).find(({ id }) => id === mistake.id)
  const about = mistake && [mistake.check, mistake.edits, mistake.files, mistake.why, section]
  const base = variantFolders(exercise, variant).map((folder) => submissionHash(folder))
  return keyOf('verify 1', graderHash(exercise), variant.kind, base, about ?? null, seed, from)
}

/** Grades one variant. Of a mistake only the check that must catch it is run, to its first failure. */
async function gradeVariant(
  engine: Engine,
  session: Session,
  { outcome, variant, seed }: Job,
  cold: boolean,
): Promise<ExerciseResult> {
  const { exercise } = outcome
  const { run } = engine
  const root = path.join(run.dir, 'variants', `${exercise.slug}-${variant.name}-${seed}`)
  try {
    buildVariant(exercise, variant, root)
    const options = variant.mistake ? { only: [variant.mistake.check], bail: true } : {}
    const [result] = await session.grade({ ...plainRun(run), seed, submission: root }, [exercise], {
      ...options,
      cold,
    })
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

/** Grades a job and says what is wrong with its verdict; what may be chance is looked at again. */
async function judgeJob(
  job: Job,
  grade: (cold: boolean) => Promise<ExerciseResult>,
): Promise<{ result: ExerciseResult; problem: ReturnType<typeof judge> }> {
  const { outcome, variant, seed } = job
  const result = await grade(false)
  const problem = judge(variant, result, seed)
  if (problem === 'unjudged') return { result, problem }
  if (problem) {
    // In a new process, to tell a fault of the grader from what an earlier grading left there.
    const again = await grade(true)
    if (judge(variant, again, seed) !== undefined) return { result, problem }
    const { what } = problem
    if (variant.mistake) {
      // A mistake in timing may hide once on a busy machine, which is told, and not twice.
      const fix = 'Force the interleaving; do not hope for it.'
      outcome.warnings.push({
        what: `${variant.name} was caught at the second try only: ${what}`,
        fix,
      })
      return { result: again, problem: undefined }
    }
    // What fails by timing is repeated before it counts; that it happened is told all the same.
    const third = await grade(true)
    if (judge(variant, third, seed) === undefined) {
      const fix = `npm run verify -- ${outcome.exercise.slug} --flaky 20 shows how often, and why.`
      outcome.warnings.push({ what: `one grading of three: ${what}`, fix, detail: problem.detail })
      return { result: third, problem: undefined }
    }
    return { result, problem }
  }
  if (!job.cold) return { result, problem }
  // What an earlier grading left may make a mistake fail that would pass: a false catch.
  const ill = async () => {
    const missed = judge(variant, await grade(true), seed)
    return missed === 'unjudged' ? undefined : missed
  }
  // Twice, for a mistake in timing may hide once.
  const missed = (await ill()) && (await ill())
  if (!missed) return { result, problem }
  return {
    result,
    problem: {
      what: `${variant.name} is as it must be in a warm process, but not in a new one: ${missed.what}`,
      fix: 'The grader keeps something from one grading to the next: find it and clear it.',
      detail: missed.detail,
    },
  }
}

async function runJob(
  engine: Engine,
  session: Session,
  job: Job,
  texts: TextOptions,
): Promise<boolean> {
  const { outcome, variant } = job
  const begun = performance.now()
  try {
    const grade = (cold: boolean) => gradeVariant(engine, session, job, cold)
    const { result, problem } = await judgeJob(job, grade)
    const before = outcome.problems.length
    if (problem === 'unjudged') outcome.unjudged += 1
    else if (problem) outcome.problems.push(problem)
    else {
      if (variant.mistake) await checkFeedback(outcome, variant, result, texts, () => grade(false))
      if (outcome.problems.length === before) outcome.passed += 1
    }
    return problem === undefined && outcome.problems.length === before
  } catch (error) {
    if (!(error instanceof VariantError)) throw error
    outcome.problems.push({ what: error.message })
    return false
  } finally {
    outcome.ms += performance.now() - begun
  }
}

/**
 * Does all gradings, several at once.
 * @param onJob told when one has ended, and whether it ended as it must
 */
export async function runJobs(
  engine: Engine,
  queue: Job[],
  options: { jobs: number } & TextOptions,
  onJob: (job: Job, good: boolean) => void,
): Promise<void> {
  await engine.each(queue, options.jobs, async (session, job) => {
    const good = await runJob(engine, session, job, options)
    job.outcome.left -= 1
    onJob(job, good)
  })
}

/** The same for gradings whose results are the caller's to judge. */
export async function gradeJobs(
  engine: Engine,
  queue: Job[],
  jobs: number,
  onResult: (job: Job, result: ExerciseResult, ms: number) => void,
): Promise<void> {
  await engine.each(queue, jobs, async (session, job) => {
    const begun = performance.now()
    const result = await gradeVariant(engine, session, job, false)
    onResult(job, result, performance.now() - begun)
  })
}
