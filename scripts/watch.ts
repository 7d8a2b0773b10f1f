import path from 'node:path'
import { styleText } from 'node:util'
import type { Exercise } from '../graders/harness/exercise.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand, seedNumber } from './lib/command.ts'
import { type Engine, type EngineEvent, withEngine } from './lib/engine/engine.ts'
import type { Session } from './lib/engine/session.ts'
import { EXIT } from './lib/exit.ts'
import { openProgress, tellProgress } from './lib/progress.ts'
import { selectOne } from './lib/select.ts'
import { EnvironmentError, UsageError } from './lib/usage.ts'
import { listenToKeys } from './lib/watch/keys.ts'
import { openWishes, type Watcher, watchExercise } from './lib/watch/loop.ts'
import { openScreen } from './lib/watch/show.ts'

type Options = { only?: string[]; seed?: number; poll?: boolean }

const say = (text: string) => void process.stdout.write(`${text}\n`)
const dim = (text: string) => styleText('dim', text, { stream: process.stdout })

/** Shows a loop in the terminal. */
function inTerminal(exercise: Exercise, only: string[] | undefined): Watcher {
  const folder = path.relative(process.cwd(), exercise.folder)
  const help = process.stdin.isTTY ? 'r runs again · q ends' : 'Ctrl-C ends'
  let screen = openScreen(exercise, { only })
  return {
    begin(file) {
      if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[3J\u001b[H')
      const what = file ? `saved ${file}` : 'all of it'
      say(dim(`${exercise.slug} · ${new Date().toLocaleTimeString()} · ${what}`))
      screen = openScreen(exercise, { only })
    },
    known({ verdict, checks }) {
      if (verdict === 'untouched') say(`○ untouched: edit ${folder}/${exercise.files[0]}`)
      else say(`${styleText('red', '✘')} ${checks[0]?.message ?? verdict}`)
    },
    check: (check) => screen.check(check),
    end: (...told) => screen.end(...told),
    waiting: () => say(dim(`watching ${folder} · ${help}`)),
  }
}

async function watch(
  engine: Engine,
  session: Session,
  exercise: Exercise,
  exercises: Exercise[],
  { only, poll }: Options,
): Promise<number> {
  const wishes = openWishes()
  const giveBack = listenToKeys((key) => {
    if (key === 'q') wishes.put({ kind: 'quit' })
    if (key === 'r') wishes.put({ kind: 'again', at: performance.now() })
  })
  const quit = () => wishes.put({ kind: 'quit' })
  process.on('SIGINT', quit)
  try {
    const about = { only, poll, wishes }
    await watchExercise({ engine, session }, exercise, exercises, about, inTerminal(exercise, only))
    return EXIT.passed
  } finally {
    process.off('SIGINT', quit)
    giveBack()
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
