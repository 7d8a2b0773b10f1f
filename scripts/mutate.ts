import os from 'node:os'
import { styleText } from 'node:util'
import type { Exercise } from '../graders/harness/exercise.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand, wholeNumber } from './lib/command.ts'
import { type Engine, type EngineEvent, prepareAll, withEngine } from './lib/engine/engine.ts'
import { EXIT } from './lib/exit.ts'
import { openMemory } from './lib/mutate/memory.ts'
import type { Mutant } from './lib/mutate/mutant.ts'
import { type Plan, planOf } from './lib/mutate/plan.ts'
import {
  equivalents,
  explain,
  hashReference,
  type MutationRecord,
  makeRecord,
  printRecord,
  readRecord,
  recordName,
  scoreOf,
  writeRecord,
} from './lib/mutate/record.ts'
import { proveBase, runMutants, type Unclear } from './lib/mutate/run.ts'
import { openProgress, tellProgress } from './lib/progress.ts'
import { NAMES, select } from './lib/select.ts'
import { UsageError } from './lib/usage.ts'

type Options = {
  jobs: number
  force?: boolean
  list?: boolean
  only?: number[]
  update?: boolean
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

/** A mutant as a line and its small diff. */
function describe({ file, line, mutator, original, replacement }: Omit<Mutant, 'make'>): string {
  const minus = styleText('red', `- ${original}`)
  const plus = styleText('green', `+ ${replacement || '(nothing)'}`)
  return `${file}:${line}  ${mutator}\n      ${minus}\n      ${plus}`
}

function list({ exercise, mutants }: Plan): void {
  say(`${exercise.slug}  ${mutants.length} mutants`)
  mutants.forEach((mutant, index) => {
    say(`  ${String(index + 1).padStart(3)}  ${describe(mutant)}`)
  })
}

/** What came of one exercise. */
type Outcome = { exit: number; missing?: string }

async function mutate(
  engine: Engine,
  plan: Plan,
  options: Options,
  onSave: (save: () => void) => void,
): Promise<Outcome> {
  const { exercise } = plan
  const { slug } = exercise
  const begun = performance.now()
  const memory = openMemory(exercise, plan.bases)
  onSave(() => memory.save())
  const chosen = plan.mutants
    .map((mutant, index) => ({ mutant, index: index + 1 }))
    .filter(({ index }) => !options.only || options.only.includes(index))
  const fresh = chosen.filter(({ mutant }) => options.force || !memory.find(mutant))
  const find = (mutant: Mutant) => memory.find(mutant)
  if (fresh.length === 0) {
    const seconds = (performance.now() - begun) / 1000
    return conclude(plan, chosen, [], options, { seconds, each: 0 }, find)
  }
  const progress = openProgress()
  progress.status(`${slug}: grading the reference as the mutants have it`)
  const session = await engine.session({ workers: 1 })
  const proof = await proveBase(engine.run, session, plan).finally(() => session.close())
  if (!proof.fit) {
    progress.done()
    const { verdict, reason, checks } = proof.result
    if (verdict === 'not run' || verdict === 'partial') {
      say(`${styleText('yellow', '⊘')} ${slug}: not run: ${reason ?? 'a service is missing'}`)
      return { exit: EXIT.environment }
    }
    const bad = checks.find((check) => check.status !== 'passed')
    say(
      `${styleText('red', '✘')} ${slug}: its reference must master before it is mutated; it is ${verdict}`,
    )
    const lines = [reason ?? `${bad?.id} ${bad?.message}`, bad?.output ?? ''].join('\n').trim()
    say(lines.replaceAll(/^/gm, '    '))
    return { exit: EXIT.failed }
  }

  let done = 0
  const isAlive = (mutant: Mutant) => memory.find(mutant)?.status === 'alive'
  const start = performance.now()
  const unclear = await runMutants({ engine, plan, memory, proof }, fresh, options.jobs, () => {
    done += 1
    if (done % 10 === 0) memory.save()
    const each = (performance.now() - start) / 1000 / done
    const alive = chosen.filter(({ mutant }) => isAlive(mutant)).length
    const text = `${slug}: ${done}/${fresh.length} mutants, ${alive} alive, ${each.toFixed(2)} s each`
    if (process.stderr.isTTY) progress.status(text)
    else if (done % 50 === 0) progress.line(text)
  })
  memory.save()
  progress.done()
  const seconds = (performance.now() - begun) / 1000
  const each = fresh.length > 0 ? (performance.now() - start) / 1000 / fresh.length : 0
  return conclude(plan, chosen, unclear, options, { seconds, each }, (mutant) =>
    memory.find(mutant),
  )
}

/** Prints what lives, and compares or writes the record. */
function conclude(
  { exercise, mutants }: Plan,
  chosen: { mutant: Mutant; index: number }[],
  unclear: Unclear[],
  options: Options,
  took: { seconds: number; each: number },
  find: (mutant: Mutant) => { status: string; covered?: boolean } | undefined,
): Outcome {
  const before = readRecord(exercise)
  const alive = new Set(
    chosen.flatMap(({ mutant }) => (find(mutant)?.status === 'alive' ? [mutant] : [])),
  )
  const record = makeRecord(hashReference(exercise), mutants, alive, before)
  const part: MutationRecord = {
    ...record,
    mutants: chosen.length - unclear.length,
    killed: chosen.length - unclear.length - alive.size,
  }
  const timeouts = chosen.filter(({ mutant }) => find(mutant)?.status === 'timeout').length
  const living = record.survivors.filter((one) => one.equivalent === null)
  const good = living.length === 0 && unclear.length === 0
  const mark = good ? styleText('green', '✔') : styleText('red', '✘')
  const parts = [
    `${part.mutants} mutants`,
    `${part.killed} killed${timeouts > 0 ? ` (${timeouts} by a time limit)` : ''}`,
    equivalents(part) > 0 && `${equivalents(part)} equivalent`,
    living.length > 0 && `${living.length} alive`,
    unclear.length > 0 && `${unclear.length} not judged`,
  ]
  const time = `${took.seconds.toFixed(0)} s${took.each > 0 ? ` (${took.each.toFixed(2)} s each)` : ''}`
  say(
    `${mark} ${exercise.slug.padEnd(20)} ${parts.filter(Boolean).join(', ')}  ${scoreOf(part)}  ${time}`,
  )
  const explained = explain(mutants, before)
  for (const { mutant, index } of chosen) {
    if (!alive.has(mutant) || explained[index - 1]?.equivalent) continue
    const unreached = find(mutant)?.covered === false ? '  (no test comes past it)' : ''
    say(`  ${String(index).padStart(3)}  ${describe(mutant)}${unreached}`)
  }
  for (const { mutant, reason } of unclear) {
    say(
      `  ${styleText('yellow', 'not judged')}: ${reason.split('\n')[0]}\n      ${describe(mutant)}`,
    )
  }
  // A record tells of all mutants or is not written.
  if (options.only || unclear.length > 0) return { exit: good ? EXIT.passed : EXIT.failed }
  if (options.update) writeRecord(exercise, record)
  else if (!before || printRecord(before) !== printRecord(record)) {
    say(
      `  ${recordName(exercise)} says something else. To write what was found, with the reasons it has: npm run mutate -- ${exercise.slug} --update`,
    )
  }
  if (living.length > 0) {
    say(
      `  Add a check that sees it, or say under "equivalent" in ${recordName(exercise)} why none could.`,
    )
  }
  return { exit: good ? EXIT.passed : EXIT.failed }
}

async function main(names: string[], options: Options): Promise<number> {
  const { exercises, broken } = select(readCatalogue(), names, { here: true })
  if (broken[0]) throw new UsageError(broken[0].message)
  if (options.only && exercises.length > 1) {
    throw new UsageError('--only goes with one exercise: npm run mutate -- <slug> --only 3,17')
  }
  if (options.list) {
    for (const exercise of exercises) list(await planOf(exercise))
    return EXIT.passed
  }
  return mutateAll(exercises, options)
}

async function mutateAll(exercises: Exercise[], options: Options): Promise<number> {
  let save = () => {}
  const progress = openProgress()
  const onEvent = (event: EngineEvent) => tellProgress(progress, event, true)
  return withEngine({ onEvent, onStop: () => save() }, async (engine) => {
    await prepareAll(engine, exercises)
    const exits: number[] = []
    for (const exercise of exercises) {
      const plan = await planOf(exercise)
      const { exit } = await mutate(engine, plan, options, (next) => {
        save = next
      })
      exits.push(exit)
    }
    return exits.includes(EXIT.failed) ? EXIT.failed : Math.max(EXIT.passed, ...exits)
  })
}

await defineCommand<Options>(
  'mutate',
  'Changes one thing at a time in the references and sees whether the graders notice.',
  (command) =>
    command
      .argument('[names...]', NAMES)
      .option('--jobs <n>', 'how many gradings run at once', wholeNumber, os.availableParallelism())
      .option('--force', 'run all mutants, also those whose result is known')
      .option('--list', 'only show the mutants')
      .option(
        '--only <ids>',
        'only these mutants of one exercise, as --list numbers them (comma-separated)',
        (text) => text.split(',').map(wholeNumber),
      )
      .option('--update', 'write mutation.json; the reasons in it are kept'),
  main,
)
