import { styleText } from 'node:util'
import type { Exercise } from '../graders/harness/exercise.ts'
import { TITLES } from '../graders/harness/services/types.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { type Latest, readLatest } from './lib/latest.ts'
import { LEVELS, printNext, printPhase, printRows, prose, type Row, rowOf } from './lib/map.ts'
import { type ExerciseResult, isPass } from './lib/report.ts'
import { NAMES, select } from './lib/select.ts'
import { openStandings } from './lib/standing.ts'

const MARKS = '★ mastered  ✔ passed  ✘ failed  ● not graded since it changed  ○ untouched'

/** What an exercise is about, how long it takes and what it needs. */
function about({ title, minutes, needs }: Exercise): string {
  const services = needs.map((name) => TITLES[name]).join(', ')
  return `${title} · ${minutes}\u00a0min${services && ` · ${services}`}`
}

/** How an exercise shows: by the verdict on its files as they are, or by what they were before. */
function rowFor(exercise: Exercise, standing: ExerciseResult | undefined, before?: Latest): Row {
  const row: Row = standing
    ? rowOf(standing)
    : {
        mark: '●',
        style: 'blue',
        slug: exercise.slug,
        score: before ? `${before.passed.length}/${before.checks.length}` : '',
        remark: '',
      }
  return { ...row, remark: about(exercise) }
}

await defineCommand<{ json?: boolean }>(
  'list',
  'The map of all exercises, from what was graded before: how they stand, what they are about, how long they take and what they need. Nothing is run.',
  (command) => command.argument('[names...]', NAMES).option('--json', 'as JSON'),
  (names, options) => {
    const catalogue = readCatalogue()
    const { exercises, broken } = select(catalogue, names)
    const standings = openStandings()
    const latest = readLatest()
    const rows = exercises.map((exercise) => ({ exercise, standing: standings.of(exercise) }))
    if (options.json) {
      const shown = rows.map(({ exercise, standing }) => {
        const { readme: _1, folder: _2, solution: _3, grader: _4, ...row } = exercise
        return { ...row, verdict: standing?.verdict ?? 'changed' }
      })
      process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
      return EXIT.passed
    }
    const width = Math.max(12, ...exercises.map((one) => one.slug.length))
    const blocks = Map.groupBy(rows, ({ exercise }) => exercise.phase)
    for (const [phase, own] of blocks) {
      const head = printPhase(
        phase,
        own.map(({ standing }) => standing?.verdict),
      )
      const shown = own.map(({ exercise, standing }) =>
        rowFor(exercise, standing, latest[exercise.slug]),
      )
      process.stdout.write(`${head}\n${printRows(shown, width)}\n\n`)
    }
    for (const { message } of broken) process.stderr.write(`${message}\n`)
    const hasPassed = rows.some(({ standing }) => standing && isPass(standing.verdict))
    const dim = (text: string) => styleText('dim', prose(text), { stream: process.stdout })
    process.stdout.write(`${[MARKS, ...(hasPassed ? [] : LEVELS)].map(dim).join('\n')}\n`)
    const next = standings.next(catalogue.exercises)
    if (next) process.stdout.write(`\n${printNext(next)}\n`)
    return broken.length > 0 ? EXIT.environment : EXIT.passed
  },
)
