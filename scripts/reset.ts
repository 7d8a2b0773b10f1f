import { cpSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { EXERCISES, STATE } from '../graders/harness/paths.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { selectOne } from './lib/select.ts'
import { copyFiles, isUntouched, listFiles } from './lib/tree.ts'
import { EnvironmentError } from './lib/usage.ts'

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
    if (isUntouched(exercise, EXERCISES)) {
      process.stdout.write(`${exercise.slug} is untouched; there is nothing to reset.\n`)
      return EXIT.passed
    }
    const starter = path.join(exercise.grader, 'starter')
    if (!existsSync(starter)) {
      throw new EnvironmentError(
        `The kit's copy of the starter is gone: ${path.relative(process.cwd(), starter)}. git checkout it.`,
      )
    }
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
    const backup = path.join(STATE, 'backup', `${exercise.slug}-${time}`)
    mkdirSync(backup, { recursive: true })
    cpSync(exercise.folder, backup, { recursive: true })
    copyFiles(starter, exercise.folder, listFiles(starter))
    process.stdout.write(
      `The starter of ${exercise.slug} is back. Yours is in ${path.relative(process.cwd(), backup)}/\n`,
    )
    return EXIT.passed
  },
)
