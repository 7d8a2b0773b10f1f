/** One thing of a README that somebody can break: a row of a table, or a sentence. */
export type Rule = {
  text: string
  /** Of the text that was given, from 1. */
  line: number
}

const EXPLANATION = '<!-- explanation -->'
const RULES = '<!-- rules -->'
const HEADING = /^(#{1,6}) +(.*)$/

/** Returns a text without its HTML comments. */
export const stripComments = (text: string): string => text.replaceAll(/[ \t]*<!--[\s\S]*?-->/g, '')

/** Splits after a full stop, where something follows that may begin a sentence. */
const sentencesOf = (text: string): string[] =>
  text.split(/(?<=[.!?]\)?)\s+(?=[\p{Lu}\p{N}`*("“])/u)

type Line = { text: string; line: number }

/** Leaves out code blocks, and keeps the number of each line. */
function linesOf(readme: string): Line[] {
  let inCode = false
  return readme.split('\n').flatMap((text, index) => {
    const fence = text.trimStart().startsWith('```')
    if (fence) inCode = !inCode
    return inCode || fence ? [] : [{ text, line: index + 1 }]
  })
}

/** The lines below headings that are about rules, without those marked as explanation. */
function ruleLines(lines: Line[]): Line[] {
  const kept: Line[] = []
  let isRules = false
  let explains = 0
  for (const [index, { text, line }] of lines.entries()) {
    const [, marks, title = ''] = HEADING.exec(text) ?? []
    if (marks) {
      const below = lines.slice(index + 1).find((next) => next.text.trim() !== '')
      if (marks.length <= 2) {
        isRules = /^rules\b/i.test(title) || below?.text.trim() === RULES
      }
      if (explains === 0 || marks.length <= explains) {
        explains = below?.text.trim() === EXPLANATION ? marks.length : 0
      }
      // What stands on both sides of a heading does not belong together.
      kept.push({ text: '', line })
    } else if (isRules && explains === 0) kept.push({ text, line })
  }
  return kept
}

const isRow = (text: string) => /^\s*\|.*\|\s*$/.test(text)
const isSeparator = (text: string) => /^\s*\|[\s:|-]+\|\s*$/.test(text)
const isItem = (text: string) => /^\s*([-*+]|\d+[.)]) /.test(text)

/**
 * Returns the rules of a README: the rows of the tables and the sentences below a heading `## Rules`,
 * or any `## ` heading with `<!-- rules -->` below it. `<!-- explanation -->` takes out the row, the
 * paragraph or the item that it stands in, and, alone below a heading, all that is below that. The
 * first row of a table, a text that ends with a colon, and code are never rules.
 */
export function readRules(readme: string): Rule[] {
  const rules: Rule[] = []
  let paragraph: Line[] = []
  const add = (text: string, line: number) => {
    const clean = stripComments(text).trim()
    if (clean !== '' && !clean.endsWith(':')) rules.push({ text: clean, line })
  }
  const endParagraph = () => {
    const text = paragraph.map((one) => one.text.trim()).join(' ')
    if (paragraph.length > 0 && !text.includes(EXPLANATION)) {
      const plain = text.replace(/^([-*+]|\d+[.)]) +/, '')
      for (const sentence of sentencesOf(plain)) add(sentence, paragraph[0]!.line)
    }
    paragraph = []
  }
  const lines = ruleLines(linesOf(readme))
  for (const [index, { text, line }] of lines.entries()) {
    if (isRow(text)) {
      endParagraph()
      const isHead = isSeparator(lines[index + 1]?.text ?? '')
      if (isHead || isSeparator(text) || text.includes(EXPLANATION)) continue
      add(
        text
          .trim()
          .replace(/^\|\s*/, '')
          .replace(/\s*\|$/, ''),
        line,
      )
      continue
    }
    if (text.trim() === '' || isItem(text)) endParagraph()
    if (text.trim() !== '') paragraph.push({ text, line })
  }
  endParagraph()
  return rules
}
