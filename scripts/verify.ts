import { mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters, styleText } from 'node:util'
import type { Exercise } from '../graders/harness/exercise.ts'
import type { OpenRun } from '../graders/harness/open-run.ts'
import { STATE } from '../graders/harness/paths.ts'
import { isRunning } from '../graders/harness/services/types.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand, wholeNumber } from './lib/command.ts'
import { type EngineEvent, prepareAll, withEngine } from './lib/engine/engine.ts'
import { EXIT } from './lib/exit.ts'
import { describeLeftovers } from './lib/leftovers.ts'
import { openProgress, tellProgress } from './lib/progress.ts'
import { NAMES, select } from './lib/select.ts'
import { UsageError } from './lib/usage.ts'
import { readMistakes, VariantError } from './lib/variants.ts'
import { listVariants } from './lib/verify/jobs.ts'
import { gradeOften } from './lib/verify/often.ts'
import { gradeOnce } from './lib/verify/once.ts'
import type { Options, Outcome } from './lib/verify/outcome.ts'
import { printProblems } from './lib/verify/print.ts'

async function openOutcome(exercise: Exercise): Promise<Outcome> {
  const empty = {
    passed: 0,
    kept: 0,
    skipped: 0,
    unjudged: 0,
    retried: 0,
    problems: [],
    warnings: [],
    sections: [],
    left: 0,
    ms: 0,
  }
  const outcome: Outcome = { exercise, mistakes: [], ...empty }
  try {
    outcome.mistakes = await readMistakes(exercise)
  } catch (error) {
    if (!(error instanceof VariantError)) throw error
    outcome.problems.push({ what: error.message })
  }
  return outcome
}

/** A name that no variant has would grade nothing, and that would look like a pass. */
function checkNames(outcomes: Outcome[], only: string[] = []): void {
  const variants = outcomes.flatMap(({ exercise, mistakes }) => listVariants(exercise, mistakes))
  const unknown = only.find((name) => !variants.some((variant) => variant.name === name))
  if (unknown) throw new UsageError(`None of these exercises has a variant ${unknown}.`)
}

async function verify(names: string[], options: Options): Promise<number> {
  if (options.flaky && options.update)
    throw new UsageError('--flaky only looks; --update cannot go with it.')
  const catalogue = select(readCatalogue(), names, { here: true })
  const outcomes = await Promise.all(catalogue.exercises.map(openOutcome))
  checkNames(outcomes, options.only)
  const progress = openProgress(process.stdout)
  const onEvent = (event: EngineEvent) => tellProgress(progress, event, true)
  return withEngine({ onEvent, onStop: progress.done }, async (engine) => {
    await prepareAll(engine, catalogue.exercises)
    await (options.flaky ? gradeOften : gradeOnce)(engine, outcomes, options, progress)
    progress.status('looking for what was left behind …')
    const others = [
      ...catalogue.broken.map(({ message }) => message),
      ...(await describeLeftovers(engine.run)).map((line) => `left behind: ${line}`),
    ]
    progress.done()
    return report(outcomes, others, engine.run)
  }).finally(() => progress.done())
}

function report(outcomes: Outcome[], others: string[], run: OpenRun): number {
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, one) => total + of(one), 0)
  const failed = sum((one) => one.problems.length) + others.length
  const passed = sum((one) => one.passed)
  const unjudged = sum((one) => one.unjudged)
  mkdirSync(STATE, { recursive: true })
  const broken = [
    ...others,
    ...outcomes.flatMap(({ exercise, problems }) =>
      problems.map(({ what }) => `${exercise.slug}: ${what}`),
    ),
  ]
  const summary = JSON.stringify({ passed, failed, unjudged, broken })
  writeFileSync(path.join(STATE, 'verify.json'), summary)
  const log = path.join(STATE, 'verify.txt')
  writeFileSync(log, stripVTControlCharacters(printProblems(outcomes, { full: true })))
  // Nobody may get at CI's files afterwards, and whoever asks for one exercise wants to see it all.
  const full = !!process.env.CI || outcomes.length === 1
  const found = [
    ...others.map((line) => `${styleText('red', `✘ ${line}`)}\n`),
    printProblems(outcomes, { full }),
    failed > 1 && !full ? `All in full: ${path.relative(process.cwd(), log)}\n` : '',
  ].join('')
  process.stdout.write(found && `\n${found}`)
  const rest = unjudged > 0 ? `, ${unjudged} not judged` : ''
  process.stdout.write(`\nverify: ${passed} passed, ${failed} failed${rest}\n`)
  if (failed > 0) return EXIT.failed
  // Leaving Docker out on purpose is no fault of the machine.
  const missing = Object.entries(run.services).filter(([, state]) => !isRunning(state))
  const onPurpose = process.env.ROADWORKS_SERVICES === 'native'
  return missing.every(([name]) => name === 'docker' && onPurpose) ? EXIT.passed : EXIT.environment
}

await defineCommand<Options>(
  'verify',
  'Grades the graders: starters fail, references and alternatives pass, mistakes are caught.',
  (command) =>
    command
      .argument('[names...]', NAMES)
      .option(
        '--seeds <n>',
        'how often references and alternatives must pass, each with another seed',
        wholeNumber,
        10,
      )
      .option('--alternatives <n>', 'how often alternatives must, where that is less', wholeNumber)
      .option('--force', 'also grade what was found right before and has not changed since')
      .option(
        '--sample',
        'of an exercise whose own files were graded whole before (verified.json), grade a sixth, another with each commit',
      )
      .option(
        '--cold',
        'grade every mistake in a new process as well as in a warm one, and not a sample',
      )
      .option(
        '--only <names>',
        'only these variants: starter, reference, an alternative, W1 … (comma-separated)',
        (text) => text.split(','),
      )
      .option(
        '--update',
        'write what learners read to feedback.md, and take the starters in exercises/ as the originals that reset restores',
      )
      .option('--lenient', 'only warn where what learners read differs from feedback.md')
      .option(
        '--flaky <n>',
        'grade references and alternatives so often, with other seeds, on a busy machine; and mistakes that --only names, which must be caught each time',
        wholeNumber,
      )
      .option(
        '--jobs <n>',
        'how many gradings run at once',
        wholeNumber,
        os.availableParallelism() + 1, // gradings wait for programs and time limits, too
      ),
  verify,
)
