import { type Argument, DockerfileParser, type Instruction } from 'dockerfile-ast'
import { type Mutant, type Mutated, splice } from './mutant.ts'

type Place = { line: number; character: number }
type Range = { start: Place; end: Place }

/** Flags of the instruction itself, such as `--from=build`, and of the command it runs. */
function flagsOf(instruction: Instruction): Range[] {
  const { getFlags } = instruction as { getFlags?(): { getRange(): Range }[] }
  const own = getFlags?.call(instruction).map((flag) => flag.getRange()) ?? []
  const given = instruction.getArguments().filter((one) => /^-{1,2}[A-Za-z]/.test(one.getValue()))
  const all = [...own, ...given.map((one) => one.getRange())]
  const keyOf = ({ start }: Range) => `${start.line}:${start.character}`
  return [...new Map(all.map((range) => [keyOf(range), range])).values()]
}

/** The arguments that are files to copy; empty where there is only one. */
function sourcesOf(instruction: Instruction): Argument[] {
  if (!['COPY', 'ADD'].includes(instruction.getKeyword())) return []
  const files = instruction.getArguments().filter((one) => !one.getValue().startsWith('--'))
  return files.length > 2 ? files.slice(0, -1) : []
}

/** The words of `CMD ["node", "x.js"]` as a shell would take them; undefined where it would not. */
function shellForm(instruction: Instruction): string | undefined {
  if (!['CMD', 'ENTRYPOINT'].includes(instruction.getKeyword())) return undefined
  try {
    const words: unknown = JSON.parse(instruction.getArgumentsContent() ?? '')
    if (!Array.isArray(words) || words.some((word) => !/^[\w./:=-]+$/.test(word))) return undefined
    return words.join(' ')
  } catch {
    return undefined
  }
}

/** Mutates a Dockerfile: an instruction, a flag or a file to copy is left out. */
export function mutateDockerfile(file: string, text: string): Mutated {
  const lines = text.split('\n')
  const starts = [0]
  for (const line of lines) starts.push(starts.at(-1)! + line.length + 1)
  const offset = ({ line, character }: Place) => starts[line]! + character
  const mutants: Mutant[] = []
  const drop = (mutator: string, { start, end }: Range, before = 0, after = 0) => {
    const to = Math.min(offset(end) + after, text.length)
    mutants.push(splice(file, text, mutator, offset(start) - before, to, ''))
  }
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    drop('DropInstruction', instruction.getRange(), 0, 1)
    for (const flag of flagsOf(instruction)) drop('DropFlag', flag, 1)
    for (const source of sourcesOf(instruction)) drop('DropSource', source.getRange(), 1)
    const words = shellForm(instruction)
    const range = instruction.getArgumentsRange()
    if (words && range) {
      mutants.push(splice(file, text, 'ShellForm', offset(range.start), offset(range.end), words))
    }
  }
  return { base: text, mutants }
}
