import { parse } from 'sh-syntax'
import { type Mutant, type Mutated, splice } from './mutant.ts'

type Token = { kind: 'word' | 'operator'; text: string; start: number; end: number }

/** Operators, longer ones first. */
const OPERATORS = [
  ...['<<<', '<<-', '&>>', ';;&', '&&', '||', ';;', ';&', '|&', '>>', '<<', '>&', '<&', '<>'],
  ...['>|', '&>', ';', '|', '&', '>', '<', '(', ')', '\n'],
]
const ENDS = new Set([';', ';;', ';&', ';;&', '&', '(', ')', '\n'])
const JOINS = new Set(['&&', '||', '|', '|&'])
const OPENING = new Set(['if', 'while', 'until', 'for', 'select', 'case', '{'])
const CLOSING = new Set(['fi', 'done', 'esac', '}'])
const BETWEEN = new Set(['then', 'else', 'elif', 'do'])
/** Their first line is no command. */
const HEADED = new Set(['for', 'select', 'case'])

/** Where the word or the quoted part that begins here ends; substitutions count as one part. */
function endOfPart(text: string, at: number): number {
  switch (text[at]) {
    case '\\':
      return at + 2
    case "'": {
      const end = text.indexOf("'", at + 1)
      return end < 0 ? text.length : end + 1
    }
    case '`': {
      const end = text.indexOf('`', at + 1)
      return end < 0 ? text.length : end + 1
    }
    case '"': {
      let end = at + 1
      while (end < text.length && text[end] !== '"') {
        const nested = text[end] === '\\' || text[end] === '`' || text.startsWith('$(', end)
        end = nested ? endOfPart(text, end) : end + 1
      }
      return end + 1
    }
    case '$': {
      const closing = text[at + 1] === '(' ? ')' : text[at + 1] === '{' ? '}' : undefined
      if (!closing) return at + 1
      const opening = text[at + 1]
      let depth = 1
      let end = at + 2
      while (end < text.length && depth > 0) {
        if (text[end] === opening) depth += 1
        if (text[end] === closing) depth -= 1
        end = ['"', "'", '\\', '`'].includes(text[end]!) ? endOfPart(text, end) : end + 1
      }
      return end
    }
    default:
      return at + 1
  }
}

function lex(text: string, from: number, to: number): Token[] {
  const tokens: Token[] = []
  const documents: string[] = []
  let at = from
  while (at < to) {
    const char = text[at]!
    if (char === ' ' || char === '\t') {
      at += 1
      continue
    }
    if (char === '#') {
      while (at < to && text[at] !== '\n') at += 1
      continue
    }
    if (text.startsWith('\\\n', at)) {
      at += 2
      continue
    }
    const operator = OPERATORS.find((one) => text.startsWith(one, at))
    if (operator) {
      tokens.push({ kind: 'operator', text: operator, start: at, end: at + operator.length })
      at += operator.length
      // The text of a here-document follows the line that asks for it.
      for (const name of operator === '\n' ? documents.splice(0) : []) {
        while (at < to) {
          const end = text.indexOf('\n', at)
          const line = text.slice(at, end < 0 ? to : end)
          at = end < 0 ? to : end + 1
          if (line.trim() === name) break
        }
      }
      continue
    }
    const start = at
    const ends = (index: number) =>
      ' \t'.includes(text[index]!) || OPERATORS.some((one) => text.startsWith(one, index))
    while (at < to && !ends(at)) at = endOfPart(text, at)
    const word = text.slice(start, at)
    if (['<<', '<<-'].includes(tokens.at(-1)?.text ?? '')) {
      documents.push(word.replaceAll(/['"\\]/g, ''))
    }
    tokens.push({ kind: 'word', text: word, start, end: at })
  }
  return tokens
}

type Range = { start: number; end: number }

/** What of a script can be changed. */
type Parts = {
  statements: Range[]
  /** Words of each command after its name, redirections left out. */
  words: Token[]
  lists: Token[]
  negations: Token[]
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*\+?=/.test(word)
}

function read(text: string, from: number, to: number, parts: Parts): void {
  const open: number[] = []
  let statement: Range | undefined
  /** Whether the next word names a command. */
  let first = true
  let skipping = false
  let redirected = false
  const end = () => {
    if (statement && !skipping) parts.statements.push(statement)
    statement = undefined
    first = true
    skipping = false
  }
  for (const token of lex(text, from, to)) {
    const inner = token.text.indexOf('$(')
    if (token.kind === 'word' && inner >= 0 && !token.text.startsWith("'")) {
      const start = token.start + inner
      read(text, start + 2, endOfPart(text, start) - 1, parts)
    }
    if (token.kind === 'operator') {
      if (ENDS.has(token.text)) end()
      else if (JOINS.has(token.text)) {
        if (token.text.length === 2 && token.text !== '|&') parts.lists.push(token)
        first = true
      } else redirected = true
      continue
    }
    if (redirected) {
      redirected = false
      if (statement) statement.end = token.end
      continue
    }
    if (first && OPENING.has(token.text)) {
      open.push(token.start)
      end()
      skipping = HEADED.has(token.text)
      if (skipping) {
        statement = { start: token.start, end: token.end }
        first = false
      }
      continue
    }
    if (first && BETWEEN.has(token.text)) {
      end()
      continue
    }
    if (first && CLOSING.has(token.text)) {
      end()
      const start = open.pop()
      if (start !== undefined) parts.statements.push({ start, end: token.end })
      skipping = true
      continue
    }
    if (first && token.text === '!') {
      parts.negations.push(token)
      continue
    }
    statement ??= { start: token.start, end: token.end }
    statement.end = token.end
    if (skipping) continue
    if (first) first = isAssignment(token.text)
    else parts.words.push(token)
  }
  end()
}

/** Another text in the place of a quoted one; undefined where the word is not quoted. */
function otherText(word: string): string | undefined {
  const quote = word[0]
  if ((quote !== "'" && quote !== '"') || word.at(-1) !== quote || word.length < 3) return undefined
  // A program of another language, such as awk's.
  if (word.includes('\n')) return `${quote}${quote}`
  return `${word.slice(0, -1)}~${quote}`
}

/** Mutates a shell script; what is no longer a shell script is no mutant. */
export async function mutateShell(file: string, text: string): Promise<Mutated> {
  const parts: Parts = { statements: [], words: [], lists: [], negations: [] }
  read(text, 0, text.length, parts)
  const change = (mutator: string, { start, end }: Range, replacement: string) =>
    splice(file, text, mutator, start, end, replacement)
  const candidates: Mutant[] = [
    // ":" does nothing, and stands where the grammar wants a command.
    ...parts.statements.map((range) => change('DropStatement', range, ':')),
    ...parts.lists.map((token) => change('List', token, token.text === '&&' ? '||' : '&&')),
    ...parts.negations.map(({ start, end }) => change('DropNegation', { start, end: end + 1 }, '')),
    ...parts.words.flatMap((token) => {
      if (/^-{1,2}[A-Za-z]/.test(token.text)) {
        // With the blank before it.
        return [change('DropFlag', { start: token.start - 1, end: token.end }, '')]
      }
      const other = otherText(token.text)
      return other === undefined ? [] : [change('String', token, other)]
    }),
  ]
  const mutants: Mutant[] = []
  for (const mutant of candidates) {
    if (!('text' in mutant.make)) continue
    const valid = await parse(mutant.make.text).then(
      () => true,
      () => false,
    )
    if (valid) mutants.push(mutant)
  }
  return { base: text, mutants }
}
