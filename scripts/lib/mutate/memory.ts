import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { STATE } from '../../../graders/harness/paths.ts'
import { graderHash } from '../content.ts'
import { identityOf, type Mutant } from './mutant.ts'

const resultSchema = z.object({
  /** `timeout` is killed too: by a time limit. */
  status: z.enum(['killed', 'timeout', 'alive']),
  /** The test that failed. */
  killer: z.string().optional(),
  /** Whether the reference came past this place; undefined where nobody counted. */
  covered: z.boolean().optional(),
  ms: z.number(),
})

const schema = z.object({
  version: z.literal(1),
  results: z.record(z.string(), resultSchema),
  /** Which test killed a mutant, whatever has changed since. */
  killers: z.record(z.string(), z.string()),
})

export type MutantResult = z.infer<typeof resultSchema>

/** What earlier runs found, in `.roadworks/mutation/<slug>.json`. */
export type Memory = {
  find(mutant: Mutant): MutantResult | undefined
  keep(mutant: Mutant, result: MutantResult): void
  /** The test that killed such a mutant when it last ran. */
  killerOf(mutant: Mutant): string | undefined
  save(): void
}

/**
 * Opens what is known of an exercise's mutants; a file that cannot be read counts as empty.
 * @param bases the files of the reference as the mutants have them
 */
export function openMemory(exercise: Exercise, bases: Map<string, string>): Memory {
  const file = path.join(STATE, 'mutation', `${exercise.slug}.json`)
  const known: z.infer<typeof schema> = { version: 1, results: {}, killers: {} }
  if (existsSync(file)) {
    try {
      Object.assign(known, schema.parse(JSON.parse(readFileSync(file, 'utf8'))))
    } catch {}
  }
  const context = createHash('sha256').update(graderHash(exercise))
  for (const [name, base] of bases) context.update(`${name}\0${base}\0`)
  const rest = context.digest('hex')
  const keyOf = (mutant: Mutant) =>
    createHash('sha256')
      .update(JSON.stringify([rest, mutant.file, mutant.make]))
      .digest('hex')
      .slice(0, 32)
  return {
    find: (mutant) => known.results[keyOf(mutant)],
    keep(mutant, result) {
      known.results[keyOf(mutant)] = result
      if (result.killer) known.killers[identityOf(mutant)] = result.killer
    },
    killerOf: (mutant) => known.killers[identityOf(mutant)],
    save() {
      mkdirSync(path.dirname(file), { recursive: true })
      const recent = Object.fromEntries(Object.entries(known.results).slice(-5000))
      // Written beside and moved, so that a run that is killed here leaves no half a file.
      writeFileSync(`${file}.${process.pid}`, JSON.stringify({ ...known, results: recent }))
      renameSync(`${file}.${process.pid}`, file)
    },
  }
}
