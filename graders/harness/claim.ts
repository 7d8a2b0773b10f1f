import { createHash, randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/** Says of the owner that a claim names whether it is gone, so that its claim counts no more. */
export type IsGone = (owner: string) => boolean

/**
 * Claims a file: of all processes that try, one gets it. A claim whose owner is gone is taken over,
 * by one of those that try.
 * @param owner what `isGone` will be asked about; one line
 * @returns false where somebody else has it
 */
export function tryClaim(file: string, owner: string, isGone: IsGone): boolean {
  if (create(file, owner)) return true
  const text = read(file)
  if (text === undefined || !isGone(ownerIn(text))) return false
  removeStale(file, text, owner, isGone)
  return create(file, owner)
}

/** Gives a claim back; one that somebody else has stays as it is. */
export function giveBack(file: string, owner: string): void {
  if (isClaimedBy(file, owner)) rmSync(file, { force: true })
}

/** True while this owner has the claim. */
export function isClaimedBy(file: string, owner: string): boolean {
  const text = read(file)
  return text !== undefined && ownerIn(text) === owner
}

/** Makes the file with its text in one step, unless it is there. */
function create(file: string, owner: string): boolean {
  const id = randomUUID()
  const beside = `${file}.${id}`
  // No claim has the text of another, so that who has read one knows which it was.
  writeFileSync(beside, `${owner}\n${id}`, { flag: 'wx', mode: 0o644 })
  try {
    linkSync(beside, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(beside, { force: true })
  }
}

/**
 * Removes a claim whose owner is gone, and no other that has come in its place: only who holds the
 * right to remove this one, itself a claim, looks again and removes it.
 */
function removeStale(file: string, text: string, owner: string, isGone: IsGone): void {
  const right = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  if (!tryClaim(right, owner, isGone)) return
  if (read(file) === text) rmSync(file, { force: true })
  giveBack(right, owner)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

const ownerIn = (text: string): string => text.split('\n')[0]!
