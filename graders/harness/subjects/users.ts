import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { giveBack, isClaimedBy, tryClaim } from '../claim.ts'
import { isRunOver } from '../run.ts'

// Users that graders lend to their subjects: numbers without a name. Each is claimed by a file, for
// at the end everything that runs as that user is killed. Linux only, and for root only.

/** Numbers that are lent: from `first`, so many. */
export type Range = { first: number; count: number }

/** A container may map few numbers. */
const FEW: Range = { first: 60_000, count: 5_000 }
const MANY: Range = { first: 10_000_000, count: 4_194_304 }

/** A user that every system can map, to try whether one may be lent. */
export const TRIAL_USER = FEW.first

/** Where the claims lie: in one place for all runs of this machine, whatever their TMPDIR. */
function claimsFolder(): string {
  for (const base of ['/run', '/tmp']) {
    const folder = path.join(base, 'roadworks-users')
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    } catch {
      continue // where a container has /run for reading only
    }
    if (statSync(folder).uid === process.getuid?.()) return folder
  }
  throw new Error('Neither /run/roadworks-users nor /tmp/roadworks-users can be written.')
}

function rangeHere(): Range {
  const mapped = Number(/\d+\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/uid_map', 'utf8'))?.[1])
  return mapped > MANY.first + MANY.count ? MANY : FEW
}

/**
 * Claims a user that nobody else on this machine has: neither another grader, nor a process that
 * runs, nor an account of the machine.
 * @param dir the folder of the run, which has the user until `returnUser` or the run's end
 * @param range where to look; what this system maps by default
 * @throws Error where all are lent
 */
export function claimUser(dir: string, range = rangeHere()): number {
  const folder = claimsFolder()
  for (let turn = 0; turn < range.count; turn++) {
    // Most find one at once.
    const uid = range.first + ((process.pid + turn) % range.count)
    if (!tryClaim(path.join(folder, String(uid)), dir, isRunOver)) continue
    if (!isInUse(uid)) return uid
    returnUser(uid, dir)
  }
  throw new Error(`All ${range.count} users that programs may run as are lent: see ${folder}.`)
}

/** Gives a user back, which nothing may run as any more. */
export function returnUser(uid: number, dir: string): void {
  giveBack(path.join(claimsFolder(), String(uid)), dir)
}

/** True while the run has this user. */
export function hasUser(uid: number, dir: string): boolean {
  return isClaimedBy(path.join(claimsFolder(), String(uid)), dir)
}

function isInUse(uid: number): boolean {
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n')
  if (accounts.some((line) => line.split(':')[2] === String(uid))) return true
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    return statSync(`/proc/${name}`, { throwIfNoEntry: false })?.uid === uid
  })
}
