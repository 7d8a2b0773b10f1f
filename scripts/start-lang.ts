import path from 'node:path'
import { EXERCISES } from '../graders/harness/paths.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { kitNamed, layKit, readKits, requireTools, toolchainOf } from './lib/kits.ts'
import { selectOne } from './lib/select.ts'
import { isUntouched } from './lib/tree.ts'
import { UsageError } from './lib/usage.ts'

function list(): number {
  for (const kit of readKits()) {
    process.stdout.write(`${kit.name.padEnd(12)} ${kit.title}: ${toolchainOf(kit).about}\n`)
  }
  return EXIT.passed
}

await defineCommand<{ list?: boolean }>(
  'start:lang',
  'Begins an exercise with a server in another language: lays a first program in place of the starter.',
  (command) =>
    command
      .argument('[exercise]', 'its name, a part of it, or a path')
      .argument('[kit]', 'such as flask, django, gin, echo, spring-boot')
      .option('--list', 'name all kits, and what this machine has of each'),
  ([slug, name], options) => {
    if (options.list) return list()
    if (!slug) {
      throw new UsageError(
        'Name an exercise and a kit: npm run start:lang express-parcels flask. npm run start:lang -- --list names all kits.',
      )
    }
    const exercise = selectOne(readCatalogue(), slug, 'start:lang')
    const kit = kitNamed(name, readKits())
    if (exercise.kind !== 'server') {
      throw new UsageError(
        `${exercise.slug} has no server that could be in another language: it is an exercise of kind ${exercise.kind}. npm run list shows all; those with a server have "start:" in their README.`,
      )
    }
    if (exercise.kit || !isUntouched(exercise, EXERCISES)) {
      throw new UsageError(
        `You have begun ${exercise.slug}. npm run reset ${exercise.slug} keeps a copy and brings the starter back; then start in another language.`,
      )
    }
    requireTools(kit)
    const files = layKit(kit, exercise)
    const folder = path.relative(process.cwd(), exercise.folder)
    const build = kit.build ? `built with ${kit.build.join(' ')}, ` : ''
    process.stdout.write(
      [
        `${exercise.slug} begins in ${kit.title} now: ${build}started with ${kit.start.join(' ')}.`,
        ...files.map(
          (file) => `  ${folder}/${file}${file === kit.edit ? '   ← edit this first' : ''}`,
        ),
        `npm run watch ${exercise.slug} grades it at each save. npm run reset ${exercise.slug} brings the starter back.`,
        '',
      ].join('\n'),
    )
    return EXIT.passed
  },
)
