import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Commands, Frontmatter } from './frontmatter.ts'
import { keptFolder } from './kept.mjs'
import { EXERCISES, GRADERS, SOLUTIONS } from './paths.ts'

export type { Commands, Frontmatter } from './frontmatter.ts'
export { PHASES, SERVICES, type ServiceName } from './names.ts'

export type Exercise = Frontmatter & {
  /** The text of the README below the frontmatter. */
  readme: string
  /** Absolute folders in the three trees. */
  folder: string
  solution: string
  grader: string
}

/** Thrown where a README's frontmatter cannot be used; the message names the file and the fix. */
export class FrontmatterError extends Error {
  override name = 'FrontmatterError'
}

/** Splits a README in its frontmatter's YAML text and the body below it. */
function splitFrontmatter(text: string): { yaml: string; body: string } | undefined {
  // Some editors put a byte order mark first.
  const match = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)
  return match ? { yaml: match[1]!, body: text.slice(match[0].length) } : undefined
}

const require = createRequire(import.meta.url)

/** What parses and validates; loaded where something is met for the first time. */
const reader = () => require('./frontmatter.ts') as typeof import('./frontmatter.ts')

let kept: { reader: Buffer; folder: string } | undefined

/** Where the result for this very text is kept, if the same reader has met it before. */
function keptResult(yaml: string): string | undefined {
  try {
    kept ??= {
      reader: readFileSync(path.join(import.meta.dirname, 'frontmatter.ts')),
      folder: keptFolder('frontmatter'),
    }
    const hash = createHash('sha256').update(kept.reader).update(yaml).digest('hex').slice(0, 32)
    return path.join(kept.folder, `${hash}.json`)
  } catch {
    return undefined // a checkout that may not be written to
  }
}

function knownFrontmatter(file: string | undefined): Frontmatter | undefined {
  try {
    return file && JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined // not met before, or damaged
  }
}

/** As `readFrontmatter`, which is asked once for each text. */
function frontmatterOf(yaml: string): Frontmatter | { problem: string } {
  const file = keptResult(yaml)
  const known = knownFrontmatter(file)
  if (known) return known
  const result = reader().readFrontmatter(yaml)
  if (file && !('problem' in result)) {
    try {
      writeFileSync(`${file}.${process.pid}`, JSON.stringify(result))
      renameSync(`${file}.${process.pid}`, file)
    } catch {} // a full disk: it is asked again
  }
  return result
}

/** Returns `build` and `start` of a README's frontmatter, whatever else stands there; undefined without `start`. */
export function commandsOf(readme: string): Commands | undefined {
  const yaml = splitFrontmatter(readme)?.yaml
  if (yaml === undefined) return undefined
  const known = knownFrontmatter(keptResult(yaml))
  if (!known) return reader().readCommands(yaml)
  return known.start && { build: known.build, start: known.start }
}

/**
 * Returns how the kit's own starter and reference are built and started, and which files they have: a
 * README is the learner's to change, and may name a program in another language.
 */
export function starterOf(
  exercise: Pick<Exercise, 'start' | 'build' | 'files' | 'starter'>,
): Pick<Exercise, 'start' | 'build' | 'files'> {
  const { start, files, starter } = exercise
  if (starter) return starter
  if (!start || start.some((word) => files.includes(word))) return exercise
  return { start: ['node', files[0]!], files }
}

/** True where the README has a program of the learner's started, and not the starter. */
export function startsAnother(exercise: Exercise): boolean {
  return starterOf(exercise).start !== exercise.start
}

/**
 * Reads one exercise by its phase and slug.
 * @param exercises the root of the exercises tree; the kit's own by default
 * @throws FrontmatterError where the README is missing, or its frontmatter is not valid
 */
export function readExercise(phase: string, slug: string, exercises = EXERCISES): Exercise {
  const folder = path.join(exercises, phase, slug)
  const file = path.join(folder, 'README.md')
  const name = `exercises/${phase}/${slug}/README.md`
  if (!existsSync(file)) {
    throw new FrontmatterError(`${name} is missing: every exercise folder needs one.`)
  }
  const parts = splitFrontmatter(readFileSync(file, 'utf8'))
  if (!parts) {
    throw new FrontmatterError(`${name} must begin with frontmatter between two lines of "---".`)
  }
  const front = frontmatterOf(parts.yaml)
  if ('problem' in front) throw new FrontmatterError(`${name}: ${front.problem}`)
  if (front.slug !== slug || front.phase !== phase) {
    throw new FrontmatterError(
      `${name}: it says ${front.phase}/${front.slug}, but stands in ${phase}/${slug}.`,
    )
  }
  if ((front.kind === 'server') !== (front.start !== undefined)) {
    throw new FrontmatterError(`${name}: "start" belongs to exercises of kind server, and to all.`)
  }
  if (front.build && front.kind !== 'server') {
    throw new FrontmatterError(`${name}: "build" belongs to exercises of kind server.`)
  }
  return {
    ...front,
    readme: parts.body,
    folder,
    solution: path.join(SOLUTIONS, phase, slug),
    grader: path.join(GRADERS, phase, slug),
  }
}
