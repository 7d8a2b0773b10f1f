import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import { submissionCommands } from '../../../graders/harness/subjects/stage.ts'
import { readHints } from '../hints.ts'
import { copyFiles, listFiles, sameFile } from '../tree.ts'
import { listAlternatives } from '../variants.ts'
import { ruleProblems } from './coverage.ts'
import { feedbackFile, readSections, updateHint } from './feedback.ts'
import type { Problem } from './judge.ts'
import { mutationProblems } from './mutation.ts'
import type { Options } from './outcome.ts'

const LEAST_ALTERNATIVES = 3
const LEAST_HINTS = 3

const shown = (folder: string) => path.relative(process.cwd(), folder)

function checkFiles({ folder, solution, grader, files, slug }: Exercise): Problem[] {
  const problems: Problem[] = []
  for (const file of files) {
    if (!existsSync(path.join(folder, file))) problems.push({ what: `the starter lacks ${file}` })
    if (!existsSync(path.join(solution, file)))
      problems.push({ what: `the reference lacks ${file}` })
  }
  const stray = listFiles(solution).filter((name) => name !== 'NOTES.md' && !files.includes(name))
  if (stray.length > 0) {
    problems.push({
      what: `solutions/ holds files that "files" does not name: ${stray.join(', ')}`,
      fix: 'Remove them, or name them in the README’s "files".',
    })
  }
  const notes = path.join(solution, 'NOTES.md')
  if (!existsSync(notes) || readFileSync(notes, 'utf8').trim() === '') {
    problems.push({
      what: 'the reference has no NOTES.md, or an empty one',
      fix: `Write in ${shown(notes)} why it is built this way, what else is right, and common slips.`,
    })
  }
  if (!existsSync(path.join(grader, `${slug}.test.ts`))) {
    problems.push({ what: `there is no grader ${slug}.test.ts` })
  }
  return problems
}

/** The rows of the README's tables that begin with the id of a check: its level, and what is checked. */
function checkRows(readme: string): { id: string; level: string; text: string }[] {
  const part = /^## Checks$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1] ?? ''
  const rows = part.matchAll(/^\| *(C\d+) *\| *([^|]*?) *\| *(.*?) *\|$/gm)
  return [...rows].map(([, id, level, text]) => ({ id: id!, level: level!, text: text! }))
}

/** The table under "Checks" says what the frontmatter says: every check once, its level, in order. */
export function checkReadme({ readme, checks }: Pick<Exercise, 'readme' | 'checks'>): Problem[] {
  const problems: Problem[] = []
  const rows = checkRows(readme)
  const fix = 'The table under "## Checks" has a row | C1 | core | … | for each check.'
  for (const [id, { level }] of Object.entries(checks)) {
    const own = rows.filter((row) => row.id === id)
    if (own.length !== 1) {
      problems.push({ what: `README.md: ${own.length} rows of the table are about ${id}`, fix })
    } else if (own[0]!.level !== level) {
      problems.push({
        what: `README.md: the table says ${id} is ${own[0]!.level}, the frontmatter ${level}`,
        fix: 'Make them agree.',
      })
    } else if (own[0]!.text === '') {
      problems.push({ what: `README.md: the table does not say what ${id} checks`, fix })
    }
  }
  for (const { id } of rows) {
    if (!checks[id]) {
      problems.push({ what: `README.md: the table names ${id}, which the frontmatter lacks`, fix })
    }
  }
  return problems
}

/** Hints stand one below the other, so that nobody reads the answer by scrolling. */
export function checkHints(exercise: Pick<Exercise, 'folder' | 'readme'>): Problem[] {
  const hints = readHints(exercise)
  if (hints.length >= LEAST_HINTS) return []
  return [
    {
      what: `there are ${hints.length} hints`,
      fix: `HINTS.md needs ${LEAST_HINTS} or more, a "## " heading each, from gentle to nearly the answer.`,
    },
  ]
}

function checkMistakes(
  exercise: Exercise,
  mistakes: Mistake[],
  asked: Pick<Options, 'only' | 'update'>,
): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const mistake of mistakes) {
    if (seen.has(mistake.id))
      problems.push({ what: `mistake ${mistake.id} stands twice in mistakes.ts` })
    seen.add(mistake.id)
    if (!exercise.checks[mistake.check])
      problems.push({ what: `${mistake.id} names ${mistake.check}, which is no check` })
  }
  const sections = readSections(exercise).map(({ id }) => id)
  for (const id of new Set(sections)) {
    // An update drops what has no mistake.
    if (asked.update || (asked.only && !asked.only.includes(id))) continue
    if (!seen.has(id) || sections.filter((one) => one === id).length > 1) {
      const why = seen.has(id) ? 'stands there twice' : 'is no mistake of mistakes.ts'
      problems.push({
        what: `${shown(feedbackFile(exercise))}: ${id} ${why}`,
        fix: updateHint(exercise.slug),
      })
    }
  }
  return problems
}

/** A check that nothing fails at is not known to work. */
function checkCoverage({ checks }: Exercise, mistakes: Mistake[]): Problem[] {
  const idle = Object.keys(checks).filter((id) => !mistakes.some(({ check }) => check === id))
  return idle.map((id) => ({
    what: `no mistake names ${id}`,
    fix: 'Add a mistake that it must catch: a check that nothing fails at is not known to work.',
  }))
}

function checkAlternatives(exercise: Exercise): Problem[] {
  const problems: Problem[] = []
  const names = listAlternatives(exercise)
  const where = shown(path.join(exercise.grader, 'alternatives'))
  if (names.length < LEAST_ALTERNATIVES) {
    problems.push({
      what: `there are ${names.length} alternatives; ${LEAST_ALTERNATIVES} are the least`,
      fix: `Add correct solutions that are built differently to ${where}.`,
    })
  }
  const otherLanguage = names.some((name) => {
    const commands = submissionCommands(path.join(exercise.grader, 'alternatives', name))
    return commands && commands.start[0] !== 'node'
  })
  if (exercise.kind === 'server' && !otherLanguage) {
    problems.push({
      what: 'no alternative is in another language',
      fix: `One of ${where} needs a README.md whose "start" begins with another program than node.`,
    })
  }
  return problems
}

/** Takes the starter as it is in exercises/ for the original. */
export function copyStarter({ folder, grader }: Pick<Exercise, 'folder' | 'grader'>): void {
  const copy = path.join(grader, 'starter')
  rmSync(copy, { recursive: true, force: true })
  copyFiles(folder, copy, given(folder))
}

/** Texts of the exercise that are no part of the starter. */
const TEXTS = ['README.md', 'HINTS.md']
const given = (folder: string) => listFiles(folder).filter((name) => !TEXTS.includes(name))

/** `reset` and "untouched" need the starter as it was; a learner's edits change exercises/. */
function checkStarter({ folder, grader, slug }: Exercise): Problem[] {
  const copy = path.join(grader, 'starter')
  const differing = [...new Set([...given(folder), ...listFiles(copy)])].filter(
    (name) => !sameFile(folder, copy, name),
  )
  if (differing.length === 0) return []
  return [
    {
      what: `exercises/ and the copy in ${shown(copy)} differ: ${differing.join(', ')}`,
      fix: `If the starter is right as it is: ${updateHint(slug)}`,
    },
  ]
}

/**
 * What can be said of an exercise without running it.
 */
export function staticProblems(
  exercise: Exercise,
  mistakes: Mistake[],
  asked: Pick<Options, 'only' | 'update'> = {},
): { problems: Problem[]; warnings: Problem[] } {
  const problems = [
    ...checkFiles(exercise),
    ...checkReadme(exercise),
    ...checkHints(exercise),
    // Without a table there is nothing to compare with, and that is said already.
    ...(mistakes.length > 0 ? checkMistakes(exercise, mistakes, asked) : []),
    ...checkStarter(exercise),
  ]
  const mutation = mutationProblems(exercise)
  problems.push(...checkAlternatives(exercise), ...mutation.problems)
  const rules = mistakes.length > 0 ? ruleProblems(exercise, mistakes) : undefined
  if (rules) problems.push(...checkCoverage(exercise, mistakes), ...rules.problems)
  return { problems, warnings: [...mutation.warnings, ...(rules?.warnings ?? [])] }
}
