import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import { EXERCISES } from '../../../graders/harness/paths.ts'
import type { Problem } from './judge.ts'
import { readRules, stripComments } from './readme-rules.ts'

/** Until every exercise quotes its rules, one that quotes none is only warned about. */
const EVERY_EXERCISE_QUOTES_RULES = false

/** Words of a README, without code blocks and frontmatter. */
const MOST_WORDS = 1100
const MOST_WORDS_OF_LONG_ONES = 1600
/** From so many minutes on, an exercise is a long one. */
const LONG_MINUTES = 75

/** Returns a text with every run of white space as one blank. */
const fold = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

/** The texts that a mistake may quote. */
function quotable(readme: string): { readme: string; house: string } {
  const file = path.join(EXERCISES, 'HOUSE-RULES.md')
  const house = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return { readme: fold(stripComments(readme)), house: fold(stripComments(house)) }
}

/** Each quotation stands in the README or in the house rules, word for word. */
export function quotationProblems(readme: string, mistakes: Mistake[]): Problem[] {
  const texts = quotable(readme)
  return mistakes.flatMap(({ id, rule }) => {
    if (rule === undefined) return []
    const wanted = fold(rule)
    if (wanted !== '' && (texts.readme.includes(wanted) || texts.house.includes(wanted))) return []
    return {
      what: `${id} quotes a rule that neither README.md nor HOUSE-RULES.md has: ${JSON.stringify(rule)}`,
      fix: 'Quote it word for word, or write it down there.',
    }
  })
}

/** Each rule of the README is broken by a mistake; each mistake breaks one rule. */
export function coverageProblems(readme: string, mistakes: Mistake[]): Problem[] {
  const rules = readRules(readme).map((rule) => ({ ...rule, text: fold(rule.text) }))
  const covered = new Set<string>()
  const problems: Problem[] = []
  for (const { id, rule } of mistakes) {
    if (rule === undefined) {
      problems.push({ what: `${id} quotes no rule`, fix: 'Give it rule: "…", word for word.' })
      continue
    }
    const wanted = fold(rule)
    const broken = rules.filter(({ text }) => text.includes(wanted) || wanted.includes(text))
    if (broken.length > 1 && !broken.some(({ text }) => text === wanted)) {
      problems.push({
        what: `${id} quotes what stands in ${broken.length} rules: ${JSON.stringify(rule)}`,
        fix: 'Quote more of the one that it breaks.',
      })
    }
    for (const { text } of broken) covered.add(text)
  }
  const idle = rules.filter(({ text }) => !covered.has(text))
  if (idle.length === 0) return problems
  return [
    ...problems,
    {
      what: `no mistake breaks ${idle.length} of the ${rules.length} rules of README.md`,
      fix: 'Add a mistake for each; take out a rule that nobody can break visibly, or mark it as <!-- explanation -->.',
      detail: idle.map(({ line, text }) => `line ${line}: ${text}`).join('\n'),
    },
  ]
}

const count = z.number().int().nonnegative()

/** The record of what people wrote who had seen only the README and the starter. */
export const blindSchema = z.strictObject({
  rounds: z
    .array(
      z.strictObject({
        date: z.iso.date(),
        wrong: z
          .strictObject({ tried: count, accepted: count })
          .refine(({ tried, accepted }) => accepted <= tried, {
            message: 'more were accepted than were tried',
          }),
        right: z
          .strictObject({ tried: count, refused: count })
          .refine(({ tried, refused }) => refused <= tried, {
            message: 'more were refused than were tried',
          }),
        note: z.string().min(1),
      }),
    )
    .min(1),
})
export type Blind = z.output<typeof blindSchema>

/** blind.json is there, and says what it must. */
export function blindProblems({ grader }: Pick<Exercise, 'grader'>): {
  problems: Problem[]
  missing: boolean
} {
  const file = path.join(grader, 'blind.json')
  if (!existsSync(file)) return { problems: [], missing: true }
  const problem = (what: string) => ({
    problems: [
      {
        what: `blind.json ${what}`,
        fix: 'CONTRIBUTING.md shows one, under "Blind rounds".',
      },
    ],
    missing: false,
  })
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return problem('is not JSON')
  }
  const result = blindSchema.safeParse(raw)
  if (result.success) return { problems: [], missing: false }
  const [issue] = result.error.issues
  return problem(`is not right: ${issue!.path.join('.') || 'the whole'}: ${issue!.message}`)
}

/** Returns how many words a reader meets, code blocks and comments left out. */
export function countWords(readme: string): number {
  const prose = stripComments(readme.replaceAll(/^```[\s\S]*?^```$/gm, ''))
  return prose.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}

function lengthProblems({ readme, minutes }: Pick<Exercise, 'readme' | 'minutes'>): Problem[] {
  const most = minutes >= LONG_MINUTES ? MOST_WORDS_OF_LONG_ONES : MOST_WORDS
  const words = countWords(readme)
  if (words <= most) return []
  return [
    {
      what: `README.md has ${words} words; ${most} are the most`,
      fix: 'Say each rule once, move hints to HINTS.md, and leave what HOUSE-RULES.md says to it.',
    },
  ]
}

/**
 * What can be said of an exercise's rules: that mistakes quote them, that each has one, that somebody
 * has tried the grader blind, and that the README is short. An exercise whose mistakes quote nothing
 * yet is only warned about, but for a quotation or a blind.json that is wrong.
 */
export function ruleProblems(
  exercise: Pick<Exercise, 'readme' | 'minutes' | 'grader'>,
  mistakes: Mistake[],
): { problems: Problem[]; warnings: Problem[] } {
  const quotes = mistakes.some(({ rule }) => rule !== undefined)
  const must = quotes || EVERY_EXERCISE_QUOTES_RULES
  const blind = blindProblems(exercise)
  const wrong = [...quotationProblems(exercise.readme, mistakes), ...blind.problems]
  const due = [
    ...(quotes
      ? coverageProblems(exercise.readme, mistakes)
      : [{ what: 'no mistake quotes a rule', fix: 'Give each its rule: "…" in mistakes.ts.' }]),
    ...(blind.missing
      ? [{ what: 'there is no blind.json', fix: 'CONTRIBUTING.md says how, under "Blind rounds".' }]
      : []),
    ...lengthProblems(exercise),
  ]
  return must ? { problems: [...wrong, ...due], warnings: [] } : { problems: wrong, warnings: due }
}
