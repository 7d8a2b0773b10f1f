import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { UsageError } from '../usage.ts'

/** How a cohort is graded: the file `cohort.yaml`, every part of which may be left out. */
export const settingsSchema = z.strictObject({
  /** What is graded, by the names that `npm run check` takes; everything by default. */
  exercises: z.array(z.coerce.string()).default([]),
  /** What a check is worth that passes. */
  points: z
    .strictObject({ core: z.number().min(0).default(1), stretch: z.number().min(0).default(1) })
    .prefault({}),
  /** How often an exercise counts, by its slug; 1 by default, and 0 for one that is only reported. */
  weights: z.record(z.string(), z.number().min(0)).default({}),
  /** `partial`: each check that passes counts; `pass`: an exercise counts only where its core has passed. */
  credit: z.enum(['partial', 'pass']).default('partial'),
  /** Work that was committed after this instant is late. A zone is part of it. */
  due: z.iso.datetime({ offset: true }).optional(),
  /** What late work loses: percent for each day that has begun, and the most. */
  late: z
    .strictObject({
      perDay: z.number().min(0).max(100).default(0),
      atMost: z.number().min(0).max(100).default(100),
    })
    .prefault({}),
  /** Everybody's fixtures are drawn from it; drawn once for a cohort by default. */
  seed: z.int().min(0).optional(),
})

export type Settings = z.infer<typeof settingsSchema>

/**
 * Reads `cohort.yaml`.
 * @param file undefined for what holds without one
 * @throws UsageError that names the field
 */
export function readSettings(file: string | undefined): Settings {
  if (file === undefined) return settingsSchema.parse({})
  if (!existsSync(file)) throw new UsageError(`There is no settings file ${file}.`)
  let given: unknown
  try {
    given = parse(readFileSync(file, 'utf8')) ?? {}
  } catch (error) {
    throw new UsageError(`${file} is no YAML: ${(error as Error).message.split('\n')[0]}`)
  }
  const read = settingsSchema.safeParse(given)
  if (read.success) return read.data
  const { path, message } = read.error.issues[0]!
  throw new UsageError(`${file}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`)
}
