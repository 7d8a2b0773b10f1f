import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise, ServiceName } from '../../graders/harness/exercise.ts'
import { ROOT } from '../../graders/harness/paths.ts'
import { TITLES } from '../../graders/harness/services/types.ts'
import { phaseTitle } from './catalogue.ts'
import { equivalents, readRecord, scoreOf } from './mutate/record.ts'
import { listAlternatives } from './variants.ts'
import { type Blind, blindSchema } from './verify/coverage.ts'

/** A table that is made of what the exercises say of themselves, and where it stands. */
export type Table = { file: string; name: string; text: string }

const nameOf = (service: ServiceName) => TITLES[service].replace(/^The Docker engine$/, 'Docker')

/** @returns undefined where there is none yet; verify says what is wrong with one */
function readBlind({ grader }: Exercise): Blind | undefined {
  const file = path.join(grader, 'blind.json')
  return existsSync(file) ? blindSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

/** All exercises in the order of the map: what they are about, how long they take, what they need. */
function exercisesTable(exercises: Exercise[]): string {
  let phase = ''
  const rows = exercises.map((one) => {
    const first = one.phase === phase ? '' : phaseTitle(one.phase).replace(/^Phase (\d) · /, '$1 ')
    phase = one.phase
    const needs = one.needs.map(nameOf).join(', ')
    return `| ${first} | \`${one.slug}\` | ${one.title} | ${one.minutes} min | ${needs} |`
  })
  return ['| phase | exercise | about | takes | needs |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  )
}

/** What is known of how much each grader sees. @param mistakes how many an exercise has, by its slug */
function gradersTable(exercises: Exercise[], mistakes: Map<string, number>): string {
  const rows = exercises.map((one) => {
    const record = readRecord(one)
    const last = readBlind(one)?.rounds.at(-1)
    const cells = [
      one.slug,
      mistakes.get(one.slug) ?? '',
      listAlternatives(one).length,
      record?.mutants ?? '',
      record?.killed ?? '',
      record ? equivalents(record) : '',
      record ? scoreOf(record) : 'not measured',
      last ? `${last.wrong.tried} / ${last.wrong.accepted}` : '',
      last ? `${last.right.tried} / ${last.right.refused}` : '',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| exercise | mistakes | alternatives | mutants | killed | equivalent | score | wrong tried / accepted | right tried / refused |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ].join('\n')
}

/** All generated tables of the kit, as they should be. */
export function tablesOf(exercises: Exercise[], mistakes: Map<string, number>): Table[] {
  return [
    { file: 'README.md', name: 'exercises', text: exercisesTable(exercises) },
    { file: 'graders/README.md', name: 'graders', text: gradersTable(exercises, mistakes) },
  ]
}

const between = (name: string) =>
  new RegExp(`(<!-- table: ${name}, npm run tables -->\n)[\\s\\S]*?(\n<!-- end of ${name} -->)`)

/** A file with its table put in. @throws Error where the marks of the table are missing */
function withTable({ file, name, text }: Table): { before: string; after: string } {
  const full = path.join(ROOT, file)
  const before = existsSync(full) ? readFileSync(full, 'utf8') : ''
  if (!between(name).test(before)) {
    throw new Error(`${file} has no place for the table "${name}": see scripts/lib/tables.ts`)
  }
  return { before, after: before.replace(between(name), (_, begin, end) => begin + text + end) }
}

/** Returns the files whose table is not as it should be. */
export function staleTables(tables: Table[]): string[] {
  return tables
    .filter((table) => {
      const { before, after } = withTable(table)
      return before !== after
    })
    .map(({ file }) => file)
}

/** Writes the tables. @returns the files that changed */
export function writeTables(tables: Table[]): string[] {
  const stale = staleTables(tables)
  for (const table of tables) {
    if (!stale.includes(table.file)) continue
    writeFileSync(path.join(ROOT, table.file), withTable(table).after)
  }
  return stale
}
