import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { keptFolder } from '../kept.mjs'
import { withLock } from '../lock.ts'
import { findProgram, type ServerUser } from './native.ts'

// Making the first contents of a database's data folder takes most of a second, copying them a tenth
// of it. They are kept in one archive, which only the kit's own user can read: a server may not
// write to it, and what a run does to its copy is gone with the run.

/** What the data folder of a server begins with. */
export type Template = {
  /** Lower-case letters: `postgres`. */
  name: string
  /** The programs that make it; others, or another version of them, make another template. */
  programs: string[]
  /** What else it depends on: arguments, settings. */
  settings: string[]
  /** Where it is wanted; the folder above it is there. */
  data: string
  /** Who is to own it. */
  user: ServerUser
  /**
   * Makes it anew in `data`.
   * @returns what somebody who starts a server on it must know, such as a password
   */
  make(): Promise<string>
}

/** What stands beside the archive: it is whole only where it has this size and this time. */
type Label = { size: number; mtimeMs: number; known: string }

/** Raised when archives that earlier versions of the kit have made can no longer be used. */
const FORMAT = 1

/** @returns undefined where none can be kept */
function archiveOf({ name, programs, settings }: Template): string | undefined {
  if (!findProgram(['tar'])) return undefined
  const facts = programs.map((program) => {
    const file = realpathSync(program)
    const { size, mtimeMs } = statSync(file)
    return [file, size, mtimeMs]
  })
  // Users of one checkout cannot read each other's.
  const key = [FORMAT, facts, settings, process.getuid?.()]
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16)
  try {
    return path.join(keptFolder('data'), `${name}-${hash}.tar`)
  } catch {
    return undefined // somebody else's checkout
  }
}

const labelOf = (archive: string) => `${archive}.json`

/** Runs `tar`. @throws Error with what it said, where it fails */
function tar(args: string[], options: { input?: number } & ServerUser = {}): Promise<void> {
  const { input, ...user } = options
  return new Promise((resolve, reject) => {
    const child = spawn('tar', args, { ...user, stdio: [input ?? 'ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar: ${said}`))))
  })
}

/** Unpacks the archive. @returns what was noted with it; undefined where there is none that is whole */
async function copyFrom(archive: string, { data, user }: Template): Promise<string | undefined> {
  try {
    const label = JSON.parse(await readFile(labelOf(archive), 'utf8')) as Label
    const { size, mtimeMs } = await stat(archive)
    if (size !== label.size || mtimeMs !== label.mtimeMs) return undefined
    mkdirSync(data, { mode: 0o700 })
    if (user.uid !== undefined) chownSync(data, user.uid, user.gid!)
    // The server's user unpacks it, so that it owns the files, but may not open the archive itself.
    const input = openSync(archive, 'r')
    try {
      await tar(['-xpf', '-', '-C', data], { input, ...user })
    } finally {
      closeSync(input)
    }
    return label.known
  } catch {
    rmSync(data, { recursive: true, force: true })
    return undefined
  }
}

/** Keeps a copy of what was made, and no other of its name. */
async function keep(archive: string, { name, data }: Template, known: string): Promise<void> {
  const folder = path.dirname(archive)
  for (const other of readdirSync(folder)) {
    if (other.startsWith(`${name}-`)) await rm(path.join(folder, other), { force: true })
  }
  // Written beside and moved: what was cut off half-way has no label, and is removed by the next.
  const beside = `${archive}.${process.pid}`
  try {
    await tar(['-cf', beside, '-C', data, '.'])
    const { size, mtimeMs } = await stat(beside)
    await rename(beside, archive)
    const label: Label = { size, mtimeMs, known }
    await writeFile(labelOf(archive), JSON.stringify(label), { mode: 0o600 })
  } finally {
    await rm(beside, { force: true })
  }
}

/**
 * Fills a data folder from its template, which is made and kept where there is none, and starts a
 * server on it. Where it does not start on a copy, the template is made anew.
 * @param start is given what `make` has returned, now or in an earlier run
 */
export async function startFromTemplate<T>(
  template: Template,
  start: (known: string) => Promise<T>,
): Promise<T> {
  const { name, data, make } = template
  const archive = archiveOf(template)
  if (!archive) return start(await make())
  const copied = await copyFrom(archive, template)
  if (copied !== undefined) {
    try {
      return await start(copied)
    } catch {
      rmSync(labelOf(archive), { force: true })
      rmSync(data, { recursive: true, force: true })
    }
  }
  // One makes it; others who come meanwhile find it made.
  const known = await withLock(`template-${name}`, async () => {
    const found = await copyFrom(archive, template)
    if (found !== undefined) return found
    const made = await make()
    // A full disk keeps the next run from being sooner, and no more than that.
    await keep(archive, template, made).catch(() => {})
    return made
  })
  return start(known)
}
