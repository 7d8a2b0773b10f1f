import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { isPlainFile } from '../../graders/harness/subjects/stage.ts'

/** Every file below a folder, as relative names in order; `node_modules` and `.git` left out. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !/(^|\/)(node_modules|\.git)(\/|$)/.test(name))
    .sort()
}

/** Copies files by their relative names. */
export function copyFiles(from: string, to: string, names: string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(to, name)), { recursive: true })
    cpSync(path.join(from, name), path.join(to, name))
  }
}

/** True where both folders hold this plain file with the same bytes. To read a pipe would hang. */
export function sameFile(a: string, b: string, name: string): boolean {
  const [one, two] = [path.join(a, name), path.join(b, name)]
  return isPlainFile(one) && isPlainFile(two) && readFileSync(one).equals(readFileSync(two))
}

/** Writes a file and its folders; null removes it. */
export function putFile(folder: string, name: string, text: string | null): void {
  const file = path.join(folder, name)
  if (text === null) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** True while all of the exercise's files are still the starter's. */
export function isUntouched(exercise: Exercise, submission: string): boolean {
  const folder = path.join(submission, exercise.phase, exercise.slug)
  const starter = path.join(exercise.grader, 'starter')
  return exercise.files.every((file) => sameFile(folder, starter, file))
}

/** Writes a file so that it is whole or not there, whatever stands in its place or stops us. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}`
  // Never through a link that somebody put here.
  rmSync(beside, { recursive: true, force: true })
  writeFileSync(beside, text, { flag: 'wx' })
  try {
    renameSync(beside, file)
  } catch {
    rmSync(file, { recursive: true, force: true })
    renameSync(beside, file)
  }
}
