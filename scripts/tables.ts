import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { staleTables, tablesOf, writeTables } from './lib/tables.ts'
import { readMistakes } from './lib/variants.ts'

await defineCommand<{ check?: boolean }>(
  'tables',
  'Writes the tables of README.md and graders/README.md from what the exercises say of themselves.',
  (command) => command.option('--check', 'only tell whether they are as they should be'),
  async (_names, { check }) => {
    const { exercises } = readCatalogue()
    const counts = new Map<string, number>()
    for (const one of exercises) counts.set(one.slug, (await readMistakes(one)).length)
    const tables = tablesOf(exercises, counts)
    const stale = check ? staleTables(tables) : writeTables(tables)
    if (stale.length === 0) process.stdout.write('The tables are as they should be.\n')
    else if (!check) process.stdout.write(`Written: ${stale.join(', ')}\n`)
    else process.stdout.write(`Out of date: ${stale.join(', ')}. npm run tables writes them.\n`)
    return check && stale.length > 0 ? EXIT.failed : EXIT.passed
  },
)
