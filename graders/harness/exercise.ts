import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { EXERCISES, GRADERS, SOLUTIONS } from './paths.ts'

export const PHASES = [
  'phase1-fundamentals',
  'phase2-language',
  'phase3-data',
  'phase4-apis',
  'phase5-operations',
] as const

export const SERVICES = ['postgres', 'redis', 'mariadb', 'mongodb', 'docker'] as const
export type ServiceName = (typeof SERVICES)[number]

const relativeFile = z
  .string()
  .min(1)
  .refine((file) => !path.isAbsolute(file) && !file.split(/[\\/]/).includes('..'), {
    message: 'must be a path inside the exercise',
  })

/** The frontmatter of an exercise's README: all that is known of an exercise. */
export const frontmatterSchema = z.strictObject({
  slug: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower-case words with hyphens'),
  title: z.string().min(3),
  phase: z.enum(PHASES),
  /** The place in the phase's map. */
  order: z.number().int().positive(),
  kind: z.enum(['module', 'server', 'sql', 'script', 'artefact']),
  topics: z.array(z.string().min(2)).min(1),
  minutes: z.number().int().positive(),
  needs: z.array(z.enum(SERVICES)),
  /** True where some tests need no service: without one the verdict is then at best `partial`. */
  static: z.boolean().default(false),
  /** Servers only: the argv that starts the subject. */
  start: z.array(z.string().min(1)).min(1).optional(),
  files: z.array(relativeFile).min(1),
  checks: z
    .record(
      z.string().regex(/^C[1-9]\d?$/, 'must be C1, C2, …'),
      z.strictObject({
        level: z.enum(['core', 'stretch']),
        title: z.string().min(5).max(90),
      }),
    )
    .refine((checks) => Object.values(checks).some((check) => check.level === 'core'), {
      message: 'at least one check must be core',
    }),
})

export type Frontmatter = z.output<typeof frontmatterSchema>

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
export function splitFrontmatter(text: string): { yaml: string; body: string } | undefined {
  const match = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)
  return match ? { yaml: match[1]!, body: text.slice(match[0].length) } : undefined
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
  let raw: unknown
  try {
    raw = parse(parts.yaml)
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw new FrontmatterError(`${name}: the frontmatter is not YAML: ${error.message.trim()}`)
  }
  const result = frontmatterSchema.safeParse(raw)
  if (!result.success) {
    const issues = result.error.issues.map(
      (issue) => `  ${issue.path.join('.') || 'frontmatter'}: ${issue.message}`,
    )
    throw new FrontmatterError(`${name}: the frontmatter is not right:\n${issues.join('\n')}`)
  }
  const front = result.data
  if (front.slug !== slug || front.phase !== phase) {
    throw new FrontmatterError(
      `${name}: it says ${front.phase}/${front.slug}, but stands in ${phase}/${slug}.`,
    )
  }
  if ((front.kind === 'server') !== (front.start !== undefined)) {
    throw new FrontmatterError(`${name}: "start" belongs to exercises of kind server, and to all.`)
  }
  return {
    ...front,
    readme: parts.body,
    folder,
    solution: path.join(SOLUTIONS, phase, slug),
    grader: path.join(GRADERS, phase, slug),
  }
}
