import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { wrongEncoding } from '../../graders/harness/encoding.ts'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { isPlainFile } from '../../graders/harness/subjects/stage.ts'

/** Something that `doctor` has looked at. */
export type Finding = { well: boolean; what: string; next?: string }

/** A setting of git's; empty where there is none. */
function gitSetting(name: string): string {
  try {
    return execFileSync('git', ['config', '--get', name], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** Files that learners edit, in an encoding that nothing reads. */
export function wrongFiles(exercises: Pick<Exercise, 'folder' | 'files'>[]): Finding[] {
  return exercises.flatMap(({ folder, files }) =>
    files.flatMap((name) => {
      const file = path.join(folder, name)
      const why = existsSync(file) && isPlainFile(file) && wrongEncoding(file)
      if (!why) return []
      return [{ well: false, what: `${path.relative(process.cwd(), file)} ${why}` }]
    }),
  )
}

/**
 * Looks at what people have in their environment and in git's settings that makes programs behave in
 * unexpected ways. What the kit has taken care of is told all the same: a program that is started by
 * hand still meets it.
 */
export function settings(env: NodeJS.ProcessEnv, setting = gitSetting): Finding[] {
  const found: Finding[] = []
  const told = (what: string, next: string) => found.push({ well: true, what, next })
  const forgotten = env.ROADWORKS_FORGOTTEN
  if (forgotten) {
    told(
      `${forgotten.replaceAll(' ', ', ')} set in your environment`,
      'Graders leave it out; a psql or a server that you start yourself obeys it, so that results may differ.',
    )
  }
  if (env.NODE_ENV === 'production') {
    told(
      'NODE_ENV is production',
      'Programs that are graded do not see it; those you start yourself do.',
    )
  }
  const proxy = env.HTTP_PROXY ?? env.http_proxy
  if (env.NODE_USE_ENV_PROXY && proxy) {
    told(
      'Node uses a proxy (NODE_USE_ENV_PROXY)',
      'Requests to this machine go past it. A curl of yours needs --noproxy localhost.',
    )
  }
  if (setting('core.autocrlf') === 'true') {
    told(
      'git writes CRLF line ends (core.autocrlf)',
      'The files of this checkout keep LF, as .gitattributes asks; let your editor keep them, too.',
    )
  }
  return found
}
