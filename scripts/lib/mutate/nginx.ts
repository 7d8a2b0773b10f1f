import { type Mutant, type Mutated, splice } from './mutant.ts'

type Word = { text: string; start: number; end: number }

/** A directive: its words, and where it ends; a block ends with its closing brace. */
type Directive = { words: Word[]; end: number; isBlock: boolean }

/** A comment, a quoted text, a placeholder such as `${PORT}`, what ends a directive, or a word. */
const TOKEN = /#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{\w+\}|[^\s;{}])+/g

/** Reads the directives of a configuration of nginx, those in blocks too. */
function readDirectives(text: string): Directive[] {
  const found: Directive[] = []
  const open: Directive[] = []
  let words: Word[] = []
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const end = index + token.length
    if (token.startsWith('#')) continue
    if (token === '{') {
      const block = { words, end, isBlock: true }
      open.push(block)
      found.push(block)
    } else if (token === '}') {
      const block = open.pop()
      if (block) block.end = end
    } else if (token === ';') found.push({ words, end, isBlock: false })
    else {
      words.push({ text: token, start: index, end })
      continue
    }
    words = []
  }
  return found.filter((one) => one.words.length > 0)
}

const SWITCHED: Record<string, string> = { on: 'off', off: 'on' }

/**
 * Mutates a configuration of nginx: a directive, a block or one of several parameters is left out, a
 * switch is turned, a number is one more.
 */
export function mutateNginx(file: string, text: string): Mutated {
  const mutants: Mutant[] = []
  const add = (mutator: string, start: number, end: number, replacement = '') =>
    mutants.push(splice(file, text, mutator, start, end, replacement))
  for (const { words, end, isBlock } of readDirectives(text)) {
    const [name, ...parameters] = words as [Word, ...Word[]]
    add(isBlock ? 'DropBlock' : 'DropDirective', name.start, end)
    for (const { text: word, start, end } of parameters) {
      if (parameters.length > 1) add('DropParameter', start, end)
      const switched = SWITCHED[word]
      if (switched) add('Switch', start, end, switched)
      const [, number, unit] = /^(\d+)([a-z]*)$/.exec(word) ?? []
      if (number) add('Number', start, end, `${Number(number) + 1}${unit}`)
    }
  }
  return { base: text, mutants }
}
