import path from 'node:path'
import { InvalidArgumentError } from 'commander'
import { sandboxMode } from '../graders/harness/subjects/sandbox-mode.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { gradeCohort } from './lib/cohort/cohort.ts'
import { readRoster } from './lib/cohort/roster.ts'
import { readSettings } from './lib/cohort/settings.ts'
import { defineCommand, wholeNumber } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { openProgress } from './lib/progress.ts'
import { calledIn, namesIn, select } from './lib/select.ts'
import { UsageError } from './lib/usage.ts'

type Options = {
  out: string
  settings?: string
  only?: string
  deadline?: string
  regrade?: string
  sandbox?: string
  jobs?: number
}

/** Reads an instant. @throws InvalidArgumentError where its zone is missing: a deadline is one moment */
function instant(text: string): string {
  if (!/(Z|[+-]\d\d:?\d\d)$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError(
      'It must be a time with a zone, such as 2026-12-01T23:59:00+01:00.',
    )
  return new Date(text).toISOString()
}

async function main([file]: string[], options: Options): Promise<number> {
  const from = (name: string) => path.resolve(calledIn(), name)
  const students = readRoster(from(file!))
  const settings = readSettings(options.settings && from(options.settings))
  if (options.only) settings.exercises = namesIn(options.only)
  const catalogue = readCatalogue()
  for (const slug of Object.keys(settings.weights)) {
    if (!catalogue.exercises.some((one) => one.slug === slug))
      throw new UsageError(`${options.settings}: weights: there is no exercise ${slug}.`)
  }
  const regrade = options.regrade
    ? select(catalogue, namesIn(options.regrade)).exercises.map(({ slug }) => slug)
    : []
  const out = from(options.out)
  const { deadline, jobs: lanes } = options
  const sandbox = sandboxMode(options.sandbox)
  const asked = { students, settings, out, deadline, regrade, sandbox, lanes }
  const { grades, found, known, shared, changes } = await gradeCohort(asked, openProgress())

  const there = grades.filter(({ missing }) => !missing)
  const lines = [
    `${students.length} students, ${there.length} with a submission: ${found} graded now, ${known} known before, ${shared} the same as another's.`,
    ...grades.flatMap(({ student, missing }) => (missing ? [`  ✘ ${student}: ${missing}`] : [])),
  ]
  const open = grades.flatMap(({ student, exercises }) =>
    exercises
      .filter(({ verdict }) => verdict === 'error' || verdict === 'not run')
      .map(({ slug, verdict }) => `  ${verdict === 'error' ? '‼' : '⊘'} ${student}: ${slug}`),
  )
  if (open.length > 0) {
    lines.push(
      `Not graded, through no fault of theirs (${open.length}); the same command tries again:`,
    )
    lines.push(...open.slice(0, 10), ...(open.length > 10 ? ['  …'] : []))
  }
  if (changes.length > 0)
    lines.push('Changed since the last run:', ...changes.map((one) => `  ${one}`))
  lines.push(
    '',
    `${path.join(out, 'grades.csv')}, summary.html, and for each student students/*.md`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
  return open.length > 0 ? EXIT.environment : EXIT.passed
}

await defineCommand<Options>(
  'cohort',
  "Grades a roster of submissions, each student's exercises once, and writes the grades.",
  (command) =>
    command
      .argument('<roster>', 'CSV with the columns student, source and, where wanted, ref')
      .option('--out <folder>', 'where the grades go', 'grades')
      .option('--settings <file>', 'cohort.yaml: what is graded, points, weights, late work')
      .option(
        '--only <names>',
        'grade these exercises, whatever the settings say: "phase1 sql-joins"',
      )
      .option('--deadline <time>', 'of repositories, the last commit before it', instant)
      .option('--regrade <names>', 'grade these exercises again')
      .option('--sandbox <kind>', 'docker, off or auto, as npm run check has it')
      .option('--jobs <n>', 'how many gradings run at once', wholeNumber)
      .addHelpText(
        'after',
        `
A source is a folder, the URL of a git repository, or a .zip, .tar or .tar.gz. Nothing of it is run
outside the sandbox. What was graded is kept below .roadworks/cohort: Ctrl-C loses nothing, and the same
command goes on. .github/TEACHING.md has an example of each file.

Exit codes: 0 all graded · 2 wrong usage · 3 something could not be graded, and is not theirs.`,
      ),
  main,
)
