import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { UsageError } from '../usage.ts'

/** A row of the roster: who, and where their work is. */
export type Student = {
  name: string
  /** A folder or an archive, absolute, or the URL of a git repository. */
  source: string
  /** The branch, tag or commit to grade; the repository's default branch where it is missing. */
  ref?: string
  /** The name without what a file's name cannot hold; unique in the roster. */
  file: string
}

/** Whether a source is the URL of a git repository: `https://…`, `ssh://…`, `file://…`, `git@host:…`. */
export function isGitUrl(source: string): boolean {
  return /^(https?|ssh|git|file):\/\//.test(source) || /^[\w.-]+@[\w.-]+:/.test(source)
}

/**
 * Reads a roster: CSV with a head that names the columns `student`, `source` and, where wanted, `ref`.
 * Folders and archives are relative to the roster's own folder.
 * @throws UsageError that names the line
 */
export function readRoster(file: string): Student[] {
  if (!existsSync(file)) throw new UsageError(`There is no roster ${file}.`)
  let rows: { record: Record<string, string>; info: { lines: number } }[]
  try {
    rows = parse(readFileSync(file), {
      bom: true,
      columns: (head: string[]) => head.map((name) => name.trim().toLowerCase()),
      info: true,
      // A ref that nobody names may be left out, with its comma.
      relax_column_count_less: true,
      skip_empty_lines: true,
      trim: true,
    })
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
  const wrong = (line: number, what: string) => new UsageError(`${file}, line ${line}: ${what}`)
  if (rows.length === 0)
    throw new UsageError(`${file} names nobody. Its first line is "student,source" or more.`)
  const names = new Map<string, number>()
  const files = new Set<string>()
  return rows.map(({ record, info }): Student => {
    const { student: name, source, ref } = record
    if (name === undefined || source === undefined)
      throw wrong(
        1,
        'the first line must name the columns: student,source (and ref, where wanted).',
      )
    if (name === '') throw wrong(info.lines, 'the student has no name.')
    if (source === '')
      throw wrong(info.lines, `${name} has no source: a folder, a URL or an archive.`)
    // What git would read as an option is none of its names.
    if (ref?.startsWith('-')) throw wrong(info.lines, `"${ref}" is no branch, tag or commit.`)
    const before = names.get(name)
    if (before) throw wrong(info.lines, `${name} stands in line ${before} already.`)
    names.set(name, info.lines)
    const plain =
      name
        .normalize('NFC')
        .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
        .replace(/^[-.]+/, '')
        .slice(0, 60) || 'student'
    // Two names that a file system may take for one get a number.
    let own = plain
    for (let n = 2; files.has(own.toLowerCase()); n++) own = `${plain}-${n}`
    files.add(own.toLowerCase())
    const place = isGitUrl(source) ? source : path.resolve(path.dirname(file), source)
    return { name, source: place, ...(ref && { ref }), file: own }
  })
}
