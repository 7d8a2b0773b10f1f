import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { Run } from '../run.ts'

/** Folders of the run that hold more than one submission, or secrets. */
const NOT_SHOWN = new Set(['registry', 'solutions', 'variants', 'view'])

/**
 * Returns the run's folders that a subject may see: those it is told of, such as its copy, its home and
 * the one it works in, and all others that this grader has made.
 * @param told texts with absolute paths in them: arguments, variables, the working folder
 */
export function ownFolders(run: Pick<Run, 'dir'>, told: string[]): string[] {
  const named = told
    .flatMap((text) => text.replace(/^file:\/\//, '').split(path.delimiter))
    .filter((text) => text.startsWith(run.dir + path.sep))
    .map((text) => text.slice(run.dir.length + 1).split(path.sep)[0]!)
  const made = existsSync(run.dir)
    ? readdirSync(run.dir).filter((name) => name.includes(`-${process.pid}-`))
    : []
  return [...new Set([...named, ...made])]
    .filter((name) => name && name !== '..' && !NOT_SHOWN.has(name))
    .map((name) => path.join(run.dir, name))
    .filter((folder) => existsSync(folder))
}
