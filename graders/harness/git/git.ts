import os from 'node:os'
import path from 'node:path'
import { runTool, type ToolAnswer } from '../subjects/tool.ts'

/**
 * Returns what GIT_CEILING_DIRECTORIES needs so that git in or under a folder finds no repository
 * further up: the temporary copies lie inside the kit's own.
 */
export function ceiling(folder: string): string {
  const above: string[] = []
  for (let at = path.dirname(folder); !above.includes(at); at = path.dirname(at)) above.push(at)
  return above.join(path.delimiter)
}

/**
 * Returns the environment for a learner's script that works in a repository: no settings of the
 * machine, no question at a keyboard, no editor that waits.
 */
export function scriptEnv(repository: string): Record<string, string> {
  return {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CEILING_DIRECTORIES: ceiling(repository),
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
  }
}

/**
 * Runs git for the grader. Only the repository's own settings count, not those of the machine or
 * of a hook that this run may be part of. Nothing is thrown for a command that fails.
 * @param env added to the bare environment, such as the author of a commit
 * @param own repositories elsewhere; git refuses one that belongs to somebody else
 */
export function git(
  folder: string,
  args: string[],
  env: Record<string, string> = {},
  own: string[] = [],
): Promise<ToolAnswer> {
  return runTool(['git', ...args], {
    cwd: folder,
    own,
    env: {
      HOME: os.devNull,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CEILING_DIRECTORIES: ceiling(folder),
      GIT_DEFAULT_REF_FORMAT: 'files',
      // A replacement would show commits that are not there.
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      ...env,
    },
  })
}

/** Runs git where only a fault of the kit can make it fail, and returns what it prints. */
export async function mustGit(...call: Parameters<typeof git>): Promise<string> {
  const { code, out, error } = await git(...call)
  if (code !== 0) throw new Error(`git ${call[1].join(' ')} failed:\n${error}`)
  return out.trim()
}
