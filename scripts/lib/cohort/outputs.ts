import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { z } from 'zod'
import { toHtml } from '../browser/report-page.ts'
import { md, toMarkdown } from '../formats.ts'
import { verdictSchema } from '../report.ts'
import { writeWhole } from '../tree.ts'
import type { Grade } from './grades.ts'
import { summaryPage } from './summary.ts'

const keptSchema = z.object({
  version: z.literal(1),
  seed: z.number(),
  students: z.array(
    z.object({
      student: z.string(),
      missing: z.string().optional(),
      total: z.object({ points: z.number(), outOf: z.number() }),
      exercises: z.array(
        z.looseObject({
          slug: z.string(),
          verdict: verdictSchema,
          points: z.number(),
          outOf: z.number(),
        }),
      ),
    }),
  ),
})

/** What `grades.json` holds: the grades without what is in the students' own files. */
export type Kept = z.infer<typeof keptSchema>

/** Reads the grades of the last run; undefined where there are none that can be read. */
export function readGrades(out: string): Kept | undefined {
  const file = path.join(out, 'grades.json')
  if (!existsSync(file)) return undefined
  try {
    return keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

function feedback(grade: Grade): string {
  const { student, missing, report, total, daysLate } = grade
  const head = [`# ${md(student)}`, '']
  if (missing || !report) return [...head, `Not graded: ${md(missing ?? '')}.`, ''].join('\n')
  const late = daysLate > 0 ? ` It came ${daysLate} ${daysLate === 1 ? 'day' : 'days'} late.` : ''
  const next = grade.exercises.find(({ verdict }) => verdict === 'failed')
  const todo = next
    ? `What to do next: \`npm run watch ${next.slug}\`, and \`npm run hint ${next.slug}\` where you are stuck. The same fixtures as here: \`npm run check -- ${next.slug} --seed ${report.seed}\`.`
    : ''
  return [
    ...head,
    `**${total.points} of ${total.outOf} points.**${late}`,
    '',
    ...(todo ? [todo, ''] : []),
    toMarkdown(report, { first: true }),
  ].join('\n')
}

function csv(grades: Grade[], slugs: string[]): string {
  const head = ['student', 'total', 'out of', 'days late', 'commit', ...slugs, 'note']
  const rows = grades.map(({ student, total, daysLate, commit = '', exercises, missing, file }) => {
    const points = slugs.map((slug) => exercises.find((one) => one.slug === slug)?.points ?? '')
    const ours = exercises.filter(({ verdict }) => verdict === 'error' || verdict === 'not run')
    const note = missing
      ? `no submission: ${missing}`
      : ours.length > 0
        ? `not graded, through no fault of theirs: ${ours.map(({ slug }) => slug).join(', ')} (students/${file}.md)`
        : ''
    return missing
      ? [student, 0, total.outOf, '', '', ...slugs.map(() => ''), note]
      : [student, total.points, total.outOf, daysLate, commit.slice(0, 12), ...points, note]
  })
  return stringify([head, ...rows], { escape_formulas: true })
}

/**
 * Writes everything a run of a cohort leaves: `grades.csv`, `grades.json`, `summary.html`, and for each
 * student `students/<name>.json`, `.md` and `.html`.
 */
export function writeOutputs(
  out: string,
  about: { grades: Grade[]; slugs: string[]; seed: number; names: string },
): void {
  const { grades, slugs, seed } = about
  for (const grade of grades) {
    const { report, file } = grade
    const base = path.join(out, 'students', file)
    writeWhole(`${base}.md`, feedback(grade))
    if (!report) continue
    writeWhole(`${base}.json`, `${JSON.stringify(report, null, 2)}\n`)
    writeWhole(`${base}.html`, toHtml(report))
  }
  const students = grades.map(({ report: _1, file: _2, ...rest }) => rest)
  writeWhole(path.join(out, 'grades.csv'), csv(grades, slugs))
  writeWhole(path.join(out, 'summary.html'), summaryPage(about))
  // Last: where it stands, the rest does.
  writeWhole(
    path.join(out, 'grades.json'),
    `${JSON.stringify({ version: 1, seed, students }, null, 2)}\n`,
  )
}

/** What has changed since the last run: a line for each student and exercise whose points did. */
export function changesSince(before: Kept | undefined, grades: Grade[]): string[] {
  if (!before) return []
  return grades.flatMap(({ student, exercises }) => {
    const old = before.students.find((one) => one.student === student)
    return exercises.flatMap(({ slug, points, outOf }) => {
      const was = old?.exercises.find((one) => one.slug === slug)
      if (!was || was.points === points) return []
      return [
        `${points > was.points ? '+' : '-'} ${student}: ${slug} ${was.points} → ${points} of ${outOf}`,
      ]
    })
  })
}
