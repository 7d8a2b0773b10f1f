import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { styleText } from 'node:util'
import { Command, InvalidArgumentError } from 'commander'
import type { Exercise } from '../graders/harness/exercise.ts'
import { STATE } from '../graders/harness/paths.ts'
import { type OpenRun, openRun, plainRun } from '../graders/harness/run.ts'
import { startServices } from '../graders/harness/services/start.ts'
import { isRunning } from '../graders/harness/services/types.ts'
import { readCatalogue, select } from './lib/catalogue.ts'
import { type Grader, openGrader } from './lib/grade.ts'
import { describeLeftovers } from './lib/leftovers.ts'
import { EXIT, type ExerciseResult } from './lib/report.ts'
import { copyFiles, listFiles, sameFile } from './lib/tree.ts'
import { runCommand } from './lib/usage.ts'
import {
  buildVariant,
  listAlternatives,
  readMistakes,
  type Variant,
  VariantError,
} from './lib/variants.ts'

type Options = { seeds: number; only?: string[]; update?: boolean; jobs: number }

/** What was found wrong: the first line says the rule, the rest shows it. */
type Problem = { what: string; detail?: string }

type Outcome = {
  exercise: Exercise
  passed: number
  /** Variants that could not be judged, for want of a service. */
  unjudged: number
  problems: Problem[]
  ms: number
}

/** Rule 1: what can be said of an exercise without running it. */
async function staticProblems(exercise: Exercise, update: boolean): Promise<Problem[]> {
  const { slug, folder, solution, grader, files, checks, readme } = exercise
  const problems: Problem[] = []
  const say = (what: string, detail?: string) => problems.push({ what, detail })
  for (const file of files) {
    if (!existsSync(path.join(folder, file))) say(`the starter lacks ${file}`)
    if (!existsSync(path.join(solution, file))) say(`the reference lacks ${file}`)
  }
  const stray = listFiles(solution).filter((name) => name !== 'NOTES.md' && !files.includes(name))
  if (stray.length > 0)
    say(`solutions/ holds files that "files" does not name: ${stray.join(', ')}`)
  if (!existsSync(path.join(solution, 'NOTES.md'))) say('the reference lacks NOTES.md')
  if (!existsSync(path.join(grader, `${slug}.test.ts`))) say(`there is no grader ${slug}.test.ts`)
  for (const id of Object.keys(checks)) {
    if (!new RegExp(`\\b${id}\\b`).test(readme)) say(`README.md does not speak of ${id}`)
  }
  if (!readme.includes('<details>')) say('README.md has no hints in <details>')
  if (listAlternatives(exercise).length === 0)
    say('there is no alternative: one at least is needed')
  const seen = new Set<string>()
  for (const mistake of await readMistakes(exercise)) {
    if (seen.has(mistake.id)) say(`mistake ${mistake.id} stands twice in mistakes.ts`)
    seen.add(mistake.id)
    if (!checks[mistake.check]) say(`${mistake.id} names ${mistake.check}, which is no check`)
  }
  // `reset` and "untouched" need the starter as it was; a learner's edits change exercises/.
  const copy = path.join(grader, 'starter')
  const given = listFiles(folder).filter((name) => name !== 'README.md')
  if (update) {
    rmSync(copy, { recursive: true, force: true })
    copyFiles(folder, copy, given)
  }
  const differing = [...new Set([...given, ...listFiles(copy)])].filter(
    (name) => !sameFile(folder, copy, name),
  )
  if (differing.length > 0) {
    say(
      `exercises/ and the copy in ${path.relative(process.cwd(), copy)} differ: ${differing.join(', ')}`,
      `If the starter is right as it is: npm run verify -- ${slug} --update`,
    )
  }
  return problems
}

function show(result: ExerciseResult): string {
  const lines = result.checks
    .filter((check) => check.status !== 'passed')
    .flatMap((check) => [
      `${check.id} ${check.status}${check.error ? ` (${check.error})` : ''}: ${check.test ?? ''}`,
      ...(check.message ?? '').split('\n').map((line) => `    ${line}`),
      ...(check.diff ?? '').split('\n').map((line) => `    ${line}`),
      ...check.evidence.flatMap(({ title, text }) => [
        `    ${title}`,
        ...text.split('\n').map((l) => `      ${l}`),
      ]),
      ...(check.output
        ? check.output
            .split('\n')
            .slice(-15)
            .map((line) => `    │ ${line}`)
        : []),
    ])
  return [result.reason ?? '', ...lines].filter((line) => line.trim() !== '').join('\n')
}

/** Rules 2 to 4: says what is wrong with a verdict on a variant; undefined where it is as it must be. */
function judge(
  variant: Variant,
  result: ExerciseResult,
  seed: number,
): Problem | undefined | 'unjudged' {
  const at = `${variant.name} with seed ${seed}`
  if (result.verdict === 'not run') return 'unjudged'
  if (variant.kind === 'starter') {
    const failed = result.checks.filter((check) => check.status === 'failed')
    const crashed = result.checks.find((check) => check.error && check.error !== 'AssertionError')
    if (crashed)
      return {
        what: `the starter crashes in ${crashed.id}; it must fail by assertion`,
        detail: show(result),
      }
    if (!failed.some((check) => check.level === 'core')) {
      return result.verdict === 'partial'
        ? 'unjudged'
        : { what: `the starter must fail, but is ${result.verdict}`, detail: show(result) }
    }
    return undefined
  }
  if (variant.mistake) {
    const { id, check, why } = variant.mistake
    const caught = result.checks.find((one) => one.id === check)
    if (caught?.status === 'not run') return 'unjudged'
    if (caught?.status === 'failed') return undefined
    return {
      what: `${id} (${why}) must fail at ${check}, which ${caught?.status}`,
      detail: show(result),
    }
  }
  if (result.verdict === 'mastered') return undefined
  const bad = result.checks.some((one) => one.status === 'failed' || one.status === 'error')
  if (result.verdict === 'partial' && !bad) return 'unjudged'
  return { what: `${at} is ${result.verdict}; it must pass every check`, detail: show(result) }
}

async function listVariants(exercise: Exercise, only?: string[]): Promise<Variant[]> {
  const all: Variant[] = [
    { kind: 'starter', name: 'starter' },
    { kind: 'reference', name: 'reference' },
    ...listAlternatives(exercise).map((name): Variant => ({ kind: 'alternative', name })),
    ...(await readMistakes(exercise)).map(
      (mistake): Variant => ({ kind: 'mistake', name: mistake.id, mistake }),
    ),
  ]
  return only ? all.filter((variant) => only.includes(variant.name)) : all
}

type Job = { outcome: Outcome; variant: Variant; seed: number }

async function runJob(
  run: OpenRun,
  grader: Grader,
  { outcome, variant, seed }: Job,
): Promise<void> {
  const { exercise } = outcome
  const begun = performance.now()
  const root = path.join(run.dir, 'variants', `${exercise.slug}-${variant.name}-${seed}`)
  try {
    buildVariant(exercise, variant, root)
    const only = variant.mistake ? [variant.mistake.check] : undefined
    const [result] = await grader.grade({ ...plainRun(run), seed, submission: root }, [exercise], {
      only,
    })
    const problem = judge(variant, result!, seed)
    if (problem === 'unjudged') outcome.unjudged += 1
    else if (problem) outcome.problems.push(problem)
    else outcome.passed += 1
  } catch (error) {
    if (!(error instanceof VariantError)) throw error
    outcome.problems.push({ what: error.message })
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 })
    outcome.ms += performance.now() - begun
  }
}

function printOutcome({ exercise, passed, unjudged, problems, ms }: Outcome): void {
  const mark =
    problems.length > 0
      ? styleText('red', '✘')
      : unjudged > 0
        ? styleText('yellow', '⊘')
        : styleText('green', '✔')
  const parts = [
    `${passed} passed`,
    problems.length > 0 && `${problems.length} failed`,
    unjudged > 0 && `${unjudged} not judged: a service is missing`,
  ]
  process.stdout.write(
    `${mark} ${exercise.slug.padEnd(20)} ${parts.filter(Boolean).join(', ')}  ${(ms / 1000).toFixed(1)} s\n`,
  )
}

function printProblems(outcomes: Outcome[]): void {
  const broken = outcomes.filter((outcome) => outcome.problems.length > 0)
  broken.forEach(({ exercise, problems }, index) => {
    problems.forEach(({ what, detail }, nth) => {
      process.stdout.write(`\n${styleText('red', `✘ ${exercise.slug}: ${what}`)}\n`)
      if (detail && (nth === 0 || index === 0))
        process.stdout.write(`${detail.replaceAll(/^/gm, '    ')}\n`)
    })
  })
}

async function verify(names: string[], options: Options): Promise<number> {
  const catalogue = select(readCatalogue(), names)
  for (const { message } of catalogue.broken)
    process.stdout.write(`${styleText('red', '✘')} ${message}\n`)
  const run = openRun()
  const stop = () => void run.interrupt().finally(() => process.exit(130))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const needs = new Set(catalogue.exercises.flatMap((exercise) => exercise.needs))
    run.services = await startServices(needs, run, {
      onProgress(name, state) {
        if (!state) return
        const text = isRunning(state) ? `${state.version} (${state.provider})` : state.missing
        process.stderr.write(`${name}: ${text}\n`)
      },
    })
    const queue: Job[] = []
    const outcomes: Outcome[] = []
    const left = new Map<Outcome, number>()
    for (const exercise of catalogue.exercises) {
      const outcome: Outcome = { exercise, passed: 0, unjudged: 0, problems: [], ms: 0 }
      outcomes.push(outcome)
      try {
        outcome.problems.push(...(await staticProblems(exercise, options.update ?? false)))
        if (outcome.problems.length === 0) outcome.passed += 1
        const jobs = (await listVariants(exercise, options.only)).flatMap((variant): Job[] => {
          const often = variant.kind === 'reference' || variant.kind === 'alternative'
          const count = often ? options.seeds : 1
          return Array.from({ length: count }, (_, index) => ({
            outcome,
            variant,
            seed: index + 1,
          }))
        })
        left.set(outcome, jobs.length)
        queue.push(...jobs)
      } catch (error) {
        if (!(error instanceof VariantError)) throw error
        outcome.problems.push({ what: error.message })
        left.set(outcome, 0)
      }
      if (left.get(outcome) === 0) printOutcome(outcome)
    }
    const worker = async () => {
      const grader = await openGrader()
      try {
        for (let job = queue.shift(); job; job = queue.shift()) {
          await runJob(run, grader, job)
          const rest = left.get(job.outcome)! - 1
          left.set(job.outcome, rest)
          if (rest === 0) printOutcome(job.outcome)
        }
      } finally {
        await grader.close()
      }
    }
    await Promise.all(Array.from({ length: Math.min(options.jobs, queue.length) }, worker))
    const leftovers = await describeLeftovers(run)
    printProblems(outcomes)
    for (const line of leftovers)
      process.stdout.write(`${styleText('red', '✘')} left behind: ${line}\n`)
    return closing(outcomes, catalogue.broken.length + leftovers.length, run)
  } finally {
    await run.close()
  }
}

function closing(outcomes: Outcome[], otherProblems: number, run: OpenRun): number {
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, one) => total + of(one), 0)
  const failed = sum((one) => one.problems.length) + otherProblems
  const passed = sum((one) => one.passed)
  const unjudged = sum((one) => one.unjudged)
  mkdirSync(STATE, { recursive: true })
  writeFileSync(path.join(STATE, 'verify.json'), JSON.stringify({ passed, failed, unjudged }))
  process.stdout.write(
    `\nverify: ${passed} passed, ${failed} failed${unjudged > 0 ? `, ${unjudged} not judged` : ''}\n`,
  )
  if (failed > 0) return EXIT.failed
  // Leaving Docker out on purpose is no fault of the machine.
  const missing = Object.entries(run.services).filter(([, state]) => !isRunning(state))
  const onPurpose = process.env.ROADWORKS_SERVICES === 'native'
  return missing.every(([name]) => name === 'docker' && onPurpose) ? EXIT.passed : EXIT.environment
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 up.')
  return value
}

const program = new Command('verify')
  .description(
    'Grades the graders: starters fail, references and alternatives pass, mistakes are caught.',
  )
  .argument('[names...]', 'phases, slugs, or beginnings of slugs; all by default')
  .option(
    '--seeds <n>',
    'how often references and alternatives must pass, each with another seed',
    wholeNumber,
    10,
  )
  .option(
    '--only <names>',
    'only these variants: starter, reference, an alternative, W1 … (comma-separated)',
    (text) => text.split(','),
  )
  .option('--update', 'take the starters in exercises/ as the originals that reset restores')
  .option('--jobs <n>', 'how many gradings run at once', wholeNumber, os.availableParallelism())
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2)
  })
  .action(async (names: string[], options: Options) => {
    await runCommand(() => verify(names, options))
    process.exit()
  })

await program.parseAsync()
