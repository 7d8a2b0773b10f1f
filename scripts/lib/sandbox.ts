import type { Exercise } from '../../graders/harness/exercise.ts'
import type { OpenRun } from '../../graders/harness/open-run.ts'
import { readySandbox, runsSubjects } from '../../graders/harness/subjects/sandbox.ts'
import { EnvironmentError } from './usage.ts'

/**
 * Makes the sandbox that `ROADWORKS_SANDBOX` asks for ready, where an exercise needs it.
 * @throws EnvironmentError where there is none: graders that are not run prove nothing
 */
export async function needSandbox(
  run: OpenRun,
  exercises: Exercise[],
  onProgress: (text: string) => void,
): Promise<void> {
  if (!exercises.some(runsSubjects)) return
  run.confinement = await readySandbox(run, onProgress)
  if (run.confinement.kind === 'docker' && run.confinement.missing) {
    throw new EnvironmentError(run.confinement.missing)
  }
}
