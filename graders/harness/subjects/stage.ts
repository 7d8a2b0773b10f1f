import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Commands, commandsOf } from '../exercise.ts'
import { SubjectError } from './errors.ts'

const MOST_FILES = 2000
const MOST_BYTES = 20 * 1024 ** 2
const LEFT_OUT = new Set(['node_modules', '.git', '.roadworks'])

/**
 * Copies a learner's exercise folder, so that nothing a subject does reaches the original. Only
 * plain files are taken: links, sockets and pipes stay behind.
 * @param change what the copy of a file holds in place of its bytes
 * @throws SubjectError (`limit`) past 2000 files or 20 MiB
 */
export function copySubmission(
  from: string,
  to: string,
  change: (text: Buffer, file: string) => Buffer = (text) => text,
): void {
  let files = 0
  let bytes = 0
  const copy = (source: string, target: string): void => {
    mkdirSync(target, { recursive: true })
    for (const name of readdirSync(source)) {
      if (LEFT_OUT.has(name)) continue
      const file = path.join(source, name)
      const info = lstatSync(file)
      if (info.isDirectory()) copy(file, path.join(target, name))
      if (!info.isFile()) continue
      files += 1
      bytes += info.size
      if (files > MOST_FILES || bytes > MOST_BYTES) {
        throw new SubjectError(
          'limit',
          `The exercise folder holds more than ${MOST_FILES} files or ${MOST_BYTES / 1024 ** 2} MiB. Remove what does not belong to the exercise.`,
        )
      }
      writeFileSync(path.join(target, name), change(readFileSync(file), file), {
        mode: info.mode & 0o777,
      })
    }
  }
  copy(from, to)
}

/** True where a submission is small enough to be copied and read. */
export function isSmallEnough(folder: string): boolean {
  let files = 0
  let bytes = 0
  const fits = (at: string): boolean =>
    readdirSync(at, { withFileTypes: true }).every((entry) => {
      if (LEFT_OUT.has(entry.name)) return true
      const file = path.join(at, entry.name)
      if (entry.isDirectory()) return fits(file)
      if (entry.isFile()) bytes += lstatSync(file).size
      files += 1
      return files <= MOST_FILES && bytes <= MOST_BYTES
    })
  return fits(folder)
}

/**
 * Says which of the exercise's files a submission lacks.
 * @returns relative names; a link, a folder or a pipe in a file's place counts as missing
 */
export function missingFiles(folder: string, files: string[]): string[] {
  return files.filter((file) => !isPlainFile(path.join(folder, file)))
}

/** True for a file that can be read without surprises: no link, no pipe, no folder. */
export function isPlainFile(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Returns how a submission's own README has it built and started, if it says so: any language may serve. */
export function submissionCommands(folder: string): Commands | undefined {
  const file = path.join(folder, 'README.md')
  return isPlainFile(file) ? commandsOf(readFileSync(file, 'utf8')) : undefined
}
