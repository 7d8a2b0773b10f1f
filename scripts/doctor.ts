import { styleText } from 'node:util'
import { SERVICES } from '../graders/harness/exercise.ts'
import { findProgram } from '../graders/harness/services/native.ts'
import { servicesMode } from '../graders/harness/services/start.ts'
import { isRunning } from '../graders/harness/services/types.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { withEngine } from './lib/engine/engine.ts'
import { EXIT } from './lib/exit.ts'
import { readKits, toolchainOf } from './lib/kits.ts'
import { openProgress } from './lib/progress.ts'
import { type Finding, settings, wrongFiles } from './lib/settings.ts'

function print({ well, what, next }: Finding): void {
  const mark = well ? styleText('green', '✔') : styleText('red', '✘')
  process.stdout.write(`${mark} ${what}${next ? `\n    ${next}` : ''}\n`)
}

await defineCommand(
  'doctor',
  'Tries what the exercises need on this machine: Node, git, and each service for real.',
  (command) => command,
  async () => {
    const findings: Finding[] = []
    const say = (finding: Finding) => {
      findings.push(finding)
      print(finding)
    }
    say({ well: true, what: `Node ${process.version} (the kit's own)` })
    say(
      findProgram(['git'])
        ? { well: true, what: 'git' }
        : { well: false, what: 'git is missing', next: 'Install git; the git exercises need it.' },
    )
    const catalogue = readCatalogue()
    say({
      well: catalogue.broken.length === 0,
      what: `${catalogue.exercises.length} exercises, ${catalogue.broken.length} with a README that cannot be read`,
      next: catalogue.broken.map(({ message }) => message).join('\n    '),
    })
    for (const finding of [...settings(process.env), ...wrongFiles(catalogue.exercises)])
      say(finding)
    for (const kit of readKits()) {
      const { well, about } = toolchainOf(kit)
      // Nobody needs all of them, so what is missing is no fault of the machine.
      const mark = well ? styleText('green', '✔') : styleText('dim', '○')
      process.stdout.write(`${mark} ${kit.title}  ${styleText('dim', about)}\n`)
    }
    const mode = servicesMode()
    process.stdout.write(
      styleText('dim', `services: ${mode} (ROADWORKS_SERVICES=docker|native|auto)\n`),
    )
    const progress = openProgress()
    await withEngine({ onStop: progress.done }, async ({ run, start }) => {
      progress.status('starting every service once …')
      await start(SERVICES)
      progress.done()
      for (const name of SERVICES) {
        const state = run.services[name]!
        const users = catalogue.exercises.filter((one) => one.needs.includes(name)).length
        const used = styleText('dim', `used by ${users} exercise${users === 1 ? '' : 's'}`)
        say(
          isRunning(state)
            ? { well: true, what: `${name} ${state.version} (${state.provider})  ${used}` }
            : { well: false, what: `${name}  ${used}`, next: state.missing },
        )
      }
    })
    return findings.every((one) => one.well) ? EXIT.passed : EXIT.environment
  },
)
