import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import type { ExerciseResult } from './lib/report.ts'
import { NAMES, select } from './lib/select.ts'
import { openStandings } from './lib/standing.ts'

/** How an exercise that has not passed stands, in words. */
function stateOf(standing: ExerciseResult | undefined): string {
  if (standing?.verdict === 'untouched') return 'untouched'
  return standing ? 'begun, and not passed' : 'begun, and not graded since it changed'
}

await defineCommand(
  'next',
  'Tells which exercise to go on with: the first one that has not passed as it stands.',
  (command) => command.argument('[names...]', NAMES),
  (names) => {
    const { exercises } = select(readCatalogue(), names)
    const standings = openStandings()
    const next = standings.next(exercises)
    if (!next) {
      process.stdout.write('All of these have passed. npm run list shows what else there is.\n')
      return EXIT.passed
    }
    const standing = standings.of(next)
    const failing = standing?.checks.find((check) => check.status === 'failed')
    const folder = `exercises/${next.phase}/${next.slug}`
    process.stdout.write(
      [
        `${next.slug}: ${next.title} (${next.minutes} min, ${stateOf(standing)})`,
        failing && `  last time ${failing.id} failed: ${failing.title}`,
        `  read  ${folder}/README.md`,
        `  edit  ${next.files.map((file) => `${folder}/${file}`).join(', ')}`,
        `  then  npm run watch ${next.slug}   (or npm run check ${next.slug})`,
        '',
      ]
        .filter((line) => line !== undefined)
        .join('\n'),
    )
    return EXIT.passed
  },
)
