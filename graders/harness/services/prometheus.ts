import { register } from '../run.ts'
import { callDocker, mount } from '../subjects/container.ts'
import { runTool, type ToolAnswer } from '../subjects/tool.ts'
import { currentRun, requireService } from '../submission.ts'
import { findPromtool, PROMETHEUS_IMAGE } from './prometheus-server.ts'

/** What promtool may have in a container, in bytes. */
const MEMORY = 1024 ** 3

/**
 * Runs `promtool` in a folder with files of a learner, with the rights of a subject. Where it is missing the
 * running test is marked `not run`.
 * @param args such as `['check', 'rules', 'rules.yml']`
 * @param folder holds all that it reads: `submission.temporaryFolder()`
 * @param options.seconds time on the clock; 120 by default. `code` is undefined where it was not enough
 * @param options.input what it reads from its standard input, as `promtool check metrics` does; nothing by default
 */
export async function promtool(
  args: string[],
  folder: string,
  options: { seconds?: number; input?: string } = {},
): Promise<ToolAnswer> {
  const { seconds = 120, input } = options
  const { provider } = requireService('prometheus')
  if (provider !== 'docker') {
    return runTool([findPromtool()!, ...args], { cwd: folder, seconds, input })
  }
  const run = currentRun()
  register(run, { type: 'docker', label: `roadworks.run=${run.id}` })
  const { code, stdout, stderr } = await callDocker(
    [
      ...[
        'run',
        '--rm',
        ...(input === undefined ? [] : ['--interactive']),
        '--label',
        `roadworks.run=${run.id}`,
      ],
      ...['--network', 'none', '--read-only', '--cap-drop', 'ALL'],
      // Its test storage is made in the system's folder for temporary files.
      ...['--tmpfs', '/tmp:rw,size=512m,mode=1777'],
      ...['--security-opt', 'no-new-privileges', '--user', '65534:65534'],
      ...['--memory', String(MEMORY), '--pids-limit', '256', '--ulimit', 'core=0'],
      ...mount(folder),
      ...['--workdir', folder, '--entrypoint', 'timeout', PROMETHEUS_IMAGE],
      ...['-s', 'KILL', String(seconds), 'promtool', ...args],
    ],
    { input, seconds: seconds + 60 },
  )
  // From 125 to 127 it is Docker that failed, or the program is not there.
  if (code >= 125 && code <= 127) throw new Error(`docker run: ${stderr.trim().slice(-300)}`)
  return { code: code >= 128 ? undefined : code, out: stdout, error: stderr }
}
