import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { ROOT } from '../../../graders/harness/paths.ts'
import { EnvironmentError } from '../usage.ts'
import { identityOf, type Mutant } from './mutant.ts'

const survivorSchema = z.strictObject({
  file: z.string(),
  line: z.number().int(),
  mutator: z.string(),
  original: z.string(),
  replacement: z.string(),
  /** Which of the mutants with these words it is, where there are several; from 1. */
  occurrence: z.number().int().optional(),
  /** Why no check could see it, in somebody's words; null: a check is missing. */
  equivalent: z.string().min(1).nullable(),
})

/** `graders/<phase>/<slug>/mutation.json`. */
export const recordSchema = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the reference's files: see `hashReference`. */
  reference: z.string(),
  mutants: z.number().int(),
  killed: z.number().int(),
  survivors: z.array(survivorSchema),
})

export type Survivor = z.infer<typeof survivorSchema>
export type MutationRecord = z.infer<typeof recordSchema>

const fileOf = (exercise: Exercise) => path.join(exercise.grader, 'mutation.json')

/** The record's file, relative to the checkout. */
export function recordName(exercise: Exercise): string {
  return path.relative(ROOT, fileOf(exercise))
}

/** SHA-256 of the files of the reference that learners write, with their names. */
export function hashReference({ solution, files }: Exercise): string {
  const hash = createHash('sha256')
  for (const file of files.toSorted()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(solution, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** @throws EnvironmentError where the file is there and is no record */
export function readRecord(exercise: Exercise): MutationRecord | undefined {
  const file = fileOf(exercise)
  if (!existsSync(file)) return undefined
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new EnvironmentError(
      `${recordName(exercise)} cannot be read: ${(error as Error).message}`,
    )
  }
}

export function writeRecord(exercise: Exercise, record: MutationRecord): void {
  writeFileSync(fileOf(exercise), printRecord(record))
}

export function printRecord(record: MutationRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`
}

/** A mutant with which of its like it is, and the reason that stands in a record. */
export type Explained = { mutant: Mutant; occurrence: number; equivalent: string | null }

/** Finds the reasons that people wrote: by the words of a mutant, not by its line. */
export function explain(mutants: Mutant[], before?: MutationRecord): Explained[] {
  const reasons = new Map(
    before?.survivors.map((one) => [keyOf(one, one.occurrence ?? 1), one.equivalent]),
  )
  const seen = new Map<string, number>()
  return mutants.map((mutant) => {
    const occurrence = (seen.get(identityOf(mutant)) ?? 0) + 1
    seen.set(identityOf(mutant), occurrence)
    return { mutant, occurrence, equivalent: reasons.get(keyOf(mutant, occurrence)) ?? null }
  })
}

/**
 * Puts together what is to be remembered of a run.
 * @param mutants all of the reference; `alive` tells which of them live
 * @param before gives the reasons
 */
export function makeRecord(
  reference: string,
  mutants: Mutant[],
  alive: ReadonlySet<Mutant>,
  before?: MutationRecord,
): MutationRecord {
  const survivors = explain(mutants, before)
    .filter(({ mutant }) => alive.has(mutant))
    .map(({ mutant, occurrence, equivalent }): Survivor => {
      const { file, line, mutator, original, replacement } = mutant
      const nth = occurrence > 1 ? { occurrence } : {}
      return { file, line, mutator, original, replacement, ...nth, equivalent }
    })
  survivors.sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      compare(a.mutator, b.mutator) ||
      compare(a.original, b.original) ||
      compare(a.replacement, b.replacement) ||
      (a.occurrence ?? 1) - (b.occurrence ?? 1),
  )
  return {
    version: 1,
    reference,
    mutants: mutants.length,
    killed: mutants.length - survivors.length,
    survivors,
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function keyOf(one: Parameters<typeof identityOf>[0], occurrence: number): string {
  return `${identityOf(one)} ${occurrence}`
}

/** Survivors with a reason. */
export function equivalents(record: MutationRecord): number {
  return record.survivors.filter((one) => one.equivalent !== null).length
}

/** Killed mutants in percent of those that could be killed, such as `98.6 %`. */
export function scoreOf(record: MutationRecord): string {
  const possible = record.mutants - equivalents(record)
  // Rounded down: 100 % is said of all, and of all only.
  const tenths = possible === 0 ? 1000 : Math.floor((record.killed / possible) * 1000)
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`
}
