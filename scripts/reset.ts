import path from 'node:path'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { resetExercise } from './lib/reset.ts'
import { selectOne } from './lib/select.ts'

await defineCommand(
  'reset',
  'Brings an exercise’s starter back. What you wrote is kept below .roadworks/backup/.',
  (command) =>
    command.argument(
      '[exercise]',
      'its name, a part of it, or a path; the one whose folder you are in by default',
    ),
  ([slug]) => {
    const exercise = selectOne(readCatalogue(), slug, 'reset')
    const backup = resetExercise(exercise)
    process.stdout.write(
      backup
        ? `The starter of ${exercise.slug} is back. Yours is in ${path.relative(process.cwd(), backup)}/\n`
        : `${exercise.slug} is untouched; there is nothing to reset.\n`,
    )
    return EXIT.passed
  },
)
