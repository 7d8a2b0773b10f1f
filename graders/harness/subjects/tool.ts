import { execFile } from 'node:child_process'
import { cleanup, currentRun } from '../submission.ts'
import { confined, giveToSubject, onThisMachine } from './confine.ts'
import { spawnSubject } from './process.ts'
import type { SubjectProcess } from './subject.ts'

/** What a program gave; `code` is undefined where it was ended for time or output. */
export type ToolAnswer = { code: number | undefined; out: string; error: string }

/**
 * Runs a program of this machine, such as git, on what a subject has made. It has the subject's
 * rights and no others, for what the subject has put there may make the program run code; the
 * working folder is given to the subject first, so that both may write to it.
 * @param options.env the whole environment; PATH is the grader's unless given
 * @param options.own folders beside the working one that the program must own
 * @param options.seconds time on the clock; 30 by default
 * @param options.input what it reads from its standard input, which is never closed where nothing is given
 * @throws Error where the program is not on PATH; a program that fails is an answer
 */
export function runTool(
  argv: string[],
  options: {
    cwd: string
    env?: Record<string, string>
    seconds?: number
    own?: string[]
    input?: string
  },
): Promise<ToolAnswer> {
  const { cwd, seconds = 30 } = options
  for (const folder of [cwd, ...(options.own ?? [])]) giveToSubject(currentRun(), folder)
  const { file, args, uid, gid } = confined(currentRun(), argv, [
    cwd,
    ...(options.own ?? []),
    ...Object.values(options.env ?? {}).filter((value) => value !== undefined),
  ])
  const env = { PATH: process.env.PATH, ...options.env }
  const limits = { timeout: seconds * 1000, maxBuffer: 16 * 1024 ** 2 }
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { cwd, env, uid, gid, ...limits }, (failed, out, error) => {
      if (failed?.code === 'ENOENT' || failed?.code === 127) {
        return reject(new Error(`${argv[0]} is not on PATH. Install it.`))
      }
      const code = failed ? failed.code : 0
      resolve({ code: typeof code === 'number' ? code : undefined, out, error })
    })
    if (options.input === undefined) return
    // It may end without reading it.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
  })
}

/**
 * Starts a program of this machine that goes on running, such as a server that reads what a subject has made.
 * It has the rights and limits of a subject, as with `runTool`, and ends with the test or what is shared.
 * @param options.env what it finds in its environment beside what every subject has
 */
export function startTool(
  argv: string[],
  options: { cwd: string; env?: Record<string, string> },
): SubjectProcess {
  const run = currentRun()
  giveToSubject(run, options.cwd)
  const tool = spawnSubject({ ...run, confinement: onThisMachine(run) }, { argv, ...options })
  cleanup(() => tool.kill())
  return tool
}
