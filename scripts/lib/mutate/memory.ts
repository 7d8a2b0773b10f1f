import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { GRADERS, STATE } from '../../../graders/harness/paths.ts'
import { listFiles } from '../tree.ts'
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

function hashFiles(folder: string, names: string[], into: ReturnType<typeof createHash>): void {
  for (const name of names) {
    into
      .update(`${name}\0`)
      .update(readFileSync(path.join(folder, name)))
      .update('\0')
  }
}

/** What the verdicts on an exercise's mutants rest on, beside the mutants. */
function hashGrader(exercise: Exercise): string {
  const { readme: _, folder, solution: __, grader, ...front } = exercise
  const hash = createHash('sha256').update(JSON.stringify(front))
  const harness = path.join(GRADERS, 'harness')
  hashFiles(
    harness,
    listFiles(harness).filter((name) => !/\.(test\.ts|md)$/.test(name)),
    hash,
  )
  hashFiles(
    grader,
    listFiles(grader).filter(
      (name) =>
        !/^(starter|alternatives)\//.test(name) &&
        !/^(mistakes\.ts|mutation\.json|blind\.json|feedback\.\w+|.*\.md)$/.test(name),
    ),
    hash,
  )
  hashFiles(
    folder,
    listFiles(folder).filter((name) => name !== 'README.md' && !exercise.files.includes(name)),
    hash,
  )
  return hash.digest('hex')
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
  const context = createHash('sha256').update(hashGrader(exercise))
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
