import path from 'node:path'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { KINDS, makeExercise, readPlace } from './lib/new/make.ts'
import { UsageError } from './lib/usage.ts'

await defineCommand<{ kind: string; title?: string }>(
  'new',
  'Makes the three folders of a new exercise. CONTRIBUTING.md says what comes then.',
  (command) =>
    command
      .argument('<phase/slug>', 'where it goes, such as phase4/rest-paging')
      .requiredOption('--kind <kind>', KINDS.join(', '))
      .option('--title <text>', 'what the map shows; made from the slug by default'),
  ([given], { kind: asked, title }) => {
    const kind = KINDS.find((one) => one === asked)
    if (!kind) throw new UsageError(`There is no kind "${asked}". Kinds: ${KINDS.join(', ')}.`)
    const catalogue = readCatalogue()
    const place = readPlace(given!, catalogue)
    const orders = catalogue.exercises
      .filter(({ phase }) => phase === place.phase)
      .map(({ order }) => order)
    const words = place.slug.replaceAll('-', ' ')
    const files = makeExercise(place, {
      kind,
      title: title ?? `${words[0]!.toUpperCase()}${words.slice(1)}`,
      order: Math.max(0, ...orders) + 1,
    })
    process.stdout.write(`${files.map((file) => `  ${path.relative(process.cwd(), file)}\n`).join('')}
It runs as it is. Make it yours, and let the kit say what is missing:
  npm run verify -- ${place.slug} --update
`)
    return EXIT.passed
  },
)
