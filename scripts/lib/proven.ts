import { spawnSync } from 'node:child_process'
import {
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
import path from 'node:path'
import { ROOT, STATE } from '../../graders/harness/paths.ts'

/**
 * Where the kit's own tests keep what they have seen to be right, by content: a CI may carry this
 * folder along from run to run. Everything holds with it empty as well.
 */
export const PROVEN = process.env.ROADWORKS_PROVEN || path.join(STATE, 'proven')

/** What nobody asked for in so many days is dropped. */
const DAYS = 45

/** Keys of what was found right. Several processes may use the same area at once. */
export type Proven = {
  /** Whether this was found right, and so need not be tried again. */
  has(key: string): boolean
  /** Remembers that it was. */
  add(key: string): void
}

/** Opens an area of what is kept. @param area a word; the areas know nothing of each other */
export function openProven(area: string): Proven {
  const folder = path.join(PROVEN, area)
  mkdirSync(folder, { recursive: true })
  const oldest = Date.now() - DAYS * 86_400_000
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name)
    if ((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < oldest)
      rmSync(file, { force: true })
  }
  const known = new Set(readdirSync(folder))
  return {
    has(key) {
      if (!known.has(key)) return false
      const now = new Date()
      try {
        utimesSync(path.join(folder, key), now, now)
      } catch {} // dropped by another process just now
      return true
    },
    add(key) {
      known.add(key)
      writeFileSync(path.join(folder, key), '')
    },
  }
}

/** A number of the commit that is checked out: in a fresh clone, each commit has another turn. */
function turnOfCommit(): number {
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' })
  return Number.parseInt(stdout?.slice(0, 6) || '0', 16) || 0
}

/**
 * Returns the number of this run among all that used the folder: whose turn it is, where only a part is
 * tried again each time. With the folder empty, the count begins with a number of the commit.
 */
export function nextTurn(): number {
  const file = path.join(PROVEN, 'turn')
  mkdirSync(PROVEN, { recursive: true })
  const turn = existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : turnOfCommit()
  writeFileSync(`${file}.${process.pid}`, String(turn + 1))
  renameSync(`${file}.${process.pid}`, file)
  return turn
}
