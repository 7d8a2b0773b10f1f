import { note } from '../evidence.ts'
import type { Run } from '../run.ts'
import { giveToSubject } from './confine.ts'
import { SubjectError } from './errors.ts'
import { describeExit, spawnSubject } from './process.ts'
import type { Exit, SubjectProcess } from './subject.ts'

export type ScriptResult = Exit & { output: string }

/**
 * Runs a program of the learner's to its end.
 * @param options.seconds time on the clock; 60 by default
 * @throws SubjectError `limit` where it does not end in time or uses more than it may
 */
export async function runScript(
  run: Run,
  options: {
    argv: string[]
    cwd: string
    preload?: string
    env?: Record<string, string>
    seconds?: number
    hide?: { from: string; to: string }
  },
  onStart: (process: SubjectProcess) => void,
): Promise<ScriptResult> {
  const seconds = options.seconds ?? 60
  giveToSubject(run, options.cwd)
  const subject = spawnSubject(run, options)
  onStart(subject)
  const name = options.argv.map((part) => part.split('/').at(-1)).join(' ')
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    void subject.kill()
  }, seconds * 1000)
  const exit = await subject.exited
  clearTimeout(timer)
  await subject.kill()
  if (subject.overLimit) throw new SubjectError('limit', `${name} ${subject.overLimit}.`)
  if (timedOut) {
    throw new SubjectError(
      'limit',
      `${name} did not end within ${seconds} s. Does it wait for input, an editor or a password?`,
    )
  }
  note(name, `${describeExit(exit)}\n${subject.output()}`.trim())
  return { ...exit, output: subject.output() }
}
