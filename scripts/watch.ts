import path from 'node:path'
import { styleText } from 'node:util'
import type { Exercise } from '../graders/harness/exercise.ts'
import { plainRun } from '../graders/harness/open-run.ts'
import { EXERCISES } from '../graders/harness/paths.ts'
import { sandboxMode } from '../graders/harness/subjects/sandbox-mode.ts'
import { beforehand } from './lib/beforehand.ts'
import { openCache } from './lib/cache.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand, seedNumber } from './lib/command.ts'
import { submissionHash } from './lib/content.ts'
import { followChecks } from './lib/engine/checks.ts'
import { type Engine, type EngineEvent, withEngine } from './lib/engine/engine.ts'
import { checkId } from './lib/engine/plan.ts'
import type { Session } from './lib/engine/session.ts'
import { EXIT } from './lib/exit.ts'
import { passedOf, rememberLatest, withChange } from './lib/latest.ts'
import { openProgress, tellProgress } from './lib/progress.ts'
import type { CheckResult, ExerciseResult } from './lib/report.ts'
import { selectOne } from './lib/select.ts'
import { openStandings } from './lib/standing.ts'
import { EnvironmentError, UsageError } from './lib/usage.ts'
import { watchFiles } from './lib/watch/files.ts'
import { listenToKeys } from './lib/watch/keys.ts'
import { openScreen } from './lib/watch/show.ts'

type Options = { only?: string[]; seed?: number; poll?: boolean }

/** What the loop waits for: a save, a key, or the end. */
type Wish =
  | { kind: 'save'; file: string; at: number }
  | { kind: 'again'; at: number }
  | { kind: 'quit' }

/** The last wish counts; a wish that came meanwhile is not lost. */
function openWishes() {
  let waiting: Wish | undefined
  let wake = Promise.withResolvers<void>()
  return {
    put(wish: Wish) {
      if (waiting?.kind !== 'quit') waiting = wish
      wake.resolve()
    },
    isOver: () => waiting?.kind === 'quit',
    /** Resolves when there is one; it stays there. */
    async some(): Promise<void> {
      if (!waiting) await wake.promise
    },
    async take(): Promise<Wish> {
      if (!waiting) await wake.promise
      const wish = waiting!
      waiting = undefined
      wake = Promise.withResolvers()
      return wish
    },
  }
}

const say = (text: string) => void process.stdout.write(`${text}\n`)
const dim = (text: string) => styleText('dim', text, { stream: process.stdout })

/** Names of tests: first what failed last, with its whole check; then what is about the saved file. */
function orderOf(tests: Map<string, CheckResult['status']>, saved?: string): string[] {
  const names = [...tests.keys()]
  const failed = names.filter((name) => tests.get(name) !== 'passed')
  const ids = new Set(failed.map(checkId))
  const stem = saved && path.parse(saved).name
  const about = names.filter((name) => stem && name.split(/\W+/).includes(stem))
  return [...new Set([...failed, ...names.filter((name) => ids.has(checkId(name))), ...about])]
}

/** Keeps a verdict for the map and for the next run, as `check` does. @returns what has changed since */
function remember(exercise: Exercise, result: ExerciseResult): ExerciseResult {
  const cache = openCache(sandboxMode())
  cache.keep(exercise, EXERCISES, result)
  cache.save()
  return rememberLatest([result])[0]!
}

async function watch(
  engine: Engine,
  session: Session,
  exercise: Exercise,
  exercises: Exercise[],
  options: Options,
): Promise<number> {
  const wishes = openWishes()
  const folder = path.relative(process.cwd(), exercise.folder)
  const stopWatching = await watchFiles(exercise.folder, options.poll ?? false, (file) =>
    wishes.put({ kind: 'save', file, at: performance.now() }),
  )
  const giveBack = listenToKeys((key) => {
    if (key === 'q') wishes.put({ kind: 'quit' })
    if (key === 'r') wishes.put({ kind: 'again', at: performance.now() })
  })
  const quit = () => wishes.put({ kind: 'quit' })
  process.on('SIGINT', quit)
  const help = process.stdin.isTTY ? 'r runs again · q ends' : 'Ctrl-C ends'
  const run = plainRun(engine.run)
  const tests = new Map<string, CheckResult['status']>()
  let before: string[] | undefined
  let listener: (check: CheckResult) => void = () => {}
  const prime = () => {
    const follow = followChecks(exercise, (check) => listener(check))
    return session.prime(run, exercise, {
      only: options.only,
      onCollected: follow.onCollected,
      onTest(slug, test) {
        tests.set(test.name, test.state === 'passed' ? 'passed' : 'failed')
        follow.onTest?.(slug, test)
      },
    })
  }
  let primed = prime()
  wishes.put({ kind: 'again', at: performance.now() })
  try {
    for (let wish = await wishes.take(); wish.kind !== 'quit'; wish = await wishes.take()) {
      if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[3J\u001b[H')
      const what = wish.kind === 'save' ? `saved ${wish.file}` : 'all of it'
      say(dim(`${exercise.slug} · ${new Date().toLocaleTimeString()} · ${what}`))
      const known = beforehand(exercise, EXERCISES)
      if (known) {
        if (known.verdict === 'untouched') say(`○ untouched: edit ${folder}/${exercise.files[0]}`)
        else say(`${styleText('red', '✘')} ${known.checks[0]?.message ?? known.verdict}`)
      } else {
        const begun = wish.at
        const screen = openScreen(exercise, { only: options.only })
        listener = screen.check
        const grading = primed.go(orderOf(tests, wish.kind === 'save' ? wish.file : undefined))
        grading.catch(() => {})
        const files = submissionHash(exercise.folder)
        const result = await Promise.race([grading, wishes.some()])
        listener = () => {}
        if (result) {
          // A file may have been saved while the last test ended.
          const whole = !options.only && files === submissionHash(exercise.folder)
          const told = whole ? remember(exercise, result) : withChange(result, before)
          before = passedOf(result)
          const next = openStandings().next(exercises, exercise.slug)
          screen.end(told, next, (performance.now() - begun) / 1000)
        } else {
          // A newer save: nothing of the older one counts any more.
          await primed.drop()
          await engine.killSubjects()
        }
        if (wishes.isOver()) break
        primed = prime()
        if (!result) continue
      }
      say(dim(`watching ${folder} · ${help}`))
    }
    return EXIT.passed
  } finally {
    process.off('SIGINT', quit)
    giveBack()
    await stopWatching()
    await primed.drop()
    await engine.killSubjects()
  }
}

async function main(slug: string | undefined, options: Options): Promise<number> {
  const catalogue = readCatalogue()
  const exercise = selectOne(catalogue, slug, 'watch')
  const unknown = options.only?.find((id) => !exercise.checks[id])
  if (unknown) throw new UsageError(`${exercise.slug} has no check "${unknown}".`)
  const progress = openProgress()
  const onEvent = (event: EngineEvent) => tellProgress(progress, event)
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP']
  return withEngine(
    { seed: options.seed, onEvent, signals, onStop: progress.done },
    async (engine) => {
      progress.status('starting …')
      const [session] = await Promise.all([
        engine.session({ workers: 1 }),
        engine.prepare([exercise]),
      ])
      progress.done()
      const missing = engine.missing(exercise)
      if (missing) throw new EnvironmentError(`${exercise.slug} ${missing}`)
      return watch(engine, session, exercise, catalogue.exercises, options)
    },
  ).finally(() => progress.done())
}

await defineCommand<Options>(
  'watch',
  'Grades an exercise each time you save one of its files: what failed last comes first.',
  (command) =>
    command
      .argument(
        '[exercise]',
        'its name, a part of it, or a path; the one whose folder you are in by default',
      )
      .option('--only <checks>', 'only these checks: --only C2,C5', (text) => text.split(','))
      .option('--seed <n>', 'draw the same fixtures as the run that printed this seed', seedNumber)
      .option('--poll', 'look at the files again and again: for network drives and WSL'),
  ([slug], options) => main(slug, options),
)
