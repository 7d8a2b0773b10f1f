import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import path from 'node:path'

/** Whose work was graded. */
export type Origin = {
  /** The absolute folder that holds the phases. */
  folder: string
  /** The commit that is checked out there, where git knows it; files may have changed since. */
  commit?: string
  /** The author of that commit, as `name <address>`. */
  author?: string
  /** When that commit was made, in ISO 8601. Whoever commits can write any time there. */
  committedAt?: string
}

/**
 * Reads from a submission's repository whose it is. The repository may be hostile: only commands are used
 * that run no program its settings name, and nothing is fetched.
 */
export function originOf(folder: string): Origin {
  const origin = { folder: path.resolve(folder) }
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
      maxBuffer: 1024 ** 2,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        GIT_ALLOW_PROTOCOL: 'none',
        GIT_NO_LAZY_FETCH: '1',
        GIT_TERMINAL_PROMPT: '0',
      },
    })
  try {
    // A folder that was merely copied into somebody's checkout is not that checkout's.
    const top = git('rev-parse', '--show-toplevel').trim()
    const own = [path.dirname(realpathSync(folder)), realpathSync(folder)]
    if (!own.includes(realpathSync(top))) return origin
    const commit = git('rev-parse', '--verify', 'HEAD').trim()
    const text = git('cat-file', 'commit', commit)
    const author = /^author (.*>) \d+ [+-]\d{4}$/m.exec(text)?.[1]
    const seconds = /^committer .*> (\d+) [+-]\d{4}$/m.exec(text)?.[1]
    const committedAt = seconds && new Date(Number(seconds) * 1000).toISOString()
    return { ...origin, commit, author, ...(committedAt && { committedAt }) }
  } catch {
    return origin // no repository, none of git's, or one that git does not trust
  }
}
