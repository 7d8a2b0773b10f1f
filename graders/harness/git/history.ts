import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Fresh } from '../fresh.ts'
import { runTool } from '../subjects/tool.ts'
import { ceiling } from './git.ts'

/** A commit to be made. */
export type Planned = {
  /** The branch that it moves. */
  branch: string
  author: Person
  message: string
  /** What it writes; null removes a file. All others are as in the first parent. */
  files: Record<string, string | null>
  /** Marks of `add`, or names of commits that are there already. Left out: the branch as it is. */
  parents?: string[]
}

export type Person = { name: string; email: string }

const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`

/**
 * Many commits, written to a repository by one `git fast-import`: a process for each would take
 * most of the time that an exercise has.
 */
export class History {
  readonly #fresh: Fresh
  #seconds: number
  #count = 0
  #stream = ''

  /** @param after the time of the newest commit so far, in seconds since 1970 */
  constructor(fresh: Fresh, after = Date.UTC(2025, 0, 1) / 1000) {
    this.#fresh = fresh
    this.#seconds = after
  }

  /** The time of the newest commit, in seconds since 1970. */
  get seconds(): number {
    return this.#seconds
  }

  /** Plans a commit, some hours after the one before. Returns its mark, such as `:3`. */
  add({ branch, author, message, files, parents = [] }: Planned): string {
    this.#count += 1
    this.#seconds += this.#fresh.int(600, 90_000)
    const who = `${author.name} <${author.email}> ${this.#seconds} +0000`
    const [first, ...others] = parents
    const changes = Object.entries(files).map(([name, text]) =>
      text === null ? `D ${name}\n` : `M 100644 inline ${name}\n${data(text)}`,
    )
    this.#stream += [
      `commit refs/heads/${branch}\nmark :${this.#count}\nauthor ${who}\ncommitter ${who}\n`,
      data(`${message}\n`),
      first ? `from ${first}\n` : '',
      ...others.map((parent) => `merge ${parent}\n`),
      ...changes,
      '\n',
    ].join('')
    return `:${this.#count}`
  }

  /**
   * Writes the planned commits and branches; the working tree stays as it is.
   * @param folder the working tree, or a bare repository
   * @returns gives the full hash of a mark
   */
  async write(folder: string): Promise<(mark: string) => string> {
    const [stream, marks] = ['import.stream', 'import.marks'].map((name) => path.join(folder, name))
    writeFileSync(stream!, this.#stream)
    const command = 'git fast-import --quiet --force --export-marks="$1" <"$2"'
    const { code, error } = await runTool(['sh', '-c', command, 'sh', marks!, stream!], {
      cwd: folder,
      env: {
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CEILING_DIRECTORIES: ceiling(folder),
        HOME: '/dev/null',
      },
    })
    if (code !== 0) throw new Error(`git fast-import failed:\n${error}`)
    const lines = readFileSync(marks!, 'utf8').trim().split('\n')
    const hashes = new Map(lines.map((line) => line.split(' ') as [string, string]))
    for (const file of [stream!, marks!]) rmSync(file)
    this.#stream = ''
    return (mark) => hashes.get(mark)!
  }
}
