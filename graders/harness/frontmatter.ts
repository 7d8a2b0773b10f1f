import path from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { PHASES, SERVICES } from './names.ts'

// `exercise.ts` loads this where it meets a frontmatter for the first time: with the two packages it
// takes longer than reading all that is known.

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
  /** Servers only: the argv that builds the subject, once, before it is started; none by default. */
  build: z.array(z.string().min(1)).min(1).optional(),
  files: z.array(relativeFile).min(1),
  /** The first program in another language that `npm run start:lang` has laid in place of the starter. */
  kit: z.string().optional(),
  /** What `start`, `build` and `files` were before that: the reference is still started so. */
  starter: z
    .strictObject({
      start: z.array(z.string()).min(1),
      build: z.array(z.string()).min(1).optional(),
      files: z.array(relativeFile).min(1),
    })
    .optional(),
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

/** Reads the YAML of a README's frontmatter. @returns it, or what is wrong with it, in words */
export function readFrontmatter(yaml: string): Frontmatter | { problem: string } {
  let raw: unknown
  try {
    raw = parse(yaml)
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    return { problem: `the frontmatter is not YAML: ${error.message.trim()}` }
  }
  const result = frontmatterSchema.safeParse(raw)
  if (result.success) return result.data
  const issues = result.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'frontmatter'}: ${issue.message}`,
  )
  return { problem: `the frontmatter is not right:\n${issues.join('\n')}` }
}

const argv = z.array(z.string().min(1)).min(1)
const commandsSchema = z.object({ build: argv.optional(), start: argv })

/** How a server is built, if it must be, and started: argvs. */
export type Commands = z.output<typeof commandsSchema>

/** Returns `build` and `start` of a frontmatter, whatever else stands in it; undefined without `start`. */
export function readCommands(yaml: string): Commands | undefined {
  try {
    return commandsSchema.safeParse(parse(yaml)).data
  } catch {
    return undefined
  }
}
