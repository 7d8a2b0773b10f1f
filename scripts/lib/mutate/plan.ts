import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { buildVariant } from '../variants.ts'
import { mutateDockerfile } from './dockerfile.ts'
import { mutateIgnoreFile, mutateJson, mutateYaml } from './lists.ts'
import { distinct, type Mutant, type Mutated } from './mutant.ts'
import { mutateNginx } from './nginx.ts'
import { mutateShell } from './shell.ts'
import { mutateSql } from './sql.ts'
import { mutateTypeScript } from './typescript.ts'

/** All mutants of an exercise's reference; a mutant's id is its place in the list, from 1. */
export type Plan = {
  exercise: Exercise
  mutants: Mutant[]
  /** The text of each file as all mutants have it. */
  bases: Map<string, string>
}

async function mutateFile(file: string, text: string, index: number): Promise<Mutated> {
  const name = path.basename(file)
  if (/(^|\.)Dockerfile$/i.test(name)) return mutateDockerfile(file, text)
  if (/^\..*ignore$/.test(name)) return mutateIgnoreFile(file, text)
  if (/\.conf(\.template)?$/.test(name)) return mutateNginx(file, text)
  switch (path.extname(name)) {
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      return mutateTypeScript(file, text, `f${index}m`)
    case '.sql':
      return mutateSql(file, text)
    case '.sh':
      return mutateShell(file, text)
    case '.json':
      return mutateJson(file, text)
    case '.yml':
    case '.yaml':
      return mutateYaml(file, text)
    default:
      return { base: text, mutants: [] }
  }
}

/** Makes the mutants of an exercise's reference. */
export async function planOf(exercise: Exercise): Promise<Plan> {
  const plan: Plan = { exercise, mutants: [], bases: new Map() }
  for (const [index, file] of exercise.files.entries()) {
    const text = readFileSync(path.join(exercise.solution, file), 'utf8')
    const { base, mutants } = await mutateFile(file, text, index)
    plan.bases.set(file, base)
    plan.mutants.push(...distinct(base, mutants).sort((a, b) => a.line - b.line))
  }
  return plan
}

/**
 * Builds the reference as a submission, every file in its base.
 * @param root the submission's root, as `buildVariant` has it
 * @param mutant put over it, where it is one of text
 */
export function buildMutant({ exercise, bases }: Plan, root: string, mutant?: Mutant): void {
  buildVariant(exercise, { kind: 'reference', name: 'reference' }, root)
  const put = (file: string, text: string) =>
    // Not a new file: the mode of a script stays as it is.
    writeFileSync(path.join(root, exercise.phase, exercise.slug, file), text)
  for (const [file, text] of bases) put(file, text)
  if (mutant && 'text' in mutant.make) put(mutant.file, mutant.make.text)
}
