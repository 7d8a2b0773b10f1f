import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Exercise } from '../../graders/harness/exercise.ts'
import type { Mistake } from '../../graders/harness/mistakes.ts'
import { copyFiles, listFiles, putFile } from './tree.ts'

/** A submission made by the kit itself, to see what a grader says of it. */
export type Variant = {
  kind: 'starter' | 'reference' | 'alternative' | 'mistake'
  /** `starter`, `reference`, the alternative's folder, or the mistake's id. */
  name: string
  mistake?: Mistake
}

/** Thrown where a variant cannot be made: the message says what to mend. */
export class VariantError extends Error {
  override name = 'VariantError'
}

/** The exercise's table of mistakes. @throws VariantError where there is none */
export async function readMistakes(exercise: Exercise): Promise<Mistake[]> {
  const file = path.join(exercise.grader, 'mistakes.ts')
  if (!existsSync(file)) throw new VariantError('mistakes.ts is missing.')
  const module = (await import(pathToFileURL(file).href)) as { mistakes?: Mistake[] }
  if (!Array.isArray(module.mistakes) || module.mistakes.length === 0) {
    throw new VariantError('mistakes.ts must export a list "mistakes" with at least one entry.')
  }
  return module.mistakes
}

/** The names of the exercise's alternatives. */
export function listAlternatives(exercise: Exercise): string[] {
  const folder = path.join(exercise.grader, 'alternatives')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function applyMistake(folder: string, { id, edits = [], files = {} }: Mistake): void {
  for (const { file, old, new: text } of edits) {
    const full = path.join(folder, file)
    if (!existsSync(full)) throw new VariantError(`${id}: there is no ${file} in the reference.`)
    const before = readFileSync(full, 'utf8')
    const times = before.split(old).length - 1
    if (times !== 1) {
      throw new VariantError(`${id}: "old" occurs ${times} times in ${file}, not once:\n${old}`)
    }
    putFile(
      folder,
      file,
      before.replace(old, () => text),
    )
  }
  for (const [file, text] of Object.entries(files)) putFile(folder, file, text)
}

/**
 * Builds a variant as a submission: the starter, with what the variant puts over it.
 * @param root the submission's root; the exercise comes to stand in `root/<phase>/<slug>`
 * @throws VariantError where an edit does not fit the reference
 */
export function buildVariant(exercise: Exercise, variant: Variant, root: string): void {
  const folder = path.join(root, exercise.phase, exercise.slug)
  copyFiles(exercise.folder, folder, listFiles(exercise.folder))
  if (variant.kind === 'starter') return
  if (variant.kind === 'alternative') {
    const from = path.join(exercise.grader, 'alternatives', variant.name)
    copyFiles(from, folder, listFiles(from))
    return
  }
  const files = listFiles(exercise.solution).filter((name) => name !== 'NOTES.md')
  copyFiles(exercise.solution, folder, files)
  if (variant.mistake) applyMistake(folder, variant.mistake)
}

/** Returns the folders that a variant is made of; a mistake's edits come on top. */
export function variantFolders(
  { folder, solution, grader }: Pick<Exercise, 'folder' | 'solution' | 'grader'>,
  { kind, name }: Variant,
): string[] {
  if (kind === 'starter') return [folder]
  if (kind === 'alternative') return [folder, path.join(grader, 'alternatives', name)]
  return [folder, solution]
}
