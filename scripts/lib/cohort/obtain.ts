import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PHASES } from '../../../graders/harness/exercise.ts'
import { type Origin, originOf } from '../origin.ts'
import { isArchive, unpack, unpackTar } from './archive.ts'
import { isGitUrl, type Student } from './roster.ts'

/** A student's work on this machine, or why there is none. */
export type Obtained =
  | { origin: Origin; missing?: undefined }
  | { origin?: undefined; missing: string }

/** How long a repository may take, and how often it is tried. */
const LIMIT_MS = 300_000
const TRIES = 3

const execute = promisify(execFile)

/**
 * Git for a stranger's repository: no program that its settings name, no question, no other protocol. The
 * instructor's own settings hold, for they know how to log in.
 */
function git(args: string[]): { argv: string[]; env: NodeJS.ProcessEnv } {
  return {
    argv: ['-c', 'core.hooksPath=/dev/null', '-c', 'safe.directory=*', ...args],
    env: {
      ...process.env,
      GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
      GIT_TERMINAL_PROMPT: '0',
      GIT_SSH_COMMAND: process.env.GIT_SSH_COMMAND ?? 'ssh -o BatchMode=yes',
      GIT_LFS_SKIP_SMUDGE: '1',
    },
  }
}

async function ask(...args: string[]): Promise<string> {
  const { argv, env } = git(args)
  const { stdout } = await execute('git', argv, { env, timeout: LIMIT_MS, maxBuffer: 1024 ** 2 })
  return stdout.trim()
}

/** The last thing that git said, which as a rule is the reason. */
function reasonOf(error: unknown): string {
  const { stderr, message, killed } = error as {
    stderr?: string
    message: string
    killed?: boolean
  }
  if (killed) return `it took more than ${LIMIT_MS / 1000} s`
  const lines = (stderr || message).trim().split('\n')
  const said = lines.findLast((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1)!
  return said.replace(/^(fatal|error): /, '')
}

/** Copies a repository without a work tree, or what is new in it since the last time. */
async function mirror(source: string, to: string): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    try {
      if (!existsSync(path.join(to, 'HEAD'))) {
        rmSync(to, { recursive: true, force: true })
        await ask('clone', '--quiet', '--mirror', '--', source, to)
      } else {
        await ask('-C', to, 'remote', 'set-url', 'origin', '--', source)
        await ask('-C', to, 'fetch', '--quiet', '--prune', 'origin')
        // The default branch may have become another one.
        await ask('-C', to, 'remote', 'set-head', 'origin', '--auto').catch(() => {})
      }
      return
    } catch (error) {
      if (left === 0) throw error
      await pause(1000 * (TRIES - left))
    }
  }
}

/** The commit to grade: that of the ref, or the last of its history before the deadline. */
async function commitOf(repo: string, ref: string | undefined, deadline: string | undefined) {
  const tip = await ask(
    '-C',
    repo,
    'rev-parse',
    '--verify',
    '--quiet',
    `${ref ?? 'HEAD'}^{commit}`,
  ).catch(() => {
    throw new Error(ref ? `it has no "${ref}"` : 'it has no commit')
  })
  if (!deadline) return tip
  // Whoever commits can write any time there; a host that tells when it received a push is not asked.
  const commit = await ask('-C', repo, 'rev-list', '-1', `--before=${deadline}`, tip)
  if (!commit) throw new Error(`it has no commit from before ${deadline}`)
  return commit
}

/** Writes a commit's `exercises` into an empty folder; nothing of the repository is run. */
async function checkOut(repo: string, commit: string, into: string): Promise<void> {
  const top = await ask('-C', repo, 'ls-tree', '--name-only', commit)
  if (!top.split('\n').includes('exercises')) throw new Error('it holds no exercises/')
  const { argv, env } = git(['-C', repo, 'archive', '--format=tar', commit, 'exercises'])
  const child = spawn('git', argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await unpackTar(child.stdout, into)
  if ((await ended) !== 0) throw new Error(said.trim())
}

/** The folder that holds the phases: of a checkout, or of an archive with a folder around it. */
function rootOf(folder: string, deep = true): string | undefined {
  if (existsSync(path.join(folder, 'exercises'))) return path.join(folder, 'exercises')
  if (PHASES.some((phase) => existsSync(path.join(folder, phase)))) return folder
  if (!deep) return undefined
  const inner = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())
  return inner.length === 1 ? rootOf(path.join(folder, inner[0]!.name), false) : undefined
}

const hashOf = (...parts: string[]) =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 24)

/** An empty folder; what a run that was killed left there is gone. */
function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Brings a student's work here: a folder stays where it is, a repository or an archive is copied below
 * `store`. Nothing of it is run.
 * @param options.deadline ISO 8601; of a repository, the last commit before it. Folders that are none, and
 *   archives, are taken as they are
 * @returns the reason, in one line, where it cannot be had
 */
export async function obtain(
  { source, ref }: Student,
  options: { store: string; deadline?: string },
): Promise<Obtained> {
  const { store, deadline } = options
  try {
    if (isGitUrl(source)) return { origin: await fromGit(source, ref, store, deadline) }
    const info = lstatSync(source, { throwIfNoEntry: false })
    if (!info) return { missing: `there is no ${source}` }
    if (info.isFile() && isArchive(source)) {
      const { mtimeMs, size } = info
      const into = path.join(store, 'archives', hashOf(source, String(mtimeMs), String(size)))
      await unpack(source, emptied(into))
      const root = rootOf(into)
      return root ? { origin: { folder: root } } : { missing: 'the archive holds no exercises/' }
    }
    if (!info.isDirectory()) return { missing: `${source} is no folder, archive or URL` }
    const isRepo = existsSync(path.join(source, '.git')) || existsSync(path.join(source, 'HEAD'))
    if (isRepo && (ref || deadline || !existsSync(path.join(source, '.git'))))
      return { origin: await fromGit(source, ref, store, deadline) }
    if (ref) return { missing: `${source} is no git repository: it has no "${ref}"` }
    const root = rootOf(source, false)
    return root ? { origin: originOf(root) } : { missing: `${source} holds no exercises/` }
  } catch (error) {
    return { missing: reasonOf(error) }
  }
}

async function fromGit(
  source: string,
  ref: string | undefined,
  store: string,
  deadline: string | undefined,
): Promise<Origin> {
  const repo = path.join(store, 'repositories', hashOf(source))
  mkdirSync(path.dirname(repo), { recursive: true })
  await mirror(source, repo)
  const commit = await commitOf(repo, ref, deadline)
  const into = path.join(store, 'commits', hashOf(source, commit))
  await checkOut(repo, commit, emptied(into))
  const [author, committedAt] = (
    await ask('-C', repo, 'show', '--no-patch', '--format=%an <%ae>%n%cI', commit)
  ).split('\n')
  return {
    folder: path.join(into, 'exercises'),
    commit,
    author,
    committedAt: new Date(committedAt!).toISOString(),
  }
}
