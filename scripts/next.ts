import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { EXERCISES, STATE } from '../graders/harness/paths.ts'
import { sandboxMode } from '../graders/harness/subjects/sandbox-mode.ts'
import { openCache } from './lib/cache.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { type Report, reportSchema } from './lib/report.ts'
import { select } from './lib/select.ts'
import { isUntouched } from './lib/tree.ts'

function lastReport(): Report | undefined {
  const file = path.join(STATE, 'report.json')
  if (!existsSync(file)) return undefined
  try {
    return reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined // of another version, or damaged: the next check writes a new one
  }
}

await defineCommand(
  'next',
  'Tells which exercise to go on with: the first one that has not passed as it stands.',
  (command) =>
    command.argument(
      '[names...]',
      'phases (3, data), exercises, or parts of their names (sql, lru); all by default',
    ),
  (names) => {
    const { exercises } = select(readCatalogue(), names)
    const cache = openCache(sandboxMode())
    const next = exercises.find((one) => isUntouched(one, EXERCISES) || !cache.find(one, EXERCISES))
    if (!next) {
      process.stdout.write('All of these have passed. npm run list shows what else there is.\n')
      return EXIT.passed
    }
    const state = isUntouched(next, EXERCISES) ? 'untouched' : 'begun, and not passed as it stands'
    const failing = lastReport()
      ?.exercises.find((one) => one.slug === next.slug)
      ?.checks.find((check) => check.status === 'failed')
    process.stdout.write(
      [
        `${next.slug}: ${next.title} (${next.minutes} min, ${state})`,
        failing && `  last time ${failing.id} failed: ${failing.title}`,
        `  read  exercises/${next.phase}/${next.slug}/README.md`,
        `  edit  ${next.files.map((file) => `exercises/${next.phase}/${next.slug}/${file}`).join(', ')}`,
        `  then  npm run check ${next.slug}`,
        '',
      ]
        .filter((line) => line !== undefined)
        .join('\n'),
    )
    return EXIT.passed
  },
)
