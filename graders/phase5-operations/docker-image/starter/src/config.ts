import { z } from 'zod'

const settings = z.object({
  PORT: z
    .string({ error: 'is missing' })
    .regex(/^\d{1,5}$/, { error: 'must be a number from 1 to 65535' })
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65535, { error: 'must be a number from 1 to 65535' }),
  LABEL_SECRET: z
    .string({ error: 'is missing' })
    .min(16, { error: 'must have at least 16 characters' }),
  // For tests only: POST /debug/hang blocks the whole process when this is 1.
  DEBUG_HANG: z.enum(['0', '1'], { error: 'must be 0 or 1' }).optional(),
})

export interface Config {
  port: number
  labelSecret: string
  debugHang: boolean
}

/** Reads the settings; throws an Error with one line per wrong setting. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const result = settings.safeParse(env)
  if (!result.success) {
    throw new Error(
      result.error.issues
        .map((issue) => `setting ${issue.path.join('.')} ${issue.message}`)
        .join('\n'),
    )
  }
  const { PORT, LABEL_SECRET, DEBUG_HANG } = result.data
  return { port: PORT, labelSecret: LABEL_SECRET, debugHang: DEBUG_HANG === '1' }
}
