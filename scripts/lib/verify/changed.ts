import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import { ROOT } from '../../../graders/harness/paths.ts'
import { UsageError } from '../usage.ts'

const run = promisify(execFile)

/** How often correct solutions are graded that nothing has changed at. */
export const UNCHANGED = { reference: 2, alternatives: 1 }

/** Which mistakes have their turn at this commit, where not all are graded. */
export async function turnOfCommit(): Promise<number> {
  const { stdout } = await run('git', ['rev-parse', 'HEAD'], { cwd: ROOT })
  return Number.parseInt(stdout.slice(0, 8), 16)
}

/** One mistake for each check: another with the next turn. */
export function sampleMistakes(mistakes: Mistake[], turn: number): Mistake[] {
  const groups = Map.groupBy(mistakes, ({ check }) => check)
  return [...groups.values()].map((group) => group[turn % group.length]!)
}

/**
 * Every file that differs from a commit: changed since, or not yet known to git.
 * @param since a commit, branch or tag
 * @returns paths from the root of the checkout
 * @throws UsageError where git knows no such commit
 */
export async function changedFiles(since: string): Promise<string[]> {
  const git = (...args: string[]) => run('git', args, { cwd: ROOT, maxBuffer: 64 * 1024 ** 2 })
  try {
    const [changed, fresh] = await Promise.all([
      git('diff', '--name-only', '-z', '--end-of-options', since, '--'),
      git('ls-files', '--others', '--exclude-standard', '-z'),
    ])
    return `${changed.stdout}${fresh.stdout}`.split('\0').filter(Boolean)
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n')[0]
    throw new UsageError(`--changed-since ${since}: git says: ${said ?? (error as Error).message}`)
  }
}

/** Whether one of these files is the exercise's: its task, reference, grader, or what stands with them. */
export function isTouched({ folder, solution, grader }: Exercise, files: string[]): boolean {
  const folders = [folder, solution, grader].map((one) => `${path.relative(ROOT, one)}/`)
  return files.some((file) => folders.some((start) => file.startsWith(start)))
}
