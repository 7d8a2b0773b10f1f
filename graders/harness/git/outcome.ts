import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { SubjectError } from '../subjects/errors.ts'
import type { ToolAnswer } from '../subjects/tool.ts'
import { git } from './git.ts'

/** What of a repository is looked at. Its settings and hooks are programs of the learner's. */
const LOOKED_AT = ['HEAD', 'index', 'packed-refs', 'refs', 'objects', 'logs', 'info/exclude']
const MOST_BYTES = 50 * 1024 ** 2

/** The traces of a merge, rebase or bisection that was left in the middle. */
const HALF_DONE = [
  'MERGE_HEAD',
  'rebase-merge',
  'rebase-apply',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_START',
]

function copyPlainFiles(from: string, to: string, room = { bytes: MOST_BYTES }): void {
  const info = lstatSync(from, { throwIfNoEntry: false })
  if (info?.isDirectory()) {
    mkdirSync(to, { recursive: true })
    for (const name of readdirSync(from)) {
      copyPlainFiles(path.join(from, name), path.join(to, name), room)
    }
  }
  if (!info?.isFile()) return
  room.bytes -= info.size
  if (room.bytes < 0) throw new SubjectError('limit', 'The repository has grown over 50 MiB.')
  mkdirSync(path.dirname(to), { recursive: true })
  writeFileSync(to, readFileSync(from))
}

/** A repository after a script has run. */
export class Outcome {
  /** The working tree, or the bare repository itself. */
  readonly folder: string
  /** Where the repository keeps its data. */
  readonly real: string
  readonly #gitDir: string
  #refs: Promise<Record<string, string>> | undefined

  /**
   * @param config the text of the repository's config before the script ran
   * @param gitDir a new folder, for a copy of what git knows that none of the learner's settings rule
   */
  constructor(folder: string, config: string, gitDir: string) {
    this.folder = folder
    this.#gitDir = gitDir
    const bare = existsSync(path.join(folder, 'HEAD')) && existsSync(path.join(folder, 'objects'))
    this.real = bare ? folder : path.join(folder, '.git')
    const kept = lstatSync(this.real, { throwIfNoEntry: false })?.isDirectory() ?? false
    expect(kept, 'the repository still has its folder .git').toBe(true)
    const room = { bytes: MOST_BYTES }
    for (const name of LOOKED_AT) {
      copyPlainFiles(path.join(this.real, name), path.join(gitDir, name), room)
    }
    writeFileSync(path.join(gitDir, 'config'), config)
  }

  git(...args: string[]): Promise<ToolAnswer> {
    const env: Record<string, string> = { GIT_DIR: this.#gitDir }
    if (this.real !== this.folder) env.GIT_WORK_TREE = this.folder
    return git(this.folder, args, env, [this.#gitDir])
  }

  async lines(...args: string[]): Promise<string[]> {
    return (await this.git(...args)).out.split('\n').filter(Boolean)
  }

  /** The output of a command with `-z`, piece by piece. */
  async fields(...args: string[]): Promise<string[]> {
    return (await this.git(...args)).out.split('\0').filter(Boolean)
  }

  /** The full hash of a commit, or undefined where there is none of that name. */
  async commit(name: string): Promise<string | undefined> {
    const { code, out } = await this.git('rev-parse', '-q', '--verify', `${name}^{commit}`)
    return code === 0 ? out.trim() : undefined
  }

  async parents(commit: string): Promise<string[]> {
    const { out } = await this.git('rev-list', '--parents', '-n', '1', commit)
    return out.trim().split(' ').slice(1)
  }

  /** Every commit of a branch, a tag or a stash. */
  async allCommits(): Promise<string[]> {
    const stashed = await this.lines('stash', 'list', '--format=%H')
    return this.lines('rev-list', '--all', ...stashed)
  }

  /** Every branch, tag and tracked branch: the hashes by full names, such as `refs/heads/main`. */
  refs(): Promise<Record<string, string>> {
    this.#refs ??= this.lines('for-each-ref', '--format=%(refname) %(objectname)').then((lines) =>
      Object.fromEntries(lines.map((line) => line.split(' ') as [string, string])),
    )
    return this.#refs
  }

  /** Fails where two commits are not the same, and names both: `1a2b3c4 (its subject)`. */
  async expectCommit(seen: string | undefined, wanted: string, why: string): Promise<void> {
    if (seen === wanted) return
    expect(await this.nameOf(seen), why).toBe(await this.nameOf(wanted))
  }

  /** `1a2b3c4 (its subject)`, to name a commit to the learner. */
  async nameOf(commit: string | undefined): Promise<string> {
    if (!commit) return '(none)'
    return (await this.git('log', '-1', '--format=%h (%s)', commit)).out.trim()
  }

  /** The text of a file in a commit, or undefined where it is not there. */
  async textAt(commit: string, file: string): Promise<string | undefined> {
    const { code, out } = await this.git('cat-file', 'blob', `${commit}:${file}`)
    return code === 0 ? out : undefined
  }

  /** The text of a file in the working tree, or undefined where it is not there. */
  textNow(file: string): string | undefined {
    const full = path.join(this.folder, file)
    const info = lstatSync(full, { throwIfNoEntry: false })
    return info?.isFile() && info.size < 1024 ** 2 ? readFileSync(full, 'utf8') : undefined
  }

  /** What of a merge, rebase or bisection was left in the middle. */
  halfDone(): string[] {
    return HALF_DONE.filter((name) => existsSync(path.join(this.real, name)))
  }

  /** Clones main to a new folder. The clone has only what is committed. */
  clone(folder: string): Promise<ToolAnswer> {
    const args = ['clone', '-q', '-b', 'main', this.#gitDir, folder]
    return git(path.dirname(folder), args, {}, [this.#gitDir])
  }

  /** Returns a setting of the repository's own config as the script left it. */
  async setting(key: string): Promise<string | undefined> {
    const file = path.join(this.real, 'config')
    const { code, out } = await git(this.folder, ['config', '--no-includes', '-f', file, key])
    return code === 0 ? out.trim() : undefined
  }
}
