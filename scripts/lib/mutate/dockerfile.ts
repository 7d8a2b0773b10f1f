import { type Argument, DockerfileParser, type Instruction } from 'dockerfile-ast'
import { type Mutant, type Mutated, splice } from './mutant.ts'

type Place = { line: number; character: number }
type Range = { start: Place; end: Place }

type Flag = {
  getName(): string
  getValue(): string | null
  getValueRange(): Range | null
  getRange(): Range
}

/** Something else in the place of a part of the Dockerfile. */
type Change = { mutator: string; range: Range; text: string }

/** Flags of the instruction itself, such as `--from=build`. */
function ownFlagsOf(instruction: Instruction): Flag[] {
  const { getFlags } = instruction as { getFlags?(): Flag[] }
  return getFlags?.call(instruction) ?? []
}

/** The instruction's own flags, and those of the command it runs. */
function flagsOf(instruction: Instruction): Range[] {
  const own = ownFlagsOf(instruction).map((flag) => flag.getRange())
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

/** `CMD ["node", "x.js"]` as a shell would take it; nothing where it would not. */
function shellForm(instruction: Instruction): Change[] {
  const range = instruction.getArgumentsRange()
  if (!['CMD', 'ENTRYPOINT'].includes(instruction.getKeyword()) || !range) return []
  try {
    const words: unknown = JSON.parse(instruction.getArgumentsContent() ?? '')
    if (!Array.isArray(words) || words.some((word) => !/^[\w./:=-]+$/.test(word))) return []
    return [{ mutator: 'ShellForm', range, text: words.join(' ') }]
  } catch {
    return []
  }
}

/** The names of the stages before a line. */
function stagesBefore(instructions: Instruction[], { start }: Range): string[] {
  return instructions
    .filter((one) => one.getKeyword() === 'FROM' && one.getRange().start.line < start.line)
    .flatMap(
      (one) => (one as Instruction & { getBuildStage(): string | null }).getBuildStage() ?? [],
    )
}

/** `COPY --from=x` takes from every other stage that has a name. */
function otherStages(instruction: Instruction, all: Instruction[]): Change[] {
  const stages = stagesBefore(all, instruction.getRange())
  return ownFlagsOf(instruction).flatMap((flag) => {
    const range = flag.getValueRange()
    if (flag.getName() !== 'from' || !range || !stages.includes(flag.getValue() ?? '')) return []
    const others = stages.filter((stage) => stage !== flag.getValue())
    return others.map((text) => ({ mutator: 'OtherStage', range, text }))
  })
}

/** A health check takes ten times as long, or as many attempts, or finds everything well. */
function healthChanges(instruction: Instruction): Change[] {
  if (instruction.getKeyword() !== 'HEALTHCHECK') return []
  const changes = ownFlagsOf(instruction).flatMap((flag): Change[] => {
    const range = flag.getValueRange()
    const text = flag.getValue()?.replace(/^[1-9]\d*/, (number) => `${number}0`)
    return range && text ? [{ mutator: 'Tenfold', range, text }] : []
  })
  const range = instruction.getArgumentsRange()
  if (!range || !/^CMD\s/i.test(instruction.getArgumentsContent() ?? '')) return changes
  return [...changes, { mutator: 'AlwaysHealthy', range, text: 'CMD exit 0' }]
}

/** The process has all rights. */
function asRoot(instruction: Instruction): Change[] {
  const range = instruction.getArgumentsRange()
  if (instruction.getKeyword() !== 'USER' || !range) return []
  return [{ mutator: 'AsRoot', range, text: 'root' }]
}

/** The first command that runs before this copy in the same stage. */
function commandBefore(instruction: Instruction, all: Instruction[]): Instruction | undefined {
  if (!['COPY', 'ADD'].includes(instruction.getKeyword())) return undefined
  const before = all.slice(0, all.indexOf(instruction))
  const from = before.findLastIndex((one) => one.getKeyword() === 'FROM')
  return before.slice(from + 1).find((one) => one.getKeyword() === 'RUN')
}

/**
 * Mutates a Dockerfile: an instruction, a flag or a file to copy is left out, a value is another, or
 * a file is copied before the commands that could do without it.
 */
export function mutateDockerfile(file: string, text: string): Mutated {
  const lines = text.split('\n')
  const starts = [0]
  for (const line of lines) starts.push(starts.at(-1)! + line.length + 1)
  const offset = ({ line, character }: Place) => starts[line]! + character
  const mutants: Mutant[] = []
  const put = (mutator: string, { start, end }: Range, replacement: string) =>
    mutants.push(splice(file, text, mutator, offset(start), offset(end), replacement))
  const drop = (mutator: string, { start, end }: Range, before = 0, after = 0) => {
    const to = Math.min(offset(end) + after, text.length)
    mutants.push(splice(file, text, mutator, offset(start) - before, to, ''))
  }
  const instructions = DockerfileParser.parse(text).getInstructions()
  for (const instruction of instructions) {
    const range = instruction.getRange()
    // Without its FROM, a stage's name would stand for an image of that name in a registry.
    if (instruction.getKeyword() !== 'FROM') drop('DropInstruction', range, 0, 1)
    for (const flag of flagsOf(instruction)) drop('DropFlag', flag, 1)
    for (const source of sourcesOf(instruction)) drop('DropSource', source.getRange(), 1)
    const changes = [
      ...shellForm(instruction),
      ...otherStages(instruction, instructions),
      ...healthChanges(instruction),
      ...asRoot(instruction),
    ]
    for (const change of changes) put(change.mutator, change.range, change.text)
    const command = commandBefore(instruction, instructions)
    if (command) {
      const start = command.getRange().start
      const copy = text.slice(offset(range.start), offset(range.end))
      const between = text.slice(offset(start), offset(range.start)).trimEnd()
      put('CopyEarlier', { start, end: range.end }, `${copy}\n${between}`)
    }
  }
  return { base: text, mutants }
}
