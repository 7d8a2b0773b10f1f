import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Exercise } from '../graders/harness/exercise.ts'
import { plainRun } from '../graders/harness/open-run.ts'
import { ROOT } from '../graders/harness/paths.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand, wholeNumber } from './lib/command.ts'
import { withEngine } from './lib/engine/engine.ts'
import type { Session } from './lib/engine/session.ts'
import { EXIT } from './lib/exit.ts'
import { openProgress, tellProgress } from './lib/progress.ts'
import { NAMES, select } from './lib/select.ts'
import { buildVariant, readMistakes } from './lib/variants.ts'
import { type Checkout, makeCheckout, runCheck, startCommand } from './test/checkout.ts'

type Options = { saves: number; runs: number; only?: string[] }

/** Exercises of each kind, for what is measured on a few. */
const FEW = [
  'sql-select',
  'sql-joins',
  'belt-and-lru',
  'git-first-branch',
  'http-verbs',
  'redis-board',
]

const say = (text: string) => void process.stdout.write(`${text}\n`)
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Waits until something is printed. @throws where the command ends before */
async function printed(
  running: ReturnType<typeof startCommand>,
  has: (text: string) => boolean,
): Promise<void> {
  while (!has(running.printed())) {
    if (running.child.exitCode !== null) throw new Error(`watch ended:\n${running.printed()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const count = (text: string, part: string) => text.split(part).length - 1

/** From a save that breaks one thing to the first ✘ that `watch` prints, in ms. */
async function saveToVerdict(checkout: Checkout, exercise: Exercise, saves: number) {
  const folder = checkout.file('exercises', exercise.phase, exercise.slug)
  cpSync(exercise.solution, folder, { recursive: true })
  // One edit of one file: what a learner saves.
  const mistakes = (await readMistakes(exercise)).filter(
    ({ edits = [], files, check }) =>
      edits.length === 1 && !files && exercise.checks[check]?.level === 'core',
  )
  const running = startCommand(checkout, 'watch', [exercise.slug], {}, { open: true })
  const times: number[] = []
  const idle = (times: number) =>
    printed(running, (text) => count(text, '\nwatching ') >= times && text.endsWith('ends\n'))
  try {
    await idle(1)
    for (let nth = 0; nth < saves; nth++) {
      const { file, old, new: text } = mistakes[nth % mistakes.length]!.edits![0]!
      const target = path.join(folder, file)
      const whole = readFileSync(target, 'utf8')
      const before = count(running.printed(), `\n✘ ${exercise.slug} `)
      const begun = performance.now()
      writeFileSync(
        target,
        whole.replace(old, () => text),
      )
      await printed(running, (said) => count(said, `\n✘ ${exercise.slug} `) > before)
      times.push(performance.now() - begun)
      await idle(2 * nth + 2)
      writeFileSync(target, whole)
      await idle(2 * nth + 3)
    }
    return times
  } finally {
    running.child.kill('SIGINT')
    await running.ended
  }
}

async function benchSaves(exercises: Exercise[], saves: number): Promise<void> {
  say(`\nsave to the first ✘ in watch, ${saves} saves each`)
  const checkout = makeCheckout()
  try {
    for (const exercise of exercises) {
      const times = await saveToVerdict(checkout, exercise, saves)
      const worst = Math.max(...times)
      say(
        `  ${exercise.slug.padEnd(20)} median ${seconds(median(times))}, slowest ${seconds(worst)}`,
      )
    }
  } finally {
    checkout.remove()
  }
}

async function gradeReference(
  session: Session,
  exercise: Exercise,
  run: Parameters<Session['grade']>[0],
) {
  const begun = performance.now()
  const [result] = await session.grade(run, [exercise])
  return { ms: performance.now() - begun, verdict: result!.verdict }
}

/** Each reference whole: in a new process, then in a warm one; and how many a minute two lanes grade. */
async function benchExercises(exercises: Exercise[], runs: number): Promise<void> {
  const progress = openProgress()
  const onEvent = (event: Parameters<typeof tellProgress>[1]) => tellProgress(progress, event)
  await withEngine({ onEvent, onStop: progress.done }, async (engine) => {
    await engine.prepare(exercises)
    progress.done()
    say(`\nwhole references: the first run, then the median of ${runs} warm ones`)
    const open = exercises.filter((exercise) => !engine.missing(exercise))
    const session = await engine.session({ workers: 1 })
    const warm: number[] = []
    const runOf = (exercise: Exercise, seed: number) => {
      const root = path.join(engine.run.dir, 'variants', exercise.slug)
      buildVariant(exercise, { kind: 'reference', name: 'reference' }, root)
      return { ...plainRun(engine.run), submission: root, seed }
    }
    for (const exercise of open) {
      const first = await gradeReference(session, exercise, runOf(exercise, 1))
      const times: number[] = []
      for (let nth = 0; nth < runs; nth++) {
        const { ms, verdict } = await gradeReference(session, exercise, runOf(exercise, nth + 2))
        if (verdict !== 'mastered') say(`  ${exercise.slug} is ${verdict}`)
        times.push(ms)
      }
      warm.push(median(times))
      say(
        `  ${exercise.slug.padEnd(20)} first ${seconds(first.ms)}, warm ${seconds(median(times))}`,
      )
    }
    const under = warm.filter((ms) => ms < 3000).length
    say(`  ${under} of ${warm.length} under 3 s; the slowest takes ${seconds(Math.max(...warm))}`)
    await session.close()

    const few = open.filter(({ slug }) => FEW.includes(slug))
    if (few.length === 0) return
    const until = performance.now() + 30_000
    let graded = 0
    const queue = Array.from({ length: 1000 }, (_, nth) => few[nth % few.length]!)
    await engine.each(queue, os.availableParallelism(), async (lane, exercise) => {
      if (performance.now() > until) return
      await lane.grade(runOf(exercise, ++graded), [exercise])
    })
    say(
      `\n${graded * 2} gradings a minute, ${os.availableParallelism()} at once: ${few.map(({ slug }) => slug).join(', ')}`,
    )
  })
}

/** One whole command from nothing, beside a bare vitest that does nothing. */
async function benchCheck(runs: number): Promise<void> {
  say(`\none command from a cold start, median of ${runs}`)
  const checkout = makeCheckout()
  try {
    const empty = path.join('graders', 'empty.test.ts')
    writeFileSync(
      checkout.file(empty),
      "import { test } from 'vitest'\ntest('C1 nothing', () => {})\n",
    )
    const time = async (work: () => unknown) => {
      const times: number[] = []
      for (let nth = 0; nth < runs; nth++) {
        const begun = performance.now()
        await work()
        times.push(performance.now() - begun)
      }
      return median(times)
    }
    const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
    const bare = await time(() =>
      spawnSync(process.execPath, [vitest, 'run', empty], { cwd: checkout.root }),
    )
    say(`  a bare vitest         ${seconds(bare)}`)
    for (const args of [
      ['belt-and-lru'],
      ['belt-and-lru', '--only', 'C2'],
      ['sql-select', '--only', 'C1'],
    ]) {
      const ms = await time(() => runCheck(checkout, [...args, '--solutions', '--force']))
      say(`  check ${args.join(' ').padEnd(22)}${seconds(ms)}`)
    }
    say(
      `  list                  ${seconds(await time(() => startCommand(checkout, 'list', []).ended))}`,
    )
  } finally {
    checkout.remove()
  }
}

async function main(names: string[], { saves, runs, only }: Options): Promise<number> {
  const { exercises } = select(readCatalogue(), names)
  const wanted = (part: string) => !only || only.includes(part)
  say(
    `${os.availableParallelism()} cores, load ${os.loadavg()[0]!.toFixed(1)}: an idle machine gives figures that others can compare`,
  )
  const few = names.length > 0 ? exercises : exercises.filter(({ slug }) => FEW.includes(slug))
  if (wanted('watch')) await benchSaves(few, saves)
  if (wanted('exercises')) await benchExercises(exercises, runs)
  if (wanted('check')) await benchCheck(runs)
  return EXIT.passed
}

await defineCommand<Options>(
  'bench',
  'Measures what people wait for: from a save to its verdict, whole exercises, one command.',
  (command) =>
    command
      .argument('[names...]', NAMES)
      .option('--saves <n>', 'how many saves, for each exercise', wholeNumber, 20)
      .option('--runs <n>', 'how often the rest is done', wholeNumber, 3)
      .option('--only <parts>', 'only these: watch, exercises, check', (text) => text.split(',')),
  main,
)
