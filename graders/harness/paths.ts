import { statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/** Where learners work, where the references are and where the graders are. */
export const EXERCISES = path.join(ROOT, 'exercises')
export const SOLUTIONS = path.join(ROOT, 'solutions')
export const GRADERS = path.join(ROOT, 'graders')

/** Everything a run writes: reports, the cache of verdicts, temporary copies. Ignored by git. */
export const STATE = path.join(ROOT, '.roadworks')

/**
 * The topmost folder, from the root of the file system down to this one, that others than its owner
 * and group may not enter; undefined where everybody may pass.
 */
export function closedFolder(folder: string): string | undefined {
  const above: string[] = []
  for (let dir = folder; !above.includes(dir); dir = path.dirname(dir)) above.push(dir)
  return above.reverse().find((dir) => (statSync(dir).mode & 0o001) === 0)
}
