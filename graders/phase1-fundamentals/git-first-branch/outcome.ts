import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { note, type ScriptResult, SubjectError, type ToolAnswer } from '../../harness/index.ts'
import { git } from './git.ts'
import type { Seeded } from './repository.ts'

/** What of a repository is looked at. Its settings and hooks are programs of the learner's. */
const LOOKED_AT = ['HEAD', 'index', 'packed-refs', 'refs', 'objects', 'logs', 'info/exclude']
const MOST_BYTES = 50 * 1024 ** 2

/** The traces of a merge or rebase that was left in the middle. */
const HALF_DONE = ['MERGE_HEAD', 'rebase-merge', 'rebase-apply', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']

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

/** A repository after the script has run. */
export class Outcome {
  readonly seeded: Seeded
  readonly #script: ScriptResult
  readonly #gitDir: string

  /** @param gitDir a new folder, for a copy of what git knows that none of the learner's settings rule */
  constructor(seeded: Seeded, script: ScriptResult, gitDir: string) {
    this.seeded = seeded
    this.#script = script
    this.#gitDir = gitDir
    const real = path.join(seeded.folder, '.git')
    const kept = lstatSync(real, { throwIfNoEntry: false })?.isDirectory() ?? false
    expect(kept, 'the repository still has its folder .git').toBe(true)
    const room = { bytes: MOST_BYTES }
    for (const name of LOOKED_AT) {
      copyPlainFiles(path.join(real, name), path.join(gitDir, name), room)
    }
    writeFileSync(path.join(gitDir, 'config'), seeded.config)
  }

  git(...args: string[]): Promise<ToolAnswer> {
    const env = { GIT_DIR: this.#gitDir, GIT_WORK_TREE: this.seeded.folder }
    return git(this.seeded.folder, args, env, [this.#gitDir])
  }

  /** Shows the learner what was found, should the running test fail. */
  async explain(): Promise<void> {
    const { code, signal, output } = this.#script
    note('bash solve.sh', `${output}\n(exit ${code ?? signal})`.trim())
    const graph = await this.git('log', '--graph', '--oneline', '--decorate', '--all', '-n', '40')
    note('git log --graph --oneline --all', graph.out || graph.error)
    const status = await this.git('status', '--short')
    note('git status --short', status.out || status.error || '(nothing)')
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

  async tip(): Promise<string> {
    const tip = await this.commit('refs/heads/main')
    expect(tip, 'there is a branch main with a commit').toBeDefined()
    return tip!
  }

  async parents(commit: string): Promise<string[]> {
    const { out } = await this.git('rev-list', '--parents', '-n', '1', commit)
    return out.trim().split(' ').slice(1)
  }

  /** The last commit of the branch that was merged into main. */
  async branchTip(): Promise<string> {
    const [, second] = await this.parents(await this.tip())
    const why = 'the tip of main must have a second parent; without one no branch was merged'
    expect(second, why).toBeDefined()
    return second!
  }

  /** What the branch brings that was in no branch before, merges too; newest first. */
  async brought(): Promise<string[]> {
    const branch = await this.branchTip()
    const { incoming, main } = this.seeded
    const [first] = await this.parents(await this.tip())
    return this.lines('rev-list', branch, `^${first}`, `^${incoming}`, `^${main}`)
  }

  /** Every commit of a branch, a tag or a stash. */
  async allCommits(): Promise<string[]> {
    const stashed = await this.lines('stash', 'list', '--format=%H')
    return this.lines('rev-list', '--all', ...stashed)
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
    const full = path.join(this.seeded.folder, file)
    const info = lstatSync(full, { throwIfNoEntry: false })
    return info?.isFile() && info.size < 1024 ** 2 ? readFileSync(full, 'utf8') : undefined
  }

  /** What of a merge or rebase was left in the middle. */
  halfDone(): string[] {
    return HALF_DONE.filter((name) => existsSync(path.join(this.seeded.folder, '.git', name)))
  }

  /** Clones main to a new folder. The clone has only what is committed. */
  clone(folder: string): Promise<ToolAnswer> {
    const args = ['clone', '-q', '-b', 'main', this.#gitDir, folder]
    return git(path.dirname(folder), args, {}, [this.#gitDir])
  }
}
