import { DockerfileParser, type Instruction } from 'dockerfile-ast'

type Flag = { getName(): string; getValue(): string | null }

/** `--platform`, `--from` and the like; only some instructions can have them. */
const flagsOf = (instruction: Instruction): Flag[] =>
  (instruction as Instruction & { getFlags?(): Flag[] }).getFlags?.() ?? []

/** One stage of a Dockerfile, with what it inherits from stages of the same file. */
export type Stage = {
  name?: string
  /** The image that FROM names; a stage's name where it builds on another stage. */
  from: string
  /** Its own instructions, and before them those of the stages it builds on. */
  instructions: Instruction[]
  /** The FROM line of the outermost image that this stage builds on, without its AS. */
  base: string
  /** The name of that image, with ARGs filled in where they have a default. */
  baseImage: string
}

export type Dockerfile = {
  stages: Stage[]
  /** The stage that becomes the image. */
  final: Stage | undefined
  /** ARG lines before the first FROM, which FROM lines may use. */
  globals: string[]
}

const KEYWORDS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)

/** The instruction's arguments, without its flags, on one line. */
export const argumentsOf = (instruction: Instruction): string =>
  (instruction.getArgumentsContent() ?? '').replaceAll(/\s*\n\s*/g, ' ').trim()

/** Fills in `$NAME`, `${NAME}` and `${NAME:-default}` from global ARGs. */
function expand(text: string, globals: Map<string, string>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (whole, braced, fallback, bare) => globals.get(braced ?? bare) ?? fallback ?? whole,
  )
}

/** Reads a Dockerfile in its stages. */
export function readDockerfile(text: string): Dockerfile & { unknown: string[] } {
  const instructions = DockerfileParser.parse(text).getInstructions()
  const unknown = instructions
    .map((one) => one.getKeyword())
    .filter((keyword) => !KEYWORDS.has(keyword))
  const values = new Map<string, string>()
  const globals: string[] = []
  const stages: Stage[] = []
  for (const instruction of instructions) {
    const keyword = instruction.getKeyword()
    const stage = stages.at(-1)
    if (keyword === 'FROM') {
      const words = argumentsOf(instruction).split(/\s+/)
      const image = words[0] ?? ''
      const at = words.findIndex((word) => word.toUpperCase() === 'AS')
      const from = expand(image, values)
      const parent = stages.find((one) => one.name?.toLowerCase() === from.toLowerCase())
      const flags = flagsOf(instruction).map((flag) => `--${flag.getName()}=${flag.getValue()}`)
      stages.push({
        name: at < 0 ? undefined : words[at + 1],
        from,
        instructions: [...(parent?.instructions ?? [])],
        base: parent?.base ?? ['FROM', ...flags, image].join(' '),
        baseImage: parent?.baseImage ?? from,
      })
    } else if (stage) stage.instructions.push(instruction)
    else if (keyword === 'ARG') {
      globals.push(`ARG ${argumentsOf(instruction)}`)
      const [, name, value] = /^(\w+)=["']?(.*?)["']?$/.exec(argumentsOf(instruction)) ?? []
      if (name) values.set(name, expand(value ?? '', values))
    }
  }
  return { stages, final: stages.at(-1), globals, unknown }
}

/**
 * What COPY and ADD take from the build context. Sources that cannot be told without building
 * (variables, links, other stages, text in the Dockerfile itself) are left out.
 */
export function contextSources(instruction: Instruction): string[] {
  if (!['COPY', 'ADD'].includes(instruction.getKeyword())) return []
  const flags = flagsOf(instruction).map((flag) => flag.getName())
  if (flags.some((name) => ['from', 'exclude', 'parents'].includes(name))) return []
  const args = argumentsOf(instruction)
  if (/<<-?["']?\w/.test(args)) return []
  const words = args.startsWith('[') ? jsonWords(args) : args.split(/\s+/)
  return words.slice(0, -1).filter((source) => !/[$"']|^\w+:\/\/|^git@/.test(source))
}

function jsonWords(text: string): string[] {
  try {
    return JSON.parse(text) as string[]
  } catch {
    return []
  }
}

/** True for a command that downloads packages into the app. */
export function installsPackages(command: string): boolean {
  const installs =
    /\b(p?npm|bun)\s+((--prefix|--dir|-C)[ =]\S+\s+|-\S+\s+)*(ci|clean-install|install|i|add|fetch)\b|\byarn(\s+install\b|\s+--|\s*($|[&;|]))/
  return installs.test(command) && !/\s(-g|--global)\b/.test(command)
}
