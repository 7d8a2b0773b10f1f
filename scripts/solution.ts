import { readFileSync } from 'node:fs'
import path from 'node:path'
import { styleText } from 'node:util'
import { ROOT } from '../graders/harness/paths.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { selectOne } from './lib/select.ts'

await defineCommand<{ path?: boolean }>(
  'solution',
  'Shows the reference solution of an exercise, and the notes on why it is as it is.',
  (command) =>
    command
      .argument(
        '[exercise]',
        'its name, a part of it, or a path; the one whose folder you are in by default',
      )
      .option('--path', 'only say where the files are'),
  ([slug], options) => {
    const exercise = selectOne(readCatalogue(), slug, 'solution')
    for (const name of [...exercise.files, 'NOTES.md']) {
      const file = path.join(exercise.solution, name)
      const shown = path.relative(ROOT, file)
      if (options.path) process.stdout.write(`${shown}\n`)
      else process.stdout.write(`${styleText('bold', shown)}\n\n${readFileSync(file, 'utf8')}\n`)
    }
    return EXIT.passed
  },
)
