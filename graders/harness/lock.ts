import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isAlive } from './processes.ts'

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o644 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  try {
    const owner = Number(readFileSync(file, 'utf8'))
    // An owner of 0 has not written its name yet.
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true })
  } catch {} // given back meanwhile
  return false
}

/**
 * Does something that only one process of this machine may do at a time; the others wait. A process
 * that dies with the lock gives it back.
 * @param name lower-case letters and dashes; the same name is the same lock
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(os.tmpdir(), `roadworks-lock-${process.getuid?.() ?? 0}-${name}`)
  while (!take(file)) await new Promise((resolve) => setTimeout(resolve, 50))
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
