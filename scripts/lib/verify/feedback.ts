import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { diff } from 'node:util'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import type { CheckResult } from '../report.ts'
import { writeWhole } from '../tree.ts'
import { plainWords } from '../words.ts'
import { feedbackOf, LEVELS, type Level } from './stable.ts'

/** What a learner reads who makes a mistake: one section of `feedback.md`. */
export type Section = {
  id: string
  check: string
  why: string
  /** How much of the text is kept; less than all where the rest differs from run to run. */
  level: Level
  text: string
}

/** The reviewed snapshot of an exercise: what its grader tells about each known mistake. */
export function feedbackFile(exercise: Exercise): string {
  return path.join(exercise.grader, 'feedback.md')
}

function header(slug: string): string {
  return `# What learners read: ${slug}

Written by \`npm run verify -- ${slug} --update\`; review it like code. For each mistake of
\`mistakes.ts\` it shows what the grader says, with placeholders such as \`<port>\` for what differs
from run to run. A line "Kept: …" says that the rest differs too much: "message" is all but the diff,
"first line" that of the message, "words" the same without numbers, "check" no message at all. Take
the line away to have \`--update\` try again with all of it.
`
}

/** A fence that is longer than any in the text. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(longest + 1)
}

function printSection({ id, check, why, level, text }: Section): string {
  const kept = level === 'whole' ? '' : `Kept: ${level}.\n\n`
  return `## ${id} → ${check} ${why}\n\n${kept}${fence(text)}text\n${text}\n${fence(text)}\n`
}

/** The whole file. */
export function printSections(slug: string, sections: Section[]): string {
  return [header(slug), ...sections.map(printSection)].join('\n')
}

/** Reads the sections of a file, as `printSections` wrote it; text outside of them is passed over. */
export function parseSections(text: string): Section[] {
  const sections: Section[] = []
  let open: string | undefined
  let lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const current = sections.at(-1)
    if (open !== undefined) {
      if (line === open) {
        if (current) current.text = lines.join('\n')
        open = undefined
      } else lines.push(line)
      continue
    }
    const [, id, check, why] = /^## (\S+) → (C\d+) (.*)$/.exec(line) ?? []
    if (id) sections.push({ id, check: check!, why: why!, level: 'whole', text: '' })
    const level = LEVELS.find((one) => line === `Kept: ${one}.`)
    if (level && current) current.level = level
    const [, ticks] = /^(`{3,})text$/.exec(line) ?? []
    if (ticks) {
      open = ticks
      lines = []
    }
  }
  return sections
}

/** The sections that stand in the exercise's file; none where it is missing. */
export function readSections(exercise: Exercise): Section[] {
  const file = feedbackFile(exercise)
  return existsSync(file) ? parseSections(readFileSync(file, 'utf8')) : []
}

/**
 * Writes new sections over those of the same mistakes, in the order of `mistakes.ts`, and drops those
 * whose mistake is gone.
 */
export function writeSections(exercise: Exercise, mistakes: Mistake[], fresh: Section[]): void {
  const known = new Map([...readSections(exercise), ...fresh].map((one) => [one.id, one]))
  const sections = mistakes.flatMap(({ id }) => known.get(id) ?? [])
  writeWhole(feedbackFile(exercise), printSections(exercise.slug, sections))
}

/** The fix that every complaint about the file names. */
export function updateHint(slug: string, id?: string): string {
  return `npm run verify -- ${slug}${id ? ` --only ${id}` : ''} --update`
}

/** The lines that differ: `-` stands in the file, `+` is what a learner reads now. */
export function lineDiff(before: string, now: string): string {
  const signs = { '0': ' ', '1': '-', '-1': '+' }
  const lines = diff(before.split('\n'), now.split('\n')).map(([sign, line]) =>
    `${signs[sign]} ${line}`.trimEnd(),
  )
  // Lines that are the same stand beside a change only.
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - 1), at + 2).some((line) => /^[-+]/.test(line)),
  )
  return lines.flatMap((line, at) => (near[at] ? [line] : near[at - 1] ? ['  …'] : [])).join('\n')
}

const TODAY = /<today\b/

/** Says how a section differs from what a learner reads now; undefined where it does not. */
export function compareSection(
  section: Section,
  mistake: Mistake,
  failed: CheckResult,
): string | undefined {
  const now = {
    ...section,
    check: mistake.check,
    why: mistake.why,
    text: feedbackOf(failed, section.level, TODAY.test(section.text)),
  }
  // What was written before messages were put into plain words still counts.
  const plain = { ...section, text: plainWords(section.text) }
  const [before, after] = [printSection(plain).trim(), printSection(now).trim()]
  return before === after ? undefined : lineDiff(before, after)
}

/**
 * A new section from several gradings of the same mistake: as much as they have in common.
 * @param before what stands there; more than its level is known to differ
 */
export function makeSection(mistake: Mistake, failed: CheckResult[], before?: Section): Section {
  const { id, check, why } = mistake
  const levels = LEVELS.slice(LEVELS.indexOf(before?.level ?? 'whole'))
  const level =
    levels.find((one) => new Set(failed.map((check) => feedbackOf(check, one))).size === 1) ??
    'check'
  // A day near today may be the seed's; today itself hardly is.
  const days =
    TODAY.test(before?.text ?? '') || feedbackOf(failed[0]!, level, true).includes('<today>')
  return { id, check, why, level, text: feedbackOf(failed[0]!, level, days) }
}
