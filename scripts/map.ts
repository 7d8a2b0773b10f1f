import { InvalidArgumentError } from 'commander'
import { isRunning } from '../graders/harness/services/types.ts'
import { openPage } from './lib/browser/app.ts'
import { type Live, openLive } from './lib/browser/live.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { type EngineEvent, withEngine } from './lib/engine/engine.ts'
import { EXIT } from './lib/exit.ts'
import { openProgress, tellProgress } from './lib/progress.ts'

/** Where the page is, unless somebody else has the port. */
const PORT = 4747

function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It must be a port, from 0 to 65535.')
  return port
}

async function main({ port }: { port: number }): Promise<number> {
  const { exercises } = readCatalogue()
  const progress = openProgress()
  let live: Live | undefined
  const onEvent = (event: EngineEvent) => {
    tellProgress(progress, event)
    if (event.type === 'notice') live?.notice(event.text)
    else if (!event.state) live?.notice(`starting ${event.name} …`)
    else if (isRunning(event.state)) live?.notice(`${event.name} ${event.state.version} is up`)
  }
  const over = Promise.withResolvers<void>()
  const quit = () => over.resolve()
  process.on('SIGINT', quit)
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP']
  return withEngine({ onEvent, signals, onStop: progress.done }, async (engine) => {
    progress.status('starting …')
    const session = await engine.session({ workers: 1 })
    live = openLive({ engine, session }, exercises)
    const page = await openPage(exercises, live, { port })
    progress.done()
    process.stdout.write(
      `The map is at ${page.url}\nIt is for this machine alone. Ctrl-C ends it.\n`,
    )
    await over.promise
    await page.close()
    await live.close()
    return EXIT.passed
  }).finally(() => {
    process.off('SIGINT', quit)
    progress.done()
  })
}

await defineCommand<{ port: number }>(
  'map',
  'Opens the map in a browser: the road of exercises, their texts and hints, and on each save what your program did.',
  (command) =>
    command.option(
      '--port <n>',
      'where the page is; another port where somebody has it',
      portNumber,
      PORT,
    ),
  (_names, options) => main(options),
)
