import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { type Exercise, starterOf } from '../graders/harness/exercise.ts'
import { EXERCISES, ROOT } from '../graders/harness/paths.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { selectOne } from './lib/select.ts'
import { isUntouched } from './lib/tree.ts'
import { UsageError } from './lib/usage.ts'

/**
 * Asks whether somebody wants to read the answer to an exercise before they have begun it.
 * @throws UsageError where nobody is there to be asked
 */
async function isWanted({ slug }: Exercise): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `${slug} is untouched. To see its answer all the same: npm run solution -- ${slug} --yes`,
    )
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  const question = `You have not begun ${slug}. Show its answer all the same? [y/N] `
  const answer = await Promise.race([terminal.question(question), ended])
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

await defineCommand<{ path?: boolean; yes?: boolean }>(
  'solution',
  'Shows the reference solution of an exercise, and the notes on why it is as it is.',
  (command) =>
    command
      .argument(
        '[exercise]',
        'its name, a part of it, or a path; the one whose folder you are in by default',
      )
      .option('--path', 'only say where the files are')
      .option('--yes', 'do not ask where the exercise is untouched'),
  async ([slug], options) => {
    const exercise = selectOne(readCatalogue(), slug, 'solution')
    const asks = !options.path && !options.yes && isUntouched(exercise, EXERCISES)
    if (asks && !(await isWanted(exercise))) {
      process.stdout.write(`npm run hint ${exercise.slug} gives one hint at a time.\n`)
      return EXIT.passed
    }
    for (const name of [...starterOf(exercise).files, 'NOTES.md']) {
      const file = path.join(exercise.solution, name)
      const shown = path.relative(ROOT, file)
      if (options.path) process.stdout.write(`${shown}\n`)
      else process.stdout.write(`${styleText('bold', shown)}\n\n${readFileSync(file, 'utf8')}\n`)
    }
    return EXIT.passed
  },
)
