import { styleText } from 'node:util'
import { EXERCISES } from '../graders/harness/paths.ts'
import { phaseTitle, readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { select } from './lib/select.ts'
import { isUntouched } from './lib/tree.ts'

await defineCommand<{ json?: boolean }>(
  'list',
  'Lists the exercises: what they are about, how long they take, and what they need.',
  (command) =>
    command
      .argument(
        '[names...]',
        'phases (3, data), exercises, or parts of their names (sql, lru); all by default',
      )
      .option('--json', 'as JSON'),
  (names, options) => {
    const { exercises, broken } = select(readCatalogue(), names)
    if (options.json) {
      const rows = exercises.map(
        ({ readme: _1, folder: _2, solution: _3, grader: _4, ...row }) => row,
      )
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      return EXIT.passed
    }
    const width = Math.max(12, ...exercises.map((one) => one.slug.length))
    let phase = ''
    for (const exercise of exercises) {
      if (exercise.phase !== phase) {
        process.stdout.write(
          `${phase ? '\n' : ''}${styleText('bold', phaseTitle(exercise.phase))}\n`,
        )
        phase = exercise.phase
      }
      const mark = isUntouched(exercise, EXERCISES) ? '○' : '●'
      const needs = exercise.needs.length > 0 ? ` · needs ${exercise.needs.join(', ')}` : ''
      const facts = styleText('dim', `${exercise.minutes} min${needs}`)
      process.stdout.write(
        `  ${mark} ${exercise.slug.padEnd(width)}  ${exercise.title}  ${facts}\n`,
      )
    }
    for (const { message } of broken) process.stderr.write(`${message}\n`)
    process.stdout.write(
      `\n${styleText('dim', '● begun  ○ untouched   npm run next tells where to go on')}\n`,
    )
    return broken.length > 0 ? EXIT.environment : EXIT.passed
  },
)
