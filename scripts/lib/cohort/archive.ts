import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type ReadEntry } from 'tar'
import { openPromise } from 'yauzl'

// An archive comes from a stranger: only plain files are taken, nothing lands outside the folder, and
// what unpacks to more than a checkout can hold is given up.

const MOST_FILES = 20_000
const MOST_BYTES = 200 * 1024 ** 2

/** Whether a file's name is that of an archive this can read. */
export function isArchive(file: string): boolean {
  return /\.(zip|tar|tgz|tar\.gz)$/i.test(file)
}

/** Counts what is unpacked. @throws Error past the limits */
function counter(): (bytes: number) => void {
  let files = 0
  let all = 0
  return (bytes) => {
    files += 1
    all += bytes
    if (files > MOST_FILES || all > MOST_BYTES)
      throw new Error(
        `it holds more than ${MOST_FILES} files or ${MOST_BYTES / 1024 ** 2} MiB: is node_modules in it?`,
      )
  }
}

/**
 * Unpacks a tar archive, compressed by gzip or not, into an empty folder.
 * @throws Error where it is damaged or too large
 */
export async function unpackTar(from: Readable, into: string): Promise<void> {
  const count = counter()
  let failed: unknown
  const sink = extract({
    cwd: into,
    strict: false,
    // A stranger's archive says nothing about owners and modes.
    preserveOwner: false,
    noChmod: true,
    filter: (_name, entry) => {
      const { type, size } = entry as ReadEntry
      if (type !== 'File' && type !== 'Directory') return false
      try {
        count(size)
      } catch (error) {
        failed ??= error
        return false
      }
      return true
    },
  })
  await pipeline(from, sink as unknown as NodeJS.WritableStream)
  if (failed) throw failed
}

async function unpackZip(file: string, into: string): Promise<void> {
  const count = counter()
  const zip = await openPromise(file)
  try {
    // Names with "..", absolute ones and backslashes are refused by yauzl itself.
    for await (const entry of zip.eachEntry()) {
      const kind = (entry.externalFileAttributes >>> 16) & 0o170000
      if (entry.fileName.endsWith('/') || (kind !== 0 && kind !== 0o100000)) continue
      count(entry.uncompressedSize)
      const to = path.join(into, entry.fileName)
      mkdirSync(path.dirname(to), { recursive: true })
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to, { flags: 'wx' }))
    }
  } finally {
    zip.close()
  }
}

/**
 * Unpacks an archive into an empty folder.
 * @throws Error where it cannot be read, is damaged, or is too large
 */
export async function unpack(file: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true })
  if (/\.zip$/i.test(file)) await unpackZip(file, into)
  else await unpackTar(createReadStream(file), into)
}
