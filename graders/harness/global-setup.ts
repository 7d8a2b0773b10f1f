import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { readExercise, type ServiceName } from './exercise.ts'
import { openRun, plainRun } from './open-run.ts'
import { GRADERS } from './paths.ts'
import { startServices } from './services/start.ts'
import { isRunning } from './services/types.ts'
import { readySandbox, runsSubjects } from './subjects/sandbox.ts'

/**
 * Opens a run for a bare `npx vitest run graders/…`. The commands under scripts/ open their own and
 * hand it over, and then there is nothing to do here.
 */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  if ((project.getProvidedContext() as { roadworks?: unknown }).roadworks) return undefined
  // What was asked for on the command line; vitest keeps it, though not in its types.
  const { filenamePattern } = project.vitest as unknown as { filenamePattern?: string[] }
  const files = await project.vitest.globTestSpecifications(filenamePattern)
  const exercises = files.flatMap(({ moduleId }) => {
    const [phase, slug] = path.relative(GRADERS, path.dirname(moduleId)).split(path.sep)
    return phase?.startsWith('phase') && slug ? [readExercise(phase, slug)] : []
  })
  const needs = exercises.flatMap((exercise): ServiceName[] => exercise.needs)
  const seed = Number(process.env.ROADWORKS_SEED)
  const run = openRun({
    seed: Number.isInteger(seed) && process.env.ROADWORKS_SEED ? seed : undefined,
    submission: process.env.ROADWORKS_SUBMISSION,
  })
  run.services = await startServices(needs, run, {
    onProgress(name, state) {
      if (!state) return
      const text = isRunning(state) ? `${state.version} (${state.provider})` : state.missing
      process.stderr.write(`roadworks: ${name} ${text}\n`)
    },
  })
  const say = (text: string) => process.stderr.write(`roadworks: ${text}\n`)
  if (exercises.some(runsSubjects)) run.confinement = await readySandbox(run, say)
  project.provide('roadworks', plainRun(run))
  return () => run.close()
}
