import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { giveBack, tryClaim } from './claim.ts'
import { isAlive } from './processes.ts'

/**
 * Does something that only one process of this machine may do at a time; the others wait. A process
 * that dies with the lock gives it back.
 * @param name lower-case letters and dashes; the same name is the same lock
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(os.tmpdir(), `roadworks-lock-${process.getuid?.() ?? 0}-${name}`)
  const owner = String(process.pid)
  while (!tryClaim(file, owner, (pid) => !isAlive(Number(pid)))) await pause(50)
  try {
    return await work()
  } finally {
    giveBack(file, owner)
  }
}
