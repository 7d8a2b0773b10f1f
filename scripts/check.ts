import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { InvalidArgumentError } from 'commander'
import { sandboxMode } from '../graders/harness/subjects/sandbox-mode.ts'
import { toHtml } from './lib/browser/report-page.ts'
import { type Catalogue, readCatalogue } from './lib/catalogue.ts'
import { type CheckOptions, check, submissionRoot } from './lib/check.ts'
import { defineCommand, seedNumber } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { toAnnotations, toJUnit, toMarkdown } from './lib/formats.ts'
import {
  LEVELS,
  printFailure,
  printFooter,
  printMap,
  printNext,
  printOtherFailures,
  printVerdict,
  prose,
  worstFailure,
} from './lib/map.ts'
import { openProgress } from './lib/progress.ts'
import { type ExerciseResult, exitCodeOf, isPass, type Report } from './lib/report.ts'
import { namesIn, select } from './lib/select.ts'
import { openStandings } from './lib/standing.ts'
import { writeWhole } from './lib/tree.ts'
import { UsageError } from './lib/usage.ts'

type Options = CheckOptions & {
  json?: true | string
  /** Names of exercises that must have passed; others may be untouched. All must where it is missing. */
  must?: string
  html?: string
  junit?: string
  markdown?: string
}

/** Keeps what a learner's program printed from being read as a command by GitHub's runner. */
function neutral(text: string): string {
  if (!process.env.GITHUB_ACTIONS) return text
  return text.replaceAll('::', ':\u200b:').replaceAll('##[', '##\u200b[')
}

/** The exercise to go on with: one of these, and where all of them are done, another. */
function nextOf({ exercises }: Report): { phase: string; slug: string } | undefined {
  const todo =
    exercises.find((one) => one.verdict === 'failed') ??
    exercises.find((one) => one.verdict === 'untouched')
  if (todo || !exercises.every(({ verdict }) => isPass(verdict))) return todo
  return openStandings().next(readCatalogue().exercises, exercises.at(-1)?.slug)
}

function print(report: Report, { submission, solutions }: Options): void {
  const { exercises } = report
  const parts = [printMap(exercises)]
  if (exercises.every(({ verdict }) => verdict === 'untouched')) {
    parts.push(LEVELS.map(prose).join('\n'))
  }
  const worst = worstFailure(exercises)
  if (worst) {
    parts.push(printFailure(worst.result, worst.check))
    const others = printOtherFailures(worst.result, worst.check)
    if (others) parts.push(others)
  }
  if (exercises.some(({ cached, verdict }) => cached && verdict === 'failed')) {
    parts.push(
      prose(
        'What has not changed since it failed was not graded again. Name one to have it graded, or add -- --force.',
      ),
    )
  }
  const verdict = exercises.length === 1 && printVerdict(exercises[0]!)
  if (verdict) parts.push(verdict)
  const next = !submission && !solutions && nextOf(report)
  const failed = exercises.length === 1 && exercises[0]!.verdict === 'failed' && exercises[0]
  if (next) parts.push(failed ? `Stuck? npm run hint ${failed.slug}` : printNext(next))
  parts.push(printFooter(report, { others: submission !== undefined }))
  process.stdout.write(`${neutral(parts.join('\n\n'))}\n`)
}

/** Files are named from where the learner called npm, not from the checkout's root. */
function write(file: string, text: string): void {
  writeWhole(path.resolve(process.env.INIT_CWD ?? process.cwd(), file), text)
}

async function main(names: string[], options: Options): Promise<number> {
  if (options.solutions && options.submission) {
    throw new UsageError('--solutions and --submission exclude each other.')
  }
  if (options.inspect && options.sandbox) {
    throw new UsageError('--inspect and --sandbox exclude each other: a debugger must get in.')
  }
  options.sandbox = sandboxMode(options.sandbox)
  if (options.sandbox === 'off') {
    process.stderr.write('No sandbox: programs run with the rights of the user who runs this.\n')
  }
  const catalogue = readCatalogue()
  const selected = select(catalogue, names, { here: true })
  const must = mustPass(catalogue, options)
  if (options.inspect && selected.exercises.length !== 1) {
    throw new UsageError('--inspect takes exactly one exercise: npm run check -- <slug> --inspect')
  }
  if (options.start && selected.exercises.some((one) => one.kind !== 'server')) {
    throw new UsageError('--start is for exercises of kind server; name one of them.')
  }
  for (const id of options.only ?? []) {
    if (selected.exercises.some((one) => one.checks[id])) continue
    throw new UsageError(
      `None of these exercises has a check "${id}". --only takes ids such as C2,C5.`,
    )
  }
  const { only } = options
  if (only) {
    selected.exercises = selected.exercises.filter((one) => only.some((id) => one.checks[id]))
  }
  if (options.inspect) {
    process.stderr.write(
      'Each program waits for a debugger on 127.0.0.1:9229. --only C2 keeps to one check.\n',
    )
  }
  const report = await check(selected, options, openProgress())
  if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else print(report, options)
  if (typeof options.json === 'string') write(options.json, `${JSON.stringify(report, null, 2)}\n`)
  if (options.html) write(options.html, toHtml(report))
  if (options.junit) write(options.junit, toJUnit(report))
  if (options.markdown) write(options.markdown, toMarkdown(report))
  if (process.env.GITHUB_ACTIONS) annotate(report, options)
  if (report.exercises.length === 0) return EXIT.environment
  return exitCodeOf(report.exercises.filter((one) => counts(one, must)))
}

/** The slugs that `--must` names, and undefined where everything selected must have passed. */
function mustPass(catalogue: Catalogue, { must }: Options): Set<string> | undefined {
  if (must === undefined) return undefined
  const names = namesIn(must)
  if (names.length === 0) return new Set()
  return new Set(select(catalogue, names).exercises.map(({ slug }) => slug))
}

/** Whether an exercise has a say in the exit code: what nobody has begun fails only where it must have passed. */
function counts({ slug, verdict }: ExerciseResult, must: Set<string> | undefined): boolean {
  return verdict !== 'untouched' || !must || must.has(slug)
}

function annotate(report: Report, options: Options): void {
  const root = options.submission ? submissionRoot(options.submission) : 'exercises'
  const relative = path.relative(process.cwd(), path.resolve(root))
  const files = new Map(readCatalogue().exercises.map((one) => [one.slug, one.files[0]!]))
  const lines = toAnnotations(report, (result) =>
    path.join(relative, result.phase, result.slug, files.get(result.slug) ?? 'README.md'),
  )
  if (lines) process.stdout.write(`${lines}\n`)
  const summary = process.env.GITHUB_STEP_SUMMARY
  if (summary) appendFileSync(summary, toMarkdown(report))
}

function argv(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!)
  if (words.length === 0)
    throw new InvalidArgumentError('It must name a program, such as "python3 server.py".')
  return words
}

await defineCommand<Options>(
  'check',
  'Grades your exercises and prints the map of the phase.',
  (command) =>
    command
      .argument(
        '[names...]',
        'phases (3, data), exercises (sql-joins), parts of their names (sql, lru), or paths; all by default',
      )
      .option('--solutions', 'grade the reference solutions')
      .option('--submission <dir>', 'grade the exercises of another checkout')
      .option(
        '--start <command>',
        'start servers with this, in any language: --start "python3 server.py"',
        argv,
      )
      .option('--only <checks>', 'only these checks: --only C2,C5', (text) => text.split(','))
      .option('--seed <n>', 'draw the same fixtures as the run that printed this seed', seedNumber)
      .option('--force', 'also grade what has not changed since it was graded')
      .option(
        '--must <names>',
        'what must have passed, such as "phase1 sql-joins": other exercises may be untouched. All must by default',
      )
      .option(
        '--sandbox <kind>',
        'docker: each program in a container without a network; off: none; auto by default',
      )
      .option('--inspect', 'start programs waiting for a debugger, without time limits')
      .option('--json [file]', 'the report as JSON, in place of the map or to a file')
      .option('--html <file>', 'the report as one page, with all that shows the failures')
      .option('--junit <file>', 'the report as JUnit XML')
      .option('--markdown <file>', 'the report as Markdown')
      .addHelpText(
        'after',
        `
Flags go after "--":  npm run check -- sql-joins --seed 7

Exit codes: 0 all passed · 1 something failed or is untouched · 2 wrong usage ·
3 a service or the machine is in the way. ROADWORKS_SERVICES=docker|native|auto says
where services come from; ROADWORKS_POSTGRES_URL, …_MARIADB_URL, …_MONGODB_URL and …_REDIS_URL
name running ones.
ROADWORKS_SANDBOX=docker|auto|off is --sandbox for every command that runs programs;
ROADWORKS_SANDBOX_IMAGE is the image for docker, in place of one that is built once.`,
      ),
  main,
)
