import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import path from 'node:path'
import { styleText } from 'node:util'
import { ROOT } from '../graders/harness/paths.ts'
import { readCatalogue, selectOne } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/report.ts'

await defineCommand(
  'watch',
  'Grades an exercise each time you save one of its files.',
  (command) => command.argument('<slug>', 'the exercise'),
  async ([slug]) => {
    const exercise = selectOne(readCatalogue(), slug, 'watch')
    let changed = true
    let wake = () => {}
    const watcher = watch(exercise.folder, { recursive: true }, (_event, name) => {
      if (name && /(^|\/)\.|~$|\.swp$/.test(name)) return
      changed = true
      wake()
    })
    let leaving = false
    process.on('SIGINT', () => {
      leaving = true
      wake()
    })
    while (!leaving) {
      if (changed) {
        changed = false
        if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H')
        const child = spawn(
          process.execPath,
          [path.join(ROOT, 'scripts', 'check.ts'), exercise.slug],
          {
            stdio: 'inherit',
          },
        )
        await new Promise((resolve) => child.once('exit', resolve))
        process.stdout.write(
          styleText(
            'dim',
            `\nwatching ${path.relative(process.cwd(), exercise.folder)} · Ctrl-C ends\n`,
          ),
        )
        // Editors write a file in several steps; these belong to the change just graded.
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    watcher.close()
    return EXIT.passed
  },
)
