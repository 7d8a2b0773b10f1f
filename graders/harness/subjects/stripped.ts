import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import { keptFolder } from '../kept.mjs'

// A grader starts a program a dozen times, and each time Node would load 3 MB of WebAssembly to strip
// its types: 50 to 70 ms of about 150. Node's own `stripTypeScriptTypes` gives the same text here,
// once, and a hook hands it to the program's Node. File names, lines, columns and errors stay as
// they are, and so does the learner's file: a program that reads or starts its own source finds it
// unchanged. Node's compile cache would do the same, but a program could write to it.

/** The TypeScript of a staged submission, without its types, for the programs that are started. */
export type Stripped = {
  /** The folder with it, which a program must be able to read. */
  folder: string
  /** What a program's Node is to import first. */
  hook: string
  /** Strips what was not stripped in an earlier run; best while a program starts, which takes as long. */
  strip(): void
  remove(): void
}

const MOST_FILES = 100
const MOST_BYTES = 256 * 1024

/** How many texts are kept from run to run. */
const MOST_KEPT = 1000

function typescriptFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size <= MOST_BYTES)
  return files.length <= MOST_FILES ? files : []
}

/** Removes the older half of the texts where they have become many. */
function thinOut(folder: string): void {
  const files = readdirSync(folder).map((name) => path.join(folder, name))
  if (files.length <= MOST_KEPT) return
  const age = new Map(files.map((file) => [file, statSync(file).mtimeMs]))
  files.sort((a, b) => age.get(a)! - age.get(b)!)
  for (const file of files.slice(0, files.length / 2)) rmSync(file, { force: true })
}

/** Node warns of `stripTypeScriptTypes`, which is new, in the midst of a learner's results. */
function withoutWarning<T>(work: () => T): T {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** @returns undefined for what Node cannot strip; it says so itself when it meets it */
function strip(text: string): string | undefined {
  try {
    return withoutWarning(() => stripTypeScriptTypes(text))
  } catch {
    return undefined
  }
}

/** A folder that a subject's user may enter, whatever the umask. */
function makeOpen(folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
}

/** A file that a subject's user may read, whatever the umask. */
function writeOpen(file: string, text: string): void {
  writeFileSync(file, text)
  chmodSync(file, 0o644)
}

/**
 * Makes ready what programs of a staged submission are started with.
 * @param staged the folder that holds the copy. The texts stand in one beside it, which the subject
 *   does not own: the grader goes on writing there while programs run
 */
export function openStripped(staged: string): Stripped | undefined {
  const files = typescriptFiles(staged)
  if (files.length === 0) return undefined
  const folder = `${staged}.stripped`
  const hook = path.join(folder, 'hook.mjs')
  makeOpen(folder)
  writeOpen(hook, readFileSync(path.join(import.meta.dirname, 'strip-hook.mjs'), 'utf8'))

  /** Puts a text into its place in one step, for a program may be looking for it. */
  const put = (file: string, text: string, mtime: Date): void => {
    const target = path.join(folder, path.relative(staged, file))
    if (!existsSync(path.dirname(target))) makeOpen(path.dirname(target))
    writeOpen(`${target}.new`, text)
    utimesSync(`${target}.new`, mtime, mtime)
    renameSync(`${target}.new`, target)
  }
  // Read now, before the first program may have changed its own files.
  let left = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const { mtime } = statSync(file)
    const known = keptFile(text)
    if (!known || !existsSync(known)) return [{ file, text, mtime, known }]
    put(file, readFileSync(known, 'utf8'), mtime)
    return []
  })
  return {
    folder,
    hook,
    strip() {
      for (const { file, text, mtime, known } of left) {
        const stripped = strip(text)
        if (stripped === undefined) continue
        put(file, stripped, mtime)
        if (known) keep(known, stripped)
      }
      left = []
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** Where the same text is kept from run to run. */
function keptFile(text: string): string | undefined {
  try {
    const hash = createHash('sha256').update(process.version).update(text).digest('hex')
    return path.join(keptFolder('stripped'), hash)
  } catch {
    return undefined // a checkout that may not be written to
  }
}

function keep(file: string, stripped: string): void {
  try {
    writeFileSync(`${file}.${process.pid}`, stripped)
    renameSync(`${file}.${process.pid}`, file)
    thinOut(path.dirname(file))
  } catch {} // a full disk: the next run strips again
}
