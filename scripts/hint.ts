import { stripVTControlCharacters, styleText } from 'node:util'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { hintsShown, readHints, reflow, rememberHints } from './lib/hints.ts'
import { columns } from './lib/map.ts'
import { selectOne } from './lib/select.ts'
import { UsageError } from './lib/usage.ts'

/** A hint as the terminal has room for it, but no wider than people like to read. */
function fitted(text: string): string {
  return reflow(stripVTControlCharacters(text), Math.min(100, columns() - 1))
}

await defineCommand<{ all?: boolean; again?: boolean }>(
  'hint',
  'Shows the next hint for an exercise, one at a time, from gentle to nearly the answer.',
  (command) =>
    command
      .argument(
        '[exercise]',
        'its name, a part of it, or a path; the one whose folder you are in by default',
      )
      .option('--again', 'begin with the first hint again')
      .option('--all', 'show all hints at once'),
  ([slug], options) => {
    const exercise = selectOne(readCatalogue(), slug, 'hint')
    const hints = readHints(exercise)
    if (hints.length === 0) throw new UsageError(`${exercise.slug} has no hints.`)
    const before = options.again ? 0 : hintsShown(exercise.slug)
    // Past the last hint the last one is shown again: it says the most.
    const from = options.all ? 0 : Math.min(before, hints.length - 1)
    const until = options.all ? hints.length : from + 1
    for (const { title, text } of hints.slice(from, until)) {
      process.stdout.write(`${styleText('bold', title)}\n\n${fitted(text)}\n\n`)
    }
    const left = hints.length - until
    process.stdout.write(
      left > 0
        ? styleText('dim', `${left} more: npm run hint ${exercise.slug}\n`)
        : styleText(
            'dim',
            `That was the last one. npm run solution ${exercise.slug} shows the reference.\n`,
          ),
    )
    rememberHints(exercise.slug, until)
    return EXIT.passed
  },
)
